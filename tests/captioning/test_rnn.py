"""CaptioningRNN: its loss, its gradients, what it samples, and what it can memorise."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.captioning.solver import CaptioningSolver
from tf_cs231n.errors import InputError
from tf_cs231n.gradient_check import eval_numerical_gradient, rel_error

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "cat", "sat", "up"]
VOCABULARY = {word: index for index, word in enumerate(WORDS)}
PADDING = ("<NULL>", "<START>")
cells = pytest.mark.parametrize("cell", ["rnn", "lstm"])


@pytest.fixture(autouse=True, scope="module")
def one_blas_thread():
    """Matrices this small gain nothing from a second thread, and lose much on a busy machine."""
    with threadpool_limits(1):
        yield


def tiny(cell, dtype=np.float64, **sizes):
    sizes = {"input_dim": 5, "wordvec_dim": 3, "hidden_dim": 7, **sizes}
    return CaptioningRNN(VOCABULARY, cell_type=cell, dtype=dtype, **sizes)


def random_captions(rng, num, T, V):
    """<START>, random words, <END>, <NULL>s; lengths vary."""
    captions = np.zeros((num, T), np.int32)
    for caption in captions:
        end = rng.randint(2, T)
        caption[0], caption[1:end], caption[end] = 1, rng.randint(3, V, end - 1), 2
    return captions


@pytest.mark.parametrize("cell, expected", [("rnn", 9.83235591003), ("lstm", 9.82445935443)])
def test_loss_is_the_number_of_the_course(cell, expected):
    N, D, W, H, T = 10, 20, 30, 40, 13
    words = {"<NULL>": 0, "cat": 2, "dog": 3}  # as in the notebook: neither <START> nor index 1
    model = CaptioningRNN(words, D, W, H, cell_type=cell, dtype=np.float64)
    for name, value in model.params.items():
        model.params[name] = np.linspace(-1.4, 1.3, num=value.size).reshape(value.shape)
    low, high = (-1.5, 0.3) if cell == "rnn" else (-0.5, 1.7)
    features = np.linspace(low, high, num=N * D).reshape(N, D)
    loss, _ = model.loss(features, (np.arange(N * T) % len(words)).reshape(N, T))
    assert loss == pytest.approx(expected, abs=5e-11)


@cells
def test_first_loss_is_log_of_vocabulary_a_word(cell):
    rng = np.random.RandomState(1)
    words = {str(k): k for k in range(4, 1004)}
    words.update({word: k for k, word in enumerate(WORDS[:4])})
    captions = random_captions(rng, 100, 17, 1004)
    unmasked = np.sum(captions[:, 1:] != 0) / len(captions)
    # Wide features would spread the first scores by themselves, and add half their variance.
    loss, _ = CaptioningRNN(words, cell_type=cell).loss(0.1 * rng.randn(100, 512), captions)
    assert loss == pytest.approx(unmasked * np.log(1004), rel=0.02)


@cells
@pytest.mark.parametrize("N, T", [(2, 5), (1, 2)])
def test_gradient_of_every_weight(cell, N, T):
    rng = np.random.RandomState(2)
    model = tiny(cell, hidden_dim=4)
    model.params = {name: 0.5 * rng.randn(*w.shape) for name, w in model.params.items()}
    features, captions = rng.randn(N, 5), random_captions(rng, N, T + 1, len(WORDS))
    _, grads = model.loss(features, captions)
    assert set(grads) == set(model.params)

    def loss(_):
        return model.loss(features, captions)[0]

    for name, w in model.params.items():
        narrow, wide = (eval_numerical_gradient(loss, w, verbose=False, h=h) for h in (5e-4, 1e-3))
        assert rel_error((4 * narrow - wide) / 3, grads[name]) < 1e-6, name


@cells
def test_padding_does_not_count(cell):
    rng = np.random.RandomState(3)
    model, features = tiny(cell), rng.randn(2, 5)
    captions = np.array([[1, 4, 6, 2], [1, 5, 2, 0]])
    loss, grads = model.loss(features, captions)
    padded = np.concatenate([captions, np.zeros((2, 3), int)], axis=1)
    longer, more = model.loss(features, padded)
    assert longer == pytest.approx(loss, rel=1e-12)
    for name in grads:
        np.testing.assert_allclose(more[name], grads[name], rtol=1e-10, atol=1e-14)


@cells
def test_float32_model_stays_float32_whatever_the_features(cell):
    model = tiny(cell, np.float32)
    captions = np.array([[1, 4, 6, 2]])
    _, grads = model.loss(np.ones((1, 5)), captions)
    assert {g.dtype.name for g in grads.values()} == {"float32"}
    assert {w.dtype.name for w in model.params.values()} == {"float32"}


@cells
def test_sampling_follows_the_definition(cell):
    """The definition, one image and one word at a time."""
    rng = np.random.RandomState(4)
    model, features = tiny(cell), rng.randn(20, 5)
    model.params = {name: rng.randn(*w.shape) for name, w in model.params.items()}
    model.params["b_vocab"][VOCABULARY["<END>"]] += 2
    sampled = model.sample(features, max_length=9)
    assert sampled.shape == (20, 9)
    assert sampled.dtype == np.int32
    p = model.params
    lengths = set()
    for n in range(20):
        h = features[n] @ p["W_proj"] + p["b_proj"]
        c, word, expected = 0, VOCABULARY["<START>"], []
        while len(expected) < 9 and word != VOCABULARY["<END>"]:
            a = p["W_embed"][word] @ p["Wx"] + h @ p["Wh"] + p["b"]
            if cell == "rnn":
                h = np.tanh(a)
            else:
                i, f, o, g = a.reshape(4, 7)
                c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
                h = np.tanh(c) / (1 + np.exp(-o))
            scores = h @ p["W_vocab"] + p["b_vocab"]
            word = max((s, k) for k, s in enumerate(scores) if WORDS[k] not in PADDING)[1]
            expected.append(word)
        lengths.add(len(expected))
        assert sampled[n].tolist() == expected + [0] * (9 - len(expected))
    assert len(lengths) > 1  # some ended early, so the padding was tested


@cells
def test_start_and_null_are_never_sampled_and_after_end_all_is_null(cell):
    rng = np.random.RandomState(5)
    model, features = tiny(cell), rng.randn(50, 5)
    model.params["W_vocab"] = 3 * rng.randn(7, len(WORDS))
    for word in PADDING:  # they would be the likeliest by far
        model.params["b_vocab"][VOCABULARY[word]] = 100
    sampled = model.sample(features, max_length=12)
    assert not np.any(sampled == VOCABULARY["<START>"])
    assert np.all(sampled[:, 0] != VOCABULARY["<NULL>"])
    ended = np.cumsum(sampled == VOCABULARY["<END>"], axis=1)
    assert ended.max() == 1
    after_end = np.concatenate([np.zeros((50, 1), bool), ended[:, :-1] > 0], axis=1)
    assert after_end.any()
    assert not sampled[after_end].any()


@cells
def test_end_at_once_gives_an_empty_caption(cell):
    model = tiny(cell)
    model.params["b_vocab"][VOCABULARY["<END>"]] = 100
    np.testing.assert_array_equal(model.sample(np.ones((3, 5)), 4), [[2, 0, 0, 0]] * 3)


@cells
def test_fifty_captions_are_memorised(cell):
    """Random captions of random features: only memory helps, and every word must come back."""
    rng = np.random.RandomState(6)
    V, T, num = 100, 17, 50
    words = {**{str(k): k for k in range(4, V)}, **{word: k for k, word in enumerate(WORDS[:4])}}
    data = {
        "train_captions": random_captions(rng, num, T, V),
        "train_image_idxs": rng.permutation(num),
        "train_features": rng.randn(num, 128).astype(np.float32),
    }
    model = CaptioningRNN(words, 128, 64, 128, cell_type=cell)
    CaptioningSolver(
        model, data, "adam", {"learning_rate": 5e-3}, 0.99, 25, num_epochs=150, verbose=False
    ).train()
    sampled = model.sample(data["train_features"][data["train_image_idxs"]], T - 1)
    np.testing.assert_array_equal(sampled, data["train_captions"][:, 1:])


def test_the_seed_fixes_the_weights():
    same, other = tiny("lstm", seed=1), tiny("lstm", seed=2)
    for name, w in tiny("lstm", seed=1).params.items():
        np.testing.assert_array_equal(w, same.params[name])
    assert not np.array_equal(same.params["Wh"], other.params["Wh"])


def test_mistakes_are_named():
    with pytest.raises(InputError, match="^cell_type: got 'gru', expected one of rnn, lstm$"):
        tiny("gru")
    with pytest.raises(InputError, match="^hidden_dim: got 0"):
        tiny("rnn", hidden_dim=0)
    with pytest.raises(InputError, match="^dtype: got 'int32', expected one of float32, float64"):
        tiny("rnn", np.int32)
    with pytest.raises(InputError, match="^word_to_idx: .*<NULL>"):
        CaptioningRNN({"cat": 0})
    with pytest.raises(InputError, match="^word_to_idx: got 9, expected the numbers 0 to 1"):
        CaptioningRNN({"<NULL>": 0, "<END>": 9})

    model, captions = tiny("lstm"), np.array([[1, 4, 2]])
    for features, message in [
        (np.ones((1, 4)), r"^features: got shape \(1, 4\), expected \(N, D\) with D=5"),
        (np.ones((1, 5), int), "^features: got int64, expected floats"),
    ]:
        with pytest.raises(InputError, match=message):
            model.loss(features, captions)
        with pytest.raises(InputError, match=message):
            model.sample(features)
    features = np.ones((1, 5))
    for wrong, message in [
        (np.array([[1, 9, 2]]), "^captions: got index 9, expected 0 to 8"),
        (np.array([[1.0, 4.0, 2.0]]), "^captions: got float64, expected integers"),
        (np.array([[1, 2], [1, 2]]), r"^captions: got shape \(2, 2\), expected .* with N=1"),
        (np.array([[1]]), "^captions: .* T of at least 2"),
    ]:
        with pytest.raises(InputError, match=message):
            model.loss(features, wrong)
    with pytest.raises(InputError, match="^features: got NaN"):
        model.sample(np.full((1, 5), np.nan))
    with pytest.raises(InputError, match="word_to_idx: .* has <START>"):
        CaptioningRNN({"<NULL>": 0, "cat": 1}, 5).sample(features)
