"""Every backward pass against numeric gradients, forward passes against the course's numbers."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cs231n.captioning import rnn_layers as layers
from tf_cs231n.errors import InputError
from tf_cs231n.gradient_check import eval_numerical_gradient_array, rel_error

CELLS = {
    "rnn": (layers.rnn_step_forward, layers.rnn_forward, layers.rnn_backward, 1),
    "lstm": (layers.lstm_step_forward, layers.lstm_forward, layers.lstm_backward, 4),
}  # the last one: blocks of H columns in the weights
# N, T, D, H: odd and distinct; one step; one example; everything one.
SIZES = [(3, 5, 7, 9), (5, 1, 3, 7), (1, 7, 5, 3), (1, 1, 1, 1)]
small, few = st.integers(1, 6), st.integers(1, 4)
properties = settings(max_examples=20, deadline=None, derandomize=True, database=None)


def normal(seed, *shapes, scale=0.5):
    rng = np.random.RandomState(seed)
    return [scale * rng.randn(*shape) for shape in shapes]


def sequence_inputs(cell, N, T, D, H, seed=0):
    k = CELLS[cell][3]
    return normal(seed, (N, T, D), (N, H), (D, k * H), (H, k * H), (k * H,))


def worst_error(forward, inputs, gradients, upstream, measure=rel_error):
    """The largest error of the gradients with respect to each of ``inputs``."""
    assert len(inputs) == len(gradients)
    errors = []
    for k, (value, gradient) in enumerate(zip(inputs, gradients)):

        def vary(x, k=k):
            return forward(*inputs[:k], x, *inputs[k + 1 :])

        assert gradient.shape == value.shape
        # Richardson: two widths cancel the h^2 term, so h may be wide and rounding stays at 1e-13;
        # components near zero are then judged by the gradient's error and not by the difference's.
        narrow, wide = (
            eval_numerical_gradient_array(vary, value, upstream, h=h) for h in (5e-4, 1e-3)
        )
        numeric = (4 * narrow - wide) / 3
        errors.append(measure(numeric, gradient))
    return max(errors)


def norm_error(a, b):
    """Relative error of whole arrays: no single near-zero component decides."""
    return np.linalg.norm(a - b) / max(1e-8, np.linalg.norm(a) + np.linalg.norm(b))


# --- Gradient checks ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 5), (1, 7), (5, 3, 2, 3)])
def test_affine_gradients(shape):
    D = int(np.prod(shape[1:]))
    x, w, b, dout = normal(1, shape, (D, 7), (7,), (shape[0], 7))
    out, cache = layers.affine_forward(x, w, b)
    gradients = layers.affine_backward(dout, cache)
    forward = lambda *args: layers.affine_forward(*args)[0]  # noqa: E731
    assert worst_error(forward, [x, w, b], gradients, dout) < 1e-7


@pytest.mark.parametrize("N, T", [(3, 5), (1, 5), (3, 1), (1, 1)])
def test_temporal_affine_gradients(N, T):
    x, w, b, dout = normal(2, (N, T, 7), (7, 9), (9,), (N, T, 9))
    out, cache = layers.temporal_affine_forward(x, w, b)
    gradients = layers.temporal_affine_backward(dout, cache)
    forward = lambda *args: layers.temporal_affine_forward(*args)[0]  # noqa: E731
    assert worst_error(forward, [x, w, b], gradients, dout) < 1e-7


@pytest.mark.parametrize("N, T, D, H", SIZES)
def test_rnn_step_gradients(N, T, D, H):
    inputs = normal(3, (N, D), (N, H), (D, H), (H, H), (H,))
    (dnext_h,) = normal(4, (N, H))
    _, cache = layers.rnn_step_forward(*inputs)
    gradients = layers.rnn_step_backward(dnext_h, cache)
    forward = lambda *args: layers.rnn_step_forward(*args)[0]  # noqa: E731
    assert worst_error(forward, inputs, gradients, dnext_h) < 1e-7


@pytest.mark.parametrize("N, T, D, H", SIZES)
@pytest.mark.parametrize("upstream", ["h", "c", "both"])
def test_lstm_step_gradients(N, T, D, H, upstream):
    inputs = normal(5, (N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,))
    dnext_h, dnext_c = normal(6, (N, H), (N, H))
    if upstream != "both":
        (dnext_c if upstream == "h" else dnext_h)[:] = 0
    _, _, cache = layers.lstm_step_forward(*inputs)
    gradients = layers.lstm_step_backward(dnext_h, dnext_c, cache)
    forward = lambda *args: np.stack(layers.lstm_step_forward(*args)[:2])  # noqa: E731
    assert worst_error(forward, inputs, gradients, np.stack([dnext_h, dnext_c])) < 1e-7


@pytest.mark.parametrize("N, T, D, H", SIZES)
@pytest.mark.parametrize("cell, bound", [("rnn", 1e-7), ("lstm", 1e-6)])
def test_sequence_gradients(cell, bound, N, T, D, H):
    _, forward, backward, _ = CELLS[cell]
    inputs = sequence_inputs(cell, N, T, D, H)
    (dh,) = normal(7, (N, T, H))
    h, cache = forward(*inputs)
    gradients = backward(dh, cache)
    assert worst_error(lambda *args: forward(*args)[0], inputs, gradients, dh) < bound


def test_word_embedding_gradient_counts_every_use_of_a_word():
    x = np.array([[0, 3, 1], [2, 1, 1]])
    W, dout = normal(8, (5, 7), (2, 3, 7))
    out, cache = layers.word_embedding_forward(x, W)
    dW = layers.word_embedding_backward(dout, cache)
    by_definition = np.zeros_like(W)
    np.add.at(by_definition, x, dout)
    np.testing.assert_array_equal(out[1, 0], W[2])
    np.testing.assert_allclose(dW, by_definition, rtol=1e-14)
    assert not dW[4].any()  # never used
    forward = lambda W: layers.word_embedding_forward(x, W)[0]  # noqa: E731
    assert worst_error(forward, [W], [dW], dout) < 1e-7


@pytest.mark.parametrize("N, T, V", [(3, 5, 7), (1, 5, 3), (5, 1, 3), (1, 1, 2)])
@pytest.mark.parametrize("masked", ["none", "some", "all", "weighted"])
def test_softmax_loss_gradient(N, T, V, masked):
    rng = np.random.RandomState(9)
    x, y = rng.randn(N, T, V), rng.randint(V, size=(N, T))
    mask = {
        "none": np.ones((N, T), bool),
        "some": rng.rand(N, T) < 0.6,
        "all": np.zeros((N, T), bool),
        "weighted": rng.rand(N, T),
    }[masked]
    loss, dx = layers.temporal_softmax_loss(x, y, mask)
    forward = lambda x: np.array(layers.temporal_softmax_loss(x, y, mask)[0])  # noqa: E731
    assert worst_error(forward, [x], [dx], 1.0) < 1e-7
    if masked == "all":
        assert loss == 0 and not dx.any()


@properties
@given(N=few, T=few, D=few, H=few, cell=st.sampled_from(sorted(CELLS)), seed=small)
def test_sequence_gradients_for_any_shape(N, T, D, H, cell, seed):
    _, forward, backward, _ = CELLS[cell]
    inputs = sequence_inputs(cell, N, T, D, H, seed)
    (dh,) = normal(seed + 100, (N, T, H))
    gradients = backward(dh, forward(*inputs)[1])
    run = lambda *args: forward(*args)[0]  # noqa: E731
    assert worst_error(run, inputs, gradients, dh, norm_error) < 1e-8


@properties
@given(N=small, T=small, D=small, V=small, seed=small)
def test_embedding_affine_and_loss_gradients_for_any_shape(N, T, D, V, seed):
    rng = np.random.RandomState(seed)
    x, y, mask = (rng.randint(V, size=(N, T)), rng.randint(V, size=(N, T)), rng.rand(N, T) < 0.7)
    W, w, b = normal(seed, (V, D), (D, V), (V,))

    def loss(W, w, b):
        vectors, embedded = layers.word_embedding_forward(x, W)
        scores, mapped = layers.temporal_affine_forward(vectors, w, b)
        value, dscores = layers.temporal_softmax_loss(scores, y, mask)
        dvectors, dw, db = layers.temporal_affine_backward(dscores, mapped)
        return value, [layers.word_embedding_backward(dvectors, embedded), dw, db]

    gradients = loss(W, w, b)[1]
    value = lambda *args: np.array(loss(*args)[0])  # noqa: E731
    assert worst_error(value, [W, w, b], gradients, 1.0, norm_error) < 1e-7


# --- A sequence is its steps ----------------------------------------------------------------


@properties
@given(N=small, T=small, D=small, H=small, cell=st.sampled_from(sorted(CELLS)), seed=small)
def test_sequence_equals_its_steps(N, T, D, H, cell, seed):
    step, forward, _, _ = CELLS[cell]
    x, h0, Wx, Wh, b = sequence_inputs(cell, N, T, D, H, seed)
    state = (h0,) if cell == "rnn" else (h0, np.zeros_like(h0))
    h, _ = forward(x, h0, Wx, Wh, b)
    for t in range(T):
        *state, _ = step(x[:, t], *state, Wx, Wh, b)
        np.testing.assert_allclose(h[:, t], state[0], rtol=1e-12, atol=1e-14)


def test_lstm_backward_equals_the_steps_backward():
    N, T, D, H = 3, 6, 5, 7
    x, h0, Wx, Wh, b = sequence_inputs("lstm", N, T, D, H)
    (dh,) = normal(10, (N, T, H))
    gradients = layers.lstm_backward(dh, layers.lstm_forward(x, h0, Wx, Wh, b)[1])
    h, c, caches = h0, np.zeros_like(h0), []
    for t in range(T):
        h, c, cache = layers.lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        caches.append(cache)
    dx, dWx, dWh, db = (np.zeros_like(array) for array in (x, Wx, Wh, b))
    dprev_h = dprev_c = np.zeros_like(h0)
    for t in reversed(range(T)):
        dx[:, t], dprev_h, dprev_c, *dweights = layers.lstm_step_backward(
            dh[:, t] + dprev_h, dprev_c, caches[t]
        )
        for total, share in zip((dWx, dWh, db), dweights):
            total += share
    for got, expected in zip(gradients, (dx, dprev_h, dWx, dWh, db)):
        np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_changing_h_in_place_does_not_disturb_backward(cell):
    _, forward, backward, _ = CELLS[cell]
    inputs = sequence_inputs(cell, 2, 3, 4, 5)
    (dh,) = normal(11, (2, 3, 5))
    h, cache = forward(*inputs)
    first = [g.copy() for g in backward(dh, cache)]
    h *= 0  # dropout does so
    for again, expected in zip(backward(dh, cache), first):
        np.testing.assert_array_equal(again, expected)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_inputs_are_left_alone_and_may_be_views(cell):
    _, forward, backward, _ = CELLS[cell]
    inputs = sequence_inputs(cell, 3, 4, 5, 6)
    (dh,) = normal(12, (3, 4, 6))
    h, cache = forward(*inputs)
    expected = [h, *backward(dh, cache)]
    views = [np.asfortranarray(a) for a in inputs]
    for a in views:
        a.flags.writeable = False
    h, cache = forward(*views)
    for got, want in zip([h, *backward(np.asfortranarray(dh), cache)], expected):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


# --- Numbers of the course's notebooks ------------------------------------------------------


def line(low, high, *shape):
    return np.linspace(low, high, num=int(np.prod(shape))).reshape(shape)


def test_rnn_step_gives_the_numbers_of_the_course():
    next_h, _ = layers.rnn_step_forward(
        line(-0.4, 0.7, 3, 10), line(-0.2, 0.5, 3, 4),
        line(-0.1, 0.9, 10, 4), line(-0.3, 0.7, 4, 4), line(-0.2, 0.4, 4),
    )  # fmt: skip
    expected = [
        [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
        [0.66854692, 0.79562378, 0.87755553, 0.92795967],
        [0.97934501, 0.99144213, 0.99646691, 0.99854353],
    ]
    np.testing.assert_allclose(next_h, expected, atol=6e-9)


def test_rnn_sequence_gives_the_numbers_of_the_course():
    h, _ = layers.rnn_forward(
        line(-0.1, 0.3, 2, 3, 4), line(-0.3, 0.1, 2, 5),
        line(-0.2, 0.4, 4, 5), line(-0.4, 0.1, 5, 5), line(-0.7, 0.1, 5),
    )  # fmt: skip
    expected = [
        [
            [-0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251],
            [-0.39525808, -0.22554661, -0.0409454, 0.14649412, 0.32397316],
            [-0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525],
        ],
        [
            [-0.55857474, -0.39065825, -0.19198182, 0.02378408, 0.23735671],
            [-0.27150199, -0.07088804, 0.13562939, 0.33099728, 0.50158768],
            [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043],
        ],
    ]
    np.testing.assert_allclose(h, expected, atol=6e-9)


def test_lstm_step_gives_the_numbers_of_the_course():
    next_h, next_c, _ = layers.lstm_step_forward(
        line(-0.4, 1.2, 3, 4), line(-0.3, 0.7, 3, 5), line(-0.4, 0.9, 3, 5),
        line(-2.1, 1.3, 4, 20), line(-0.7, 2.2, 5, 20), line(0.3, 0.7, 20),
    )  # fmt: skip
    expected_h = [
        [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
        [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
        [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299],
    ]
    expected_c = [
        [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407],
        [0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345],
        [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676],
    ]
    np.testing.assert_allclose(next_h, expected_h, atol=6e-9)
    np.testing.assert_allclose(next_c, expected_c, atol=6e-9)


def test_lstm_sequence_gives_the_numbers_of_the_course():
    h, _ = layers.lstm_forward(
        line(-0.4, 0.6, 2, 3, 5), line(-0.4, 0.8, 2, 4),
        line(-0.2, 0.9, 5, 16), line(-0.3, 0.6, 4, 16), line(0.2, 0.7, 16),
    )  # fmt: skip
    expected = [
        [
            [0.01764008, 0.01823233, 0.01882671, 0.0194232],
            [0.11287491, 0.12146228, 0.13018446, 0.13902939],
            [0.31358768, 0.33338627, 0.35304453, 0.37250975],
        ],
        [
            [0.45767879, 0.4761092, 0.4936887, 0.51041945],
            [0.6704845, 0.69350089, 0.71486014, 0.7346449],
            [0.81733511, 0.83677871, 0.85403753, 0.86935314],
        ],
    ]
    np.testing.assert_allclose(h, expected, atol=6e-9)


@pytest.mark.parametrize("T, p, expected", [(1, 1.0, 2.3), (10, 1.0, 23.0), (10, 0.1, 2.3)])
def test_uniform_scores_lose_log_of_the_vocabulary_a_step(T, p, expected):
    rng = np.random.RandomState(0)
    x, y = 0.001 * rng.randn(1000, T, 10), rng.randint(10, size=(1000, T))
    loss, _ = layers.temporal_softmax_loss(x, y, rng.rand(1000, T) <= p)
    assert loss == pytest.approx(expected, rel=0.03)


def test_lstm_by_hand_with_one_unit():
    """x = 0, h0 = 0, b = (0, 0, 0, 1): every gate 1/2, g = tanh 1; c_2 = 3/4 tanh 1."""
    b = np.array([0.0, 0.0, 0.0, 1.0])
    h, _ = layers.lstm_forward(
        np.zeros((1, 2, 1)), np.zeros((1, 1)), np.ones((1, 4)), np.zeros((1, 4)), b
    )
    c = np.array([0.5, 0.75]) * 0.7615941559557649
    np.testing.assert_allclose(h[0, :, 0], np.tanh(c) / 2, rtol=1e-15)


def test_weights_of_torch_give_the_states_of_torch():
    """The equations of torch.nn.LSTM's documentation, gate by gate, in plain loops."""
    T, D, H = 4, 3, 2
    W_ih, W_hh, b_ih, b_hh, x = normal(13, (4 * H, D), (4 * H, H), (4 * H,), (4 * H,), (1, T, D))
    Wx, Wh, b = layers.from_torch(W_ih, W_hh, b_ih, b_hh)
    ours, _ = layers.lstm_forward(x, np.zeros((1, H)), Wx, Wh, b)
    h, c = np.zeros(H), np.zeros(H)
    for t in range(T):
        rows = {gate: slice(n * H, (n + 1) * H) for n, gate in enumerate("ifgo")}
        a = {k: W_ih[r] @ x[0, t] + b_ih[r] + W_hh[r] @ h + b_hh[r] for k, r in rows.items()}
        i, f, o = (1 / (1 + np.exp(-a[gate])) for gate in "ifo")
        c = f * c + i * np.tanh(a["g"])
        h = o * np.tanh(c)
        np.testing.assert_allclose(ours[0, t], h, rtol=1e-12)
    with pytest.raises(InputError, match=r"^weight_hh: got shape \(2, 8\), expected \(4H, H\)"):
        layers.from_torch(W_ih, W_hh.T, b_ih, b_hh)


