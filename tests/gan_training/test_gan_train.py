"""Whole trainings in a folder, small ones, and the digit classifier."""

import itertools
import json
import warnings

import numpy as np
import pytest
from event_files import Found

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.datasets import Digits, load_mnist
from tf_cs231n.errors import InputError
from tf_cs231n.gan_training.classifier import DigitClassifier, train_classifier
from tf_cs231n.gan_training.scores import compare_samples
from tf_cs231n.gan_training.train import fixed_noise, linear_decay, load_sampler, train_gan
from tf_cs231n.interruption import Stop, Stopped
from tf_cs231n.training.events import read_summaries
from tf_cs231n.training.loop import NotFinite


def few_digits():
    rng = np.random.RandomState(0)
    images = np.uint8(255 * (rng.rand(30, 28, 28) < 0.3))
    labels = np.arange(30).astype(np.uint8) % 10
    return Digits(images, labels, images[:10], labels[:10], "made here")


def run(folder, steps, stop_after=None, **settings):
    """Train to ``steps`` in total, or stop after ``stop_after`` more as if interrupted."""
    settings = {"batch_size": 4, "noise_dim": 5, "draw_every": 2, "draw": 3, **settings}
    training = train_gan(few_digits(), folder, steps, **settings)
    done = list(itertools.islice(training, stop_after))
    training.close()
    return done


def test_learning_rate_is_constant_then_falls_linearly_to_zero():
    with graph_session() as sess:
        step = tf.placeholder(tf.int64, [])
        rate = linear_decay(0.5, step, steps=20, decay=0.4)
        constant = linear_decay(0.5, step, steps=20, decay=0)
        # The last 8 of 20 steps: after 14 steps 6 of the 8 are left, before the last step 1.
        for done, expected in [(0, 0.5), (12, 0.5), (14, 0.375), (19, 0.0625), (20, 0), (21, 0)]:
            assert sess.run(rate, {step: done}) == expected
            assert sess.run(constant, {step: done}) == 0.5


def weights_of(folder):
    with graph_session() as sess:
        sampler, _ = load_sampler(folder, sess)
        return sess.run(sampler.variables)


def test_training_takes_the_decaying_rate_and_a_larger_total_raises_it(tmp_path):
    """A step of Adam without momentum is in proportion to its rate, while D moves little."""
    settings = {"beta1": 0.0, "learning_rate": 1e-5}
    lengths = []
    for decay, total in [(0, 4), (1, 4), (1, 8)]:  # of the rate, after 3 steps: all, 1/4, 5/8
        folder = tmp_path / f"{decay}-{total}"
        run(folder, 4, stop_after=3, decay=0, **settings)
        before = weights_of(folder)
        run(folder, total, stop_after=1, decay=decay, **settings)
        moves = [np.abs(after - w).sum() for w, after in zip(before, weights_of(folder))]
        lengths.append(sum(moves))
    np.testing.assert_allclose(np.array(lengths) / lengths[0], [1, 1 / 4, 5 / 8], rtol=0.03)


@pytest.mark.parametrize("architecture, loss", [("fc", "wgan-gp"), ("dcgan", "lsgan")])
def test_resumed_training_continues_losses_and_samples_without_a_jump(tmp_path, architecture, loss):
    settings = {"architecture": architecture, "loss": loss, "critic_steps": 2}
    whole = run(tmp_path / "whole", 4, **settings)
    parts = run(tmp_path / "parts", 4, stop_after=2, **settings)
    parts += run(tmp_path / "parts", 4, **settings)
    assert [step for step, _, _ in parts] == [1, 2, 3, 4]
    for (_, values, samples), (_, other_values, other_samples) in zip(whole, parts):
        assert values == pytest.approx(other_values, rel=1e-4)
        assert (samples is None) == (other_samples is None)
        if samples is not None:
            assert np.abs(np.int16(samples) - other_samples).max() <= 1
    assert read_summaries(tmp_path / "parts") == {}  # fewer than 20 steps
    shown = Found(tmp_path / "parts")
    assert len(shown.graphs) == 1 and [step for step, _ in shown.images["samples"]] == [2, 4]
    for (_, grid), (_, _, samples) in zip(shown.images["samples"], parts[1::2]):
        np.testing.assert_array_equal(grid[28:, :28], samples[2])  # 3 samples, 2 a row
    with graph_session() as sess:
        sampler, kept = load_sampler(tmp_path / "parts", sess)
        drawn = sampler.sample(fixed_noise(3, 5))
    np.testing.assert_array_equal(drawn, parts[-1][2])
    assert kept["architecture"] == architecture and kept["noise_dim"] == 5


