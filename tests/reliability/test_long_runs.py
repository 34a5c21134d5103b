"""Library functions called again and again: no more operations, no more memory."""

import gc

import numpy as np
import pytest
from soak import cases
from tiny_networks import pixel_network, random_squeezenet

from sessions import graph_session
from tf_cs231n import attribution, images, plots
from tf_cs231n.adversarial import fast_gradient_sign, projected_gradient_descent
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.compat import tf
from tf_cs231n.faithfulness import (
    deletion_curves,
    insertion_curves,
    weight_randomization_test,
)
from tf_cs231n.likelihood import Bernoulli, descend, gradient_fit
from tf_cs231n.saliency import (
    compute_saliency_maps,
    create_class_visualization,
    make_fooling_image,
)
from tf_cs231n.squeezenet import load_squeezenet
from tf_cs231n.style_transfer import invert_features, style_transfer, synthesize_texture
from tf_cs231n.training.loop import Training

X = np.random.RandomState(0).randn(2, 12, 12, 3)
Y = np.array([0, 1])
IMAGE = np.uint8(np.random.RandomState(0).randint(0, 256, (40, 44, 3)))


def explain(method):
    function = attribution.METHODS[method][0]
    return lambda model: function(X, Y, model)


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
    "insertion_curves": lambda model: insertion_curves(X, Y, X[..., 0], model),
    "weight_randomization_test": lambda model: weight_randomization_test(
        compute_saliency_maps, X, Y, model
    ),
    "guided_backpropagation": explain("guided"),
    "grad_cam": explain("gradcam"),
    "gradient_times_input": explain("gradient-input"),
    "smooth_grad": lambda model: attribution.smooth_grad(X, Y, model, samples=2),
    "integrated_gradients": lambda model: attribution.integrated_gradients(X, Y, model, steps=2),
    "occlusion": lambda model: attribution.occlusion(X, Y, model, patch=6, stride=6),
}


def tiny(sess):
    rng = np.random.RandomState(1)
    model = pixel_network(rng.randn(3, 4), rng.randn(4, 3))
    sess.run(tf.global_variables_initializer())
    return model


@pytest.mark.parametrize("name", ON_A_NETWORK)
def test_explaining_a_network_again_adds_no_operation(name):
    with graph_session() as sess:
        model = tiny(sess)
        ON_A_NETWORK[name](model)
        sess.graph.finalize()
        ON_A_NETWORK[name](model)


def test_making_images_again_adds_no_operation():
    with graph_session() as sess:
        model = random_squeezenet(sess)
        for again in range(2):
            for make in (invert_features, synthesize_texture):
                make(IMAGE, image_size=33, model=model, max_evaluations=1)
            style_transfer(
                IMAGE, IMAGE, image_size=33, style_size=33, model=model, max_evaluations=1
            )
            if not again:
                sess.graph.finalize()


def explaining(sess, folder):
    model = tiny(sess)
    return lambda: compute_saliency_maps(X, Y, model)


def loading(sess, folder):
    def call():
        with graph_session() as inner:
            load_squeezenet(inner)

    return call


def fitting(sess, folder):
    fit = gradient_fit(Bernoulli(), np.array([[0.0], [1.0], [1.0]]))
    return lambda: list(descend(fit, 2, sess))


def captioning(sess, folder):
    words = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", "a", "b"])}
    model = CaptioningRNN(words, 6, 5, 7, "lstm")

    def call():
        model.loss(np.ones((2, 6)), np.array([[1, 3, 4, 2]] * 2))
        model.sample(np.ones((2, 6)), 6)

    return call


def drawing(sess, folder):
    def call():
        images.save_image(folder / "p.png", images.load_image(IMAGE, 32))
        plots.save_figure(plots.curves({"a": [1, 2]}, "x", "y", size=(2, 2)), folder / "f.png")

    return call


def training(sess, folder):
    def call():
        with graph_session():
            count = tf.get_variable("count", initializer=0.0)
            phase = tf.assign_add(count, 1.0), {"count": count}
            with Training(folder, [phase], save_seconds=0) as run:
                for _ in run.steps(run.step + 2):
                    pass

    return call


# What is called, and how often.
LONG = [
    (explaining, 60),
    (loading, 4),
    (fitting, 60),
    (captioning, 60),
    (drawing, 10),
    (training, 10),
]


def resident_bytes():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.mark.parametrize("make, calls", LONG)
def test_memory_stays_flat(make, calls, tmp_path):
    """After a warm-up the calls take less than 5 % more; `make soak` makes thousands of them."""
    with graph_session() as sess:
        call = make(sess, tmp_path)
        calls = cases(calls, 2000)
        for _ in range(max(3, calls // 4)):
            call()
        memory = resident_bytes()
        for _ in range(calls):
            call()
        assert resident_bytes() < 1.05 * memory
