import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.squeezenet import SqueezeNet
from tf_cs231n.squeezenet.architecture import NUM_LAYERS, VARIABLE_SHAPES, layer_size
from tf_cs231n.squeezenet.frozen import frozen_features


@pytest.fixture
def arrays(rng):
    """Random weights that keep the features' scale from layer to layer."""
    return {
        name: (rng.randn(*shape) * np.sqrt(2 / max(np.prod(shape[:-1]), 1))).astype(np.float32)
        for name, shape in VARIABLE_SHAPES.items()
    }


CASES = [((40, 52), True), ((41, 51), True), ((43, 50), True), ((64, 33), True), ((43, 40), False)]


@pytest.mark.parametrize("size, known", CASES)
def test_frozen_features_and_gradients_are_the_models(rng, arrays, size, known):
    picture = rng.randn(1, *size, 3).astype(np.float32)
    with graph_session() as sess:
        model = SqueezeNet(sess=sess)
        model.assign(arrays)
        x = tf.placeholder(tf.float32, picture.shape if known else [None, None, None, 3])
        frozen = frozen_features(x, arrays)
        assert len(frozen) == NUM_LAYERS
        ours, theirs = 0.0, 0.0
        for layer in range(NUM_LAYERS):
            channels = frozen[layer].shape.as_list()[3]
            weights = rng.randn(*layer_size(layer, size), channels).astype(np.float32)
            ours += tf.reduce_sum(frozen[layer] * weights)
            theirs += tf.reduce_sum(model.layers[layer] * weights)
        got = sess.run(frozen + tf.gradients(ours, x), {x: picture})
        expected = model.layers[:NUM_LAYERS] + tf.gradients(theirs, model.image)
        for a, b in zip(got, sess.run(expected, {model.image: picture})):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


def test_layers_past_the_last_are_not_built(arrays):
    with graph_session():
        x = tf.placeholder(tf.float32, [1, 40, 40, 3])
        assert len(frozen_features(x, arrays, last=4)) == 5
        # conv1 twice (with and without ReLU), and three in each of two fire modules
        convolutions = [op for op in tf.get_default_graph().get_operations() if op.type == "Conv2D"]
        assert len(convolutions) == 2 + 3 + 3


def test_a_batch_has_the_gradients_of_its_pictures(rng, arrays):
    pictures = rng.randn(3, 37, 40, 3).astype(np.float32)
    with graph_session() as sess:
        x = tf.placeholder(tf.float32, [None, None, None, 3])
        loss = tf.reduce_sum(tf.square(frozen_features(x, arrays, last=6)[6]))
        (dx,) = tf.gradients(loss, x)
        batch = sess.run(dx, {x: pictures})
        for n in range(3):
            (alone,) = sess.run(dx, {x: pictures[n : n + 1]})
            np.testing.assert_allclose(batch[n], alone, rtol=1e-4, atol=1e-5 * np.abs(alone).max())
