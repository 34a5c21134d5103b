"""Features of the images of both splits, read in this process or over many."""

import contextlib
import functools
import os

import numpy as np

from sessions import graph_session
from tf_cs231n.captioning import coco
from tf_cs231n.captioning.features import (
    BATCH,
    ImageFeatures,
    load_square,
    project_batches,
    read_batch,
)
from tf_cs231n.captioning.near_copies import thumbnail
from tf_cs231n.errors import InputError
from tf_cs231n.jobs import in_order, share
from tf_cs231n.jobs.worker import Lost, Worker


def split_features(paths, names, batches, image_size, progress, stop):
    """Features and addresses of both splits, the projection, unreadable images, and thumbnails.

    The unreadable images are removed from ``names``.
    """
    data, skipped, projection, done, thumbnails = {}, [], None, 0, {}
    total = sum(map(len, names.values()))
    for split in coco.SPLITS:
        small = []
        data[f"{split}_features"], kept, unreadable, projection = project_batches(
            _with_thumbnails(batches, small),
            [paths[name] for name in names[split]],
            image_size,
            projection,
            progress and (lambda n, done=done: progress(done + n, total)),
            stop,
        )
        skipped += unreadable
        done += len(names[split])
        names[split] = [names[split][place] for place in kept]
        thumbnails[split] = np.stack(small)
        data[f"{split}_urls"] = [os.path.abspath(paths[name]) for name in names[split]]
    return data, projection, skipped, thumbnails


def _with_thumbnails(batches, thumbnails):
    """Batches for `project_batches` of those of a `_Reader`, whose thumbnails are collected."""
    for batch, small in batches:
        thumbnails += small
        yield batch


def read_splits(paths, names, image_size, jobs, scheduler, threads, stop):
    """Yield what a `_Reader` makes of each batch of both splits, in order."""
    files = [[os.path.abspath(paths[name]) for name in names[split]] for split in coco.SPLITS]
    chunks = [each[n : n + BATCH] for each in files for n in range(0, len(each), BATCH)]
    if jobs == 1 and scheduler is None:
        with contextlib.closing(_Reader(image_size, threads)) as reader:
            yield from map(reader, chunks)
        return
    work = functools.partial(_Reader, image_size, threads)
    for chunk, result in zip(chunks, in_order(share(work, chunks, stop, jobs, scheduler))):
        if isinstance(result, Lost):
            raise InputError(f"{chunk[0]} and the {len(chunk) - 1} images after it: {result}")
        yield result


class _Reader(Worker):
    """Reads images, in a process with a session of its own: features and thumbnails of each."""

    def __init__(self, image_size, threads):
        self._session = graph_session(intra_op_threads=threads, inter_op_threads=threads)
        self._extractor = ImageFeatures(self._session.__enter__(), image_size)

    def __call__(self, paths):
        thumbnails = []

        def load(path):
            square = load_square(path, self._extractor.image_size)
            thumbnails.append(thumbnail(square))
            return square

        return read_batch(self._extractor, paths, load), thumbnails

    def close(self):
        self._session.__exit__(None, None, None)
