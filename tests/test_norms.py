"""Norms against NumPy, SciPy and definitions written out again; relations between them; kinks."""

import importlib.util

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sessions import graph_session
from tf_cs231n import norms
from tf_cs231n.compat import tf
from tf_cs231n.gradient_check import eval_numerical_gradient, rel_error
from tf_cs231n.ops.safe_math import singular_values
from tf_cs231n.style_transfer import style_loss

INF = np.inf
RNG = np.random.RandomState(7)
MATRICES = {
    "random": RNG.randn(5, 3),
    "wide": RNG.randn(3, 7),
    "rank 1": np.outer(RNG.randn(4), RNG.randn(3)),
    "rank 2": RNG.randn(6, 2).dot(RNG.randn(2, 5)),
    "zero": np.zeros((3, 2)),
    "1 x N": RNG.randn(1, 6),
    "N x 1": RNG.randn(6, 1),
    "identity": np.eye(4),
    "tiny": 1e-200 * RNG.randn(4, 3),
    "huge": 1e200 * RNG.randn(3, 4),
    "tiny and huge": np.array([[1e200, 1e-200, 3.0], [2.0, 1e-200, -1e200]]),
    "complex": RNG.randn(4, 3) + 1j * RNG.randn(4, 3),
    "huge complex": 1e200 * (RNG.randn(3, 4) + 1j * RNG.randn(3, 4)),
    "complex of rank 1": np.outer(RNG.randn(4) + 1j, RNG.randn(3) - 2j),
}
each_matrix = pytest.mark.parametrize("A", list(MATRICES.values()), ids=list(MATRICES))


class Runner:
    """Each norm's graph, built once for a shape and run for every value."""

    def __init__(self):
        self.graphs = {}

    def __call__(self, function, *arrays, **keywords):
        """The values of ``function(*arrays)``, and the gradients with respect to them."""
        key = (function, tuple((a.shape, a.dtype.name) for a in arrays), str(keywords))
        if key not in self.graphs:
            graph = tf.Graph()
            with graph.as_default():
                inputs = [tf.placeholder(a.dtype, a.shape) for a in arrays]
                value = function(*inputs, **keywords)
                gradients = tf.gradients(value, inputs)
            self.graphs[key] = tf.Session(graph=graph), inputs, [value, gradients]
        sess, inputs, fetches = self.graphs[key]
        return sess.run(fetches, dict(zip(inputs, arrays)))

    def value(self, function, *arrays, **keywords):
        return self(function, *arrays, **keywords)[0]


@pytest.fixture(scope="module")
def run():
    return Runner()


def at_unit_scale(A, norm):
    """A norm by its definition, on A brought to scale 1 by hand."""
    scale = np.abs(A).max() or 1.0
    return scale * norm(A / scale)


def column_sums(A):
    return [sum(abs(a) for a in column) for column in A.T]


REFERENCES = {
    "entrywise 1": (norms.entrywise_norm, {"p": 1}, lambda A: sum(column_sums(A))),
    "entrywise 3": (norms.entrywise_norm, {"p": 3}, lambda A: np.cbrt((np.abs(A) ** 3).sum())),
    "entrywise 1/2": (norms.entrywise_norm, {"p": 0.5}, lambda A: np.sqrt(np.abs(A)).sum() ** 2),
    "frobenius": (norms.frobenius_norm, {}, lambda A: scipy.linalg.norm(A, "fro")),
    "max": (norms.max_norm, {}, lambda A: np.abs(A).max()),
    "induced 1": (norms.induced_norm, {"p": 1}, lambda A: max(column_sums(A))),
    "induced 2": (norms.induced_norm, {"p": 2}, lambda A: np.linalg.norm(A, 2)),
    "induced inf": (norms.induced_norm, {"p": INF}, lambda A: max(column_sums(A.T))),
    "L 2,1": (
        norms.lpq_norm,
        {"p": 2, "q": 1},
        lambda A: sum(scipy.linalg.norm(column) for column in A.T),
    ),
    "L 1,3": (
        norms.lpq_norm,
        {"p": 1, "q": 3},
        lambda A: np.cbrt(np.sum(np.power(column_sums(A), 3))),
    ),
    "nuclear": (norms.nuclear_norm, {}, lambda A: scipy.linalg.svdvals(A).sum()),
    "spectral": (norms.spectral_norm, {}, lambda A: np.linalg.norm(A, 2)),
    "Schatten 3": (
        norms.schatten_norm,
        {"p": 3},
        lambda A: np.cbrt((scipy.linalg.svdvals(A) ** 3).sum()),
    ),
}


