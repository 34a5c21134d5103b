"""The captioner's graph equals the NumPy model, and its hand-derived gradients TensorFlow's."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.captioning import graph_layers
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.gradient_check import eval_numerical_gradient, rel_error

V, D, W, H, N, T = 11, 7, 5, 6, 4, 9
WORDS = ["<NULL>", "<START>", "<END>", "<UNK>"] + [f"word{i}" for i in range(V - 4)]
WORD_TO_IDX = {word: index for index, word in enumerate(WORDS)}


def examples(seed=0):
    rng = np.random.RandomState(seed)
    captions = rng.randint(3, V, (N, T + 1))
    captions[:, 0] = 1
    for n, length in enumerate([T, 3, 6, 1]):  # <END> after so many words, then <NULL>
        captions[n, length:] = 0
        captions[n, length] = 2
    return rng.randn(N, D), captions


def models(cell_type, seed=7):
    """A NumPy model with large random weights, also in the biases, and a graph model with these."""
    numpy_model = CaptioningRNN(WORD_TO_IDX, D, W, H, cell_type, np.float64)
    rng = np.random.RandomState(seed)
    for value in numpy_model.params.values():
        value[...] = rng.randn(*value.shape)
    graph_model = GraphCaptioner(WORD_TO_IDX, D, W, H, cell_type, tf.float64)
    return numpy_model, graph_model


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_loss_and_every_gradient_equal_the_numpy_model(cell_type):
    features, captions = examples()
    with graph_session() as sess:
        numpy_model, graph_model = models(cell_type)
        graph_model.assign(numpy_model.params, sess)
        loss = graph_model.loss(features, captions)
        gradients = dict(
            zip(graph_model.variables, tf.gradients(loss, list(graph_model.values.values())))
        )
        loss, gradients = sess.run([loss, gradients])
    expected_loss, expected_gradients = numpy_model.loss(features, captions)
    assert abs(loss - expected_loss) < 1e-10
    assert set(gradients) == set(expected_gradients)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected_gradients[name], atol=1e-8, rtol=1e-8)
        assert np.abs(gradient).max() > 1e-3, name


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
@pytest.mark.parametrize("T, N", [(1, 1), (1, 3), (8, 1), (5, 3)])
def test_hand_derived_backward_equals_tensorflows_of_the_plain_graph(cell_type, T, N):
    D, H, blocks = 4, 3, {"rnn": 1, "lstm": 4}[cell_type]
    rng = np.random.RandomState(0)
    shapes = [(T, N, D), (N, H), (D, blocks * H), (H, blocks * H), (blocks * H,)]
    with graph_session() as sess:
        inputs = [tf.constant(rng.randn(*shape)) for shape in shapes]
        weights = tf.constant(rng.randn(T, N, H))  # every hidden state reaches the loss differently
        ours = graph_layers.unroll(cell_type, *inputs)
        plain = plain_sequence(cell_type, *inputs)
        results = sess.run(
            [[h, tf.gradients(tf.reduce_sum(weights * h), inputs)] for h in (ours, plain)]
        )
    np.testing.assert_allclose(results[0][0], results[1][0], atol=1e-12)
    for ours, plain in zip(results[0][1], results[1][1]):
        np.testing.assert_allclose(ours, plain, atol=1e-12)


def plain_sequence(cell_type, x, h, Wx, Wh, b):
    """The equations as the lecture writes them, for TensorFlow to differentiate."""
    c, hs = tf.zeros_like(h), []
    for x_t in tf.unstack(x):
        a = tf.matmul(x_t, Wx) + tf.matmul(h, Wh) + b
        if cell_type == "rnn":
            h = tf.tanh(a)
        else:
            i, f, o, g = tf.split(a, 4, axis=1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
        hs.append(h)
    return tf.stack(hs)


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_gradients_are_right_however_often_they_are_taken(cell_type):
    """Two losses on one layer, the first one's gradient twice, and the gradient of a gradient."""
    T, N, D, H, blocks = 4, 3, 4, 3, {"rnn": 1, "lstm": 4}[cell_type]
    rng = np.random.RandomState(0)
    shapes = [(T, N, D), (N, H), (D, blocks * H), (H, blocks * H), (blocks * H,)]
    with graph_session() as sess:
        inputs = [tf.constant(rng.randn(*shape)) for shape in shapes]
        directions = [tf.constant(rng.randn(*shape)) for shape in shapes]
        results = []
        for layer in (graph_layers.unroll, plain_sequence):
            h = layer(cell_type, *inputs)
            losses = [tf.reduce_sum(h**2), tf.reduce_sum(h**3), tf.reduce_sum(h**2)]
            gradients = [tf.gradients(loss, inputs) for loss in losses]
            products = [tf.reduce_sum(g * d) for g, d in zip(gradients[1], directions)]
            gradients.append(tf.gradients(tf.add_n(products), inputs))
            results.append(gradients)
        ours, plain = sess.run(results)
    for gradients, expected in zip(ours, plain):
        for gradient, right in zip(gradients, expected):
            np.testing.assert_allclose(gradient, right, atol=1e-11)


