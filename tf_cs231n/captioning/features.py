"""Features of images for captioning: SqueezeNet's, pooled over a grid, then their PCA.

Means over the whole image would tell what is in it but not where. So each of several layers is
averaged over the cells of a grid: early layers, on a fine grid, carry color, shape and place; late
ones, on a coarse grid, what ImageNet teaches about things.
"""

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.files import read_npz, write_npz
from tf_cs231n.images import load_image, preprocess_image, resize
from tf_cs231n.interruption import stoppable
from tf_cs231n.squeezenet import load_squeezenet

# SqueezeNet layer: cells along each side of its grid.
GRIDS = {4: 2, 7: 2, 12: 1}
NUM_FEATURES = 512  # as many as the course's COCO features have
MAX_FIT = 8000  # images that the PCA is fitted on; more would only cost memory
MIN_IMAGE_SIZE = 64  # below, the last layers are too small for their grids
BATCH = 50  # images; fixed, since what runs together changes the last bits


class ImageFeatures:
    """A graph from images to features, in the session's graph, with SqueezeNet's weights.

    Attributes:
      image: placeholder (N, S, S, 3) of preprocessed pixels.  image_size: S.
      layers: SqueezeNet's layers, Tensors (N, H, W, C).
      pooled: Tensor (N, P), the layers of `GRIDS` averaged over the cells of their grids.

    Args:
      sess: the session; None: the default one.
      image_size: S, at least 64; images of any shape are made square.
    """

    def __init__(self, sess=None, image_size=128):
        self.image_size = image_size
        self.sess = find_session(sess)
        model = load_squeezenet(self.sess)
        with self.sess.graph.as_default():
            self.image = tf.placeholder(tf.float32, [None, image_size, image_size, 3])
            self.layers = model.extract_features(self.image)
            self.pooled = pool(self.layers)

    def __call__(self, images):
        """Pooled features (N, P) of uint8 images (N, S, S, 3)."""
        batches = [images[n : n + BATCH] for n in range(0, len(images), BATCH)]
        sess = find_session(self.sess)
        return np.concatenate(
            [sess.run(self.pooled, {self.image: preprocess_image(b)}) for b in batches]
        )


def pool(layers):
    """Average layers over grids: list of SqueezeNet's layers (N, H, W, C) to a Tensor (N, P)."""
    blocks = []
    for layer, cells in GRIDS.items():
        _, height, width, channels = layers[layer].shape.as_list()
        rows, columns = (_averages(length, cells) for length in (height, width))
        block = tf.tensordot(layers[layer], rows, [[1], [1]])  # (N, width, C, cells)
        block = tf.tensordot(block, columns, [[1], [1]])  # (N, C, cells, cells)
        blocks.append(tf.reshape(block, [-1, channels * cells * cells]))
    return tf.concat(blocks, axis=1)


def _averages(length, cells):
    """(cells, length): row r averages the r-th of ``cells`` nearly equal parts."""
    edges = np.round(np.linspace(0, length, cells + 1)).astype(int)
    matrix = np.zeros((cells, length), np.float32)
    for row, first, last in zip(matrix, edges[:-1], edges[1:]):
        row[first:last] = 1 / (last - first)
    return matrix


def load_square(image, size):
    """An image file (or array, as for `load_image`) as uint8 (size, size, 3)."""
    return resize(load_image(image), (size, size), "bilinear")


