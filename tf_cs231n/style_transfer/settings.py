"""The settings of a transfer: the course's own, and what may be asked for."""

import numbers
import os

import numpy as np

from tf_cs231n.errors import InputError, check_count, check_number, one_of, shown
from tf_cs231n.images import load_image
from tf_cs231n.limits import MAX_SIDE, MIN_SIZE
from tf_cs231n.squeezenet.frozen import NUM_LAYERS

# The course's three, named after the paintings they were made for: Kandinsky's Composition VII,
# Munch's The Scream, van Gogh's The Starry Night.
PRESETS = {
    "composition": {
        "image_size": 192,
        "style_size": 512,
        "content_layer": 3,
        "content_weight": 5e-2,
        "style_layers": (1, 4, 6, 7),
        "style_weights": (20000, 500, 12, 1),
        "tv_weight": 5e-2,
    },
    "scream": {
        "image_size": 192,
        "style_size": 224,
        "content_layer": 3,
        "content_weight": 3e-2,
        "style_layers": (1, 4, 6, 7),
        "style_weights": (200000, 800, 12, 1),
        "tv_weight": 2e-2,
    },
    "starry": {
        "image_size": 192,
        "style_size": 192,
        "content_layer": 3,
        "content_weight": 6e-2,
        "style_layers": (1, 4, 6, 7),
        "style_weights": (300000, 1000, 15, 3),
        "tv_weight": 2e-2,
    },
}

KEEP_COLORS = ("no", "luminance", "match")


def as_list(value):
    """A list or tuple as a list; anything else as a list of one."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def weighted_layers(layer_name, layers, weight_name, weights):
    """Pairs (layer, weight): layers in 0..12, none twice; for each a weight of at least 0.

    >>> weighted_layers("content_layer", 3, "content_weight", 0.05)
    [(3, 0.05)]
    """
    layers, weights = as_list(layers), as_list(weights)
    for layer in layers:
        if not isinstance(layer, numbers.Integral) or not 0 <= layer < NUM_LAYERS:
            raise InputError(
                f"{layer_name}: got {shown(layer)}, expected layers of SqueezeNet, "
                f"0 to {NUM_LAYERS - 1}"
            )
    if len(set(layers)) < len(layers):
        raise InputError(f"{layer_name}: got {layers}, expected each layer once")
    if len(weights) != len(layers):
        raise InputError(
            f"{weight_name}: got {len(weights)} of them, expected {len(layers)}, "
            f"one for each of {layer_name}"
        )
    return [(int(layer), check_number(weight_name, w, 0)) for layer, w in zip(layers, weights)]


def style_shares(shares, count):
    """Each style's share of the style loss: ``count`` numbers of sum 1."""
    if shares is None:
        return [1 / max(count, 1)] * count
    shares = as_list(shares)
    if len(shares) != count:
        raise InputError(
            f"style_shares: got {len(shares)} of them, expected {count}, one for each style"
        )
    shares = [check_number("style_shares", share, 0) for share in shares]
    if sum(shares) == 0:
        raise InputError("style_shares: got zeros only, expected at least one above 0")
    return [share / sum(shares) for share in shares]


def check_size(name, size):
    """A picture's shorter side, which SqueezeNet can work with."""
    return check_count(f"{name} in pixels", size, MIN_SIZE, MAX_SIDE)


def check_pictures(pictures):
    """A dict of argument to pictures: each None, a file, or an array, which must be one."""
    for name, images in pictures.items():
        for image in as_list(images):
            if isinstance(image, np.ndarray):
                try:
                    load_image(image)
                except InputError as error:
                    raise InputError(f"{name}: {error}") from error
            elif image is not None and not _is_file(image):
                raise InputError(
                    f"{name}: got {shown(image)}, expected a picture: a file, an array, or "
                    "sample:NAME"
                )


def _is_file(image):
    return isinstance(image, (str, bytes, os.PathLike)) or hasattr(image, "read")


def find_preset(name):
    """The settings of one of `PRESETS`, as a new dict."""
    return dict(PRESETS[one_of("preset", name, PRESETS)])
