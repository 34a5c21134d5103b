"""Which network a command explains: SqueezeNet, or one's own from a file."""

import contextlib
import functools
import inspect

import click

from tf_cs231n import checks
from tf_cs231n.commands.explaining import printed_warnings
from tf_cs231n.commands.option_types import PATH, PIXELS, Count, NumberList, refuse_given
from tf_cs231n.terminal import echo

DEFAULT_SIZE = 224

_GRAPH_OPTIONS = (
    click.option(
        "--graph",
        type=PATH,
        metavar="PATH",
        help="Your own network instead: a frozen graph (.pb), a SavedModel's folder, or a"
        " checkpoint's .meta.",
    ),
    click.option("--input-tensor", metavar="NAME", help="Its images.  [default: the only one]"),
    click.option("--scores-tensor", metavar="NAME", help="Its scores.  [default: the only ones]"),
    click.option("--signature", metavar="NAME", help="Of a SavedModel.  [default: the only one]"),
    click.option(
        "--feed", multiple=True, metavar="NAME=VALUE", help="Another placeholder; repeatable."
    ),
    click.option("--labels", type=PATH, metavar="FILE", help="Its class names, one a line."),
    click.option(
        "--scale",
        type=NumberList(above=0),
        help="It takes SCALE (pixel - MEAN), pixels in 0..255; 1/255 is a number, too."
        "  [default: 1 or 1/255, as the graph tells]",
    ),
    click.option("--mean", type=NumberList(), help="One number, or one a channel.  [default: 0]"),
    click.option("--layout", type=click.Choice(["nhwc", "nchw"]), help="[default: as its shape]"),
    click.option("--bgr", is_flag=True, help="Its channels are blue, green, red."),
)
_OF_A_GRAPH = ("input_tensor", "scores_tensor", "signature", "feed", "labels", "scale", "mean")
_OF_A_GRAPH += ("layout", "bgr")


def network_options(command=None, size=True):
    """Give a command the options of its network; its function gets ``network``, to be opened.

    With ``network() as net`` it gets a `Network`. ``size``: whether it takes images of a size.
    """
    if command is None:
        return functools.partial(network_options, size=size)

    @functools.wraps(command)
    def chosen(*args, **arguments):
        names = ("weights", "graph", *_OF_A_GRAPH)
        options = {name: arguments.pop(name) for name in names}
        pixels = (arguments.pop if size else arguments.get)("size", None)
        network = functools.partial(_open, size=pixels, **options)
        if options["graph"] is None:
            checks.counts(PIXELS.least, **{"--size": pixels or DEFAULT_SIZE})
            refuse_given(_OF_A_GRAPH, "is for --graph; name your network's file there")
        else:
            refuse_given({"weights"}, "is for SqueezeNet; --graph has its own")
        return command(*args, network=network, **arguments)

    for option in reversed(_GRAPH_OPTIONS):
        chosen = option(chosen)
    chosen = click.option(
        "--weights", type=PATH, default="default", show_default=True, help="SqueezeNet's weights."
    )(chosen)
    if not size:
        return chosen
    return click.option(
        "--size",
        type=Count(),
        default=DEFAULT_SIZE,
        show_default=True,
        help="The shorter side, pixels.",
    )(chosen)


@contextlib.contextmanager
def _open(weights, graph, size, feed, **options):
    """A `Network` in a session of its own; the library's warnings are printed, each in a line."""
    from sessions import graph_session
    from tf_cs231n.pixels.scaling import SqueezeNetScaling
    from tf_cs231n.squeezenet import load_squeezenet

    with graph_session() as sess, printed_warnings():
        if graph is None:
            yield Network(load_squeezenet(sess, weights), SqueezeNetScaling(), size)
            return
        from tf_cs231n.graph_files import load_graph

        model = load_graph(graph, sess, feed=_feed(feed), **options)
        if model.size is not None:
            height, width = model.size
            refuse_given({"size"}, f"{graph} takes {width}x{height} pixels")
        echo(model.summary, err=True)
        yield Network(model, model.scaling, size, model)


