import base64
import re
import sys
import types

import numpy as np
import pytest

from tf_cs231n import demo
from tf_cs231n.images import save_image


@pytest.fixture
def subject(monkeypatch):
    """A subject of two pictures; `stop` is raised after the first, if it is given."""

    def install(stop=None):
        def entries(folder):
            for number in range(2):
                name = f"toy-{number}.png"
                save_image(f"{folder}/{name}", np.full((4, 4, 3), 100 * number, np.uint8))
                yield demo.Entry(
                    name, f"picture <{number}>", "k=1", 0.25, f"tf-cs231n toy {number}"
                )
                if stop is not None:
                    raise stop

        module = types.SimpleNamespace(TITLE="Toys", TEXT="What toys do.", entries=entries)
        monkeypatch.setitem(sys.modules, "tf_cs231n.demo.toy", module)
        monkeypatch.setattr(demo, "SUBJECTS", ["toy"])

    return install


def test_the_page_holds_pictures_captions_times_and_commands(subject, run_cli, tmp_path):
    subject()
    status, out, err = run_cli("demo", "--out", tmp_path / "new")
    assert status == 0 and str(tmp_path / "new" / "index.html") in out
    assert "[1/1] Toys" in err
    page = (tmp_path / "new" / "index.html").read_text(encoding="utf-8")
    for words in ("What toys do.", "picture &lt;1&gt;", "k=1 · 0.2 s", "tf-cs231n toy 1"):
        assert words in page
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    files = [(tmp_path / "new" / f"toy-{n}.png").read_bytes() for n in range(2)]
    assert [base64.b64decode(picture) for picture in pictures] == files
    assert "http" not in page  # self-contained


def test_ctrl_c_keeps_the_pictures_there_are(subject, run_cli, tmp_path):
    subject(stop=KeyboardInterrupt())
    status, _, _ = run_cli("demo", "--out", tmp_path)
    assert status == 130
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "picture &lt;0&gt;" in page and "picture &lt;1&gt;" not in page


def test_an_unknown_subject_is_one_line(fails_with_one_line, tmp_path):
    assert "nonsense" in fails_with_one_line("demo", "--only", "nonsense", "--out", tmp_path)
    assert "cannot write" in fails_with_one_line("demo", "--out", "/proc/x")
