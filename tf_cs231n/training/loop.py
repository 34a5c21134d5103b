"""The one training loop: checkpoint, resume, summaries, and a guard against NaN.

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

**A step is saved when its caller asks for the next one.** What the caller does at a step, such as
validating it or drawing samples, is then done before the step counts as done.
"""

import contextlib
import math
import os
import time

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.interruption import Stopped, stoppable
from tf_cs231n.training import checkpoints
from tf_cs231n.training.events import Events
from tf_cs231n.training.minibatches import global_step
from tf_cs231n.training.towers import find_towers


class NotFinite(InputError):
    """A loss or a weight is NaN or infinite; the last checkpoint is from before it."""


def minimize(loss, optimizer, var_list=None, clip_norm=None):
    """A train op, its gradients scaled down together where their norm exceeds ``clip_norm``.

    It may be built inside a ``variable_scope`` with reuse: the optimizer's variables are new there.

    Args:
      loss: a scalar Tensor.
      optimizer: one of ``tf.train``.
      var_list: the variables to train; None: all trainable ones.
      clip_norm: a number above 0, or None.

    Returns:
      ``train_op, gradient_norm`` (a scalar Tensor: the norm before clipping, over all variables).
    """
    # Of a loss with towers each gradient is computed where its value was.
    towers = bool(loss.op.device)
    pairs = optimizer.compute_gradients(loss, var_list, colocate_gradients_with_ops=towers)
    gradients, variables = zip(*[pair for pair in pairs if pair[0] is not None])
    norm = tf.global_norm(gradients)
    if clip_norm is not None:
        gradients, _ = tf.clip_by_global_norm(gradients, clip_norm, use_norm=norm)
    scope = tf.get_variable_scope()
    if scope.reuse is True:
        scope = tf.VariableScope(reuse=False, name=scope.name)
    with tf.variable_scope(scope, auxiliary_name_scope=False):
        return optimizer.apply_gradients(list(zip(gradients, variables))), norm