@each_matrix
@pytest.mark.parametrize("name", list(REFERENCES))
def test_norm_agrees_with_numpy_and_scipy_to_1e_12_and_its_gradient_is_finite(run, name, A):
    function, keywords, reference = REFERENCES[name]
    value, (gradient,) = run(function, A, **keywords)
    assert value.dtype == np.float64 and gradient.dtype == A.dtype
    np.testing.assert_allclose(value, at_unit_scale(A, reference), rtol=1e-12, atol=0)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("p", [0, 0.5, 1, 1.5, 2, 3, 100, INF])
def test_vector_norm_agrees_with_numpy(run, p, rng):
    for x in (rng.randn(11), 1e-200 * rng.randn(3), 1e200 * rng.randn(3), np.zeros(4)):
        value, (gradient,) = run(norms.vector_norm, x, p=p)
        expected = (
            np.count_nonzero(x) if p == 0 else at_unit_scale(x, lambda x: np.linalg.norm(x, p))
        )
        np.testing.assert_allclose(value, expected, rtol=1e-12, atol=0)
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("kind", ["fro", "nuc", 1, 2, INF])
def test_norm_agrees_with_torch_where_it_is_installed(run, kind):
    if importlib.util.find_spec("torch") is None:
        # The NumPy namesake takes torch's place: the same name and the same definition.
        norm, convert = np.linalg.norm, np.asarray
    else:
        import torch

        norm, convert = torch.linalg.matrix_norm, torch.from_numpy
    ours = {"fro": norms.frobenius_norm, "nuc": norms.nuclear_norm}.get(kind)
    for name in ("random", "wide", "rank 2", "1 x N", "complex"):
        A = MATRICES[name]
        value = run.value(ours, A) if ours else run.value(norms.induced_norm, A, p=kind)
        np.testing.assert_allclose(value, float(norm(convert(A), kind)), rtol=1e-12)


def test_float32_and_complex64_keep_their_precision(run):
    A = MATRICES["complex"]
    for narrow in (A.astype(np.complex64), A.real.astype(np.float32)):
        for function in (norms.frobenius_norm, norms.nuclear_norm, norms.spectral_norm):
            value, (gradient,) = run(function, narrow)
            assert value.dtype == np.float32 and gradient.dtype == narrow.dtype
            wide = narrow.astype(np.complex128)
            np.testing.assert_allclose(value, run.value(function, wide), rtol=1e-6)


@pytest.mark.parametrize("name", list(REFERENCES))
def test_leading_axes_are_a_batch(run, name, rng):
    function, keywords, _ = REFERENCES[name]
    A = rng.randn(2, 3, 4, 5)
    A[1, 2], A[0, 1] = 0, 1e180 * A[0, 1]
    value, (gradient,) = run(function, A, **keywords)
    assert value.shape == (2, 3)
    for index in np.ndindex(2, 3):
        one, (its_gradient,) = run(function, A[index], **keywords)
        np.testing.assert_allclose(value[index], one, rtol=1e-13)
        np.testing.assert_allclose(gradient[index], its_gradient, rtol=1e-9, atol=1e-12)


def test_axis_and_keepdims_pick_the_vectors(run, rng):
    x = rng.randn(2, 3, 4)
    np.testing.assert_allclose(
        run.value(norms.vector_norm, x, p=3, axis=1, keepdims=True),
        np.cbrt((np.abs(x) ** 3).sum(1, keepdims=True)),
        rtol=1e-13,
    )
    np.testing.assert_allclose(
        run.value(norms.vector_norm, x, p=INF, axis=(0, 2)), np.abs(x).max((0, 2)), rtol=1e-13
    )


