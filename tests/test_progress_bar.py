import gc

import pytest

from tf_cs231n.progress_bar import tqdm


class Stopped:
    """Ctrl-C comes while a bar asks for the length."""

    def __len__(self):
        raise KeyboardInterrupt


def test_a_bar_stopped_while_it_was_made_leaves_no_traceback(capfd, recwarn):
    with pytest.raises(KeyboardInterrupt):
        tqdm(Stopped())
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err
    assert not list(recwarn)  # pytest's own report of errors in __del__


def test_a_bar_counts(capfd):
    assert list(tqdm(range(3), desc="steps")) == [0, 1, 2]
    assert "3/3" in capfd.readouterr().err
