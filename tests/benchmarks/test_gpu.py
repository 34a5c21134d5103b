"""The list of `make gpu`, with the card and the processes that run on it replaced."""

import importlib
import os

import pytest

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "benchmarks")


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("gpu")


class Card:
    """1,000 MB of memory; other programs have 100, a session takes what it is allowed to."""

    device, ours, torch = "cuda", ".venv-gpu", ".venv-gpu-torch"

    def name(self):
        return "a card that is none, 1.0"

    def total(self):
        return 1000.0

    def used(self, workers):
        return 100 + sum(worker.takes() for worker in workers)


class Worker:
    """A process that does what its settings say; ``log`` is of all that were started."""

    log = []

    def __init__(self, python, script, settings, variables=None):
        self.python, self.script, self.settings = python, script, settings
        self.variables = variables or {}
        self.log.append(self)

    def takes(self):
        whole = 1000 * self.settings.get("memory_fraction", 0.9)
        return 50 if self.settings.get("allow_growth", True) else whole

    def time(self, repeats=1):
        if "BENCH_DEVICE" in self.variables:  # PyTorch's
            return [0.004 if "BENCH_COMPILED" in self.variables else 0.006] * repeats
        return [0.001 if "BENCH_MIXED" in self.variables else 0.002] * repeats

    def ask(self, do, **arguments):
        if do == "devices":
            return ["/device:GPU:0"]
        return 1.0 if "BENCH_MIXED" not in self.variables else float("nan")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def row(gpu):
    rows = importlib.import_module("rows")
    sides = rows.ours("a_worker.py", task="a")
    sides["PyTorch"] = rows.Side(".venv-bench", "a_torch.py", {})
    sides["PyTorch, compiled"] = rows.Side(".venv-bench", "a_torch.py", {"compiled": True})

    def prove(workers, folder):
        for name, worker in workers.items():
            rows.check_close(name, worker.ask("result"), 1.0)

    return rows.Row("a task", sides, prove)


@pytest.fixture
def page(gpu, row, monkeypatch, tmp_path):
    """The lines of the page that the list writes."""
    monkeypatch.setattr(gpu, "Worker", Worker)
    monkeypatch.setattr(gpu, "Card", Card)
    monkeypatch.setattr(
        gpu, "SUBJECTS", [type("Subject", (), {"rows": staticmethod(lambda: [row])})]
    )
    monkeypatch.setattr(Worker, "log", [])

    def run(*arguments):
        gpu.main([*arguments, "--out", str(tmp_path / "GPU.md")])
        return (tmp_path / "GPU.md").read_text().splitlines()

    return run


def test_sessions_are_judged_by_the_card_s_own_figure(page, monkeypatch):
    lines = page()
    assert "| growth | 50 | 5.0% | 0%-20% | as asked |" in lines
    assert "| no growth, cap 0.25 | 250 | 25.0% | 20%-30% | as asked |" in lines
    assert "| no growth | 900 | 90.0% | 50%-100% | as asked |" in lines
    (two,) = [line for line in lines if line.startswith("| two at once")]
    assert two.count("/device:GPU:0") == 2
    monkeypatch.setattr(Worker, "takes", lambda self: 900)
    assert "| growth | 900 | 90.0% | 0%-20% | **not as asked** |" in page()


def test_a_row_compares_ours_with_both_forms_of_pytorch_on_the_card(page):
    line = page()[-1]
    assert line.startswith("| a task | yes | 2 | 6 | 4 | 3.00 | 2.00 | 2.00, ")
    assert line.endswith("ours, mixed does other work: its result differs by nan |")


def test_sides_run_where_they_should(page):
    page()
    sides = [worker for worker in Worker.log if worker.script.startswith("benchmarks/a_")]
    hidden = [worker for worker in sides if "CUDA_VISIBLE_DEVICES" in worker.variables]
    assert len(hidden) == 1 and hidden[0].script == "benchmarks/a_worker.py"
    torch = [worker for worker in sides if worker.script == "benchmarks/a_torch.py"]
    assert {worker.variables["BENCH_DEVICE"] for worker in torch} == {"cuda"}
    assert all(worker.variables.get("NVIDIA_TF32_OVERRIDE") == "0" for worker in torch)


def test_a_row_that_fails_is_reported_and_the_list_ends_well(page, monkeypatch):
    def ask(self, do, **arguments):
        raise RuntimeError("out of memory | on the card")

    monkeypatch.setattr(Worker, "ask", ask)
    assert "| a task | out of memory / on the card |" in page()[-1]


def test_only_rows_with_the_words_are_run(page):
    assert not [w for w in page("another") if w.startswith("| a task")]
