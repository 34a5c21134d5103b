"""--jobs and --scheduler: the files, the results and the words of one process, from several."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image
from soak import cases

from tf_cs231n.captioning.prepare import prepare

SMALL = ("--size", 64, "--format", "npy")


@pytest.fixture
def photos(monkeypatch, tmp_path):
    """A folder in an empty one with 40 files: images of two shapes, and one that is none."""
    monkeypatch.chdir(tmp_path)
    os.mkdir("photos")
    rng = np.random.RandomState(0)
    for number in range(39):
        pixels = rng.randint(0, 256, (70, 70 + 20 * (number % 3 == 0), 3)).astype(np.uint8)
        Image.fromarray(pixels).save(f"photos/{number:02}.png")
    with open("photos/20-none.png", "w") as file:
        file.write("no image")
    return tmp_path


def contents(folder):
    """Every file's bytes, and the record's lines in any order, with ``folder`` called OUT."""
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    found["batch.jsonl"] = sorted(found["batch.jsonl"].splitlines())
    return found


def test_two_processes_write_and_say_what_one_does(photos, run_cli):
    found = []
    for jobs in (1, 2):
        out = f"out{jobs}"
        options = ("--out-dir", out, "--json", f"{out}.json", "--csv", f"{out}.csv", "--jobs", jobs)
        status, printed, errors = run_cli("classify", "photos", *SMALL, *options)
        assert status == 1 and "skipped 1 of 40 inputs" in errors and "20-none.png" in errors
        assert f"{out}: 39 files written" in printed
        texts = [printed]
        for name in (f"{out}.json", f"{out}.csv"):
            with open(name) as file:
                texts.append(file.read())
        found.append((contents(out), [text.replace(out, "OUT") for text in texts]))
    assert found[0] == found[1] and len(found[0][0]) == 40

    for name in ("03.npy", "35.npy"):
        os.remove(os.path.join("out2", name))
    with open("out2/.abcdefgh-03.npy", "w"):  # what a killed process leaves
        pass
    options = ("--out-dir", "out2", "--resume", "--jobs", 2, "--json", "r.json")
    _, printed, _ = run_cli("classify", "photos", *SMALL, *options)
    assert "2 files written, 37 had been before" in printed
    assert len(os.listdir("out2")) == 40
    with open("r.json") as file:
        inputs = [row["input"] for row in json.load(file)["results"]]
    assert inputs == sorted(inputs) and len(set(inputs)) == 39


def test_a_stop_keeps_what_is_done_and_resume_goes_on(photos):
    command = [sys.executable, "-m", "tf_cs231n", "saliency", "photos", "-m", "occlusion"]
    command += ["--size", "64", "--stride", "2", "--format", "npy", "--out-dir", "out", "--resume"]
    running = subprocess.Popen([*command, "--jobs", "2"], stderr=subprocess.PIPE)
    while not (os.path.isdir("out") and any(n.endswith(".npy") for n in os.listdir("out"))):
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGTERM)
    _, errors = running.communicate()
    assert running.returncode == 130 and b"Traceback" not in errors
    done = [name for name in os.listdir("out") if name.endswith(".npy")]
    assert 0 < len(done) < 39 and not any(name.startswith(".") for name in os.listdir("out"))


COMMANDS = {
    "saliency": ("saliency", "-m", "smoothgrad", "--samples", 2, *SMALL),
    "fool": ("fool", "--target", "goldfish", "--max-iterations", 2, *SMALL),
    "style": ("style", "--style", "sample:cafe", "--image-size", 64, "--max-evaluations", 2),
}


@pytest.mark.parametrize("name", list(COMMANDS)[: cases(1, 3)])
def test_every_command_of_batches_takes_jobs(photos, run_cli, name):
    task, *options = COMMANDS[name]
    for out, jobs in (("one", 1), ("two", 2)):
        inputs = ("photos/00.png", "photos/01.png")
        status, _, _ = run_cli(task, *inputs, *options, "--out-dir", out, "--jobs", jobs)
        assert status == 0
    assert contents("one") == contents("two") and len(contents("one")) == 3


def test_prepare_writes_the_same_by_two_processes(photos):
    with open("captions.csv", "w") as file:
        lines = [f"{n:02}.png,a {('cat', 'dog')[n % 2]}\n" for n in range(39)]
        file.write("image,caption\n" + "".join(lines) + "20-none.png,a cat\n")
    for out, jobs in (("one", 1), ("two", 2)):
        report = prepare("photos", "captions.csv", out, image_size=64, jobs=jobs)
        assert [name for name, _ in report.skipped] == [os.path.join("photos", "20-none.png")]
    names = sorted(os.listdir("one"))
    assert names == sorted(os.listdir("two"))
    for name in names:
        with open(os.path.join("one", name), "rb") as one, open(f"two/{name}", "rb") as two:
            assert one.read() == two.read(), name


def test_what_needs_one_process_is_refused(photos, fails_with_one_line):
    jobs = ("--jobs", 2)
    for options in (jobs, ("--threads", 1)):
        assert "--out-dir" in fails_with_one_line("classify", "photos", *options)
    assert "--out-dir" in fails_with_one_line("style", "a", "b", "-o", "c.png", *jobs)
    jobs += ("--out-dir", "out")
    for options in (("--check",), ("-o", "a.png")):
        line = fails_with_one_line("saliency", "photos", *options, *jobs)
        assert "one process" in line and options[0] in line.replace("--out:", "-o")
    assert "one process" in fails_with_one_line("classify", "-", *jobs)
