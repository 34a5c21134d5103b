"""A folder's event files, read back; where TensorBoard is installed, by its own reader as well."""

import io
import os

import numpy as np
from PIL import Image

from tf_cs231n.compat import tf


class Found:
    """What is in a folder's event files: {tag: [(step, value), ...]} for each kind."""

    def __init__(self, folder):
        self.images, self.scalars, self.histograms, self.texts = {}, {}, {}, {}
        self.graphs = []
        for name in sorted(name for name in os.listdir(str(folder)) if name.startswith("events.")):
            for event in tf.train.summary_iterator(str(folder / name)):
                if event.graph_def:
                    self.graphs.append(tf.GraphDef.FromString(event.graph_def))
                for value in event.summary.value:
                    self._add(event.step, value)
        check_with_tensorboard(folder, self)

    def _add(self, step, value):
        kind = value.WhichOneof("value")
        found, read = {
            "image": (self.images, lambda image: pixels_of(image.encoded_image_string)),
            "simple_value": (self.scalars, float),
            "histo": (self.histograms, lambda histogram: histogram),
            "tensor": (self.texts, lambda tensor: tf.make_ndarray(tensor).tolist().decode()),
        }[kind]
        found.setdefault(value.tag, []).append((step, read(getattr(value, kind))))


def pixels_of(content):
    return np.asarray(Image.open(io.BytesIO(content)))


def check_with_tensorboard(folder, found):
    """Where TensorBoard is installed, its reader finds the same; TensorFlow 2 comes without."""
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        return
    sizes = {"images": 0, "scalars": 0, "histograms": 0, "tensors": 0}
    reader = EventAccumulator(str(folder), size_guidance=sizes).Reload()
    tags = reader.Tags()
    assert set(tags["scalars"]) == set(found.scalars) and tags["graph"] == bool(found.graphs)
    assert set(tags["histograms"]) == set(found.histograms)
    assert set(tags["tensors"]) == set(found.texts) and set(tags["images"]) == set(found.images)
    for name, expected in found.images.items():
        read = [(e.step, pixels_of(e.encoded_image_string)) for e in reader.Images(name)]
        for (step, image), (other_step, other) in zip(read, expected):
            assert step == other_step and (image == other).all()
            assert reader.Images(name)[0].height == image.shape[0]