def test_shapes_may_be_unknown_until_the_graph_runs(rng):
    with graph_session() as sess:
        A = tf.placeholder(tf.float64, None)
        fetches = [norms.nuclear_norm(A), norms.induced_norm(A, 3), norms.lpq_norm(A, 2, 1)]
        fetches += tf.gradients(fetches, A)
        batch = rng.randn(2, 4, 3)
        nuclear, induced, _, gradient = sess.run(fetches, {A: batch})
        np.testing.assert_allclose(nuclear[1], np.linalg.norm(batch[1], "nuc"), rtol=1e-12)
        assert induced.shape == (2,) and gradient.shape == batch.shape


# ---- gradients


@pytest.mark.parametrize("name", list(REFERENCES))
@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e150])
def test_gradient_is_the_numeric_one_at_every_scale(run, name, scale):
    """A norm is homogeneous, so its gradient at scale * A is the gradient at A."""
    function, keywords, reference = REFERENCES[name]
    A = np.random.RandomState(3).randn(4, 3)
    _, (gradient,) = run(function, scale * A, **keywords)
    assert rel_error(gradient, eval_numerical_gradient(reference, A, verbose=False)) < 1e-7


def test_gradient_of_a_complex_norm_is_its_steepest_ascent(run):
    A = MATRICES["complex"].copy()
    for function in (norms.frobenius_norm, norms.nuclear_norm, norms.spectral_norm):
        _, (gradient,) = run(function, A)
        for direction in (1.0, 1j):
            numeric = np.zeros(A.shape)
            for index in np.ndindex(*A.shape):
                step = np.zeros_like(A)
                step[index] = 1e-6 * direction
                rise = run.value(function, A + step) - run.value(function, A - step)
                numeric[index] = rise / 2e-6
            part = gradient.real if direction == 1.0 else gradient.imag
            np.testing.assert_allclose(part, numeric, atol=1e-8)


def test_gradient_at_zero_is_zero(run):
    for function, keywords, _ in REFERENCES.values():
        for dtype in (np.float64, np.complex128):
            _, (gradient,) = run(function, np.zeros((3, 2), dtype), **keywords)
            np.testing.assert_array_equal(gradient, 0)


def test_gradient_at_a_tie_is_shared(run):
    _, (gradient,) = run(norms.vector_norm, np.array([2.0, -2.0, 1.0]), p=INF)
    np.testing.assert_array_equal(gradient, [0.5, -0.5, 0])
    _, (gradient,) = run(norms.induced_norm, np.array([[1.0, 2.0], [1.0, 0.0]]), p=1)
    np.testing.assert_array_equal(gradient, [[0.5, 0.5], [0.5, 0.0]])
    _, (gradient,) = run(norms.spectral_norm, np.eye(4))
    np.testing.assert_allclose(gradient, np.eye(4) / 4, atol=1e-15)


@pytest.mark.parametrize("name", ["random", "rank 1", "rank 2", "identity", "zero", "complex"])
def test_subgradients_hold_the_convex_function_from_below(run, name):
    """||B|| >= ||A|| + Re <G, B - A> for every B defines a subgradient G of a norm at A."""
    A = MATRICES[name]
    for function, keywords, _ in REFERENCES.values():
        if keywords.get("p") == 0.5:
            continue  # not convex
        value, (gradient,) = run(function, A, **keywords)
        rng = np.random.RandomState(0)
        for _ in range(10):
            B = (A + rng.randn(*A.shape) * rng.choice([1e-3, 1, 10])).astype(A.dtype)
            below = value + np.vdot(gradient, B - A).real
            assert run.value(function, B, **keywords) >= below - 1e-10


