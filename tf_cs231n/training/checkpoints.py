"""Checkpoints that appear whole, are checked before they are used, and belong to one training.

A training folder holds ``model.ckpt-STEP.index`` and ``.data-*`` (TensorFlow's format, restorable
with a plain ``tf.train.Saver``), the ``checkpoint`` file that lists them, ``settings.json`` and
TensorBoard's event files.
"""

import contextlib
import fcntl
import functools
import glob
import json
import operator
import os
import re
import shutil

from sessions import assign, find_session
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_path, first_line, is_lack_of_memory, shown
from tf_cs231n.files import read_text, whole_file

PREFIX = "model.ckpt"
UNFINISHED = ".saving"  # a folder; what a killed process left in it is removed at the next start


@contextlib.contextmanager
def locked(directory):
    """Keep every other process and thread from training in ``directory`` while the block runs.

    The lock is the kernel's (``flock``): it ends with the process, however that dies.

    Raises:
      InputError: another training holds it, or the folder cannot be written.
    """
    path = os.path.join(check_prefix(check_path("directory", directory)), ".lock")
    try:
        os.makedirs(directory, exist_ok=True)
        file = open(path, "a")  # noqa: SIM115 - closed below, after the block
    except OSError as error:
        raise InputError(f"cannot train in folder {directory}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"{directory}: another training runs in this folder; let it finish, stop it, or"
                " choose another folder"
            ) from None
        shutil.rmtree(os.path.join(directory, UNFINISHED), ignore_errors=True)
        for name in ("checkpoint", "settings.json"):
            for unfinished in glob.glob(os.path.join(glob.escape(directory), ".????????-" + name)):
                os.unlink(unfinished)
        yield


def list_checkpoints(directory):
    """The checkpoints in ``directory``, as ``[(step, path prefix), ...]``, oldest first."""
    found, directory = [], check_path("directory", directory)
    for index in glob.glob(os.path.join(glob.escape(directory), PREFIX + "-*.index")):
        match = re.search(r"-(\d+)\.index$", index)
        if match:
            found.append((int(match.group(1)), index[: -len(".index")]))
    return sorted(found)


def check_prefix(path):
    """Return ``path`` if TensorFlow can find a checkpoint there, else raise an `InputError`.

    It takes the whole path for a pattern: what it wrote to ``run[1]`` it looks for in ``run1``.
    """
    if any(letter in path for letter in "[]\\"):
        raise InputError(
            f"{path}: TensorFlow finds no checkpoint with [, ] or \\ in its path; choose another"
        )
    return path


def is_readable(path):
    """Whether every tensor of the checkpoint can be read; TensorFlow compares their checksums."""
    try:
        reader = tf.train.load_checkpoint(path)
        shapes = reader.get_variable_to_shape_map()
        stored = sum(map(os.path.getsize, glob.glob(glob.escape(path) + ".data-*")))
        if sum(map(_count, shapes.values())) > stored:  # before anything of that size is allocated
            return False
        for name in shapes:
            reader.get_tensor(name)
    except Exception as error:  # of broken files OpErrors, on 1.15 also ValueError, RuntimeError
        if is_lack_of_memory(error):
            raise  # which says nothing of the file
        return False
    return True


def _count(shape):
    return functools.reduce(operator.mul, shape, 1)


def newest_readable(directory):
    """The newest whole checkpoint of a training folder, and the newer ones that are broken.

    Returns:
      ``((step, path) or None, [broken paths])``.

    Raises:
      InputError: there are checkpoints, but none can be read.
    """
    broken = []
    for step, path in reversed(list_checkpoints(directory)):
        if is_readable(path):
            return (step, path), broken
        broken.append(path)
    if broken:
        check_prefix(broken[0])
        raise InputError(
            f"{directory}: none of its {len(broken)} checkpoints can be read; remove the folder to"
            " begin anew, or choose another"
        )
    return None, []


def check_fits(path, variables, exactly=False):
    """Raise an `InputError` that names the first difference between a checkpoint and a model.

    Args:
      path: the checkpoint's prefix.
      variables: the model's ``tf.Variable``s that are to be restored.
      exactly: whether the checkpoint may hold nothing else.

    Returns:
      The checkpoint's reader.
    """
    reader = tf.train.load_checkpoint(path)
    saved, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    for variable in variables:
        name, here = variable.op.name, variable.shape.as_list()
        if name not in saved:
            raise InputError(f"{path} is a checkpoint of another model: it has no {name}")
        if saved[name] != here:
            raise InputError(
                f"{path} is a checkpoint of another model: {name} has shape {saved[name]} there,"
                f" {here} here"
            )
        if dtypes[name] != variable.dtype.base_dtype:
            raise InputError(
                f"{path} is a checkpoint of another model: {name} is {dtypes[name].name} there,"
                f" {variable.dtype.base_dtype.name} here"
            )
    extra = sorted(set(saved) - {variable.op.name for variable in variables})
    if exactly and extra:
        raise InputError(f"{path} is a checkpoint of another model: here is no {extra[0]}")
    return reader


