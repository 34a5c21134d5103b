"""The one training loop: checkpoint, resume, summaries, progress, and a guard against NaN.

Build the graph with a ``train_op`` that does not touch the global step, then::

    features, captions = batch_tensors(read, num_examples, batch_size=100, seed=0)
    ...  # the model, its loss and its train_op
    with Training(folder, [(train_op, {"loss": loss})], settings=settings) as training:
        for step, values in training.steps(2000):
            bar.set_postfix(values)

The state of a training is its checkpoint and nothing else, so that a resumed run equals the
undisturbed one: **whatever varies from step to step is a function of (seed, global step)**.
Minibatches and random numbers come from `tf_cs231n.training.minibatches`, learning rates from
``tf.train.exponential_decay`` and its kin on `global_step`.
"""

import contextlib
import glob
import json
import math
import os
import signal
import time

from sessions import session_config
from tf_cs231n.compat import tf
from tf_cs231n.errors import (
    InputError,
    check_count,
    check_number,
    check_path,
    first_line,
    short,
    shown,
)
from tf_cs231n.interruption import handling
from tf_cs231n.training import checkpoints
from tf_cs231n.training.minibatches import global_step


class Stopped(KeyboardInterrupt):
    """Ctrl-C or SIGTERM: the step is saved, and the message says how to go on."""


class NotFinite(InputError):
    """A loss or a weight is NaN or infinite; the last checkpoint is from before it."""


def minimize(loss, optimizer, var_list=None, clip_norm=None):
    """A train op, its gradients scaled down together where their norm exceeds ``clip_norm``.

    Returns:
      ``train_op, gradient_norm`` (a scalar Tensor: the norm before clipping, over all variables).

    Raises:
      InputError: loss is no scalar or depends on none of the variables, optimizer is not one of
        ``tf.train``, var_list is no list of variables, or clip_norm is not above 0.
    """
    _check_scalar("loss", loss)
    if not isinstance(optimizer, tf.train.Optimizer):
        raise InputError(f"optimizer: got {shown(optimizer)}, expected one of tf.train")
    var_list = tf.trainable_variables() if var_list is None else var_list
    checkpoints.check_variables("var_list", var_list)
    if clip_norm is not None:
        check_number("clip_norm", clip_norm, above=0)
    pairs = [pair for pair in optimizer.compute_gradients(loss, var_list) if pair[0] is not None]
    if not pairs:
        raise InputError("loss: it depends on none of the variables, so nothing can be trained")
    gradients, variables = zip(*pairs)
    norm = tf.global_norm(gradients)
    if clip_norm is not None:
        gradients, _ = tf.clip_by_global_norm(gradients, clip_norm, use_norm=norm)
    return optimizer.apply_gradients(list(zip(gradients, variables))), norm


def _check_scalar(name, value):
    is_tensor = tf.is_tensor(value) and value.dtype.is_floating
    if not is_tensor or value.shape.ndims not in (0, None):
        raise InputError(f"{name}: got {shown(value)}, expected a scalar Tensor of floats")


