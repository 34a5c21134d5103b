import io
import os
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms
from scipy.ndimage import correlate1d

from tf_cs231n.images import (
    MAX_PIXELS,
    SQUEEZENET_MEAN,
    SQUEEZENET_STD,
    blur_image,
    deprocess_image,
    load_alpha,
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


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "LAB", "I;16", "F"])
@pytest.mark.parametrize("compression", [None, "packbits", "tiff_lzw", "tiff_adobe_deflate"])
def test_a_rotated_tiff_loads_as_the_upright_one(mode, compression, rng, tmp_path):
    gray = rng.randint(0, 256, (7, 5)).astype(np.uint8)
    alpha = np.repeat([[0, 90, 180, 250, 255]], 7, axis=0).astype(np.uint8)
    rgba = Image.fromarray(np.dstack([gray, gray, gray // 2, alpha]))
    image = {
        "I;16": Image.frombytes("I;16", (5, 7), (gray * np.uint16(257)).tobytes()),
        "F": Image.fromarray(gray.astype(np.float32)),
        "LA": rgba.convert("LA"),
        "RGBA": rgba,
    }.get(mode) or rgba.convert("RGB").convert(mode)
    loaded = []
    for tag, undo in (
        (1, None),
        (3, Image.ROTATE_180),
        (6, Image.ROTATE_90),
        (7, Image.TRANSVERSE),
    ):
        path = tmp_path / f"{tag}.tiff"
        stored = image if undo is None else image.transpose(undo)
        stored.save(path, compression=compression, tiffinfo={274: tag})
        loaded.append((load_image(path), load_alpha(path, (7, 5))))
    for rgb, opacity in loaded:
        np.testing.assert_array_equal(rgb, loaded[0][0])
        assert rgb.shape == (7, 5, 3)
        if mode in ("LA", "RGBA"):
            np.testing.assert_array_equal(opacity, alpha)
        else:
            assert opacity is None


def test_a_rotated_gray_tiff_is_read_from_a_path_and_from_a_file():
    path = os.path.join(os.path.dirname(__file__), "cases", "grey_turned.tiff")
    with open(path, "rb") as file:
        for opened in (path, file):
            assert load_image(opened)[..., 0].tolist() == [[120, 0], [160, 40], [200, 80]]


def tiff(values, dtype, photometric=1):
    """An uncompressed TIFF of one row of gray numbers, by its tags; of 12 bits if no dtype."""
    bits, sign = 12, 1
    if dtype is None:
        packed = bytes.fromhex("".join(f"{value:03x}" for value in values))
    else:
        packed, bits = np.array(values, dtype).tobytes(), 8 * np.dtype(dtype).itemsize
        sign = {"u": 1, "i": 2, "f": 3}[np.dtype(dtype).kind]
    tags = {256: len(values), 257: 1, 258: bits, 259: 1, 262: photometric, 273: 146, 277: 1}
    tags.update({278: 1, 279: len(packed), 339: sign})
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items())]
    header = b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(entries) + bytes(4)
    return io.BytesIO(header.ljust(146, b"\0") + packed)


RANGES = {
    "12 bits: 0 to 4095": ((0, 1024, 2048, 4095), None),
    "16 bits: 0 to 65535": ((0, 16384, 32768, 65535), "<u2"),
    "16 bits with a sign: its own": ((-500, -300, -99, 298), "<i2"),
    "32 bits: its own": ((100000, 100256, 100512, 101023), "<u4"),
    "32 bits, beyond what a sign leaves": ((0, 2**30, 2**31, 2**32 - 1), "<u4"),
    "32 bits with a sign: its own": ((-500, -300, -99, 298), "<i4"),
    "floats beyond 0..1: its own": ((-5.0, 10.0, 25.0, 55.0), "<f4"),
    "floats within 0..1: 0 to 1": ((0.0, 0.25, 0.5, 1.0), "<f4"),
}


@pytest.mark.parametrize("kind", RANGES)
def test_numbers_of_more_than_eight_bits_are_mapped_by_their_range(kind):
    loaded = load_image(tiff(*RANGES[kind]))
    assert loaded[0, :, 0].tolist() == pytest.approx([0, 64, 128, 255], abs=1)


def test_zero_may_be_white():
    loaded = load_image(tiff((0, 16384, 32768, 65535), "<u2", photometric=0))
    assert loaded[0, :, 0].tolist() == pytest.approx([255, 191, 127, 0], abs=1)


def icc_profile(space, **tags):
    """An ICC profile, version 2: for each tag an XYZ color, or the gamma of a curve."""
    data = {"wtpt": D50, **tags}
    for name, value in data.items():
        if np.ndim(value):
            data[name] = b"XYZ \0\0\0\0" + fixed_point(value)
        else:
            data[name] = b"curv\0\0\0\0" + struct.pack(">IHH", 1, int(round(256 * value)), 0)
    at, table, body = 132 + 12 * len(data), struct.pack(">I", len(data)), b""
    for name, value in data.items():
        table += name.encode() + struct.pack(">II", at + len(body), len(value))
        body += value
    header = struct.pack(">I", at + len(body)) + bytes(4) + b"\x02\x40\0\0mntr" + space + b"XYZ "
    header = header.ljust(36, b"\0") + b"acsp"
    header = header.ljust(68, b"\0") + fixed_point(D50)
    return header.ljust(128, b"\0") + table + body


def fixed_point(numbers):
    return np.round(np.multiply(65536, numbers)).astype(">i4").tobytes()


D50 = (0.9642, 1.0, 0.8249)
# The primaries' XYZ at the white D50, a column each: of Adobe RGB (1998) and of sRGB.
ADOBE = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)