@pytest.mark.parametrize("name, rank", [("rank 1", 1), ("rank 2", 2), ("complex of rank 1", 1)])
def test_nuclear_gradient_of_a_singular_matrix_is_that_of_its_range(run, name, rank):
    """Rounding leaves singular values of 1e-16, whose directions are noise and must not count."""
    A = MATRICES[name]
    u, s, vh = np.linalg.svd(A)
    assert 0 < s[rank] < 1e-14
    _, (gradient,) = run(norms.nuclear_norm, A)
    np.testing.assert_allclose(gradient, u[:, :rank].dot(vh[:rank]), atol=1e-13)


def test_repeated_singular_values_have_a_gradient_where_tensorflow_has_none(run):
    def weighted(A):
        return tf.reduce_sum(singular_values(A) * tf.constant([3.0, 2.0], tf.float64))

    _, (gradient,) = run(weighted, np.eye(2))
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(np.sort(np.linalg.svd(gradient)[1]), [2, 3], rtol=1e-12)


def test_second_derivative_of_the_euclidean_norm(run):
    """Hessian of ||x||: (I - x x^T / ||x||^2) / ||x||."""

    def along(x, v):
        return tf.gradients(tf.reduce_sum(tf.gradients(norms.vector_norm(x), x)[0] * v), x)[0]

    x, v = np.array([3.0, 0.0, -4.0]), np.array([1.0, 2.0, 3.0])
    expected = (np.eye(3) - np.outer(x, x) / 25).dot(v) / 5
    np.testing.assert_allclose(run.value(along, x, v), expected, rtol=1e-12)


SECOND = {
    "identity": np.eye(3),
    "equal pair": np.diag([1.0, 1.0, 2.0]),
    "random": MATRICES["random"],
    "wide": MATRICES["wide"],
    "rotated pair": scipy.linalg.expm(np.tri(3) - np.tri(3).T).dot(np.diag([3.0, 3.0, 1.0])),
    "complex": MATRICES["complex"],
    "huge": 1e100 * np.eye(3),
}


def along(norm, A, W):
    """The derivative of Re <gradient of the norm at A, W> with respect to A."""
    with graph_session() as sess:
        A = tf.constant(A)
        slope = tf.reduce_sum(tf.math.real(tf.gradients(norm(A), A)[0] * np.conj(W)))
        return sess.run(tf.gradients(slope, A)[0])


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
@pytest.mark.parametrize("name", SECOND)
def test_second_derivative_of_a_schatten_norm_is_the_numeric_one(run, name, p):
    """Centred differences of the gradient, also where singular values are equal."""
    A, rng = SECOND[name], np.random.RandomState(3)
    W = rng.randn(*A.shape).astype(A.dtype)
    h = 1e-5 * np.abs(A).max()
    above, below = (run(norms.schatten_norm, A + sign * h * W, p=p)[1][0] for sign in (1, -1))
    found = along(lambda A: norms.schatten_norm(A, p), A, W)
    expected = (above - below) / (2 * h)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7 * np.abs(expected).max())


def test_second_derivative_of_schatten_2_is_that_of_the_frobenius_norm(rng):
    """(W - A <A, W> / ||A||^2) / ||A||, also at equal, nearly equal and zero singular values."""
    for A in (np.eye(3), np.diag([1, 1, 2.0]), np.diag([1, 1 + 1e-9, 2]), np.diag([1, 2.0, 0])):
        W, size = rng.randn(3, 3), np.linalg.norm(A)
        expected = (W - A * np.vdot(A, W) / size**2) / size
        found = along(lambda A: norms.schatten_norm(A, 2), A, W)
        zero = A.sum() == 3 and A[2, 2] == 0  # the part of no range is a kink's
        places = np.s_[:2, :2] if zero else np.s_[:, :]
        np.testing.assert_allclose(found[places], expected[places], atol=1e-7)


def test_second_derivatives_at_kinks_are_finite(rng):
    for A in (np.zeros((3, 3)), np.eye(3), MATRICES["rank 1"]):
        for norm in (norms.nuclear_norm, norms.spectral_norm, norms.frobenius_norm):
            assert np.isfinite(along(norm, A, rng.randn(*A.shape))).all()