# --- dtypes and extremes --------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_result_keeps_the_dtype(dtype):
    def cast(*arrays):
        return [array.astype(dtype) for array in arrays]

    N, T, D, H, V = 3, 4, 5, 6, 7
    results = []
    for cell, (_, forward, backward, _) in CELLS.items():
        h, cache = forward(*cast(*sequence_inputs(cell, N, T, D, H)))
        results += [h, *backward(h, cache), *cache]  # the states within, too
    x, h0, c0, Wx, Wh, b = cast(
        *normal(0, (N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,))
    )
    h, c, cache = layers.lstm_step_forward(x, h0, c0, Wx, Wh, b)
    results += [h, c, *layers.lstm_step_backward(h, c, cache)]
    h, cache = layers.rnn_step_forward(x, h0, Wx[:, :H].copy(), Wh[:, :H], b[:H])
    results += [h, *layers.rnn_step_backward(h, cache)]
    words = np.arange(N * T, dtype=np.int32).reshape(N, T) % V
    (W, w, bias) = cast(*normal(1, (V, D), (D, V), (V,)))
    vectors, embedded = layers.word_embedding_forward(words, W)
    scores, mapped = layers.temporal_affine_forward(vectors, w, bias)
    loss, dscores = layers.temporal_softmax_loss(scores, words, words > 1)
    dvectors, dw, db = layers.temporal_affine_backward(dscores, mapped)
    results += [vectors, scores, dscores, dvectors, dw, db]
    results += [layers.word_embedding_backward(dvectors, embedded), layers.sigmoid(W)]
    out, cache = layers.affine_forward(x, Wx, b)
    results += [out, *layers.affine_backward(out, cache)]
    assert [r.dtype for r in results] == [np.dtype(dtype)] * len(results)
    assert isinstance(loss, float)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_inputs_give_no_warning_and_no_nan(dtype):
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        s = layers.sigmoid(np.array([-1e4, -100, 0, 100, 1e4], dtype))
        np.testing.assert_array_equal(s[[0, 2, 4]], [0, 0.5, 1])
        assert s.dtype == dtype
        scores = np.array([[[1e4, -1e4, 0.0], [-1e4, -1e4, 1e4]]], dtype)
        loss, dx = layers.temporal_softmax_loss(
            scores, np.array([[0, 1]]), np.ones((1, 2), np.float32)
        )
        assert loss == 2e4  # log p of the second is -2e4 exactly, not log(0)
        np.testing.assert_allclose(dx[0], [[0, 0, 0], [0, -1, 1]], atol=1e-12)
        for cell, (_, forward, backward, k) in CELLS.items():
            x = np.full((1, 2, 1), 1e4, dtype)
            h, cache = forward(
                x, np.ones((1, 1), dtype), np.full((1, k), -1.0, dtype),
                np.ones((1, k), dtype), np.zeros(k, dtype),
            )  # fmt: skip
            assert all(np.isfinite(a).all() for a in (h, *backward(h, cache))), cell


