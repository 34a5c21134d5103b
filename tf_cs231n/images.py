"""Pictures: load any file a person has, resize, preprocess for SqueezeNet, undo it, save."""

import io
import os
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tf_cs231n.arrays import check_array, real_array
from tf_cs231n.errors import (
    InputError,
    check_count,
    check_number,
    check_path,
    is_lack_of_memory,
    short,
    shown,
)
from tf_cs231n.files import check_output, extension, write_bytes
from tf_cs231n.limits import MAX_PIXELS, MAX_SIDE

SQUEEZENET_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
SQUEEZENET_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)


def load_image(filename, size=None):
    """Load a picture as RGB.

    Takes JPEG (also CMYK, also turned by its EXIF tag), PNG (alpha is laid on white; palette;
    16 bit), grayscale, GIF (first frame), WebP, BMP, TIFF.

    Args:
      filename: a path, an open binary file, or a NumPy array: uint8 (H, W), (H, W, 1), (H, W, 3)
        or (H, W, 4), or float in 0..1 of these shapes.
      size: the shorter side in pixels, the longer in proportion; None: as it is.

    Returns:
      uint8 array (H, W, 3), 0..255.

    Raises:
      InputError: missing, not a picture, truncated, empty, too large, or a size below 1.
    """
    if size is not None:
        size = check_count("size", size, 1, MAX_SIDE)
    image = Image.fromarray(_as_uint8(filename)) if _is_array(filename) else _open(filename)
    if size is not None:
        scale = size / min(image.size)
        new_size = [max(1, round(side * scale)) for side in image.size]
        name = filename if isinstance(filename, (str, os.PathLike)) else "this picture"
        _check_size(new_size, f"{name} at size {size}")
        image = image.resize(new_size, Image.BICUBIC, reducing_gap=3.0)
    return np.array(image.convert("RGB"))


def _is_array(filename):
    return isinstance(filename, np.ndarray)


def _as_uint8(array):
    shape_ok = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not shape_ok or 0 in array.shape:
        raise InputError(f"filename: got shape {array.shape}, expected (H, W) or (H, W, 3)")
    _check_size(array.shape[1::-1], "filename, an array")
    if array.dtype != np.uint8:
        if array.dtype.kind != "f" or not (np.min(array) >= 0 and np.max(array) <= 1):
            raise InputError("filename: got another array, expected uint8 0..255 or float 0..1")
        array = np.round(array * 255).astype(np.uint8)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim == 3 and array.shape[2] == 4:
        return np.array(_flatten(Image.fromarray(array)))
    return array


def _open(filename):
    """Decode a picture file to a PIL image in RGB, or raise an `InputError` that names it."""
    if hasattr(filename, "read"):
        name = getattr(filename, "name", None) or "the picture"
    else:
        name = filename = check_path("filename", filename)
    try:
        if not hasattr(filename, "read") and os.path.isdir(filename):
            raise InputError(f"{name} is a folder, expected a picture file")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's on sizes and broken EXIF; we check below
            with Image.open(filename) as image:
                _check_size(image.size, name)
                if image.format == "EPS":  # a program, for which Pillow would start Ghostscript
                    raise InputError(f"{name} is PostScript, not a picture; make a PNG of it")
                image.draft("RGB", None)
                image.load()
                if image.format != "TIFF":  # which Pillow has turned already
                    image = ImageOps.exif_transpose(image) or image
                return _to_rgb(image)
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{name}: not a picture that can be read (JPEG, PNG, GIF, ...)") from error
    except PermissionError as error:
        raise InputError(f"{name}: no permission to read it") from error
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{name}: too large; the most is {MAX_PIXELS // 10**6} million pixels"
        ) from error
    except Exception as error:  # every decoder raises errors of its own
        if is_lack_of_memory(error):
            raise
        raise InputError(f"{name}: damaged or truncated picture ({short(error)})") from error


def _check_size(size, name):
    width, height = size
    if width * height > MAX_PIXELS or max(size) > MAX_SIDE:
        raise InputError(
            f"{name}: {width}x{height} pixels is too large; the most is {MAX_SIDE} a side "
            f"and {MAX_PIXELS // 10**6} million in all"
        )


