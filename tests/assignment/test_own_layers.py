"""A learner's own layers at work in the captioner, by arguments and without patching."""

import types

import numpy as np
import pytest

from tf_cs231n.assignment import skeletons
from tf_cs231n.assignment.mistakes import text_of
from tf_cs231n.assignment.own import Own
from tf_cs231n.assignment.solutions import rnn_layers as plain
from tf_cs231n.captioning.rnn import CaptioningRNN, choose_layers

WORDS = {"<NULL>": 0, "<START>": 1, "<END>": 2, "cat": 3, "dog": 4}


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_the_captioner_gives_the_same_numbers_with_other_right_layers(cell_type, rng):
    features, captions = rng.randn(3, 5), rng.randint(1, 5, size=(3, 7))
    ours, theirs = (
        CaptioningRNN(WORDS, 5, 7, 9, cell_type, np.float64, layers=layers)
        for layers in (None, plain)
    )
    assert theirs.layers.lstm_forward is plain.lstm_forward
    loss, grads = ours.loss(features, captions)
    other_loss, other_grads = theirs.loss(features, captions)
    np.testing.assert_allclose(loss, other_loss)
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, other_grads[name], atol=1e-12)
    np.testing.assert_array_equal(ours.sample(features, 5), theirs.sample(features, 5))


def test_a_wrong_layer_is_used_as_it_is(rng):
    layers = types.SimpleNamespace(temporal_softmax_loss=lambda x, y, mask: (7.0, 0 * x))
    model = CaptioningRNN(WORDS, 5, 7, 9, layers=layers)
    loss, grads = model.loss(rng.randn(3, 5), rng.randint(1, 5, size=(3, 7)))
    assert loss == 7 and not grads["Wx"].any()


def layers_file(path, *names):
    head = skeletons.skeleton("rnn_layers").split("def rnn_step_forward")[0]
    rest = skeletons.skeleton("rnn_layers")[len(head) :]
    path.write_text(head + rest + "\n\n" + "\n\n".join(text_of(n, "rnn_layers") for n in names))
    return str(path)


def test_a_forward_function_alone_is_not_used_and_a_skeleton_neither(tmp_path):
    names = ["rnn_forward", "word_embedding_forward", "word_embedding_backward"]
    own = Own(layers_file(tmp_path / "my.py", *names), "rnn_layers", vars(choose_layers()))
    model = CaptioningRNN(WORDS, 5, 7, 9, layers=types.SimpleNamespace(**own.functions))
    theirs = [n for n, f in vars(model.layers).items() if f.__module__.startswith("my")]
    assert theirs == ["word_embedding_forward", "word_embedding_backward"]


def test_what_a_learners_function_calls_is_ours_while_theirs_is_a_skeleton(tmp_path, rng):
    own = Own(layers_file(tmp_path / "my.py", "lstm_forward", "lstm_backward"), "rnn_layers", [
        "lstm_forward", "lstm_backward", "lstm_step_forward"])  # fmt: skip
    assert own.whose() == "yours: lstm_forward, lstm_backward; ours: lstm_step_forward"
    x, h0 = rng.randn(2, 3, 4), rng.randn(2, 5)
    weights = rng.randn(4, 20), rng.randn(5, 20), rng.randn(20)
    h, _ = own.functions["lstm_forward"](x, h0, *weights)
    np.testing.assert_allclose(h, plain.lstm_forward(x, h0, *weights)[0])


def test_with_needs_numpy(tmp_path, fails_with_one_line):
    (tmp_path / "my.py").write_text("")
    assert "add --numpy" in fails_with_one_line("caption", "train", "--with", tmp_path / "my.py")
