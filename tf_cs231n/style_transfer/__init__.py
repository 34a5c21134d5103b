"""Style transfer, feature inversion and texture synthesis with SqueezeNet."""

from tf_cs231n.style_transfer.losses import content_loss, gram_matrix, style_loss, tv_loss
from tf_cs231n.style_transfer.settings import PRESETS
from tf_cs231n.style_transfer.transfer import (
    Result,
    invert_features,
    style_transfer,
    synthesize_texture,
)

__all__ = [
    "PRESETS",
    "Result",
    "content_loss",
    "gram_matrix",
    "invert_features",
    "style_loss",
    "style_transfer",
    "synthesize_texture",
    "tv_loss",
]
