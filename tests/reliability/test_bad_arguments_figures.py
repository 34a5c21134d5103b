"""Bad arguments of figures: lists of pictures, dicts of maps, curves, histories and grids."""

import numpy as np
import pytest
from corpus import bad_arrays, bad_numbers, check_refusals

from tf_cs231n.faithfulness import Curves
from tf_cs231n.plots import gan, saliency, style, theory
from tf_cs231n.style_transfer.objective import Losses

N, H, W = 2, 6, 7
rng = np.random.RandomState(0)
pictures = list(np.uint8(rng.randint(0, 256, (N, H, W, 3))))
levels = [255 * rng.rand(H, W, 3) for _ in range(N)]
maps = [rng.randn(H, W) for _ in range(N)]
digits = np.uint8(rng.randint(0, 256, (N, H, W)))
numbers = rng.rand(5)
curve = Curves(np.linspace(0, 1, 5), rng.rand(N, 5), rng.rand(N))
losses = [Losses(1.0, 2.0, 3.0, 6.0), Losses(1.0, 1.0, 1.0, 3.0)]
means, stds = np.arange(4.0), np.arange(1.0, 4.0)

NO_LIST = {"None": None, "text": "ab", "a number": 7, "an object": object(), "nothing": []}
NO_DICT = {**NO_LIST, "a list": [1], "an empty dict": {}}


def list_of(good, bad, most=1000):
    """In the place of the list ``good``: others, one of its values bad, too many, too few."""
    others = {"too few": good[1:], "too many": list(good) * most, "a dict": {}}
    each = {f"one {kind}": [*good[:-1], value] for kind, value in bad.items()}
    return {**NO_LIST, **others, **each}


def dict_of(good, bad, also=()):
    """In the place of the dict ``good``: others, each of its values in turn bad."""
    each = {
        f"{name}, {kind}": {**good, name: value} for name in good for kind, value in bad.items()
    }
    return {**NO_DICT, **each, **dict(also)}


def replaced(named, bad):
    """``named`` with each of its fields in turn bad, and other things."""
    each = {
        f"{field}, {kind}": named._replace(**{field: value})
        for field in bad
        for kind, value in bad[field].items()
    }
    return {"None": None, "a number": 7, "a tuple": tuple(named), **each}


def each_of(ends, bad, *arguments):
    """Pairs of an argument and a kind of ``bad`` that ends in one of ``ends``."""
    return {(name, kind) for name in arguments for kind in bad if kind.endswith(tuple(ends))}


TEXTS = list_of(["a", "b"], {"None": None, "number": 7, "list": ["a"]})
PICTURES = list_of(pictures, bad_arrays(pictures[0]))
LEVELS = list_of(levels, bad_arrays(levels[0]))
HEATS = dict_of({"a": maps}, list_of(maps, bad_arrays(maps[0])), {"a number's": {7: maps}})
CURVES = dict_of(
    {"a": curve},
    replaced(
        curve,
        {
            "fractions": {**bad_arrays(curve.fractions), "shorter": curve.fractions[1:]},
            "probabilities": bad_arrays(curve.probabilities),
            "areas": bad_arrays(curve.areas),
        },
    ),
)
HISTORY = dict_of(
    {"D_loss": (numbers, numbers)},
    {
        **bad_arrays(numbers),
        **{f"steps, {kind}": (v, numbers) for kind, v in bad_arrays(numbers).items()},
        **{f"values, {kind}": (numbers, v) for kind, v in bad_arrays(numbers).items()},
    },
    {"neither": {"loss": numbers}},
)
HISTORIES = dict_of(
    {"a": losses},
    list_of(losses, replaced(losses[0], {"total": bad_numbers()})),
)
POSITIVE = np.ones((3, 4))
TWO = {"one": 0, "two": 1}


def of_two(good, also=()):
    return dict_of(
        dict.fromkeys(TWO, good), bad_arrays(good), {"another": {"three": good}, **dict(also)}
    )


