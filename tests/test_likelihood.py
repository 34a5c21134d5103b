"""Maximum likelihood: closed forms, descents, and the one minimiser of three objectives."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.information import cross_entropy, entropy, kl_divergence
from tf_cs231n.likelihood import (
    Bernoulli,
    Categorical,
    Gaussian,
    covariance,
    descend,
    gradient_fit,
    maximum_likelihood,
)
from tf_cs231n.style_transfer import gram_matrix

DATA = np.random.RandomState(4)
FAMILIES = {
    "Bernoulli": (Bernoulli(), (DATA.rand(40) < 0.3).astype(float)),
    "categorical": (Categorical(4), DATA.randint(0, 4, size=50)),
    "Gaussian": (Gaussian(), 0.7 + 1.3 * DATA.randn(60)),
}
each_family = pytest.mark.parametrize("name", list(FAMILIES))


def test_closed_forms_are_shares_means_and_biased_deviations():
    with graph_session() as sess:
        fits = {name: maximum_likelihood(*pair) for name, pair in FAMILIES.items()}
        fits = sess.run(fits)
    tosses, labels, x = (FAMILIES[name][1] for name in FAMILIES)
    assert fits["Bernoulli"]["p"] == pytest.approx(np.count_nonzero(tosses) / 40, rel=1e-14)
    np.testing.assert_allclose(fits["categorical"]["p"], np.bincount(labels, minlength=4) / 50)
    mean, std = scipy.stats.norm.fit(x)
    assert fits["Gaussian"]["mean"] == pytest.approx(mean, rel=1e-13)
    assert fits["Gaussian"]["std"] == pytest.approx(std, rel=1e-13)


@each_family
def test_gradient_descent_finds_the_closed_form(name):
    family, x = FAMILIES[name]
    with graph_session() as sess:
        fit = gradient_fit(family, x)
        losses = [loss for _, loss in descend(fit, steps=300)]
        found, expected = sess.run([fit.parameters, maximum_likelihood(family, x)])
    assert len(losses) == 301 and losses[-1] < losses[0]
    assert found.keys() == expected.keys()
    for key in found:
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-6)


@each_family
def test_no_other_parameters_are_likelier_than_the_closed_form(name):
    """SciPy's own log-densities, minimised without our graph, find no better point."""
    family, x = FAMILIES[name]
    log_prob = {
        "Bernoulli": lambda w: scipy.stats.bernoulli.logpmf(x, 1 / (1 + np.exp(-w[0]))),
        "categorical": lambda w: np.append(w, 0)[x] - np.log(1 + np.exp(w).sum()),
        "Gaussian": lambda w: scipy.stats.norm.logpdf(x, w[0], np.exp(w[1])),
    }[name]
    start = {"Bernoulli": 1, "categorical": 3, "Gaussian": 2}[name]
    best = scipy.optimize.minimize(lambda w: -log_prob(w).mean(), np.zeros(start)).fun
    with graph_session() as sess:
        fit = gradient_fit(family, x)
        loss = [loss for _, loss in descend(fit, steps=300, sess=sess)][-1]
    assert loss == pytest.approx(best, abs=1e-9)


def test_likelihood_cross_entropy_and_divergence_have_one_minimiser():
    """They differ by the data's entropy, so their gradients are the same everywhere."""
    family, labels = FAMILIES["categorical"]
    with graph_session() as sess:
        logits = tf.constant(np.random.RandomState(1).randn(4))
        data = maximum_likelihood(family, labels)["p"]
        nll = -tf.reduce_mean(family.log_prob(tf.constant(labels), logits))
        cross = cross_entropy(data, q_logits=logits)
        divergence = kl_divergence(data, q_logits=logits)
        gradients = [tf.gradients(loss, logits)[0] for loss in (nll, cross, divergence)]
        values = sess.run([nll, cross, divergence, entropy(data)] + gradients)
        least = sess.run([kl_divergence(data, data), cross_entropy(data, data)])
    nll, cross, divergence, data_entropy = values[:4]
    assert nll == pytest.approx(cross, rel=1e-13)
    assert cross - divergence == pytest.approx(data_entropy, rel=1e-13)
    np.testing.assert_allclose(values[4], values[5], atol=1e-15)
    np.testing.assert_allclose(values[5], values[6], atol=1e-15)
    np.testing.assert_allclose(least, [0, data_entropy], atol=1e-15)


