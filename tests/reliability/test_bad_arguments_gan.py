"""Bad arguments of GANs: losses, networks, training, samples and scores."""

import functools

import numpy as np
import pytest
from corpus import bad_arrays, bad_choices, bad_counts, bad_numbers, check_refusals

from sessions import graph_session
from tf_cs231n import gan
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.gan import collapse, report, scores, train
from tf_cs231n.gan.classifier import DigitClassifier, digit_network, train_classifier
from tf_cs231n.mnist import Digits
from tf_cs231n.plots.gan import digit_bars, tile

rng = np.random.RandomState(0)
logits = rng.randn(4, 1).astype("f")
x = rng.uniform(-1, 1, (4, 784)).astype("f")
z = rng.uniform(-1, 1, (4, 3)).astype("f")
pictures = np.uint8(rng.randint(0, 256, (12, 28, 28)))
labels = np.uint8(np.arange(12) % 10)
digits = Digits(pictures, labels, pictures[:4], labels[:4], "made here")
features = rng.randn(5, 3)
chances = np.full((4, 10), 0.1)


def without_none(bad):
    return {kind: value for kind, value in bad.items() if kind != "None"}


def taken(**kinds):
    return {(name, kind) for name, listed in kinds.items() for kind in listed}


NAN = ("NaN", "infinite")
SEED = bad_counts(0, 2**32 - 1)
FUNCTION = {"text": "f", "a number": 7}
LOGITS = {**bad_arrays(logits), "pictures": x}
DIM = {**bad_counts(1), "huge": 2**40}
BETA = bad_numbers(0, 1)
PICTURES = bad_arrays(pictures)
DIGITS = {
    "None": None,
    "text": "mnist",
    "pictures alone": pictures,
    "no pictures": digits._replace(train_images=pictures[:0], train_labels=labels[:0]),
    "too few labels": digits._replace(train_labels=labels[:-1]),
    "a label of ten": digits._replace(train_labels=labels + 1),
    "labels of text": digits._replace(test_labels=labels.astype(str)),
    **{f"pictures, {kind}": digits._replace(train_images=v) for kind, v in PICTURES.items()},
    **{f"test, {kind}": digits._replace(test_images=v) for kind, v in PICTURES.items()},
}


def made(build):
    """``build`` in a scope that shares its variables, since every case calls it again."""

    @functools.wraps(build)
    def call(**arguments):
        with tf.variable_scope("made", reuse=tf.AUTO_REUSE):
            return build(**arguments)

    return call


def pair(first, second, carried=NAN):
    good = {first: logits, second: logits}
    kinds = (*carried, "an axis too few")
    return good, dict.fromkeys(good, LOGITS), taken(**dict.fromkeys(good, kinds))


