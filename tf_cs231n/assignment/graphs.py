"""What graph tasks need of TensorFlow: a fresh graph for each call, tiny networks, fixed numbers.

Imported only in children. The inputs of a task are arrays; ``tensors`` makes Tensors of them.
"""

import contextlib
import functools
import inspect
import sys

import numpy as np

_FULL = {"full": False}
_GLOBALS = ("sess", "class_names", "discriminator")  # what the course's functions find outside


def open_tensorflow(full=False):
    """Import TensorFlow; an old notebook's ``import tensorflow`` gets the names that it expects."""
    from tf_cs231n.compat import TF_VERSION, tf

    if TF_VERSION >= (2, 0):
        sys.modules["tensorflow"] = tf
    _FULL["full"] = full


@contextlib.contextmanager
def session():
    """A fresh graph and its session, closed at the end."""
    from sessions import graph_session

    with graph_session(seed=0) as sess:
        yield sess


def evaluate(sess, value):
    """The numbers of Tensors, in a tuple or by themselves; anything else as it is."""
    from tf_cs231n.compat import tf

    if isinstance(value, (tuple, list)):
        return tuple(evaluate(sess, part) for part in value)
    return sess.run(value) if tf.is_tensor(value) or isinstance(value, tf.Variable) else value


def tensors(values):
    """Constants of arrays: a dict's, a list's, or one."""
    from tf_cs231n.compat import tf

    if isinstance(values, dict):
        return {name: tensors(value) for name, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [tensors(value) for value in values]
    return tf.constant(values)


def call(function, *arguments, **provided):
    """Call a function with what it may take by name, or find as a global of its module.

    The course's functions take ``sess`` from their notebook; ours have it as an argument.
    """
    parameters = inspect.signature(function).parameters
    takes_all = any(p.kind == p.VAR_KEYWORD for p in parameters.values())
    inside = inspect.unwrap(function).__globals__
    options = {
        name: value
        for name, value in provided.items()
        if name in parameters or (takes_all and name not in _GLOBALS)
    }
    outside = {name: value for name, value in provided.items() if name not in options}
    before = {name: inside[name] for name in outside if name in inside}
    inside.update(outside)
    try:
        return function(*arguments, **options)
    finally:
        for name in outside:
            inside.pop(name, None)
        inside.update(before)


def builder(argument_names, build):
    """A task's ``call`` that builds Tensors with one function and evaluates them.

    Args:
      argument_names: the inputs that are made Tensors and given in this order, "x y".
      build: ``build(f, arguments) -> Tensor or tuple of Tensors``.
    """

    def run(f, i):
        with session() as sess:
            return evaluate(sess, build(f, [tensors(i[name]) for name in argument_names.split()]))

    return run


# --- Networks ---


class TinyModel:
    """A network of one convolution, with the attributes of the course's SqueezeNet."""

    def __init__(self, kernel, weights, sess):
        from tf_cs231n.compat import tf

        self.sess = sess
        self.image = tf.placeholder(tf.float32, [None, None, None, 3], "image")
        hidden = tf.nn.conv2d(self.image, tf.constant(kernel), [1, 2, 2, 1], "SAME")
        # Not the same everywhere: a shifted image has other scores.
        ramp = tf.linspace(0.0, 2.0, tf.shape(hidden)[2])[None, None, :, None]
        pooled = tf.reduce_mean(tf.nn.softplus(hidden) * ramp, axis=[1, 2])
        self.scores = self.classifier = tf.matmul(pooled, tf.constant(weights))
        self.labels = tf.placeholder(tf.int32, [None], "labels")
        one_hot = tf.one_hot(self.labels, weights.shape[1])
        self.loss = tf.nn.softmax_cross_entropy_with_logits(labels=one_hot, logits=self.scores)


@contextlib.contextmanager
def model(kernel, weights):
    """A tiny model, or with ``--full`` the real SqueezeNet; yields (model, session)."""
    with session() as sess:
        if _FULL["full"]:
            from tf_cs231n.squeezenet import load_squeezenet

            yield load_squeezenet(sess), sess
        else:
            yield TinyModel(kernel, weights, sess), sess


def enlarged(X):
    """The images of a case for the model: SqueezeNet's must be larger than a tiny network's."""
    return np.repeat(np.repeat(X, 4, axis=1), 4, axis=2) if _FULL["full"] else X


def fill_variables(sess):
    """Give every variable of the graph numbers that depend on its shape alone."""
    from tf_cs231n.compat import tf

    trained = tf.trainable_variables()
    sess.run(tf.variables_initializer([v for v in tf.global_variables() if v not in trained]))
    for variable in trained:
        variable.load(_numbers(*variable.shape.as_list()), sess)


@functools.lru_cache(maxsize=None)
def _numbers(*shape):
    rng = np.random.RandomState(sum((k + 1) * n for k, n in enumerate(shape)) % 2**31)
    fan_in = np.prod(shape[:-1]) if len(shape) > 1 else 100
    if len(shape) == 4 and shape[0] == 4:  # transposed: its input channels come last
        fan_in = shape[3] * 4
    return (rng.randn(*shape) / np.sqrt(fan_in)).astype(np.float32)


@contextlib.contextmanager
def fixed_random_uniform():
    """In this block uniform random Tensors are constants that depend on their size alone, so that
    N numbers are those of (N, 1)."""
    from tf_cs231n.compat import tf

    def fixed(shape, minval=0, maxval=1, dtype=tf.float32, seed=None, name=None):
        shape = tf.zeros(shape).shape.as_list()  # of a Tensor, too
        rng = np.random.RandomState(np.prod(shape, dtype=int))
        return tf.constant(minval + (maxval - minval) * rng.rand(*shape), dtype)

    places = [(tf, "random_uniform"), (tf.random, "uniform")]
    ordinary = sys.modules.get("tensorflow", tf)  # on 1.15 what ``import tensorflow`` gives
    places += [(ordinary, "random_uniform"), (ordinary.random, "uniform")]
    before = [getattr(module, name) for module, name in places]
    for module, name in places:
        setattr(module, name, fixed)
    try:
        yield
    finally:
        for (module, name), function in zip(places, before):
            setattr(module, name, function)
