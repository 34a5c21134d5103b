"""Small models that are trained on one device and on several, and what differs then."""

import contextlib

import numpy as np
import pytest

from tf_cs231n import gan
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.gan_training.radford import radford
from tf_cs231n.training.loop import Training, minimize
from tf_cs231n.training.minibatches import batch_tensors
from tf_cs231n.training.towers import find_towers

TWO = ["cpu:0", "cpu:1"]
THREE = [*TWO, "cpu:2"]
RNG = np.random.RandomState(3)
IMAGES = RNG.uniform(-1, 1, [300, 784])
COLOR = RNG.uniform(-1, 1, [300, 28 * 28 * 3])
FEATURES = RNG.randn(300, 6)
WORDS = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", *"abcdef"])}
# Of very different lengths, so that an average of towers' averages over words would be off.
CAPTIONS = np.int32(
    [[1, *RNG.randint(3, 9, length), 2, *[0] * (7 - length)] for length in RNG.randint(0, 8, 300)]
)


def captioner(dtype):
    def build(towers, N, solver):
        x, y = batch_tensors(lambda i: (dtype(FEATURES[i]), CAPTIONS[i]), 300, N, seed=1)
        loss = towers.mean(GraphCaptioner(WORDS, 6, 4, 5, dtype=tf.as_dtype(dtype)).loss, x, y)
        return minimize(loss, solver(), clip_norm=1.0)[0], loss

    return build


def adversaries(dtype, networks, loss="vanilla", images=IMAGES, critic_steps=1):
    networks = gan.ARCHITECTURES[networks] if isinstance(networks, str) else networks
    of_dtype = networks._replace(
        generator=lambda z, training: networks.generator(tf.cast(z, dtype), training)
    )

    def build(towers, N, solver):
        (real,) = batch_tensors(lambda i: (dtype(images[i]),), 300, N * critic_steps, seed=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gan, "get_solvers", lambda *_: (solver(), solver()))
            model = gan.GAN(real, of_dtype, loss, 5, critic_steps=critic_steps, towers=towers)
        return model.train_op, model.D_loss

    return build


def models(dtype):
    return {
        "captioner": captioner(dtype),
        "fc": adversaries(dtype, "fc", "lsgan"),
        "dcgan": adversaries(dtype, "dcgan"),
        "gradient penalty": adversaries(np.float32, "fc", "wgan-gp", critic_steps=2),
        "paper": adversaries(dtype, radford((28, 28, 3), 4), images=COLOR),
    }


# In float32 a maximum or a ReLU may fall to the other side by rounding, and a gradient jumps.
MODELS = models(np.float64)
CLOSE = {name: 1e-5 if name == "gradient penalty" else 1e-9 for name in MODELS}


class Descent(tf.train.GradientDescentOptimizer):
    """Keeps the gradients that it descends by."""

    def __init__(self, rate=0.005):
        super().__init__(rate)
        self.gradients = {}

    def compute_gradients(self, *args, **kwargs):
        pairs = super().compute_gradients(*args, **kwargs)
        self.gradients.update({variable.op.name: gradient for gradient, variable in pairs})
        return pairs


def trained(build, devices, steps, N=6, solver=Descent):
    """What the first step's gradients were, and the variables after some steps."""
    towers, solvers = find_towers(devices), []

    def new_solver():
        solvers.append(solver())
        return solvers[-1]

    with fresh_graph(), towers.chief():
        train_op, loss = build(towers, N, new_solver)
        with tf.control_dependencies([train_op]):
            step = tf.assign_add(tf.train.get_or_create_global_step(), 1).op
        gradients = [getattr(solver, "gradients", {}) for solver in solvers]
        variables = {v.op.name: v for v in tf.global_variables()}
        initialize = tf.global_variables_initializer(), tf.tables_initializer()
        with towers.session() as session:
            for each in initialize:
                session.run(each)
            first = session.run([gradients, loss, step])[0]
            for _ in range(steps - 1):
                session.run([loss, step])
            return {k: v for each in first for k, v in each.items()}, session.run(variables)


def difference(expected, got, floor):
    """The greatest difference, in proportion to the largest number of that array, or a floor."""
    assert expected.keys() == got.keys()
    return max(
        np.abs(got[name] - array).max() / max(np.abs(array).max(), floor)
        for name, array in expected.items()
    )


def linear(towers):
    (x,) = batch_tensors(lambda i: (FEATURES[i],), len(FEATURES), 5, seed=1)
    weights = tf.get_variable("weights", [6], tf.float64, tf.ones_initializer(), use_resource=True)
    loss = towers.mean(lambda x: tf.reduce_mean(tf.square(tf.tensordot(x, weights, 1) - 1)), x)
    return minimize(loss, tf.train.AdamOptimizer(0.01))[0], {"loss": loss}


def train(folder, until, devices, each=None):
    """Losses and final weights of a training in a folder; ``each(step)`` is called after a step."""
    towers, losses = find_towers(devices), []
    with contextlib.ExitStack() as stack:
        stack.enter_context(fresh_graph())
        stack.enter_context(towers.chief())
        training = stack.enter_context(
            Training(folder, [linear(towers)], save_seconds=0, towers=towers)
        )
        for step, values in training.steps(until):
            losses.append(values["loss"])
            if each:
                each(step)
        return losses, training.run(tf.global_variables("weights"))[0]
