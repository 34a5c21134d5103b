"""Library functions called again and again: no more memory, no more operations."""

import gc

import numpy as np
import pytest
from soak import cases
from tiny_networks import pixel_network, random_squeezenet

from sessions import graph_session
from tf_cs231n import attribution, images
from tf_cs231n.adversarial import fast_gradient_sign, projected_gradient_descent
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.compat import tf
from tf_cs231n.faithfulness import deletion_curves
from tf_cs231n.gan.model import Sampler
from tf_cs231n.saliency import (
    compute_saliency_maps,
    create_class_visualization,
    make_fooling_image,
)
from tf_cs231n.style_transfer import style_transfer

CALLS = cases(60, 2000)
X = np.random.RandomState(0).randn(2, 12, 12, 3)
Y = np.array([0, 1])
PICTURE = np.uint8(np.random.RandomState(0).randint(0, 256, (40, 44, 3)))
WORDS = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", "a", "b"])}


def tiny():
    rng = np.random.RandomState(1)
    model = pixel_network(rng.randn(3, 4), rng.randn(4, 3), activation=tf.nn.softplus)
    tf.get_default_session().run(tf.global_variables_initializer())
    return model


def explain(method):
    function = attribution.METHODS[method][0]
    return lambda model: function(X, Y, model)


# What is called again and again: a function of what a function of the session makes once.
ON_A_NETWORK = {
    "compute_saliency_maps": lambda model: compute_saliency_maps(X, Y, model),
    "make_fooling_image": lambda model: make_fooling_image(X[:1], 1, model, max_iterations=3),
    "create_class_visualization": lambda model: create_class_visualization(
        1, model, num_iterations=2, size=12
    ),
    "fast_gradient_sign": lambda model: fast_gradient_sign(X, Y, model),
    "projected_gradient_descent": lambda model: projected_gradient_descent(
        X, Y, model, max_iterations=2
    ),
    "deletion_curves": lambda model: deletion_curves(X, Y, X[..., 0], model),
    "gradient_times_input": explain("gradient-input"),
    "smooth_grad": lambda model: attribution.smooth_grad(X, Y, model, samples=2),
    "integrated_gradients": lambda model: attribution.integrated_gradients(X, Y, model, steps=2),
    "occlusion": lambda model: attribution.occlusion(X, Y, model, patch=6, stride=6),
}


def resident_bytes():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def check_flat(call, sess, calls=CALLS):
    """After a warm-up, calls add no operation and less than 5 % of memory."""
    for _ in range(max(8, calls // 4)):
        call()
    operations, memory = len(sess.graph.get_operations()), resident_bytes()
    for _ in range(calls):
        call()
    assert len(sess.graph.get_operations()) == operations
    assert resident_bytes() < 1.05 * memory


@pytest.mark.parametrize("name", ON_A_NETWORK)
def test_explaining_a_network_again_and_again_stays_flat(name):
    with graph_session() as sess:
        model = tiny()
        check_flat(lambda: ON_A_NETWORK[name](model), sess)


def test_style_transfer_again_and_again_stays_flat():
    with graph_session() as sess:
        model = random_squeezenet(sess)
        sizes = {"image_size": 33, "style_size": 33, "num_evaluations": 2}

        def call():
            style_transfer(PICTURE, PICTURE[::-1], model=model, **sizes)

        check_flat(call, sess, cases(8, 2000))


def test_drawing_digits_again_and_again_stays_flat():
    codes = np.random.RandomState(0).uniform(-1, 1, [4, 8])
    with graph_session() as sess:
        sampler = Sampler("fc", 8, sess)
        sess.run(tf.global_variables_initializer())
        check_flat(lambda: sampler.sample(codes), sess)


def test_numpy_captioning_and_pictures_again_and_again_stay_flat():
    model = CaptioningRNN(WORDS, 6, 5, 7, "lstm")
    features = np.ones((2, 6))

    def call():
        model.loss(features, np.array([[1, 3, 4, 2]] * 2))
        model.sample(features, 6)
        picture = images.load_image(PICTURE, 32)
        images.deprocess_image(images.blur_image(images.preprocess_image(picture)))

    with graph_session() as sess:
        check_flat(call, sess)
