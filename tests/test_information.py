"""Entropies and divergences against SciPy, their limits and inequalities; what the losses are."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import jensenshannon

from sessions import graph_session
from tf_cs231n import information as info
from tf_cs231n.captioning.rnn_layers import temporal_softmax_loss
from tf_cs231n.compat import tf
from tf_cs231n.gan import gan_loss
from tf_cs231n.gradient_check import eval_numerical_gradient, rel_error

FUNCTIONS = {
    "entropy": info.entropy,
    "cross-entropy": info.cross_entropy,
    "KL": info.kl_divergence,
    "JS": info.js_divergence,
}


class Runner:
    """Each function's graph, built once for its keywords and run for every value."""

    def __init__(self):
        self.graphs = {}

    def __call__(self, function, base=math.e, validate=True, **arrays):
        """The value, and the gradients in the order of the keywords."""
        shapes = tuple((name, a.shape, a.dtype.name) for name, a in arrays.items())
        key = (function, base, validate, shapes)
        if key not in self.graphs:
            graph = tf.Graph()
            with graph.as_default():
                inputs = {name: tf.placeholder(a.dtype, a.shape) for name, a in arrays.items()}
                value = function(base=base, validate=validate, **inputs)
                gradients = tf.gradients(value, list(inputs.values()))
            self.graphs[key] = tf.Session(graph=graph), inputs, [value, gradients]
        sess, inputs, fetches = self.graphs[key]
        return sess.run(fetches, {inputs[name]: a for name, a in arrays.items()})

    def value(self, function, **keywords):
        return self(function, **keywords)[0]


@pytest.fixture(scope="module")
def run():
    return Runner()


def normalised(weights):
    return weights / weights.sum(-1, keepdims=True)


def distributions(*shape):
    """Arrays of probabilities, zeros among them."""
    weights = hnp.arrays(np.float64, shape, elements=st.floats(0, 1).map(lambda w: round(w, 2)))
    return weights.filter(lambda w: (w.sum(-1) > 0).all()).map(normalised)


# ---- values


@pytest.mark.parametrize("base", [math.e, 2, 10, 0.5])
def test_values_agree_with_scipy_in_any_base(run, rng, base):
    p, q = normalised(rng.rand(2, 4, 7))
    p[0, :3] = p[1, 2] = q[0, :2] = 0
    p, q = normalised(p), normalised(q)
    unit = np.log(base)
    for ours, theirs in (
        (run.value(info.entropy, p=p, base=base), scipy.stats.entropy(p.T)),
        (run.value(info.cross_entropy, p=p, q=q, base=base), -scipy.special.xlogy(p, q).sum(-1)),
        (run.value(info.kl_divergence, p=p, q=q, base=base), scipy.special.rel_entr(p, q).sum(-1)),
        (
            run.value(info.js_divergence, p=p, q=q, base=base),
            [jensenshannon(a, b) ** 2 for a, b in zip(p, q)],
        ),
    ):
        np.testing.assert_allclose(ours, np.asarray(theirs) / unit, rtol=1e-12)


def test_well_known_values():
    with graph_session() as sess:
        coin, certain, uniform = [0.5, 0.5], [1.0, 0.0], np.full(8, 1 / 8)
        fetches = [
            (info.entropy(coin, base=2), 1),
            (info.entropy(certain), 0),
            (info.entropy(uniform, base=2), 3),
            (info.self_information(0.25, base=2), 2),
            (info.self_information(0.0), np.inf),
            (info.self_information(1.0), 0),
            (info.js_divergence(certain, [0.0, 1.0], base=2), 1),
            (info.perplexity(info.entropy(uniform)), 8),
            (info.perplexity(3.0, base=2), 8),
        ]
        values = sess.run([tensor for tensor, _ in fetches])
        np.testing.assert_allclose(values, [expected for _, expected in fetches], rtol=1e-6)


def test_zero_probabilities_have_their_limits(run):
    p, q = np.array([0.0, 0.5, 0.5, 0.0]), np.array([0.25, 0.0, 0.75, 0.0])
    assert run.value(info.kl_divergence, p=p, q=q) == np.inf
    assert run.value(info.cross_entropy, p=p, q=q) == np.inf
    np.testing.assert_allclose(
        run.value(info.kl_divergence, p=q, q=normalised(q + p)),
        0.25 * np.log(2) + 0.75 * np.log(0.75 / 0.625),
        rtol=1e-12,
    )
    assert run.value(info.kl_divergence, p=p, q=p) == 0
    np.testing.assert_allclose(run.value(info.entropy, p=p), np.log(2), rtol=1e-15)
    np.testing.assert_allclose(
        run.value(info.js_divergence, p=p, q=q), jensenshannon(p, q) ** 2, rtol=1e-12
    )


