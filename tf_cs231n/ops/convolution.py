"""Convolutions, and their gradients in the form that TensorFlow computes fastest on a CPU.

For ``y[n, p] = sum over q of x[n, p + q] w[q]``, images n, places p, taps q of the kernel:

  dx[n, p] = sum over q of dy[n, p - q] w[q]^T      a convolution of dy with the kernel rotated by
                                                    180 degrees and its channels swapped
  dw[q]    = sum over n, p of x[n, p + q]^T dy[n, p]  a convolution of x with the large kernel dy,
                                                    the images n being the channels

At a stride s, ``x[n, s p + q]``, a place of dx gets only every s-th tap, and dx is the transposed
convolution of dy (`transposed_by_taps`).

1.15's own gradients copy windows into a matrix and add products back window by window, image by
image: SqueezeNet's take 72 ms for eight images where these take 43, the DCGAN's second kernel's 20
where this takes 13, the DCGAN paper's last kernel's for 16 images 409 and 186 where these take 50
and 53. TensorFlow 2 gains in the last case alone (74 and 63, 26 and 37); its other gradients, and
those of a GPU, are as fast as its convolutions.
"""

from tf_cs231n.compat import HAS_GPU, TF_VERSION, tf
from tf_cs231n.ops.subgraph import register_gradient

AS_CONVOLUTIONS = "GradientsAsConvolutions"
FASTER = TF_VERSION < (2, 0) and not HAS_GPU
# With fewer, too few numbers lie together in memory for dw as a convolution to be faster.
FEWEST_IMAGES, FEWEST_CHANNELS = 16, 16
# At a stride TensorFlow reads the kernel anew for each image: the fewest weights for which that
# costs more than the sums of products; with 2 only where an image has few places, too.
FEWEST_WEIGHTS = 200_000 if FASTER else 3_000_000
MOST_PLACES = 16


