import importlib
import os

import numpy as np
import pytest

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "benchmarks")


@pytest.fixture
def report(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("growth_report")


def test_the_exponent_is_that_of_the_larger_sizes(report):
    work = np.array([1, 10, 100, 1000, 10000])
    assert report.exponent(work, 5 + 3e-2 * work**1.5) == pytest.approx(1.5, abs=0.05)


def test_growth_faster_than_the_work_stands_out(report):
    curve = {"work": [1, 2, 4, 8], "sides": {}}
    curve["sides"]["PyTorch"] = [{"seconds": n, "memory_mb": n**2} for n in (1, 2, 4, 8)]
    assert report.fitted(curve, "PyTorch", "seconds") == "1.00"
    assert report.fitted(curve, "PyTorch", "memory_mb") == "**2.00**"
    assert report.fitted(curve, "ours, TF 2", "seconds") == ""
