import functools
import glob
import json
import os
import signal

import numpy as np
import pytest
from PIL import Image

from tf_cs231n import saliency
from tf_cs231n.attribution import METHODS
from tf_cs231n.commands.saliency import _METHODS
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import save_image

SMALL = ("--size", 64)


def test_methods_of_the_command_are_the_librarys():
    assert tuple(METHODS) == _METHODS


def test_saliency_writes_a_labelled_figure(run_cli, tmp_path):
    out = tmp_path / "maps.png"
    status, text, _ = run_cli("saliency", "sample:cat", "sample:coffee", "-o", out, *SMALL)
    assert status == 0 and str(out) in text
    assert np.asarray(Image.open(str(out)).convert("RGB")).std() > 20
    assert os.listdir(str(tmp_path)) == ["maps.png"]


def test_a_seed_may_stand_where_nothing_is_random(run_cli, tmp_path):
    status, _, _ = run_cli("saliency", "sample:cat", "--seed", 3, "-o", tmp_path / "m.png", *SMALL)
    assert status == 0


def test_saliency_is_the_same_file_again(run_cli, tmp_path):
    for name in ("a.png", "b.png"):
        run_cli(
            "saliency",
            "sample:cat",
            "-m",
            "smoothgrad",
            "--samples",
            3,
            "-o",
            tmp_path / name,
            *SMALL,
        )
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_saliency_check_prints_areas_and_rank_correlations(run_cli, tmp_path):
    status, out, _ = run_cli(
        "saliency", "sample:cat", "--class", "tarantula", "-m", "integrated", "-m", "gradcam",
        "--steps", 3, "--check", "-o", tmp_path / "maps.png", *SMALL,
    )  # fmt: skip
    assert status == 0 and sorted(os.listdir(str(tmp_path))) == ["maps-check.png", "maps.png"]
    assert "integrated gradients sum to the score's difference" in out
    rows = [line.split() for line in out.splitlines()]
    rows = {row[0]: [float(v) for v in row[1:]] for row in rows if row and row[0] in METHODS}
    assert set(rows) == {"integrated", "gradcam"}
    for values in rows.values():
        assert len(values) == 7 and all(0 <= v <= 1 for v in values[:2])
        assert all(-1 <= v <= 1 for v in values[2:])


def test_check_gives_each_images_numbers_as_data(run_cli, tmp_path):
    status, out, _ = run_cli(
        "saliency", "sample:cat", "sample:coffee", "-m", "gradient", "--check", *SMALL,
        "-o", tmp_path / "m.png", "--json", tmp_path / "r.json",
    )  # fmt: skip
    assert status == 0
    with open(tmp_path / "r.json") as file:
        rows = json.load(file)["results"]
    for metric, column in (("deletion_area", 1), ("insertion_area", 2)):
        values = [row["value"] for row in rows if row["metric"] == metric]
        assert len(values) == 2
        printed = next(line for line in out.splitlines() if line.startswith("gradient "))
        assert abs(float(printed.split()[column]) - np.mean(values)) < 1e-3
    kernels = {row["at"] for row in rows if row["metric"] == "rank_correlation"}
    assert min(kernels) == 1 and max(kernels) == 26  # all of SqueezeNet's


def test_the_map_of_an_image_does_not_depend_on_the_images_beside_it(run_cli, tmp_path):
    options = ("-m", "gradient", "-m", "smoothgrad", "--samples", 2, *SMALL, "--format", "npz")
    run_cli("saliency", "sample:cat", "sample:cat", *options, "--out-dir", tmp_path / "one")
    run_cli("saliency", "sample:coffee", "sample:cat", *options, "--out-dir", tmp_path / "two")
    one, two = (np.load(tmp_path / folder / "cat.npz") for folder in ("one", "two"))
    for method in ("gradient", "smoothgrad"):
        np.testing.assert_allclose(two[method], one[method], rtol=1e-3, atol=1e-5)


