"""Features of images that have no labels, by which samples are compared with real images."""

import numpy as np

from sessions import get_session
from tf_cs231n.compat import tf
from tf_cs231n.gan_training.judge import Judge
from tf_cs231n.images import preprocess_image, resize
from tf_cs231n.interruption import stoppable
from tf_cs231n.squeezenet import load_squeezenet

SIDE = 96  # pixels that images are enlarged to; SqueezeNet's last maps are then 5x5
LAYER = 7  # a fire module in the middle: textures and parts, 256 channels
SCALE = 0.1  # of the features: their distances are then as large as those of digits


class ImageFeatures(Judge):
    """SqueezeNet's features, averaged over the image: what the feature distance is measured on.

    FID has Inception's last features, of 299 pixels. These are of SqueezeNet 1.1, which comes with
    a package: images are enlarged to 96x96 (bilinear), gray ones get three equal channels, and the
    256 channels of layer 7 are averaged over all positions, and divided by 10. Distances compare
    with one another, not with FIDs.

    Args:
      stop: an `interruption.Stop`, asked after each batch.
    """

    name = f"SqueezeNet's layer {LAYER}, averaged, of images enlarged to {SIDE}x{SIDE}"

    def __init__(self, stop=None):
        self._stop = stop
        with tf.Graph().as_default() as graph:
            self._sess = get_session(graph)
            model = load_squeezenet(self._sess)
            self._image = tf.placeholder(tf.float32, [None, SIDE, SIDE, 3])
            layer = model.extract_features(self._image)[LAYER]
            self._features = SCALE * tf.reduce_mean(layer, axis=[1, 2])

    def __call__(self, images, batch_size=50):
        """Of images, uint8 (N, H, W) or (N, H, W, 3): None, there are no classes, and (N, 256)."""
        rows = []
        with stoppable(self._stop) as stop:
            for i in range(0, len(images), batch_size):
                batch = np.stack([_enlarged(image) for image in images[i : i + batch_size]])
                rows.append(self._sess.run(self._features, {self._image: preprocess_image(batch)}))
                stop.check()
        return None, np.float64(np.concatenate(rows))


def _enlarged(image):
    image = resize(image, (SIDE, SIDE), "bilinear")
    return np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image
