"""First-order update rules, ``(w, dw, config) -> next_w, config``.

``config`` is a dict of the rule's settings and of what it remembers from step to step; the rule
fills in what is missing, and puts new arrays into it rather than changing the old ones. ``w`` and
``dw`` are left alone. Losses are minimised.

>>> w, config = np.array([1.0, -2.0]), {"learning_rate": 0.1}
>>> for _ in range(100):
...     w, config = sgd(w, 2 * w, config)            # the gradient of |w|^2
>>> bool(np.allclose(w, 0, atol=1e-8))
True

A shape of ``dw`` other than w's, an unknown setting and a learning rate that is no positive number
raise `InputError`, a ValueError.
"""

import numpy as np

from tf_cs231n.errors import InputError


def sgd(w, dw, config=None):
    """Stochastic gradient descent: ``next_w = w - learning_rate dw``.

    Args:
      w, dw: arrays of one shape, the weights and the gradient of the loss.
      config: ``learning_rate`` (1e-2).

    Returns:
      next_w and config.
    """
    config = _configured(w, dw, config, {"learning_rate": 1e-2})
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w, dw, config=None):
    """SGD with momentum (Polyak, 1964): ``v = momentum v - learning_rate dw; next_w = w + v``.

    Args:
      w, dw: arrays of one shape, the weights and the gradient of the loss.
      config: ``learning_rate`` (1e-2), ``momentum`` (0.9), ``velocity`` (0, w's shape).

    Returns:
      next_w and config.
    """
    defaults = {"learning_rate": 1e-2, "momentum": 0.9}
    config = _configured(w, dw, config, defaults, "velocity")
    velocity = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    config["velocity"] = velocity
    return w + velocity, config


def rmsprop(w, dw, config=None):
    """RMSProp (Tieleman and Hinton, 2012): steps divided by the gradient's recent size.

        cache = decay_rate cache + (1 - decay_rate) dw^2
        next_w = w - learning_rate dw / (sqrt(cache) + epsilon)

    Args:
      w, dw: arrays of one shape, the weights and the gradient of the loss.
      config: ``learning_rate`` (1e-2), ``decay_rate`` (0.99), ``epsilon`` (1e-8), ``cache`` (0).

    Returns:
      next_w and config.
    """
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}
    config = _configured(w, dw, config, defaults, "cache")
    decay = config["decay_rate"]
    cache = config["cache"] = decay * config["cache"] + (1 - decay) * dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"]), config


def adam(w, dw, config=None):
    """Adam (Kingma and Ba, 2015, algorithm 1), with its bias correction.

        t = t + 1
        m = beta1 m + (1 - beta1) dw          v = beta2 v + (1 - beta2) dw^2
        m_hat = m / (1 - beta1^t)             v_hat = v / (1 - beta2^t)
        next_w = w - learning_rate m_hat / (sqrt(v_hat) + epsilon)

    Args:
      w, dw: arrays of one shape, the weights and the gradient of the loss.
      config: ``learning_rate`` (1e-3), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-8),
        ``m`` and ``v`` (0, w's shape), ``t`` (0).

    Returns:
      next_w and config.
    """
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    config = _configured(w, dw, config, defaults, "m", "v")
    beta1, beta2 = config["beta1"], config["beta2"]
    t = config["t"] = config["t"] + 1
    m = config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    v = config["v"] = beta2 * config["v"] + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"]), config


UPDATE_RULES = {"sgd": sgd, "sgd_momentum": sgd_momentum, "rmsprop": rmsprop, "adam": adam}


def _configured(w, dw, config, defaults, *state):
    """``config``, checked and with what is missing filled in."""
    config = {} if config is None else config
    if np.shape(w) != np.shape(dw):
        raise InputError(f"dw: got shape {np.shape(dw)}, expected that of w, {np.shape(w)}")
    unknown = sorted(set(config) - set(defaults) - set(state))
    if unknown:
        known = ", ".join(defaults)
        raise InputError(f"config: got unknown setting {unknown[0]!r}, expected one of {known}")
    for name, value in defaults.items():
        config.setdefault(name, value)
    for name in state:
        if name not in config:
            config[name] = np.zeros_like(w)
    rate = config["learning_rate"]
    # `not >` rather than `<=`: NaN fails too.
    if isinstance(rate, (str, bytes)) or not rate > 0 or not np.isfinite(rate):
        raise InputError(f"learning_rate: got {rate!r}, expected a number greater than 0")
    return config
