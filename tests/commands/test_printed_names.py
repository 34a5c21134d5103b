"""Names from files and data reach the terminal without what would act on it."""

import re
import shutil

import numpy as np
import pytest

import tf_cs231n.commands
from tf_cs231n import terminal
from tf_cs231n.errors import printable
from tf_cs231n.images import save_image

HOSTILE = "a\x1b[31m\u202eb\rc\nerror: d"  # red, right to left, over the line, a line of its own


def test_what_acts_on_a_terminal_is_escaped_and_what_people_write_stays():
    assert printable(HOSTILE) == r"a\x1b[31m\u202eb\rc\nerror: d"
    assert printable("\x9b2J \udcff \u2028") == r"\x9b2J \udcff \u2028"
    for text in ("ein Käse", "二\u3000三", "1\xa0000", "می\u200cخواهم", "क्\u200dष"):
        assert printable(text) == text


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A present folder with images of such names."""
    monkeypatch.chdir(tmp_path)
    pixels = np.random.RandomState(0).randint(0, 256, (48, 48, 3)).astype(np.uint8)
    save_image("plain.png", pixels)
    shutil.copy("plain.png", HOSTILE + ".png")
    for stem in ("plain", HOSTILE):
        (tmp_path / f"{stem}-broken.png").write_text("no image")
    return tmp_path


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow 1.15's, once a process
@pytest.mark.parametrize(
    "before, name, after",
    [
        (["classify", "plain.png"], "-broken.png", []),
        (["fool", "plain.png", "--target", "7", "-m", "fgsm", "-o"], "-f.png", ["--gif", "none"]),
        (["assignment", "new", "--topics", "rnn"], "-x", []),
    ],
    ids=lambda part: part[0] if isinstance(part, list) and part else "",
)
def test_a_hostile_name_prints_as_many_lines_as_a_plain_one(folder, run_cli, before, name, after):
    shown = {}
    for stem in ("plain", HOSTILE):
        _, out, err = run_cli(*before, stem + name, *after)
        shown[stem] = out + err
        if stem == "plain":
            for path in folder.glob("plain-[fx]*"):
                shutil.rmtree(str(path)) if path.is_dir() else path.unlink()
    assert not re.search("[\x1b\u202e\r]", shown[HOSTILE])
    assert shown["plain"].count("\n") == shown[HOSTILE].count("\n") > 0
    assert printable(HOSTILE) in shown[HOSTILE]


def test_progress_of_a_hostile_name_is_escaped(capsys, monkeypatch):
    monkeypatch.setattr(terminal, "QUICK", 0)
    for _ in terminal.progress_bar(range(3), desc=HOSTILE):
        pass
    assert printable(HOSTILE) in capsys.readouterr().err


def test_commands_print_by_the_one_function_that_escapes():
    import importlib
    import inspect
    import pkgutil

    for module in pkgutil.iter_modules(tf_cs231n.commands.__path__, "tf_cs231n.commands."):
        source = inspect.getsource(importlib.import_module(module.name))
        assert not re.search(r"click\.s?echo|(?<![\w.])print\(", source), module.name
