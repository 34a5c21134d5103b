import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import correlate1d

from tf_cs231n.images import (
    MAX_PIXELS,
    SQUEEZENET_MEAN,
    SQUEEZENET_STD,
    blur_image,
    deprocess_image,
    load_image,
    preprocess_image,
    resize,
    save_image,
)

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture
def corners():
    """8 wide, 6 high: red top left, green top right, blue bottom left, white bottom right."""
    pixels = np.zeros((6, 8, 3), np.uint8)
    pixels[:3, :4], pixels[:3, 4:], pixels[3:, :4], pixels[3:, 4:] = RED, GREEN, BLUE, WHITE
    return pixels


def save(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    file.seek(0)
    return file


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "GIF", "WEBP"])
def test_lossless_formats_come_back_as_they_were(corners, format):
    options = {"lossless": True} if format == "WEBP" else {}
    loaded = load_image(save(Image.fromarray(corners), format, **options))
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, corners)


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_jpeg_of_every_color_space_loads(corners, mode):
    big = np.kron(corners, np.ones((8, 8, 1), np.uint8))
    loaded = load_image(save(Image.fromarray(big).convert(mode), "JPEG", quality=100))
    expected = np.array(Image.fromarray(big).convert(mode).convert("RGB"))
    inside = (slice(8, 16), slice(8, 16))
    np.testing.assert_allclose(loaded[inside], expected[inside].astype(int), atol=6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(corners, orientation):
    stored = Image.fromarray(corners)
    undo = {
        2: Image.FLIP_LEFT_RIGHT,
        3: Image.ROTATE_180,
        4: Image.FLIP_TOP_BOTTOM,
        5: Image.TRANSPOSE,
        6: Image.ROTATE_90,
        7: Image.TRANSVERSE,
        8: Image.ROTATE_270,
    }
    if orientation > 1:
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("PNG", "TIFF"):
        loaded = load_image(save(stored, kind, exif=exif.tobytes()))
        np.testing.assert_array_equal(loaded, corners)


def test_of_several_pages_the_first_is_loaded(corners):
    page = Image.fromarray(corners)
    pages = save(page, "TIFF", save_all=True, append_images=[page.transpose(Image.ROTATE_180)] * 2)
    np.testing.assert_array_equal(load_image(pages), corners)


def test_transparency_is_laid_on_white(corners):
    alpha = np.zeros((6, 8), np.uint8)
    alpha[:, :4] = 255
    loaded = load_image(save(Image.fromarray(np.dstack([corners, alpha])), "PNG"))
    np.testing.assert_array_equal(loaded[:, :4], corners[:, :4])
    assert (loaded[:, 4:] == 255).all()


def test_palette_with_a_transparent_color(corners):
    palette = Image.fromarray(corners).convert("P", palette=Image.ADAPTIVE, colors=4)
    np.testing.assert_array_equal(load_image(save(palette, "PNG")), corners)
    index = int(np.array(palette)[0, 0])
    loaded = load_image(save(palette, "PNG", transparency=index))
    assert (loaded[:3, :4] == 255).all()
    np.testing.assert_array_equal(loaded[3:, :4], corners[3:, :4])


def test_sixteen_bit_gray_keeps_its_range():
    values = np.array([[0, 257 * 100], [257 * 200, 65535]], np.uint16)
    image = Image.frombytes("I;16", (2, 2), values.tobytes())
    loaded = load_image(save(image, "PNG"))
    np.testing.assert_array_equal(loaded[..., 0], [[0, 100], [200, 255]])


def test_gif_gives_its_first_frame(corners):
    frames = [Image.fromarray(corners), Image.fromarray(255 - corners)]
    file = save(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(load_image(file), corners)


def test_a_path_a_file_object_and_an_array_give_the_same(corners, tmp_path):
    path = tmp_path / "an image with spaces é.png"
    Image.fromarray(corners).save(path)
    with open(path, "rb") as file:
        np.testing.assert_array_equal(load_image(file), corners)
    np.testing.assert_array_equal(load_image(path), corners)
    np.testing.assert_array_equal(load_image(str(path)), corners)
    np.testing.assert_array_equal(load_image(corners), corners)
    np.testing.assert_array_equal(load_image(corners / 255.0), corners)
    np.testing.assert_array_equal(load_image(corners[:, :, 0])[..., 2], corners[:, :, 0])


@pytest.mark.parametrize("size, shape", [(3, (3, 4, 3)), (12, (12, 16, 3)), (1, (1, 1, 3))])
def test_size_is_the_shorter_side(corners, size, shape):
    assert load_image(corners, size).shape == shape
    assert load_image(corners.transpose(1, 0, 2), size).shape == (shape[1], shape[0], 3)


def test_preprocess_is_the_definition_and_deprocess_its_inverse(corners):
    x = preprocess_image(corners)
    assert x.dtype == np.float32
    # Red pixel by hand: (1 - 0.485)/0.229, (0 - 0.456)/0.224, (0 - 0.406)/0.225.
    np.testing.assert_allclose(x[0, 0], [2.2489083, -2.0357143, -1.8044444], rtol=1e-6)
    np.testing.assert_array_equal(deprocess_image(x), corners)
    every = np.arange(256, dtype=np.uint8)[:, None].repeat(3, 1)
    np.testing.assert_array_equal(deprocess_image(preprocess_image(every)), every)


def test_deprocess_clips_or_rescales():
    pixels = np.array([[-0.5, 0.25, 1.0], [0.25, 0.25, 0.25]])
    x = (pixels - SQUEEZENET_MEAN) / SQUEEZENET_STD
    np.testing.assert_array_equal(deprocess_image(x)[0], [0, 64, 255])
    np.testing.assert_array_equal(deprocess_image(x, rescale=True)[0], [0, 128, 255])
    flat = preprocess_image(np.full((2, 2, 3), 100))
    assert np.isfinite(deprocess_image(flat, rescale=True)).all()


def test_blur_is_the_truncated_gaussian_of_scipy(rng):
    X = rng.rand(2, 9, 10, 3)
    kernel = np.exp(-0.5 * (np.arange(-8, 9) / 2.0) ** 2)
    kernel /= kernel.sum()
    expected = correlate1d(correlate1d(X, kernel, axis=1), kernel, axis=2)
    np.testing.assert_allclose(blur_image(X, sigma=2), expected, atol=1e-12)
    np.testing.assert_allclose(blur_image(X[0], sigma=2), expected[0], atol=1e-12)
    np.testing.assert_array_equal(blur_image(X, sigma=0), X)


def test_saved_png_comes_back_with_its_text(corners, tmp_path):
    path = tmp_path / "a" / "b.png"
    save_image(path, corners, text={"settings": '{"é": 1}'})
    np.testing.assert_array_equal(load_image(path), corners)
    with Image.open(path) as image:
        assert image.text["settings"] == '{"é": 1}'


def test_save_image_does_not_overwrite_unless_asked(corners, tmp_path, raises_one_line):
    path = tmp_path / "x.png"
    path.write_bytes(b"mine")
    with raises_one_line("exists already"):
        save_image(path, corners, overwrite=False)
    assert path.read_bytes() == b"mine"


def test_an_unknown_extension_leaves_no_file(corners, tmp_path, raises_one_line):
    for name in ("x.xyz", "x"):
        with raises_one_line("unknown image format"):
            save_image(tmp_path / name, corners)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def bad_images(tmp_path, corners):
    big = Image.fromarray(np.kron(corners, np.ones((32, 32, 1), np.uint8)))
    (tmp_path / "text.jpg").write_text("I am not an image\n" * 50)
    (tmp_path / "empty.png").write_bytes(b"")
    big.save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "folder.png").mkdir()
    Image.new("1", (20000, 20000)).save(tmp_path / "bomb.png")
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nothing")
    return tmp_path


@pytest.mark.parametrize(
    "name, words",
    [
        ("missing.jpg", "no such file"),
        ("text.jpg", "not an image"),
        ("empty.png", "not an image"),
        ("truncated.jpg", "truncated"),
        ("folder.png", "is a folder"),
        ("bomb.png", "too large"),
        ("dangling.png", "no such file"),
    ],
)
def test_a_bad_file_is_named_in_one_line(bad_images, raises_one_line, name, words):
    with raises_one_line(name, words):
        load_image(bad_images / name)


def test_the_most_pixels_load_and_one_row_more_does_not(tmp_path, raises_one_line):
    Image.new("1", (10_000, MAX_PIXELS // 10_000)).save(tmp_path / "most.png")
    assert load_image(tmp_path / "most.png").shape == (MAX_PIXELS // 10_000, 10_000, 3)
    Image.new("1", (10_000, MAX_PIXELS // 10_000 + 1)).save(tmp_path / "more.png")
    with raises_one_line("more.png", "too large", "50 million"):
        load_image(tmp_path / "more.png")


def test_an_image_that_is_too_thin_for_the_size_is_named(tmp_path, raises_one_line):
    Image.new("L", (300, 1)).save(tmp_path / "thin.png")
    with raises_one_line("thin.png at size 500", "150000x500", "too large"):
        load_image(tmp_path / "thin.png", size=500)


@pytest.mark.parametrize(
    "array, words",
    [
        (np.zeros((2, 3, 5), np.uint8), "shape"),
        (np.zeros((0, 3, 3), np.uint8), "shape"),
        (np.zeros((2, 2, 3), np.int64), "uint8"),
        (np.full((2, 2, 3), np.nan), "0..1"),
        (np.full((2, 2, 3), 3.5), "0..1"),
    ],
)
def test_an_array_that_is_not_an_image_is_refused(array, words, raises_one_line):
    with raises_one_line(words):
        load_image(array)


@pytest.mark.parametrize("size", [0, -3, 2.5])
def test_a_size_that_is_no_number_of_pixels_is_refused(corners, size, raises_one_line):
    with raises_one_line("size"):
        load_image(corners, size)


@pytest.mark.parametrize("dtype", [">f4", "<f8", np.float16])
def test_blur_keeps_the_dtype_and_a_tiny_sigma_the_image(dtype):
    X = np.arange(12.0).reshape(2, 2, 3).astype(dtype)
    blurred = blur_image(X, 0.5)
    assert blurred.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_allclose(blurred, blur_image(X.astype(float), 0.5), rtol=1e-2)
    np.testing.assert_array_equal(blur_image(X, 1e-320), X)


@pytest.mark.parametrize("shape", [(6, 4), (6, 4, 3), (6, 4, 5)])
def test_resizing_by_halves_takes_the_mean_of_each_square(rng, shape):
    image = rng.rand(*shape).astype(np.float32)
    means = image.reshape(3, 2, 2, 2, *shape[2:]).mean(axis=(1, 3))
    np.testing.assert_allclose(resize(image, (3, 2), "box"), means, atol=1e-6)


def test_resizing_is_pillows_for_bytes_and_the_same_for_floats(corners):
    image = corners // 2 + 60  # so that no filter overshoots what a byte holds
    for filter in ("nearest", "bilinear", "bicubic", "lanczos"):
        pillow = Image.fromarray(image).resize((5, 9), getattr(Image, filter.upper()))
        resized = resize(image, (9, 5), filter)
        np.testing.assert_array_equal(resized, np.asarray(pillow))
        floats = resize(image.astype(np.float32), (9, 5), filter)
        np.testing.assert_allclose(floats, resized, atol=1)