def test_each_position_is_a_model_of_its_own(rng):
    x = np.array([0.5, -0.3]) + np.array([1.0, 0.8]) * rng.randn(30, 2)
    with graph_session() as sess:
        fit = gradient_fit(Gaussian(), x, learning_rate=0.2)
        list(descend(fit, steps=300))
        found = sess.run(fit.parameters)
        labels = maximum_likelihood(Categorical(3), np.array([[0, 1], [0, 2], [1, 2]]))
        labels = sess.run(labels)
    np.testing.assert_allclose(found["mean"], x.mean(0), rtol=1e-6)
    np.testing.assert_allclose(found["std"], x.std(0), rtol=1e-6)
    np.testing.assert_allclose(labels["p"], [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]], rtol=1e-14)


def test_samples_may_be_fed():
    with graph_session() as sess:
        x = tf.placeholder(tf.float32, [None])
        fit = gradient_fit(Bernoulli(), x, learning_rate=2.0)
        sess.run([v.initializer for v in fit.variables])
        for _ in range(100):
            sess.run(fit.step, {x: [1, 0, 0, 0]})
        assert sess.run(fit.parameters["p"]) == pytest.approx(0.25, abs=1e-4)
        with pytest.raises(tf.errors.InvalidArgumentError, match="samples must be 0 or 1"):
            sess.run(fit.loss, {x: [0.5]})


def test_running_a_fit_adds_nothing_to_the_graph():
    with graph_session() as sess:
        fit = gradient_fit(*FAMILIES["Gaussian"])
        list(descend(fit, steps=1))
        sess.graph.finalize()
        list(descend(fit, steps=2))


def test_covariance_is_second_moment_less_the_means_product(rng):
    """E[x x^T] - mu mu^T; NumPy's with 1/N; batched."""
    x = 3 + rng.randn(2, 20, 4)
    with graph_session() as sess:
        found = sess.run(covariance(x))
    for batch in range(2):
        mu = x[batch].mean(0)
        by_moments = np.einsum("ni,nj->ij", x[batch], x[batch]) / 20 - np.outer(mu, mu)
        np.testing.assert_allclose(found[batch], by_moments, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(found[batch], np.cov(x[batch].T, bias=True), rtol=1e-12)


def test_gram_matrix_is_the_covariance_of_centred_features_only(rng):
    """G/N = covariance + mu mu^T, so the two agree where mu = 0 and differ by it elsewhere."""
    features = 1 + rng.randn(1, 5, 6, 3)
    centred = features - features.mean((1, 2), keepdims=True)
    mu = features.mean((0, 1, 2))
    with graph_session() as sess:
        fetches = [
            (gram_matrix(tf.constant(f), normalize=False), covariance(f.reshape(1, 30, 3)))
            for f in (features, centred)
        ]
        (gram, cov), (centred_gram, centred_cov) = sess.run(fetches)
    np.testing.assert_allclose(centred_gram / 30, centred_cov[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(gram / 30, cov[0] + np.outer(mu, mu), rtol=1e-12)
    assert np.abs(gram / 30 - cov[0]).max() > 0.5


def test_wrong_arguments_are_refused(raises_one_line):
    with tf.Graph().as_default():
        with raises_one_line("0 or 1"):
            maximum_likelihood(Bernoulli(), np.array([0.0, 0.5]))
        with raises_one_line("0 to 2", "3"):
            maximum_likelihood(Categorical(3), np.array([0, 3]))
        with raises_one_line("num_classes", "0"):
            Categorical(0)
        with raises_one_line("learning_rate", "0"):
            gradient_fit(Gaussian(), np.zeros(3), learning_rate=0)
        with raises_one_line("int64", "floats"):
            maximum_likelihood(Gaussian(), np.arange(3))
