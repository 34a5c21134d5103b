"""Style transfer, feature inversion and texture synthesis: minimise the losses over the pixels.

The loss is ``content + style + total variation``, each with its weight; the network's weights are
fixed, the pixels are what is learned. Without a style it is feature inversion, without a content
texture synthesis.
"""

import collections

import numpy as np

from sessions import find_session
from tf_cs231n.datasets import open_image
from tf_cs231n.errors import InputError, check_count, check_number, check_seed, one_of, shown
from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD, deprocess_image, preprocess_image
from tf_cs231n.interruption import interruptible
from tf_cs231n.squeezenet import SqueezeNet
from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.squeezenet.weights import default_checkpoint
from tf_cs231n.style_transfer import colors, settings
from tf_cs231n.style_transfer.objective import PixelNetwork
from tf_cs231n.style_transfer.optimizers import LBFGSMemory, find_optimizer, lbfgs
from tf_cs231n.style_transfer.progress import Progress
from tf_cs231n.style_transfer.pyramid import (
    level_evaluations,
    level_sizes,
    memory_size,
    resize_memory,
    resize_pixels,
)
from tf_cs231n.style_transfer.regions import load_mask
from tf_cs231n.style_transfer.targets import Targets

# Preprocessed pixels of black and white, for each channel.
LOW = (0 - SQUEEZENET_MEAN) / SQUEEZENET_STD
HIGH = (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD

# image: uint8 (H, W, 3), or (H, W, 4) with the content's alpha. pixels: preprocessed float32
# (H, W, 3). losses: of these pixels. history: of every evaluation at the last size, in order.
# stopped: Ctrl-C ended the work before its time.
Result = collections.namedtuple("Result", "image pixels losses history evaluations stopped")


def style_transfer(
    content_image,
    style_image,
    image_size=192,
    style_size=512,
    content_layer=3,
    content_weight=5e-2,
    style_layers=(1, 4, 6, 7),
    style_weights=(20000, 500, 12, 1),
    tv_weight=5e-2,
    init_random=False,
    *,
    init=None,
    optimizer="lbfgs",
    num_evaluations=200,
    style_shares=None,
    masks=None,
    keep_colors="no",
    keep_alpha=True,
    weights_at=None,
    start_size=None,
    seed=0,
    callback=None,
    weights="default",
    model=None,
    sess=None,
):
    """Paint the content picture in the style of another.

    Pictures are files, arrays as `images.load_image` takes them, or `sample:NAME`; their sizes and
    aspects are free. A size is that of the shorter side in pixels, the longer in proportion.

    Args:
      content_image: what to show; None: nothing (texture synthesis).
      style_image: how to show it: a picture or a list of them; None: no style (inversion).
      image_size, style_size: sizes to work at, at least 32.
      content_layer, content_weight: a layer of SqueezeNet and its weight, or a list of each.
      style_layers, style_weights: layers of SqueezeNet, and the weight of each.
      tv_weight: of the total variation; more is smoother.
      init_random: start from noise, uniform in [0, 1] as in the course.
      init: where to start: 'content', 'noise', or a picture; None: as ``init_random`` says.
      optimizer: 'lbfgs'; 'lbfgs-b', SciPy's; 'adam', the course's recipe.
      num_evaluations: of loss and gradient, which is iterations of Adam; at ``start_size``, half as
        many at each size after it.
      style_shares: of each style in the style loss; they are divided by their sum. None: equal.
      masks: for each style a picture of the content's own size, white where that style goes, or
        None: everywhere. A mask's size is the content's before resizing.
      keep_colors: 'luminance': work on lightness only and take the content's colours; 'match':
        first give the style the mean and covariance of the content's colours; 'no'.
      keep_alpha: give the picture the content's transparency, where it has any.
      weights_at: the size for which the content and TV weights are meant: their sums, which grow
        with the picture, are divided by their number of terms and multiplied by that at this size.
        None: the course's plain sums. The style loss is the same at every size as it is.
      start_size: begin at most this large and double up to ``image_size``; None: one size.
      seed: of the noise. The same seed gives the same picture on the same machine.
      callback: called with a `Progress` after each evaluation.
      weights: of SqueezeNet, as for `load_squeezenet`; not used with a ``model``.
      model: a `SqueezeNet` whose weights to use.
      sess: its session; None: as `sessions.find_session`.

    Returns:
      A `Result`; its picture is that of the least loss. After Ctrl-C it is the best so far.

    Raises:
      InputError: a picture that can't be read; a layer, weight, size, mask or name that does not
        fit; a model that is no SqueezeNet, or without a session; a loss that is not finite.

    Source: Gatys, Ecker, Bethge 2016, CVPR; the course's ``style_transfer``.
    """
    minimize = find_optimizer(optimizer)
    one_of("keep_colors", keep_colors, settings.KEEP_COLORS)
    content_layers = settings.weighted_layers(
        "content_layer", content_layer, "content_weight", content_weight
    )
    style_layers = settings.weighted_layers(
        "style_layers", style_layers, "style_weights", style_weights
    )
    tv_weight = check_number("tv_weight", tv_weight, 0)
    if weights_at is not None:
        settings.check_size("weights_at", weights_at)
    sizes = level_sizes(settings.check_size("image_size", image_size), start_size)
    counts = level_evaluations(check_count("num_evaluations", num_evaluations), len(sizes))
    seed = check_seed("seed", seed)
    if callback is not None and not callable(callback):
        raise InputError(f"callback: got {shown(callback)}, expected a function")
    style_images = [] if style_image is None else settings.as_list(style_image)
    shares = settings.style_shares(style_shares, len(style_images))
    if content_image is None:
        content_layers = []
        if not style_images:
            raise InputError("content_image, style_image: got neither; give at least one")
    if not style_images:
        style_layers = []
    if isinstance(init, str) and init == "content" and content_image is None:
        raise InputError("init: got 'content', but there is no content_image; use 'noise'")
    if init is None:
        init = "noise" if init_random or content_image is None else "content"

    pictures = {"content_image": content_image, "style_image": style_image, "masks": masks}
    start = {} if isinstance(init, str) else {"init": init}
    settings.check_pictures({**pictures, **start})
    masks = _read_masks(masks, style_images, content_image)
    shape_image = style_images[0] if content_image is None else content_image
    pictures = [open_image(shape_image, size) for size in sizes]
    settings.check_size("style_size", style_size)
    styles = [open_image(image, style_size) for image in style_images]
    if content_image is not None:
        styles = [_style_colors(style, pictures[-1], keep_colors) for style in styles]
    contents = [colors.gray(p) if keep_colors == "luminance" else p for p in pictures]
    pixels = _first_pixels(init, contents[0], seed)

    progress = Progress(sum(counts), callback)
    layers = [layer for layer, _ in content_layers + style_layers]
    with PixelNetwork(_read_arrays(weights, model, sess), max(layers)) as network:
        targets = Targets(network, content_layers, style_layers, tv_weight, weights_at)
        try:
            for style, share, mask in zip(styles, shares, masks):
                targets.add_style(style, share, mask)
            _descend(targets, pixels, pictures, contents, keep_colors, minimize, counts, progress)
            stopped = False
        except KeyboardInterrupt:
            if progress.best is None:
                raise
            stopped = True
    image = progress.picture
    if keep_alpha and content_image is not None:
        alpha = colors.read_alpha(content_image, image.shape[:2])
        image = image if alpha is None else np.dstack([image, alpha])
    best, losses, history = progress.best, progress.best_losses, progress.history
    return Result(image, best, losses, history, progress.evaluation, stopped)


def invert_features(content_image, image_size=192, content_layer=3, content_weight=6e-2, **others):
    """Feature inversion: what a layer keeps of a picture, from noise and without a style.

    The arguments are those of `style_transfer`, the defaults the course's; ``tv_weight`` 2e-2.

    Source: Mahendran and Vedaldi 2015, arXiv 1412.0035.
    """
    others = {"init": "noise", "tv_weight": 2e-2, **others}
    return style_transfer(
        content_image,
        None,
        image_size,
        content_layer=content_layer,
        content_weight=content_weight,
        **others,
    )


def synthesize_texture(
    style_image,
    image_size=192,
    style_size=192,
    style_layers=(1, 4, 6, 7),
    style_weights=(300000, 1000, 15, 3),
    **others,
):
    """Texture synthesis: from noise, a picture of the style picture's shape with its texture.

    The arguments are those of `style_transfer`, the defaults the course's; ``tv_weight`` 2e-2.

    Source: Gatys, Ecker, Bethge 2015, arXiv 1505.07376.
    """
    others = {"tv_weight": 2e-2, **others}
    return style_transfer(
        None,
        style_image,
        image_size,
        style_size,
        style_layers=style_layers,
        style_weights=style_weights,
        **others,
    )


@interruptible()
def _descend(targets, pixels, pictures, contents, keep_colors, minimize, counts, progress):
    """Minimise at each size in turn, from the best of the one before; the memory goes along."""
    memory = LBFGSMemory(memory_size(pixels.shape[:2]))
    for picture, content, count in zip(pictures, contents, counts):
        size, before = picture.shape[:2], pixels.shape[:2]
        if size != before:
            memory = resize_memory(memory, before, size)
            pixels = resize_pixels(pixels, size)
        reference = picture if keep_colors == "luminance" else None
        evaluate = progress.start(targets.objective(content), size, _finish(reference))
        options = {"memory": memory} if minimize is lbfgs else {}
        minimize(evaluate, pixels, LOW, HIGH, count, **options)
        pixels = progress.best


def _finish(chroma):
    """The function from pixels to a picture; ``chroma``: whose colours to take, or None."""

    def finish(pixels):
        picture = deprocess_image(pixels)
        return picture if chroma is None else colors.with_chroma_of(picture, chroma)

    return finish


def _first_pixels(init, content, seed):
    if isinstance(init, str) and init == "content":
        return preprocess_image(content)
    if isinstance(init, str) and init == "noise":
        rng = np.random.RandomState(seed)
        return rng.uniform(0, 1, content.shape).astype(np.float32)  # the course's
    start = open_image(init, min(content.shape[:2]))
    return resize_pixels(preprocess_image(start), content.shape[:2])


def _style_colors(style, content, keep_colors):
    if keep_colors == "match":
        return colors.match_colors(style, content)
    if keep_colors == "luminance":
        return colors.match_luma(colors.gray(style), colors.gray(content))
    return style


def _read_masks(masks, style_images, content_image):
    if masks is None:
        return [None] * len(style_images)
    masks = settings.as_list(masks)
    if content_image is None or len(masks) != len(style_images):
        raise InputError(
            f"masks: got {len(masks)}, expected one for each of {len(style_images)} styles, "
            "and a content picture"
        )
    size = open_image(content_image).shape[:2]
    return [None if mask is None else load_mask(mask, size) for mask in masks]


def _read_arrays(weights, model, sess):
    if model is None:
        return read_weights(default_checkpoint() if weights == "default" else weights)
    if not isinstance(model, SqueezeNet):
        raise InputError(f"model: got {shown(model)}, expected a SqueezeNet")
    return find_session(sess, model, model.image.graph).run(model.variables)