def test_saliency_and_fool_write_a_file_for_each_image(run_cli, tmp_path):
    images = ("sample:cat", "sample:coffee", *SMALL)
    expected = sample_image("cat", 64)
    status, _, _ = run_cli("saliency", *images, "--out-dir", tmp_path / "maps")
    assert status == 0
    shown = np.asarray(Image.open(str(tmp_path / "maps" / "cat.png")))
    width = expected.shape[1]
    assert (shown[:64, :width] == expected).all()  # the image, then map and overlay
    assert shown.shape == (64 + 22, max(3 * width, shown.shape[1]), 3)
    status, _, _ = run_cli(
        "fool", *images, "--rank", 3, "--max-iterations", 2, "--out-dir", tmp_path / "fooled",
        "--json", tmp_path / "r.json",
    )  # fmt: skip
    assert status == 0 and sorted(os.listdir(tmp_path / "fooled")) == [
        "batch.jsonl", "cat.png", "coffee.png",
    ]  # fmt: skip
    change = np.int16(np.asarray(Image.open(str(tmp_path / "fooled" / "cat.png")))) - expected
    with open(tmp_path / "r.json") as file:
        row = json.load(file)["results"][0]
    assert 0 < np.abs(change).max() <= row["linf"] + 0.5 and row["iterations"] <= 2
    assert sorted(os.listdir(tmp_path)) == ["fooled", "maps", "r.json"]  # no sheet


def test_fool_tells_iterations_and_size_of_the_change(run_cli, tmp_path):
    out, picture = tmp_path / "f.png", tmp_path / "plain.png"
    status, text, _ = run_cli("fool", "sample:cat", "--rank", 100, "-o", out, "--image", picture)
    assert status == 0 and "taken for" in text and "L2" in text and "Linf" in text
    assert sorted(os.listdir(str(tmp_path))) == ["f.gif", "f.png", "plain.png"]
    assert Image.open(str(out.with_suffix(".gif"))).n_frames > 2
    assert np.asarray(Image.open(str(picture))).shape == sample_image("cat", 224).shape


def test_fool_says_when_it_did_not(run_cli, tmp_path):
    status, text, _ = run_cli(
        "fool", "sample:cat", "--target", "hourglass", "--max-iterations", 1,
        "--gif", "none", "-o", tmp_path / "f.png", *SMALL,
    )  # fmt: skip
    assert status == 0 and "NOT fooled after 1 steps" in text
    assert os.listdir(str(tmp_path)) == ["f.png"]


@pytest.mark.parametrize("method", ["fgsm", "pgd"])
def test_attacks_keep_to_their_norm(run_cli, tmp_path, method):
    status, text, _ = run_cli(
        "fool",
        "sample:cat",
        "--any",
        "-m",
        method,
        "--epsilon",
        3,
        "-o",
        tmp_path / "f.png",
        *SMALL,
    )
    assert status == 0 and float(text.split("Linf ")[1].split()[0]) <= 3


def test_visualize_draws_classes_side_by_side(run_cli, tmp_path):
    status, text, _ = run_cli(
        "visualize", "tarantula", 604, "--num-iterations", 8, "--size", 64, "--octaves", 2,
        "--decorrelate", "-o", tmp_path / "v.png", "--image", tmp_path / "plain.png",
    )  # fmt: skip
    assert status == 0 and "tarantula: rank" in text and "hourglass: rank" in text
    assert sorted(os.listdir(str(tmp_path))) == ["plain.png", "v.gif", "v.png"]
    assert np.asarray(Image.open(str(tmp_path / "plain.png"))).shape == (64, 128, 3)


@pytest.mark.parametrize(
    "function, arguments",
    [
        ("create_class_visualization", ("visualize", "tarantula", "--size", 64)),
        ("make_fooling_image", ("fool", "sample:cat", "sample:coffee", "--rank", 500, *SMALL)),
    ],
)
def test_ctrl_c_keeps_the_image_as_it_is(run_cli, tmp_path, monkeypatch, function, arguments):
    original = getattr(saliency, function)

    @functools.wraps(original)  # the command reads its defaults
    def interrupted(*args, callback, **settings):
        def progress(step, *rest):
            if step == 2:
                os.kill(os.getpid(), signal.SIGINT)
            callback(step, *rest)

        return original(*args, callback=progress, **settings)

    monkeypatch.setattr(saliency, function, interrupted)
    status, out, err = run_cli(*arguments, "-o", tmp_path / "f.png")
    assert status == 130 and "wrote" in out
    assert [line for line in err.splitlines() if line.startswith("error:")] == [
        "error: stopped by SIGINT"
    ]
    assert sorted(os.listdir(str(tmp_path))) == ["f.gif", "f.png"]
    assert Image.open(str(tmp_path / "f.gif")).n_frames >= 2


