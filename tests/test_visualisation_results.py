"""What network visualisation must show with SqueezeNet's own weights."""

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.datasets import SAMPLES, sample_image
from tf_cs231n.images import preprocess_image
from tf_cs231n.saliency import (
    PIXEL_LEVEL,
    create_class_visualization,
    make_fooling_image,
    perturbation_norm,
)
from tf_cs231n.squeezenet import class_id, load_squeezenet


@pytest.fixture(scope="module")
def squeezenet():
    with graph_session() as sess:
        yield load_squeezenet(sess)


def photographs():
    """Ten squares of 224 pixels: the middle of each photograph, and the left of the palace."""
    squares = []
    for name in [*(n for n in SAMPLES if n not in ("cafe", "church")), "palace"]:
        picture = sample_image(name, 224)
        left = 0 if len(squares) == 9 else (picture.shape[1] - 224) // 2
        top = (picture.shape[0] - 224) // 2
        squares.append(picture[top : top + 224, left : left + 224])
    return preprocess_image(np.stack(squares))


@pytest.mark.slow
def test_ten_of_ten_photographs_are_fooled_unseen(squeezenet):
    X = photographs()
    scores = squeezenet.sess.run(squeezenet.scores, {squeezenet.image: X})
    targets = np.argsort(-scores, axis=1, kind="stable")[:, 499]
    result = make_fooling_image(X, targets, squeezenet, details=True, max_iterations=100)
    assert result.fooled.all() and result.iterations.max() <= 100
    again = squeezenet.sess.run(squeezenet.scores, {squeezenet.image: result.X_fooling})
    assert (again.argmax(axis=1) == targets).all()
    # The mean change of a pixel is below four of 255 levels, of most images below two, which a
    # person cannot see. (One image takes 77 of its 100 steps to its class.)
    l2, _ = perturbation_norm(X, result.X_fooling, PIXEL_LEVEL)
    change = l2 / np.sqrt(X[0].size)
    assert (change < 4).all() and (change < 2).sum() >= 9


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [{}, {"decorrelate": True, "contrast": 0.2, "num_iterations": 25}]
)
def test_drawn_classes_are_ranked_first(squeezenet, settings):
    targets = [class_id(name) for name in ("tarantula", "gorilla", "hourglass")]
    X = create_class_visualization(targets, squeezenet, seed=0, **settings)
    scores = squeezenet.sess.run(squeezenet.scores, {squeezenet.image: X})
    assert scores.argmax(axis=1).tolist() == targets
