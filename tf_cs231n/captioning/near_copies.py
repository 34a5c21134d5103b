"""Near copies among images: the same picture saved again, cropped a little, or mirrored.

Two small images are compared in two steps. First all pairs, as 8 x 8 pixels without their mean: a
matrix product. Then the nearest few, as 16 x 16 pixels, where one of the two is cropped by up to
5 % at each side until they fit best: near copies differ by a small part of their contrast.
"""

import itertools

import numpy as np

from tf_cs231n.images import resize

THUMBNAIL_SIZE = 32  # pixels a side of what is compared
_NEIGHBORS = 3  # that are compared a second time
_NOISE = 4.0  # levels of 255 that JPEG may change where an image is flat
_MOST_DIFFERENT = 0.6, 0.25  # in both steps: RMS, as a part of the image's contrast
_MARGINS = (0, 0), (0, 0.05), (0.05, 0), (0.05, 0.05), (0.025, 0.025)  # cut off two sides
_BATCH = 200


def thumbnail(image):
    """A uint8 image (H, W, 3) as uint8 (32, 32, 3), for `near_copies`."""
    return resize(image, (THUMBNAIL_SIZE, THUMBNAIL_SIZE), "box")


def near_copies(some, others):
    """Find the place of a near copy among other thumbnails, or -1: integers (N,).

    Both are uint8 (N or M, 32, 32, 3).

    >>> image = np.random.RandomState(0).randint(0, 256, (4, 8, 8, 3)).astype(np.uint8)
    >>> thumbnails = np.stack([thumbnail(each) for each in image])
    >>> near_copies(thumbnails[1:3, :, ::-1], thumbnails).tolist()
    [1, 2]
    """
    targets = [_coarse(others), _coarse(others[:, :, ::-1])]  # as they are, and mirrored
    found = np.full(len(some), -1)
    for first in range(0, len(some), _BATCH):
        queries = _coarse(some[first : first + _BATCH])
        squares = np.minimum(*[_square_distances(queries, target) for target in targets])
        least = (_MOST_DIFFERENT[0] * (_NOISE + queries.std(axis=1))) ** 2
        k = min(_NEIGHBORS, len(others))
        nearest = np.argpartition(squares, k - 1, axis=1)[:, :k]
        for row, places in enumerate(nearest):
            places = places[squares[row, places] < least[row]]
            if len(places):
                differences = _differences(some[first + row], others[places])
                if differences.min() < _MOST_DIFFERENT[1]:
                    found[first + row] = places[differences.argmin()]
    return found


def _coarse(thumbnails):
    """(N, 192): 8 x 8 pixels, without the mean of each color."""
    N, side = len(thumbnails), THUMBNAIL_SIZE // 8
    small = thumbnails.reshape(N, 8, side, 8, side, 3).mean(axis=(2, 4), dtype=np.float32)
    return (small - small.mean(axis=(1, 2), keepdims=True)).reshape(N, -1)


def _square_distances(a, b):
    """Mean squared differences (N, M) of rows of a (N, D) and b (M, D)."""
    squares = (a**2).mean(axis=1)[:, np.newaxis] + (b**2).mean(axis=1)
    return squares - 2 / a.shape[1] * (a @ b.T)


def _differences(image, others):
    """RMS differences (k,) of a thumbnail from others (k, ...), where the crops fit best."""
    both = np.concatenate([others, others[:, :, ::-1]]).astype(np.float32)  # mirrored too
    image = image[np.newaxis].astype(np.float32)
    contrast = _NOISE + image.std(axis=(1, 2)).mean()
    least = np.minimum(_least(_crops(image), _whole(both)), _least(_crops(both), _whole(image)))
    return least.reshape(2, -1).min(axis=0) / contrast


def _least(crops, whole):
    """RMS differences of (C, N, ...) from (M, ...), the least over C: (max(N, M),)."""
    return np.sqrt(((crops - whole) ** 2).mean(axis=(2, 3, 4))).min(axis=0)


def _crops(thumbnails):
    """(C, N, 16, 16, 3): each cropped in all ways, then 16 x 16 pixels."""
    return np.stack([_crop(thumbnails, rows, columns) for rows, columns in _CROPS])


def _whole(thumbnails):
    return _crop(thumbnails, _WINDOWS[0], _WINDOWS[0])


def _crop(thumbnails, rows, columns):
    return np.einsum("ih,nhwc,jw->nijc", rows, thumbnails, columns, optimize=True)


def _window(before, after, size=16):
    """(16, 32): means over 16 equal parts of what is left after cutting off fractions of a side."""
    edges = THUMBNAIL_SIZE * np.linspace(before, 1 - after, size + 1)
    pixels = np.arange(THUMBNAIL_SIZE)
    lower, upper = edges[:-1, np.newaxis], edges[1:, np.newaxis]
    overlap = np.clip(np.minimum(upper, pixels + 1) - np.maximum(lower, pixels), 0, None)
    return (overlap / (upper - lower)).astype(np.float32)


_WINDOWS = [_window(*margins) for margins in _MARGINS]
_CROPS = list(itertools.product(_WINDOWS, _WINDOWS))
