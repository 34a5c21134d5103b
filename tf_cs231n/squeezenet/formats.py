"""The file formats that SqueezeNet's weights come in.

Everything is read into one form, a dict of the course checkpoint's names to arrays (convolution
kernels HWIO, float32), checked name by name and shape by shape before anything uses it.
"""

import os
import re
import tempfile

import numpy as np

from sessions import get_session
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, short
from tf_cs231n.files import check_output, extension, read_npz, whole_file
from tf_cs231n.squeezenet.architecture import FIRE_MODULES, VARIABLE_SHAPES
from tf_cs231n.squeezenet.torch_files import read_torch
from tf_cs231n.training.checkpoints import check_prefix


def read_weights(path):
    """Read SqueezeNet 1.1 weights from the files that people have.

    Args:
      path: a TensorFlow checkpoint of the course, of 2017-18 (name-based) or 2019 (object-based),
        by its prefix or one of its files; or torchvision's ``squeezenet1_1`` state dict, or the
        course's names, as .pth, .npz or .safetensors. The state dict may lie in a dict as
        ``state_dict`` or ``model``, its names may have a prefix such as ``module.``, its numbers
        any type of floats, and its last layer any number of classes.

    Returns:
      Dict of the 52 checkpoint names to float32 arrays, kernels HWIO; and of "class_names" to an
      array of str (K,), if the file names its classes under that name or as ``classes``.

    Raises:
      InputError: no such file, a damaged file, or another network's; it names the first difference.
    """
    path, reader = _reader(os.fsdecode(path))
    try:
        arrays = reader(path)
    except (InputError, MemoryError, tf.errors.ResourceExhaustedError):
        raise
    except ImportError as error:
        raise InputError(
            f"{path}: reading it needs a package, `pip install {error.name or 'torch'}` ({error})"
        ) from error
    except Exception as error:  # each format's reader has errors of its own
        raise InputError(
            f"{path}: damaged, or not a {extension(path) or 'checkpoint'} file "
            f"({_printable(short(error))})"
        ) from error
    if not isinstance(arrays, dict):
        raise InputError(
            f"{path}: not SqueezeNet's state dict: it holds a {type(arrays).__name__}; save "
            "model.state_dict()"
        )
    return check_weights(_canonical(arrays), path)


def _printable(text):
    """Without control characters, which a terminal would obey."""
    return re.sub(r"\x1b\[[0-9;]*m|[^\x20-\x7e]", "", text)


def _reader(path):
    """The path to read, and the function that reads its format."""
    prefix = re.sub(r"\.(index|meta|data-\d{5}-of-\d{5})$", "", path)
    if os.path.isfile(prefix + ".index"):
        return check_prefix(prefix), _read_tf_checkpoint
    readers = {
        ".npz": read_npz,
        ".safetensors": _read_safetensors,
        ".pth": read_torch,
        ".pt": read_torch,
    }
    if not os.path.isfile(path):
        raise InputError(f"{path}: no such checkpoint")
    if extension(path) not in readers:
        raise InputError(
            f"{path}: expected a TensorFlow checkpoint (its .index file beside it), "
            ".pth, .npz or .safetensors"
        )
    return path, readers[extension(path)]


def _read_tf_checkpoint(path):
    reader = tf.train.load_checkpoint(path)
    names = [name for name in reader.get_variable_to_shape_map() if not name.startswith("_")]
    # What is not SqueezeNet's is named in a message, but its numbers are not read.
    return {
        name: reader.get_tensor(name) if _canonical_name(name) in VARIABLE_SHAPES else None
        for name in names
    }


def _read_safetensors(path):
    from safetensors.numpy import load_file

    return load_file(path)


_TORCH_PARTS = {"squeeze": "squeeze", "expand1x1": "e11", "expand3x3": "e33"}
_TORCH_KINDS = {"weight": "weights", "kernel": "weights", "bias": "bias"}


def _canonical_name(name):
    """The course checkpoint's name for a torchvision or an object-based one, or the name itself."""
    match = re.match(r"(features\.0|classifier\.1)\.(weight|bias)$", name)
    if match:
        layer = {"features.0": "features/layer0", "classifier.1": "classifier/layer1"}
        return f"{layer[match.group(1)]}/{_TORCH_KINDS[match.group(2)]}"
    match = re.match(r"features\.(\d+)\.(squeeze|expand1x1|expand3x3)\.(weight|bias)$", name)
    if match:
        layer, part, kind = match.groups()
        return f"features/layer{layer}/fire/{_TORCH_PARTS[part]}/{_TORCH_KINDS[kind]}"
    match = re.match(
        r"net/layer_with_weights-(\d)/(?:(squeeze|expand1x1|expand3x3)/)?(kernel|bias)"
        r"/\.ATTRIBUTES/VARIABLE_VALUE$",
        name,
    )
    if match:
        number, part, kind = match.groups()
        if part:
            layer = dict(enumerate(FIRE_MODULES, start=1)).get(int(number))
            return f"features/layer{layer}/fire/{_TORCH_PARTS[part]}/{_TORCH_KINDS[kind]}"
        layer = {"0": "features/layer0", "9": "classifier/layer1"}.get(number)
        return f"{layer}/{_TORCH_KINDS[kind]}"
    return name


