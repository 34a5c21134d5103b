import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der
from threadpoolctl import threadpool_info

from tf_cs231n.pixels.optimizers import LBFGSMemory, adam, lbfgs, lbfgs_b


class Counted:
    """A function that keeps count of its evaluations and of its least value."""

    def __init__(self, loss, gradient):
        self.loss, self.gradient = loss, gradient
        self.xs = []

    def __call__(self, x):
        self.xs.append(x.copy())
        return float(self.loss(x)), self.gradient(x).astype(np.float32)

    @property
    def least(self):
        return min(self.loss(x) for x in self.xs)


def test_lbfgs_finds_the_minimum_of_rosenbrocks_valley():
    valley = Counted(
        lambda x: rosen(x.astype(np.float64).ravel()),
        lambda x: rosen_der(x.astype(np.float64).ravel()).reshape(x.shape),
    )
    x = lbfgs(valley, np.full((2, 3), -1.2, np.float32), -5, 5, 200)
    np.testing.assert_allclose(x, 1, atol=2e-2)
    assert len(valley.xs) < 200


@pytest.mark.parametrize("optimizer", [lbfgs, lbfgs_b])
def test_the_minimum_of_a_quadratic_in_a_box_is_the_clipped_one(rng, optimizer):
    # Separable, so that clipping the free minimum gives the one in the box.
    center, scale = rng.randn(4, 5) * 2, rng.uniform(0.1, 10, (4, 5))
    low, high = -np.ones(5), np.linspace(0.2, 1.5, 5)
    bowl = Counted(
        lambda x: (scale * (x.astype(np.float64) - center) ** 2).sum(),
        lambda x: 2 * scale * (x - center),
    )
    x = optimizer(bowl, np.zeros((4, 5), np.float32), low, high, 100)
    np.testing.assert_allclose(x, np.clip(center, low, high), atol=1e-3)
    assert all((x >= low - 1e-6).all() and (x <= high + 1e-6).all() for x in bowl.xs)


FACTORS = [1e-12, 1e-6, 1.0, 1e3, 1e7, 1e12]


@pytest.mark.parametrize("optimizer", [lbfgs, lbfgs_b])
@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_of_the_loss_changes_nothing(optimizer, factor):
    parabola = Counted(lambda x: factor * ((x - 3) ** 2).sum(), lambda x: 2 * factor * (x - 3))
    x = optimizer(parabola, np.zeros((2, 2), np.float32), -10, 10, 30)
    np.testing.assert_allclose(x, 3, atol=1e-5)

    center = np.linspace(-2, 2, 12).reshape(3, 4)
    curvature = np.geomspace(1, 30, 12).reshape(3, 4)

    def bowl(x):
        """Not separable, its minimum at a corner of the box."""
        d = x.reshape(3, 4) - center
        coupled = d.sum()
        loss = (curvature * d**2).sum() + coupled**2
        return factor * loss, factor * (2 * curvature * d + 2 * coupled)

    def flat(x):
        loss, gradient = bowl(x)
        return loss, gradient.ravel()

    found = optimizer(
        lambda x: (bowl(x.astype(float))[0], bowl(x.astype(float))[1].astype(np.float32)),
        np.zeros((3, 4), np.float32),
        -1,
        1.5,
        100,
    )
    scipys = minimize(
        lambda x: tuple(part / factor for part in flat(x)),
        np.zeros(12),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-1, 1.5)] * 12,
        options={"ftol": 0, "gtol": 1e-10},
    )
    np.testing.assert_allclose(found.ravel(), scipys.x, atol=1e-3)


def test_lbfgs_takes_the_same_steps_whatever_power_of_two_the_factor_is(rng):
    center = rng.randn(4, 5)
    paths = []
    for factor in (2.0**-40, 1.0, 2.0**40):
        bowl = Counted(
            lambda x, factor=factor: factor * ((x - center) ** 4).sum(),
            lambda x, factor=factor: factor * 4 * (x - center) ** 3,
        )
        lbfgs(bowl, np.zeros((4, 5), np.float32), -3, 3, 20)
        paths.append(np.array(bowl.xs))
    np.testing.assert_array_equal(paths[0], paths[1])
    np.testing.assert_array_equal(paths[2], paths[1])


