"""Files appear whole or not at all, and nothing that exists is overwritten unasked."""

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import zipfile

import numpy as np

from tf_cs231n import terminal
from tf_cs231n.errors import InputError, short

ANIMATIONS = ".gif", ".mp4"


def extension(path):
    """The end of a file's name in small letters, with its dot; "" if it has none.

    Standard output, ``-``, takes a PNG.
    """
    return ".png" if path == terminal.STANDARD else os.path.splitext(os.fsdecode(path))[1].lower()


def figure_extension(path):
    """The extension of a figure's path if it names a format of figures, else an `InputError`."""
    if extension(path) not in (".png", ".svg", ".pdf", ".jpg", ".jpeg"):
        raise InputError(f"{path}: a figure is written as .png, .svg, .pdf or .jpg")
    return extension(path)


def animation_extension(path):
    """The extension of an animation's path if it is one of `ANIMATIONS`, else an `InputError`."""
    if extension(path) not in ANIMATIONS:
        raise InputError(f"{path}: an animation is written as .gif or .mp4")
    return extension(path)


def check_output(path, overwrite=False):
    """Raise an `InputError` now if ``path`` could not be written later.

    Args:
      path: the file to be; its folder is made if it is missing.
      overwrite: whether a file of that name may be replaced.

    Returns:
      ``path`` as a string.
    """
    if os.fsdecode(path) == terminal.STANDARD:
        return terminal.STANDARD
    path = _free(path, overwrite)
    os.unlink(_unfinished_file(path))
    return path


def _free(path, overwrite):
    path = os.fsdecode(path)
    if os.path.isdir(path):
        raise InputError(f"{path} is a folder; name a file in it")
    if os.path.lexists(path) and not overwrite:
        raise InputError(
            f"{path} exists already; choose another name, or --overwrite to replace it"
        )
    return path


def _unfinished_file(path):
    """Make an empty file, and its folder, that may become ``path``; return its name."""
    folder = os.path.dirname(path) or "."
    try:
        os.makedirs(folder, exist_ok=True)
        # Asking the file system beats reading permission bits: root, ACLs, read-only mounts.
        handle, unfinished = tempfile.mkstemp(**_unfinished(path))
        os.close(handle)
    except OSError as error:
        what = path if error.errno == errno.ENAMETOOLONG else f"to folder {folder}"
        why = "it is a file" if error.errno == errno.EEXIST else error.strerror
        raise InputError(f"cannot write {short(what)}: {why}") from error
    return unfinished


@contextlib.contextmanager
def whole_file(path, overwrite=False, size=None):
    """Yield the name of a temporary file that becomes ``path`` when the block ends well.

    The temporary file lies in the same folder and has the same extension. When the block raises
    (a full disk, Ctrl-C, a bug), it is removed and ``path`` is as it was before. ``size`` is how
    many bytes it will have, where that is known, for the message about a full disk.

    Raises:
      InputError: ``path`` exists and ``overwrite`` is false, or it cannot be written.
    """
    path = _free(path, overwrite)
    temporary = _unfinished_file(path)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):  # some file systems have no permissions to change
            os.chmod(temporary, 0o666 & ~_umask())  # mkstemp's 0600 is not what a user expects
        if not overwrite and os.path.lexists(path):
            raise InputError(f"{path} appeared meanwhile; choose another name, or --overwrite")
        os.replace(temporary, path)
    except BaseException as error:
        written = 0
        with contextlib.suppress(OSError, TypeError):
            written = os.path.getsize(temporary)
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise cannot_write(path, error, size, written) from error
        raise


def write_bytes(path, content, overwrite=False):
    """Write a file whole, as `whole_file`, or to standard output, ``-``."""
    if path == terminal.STANDARD:
        terminal.write(content)
        return
    with whole_file(path, overwrite, len(content)) as temporary, open(temporary, "wb") as file:
        file.write(content)


def write_npy(path, array, overwrite=False):
    """Write an array to a .npy file, whole."""
    content = io.BytesIO()
    np.save(content, array)
    write_bytes(path, content.getbuffer(), overwrite)


def write_npz(path, arrays, overwrite=False):
    """Write a dict of arrays to an .npz file, whole.

    It is packed in memory: where a disk is full, Python 3.7's `zipfile` prints a traceback.
    """
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_bytes(path, content.getbuffer(), overwrite)


def write_json(path, value, overwrite=False):
    """Write a JSON value to a file, whole, for people to read."""
    text = json.dumps(value, indent=2, sort_keys=True) + "\n"
    write_bytes(path, text.encode(), overwrite)