class Training:
    """A training in a folder: begins it, or goes on from its newest readable checkpoint.

    As a context manager it holds the folder's lock, and saves when the block ends or is left by
    ``break``, but not when it is left by an error. It takes the default graph as it is, with all
    variables, and finalizes it: build everything first, also what samples and evaluates.

    Args:
      directory: the folder; made if it is missing.
      phases: what one step runs, in turn: ``[(train_op, {name: scalar Tensor}), ...]``. One phase
        for most models; ``[(D_step, {"D_loss": ...}), (G_step, {"G_loss": ...})]`` for a GAN.
      settings: a dict of JSON values, kept in ``settings.json``; a resumed training must have the
        same, except for the names in ``free``.
      save_seconds: time from one checkpoint to the next.
      keep: how many checkpoints stay.
      summary_steps: every so many steps the values go to TensorBoard; None: never.
      histogram_steps: every so many steps histograms of the trained variables do; None: never.
      stop: an `interruption.Stop`; None: the command line's, or one that Ctrl-C sets.
      towers: `towers.Towers`, inside whose `chief` block it is made; None: there are none.

    Attributes:
      step: how many steps have been done.
      first_step: how many of them before this run.
      broken: paths of unreadable checkpoints that were passed over.
      events: the `events.Events` of this run, for images and texts.

    Raises:
      InputError: on entering: the folder is in use, or holds another model's training; later: a
        checkpoint cannot be saved. `NotFinite`: a value or a weight is. `Stopped`: it was asked to
        stop; the step is saved.
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
        histogram_steps=None,
        stop=None,
        towers=None,
    ):
        self.directory = os.fspath(directory)
        self.step = self.first_step = 0
        self.broken = []
        self._settings, self._free, self._stop = settings or {}, free, stop
        self._towers = find_towers(towers)
        self._save_seconds, self._keep, self._summary_steps = save_seconds, keep, summary_steps
        self._histogram_steps = histogram_steps
        self._saved_step, self._saved_time = None, time.monotonic()

        global_step()  # makes it if nothing has needed it yet
        *earlier, (last_op, last_values) = phases
        with tf.control_dependencies([last_op, *last_values.values()]):
            advance = tf.assign_add(tf.train.get_global_step(), 1).op
        self._runs = [*earlier, (advance, last_values)]
        self._variables = tf.global_variables()
        self._trained = {variable.op.name: variable for variable in tf.trainable_variables()}
        floats = [variable for variable in self._variables if variable.dtype.is_floating]
        self._all_finite = tf.reduce_all(
            [tf.reduce_all(tf.math.is_finite(variable)) for variable in floats] or [True]
        )
        self._saver = tf.train.Saver(self._variables, max_to_keep=0)
        self._initialize = tf.global_variables_initializer()
        self._initialize_others = tf.local_variables_initializer(), tf.tables_initializer()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(checkpoints.locked(self.directory))
            checkpoints.check_settings(self.directory, self._settings, self._free)
            newest, self.broken = checkpoints.newest_readable(self.directory)
            if newest:
                self.step, path = newest
                checkpoints.check_fits(path, self._variables, exactly=True)
                # A kill may have left one too many; of broken ones none is counted as kept.
                keep = None if self.broken else self._keep
                checkpoints.mark_newest(self.directory, path, keep)
                self.first_step = self._saved_step = self.step
            checkpoints.keep_settings(self.directory, self._settings)
            self._stop = stack.enter_context(stoppable(self._stop))
            self._session = stack.enter_context(self._towers.session())
            if newest:
                with self._losses_told():
                    self._saver.restore(self._session, path)
            else:
                self.run(self._initialize)
            self.run(self._initialize_others)  # last: minibatches begin at the global step
            tf.get_default_graph().finalize()
            self.events = Events(self.directory, self.step + 1)
            stack.callback(self.events.close)
            if not newest:
                self.events.graph(self._session.graph)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind, error, trace):
        with self._stack:
            # A caller that leaves its loop by `break` closes a generator that holds this block.
            if kind in (None, GeneratorExit):
                self.save()
        if kind is None:
            self._towers.finish()

    def run(self, fetches, feed_dict=None):
        """`tf.Session.run` of the training's session."""
        with self._losses_told():
            return self._session.run(fetches, feed_dict)

    @contextlib.contextmanager
    def _losses_told(self):
        """An error that comes from a lost device is an `InputError` that names it."""
        try:
            yield
        except tf.errors.OpError as error:
            sentence = self._towers.lost(error)
            if sentence is None:
                raise
            kept = f"step {self._saved_step} is kept in {self.directory}"
            if self._saved_step is None:
                kept = f"nothing is kept in {self.directory} yet"
            raise InputError(f"step {self.step + 1}: {sentence}; {kept}") from error

    def steps(self, until):
        """Train until ``until`` steps have been done in all; yield ``(step, values)`` after each.

        ``values`` are the phases' scalars as floats, computed before the step's update.
        """
        while self.step < until:
            if self._stop:
                self.save()
                raise Stopped(
                    f"stopped by {self._stop.reason} after step {self.step}, which is saved in"
                    f" {self.directory}; the same command goes on from there"
                )
            due = self._saved_time + self._save_seconds
            if self.step > self.first_step and time.monotonic() >= due:
                self.save()
            values = {}
            for op, tensors in self._runs:
                values.update(self.run((op, tensors))[1])
            values = {name: float(value) for name, value in values.items()}
            for name, value in values.items():
                if not math.isfinite(value):
                    raise NotFinite(f"{name} is {value} at step {self.step + 1}; {self._advice()}")
            self.step += 1
            if self._summary_steps and self.step % self._summary_steps == 0:
                self.summarize(values)
            if self._histogram_steps and self.step % self._histogram_steps == 0:
                self.events.histograms(self.step, self.run(self._trained))
            yield self.step, values
        self.save()

    def summarize(self, values):
        """Write a dict of numbers to TensorBoard, at the present step."""
        self.events.scalars(self.step, values)

    def save(self):
        """Write a checkpoint now, unless this step has one; its weights must be finite."""
        if self._saved_step == self.step:
            return
        if not self.run(self._all_finite):
            raise NotFinite(f"the weights are not finite after step {self.step}; {self._advice()}")
        self.events.flush()  # first, so that no step is saved without its summaries
        checkpoints.save(self._saver, self._session, self.directory, self.step, self._keep)
        self._saved_step, self._saved_time = self.step, time.monotonic()

    def _advice(self):
        if self._saved_step is None:
            return "nothing was saved before: begin again with a smaller learning rate"
        return (
            f"step {self._saved_step} is the last good one in {self.directory}:"
            " go on from it with a smaller learning rate"
        )


@contextlib.contextmanager
def passing_errors(steps):
    """In this block a loop's error reaches the training that feeds it, whose step is not saved.

    ``for step in generator:`` only closes a generator, be it left by an error or by ``break``::

        with passing_errors(train(...)) as steps:
            for progress in steps: ...
    """
    with contextlib.closing(steps):
        try:
            yield steps
        except BaseException as error:
            steps.throw(error)
            raise
