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
    e11 = _conv_relu(squeezed, *_parameters(arrays, f"layer{layer}/fire/e11"))
    e33 = _conv_relu(squeezed, *_parameters(arrays, f"layer{layer}/fire/e33"))
    return tf.concat([e11, e33], axis=3)


def _conv_relu(x, weights, bias):
    """Convolution at stride 1, 'SAME', odd kernel; bias; ReLU."""
    rotated = np.ascontiguousarray(weights[::-1, ::-1].transpose(0, 1, 3, 2))

    @tf.custom_gradient
    def conv_relu(x):
        out = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weights, [1, 1, 1, 1], "SAME"), bias))

        def gradient(dout):
            dout = tf.raw_ops.ReluGrad(gradients=dout, features=out)
            return tf.nn.conv2d(dout, rotated, [1, 1, 1, 1], "SAME")

        return out, gradient

    return conv_relu(x)


def _first_convolution(x, weights, bias, relu=False):
    """3x3 convolution at stride 2, 'VALID'; bias; ReLU if asked."""
    out = tf.nn.bias_add(tf.nn.conv2d(x, weights, [1, 2, 2, 1], "VALID"), bias)
    return tf.nn.relu(out) if relu else out
