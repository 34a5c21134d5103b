"""The same over a Dask cluster on loopback."""

import pytest
from works import squares

from tf_cs231n.errors import InputError
from tf_cs231n.interruption import Stop
from tf_cs231n.jobs import dask, in_order, share
from tf_cs231n.jobs.worker import Lost

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def scheduler():
    config = pytest.importorskip("dask").config.set({"distributed.scheduler.allowed-failures": 1})
    with config, distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_workers_keep_what_they_opened_and_close_it(scheduler, tmp_path):
    results = list(in_order(share(squares(tmp_path), range(20), Stop(), scheduler=scheduler)))
    assert [square for square, _, _ in results] == [n**2 for n in range(20)]
    processes = {process for _, process, _ in results}
    assert 1 <= len(processes) <= 2
    assert max(count for _, _, count in results) >= 10
    assert {file.name for file in tmp_path.iterdir()} == {f"closed-{p}" for p in processes}


def test_a_killed_worker_loses_nothing(scheduler, tmp_path):
    chunks = [1, "die once", *range(3, 9)]
    results = list(in_order(share(squares(tmp_path), chunks, Stop(), scheduler=scheduler)))
    assert [square for square, *_ in results] == [1, 49, *(n**2 for n in range(3, 9))]


def test_a_chunk_that_kills_every_worker_is_given_up(scheduler, tmp_path):
    results = dict(share(squares(tmp_path), ["die", 2], Stop(), scheduler=scheduler))
    assert isinstance(results[0], Lost) and results[1][0] == 4


def test_mistakes_are_raised_here(scheduler, tmp_path):
    with pytest.raises(InputError, match="a.png: wrong"):
        list(share(squares(tmp_path), ["wrong"], Stop(), scheduler=scheduler))
    with pytest.raises(RuntimeError, match="a bug"):
        list(share(squares(tmp_path), ["bug"], Stop(), scheduler=scheduler))


def test_no_scheduler_and_no_workers_are_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(dask, "PATIENCE", 1)
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        list(share(squares(tmp_path), [1], Stop(), scheduler="tcp://127.0.0.1:9"))
    with distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        idle = share(squares(tmp_path), [1], Stop(), scheduler=cluster.scheduler_address)
        pytest.raises(InputError, list, idle).match("has no workers")
