"""Read PyTorch's files (.pth, .pt) without PyTorch: a zip archive with a pickle and the numbers.

A pickle can run code, so this reader builds tensors and plain containers, and refuses all else.
Files of before PyTorch 1.6 are no archives; PyTorch itself reads those, where it is installed.
"""

import collections
import os
import pickle
import zipfile

import numpy as np

from tf_cs231n.errors import InputError

_DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",  # the upper half of a float32
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


def read_torch(path):
    """What ``torch.save`` wrote: dicts, lists, numbers and texts, tensors as NumPy arrays.

    Raises:
      InputError: it holds other objects, or its end is missing.
      ImportError: it is an old file, and PyTorch is not installed.
    """
    if not zipfile.is_zipfile(path):
        with open(path, "rb") as file:
            if file.read(2) == b"PK":
                raise InputError(f"{path}: damaged: its end, which lists its content, is missing")
        return _read_with_torch(path)
    with zipfile.ZipFile(path) as archive:
        (index,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        with archive.open(index) as file:
            return _Unpickler(file, archive, os.path.dirname(index), path).load()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file, archive, folder, path):
        super().__init__(file)
        self.archive, self.folder, self.path = archive, folder, path

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_tensor"):
            return _tensor
        if module == "torch._utils" and name.startswith("_rebuild_parameter"):
            return lambda data, *_: data
        if module == "torch" and name in _DTYPES:
            return name
        raise InputError(
            f"{self.path}: it holds a {module}.{name}, which is not loaded since it could run "
            "code; save the weights alone: torch.save(model.state_dict(), path)"
        )

    def persistent_load(self, pid):
        _, kind, key, _, size = pid
        numbers = np.frombuffer(self.archive.read(f"{self.folder}/data/{key}"), _DTYPES[kind], size)
        if kind == "BFloat16Storage":
            numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
        return numbers


def _tensor(storage, offset, shape, strides, *_):
    last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides))
    if 0 in shape:
        return np.zeros(shape, storage.dtype)
    if min((offset, *strides)) < 0 or last >= len(storage):
        raise ValueError("a tensor reaches beyond its numbers")
    strides = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, strides).copy()


def _read_with_torch(path):
    import torch

    return _as_arrays(torch.load(path, map_location="cpu", weights_only=True))


def _as_arrays(value):
    if isinstance(value, dict):
        return {key: _as_arrays(each) for key, each in value.items()}
    if not hasattr(value, "detach"):
        return value
    tensor = value.detach()
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()
