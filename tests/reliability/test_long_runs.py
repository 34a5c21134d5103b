"""Library functions called again and again: no more memory, no more operations."""

import gc

import numpy as np
import pytest
from good_files import GOOD_FILES
from soak import cases
from tiny_networks import pixel_network, random_squeezenet

from sessions import graph_session
from tf_cs231n import attribution, gan, images, information, norms, plots
from tf_cs231n.adversarial import fast_gradient_sign, projected_gradient_descent
from tf_cs231n.captioning import metrics, optim, rnn_layers
from tf_cs231n.captioning.features import ImageFeatures
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.captioning.sampling import beam_search, greedy, temperature_sample
from tf_cs231n.compat import tf
from tf_cs231n.faithfulness import (
    deletion_curves,
    insertion_curves,
    weight_randomization_test,
)
from tf_cs231n.gan import scores
from tf_cs231n.gan.model import Sampler
from tf_cs231n.gradient_check import eval_numerical_gradient, rel_error
from tf_cs231n.likelihood import Bernoulli, descend, gradient_fit
from tf_cs231n.plots.captioning import captioned_images
from tf_cs231n.plots.gan import loss_curves
from tf_cs231n.plots.saliency import saliency_figure
from tf_cs231n.plots.theory import unit_balls
from tf_cs231n.saliency import (
    compute_saliency_maps,
    create_class_visualization,
    make_fooling_image,
)
from tf_cs231n.squeezenet import load_squeezenet
from tf_cs231n.style_transfer import (
    content_loss,
    gram_matrix,
    invert_features,
    style_loss,
    style_transfer,
    synthesize_texture,
    tv_loss,
)
from tf_cs231n.training.checkpoints import restore
from tf_cs231n.training.loop import Training

CALLS = cases(60, 2000)
X = np.random.RandomState(0).randn(2, 12, 12, 3)
Y = np.array([0, 1])
PICTURE = np.uint8(np.random.RandomState(0).randint(0, 256, (40, 44, 3)))
GATES = {"rnn": 5, "lstm": 20}  # columns of a cell's weights, at 5 hidden units
WORDS = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", "a", "b"])}


def tiny(activation=tf.nn.softplus):
    rng = np.random.RandomState(1)
    model = pixel_network(rng.randn(3, 4), rng.randn(4, 3), activation=activation)
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
        model = tiny(tf.nn.relu) if name == "guided_backpropagation" else tiny()
        check_flat(lambda: ON_A_NETWORK[name](model), sess)


SIZES = {"image_size": 33, "max_evaluations": 2}
DRAW = {
    "style_transfer": lambda model: style_transfer(
        PICTURE, PICTURE[::-1], style_size=33, model=model, **SIZES
    ),
    "invert_features": lambda model: invert_features(PICTURE, model=model, **SIZES),
    "synthesize_texture": lambda model: synthesize_texture(
        PICTURE, style_size=33, model=model, **SIZES
    ),
}


@pytest.mark.parametrize("name", DRAW)
def test_making_pictures_again_and_again_stays_flat(name):
    with graph_session() as sess:
        model = random_squeezenet(sess)
        check_flat(lambda: DRAW[name](model), sess, cases(8, 2000))


def test_loading_squeezenet_in_fresh_graphs_stays_flat():
    def call():
        with graph_session() as sess:
            load_squeezenet(sess)

    with graph_session() as outer:
        check_flat(call, outer, cases(8, 2000))


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


def test_captions_from_one_graph_again_and_again_stay_flat():
    features = np.ones((2, 5))
    with graph_session() as sess:
        model = GraphCaptioner(WORDS, 5, 4, 6, "lstm", tf.float64)
        x = tf.placeholder(tf.float64, [None, 5])
        captions = [greedy(model, x, 6), temperature_sample(model, x, 6)]
        captions += [beam_search(model, x, 6, beam_width=2).captions, model.sample(x, 6)]
        sess.run(tf.global_variables_initializer())
        check_flat(lambda: sess.run(captions, {x: features}), sess)


def test_layers_of_captioning_again_and_again_stay_flat():
    x, h0, states = np.ones((2, 3, 4)), np.ones((2, 5)), np.ones((2, 3, 5))
    weights = {cell: (np.ones((4, n)), np.ones((5, n)), np.ones(n)) for cell, n in GATES.items()}
    y, mask = np.zeros((2, 3), int), np.ones((2, 3), bool)

    def call():
        for cell, forward, backward in (
            ("rnn", rnn_layers.rnn_forward, rnn_layers.rnn_backward),
            ("lstm", rnn_layers.lstm_forward, rnn_layers.lstm_backward),
        ):
            backward(states, forward(x, h0, *weights[cell])[1])
        _, cache = rnn_layers.word_embedding_forward(y, np.ones((6, 4)))
        rnn_layers.word_embedding_backward(x, cache)
        _, cache = rnn_layers.temporal_affine_forward(x, np.ones((4, 6)), np.ones(6))
        rnn_layers.temporal_affine_backward(np.ones((2, 3, 6)), cache)
        rnn_layers.temporal_softmax_loss(np.ones((2, 3, 6)), y, mask)

    with graph_session() as sess:
        check_flat(call, sess)


