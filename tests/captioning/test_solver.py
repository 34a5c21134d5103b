"""Training: what a step is, when the rate decays, and that a break leaves no trace."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from tf_cs231n import terminal
from tf_cs231n.captioning.coco import sample_coco_minibatch
from tf_cs231n.captioning.optim import UPDATE_RULES
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.captioning.solver import CaptioningSolver
from tf_cs231n.errors import InputError
from tf_cs231n.interruption import Stop, Stopped

VOCABULARY = {word: k for k, word in enumerate(["<NULL>", "<START>", "<END>", "<UNK>", "a", "b"])}
rules = pytest.mark.parametrize("rule", sorted(UPDATE_RULES))


def model(cell="lstm", seed=0, **sizes):
    sizes = {"input_dim": 5, "wordvec_dim": 4, "hidden_dim": 6, **sizes}
    return CaptioningRNN(VOCABULARY, cell_type=cell, seed=seed, **sizes)


def toy_data(num=12, T=6, seed=0):
    rng = np.random.RandomState(seed)
    captions = rng.randint(3, 6, size=(num, T)).astype(np.int32)
    captions[:, 0], captions[:, -1] = 1, 2
    return {
        "train_captions": captions,
        "train_image_idxs": rng.randint(0, num, num),
        "train_features": rng.randn(num, 5).astype(np.float32),
    }


def solver(rule="adam", captioner=None, **settings):
    settings = {"lr_decay": 0.9, "batch_size": 4, "num_epochs": 4, "verbose": False, **settings}
    config = {"learning_rate": 1e-2}
    return CaptioningSolver(captioner or model(), toy_data(), rule, config, **settings)


@rules
def test_a_step_is_the_update_rule_on_the_loss_of_a_minibatch(rule):
    data, trained, by_hand = toy_data(), model(), model()
    CaptioningSolver(
        trained, data, rule, {"learning_rate": 0.05}, batch_size=12, num_epochs=3, verbose=False
    ).train()
    configs = {name: {"learning_rate": 0.05} for name in by_hand.params}
    for step in range(3):
        rng = np.random.RandomState([0, step])
        captions, features, urls = sample_coco_minibatch(data, 12, "train", rng)
        assert urls is None
        _, grads = by_hand.loss(features, captions)
        for name, w in by_hand.params.items():
            by_hand.params[name], _ = UPDATE_RULES[rule](w, grads[name], configs[name])
    for name, w in by_hand.params.items():
        np.testing.assert_array_equal(trained.params[name], w)


def test_the_rate_decays_once_an_epoch():
    training = solver("sgd", num_epochs=2)  # 12 captions, batches of 4: 3 steps an epoch
    rates = []
    training.train(lambda step, loss: rates.append(training.optim_configs["Wx"]["learning_rate"]))
    np.testing.assert_allclose(rates, [0.01, 0.01, 0.009, 0.009, 0.009, 0.0081])
    assert training.epoch == 2


def test_the_loss_falls_and_is_recorded():
    seen = []
    training = solver(num_epochs=40, lr_decay=1.0)
    training.train(lambda step, loss: seen.append((step, loss)))
    history = training.loss_history
    assert seen == list(enumerate(history))
    assert len(history) == 120
    assert np.mean(history[-10:]) < 0.5 * np.mean(history[:10])


def test_the_seed_decides_the_minibatches():
    losses = {}
    for key, seed in (("first", 1), ("again", 1), ("other", 2)):
        training = solver(seed=seed)
        training.train()
        losses[key] = training.loss_history
    assert losses["first"] == losses["again"] != losses["other"]


def test_the_global_random_state_is_left_alone():
    np.random.seed(7)
    expected = np.random.RandomState(7).rand(3)
    solver().train()
    np.testing.assert_array_equal(np.random.rand(3), expected)


def test_training_goes_on_when_there_are_more_epochs():
    whole, parts = solver(num_epochs=4), solver(num_epochs=1)
    whole.train()
    parts.train()
    parts.train()  # nothing left to do
    assert len(parts.loss_history) == 3
    parts.num_epochs = 4
    parts.train()
    assert parts.loss_history == whole.loss_history


@rules
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_checkpoint_resumes_to_the_very_same_losses_and_weights(rule, cell, tmp_path):
    filename = str(tmp_path / "run.npz")
    whole = solver(rule, model(cell))
    whole.train()
    solver(rule, model(cell), num_epochs=2, checkpoint=filename).train()
    resumed = solver(rule, model(cell, seed=99), checkpoint=filename)  # its weights are replaced
    assert len(resumed.loss_history) == 6
    resumed.train()
    assert resumed.loss_history == whole.loss_history
    for name, w in whole.model.params.items():
        np.testing.assert_array_equal(resumed.model.params[name], w)
        assert resumed.model.params[name].dtype == w.dtype


def test_ctrl_c_keeps_every_complete_step(tmp_path):
    filename = tmp_path / "run.npz"
    whole, broken = solver(), solver(checkpoint=str(filename))
    whole.train()
    with pytest.raises(KeyboardInterrupt):  # in the middle of the second epoch
        broken.train(lambda step, loss: step == 4 and os.kill(os.getpid(), signal.SIGINT))
    resumed = solver(checkpoint=str(filename))
    assert resumed.loss_history == whole.loss_history[:5]
    for training in (resumed, broken):  # in a new program, or in the same notebook
        training.train()
        assert training.loss_history == whole.loss_history


def test_a_stop_ends_its_own_training_after_the_step():
    training, stop = solver(), Stop()
    with pytest.raises(Stopped):
        training.train(lambda step, loss: step == 1 and stop.request(), stop=stop)
    assert len(training.loss_history) == 2


def test_a_checkpoint_holds_no_pickle_and_leaves_no_litter(tmp_path):
    training = solver(checkpoint=str(tmp_path / "run.npz"))
    training.train()
    assert os.listdir(str(tmp_path)) == ["run.npz"]
    with np.load(str(tmp_path / "run.npz"), allow_pickle=False) as file:
        assert all(file[key].dtype.kind in "fU" for key in file.files)
        assert json.loads(str(file["settings"]))["update_rule"] == "adam"
        np.testing.assert_array_equal(file["loss_history"], training.loss_history)


def test_a_failed_save_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    filename = tmp_path / "run.npz"
    training = solver(checkpoint=str(filename))
    training.train()
    before = filename.read_bytes()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        training.save(str(filename))
    assert filename.read_bytes() == before
    assert os.listdir(str(tmp_path)) == ["run.npz"]


def test_damaged_and_foreign_checkpoints_are_one_clear_line(tmp_path):
    filename = str(tmp_path / "run.npz")
    training = solver(checkpoint=filename)
    training.train()
    with open(filename, "rb") as file:
        whole = file.read()
    damaged = [whole[:n] for n in (0, 1, 100, len(whole) // 2, len(whole) - 1)]
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 0xFF
    damaged += [bytes(flipped), b"not a checkpoint", b"PK\x03\x04" + bytes(100)]
    for content in damaged:
        with open(filename, "wb") as file:
            file.write(content)
        history = list(training.loss_history)
        with pytest.raises(
            InputError, match="run.npz is missing or is not a whole checkpoint"
        ) as error:
            training.load(filename)
        assert "\n" not in str(error.value)
        assert training.loss_history == history
    for foreign in ({"x": np.ones(3)}, {"settings": np.array("[]")}, {"settings": np.array([{}])}):
        np.savez(filename, **foreign)
        with pytest.raises(InputError, match="is not a whole checkpoint"):
            training.load(filename)
    with pytest.raises(InputError, match="none.npz is missing"):
        training.load(str(tmp_path / "none.npz"))


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    filename = str(tmp_path / "run.npz")
    solver(checkpoint=filename).train()
    for change, name in [
        ({"rule": "sgd"}, "update_rule"),
        ({"lr_decay": 1.0}, "lr_decay"),
        ({"batch_size": 3}, "batch_size"),
        ({"seed": 5}, "seed"),
        ({"captioner": model(hidden_dim=7)}, "params"),
        ({"captioner": model("rnn")}, "params"),
    ]:
        with pytest.raises(InputError, match=f"run.npz was saved with {name} = .*, expected "):
            solver(checkpoint=filename, **change)
    solver(checkpoint=filename, num_epochs=50)  # more epochs are welcome


def test_progress_shows_the_loss_on_standard_error(capfd, monkeypatch):
    monkeypatch.setattr(terminal, "QUICK", 0)
    solver(verbose=True, print_every=1).train()
    out, err = capfd.readouterr()
    assert out == ""
    assert "12 of 12 steps" in err
    assert "loss=" in err
    solver(verbose=False).train()
    assert capfd.readouterr() == ("", "")


def test_a_loss_that_is_no_number_stops_with_the_weights_before_it():
    training = solver("sgd")
    training.data["train_features"][:] = np.nan
    before = {name: w.copy() for name, w in training.model.params.items()}
    with pytest.raises(InputError, match="the loss became nan at step 0: try a smaller"):
        training.train()
    for name, w in before.items():
        np.testing.assert_array_equal(training.model.params[name], w)


def test_mistakes_are_named_before_training():
    for change, message in [
        ({"rule": "adagrad"}, "^update_rule: got 'adagrad', expected one of sgd, sgd_momentum, "),
        ({"batch_size": 0}, "^batch_size: got 0"),
        ({"num_epochs": 1.5}, "^num_epochs: got 1.5"),
        ({"print_every": 0}, "^print_every: got 0"),
        ({"lr_decay": 0}, "^lr_decay: got 0"),
        ({"checkpoint": "/proc/none/run.npz"}, "^cannot write to folder"),
    ]:
        with pytest.raises(InputError, match=message):
            solver(**change)
    for optim_config, message in [
        ({"lr": 0.1}, "^config: lr: .*, expected one of learning_rate"),
        ({"learning_rate": -1}, "^learning_rate: got -1"),
    ]:
        with pytest.raises(InputError, match=message):
            CaptioningSolver(model(), toy_data(), "adam", optim_config)
    data = {**toy_data(), "train_image_idxs": np.full(12, 12)}
    with pytest.raises(InputError, match="^train_image_idxs: got index 12, expected 0 to 11"):
        CaptioningSolver(model(), data)


def test_the_numpy_side_starts_without_tensorflow():
    script = """
import sys
sys.modules["tensorflow"] = None  # any import of it fails
import tf_cs231n.captioning.rnn_layers, tf_cs231n.captioning.rnn, tf_cs231n.captioning.solver
import tf_cs231n.captioning.optim, tf_cs231n.captioning.coco, tf_cs231n.captioning.gradient_flow
import tf_cs231n.captioning.caption_files, tf_cs231n.captioning.splits, tf_cs231n.captioning.metrics
import tf_cs231n.gradient_check
assert not any(name.split(".")[0] in ("tensorflow", "h5py", "matplotlib") for name in sys.modules
               if sys.modules[name] is not None), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