def _feed(pairs):
    from tf_cs231n.errors import InputError

    for pair in pairs:
        if "=" not in pair:
            raise InputError(f"--feed: got {pair}, expected NAME=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)


class Network:
    """What the commands ask of a network; `graph_model.BoundModel` takes it, too.

    Attributes:
      model: the `SqueezeNet`, or the graph's model.
      image, scores, sess, features, score_of: as of a `GraphModel` or a `SqueezeNet`.
      class_names: tuple of K names.  scaling: between its input and pixels of 0..255.
    """

    def __init__(self, model, scaling, size, own=None):
        self.model = model
        self.image, self.scores, self.sess = model.image, model.scores, model.sess
        self.features = getattr(model, "features", None)
        self.score_of = getattr(model, "score_of", None)
        self.class_names, self.scaling = model.class_names, scaling
        self._size, self._own = size, own

    def load(self, source):
        """An image as the network sees it, uint8 (H, W, 3): its size, cut at the middle, gray."""
        import numpy as np

        from tf_cs231n.datasets import open_image

        shape = self._own and self._own.size
        image = _covering(open_image(source), shape) if shape else open_image(source, self._size)
        if self.scaling.channels == 1:
            levels = self.scaling.levels(self.scaling.preprocess(image))
            image = np.clip(np.round(levels), 0, 255).astype(np.uint8)
        return image

    def batch(self, *images):
        """Images of one size as the network takes them, (N, H, W, C)."""
        import numpy as np

        return self.scaling.preprocess(np.stack(images))

    def run(self, X, stop=None):
        """The scores (N, K) of a batch."""
        from tf_cs231n.graph_model import BoundModel

        return BoundModel(self).run(self.scores, X, stop=stop)

    def probabilities(self, scores):
        """Probabilities (N, K) of scores, which may be some already."""
        from tf_cs231n.graph_model import softmax

        return scores if self._own and self._own.probabilities else softmax(scores)

    def describe(self, scores, number=None):
        """'espresso 97.3%, score 37.9' of the scores (K,), as `labels.describe_prediction`."""
        from tf_cs231n.squeezenet import describe_prediction

        if not self._own or not self._own.probabilities:
            return describe_prediction(scores, number, self.class_names)
        number = int(scores.argmax()) if number is None else number
        return f"{self.class_names[number]} {scores[number]:.1%}"

    def levels(self, x):
        """Pixels in 0..255, not rounded: changes of a fooling image may be below one level."""
        return self.scaling.levels(x)

    def rounded(self, x):
        """Pixels as an image file has them, uint8."""
        import numpy as np

        return np.clip(np.round(self.levels(x)), 0, 255).astype(np.uint8)

    def baseline(self, name):
        """The pixel that stands for nothing: "mean", "black" or "white"."""
        from tf_cs231n.saliency import PIXEL_BOUNDS

        low, high = self.scaling.bounds if self._own else PIXEL_BOUNDS
        mean = self.scaling.middle if self._own else 0
        return {"mean": mean, "black": low, "white": high}[name]

    @property
    def unit(self):
        """One of 255 levels in the network's input, an array (C,)."""
        from tf_cs231n.saliency import PIXEL_LEVEL

        return self.scaling.unit if self._own else PIXEL_LEVEL

    def settings(self, function, given):
        """The arguments of a library function: those given, and what suits the network's pixels.

        Where the function's default is a length in SqueezeNet's input, it is as long in levels;
        a class visualization's steps and shifts also shrink with the image.
        """
        if self._own is None:
            return dict(given)
        from tf_cs231n.saliency import PIXEL_LEVEL

        parameters = inspect.signature(function).parameters
        ratio = float(self.unit.mean() / PIXEL_LEVEL.mean())
        H, W = size = self._own.size or (DEFAULT_SIZE, DEFAULT_SIZE)
        smaller = min(H, W) / DEFAULT_SIZE if "max_jitter" in parameters else 1
        factors = {"learning_rate": ratio * smaller, "l2_reg": ratio**-2}
        suited = {
            name: parameters[name].default * factors[name] for name in {*factors} & {*parameters}
        }
        if "max_jitter" in parameters:
            suited["max_jitter"] = int(round(parameters["max_jitter"].default * smaller))
        suited.update(unit=self.unit, bounds=self.scaling.bounds, size=size)
        return {**{k: v for k, v in suited.items() if k in parameters}, **given}


def _covering(image, shape):
    """The image resized to cover this height and width, and cut at the middle."""
    from tf_cs231n.images import resize

    H, W = shape
    h, w = image.shape[:2]
    factor = max(H / h, W / w)
    h, w = max(H, round(h * factor)), max(W, round(w * factor))
    image = resize(image, (h, w), "bilinear") if (h, w) != image.shape[:2] else image
    top, left = (h - H) // 2, (w - W) // 2
    return image[top : top + H, left : left + W]