@properties
@given(st.floats(-700, 700))
def test_sigmoid_is_symmetric_and_accurate(x):
    assert layers.sigmoid(x) + layers.sigmoid(-x) == pytest.approx(1, abs=1e-15)
    # log sigmoid = -log(1 + exp(-x)), by NumPy's own stable form
    assert np.log(layers.sigmoid(x)) == pytest.approx(-np.logaddexp(0, -x), rel=1e-13, abs=1e-15)


# --- Mistakes -------------------------------------------------------------------------------

f = np.ones
GOOD = {
    "rnn_step_forward": [f((2, 3)), f((2, 4)), f((3, 4)), f((4, 4)), f(4)],
    "rnn_forward": [f((2, 5, 3)), f((2, 4)), f((3, 4)), f((4, 4)), f(4)],
    "lstm_step_forward": [f((2, 3)), f((2, 4)), f((2, 4)), f((3, 16)), f((4, 16)), f(16)],
    "lstm_forward": [f((2, 5, 3)), f((2, 4)), f((3, 16)), f((4, 16)), f(16)],
    "affine_forward": [f((2, 3)), f((3, 4)), f(4)],
    "temporal_affine_forward": [f((2, 5, 3)), f((3, 4)), f(4)],
}


@pytest.mark.parametrize("name", sorted(GOOD))
def test_wrong_shapes_and_dtypes_are_named(name):
    function = getattr(layers, name)
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    function(*GOOD[name])
    for k, argument in enumerate(names):
        for wrong in (
            np.concatenate([GOOD[name][k]] * 2, axis=-1),
            GOOD[name][k].astype(int),
            GOOD[name][k].tolist(),
        ):
            args = list(GOOD[name])
            args[k] = wrong
            # A wrong x may first be seen as a Wx that does not fit it.
            with pytest.raises(InputError, match="got .* expected") as error:
                function(*args)
            assert "\n" not in str(error.value)
        args[k] = None
        with pytest.raises(InputError, match=f"^{argument}: got None, expected"):
            function(*args)


