"""A GAN's whole training in a folder, step by step, and from the folder back to a generator."""

import os
import zlib

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.errors import InputError
from tf_cs231n.gan import ARCHITECTURES, GAN, GeneratorSampler, default_critic_steps
from tf_cs231n.gan_training.given import as_loss, describe, with_networks
from tf_cs231n.training import checkpoints
from tf_cs231n.training.events import image_grid
from tf_cs231n.training.loop import Training
from tf_cs231n.training.minibatches import batch_tensors, global_step

SHOWN = 64  # samples in TensorBoard's grid
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
    histogram_steps=None,
    stop=None,
    discriminator=None,
    generator=None,
):
    """Train in ``folder``, or continue there; builds a graph of its own.

    Args:
      digits: `datasets.Digits`; the generator learns the training images.
      steps: total, including earlier runs; None: what `STEPS` has for the architecture. A finished
        training may continue to more: its learning rate then follows the new total's schedule,
        which starts higher than the old one ended. To equal an uninterrupted training, resume with
        the same total.
      loss: as for `GAN`; None: what `LOSS` has for the architecture. Or a function by the course's
        signature: of the logits (N, 1) of real images and samples, and if it takes them of N, the
        images and the samples (N, 784).
      architecture, noise_dim, learning_rate, beta1, critic_steps, seed: as for `GAN`.
      batch_size: real images, and samples, for each update.
      decay: the fraction of the steps, at the end, in which the learning rate falls
        (`linear_decay`).
      draw_every, draw: after every so many steps draw so many samples, always of the same noise.
      save_seconds: time from one checkpoint to the next.
      histogram_steps: steps from one histogram of each weight, for TensorBoard, to the next.
      stop: an `interruption.Stop`; once it is set, the training saves and raises `Stopped`.
      discriminator: None, or a function of images (N, 784) that gives logits (N, 1), to be used in
        the place of the architecture's.
      generator: None, or a function of noise (N, noise_dim) that gives images (N, 784) in [-1, 1].

    Yields:
      ``(step, {"D_loss": ..., "G_loss": ...}, samples)``; samples uint8 (draw, 28, 28), or None
      after the steps between.

    Raises:
      InputError: as `Training`, and for settings that no `GAN` takes.
    """
    images = checks.array("digits.train_images", digits.train_images, "N 28 28")
    checks.one_of(ARCHITECTURES, architecture=architecture)
    loss = loss or LOSS[architecture]
    steps = steps or STEPS[architecture]
    critic_steps = critic_steps or default_critic_steps(loss)
    networks = with_networks(ARCHITECTURES[architecture], discriminator, generator)
    checks.counts(
        steps=steps,
        batch_size=batch_size,
        noise_dim=noise_dim,
        critic_steps=critic_steps,
        draw_every=draw_every,
        draw=draw,
    )
    checks.numbers(least=0, learning_rate=learning_rate, decay=decay)
    settings = {
        "architecture": architecture,
        "loss": describe(loss) if callable(loss) else loss,
        "discriminator": describe(discriminator),
        "generator": describe(generator),
        "noise_dim": noise_dim,
        "batch_size": batch_size,
        "critic_steps": critic_steps,
        "learning_rate": learning_rate,
        "beta1": beta1,
        "decay": decay,
        "seed": seed,
        # "pictures", as the folders of earlier versions have it, so that their trainings resume
        "data": f"{len(images)} pictures, crc32 {zlib.crc32(np.ascontiguousarray(images)):08x}",
    }
    loss = as_loss(loss) if callable(loss) else loss

    def read(indices):
        return (np.float32(images[indices]).reshape(len(indices), -1) / 127.5 - 1,)

    with fresh_graph():
        (real,) = batch_tensors(read, len(images), critic_steps * batch_size, seed)
        rate = linear_decay(learning_rate, global_step(), steps, decay)
        gan = GAN(real, networks, loss, noise_dim, rate, beta1, critic_steps, seed)
        sampler = GeneratorSampler(networks, noise_dim)
        noise = fixed_noise(draw, noise_dim, seed)
        phase = (gan.train_op, {"D_loss": gan.D_loss, "G_loss": gan.G_loss})
        free = ["learning_rate", "decay"]
        with Training(
            folder,
            [phase],
            settings,
            free,
            save_seconds,
            histogram_steps=histogram_steps,
            stop=stop,
        ) as training:
            for step, values in training.steps(steps):
                drawn = None
                if step % draw_every == 0 or step == steps:
                    drawn = sampler.draw(noise, training.run)
                    training.events.images(step, {"samples": image_grid(drawn[:SHOWN])})
                yield step, values, drawn


def linear_decay(learning_rate, step, steps, decay=0.25):
    """A learning rate that is constant, then falls linearly: ``rate min(1, (T - t) / (decay T))``.

    At a constant rate the two players circle about the balance that they settle into when it falls.

    Args:
      learning_rate: until the decay begins.
      step: t, how many steps have been done, an int Tensor.
      steps: T, how many there will be; the rate is 0 from there on.
      decay: the fraction of them in which the rate falls, in [0, 1]; 0: none.

    Returns:
      float32 scalar Tensor.
    """
    if not decay:
        return tf.constant(learning_rate, tf.float32)
    left = tf.cast(steps - step, tf.float32) / (decay * steps)
    return learning_rate * tf.clip_by_value(left, 0.0, 1.0)


def fixed_noise(number, noise_dim, seed=0):
    """Noise that depends on the seed alone, uniform in [-1, 1]: float64 (number, noise_dim)."""
    return np.random.RandomState(seed).uniform(-1, 1, [number, noise_dim])


def load_sampler(folder, sess, generator=None):
    """The generator of a training's newest checkpoint, in the session's graph.

    Args:
      folder: of the training.
      sess: the session; None: the default one.
      generator: the function that it was trained with, if it was one of the caller's.

    Returns:
      `GeneratorSampler`, and the dict of the training's settings.

    Raises:
      InputError: no GAN in that folder, or a broken one; or no session.
    """
    sess = find_session(sess)
    settings = checkpoints.load_settings(folder)
    if not settings:
        raise InputError(f"{folder}: no training here; begin with `tf-cs231n gan train`")
    path = os.path.join(folder, "settings.json")
    if "architecture" not in settings or "noise_dim" not in settings:
        raise InputError(f"{path} has no architecture and noise_dim: it is of another training")
    noise_dim, architecture = settings["noise_dim"], settings["architecture"]
    checks.counts(**{f"{path}, noise_dim": noise_dim})
    checks.one_of(ARCHITECTURES, **{f"{path}, architecture": architecture})
    trained, given = settings.get("generator"), describe(generator)
    if trained != given:
        raise InputError(f"{folder}: its generator is {trained or 'ours'}; got {given or 'ours'}")
    networks = with_networks(ARCHITECTURES[architecture], None, generator)
    with sess.graph.as_default():
        sampler = GeneratorSampler(networks, noise_dim, sess)
    checkpoints.restore(sess, folder, sampler.variables)
    return sampler, settings
