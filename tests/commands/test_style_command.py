import inspect
import json
import os
import signal

import numpy as np
import pytest
from PIL import Image

from tf_cs231n import style_transfer as library
from tf_cs231n.images import load_image

SMALL = ["--image-size", "36", "--max-evaluations", "4"]
STYLE = ["style", "sample:palace", "sample:tissue", "--style-size", "34", *SMALL]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "image.png"


def test_style_writes_the_image_and_how_it_was_made(run_cli, out):
    status, stdout, err = run_cli(*STYLE, "--preset", "starry", "-o", out)
    assert status == 0, err
    assert load_image(str(out)).shape == (36, 53, 3)
    record = json.loads(out.with_suffix(".json").read_text())
    assert record["settings"]["style_weights"] == [300000, 1000, 15, 3]
    assert record["settings"]["image_size"] == 36 and record["settings"]["seed"] == 0
    assert set(record["losses"]) == {"content", "style", "tv", "total"}
    assert json.loads(Image.open(out).text["tf-cs231n"]) == record
    assert f"{record['losses']['total']:.6g}" in stdout


@pytest.mark.parametrize("source", [".png", ".json"])
def test_again_makes_the_same_bytes(run_cli, out, tmp_path, source):
    run_cli(*STYLE, "--init", "noise", "--seed", "3", "-o", out)
    again = tmp_path / "again.png"
    status, _, err = run_cli("style", "--again", out.with_suffix(source), "-o", again)
    assert status == 0, err
    assert again.read_bytes() == out.read_bytes()


def test_invert_and_texture_and_frames(run_cli, out, tmp_path):
    status, _, err = run_cli("invert", "sample:cat", *SMALL, "--content-layer", "1", "-o", out)
    assert status == 0, err
    gif = tmp_path / "progress.gif"
    texture = ["texture", "sample:tissue", "--style-size", "34", *SMALL, "--frame-every", "2"]
    status, _, err = run_cli(*texture, "-o", tmp_path / "texture.jpg", "--frames", gif)
    assert status == 0, err
    assert (tmp_path / "texture.jpg").exists()
    assert Image.open(gif).size == (36, 36)


def test_a_files_transparency_is_kept_in_png_and_laid_on_white_in_jpeg(run_cli, out, tmp_path):
    content = tmp_path / "content.png"
    pixels = np.full((36, 40, 4), 90, np.uint8)
    pixels[:18, :, 3], pixels[18:, :, 3] = 0, 255
    Image.fromarray(pixels).save(content)
    command = ["style", content, "sample:tissue", "--style-size", "34", *SMALL]
    assert run_cli(*command, "-o", out)[0] == 0
    assert np.array(Image.open(out))[:16, :, 3].max() == 0
    assert run_cli(*command, "-o", tmp_path / "p.jpg")[0] == 0
    assert np.array(Image.open(tmp_path / "p.jpg"))[:14].min() > 240


def test_ctrl_c_writes_the_best_so_far_and_exits_with_130(run_cli, out, monkeypatch):
    from tf_cs231n.commands import style_files

    def interrupt(bar, progress):
        if progress.evaluation == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(style_files.Bar, "show", interrupt)
    status, _, err = run_cli(*STYLE, "-o", out)
    assert status == 130 and err.endswith(f"error: stopped; {out} holds the best image so far\n")
    assert json.loads(out.with_suffix(".json").read_text())["evaluations"] == 3
    assert load_image(str(out)).shape == (36, 53, 3)


def test_help_shows_the_functions_defaults(run_cli):
    for task, function in (
        ("style", library.style_transfer),
        ("invert", library.invert_features),
        ("texture", library.synthesize_texture),
    ):
        status, help, _ = run_cli(task, "-h")
        words = " ".join(help.split())
        assert status == 0
        for name in ("image_size", "content_weight", "style_size"):
            parameter = inspect.signature(function).parameters.get(name)
            if parameter is not None:
                assert f"[default: {parameter.default}]" in words, (task, name)
    assert "[default: 300000 1000 15 3]" in words


def test_nothing_is_overwritten_unasked(run_cli, fails_with_one_line, out):
    out.write_bytes(b"mine")
    assert "--overwrite" in fails_with_one_line(*STYLE, "-o", out)
    assert out.read_bytes() == b"mine"
    assert run_cli(*STYLE, "-o", out, "--overwrite")[0] == 0


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["style", "sample:palace"], ["CONTENT", "STYLE"]),
        (["style", "sample:palace", "sample:nothing"], ["nothing", "palace"]),
        ([*STYLE, "--preset", "monet"], ["preset", "monet", "starry"]),
        ([*STYLE, "--style-layers", "1 x"], ["1 x", "numbers"]),
        ([*STYLE, "--style-layers", "1 13", "--style-weights", "1 1"], ["13", "0, 1, 2"]),
        ([*STYLE, "--frames", "progress.avi"], ["progress.avi", ".gif"]),
        ([*STYLE, "--again", "no-such.json"], ["no-such.json"]),
        (["invert"], ["image"]),
    ],
)
def test_a_mistake_is_one_line(fails_with_one_line, tmp_path, arguments, words):
    line = fails_with_one_line(*arguments, "-o", tmp_path / "new.png")
    for word in words:
        assert word in line
    assert not list(tmp_path.iterdir())


def test_again_refuses_what_is_no_record_of_this_task(fails_with_one_line, run_cli, tmp_path, out):
    (tmp_path / "other.json").write_text('{"a": 1}')
    line = fails_with_one_line("style", "--again", tmp_path / "other.json", "-o", out)
    assert "not a record" in line
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    line = fails_with_one_line("style", "--again", tmp_path / "plain.png", "-o", out)
    assert "no settings" in line
    run_cli("invert", "sample:cat", *SMALL, "-o", tmp_path / "inverted.png")
    line = fails_with_one_line("style", "--again", tmp_path / "inverted.png", "-o", out)
    assert "tf-cs231n invert" in line
