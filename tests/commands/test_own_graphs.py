"""`--graph`: the commands explain one's own network from a file, and say what they found in it."""

import json

import numpy as np
import own_networks
import pytest
from own_networks import NCHW, build, images, save, scores_in_numpy
from PIL import Image

from tf_cs231n.compat import tf
from tf_cs231n.graph_model import softmax
from tf_cs231n.images import save_image


@pytest.fixture
def own(tmp_path):
    """A network that takes gray pixels of 0..1, channels first, its labels, and an image."""
    with tf.Graph().as_default():
        x, scores = build(layout=NCHW, channels=1, dropout=tf.placeholder(tf.bool, [], "train"))
        graph = save(tmp_path, "SavedModel", x, scores)
    (tmp_path / "labels.txt").write_text("cat\ndog\ncrow\nnewt\n")
    pixels = np.uint8(255 * images(1)[0, ..., 0])
    save_image(tmp_path / "image.png", pixels)
    options = ["--graph", graph, "--feed", "train=false", "--labels", tmp_path / "labels.txt"]
    return tmp_path / "image.png", pixels, options


def test_classify_prints_what_numpy_computes(run_cli, own, tmp_path):
    image, pixels, options = own
    status, out, err = run_cli("classify", image, *options, "--json", tmp_path / "found.json")
    assert status == 0, err
    assert "x:0 (6x8, gray, nchw, 0 to 1, assumed: see scale and mean) to logits:0 (4 cl" in err
    scores = scores_in_numpy(pixels[None, ..., None] / 255)
    probabilities = softmax(scores)[0]
    for row in json.loads((tmp_path / "found.json").read_text())["results"]:
        number = row["class"]
        assert row["class_name"] == ["cat", "dog", "crow", "newt"][number]
        np.testing.assert_allclose(row["score"], scores[0, number], rtol=1e-4)
        np.testing.assert_allclose(row["probability"], probabilities[number], rtol=1e-4)
        assert f"{probabilities[number]:7.2%}    {number}  {row['class_name']}" in out


def test_saliency_maps_are_numpys_gradient(run_cli, own, tmp_path):
    image, pixels, options = own
    command = ("saliency", image, "--class", "dog", *options, "--out-dir", tmp_path / "maps")
    status, _, err = run_cli(*command, "--format", "npy")
    assert status == 0, err
    gradient = own_networks.gradient_in_numpy(pixels[None, ..., None] / 255, 1)
    expected = np.abs(gradient[0, ..., 0])
    np.testing.assert_allclose(np.load(str(tmp_path / "maps/image.npy")), expected, atol=1e-5)
    status, _, err = run_cli(
        "saliency", image, *options, "-m", "occlusion", "-m", "gradcam", "--check",
        "--baseline", "white", "-o", tmp_path / "all.png",
    )  # fmt: skip
    assert status == 0, err
    assert np.asarray(Image.open(str(tmp_path / "all.png")).convert("RGB")).std() > 20


@pytest.mark.parametrize("method", ["steps", "fgsm", "pgd"])
def test_fool_measures_the_change_in_levels_of_the_file(run_cli, own, tmp_path, method):
    image, pixels, options = own
    how = ("--rank", 2) if method == "steps" else ("--any", "--epsilon", 9)
    status, out, err = run_cli(
        "fool", image, *how, "-m", method, *options, "-o", tmp_path / "f.svg", "--gif", "none",
        "--out-dir", tmp_path / "fooled", "--format", "npz",
    )  # fmt: skip
    assert status == 0, err
    made = np.load(str(tmp_path / "fooled/image.npz"))
    change = np.abs(made["image"][..., 0] - pixels)
    assert f"Linf {change.max():.1f} of 255" in out
    if method != "steps":
        assert 8.9 < change.max() < 9.01 and 0 <= made["image"].min() <= made["image"].max() <= 255
    expected = scores_in_numpy(made["image"][None, ..., :1] / 255)[0]
    np.testing.assert_allclose(made["scores"], expected, rtol=1e-4, atol=1e-5)


