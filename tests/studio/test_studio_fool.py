"""Fool and Class visualization: what they show is the library's, and is made again as they say."""

import io
import json
import shlex
import time

import numpy as np
import pytest
from PIL import Image
from studio_client import Client

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import load_image, preprocess_image
from tf_cs231n.squeezenet import load_squeezenet
from tf_cs231n.studio import equal, jobs, server
from tf_cs231n.studio.server import Studio
from tf_cs231n.studio.uploads import png

CAT = {"image": "sample:cat", "target": "goldfish"}


def pixels(content):
    return np.array(Image.open(io.BytesIO(content)))


def made_again(told, run_cli, name):
    """The image that the command shown writes, and the one that the Python shown writes."""
    status, _, err = run_cli(*shlex.split(told["equal"]["command"])[1:])
    assert status == 0, err
    with open(name, "rb") as file:
        by_command = file.read()
    exec(told["equal"]["python"], {})
    with open(name, "rb") as file:
        return pixels(by_command), pixels(file.read())


def stopped_at_the_first_preview(client, panel, action, **arguments):
    """The result of a job that is stopped at its first preview."""
    client.enqueue(panel, action, job="long", **arguments)
    for _, text in filter(None, client.studio.tab(client.tab).listen()):
        event = json.loads(text)
        if event.get("job") != "long":
            continue
        if event["kind"] == "preview":
            client.ask("POST", f"stop?tab={client.tab}&job=long")
        if event["kind"] in ("result", "error"):
            return event


# ---- Fool ----


