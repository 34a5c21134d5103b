"""Convolutions whose gradients are convolutions, which TensorFlow 1.15 computes faster on a CPU.

For ``y[n, p] = sum over q of x[n, p + q] w[q]``, images n, places p, taps q of the kernel:

  dx[n, p] = sum over q of dy[n, p - q] w[q]^T      a convolution of dy with the kernel rotated by
                                                    180 degrees and its channels swapped
  dw[q]    = sum over n, p of x[n, p + q]^T dy[n, p]  a convolution of x with the large kernel dy,
                                                    the images n being the channels

1.15's own gradients copy windows into a matrix and add products back window by window: SqueezeNet's
take 72 ms for eight images where these take 43, the DCGAN's second kernel's 20 where this takes
13. TensorFlow 2 on a CPU, and a GPU, have gradients that are as fast as their convolutions.
"""

from tf_cs231n.compat import HAS_GPU, TF_VERSION, tf
from tf_cs231n.ops.subgraph import register_gradient

AS_CONVOLUTIONS = "GradientsAsConvolutions"
FASTER = TF_VERSION < (2, 0) and not HAS_GPU
# With fewer, too few numbers lie together in memory for dw as a convolution to be faster.
FEWEST_IMAGES, FEWEST_CHANNELS = 16, 16


def convolve(x, w, stride, padding, faster=FASTER):
    """The same as `tf.nn.conv2d`, in value and in gradient.

    Args:
      x: Tensor (N, H, W, C).
      w: Tensor or variable (kernel height, kernel width, C, F).
      stride: the step in both directions.
      padding: 'SAME' or 'VALID'.
      faster: whether to take the gradients of this module.

    Returns:
      Tensor (N, H', W', F).
    """
    override = {"Conv2D": AS_CONVOLUTIONS} if faster and stride == 1 else {}
    with tf.get_default_graph().gradient_override_map(override):
        return tf.nn.conv2d(x, w, [1, stride, stride, 1], padding)


@register_gradient(AS_CONVOLUTIONS)
def _gradients(op, dy):
    """dx and dw of a convolution at stride 1."""
    x, w = op.inputs
    padding = op.get_attr("padding").decode()
    height, width, C, F = w.shape.as_list()
    if padding == "SAME" and height % 2 == width % 2 == 1:
        dx = tf.nn.conv2d(dy, _rotated_180(w), [1, 1, 1, 1], "SAME")
    else:
        dx = tf.nn.conv2d_backprop_input(tf.shape(x), w, dy, [1, 1, 1, 1], padding)
    many = C >= FEWEST_CHANNELS and (x.shape.as_list()[0] or 0) >= FEWEST_IMAGES
    if padding == "VALID" and many:
        dw = correlate(x, dy)
    else:
        dw = tf.nn.conv2d_backprop_filter(x, [height, width, C, F], dy, [1, 1, 1, 1], padding)
    return dx, dw


def _rotated_180(w):
    height, width, C, F = w.shape.as_list()
    if height * width == 1:
        return tf.transpose(w, [0, 1, 3, 2])
    # Unstacking the taps is quicker than `tf.reverse`.
    taps = tf.unstack(tf.reshape(w, [height * width, C, F]))
    return tf.transpose(tf.reshape(tf.stack(taps[::-1]), [height, width, C, F]), [0, 1, 3, 2])


def correlate(x, dy, stride=1):
    """The gradient dw of the weights of a 'VALID' convolution of x, dy being its output's.

    Args:
      x: Tensor (N, H, W, C).
      dy: Tensor (N, H', W', F).
      stride: the convolution's.

    Returns:
      Tensor (kernel height, kernel width, C, F); its size is what H' and W' leave of H and W.
    """
    strides = [1, stride, stride, 1]

    @tf.custom_gradient
    def correlation(x, dy):
        images = tf.transpose(x, [3, 1, 2, 0])  # (C, H, W, N)
        kernel = tf.transpose(dy, [1, 2, 0, 3])  # (H', W', N, F)
        dw = tf.nn.conv2d(images, kernel, [1, 1, 1, 1], "VALID", dilations=strides)

        def gradient(ddw):  # 1.15 has none for dilated convolutions
            dx = tf.nn.conv2d_backprop_input(tf.shape(x), ddw, dy, strides, "VALID")
            return dx, tf.nn.conv2d(x, ddw, strides, "VALID")

        return tf.transpose(dw, [1, 2, 0, 3]), gradient

    return correlation(x, dy)
