"""A GAN's whole training in a folder, step by step, and from the folder back to a generator."""

import os
import warnings

import numpy as np

from sessions import find_session
from tf_cs231n import checks
from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.errors import InputError
from tf_cs231n.gan import ARCHITECTURES, GAN, GeneratorSampler, default_critic_steps
from tf_cs231n.gan_training.data import checksum
from tf_cs231n.gan_training.given import as_loss, describe, with_networks
from tf_cs231n.gan_training.radford import FIRST_SIDE, WIDTH, radford
from tf_cs231n.gan_training.scores import CollapseWatch
from tf_cs231n.training import checkpoints
from tf_cs231n.training.events import image_grid
from tf_cs231n.training.loop import Training
from tf_cs231n.training.minibatches import batch_tensors, global_step
from tf_cs231n.training.towers import find_towers

SHOWN = 64  # samples in TensorBoard's grid
STEPS = {"fc": 6000, "dcgan": 1450}  # three and ten minutes on two cores
IMAGE_STEPS = 5000  # of the larger networks
# The course's own pairing; with least squares the DCGAN neglects the twos (docs/gan.md).
LOSS = {"fc": "lsgan", "dcgan": "vanilla"}
RATE, IMAGE_RATE = 1e-3, 2e-4  # the course's; the DCGAN paper's, section 4
DIGIT = (28, 28)  # the shape of an image for which the course's networks are
_SHAPES = [(side, side, *channels) for side in FIRST_SIDE for channels in ((), (3,))]
MOMENTUM = 0.99  # of batch norm's moving averages, as `layers.batch_norm` has it


def train_gan(
    digits,
    folder,
    steps=None,
    architecture=None,
    loss=None,
    batch_size=128,
    noise_dim=96,
    learning_rate=None,
    beta1=0.5,
    decay=0.25,
    critic_steps=None,
    seed=0,
    draw_every=250,
    draw=64,
    save_seconds=30,
    histogram_steps=None,
    width=WIDTH,
    classifier=None,
    warn=None,
    stop=None,
    discriminator=None,
    generator=None,
    devices=None,
):
    """Train in ``folder``, or continue there; builds a graph of its own.

    Args:
      digits: `datasets.Digits`, from `load_mnist` or `data.load_images`; the generator learns the
        training images, uint8 (N, H, W) or (N, H, W, 3), of 28, 32 or 64 pixels a side.
      steps: total, including earlier runs; None: what `STEPS` has for the architecture, and
        `IMAGE_STEPS` for images other than 28x28 gray ones. A finished
        training may continue to more: its learning rate then follows the new total's schedule,
        which starts higher than the old one ended. To equal an uninterrupted training, resume with
        the same total.
      loss: as for `GAN`; None: what `LOSS` has for the architecture. Or a function by the course's
        signature: of the logits (N, 1) of real images and samples, and if it takes them of N, the
        images and the samples (N, 784).
      architecture: as for `GAN`; None: 'fc' for 28x28 gray images, else 'dcgan', which is then the
        paper's own (`radford`).
      learning_rate: as for `GAN`; None: `RATE`, or `IMAGE_RATE` for the paper's DCGAN.
      noise_dim, beta1, critic_steps, seed: as for `GAN`.
      batch_size: real images, and samples, for each update.
      decay: the fraction of the steps, at the end, in which the learning rate falls
        (`linear_decay`).
      draw_every, draw: after every so many steps draw so many samples, always of the same noise.
      save_seconds: time from one checkpoint to the next.
      histogram_steps: steps from one histogram of each weight, for TensorBoard, to the next.
      width: of the paper's DCGAN, see `radford`.
      classifier: a `DigitClassifier`, by which missing digits are found; None: not looked for.
      warn: called with a sentence when samples begin to look collapsed, or cannot be judged yet;
        None: a `RuntimeWarning`.
      stop: an `interruption.Stop`; once it is set, the training saves and raises `Stopped`.
      discriminator: None, or a function of images (N, 784) that gives logits (N, 1), to be used in
        the place of the architecture's.
      generator: None, or a function of noise (N, noise_dim) that gives images (N, 784) in [-1, 1].
      devices: names such as ``["gpu:0", "gpu:1"]`` or a `training.cluster.Cluster`; each computes
        with some images of every step. It may change when a training is resumed.

    Yields:
      ``(step, {"D_loss": ..., "G_loss": ...}, samples)``; samples uint8 (draw, H, W[, 3]), or None
      after the steps between.

    Raises:
      InputError: as `Training`, and for settings that no `GAN` takes.
    """
    images = _check_images(digits.train_images)
    shape = images.shape[1:]
    given = {"architecture": architecture, "loss": loss, "steps": steps}
    given["learning_rate"] = learning_rate
    architecture, loss, steps, learning_rate = choose_defaults(images, given).values()
    critic_steps = critic_steps or default_critic_steps(loss)
    checks.counts(
        steps=steps,
        batch_size=batch_size,
        noise_dim=noise_dim,
        critic_steps=critic_steps,
        draw_every=draw_every,
        draw=draw,
        width=width,
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
        "data": checksum(images),
        "origin": digits.origin,
    }
    if shape != DIGIT:
        settings.update(shape=shape, width=width)
    networks = find_networks(architecture, shape, width, loss, seed)
    networks = with_networks(networks, discriminator, generator)
    warn = warn or (lambda sentence: warnings.warn(sentence, RuntimeWarning, stacklevel=3))
    watch = CollapseWatch(images, loss, steps, classifier)
    loss = as_loss(loss) if callable(loss) else loss

    def read(indices):
        return (np.float32(images[indices]).reshape(len(indices), -1) / 127.5 - 1,)

    towers = find_towers(devices)
    with fresh_graph(), towers.chief():
        (real,) = batch_tensors(read, len(images), critic_steps * batch_size, seed)
        rate = linear_decay(learning_rate, global_step(), steps, decay)
        gan = GAN(real, networks, loss, noise_dim, rate, beta1, critic_steps, seed, towers)
        sampler = GeneratorSampler(networks, noise_dim)
        noise = fixed_noise(draw, noise_dim, seed)
        phase = (gan.train_op, {"D_loss": gan.D_loss, "G_loss": gan.G_loss})
        free = ["learning_rate", "decay", "origin"]
        with Training(
            folder,
            [phase],
            settings,
            free,
            save_seconds,
            histogram_steps=histogram_steps,
            stop=stop,
            towers=towers,
        ) as training:
            for step, values in training.steps(steps):
                samples = None
                if step % draw_every == 0 or step == steps:
                    samples = sampler.draw(noise, training.run)
                    training.events.images(step, {"samples": image_grid(samples[:SHOWN])})
                for sign in watch.look(step, values["D_loss"], samples):
                    warn(f"step {step}: {sign}")
                if step == steps and _young_averages(sampler, step):
                    warn(_young_averages(sampler, step))
                yield step, values, samples