def test_help_shows_the_librarys_defaults(run_cli):
    for command, words in (
        ("visualize", ["0.001", "25", "100", "[default: 16]", "0.5"]),
        ("fool", ["[default: 100 or 40]", "[default: linf]"]),
        ("saliency", ["0.15", "[default: a seventh]"]),
    ):
        status, out, _ = run_cli(command, "-h")
        assert status == 0
        for word in words:
            assert word in " ".join(out.split()), (command, word)


def test_mistakes_are_one_line_and_leave_nothing(fails_with_one_line, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    save_image(tmp_path / "whole.jpg", sample_image("cat", 64))
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    save_image(tmp_path / "dot.png", np.zeros((1, 1, 3), np.uint8))
    Image.fromarray(np.zeros((1, 60000, 3), np.uint8)).save(tmp_path / "wide.png")
    (tmp_path / "exists.png").write_text("mine")
    (tmp_path / "exists.gif").write_text("mine")
    before = sorted(os.listdir(str(tmp_path)))
    out = ("-o", tmp_path / "new.png")
    target = ("--target", "tarantula")
    cases = [
        (("saliency", tmp_path / "none.jpg", *out), "no such file"),
        (("saliency", tmp_path / "text.jpg", *out), "not an image"),
        (("fool", tmp_path / "half.jpg", *target, *out), "truncated"),
        (("saliency", tmp_path / "wide.png", *out), "too large"),
        (("saliency", "sample:cat", "--size", 31, *out), "at least 32"),
        (("saliency", "sample:dog", *out), "cat, coffee"),
        (("saliency", "sample:cat", "--class", "cat", *out), "ambiguous"),
        (("fool", "sample:cat", "--target", "unicorn", *out), "no class has this"),
        (("visualize", "1000", *out), "0 to 999"),
        (("visualize", "tarantula", "--weights", tmp_path / "text.jpg", *out), "text.jpg"),
        (("saliency", "sample:cat", "-o", tmp_path / "exists.png"), "exists already"),
        (("fool", "sample:cat", *target, "-o", tmp_path / "exists.svg"), "exists already"),
        (("visualize", "tarantula", "-o", "/proc/new.png"), "cannot write"),
        (("saliency", "sample:cat", "-o", tmp_path / "new.txt"), ".png, .svg"),
        (("fool", "sample:cat", *target, *out, "--gif", tmp_path / "g.txt"), ".gif or .mp4"),
        (("fool", "sample:cat", *out), "--target"),
        (("fool", "sample:cat", *target, "--rank", 2, *out), "--target"),
        (("fool", "sample:cat", "--any", *out), "fgsm"),
        (("fool", "sample:cat", *target, *out, "--image", tmp_path / "a.jpg"), ".png"),
        (("saliency", "sample:cat", "-m", "occlusion", "--patch", 99, *SMALL, *out), "patch"),
        (("saliency", "sample:cat", "-m", "magic", *out), "magic"),
        (("visualize", "tarantula", "--octave-scale", 1, *out), "--octave-scale"),
    ]
    for arguments, words in cases:
        assert words in fails_with_one_line(*arguments), arguments
    assert sorted(os.listdir(str(tmp_path))) == before
    assert not glob.glob(str(tmp_path / ".*"))


def test_a_single_pixel_is_enlarged_and_explained(run_cli, tmp_path):
    save_image(tmp_path / "dot.png", np.full((1, 1, 3), 99, np.uint8))
    status, _, _ = run_cli("saliency", tmp_path / "dot.png", "-o", tmp_path / "o.png", *SMALL)
    assert status == 0
