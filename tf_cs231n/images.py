"""Images: load any file a person has, resize, preprocess for SqueezeNet, undo it, save."""

import io
import os
import warnings

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageOps, UnidentifiedImageError

from tf_cs231n import checks
from tf_cs231n.errors import InputError, short, shown
from tf_cs231n.files import check_output, extension, write_bytes

MAX_PIXELS = 50_000_000  # of an image; larger ones are refused before they are decoded

SQUEEZENET_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
SQUEEZENET_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)


def load_image(filename, size=None):
    """Load an image as RGB, as the course does: decode the whole file, then resize it, bilinear.

    Takes JPEG (also CMYK), PNG (palettes; 16 bits), grayscale, GIF (its first frame), WebP, BMP,
    TIFF (also of 12 bits, integers and floats). Images are rotated as their files say, colors
    converted to sRGB if the file has another profile, transparency is laid on white.

    Args:
      filename: a path, an open binary file, or a NumPy array: uint8 (H, W), (H, W, 1), (H, W, 3)
        or (H, W, 4), or float in 0..1 of these shapes.
      size: the shorter side in pixels, the longer in proportion, rounded down; None: as it is.

    Returns:
      uint8 array (H, W, 3), 0..255.

    Raises:
      InputError: missing, not an image, truncated, empty, too large, or a size below 1.
    """
    if size is not None:
        checks.counts(size=size)
    image = np.array(_on_white(_read(filename)))
    if size is None:
        return image
    shorter = min(image.shape[:2])
    H, W = (size * side // shorter for side in image.shape[:2])
    name = filename if isinstance(filename, (str, os.PathLike)) else "this image"
    _check_pixels((W, H), f"{name} at size {size}")
    return resize(image, (H, W), "bilinear")


def load_alpha(filename, size):
    """How opaque an image is, if any of it is transparent.

    Args:
      filename: as for `load_image`.
      size: (H, W) to resize to.

    Returns:
      uint8 (H, W), 255 is opaque; None where everything is.
    """
    image = _read(filename)
    if image.mode != "RGBA" or image.getchannel("A").getextrema()[0] == 255:
        return None
    return resize(np.array(image.getchannel("A")), size, "bilinear")


_FILTERS = {
    "nearest": Image.NEAREST,
    "box": Image.BOX,
    "bilinear": Image.BILINEAR,
    "bicubic": Image.BICUBIC,
    "lanczos": Image.LANCZOS,
}


def resize(image, size, filter="bilinear"):
    """Resize an image or a map of numbers, antialiased where it shrinks, as Pillow does.

    Args:
      image: uint8 (H, W), (H, W, 3) or (H, W, 4), or float32 (H, W) or (H, W, C).
      size: (H', W').
      filter: 'nearest', 'box' (the mean over each new pixel's area), 'bilinear', 'bicubic' or
        'lanczos'.

    Returns:
      Array of the same dtype, (H', W') or (H', W', C).

    >>> resize(np.array([[0, 100], [50, 150]], np.uint8), (1, 2), "box").tolist()
    [[25, 125]]
    """
    H, W = size
    if image.dtype == np.uint8 or image.ndim == 2:
        return np.array(Image.fromarray(image).resize((W, H), _FILTERS[filter]))
    channels = [resize(image[..., c], size, filter) for c in range(image.shape[2])]
    return np.stack(channels, axis=-1)


def _read(filename):
    """A file or an array as a PIL image, upright sRGB of mode RGB or RGBA."""
    if isinstance(filename, np.ndarray):
        image = Image.fromarray(_as_uint8(filename))
        return image if image.mode == "RGBA" else image.convert("RGB")
    if hasattr(filename, "read"):
        return _decode(filename, getattr(filename, "name", None) or "the image")
    if not isinstance(filename, (str, bytes, os.PathLike)):
        raise InputError(f"filename: got {shown(filename)}, expected an image file or an array")
    name = os.fsdecode(filename)
    try:
        # Not by its name, by which Pillow would map a TIFF into memory and forget its rotation.
        file = open(name, "rb")  # noqa: SIM115 - it is closed below
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{name}: {reason.lower()}") from error
    with file:
        return _decode(file, name)


def _as_uint8(array):
    is_image = array.size and (array.shape[2:] in ((), (1,), (3,), (4,)) and array.ndim > 1)
    is_float = is_image and array.dtype.kind == "f" and np.min(array) >= 0 and np.max(array) <= 1
    if not is_image or not (is_float or array.dtype == np.uint8):
        raise InputError(
            f"filename: got {array.dtype} of shape {array.shape}, expected uint8 in 0..255 or "
            "floats in 0..1 of shape (H, W) or (H, W, 3)"
        )
    _check_pixels(array.shape[1::-1], "filename, an array")
    if is_float:
        array = np.round(array * 255).astype(np.uint8)
    return array[:, :, 0] if array.shape[2:] == (1,) else np.ascontiguousarray(array)


def _decode(file, name):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's on sizes and broken EXIF; we check below
            with Image.open(file) as image:
                _check_pixels(image.size, name)
                if image.format == "EPS":  # a program, for which Pillow would start Ghostscript
                    raise InputError(f"{name} is PostScript, not an image; make a PNG of it")
                image.load()
                return _to_srgb(_eight_bits(_upright(image)), image.info.get("icc_profile"))
    except (InputError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{name}: not an image that can be read (JPEG, PNG, GIF, ...)") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{name}: too large; {_MOST}") from error
    except Exception as error:  # every decoder raises errors of its own
        raise InputError(f"{name}: damaged or truncated image ({short(error)})") from error


_MOST = f"the most is {MAX_PIXELS // 10**6} million pixels"


def _check_pixels(size, name):
    width, height = size
    if width * height > MAX_PIXELS:
        raise InputError(f"{name}: {width}x{height} pixels is too large; {_MOST}")


def _upright(image):
    """Rotate and flip a loaded image as its file says; Pillow has done so with a TIFF."""
    return image if image.format == "TIFF" else ImageOps.exif_transpose(image) or image


def _eight_bits(image):
    """Map the range of an image of more than 8 bits, which then is gray, to 0..255."""
    if image.mode not in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        return image
    tags = getattr(image, "tag_v2", {})  # of TIFF
    values = np.asarray(image)
    if image.mode == "I" and tags.get(_BITS) == (32,) and tags.get(_SIGN, (1,)) == (1,):
        values = values.view(np.uint32)
    low, high = 0, 65535
    if image.mode == "F" or (image.mode == "I" and tags):  # the image's own range
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if finite.size else (0, 1)
        if image.mode == "F" and low >= 0 and high <= 1:
            low, high = 0, 1
    elif tags:
        high = 2 ** tags[_BITS][0] - 1
    if tags.get(_PHOTOMETRIC) == 0:  # white is the least
        low, high = high, low
    values = (values - np.float64(low)) / ((np.float64(high) - low) or 1) * 255
    return Image.fromarray(np.clip(np.nan_to_num(values), 0, 255).round().astype(np.uint8))


_BITS, _PHOTOMETRIC, _SIGN = 258, 262, 339  # TIFF's tags


def _to_srgb(image, profile):
    """An image in mode RGB, or RGBA if it has transparency, by its ICC profile if it has one."""
    alpha = None
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("LA" if image.mode == "La" else "RGBA").convert("RGBA")
        alpha = image.getchannel("A")
    image = _profiled(image, profile) if profile else image.convert("RGB")
    if alpha is not None:
        image.putalpha(alpha)
    return image


_NO_SHORTCUTS = 0x0100  # of lcms, which in a dark gray are up to ten levels off


def _profiled(image, profile):
    """An image in sRGB; as it is where its profile is sRGB, damaged, or of other colors."""
    plain = image.convert("RGB")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK"}[profile.profile.xcolor_space]
        if (mode == "CMYK") != (image.mode == "CMYK"):
            return plain
        srgb = ImageCms.createProfile("sRGB")
        flags = _NO_SHORTCUTS if mode == "L" else 0
        to_srgb = ImageCms.buildTransform(profile, srgb, mode, "RGB", flags=flags)
        converted = ImageCms.applyTransform(image.convert(mode), to_srgb)
    except (ImageCms.PyCMSError, OSError, KeyError):
        return plain
    changes = ImageChops.difference(plain, converted).getextrema()
    return converted if max(high for _, high in changes) > 2 else plain  # 2: sRGB's own variants


def _on_white(image):
    """Lay an RGBA image on white."""
    if image.mode == "RGB":
        return image
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
    img = checks.array("img", img, "... 3").astype(np.float32)
    return (img / 255 - SQUEEZENET_MEAN) / SQUEEZENET_STD


def deprocess_image(img, rescale=False):
    """The inverse of `preprocess_image`, as uint8.

    Args:
      img: array (..., 3) of preprocessed pixels.
      rescale: map the image's own minimum to 0 and its maximum to 255; else clip to 0..255.

    Returns:
      uint8 array of the same shape.

    Raises:
      InputError: another shape, no numbers, or NaN or infinity among them.

    >>> x = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    >>> bool((deprocess_image(preprocess_image(x)) == x).all())
    True
    """
    img = checks.array("img", img, "... 3").astype(np.float32) * SQUEEZENET_STD + SQUEEZENET_MEAN
    if rescale:
        low, high = img.min(), img.max()
        img = (img - low) / max(high - low, np.finfo(np.float32).tiny)
    return np.clip(255 * img, 0, 255).round().astype(np.uint8)


def save_image(filename, img, overwrite=True, text=None):
    """Write an image; the extension names the format. The file appears whole or not at all.

    Args:
      filename: the file to write, .png, .jpg, .webp, .bmp, .tiff or .gif.
      img: uint8 array (H, W), (H, W, 3) or (H, W, 4).
      overwrite: whether an existing file may be replaced.
      text: dict of str to str, kept in a PNG's text chunks.

    Raises:
      InputError: an unknown extension, an array that is not an image, one with transparency for a
        format that has none, a folder that cannot be written to.
    """
    img = np.asarray(img)
    if img.dtype != np.uint8 or not img.size or img.ndim < 2 or img.shape[2:] not in _CHANNELS:
        raise InputError(f"img: got {img.dtype} {img.shape}, expected uint8 (H, W, 3)")
    options = {"quality": 95} if extension(filename) in (".jpg", ".jpeg") else {}
    if text and extension(filename) == ".png":
        from PIL.PngImagePlugin import PngInfo

        options["pnginfo"] = PngInfo()
        for key, value in text.items():
            options["pnginfo"].add_text(key, value)
    write_bytes(filename, _encoded(filename, Image.fromarray(img), **options), overwrite)


_CHANNELS = (), (3,), (4,)


def check_image_path(path, overwrite=False):
    """Raise an `InputError` now if an image could not be written to ``path`` later."""
    _encoded(path, Image.new("RGB", (2, 2)))
    return check_output(path, overwrite)  # last, since it makes the folder


def _encoded(filename, image, **options):
    """The bytes of the image in the format that the file's extension names."""
    end = extension(filename)
    if end not in Image.registered_extensions():
        raise InputError(f"filename {filename}: unknown image format {end!r}; use .png or .jpg")
    content = io.BytesIO()
    try:
        image.save(content, Image.registered_extensions()[end], **options)
    except (OSError, KeyError, ValueError, AttributeError) as error:  # formats only for reading
        raise InputError(f"{filename}: cannot be written ({short(error)}); use .png") from error
    return content.getvalue()


def blur_image(X, sigma=1):
    """Gaussian blur over height and width.

    Args:
      X: float array (N, H, W, C) or (H, W, C).
      sigma: the Gaussian's standard deviation in pixels; below 0.01 there is no blur.

    Returns:
      Array of the same shape and dtype, in this machine's byte order.

    Raises:
      InputError: another shape, NaN or infinity in X, or a negative sigma.
    """
    from scipy.ndimage import gaussian_filter1d

    X = checks.array("X", X, "... H W C")
    checks.numbers(least=0, sigma=sigma)
    if sigma < 0.01:  # its neighbors' weights would be 0
        return X.copy()
    dtype = X.dtype
    X = X.astype(np.result_type(dtype, np.float32), copy=False)  # SciPy takes no float16
    # The course's own filter, so that its class visualizations look the same.
    for axis in (-3, -2):
        X = gaussian_filter1d(X, sigma, axis=axis)
    return X.astype(dtype, copy=False)