# name: (function, good arguments, bad arguments, what is taken nevertheless)
FUNCTIONS = {
    "gan_loss": (gan.gan_loss, *pair("logits_real", "logits_fake")),
    "lsgan_loss": (gan.lsgan_loss, *pair("scores_real", "scores_fake")),
    "hinge_loss": (gan.hinge_loss, *pair("logits_real", "logits_fake")),
    "wgan_gp_loss": (
        gan.wgan_gp_loss,
        {
            "logits_real": logits,
            "logits_fake": logits,
            "batch_size": 4,
            "x": x,
            "G_sample": x,
            "discriminator": lambda x: tf.reduce_sum(x, 1, keepdims=True),
            "lam": 10,
            "mix": np.full((4, 1), 0.5, "f"),
        },
        {
            "logits_real": LOGITS,
            "logits_fake": LOGITS,
            "batch_size": {**bad_counts(1), "of others": 5},
            "x": bad_arrays(x),
            "G_sample": bad_arrays(x),
            "discriminator": {
                **FUNCTION,
                "nothing": lambda x: None,
                "of others": lambda x: tf.ones([4, 1]),
            },
            "lam": bad_numbers(0),
            "mix": without_none(bad_arrays(logits)),
        },
        taken(
            logits_real=(*NAN, "an axis too few"),
            logits_fake=(*NAN, "an axis too few"),
            x=NAN,
            G_sample=(*NAN, "ints"),
            mix=(*NAN, "ints"),
        ),
    ),
    "leaky_relu": (
        gan.leaky_relu,
        {"x": x, "alpha": 0.01},
        {"x": bad_arrays(x), "alpha": bad_numbers()},
        taken(x=(*NAN, "an axis too few", "an axis too many")),
    ),
    "sample_noise": (
        gan.sample_noise,
        {"batch_size": 4, "dim": 3, "seed": 0, "stream": 0},
        {
            "batch_size": DIM,
            "dim": DIM,
            "seed": without_none(SEED),
            "stream": bad_counts(0),
        },
        (),
    ),
    "preprocess_img": (
        gan.preprocess_img,
        {"x": x},
        {"x": bad_arrays(x)},
        taken(x=(*NAN, "an axis too few", "an axis too many", "empty", "no rows")),
    ),
    "deprocess_img": (
        gan.deprocess_img,
        {"x": x},
        {"x": bad_arrays(x)},
        taken(x=(*NAN, "an axis too few", "an axis too many", "empty", "no rows")),
    ),
    "discriminator": (made(gan.discriminator), {"x": x}, {"x": bad_arrays(x)}, taken(x=NAN)),
    "dcgan_discriminator": (
        made(gan.dcgan_discriminator),
        {"x": x},
        {"x": bad_arrays(x)},
        taken(x=NAN),
    ),
    "generator": (made(gan.generator), {"z": z}, {"z": bad_arrays(z)}, taken(z=NAN)),
    "dcgan_generator": (
        made(gan.dcgan_generator),
        {"z": z, "training": True},
        {"z": bad_arrays(z), "training": {**bad_choices(), "a Tensor": "TENSOR"}},
        taken(z=NAN),
    ),
    "get_solvers": (
        gan.get_solvers,
        {"learning_rate": 1e-3, "beta1": 0.5},
        {"learning_rate": bad_numbers(0), "beta1": BETA},
        (),
    ),
    "GAN": (
        gan.GAN,
        {
            "images": x,
            "architecture": "fc",
            "loss": "lsgan",
            "noise_dim": 3,
            "learning_rate": 1e-3,
            "beta1": 0.5,
            "critic_steps": 1,
            "seed": 0,
        },
        {
            "images": bad_arrays(x),
            "architecture": bad_choices(),
            "loss": bad_choices(),
            "noise_dim": DIM,
            "learning_rate": bad_numbers(0),
            "beta1": BETA,
            "critic_steps": {**without_none(bad_counts(1)), "no divisor": 3},
            "seed": SEED,
        },
        taken(images=(*NAN, "ints")),
    ),
    "Sampler": (
        made(gan.Sampler),
        {"architecture": "fc", "noise_dim": 3},
        {"architecture": bad_choices(), "noise_dim": DIM},
        (),
    ),
    "slerp": (
        gan.slerp,
        {"a": z[0], "b": z[1], "steps": 3},
        {
            "a": {**bad_arrays(z[0]), "zero": np.zeros(3)},
            "b": {**bad_arrays(z[0]), "zero": np.zeros(3)},
            "steps": bad_counts(2),
        },
        taken(a=["ints"], b=["ints"]),
    ),
    "inception_score": (
        scores.inception_score,
        {"probabilities": chances},
        {
            "probabilities": {
                **bad_arrays(chances),
                "logits": rng.randn(4, 10),
                "negative": -chances,
            }
        },
        (),
    ),
    "digit_histogram": (
        scores.digit_histogram,
        {"probabilities": chances},
        {"probabilities": {**bad_arrays(chances), "logits": rng.randn(4, 10)}},
        (),
    ),
    "frechet_distance": (
        scores.frechet_distance,
        {"x": features, "y": features},
        dict.fromkeys("xy", {**bad_arrays(features), "one row": features[:1]}),
        taken(x=["ints"], y=["ints"]),
    ),
    "nearest_pictures": (
        scores.nearest_pictures,
        {"images": pictures, "candidates": pictures, "skip_self": True},
        {"images": PICTURES, "candidates": {**PICTURES, "fewer": pictures[:3]}},
        (),
    ),
    "duplicate_share": (
        collapse.duplicate_share,
        {"samples": pictures, "real": pictures},
        {"samples": {**PICTURES, "one": pictures[:1]}, "real": {**PICTURES, "one": pictures[:1]}},
        (),
    ),
    "signs_of_collapse": (
        collapse.signs_of_collapse,
        {
            "samples": pictures,
            "real": pictures,
            "D_losses": np.ones(3),
            "loss": "lsgan",
            "histogram": chances[0],
        },
        {
            "samples": PICTURES,
            "real": PICTURES,
            "D_losses": bad_arrays(np.ones(3)),
            "loss": bad_choices(),
            "histogram": without_none(bad_arrays(chances[0])),
        },
        taken(D_losses=["ints", "empty", "no rows", "huge"], histogram=["ints"]),
    ),
    "decayed": (
        train.decayed,
        {"learning_rate": 1e-3, "step": 1, "steps": 10, "decay": 0.5},
        {
            "learning_rate": bad_numbers(0),
            "step": bad_counts(0),
            "steps": bad_counts(1),
            "decay": bad_numbers(0, 1),
        },
        (),
    ),
    "fixed_codes": (
        train.fixed_codes,
        {"number": 2, "noise_dim": 3, "seed": 0},
        {"number": DIM, "noise_dim": DIM, "seed": without_none(SEED)},
        (),
    ),
    "digit_network": (
        made(digit_network),
        {"images": np.float32(pictures)},
        {"images": bad_arrays(np.float32(pictures))},
        taken(images=NAN),
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_arguments_are_one_clear_line(name):
    function, good, bad, kinds = FUNCTIONS[name]
    with graph_session():
        if "training" in bad:
            bad["training"]["a Tensor"] = tf.constant(True)
        assert check_refusals(function, good, bad, kinds) > 0


def test_samples():
    with graph_session() as sess:
        sampler = gan.Sampler("fc", 3)
        sess.run(tf.global_variables_initializer())
        good = {"codes": z, "batch_size": 2}
        bad = {"codes": bad_arrays(z), "batch_size": bad_counts(1)}
        check_refusals(sampler.sample, good, bad, {("codes", "ints"), ("codes", "no rows")})


def test_shapes_that_only_the_run_knows():
    with graph_session() as sess:
        images = tf.placeholder(tf.float32, [None, None])
        outputs = gan.discriminator(images)
        sess.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(outputs, {images: np.ones((2, 9))})
        with pytest.raises(InputError, match="^z: got shape"):
            gan.generator(images)
        with pytest.raises(InputError, match="^images: got None rows"):
            gan.GAN(tf.placeholder(tf.float32))


TRAINING = {
    # A generator learns from pictures, without labels and tests.
    "digits": {kind: v for kind, v in DIGITS.items() if "label" not in kind and "test" not in kind},
    "steps": without_none(bad_counts(1)),
    "architecture": bad_choices(),
    "loss": without_none(bad_choices()),
    "batch_size": bad_counts(1),
    "noise_dim": DIM,
    "learning_rate": bad_numbers(0),
    "beta1": BETA,
    "decay": bad_numbers(0, 1),
    "critic_steps": without_none(bad_counts(1)),
    "seed": SEED,
    "draw_every": bad_counts(1),
    "draw": bad_counts(1),
}


def test_training(tmp_path):
    def train_a_step(**arguments):
        steps = train.train_gan(folder=tmp_path, **arguments)
        next(steps)
        steps.close()

    good = {"digits": digits, "steps": 1, "architecture": "fc", "loss": "lsgan", "batch_size": 4}
    good.update({"noise_dim": 3, "learning_rate": 1e-3, "beta1": 0.5, "decay": 0.25})
    good.update({"critic_steps": 1, "seed": 0, "draw_every": 1, "draw": 2})
    check_refusals(train_a_step, good, TRAINING)


def test_digit_classifier(tmp_path):
    def train_a_step(**arguments):
        next(train_classifier(directory=tmp_path, **arguments))

    classifier = functools.partial(DigitClassifier, directory=tmp_path)
    good = {"digits": digits, "steps": 1}
    bad = {"digits": DIGITS, "steps": bad_counts(1)}
    check_refusals(train_a_step, good, bad)
    bad["progress"] = {**FUNCTION, "None": None}
    check_refusals(classifier, {**good, "progress": iter}, bad)
    with classifier(digits, steps=1) as read:
        sets = {"images": PICTURES, "batch_size": bad_counts(1)}
        check_refusals(read, {"images": pictures, "batch_size": 5}, sets)
        _, real = read(pictures)
        reader = {"None": None, "text": "classifier"}
        good = {"classifier": read, "images": pictures, "real_features": real}
        bad = {"classifier": reader, "images": PICTURES, "real_features": bad_arrays(real)}
        check_refusals(scores.judge, good, bad, {("real_features", "ints")})
        good = {"classifier": read, "samples": pictures[:4], "digits": digits, "seed": 0}
        bad = {"classifier": reader, "samples": PICTURES, "digits": DIGITS}
        bad["seed"] = without_none(SEED)
        check_refusals(report.compare, good, bad)


def test_memory():
    good = {"samples": pictures, "digits": digits, "usual": 0.01}
    bad = {"samples": PICTURES, "digits": DIGITS, "usual": bad_numbers(0, 1)}
    check_refusals(report.memorised, good, bad)


def test_figures():
    good = {"images": pictures, "columns": 3, "scale": 1, "gap": 1}
    bad = {"images": PICTURES, "columns": without_none(bad_counts(1)), "scale": bad_counts(1)}
    check_refusals(tile, good, {**bad, "gap": bad_counts(0)})
    good = {"histogram": chances[0], "least": 0.03}
    bad = {"histogram": bad_arrays(chances[0]), "least": bad_numbers()}
    check_refusals(digit_bars, good, bad, {("histogram", "ints")})
