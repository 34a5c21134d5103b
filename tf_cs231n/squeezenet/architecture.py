"""SqueezeNet 1.1's layers, once: graphs, checkpoints and sizes of features all follow this list.

Source: Iandola et al. 2016, arXiv 1602.07360; version 1.1 of the authors' repository.
"""

import collections

# Squeeze ``channels`` to ``squeeze`` by 1x1, then expand to ``expand`` by 1x1 and by 3x3.
Fire = collections.namedtuple("Fire", "channels squeeze expand")

# The features, layer 0 to 12. Convolution and pooling move windows of 3 pixels by 2, without
# padding; a fire module keeps height and width.
LAYERS = (
    "convolution",
    "relu",
    "pool",
    Fire(64, 16, 64),
    Fire(128, 16, 64),
    "pool",
    Fire(128, 32, 128),
    Fire(256, 32, 128),
    "pool",
    Fire(256, 48, 192),
    Fire(384, 48, 192),
    Fire(384, 64, 256),
    Fire(512, 64, 256),
)
NUM_LAYERS = len(LAYERS)
FIRE_MODULES = {n: layer for n, layer in enumerate(LAYERS) if isinstance(layer, Fire)}
NUM_CLASSES = 1000
MIN_SIZE = 32  # pixels along a side of an image


def _variable_shapes():
    shapes = {"features/layer0/weights": (3, 3, 3, 64), "features/layer0/bias": (64,)}
    for layer, (channels, squeeze, expand) in FIRE_MODULES.items():
        for part, kernel in (
            ("squeeze", (1, 1, channels, squeeze)),
            ("e11", (1, 1, squeeze, expand)),
            ("e33", (3, 3, squeeze, expand)),
        ):
            shapes[f"features/layer{layer}/fire/{part}/weights"] = kernel
            shapes[f"features/layer{layer}/fire/{part}/bias"] = kernel[-1:]
    shapes["classifier/layer1/weights"] = (1, 1, 512, NUM_CLASSES)
    shapes["classifier/layer1/bias"] = (NUM_CLASSES,)
    return shapes


# name, as in the course's checkpoint: shape; kernels are (height, width, channels in, out).
VARIABLE_SHAPES = _variable_shapes()


def layer_size(layer, size):
    """The height and width of a layer's features, for an image of ``size`` = (H, W).

    >>> layer_size(3, (192, 256))
    (47, 63)
    """
    H, W = size
    for kind in LAYERS[: layer + 1]:
        if kind in ("convolution", "pool"):
            H, W = (H - 3) // 2 + 1, (W - 3) // 2 + 1
    return H, W