class Projection:
    """The affine map from pooled features (P,) to the captioner's features (D,).

    ``features = (pooled - mean) matrix``: every layer scaled to the same total variance, then the
    principal components. They are not whitened: that would only amplify the noise in the last
    ones, which a captioner memorizes.

    Attributes:
      mean: (P,).  matrix: (P, D).  image_size: of the images it was fitted to.
    """

    def __init__(self, mean, matrix, image_size):
        self.mean, self.matrix, self.image_size = mean, matrix, image_size

    @classmethod
    def fit(cls, pooled, image_size, num_features=NUM_FEATURES, seed=0):
        """Fit to pooled features (N, P) of training images; D is at most N - 1."""
        from sklearn.decomposition import PCA

        if len(pooled) < 2:
            raise InputError(f"images: got {len(pooled)} for training, expected at least 2")
        edges = np.cumsum(_widths())[:-1]
        scale = np.concatenate([_block_scale(block) for block in np.split(pooled, edges, 1)])
        mean = pooled.mean(axis=0)
        D = min(num_features, len(pooled) - 1, pooled.shape[1])
        pca = PCA(D, svd_solver="randomized", iterated_power=2, random_state=seed)
        pca.fit((pooled - mean) * scale)
        matrix = scale[:, np.newaxis] * pca.components_.T
        overall = np.sqrt(np.mean(((pooled - mean) @ matrix) ** 2))
        matrix /= max(overall, 1e-12)
        return cls(mean.astype(np.float32), matrix.astype(np.float32), image_size)

    def __call__(self, pooled):
        """Features (N, D) of pooled features (N, P); arrays or Tensors."""
        if tf.is_tensor(pooled):
            return tf.matmul(pooled - self.mean, self.matrix)
        return (pooled - self.mean) @ self.matrix

    def save(self, path, overwrite=False):
        """Write the projection and what it was made for, as .npz."""
        settings = made_for(self.image_size)
        write_npz(path, {"mean": self.mean, "matrix": self.matrix, "settings": settings}, overwrite)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Raises:
          InputError: not such a file, or made for other layers or another image size.
        """
        try:
            mean, matrix, settings = read_npz(path, ["mean", "matrix", "settings"]).values()
            checks.shapes(mean=(mean, "P"), matrix=(matrix, "P D"))
            image_size = int(settings[0])
        except FileNotFoundError as error:
            raise InputError(
                f"{path}: no such file, so features of new images cannot be computed; make the "
                "data with `caption prepare`"
            ) from error
        except (ValueError, TypeError, IndexError) as error:
            raise InputError(f"{path} is broken ({error}); prepare the data again") from error
        if settings.tolist() != made_for(image_size).tolist():
            raise InputError(f"{path} was made by another version; prepare the data again")
        return cls(mean, matrix, image_size)


def made_for(image_size):
    """The settings that features depend on, as a row of integers."""
    return np.array([image_size] + [n for item in GRIDS.items() for n in item])


def _widths():
    """How wide each layer's block is in pooled features."""
    channels = {2: 64, 4: 128, 7: 256, 10: 384, 12: 512}
    return [channels[layer] * cells**2 for layer, cells in GRIDS.items()]


def _block_scale(block):
    total = np.sqrt(block.var(axis=0).sum())
    return np.full(block.shape[1], 1 / max(total, 1e-12))


def extract_features(extractor, names, load=None, projection=None, progress=None, stop=None):
    """Features of many images, a batch at a time; images that cannot be read are left out.

    Args:
      extractor: an `ImageFeatures`.
      names: list of at least one of whatever ``load`` takes.
      load: function from a name to a uint8 image of the extractor's size; None: `load_square`.
      projection: a `Projection`; None: fit one to the first `MAX_FIT` images.
      progress: None or a function called with the number of images done.
      stop: an `interruption.Stop`, asked after each batch.

    Returns:
      features (num, D), the places in ``names`` they belong to (a list of num),
      [(name, reason), ...] of the unreadable, and the projection.

    Raises:
      InputError: no image can be read.  Stopped: ``stop`` was requested.
    """
    load = load or (lambda name: load_square(name, extractor.image_size))
    batches = (
        read_batch(extractor, names[n : n + BATCH], load) for n in range(0, len(names), BATCH)
    )
    return project_batches(batches, names, extractor.image_size, projection, progress, stop)


def read_batch(extractor, names, load):
    """Pooled features of at most `BATCH` images.

    Returns:
      (n, P), or None where none can be read; the places in ``names`` that they belong to; and
      [(place, reason), ...] of the unreadable.
    """
    images, kept, unreadable = [], [], []
    for place, name in enumerate(names):
        try:
            images.append(load(name))
            kept.append(place)
        except InputError as error:
            unreadable.append((place, str(error)))
    return extractor(np.stack(images)) if images else None, kept, unreadable


def project_batches(batches, names, image_size, projection=None, progress=None, stop=None):
    """The same as `extract_features`, of what `read_batch` returns for each batch of ``names``."""
    kept, skipped, waiting, features = [], [], [], []
    with stoppable(stop) as stop:
        for first, (pooled, places, unreadable) in zip(range(0, len(names), BATCH), batches):
            kept += [first + place for place in places]
            skipped += [(names[first + place], reason) for place, reason in unreadable]
            if pooled is not None:
                waiting.append(pooled)
            enough = len(kept) >= MAX_FIT or first + BATCH >= len(names)
            if projection is None and waiting and enough:
                projection = Projection.fit(np.concatenate(waiting), image_size)
            if projection is not None:
                features += [projection(pooled) for pooled in waiting]
                waiting = []
            if progress:
                progress(min(first + BATCH, len(names)))
            stop.check()
        stop.check()  # batches may end early
    if not kept:
        raise InputError(f"none of {len(names)} images can be read; the first is {skipped[0][0]}")
    return np.concatenate(features), kept, skipped, projection
