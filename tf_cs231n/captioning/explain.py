"""Which part of an image led to each word of its caption."""

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.captioning.features import ImageFeatures
from tf_cs231n.captioning.saved import build_captioner
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.images import blur_image, preprocess_image


class ImageCaptioner:
    """From pixels to captions and back, in one graph.

    Attributes:
      model: the `GraphCaptioner`.  image: placeholder (N, S, S, 3) of preprocessed pixels.
      features: Tensor (N, D).

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
            self.features = saved.projection(extractor.pooled)
        self._attributions = {}

    def attributions(self, image, caption):
        """How much each pixel changed the probability of each word.

        The gradient of ``log p(word_t | image, words before)`` with respect to the pixels, times
        the pixels' difference from the image's mean color, summed over colors: to first order, the
        log-probability that the word loses if this pixel takes the mean color. The map is blurred,
        since single pixels of a gradient are noise.

        Args:
          image: uint8 (S, S, 3), as from `features.load_square`.
          caption: ints (T,), as sampled, without ``<START>``.

        Returns:
          float (T, S, S), 0 or more; zero where the word is ``<NULL>``.

        Source: Simonyan et al. 2013, arXiv 1312.6034; gradient times input: Shrikumar et al. 2016,
        arXiv 1605.01713.
        """
        checks.indices(256, {"S": self.image_size}, image=(image, "S S 3"))
        checks.indices(len(self.model.word_to_idx), caption=(caption, "T"))
        T = len(caption)
        if T not in self._attributions:
            self._attributions[T] = self._build(T)
        captions, gradient = self._attributions[T]
        pixels = preprocess_image(image)
        feed = {
            self.image: np.repeat(pixels[np.newaxis], T, axis=0),
            captions: np.repeat([np.append(self.model.start, caption)], T, axis=0),
        }
        gradients = find_session(self._sess).run(gradient, feed)
        effects = (gradients * (pixels - pixels.mean(axis=(0, 1)))).sum(axis=-1)
        return blur_image(np.abs(effects)[..., np.newaxis], sigma=2)[..., 0]

    def _build(self, T):
        """The graph for captions of T words: the image T times, once for each word."""
        with self._sess.graph.as_default():
            captions = tf.placeholder(tf.int32, [None, T + 1])
            log_probs = self.model.log_probs(self.features, captions)  # (T, T)
            own_words = tf.reduce_sum(tf.linalg.diag_part(log_probs))
            (gradient,) = tf.gradients(own_words, self.image)
        return captions, gradient
