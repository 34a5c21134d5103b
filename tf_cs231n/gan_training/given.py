"""A caller's own loss and networks in the place of ours, as `train_gan` takes them."""

import inspect
import zlib

import numpy as np

from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.gan import Architecture


def as_loss(function):
    """A loss by the course's signature as `GAN` calls one, its results checked.

    Args:
      function: of ``logits_real, logits_fake``; if it takes more, of ``batch_size, x, G_sample``,
        too, as the course's `wgangp_loss`.
    """
    parameters = inspect.signature(function).parameters.values()
    takes_images = sum(p.default is p.empty for p in parameters) > 2

    def loss(logits_real, logits_fake, x, G_sample):
        more = (x.shape.as_list()[0], x, G_sample) if takes_images else ()
        losses = function(logits_real, logits_fake, *more)
        if not isinstance(losses, (tuple, list)) or len(losses) != 2:
            raise InputError(f"loss: it gave {losses}, expected D_loss, G_loss")
        D_loss, G_loss = losses
        checks.shapes(D_loss=(D_loss, ""), G_loss=(G_loss, ""))
        if tf.gradients(D_loss, [logits_real, logits_fake]) == [None, None]:
            raise InputError("loss: D_loss depends on neither logits, so D would not learn")
        if tf.gradients(G_loss, G_sample) == [None]:
            raise InputError("loss: G_loss does not depend on the samples, so G would not learn")
        return D_loss, G_loss

    return loss


def with_networks(architecture, discriminator=None, generator=None):
    """An `Architecture` with a caller's functions in their places, what they return checked."""
    if discriminator is not None:
        D = _checked(discriminator, "discriminator", "N 1")
        architecture = architecture._replace(discriminator=D)
    if generator is not None:
        G = _checked(generator, "generator", f"N {np.prod(architecture.shape)}")
        architecture = architecture._replace(generator=lambda z, training: G(z))
    return Architecture(*architecture)


def _checked(function, name, letters):
    def network(x):
        out = function(x)
        checks.shapes(**{f"what {name} returns": (out, letters)})
        if not tf.trainable_variables(f"{name}/"):
            raise InputError(
                f"{name}: it has no variables in the scope '{name}'; open them with "
                f'tf.variable_scope("{name}")'
            )
        return out

    return network


def describe(function):
    """A function's name and what tells its text from another's, for a training's settings.

    None for None.
    """
    if function is None:
        return None
    try:
        text = inspect.getsource(function).encode()
    except (OSError, TypeError):
        text = function.__code__.co_code
    return f"{function.__name__}, crc32 {zlib.crc32(text):08x}"