def _to_rgb(image):
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        values = np.asarray(image).astype(np.float64)
        # 16-bit grey: the full range maps to 0..255; a float TIFF: its own range does.
        if image.mode == "F":
            low, high = np.nanmin(values), np.nanmax(values)
            low, high = (0, 1) if low >= 0 and high <= 1 else (low, max(high, low + 1e-12))
        else:
            low, high = 0, 65535
        values = np.nan_to_num((values - low) / (high - low) * 255)
        return Image.fromarray(np.clip(values, 0, 255).round().astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _flatten(image)
    return image.convert("RGB")


def _flatten(image):
    """Lay a picture with transparency on white."""
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB")


def preprocess_image(img):
    """SqueezeNet's input: ``(img / 255 - SQUEEZENET_MEAN) / SQUEEZENET_STD``.

    Args:
      img: array (..., 3), RGB in 0..255.

    Returns:
      float32 array of the same shape, about -2.1..2.6.

    Raises:
      InputError: another shape, no numbers, or NaN or infinity among them.

    >>> print(preprocess_image(np.array([[[0, 0, 255]]])).round(3))
    [[[-2.118 -2.036  2.64 ]]]
    """
    return (_pixels(img) / 255 - SQUEEZENET_MEAN) / SQUEEZENET_STD


def _pixels(img):
    array = real_array("img", img)
    shape = (None,) * (array.ndim - 1) + (3,)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused
        array = check_array("img", array, shape, finite=False).astype(np.float32)
    return check_array("img", array, shape)


def deprocess_image(img, rescale=False):
    """The inverse of `preprocess_image`, as uint8.

    Args:
      img: array (..., 3) of preprocessed pixels.
      rescale: map the picture's own least value to 0 and greatest to 255; else clip to 0..255.

    Returns:
      uint8 array of the same shape.

    Raises:
      InputError: another shape, no numbers, or NaN or infinity among them.

    >>> x = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    >>> bool((deprocess_image(preprocess_image(x)) == x).all())
    True
    """
    img = _pixels(img) * SQUEEZENET_STD + SQUEEZENET_MEAN
    if rescale:
        low, high = img.min(), img.max()
        img = (img - low) / max(high - low, np.finfo(np.float32).tiny)
    return np.clip(255 * img, 0, 255).round().astype(np.uint8)


def save_image(filename, img, overwrite=True, text=None):
    """Write a picture; the extension names the format. The file appears whole or not at all.

    Args:
      filename: where to, .png, .jpg, .webp, .bmp, .tiff or .gif.
      img: uint8 array (H, W), (H, W, 3) or (H, W, 4).
      overwrite: whether an existing file may be replaced.
      text: dict of str to str, kept in a PNG's text chunks.

    Raises:
      InputError: an unknown extension, an array that is no picture or too large a one, one with
        transparency for a format that has none, a folder not writable.
    """
    img, filename = real_array("img", img), check_path("filename", filename)
    is_picture = img.ndim >= 2 and img.size and img.shape[2:] in ((), (3,), (4,))
    if img.dtype != np.uint8 or not is_picture:
        raise InputError(f"img: got {img.dtype} {img.shape}, expected uint8 (H, W, 3)")
    _check_size(img.shape[1::-1], "img")
    options = {"quality": 95} if extension(filename) in (".jpg", ".jpeg") else {}
    text = {} if text is None else text
    if not isinstance(text, dict) or not all(isinstance(s, str) for kv in text.items() for s in kv):
        raise InputError(f"text: got {shown(text)}, expected a dict of str to str")
    if text and extension(filename) == ".png":
        from PIL.PngImagePlugin import PngInfo

        options["pnginfo"] = PngInfo()
        for key, value in text.items():
            options["pnginfo"].add_text(key, value)
    write_bytes(filename, _encoded(filename, Image.fromarray(img), **options), overwrite)


def check_picture(path, overwrite=False):
    """Raise an `InputError` now if a picture could not be written to ``path`` later."""
    _encoded(check_path("path", path), Image.new("RGB", (2, 2)))
    return check_output(path, overwrite)  # last, since it makes the folder


def _encoded(filename, image, **options):
    """The bytes of the picture in the format that the file's name tells."""
    end = extension(filename)
    if end not in Image.registered_extensions():
        raise InputError(f"filename {filename}: unknown picture format {end!r}; use .png or .jpg")
    content = io.BytesIO()
    try:
        image.save(content, Image.registered_extensions()[end], **options)
    except (OSError, KeyError, ValueError, AttributeError) as error:  # of formats to read alone
        advice = "is there enough memory?" if end == ".png" else "use .png"
        raise InputError(f"{filename}: cannot be written ({short(error)}); {advice}") from error
    return content.getvalue()


def blur_image(X, sigma=1):
    """Gaussian blur over height and width.

    Args:
      X: float array (N, H, W, C) or (H, W, C).
      sigma: the Gaussian's standard deviation in pixels, up to the picture's size; below 0.01: no
        blur.

    Returns:
      Array of the same shape and dtype, in this machine's byte order.

    Raises:
      InputError: another shape, NaN or infinity in X, or such a sigma.
    """
    from scipy.ndimage import gaussian_filter1d

    X = real_array("X", X)
    check_array("X", X, (None,) * (4 if X.ndim == 4 else 3))
    sigma = check_number("sigma", sigma, least=0, most=max(X.shape[-3:-1]))
    if sigma < 0.01:  # its neighbours' weights would be 0
        return X.copy()
    dtype = X.dtype
    X = X.astype(np.result_type(dtype, np.float32), copy=False)  # SciPy takes no float16
    # The course's own filter, so that its class visualisations look the same.
    for axis in (-3, -2):
        X = gaussian_filter1d(X, sigma, axis=axis)
    return X.astype(dtype, copy=False)
