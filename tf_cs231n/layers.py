"""Graph building blocks under ``tf.variable_scope``.

Each opens its variables with ``tf.get_variable`` in the scope it is called in, so the caller names
them, and shares them by entering the scope again with reuse::

    with tf.variable_scope("conv1"):
        h = conv_relu(images, [5, 5, 3, 32], [32])   # conv1/weights, conv1/bias
    with tf.variable_scope("conv1", reuse=True):
        other = conv_relu(others, [5, 5, 3, 32], [32])   # the same two variables

Without ``reuse`` the second use is an error, which keeps two layers from sharing by accident.
Images are NHWC; kernels are HWIO. NaN propagates. The sizes that weights are made of must be known
when the graph is built; TensorFlow itself refuses shapes that do not fit together.
"""

import itertools

from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.ops.convolution import convolve, convolve_transposed
from tf_cs231n.ops.moments import normalize_by_batch
from tf_cs231n.ops.tensors import to_tensor


def conv2d(inputs, kernel_shape, bias_shape, stride=1, padding="SAME", initializer=None):
    """Convolution plus bias.

    Args:
      inputs: float Tensor (N, H, W, C).
      kernel_shape: [kernel height, kernel width, C, F].
      bias_shape: [F].
      stride: the step in both directions.
      padding: 'SAME' or 'VALID'.
      initializer: of the weights; None: Glorot's uniform one.

    Returns:
      Tensor (N, H', W', F). Opens ``weights`` and ``bias`` in the current scope.
    """
    _, _, C, _ = kernel_shape
    checks.shapes({"C": C}, inputs=(inputs, "N H W C"))
    inputs = tf.convert_to_tensor(inputs)
    weights, bias = _variables(kernel_shape, bias_shape, inputs.dtype, initializer)
    return tf.nn.bias_add(convolve(inputs, weights, stride, padding), bias)


def conv_relu(inputs, kernel_shape, bias_shape, stride=1, padding="SAME", initializer=None):
    """Convolution, bias, ReLU; arguments, shapes and variables as `conv2d`."""
    return tf.nn.relu(conv2d(inputs, kernel_shape, bias_shape, stride, padding, initializer))


def deconv2d(inputs, kernel_shape, bias_shape, stride=2, initializer=None):
    """Transposed convolution plus bias, the gradient of a 'SAME' convolution; it upsamples.

    Args:
      inputs: float Tensor (N, H, W, C); H, W, C known when the graph is built.
      kernel_shape: [kernel height, kernel width, F, C], output channels before input channels.
      bias_shape: [F].
      stride: by how much height and width grow.
      initializer: of the weights; None: Glorot's uniform one.

    Returns:
      Tensor (N, stride*H, stride*W, F). Opens ``weights`` and ``bias`` in the current scope.
    """
    _, _, _, C = kernel_shape
    checks.shapes({"C": C}, inputs=(inputs, "N H W C"))
    inputs = tf.convert_to_tensor(inputs)
    weights, bias = _variables(kernel_shape, bias_shape, inputs.dtype, initializer)
    return tf.nn.bias_add(convolve_transposed(inputs, weights, stride), bias)


def dense(inputs, units, initializer=None):
    """Affine layer ``x W + b``.

    Args:
      inputs: float Tensor (N, D); D known when the graph is built.
      units: M, the number of outputs.
      initializer: of the weights; None: Glorot's uniform one.

    Returns:
      Tensor (N, M). Opens ``weights`` (D, M) and ``bias`` (M,) in the current scope.
    """
    D = checks.shapes(inputs=(inputs, "N D")).get("D")
    inputs = tf.convert_to_tensor(inputs)
    weights, bias = _variables([D, units], [units], inputs.dtype, initializer)
    return tf.nn.bias_add(matmul(inputs, tf.convert_to_tensor(weights)), bias)


@tf.custom_gradient
def matmul(x, w):
    """``x w``, of a minibatch x (N, D) with weights w (D, M); its gradient is twice as fast.

    TensorFlow's own gradient ``dx = dy w^T`` reads the large w against its layout, 6.4 ms for
    N 128, D 1024, M 1024 on two cores; ``(w dy^T)^T`` transposes the two small matrices, 3.1 ms.
    """

    def gradient(dy):
        return tf.transpose(tf.matmul(w, tf.transpose(dy))), tf.matmul(x, dy, transpose_a=True)

    return tf.matmul(x, w), gradient


def max_pool(inputs, size=2, stride=2, padding="VALID"):
    """The maximum of each ``size`` x ``size`` window; (N, H, W, C) to (N, H', W', C)."""
    inputs = to_tensor("inputs", inputs)
    return tf.nn.max_pool(inputs, [1, size, size, 1], [1, stride, stride, 1], padding)


def batch_norm(inputs, training, momentum=0.99, epsilon=1e-3):
    """Batch normalization over all axes but the last: ``gamma (x - mean)/sqrt(var + eps) + beta``.

    In training the mean and variance are the batch's, and each run of the update operations, added
    to ``tf.GraphKeys.UPDATE_OPS``, updates the moving averages; they stay as they are unless the
    training step runs these operations. Otherwise the moving averages are used.

    Args:
      inputs: float Tensor (..., C), for example (N, D) or (N, H, W, C).
      training: a bool.
      momentum: how much of the old moving average an update keeps, in [0, 1].
      epsilon: added to the variance.

    Returns:
      Tensor of the inputs' shape. Opens ``gamma``, ``beta``, ``moving_mean`` and
      ``moving_variance`` in the current scope.

    Source: Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1.
    """
    inputs = tf.convert_to_tensor(inputs)
    dtype = inputs.dtype
    channels = inputs.shape.as_list()[-1:]
    ones, zeros = tf.ones_initializer(), tf.zeros_initializer()
    gamma = tf.get_variable("gamma", channels, dtype, ones)
    beta = tf.get_variable("beta", channels, dtype, zeros)
    moving_mean = tf.get_variable("moving_mean", channels, dtype, zeros, trainable=False)
    moving_variance = tf.get_variable("moving_variance", channels, dtype, ones, trainable=False)
    if training:
        normalized, mean, variance = normalize_by_batch(inputs, gamma, beta, epsilon)
        for moving, batch in ((moving_mean, mean), (moving_variance, variance)):
            update_op = tf.assign_sub(moving, (1 - momentum) * (moving - batch))
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update_op)
        return normalized
    return tf.nn.batch_normalization(inputs, moving_mean, moving_variance, beta, gamma, epsilon)


def seeded_glorot(seed):
    """Glorot's uniform initializer with another seed for each variable, in order of creation."""
    seeds = itertools.count(1000 * seed)

    def initialize(shape, dtype=tf.float32, partition_info=None):
        return tf.glorot_uniform_initializer(seed=next(seeds))(shape, dtype=dtype)

    return initialize


def count_params():
    """The number of parameters in the default graph, as in the course's notebooks."""
    return sum(variable.shape.num_elements() for variable in tf.global_variables())


def _variables(weights_shape, bias_shape, dtype, initializer):
    weights = tf.get_variable("weights", weights_shape, dtype, initializer)
    return weights, tf.get_variable("bias", bias_shape, dtype, tf.zeros_initializer())
