"""A learner's own layers at work in the captioner, by arguments and without patching."""

import types

import numpy as np
import pytest

from tf_cs231n.assignment import skeletons
from tf_cs231n.assignment.mistakes import text_of
from tf_cs231n.assignment.solutions import rnn_layers as plain
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.commands.caption_numpy import load_layers, whose

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


def test_a_forward_function_alone_is_not_used_and_a_skeleton_neither(tmp_path):
    path = tmp_path / "my_layers.py"
    head = skeletons.skeleton("rnn_layers").split("def rnn_step_forward")[0]
    path.write_text(
        head + text_of("rnn_forward", "rnn_layers") + text_of("word_embedding_forward",
                "rnn_layers")
        + text_of("word_embedding_backward", "rnn_layers")
        + "def lstm_forward(x, h0, Wx, Wh, b):\n    raise NotImplementedError\n"
    )  # fmt: skip
    model = CaptioningRNN(WORDS, 5, 7, 9, layers=load_layers(str(path)))
    line = whose(model.layers)
    assert line.startswith("yours: word_embedding_backward, word_embedding_forward; ours: affine")
    assert "lstm_forward" in line.split("; ours:")[1] and "rnn_forward" in line.split("; ours:")[1]


def test_with_needs_numpy(tmp_path, fails_with_one_line):
    (tmp_path / "my.py").write_text("")
    assert "add --numpy" in fails_with_one_line("caption", "train", "--with", tmp_path / "my.py")
