"""What the picture shall be like: features of the content, Gram matrices of the styles."""

from tf_cs231n.images import preprocess_image
from tf_cs231n.squeezenet.frozen import layer_size
from tf_cs231n.style_transfer.objective import ContentTarget, Objective, StyleTarget
from tf_cs231n.style_transfer.regions import resize_mask


class Targets:
    """Targets of pictures, as a network sees them; makes an `Objective` for each size.

    Args:
      network: a `PixelNetwork`.
      content_layers, style_layers: lists of (layer, weight).
      tv_weight: of the total variation.
      weights_at: the size that content and TV weights are meant for; None: plain sums.
    """

    def __init__(self, network, content_layers, style_layers, tv_weight, weights_at=None):
        self.network = network
        self.content_layers, self.style_layers = content_layers, style_layers
        self.tv_weight, self.weights_at = tv_weight, weights_at
        self.styles = []

    def add_style(self, picture, share=1.0, mask=None):
        """A style picture, uint8 (H, W, 3), its share of the style loss, and its mask or None."""
        layers = [layer for layer, _ in self.style_layers]
        grams = self.network.gram_matrices(preprocess_image(picture), layers)
        self.styles.append(StyleTarget(share, grams, mask))

    def objective(self, content):
        """The `Objective` of pictures of the size of ``content``, uint8 (H, W, 3)."""
        size = content.shape[:2]
        layers = [layer for layer, _ in self.content_layers]
        features = self.network.features(preprocess_image(content), layers)
        contents = [
            ContentTarget(layer, weight * self._sum_factor(size, layer), target)
            for (layer, weight), target in zip(self.content_layers, features)
        ]
        styles = [
            style._replace(mask=None if style.mask is None else resize_mask(style.mask, size))
            for style in self.styles
        ]
        tv_weight = self.tv_weight * self._sum_factor(size)
        return Objective(self.network, size, contents, styles, self.style_layers, tv_weight)

    def _sum_factor(self, size, layer=None):
        """What turns a sum over all positions (of a layer) into that at the size ``weights_at``."""
        if self.weights_at is None:
            return 1.0
        scale = self.weights_at / min(size)
        H, W = size
        reference = round(H * scale), round(W * scale)
        if layer is not None:
            (H, W), reference = layer_size(layer, size), layer_size(layer, reference)
        return reference[0] * reference[1] / (H * W)
