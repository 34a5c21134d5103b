"""Many inputs of one command, with a network that needs no TensorFlow: an image's mean color."""

import csv
import io
import json
import os
import signal
import sys
import types

import click
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tf_cs231n import cli
from tf_cs231n.commands import batches, inputs, results
from tf_cs231n.commands.batch_options import batch_options
from tf_cs231n.commands.option_types import OUTPUT
from tf_cs231n.images import load_image
from tf_cs231n.interruption import stoppable


@pytest.fixture
def mean(monkeypatch, tmp_path):
    """The command `mean` in an empty folder, which notes the images of each run in ``runs``."""
    runs = []

    @click.command()
    @batch_options("value")
    @click.option("-o", "--out", type=OUTPUT)
    @click.option("--factor", default=1)
    def command(batch, out, factor):
        def draw(rows):
            figure = Figure(figsize=(1, 1))
            figure.text(0, 0, f"{len(rows)} rows, {rows[0][1]} to {rows[-1][1]}")
            return figure

        def run(group):
            runs.append([each.name for each in group])
            if os.path.exists("interrupt"):
                os.kill(os.getpid(), signal.SIGINT)
            return [factor * float(each.image.mean()) for each in group]

        def keep(batch, each, value):
            batch.keep(
                each, {"value": value}, png=lambda: each.image, npy=lambda: np.float64(value),
                npz=lambda: {"value": value}, svg=lambda: draw([(each.image, each.stem)]),
            )  # fmt: skip

        sheet = batch.pages(out, draw)
        with batch, sheet, stoppable() as stop:
            for each, value in batch.run(run, load_image, stop):
                sheet.add(each.image, each.label)
                keep(batch, each, value)

    monkeypatch.setitem(cli.TASKS, "mean", ("mean_module", "The mean color."))
    monkeypatch.setitem(sys.modules, "mean_module", types.SimpleNamespace(mean=command))
    monkeypatch.chdir(tmp_path)
    return runs


def save(name, level, size=(4, 6)):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    Image.fromarray(np.full((*size, 3), level, np.uint8)).save(name)


def files(folder):
    return sorted(
        os.path.relpath(os.path.join(root, name), folder).replace(os.sep, "/")
        for root, _, names in os.walk(folder)
        for name in names
    )


def values(path):
    with open(path) as file:
        return {row["input"]: row["value"] for row in json.load(file)["results"]}


def test_folders_patterns_and_files_are_found_each_once(mean, run_cli):
    for name in ("photos/b.png", "photos/deep/a.PNG", "photos/.hidden/c.png", "x1.png", "x2.png"):
        save(name, 10)
    save("[y].png", 10)  # a name, not a pattern
    open("photos/notes.txt", "w").close()
    status, _, _ = run_cli("mean", "photos", "x?.png", "x1.png", "[y].png", "--json", "r.json")
    assert status == 0
    assert list(values("r.json")) == [
        "photos/b.png", "photos/deep/a.PNG", "x1.png", "x2.png", "[y].png",
    ]  # fmt: skip


def test_patterns_and_folders_without_images_are_mistakes(mean, fails_with_one_line):
    os.mkdir("empty")
    assert "no image" in fails_with_one_line("mean", "empty")
    assert "pattern" in fails_with_one_line("mean", "*.jpg")
    assert "no such file" in fails_with_one_line("mean", "nothing.png")


def test_equal_names_in_two_folders_do_not_overwrite_each_other(mean, run_cli):
    for level, name in enumerate(("a/cat.png", "b/cat.png", "b/cat.jpg", "b/Dog.png", "a/dog.png")):
        save(name, level)
    status, _, _ = run_cli("mean", "a", "b", "--out-dir", "out", "--format", "npy")
    assert status == 0
    assert files("out") == [
        "a/cat.npy", "a/dog.npy", "b/Dog.npy", "b/cat.jpg.npy", "b/cat.png.npy", "batch.jsonl",
    ]  # fmt: skip
    assert np.load("out/b/Dog.npy") == 3
    os.mkdir("alone")
    assert run_cli("mean", "a/cat.png", "b/Dog.png", "--out-dir", "alone")[0] == 0
    assert files("alone") == ["Dog.png", "batch.jsonl", "cat.png"]


def test_names_are_different_where_case_does_not_count():
    names = ["a.png", "A.png", "sample:a", "-", "shapes:val:1", "stdin.png"]
    assert inputs.stems(names) == ["a.png", "A.png", "sample-a", "-", "val-1", "stdin.png"]


