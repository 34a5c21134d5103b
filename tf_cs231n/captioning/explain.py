"""Which part of an image led to each word of its caption."""

import numpy as np

from sessions import find_session
from tf_cs231n.captioning.features import ImageFeatures
from tf_cs231n.captioning.saved import build_captioner
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.images import blur_image, preprocess_image
from tf_cs231n.interruption import stoppable

_BATCH = 8  # images at a time


class ImageCaptioner:
    """From pixels to captions and back, in one graph.

    Attributes:
      model: the `GraphCaptioner`.  image: placeholder (N, S, S, 3) of preprocessed pixels.
      features: Tensor (N, D).  layers: SqueezeNet's layers, from which the features are pooled.

    Args:
      saved: a `SavedCaptioner` that knows how to compute features from pixels.
      sess: the session, whose graph is extended; None: the default one.

    Raises:
      InputError: the captioner was trained on features of unknown origin, such as COCO's.
    """

    def __init__(self, saved, sess):
        if saved.projection is None:
            raise InputError(
                "this captioner was trained on features that cannot be computed from pixels here "
                "(the course's COCO features): `caption evaluate` captions its data, not images"
            )
        sess = find_session(sess)
        self._sess, self.model = sess, build_captioner(saved, sess)
        with sess.graph.as_default():
            extractor = ImageFeatures(sess, saved.projection.image_size)
            self.image, self.image_size = extractor.image, extractor.image_size
            self.layers = extractor.layers
            self.features = saved.projection(extractor.pooled)
        self._values = {}

    def attributions(self, image, caption, stop=None):
        """How much each part of an image speaks for each word of its caption, by occlusion.

        Windows of half the image's side, a quarter of a side apart, are painted over with the
        image's median color. The value of a word is its score less the mean score of all words, and
        each pixel gets the mean drop of that value over the windows that cover it, times how far
        the paint is from the pixel: where painting changes nothing, nothing was taken away.

        Args:
          image: uint8 (S, S, 3), as from `features.load_square`.
          caption: ints (T,), words as sampled, without ``<START>``.
          stop: an `interruption.Stop` that is asked after each batch of windows.

        Returns:
          float (T, S, S), 0 or more; 0 everywhere if nothing in the image speaks for the word.

        Source: occlusion, Zeiler and Fergus 2013, arXiv 1311.2901. `benchmarks/pointing.py` counts
        how often this and other ways point at the right object.
        """
        pixels = preprocess_image(image)
        paint = np.median(pixels.reshape(-1, 3), axis=0)
        masks = occlusion_windows(self.image_size)
        painted = np.where(masks[..., np.newaxis], paint, pixels)
        images = np.concatenate([pixels[np.newaxis], painted])
        whole, *values = self.word_values(images, caption, stop)
        drops = np.tensordot(whole - values, masks, [0, 0]) / masks.sum(axis=0)  # (T, S, S)
        change = np.linalg.norm(pixels - paint, axis=-1)
        return np.maximum(drops, 0) * blur_image(change[np.newaxis, ..., np.newaxis])[0, ..., 0]

    def word_values(self, pixels, caption, stop=None):
        """The score of each word of a caption less the mean score of all words, for each image.

        Args:
          pixels: (N, S, S, 3), preprocessed.
          caption: ints (T,), without ``<START>``.
          stop: as for `attributions`.

        Returns:
          (N, T).
        """
        T = len(caption)
        if T not in self._values:
            self._values[T] = self._build(T)
        captions, values = self._values[T]
        read = np.append(self.model.start, caption)[np.newaxis]
        rows = []
        with stoppable(stop) as stop:
            for first in range(0, len(pixels), _BATCH):
                batch = pixels[first : first + _BATCH]
                feed = {self.image: batch, captions: np.repeat(read, len(batch), axis=0)}
                rows.append(find_session(self._sess).run(values, feed))
                stop.check()
        return np.concatenate(rows)

    def _build(self, T):
        """The graph for captions of T words: a placeholder (N, T + 1), and `word_values`."""
        with self._sess.graph.as_default():
            captions = tf.placeholder(tf.int32, [None, T + 1])
            scores = self.model.scores(self.features, captions[:, :-1])  # (T, N, V)
            chosen = tf.one_hot(tf.transpose(captions[:, 1:]), len(self.model.word_to_idx))
            own = tf.reduce_sum(scores * chosen, axis=-1)
            return captions, tf.transpose(own - tf.reduce_mean(scores, axis=-1))


def occlusion_windows(size):
    """Masks of the windows of `ImageCaptioner.attributions`: bool (25, size, size).

    Each side is half of the image's; their corners are a quarter apart, the first and last ones
    outside, so that the image's edge is covered as often as its middle.
    """
    starts = np.round(size / 4 * np.arange(-1, 4)).astype(int)
    inside = (starts[:, np.newaxis] <= np.arange(size)) & (
        np.arange(size) < starts[:, np.newaxis] + size // 2
    )
    rows, columns = inside[:, np.newaxis, :, np.newaxis], inside[np.newaxis, :, np.newaxis, :]
    return (rows & columns).reshape(-1, size, size)
