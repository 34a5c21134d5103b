"""The ladder: the first thing that is wrong with what a function returned, in words that are true.

Missing output, type, an argument changed in place, shape, dtype, NaN; then values: which output,
which block of it, a constant ratio if there is one. Every statement here is checked on the numbers
before it is made: "only the forget gate" means that all wrong cells lie there, and that all others
are right.
"""

import numpy as np

from tf_cs231n.assignment.records import Other, is_none, wrong_cells

GATES = ["the input gate i", "the forget gate f", "the output gate o", "the candidate g"]

_NAMES = {
    "T": ("time step", "time steps"),
    "N": ("example of the batch", "examples of the batch"),
    "V": ("word of the vocabulary", "words of the vocabulary"),
}
_IMAGE_AXES = {"H": ("row", "rows"), "W": ("column", "columns"), "C": ("channel", "channels")}
_MOST = ("after the first", "before the last")
_PRECISE = ("all of", "only in", "everywhere but", "not in")


class Finding:
    """What is wrong: ``message``; ``rung`` of the ladder; ``output``'s name; and to show, where
    there is something to show, ``yours``, ``expected`` and ``wrong``, arrays of one shape."""

    def __init__(self, rung, message, output=None, yours=None, expected=None, wrong=None):
        self.rung, self.message, self.output = rung, message, output
        self.yours, self.expected, self.wrong = yours, expected, wrong
        self.inputs, self.case = {}, 0


def first_wrong(task, got, want, inputs, sizes):
    """The first rung that a record fails; None if it is right.

    Args:
      task: the `Task`.
      got, want: the learner's `Record` and the reference's, without errors.
      inputs, sizes: of this case.
    """
    names = [output.name for output in task.outputs]
    return (
        _missing(names, got, want)
        or _type(names, got, want)
        or _changed(got, want)
        or _shape(names, got, want)
        or _dtype(names, got, want)
        or _nan(names, got, want)
        or _values(task, got, want, inputs, sizes)
    )


def _missing(names, got, want):
    several = f"{len(names)} outputs ({', '.join(names)})" if len(names) > 1 else names[0]
    if len(got.outputs) != len(want.outputs):
        count = len(got.outputs)
        number = f"{count} output" + "s" * (count != 1)
        return Finding("missing output", f"your function returns {number}, expected {several}")
    none = [n for n, g, w in zip(names, got.outputs, want.outputs) if is_none(g) and not is_none(w)]
    if none:
        also = "; the others are checked once it is there" if len(names) > len(none) else ""
        return Finding("missing output", f"{_list(none)} {_is(none)} None{also}", none[0])
    return None


def _list(names):
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _is(names):
    return "is" if len(names) == 1 else "are"


def _type(names, got, want):
    for name, g, w in zip(names, got.outputs, want.outputs):
        if isinstance(g, Other) and not isinstance(w, Other):
            kind = "a number" if w.ndim == 0 else "an array of numbers"
            return Finding("type", f"{name} is of type {g.kind}, expected {kind}", name)
    return None


def _changed(got, want):
    extra = [name for name in got.changed if name not in want.changed]
    if extra:
        return Finding(
            "changed argument",
            f"your function changes its argument {_list(extra)} in place; its caller may still "
            "need the old numbers: compute in a new array",
            extra[0],
        )
    return None


def _arrays(names, got, want):
    for name, g, w in zip(names, got.outputs, want.outputs):
        if not isinstance(w, Other):
            yield name, g, w


def _shape(names, got, want):
    for name, g, w in _arrays(names, got, want):
        if g.shape != w.shape:
            hint = ""
            if g.size == w.size and g.squeeze().shape == w.squeeze().shape:
                hint = "; axes of size 1 are too many or too few"
            elif g.ndim == 2 and g.T.shape == w.shape:
                hint = "; it is transposed"
            elif sorted(g.shape) == sorted(w.shape):
                hint = "; the axes are in another order"
            return Finding("shape", f"{name} has shape {g.shape}, expected {w.shape}{hint}", name)
    return None