def check_variables(name, variables):
    """Raise an `InputError` if ``variables`` is no list of at least one ``tf.Variable``."""
    is_list = isinstance(variables, (list, tuple)) and len(variables) > 0
    # By attribute: 2.x's resource variables are no instances of `tf.Variable` in graph mode.
    parts = ("initializer", "graph")
    if not is_list or not all(hasattr(v, part) for v in variables for part in parts):
        raise InputError(f"{name}: got {shown(variables)}, expected a list of tf.Variable")


def restore(sess, directory, variables):
    """Load the newest readable checkpoint of a training folder into ``variables``.

    It adds no operation to the graph, which may be finalised.

    Returns:
      The step at which it was saved.

    Raises:
      InputError: no checkpoint there, none readable, or one of another model; or no session or
        variables.
    """
    check_variables("variables", variables)
    for variable in variables:
        sess = find_session(sess, graph=variable.graph)
    newest, _ = newest_readable(directory)
    if newest is None:
        raise InputError(f"{directory}: no checkpoint in this folder; train first, or name another")
    step, path = newest
    reader = check_fits(path, variables)
    # A Saver would add operations at each call.
    assign(sess, [(variable, reader.get_tensor(variable.op.name)) for variable in variables])
    return step


def save(saver, sess, directory, step, keep):
    """Write checkpoint ``step`` beside the older ones; it appears whole or not at all.

    Args:
      saver: a ``tf.train.Saver``.
      keep: how many of the newest checkpoints stay.

    Raises:
      InputError: no room on the disk, or the folder is gone; older checkpoints are untouched.
    """
    unfinished = os.path.join(directory, UNFINISHED)
    path = os.path.join(directory, f"{PREFIX}-{step}")
    try:
        os.makedirs(unfinished, exist_ok=True)
        # Neither meta graph nor state file: code builds the graph, `mark_newest` writes the state.
        saver.save(
            sess,
            os.path.join(unfinished, f"{PREFIX}-{step}"),
            write_meta_graph=False,
            write_state=False,
        )
        # The index comes last (and "data" sorts before "index"): where it is, all is.
        for name in sorted(os.listdir(unfinished)):
            with open(os.path.join(unfinished, name), "rb+") as file:
                os.fsync(file.fileno())
            os.replace(os.path.join(unfinished, name), os.path.join(directory, name))
        mark_newest(directory, path, keep)
    except (tf.errors.OpError, OSError, ValueError) as error:
        kept = [old for old, _ in list_checkpoints(directory)]
        reason = getattr(error, "strerror", None) or first_line(error)
        raise InputError(
            f"{directory}: cannot save step {step} ({reason});"
            f" {f'step {kept[-1]} is kept' if kept else 'nothing was saved before'}:"
            " make room and run the same again"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def mark_newest(directory, path, keep=None):
    """Remove the checkpoints before the newest ``keep``, and name ``path`` the latest."""
    every = [old for _, old in list_checkpoints(directory)]
    kept = every[-keep:] if keep else every
    listed = [f'model_checkpoint_path: "{os.path.basename(path)}"\n']  # the folder may move
    for old in [*(old for old in kept if old != path), path]:
        listed.append(f'all_model_checkpoint_paths: "{os.path.basename(old)}"\n')
    state = os.path.join(directory, "checkpoint")
    with whole_file(state, overwrite=True) as whole, open(whole, "w", encoding="utf-8") as file:
        file.writelines(listed)
    for old in every[: len(every) - len(kept)]:
        # The index first: what has no index is no checkpoint.
        for file in [old + ".index", *glob.glob(glob.escape(old) + ".data-*")]:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(file)


def load_settings(directory):
    """The settings with which the training in ``directory`` was begun; ``{}`` if none are there.

    Raises:
      InputError: the file is broken.
    """
    path = os.path.join(check_path("directory", directory), "settings.json")
    if not os.path.exists(path):
        return {}
    text = read_text(path)
    try:
        settings = json.loads(text)
        if not isinstance(settings, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is broken ({error}); remove it to go on without it") from error
    return settings


def check_settings(directory, settings, free=()):
    """Raise an `InputError` if the training in ``directory`` was begun with other settings.

    Args:
      settings: a dict of JSON values.
      free: the names of those that may change when a training is resumed.
    """
    before = load_settings(directory)
    for name, value in json.loads(json.dumps(settings)).items():  # tuples become lists, as there
        if name in before and name not in free and before[name] != value:
            raise InputError(
                f"{directory}: this training was begun with {name} {before[name]!r}, got {value!r};"
                " repeat the old value, or choose another folder"
            )


def keep_settings(directory, settings):
    """Write ``settings.json``."""
    path = os.path.join(directory, "settings.json")
    with whole_file(path, overwrite=True) as whole, open(whole, "w", encoding="utf-8") as file:
        json.dump(settings, file, indent=2, sort_keys=True)
        file.write("\n")