class Training:
    """A training in a folder: begins it, or goes on from its newest readable checkpoint.

    As a context manager it holds the folder's lock, and saves when the block ends. It takes the
    default graph as it is, with all variables, and finalises it: build everything first, also what
    samples and evaluates.

    Args:
      directory: the folder; made if it is missing.
      phases: what one step runs, in turn: ``[(train_op, {name: scalar Tensor}), ...]``. One phase
        for most models; ``[(D_step, {"D_loss": ...}), (G_step, {"G_loss": ...})]`` for a GAN.
      settings: a dict of JSON values, kept in ``settings.json``; a resumed training must have the
        same, except for the names in ``free``.
      save_seconds: time from one checkpoint to the next.  keep: how many stay.
      summary_steps: every so many steps the values go to TensorBoard; None: never.

    Attributes:
      step: how many steps have been done.  first_step: how many of them before this run.
      broken: paths of unreadable checkpoints that were passed over; tell the user.

    Raises:
      InputError: an argument is not as described; on entering: the folder is in use, or holds
        another model's training; later: a checkpoint cannot be saved. `NotFinite`: a value or a
        weight is. `Stopped`: after a signal.
    """

    def __init__(
        self,
        directory,
        phases,
        settings=None,
        free=(),
        save_seconds=30,
        keep=3,
        summary_steps=20,
    ):
        self.directory = check_path("directory", directory)
        _check_phases(phases)
        _check_settings(settings, free)
        check_number("save_seconds", save_seconds, least=0)
        check_count("keep", keep)
        if summary_steps is not None:
            check_count("summary_steps", summary_steps)
        self.step = self.first_step = 0
        self.broken = []
        self._settings, self._free = settings or {}, free
        self._save_seconds, self._keep, self._summary_steps = save_seconds, keep, summary_steps
        self._saved_step, self._saved_time = None, time.monotonic()
        self._signal = None
        self._failed = False
        self._is_open = False

        global_step()  # makes it if nothing has needed it yet
        *earlier, (last_op, last_values) = phases
        with tf.control_dependencies([last_op, *last_values.values()]):
            advance = tf.assign_add(tf.train.get_global_step(), 1).op
        self._runs = [*earlier, (advance, last_values)]
        self._variables = tf.global_variables()
        floats = [variable for variable in self._variables if variable.dtype.is_floating]
        self._all_finite = tf.reduce_all(
            [tf.reduce_all(tf.math.is_finite(variable)) for variable in floats] or [True]
        )
        self._saver = tf.train.Saver(self._variables, max_to_keep=0)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(checkpoints.locked(self.directory))
            checkpoints.check_settings(self.directory, self._settings, self._free)
            newest, self.broken = checkpoints.newest_readable(self.directory)
            if newest:
                step, path = newest
                checkpoints.check_fits(path, self._variables, exactly=True)
                self.step = self.first_step = self._saved_step = step
                checkpoints.mark_newest(self.directory, path)
            checkpoints.keep_settings(self.directory, self._settings)
            stack.enter_context(self._signals_noted())
            self._session = stack.enter_context(
                tf.train.MonitoredTrainingSession(
                    checkpoint_dir=self.directory if newest else None,
                    scaffold=tf.train.Scaffold(saver=self._saver),
                    save_checkpoint_secs=None,  # `save` does, when the weights are known to be good
                    save_summaries_steps=None,
                    save_summaries_secs=None,
                    log_step_count_steps=None,
                    config=session_config(),
                )
            )
            self._open_events(stack)
            self._is_open = True
            stack.callback(setattr, self, "_is_open", False)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind, error, trace):
        with self._stack:
            # A caller that leaves its loop early closes a generator that holds this block.
            good_ends = (Exception, GeneratorExit)
            stopped_at_once = kind is not None and not issubclass(kind, good_ends)
            if not self._failed and not stopped_at_once:
                try:
                    self.save()
                except InputError:
                    if kind is None:  # else the first error is the one to tell
                        raise
        if kind is None:  # here, as signals are noted until all is closed
            self._heed_signal()

    def steps(self, until):
        """Train until ``until`` steps have been done in all; yield ``(step, values)`` after each.

        ``values`` are the phases' scalars as floats, computed before the step's update.
        """
        until = check_count("until", until, least=0)
        self._check_open()
        while self.step < until:
            self._heed_signal()
            values = {}
            for op, tensors in self._runs:
                values.update(self._session.run((op, tensors))[1])
            values = {name: float(value) for name, value in values.items()}
            self._check_finite(values)
            self.step += 1
            if self._summary_steps and self.step % self._summary_steps == 0:
                self.summarise(values)
            if time.monotonic() - self._saved_time >= self._save_seconds:
                self.save()
            yield self.step, values

    def run(self, fetches, feed_dict=None):
        """Run part of the graph between two steps, for example to draw samples."""
        self._check_open()
        return self._session.run_step_fn(
            lambda step_context: step_context.session.run(fetches, feed_dict)
        )

    def summarise(self, values):
        """Write a dict of numbers to TensorBoard, at the present step."""
        self._check_open()
        entries = [tf.Summary.Value(tag=name, simple_value=values[name]) for name in values]
        self._write_event(step=self.step, summary=tf.Summary(value=entries))

    def save(self):
        """Write a checkpoint now, unless this step has one or its weights are not finite."""
        if self._saved_step == self.step:
            return
        self._check_open()
        self._failed = True  # until it is saved: do not try again on the way out
        if not self.run(self._all_finite):
            raise NotFinite(f"the weights are not finite after step {self.step}; {self._advice()}")
        session = self._session.run_step_fn(lambda step_context: step_context.session)
        checkpoints.save(self._saver, session, self.directory, self.step, self._keep)
        self._saved_step, self._saved_time = self.step, time.monotonic()
        try:
            self._events.flush()
        except Exception as error:  # of a type that differs from one TensorFlow to the next
            raise InputError(
                f"{self.directory}: cannot write summaries ({first_line(error)}); step"
                f" {self.step} is saved: make room and run the same again"
            ) from error
        self._failed = False

    def _check_open(self):
        if not self._is_open:
            raise InputError(
                "the training is not open; work inside `with Training(...) as training:`"
            )

    def _open_events(self, stack):
        """TensorBoard's file; ``tf.summary.FileWriter`` loses errors such as a full disk."""
        name = f"events.out.tfevents.{time.time():.6f}.{os.getpid()}"
        self._events = tf.io.TFRecordWriter(os.path.join(self.directory, name))

        def close():
            with contextlib.suppress(Exception):  # `save` has flushed it, or told why it could not
                self._events.close()

        stack.callback(close)
        self._write_event(file_version="brain.Event:2")
        # TensorBoard then forgets what a killed run wrote after its last checkpoint.
        start = tf.SessionLog(status=tf.SessionLog.START)
        self._write_event(step=self.step + 1, session_log=start)

    def _write_event(self, **event):
        self._events.write(tf.Event(wall_time=time.time(), **event).SerializeToString())

    def _check_finite(self, values):
        for name, value in values.items():
            if not math.isfinite(value):
                self._failed = True
                raise NotFinite(f"{name} is {value} at step {self.step + 1}; {self._advice()}")

    def _advice(self):
        if self._saved_step is None:
            return "nothing was saved before: begin again with a smaller learning rate"
        return (
            f"step {self._saved_step} is the last good one in {self.directory}:"
            " go on from it with a smaller learning rate"
        )

    def _heed_signal(self):
        if self._signal is not None:
            self.save()
            raise Stopped(
                f"stopped by {self._signal.name} after step {self.step}, which is saved in"
                f" {self.directory}; the same command goes on from there"
            )

    def _signals_noted(self):
        """Ctrl-C and SIGTERM wait for the end of the step; a second one acts at once."""

        def note(number, frame):
            if self._signal is not None:
                raise KeyboardInterrupt
            self._signal = signal.Signals(number)

        def not_ignored(handler):  # as under nohup
            return handler != signal.SIG_IGN

        return handling(note, [signal.SIGINT, signal.SIGTERM], replaces=not_ignored)