def test_scipys_line_search_does_not_go_beyond_the_evaluations():
    valley = Counted(
        lambda x: rosen(x.astype(np.float64).ravel()),
        lambda x: rosen_der(x.astype(np.float64).ravel()).reshape(x.shape),
    )
    for asked in range(1, 12):
        valley.xs = []
        x = lbfgs_b(valley, np.full((2, 3), -1.2, np.float32), -5, 5, asked)
        assert len(valley.xs) == asked
        assert valley.loss(x) == valley.least


@pytest.mark.parametrize("optimizer", [lbfgs, lbfgs_b, adam])
def test_no_more_evaluations_than_asked(rng, optimizer):
    for asked in (1, 2, 7):
        bowl = Counted(lambda x: (x**2).sum(), lambda x: 2 * x)
        optimizer(bowl, np.ones((3, 2), np.float32), -2, 2, asked)
        assert len(bowl.xs) <= asked


def test_lbfgs_stops_at_once_where_the_gradient_is_zero():
    flat = Counted(lambda x: 1.0, np.zeros_like)
    x = lbfgs(flat, np.ones((2, 2), np.float32), -2, 2, 50)
    assert len(flat.xs) == 1 and (x == 1).all()


def test_lbfgs_ends_where_the_gradient_lies():
    lie = Counted(lambda x: x.sum(), lambda x: -np.ones_like(x))
    lbfgs(lie, np.zeros((2, 2), np.float32), -2, 2, 100)
    assert len(lie.xs) < 100 and lie.least == 0


def test_memory_leaves_out_a_pair_of_negative_curvature():
    memory = LBFGSMemory()
    s = np.ones(3, np.float32)
    memory.update(s, -s)
    assert not memory.pairs
    memory.update(s, 2 * s)
    np.testing.assert_allclose(memory.direction(s), -s / 2)


def test_direction_is_that_of_the_bfgs_matrix_written_out(rng):
    # The textbook's recursion on a dense matrix, from gamma * identity.
    n = 6
    A = rng.randn(n, n)
    A = A @ A.T + np.eye(n)
    memory = LBFGSMemory()
    pairs = []
    for _ in range(4):
        s = rng.randn(n).astype(np.float32)
        y = (A @ s).astype(np.float32)
        memory.update(s, y)
        pairs.append((s.astype(np.float64), y.astype(np.float64)))
    s, y = pairs[-1]
    H = np.eye(n) * (s @ y) / (y @ y)
    for s, y in pairs:
        V = np.eye(n) - np.outer(y, s) / (s @ y)
        H = V.T @ H @ V + np.outer(s, s) / (s @ y)
    gradient = rng.randn(n).astype(np.float32)
    np.testing.assert_allclose(memory.direction(gradient), -H @ gradient, rtol=1e-4)


def test_adam_is_the_courses_recipe(rng):
    # Written out once more: the course's TensorFlow loop, one scalar at a time.
    start = rng.uniform(-1, 1, 4)
    x, m, v, rate = start.copy(), np.zeros(4), np.zeros(4), 3.0
    for t in range(20):
        g = 2 * (x - 0.3)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        x -= rate * (m / (1 - 0.9 ** (t + 1))) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8)
        if t < 18:
            x = np.clip(x, -1.5, 1.5)
        if t == 18:
            rate = 0.1
    bowl = Counted(lambda x: ((x - 0.3) ** 2).sum(), lambda x: 2 * (x - 0.3))
    got = adam(bowl, start.astype(np.float32), -9, 9, 20)
    np.testing.assert_allclose(got, x, rtol=1e-4)


def test_sums_take_one_thread_and_leave_others_theirs():
    def threads():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    seen = []

    def bowl(x):
        seen.extend(threads())
        return float((x**2).sum()), 2 * x

    before = threads()
    lbfgs(bowl, np.ones((2, 2), np.float32), -2, 2, 3)
    assert set(seen) == {1} and threads() == before
