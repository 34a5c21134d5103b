"""A captioner.npz that an earlier version saved: nine words, an LSTM of five states."""

import os

import numpy as np

from sessions import graph_session
from tf_cs231n.captioning.saved import build_captioner, load_captioner
from tf_cs231n.compat import tf

FEATURES = np.float32([[1, -1, 2, 0], [0, 3, -2, 1]])


def test_it_loads_and_gives_the_captions_and_the_loss_it_gave():
    saved = load_captioner(os.path.join(os.path.dirname(__file__), "captioner.npz"))
    assert saved.words[4:] == ["a", "cat", "dog", "runs", "sleeps"]
    assert saved.cell_type == "lstm" and saved.projection.matrix.shape == (6, 4)
    with graph_session() as sess:
        model = build_captioner(saved, sess)
        features = tf.placeholder(tf.float32, [None, 4])
        captions = sess.run(model.sample(features, 6), {features: FEATURES})
        loss = sess.run(model.loss(FEATURES, np.array([[1, 4, 5, 7, 2], [1, 4, 6, 2, 0]])))
    assert captions.tolist() == [[8] * 6, [7, 8, 8, 8, 8, 8]]  # as the old code printed them
    np.testing.assert_allclose(loss, 11.392593, rtol=1e-5)
