"""The NumPy side's examples, in its docstrings and on its page, say what the code does."""

import doctest
import importlib
import os

import pytest

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@pytest.mark.parametrize(
    "module, least",
    [
        ("tf_cs231n.captioning.coco", 1),
        ("tf_cs231n.captioning.optim", 3),
        ("tf_cs231n.captioning.rnn", 5),
        ("tf_cs231n.captioning.rnn_layers", 8),
        ("tf_cs231n.gradient_check", 6),
    ],
)
def test_docstring_examples(module, least):
    module = importlib.import_module(module)
    names = {"np": importlib.import_module("numpy")}
    result = doctest.testmod(module, extraglobs=names, optionflags=OPTIONS)
    assert result.failed == 0
    assert result.attempted >= least


def test_the_page_on_captioning_in_numpy():
    page = os.path.join(ROOT, "docs", "captioning-numpy.md")
    result = doctest.testfile(page, module_relative=False, optionflags=OPTIONS, encoding="utf-8")
    assert result.failed == 0
    assert result.attempted > 40
