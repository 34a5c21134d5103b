"""Files that claim more than they hold, or unpack to more: refused before the memory is taken."""

import functools
import gzip
import io
import os
import pickle
import struct
import zipfile
import zlib

import h5py
import numpy as np
import pytest
from good_files import DATA, GOOD_FILES
from memory import at_most, peak_bytes

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.training.checkpoints import is_readable

SPARE = 80 << 20  # what a reader may take whatever the file: 64 MB are unpacked unasked
ROOM = 1 << 30  # of addresses, which claim no memory
BOMB = 1 << 27  # bytes of zeros, in a file of a thousandth


def idx(*shape):
    return b"\0\0\x08" + struct.pack(f">B{len(shape)}I", len(shape), *shape) + bytes(100)


def gzip_bomb():
    zeros = gzip.compress(bytes(1 << 24))
    return gzip.compress(idx(300000, 28, 28)) + zeros * 15


def npy(*shape):
    file = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(100)


def zipped(content, *names):
    """Members of this content and then of zeros."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            with archive.open(name, "w") as member:
                member.write(content)
                grows = content[-1:] == b"\n" and name == names[0]
                for _ in range(BOMB >> 24 if grows else 0):
                    member.write(bytes(1 << 24))
    return file.getvalue()


def npz_bomb(*names):
    return zipped(npy(BOMB // 8)[:-100], *(name + ".npy" for name in names))


def npz_claim(*names):
    return zipped(npy(1 << 20, 1 << 20), *(name + ".npy" for name in names))


def hdf5(written, **datasets):
    """Datasets of zeros, packed, or of nothing that was ever written."""
    file = io.BytesIO()
    with h5py.File(file, "w") as h5:
        for name, dtype in datasets.items():
            shape = (BOMB >> 12, 1 << 10) if written else (1 << 20, 1 << 20)
            h5.create_dataset(name, shape, dtype, chunks=(1 << 12, 1 << 10), compression="gzip")
            if written:
                for row in range(0, shape[0], 1 << 12):
                    h5[name].id.write_direct_chunk((row, 0), zlib.compress(bytes(1 << 24)))
    return file.getvalue()


COCO_CAPTIONS = {f"{split}_captions": "i4" for split in ("train", "val")}


def png(width, height):
    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )  # fmt: skip

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b""))


def patched(name, at, form, *values):
    """A good file with other numbers at one place."""
    content = bytearray(GOOD_FILES[name].make())
    struct.pack_into(form, content, at, *values)
    return bytes(content)


def tiff(width, height):
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1)]
    entries += [(262, 3, 1, 1), (273, 4, 1, 8), (278, 4, 1, height), (279, 4, 1, 100)]
    return b"".join(
        [b"II*\0", struct.pack("<IH", 8, len(entries))]
        + [struct.pack("<HHII", *entry) for entry in entries]
        + [bytes(200)]
    )


def jpeg(width, height):
    content = GOOD_FILES["JPEG"].make()
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def safetensors(header, claimed=None):
    return struct.pack("<Q", len(header) if claimed is None else claimed) + header + bytes(100)


WIDE_TENSOR = b'{"a":{"dtype":"F32","shape":[1048576,1048576],"data_offsets":[0,4398046511104]}}'
DIGITS = ("x_train", "y_train", "x_test", "y_test")
P = functools.partial
BOMBS = {
    "IDX": {
        "a header of terabytes": P(idx, 2**32 - 1, 2**32 - 1, 2**32 - 1),
        "a header of a gigabyte": P(idx, 1900000, 28, 28),
    },
    "IDX, gzipped": {"a bomb": gzip_bomb},
    **{
        name: {"a bomb": P(npz_bomb, *members), "headers of terabytes": P(npz_claim, *members)}
        for name, members in {
            "Keras' mnist.npz": DIGITS,
            "imagenet_val_25.npz": ("X", "y"),
            "weights .npz": ("features/layer0/weights",),
            "captioner.npz": ("params/W_embed", "words", "cell_type"),
            "features.npz": ("mean", "matrix", "settings"),
        }.items()
    },
    "matrix .npy": {
        "a header of terabytes": P(npy, 1 << 20, 1 << 20),
        "a header of a gigabyte": P(npy, 1 << 13, 1 << 14),
    },
    "COCO coco2014_captions.h5": {
        "a bomb": P(hdf5, True, **COCO_CAPTIONS),
        "never written": P(hdf5, False, **COCO_CAPTIONS),
    },
    "COCO train2014_vgg16_fc7_pca.h5": {
        "a bomb": P(hdf5, True, features="f4"),
        "never written": P(hdf5, False, features="f4"),
    },
    "weights .safetensors": {
        "a tensor of terabytes": P(safetensors, WIDE_TENSOR),
        "a header of terabytes": P(safetensors, b"{}", 1 << 60),
    },
    "PNG": {
        "terabytes": P(png, 2**31 - 1, 2**31 - 1),
        "a gigabyte": P(png, 20000, 20000),
    },
    "JPEG": {"gigabytes": P(jpeg, 65500, 65500)},
    "GIF": {"gigabytes": P(patched, "GIF", 6, "<HH", 65535, 65535)},
    "BMP": {"terabytes": P(patched, "BMP", 18, "<ii", 2**30, 2**30)},
    "TIFF": {"terabytes": P(tiff, 2**31, 2**31), "90 million pixels": P(tiff, 10000, 9000)},
    "WEBP": {"a gigabyte": P(patched, "WEBP", 26, "<HH", 16383, 16383)},
    **{
        name: {
            "deep": lambda: b'{"images": ' + b"[" * 10**6,
            "half a gigabyte": lambda: None,
        }
        for name in ("captions JSON", "COCO coco2014_vocab.json", "record JSON", "settings.json")
    },
    "weights .pth": {"a bomb": P(zipped, b"\n", "archive/data.pkl", "archive/data/0")},
}
CASES = [(name, kind) for name in BOMBS if name in GOOD_FILES for kind in BOMBS[name]]


@pytest.mark.parametrize("name, kind", CASES)
def test_what_claims_too_much_takes_no_memory(tmp_path, name, kind):
    file = GOOD_FILES[name]
    path, content = str(tmp_path / file.name), BOMBS[name][kind]()

    def refuse():
        with pytest.raises(InputError) as caught, at_most(ROOM):
            file.read(path)
        assert "\n" not in str(caught.value) and file.name in str(caught.value)

    (tmp_path / file.name).write_bytes(file.make())
    file.read(path)  # and everything that it needs is imported
    good = peak_bytes(lambda: file.read(path))
    with open(path, "wb") as bad:
        bad.write(content or b"")
        bad.truncate(len(content) if content else 1 << 29)  # a hole takes no disk
    del content
    assert peak_bytes(refuse) < 2 * good + SPARE


def test_a_checkpoint_whose_data_is_gone_takes_no_memory(tmp_path):
    prefix = str(tmp_path / "model.ckpt-1")
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.get_variable("v", [1 << 25], initializer=tf.zeros_initializer())
        sess.run(v.initializer)
        tf.train.Saver().save(sess, prefix, write_meta_graph=False)
    os.truncate(prefix + DATA, 1000)
    answers = []
    assert peak_bytes(lambda: answers.append(is_readable(prefix))) < SPARE
    assert answers == [False]


class Evil:
    """What makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