def _dtype(names, got, want):
    for name, g, w in _arrays(names, got, want):
        floats = w.dtype.kind == "f"
        if (floats and g.dtype.kind != "f") or (not floats and g.dtype.kind not in "iuf"):
            expected = "floating-point numbers" if floats else "integers"
            if not floats and g.dtype.kind == "f" and (g == np.round(g)).all():
                continue
            return Finding("dtype", f"{name} is of dtype {g.dtype}, expected {expected}", name)
    return None


def _nan(names, got, want):
    for name, g, w in _arrays(names, got, want):
        if g.dtype.kind != "f":
            continue
        for words, test in (("NaN", np.isnan), ("infinity", np.isinf)):
            bad = test(g) & ~test(w.astype(float))
            if bad.any():
                count = f"{bad.sum()} of {bad.size} entries" if g.ndim else "the number"
                return Finding(
                    "NaN", f"{name} has {words} ({count})" if g.ndim else f"{name} is {words}",
                    name, g, w, bad,
                )  # fmt: skip
    return None


def _values(task, got, want, inputs, sizes):
    wrong, right = [], []
    for spec, g, w in zip(task.outputs, got.outputs, want.outputs):
        if isinstance(w, Other):
            continue
        cells = wrong_cells(g, w, task.tolerance)
        (wrong if cells.any() else right).append((spec, g, w, cells))
    if not wrong:
        return None
    names = [spec.name for spec, _, _, _ in wrong]
    places = [_where(task, *parts, inputs) if parts[1].ndim else "" for parts in wrong]
    precise = [k for k, place in enumerate(places) if place.startswith(_PRECISE)]
    best = precise[0] if precise else 0
    (spec, g, w, cells), where = wrong[best], places[best]
    ratio = _ratio(g, w, sizes)
    parts = [f"{_list(names)} {_is(names)} wrong"]
    if right:
        rest = [spec.name for spec, _, _, _ in right]
        parts[0] += f" ({_list(rest)} {_is(rest)} right)"
    swap = _swapped(task, wrong[best], want)
    if where:
        parts.append(f"{spec.name}: {where}")
    if swap:
        parts.append(swap)
    elif ratio:
        parts.append(f"your {spec.name} is {ratio}")
    else:
        inside = _ratio(g[cells], w[cells], sizes) if g.ndim and not cells.all() else ""
        if inside:
            parts.append(f"there your {spec.name} is {inside}")
        else:
            parts.append(_transposed(spec.name, g, w, task.tolerance))
            parts.append(_example(spec.name, g, w, cells))
    message = "; ".join(part for part in parts if part)
    return Finding("values", message, spec.name, g, w, cells)


def _example(name, g, w, cells):
    at = tuple(int(i) for i in np.argwhere(cells)[0])
    place = f"{name}[{', '.join(map(str, at))}]" if at else name
    return f"{place} is {g[at]:.6g}, expected {w[at]:.6g}"


def _transposed(name, g, w, tolerance):
    if g.ndim == 2 and g.shape[0] == g.shape[1] and not wrong_cells(g.T, w, tolerance).any():
        return f"your {name} is the transpose of it"
    return ""


def _swapped(task, wrong, want):
    """Whether an output is what another output should be."""
    spec, g, _, _ = wrong
    if g.ndim == 0:
        return ""
    for other, output in zip(task.outputs, want.outputs):
        if other is spec or isinstance(output, Other) or output.shape != g.shape:
            continue
        if not wrong_cells(g, output, task.tolerance).any():
            return f"your {spec.name} is what {other.name} should be"
    return ""


# --- A constant ratio ---