class Outputs:
    """The files that one command writes together, with a record of what makes them.

    The record is written first, unfinished, and finished last. Where a full disk or a kill came in
    between, the same command may replace the files that it names; others are never overwritten.

    Args:
      record: the path of the record, a .json file.
      paths: those of the other files.
      settings: a dict of JSON values; "the same command" has the same.
      overwrite: whether files that exist may be replaced anyway.

    Attributes:
      overwrite: whether the files may be replaced.
      finished: the usual record of a finished command.

    Raises:
      InputError: a file exists that may not be replaced, or could not be written.
    """

    def __init__(self, record, paths, settings, overwrite=False):
        text = json.dumps(settings, sort_keys=True)
        self.finished = {
            "outputs": [os.path.relpath(path, os.path.dirname(record) or ".") for path in paths],
            "settings": json.loads(text),
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        self._record, self._unfinished = record, {**self.finished, "unfinished": True}
        with contextlib.suppress(OSError, ValueError), open(record, encoding="utf-8") as file:
            overwrite = overwrite or json.load(file) == self._unfinished
        self.overwrite = overwrite
        for path in (record, *paths):
            check_output(path, overwrite)

    def begin(self):
        """Call it before the first of the files is written."""
        write_json(self._record, self._unfinished, self.overwrite)

    def finish(self, record=None):
        """Call it after the last of them; ``record`` is a JSON value to keep instead."""
        write_json(self._record, self.finished if record is None else record, overwrite=True)


def cannot_write(path, error, needed=None, written=0):
    """An `InputError` that says why a file could not be written, and how much room it takes.

    Args:
      path: the file.
      error: what was raised. Where it is not the system's own error, the system is asked.
      needed: the file's size in bytes; None: unknown.
      written: how much of it was written.
    """
    folder = os.path.dirname(os.path.abspath(path))
    reason = getattr(error, "strerror", None) or _refusal(folder, needed or 0) or short(error)
    size = f"more than {written:,}" if needed is None else f"{needed:,}"
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(folder).free
        reason += f": it takes {size} bytes, {free:,} are free in {folder}"
    return InputError(
        f"cannot write {path}: {reason}; make room there or choose another folder, then run the"
        " same again"
    )


def _refusal(folder, size):
    """Why the system does not write ``size`` bytes in ``folder``; None: it does."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(size))
            file.flush()
    except OSError as error:
        return error.strerror


def sha256(path):
    """The checksum of a file's content, 64 letters."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()


def check_distinct(*paths):
    """Raise an `InputError` if two outputs of one call are the same file; None is no output."""
    seen = set()
    for path in filter(None, paths):
        real = os.path.normcase(os.path.realpath(path))
        if real in seen:
            raise InputError(f"{path}: two outputs have this name; give each its own")
        seen.add(real)


_UNFINISHED = re.compile(r"\.\w{8}-")  # and the file's name


def _unfinished(path):
    """Where `tempfile` makes what is to become ``path``."""
    folder, name = os.path.split(path)
    return {"prefix": ".", "suffix": "-" + name, "dir": folder or "."}


def remove_unfinished(paths):
    """Remove what killed processes left beside these files, temporary ones of `whole_file`."""
    names = {}
    for path in paths:
        folder, name = os.path.split(path)
        names.setdefault(folder or ".", set()).add(name)
    for folder in filter(os.path.isdir, names):
        for entry in os.listdir(folder):
            if _UNFINISHED.match(entry) and entry[10:] in names[folder]:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(folder, entry))


def read_text(path):
    """The text of a UTF-8 file, its line ends as they are.

    Raises:
      InputError: missing, a folder, without permission, or not UTF-8.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text; save it as UTF-8") from error


def text_lines(text):
    r"""The lines of a text, which end at ``\n``, ``\r\n`` and ``\r`` only.

    (`str.splitlines` ends them at eight more characters, which file names and captions may hold.)
    """
    return [line.rstrip("\n") for line in io.StringIO(text, newline=None)]


def read_npz(path, names=None):
    """The arrays of an .npz file; a pickle in it is refused.

    Args:
      path: the file.
      names: the arrays to read; None: all.

    Returns:
      Dict of name to array.

    Raises:
      FileNotFoundError: there is none. ValueError: it is damaged, not an .npz, or lacks one of
        ``names``; in one line.
    """
    try:
        zipfile.ZipFile(path).close()  # NumPy 1.18 prints a traceback where this fails
        with np.load(path, allow_pickle=False) as file:
            names = names or file.files
            missing = [name for name in names if name not in file.files]
            if missing:
                raise ValueError(f"it has no {missing[0]}")
            return {name: file[name] for name in names}
    except FileNotFoundError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy's parser raise a dozen types
        raise ValueError(short(error)) from error


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def pretrained_dir():
    """The folder where checkpoints are kept; made if it is missing.

    ``$TF_CS231N_PRETRAINED`` if set; in a clone of the repository its ``pretrained/``; else
    ``tf_cs231n`` in the user's cache folder.
    """
    folder = os.environ.get("TF_CS231N_PRETRAINED")
    if not folder:
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        folder = os.path.join(root, "pretrained")
        if not os.path.isfile(os.path.join(folder, "README.md")):
            cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
            folder = os.path.join(cache, "tf_cs231n")
    os.makedirs(folder, exist_ok=True)
    return folder
