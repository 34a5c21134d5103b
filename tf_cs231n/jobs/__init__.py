"""Many chunks of work over processes of this machine, or over a Dask cluster.

``work`` is a function that can be pickled. A worker process calls it once, and keeps what it
returns, a `worker.Worker`: its session and model stay while chunk after chunk is done.
"""


def share(work, chunks, stop, jobs=1, scheduler=None):
    """Have chunks done, and yield their results.

    Args:
      work: function without arguments, returns a `worker.Worker`.
      chunks: iterable; it is asked for the next chunk when somebody is free for it.
      stop: an `interruption.Stop`; once it is requested, what is under way is ended early, and
        nothing new begins.
      jobs: how many processes of this machine.
      scheduler: address of a Dask scheduler, whose workers are used instead; or None.

    Yields:
      ``(number, result)``, as they are done: number counts chunks from 0. A result is a
      `worker.Lost` where a chunk's process was killed again and again.
    """
    if scheduler is not None:
        from tf_cs231n.jobs.dask import share_over_cluster

        return share_over_cluster(work, chunks, scheduler, stop)
    from tf_cs231n.jobs.processes import share_over_processes

    return share_over_processes(work, chunks, jobs, stop)


def in_order(results):
    """The results alone of what `share` yields, in the chunks' order."""
    waiting, following = {}, 0
    for number, result in results:
        waiting[number] = result
        while following in waiting:
            yield waiting.pop(following)
            following += 1
