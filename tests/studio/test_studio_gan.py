"""GAN: what the panel shows is the library's, and the command and Python it shows give it again."""

import base64
import io
import json
import shlex
import threading
import time

import numpy as np
import pytest
from conftest import small_gan
from PIL import Image

from sessions import graph_session
from tf_cs231n.gan_training.train import fixed_noise, load_sampler
from tf_cs231n.plots.gan import tile
from tf_cs231n.studio import trainings
from tf_cs231n.training.events import Events

NAME = "outputs/gan-<script>alert(1)<b>"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("gans")
    small_gan(home)
    return home


@pytest.fixture(autouse=True)
def in_its_home(home, monkeypatch, studio):
    monkeypatch.chdir(home)
    monkeypatch.setattr(studio, "memory", {})


def pixels(content):
    if isinstance(content, str):
        content = base64.b64decode(content.split(",")[1])
    return np.array(Image.open(io.BytesIO(content)))


def gives_again(told, run_cli, name, home):
    """The images that the command shown writes, and the names that the Python shown makes."""
    if (home / name).exists():
        (home / name).unlink()
    status, _, err = run_cli(*shlex.split(told["equal"]["command"])[1:])
    assert status == 0, err
    names = {}
    exec(told["equal"]["python"], names)
    return pixels((home / name).read_bytes()), names


def test_the_trainings_in_outputs_are_found_and_others_are_not_opened(client, home, studio):
    (found,) = client.result("gan", "find", "found")["folders"]
    assert found == {"folder": NAME, "text": "fc, lsgan, 28×28, step 20"}
    for folder in ("images", "../x", "outputs"):
        text = client.run("gan", "draw", job=folder, folder=folder)[-1]["text"]
        assert text.startswith("folder: got") and NAME in text


def test_a_folder_that_the_command_names_comes_first(client, home, studio, monkeypatch):
    monkeypatch.setattr(studio, "gan", "elsewhere")
    found = client.result("gan", "find", "found")["folders"]
    assert [each["folder"] for each in found] == ["elsewhere", NAME]
    text = client.run("gan", "draw", job="1", folder="elsewhere")[-1]["text"]
    assert "elsewhere: no training here; begin with `tf-cs231n gan train`" in text


def test_samples_are_the_librarys_and_are_drawn_again_as_shown(client, run_cli, home):
    told = client.result("gan", "draw", "samples", folder=NAME, seed=3, number=5)
    with graph_session() as sess:
        expected = load_sampler(NAME, sess)[0].sample(fixed_noise(5, 6, 3))
    np.testing.assert_array_equal([pixels(image) for image in told["images"]], expected)
    assert told["step"] == 20 and "batch norm" not in told["note"]
    written, names = gives_again(told, run_cli, "samples.png", home)
    np.testing.assert_array_equal(names["samples"], expected)
    np.testing.assert_array_equal(written, tile(expected))
    files = client.download(told["download"])
    np.testing.assert_array_equal(pixels(files["samples.png"]), written)
    record = json.loads(files["record.json"])
    assert record["seed"] == 3 and record["settings"]["noise_dim"] == 6


def test_a_place_between_four_codes_is_made_again_as_shown(client, run_cli, home):
    where = {"folder": NAME, "seed": 1, "corners": [4, 0, 2, 7]}
    told = client.result("gan", "place", "sample", **where, x=0.3, y=0.75)
    written, names = gives_again(told, run_cli, "sample.png", home)
    np.testing.assert_array_equal(pixels(told["image"]), names["sample"])
    np.testing.assert_array_equal(written, names["sample"])
    with graph_session() as sess:
        corner = load_sampler(NAME, sess)[0].sample(fixed_noise(8, 6, 1)[[2]])[0]
    told = client.result("gan", "place", "sample", **where, x=0, y=1)  # the lower left
    assert np.abs(np.int16(pixels(told["image"])) - corner).max() <= 1


def test_the_square_is_made_again_as_shown(client, run_cli, home):
    told = client.result("gan", "spread", "square", folder=NAME, seed=0, corners=[0, 1, 2, 3])
    written, names = gives_again(told, run_cli, "square.png", home)
    np.testing.assert_array_equal(names["samples"].shape, [49, 28, 28])
    difference = np.int16(written) - tile(names["samples"], columns=7)
    assert np.abs(difference).max() <= 1
    shown = pixels(told["image"]).reshape(7, 28, 7, 28).swapaxes(1, 2).reshape(49, 28, 28)
    assert np.abs(np.int16(shown) - names["samples"]).max() <= 1