def test_norms_and_information_evaluated_again_and_again_stay_flat():
    p, A = np.array([[0.5, 0.25, 0.25]]), np.arange(12.0).reshape(3, 4)
    with graph_session() as sess:
        x, q = tf.placeholder(tf.float64, [3, 4]), tf.placeholder(tf.float64, [1, 3])
        values = [norms.vector_norm(x), norms.entrywise_norm(x), norms.lpq_norm(x)]
        values += [norms.max_norm(x), norms.schatten_norm(x), norms.nuclear_norm(x)]
        values += [norms.frobenius_norm(x), norms.spectral_norm(x), norms.induced_norm(x, 3)]
        values += [information.self_information(q), information.entropy(q)]
        values += [information.cross_entropy(q, q), information.kl_divergence(q, q)]
        values += [information.js_divergence(q, q), information.log_likelihood([1], q)]
        check_flat(lambda: sess.run(values, {x: A, q: p}), sess)


def test_writing_and_reading_a_picture_again_and_again_stays_flat(tmp_path):
    def call():
        images.save_image(tmp_path / "p.png", PICTURE)
        images.load_image(tmp_path / "p.png", 32)

    with graph_session() as sess:
        check_flat(call, sess)


@pytest.mark.parametrize("name", GOOD_FILES)
def test_reading_a_file_again_and_again_stays_flat(name, tmp_path):
    file = GOOD_FILES[name]
    path = tmp_path / file.name
    path.write_bytes(file.make())
    with graph_session() as sess:
        check_flat(lambda: file.read(str(path)), sess)


def test_drawing_figures_again_and_again_stays_flat(tmp_path):
    map_, losses = PICTURE[..., 0] / 255, np.arange(1.0, 9.0)

    def call():
        for figure in (
            plots.curves({"loss": losses}, "step", "loss", log=True),
            saliency_figure([PICTURE], {"gradient": [map_]}, ["noise"]),
            loss_curves({"D_loss": losses, "G_loss": losses}),
            unit_balls(np.ones((2, 50)), [1, 2]),
            captioned_images([PICTURE], ["noise"]),
        ):
            plots.save_figure(figure, tmp_path / "f.png")
        plots.save_animation(tmp_path / "f.gif", [PICTURE] * 3)

    with graph_session() as sess:
        check_flat(call, sess, cases(8, 2000))


def test_gan_steps_losses_and_style_losses_again_and_again_stay_flat():
    z, X = np.random.RandomState(0).uniform(-1, 1, [4, 8]), np.zeros((4, 784), np.float32)
    with graph_session() as sess:
        with tf.variable_scope("trained"):
            model = gan.GAN(tf.constant(X), noise_dim=8)
        logits, noise = tf.placeholder(tf.float32, [4, 1]), gan.sample_noise(4, 8, 0)
        values = [model.train_op, model.D_loss, gan.gan_loss(logits, logits)]
        values += [gan.lsgan_loss(logits, logits), gan.hinge_loss(logits, logits)]
        values += [gan.dcgan_generator(noise), gan.dcgan_discriminator(X)]
        image = tf.placeholder(tf.float32, [1, 16, 16, 3])
        gram = gram_matrix(image)
        values += [gram, tv_loss(image, 1.0), content_loss(1.0, image, image)]
        values += [style_loss([image], [0], [gram], [1.0])]
        sess.run(tf.global_variables_initializer())
        feed = {logits: z[:, :1], image: PICTURE[None, :16, :16] / 255}
        check_flat(lambda: sess.run(values, feed), sess)


def test_scores_again_and_again_stay_flat():
    rng = np.random.RandomState(0)
    digits, chances = np.uint8(rng.randint(0, 256, [20, 28, 28])), np.full((20, 10), 0.1)

    def call():
        scores.inception_score(chances)
        scores.frechet_distance(rng.randn(20, 3), rng.randn(20, 3))
        scores.digit_histogram(chances)
        scores.nearest_pictures(digits, digits, skip_self=True)
        metrics.score_captions(["a red dog"] * 3, [["a red dog", "a dog"]] * 3)
        rel_error(eval_numerical_gradient(np.sum, np.ones(3), verbose=False), np.ones(3))
        optim.adam(np.ones(3), np.ones(3))

    with graph_session() as sess:
        check_flat(call, sess)


def test_trained_weights_loaded_again_and_again_stay_flat(tmp_path):
    with graph_session(), Training(tmp_path, [step_of_a_model()]) as training:
        for _ in training.steps(3):
            pass
    with graph_session() as sess:
        step_of_a_model()
        variables = tf.global_variables()
        check_flat(lambda: restore(sess, tmp_path, variables), sess)
        assert sess.run(variables[0]) == 3


def test_trainings_again_and_again_stay_flat(tmp_path):
    def call():
        with graph_session():
            phase = step_of_a_model()
            with Training(tmp_path, [phase], save_seconds=0) as training:
                for _ in training.steps(training.step + 2):
                    pass

    with graph_session() as outer:
        check_flat(call, outer, cases(20, 2000))


def step_of_a_model():
    """A phase of a training that counts its steps."""
    count = tf.get_variable("count", initializer=0.0)
    return tf.assign_add(count, 1.0), {"count": count}


def test_fits_and_pictures_features_again_and_again_stay_flat():
    with graph_session() as sess:
        fit = gradient_fit(Bernoulli(), np.array([[0.0], [1.0], [1.0]]))
        features = ImageFeatures(sess, 64)
        squares = np.zeros((1, 64, 64, 3), np.uint8)

        def call():
            assert list(descend(fit, 2, sess))
            assert features(squares).shape[0] == 1

        check_flat(call, sess)