def test_the_png_still_fools_the_network_and_is_made_again(client, run_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = client.result("fool", "fool", "result", **CAT, epsilon=3)
    files = client.download(told["download"])
    fooling = files["fooling.png"]
    assert told["fooled"] and told["classes"][0]["name"] == "goldfish"
    with graph_session() as sess:  # reloaded by our loader
        model = load_squeezenet(sess)
        X = preprocess_image(load_image(io.BytesIO(fooling)))[None]
        assert sess.run(model.scores, {model.image: X})[0].argmax() == 1
    change = pixels(fooling).astype(int) - sample_image("cat", 224)
    assert 0 < np.abs(change).max() == told["linf"] <= 3
    np.testing.assert_allclose(told["l2"], np.sqrt((change**2).sum()))
    for again in made_again(told, run_cli, "fooling.png"):
        np.testing.assert_array_equal(again, pixels(fooling))
    record = json.loads(files["record.json"])
    assert record["settings"] == {
        "method": "pgd", "target": 1, "epsilon": 3, "max_iterations": told["steps"],
        "early_stop": False,
    }  # fmt: skip
    assert json.loads(Image.open(io.BytesIO(fooling)).text["tf-cs231n"]) == record


def test_one_step_is_the_fast_gradient_sign_method(client, run_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = client.result("fool", "fool", "result", **CAT, epsilon=1, method="fgsm")
    name = told["name"]
    changed = pixels(client.download(told["download"])[name])
    assert set(np.unique(changed - sample_image("cat", 224))) <= {0, 1, 255}
    for again in made_again(told, run_cli, name):
        np.testing.assert_array_equal(again, changed)


def test_too_small_a_change_is_not_called_fooling(client):
    told = client.result("fool", "fool", "result", **CAT, epsilon=0.4, max_iterations=2)
    assert not told["fooled"] and told["name"] == "changed.png"
    assert told["classes"][0]["name"] != "goldfish"


def test_all_steps_make_it_surer_and_stop_keeps_the_best(client):
    soon = client.result("fool", "fool", "result", **CAT)
    settings = {**CAT, "all_steps": True, "max_iterations": 5000}
    told = stopped_at_the_first_preview(client, "fool", "fool", **settings)
    assert told["stopped"] and told["steps"] < 5000
    sure = client.result("fool", "fool", "result", **{**settings, "max_iterations": 12})
    chances = [result["classes"][-1]["probability"] for result in (soon, sure)]
    assert chances[0] < chances[1]
    assert "--max-iterations" in told["equal"]["command"]


def test_a_click_is_answered_while_an_image_is_changed(client):
    client.enqueue("fool", "fool", job="long", **CAT, all_steps=True, max_iterations=5000)
    other = Client(client.studio, client.tab + "2")
    assert other.result("explain", "classify", "classes", image="sample:cat")["classes"]
    client.ask("POST", f"stop?tab={client.tab}&job=long")


# ---- Class visualization ----


def test_a_drawing_is_the_librarys_and_is_made_again(client, run_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = client.result(
        "visualize", "draw", "result", target="tarantula", seed=3, num_iterations=12,
        decorrelate=True, contrast=0.2,
    )  # fmt: skip
    drawn = pixels(client.download(told["download"])["class.png"])
    assert drawn.shape == (224, 224, 3) and told["of"]["name"] == "tarantula"
    assert len(told["curve"]) == 12 and told["curve"][-1][1] > told["curve"][0][1]
    for again in made_again(told, run_cli, "class.png"):
        np.testing.assert_array_equal(again, drawn)


def test_a_stopped_drawing_is_kept_and_made_again(client, run_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = stopped_at_the_first_preview(
        client, "visualize", "draw", target="76", num_iterations=5000
    )
    assert told["stopped"] and 0 < told["steps"] < 5000
    drawn = pixels(client.download(told["download"])["class.png"])
    for again in made_again(told, run_cli, "class.png"):
        np.testing.assert_array_equal(again, drawn)


def test_previews_come_at_most_four_times_a_second(monkeypatch):
    now = [7.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    due, times = jobs.Seldom(), []
    for _ in range(200):
        if due():
            times.append(now[0])
        now[0] += 0.01
    assert len(times) == 8 and min(np.diff(times)) >= 0.25


@pytest.mark.parametrize(
    "panel, arguments, words",
    [
        ("fool", {**CAT, "target": "no such class"}, "no class has this"),
        ("fool", {**CAT, "epsilon": -1}, "epsilon"),
        ("fool", {**CAT, "method": "none"}, "method"),
        ("visualize", {"target": "cat"}, "ambiguous"),
        ("visualize", {"target": "76", "octaves": 3}, "setting"),
    ],
)
def test_what_makes_no_sense_is_one_line(client, panel, arguments, words):
    action = {"fool": "fool", "visualize": "draw"}[panel]
    text = client.run(panel, action, **arguments)[-1]["text"]
    assert words in text and "\n" not in text


def test_a_class_whose_name_another_has_too_is_named_by_its_number():
    names = ("cat", "dog", "cat", "hot dog", "-h")
    arguments = [equal.class_argument(number, names) for number in range(5)]
    assert arguments == ["0", "dog", "2", "hot dog", "4"]


# ---- One's own network ----


def test_ones_own_network_is_fooled_and_drawn(run_cli, monkeypatch, tmp_path):
    from own_networks import build, images, save

    with tf.Graph().as_default():
        graph = save(tmp_path, "frozen", *build())
    image = np.uint8(255 * images()[0])
    told = {}

    def use(port, weights, captioner, assignment, **own):
        studio = Studio(0, weights, captioner, assignment, **own)
        while not studio.state["ready"] and studio.state["problem"] is None:
            time.sleep(0.05)
        assert studio.state["problem"] is None
        client = Client(studio)
        id = json.loads(client.ask("POST", "images?name=mine.png", png(image))[1])["id"]
        told["fool"] = client.result("fool", "fool", "result", image=id, target="1", epsilon=20)
        told["draw"] = client.result("visualize", "draw", "result", target="2", num_iterations=4)
        told["files"] = client.download(told["fool"]["download"])
        told["files"].update(client.download(told["draw"]["download"]))
        studio.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "Studio", use)
    monkeypatch.chdir(tmp_path)
    status, _, err = run_cli("studio", "--no-browser", "--graph", graph)
    assert status == 130, err
    for name in ("mine.png", "image.png"):
        (tmp_path / name).write_bytes(png(image))
    for panel, name in (("fool", told["fool"]["name"]), ("draw", "class.png")):
        for again in made_again(told[panel], run_cli, name):
            np.testing.assert_array_equal(again, pixels(told["files"][name]))
