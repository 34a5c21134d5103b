"""Towers: one training step over several devices, as if it were on one.

Each device has a tower, a copy of the model that sees some rows of the minibatch. Variables are on
the chief, which is one of the devices or, in a `cluster`, the process that leads. There the towers'
losses become one, and the optimizer gets the gradient of that::

    towers = find_towers(["gpu:0", "gpu:1"])
    with towers.chief():
        x, y = batch_tensors(...)                    # the same minibatch for any number of towers
        loss = towers.mean(model.loss, x, y)         # model.loss: the mean over the rows it sees
        train_op, _ = minimize(loss, optimizer)
        with Training(folder, [(train_op, {"loss": loss})], towers=towers) as training: ...

The numbers are those of one device but for rounding: a tower's mean counts by its share of the
rows, `normalize_by_batch` goes by the moments of all rows, and what is random is drawn for all
rows and split.
"""

import contextlib
import re

from sessions import get_session
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, shown
from tf_cs231n.ops.moments import exchanging, pooled

_NAME = re.compile(r"/?(cpu|gpu):(\d+)", re.IGNORECASE)


def find_towers(devices=None):
    """`Towers` over ``devices``: names, or `Towers` such as a `cluster.Cluster`, or None.

    None is one tower wherever TensorFlow puts it, in the graph as it would be without towers.
    """
    return devices if isinstance(devices, Towers) else Towers(devices)


def device_names(devices):
    """Names such as 'gpu:0' as TensorFlow has them, '/device:GPU:0'."""
    names = []
    for device in [devices] if isinstance(devices, str) else devices:
        match = _NAME.fullmatch(str(device))
        if not match:
            raise InputError(f"devices: got {shown(device)}, expected names such as gpu:0 or cpu:1")
        names.append(f"/device:{match.group(1).upper()}:{int(match.group(2))}")
    if len(set(names)) < len(names):
        raise InputError(f"devices: got {', '.join(devices)}, expected each once")
    return names


def number_of_cpus(names):
    """How many CPU devices a session needs to have these."""
    return max([int(name.rpartition(":")[2]) for name in names if "CPU" in name], default=0) + 1


def check_present(names, found):
    """Refuse a device of this machine, such as '/device:GPU:1', that a session has not found."""
    for name in names:
        if not any(device.endswith(name) for device in found):
            raise InputError(f"devices: {name[8:].lower()} is not on this machine")


class Towers:
    """A tower on each of this machine's devices.

    Args:
      devices: names such as 'gpu:0' or 'cpu:1'; the first holds the variables. Several CPU devices
        share one processor, so they show that all works, and nothing else.
        None: one tower, on no device in particular.

    Raises:
      InputError: not the name of a device, or one twice.
    """

    def __init__(self, devices=None):
        self._places = [""] if devices is None else device_names(devices)
        if not self._places:
            raise InputError("devices: got none, expected names such as gpu:0 or cpu:1")
        self._chief = self._places[0]

    def __len__(self):
        return len(self._places)

    @contextlib.contextmanager
    def chief(self):
        """In this block operations are the chief's, unless a tower makes them."""
        with tf.device(self._chief):
            yield

    def mean(self, function, *batches):
        """The mean over a whole minibatch, where ``function`` gives the mean over the rows it gets.

        Args:
          function: of as many Tensors, to a scalar Tensor.
          *batches: Tensors (N, ...), or lists as from `map`.

        Returns:
          A scalar Tensor, ``sum_i N_i / N function(part i)``: exact for parts of any sizes.
        """
        means = self.map(function, *batches)
        if len(means) == 1:
            return means[0]
        sizes = next(self._sizes(rows) for rows in batches if not isinstance(rows, list))
        return tf.add_n([size / sum(sizes) * mean for size, mean in zip(sizes, means)])

    def map(self, function, *batches):
        """What ``function`` gives for each tower's rows, a list.

        Args:
          function: of as many Tensors, to a Tensor. It may be called several times a tower.
          *batches: Tensors (N, ...), N known, or lists with an element a tower.
        """
        parts = [rows if isinstance(rows, list) else self.split(rows) for rows in batches]
        if len(self) == 1:
            with self._tower(0):
                return [function(*(part[0] for part in parts))]
        sizes = [rows.shape.as_list()[0] for rows in parts[0]]
        shares = [size / sum(sizes) for size in sizes]
        updates = tf.get_collection_ref(tf.GraphKeys.UPDATE_OPS)
        older, known = len(updates), []
        # A layer with moments needs those of all towers, so they are built up to it, again and
        # again, until they have none that is unknown. Each layer's moments are those of the copy
        # that ended there, so its part of the forward pass is computed once more.
        while True:
            del updates[older:]
            results, unknown = [], []
            for i, rows in enumerate(zip(*parts)):
                newer = len(updates)
                try:
                    with self._tower(i), exchanging(_Exchange(known)):
                        results.append(function(*rows))
                except _Unknown as stop:
                    unknown.append(stop.moments)
                if i:  # the chief's averages move once, and by all rows
                    del updates[newer:]
            if not unknown:
                return results
            known.append(pooled(unknown, shares))

    def split(self, rows):
        """A Tensor (N, ...) as a list of Tensors, one a tower, as equal as may be."""
        return [rows] if len(self) == 1 else tf.split(rows, self._sizes(rows))

    def _sizes(self, rows):
        N, number = rows.shape.as_list()[0], len(self)
        checks.counts(least=number, **{f"batch size, for {number} devices": N})
        return [(N + i) // number for i in reversed(range(number))]

    @contextlib.contextmanager
    def _tower(self, i):
        """In this block operations are tower i's; variables, and what changes them, the chief's."""
        if not self._places[i]:
            yield
            return

        def place(op):
            changes = any(tensor.dtype == tf.resource for tensor in op.inputs)
            return self._chief if changes else self._places[i]

        def create(getter, *args, **kwargs):
            with tf.device(None), tf.device(self._chief):
                return getter(*args, **kwargs)

        scope = tf.get_variable_scope()
        on_chief = tf.variable_scope(scope, custom_getter=create, auxiliary_name_scope=False)
        with on_chief, tf.name_scope(f"tower{i}"), tf.device(place):
            yield

    @contextlib.contextmanager
    def session(self):
        """The session of a training; every device must be there."""
        if not self._chief:
            config = {}
        else:
            config = {"cpus": number_of_cpus(self._places)}
            if all("CPU" in name for name in self._places):
                config["gpus"] = []
        with contextlib.closing(get_session(**config)) as session:
            if self._chief:
                check_present(self._places, [d.name for d in session.list_devices()])
            yield session

    def lost(self, error):
        """A sentence if an error of the session is due to its devices; None for other errors."""

    def finish(self):
        """Let those go who wait for the training's end."""


class _Unknown(BaseException):
    """A tower cannot go on before the others have its layer's moments, too."""

    def __init__(self, moments):
        super().__init__()
        self.moments = moments


class _Exchange:
    """Gives a tower the known moments of the whole minibatch, layer by layer."""

    def __init__(self, known):
        self._known = iter(known)

    def __call__(self, moments):
        for whole in self._known:
            return whole
        raise _Unknown(moments)
