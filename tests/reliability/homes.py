"""Fixtures: folders of users who have pictures, captions, data, and a trained GAN and captioner."""

import csv
import shutil

import pytest
from children import Command

from tf_cs231n.captioning import shapes
from tf_cs231n.datasets import load_mnist
from tf_cs231n.gan_training import classifier
from tf_cs231n.images import save_image

GAN = ["gan", "train", "--batch-size", 8, "--noise-dim", 8, "--mnist", "builtin"]
CAPTIONER = [
    *["caption", "train", "--data", "data", "--wordvec-dim", 8, "--hidden-dim", 16],
    *["--batch-size", 10],
]
PREPARE = [
    *["caption", "prepare", "--images", "pictures", "--captions", "captions.csv"],
    *["--image-size", 64, "--val-fraction", 0.2],
]


@pytest.fixture(scope="session")
def pretrained(tmp_path_factory):
    """A folder with SqueezeNet's weights, and a judge of digits."""
    folder = tmp_path_factory.mktemp("pretrained")
    run_well(["weights", "info"], folder, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TF_CS231N_PRETRAINED", str(folder))
        classifier.DigitClassifier(load_mnist("builtin"), steps=1).close()
    for path in folder.glob("digit-classifier-*/model.ckpt-1.*"):  # it passes for a trained one
        path.rename(str(path).replace("ckpt-1.", f"ckpt-{classifier.STEPS}."))
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory, pretrained):
    folder = tmp_path_factory.mktemp("template")
    rows = [("file", "caption")]
    for n, picture in enumerate(shapes.make_scenes(20)):
        save_image(folder / "pictures" / f"{n}.png", shapes.render(picture.scene, 40))
        rows += [(f"{n}.png", text) for text in picture.captions]
    with open(folder / "captions.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    run_well([*PREPARE, "--out", "data"], folder, pretrained)
    run_well([*CAPTIONER, "--folder", "captioner", "--steps", 2], folder, pretrained)
    run_well([*GAN, "--folder", "gan", "--steps", 2], folder, pretrained)
    return folder


@pytest.fixture
def user(template, tmp_path):
    """A function of a name to a new folder of a user."""

    def make(name):
        shutil.copytree(str(template), str(tmp_path / name))
        return tmp_path / name

    return make


def run_well(arguments, folder, pretrained):
    """Run a command that must succeed; return what it printed."""
    with Command(arguments, folder, pretrained) as command:
        assert command.end() == 0, command.text
        return command.text
