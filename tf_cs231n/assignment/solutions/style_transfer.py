"""The losses of style transfer, each a scalar Tensor; all are minimized."""

from tf_cs231n.compat import tf


def content_loss(content_weight, content_current, content_original):
    """How far an image's features are from those of the content image.

    Args:
      content_weight: a number.
      content_current: features of the image that is being made, Tensor (1, H, W, C).
      content_original: features of the content image, Tensor (1, H, W, C).

    Returns:
      loss: the weighted sum of all squared differences, a scalar Tensor.
    """
    difference = content_current - content_original
    loss = content_weight * tf.reduce_sum(difference**2)
    return loss


def gram_matrix(features, normalize=True):
    """Which channels are active together, summed over all positions.

    Args:
      features: Tensor (1, H, W, C).
      normalize: divide by the number of features, H * W * C.

    Returns:
      gram: Tensor (C, C).
    """
    shape = tf.shape(features)
    H, W, C = shape[1], shape[2], shape[3]
    rows = tf.reshape(features, (H * W, C))
    gram = tf.matmul(tf.transpose(rows), rows)
    if normalize:
        gram = gram / tf.cast(H * W * C, features.dtype)
    return gram


def style_loss(feats, style_layers, style_targets, style_weights):
    """How far the Gram matrices of an image's features are from those of the style image.

    Args:
      feats: the features of every layer, a list of Tensors (1, H, W, C).
      style_layers: which layers count, a list of indices into feats.
      style_targets: for each of those, the style image's normalized Gram matrix.
      style_weights: for each of those, a number.

    Returns:
      loss: over those layers, the weighted sum of all squared differences; a scalar Tensor.
    """
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        gram = gram_matrix(feats[layer])
        loss += weight * tf.reduce_sum((gram - target) ** 2)
    return loss


def tv_loss(img, tv_weight):
    """Total variation: how much neighboring pixels differ, vertically and horizontally.

    Args:
      img: Tensor (1, H, W, 3).
      tv_weight: a number.

    Returns:
      loss: the weighted sum of all squared differences of neighbors; a scalar Tensor.
    """
    vertical = img[:, 1:] - img[:, :-1]
    horizontal = img[:, :, 1:] - img[:, :, :-1]
    loss = tf.reduce_sum(vertical**2) + tf.reduce_sum(horizontal**2)
    loss = tv_weight * loss
    return loss