def test_a_training_that_is_asked_to_stop_saves_its_step(tmp_path):
    stop = Stop()
    training = train_gan(few_digits(), tmp_path, 9, batch_size=4, noise_dim=5, stop=stop)
    assert next(training)[0] == 1
    stop.request()
    with pytest.raises(Stopped, match="after step 1, which is saved"):
        next(training)
    assert (tmp_path / "model.ckpt-1.index").exists()


@pytest.mark.parametrize("architecture, loss", [("fc", "lsgan"), ("dcgan", "vanilla")])
def test_each_architecture_has_the_courses_loss_unless_told(tmp_path, architecture, loss):
    run(tmp_path, 1, architecture=architecture)
    assert json.loads((tmp_path / "settings.json").read_text())["loss"] == loss


def test_training_of_other_settings_or_data_is_refused(tmp_path):
    run(tmp_path, 1)
    with pytest.raises(InputError, match="begun with architecture 'fc', got 'dcgan'"):
        run(tmp_path, 2, architecture="dcgan")
    with pytest.raises(InputError, match="begun with data '30 pictures"):
        list(train_gan(few_digits()._replace(train_images=few_digits().test_images), tmp_path, 2,
                       batch_size=4, noise_dim=5))  # fmt: skip
    run(tmp_path, 2, learning_rate=1e-4)  # this one may change


def test_checkpoint_of_the_other_architecture_is_one_clear_line(tmp_path):
    run(tmp_path, 1)
    settings = json.loads((tmp_path / "settings.json").read_text())
    (tmp_path / "settings.json").write_text(json.dumps({**settings, "architecture": "dcgan"}))
    with graph_session() as sess, pytest.raises(InputError, match="checkpoint of another model"):
        load_sampler(tmp_path, sess)


def test_nan_stops_the_training_with_its_step(tmp_path):
    run(tmp_path, 2)
    with pytest.raises(NotFinite, match=r"_loss is (nan|inf) at step \d+; step 2 is the last good"):
        run(tmp_path, 40, learning_rate=1e30)
    with graph_session() as sess:
        sampler, _ = load_sampler(tmp_path, sess)
        assert sampler.sample(fixed_noise(1, 5)).shape == (1, 28, 28)


def few_images(channels=3):
    rng = np.random.RandomState(0)
    images = rng.randint(0, 256, (30, 32, 32, channels)).astype(np.uint8)
    images = images[..., 0] if channels == 1 else images
    return Digits(images, None, images[:10], None, "made here", {"images": "/photos", "size": 32})


def run_on_images(folder, steps, data=None, **settings):
    settings = {"batch_size": 4, "noise_dim": 5, "draw_every": 2, "draw": 3, "width": 4, **settings}
    return list(train_gan(data or few_images(), folder, steps, **settings))


@pytest.mark.filterwarnings("ignore:after")
def test_images_of_32_pixels_train_the_papers_networks_and_resume(tmp_path):
    whole = run_on_images(tmp_path / "whole", 4)
    run_on_images(tmp_path / "parts", 2)
    parts = run_on_images(tmp_path / "parts", 4)
    assert [step for step, _, _ in parts] == [3, 4]
    assert parts[-1][1] == pytest.approx(whole[-1][1], rel=1e-3)
    with graph_session() as sess:
        sampler, settings = load_sampler(tmp_path / "parts", sess)
        drawn = sampler.sample(fixed_noise(3, 5))
    np.testing.assert_array_equal(drawn, parts[-1][2])
    assert drawn.shape == (3, 32, 32, 3) and settings["shape"] == [32, 32, 3]
    assert settings["origin"] == {"images": "/photos", "size": 32}
    assert (settings["architecture"], settings["loss"]) == ("dcgan", "vanilla")
    assert settings["learning_rate"] == 2e-4


