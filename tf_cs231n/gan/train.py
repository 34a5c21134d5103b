"""A GAN's whole training in a folder, step by step, and from the folder back to a generator."""

import os
import zlib

import numpy as np

from sessions import find_session
from tf_cs231n.arguments import number_or_scalar
from tf_cs231n.arrays import check_array
from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.errors import InputError, check_count, check_number, check_path, check_seed, one_of
from tf_cs231n.gan.model import GAN, LOSSES, Sampler, default_critic_steps
from tf_cs231n.gan.networks import ARCHITECTURES
from tf_cs231n.limits import MAX_NOISE_DIM
from tf_cs231n.training import checkpoints
from tf_cs231n.training.loop import Training
from tf_cs231n.training.minibatches import batch_tensors, global_step

STEPS = {"fc": 6000, "dcgan": 1450}  # three and ten minutes on two cores
# The course's own pairing; with least squares the DCGAN neglects the twos (docs/gan.md).
LOSS = {"fc": "lsgan", "dcgan": "vanilla"}


def train_gan(
    digits,
    folder,
    steps=None,
    architecture="fc",
    loss=None,
    batch_size=128,
    noise_dim=96,
    learning_rate=1e-3,
    beta1=0.5,
    decay=0.25,
    critic_steps=None,
    seed=0,
    draw_every=250,
    draw=64,
    save_seconds=30,
):
    """Train in ``folder``, or go on there; builds a graph of its own.

    Args:
      digits: `mnist.Digits`; the generator learns the training pictures.
      steps: in all; None: what `STEPS` has for the architecture. A training may go on to more:
        its learning rate then follows the new total's schedule, which begins higher than the old
        one ended. A training that is to equal the undisturbed one goes on to the same total.
      loss: as for `GAN`; None: what `LOSS` has for the architecture.
      architecture, noise_dim, learning_rate, beta1, critic_steps, seed: as for `GAN`.
      batch_size: real pictures, and samples, for each update.
      decay: the share of the steps, at the end, in which the learning rate falls (`decayed`).
      draw_every, draw: after every so many steps so many samples, always of the same codes.
      save_seconds: time from one checkpoint to the next.

    Yields:
      ``(step, {"D_loss": ..., "G_loss": ...}, samples)``; samples uint8 (draw, 28, 28), or None
      after the steps between.

    Raises:
      InputError: as `Training`, and for a batch or settings that no `GAN` takes.
    """
    images = getattr(digits, "train_images", None)  # all that is used: no labels, no test
    images = check_array("digits.train_images", images, (None, 28, 28), np.uint8)
    one_of("architecture", architecture, ARCHITECTURES)
    loss = LOSS[architecture] if loss is None else one_of("loss", loss, LOSSES)
    critic_steps = default_critic_steps(loss) if critic_steps is None else critic_steps
    steps = STEPS[architecture] if steps is None else steps
    for name, count in (
        ("critic_steps", critic_steps),
        ("steps", steps),
        ("batch_size", batch_size),
        ("noise_dim", noise_dim),
        ("draw_every", draw_every),
        ("draw", draw),
    ):
        check_count(name, count)
    check_number("learning_rate", learning_rate, 0)
    check_number("decay", decay, 0, most=1)
    settings = {
        "architecture": architecture,
        "loss": loss,
        "noise_dim": noise_dim,
        "batch_size": batch_size,
        "critic_steps": critic_steps,
        "learning_rate": learning_rate,
        "beta1": beta1,
        "decay": decay,
        "seed": seed,
        "data": f"{len(images)} pictures, crc32 {zlib.crc32(np.ascontiguousarray(images)):08x}",
    }

    def read(indices):
        return (np.float32(images[indices]).reshape(len(indices), -1) / 127.5 - 1,)

    with fresh_graph():
        (real,) = batch_tensors(read, len(images), critic_steps * batch_size, seed)
        rate = decayed(learning_rate, global_step(), steps, decay)
        gan = GAN(real, architecture, loss, noise_dim, rate, beta1, critic_steps, seed)
        sampler = Sampler(architecture, noise_dim)
        codes = fixed_codes(draw, noise_dim, seed)
        phase = (gan.train_op, {"D_loss": gan.D_loss, "G_loss": gan.G_loss})
        free = ["learning_rate", "decay"]
        with Training(folder, [phase], settings, free, save_seconds) as training:
            for step, values in training.steps(steps):
                drawn = step % draw_every == 0 or step == steps
                yield step, values, sampler.draw(codes, training.run) if drawn else None


def decayed(learning_rate, step, steps, decay=0.25):
    """A learning rate that is constant, then falls linearly: ``rate min(1, (T - t) / (decay T))``.

    At a constant rate the two players circle about the balance that they settle into when it falls.

    Args:
      learning_rate: until the decay begins.
      step: t, how many steps have been done, an int Tensor.
      steps: T, how many there will be; the rate is 0 from there on.
      decay: the share of them in which the rate falls, in [0, 1]; 0: none.

    Returns:
      float32 scalar Tensor.

    Raises:
      InputError: ``decay`` is no share, or another argument is none of these.
    """
    check_number("decay", decay, 0, most=1)
    number_or_scalar("learning_rate", learning_rate, 0)
    check_count("steps", steps)
    if not tf.is_tensor(step):
        check_count("step", step, 0)
    if not decay:
        return tf.constant(learning_rate, tf.float32)
    left = tf.cast(steps - step, tf.float32) / (decay * steps)
    return learning_rate * tf.clip_by_value(left, 0.0, 1.0)


def fixed_codes(number, noise_dim, seed=0):
    """Codes that depend on the seed alone, uniform in [-1, 1]: float64 (number, noise_dim)."""
    check_count("number", number, 1, 2**20)
    check_count("noise_dim", noise_dim, 1, MAX_NOISE_DIM)
    return np.random.RandomState(check_seed("seed", seed)).uniform(-1, 1, [number, noise_dim])


def load_sampler(folder, sess):
    """The generator of a training's newest checkpoint, in the session's graph.

    Args:
      folder: of the training.
      sess: the session; None: the default one.

    Returns:
      `Sampler`, and the dict of the training's settings.

    Raises:
      InputError: no GAN in that folder, or a broken one; or no session.
    """
    sess = find_session(sess)
    folder = check_path("folder", folder)
    path = os.path.join(folder, "settings.json")
    settings = checkpoints.load_settings(folder)
    if not settings:
        raise InputError(f"{folder}: no training here; begin with `tf-cs231n gan train`")
    missing = [name for name in ("architecture", "loss", "noise_dim") if name not in settings]
    if missing:
        raise InputError(f"{path} has no {missing[0]}: it belongs to another kind of training")
    noise_dim = settings["noise_dim"]
    if not isinstance(noise_dim, int) or not 0 < noise_dim <= MAX_NOISE_DIM:
        raise InputError(f"{path}: noise_dim is {noise_dim!r}, expected a whole number")
    with sess.graph.as_default():
        sampler = Sampler(settings["architecture"], noise_dim, sess)
    checkpoints.restore(sess, folder, sampler.variables)
    return sampler, settings
