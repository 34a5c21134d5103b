"""A GAN learns digits: samples while it trains, both losses, and how good the samples are."""

import os
import tempfile
import time

import numpy as np

from sessions import graph_session
from tf_cs231n.datasets import load_mnist
from tf_cs231n.demo import Entry
from tf_cs231n.gan import D_LOSS_AT_BALANCE
from tf_cs231n.gan_training.classifier import DigitClassifier
from tf_cs231n.gan_training.scores import compare_samples, memorization
from tf_cs231n.gan_training.train import LOSS, fixed_noise, load_sampler, train_gan
from tf_cs231n.images import save_image
from tf_cs231n.plots import save_animation, save_figure
from tf_cs231n.plots.gan import digit_bars, loss_curves, nearest_grid, tile
from tf_cs231n.terminal import progress_bar

TITLE = "Generative adversarial networks"
TEXT = (
    "A generator turns noise into digits; a discriminator learns to tell them from real ones, and "
    "its judgment teaches the generator. This is a short training of the convolutional DCGAN; the "
    "commands' defaults train longer and draw better."
)

STEPS = 300
BATCH_SIZE = 32  # a quarter of the default: four times the steps in the same half minute
DRAW_EVERY = 25
COMMAND = (
    f"tf-cs231n gan train --architecture dcgan --batch-size {BATCH_SIZE} --steps {STEPS}"
    f" --draw-every {DRAW_EVERY} --mnist builtin"
)


def entries(folder):
    """Train, score the samples, and yield an `Entry` for each image."""
    digits = load_mnist("builtin")
    start = time.time()
    losses, drawn = [], []
    with tempfile.TemporaryDirectory() as training_folder:
        training = train_gan(
            digits,
            training_folder,
            STEPS,
            architecture="dcgan",
            batch_size=BATCH_SIZE,
            draw_every=DRAW_EVERY,
            draw=64,
            save_seconds=3600,
        )
        for step, values, samples in progress_bar(training, total=STEPS, unit="step", leave=False):
            losses.append((step, values["D_loss"], values["G_loss"]))
            if samples is not None:
                drawn.append(samples)
        with graph_session() as sess:
            sampler, _ = load_sampler(training_folder, sess)
            many = sampler.sample(fixed_noise(1000, sampler.noise_dim, seed=1))
    seconds = time.time() - start
    settings = f"dcgan, batch {BATCH_SIZE}, {STEPS} steps"

    frames = [tile(samples) for samples in drawn]
    save_animation(os.path.join(folder, "gan_samples.gif"), frames, fps=5, hold=3)
    yield Entry(
        "gan_samples.gif",
        f"Samples of the same 64 noise vectors, every {DRAW_EVERY} steps.",
        settings,
        seconds,
        COMMAND,
    )
    save_image(os.path.join(folder, "gan_grid.png"), frames[-1])
    yield Entry("gan_grid.png", f"The same noise after {STEPS} steps.", settings, 0.0, COMMAND)

    steps, D_losses, G_losses = zip(*losses)
    history = {"D_loss": (steps, D_losses), "G_loss": (steps, G_losses)}
    save_figure(
        loss_curves(history, D_LOSS_AT_BALANCE[LOSS["dcgan"]]),
        os.path.join(folder, "gan_losses.png"),
    )
    yield Entry(
        "gan_losses.png",
        "Neither loss falls for long: each player improves at the other's cost. Where the "
        "discriminator cannot tell real from fake, its loss is log 4.",
        settings,
        0.0,
        COMMAND,
    )
    yield from _scored(digits, many, folder)


def _scored(digits, samples, folder):
    start = time.time()
    with DigitClassifier(digits) as classifier:
        table = compare_samples(classifier, samples, digits)
    shares = table["samples"].histogram
    save_figure(digit_bars(shares), os.path.join(folder, "gan_digits.png"))
    figures = "; ".join(
        f"{name}: MNIST score {scores.score:.2f}, Frechet distance {scores.distance:.1f}"
        for name, scores in table.items()
    )
    yield Entry(
        "gan_digits.png",
        f"Which digits the generator makes, read by a classifier of real digits. {figures}. A "
        "collapsed generator would leave digits out.",
        f"{len(samples)} samples",
        time.time() - start,
        "tf-cs231n gan evaluate",
    )
    start = time.time()
    copied = memorization(samples, digits)
    shown = np.arange(10)
    figure = nearest_grid(
        samples[shown], digits.train_images[copied.nearest[shown]], copied.distances[shown]
    )
    save_figure(figure, os.path.join(folder, "gan_nearest.png"))
    yield Entry(
        "gan_nearest.png",
        "Each sample above the training image nearest to it, and their distance: similar, but not "
        f"copies. {copied.copies:.1%} of the samples are closer to a training image than the "
        f"closest {copied.usual:.0%} of unseen real digits are.",
        f"{len(samples)} samples",
        time.time() - start,
        "tf-cs231n gan evaluate --out figures",
    )
