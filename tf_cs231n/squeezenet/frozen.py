"""SqueezeNet's features with fixed weights, for gradients with respect to pixels.

The same layers as `SqueezeNet.extract_features`, to rounding, but the weights are constants, and so
are their rotated copies: the gradient of a convolution at stride 1 is a convolution with the kernel
rotated by 180 degrees and its channels swapped, which runs at the speed of the forward pass, twice
that of TensorFlow's own.
"""

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.layers import max_pool
from tf_cs231n.squeezenet.architecture import FIRE_MODULES, LAYERS, NUM_LAYERS


def frozen_features(image, arrays, last=NUM_LAYERS - 1):
    """Build feature layers 0 to ``last`` on an image.

    Args:
      image: float32 Tensor (N, H, W, 3) of preprocessed pixels; fastest with its shape known.
      arrays: dict of checkpoint name to array, as `formats.read_weights` returns it.
      last: the last layer to build, 0..12.

    Returns:
      List of ``last + 1`` Tensors, numbered as `SqueezeNet.layers`.
    """
    image = tf.convert_to_tensor(image, tf.float32)
    weights, bias = _parameters(arrays, "layer0")
    layers = []
    for number, kind in enumerate(LAYERS[: last + 1]):
        if kind == "convolution":
            layers.append(_first_convolution(image, weights, bias))
        elif kind == "relu":
            # With its own convolution, so that TensorFlow fuses convolution, bias and ReLU; where
            # nobody asks for layer 0 it is never run.
            layers.append(_first_convolution(image, weights, bias, relu=True))
        elif number in FIRE_MODULES:
            layers.append(_fire_module(layers[-1], arrays, number))
        else:
            layers.append(max_pool(layers[-1], size=3))
    return layers


def _parameters(arrays, name):
    return arrays[f"features/{name}/weights"], arrays[f"features/{name}/bias"]


def _fire_module(x, arrays, layer):
    squeezed = _conv_relu(x, *_parameters(arrays, f"layer{layer}/fire/squeeze"))
    kernels, rotated, biases = zip(
        *(
            (weights, _rotated(weights), bias)
            for part in ("e11", "e33")
            for weights, bias in [_parameters(arrays, f"layer{layer}/fire/{part}")]
        )
    )

    @tf.custom_gradient
    def expand(x):
        out = tf.concat([_relu_of(x, *both) for both in zip(kernels, biases)], axis=3)

        def gradient(dout):  # `out` is kept until here, and not its halves as well
            dout = tf.split(tf.raw_ops.ReluGrad(gradients=dout, features=out), 2, axis=3)
            return tf.add_n([_convolve(half, kernel) for half, kernel in zip(dout, rotated)])

        return out, gradient

    return expand(squeezed)


def _conv_relu(x, weights, bias):
    """Convolution at stride 1, 'SAME', odd kernel; bias; ReLU."""
    rotated = _rotated(weights)

    @tf.custom_gradient
    def conv_relu(x):
        out = _relu_of(x, weights, bias)

        def gradient(dout):
            return _convolve(tf.raw_ops.ReluGrad(gradients=dout, features=out), rotated)

        return out, gradient

    return conv_relu(x)


def _rotated(weights):
    return np.ascontiguousarray(weights[::-1, ::-1].transpose(0, 1, 3, 2))


def _convolve(x, kernel):
    return tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "SAME")


def _relu_of(x, weights, bias):
    return tf.nn.relu(tf.nn.bias_add(_convolve(x, weights), bias))


def _first_convolution(x, weights, bias, relu=False):
    """3x3 convolution at stride 2, 'VALID'; bias; ReLU if asked."""
    out = tf.nn.bias_add(tf.nn.conv2d(x, weights, [1, 2, 2, 1], "VALID"), bias)
    return tf.nn.relu(out) if relu else out