def _check_phases(phases):
    try:
        for op, values in phases:
            if not isinstance(op, (tf.Operation, tf.Tensor)):
                raise TypeError
            for name, value in values.items():
                _check_scalar(f"phases, {name}", value)
    except (AttributeError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        phases = []
    if not phases:
        raise InputError("phases: expected a list of pairs, [(train_op, {name: scalar Tensor})]")


def _check_settings(settings, free):
    if settings is not None and not isinstance(settings, dict):
        raise InputError(f"settings: got {shown(settings)}, expected a dict of JSON values")
    try:
        json.dumps(settings, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise InputError(f"settings: cannot be kept as JSON ({short(error)})") from error
    is_list = isinstance(free, (list, tuple, set, frozenset))
    if not is_list or not all(isinstance(name, str) for name in free):
        raise InputError(f"free: got {shown(free)}, expected names of settings")


def read_summaries(directory):
    """What a training has written for TensorBoard, over all its runs.

    Returns:
      ``{name: (steps, values)}``, two lists, by step; of a step done twice, after a kill, the
      later value.
    """
    history = {}
    for path in sorted(
        glob.glob(os.path.join(glob.escape(check_path("directory", directory)), "events.*"))
    ):
        with contextlib.suppress(tf.errors.DataLossError):  # the end of a killed run's file
            for event in tf.train.summary_iterator(path):
                for entry in event.summary.value:
                    history.setdefault(entry.tag, {})[event.step] = entry.simple_value
    return {name: tuple(zip(*sorted(values.items()))) for name, values in history.items()}