def _canonical(file):
    """The arrays of a file, of any nesting and naming, by the names of the course's checkpoint."""
    arrays = dict(_state_dict(file))
    names = next((arrays.pop(k) for k in _CLASS_NAMES if k in arrays), None)
    names = next((file[k] for k in _CLASS_NAMES if k in file), names)
    firsts = [
        n for n in arrays if str(n).endswith(("features.0.weight", "features/layer0/weights"))
    ]
    prefix = re.sub(r"features(\.0|/layer0).*", "", firsts[0]) if firsts else ""
    renamed = {} if names is None else {"class_names": np.array(names, str)}
    for name, array in arrays.items():
        name = str(name)[len(prefix) :] if str(name).startswith(prefix) else str(name)
        if name.startswith("net/") and array is None or name.startswith("save_counter"):
            continue  # an object-based checkpoint's own bookkeeping
        if "." in name and not name.startswith("net/") and getattr(array, "ndim", 0) == 4:
            array = array.transpose(2, 3, 1, 0)  # torch's OIHW to HWIO
        renamed[_canonical_name(name)] = array
    return renamed


_CLASS_NAMES = ("class_names", "classes")


def _state_dict(file):
    """The innermost dict of arrays: training scripts save it together with their own state."""
    for name in ("state_dict", "model_state_dict", "model", "net"):
        if isinstance(file.get(name), dict):
            return _state_dict(file[name])
    return file


def check_weights(arrays, path):
    """Return the arrays as float32, or raise an `InputError` that says how they differ.

    The last layer's number of classes is free; "class_names" are kept, if they are as many.
    """
    missing = [name for name in VARIABLE_SHAPES if name not in arrays]
    if missing:
        found = ", ".join(map(repr, sorted(map(str, arrays))[:2])) or "nothing"
        raise InputError(
            f"{path}: not SqueezeNet 1.1: {len(missing)} of {len(VARIABLE_SHAPES)} arrays are "
            f"missing, the first {missing[0]}; it holds {len(arrays)} names, such as {found}"
        )
    checked, sizes = {}, {}
    for name, shape in VARIABLE_SHAPES.items():
        letters = [str(n) for n in shape[:-1]]
        letters.append("classes" if name.startswith("classifier/") else str(shape[-1]))
        what = f"{path}: not SqueezeNet 1.1: {name}"
        array = checks.array(what, arrays[name], " ".join(letters), sizes)
        checked[name] = array.astype(np.float32, copy=False)
        if name.startswith("classifier/"):
            sizes["classes"] = array.shape[-1]
    if len(arrays.get("class_names", ())) == sizes["classes"]:
        checked["class_names"] = np.array(arrays["class_names"], str)
    return checked


def write_weights(path, arrays, overwrite=False):
    """Write weights as a TensorFlow checkpoint (any other extension), .npz or .safetensors.

    Args:
      path: the file to write; its extension names the format.
      arrays: dict of checkpoint name to array, as `read_weights` returns it; of the formats, .npz
        keeps the "class_names".
      overwrite: whether an existing file may be replaced.

    Raises:
      InputError: the arrays are not SqueezeNet's, the folder cannot be written, or the file
        exists.
    """
    path, arrays = os.fsdecode(path), check_weights(arrays, "arrays")
    end = extension(path)
    if end in (".pth", ".pt"):
        raise InputError(f"{path}: PyTorch files are read, not written; write .safetensors")
    if end == ".npz":
        with whole_file(path, overwrite) as temporary:
            np.savez(temporary, **arrays)
    elif end == ".safetensors":
        from safetensors.numpy import save_file

        with whole_file(path, overwrite) as temporary:
            save_file({n: np.ascontiguousarray(arrays[n]) for n in VARIABLE_SHAPES}, temporary)
    else:
        _write_tf_checkpoint(path, arrays, overwrite)


def _write_tf_checkpoint(path, arrays, overwrite):
    check_output(check_prefix(path) + ".index", overwrite)
    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=os.path.dirname(path) or ".") as folder:
            temporary = os.path.join(folder, os.path.basename(path))
            names = list(VARIABLE_SHAPES)
            with tf.Graph().as_default(), get_session() as sess:
                # The op of tf.train.Saver, without making variables for it.
                values = [tf.placeholder(tf.float32, arrays[name].shape) for name in names]
                save_op = tf.raw_ops.SaveV2(
                    prefix=temporary,
                    tensor_names=names,
                    shape_and_slices=[""] * len(names),
                    tensors=values,
                )
                sess.run(save_op, dict(zip(values, (arrays[name] for name in names))))
            # The index last: a checkpoint exists once it has its index.
            for suffix in (".data-00000-of-00001", ".index"):
                os.replace(temporary + suffix, path + suffix)
    except tf.errors.OpError as error:
        raise InputError(f"{path}: cannot be written ({short(error)})") from error
