"""Worker processes of a Dask cluster; `pip install tf-cs231n[scale]`."""

import contextlib
import threading
import uuid

from tf_cs231n.errors import InputError, short
from tf_cs231n.jobs.worker import Lost, told

PATIENCE = 20  # seconds until a scheduler must answer


def share_over_cluster(work, chunks, scheduler, stop):
    """`jobs.share` over the workers of a Dask scheduler, which does again what a lost one had."""
    try:
        from distributed import Client, as_completed
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise InputError("--scheduler needs Dask: pip install tf-cs231n[scale]") from error
    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise InputError(f"{scheduler}: no Dask scheduler answers ({short(error)})") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise InputError(f"{scheduler}: this scheduler has no workers; start some")
        job, numbers, chunks = uuid.uuid4().hex, {}, enumerate(chunks)

        def submit():
            for number, chunk in chunks:
                future = client.submit(_do, job, work, chunk, pure=False)
                numbers[future] = number
                return [future]
            return []

        # One each: what waits at a worker that is killed would be suspected, too.
        workers = client.scheduler_info()["workers"]
        done = as_completed([future for _ in workers for future in submit()])
        try:
            for future in done:
                try:
                    result, error = future.result()
                except KilledWorker:
                    result, error = Lost("its worker was killed again and again"), None
                if error is not None:
                    raise error
                yield numbers.pop(future), result
                if stop:
                    return
                for more in submit():
                    done.add(more)
        finally:
            client.cancel(list(numbers))
            with contextlib.suppress(Exception):  # a cluster that is gone needs no closing
                client.run(_close, job)


_LOCK = threading.Lock()  # a worker may have several threads; a job's worker has one session
_worker = None  # of this process: the job, and its `Worker`


def _do(job, work, chunk):
    """Do a chunk in this process, which keeps the `Worker` of its latest job."""
    global _worker
    with _LOCK:
        try:
            if _worker is None or _worker[0] != job:
                _forget()
                _worker = job, work()
            return _worker[1](chunk), None
        except Exception as error:
            return None, told(error)


def _close(job):
    with _LOCK:
        if _worker is not None and _worker[0] == job:
            _forget()


def _forget():
    global _worker
    if _worker is not None:
        _worker[1].close()
    _worker = None
