"""What people pass becomes a Tensor; what only a run can know is asserted when it runs."""

import numpy as np

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, short


def to_tensor(name, x):
    """``x`` as a Tensor: a Tensor, an array in any byte order, numbers, or a list of either.

    Raises:
      InputError: it is none of these, such as a ragged list; the message begins with ``name``.
    """
    if isinstance(x, (np.ndarray, np.generic)):  # TensorFlow reads every array as native
        x = np.asarray(x, x.dtype.newbyteorder("="))
    try:
        return tf.convert_to_tensor(x)
    except (TypeError, ValueError, RuntimeError) as error:  # RuntimeError: an eager Tensor
        raise InputError(f"{name}: cannot be made a tensor: {short(error)}") from error


def shape_of(x):
    """The shape of a Tensor as a list: numbers where they are known, else scalar Tensors."""
    dynamic = None if x.shape.is_fully_defined() else tf.shape(x)
    return [dynamic[i] if n is None else n for i, n in enumerate(x.shape.as_list())]


def require(x, message, holds):
    """The Tensor ``x``, of whose numbers ``holds`` must be true, checked as early as possible.

    Args:
      x: a Tensor.
      message: what is wrong and what was expected.
      holds: function of a Tensor or an array that gives booleans.

    Returns:
      x; if its numbers are not known yet, with an assertion that runs before it is used.

    Raises:
      InputError: the numbers are known, and ``holds`` is false for one of them.
    """
    known = tf.get_static_value(x)
    if known is None:
        check = tf.debugging.Assert(tf.reduce_all(holds(x)), [message, x])
        with tf.control_dependencies([check]):
            return tf.identity(x)
    with np.errstate(invalid="ignore"):  # NaN compares as false, which is what refuses it
        good = np.all(holds(known))
    if not good:
        shown = np.array2string(known, precision=6, threshold=8, edgeitems=3)
        raise InputError(f"{message}; got {' '.join(shown.split())}")
    return x
