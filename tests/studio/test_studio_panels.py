"""Each panel gives what the library gives, and the command and Python it shows give it again."""

import base64
import io
import json
import re
import shlex
import time

import numpy as np
import pytest
from PIL import Image
from studio_client import Client

from sessions import graph_session
from tf_cs231n.attribution import attribution_maps
from tf_cs231n.captioning import shapes
from tf_cs231n.captioning.explain import ImageCaptioner
from tf_cs231n.captioning.features import load_square
from tf_cs231n.captioning.saved import load_captioner
from tf_cs231n.commands import check
from tf_cs231n.compat import tf
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import preprocess_image
from tf_cs231n.squeezenet import load_squeezenet
from tf_cs231n.studio import server
from tf_cs231n.studio.server import Studio
from tf_cs231n.studio.uploads import data_url, png

# ---- Explain ----


def test_the_classes_are_those_that_the_command_and_python_shown_give(client, run_cli, tmp_path):
    told = client.result("explain", "classify", "classes", image="sample:coffee")
    status, _, err = run_cli(*shlex.split(told["equal"]["command"])[1:], "--json", tmp_path / "j")
    assert status == 0, err
    rows = json.loads((tmp_path / "j").read_text())["results"]
    assert [row["class"] for row in rows] == [each["number"] for each in told["classes"]]
    names = {}
    exec(told["equal"]["python"], names)
    files = client.download(told["download"])
    kept = np.load(io.BytesIO(files["scores.npz"]))["scores"]
    np.testing.assert_allclose(kept, names["scores"][0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(kept[rows[0]["class"]], rows[0]["score"], rtol=1e-4)
    assert json.loads(files["record.json"])["classes"] == told["classes"]


def test_the_maps_are_the_librarys_and_the_python_shown_gives_them(client):
    told = client.result(
        "explain", "maps", "result", image="sample:cat", classes=["tabby", "282"],
        methods=["gradient", "gradcam"],
    )  # fmt: skip
    files = client.download(told["download"])
    kept = np.load(io.BytesIO(files["maps.npz"]))
    assert kept["classes"].tolist() == [281, 282] and kept["gradient"].shape == (2, 224, 336)
    names = {}
    exec(told["equal"]["python"], names)
    for method in ("gradient", "gradcam"):
        np.testing.assert_allclose(names["maps"][method], kept[method], rtol=1e-3, atol=1e-6)
    record = json.loads(files["record.json"])
    assert record["image"] == "sample:cat" and record["classes"][0]["name"] == "tabby"
    assert {"gradient-281.png", "gradcam-282.png", "image.png"} <= set(files)


def test_the_commands_shown_run(client, run_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = client.result("explain", "maps", "result", image="sample:cat", classes=["281", "282"])
    for line in told["equal"]["command"].splitlines():
        words = shlex.split(line)
        assert words[0] == "tf-cs231n"
        status, _, err = run_cli(*words[1:])
        assert status == 0, err
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "saliency-281.png",
        "saliency-282.png",
    ]


def test_a_hidden_patch_moves_the_scores_as_the_command_and_python_say(client, run_cli, tmp_path):
    told = client.result(
        "explain", "hide", "moved", image="sample:cat", patches=[[100, 90], [3, 220]], patch=40,
        classes=[281, 285],
    )  # fmt: skip
    names = {}
    exec(told["equal"]["python"], names)
    after = [each["score"] for each in told["after"]]
    np.testing.assert_allclose(after, names["scores"][0][[281, 285]], rtol=1e-4)
    assert abs(told["before"][0]["score"] - after[0]) > 0.1
    status, _, err = run_cli(*shlex.split(told["equal"]["command"])[1:], "--json", tmp_path / "j")
    assert status == 0, err
    rows = {row["class"]: row for row in json.loads((tmp_path / "j").read_text())["results"]}
    np.testing.assert_allclose([rows[n]["score"] for n in (281, 285)], after, rtol=1e-4)


def test_a_map_is_shown_with_the_values_that_the_pointer_reads(client, studio):
    told = client.result("explain", "maps", "map", image="sample:cat", classes=["281"])
    levels = np.array(Image.open(io.BytesIO(base64.b64decode(told["levels"].split(",")[1]))))
    read = told["low"] + levels / 255 * (told["high"] - told["low"])

    with graph_session() as sess:
        X = preprocess_image(sample_image("cat", 224))[None]
        heat = attribution_maps("gradient", X, 281, load_squeezenet(sess))[0]
    assert np.abs(read - heat).max() <= (heat.max() - heat.min()) / 255


# ---- Caption ----


def printed(told, run_cli):
    """What the caption command shown prints: pairs of a text and its log-probability."""
    status, out, err = run_cli(*shlex.split(told["equal"]["command"])[1:])
    assert status == 0, err
    found = [re.match(r"sample:cat: (.*)  \(log p (.*)\)", line) for line in out.splitlines()]
    return [(each.group(1), float(each.group(2))) for each in found if each]


def test_captions_come_with_their_probabilities_which_the_python_shown_gives(client, run_cli):
    told = client.result("caption", "caption", "captions", image="sample:cat", beam_width=4)
    names = {}
    exec(told["equal"]["python"], names)
    log_probs = [each["log_probability"] for each in told["captions"]]
    np.testing.assert_allclose(log_probs, names["log_probs"], rtol=1e-4)
    texts, rounded = zip(*printed(told, run_cli))
    assert list(texts) == [each["text"] for each in told["captions"]]
    np.testing.assert_allclose(rounded, log_probs, atol=0.006)
    known = {"a", "cat", "dog", "runs", "sleeps", "<UNK>"}
    assert {word for each in told["captions"] for word in each["words"]} <= known


def test_an_edited_words_probability_is_the_models_and_sums_to_the_captions(
    client, studio, run_cli, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    words = ["a", "dog", "sleeps"]
    told = client.result("caption", "words", "words", image="sample:cat", words=words)
    result = client.result("caption", "words", "result", image="sample:cat", words=words)
    names = {}
    exec(result["equal"]["python"], names)
    own = np.log([each["probability"] for each in told["words"]])
    np.testing.assert_allclose(own, names["log_probs"], rtol=1e-4, atol=1e-6)
    assert told["log_probability"] == np.float64(own.sum())
    ((text, log_p),) = printed(result, run_cli)
    assert text == "a dog sleeps" and abs(log_p - own.sum()) < 0.006
    assert Image.open("words.png").size[0] > 400
    assert [each["word"] for each in told["words"]] == [*words, "<END>"]
    files = client.download(result["download"])
    assert {"01-a.png", "02-dog.png", "03-sleeps.png"} <= set(files)
    saved = load_captioner(studio.captioner)
    with graph_session() as sess:
        captioner = ImageCaptioner(saved, sess)
        square = load_square(sample_image("cat"), captioner.image_size)
        caption = [saved.words.index(word) for word in words]
        expected = captioner.attributions(square, np.array(caption))
    np.testing.assert_allclose(names["maps"], expected, rtol=1e-3, atol=1e-5)


def test_a_word_that_the_captioner_does_not_know_is_one_line(client):
    events = client.run("caption", "words", image="sample:cat", words=["a", "<script>"])
    assert events[-1]["text"] == "'<script>' is none of the 5 words it knows"


def test_without_a_captioner_the_panel_says_how_to_get_one(client, studio, monkeypatch, tmp_path):
    monkeypatch.setattr(studio, "captioner", str(tmp_path / "none"))
    told = client.result("caption", "describe", "captioner")
    assert "no captioner there" in told["problem"]


@pytest.mark.slow
def test_a_captioner_is_trained_from_the_page(client, studio, monkeypatch, tmp_path):
    from tf_cs231n.studio import caption

    monkeypatch.setenv("TF_CS231N_PRETRAINED", str(tmp_path))
    monkeypatch.setattr(studio, "captioner", str(tmp_path / "captioner"))
    made = shapes.shapes_data
    few = {"num_train": 20, "num_val": 4}
    monkeypatch.setattr(shapes, "shapes_data", lambda **given: made(**{**given, **few}))
    monkeypatch.setattr(caption, "TRAIN_STEPS", 3)
    events = client.run("caption", "train")
    assert [event["kind"] for event in events][-2:] == ["trained", "done"]
    assert client.result("caption", "describe", "captioner")["words"]
    told = client.result("caption", "caption", "captions", image="shapes:val:0", beam_width=2)
    assert told["captions"][0]["true"] in (True, False)


# ---- Style ----


def test_a_painting_is_the_librarys_and_its_png_makes_it_again(
    client, run_cli, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    settings = {
        "image_size": 48,
        "max_evaluations": 3,
        "style_factor": 2,
        "keep_colors": "luminance",
    }
    told = client.result(
        "style", "paint", "result", content="sample:cat", style="sample:flower", **settings
    )
    files = client.download(told["download"])
    painted = np.array(Image.open(io.BytesIO(files["styled.png"])))
    assert painted.shape == (48, 72, 3) and not told["stopped"]
    names = {}
    exec(told["equal"]["python"], names)
    np.testing.assert_allclose(names["result"].image, painted, atol=2)
    (tmp_path / "page.png").write_bytes(files["styled.png"])
    status, _, err = run_cli("style", "--again", "page.png", "-o", "again.png")
    assert status == 0, err
    np.testing.assert_allclose(np.array(Image.open("again.png")), painted, atol=2)
    (tmp_path / "styled.png").unlink()
    status, _, err = run_cli(*shlex.split(told["equal"]["command"])[1:])
    assert status == 0, err


def test_stop_keeps_the_best_so_far(client):
    status, _ = client.enqueue(
        "style", "paint", job="long", content="sample:cat", style="sample:flower", image_size=48,
        max_evaluations=5000,
    )  # fmt: skip
    assert status == 202
    kinds = []
    for _, text in filter(None, client.studio.tab(client.tab).listen()):
        event = json.loads(text)
        kinds.append(event["kind"])
        if event["kind"] == "preview":
            client.ask("POST", f"stop?tab={client.tab}&job=long")
        if event["kind"] in ("result", "error"):
            break
    assert event["stopped"] and 0 < event["evaluations"] < 5000, event
    assert set(event["download"]["files"]) >= {"styled.png", "record.json"}


def test_a_painted_mask_leaves_the_rest_as_it_is(client):
    mask = np.zeros((30, 45), np.uint8)
    mask[:, :15] = 255
    told = client.result(
        "style", "paint", "result", content="sample:cat", style="sample:galaxies", image_size=64,
        max_evaluations=5, mask=data_url(png(mask)),
    )  # fmt: skip
    painted = np.array(Image.open(io.BytesIO(client.download(told["download"])["styled.png"])), int)
    change = np.abs(painted - sample_image("cat", 64)).mean(axis=(0, 2))
    assert change[:20].mean() > 2 * change[50:].mean()
    assert "--mask mask.png" in told["equal"]["command"]


# ---- Assignment ----


def test_a_saved_file_changes_its_row_and_no_other(client, studio, monkeypatch, tmp_path, run_cli):
    monkeypatch.setattr(studio, "assignment", str(tmp_path))
    monkeypatch.setattr(studio, "memory", {})
    assert client.result("assignment", "look", "rows", version=-1)["rows"] == []
    client.result("assignment", "new", "written", topics=["rnn"])
    told = client.result("assignment", "look", "rows", version=0)
    assert {row["outcome"] for row in told["rows"]} == {"not attempted"}
    file = tmp_path / "rnn_layers.py"
    skeleton = file.read_text()
    line = 'raise NotImplementedError("sigmoid")'
    assert line in skeleton
    file.write_text(skeleton.replace(line, "return 1 / (1 + np.exp(x))"))
    events = client.run("assignment", "look", job="again", version=told["version"])
    rows = {row["task"]: row for row in events[-2]["rows"]}
    assert rows["sigmoid"]["outcome"] == "wrong" and rows["sigmoid"]["cells"]
    assert rows["rnn_step_forward"]["outcome"] == "not attempted"
    version = events[-2]["version"]
    again = client.run("assignment", "look", job="3", version=version)
    assert [event["kind"] for event in again] == ["begun", "done"]  # nothing new, nothing said
    hint = client.result("assignment", "hint", "hint", task="sigmoid")["hints"][0]
    assert hint["level"] == "where to look" and hint["text"]

    file.write_text(skeleton + "\nprint 'Python 2'\n")
    told = client.result("assignment", "look", "rows", version=version)
    assert "rnn_layers.py" in told["problem"]
    assert len(told["rows"]) == len(rows)  # the rows stay
    file.write_text(skeleton.replace(line, "return 1 / (1 + np.exp(-x))"))
    told = client.result("assignment", "look", "rows", version=told["version"])
    rows = {row["task"]: row["outcome"] for row in told["rows"]}
    assert told["problem"] is None and rows["sigmoid"] == "right" and told["right"] == 1

    # The command shown, up to where it watches, and the Python shown say the same.
    command, python = (told["equal"][name] for name in ("command", "python"))
    watched = []
    monkeypatch.setattr(check, "_watch", lambda path, once: watched.append(path))
    status, out, err = run_cli(*shlex.split(command)[1:])
    assert status in (0, 1) and watched == [str(tmp_path)], err
    names = {}
    exec(python, names)
    assert {row.task.name: row.outcome for row in names["report"].rows} == rows
    assert "\n".join(map(names["line"], names["report"].rows)) in out


# ---- One's own network ----


def test_explain_takes_ones_own_network(run_cli, monkeypatch, tmp_path):
    from own_networks import NCHW, build, gradient_in_numpy, images, save

    with tf.Graph().as_default():
        x, scores = build(layout=NCHW, channels=1, dropout=tf.placeholder(tf.bool, [], "train"))
        graph = save(tmp_path, "SavedModel", x, scores)
    (tmp_path / "labels.txt").write_text("cat\ndog\n<script>\nnewt\n")
    pixels = np.uint8(255 * images(1)[0, ..., 0])
    told = {}

    def use(port, weights, captioner, assignment, **own):
        studio = Studio(0, weights, captioner, assignment, **own)
        while not studio.state["ready"] and studio.state["problem"] is None:
            time.sleep(0.05)
        assert studio.state["problem"] is None
        assert studio.state["classes"] == ["cat", "dog", "<script>", "newt"]
        client = Client(studio)
        image = json.loads(client.ask("POST", "images?name=gray.png", png(pixels))[1])["id"]
        told.update(client.result("explain", "maps", "result", image=image, classes=["dog"]))
        told["files"] = client.download(told["download"])
        moved = client.result("explain", "hide", "moved", image=image, patches=[[2, 2]], patch=3,
                              classes=[0, 1])  # fmt: skip
        assert moved["before"][0]["score"] != moved["after"][0]["score"]
        studio.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "Studio", use)
    monkeypatch.chdir(tmp_path)
    options = ["--graph", graph, "--feed", "train=false", "--labels", "labels.txt"]
    status, _, err = run_cli("studio", "--no-browser", *options)
    assert status == 130, err
    heat = np.load(io.BytesIO(told["files"]["maps.npz"]))["gradient"][0]
    expected = np.abs(gradient_in_numpy(pixels[None, ..., None] / 255, 1))[0, ..., 0]
    np.testing.assert_allclose(heat, expected, rtol=1e-3, atol=1e-6)
    (tmp_path / "image.png").write_bytes(told["files"]["image.png"])
    names = {}
    exec(told["equal"]["python"], names)
    np.testing.assert_allclose(names["maps"]["gradient"][0], expected, rtol=1e-3, atol=1e-6)
    (tmp_path / "gray.png").write_bytes(png(pixels))
    status, _, err = run_cli(*shlex.split(told["equal"]["command"])[1:])
    assert status == 0, err