PACKED = ["Keras' mnist.npz", "imagenet_val_25.npz", "weights .npz", "captioner.npz"]
PACKED += ["features.npz", "weights .pth", "matrix .npy"]


@pytest.mark.parametrize("form", ["pickle", "in .npy", "in .npz", "zip as PyTorch's"])
@pytest.mark.parametrize("name", [name for name in PACKED if name in GOOD_FILES])
def test_nothing_is_unpickled(tmp_path, name, form):
    file, trap = GOOD_FILES[name], tmp_path / "was-run"
    content, array = io.BytesIO(), np.array([Evil(trap)], object)
    if form == "in .npy":
        np.save(content, array, allow_pickle=True)
    elif form == "in .npz":
        names = [*DIGITS, "X", "mean", "matrix", "settings", "words", "cell_type"]
        np.savez(content, **dict.fromkeys(names, array))
    else:
        pickled = pickle.dumps(Evil(trap), 2)
        is_zip = form != "pickle"
        content.write(zipped(pickled, "archive/data.pkl") if is_zip else pickled)
    (tmp_path / file.name).write_bytes(content.getvalue())
    with pytest.raises(InputError):
        file.read(str(tmp_path / file.name))
    assert not trap.exists()


@pytest.mark.parametrize("name", [name for name in PACKED if name.endswith(".npz")])
@pytest.mark.parametrize("member", ["../was-written", "/tmp/was-written-by-a-test", "a/../../b"])
def test_members_of_an_archive_are_written_nowhere(tmp_path, name, member):
    file, folder = GOOD_FILES[name], tmp_path / "folder"
    folder.mkdir()
    content = io.BytesIO(file.make())
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(member + ".npy", npy(1))
    (folder / file.name).write_bytes(content.getvalue())
    try:
        file.read(str(folder / file.name))
    except InputError as error:
        assert file.name in str(error)
    assert os.listdir(str(tmp_path)) == ["folder"] and os.listdir(str(folder)) == [file.name]
    assert not os.path.exists("/tmp/was-written-by-a-test.npy")
