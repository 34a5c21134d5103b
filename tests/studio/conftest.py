import os
import sys
import time

import numpy as np
import pytest

from tf_cs231n.captioning import features
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.files import write_npz
from tf_cs231n.gan_training.data import load_images
from tf_cs231n.gan_training.train import train_gan
from tf_cs231n.images import save_image
from tf_cs231n.studio.server import Studio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "dog", "runs", "sleeps"]


def small_captioner(path):
    """A captioner of a few words with random weights, which captions any image."""
    words = {word: index for index, word in enumerate(WORDS)}
    np.random.seed(0)
    model = CaptioningRNN(words, 6, 5, 7, "lstm", np.float32)
    arrays = {"params/" + name: 3 * value for name, value in model.params.items()}
    rng, P = np.random.RandomState(1), sum(features._widths())
    matrix = rng.randn(P, 6).astype(np.float32) / P
    arrays.update(words=np.array(WORDS), cell_type=np.array("lstm"), size=64)
    write_npz(path, {**arrays, "mean": np.zeros(P, np.float32), "matrix": matrix})
    return str(path)


def small_gan(path, steps=20):
    """The folder of a GAN that has learned 24 gray images a little; they lie beside it."""
    rng, images = np.random.RandomState(2), os.path.join(str(path), "images")
    for number in range(24):
        square = np.full((28, 28), 30, np.uint8)
        top, left = rng.randint(2, 14, 2)
        square[top : top + 12, left : left + 12] = rng.randint(120, 255)
        save_image(os.path.join(images, f"{number:02d}.png"), square)
    folder = os.path.join(str(path), "outputs", "gan-<script>alert(1)<b>")
    settings = {"batch_size": 8, "noise_dim": 6, "draw_every": 10, "draw": 9}
    for _ in train_gan(load_images(images, 28), folder, steps, **settings):
        pass
    return folder


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """A studio whose network is loaded, with a captioner of a few words."""
    folder = tmp_path_factory.mktemp("assignment")
    captioner = small_captioner(folder / "captioner.npz")
    studio = Studio(port=0, captioner=captioner, assignment=str(folder))
    for _ in range(600):
        if studio.state["ready"]:
            break
        assert studio.state["problem"] is None
        time.sleep(0.1)
    yield studio
    studio.close()


@pytest.fixture
def client(studio, request):
    from studio_client import Client

    return Client(studio, request.node.name[-70:])