def convolve(x, w, stride, padding, faster=None):
    """The same as `tf.nn.conv2d`, in value and in gradient.

    Args:
      x: Tensor (N, H, W, C).
      w: Tensor or variable (kernel height, kernel width, C, F).
      stride: the step in both directions.
      padding: 'SAME' or 'VALID'.
      faster: whether to take the gradients of this module, which at a stride over 1 want 'SAME' and
        sides that it divides; None: where they are faster.

    Returns:
      Tensor (N, H', W', F).
    """
    if faster is None:
        _, H, W, _ = x.shape.as_list()
        whole = padding == "SAME" and None not in (H, W) and H % stride == W % stride == 0
        by_taps = whole and _is_faster_by_taps(H // stride, W // stride, w, stride)
        faster = FASTER if stride == 1 else by_taps
    override = {"Conv2D": AS_CONVOLUTIONS} if faster else {}
    with tf.get_default_graph().gradient_override_map(override):
        return tf.nn.conv2d(x, w, [1, stride, stride, 1], padding)


def convolve_transposed(x, w, stride):
    """The same as `tf.nn.conv2d_transpose` with 'SAME', in value and in gradient.

    Args:
      x: Tensor (N, H, W, C), H and W known.
      w: Tensor or variable (kernel height, kernel width, F, C).
      stride: s, the step in both directions.

    Returns:
      Tensor (N, s H, s W, F).
    """
    N, H, W, _ = x.shape.as_list()
    height, width, F, _ = w.shape.as_list()
    if FASTER and (height, width, stride) == (4, 4, 2) and F > 4:  # else there is little to win
        return transposed_in_phases(x, tf.convert_to_tensor(w))
    if _is_faster_by_taps(H, W, w, stride):
        return transposed_by_taps(x, tf.convert_to_tensor(w), stride)
    output_shape = tf.stack([tf.shape(x)[0], stride * H, stride * W, F])
    y = tf.nn.conv2d_transpose(x, w, output_shape, [1, stride, stride, 1], "SAME")
    y.set_shape([N, stride * H, stride * W, F])
    return y


@register_gradient(AS_CONVOLUTIONS)
def _gradients(op, dy):
    """dx and dw."""
    x, w = op.inputs
    padding = op.get_attr("padding").decode()
    strides = op.get_attr("strides")
    stride = strides[1]
    height, width, C, F = w.shape.as_list()
    if stride > 1:
        dx = transposed_by_taps(dy, w, stride)
    elif padding == "SAME" and height % 2 == width % 2 == 1:
        dx = tf.nn.conv2d(dy, _rotated_180(w), strides, "SAME")
    else:
        dx = tf.nn.conv2d_backprop_input(tf.shape(x), w, dy, strides, padding)
    many = C >= FEWEST_CHANNELS and (x.shape.as_list()[0] or 0) >= FEWEST_IMAGES
    if many and stride > 1:
        dw = correlate(_padded(x, w, stride), dy, stride)
    elif many and padding == "VALID":
        dw = correlate(x, dy)
    else:
        dw = tf.nn.conv2d_backprop_filter(x, [height, width, C, F], dy, strides, padding)
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


# --- Transposed convolutions, 'SAME' at a stride over 1 ---------------------------------------


def transposed_by_taps(x, w, stride):
    """One product of all places with all taps, which adds ``x[n, p] w[q]^T`` to ``y[n, s p + q]``.

    The places of y with the same remainder by s, a phase, get the same taps, each from a place of x
    nearby: a phase is a sum of products, moved by whole places.

    Args, returns: as `convolve_transposed`; neither side of the kernel is less than the stride.
    """
    N, H, W, C = x.shape.as_list()
    height, width, F, _ = w.shape.as_list()

    @tf.custom_gradient
    def transposed(x, w):
        taps = tf.reshape(w, [height * width, F, C])
        products = tf.matmul(tf.reshape(x, [1, -1, C]), taps, transpose_b=True)
        rows = _phases(tf.reshape(products, [height, width, -1, H, W, F]), stride, axis=2)
        phases = [phase for row in rows for phase in _phases(row, stride, axis=2)]
        y = tf.depth_to_space(tf.concat(phases, axis=3), stride)
        y.set_shape([N, stride * H, stride * W, F])
        return y, _gradient_of_transposed(x, w, stride)

    return transposed(x, w)


def _phases(taps, stride, axis):
    """Add up the taps (Q, ...) where they fall: a list of ``stride`` Tensors (...).

    Args:
      axis: that of the places, in the result.
    """
    Q = taps.shape.as_list()[0]
    before = (Q - stride) // 2  # zeros before the first place
    falls = [divmod(q - before, stride) for q in range(Q)]
    return [
        tf.add_n([_moved(taps[q], by, axis) for q, (by, p) in enumerate(falls) if p == phase])
        for phase in range(stride)
    ]


def _moved(x, by, axis):
    """x with each place p at p + by, zeros where nothing comes from."""
    size = x.shape.as_list()[axis]
    before, after = min(max(by, 0), size), min(max(-by, 0), size)
    padding = [[0, 0]] * x.shape.ndims
    padding[axis] = [before, after]
    return tf.pad(x[(slice(None),) * axis + (slice(after, size - before),)], padding)


@tf.custom_gradient
def transposed_in_phases(x, w):
    """A 4x4 kernel at stride 2, as one 2x2 convolution for all four phases: even and odd places.

    ``y[2m] = x[m-1] w[3] + x[m] w[1]``, ``y[2m+1] = x[m] w[2] + x[m+1] w[0]``, in rows as in
    columns: each phase is a convolution with every other tap. On 1.15, which scatters a product
    into overlapping windows, (128, 7, 7, 128) to 64 channels takes 33 ms, by taps 17, so 12.

    Source: Shi et al. 2016, arXiv 1609.07009.
    """
    F, C = w.shape.as_list()[2:]
    taps = tf.reshape(w[::-1, ::-1], [2, 2, 2, 2, F, C])  # tap, even or odd; rows, then columns
    taps = tf.transpose(taps[:, ::-1, :, ::-1], [0, 2, 5, 1, 3, 4])  # odd rows and columns first
    around = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    # Place p has the odd row 2p - 1 and the even row 2p, so the first and the last are outside.
    phases = tf.nn.conv2d(around, tf.reshape(taps, [2, 2, C, 4 * F]), [1, 1, 1, 1], "VALID")
    return tf.depth_to_space(phases, 2)[:, 1:-1, 1:-1], _gradient_of_transposed(x, w, stride=2)


def _gradient_of_transposed(x, w, stride):
    """The function of dy that returns dx and dw."""

    def gradient(dy):
        dx = convolve(dy, w, stride, "SAME", faster=True)
        return dx, correlate(_padded(dy, w, stride), x, stride)

    return gradient


def _padded(x, w, stride):
    """x with the zeros that 'SAME' puts around it, where the stride divides its sides."""
    sides = w.shape.as_list()[:2]
    around = [((side - stride) // 2, (side - stride + 1) // 2) for side in sides]
    return tf.pad(x, [(0, 0), *around, (0, 0)])


def _is_faster_by_taps(H, W, w, stride):
    """Whether `transposed_by_taps` takes a kernel like w, and is faster than TensorFlow's own."""
    height, width, F, C = w.shape.as_list()
    fits = None not in (H, W) and min(height, width) >= stride > 1
    gains = height * width * F * C >= FEWEST_WEIGHTS and not HAS_GPU
    return fits and gains and (FASTER or H * W <= MOST_PLACES)