def test_smallest_probabilities_keep_jensen_shannon_finite(run):
    least = np.finfo(np.float64).tiny
    value = run.value(info.js_divergence, p=np.array([least, 1.0]), q=np.array([0.0, 1.0]))
    assert 0 <= value < 1e-300


# ---- logits


def test_logits_and_probabilities_give_the_same(run, rng):
    a, b = 3 * rng.randn(2, 5, 4)
    p, q = scipy.special.softmax(a, -1), scipy.special.softmax(b, -1)
    for name, function in FUNCTIONS.items():
        from_p = {"p": p} if name == "entropy" else {"p": p, "q": q}
        mixed = {"p_logits": a} if name == "entropy" else {"p": p, "q_logits": b}
        logits = {"p_logits": a} if name == "entropy" else {"p_logits": a, "q_logits": b}
        expected = run.value(function, **from_p)
        for given_as in (mixed, logits):
            np.testing.assert_allclose(run.value(function, **given_as), expected, rtol=1e-12)


def test_huge_logits_do_not_overflow(run):
    a, b = np.array([1e300, 1e300, -1e300]), np.array([800.0, -800.0, 0.0])
    value, (gradient,) = run(info.entropy, p_logits=a)
    np.testing.assert_allclose(value, np.log(2), rtol=1e-15)
    assert np.isfinite(gradient).all()
    value, (_, gradient) = run(info.cross_entropy, p=np.array([0, 1.0, 0]), q_logits=b)
    assert value == 1600 and np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient, [1, -1, 0], atol=1e-15)


def test_logits_of_minus_infinity_stand_for_zero(run):
    a = np.array([0.0, -np.inf, 0.0])
    value, (gradient,) = run(info.entropy, p_logits=a)
    np.testing.assert_allclose(value, np.log(2), rtol=1e-15)
    assert np.isfinite(gradient).all()
    for function in (info.kl_divergence, info.js_divergence):
        value, gradients = run(function, p_logits=a, q_logits=a)
        assert value == 0 and np.isfinite(gradients).all()
    p = np.array([0.5, 0.0, 0.5])
    value, (_, gradient) = run(info.cross_entropy, p=p, q_logits=a)
    np.testing.assert_allclose(value, np.log(2), rtol=1e-15)
    np.testing.assert_allclose(gradient, 0, atol=1e-15)


# ---- gradients


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_gradients_by_logits_are_the_numeric_ones(run, rng, name):
    function, logits = FUNCTIONS[name], {"p_logits": rng.randn(5)}
    if name != "entropy":
        logits["q_logits"] = rng.randn(5)
    _, gradients = run(function, **logits)
    for key, gradient in zip(logits, gradients):
        numeric = eval_numerical_gradient(
            lambda _: run.value(function, **logits), logits[key], verbose=False
        )
        assert rel_error(gradient, numeric) < 1e-8


def test_gradient_of_cross_entropy_by_logits_is_q_minus_p(run, rng):
    p, logits = normalised(rng.rand(6)), rng.randn(6)
    p[2] = 0
    p = normalised(p)
    _, (by_p, by_logits) = run(info.cross_entropy, p=p, q_logits=logits)
    q = scipy.special.softmax(logits)
    np.testing.assert_allclose(by_logits, q - p, atol=1e-15)
    np.testing.assert_allclose(by_p, -np.log(q), rtol=1e-13)  # at p = 0 as well


def test_gradients_at_zero_probabilities_are_finite(run):
    p, q = np.array([0.0, 0.5, 0.5, 0.0]), np.array([0.2, 0.3, 0.5, 0.0])
    for name, function in FUNCTIONS.items():
        arrays = {"p": p} if name == "entropy" else {"p": p, "q": q}
        value, gradients = run(function, **arrays)
        assert np.isfinite(value) and np.isfinite(gradients).all(), name


@pytest.mark.parametrize("name, slope", [
    ("entropy", lambda p, q: -np.log(p) - 1),
    ("cross-entropy", lambda p, q: -np.log(q)),
    ("KL", lambda p, q: np.log(p / q) + 1),
    ("JS", lambda p, q: np.log(2 * p / (p + q)) / 2),
])  # fmt: skip
def test_gradient_by_p_is_the_slope_and_an_infinite_slope_counts_as_zero(run, name, slope):
    """At the second class p = 0; only the cross-entropy has a finite slope there, -log q."""
    p, q = np.array([0.3, 0.0, 0.7]), np.array([0.2, 0.5, 0.3])
    arrays = {"p": p} if name == "entropy" else {"p": p, "q": q}
    _, (gradient, *_) = run(FUNCTIONS[name], **arrays)
    with np.errstate(divide="ignore"):
        expected = slope(p, q)
    expected[np.isinf(expected)] = 0
    np.testing.assert_allclose(gradient, expected, rtol=1e-13, atol=1e-15)