def _ratio(g, w, sizes):
    """ "1/N of it", "the negative of it", or "" where yours over the right is not constant."""
    g, w = np.asarray(g, float).reshape(-1), np.asarray(w, float).reshape(-1)
    with np.errstate(all="ignore"):
        counts = np.abs(w) > 1e-3 * np.abs(w).max() if w.size else np.zeros(0, bool)
        if not counts.any() or not np.isfinite(g).all():
            return ""
        ratios = g[counts] / w[counts]
        ratio = float(np.median(ratios))
        if not np.isfinite(ratio) or (w.size < 2 and not _named(ratio, sizes)):
            return ""
        if np.abs(g - ratio * w).max() > 1e-5 * max(1, abs(ratio)) * np.abs(w).max():
            return ""
    if abs(ratio) < 1e-9:
        return "zero"
    return _named(ratio, sizes) or f"{ratio:.4g} times what it should be"


def _named(ratio, sizes):
    if abs(ratio + 1) < 1e-5:
        return "the negative of what it should be"
    names = {"2": 2.0}
    letters = sorted(sizes)
    names.update({letter: sizes[letter] for letter in letters})
    names.update({f"{a}*{b}": sizes[a] * sizes[b] for a in letters for b in letters if a < b})
    for sign, minus in ((1, ""), (-1, "minus ")):
        for name, value in names.items():
            if abs(sign * ratio / value - 1) < 1e-5:
                return f"{minus}{name} times what it should be"
            if abs(sign * ratio * value - 1) < 1e-5:
                below = f"({name})" if "*" in name else name
                return f"{minus}1/{below} of what it should be"
    return ""


# --- Which block ---


def _where(task, spec, g, w, cells, inputs):
    """Words for the part of the output that holds all wrong cells and no right ones, else some."""
    if cells.all():
        return "every entry"
    parts = list(_parts(task, spec, cells, inputs))
    tiny = (
        np.maximum(np.abs(g), np.abs(w)) < 0.01 * np.abs(w).max()
    )  # too small to be wrong by much
    for words, mask in parts:
        if mask.any() and ((cells == mask) | (mask & tiny)).all():
            return f"all of {words}, and nothing else"
    for words, mask in parts:
        vague = words.endswith(_MOST) and "time step" not in words
        if mask.any() and not mask.all() and not vague and not (cells & ~mask).any():
            return f"only in {words}"
    for words, mask in parts:
        if mask.any() and not mask.all() and not (cells & mask).any():
            return f"everywhere but in {words}" if (cells | mask).all() else f"not in {words}"
    return f"{cells.sum()} of {cells.size} entries"


def _axis_name(letter, axes):
    """What an axis counts, one of it and several."""
    if letter in _IMAGE_AXES and {"H", "W"} <= set(axes):
        return _IMAGE_AXES[letter]
    return _NAMES.get(letter, (f"index along {letter}", f"indices along {letter}"))


def _parts(task, spec, cells, inputs):
    if task.blocks:
        yield from task.blocks(inputs).get(spec.name, {}).items()
    for axis, letter in enumerate(spec.axes[: cells.ndim]):
        size = cells.shape[axis]
        place = np.arange(size).reshape([-1 if a == axis else 1 for a in range(cells.ndim)])
        like = np.zeros(cells.shape, bool)
        if letter[0] == "4":
            gate = place // (size // 4)
            for k, words in enumerate(GATES):
                yield words, (gate == k) | like
            for k in range(4):
                for m in range(k):
                    yield f"{GATES[m]} and {GATES[k]}", (gate == k) | (gate == m) | like
        elif size > 1:
            one, several = _axis_name(letter, spec.axes)
            yield f"the first {one}", (place == 0) | like
            yield f"the last {one}", (place == size - 1) | like
            yield f"the {several} after the first", (place > 0) | like
            yield f"the {several} before the last", (place < size - 1) | like
    if cells.ndim == 2 and cells.shape[0] == cells.shape[1]:
        yield "the diagonal", np.eye(len(cells), dtype=bool)
        yield "the upper triangle", np.triu(np.ones(cells.shape, bool))
        yield "the lower triangle", np.tril(np.ones(cells.shape, bool))