def test_two_norms_of_one_matrix_have_the_sum_of_their_gradients(run):
    A = MATRICES["random"]
    both = run(lambda A: norms.nuclear_norm(A) + norms.spectral_norm(A) ** 2, A)[1][0]
    (nuclear,), (spectral,) = run(norms.nuclear_norm, A)[1], run(norms.spectral_norm, A)[1]
    largest = np.linalg.svd(A)[1][0]
    np.testing.assert_allclose(both, nuclear + 2 * largest * spectral, rtol=1e-12)


# ---- values that are not finite


@pytest.mark.parametrize("p", [0, 0.5, 1, 2, 3, INF])
def test_nan_is_never_hidden(run, p):
    """TensorFlow 1.15's maximum and singular values both lose a NaN."""
    for place in range(4):
        A = np.ones((2, 2))
        A[place // 2, place % 2] = np.nan
        assert np.isnan(run.value(norms.entrywise_norm, A, p=p))
        assert np.isnan(run.value(norms.schatten_norm, A, p=p))
        if p >= 1:
            assert np.isnan(run.value(norms.induced_norm, A, p=p))


def test_infinite_entry_makes_an_infinite_norm(run):
    x = np.array([1.0, -INF, 2.0])
    for p in (0.5, 1, 2, 3, INF):
        assert run.value(norms.vector_norm, x, p=p) == INF


def test_empty_vector_has_norm_zero(run):
    for p in (0, 1, 2, 3, INF):
        assert run.value(norms.vector_norm, np.zeros((0,)), p=p) == 0


# ---- induced p-norms


def best_of_many(A, p, count=200000):
    """||A x||_p at its best over a dense set of x: a lower bound too, close from below."""
    x = np.random.RandomState(5).randn(A.shape[1], count)
    return (np.linalg.norm(A.dot(x), p, axis=0) / np.linalg.norm(x, p, axis=0)).max()


@pytest.mark.parametrize("p", [1.1, 1.5, 3, 10])
def test_power_method_beats_search_and_stays_below_the_interpolation_bound(run, p, rng):
    """Riesz and Thorin: ||A||_p <= ||A||_1^(1/p) ||A||_inf^(1 - 1/p)."""
    for A in (rng.randn(3, 2), rng.randn(2, 3), rng.randn(3, 3)):
        value = run.value(norms.induced_norm, A, p=p)
        assert value >= best_of_many(A, p) * (1 - 1e-12)
        assert value <= best_of_many(A, p) * 1.01
        bound = np.linalg.norm(A, 1) ** (1 / p) * np.linalg.norm(A, INF) ** (1 - 1 / p)
        assert value <= bound * (1 + 1e-12)


@pytest.mark.parametrize("p", [1.5, 3])
def test_induced_norm_of_vectors_diagonals_and_rank_one_is_exact(run, p, rng):
    """Column: ||a||_p. Row: ||a||_q, 1/p + 1/q = 1. Diagonal: max |d|. u v^T: ||u||_p ||v||_q."""
    q = p / (p - 1)
    u, v = rng.randn(4), rng.randn(3)
    for A, expected in (
        (u[:, None], np.linalg.norm(u, p)),
        (v[None], np.linalg.norm(v, q)),
        (np.diag(u), np.abs(u).max()),
        (1e200 * np.outer(u, v), 1e200 * np.linalg.norm(u, p) * np.linalg.norm(v, q)),
        (np.outer(u + 1j, v), np.linalg.norm(u + 1j, p) * np.linalg.norm(v, q)),
        (np.zeros((2, 3)), 0),
    ):
        np.testing.assert_allclose(run.value(norms.induced_norm, A, p=p), expected, rtol=1e-12)


def test_induced_norm_has_the_dual_norm_of_its_transpose(run, rng):
    A = rng.randn(3, 4)
    transposed = run.value(norms.induced_norm, A.T.copy(), p=1.5)
    np.testing.assert_allclose(run.value(norms.induced_norm, A, p=3), transposed, rtol=1e-10)


def test_gradient_of_the_power_method_is_the_numeric_one(run):
    A = np.random.RandomState(2).randn(3, 2)
    _, (gradient,) = run(norms.induced_norm, A, p=3)
    numeric = eval_numerical_gradient(
        lambda A: run.value(norms.induced_norm, A, p=3), A, verbose=False
    )
    assert rel_error(gradient, numeric) < 1e-7


def test_induced_norm_is_the_same_each_time(run, rng):
    A = rng.randn(5, 4)
    assert len({float(run.value(norms.induced_norm, A, p=3)) for _ in range(3)}) == 1


# ---- relations


@each_matrix
def test_spectral_is_at_most_frobenius_and_equal_only_up_to_rank_one(run, A):
    spectral, frobenius = run.value(norms.spectral_norm, A), run.value(norms.frobenius_norm, A)
    rank = run.value(norms.schatten_norm, A, p=0)
    assert rank == np.linalg.matrix_rank(A / (np.abs(A).max() or 1))
    if rank <= 1:
        np.testing.assert_allclose(spectral, frobenius, rtol=1e-13)
    else:
        assert spectral < frobenius * (1 - 1e-3)


@each_matrix
def test_frobenius_is_schatten_2_is_the_root_of_a_trace(run, A):
    frobenius = run.value(norms.frobenius_norm, A)
    np.testing.assert_allclose(run.value(norms.schatten_norm, A, p=2), frobenius, rtol=1e-13)
    trace = at_unit_scale(A, lambda A: np.sqrt(np.trace(A.conj().T.dot(A)).real))
    np.testing.assert_allclose(frobenius, trace, rtol=1e-13)


def test_style_loss_is_a_squared_frobenius_norm_of_a_difference_of_grams(run, rng):
    ours, theirs = rng.randn(2, 1, 6, 5, 4)
    grams = [np.einsum("nhwc,nhwd->cd", x, x) / x.size for x in (ours, theirs)]
    with graph_session() as sess:
        loss = sess.run(style_loss([tf.constant(ours)], [0], [tf.constant(grams[1])], [3.0]))
    np.testing.assert_allclose(
        3 * run.value(norms.frobenius_norm, grams[0] - grams[1]) ** 2, loss, rtol=1e-12
    )


def test_dual_of_the_nuclear_norm_is_the_spectral_norm(run, rng):
    """max <A, B> over ||B||_2 <= 1 is ||A||_*, reached at the nuclear norm's gradient U V^T."""
    A = MATRICES["random"]
    nuclear, (B,) = run(norms.nuclear_norm, A)
    np.testing.assert_allclose(np.vdot(A, B), nuclear, rtol=1e-13)
    np.testing.assert_allclose(run.value(norms.spectral_norm, B), 1, rtol=1e-13)
    for _ in range(20):
        C = rng.randn(*A.shape)
        assert np.vdot(A, C) <= nuclear * run.value(norms.spectral_norm, C) * (1 + 1e-13)


def test_dual_of_the_1_norm_is_the_maximum(run, rng):
    x = rng.randn(9)
    one, (sign,) = run(norms.vector_norm, x, p=1)
    np.testing.assert_allclose(x.dot(sign), one, rtol=1e-14)
    assert run.value(norms.vector_norm, sign, p=INF) == 1


finite = st.floats(-1e3, 1e3).map(lambda x: x if abs(x) > 1e-6 else 0.0)
pairs = hnp.arrays(np.float64, (2, 3, 3), elements=finite)
NORMS = {
    "entrywise 1": (norms.entrywise_norm, {"p": 1}),
    "entrywise 1.5": (norms.entrywise_norm, {"p": 1.5}),
    "frobenius": (norms.frobenius_norm, {}),
    "max": (norms.max_norm, {}),
    "L 2,1": (norms.lpq_norm, {"p": 2, "q": 1}),
    "L 1,inf": (norms.lpq_norm, {"p": 1, "q": INF}),
    "induced 1": (norms.induced_norm, {"p": 1}),
    "induced 2": (norms.induced_norm, {"p": 2}),
    "induced inf": (norms.induced_norm, {"p": INF}),
    "nuclear": (norms.nuclear_norm, {}),
    "Schatten 3": (norms.schatten_norm, {"p": 3}),
}


@pytest.mark.parametrize("name", list(NORMS))
@settings(max_examples=40, deadline=None, derandomize=True)
@given(pair=pairs, factor=st.floats(-100, 100))
def test_norm_axioms(run, name, pair, factor):
    function, keywords = NORMS[name]
    A, B = pair
    a, b, both, scaled = run.value(function, np.stack([A, B, A + B, factor * A]), **keywords)
    assert (a == 0) == (not A.any()) and a >= 0
    np.testing.assert_allclose(scaled, abs(factor) * a, rtol=1e-12, atol=1e-300)
    assert both <= (a + b) * (1 + 1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pair=pairs)
def test_induced_frobenius_and_nuclear_norms_are_submultiplicative(run, pair):
    A, B = pair
    stack = np.stack([A, B, A.dot(B)])
    for name in ("induced 1", "induced 2", "induced inf", "frobenius", "nuclear", "entrywise 1"):
        function, keywords = NORMS[name]
        a, b, product = run.value(function, stack, **keywords)
        assert product <= a * b * (1 + 1e-12) + 1e-300, name


def test_max_norm_is_not_submultiplicative(run):
    ones = np.ones((2, 2))
    assert run.value(norms.max_norm, ones.dot(ones)) == 2 * run.value(norms.max_norm, ones) ** 2


@settings(max_examples=60, deadline=None, derandomize=True)
@given(x=hnp.arrays(np.float64, 4, elements=finite))
def test_vector_norms_fall_with_p(run, x):
    values = [run.value(norms.vector_norm, x, p=p) for p in (0.5, 1, 1.5, 2, 3, INF)]
    assert all(left >= right * (1 - 1e-12) for left, right in zip(values, values[1:]))


def test_half_norm_fails_the_triangle_inequality_as_documented(run):
    x, y = np.eye(2)
    a, b, both = run.value(norms.vector_norm, np.stack([x, y, x + y]), p=0.5)
    assert both == pytest.approx(4) and a + b == 2


# ---- mistakes


@pytest.mark.parametrize("p", [-1, np.nan, "2", None, True, "fro"])
def test_wrong_p_is_refused_when_the_graph_is_built(raises_one_line, p):
    for function in (norms.vector_norm, norms.entrywise_norm, norms.schatten_norm):
        with tf.Graph().as_default(), raises_one_line("p: got", "at least 0"):
            function(np.ones((2, 2)), p)


def test_p_below_one_induces_no_norm(raises_one_line):
    with tf.Graph().as_default(), raises_one_line("p: got 0.5", "at least 1"):
        norms.induced_norm(np.ones((2, 2)), 0.5)


def test_p_as_a_tensor_is_refused(raises_one_line):
    with tf.Graph().as_default(), raises_one_line("p: got Tensor", "a number"):
        norms.vector_norm(np.ones(2), tf.constant(2.0))


def test_wrong_rank_dtype_and_counts_are_refused(raises_one_line):
    with tf.Graph().as_default():
        for function in (norms.nuclear_norm, norms.frobenius_norm, norms.lpq_norm):
            with raises_one_line("A: got shape (3,)", "expected (..., M, N)"):
                function(np.ones(3))
        for function in (norms.nuclear_norm, lambda A: norms.induced_norm(A, 3)):
            with raises_one_line("A: got shape (0, 3)", "at least one row"):
                function(np.ones((0, 3)))
        with raises_one_line("x: got shape ()", "(..., N)"):
            norms.vector_norm(1.0)
        with raises_one_line("x: got int32", "floats"):
            norms.vector_norm([1, 2])
        with raises_one_line("starts", "-1"):
            norms.induced_norm(np.ones((2, 2)), 3, starts=-1)
        with raises_one_line("x: cannot be made a tensor"):
            norms.vector_norm([[1.0], [1.0, 2.0]])