def test_the_second_derivative_of_the_loss_is_right_or_refused():
    """TensorFlow 1.15 refuses it in one line: its cross-entropy has none."""
    features, captions = examples()
    with graph_session() as sess:
        numpy_model, graph_model = models("lstm")
        graph_model.assign(numpy_model.params)
        fed = tf.placeholder(tf.float64, [None, D])
        (gradient,) = tf.gradients(graph_model.loss(fed, captions), fed)
        direction = np.random.RandomState(1).randn(N, D)
        try:
            (product,) = tf.gradients(tf.reduce_sum(gradient * direction), fed)
        except LookupError as error:
            assert "\n" not in str(error) and "second derivative" in str(error)
            return
        h = 1e-5
        product, after, before = (
            sess.run(tensor, {fed: x})
            for tensor, x in (
                (product, features),
                (gradient, features + h * direction),
                (gradient, features - h * direction),
            )
        )
    np.testing.assert_allclose(product, (after - before) / (2 * h), rtol=1e-5, atol=1e-7)


def test_gradient_of_the_features_equals_the_numeric_one():
    features, captions = examples()
    with graph_session() as sess:
        numpy_model, graph_model = models("lstm")
        graph_model.assign(numpy_model.params)
        fed = tf.placeholder(tf.float64, [None, D])
        (gradient,) = tf.gradients(graph_model.loss(fed, captions), fed)
        gradient = sess.run(gradient, {fed: features})
    numeric = eval_numerical_gradient(
        lambda x: numpy_model.loss(x, captions)[0], features, verbose=False
    )
    assert rel_error(gradient, numeric) < 1e-6


def test_embedding_lookup_gradient_adds_up_every_use():
    with graph_session() as sess:
        W = tf.constant(np.arange(12.0).reshape(4, 3))
        out = graph_layers.embedding_lookup(tf.constant([[1, 3], [1, 1]]), W)
        (gradient,) = tf.gradients(tf.reduce_sum(out * [[[1.0], [2.0]], [[4.0], [8.0]]]), W)
        out, gradient = sess.run([out, gradient])
    np.testing.assert_array_equal(out[0], [[3, 4, 5], [9, 10, 11]])
    np.testing.assert_array_equal(gradient[:, 0], [0, 13, 0, 2])


def test_first_loss_is_log_of_vocabulary_for_each_word():
    features, captions = examples()
    words = (captions[:, 1:] != 0).sum() / N
    with graph_session() as sess:
        model = GraphCaptioner(WORD_TO_IDX, D, 64, 128)
        loss = model.loss(0.01 * features, captions)
        sess.run(tf.global_variables_initializer())
        assert sess.run(loss) == pytest.approx(words * np.log(V), rel=0.02)


def test_log_probs_are_zero_at_null_and_sum_to_the_loss():
    features, captions = examples()
    with graph_session() as sess:
        numpy_model, graph_model = models("lstm")
        graph_model.assign(numpy_model.params)
        log_probs = sess.run(graph_model.log_probs(features, captions))
    np.testing.assert_array_equal(log_probs == 0, captions[:, 1:] == 0)
    assert -log_probs.sum() / N == pytest.approx(numpy_model.loss(features, captions)[0])
    alone = numpy_model.loss(features[1:2], captions[1:2])[0]
    assert -log_probs[1].sum() == pytest.approx(alone)


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_captions_equal_the_numpy_models_word_for_word(cell_type):
    features = np.random.RandomState(1).randn(50, D)
    with graph_session() as sess:
        numpy_model, graph_model = models(cell_type)
        graph_model.assign(numpy_model.params)
        sampled = sess.run(graph_model.sample(features, max_length=8))
    expected = numpy_model.sample(features, max_length=8)
    np.testing.assert_array_equal(sampled, expected)
    assert sampled.shape == (50, 8) and sampled.dtype == np.int32
    assert (sampled == 2).any() and (sampled[:, -1] > 2).any()  # some end early, some do not


def test_sampled_captions_can_be_scored_in_the_same_run():
    features, _ = examples()
    with graph_session() as sess:
        numpy_model, graph_model = models("lstm")
        graph_model.assign(numpy_model.params)
        start = tf.fill([N, 1], graph_model.start)
        sampled = tf.concat([start, graph_model.sample(features, 6)], axis=1)
        loss = graph_model.loss(features, sampled)
        gradients = tf.gradients(loss, list(graph_model.values.values()))
        captions, loss, gradients = sess.run([sampled, loss, gradients])
    expected, expected_gradients = numpy_model.loss(features, captions.astype(int))
    assert loss == pytest.approx(expected)
    for name, gradient in zip(graph_model.values, gradients):
        np.testing.assert_allclose(gradient, expected_gradients[name], atol=1e-8)


