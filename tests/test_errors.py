import pickle

import numpy as np
import pytest

from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError, check_number, first_line, is_lack_of_memory, shown


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_a_message_is_one_line_whatever_it_quotes(end):
    error = InputError(f"a{end}b  c: no such file{end}")
    assert str(error) == "a b  c: no such file"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_what_came_is_shown_in_the_room_that_a_line_has():
    assert shown("a b") == "'a b'" and shown(1.5) == "1.5" and shown([1, 2]) == "[1, 2]"
    assert len(shown("x" * 1000)) == 60 and shown("x" * 1000).endswith("...")


ONEDNN = """Graph execution error:

Detected at node 'Relu_1' defined at (most recent call last):
    File "a.py", line 2, in <module>
Node: 'Relu_1'
Detected at node 'Relu_2' defined at (most recent call last):
    File "a.py", line 3, in <module>
Node: 'Relu_2'
Operation received an exception:Status: 1, message: could not create a primitive, in file x.cc:1112
\t [[{{node Relu_2}}]]
"""


def test_of_tensorflows_history_the_reason_is_shown():
    with tf.Graph().as_default(), tf.Session() as sess:
        placeholder = tf.placeholder(tf.float32, [], name="a")
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            sess.run(placeholder + 1)
    line = "You must feed a value for placeholder tensor 'a' with dtype float"
    assert first_line(caught.value) == line
    assert first_line(tf.errors.AbortedError(None, None, ONEDNN)) == (
        "Operation received an exception:Status: 1, message: could not create a primitive, "
        "in file x.cc:1112"
    )
    assert first_line(OSError(28, "No space\nleft")) == "[Errno 28] No space"
    assert first_line(ValueError()) == ""


@pytest.mark.parametrize(
    "error, lacks",
    [
        (MemoryError(), True),
        (SystemError("error return without exception set"), True),
        (RuntimeError("can't start new thread"), True),
        (tf.errors.AbortedError(None, None, ONEDNN), True),
        (SystemError("bad argument to internal function"), False),
        (tf.errors.ResourceExhaustedError(None, None, "OOM when allocating"), True),
        (tf.errors.UnknownError(None, None, "model.ckpt-6.data-00000-of-00001; Bad address"), True),
        (tf.errors.DataLossError(None, None, "checksum does not match"), False),
        (OSError(28, "No space left on device"), False),
    ],
)
def test_lack_of_memory_is_told_from_other_errors(error, lacks):
    assert is_lack_of_memory(error) is lacks


def test_an_array_of_no_axes_is_a_number():
    assert check_number("rate", np.array(0.5)) == 0.5 == check_number("rate", np.float32(0.5))
    with pytest.raises(InputError, match="rate: got nan"):
        check_number("rate", np.array(np.nan))
    with pytest.raises(InputError, match="rate"):
        check_number("rate", np.array("text"))
