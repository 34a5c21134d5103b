"""What TensorBoard shows, written and read back: numbers, images, texts, histograms, the graph."""

import contextlib
import glob
import io
import os
import time

import numpy as np
from PIL import Image

from tf_cs231n.compat import tf
from tf_cs231n.files import cannot_write

LARGE_CONSTANT = 1024  # bytes; larger ones are left out of the graph, which shows no numbers
BINS = 30  # of a histogram
FLUSH_SECONDS = 2  # after which what was written can be read by those who watch


class Events:
    """An event file in a folder; ``tf.summary.FileWriter`` loses errors such as a full disk.

    Args:
      directory: the folder; it must be there.
      step: TensorBoard then forgets what a killed run wrote from this step on.
    """

    def __init__(self, directory, step=0):
        name = f"events.out.tfevents.{time.time():.6f}.{os.getpid()}"
        self._path = os.path.join(directory, name)
        self._file = tf.io.TFRecordWriter(self._path)
        self._flushed = time.monotonic()
        self._write(file_version="brain.Event:2")
        self._write(step=step, session_log=tf.SessionLog(status=tf.SessionLog.START))

    def scalars(self, step, values):
        """A dict of numbers."""
        self._add(step, [tf.Summary.Value(tag=n, simple_value=v) for n, v in values.items()])

    def images(self, step, images):
        """A dict of uint8 images (H, W) or (H, W, 3)."""
        self._add(step, [tf.Summary.Value(tag=n, image=_image(x)) for n, x in images.items()])

    def text(self, step, name, text):
        """A text in Markdown."""
        metadata = tf.SummaryMetadata(plugin_data=tf.SummaryMetadata.PluginData(plugin_name="text"))
        tensor = tf.make_tensor_proto(text)
        self._add(step, [tf.Summary.Value(tag=name, metadata=metadata, tensor=tensor)])

    def histograms(self, step, arrays):
        """A dict of arrays; what is not finite in them is left out."""
        self._add(step, [tf.Summary.Value(tag=n, histo=_histogram(x)) for n, x in arrays.items()])

    def graph(self, graph):
        """The graph, without the numbers of large constants."""
        graph_def = graph.as_graph_def()
        for node in graph_def.node:
            if node.op == "Const" and node.ByteSize() > LARGE_CONSTANT:
                node.attr["value"].tensor.ClearField("tensor_content")
        self._write(graph_def=graph_def.SerializeToString())

    def flush(self):
        """Write all there is to the disk, or raise an `InputError` that says why it cannot be."""
        with self._full_disk_said():
            self._file.flush()
        self._flushed = time.monotonic()

    def close(self):
        with contextlib.suppress(Exception):  # `flush` has said so before
            self._file.close()

    def _add(self, step, values):
        self._write(step=step, summary=tf.Summary(value=values))
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def _write(self, **event):
        with self._full_disk_said():
            self._file.write(tf.Event(wall_time=time.time(), **event).SerializeToString())

    @contextlib.contextmanager
    def _full_disk_said(self):
        try:
            yield
        except Exception as error:  # its type differs from one TensorFlow to the next
            raise cannot_write(self._path, error) from error


def _image(image):
    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG")
    height, width = image.shape[:2]
    colorspace = 1 if image.ndim == 2 else image.shape[2]
    return tf.Summary.Image(
        height=height, width=width, colorspace=colorspace, encoded_image_string=content.getvalue()
    )


def _histogram(array):
    array = np.asarray(array, np.float64).ravel()
    array = array[np.isfinite(array)] if np.isfinite(array).any() else np.zeros(1)
    counts, edges = np.histogram(array, BINS)
    return tf.HistogramProto(
        min=array.min(),
        max=array.max(),
        num=array.size,
        sum=array.sum(),
        sum_squares=array @ array,
        bucket_limit=edges[1:],
        bucket=counts,
    )


def image_grid(images):
    """Images (N, H, W) or (N, H, W, 3) in rows and columns, as square as may be; gaps are 0."""
    columns = int(np.ceil(np.sqrt(len(images))))
    rows = -(-len(images) // columns)
    N, H, W, *C = images.shape
    cells = np.zeros((rows * columns, H, W, *C), images.dtype)
    cells[:N] = images
    return cells.reshape(rows, columns, H, W, *C).swapaxes(1, 2).reshape(rows * H, columns * W, *C)


def read_summaries(directory):
    """The numbers that a training has written for TensorBoard, over all its runs.

    Returns:
      ``{name: (steps, values)}``, two lists, by step; of a step done twice, after a kill, the
      later value.
    """
    history = {}
    for step, entry in _entries(directory):
        if entry.WhichOneof("value") == "simple_value":
            history.setdefault(entry.tag, {})[step] = entry.simple_value
    return {name: tuple(zip(*sorted(values.items()))) for name, values in history.items()}


def read_images(directory):
    """The images that a training has written for TensorBoard: ``{name: {step: PNG bytes}}``."""
    images = {}
    for step, entry in _entries(directory):
        if entry.WhichOneof("value") == "image":
            images.setdefault(entry.tag, {})[step] = entry.image.encoded_image_string
    return images


def event_files(directory):
    """The paths of a training's event files, oldest first."""
    return sorted(glob.glob(os.path.join(glob.escape(directory), "events.*")))


def _entries(directory):
    """(step, ``tf.Summary.Value``) of all that was written, also while it is being written."""
    for path in event_files(directory):
        with contextlib.suppress(tf.errors.DataLossError):  # the end of a killed run's file
            for event in tf.train.summary_iterator(path):
                for entry in event.summary.value:
                    yield event.step, entry
