"""Features of pictures for captioning: SqueezeNet's, pooled over a grid, then their PCA.

Means over the whole picture would tell what is in it but not where. So each of several layers is
averaged over the cells of a grid: early layers, on a fine grid, carry colour, shape and place; late
ones, on a coarse grid, what ImageNet teaches about things.
"""

import numpy as np

from sessions import find_session
from tf_cs231n.arguments import float_tensor
from tf_cs231n.arrays import check_array
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_count, check_seed, shown
from tf_cs231n.files import read_npz, whole_file
from tf_cs231n.images import load_image, preprocess_image
from tf_cs231n.limits import MAX_CAPTIONED_SIZE, MIN_CAPTIONED_SIZE
from tf_cs231n.squeezenet import load_squeezenet

# SqueezeNet layer: cells along each side of its grid.
GRIDS = {4: 2, 7: 2, 12: 1}
NUM_FEATURES = 512  # as many as the course's COCO features have
MAX_FIT = 8000  # pictures that the PCA is fitted on; more would only cost memory
_BATCH = 50


class PictureFeatures:
    """A graph from pictures to features, in the session's graph, with SqueezeNet's weights.

    Attributes:
      image: placeholder (N, S, S, 3) of preprocessed pixels.  picture_size: S.
      pooled: Tensor (N, P), the layers of `GRIDS` averaged over the cells of their grids.

    Args:
      sess: the session; None: the default one.
      picture_size: S, 64 to 512; pictures of any shape are made square.
    """

    def __init__(self, sess=None, picture_size=128):
        self.picture_size = picture_size = check_picture_size(picture_size)
        self.sess = find_session(sess)
        model = load_squeezenet(self.sess)
        with self.sess.graph.as_default():
            self.image = tf.placeholder(tf.float32, [None, picture_size, picture_size, 3])
            self.pooled = pool(model.extract_features(self.image))

    def __call__(self, pictures):
        """Pooled features (N, P) of uint8 pictures (N, S, S, 3)."""
        S = self.picture_size
        pictures = check_array("pictures", pictures, (None, S, S, 3), np.uint8)
        batches = [pictures[n : n + _BATCH] for n in range(0, len(pictures), _BATCH)]
        sess = find_session(self.sess)
        return np.concatenate(
            [sess.run(self.pooled, {self.image: preprocess_image(b)}) for b in batches]
        )


def pool(layers):
    """Average layers over grids: list of SqueezeNet's layers to a Tensor (N, P)."""
    if not isinstance(layers, (list, tuple)) or len(layers) <= max(GRIDS):
        raise InputError(f"layers: got {shown(layers)}, expected those of `extract_features`")
    blocks = []
    for layer, cells in GRIDS.items():
        sizes = float_tensor("layers", layers[layer], [None] * 4).shape
        if not sizes[1:].is_fully_defined():
            raise InputError(f"layers: got shape {sizes}, expected (N, H, W, C), H, W, C known")
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


def check_picture_size(size):
    """Return the side of the square pictures as an int, if the layers can be pooled at it."""
    return check_count("picture_size", size, MIN_CAPTIONED_SIZE, MAX_CAPTIONED_SIZE)


def load_square(picture, size):
    """A picture file (or array, as for `load_image`) as uint8 (size, size, 3)."""
    from PIL import Image

    size = check_count("size", size, most=MAX_CAPTIONED_SIZE)
    image = Image.fromarray(load_image(picture))
    return np.asarray(image.resize((size, size), Image.BICUBIC, reducing_gap=3.0))


class Projection:
    """The affine map from pooled features (P,) to the captioner's features (D,).

    ``features = (pooled - mean) matrix``: every layer scaled to the same total variance, then the
    principal components. They are not whitened: that would only make the noise in the last ones
    loud, and a captioner learns it by heart.

    Attributes:
      mean: (P,).  matrix: (P, D).  picture_size: of the pictures it was fitted to.

    Raises:
      InputError: arrays that do not fit one another, or numbers that are not finite.
    """

    def __init__(self, mean, matrix, picture_size):
        self.mean = check_array("mean", mean, (None,))
        self.matrix = check_array("matrix", matrix, (len(self.mean), None))
        self.picture_size = check_picture_size(picture_size)

    @classmethod
    def fit(cls, pooled, picture_size, num_features=NUM_FEATURES, seed=0):
        """Fit to pooled features (N, P) of training pictures; D is at most N - 1."""
        from sklearn.decomposition import PCA

        num_features, seed = check_count("num_features", num_features), check_seed("seed", seed)
        pooled = check_array("pooled", pooled, (None, sum(_widths())))
        if len(pooled) < 2:
            raise InputError(f"pictures: got {len(pooled)} for training, expected at least 2")
        edges = np.cumsum(_widths())[:-1]
        scale = np.concatenate([_block_scale(block) for block in np.split(pooled, edges, 1)])
        mean = pooled.mean(axis=0)
        D = min(num_features, len(pooled) - 1, pooled.shape[1])
        pca = PCA(D, svd_solver="randomized", iterated_power=2, random_state=seed)
        pca.fit((pooled - mean) * scale)
        matrix = scale[:, np.newaxis] * pca.components_.T
        overall = np.sqrt(np.mean(((pooled - mean) @ matrix) ** 2))
        matrix /= max(overall, 1e-12)
        return cls(mean.astype(np.float32), matrix.astype(np.float32), picture_size)

    def __call__(self, pooled):
        """Features (N, D) of pooled features (N, P); arrays or Tensors."""
        if tf.is_tensor(pooled):
            pooled = float_tensor("pooled", pooled, [None, len(self.mean)], tf.float32)
            return tf.matmul(pooled - self.mean, self.matrix)
        return (check_array("pooled", pooled, (None, len(self.mean))) - self.mean) @ self.matrix

    def save(self, path, overwrite=False):
        """Write the projection and what it was made for, as .npz."""
        with whole_file(path, overwrite) as temporary, open(temporary, "wb") as file:
            np.savez(file, mean=self.mean, matrix=self.matrix, settings=made_for(self.picture_size))

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Raises:
          InputError: not such a file, or made for other layers or another picture size.
        """
        try:
            mean, matrix, settings = read_npz(path, ["mean", "matrix", "settings"]).values()
            projection = cls(mean, matrix, settings.flat[0] if settings.size else None)
        except FileNotFoundError as error:
            raise InputError(
                f"{path}: no such file, so features of new pictures cannot be computed; make the "
                "data with `caption prepare`"
            ) from error
        except ValueError as error:
            raise InputError(f"{path} is broken ({error}); prepare the data again") from error
        if settings.tolist() != made_for(projection.picture_size).tolist():
            raise InputError(f"{path} was made by another version; prepare the data again")
        return projection


def made_for(picture_size):
    """The settings that features depend on, as a row of integers."""
    return np.array([picture_size] + [n for item in GRIDS.items() for n in item])


def _widths():
    """How wide each layer's block is in pooled features."""
    channels = {2: 64, 4: 128, 7: 256, 10: 384, 12: 512}
    return [channels[layer] * cells**2 for layer, cells in GRIDS.items()]


def _block_scale(block):
    total = np.sqrt(block.var(axis=0).sum())
    return np.full(block.shape[1], 1 / max(total, 1e-12))