def test_the_nearest_training_images_are_those_of_evaluate(client, run_cli, home):
    events = client.run("gan", "nearest", job=str(time.time()), folder=NAME, seed=2)
    kinds = {event["kind"]: event for event in events}
    pairs, usual = kinds["nearest"]["pairs"], kinds["usual"]
    names = {}
    exec(usual["equal"]["python"], names)
    distances = [pair["distance"] for pair in pairs]
    np.testing.assert_allclose(distances, names["found"].distances, rtol=1e-9)
    assert usual["unseen"] == pytest.approx(names["found"].real_distance)
    for pair in pairs:  # brute force, of each pair
        difference = np.float64(pixels(pair["sample"])) - names["data"].train_images
        each = np.sqrt(np.square(difference / 255).mean(axis=(1, 2)))
        assert pair["distance"] == pytest.approx(each.min())
        np.testing.assert_array_equal(
            pixels(pair["real"]), names["data"].train_images[each.argmin()]
        )
    words = shlex.split(usual["equal"]["command"])[1:]
    status, _, err = run_cli(*words, "--number", "100")
    assert status == 0, err
    files = client.download(usual["download"])
    assert files["nearest.png"] == (home / "figures" / "nearest.png").read_bytes()


def test_a_training_is_followed_while_it_writes(client, home):
    told = client.result("gan", "look", "training", folder=NAME)
    assert told["steps"] == [10, 20] and told["saved"] == 20 and told["balance"] == 0.25
    assert [step for step, _ in told["losses"]["D_loss"]] == [20]
    names = {}
    exec(told["equal"]["python"], names)
    assert names["losses"]["G_loss"][1] == (told["losses"]["G_loss"][0][1],)
    np.testing.assert_array_equal(pixels(told["image"]), pixels(names["grids"][20]))
    earlier = client.result("gan", "grid", "grid", folder=NAME, step=10)
    np.testing.assert_array_equal(pixels(earlier["image"]), pixels(names["grids"][10]))
    assert told["equal"]["command"] == f"tensorboard --logdir '{NAME}'"

    again = client.run("gan", "look", job="again", folder=NAME, version=told["version"])
    assert [event["kind"] for event in again] == ["begun", "done"]  # nothing new, nothing said
    events = Events(NAME, 21)
    events.scalars(40, {"D_loss": 0.5})
    events.images(40, {"samples": np.zeros((28, 28), np.uint8)})
    events.flush()
    with open(events._path, "ab") as file:  # a record that is being written
        file.write(b"\x10\0\0\0")
    new = client.result("gan", "look", "training", folder=NAME, version=told["version"])
    assert new["losses"]["D_loss"][-1] == [40, 0.5] and new["steps"] == [10, 20, 40]


@pytest.mark.parametrize(
    "action, arguments, words",
    [
        ("place", {"seed": 0, "corners": [0, 1, 2, 3], "x": 2, "y": 0}, "x: got 2"),
        ("place", {"seed": 0, "corners": [0, 1], "x": 0, "y": 0}, "corners"),
        ("place", {"seed": 0, "corners": [0, 1, 2, 100], "x": 0, "y": 0}, "number of a sample"),
        ("draw", {"number": 1000}, "number: got 1000"),
        ("draw", {"seed": -1}, "seed: got -1"),
        ("grid", {"step": 11}, "step: got 11"),
    ],
)
def test_what_makes_no_sense_is_one_line(client, action, arguments, words):
    text = client.run("gan", action, job=str(time.time()), folder=NAME, **arguments)[-1]["text"]
    assert words in text and "\n" not in text


def test_a_training_whose_data_is_gone_says_so(client, home):
    (home / "images").rename(home / "moved")
    try:
        text = client.run("gan", "nearest", job="gone", folder=NAME)[-1]["text"]
    finally:
        (home / "moved").rename(home / "images")
    assert "no such folder" in text


def test_a_comparison_is_stopped(client, monkeypatch):
    begun = threading.Event()

    def endless(samples, images, stop):
        begun.set()
        while not stop:
            time.sleep(0.01)
        stop.check()

    monkeypatch.setattr(trainings, "nearest_images", endless)
    client.enqueue("gan", "nearest", job="long", folder=NAME)
    assert begun.wait(30)
    client.ask("POST", f"stop?tab={client.tab}&job=long")
    for _, text in filter(None, client.studio.tab(client.tab).listen()):
        event = json.loads(text)
        if event["kind"] in ("done", "error"):
            break
    assert event == {"kind": "done", "job": "long", "stopped": True}