def test_a_wrong_shape_names_the_order_of_the_gates():
    x, h0, Wx, Wh, b = GOOD["lstm_forward"]
    message = r"^Wh: got shape \(4, 4\), expected \(H, 4H\[i,f,o,g\]\) with H=4"
    with pytest.raises(ValueError, match=message):
        layers.lstm_forward(x, h0, Wx, Wh[:, :4], b)


def test_wrong_upstream_gradients_are_named():
    for name, dout in (("rnn", f((2, 4, 4))), ("lstm", f((2, 4, 5)))):
        _, cache = getattr(layers, f"{name}_forward")(*GOOD[f"{name}_forward"])
        with pytest.raises(InputError, match=r"^dh: .*expected \(N, T, H\) with N=2, T=5, H=4"):
            getattr(layers, f"{name}_backward")(dout, cache)
    *_, cache = layers.lstm_step_forward(*GOOD["lstm_step_forward"])
    with pytest.raises(InputError, match="^dnext_c: "):
        layers.lstm_step_backward(f((2, 4)), f((2, 5)), cache)
    for name, dout in (("rnn_step", (2, 5)), ("affine", (3, 4)), ("temporal_affine", (2, 4))):
        _, cache = getattr(layers, f"{name}_forward")(*GOOD[f"{name}_forward"])
        with pytest.raises(InputError, match="^(dnext_h|dout): "):
            getattr(layers, f"{name}_backward")(f(dout), cache)


@pytest.mark.parametrize("bad", [-1, 5])
def test_words_outside_the_vocabulary_are_refused(bad):
    x = np.array([[0, 4], [bad, 2]])
    message = f"got index {bad}, expected 0 to 4"
    with pytest.raises(InputError, match="^x: " + message):
        layers.word_embedding_forward(x, f((5, 3)))
    with pytest.raises(InputError, match="^y: " + message):
        layers.temporal_softmax_loss(f((2, 2, 5)), x, f((2, 2)))


def test_loss_refuses_words_and_masks_of_the_wrong_kind():
    x, y = f((2, 3, 5)), np.zeros((2, 3), int)
    with pytest.raises(InputError, match="^y: got float64, expected integers"):
        layers.temporal_softmax_loss(x, y.astype(float), y)
    with pytest.raises(InputError, match=r"^y: got shape \(2, 2\)"):
        layers.temporal_softmax_loss(x, y[:, :2], y)
    with pytest.raises(InputError, match=r"^mask: got shape \(3, 2\)"):
        layers.temporal_softmax_loss(x, y, y.T)