# ---- inequalities and identities


@settings(max_examples=80, deadline=None, derandomize=True)
@given(pq=distributions(2, 5))
def test_gibbs_inequality(run, pq):
    """KL(p || q) >= 0, and 0 only where p = q (Pinsker: KL >= |p - q|_1^2 / 2)."""
    p, q = pq
    kl = run.value(info.kl_divergence, p=p, q=q)
    assert kl >= np.abs(p - q).sum() ** 2 / 2 - 1e-12
    assert run.value(info.kl_divergence, p=p, q=p) == 0


@settings(max_examples=80, deadline=None, derandomize=True)
@given(pq=distributions(2, 5))
def test_jensen_shannon_is_symmetric_and_at_most_one_bit(run, pq):
    p, q = pq
    value = run.value(info.js_divergence, p=p, q=q, base=2)
    np.testing.assert_allclose(run.value(info.js_divergence, p=q, q=p, base=2), value, atol=1e-15)
    assert -1e-15 <= value <= 1 + 1e-15


@settings(max_examples=80, deadline=None, derandomize=True)
@given(pq=distributions(2, 5))
def test_cross_entropy_is_entropy_plus_divergence(run, pq):
    p, q = pq
    cross = run.value(info.cross_entropy, p=p, q=q)
    total = run.value(info.entropy, p=p) + run.value(info.kl_divergence, p=p, q=q)
    np.testing.assert_allclose(cross, total, rtol=1e-12, atol=1e-14)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(joint=distributions(12))
def test_chain_rule(run, joint):
    """H(X, Y) = H(X) + sum_x p(x) H(Y | x)."""
    p_x = joint.reshape(3, 4).sum(1)
    rows = joint.reshape(3, 4)[p_x > 0]
    conditional = run.value(info.entropy, p=normalised(rows), validate=False)
    np.testing.assert_allclose(
        run.value(info.entropy, p=joint),
        run.value(info.entropy, p=p_x, validate=False) + p_x[p_x > 0].dot(conditional),
        rtol=1e-12,
        atol=1e-13,
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pq=distributions(2, 2, 3))
def test_divergences_of_independent_pairs_add(run, pq):
    """KL(p1 x p2 || q1 x q2) = KL(p1 || q1) + KL(p2 || q2)."""
    (p1, p2), (q1, q2) = pq
    both = run.value(info.kl_divergence, p=np.outer(p1, p2).ravel(), q=np.outer(q1, q2).ravel())
    parts = run.value(info.kl_divergence, p=pq[0], q=pq[1]).sum()
    np.testing.assert_allclose(both, parts, rtol=1e-12, atol=1e-13)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(p=distributions(6))
def test_entropy_lies_between_certain_and_uniform(run, p):
    assert -1e-15 <= run.value(info.entropy, p=p) <= np.log(6) + 1e-15


# ---- likelihood and the losses of the other subjects


def test_log_likelihood_is_minus_n_times_the_cross_entropy_with_the_frequencies(run, rng):
    labels, q = rng.randint(0, 4, size=30), normalised(rng.rand(5))
    frequencies = np.bincount(labels, minlength=5) / 30
    with graph_session() as sess:
        total = sess.run(info.log_likelihood(labels, q))
    assert total == pytest.approx(np.log(q[labels]).sum(), rel=1e-12)
    cross = run.value(info.cross_entropy, p=frequencies, q=q)
    assert total == pytest.approx(-30 * cross, rel=1e-12)


def test_log_likelihood_takes_batches_and_a_model_for_each_sample(rng):
    labels, logits = rng.randint(0, 5, size=(3, 7)), rng.randn(3, 7, 5)
    log_q = scipy.special.log_softmax(logits, -1)
    with graph_session() as sess:
        each = sess.run(info.log_likelihood(labels, q_logits=logits))
        shared = sess.run(info.log_likelihood(labels, q_logits=logits[0, 0]))
        impossible = sess.run(info.log_likelihood([0, 1], np.array([1.0, 0.0])))
    np.testing.assert_allclose(
        each, np.take_along_axis(log_q, labels[..., None], -1)[..., 0].sum(-1), rtol=1e-12
    )
    np.testing.assert_allclose(shared, log_q[0, 0][labels].sum(-1), rtol=1e-12)
    assert impossible == -np.inf


def test_discriminator_loss_is_two_cross_entropies(rng):
    """Labels (1, 0) for real and (0, 1) for fake against (D, 1 - D), D = sigmoid(logit)."""
    real, fake = rng.randn(2, 9, 1)

    def of_logits(logits, label):
        both = np.concatenate([logits, np.zeros_like(logits)], axis=1)  # sigmoid as a softmax
        return tf.reduce_mean(info.cross_entropy(np.array(label), q_logits=both))

    with graph_session() as sess:
        ours = of_logits(real, [1.0, 0.0]) + of_logits(fake, [0.0, 1.0])
        theirs = gan_loss(tf.constant(real), tf.constant(fake))[0]
        ours, theirs = sess.run([ours, theirs])
    sigmoid = scipy.special.expit
    by_hand = -np.log(sigmoid(real)).mean() - np.log(1 - sigmoid(fake)).mean()
    np.testing.assert_allclose([ours, theirs], by_hand, rtol=1e-12)


