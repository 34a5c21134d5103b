"""First-order update rules, ``(w, dw, config) -> next_w, config``.

``config`` is a dict of the rule's settings and of its state, which it keeps from step to step. The
rule fills in what is missing, and puts new arrays into the dict instead of changing the old ones.
It does not change ``w`` and ``dw``. Losses are minimized.

>>> w, config = np.array([1.0, -2.0]), {"learning_rate": 0.1}
>>> for _ in range(100):
...     w, config = sgd(w, 2 * w, config)            # the gradient of |w|^2
>>> bool(np.allclose(w, 0, atol=1e-8))
True

If the shapes of ``w`` and ``dw`` differ, or a setting is unknown or out of range, the rules raise
`InputError`, a ValueError. NaN in ``w`` and ``dw`` propagates.
"""

import numpy as np

from tf_cs231n import checks
from tf_cs231n.errors import InputError


def sgd(w, dw, config=None):
    """Stochastic gradient descent: ``next_w = w - learning_rate dw``.

    Args:
      w, dw: arrays of one shape, the weights and the gradient of the loss.
      config: ``learning_rate`` (1e-2).

    Returns:
      next_w and config.
    """
    w, dw, config = _configured(w, dw, config, {"learning_rate": 1e-2})
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
    w, dw, config = _configured(w, dw, config, defaults, "velocity")
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
    w, dw, config = _configured(w, dw, config, defaults, "cache")
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
    w, dw, config = _configured(w, dw, config, defaults, "m", "v")
    beta1, beta2 = config["beta1"], config["beta2"]
    t = config["t"] = config["t"] + 1
    m = config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    v = config["v"] = beta2 * config["v"] + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"]), config


UPDATE_RULES = {"sgd": sgd, "sgd_momentum": sgd_momentum, "rmsprop": rmsprop, "adam": adam}


_BELOW_ONE = 1 - 1e-9  # at 1, Adam's correction divides by 0
_RANGES = {
    "learning_rate": {"above": 0},
    "momentum": {"least": 0, "most": 1},
    "decay_rate": {"least": 0, "most": 1},
    "beta1": {"least": 0, "most": _BELOW_ONE},
    "beta2": {"least": 0, "most": _BELOW_ONE},
    "epsilon": {"least": 0},
    "t": {"least": 0},
}


def _configured(w, dw, config, defaults, *state):
    """w and dw as arrays, and ``config``, checked, with what is missing filled in."""
    config = {} if config is None else config
    w, dw = np.asarray(w), np.asarray(dw)
    checks.one_of(list(defaults), **{f"config: {name}": name for name in set(config) - set(state)})
    for name, value in defaults.items():
        checks.numbers(**_RANGES[name], **{name: config.setdefault(name, value)})
    arrays = {"dw": dw, **{name: config.setdefault(name, np.zeros_like(w)) for name in state}}
    for name, array in arrays.items():
        if np.shape(array) != w.shape:  # it might broadcast
            raise InputError(f"{name}: got shape {np.shape(array)}, expected w's, {w.shape}")
    return w, dw, config
