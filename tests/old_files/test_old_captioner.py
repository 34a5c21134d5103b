"""A captioner.npz that an earlier version trained: it captions images as it did then.

That version (commit ad6f549) trained it on TensorFlow 1.15 for 300 steps, on twelve of its images
of shapes: an LSTM of 16 states, word vectors of 8, features of 11. ``PRINTED`` is what its command
``caption sample sample:coffee --beam-width 2 --n-best 2`` printed.
"""

import os

import numpy as np
import pytest
from PIL import Image

from sessions import graph_session
from tf_cs231n.captioning.evaluate import texts_of
from tf_cs231n.captioning.explain import ImageCaptioner
from tf_cs231n.captioning.sampling import beam_search
from tf_cs231n.captioning.saved import load_captioner
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import preprocess_image

FILE = os.path.join(os.path.dirname(__file__), "captioner.npz")
PRINTED = {
    "a small red circle to the left of a small blue circle": -10.88,
    "a small red circle to the left and a small blue circle": -11.10,
}


def test_it_captions_an_image_with_the_probabilities_that_it_had():
    saved = load_captioner(FILE)
    assert saved.cell_type == "lstm" and saved.projection.matrix.shape == (2048, 11)
    with graph_session() as sess:
        captioner = ImageCaptioner(saved, sess)
        side = captioner.image_size
        # as it made images smaller; by now that is done as in the course
        image = Image.fromarray(sample_image("coffee"))
        square = np.asarray(image.resize((side, side), Image.BICUBIC, reducing_gap=3.0))
        beams = beam_search(captioner.model, captioner.features, 20, 2)
        beams = sess.run(beams, {captioner.image: preprocess_image(square)[None]})
    texts = texts_of(beams.captions[0], saved.words)
    # Images are read a little otherwise by now; a wrong weight would change far more.
    assert dict(zip(texts, beams.log_probs[0])) == pytest.approx(PRINTED, abs=0.03)


def test_the_command_captions_an_image_with_it(run_cli):
    status, out, err = run_cli(
        "caption", "sample", "sample:coffee", "--folder", FILE, "--beam-width", 2, "--n-best", 2
    )
    assert status == 0, err
    assert [line.split(": ")[1].split("  (")[0] for line in out.splitlines()] == list(PRINTED)
