"""Checkpoints that appear whole, are checked before they are used, and belong to one training.

A training folder holds ``model.ckpt-STEP.index`` and ``.data-*`` (TensorFlow's format, restorable
with a plain ``tf.train.Saver``), the ``checkpoint`` file that lists them, ``settings.json`` and
TensorBoard's event files.
"""

import contextlib
import fcntl
import glob
import json
import os
import re
import shutil
import warnings

from sessions import assign, find_session
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.files import cannot_write, read_text, remove_unfinished, whole_file

PREFIX = "model.ckpt"
UNFINISHED = ".saving"  # a folder; what a killed process left in it is removed at the next start


@contextlib.contextmanager
def locked(directory):
    """Keep every other process and thread from training in ``directory`` while the block runs.

    The lock is the kernel's (``flock``): it ends with the process, however that dies. A file
    system that has none, such as some NFS, gets a warning and no lock.

    Raises:
      InputError: another training holds it, or the folder cannot be written.
    """
    path = os.path.join(check_prefix(directory), ".lock")
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
        except OSError as error:
            warnings.warn(
                f"{directory}: this file system has no locks ({error.strerror}); make sure that"
                " only one training runs in this folder",
                stacklevel=2,
            )
        shutil.rmtree(os.path.join(directory, UNFINISHED), ignore_errors=True)
        remove_unfinished(os.path.join(directory, n) for n in ("checkpoint", "settings.json"))
        yield


def list_checkpoints(directory):
    """The checkpoints in ``directory``, as ``[(step, path prefix), ...]``, oldest first."""
    found = []
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
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except (MemoryError, tf.errors.ResourceExhaustedError):
        raise  # which says nothing of the file
    except Exception:  # of broken files OpErrors, on 1.15 also ValueError, RuntimeError
        return False
    return True


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
    another = f"{path} is a checkpoint of another model"
    for variable in variables:
        name = variable.op.name
        if name not in saved:
            raise InputError(f"{another}: it has no {name}")
        dtype = variable.dtype.base_dtype
        for what, there, here in (
            ("has shape", saved[name], variable.shape.as_list()),
            ("is", dtypes[name].name, dtype.name),
        ):
            if there != here:
                raise InputError(f"{another}: {name} {what} {there} there, {here} here")
    extra = sorted(set(saved) - {variable.op.name for variable in variables})
    if exactly and extra:
        raise InputError(f"{another}: here is no {extra[0]}")
    return reader


def restore(sess, directory, variables):
    """Load the newest readable checkpoint of a training folder into ``variables``.

    It adds no operation to the graph, which may be finalized.

    Returns:
      The step at which it was saved.

    Raises:
      InputError: no checkpoint there, none readable, or one of another model; or no session.
    """
    sess = find_session(sess, graph=variables[0].graph)
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
    except (tf.errors.OpError, OSError, ValueError) as error:
        shutil.rmtree(unfinished, ignore_errors=True)  # first, to count what is free without it
        variables = sess.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
        size = sum(v.shape.num_elements() * v.dtype.base_dtype.size for v in variables)
        raise cannot_write(path, error, size) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    mark_newest(directory, path, keep)


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
    path = os.path.join(directory, "settings.json")
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