def test_weights_go_there_and_back_and_add_nothing_to_the_graph():
    with graph_session() as sess:
        numpy_model, graph_model = models("lstm")
        graph_model.assign(numpy_model.params)
        size = len(sess.graph.get_operations())
        for _ in range(3):
            graph_model.assign(numpy_model.params)
            params = graph_model.params()
        assert len(sess.graph.get_operations()) == size
    assert {name: value.shape for name, value in params.items()} == {
        name: value.shape for name, value in numpy_model.params.items()
    }
    for name, value in params.items():
        np.testing.assert_array_equal(value, numpy_model.params[name])


def test_built_once_and_fed_nothing_is_added_to_the_graph():
    features, captions = examples()
    with graph_session() as sess:
        numpy_model, graph_model = models("lstm")
        graph_model.assign(numpy_model.params)
        x, y = tf.placeholder(tf.float64, [None, D]), tf.placeholder(tf.int32, [None, T + 1])
        fetches = graph_model.loss(x, y), graph_model.sample(x, 5), graph_model.sample(x, 5, 2)
        sess.graph.finalize()  # from here on, adding an operation raises
        for rows in (slice(0, 4), slice(0, 2), slice(1, 2)):
            loss, greedy, _ = sess.run(fetches, {x: features[rows], y: captions[rows]})
            assert loss == pytest.approx(numpy_model.loss(features[rows], captions[rows])[0])
            np.testing.assert_array_equal(greedy, numpy_model.sample(features[rows], 5))


def test_variables_have_the_names_of_the_numpy_parameters():
    with graph_session():
        numpy_model, _ = models("rnn")
        names = {variable.op.name for variable in tf.global_variables()}
    assert names == {f"captioning/{name}" for name in numpy_model.params}


def test_same_seed_gives_the_same_first_weights():
    def first_weights(seed):
        with graph_session() as sess:
            tf.constant(0)  # another operation changes nothing
            model = GraphCaptioner(WORD_TO_IDX, D, seed=seed)
            sess.run(tf.global_variables_initializer())
            return model.params()["Wx"]

    np.testing.assert_array_equal(first_weights(4), first_weights(4))
    assert not np.array_equal(first_weights(4), first_weights(5))


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda: GraphCaptioner(WORD_TO_IDX, D, cell_type="gru"), "cell_type: got 'gru'.*lstm"),
        (lambda: GraphCaptioner({"<NULL>": 0, "<END>": 1}, D), "word_to_idx: .* has <START>"),
        (lambda: GraphCaptioner(dict(WORD_TO_IDX, word0=99), D), "got 99, expected .* 0 to 10"),
        (lambda: GraphCaptioner(WORD_TO_IDX, 0), "input_dim: got 0"),
        (lambda: [GraphCaptioner(WORD_TO_IDX, D) for _ in "ab"], "has a captioner already"),
        (lambda: GraphCaptioner(WORD_TO_IDX, D).loss(np.ones((2, 8)), np.ones((2, 5), int)),
         r"features: got shape \(2, 8\), expected \(N, D\) with D=7"),
        (lambda: GraphCaptioner(WORD_TO_IDX, D).loss(np.ones((2, 7)), np.ones(5, int)),
         r"captions: got shape \(5,\), expected \(N, T\)"),
        (lambda: GraphCaptioner(WORD_TO_IDX, D).loss(np.ones((2, 7)), np.full((2, 5), 11)),
         "captions: got index 11, expected 0 to 10"),
        (lambda: GraphCaptioner(WORD_TO_IDX, D).loss(np.ones((2, 7)), np.ones((2, 1), int)),
         "at least 2"),
        (lambda: GraphCaptioner(WORD_TO_IDX, D).loss(tf.ones([3, 7]), np.ones((2, 5), int)),
         r"captions: got shape \(2, 5\), expected \(N, T\) with N=3"),
        (lambda: GraphCaptioner(WORD_TO_IDX, D).loss(
            tf.ones([2, 7]), tf.placeholder(tf.int32, [2, None])), "T known when the graph is"),
        (lambda: GraphCaptioner(WORD_TO_IDX, D).sample(np.ones((2, 7)), max_length=0),
         "max_length: got 0"),
    ],
)  # fmt: skip
def test_mistakes_are_named(build, message):
    with graph_session(), pytest.raises(InputError, match=message):
        build()


def test_sessions_of_another_graph_and_closed_ones_are_refused(raises_one_line):
    with graph_session() as sess:
        numpy_model, graph_model = models("rnn")
        with graph_session() as other, raises_one_line("sess", "another graph"):
            graph_model.assign(numpy_model.params, other)
        with graph_session() as other, raises_one_line("sess", "another graph"):
            graph_model.params(other)
    with raises_one_line("sess", "closed"):
        graph_model.params(sess)
    with raises_one_line("no session"):
        graph_model.params()


def test_params_of_another_model_are_refused():
    with graph_session():
        numpy_model, graph_model = models("rnn")
        with pytest.raises(InputError, match="^params: W_proj: "):
            graph_model.assign({"W_proj": 1})
        other = dict(numpy_model.params, Wx=np.ones((2, 2)))
        with pytest.raises(InputError, match=r"Wx: got shape \(2, 2\), expected \(5, 6\)"):
            graph_model.assign(other)
