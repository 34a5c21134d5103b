"""Every reader meets damaged files: it reads them, or says in a line why not, in little memory."""

import warnings

import pytest
from good_files import GOOD_FILES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory import peak_bytes
from soak import cases

from tf_cs231n.errors import InputError
from tf_cs231n.limits import MAX_PIXELS

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "insert", "replace", "flip"]),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=12),
    ),
    min_size=1,
    max_size=4,
)

NOISE = 8 << 20  # bytes: a good file is read within what Python has already, which tells nothing

# libwebp makes the canvas that a header claims, twice, before it looks at what is there.
CANVAS = {"WEBP": 2 * 4 * MAX_PIXELS}


def damage(content, edits):
    """Apply the edits, each at its share of the length."""
    content = bytearray(content)
    for kind, share, new in edits:
        at = int(share * len(content))
        if kind == "cut":
            del content[at:]
        elif kind == "drop":
            del content[at : at + len(new)]
        elif kind == "insert":
            content[at:at] = new
        elif kind == "replace":
            content[at : at + len(new)] = new
        elif content:
            content[at] ^= 1 << new[0] % 8
    return bytes(content)


@pytest.mark.parametrize("name", GOOD_FILES)
def test_damaged_files_are_read_or_named_in_one_line(tmp_path, name):
    file = GOOD_FILES[name]
    path, good, read = tmp_path / file.name, file.make(), file.read
    few = 30 if len(good) > 10**6 else 150

    @settings(
        max_examples=cases(few, 10000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(EDITS, st.binary(max_size=200)))
    def check(case):
        path.write_bytes(case if isinstance(case, bytes) else damage(good, case))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert peak_bytes(attempt, collect=False) <= most

    def attempt():
        try:
            read(str(path))
        except InputError as error:
            assert "\n" not in str(error)

    path.write_bytes(good)
    assert read(str(path)) is not False
    most = 2 * peak_bytes(lambda: read(str(path))) + NOISE + CANVAS.get(name, 0)
    check()
