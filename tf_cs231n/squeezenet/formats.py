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
from tf_cs231n.training.checkpoints import check_prefix


def read_weights(path):
    """Read SqueezeNet 1.1 weights from the files that people have.

    Args:
      path: a TensorFlow checkpoint of the course, of 2017-18 (name-based) or 2019 (object-based),
        by its prefix or one of its files; or torchvision's ``squeezenet1_1`` state dict, or the
        course's names, as .pth (needs torch), .npz or .safetensors.

    Returns:
      Dict of the 52 checkpoint names to float32 arrays, kernels HWIO.

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
            f"{path}: damaged, or not a {extension(path) or 'checkpoint'} file ({short(error)})"
        ) from error
    return check_weights(_canonical(arrays), path)


def _reader(path):
    """The path to read, and the function that reads its format."""
    prefix = re.sub(r"\.(index|meta|data-\d{5}-of-\d{5})$", "", path)
    if os.path.isfile(prefix + ".index"):
        return check_prefix(prefix), _read_tf_checkpoint
    readers = {
        ".npz": read_npz,
        ".safetensors": _read_safetensors,
        ".pth": _read_torch,
        ".pt": _read_torch,
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


def _read_torch(path):
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


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


def _canonical(arrays):
    renamed = {}
    for name, array in arrays.items():
        if name.startswith("net/") and array is None or name.startswith("save_counter"):
            continue  # an object-based checkpoint's own bookkeeping
        if "." in name and not name.startswith("net/") and getattr(array, "ndim", 0) == 4:
            array = array.transpose(2, 3, 1, 0)  # torch's OIHW to HWIO
        renamed[_canonical_name(name)] = array
    return renamed


def check_weights(arrays, path):
    """Return the arrays as float32, or raise an `InputError` that says how they differ."""
    missing = [name for name in VARIABLE_SHAPES if name not in arrays]
    if missing:
        found = ", ".join(sorted(map(str, arrays))[:2]) or "nothing"
        raise InputError(
            f"{path}: not SqueezeNet 1.1: {len(missing)} of {len(VARIABLE_SHAPES)} arrays are "
            f"missing, the first {missing[0]}; it has {found}"
        )
    return {
        name: checks.array(
            f"{path}: not SqueezeNet 1.1: {name}", arrays[name], " ".join(map(str, shape))
        ).astype(np.float32, copy=False)
        for name, shape in VARIABLE_SHAPES.items()
    }


def write_weights(path, arrays, overwrite=False):
    """Write weights as a TensorFlow checkpoint (any other extension), .npz or .safetensors.

    Args:
      path: the file to write; its extension names the format.
      arrays: dict of checkpoint name to array, as `read_weights` returns it.
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
            save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, temporary)
    else:
        _write_tf_checkpoint(path, arrays, overwrite)


def _write_tf_checkpoint(path, arrays, overwrite):
    check_output(check_prefix(path) + ".index", overwrite)
    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=os.path.dirname(path) or ".") as folder:
            temporary = os.path.join(folder, os.path.basename(path))
            names = list(arrays)
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
