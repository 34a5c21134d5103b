"""What a function did on one input: its outputs, the arguments it changed, or what it raised.

A child process records the learner's functions and hands the records over as JSON and .npy files,
so nothing is unpickled. The reference and the known mistakes are recorded by the same function.
"""

import json
import os
import re
import traceback

import numpy as np

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class Other:
    """An output that is no array of numbers: None, a list, text; ``opaque``: a cache."""

    def __init__(self, kind):
        self.kind = kind

    def __eq__(self, other):
        return isinstance(other, Other) and self.kind == other.kind

    def __repr__(self):
        return self.kind


def is_none(output):
    return isinstance(output, Other) and output.kind == "None"


class Record:
    """outputs: arrays and `Other`; changed: names of arguments; error: a dict or None."""

    def __init__(self, outputs=(), changed=(), error=None):
        self.outputs, self.changed, self.error = list(outputs), list(changed), error

    def __repr__(self):
        return f"Record({self.outputs}, changed={self.changed}, error={self.error})"

    @property
    def is_empty(self):
        """Whether nothing was returned, as by a function that nobody has written yet."""
        return not self.error and all(map(is_none, self.outputs))


def record(task, functions, inputs, theirs=()):
    """Call a task's function on copies of the inputs.

    Args:
      task: a `Task`.
      functions: has functions as attributes.
      inputs: dict of arrays.
      theirs: beginnings of the names of files whose lines a traceback shows.
    """
    given = {name: np.array(value) for name, value in inputs.items()}
    try:
        with np.errstate(all="ignore"):
            returned = task.call(functions, given)
        outputs = list(returned) if isinstance(returned, tuple) else [returned]
        specs = task.outputs + [None] * len(outputs)
        outputs = [_plain(value, spec) for value, spec in zip(outputs, specs)]
        if len(outputs) == 1 and is_none(outputs[0]):
            outputs = [Other("None") for _ in task.outputs]
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: it is the learner's
        return Record(error=describe_error(error, theirs))
    changed = [name for name in inputs if not same_numbers(given[name], inputs[name], 0)]
    return Record(outputs, changed)


def _plain(value, spec):
    if value is None:
        return Other("None")
    if spec is not None and spec.opaque:
        return Other("opaque")
    if isinstance(value, (np.ndarray, np.generic)) and np.asarray(value).dtype.kind in "biufc":
        return np.array(value)
    if isinstance(value, (bool, int, float, complex)):
        return np.array(value)
    if isinstance(value, np.ndarray):
        return Other(f"array of {value.dtype}")
    return Other(type(value).__name__)


def describe_error(error, theirs=()):
    """An exception as a dict: type, message, lines of the learner's files."""
    lines = []
    for frame in _frames(error):
        if frame.filename.startswith(tuple(theirs)) and not frame.filename.startswith(_OURS):
            place = os.path.basename(frame.filename)
            lines.append(
                f"{place}, line {frame.lineno}, in {frame.name}: {frame.line or ''}".strip()
            )
    if isinstance(error, SyntaxError) and error.lineno:
        text = (error.text or "").strip()
        lines.append(f"{os.path.basename(error.filename or '')}, line {error.lineno}: {text}")
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    if hasattr(error, "op"):  # TensorFlow's, when it runs: what was wrong, then pages of where
        text = re.sub(r"(?s)^Graph execution error.*?\nNode: [^\n]*\n", "", text).split("\n")[0]
    message = " ".join(text.split())[:500]
    return {"type": type(error).__name__, "message": message, "lines": lines[-8:]}


def _frames(error):
    """The frames of an error; of one that a run raised also those that built the operation."""
    yield from traceback.extract_tb(error.__traceback__)
    for frame in getattr(getattr(error, "op", None), "traceback", None) or ():
        if not isinstance(frame, tuple):  # TensorFlow 2's
            frame = frame.filename, frame.lineno, frame.name
        yield traceback.FrameSummary(*frame[:3])


def same_numbers(a, b, tolerance):
    """Whether arrays are equal but for rounding, ``tolerance`` relative to b's largest entry."""
    if a.shape != b.shape:
        return False
    return not wrong_cells(a, b, tolerance).any()


def wrong_cells(a, b, tolerance):
    """Bool array: where a is not b, by more than ``tolerance`` times b's largest finite entry."""
    if a.dtype.kind in "biu" and b.dtype.kind in "biu":
        return a != b
    with np.errstate(all="ignore"):
        finite = np.abs(b[np.isfinite(b)])
        scale = float(finite.max()) if finite.size else 1.0
        near = np.abs(a - b) <= tolerance * scale + 1e-9 * (tolerance > 0)
        return ~(near | (a == b) | (np.isnan(a) & np.isnan(b)))


def same(a, b, tolerance):
    """Whether two records say the same: outputs, changed arguments, no error."""
    if a.error or b.error or a.changed != b.changed or len(a.outputs) != len(b.outputs):
        return False
    for x, y in zip(a.outputs, b.outputs):
        if isinstance(x, Other) or isinstance(y, Other):
            if not (isinstance(x, Other) and x == y):
                return False
        elif not same_numbers(x, y, tolerance):
            return False
    return True


# --- On disk ---


def save(path, records):
    """Write records, ``{variant: [Record, ...]}``, as path.json and a .npy file for each array."""
    written = {}
    for variant, cases in records.items():
        written[variant] = []
        for c, one in enumerate(cases):
            outputs = []
            for k, output in enumerate(one.outputs):
                if isinstance(output, Other):
                    outputs.append({"other": output.kind})
                else:
                    name = f"{path}.{len(written)}.{c}.{k}.npy"
                    np.save(name, output, allow_pickle=False)
                    outputs.append({"file": os.path.basename(name)})
            written[variant].append(
                {"outputs": outputs, "changed": one.changed, "error": one.error}
            )
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(written, file)
    os.replace(path + ".part", path + ".json")


def load(path):
    """Read what `save` wrote; None where there is nothing, or nothing that makes sense."""
    try:
        with open(path + ".json", encoding="utf-8") as file:
            written = json.load(file)
        return {
            variant: [_read(one, os.path.dirname(path)) for one in cases]
            for variant, cases in written.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _read(one, folder):
    outputs = [
        Other(str(output["other"]))
        if "other" in output
        else np.load(os.path.join(folder, os.path.basename(output["file"])), allow_pickle=False)
        for output in one["outputs"]
    ]
    return Record(outputs, [str(name) for name in one["changed"]], one["error"])