def test_best_discriminator_measures_jensen_shannon(run, rng):
    """With D = p/(p + q) the discriminator's loss is 2 log 2 - 2 JS(p, q) (Goodfellow 2014)."""
    p, q = normalised(rng.rand(2, 6))
    D = p / (p + q)
    loss = -(p * np.log(D)).sum() - (q * np.log(1 - D)).sum()
    js = run.value(info.js_divergence, p=p, q=q)
    np.testing.assert_allclose(loss, 2 * np.log(2) - 2 * js, rtol=1e-13)


def test_caption_loss_is_a_cross_entropy_and_its_exponential_the_perplexity(rng):
    N, T, V = 3, 4, 6
    scores, words = rng.randn(N, T, V), rng.randint(0, V, size=(N, T))
    mask = rng.rand(N, T) < 0.7
    loss, _ = temporal_softmax_loss(scores, words, mask)
    with graph_session() as sess:
        log_q = info.log_likelihood(words[mask], q_logits=scores[mask])
        each = info.cross_entropy(np.eye(V)[words], q_logits=scores)
        perplexity = info.perplexity(-log_q / mask.sum())
        log_q, each, perplexity = sess.run([log_q, each, perplexity])
    np.testing.assert_allclose(loss, -log_q / N, rtol=1e-12)
    np.testing.assert_allclose(loss, (each * mask).sum() / N, rtol=1e-12)
    q_words = np.take_along_axis(scipy.special.softmax(scores, -1), words[..., None], -1)[..., 0]
    geometric_mean = q_words[mask].prod() ** (1 / mask.sum())
    np.testing.assert_allclose(perplexity, 1 / geometric_mean, rtol=1e-12)


# ---- mistakes


@pytest.mark.parametrize(
    "p, words",
    [
        ([0.5, 0.6], "sum to 1"),
        ([-0.1, 1.1], "negative"),
        ([np.nan, 1.0], "NaN"),
        ([[0.5, 0.5], [0.2, 0.2]], "sum to 1"),
    ],
)
def test_known_wrong_probabilities_are_refused_when_the_graph_is_built(raises_one_line, p, words):
    good = np.full(2, 0.5)
    with tf.Graph().as_default():
        for call in (
            lambda: info.entropy(np.array(p)),
            lambda: info.kl_divergence(np.array(p), good),
            lambda: info.js_divergence(good, np.array(p)),
            lambda: info.log_likelihood([0], np.array(p)),
        ):
            with raises_one_line(words, "got ["):
                call()


@pytest.mark.parametrize("p", [[0.5, 0.6], [-0.1, 1.1], [np.nan, 1.0]])
def test_fed_wrong_probabilities_fail_an_assertion_that_says_so(p):
    with graph_session() as sess:
        fed = tf.placeholder(tf.float64, [2])
        for tensor in (info.entropy(fed), info.cross_entropy(np.array([0.5, 0.5]), fed)):
            with pytest.raises(tf.errors.InvalidArgumentError, match="probabilities must"):
                sess.run(tensor, {fed: p})
        assert np.isfinite(sess.run(info.entropy(fed, validate=False), {fed: [0.5, 0.6]}))


def test_labels_out_of_range_are_refused(raises_one_line):
    q = np.array([0.5, 0.5])
    with graph_session() as sess:
        with raises_one_line("labels", "0 to K - 1"):
            info.log_likelihood([0, 2], q)
        fed = tf.placeholder(tf.int32, [None])
        total = info.log_likelihood(fed, q)
        with pytest.raises(tf.errors.InvalidArgumentError, match="every label must"):
            sess.run(total, {fed: [-1]})


def test_wrong_arguments_are_refused(raises_one_line):
    p = np.array([0.5, 0.5])
    with tf.Graph().as_default():
        for base in (1, 0, -2, np.inf, np.nan, "2"):
            with raises_one_line("base"):
                info.entropy(p, base=base)
        with raises_one_line("p=", "p_logits="):
            info.entropy()
        with raises_one_line("q=", "q_logits="):
            info.kl_divergence(p, p, q_logits=p)
        with raises_one_line("q_logits: got shape (3,)", "K=2"):
            info.cross_entropy(p, q_logits=np.zeros(3))
        with raises_one_line("int32", "floats"):
            info.entropy([1, 0])
        with raises_one_line("[0, 1]", "1.5"):
            info.self_information(1.5)