def test_visualize_draws_at_the_networks_size(run_cli, own, tmp_path):
    _, _, options = own
    status, out, err = run_cli(
        "visualize", "dog", *options, "--num-iterations", 50, "-o", tmp_path / "v.png",
        "--image", tmp_path / "plain.png", "--gif", "none",
    )  # fmt: skip
    assert status == 0 and "dog: rank " in out, err
    drawn = np.asarray(Image.open(str(tmp_path / "plain.png")))
    assert drawn.shape == (6, 8, 3) and (drawn[..., 0] == drawn[..., 2]).all()
    scores = scores_in_numpy(drawn[None, ..., :1] / 255)[0]
    assert scores[1] > scores_in_numpy(np.full((1, 6, 8, 1), 0.5))[0, 1]


def test_probabilities_are_printed_as_they_are(run_cli, own, tmp_path):
    with tf.Graph().as_default():
        x, scores = build()
        graph = save(tmp_path, "frozen", x, tf.nn.softmax(scores))
    save_image(tmp_path / "color.png", np.uint8(255 * images()[0]))
    status, out, err = run_cli("classify", tmp_path / "color.png", "--graph", graph)
    assert status == 0 and "warning: model.scores (Softmax:0) are probabilities" in err
    X = np.uint8(255 * images()[:1]) / 255
    expected = softmax(scores_in_numpy(X))[0].max()
    assert f"{expected:.2%}" in out.splitlines()[1]


def test_scale_mean_and_layout_are_given(run_cli, tmp_path):
    with tf.Graph().as_default():
        x, scores = build(H=None, W=None)
        graph = save(tmp_path, "checkpoint", x, scores)
    image = np.uint8(255 * images()[0])
    save_image(tmp_path / "color.png", image)
    status, out, err = run_cli(
        "classify", tmp_path / "color.png", "--graph", graph, "--size", 6, "--scale", "1/100",
        "--mean", "10,20,30", "--bgr", "--layout", "nhwc", "--top", 1,
    )  # fmt: skip
    assert status == 0 and "any size, color, nhwc" in err, err
    scores = scores_in_numpy((image[None, ..., ::-1].astype(float) - [10, 20, 30]) / 100)[0]
    assert f"{softmax(scores[None])[0].max():7.2%}  {scores.argmax():3d}" in out


def test_images_are_cut_to_the_networks_shape(run_cli, own, tmp_path):
    _, pixels, options = own
    wide = np.zeros((6, 20), np.uint8)
    wide[:, 6:14] = pixels  # the middle
    save_image(tmp_path / "wide.png", wide)
    outputs = [run_cli("classify", tmp_path / f, *options)[1] for f in ("wide.png", "image.png")]
    assert outputs[0].splitlines()[1:] == outputs[1].splitlines()[1:]


def test_mistakes_are_one_line(fails_with_one_line, own, tmp_path):
    image, _, options = own
    graph = options[1]
    for arguments, words in (
        (("--graph", graph), "give --feed train=VALUE"),
        (("--graph", graph, "--feed", "train"), "expected NAME=VALUE"),
        (("--graph", graph, "--feed", "train=yes"), "--feed train: got 'yes', expected bool"),
        (("--labels", "x.txt"), "--labels: is for --graph"),
        ((*options, "--weights", "x"), "--weights: is for SqueezeNet"),
        ((*options, "--size", 9), "--size: " + str(graph) + " takes 8x6 pixels"),
        ((*options, "--scale", "0"), "--scale: got 0.0, expected a number above 0"),
        ((*options, "--scale", "1/0"), "--scale: got '1/0', expected a number, or one a channel"),
        ((*options, "--mean", "1,2,3"), "mean"),
        ((*options, "--input-tensor", "y"), "--input-tensor 'y' is no Tensor of this graph"),
        (("--graph", tmp_path / "none.pb"), "none.pb: no such file"),
        (("--size", 31), "--size: got 31, expected a whole number of at least 32"),
    ):
        assert words in fails_with_one_line("classify", image, *arguments), arguments