def srgb_encoded(linear):
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear < 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_colors_of_another_profile_become_srgb(format, rng):
    gamma = 563 / 256  # Adobe RGB's
    primaries = dict(zip(("rXYZ", "gXYZ", "bXYZ"), ADOBE.T), rTRC=gamma, gTRC=gamma, bTRC=gamma)
    profile = icc_profile(b"RGB ", **primaries)
    image = rng.randint(0, 256, (9, 8, 3)).astype(np.uint8)
    linear = (image / 255) ** gamma @ (np.linalg.inv(SRGB) @ ADOBE).T
    options = {"lossless": True} if format == "WEBP" else {}
    file = save(Image.fromarray(image), format, icc_profile=profile, **options)
    np.testing.assert_allclose(load_image(file), srgb_encoded(linear), atol=1)


def test_a_gray_profile_is_heeded_too():
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    file = save(Image.fromarray(image), "PNG", icc_profile=icc_profile(b"GRAY", kTRC=1.0))
    expected = np.repeat(srgb_encoded(image / 255)[..., None], 3, axis=2)
    np.testing.assert_allclose(load_image(file), expected, atol=1)


def test_what_is_srgb_already_or_has_a_damaged_profile_stays_as_it_is(corners):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"damaged", srgb[:200]):
        file = save(Image.fromarray(corners), "PNG", icc_profile=profile)
        np.testing.assert_array_equal(load_image(file), corners)


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


@pytest.mark.parametrize("format, options", [("PNG", {}), ("JPEG", {"quality": 90})])
@pytest.mark.parametrize("size", [20, 61, 200])
def test_images_are_resized_as_the_course_does(rng, format, options, size):
    # Its longer side cut by `int`, Pillow's BILINEAR of the whole decoded file.
    coarse = Image.fromarray(rng.randint(0, 256, (43, 64, 3)).astype(np.uint8))
    file = save(coarse.resize((640, 427), Image.BICUBIC), format, **options)
    decoded = Image.open(file).convert("RGB")
    longer = int(640 * size / 427)
    np.testing.assert_array_equal(
        load_image(file, size), np.asarray(decoded.resize((longer, size), Image.BILINEAR))
    )


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
        ("folder.png", "is a directory"),
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
