"""Which images a command is given: files, folders, patterns, samples; and a name for each."""

import collections
import glob
import os

from tf_cs231n import terminal
from tf_cs231n.errors import InputError, short
from tf_cs231n.files import extension

SCENES = "shapes:"
SAMPLES = ("sample:", SCENES)  # names of images that are in no file
ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")


def expand(names, out_dir=None):
    """The files of folders and patterns, other names as they are, each once; not those in out_dir.

    Raises:
      InputError: a folder without images, or a pattern that nothing matches.
    """
    own = out_dir and os.path.realpath(out_dir)
    found = [file for name in names for file in _expand(name, own)]
    return list(dict.fromkeys(found))


def _expand(name, own):
    if is_sample(name) or os.path.isfile(name):
        return [name]
    if os.path.isdir(name):
        files = list(_walk(name, own))
        if not files:
            raise InputError(f"{name}: this folder has no image ({', '.join(ENDINGS)})")
        return files
    if glob.has_magic(name) and not os.path.lexists(name):
        files = [
            f for match in sorted(glob.glob(name, recursive=True)) for f in _expand(match, own)
        ]
        if not files:
            raise InputError(f"{name}: no file matches this pattern")
        return files
    return [name]


def _walk(folder, own):
    """Images in a folder and the folders in it, in order; nothing hidden."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(
            f for f in folders if f[0] != "." and os.path.realpath(os.path.join(root, f)) != own
        )
        for file in sorted(files):
            if file[0] != "." and extension(file) in ENDINGS:
                yield os.path.join(root, file)


def is_sample(name):
    """Whether a name means no file: standard input, or an image that comes with the packages."""
    return name == terminal.STANDARD or name.startswith(SAMPLES)


def stems(names):
    """A short name for each of the names, all different, also where case does not count.

    Files are named without their folders and endings. Where two would be the same, all get the
    folders below the one that they share; and where that is not enough, those keep their endings.

    >>> stems(["a/cat.jpg", "sample:dog", "-"]), stems(["a/cat.jpg", "b/cat.jpg", "b/cat.png"])
    (['cat', 'dog', 'stdin'], ['a/cat', 'b/cat.jpg', 'b/cat.png'])
    """
    samples = {n: n.replace(":", "-").partition("-")[2] for n in names if is_sample(n)}
    samples = {n: "stdin" if n == terminal.STANDARD else short for n, short in samples.items()}
    files = {n: os.path.basename(n) for n in names if n not in samples}
    if _clashes(os.path.splitext(file)[0] for file in files.values()):
        shared = os.path.commonpath([os.path.dirname(os.path.abspath(n)) for n in files])
        files = {n: os.path.relpath(os.path.abspath(n), shared) for n in files}
    short = {**samples, **{n: os.path.splitext(file)[0] for n, file in files.items()}}
    clashes = _clashes(short.values())
    longer = {**files, **{n: n.replace(":", "-") for n in samples}}
    return [longer[n] if short[n].lower() in clashes else short[n] for n in names]


def _clashes(names):
    counts = collections.Counter(name.lower() for name in names)
    return {name for name, count in counts.items() if count > 1}


def read_npy(path):
    """The array in a .npy file, - is standard input; an `InputError` for anything else."""
    import numpy as np

    try:
        with terminal.open_input(path) as file:  # `numpy.load` would take a .npz, too
            return np.lib.format.read_array(file, allow_pickle=False)  # a pickle can run code
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or 'cut off'})") from error
    except Exception as error:  # NumPy reads the header as Python, which raises a dozen types
        why = f"{short(error)}; numpy.save(path, array) writes one"
        raise InputError(f"{path}: cannot be read as numbers: {why}") from error
