"""Chunks over processes: each once, whatever dies."""

import itertools
import os
import threading
import time

import pytest
from works import STILL, squares

from tf_cs231n.errors import InputError
from tf_cs231n.interruption import Stop
from tf_cs231n.jobs import in_order, share
from tf_cs231n.jobs.worker import Lost


def test_processes_keep_what_they_opened_and_close_it(tmp_path):
    results = dict(share(squares(tmp_path), range(20), Stop(), jobs=2))
    assert [results[n][0] for n in range(20)] == [n**2 for n in range(20)]
    processes = {process for _, process, _ in results.values()}
    assert 1 <= len(processes) <= 2 and os.getpid() not in processes
    counts = [[c for _, p, c in results.values() if p == process] for process in processes]
    assert [sorted(each) for each in counts] == [[*range(1, len(each) + 1)] for each in counts]
    assert {file.name for file in tmp_path.iterdir()} == {f"closed-{p}" for p in processes}


def test_a_chunk_whose_process_is_killed_is_done_by_another(tmp_path):
    chunks = [1, "die once", 3, 4]
    squared = [result[0] for result in in_order(share(squares(tmp_path), chunks, Stop(), jobs=2))]
    assert squared == [1, 49, 9, 16]


def test_a_chunk_that_kills_every_process_is_given_up(tmp_path):
    chunks = [1, "die", 3]
    results = list(in_order(share(squares(tmp_path), chunks, Stop(), jobs=1)))
    assert isinstance(results[1], Lost) and "killed" in str(results[1])
    assert results[0][0] == 1 and results[2][0] == 9


def test_mistakes_are_raised_here_and_bugs_with_their_traceback(tmp_path):
    with pytest.raises(InputError, match="a.png: wrong"):
        list(share(squares(tmp_path), [1, "wrong", 2], Stop(), jobs=2))
    with pytest.raises(RuntimeError, match="in __call__(.|\n)*a bug"):
        list(share(squares(tmp_path), ["bug"], Stop(), jobs=2))


def test_a_stop_ends_what_is_under_way_and_begins_nothing(tmp_path):
    stop, begun = Stop(), time.time()

    def request():
        while not (tmp_path / "waiting").exists():
            time.sleep(0.01)
        stop.request()

    threading.Thread(target=request).start()
    results = list(share(squares(tmp_path), ["wait", *range(9)], stop, jobs=1))
    assert results == [(0, "stopped")] and time.time() - begun < STILL / 2


def test_chunks_are_asked_for_when_somebody_is_free(tmp_path):
    chunks = itertools.count()  # without an end
    results = share(squares(tmp_path), chunks, Stop(), jobs=2)
    assert next(results)[1][0] in (0, 1)
    results.close()
    assert next(chunks) <= 3
