"""SqueezeNet weights that ``tf-cs231n weights convert`` wrote in an earlier version.

A checkpoint, an .npz and a .safetensors of the same 251 numbers, repeated and scaled layer by
layer, so that they are small when zipped; ``scores.npy`` holds every 25th score that the old code
computed with them.
"""

import os
import zipfile

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.squeezenet import load_squeezenet


@pytest.mark.parametrize("name", ["w.ckpt", "w.npz", "w.safetensors"])
def test_they_load_and_give_the_scores_they_gave(name, tmp_path):
    archive = os.path.join(os.path.dirname(__file__), "squeezenet_weights.zip")
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path)
    image = np.float32(np.arange(64 * 64 * 3).reshape(1, 64, 64, 3) * 11 % 255) / 127.5 - 1
    with graph_session() as sess:
        model = load_squeezenet(sess, str(tmp_path / name))
        scores = sess.run(model.scores, {model.image: image})
    np.testing.assert_allclose(scores[0, ::25], np.load(tmp_path / "scores.npy"), rtol=1e-4)