FIGURES = {
    "saliency_figure, one method": (
        saliency.saliency_figure,
        {"pictures": pictures, "maps": {"a": maps}, "titles": ["a", "b"]},
        {"pictures": PICTURES, "maps": HEATS, "titles": TEXTS},
        each_of(["one ints"], HEATS, "maps"),
    ),
    "saliency_figure, two methods": (
        saliency.saliency_figure,
        {"pictures": pictures, "maps": {"a": maps, "b": maps}, "titles": ["a", "b"]},
        {"pictures": PICTURES, "titles": TEXTS},
        (),
    ),
    "fooling_figure": (
        saliency.fooling_figure,
        {
            "originals": pictures,
            "changed": levels,
            "before": ["a", "b"],
            "after": ["a", "b"],
            "size": ["a", "b"],
        },
        {"originals": LEVELS, "changed": LEVELS, "before": TEXTS, "after": TEXTS, "size": TEXTS},
        each_of(["one ints"], LEVELS, "originals", "changed"),
    ),
    "curves_figure": (
        saliency.curves_figure,
        {"deletion": {"a": curve}, "insertion": {"a": curve}},
        {"deletion": CURVES, "insertion": CURVES},
        each_of(["ints"], CURVES, "deletion", "insertion"),
    ),
    "frame": (
        saliency.frame,
        {"pictures": levels, "text": "step 1"},
        {"pictures": LEVELS, "text": {"None": None, "a number": 7, "a list": ["a"]}},
        {("pictures", "too few"), *each_of(["one ints"], LEVELS, "pictures")},
    ),
    "nearest_grid": (
        gan.nearest_grid,
        {"samples": digits, "nearest": digits, "distances": np.ones(N)},
        {
            "samples": {**bad_arrays(digits), "too many": digits.repeat(501, axis=0)},
            "nearest": bad_arrays(digits),
            "distances": {**bad_arrays(np.ones(N)), "too few": [1.0]},
        },
        {("distances", "ints")},
    ),
    "loss_curves of a GAN": (
        gan.loss_curves,
        {"history": {"D_loss": (numbers, numbers), "G_loss": numbers}, "balance": 0.5},
        {"history": HISTORY, "balance": {**bad_numbers(), "None": "x"}},
        {("history", "D_loss, steps, None")}
        | each_of(["D_loss, huge", "ints", "D_loss, NaN", "D_loss, infinite"], HISTORY, "history")
        | each_of(["values, NaN", "values, infinite"], HISTORY, "history"),
    ),
    "transfer_grid": (
        style.transfer_grid,
        {
            "contents": dict(zip("ab", pictures)),
            "styles": dict(zip("cd", pictures)),
            "pictures": [pictures, pictures],
        },
        {
            "contents": dict_of(dict(zip("ab", pictures)), bad_arrays(pictures[0])),
            "styles": dict_of(dict(zip("cd", pictures)), bad_arrays(pictures[0])),
            "pictures": list_of([pictures, pictures], PICTURES),
        },
        (),
    ),
    "loss_curves of styles": (
        style.loss_curves,
        {"histories": {"a": losses}, "title": "b"},
        {"histories": HISTORIES, "title": {"a number": 7, "a list": ["a"]}},
        {("histories", "a, too few"), ("histories", "a, too many")},
    ),
    "kl_landscapes": (
        theory.kl_landscapes,
        {
            "means": means,
            "stds": stds,
            "landscapes": dict.fromkeys(TWO, POSITIVE),
            "paths": dict.fromkeys(TWO, np.ones((6, 2))),
            "x": numbers,
            "target": numbers,
            "fits": dict.fromkeys(TWO, numbers),
        },
        {
            "means": bad_arrays(means),
            "stds": bad_arrays(stds),
            "landscapes": of_two(POSITIVE, {"zero": dict.fromkeys(TWO, 0 * POSITIVE)}),
            "paths": of_two(np.ones((6, 2))),
            "x": bad_arrays(numbers),
            "target": bad_arrays(numbers),
            "fits": of_two(numbers),
        },
        {("x", "ints"), ("target", "ints")}
        | each_of(["ints"], of_two(numbers), "landscapes", "paths", "fits"),
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures(name):
    assert check_refusals(*FIGURES[name]) >= 20
