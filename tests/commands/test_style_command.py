import inspect
import io
import json
import os
import re
import signal
import sys
import types

import numpy as np
import pytest
from event_files import Found
from PIL import Image

from tf_cs231n import style_transfer as library
from tf_cs231n.cli import main
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import load_image, save_image
from tf_cs231n.interruption import Stop
from tf_cs231n.pixels.progress import ImageProgress
from tf_cs231n.pixels.pyramid import LARGEST

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


def test_size_time_and_memory_are_said_before_the_work(run_cli, out, tmp_path):
    content = tmp_path / "content.png"
    Image.fromarray(sample_image("palace", 48)).save(content)
    command = ["style", content, "sample:tissue", "--max-evaluations", "8", "--initial-size", "32"]
    status, _, err = run_cli(*command, "-o", out)
    assert status == 0, err
    (line,) = re.findall(r"71x48 pixels, from 3\dx24 up: about (.*) and (.*) GB", err)
    assert re.fullmatch(r"\d+ s", line[0]) and 0.2 < float(line[1]) < 3
    assert load_image(str(out)).shape == (48, 71, 3)


def test_the_forecast_counts_the_pixels_of_all_sizes():
    progress = ImageProgress([((10, 20), 8), ((20, 40), 4)], stop=None)
    progress._seconds = [9.0, 0.5, 0.5, 0.6]  # the first compiles
    assert progress.expected_seconds() == pytest.approx(0.5 * 8 + 4 * 0.5 * 4)


def test_the_forecast_counts_the_optimizers_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    progress = ImageProgress([((10, 20), 8)], stop=Stop())

    def objective(pixels):
        now[0] += 1
        return library.Losses(0.0, 0.0, 0.0, 1.0), np.zeros_like(pixels)

    evaluate = progress.start(objective, (10, 20), finish=None)
    for _ in range(4):
        evaluate(np.zeros((10, 20, 3), np.float32))
        now[0] += 2  # of the optimizer
    assert progress.expected_seconds() == 3 * 8


def test_a_preview_is_written_every_20_evaluations_and_gone_at_the_end(run_cli, out, monkeypatch):
    from tf_cs231n.commands import style_files

    preview, seen = out.with_suffix(".preview.png"), {}

    def look(bar, progress):
        if preview.exists():
            seen[progress.evaluation] = load_image(str(preview)).shape

    monkeypatch.setattr(style_files.Bar, "show", look)
    assert run_cli(*STYLE, "--max-evaluations", "24", "-o", out)[0] == 0
    assert min(seen) == 21 and set(seen.values()) == {(36, 53, 3)}
    assert out.exists() and not preview.exists()


def test_tensorboard_shows_losses_and_previews(run_cli, out, tmp_path):
    status, _, err = run_cli(*STYLE, "-o", out, "--tensorboard", tmp_path / "board")
    assert status == 0, err
    shown = Found(tmp_path / "board")
    totals = dict(shown.scalars["loss/total"])
    assert set(totals) == {1, 2, 3, 4} and totals[1] > totals[4]
    record = json.loads(out.with_suffix(".json").read_text())
    assert min(totals.values()) == pytest.approx(record["losses"]["total"], rel=1e-5)
    (first, _), (last, image) = shown.images["preview"]
    assert (first, last) == (1, 4)
    np.testing.assert_array_equal(image, load_image(str(out)))


def test_no_file_of_the_users_is_taken_for_a_preview(fails_with_one_line, run_cli, out):
    preview = out.with_suffix(".preview.png")
    preview.write_text("mine")
    assert "preview.png exists already" in fails_with_one_line(*STYLE, "-o", out)
    assert preview.read_text() == "mine"


def test_style_that_does_not_fall_is_said_in_a_line(run_cli, out):
    weights = ["--content-weight", "1e6", "--max-evaluations", "21"]
    _, _, err = run_cli(*STYLE, *weights, "-o", out)
    assert re.search(r"warning: after \d+ evaluations the style loss is 100%", err, re.MULTILINE)


def test_a_preset_gives_weights_and_leaves_the_image_its_size(run_cli, out, tmp_path):
    Image.fromarray(sample_image("palace", 48)).save(tmp_path / "content.png")
    command = ["style", tmp_path / "content.png", "sample:tissue", "--preset", "starry"]
    run_cli(*command, "--style-size", "34", "--max-evaluations", "1", "-o", out)
    settings = json.loads(out.with_suffix(".json").read_text())["settings"]
    assert settings["tv_weight"] == 2e-2 and settings["content_weight"] == 6e-2
    assert load_image(str(out)).shape == (48, 71, 3)


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
                default = parameter.default or f"that of CONTENT, at most {LARGEST}"
                assert f"[default: {default}]" in words, (task, name)
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


def test_many_contents_are_painted_each_into_a_file_that_can_be_made_again(run_cli, tmp_path):
    for name in ("cat", "coffee"):
        save_image(tmp_path / "in" / f"{name}.png", sample_image(name, 48))
    (tmp_path / "in" / "bad.png").write_text("no image")
    style = ("--style", "sample:tissue", "--image-size", 32, "--style-size", 32)
    options = (*style, "--max-evaluations", 2, "--out-dir", tmp_path / "out", "--resume")
    status, out, err = run_cli("style", tmp_path / "in", *options, "--json", tmp_path / "r.json")
    assert status == 1 and "bad.png: not an image" in err
    assert sorted(os.listdir(tmp_path / "out")) == ["batch.jsonl", "cat.png", "coffee.png"]
    with open(tmp_path / "r.json") as file:
        rows = json.load(file)["results"]
    totals = [row["value"] for row in rows if row["metric"] == "total"]
    assert len(totals) == 2 and f"coffee.png: loss {totals[1]:.6g}" in out
    status, out, _ = run_cli("style", tmp_path / "in", *options)
    assert "0 files written, 2 had been before" in out
    again = tmp_path / "again.png"
    status, _, err = run_cli("style", "--again", tmp_path / "out" / "cat.png", "-o", again)
    assert status == 0, err
    assert (load_image(again) == load_image(tmp_path / "out" / "cat.png")).all()


def test_style_reads_and_writes_standard_streams(tmp_path, monkeypatch, capfdbinary):
    content = io.BytesIO()
    Image.fromarray(sample_image("cat", 32)).save(content, "PNG")
    content.seek(0)
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=content))
    monkeypatch.chdir(tmp_path)
    size = ["--image-size", "32", "--style-size", "32", "--max-evaluations", "1"]
    main(arguments=["style", "-", "sample:tissue", "-o", "-", *size])
    assert Image.open(io.BytesIO(capfdbinary.readouterr().out)).size[1] == 32
    assert os.listdir(tmp_path) == []


def test_which_images_are_contents_is_plain(fails_with_one_line):
    many = ("style", "sample:cat", "sample:tissue")
    assert "--style" in fails_with_one_line(*many, "--out-dir", "out")
    assert "one of --out" in fails_with_one_line(*many)
    assert "CONTENT" in fails_with_one_line(*many, "--style", "sample:flower", "-o", "out.png")
    assert "--out-dir" in fails_with_one_line(*many, "-o", "out.png", "--resume")
