import os
import subprocess
import sys

import pytest

from tf_cs231n.compat import TF_VERSION

FREES_64_MB = """
import ctypes
import tf_cs231n.compat

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

libc = ctypes.CDLL(None)
libc.malloc.restype = libc.memset.restype = ctypes.c_void_p
before = resident()
block = ctypes.c_void_p(libc.malloc(ctypes.c_size_t(2**26)))
libc.memset(block, 1, ctypes.c_size_t(2**26))
libc.free(block)
print(resident() - before)
tf_cs231n.compat.return_freed_memory()
print(resident() - before)
"""


@pytest.mark.parametrize("users_choice", [{}, {"MALLOC_TRIM_THRESHOLD_": "100000"}])
def test_freed_memory_is_kept_where_that_is_faster_and_the_user_says_nothing(users_choice):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    kept, left = subprocess.check_output(
        [sys.executable, "-c", FREES_64_MB], env={**environment, **users_choice}
    ).split()
    keeps = TF_VERSION < (2, 0) and not users_choice
    assert (int(kept) > 2**25) == keeps
    assert int(left) < 2**25


@pytest.mark.parametrize("before", ["enable", "disable"])
def test_the_users_garbage_collection_is_as_it_was_and_leaves_tensorflow_alone(before):
    code = f"""
import gc
gc.{before}()
import tf_cs231n.compat
print(gc.isenabled(), gc.get_freeze_count())"""
    is_on, frozen = subprocess.check_output([sys.executable, "-c", code]).decode().split()
    assert is_on == str(before == "enable")
    assert int(frozen) > 100000  # objects of TensorFlow's modules


def test_tensorflow_says_nothing_while_it_is_imported_and_run():
    code = "from tf_cs231n.compat import tf; tf.Session().run(tf.constant(1.0) + 1)"
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")


def test_keras_is_loaded_when_someone_asks_for_it():
    code = """
import sys
from tf_cs231n.compat import tf
assert tf.__version__ < "2" or not any(m.split(".")[0] == "keras" for m in sys.modules)
from tensorflow.keras.layers import Dense
y = Dense(2, kernel_initializer="ones")(tf.placeholder(tf.float32, [None, 3]))
assert Dense is tf.keras.layers.Dense
tf.keras.optimizers.Adam
print(y.shape.as_list())"""
    assert subprocess.check_output([sys.executable, "-c", code]).strip() == b"[None, 2]"


@pytest.mark.parametrize(
    "command, spared",
    [("--help", "numpy tensorflow"), ("classify sample:cat", "matplotlib scipy.fft sklearn")],
)
def test_a_command_imports_only_what_it_needs(command, spared):
    code = f"""
import sys
from tf_cs231n.cli import main
try:
    main(arguments={command.split()})
except SystemExit as done:
    assert not done.code
print([m for m in {spared.split()} if m in sys.modules])"""
    printed = subprocess.check_output([sys.executable, "-c", code]).decode()
    assert printed.splitlines()[-1] == "[]"
