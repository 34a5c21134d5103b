"""TensorBoard's own reader finds the graph, numbers, images, texts and histograms of a training."""

import numpy as np
from event_files import Found, pixels_of

from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.training import events as library
from tf_cs231n.training.events import Events, image_grid, read_images, read_summaries
from tf_cs231n.training.loop import Training, minimize


def test_images_come_back_pixel_by_pixel(tmp_path, rng):
    gray, color = rng.randint(0, 256, (5, 7)), rng.randint(0, 256, (6, 4, 3))
    events = Events(str(tmp_path))
    events.images(3, {"gray": np.uint8(gray), "color": np.uint8(color)})
    events.text(3, "captions", "| a cat |")
    events.flush()
    found = Found(tmp_path)
    for name, expected in (("gray", gray), ("color", color)):
        ((step, image),) = found.images[name]
        assert step == 3
        np.testing.assert_array_equal(image, expected)
    assert found.texts == {"captions": [(3, "| a cat |")]}
    assert read_summaries(str(tmp_path)) == {}  # no numbers, so losses.png shows none of these
    read = read_images(str(tmp_path))
    np.testing.assert_array_equal(pixels_of(read["gray"][3]), gray)
    assert list(read) == ["gray", "color"]


def test_a_training_that_runs_can_be_followed_without_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "FLUSH_SECONDS", 0)
    events = Events(str(tmp_path))
    events.scalars(1, {"loss": 2.0})
    events.images(1, {"samples": np.zeros((2, 2), np.uint8)})
    assert read_summaries(str(tmp_path)) == {"loss": ((1,), (2.0,))}
    assert list(read_images(str(tmp_path))["samples"]) == [1]
    monkeypatch.setattr(library, "FLUSH_SECONDS", 60)  # too short a line for the disk by itself
    events.scalars(2, {"loss": 1.0})
    assert read_summaries(str(tmp_path)) == {"loss": ((1,), (2.0,))}


def test_a_grid_is_row_by_row_as_square_as_may_be():
    images = np.arange(1, 6, dtype=np.uint8)[:, None, None] * np.ones((5, 2, 3), np.uint8)
    grid = image_grid(images)
    assert grid.shape == (4, 9)
    assert grid[::2, ::3].tolist() == [[1, 2, 3], [4, 5, 0]]
    assert image_grid(np.zeros((4, 2, 3, 3), np.uint8)).shape == (4, 6, 3)


def test_a_histogram_counts_every_finite_number(tmp_path):
    events = Events(str(tmp_path))
    events.histograms(1, {"w": np.float32([0, 1, 1, 3, np.nan]), "none": np.full(2, np.inf)})
    events.flush()
    found = Found(tmp_path)
    ((_, value),) = found.histograms["w"]
    assert (value.min, value.max, value.num, value.sum, value.sum_squares) == (0, 3, 4, 5, 11)
    counts = dict(zip(value.bucket_limit, value.bucket))
    assert sum(counts.values()) == 4
    assert sum(count for limit, count in counts.items() if limit <= 1.2) == 3


def train_line(folder, steps, **arguments):
    with fresh_graph():
        w = tf.get_variable("w", initializer=np.zeros(3, np.float32))
        big = tf.constant(np.random.RandomState(0).rand(200, 3), tf.float32, name="big")
        loss = tf.reduce_sum(tf.square(w - 1)) + 0 * tf.reduce_sum(big)
        op, _ = minimize(loss, tf.train.GradientDescentOptimizer(0.25))
        with Training(str(folder), [(op, {"loss": loss})], **arguments) as training:
            for _ in training.steps(steps):
                pass


def test_a_training_shows_its_graph_once_and_its_weights_if_asked(tmp_path):
    train_line(tmp_path, 2, summary_steps=1, histogram_steps=2)
    train_line(tmp_path, 4, summary_steps=1, histogram_steps=2)  # resumed
    found = Found(tmp_path)
    (graph_def,) = found.graphs
    names = {node.name: node for node in graph_def.node}
    assert {"w", "big", "Square"} <= set(names)
    assert not names["big"].attr["value"].tensor.tensor_content  # 2.4 kB that nobody would look at
    assert names["big"].attr["value"].tensor.tensor_shape.dim[0].size == 200
    # From w = 0 each step halves the way to 1.
    assert [(step, h.max) for step, h in found.histograms["w"]] == [(2, 0.75), (4, 0.9375)]
    assert found.scalars == {"loss": [(1, 3), (2, 3 / 4), (3, 3 / 16), (4, 3 / 64)]}
    assert sum(file.stat().st_size for file in tmp_path.glob("events.*")) < 20_000


def test_histograms_are_off_by_default(tmp_path):
    train_line(tmp_path, 2)
    assert Found(tmp_path).histograms == {}