def choose_defaults(images, options):
    """What `train_gan` takes for those of its arguments that are None, by the images' shape.

    Args:
      images: training images.
      options: dict with ``architecture``, ``loss``, ``steps`` and ``learning_rate``.

    Returns:
      A dict with those four.
    """
    large = images.shape[1:] != DIGIT
    architecture = options["architecture"] or ("dcgan" if large else "fc")
    checks.one_of(ARCHITECTURES, architecture=architecture)
    rate = options["learning_rate"]
    return {
        "architecture": architecture,
        "loss": options["loss"] or LOSS[architecture],
        "steps": options["steps"] or (IMAGE_STEPS if large else STEPS[architecture]),
        "learning_rate": (IMAGE_RATE if large else RATE) if rate is None else rate,
    }


def _check_images(images):
    """Training images as an array of a shape that there are networks for."""
    axes = "N S S 3" if np.ndim(images) == 4 else "N S S"
    images = checks.array("digits.train_images", images, axes)
    checks.one_of(FIRST_SIDE, **{"side of digits.train_images": images.shape[1]})
    return images


def find_networks(architecture, shape, width=WIDTH, loss="vanilla", seed=0):
    """The `gan.Architecture` for images of a shape: the course's, or the DCGAN paper's.

    Raises:
      InputError: 'fc' for images that are not 28x28 and gray.
    """
    if tuple(shape) == DIGIT:
        return ARCHITECTURES[architecture]
    if architecture == "fc":
        size = "x".join(map(str, shape))
        raise InputError(f"architecture: 'fc' is for gray images of 28x28, not {size}; use 'dcgan'")
    return radford(shape, width, loss != "wgan-gp", seed)


def _young_averages(sampler, step):
    """A sentence if batch norm's moving averages are still much as they began, else None."""
    left = MOMENTUM**step
    if left < 0.05 or not any("moving_mean" in v.op.name for v in sampler.variables):
        return None
    grown = int(np.ceil(np.log(0.05) / np.log(MOMENTUM)))
    return (
        f"after {step} steps the moving averages of batch norm are still to {left:.0%} the numbers"
        f" that they began with, so the samples come out gray; train for {grown} steps or more"
    )


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
      `GeneratorSampler`, and the dict of the training's settings. A `RuntimeWarning` says if batch
      norm's moving averages are too young to draw with.

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
    shape, width = settings.get("shape", DIGIT), settings.get("width", WIDTH)
    checks.counts(**{f"{path}, noise_dim": noise_dim, f"{path}, width": width})
    checks.one_of(ARCHITECTURES, **{f"{path}, architecture": architecture})
    trained, given = settings.get("generator"), describe(generator)
    if trained != given:
        raise InputError(f"{folder}: its generator is {trained or 'ours'}; got {given or 'ours'}")
    shape = tuple(shape) if isinstance(shape, list) else shape
    checks.one_of(_SHAPES, **{f"{path}, shape": shape})
    networks = with_networks(find_networks(architecture, shape, width), None, generator)
    with sess.graph.as_default():
        sampler = GeneratorSampler(networks, noise_dim, sess)
    step = checkpoints.restore(sess, folder, sampler.variables)
    if _young_averages(sampler, step):
        warnings.warn(_young_averages(sampler, step), RuntimeWarning, stacklevel=2)
    return sampler, settings
