"""`--with FILE`: a learner's own functions in a command; one line says whose is which."""

import click

from tf_cs231n.commands.option_types import PATH
from tf_cs231n.terminal import echo

PROVES_NOTHING = (
    "A falling loss proves nothing: that of a wrong function falls, too. tf-cs231n check tells."
)

_GAN_LOSSES = {"lsgan": "lsgan_loss", "vanilla": "gan_loss", "wgan-gp": "wgan_gp_loss"}


def with_option(help):
    return click.option(
        "--with", "with_file", type=PATH, metavar="FILE", help=f"Your own functions: {help}."
    )


def open_own(path, module, names):
    """The learner's functions of a file, as an `own.Own`; None: none, and nothing is printed."""
    from tf_cs231n.assignment.own import Own

    own = Own(path, module, names)
    if path is not None:
        echo(own.whose())
    return own


def open_gan(path, architecture, loss):
    """The same for a GAN.

    Returns:
      The `own.Own`; the loss's name, another one where the file has another loss only; and what
      `train_gan` takes of the file, a dict.
    """
    import functools

    from tf_cs231n.assignment import graphs
    from tf_cs231n.assignment.own import Own
    from tf_cs231n.gan import ARCHITECTURES

    prefix = "dcgan_" if architecture == "dcgan" else ""
    D, G = prefix + "discriminator", prefix + "generator"
    own = Own(path, "gan", [D, G, *_GAN_LOSSES.values()])
    if path is None:
        return own, loss, {}
    written = [name for name, f in _GAN_LOSSES.items() if f in own.functions]
    loss = loss if loss in written or not written else written[0]
    own.keep([D, G, _GAN_LOSSES.get(loss, loss)])
    echo(own.whose())
    arguments = {"discriminator": own.functions.get(D), "generator": own.functions.get(G)}
    function = own.functions.get(_GAN_LOSSES.get(loss))
    if function is not None:
        D = arguments["discriminator"] or ARCHITECTURES[architecture].discriminator

        @functools.wraps(function)
        def own_loss(*logits):  # `wgan_gp_loss` finds D outside, as in the course's notebook
            return graphs.call(function, *logits, discriminator=D)

        arguments["loss"] = own_loss
    return own, loss, arguments


def with_session(function, letters):
    """A learner's function of an image's gradient, whose result is checked.

    The course's functions take ``sess``, or find it outside, as they do in its notebook.

    Args:
      function: of (X, y, model), or of (y, model), and what it takes by name; model is that of
        the `networks.Network` that the result is called with.
      letters: of what it returns, as for `checks.shapes`: "N H W", after X (N, H, W, C).
    """
    import numpy as np

    from tf_cs231n import checks
    from tf_cs231n.assignment import graphs

    def call(*arguments, **options):
        X, model = arguments[0], arguments[-1]
        options.update(sess=model.sess, class_names=model.class_names)
        with np.errstate(all="ignore"):  # NaN is told below, once
            found = graphs.call(function, *arguments[:-1], model.model, **options)
        sizes = dict(zip("NHWC", X.shape)) if hasattr(X, "shape") else None
        return checks.array(f"what your {function.__name__} returns", found, letters, sizes)

    return call
