"""A GAN folder that an earlier version made: it samples, and its training resumes.

That version (commit ad6f549) trained it for three steps (fc, batch 3, noise_dim 4, decay 0.5) on
TensorFlow 1.15. Then its weights were replaced by 251 normal numbers, repeated, so that the file is
small when zipped, and that version saved the checkpoint again. ``expected.npz`` holds what it made
of the folder: every fourth pixel of three samples, the losses of two more steps, and every fourth
pixel of three samples after them.
"""

import os
import zipfile

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.datasets import Digits
from tf_cs231n.gan_training.train import fixed_noise, load_sampler, train_gan


@pytest.fixture
def folder(tmp_path):
    archive = os.path.join(os.path.dirname(__file__), "gan_folder.zip")
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path)
    return tmp_path


def close(samples, expected):
    return np.abs(np.int16(samples[:, ::4, ::4]) - expected).max() <= 1


def test_its_generator_draws_what_it_drew(folder):
    with graph_session() as sess:
        sampler, settings = load_sampler(folder, sess)
        samples = sampler.sample(fixed_noise(3, 4))
    assert settings["architecture"] == "fc" and settings["noise_dim"] == 4
    assert close(samples, np.load(folder / "expected.npz")["samples"])


def test_its_training_resumes_with_the_losses_it_had(folder):
    images = np.uint8(np.arange(20 * 784).reshape(20, 28, 28) * 7 % 256)
    digits = Digits(images, np.zeros(20, np.uint8), images, np.zeros(20, np.uint8), "")
    settings = {"batch_size": 3, "noise_dim": 4, "draw_every": 2, "draw": 3, "decay": 0.5}
    steps = list(train_gan(digits, folder, 5, **settings))
    assert [step for step, _, _ in steps] == [4, 5]
    expected = np.load(folder / "expected.npz")
    losses = [[values["D_loss"], values["G_loss"]] for _, values, _ in steps]
    np.testing.assert_allclose(losses, expected["losses"], rtol=1e-4)
    assert close(steps[-1][2], expected["last"])
