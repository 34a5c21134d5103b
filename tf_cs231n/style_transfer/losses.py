"""The losses of style transfer; all are minimised.

Gatys, Ecker, Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks", in the form
of the course: sums of squares, not means; the total variation of Mahendran and Vedaldi 2015.

Two bring the gradient that their docstrings derive, one plain product and a few differences, where
`tf.gradients` would make two products, one of them transposed, and pad slices.

NaN and infinity are carried on. Shapes and dtypes that do not fit are an `InputError` where they
are known when the graph is built, else TensorFlow's `InvalidArgumentError` when it runs.
"""

from tf_cs231n.arguments import float_tensor, number_or_scalar
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, shown

FEATURES = [None, None, None, None]  # (N, H, W, C)
ONE_PICTURE = [1, None, None, None]


def content_loss(content_weight, content_current, content_original):
    """``content_weight * sum (F - P)^2``: how far the features are from the content's.

    Args:
      content_weight: scalar.
      content_current: features F of the picture in the making, Tensor (1, H, W, C).
      content_original: features P of the content picture, the same shape.

    Returns:
      Scalar Tensor, at least 0.
    """
    content_weight = number_or_scalar("content_weight", content_weight)
    content_current = float_tensor("content_current", content_current, FEATURES)
    content_original = _like("content_original", content_original, content_current)
    return content_weight * tf.reduce_sum(tf.square(content_current - content_original))


def gram_matrix(features, normalize=True):
    """The Gram matrix ``G = F^T F`` of features, F of shape (H*W, C): what occurs with what.

    ``G[i, j] = sum over positions p of F[p, i] F[p, j]``. With the loss's gradient dG,
    ``dF = F (dG + dG^T)``.

    Args:
      features: float Tensor (1, H, W, C), C known when the graph is built.
      normalize: divide by H*W*C.

    Returns:
      Tensor (C, C).
    """
    features = float_tensor("features", features, ONE_PICTURE)
    shape = static_or_dynamic_shape(features)
    C = shape[3]
    positions = tf.cast(shape[1] * shape[2], features.dtype)
    scale = 1 / (positions * C) if normalize else tf.ones((), features.dtype)

    @tf.custom_gradient
    def gram(features):
        F = tf.reshape(features, [-1, C])
        G = scale * tf.matmul(F, F, transpose_a=True)

        def gradient(dG):
            dF = tf.matmul(F, scale * (dG + tf.transpose(dG)))
            return tf.reshape(dF, shape)

        return G, gradient

    return gram(features)


def style_loss(feats, style_layers, style_targets, style_weights):
    """``sum over layers l of style_weights[l] * sum (G_l - A_l)^2``, G and A Gram matrices.

    Args:
      feats: list of the layers' features, Tensors (1, H, W, C).
      style_layers: list of indices into ``feats``.
      style_targets: for each of them the style picture's normalised Gram matrix A (C, C).
      style_weights: for each of them a scalar.

    Returns:
      Scalar Tensor, at least 0.

    Raises:
      InputError: the three lists are not of one length, or hold what does not fit.
    """
    for name, values in (
        ("style_layers", style_layers),
        ("style_targets", style_targets),
        ("style_weights", style_weights),
    ):
        if not hasattr(values, "__len__") or isinstance(values, str):
            raise InputError(f"{name}: got {shown(values)}, expected a list")
    if not len(style_layers) == len(style_targets) == len(style_weights):
        raise InputError(
            f"style_layers, style_targets, style_weights: got {len(style_layers)}, "
            f"{len(style_targets)} and {len(style_weights)} of them, expected one number"
        )
    losses = []
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        weight = number_or_scalar("style_weights", weight)
        gram = gram_matrix(float_tensor("feats", _layer(feats, layer), ONE_PICTURE))
        losses.append(
            weight * tf.reduce_sum(tf.square(gram - _like("style_targets", target, gram)))
        )
    return tf.add_n(losses) if losses else tf.zeros(())


def tv_loss(img, tv_weight):
    """Total variation: ``tv_weight * (sum (x[i+1,j] - x[i,j])^2 + sum (x[i,j+1] - x[i,j])^2)``.

    Over all channels. Each difference d of neighbours a, b, ``d = b - a``, adds 2 d to the gradient
    of b and takes 2 d from that of a.

    Args:
      img: float Tensor (1, H, W, 3), H and W at least 1.
      tv_weight: scalar.

    Returns:
      Scalar Tensor, at least 0.
    """
    img = float_tensor("img", img, FEATURES)
    tv_weight = number_or_scalar("tv_weight", tv_weight)
    shape = static_or_dynamic_shape(img)
    N, H, W, C = shape
    row = W * C

    @tf.custom_gradient
    def total_variation(img):
        # Two dimensions, rows of W*C numbers: long contiguous pieces are what slices are fast on.
        flat = tf.reshape(img, [N, H, row])
        down = flat[:, 1:] - flat[:, :-1]
        right = flat[:, :, C:] - flat[:, :, :-C]
        loss = tf.reduce_sum(tf.square(down)) + tf.reduce_sum(tf.square(right))

        def gradient(dloss):
            no_row, no_column = tf.zeros([N, 1, row], img.dtype), tf.zeros([N, H, C], img.dtype)
            dimg = tf.concat([no_row, down], 1) - tf.concat([down, no_row], 1)
            dimg += tf.concat([no_column, right], 2) - tf.concat([right, no_column], 2)
            return tf.reshape(2 * dloss * dimg, shape)

        return loss, gradient

    return tv_weight * total_variation(img)


def _like(name, values, tensor):
    """A Tensor of the dtype and, as far as is known, the shape of another."""
    return float_tensor(name, values, tensor.shape, tensor.dtype.base_dtype)


def _layer(feats, layer):
    try:
        return feats[layer]
    except (TypeError, LookupError) as error:
        raise InputError(f"style_layers: there is no layer {shown(layer)} in feats") from error


def static_or_dynamic_shape(tensor):
    """The shape as a list: numbers where they are known, else scalar Tensors."""
    static = tensor.shape.as_list()
    if None not in static:
        return static
    dynamic = tf.shape(tensor)
    return [dynamic[i] if n is None else n for i, n in enumerate(static)]