@pytest.mark.parametrize("format", ["png", "svg", "npy", "npz"])
def test_each_input_has_a_file_in_the_format_asked_for(mean, run_cli, format):
    save("in/a.png", 7)
    save("in/b.png", 8)
    assert run_cli("mean", "in", "--out-dir", "out", "--format", format)[0] == 0
    assert files("out") == [f"a.{format}", f"b.{format}", "batch.jsonl"]
    if format == "png":
        assert (np.asarray(Image.open("out/b.png")) == 8).all()
    elif format == "npz":
        assert np.load("out/b.npz")["value"] == 8


def test_images_of_one_size_are_run_together_and_come_out_in_order(mean, run_cli):
    for number in range(6):
        save(f"in/{number}.png", number, (4, 6) if number % 2 else (5, 3))
    assert run_cli("mean", "in", "--json", "r.json")[0] == 0
    assert [[os.path.basename(name)[0] for name in run] for run in mean] == [
        ["0", "2", "4"], ["1", "3", "5"],
    ]  # fmt: skip
    assert list(values("r.json").values()) == [0, 1, 2, 3, 4, 5]


def test_only_a_window_of_images_is_in_memory(mean, run_cli, monkeypatch):
    monkeypatch.setattr(batches, "WINDOW", 3 * 24)
    for number in range(10):
        save(f"in/{number}.png", number)
    assert run_cli("mean", "in")[0] == 0
    assert [len(run) for run in mean] == [3, 3, 3, 1]


def test_a_bad_file_is_skipped_listed_and_status_1(mean, run_cli):
    save("in/a.png", 1)
    save("in/c.png", 3)
    with open("in/b.png", "w") as file:
        file.write("no image")
    status, out, err = run_cli(
        "mean", "in", "gone.png", "--out-dir", "out", "-o", "sheet.png", "--json", "r.json"
    )
    assert status == 1 and "2 files written" in out
    lines = err.splitlines()
    assert lines[0] == "skipped 2 of 4 inputs:"
    assert "in/b.png: not an image" in lines[1] and "gone.png: no such file" in lines[2]
    assert files("out") == ["a.png", "batch.jsonl", "c.png"] and os.path.exists("sheet.png")
    with open("r.json") as file:
        result = json.load(file)
    assert [s["input"] for s in result["skipped"]] == ["in/b.png", "gone.png"]
    assert len(result["results"]) == 2 and result["complete"]


def test_a_sheet_of_many_goes_in_pages_of_50_rows_with_names(mean, run_cli):
    for number in range(103):
        save(f"in/{number:03}.png", number, (2, 2))
    status, out, _ = run_cli("mean", "in", "-o", "sheet.svg")
    assert status == 0
    assert [name for name in files(".") if "sheet" in name] == [
        "sheet-1.svg", "sheet-2.svg", "sheet-3.svg",
    ]  # fmt: skip
    with open("sheet-3.svg") as file:
        assert "3 rows, 100.png to 102.png" in file.read()  # matplotlib notes a text it draws


def test_resume_skips_what_is_done_and_keeps_its_results(mean, run_cli):
    for number in range(4):
        save(f"in/{number}.png", number)
    options = ("--out-dir", "out", "--format", "npy", "--resume")
    assert run_cli("mean", "in/0.png", "in/1.png", *options)[0] == 0
    before = os.stat("out/1.npy").st_mtime_ns
    mean.clear()
    save("in/0.png", 100)  # another image of this name
    status, out, _ = run_cli("mean", "in", *options, "--json", "r.json")
    assert status == 0 and "3 files written, 1 had been before" in out
    assert [os.path.basename(n)[0] for run in mean for n in run] == ["0", "2", "3"]
    assert os.stat("out/1.npy").st_mtime_ns == before and np.load("out/0.npy") == 100
    assert list(values("r.json").values()) == [100, 1, 2, 3]
    mean.clear()
    os.remove("out/2.npy")
    run_cli("mean", "in", *options)
    assert mean == [["in/2.png"]]


def test_resume_refuses_other_settings_unless_it_may_overwrite(mean, run_cli, fails_with_one_line):
    save("in/a.png", 5)
    options = ("in", "--out-dir", "out", "--format", "npy", "--resume")
    run_cli("mean", *options)
    line = fails_with_one_line("mean", *options, "--factor", 2)
    assert "factor 1, now 2" in line and np.load("out/a.npy") == 5
    assert run_cli("mean", *options, "--factor", 2, "--overwrite")[0] == 0
    assert np.load("out/a.npy") == 10