@pytest.mark.filterwarnings("ignore:after")
def test_gray_images_and_the_gradient_penalty_train_too(tmp_path):
    ((_, values, samples),) = run_on_images(tmp_path, 1, few_images(1), loss="wgan-gp")
    assert samples.shape == (3, 32, 32) and np.isfinite(list(values.values())).all()


def test_images_that_no_network_is_for_are_named(tmp_path):
    with pytest.raises(InputError, match="'fc' is for gray images of 28x28, not 32x32x3"):
        run_on_images(tmp_path, 1, architecture="fc")
    odd = few_images()._replace(train_images=np.zeros((30, 40, 40), np.uint8))
    with pytest.raises(InputError, match="side of digits.train_images: got 40, expected one of 28"):
        run_on_images(tmp_path, 1, odd)


def test_moving_averages_that_are_too_young_to_draw_with_are_told(tmp_path):
    """0.99^2 = 98 % of what they began with; 0.99^299 < 5 %."""
    words = "after 2 steps the moving averages of batch norm are still to 98% .* for 299 steps"
    with pytest.warns(RuntimeWarning, match=words):
        run(tmp_path / "dcgan", 2, architecture="dcgan")
    with graph_session() as sess, pytest.warns(RuntimeWarning, match=words):
        load_sampler(tmp_path / "dcgan", sess)
    run(tmp_path / "fc", 2)
    with graph_session() as sess, warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        load_sampler(tmp_path / "fc", sess)  # has no batch norm


def test_collapse_is_told_to_users_of_python(tmp_path):
    """A generator that learns nothing draws the same gray image from any noise."""
    settings = {"draw_every": 100, "learning_rate": 0.0, "noise_dim": 1, "draw": 30}
    with pytest.warns(RuntimeWarning, match="step 100: .*% of the samples are duplicates"):
        list(train_gan(few_digits(), tmp_path / "warned", 100, batch_size=4, **settings))
    told = []
    list(
        train_gan(few_digits(), tmp_path / "told", 100, batch_size=4, warn=told.append, **settings)
    )
    assert len(told) == 1 and told[0].startswith("step 100: ")


def test_folder_without_a_gan_is_named(tmp_path):
    with graph_session() as sess:
        with pytest.raises(InputError, match="no training here"):
            load_sampler(tmp_path, sess)
        (tmp_path / "settings.json").write_text('{"hidden_dim": 4}')
        with pytest.raises(InputError, match="has no architecture and noise_dim"):
            load_sampler(tmp_path, sess)
        (tmp_path / "settings.json").write_text(
            '{"architecture": "fc", "loss": "lsgan", "noise_dim": "many"}'
        )
        with pytest.raises(InputError, match="noise_dim: got 'many', expected a whole number"):
            load_sampler(tmp_path, sess)
        (tmp_path / "settings.json").write_text(
            '{"architecture": "dcgan", "noise_dim": 4, "shape": [30, 30]}'
        )
        with pytest.raises(InputError, match=r"shape: got \(30, 30\), expected one of"):
            load_sampler(tmp_path, sess)


def test_a_sampler_is_built_in_the_graph_of_its_session(tmp_path):
    run(tmp_path, 1)
    with graph_session() as sess, tf.Graph().as_default():
        sampler, _ = load_sampler(tmp_path, sess)
        assert sampler.samples.graph is sess.graph
        assert sampler.sample(fixed_noise(1, 5)).shape == (1, 28, 28)
    with pytest.raises(InputError, match="sess: this session is closed"):
        sampler.sample(fixed_noise(1, 5))


def test_classifier_reads_held_out_digits_and_ranks_real_before_noise(tmp_path):
    digits = load_mnist("builtin")
    for _, values in train_classifier(digits, tmp_path, steps=150):
        last = values["loss"]
    assert last < 0.5
    with DigitClassifier(digits, tmp_path, steps=150) as classifier:
        probabilities, _ = classifier(digits.test_images)
        assert np.mean(probabilities.argmax(1) == digits.test_labels) > 0.9
        ones = digits.train_images[digits.train_labels == 1]
        table = compare_samples(classifier, ones[:200], digits)
    samples, real, noise = (table[name] for name in ("samples", "real digits", "pure noise"))
    assert real.score > 7 > noise.score
    assert real.score > samples.score  # one digit only: collapsed
    assert real.distance < samples.distance
    assert real.distance < noise.distance
    assert samples.histogram[1] > 0.9
