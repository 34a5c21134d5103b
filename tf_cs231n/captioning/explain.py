"""Which part of the picture gave each word: gradients from words back to pixels."""

import numpy as np

from sessions import find_session
from tf_cs231n.arrays import check_array
from tf_cs231n.captioning.checks import check_indices
from tf_cs231n.captioning.features import ImageFeatures
from tf_cs231n.captioning.saved import build_captioner
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.images import blur_image, preprocess_image
from tf_cs231n.limits import MAX_EXPLAINED_WORDS


class PictureCaptioner:
    """From pixels to captions and back, as one graph in the session's graph.

    Attributes:
      model: the `GraphCaptioner`.  image: placeholder (N, S, S, 3) of preprocessed pixels.
       features: Tensor (N, D).

    Args:
      saved: a `SavedCaptioner` that knows how features come from pixels.
      sess: the session; None: the default one.

    Raises:
      InputError: it was trained on features that came from elsewhere, as COCO's did.
    """

    def __init__(self, saved, sess):
        if saved.projection is None:
            raise InputError(
                "this captioner was trained on features whose way from pixels is not known (the "
                "course's COCO features): it captions data with `caption evaluate`, not pictures"
            )
        sess = find_session(sess)
        self._sess, self.model = sess, build_captioner(saved, sess)
        with sess.graph.as_default():
            extractor = ImageFeatures(sess, saved.projection.image_size)
            self.image, self.picture_size = extractor.image, extractor.image_size
            self.features = saved.projection(extractor.pooled)
        self._attributions = {}

    def attributions(self, picture, caption):
        """How much each pixel moved the probability of each word.

        The gradient of ``log p(word_t | picture, words before)`` by the pixels, times the pixels'
        difference from the picture's mean colour, summed over colours: to first order, how much of
        the word's log-probability is lost if this pixel took the mean colour. Blurred, since single
        pixels of a gradient are noise.

        Args:
          picture: uint8 (S, S, 3), as `features.load_square` gives it.
          caption: ints (T,), without ``<START>``; as sampled. T is at most `MAX_EXPLAINED_WORDS`.

        Returns:
          float (T, S, S), 0 or more; zero where the word is ``<NULL>``.

        Source: Simonyan et al. 2013, arXiv 1312.6034; gradient times input: Shrikumar et al. 2016,
        arXiv 1605.01713.
        """
        picture = check_array("picture", picture, (self.picture_size,) * 2 + (3,), np.uint8)
        check_indices({"V": len(self.model.word_to_idx)}, caption=(caption, "T"))
        T = len(caption)
        if T > MAX_EXPLAINED_WORDS:
            raise InputError(f"caption: got {T} words, expected at most {MAX_EXPLAINED_WORDS}")
        if T not in self._attributions:
            self._attributions[T] = self._build(T)
        captions, gradient = self._attributions[T]
        pixels = preprocess_image(picture)
        feed = {
            self.image: np.repeat(pixels[np.newaxis], T, axis=0),
            captions: np.repeat([np.append(self.model.start, caption)], T, axis=0),
        }
        gradients = find_session(self._sess).run(gradient, feed)
        effects = (gradients * (pixels - pixels.mean(axis=(0, 1)))).sum(axis=-1)
        return blur_image(np.abs(effects)[..., np.newaxis], sigma=2)[..., 0]

    def _build(self, T):
        """The graph for captions of T words: the picture T times, once for each word."""
        with self._sess.graph.as_default():
            captions = tf.placeholder(tf.int32, [None, T + 1])
            log_probs = self.model.log_probs(self.features, captions)  # (T, T)
            own_words = tf.reduce_sum(tf.linalg.diag_part(log_probs))
            (gradient,) = tf.gradients(own_words, self.image)
        return captions, gradient