def test_resume_goes_on_after_a_kill_between_a_file_and_its_record(mean, run_cli):
    save("in/a.png", 1)
    save("in/b.png", 2)
    run_cli("mean", "in", "--out-dir", "out", "--format", "npy")
    with open("out/batch.jsonl") as file:
        text = file.read()
    with open("out/batch.jsonl", "w") as file:
        file.write(text[:-20])  # the last line is cut off
    mean.clear()
    assert run_cli("mean", "in", "--out-dir", "out", "--format", "npy", "--resume")[0] == 0
    assert mean == [["in/b.png"]]
    run_cli("mean", "in", "--out-dir", "out", "--format", "npy", "--resume")
    assert mean == [["in/b.png"]]


def test_files_of_others_are_not_overwritten(mean, run_cli, fails_with_one_line):
    save("in/a.png", 1)
    save("out/a.png", 9)
    for options in ((), ("--resume",)):
        assert "exists already" in fails_with_one_line("mean", "in", "--out-dir", "out", *options)
    assert load_image("out/a.png")[0, 0, 0] == 9
    assert run_cli("mean", "in", "--out-dir", "out", "--overwrite")[0] == 0
    assert load_image("out/a.png")[0, 0, 0] == 1


def test_options_of_batches_need_a_folder(mean, fails_with_one_line):
    save("a.png", 1)
    for options in (("--resume",), ("--format", "npy")):
        assert "--out-dir" in fails_with_one_line("mean", "a.png", *options)


def test_json_and_csv_say_the_same(mean, run_cli):
    save("a.png", 1)
    save("b,c.png", 2)
    assert run_cli("mean", "a.png", "b,c.png", "--json", "r.json", "--csv", "r.csv")[0] == 0
    with open("r.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["input"], float(row["value"])) for row in rows] == list(values("r.json").items())
    with open("r.json") as file:
        result = json.load(file)
    assert result["command"] == "mean" and result["settings"] == {"factor": 1}


def test_minus_reads_standard_input_and_prints_nothing_but_the_results(mean, monkeypatch, capfd):
    content = io.BytesIO()
    Image.fromarray(np.full((4, 6, 3), 77, np.uint8)).save(content, "PNG")
    content.seek(0)
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=content))
    cli.main(arguments=["mean", "-", "--out-dir", "out", "--json", "-"])
    out, err = capfd.readouterr()
    assert json.loads(out)["results"] == [{"input": "-", "output": "out/stdin.png", "value": 77.0}]
    assert "1 files written" in err and (load_image("out/stdin.png") == 77).all()


def test_minus_as_an_output_is_the_figure_alone(mean, capfdbinary):
    save("a.png", 1)
    cli.main(arguments=["mean", "a.png", "-o", "-"])
    out, err = capfdbinary.readouterr()
    assert Image.open(io.BytesIO(out)).format == "PNG" and b"wrote -" in err


def test_standard_output_takes_one_file(mean, fails_with_one_line):
    save("a.png", 1)
    assert "-" in fails_with_one_line("mean", "a.png", "--json", "-", "--csv", "-")
    assert "one file" in fails_with_one_line("mean", "a.png", "--json", "-", "-o", "-")


def test_numbers_that_are_not_finite_are_null():
    plain = [results.plain(v) for v in (np.float32(0.5), np.int64(3), float("nan"), True, None)]
    assert plain == [0.5, 3, None, True, None]


def test_results_found_before_a_stop_are_kept(mean, run_cli, monkeypatch):
    for number in range(6):
        save(f"in/{number}.png", number)
    monkeypatch.setattr(batches, "WINDOW", 24)
    write = batches.write

    def interrupted(path, made, overwrite):
        write(path, made, overwrite)
        if path.endswith("3.npy"):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(batches, "write", interrupted)
    options = ("--out-dir", "out", "--format", "npy", "--resume")
    status, _, err = run_cli("mean", "in", *options, "--json", "r.json")
    assert status == 130 and list(values("r.json").values()) == [0, 1, 2, 3]
    monkeypatch.setattr(batches, "write", write)
    mean.clear()
    assert run_cli("mean", "in", *options)[0] == 0
    assert [os.path.basename(n)[0] for run in mean for n in run] == ["4", "5"]


def test_what_was_running_at_a_stop_is_kept_but_not_taken_for_done(mean, run_cli, monkeypatch):
    for number in range(4):
        save(f"in/{number}.png", number)
    monkeypatch.setattr(batches, "WINDOW", 48)
    options = ("mean", "in", "--out-dir", "out", "--format", "npy", "--resume")
    open("interrupt", "w").close()
    assert run_cli(*options)[0] == 130
    assert files("out") == ["0.npy", "1.npy", "batch.jsonl"]
    os.remove("interrupt")
    mean.clear()
    assert run_cli(*options)[0] == 0
    assert [os.path.basename(n)[0] for run in mean for n in run] == ["0", "1", "2", "3"]
