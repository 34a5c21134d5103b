"""Scores of inputs whose scores are known."""

import numpy as np
import pytest
from scipy import linalg

from tf_cs231n.datasets import Digits
from tf_cs231n.gan_training.scores import (
    CollapseWatch,
    compare_samples,
    digit_histogram,
    duplicate_share,
    frechet_distance,
    inception_score,
    memorization,
    nearest_images,
    signs_of_collapse,
)


def blobs(rng, number):
    """Images that differ as digits do: random strokes."""
    return np.uint8(255 * (rng.rand(number, 28, 28) < 0.2))


def test_inception_score_of_known_answers(rng):
    sure = np.eye(10)[np.arange(200) % 4]
    assert inception_score(sure) == pytest.approx(4)
    assert inception_score(np.eye(10)[np.zeros(5, int)]) == pytest.approx(1)
    assert inception_score(np.full((5, 10), 0.1)) == pytest.approx(1)
    p = rng.dirichlet(np.ones(10), 50)
    by_entropy = np.exp(
        -np.sum(p.mean(0) * np.log(p.mean(0))) + np.mean(np.sum(p * np.log(p), axis=1))
    )
    assert inception_score(p) == pytest.approx(by_entropy)


def test_frechet_distance_equals_the_matrix_square_root_formula(rng):
    x, y = rng.randn(60, 5) @ rng.randn(5, 5), 1 + rng.randn(70, 5)
    C_x, C_y = np.cov(x.T), np.cov(y.T)
    expected = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(
        C_x + C_y - 2 * linalg.sqrtm(C_x @ C_y).real
    )
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(y, x) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_equal_and_of_singular_clouds(rng):
    x = rng.randn(50, 6)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)
    flat = x * [1, 1, 1, 0, 0, 0]  # features that never vary
    assert frechet_distance(flat, flat + 2) == pytest.approx(24)
    # Diagonal covariances: the sum of (sigma_x - sigma_y)^2.
    assert frechet_distance(x, 3 * x - 2 * x.mean(0)) == pytest.approx(4 * np.trace(np.cov(x.T)))


def test_histogram_counts_the_likeliest_classes():
    np.testing.assert_array_equal(
        digit_histogram(np.array([[0.6, 0.4, 0], [0, 0.3, 0.7], [0.5, 0.3, 0.2], [0, 0, 1]])),
        [0.5, 0, 0.5],
    )


def test_nearest_images_equal_the_search_pair_by_pair(rng):
    x, y = rng.randint(0, 256, (7, 28, 28)), rng.randint(0, 256, (9, 28, 28))
    pairs = np.sqrt(np.mean(((x[:, None] - y[None]) / 255.0) ** 2, axis=(2, 3)))
    indices, distances = nearest_images(np.uint8(x), np.uint8(y))
    np.testing.assert_array_equal(indices, pairs.argmin(1))
    np.testing.assert_allclose(distances, pairs.min(1), rtol=1e-12)
    own, zero = nearest_images(np.uint8(x), np.uint8(x))
    np.testing.assert_array_equal(own, np.arange(7))
    assert not zero.any()
    others, _ = nearest_images(np.uint8(x), np.uint8(x), skip_self=True)
    assert (others != np.arange(7)).all()


def test_collapse_is_named_by_each_of_its_signs(rng):
    real, samples = blobs(rng, 60), blobs(rng, 60)
    even = np.full(10, 0.1)
    assert signs_of_collapse(samples, real, [0.2], "lsgan", even) == []
    one = np.repeat(samples[:1], 60, axis=0)
    (sign,) = signs_of_collapse(one, real, [0.2])
    assert sign == "100% of the samples are duplicates"
    (sign,) = signs_of_collapse(samples, real, [0.001, 0.002])
    assert sign == "the discriminator has won (its loss is 0.0015)"
    assert signs_of_collapse(samples, real, [0.0], "wgan-gp") == []  # there 0 is good
    lost = even + 0.0
    lost[[3, 8]] = 0.005
    assert signs_of_collapse(samples, real, [], histogram=lost) == ["no 3, 8 among the samples"]


def test_duplicates_are_counted_among_honest_samples(rng):
    samples = blobs(rng, 40)
    samples[10:15] = samples[5:10]
    assert duplicate_share(samples, blobs(rng, 50)) == pytest.approx(10 / 40)


def test_copied_training_images_are_found(rng):
    train, test, fresh = blobs(rng, 200), blobs(rng, 100), blobs(rng, 50)
    labels = np.zeros(200, np.uint8)
    digits = Digits(train, labels, test, labels[:100], "made here")
    assert memorization(fresh, digits).copies < 0.1
    stolen = fresh.copy()
    stolen[:25] = train[100:125]
    found = memorization(stolen, digits)
    assert 0.5 <= found.copies < 0.6
    np.testing.assert_array_equal(found.nearest[:25], np.arange(100, 125))


def test_nearest_color_images_are_found_across_the_parts_of_a_large_set(rng, monkeypatch):
    x = rng.randint(0, 256, (5, 64, 64, 3)).astype(np.uint8)
    many = rng.randint(0, 256, (900, 64, 64, 3)).astype(np.uint8)  # three parts
    many[[899, 3, 400, 650, 0]] = x
    indices, distances = nearest_images(x, many)
    np.testing.assert_array_equal(indices, [899, 3, 400, 650, 0])
    assert not distances.any()


def test_images_without_labels_are_compared_by_their_features_alone(rng):
    def mean_color(images):
        return None, images.reshape(len(images), -1, 3).mean(axis=1)

    red, dark = np.zeros((2, 60, 28, 28, 3), np.uint8)
    red[..., 0] = rng.randint(200, 256, (60, 1, 1))
    dark[..., 2] = rng.randint(0, 50, (60, 1, 1))
    table = compare_samples(mean_color, dark, Digits(red[:40], None, red[40:], None, ""))
    assert list(table) == ["samples", "real images", "pure noise"]
    assert table["real images"].distance < 200 < table["samples"].distance
    assert {(scores.score, scores.histogram) for scores in table.values()} == {(None, None)}


def test_a_watch_names_each_sign_once_until_it_is_gone(rng):
    good, one = blobs(rng, 30), np.repeat(blobs(rng, 1), 30, axis=0)
    watch = CollapseWatch(blobs(rng, 50), "lsgan", steps=800)
    assert watch.look(100, 0.2, one) == []  # of 800 steps the first 200 are too early to tell
    assert watch.look(200, 0.2, None) == []
    (sign,) = watch.look(300, 0.2, one)
    assert sign == "100% of the samples are duplicates"
    assert watch.look(400, 0.2, one) == watch.look(500, 0.2, good) == []
    assert watch.look(600, 0.2, one) == [sign]


def test_a_watch_with_a_classifier_misses_digits(rng):
    def sees_ones(images):
        return np.tile(np.eye(10)[1], (len(images), 1)), None

    watch = CollapseWatch(blobs(rng, 50), "vanilla", steps=4, classifier=sees_ones)
    (sign,) = watch.look(100, 1.4, blobs(rng, 30))
    assert sign == "no 0, 2, 3, 4, 5, 6, 7, 8, 9 among the samples"
