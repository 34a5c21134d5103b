"""Style transfer, feature inversion and texture synthesis: minimize a loss over the pixels.

    L(x) = L_content(x) + L_style(x) + L_tv(x)

x are the pixels of the image being made; the network is SqueezeNet with fixed weights. What the
image shows is in its features, how it is painted in their Gram matrices. Without a style this is
feature inversion, without a content texture synthesis.

In this order: the losses; the course's settings; the three tasks; the loop.

Source: Gatys, Ecker, Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks", in
the course's form: sums of squares, not means; total variation as in Mahendran and Vedaldi 2015.
"""

import collections
import functools

import numpy as np

from tf_cs231n import checks, named
from tf_cs231n.compat import tf
from tf_cs231n.datasets import open_image
from tf_cs231n.images import load_image, preprocess_image
from tf_cs231n.interruption import stoppable
from tf_cs231n.ops.products import tall_square
from tf_cs231n.ops.tensors import shape_of, to_tensor
from tf_cs231n.pixels import colors, pyramid
from tf_cs231n.pixels.decorrelation import FRAME
from tf_cs231n.pixels.descent import descend
from tf_cs231n.pixels.inputs import find_weights, initial_pixels
from tf_cs231n.pixels.masks import load_mask, mask_features
from tf_cs231n.pixels.objective import Objective, PixelNetwork, shared_targets
from tf_cs231n.pixels.optimizers import OPTIMIZERS
from tf_cs231n.pixels.progress import PATIENCE, ImageProgress
from tf_cs231n.pixels.strips import WHOLE, StripObjective, StyleTargets
from tf_cs231n.squeezenet.architecture import MIN_SIZE, NUM_LAYERS

# --- The losses. All are minimized; NaN and infinity propagate. A shape that does not fit is an
# `InputError`, or TensorFlow's InvalidArgumentError where only the run knows it. ---


def content_loss(content_weight, content_current, content_original):
    """``content_weight * sum (F - P)^2``: how far the features are from the content's.

    Args:
      content_weight: scalar.
      content_current: features F of the image being made, Tensor (1, H, W, C).
      content_original: features P of the content image, the same shape.

    Returns:
      Scalar Tensor, at least 0.
    """
    return content_weight * _squared_difference(
        "N H W C", content_current=content_current, content_original=content_original
    )


def gram_matrix(features, normalize=True):
    """The Gram matrix ``G = F^T F`` of features, F of shape (H*W, C): which occur together.

    ``G[i, j] = sum over positions p of F[p, i] F[p, j]``. With the loss's gradient dG,
    ``dF = F (dG + dG^T)``: one plain product, where `tf.gradients` would make two, one of them
    transposed.

    Args:
      features: float Tensor (1, H, W, C), C known when the graph is built.
      normalize: divide by H*W*C.

    Returns:
      Tensor (C, C).
    """
    checks.shapes(features=(features, "1 H W C"))
    features = to_tensor("features", features)
    shape = shape_of(features)
    _, H, W, C = shape
    scale = 1 / (tf.cast(H * W, features.dtype) * C) if normalize else tf.ones((), features.dtype)

    @tf.custom_gradient
    def gram(features):
        F = tf.reshape(features, [-1, C])
        G = scale * tall_square(F)

        def gradient(dG):
            dF = tf.matmul(F, scale * (dG + tf.transpose(dG)))
            return tf.reshape(dF, shape)

        return G, gradient

    return gram(features)


def style_loss(feats, style_layers, style_targets, style_weights, gram=gram_matrix):
    """``sum over layers l of style_weights[l] * sum (G_l - A_l)^2``, G and A Gram matrices.

    Args:
      feats: list of the layers' features, Tensors (1, H, W, C).
      style_layers: list of indices into ``feats``.
      style_targets: for each of them the style image's normalized Gram matrix A (C, C).
      style_weights: for each of them a scalar.
      gram: the function that gives G.

    Returns:
      Scalar Tensor, at least 0.
    """
    checks.same_length(
        style_layers=style_layers, style_targets=style_targets, style_weights=style_weights
    )
    losses = [
        weight * _squared_difference("C C", gram_matrix=gram(feats[layer]), style_targets=A)
        for layer, A, weight in zip(style_layers, style_targets, style_weights)
    ]
    return tf.add_n(losses) if losses else tf.zeros(())


def tv_loss(img, tv_weight):
    """Total variation: ``tv_weight * (sum (x[i+1,j] - x[i,j])^2 + sum (x[i,j+1] - x[i,j])^2)``.

    Over all channels. Each difference d of neighbors a, b, ``d = b - a``, adds 2 d to the gradient
    of b and takes 2 d from that of a, where `tf.gradients` would pad slices.

    Args:
      img: float Tensor (1, H, W, 3), H and W at least 1.
      tv_weight: scalar.

    Returns:
      Scalar Tensor, at least 0.
    """
    checks.shapes(img=(img, "N H W C"))
    img = to_tensor("img", img)
    shape = shape_of(img)
    N, H, W, C = shape
    row = W * C

    @tf.custom_gradient
    def total_variation(img):
        # Two dimensions, rows of W*C numbers: long contiguous pieces are what slices are fast on.
        flat = tf.reshape(img, [N, H, row])
        down = flat[:, 1:] - flat[:, :-1]
        right = flat[:, :, C:] - flat[:, :, :-C]
        loss = 2 * tf.nn.l2_loss(down) + 2 * tf.nn.l2_loss(right)

        def gradient(dloss):
            no_row, no_column = tf.zeros([N, 1, row], img.dtype), tf.zeros([N, H, C], img.dtype)
            dimg = tf.concat([no_row, down], 1) - tf.concat([down, no_row], 1)
            dimg += tf.concat([no_column, right], 2) - tf.concat([right, no_column], 2)
            return tf.reshape(2 * dloss * dimg, shape)

        return loss, gradient

    return tv_weight * total_variation(img)


def _squared_difference(letters, **two):
    """``sum (F - P)^2`` of two Tensors or arrays of one shape, checked by its letters."""
    checks.shapes(**{name: (value, letters) for name, value in two.items()})
    F, P = two.values()
    return 2 * tf.nn.l2_loss(F - P)


LOSSES = named.functions(content_loss, gram_matrix, style_loss, tv_loss)


# --- The course's settings, named after the paintings they were made for: Kandinsky's
# Composition VII, Munch's The Scream, van Gogh's The Starry Night. ---

PRESETS = {
    name: {
        "image_size": 192,
        "style_size": style_size,
        "content_layer": 3,
        "content_weight": content_weight,
        "style_layers": (1, 4, 6, 7),
        "style_weights": style_weights,
        "tv_weight": tv_weight,
    }
    for name, style_size, content_weight, style_weights, tv_weight in [
        ("composition", 512, 5e-2, (20000, 500, 12, 1), 5e-2),
        ("scream", 224, 3e-2, (200000, 800, 12, 1), 2e-2),
        ("starry", 192, 6e-2, (300000, 1000, 15, 3), 2e-2),
    ]
}


# --- The three tasks. ---

# image: uint8 (H, W, 3), or (H, W, 4) with the content's alpha. pixels: preprocessed float32
# (H, W, 3). losses: of these pixels. history: of every evaluation at the last size, in order.
# stopped: the work was stopped before its end.
Result = collections.namedtuple("Result", "image pixels losses history evaluations stopped")


def style_transfer(
    content_image,
    style_image,
    image_size=None,
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
    max_evaluations=200,
    style_blend=None,
    masks=None,
    keep_colors="no",
    keep_alpha=True,
    reference_size=192,
    initial_size=256,
    seed=0,
    losses=None,
    callback=None,
    stop=None,
    weights="default",
    model=None,
    sess=None,
):
    """Paint the content image in the style of another.

    Images are files, arrays as `images.load_image` takes them, or `sample:NAME`, of any size and
    shape. A size is that of the shorter side in pixels, the longer in proportion.

    Args:
      content_image: what to show; None: nothing (texture synthesis).
      style_image: how to show it: an image or a list of them; None: no style (inversion).
      image_size: the size to work at, at least 32; None: the image's own, at most 1024.
      style_size: the size at which the style is seen, at least 32.
      content_layer, content_weight: a layer of SqueezeNet and its weight, or a list of each.
      style_layers, style_weights: layers of SqueezeNet, and the weight of each.
      tv_weight: of the total variation; more is smoother.
      init_random: start from noise, uniform in [0, 1] as in the course.
      init: where to start: 'content', 'noise', or an image; None: as ``init_random`` says.
      optimizer: 'lbfgs'; 'lbfgs-b', SciPy's; 'adam', the course's recipe.
      max_evaluations: of loss and gradient (iterations of Adam); with ``initial_size``, at the
        first size, and half as many at each size after it.
      style_blend: for each style its part in the style loss, relative to their sum; None: equal.
      masks: for each style an image of the content's own size, white where that style goes, or
        None: everywhere.
      keep_colors: 'luminance': work on lightness only and take the content's colors; 'match':
        first give the style the mean and covariance of the content's colors; 'no'.
      keep_alpha: give the image the content's transparency, where it has any.
      reference_size: the image size that weights and ``style_size`` are meant for. The sums of
        content and TV, which grow with the image, become means times their number of terms at
        this size; of a larger image the style, too, is seen larger, up to its own size. None:
        the course's plain sums, and ``style_size`` as it is.
      initial_size: begin at most this large and double up to ``image_size``; None: one size.
      seed: of the noise. The same seed gives the same image on the same machine.
      losses: a module or a dict: its functions replace those of `LOSSES` that have their names.
      callback: called with an `ImageProgress` after each evaluation.
      stop: an `interruption.Stop`, asked after each evaluation; None: Ctrl-C sets one.
      weights: of SqueezeNet, as for `load_squeezenet`.
      model: a `SqueezeNet` whose weights to use instead; sess: its session, as `find_session`.

    Returns:
      A `Result`; its image is that of the least loss, also if the work was stopped. Pixels that
      stick out where the content is smooth are left out of the image, not of its ``pixels``.

    Raises:
      InputError: an image that can't be read; a layer, weight, size, mask or name that does not
        fit; a loss that is not finite. Stopped: stopped before the first evaluation.
    """
    contents, styles = _as_list(content_image), _as_list(style_image)
    masks = _as_list(masks) or [None] * len(styles)
    blend = [1] * len(styles) if style_blend is None else _as_list(style_blend)
    content_layer, content_weight = _as_list(content_layer), _as_list(content_weight)
    style_layers, style_weights = _as_list(style_layers), _as_list(style_weights)
    sizes = {"image_size": image_size, "style_size": style_size}
    sizes.update(reference_size=reference_size, initial_size=initial_size)
    sizes = {name: size for name, size in sizes.items() if size is not None}
    checks.counts(least=MIN_SIZE, **sizes)
    checks.counts(max_evaluations=max_evaluations)
    checks.counts(least=0, seed=seed)
    checks.one_of(OPTIMIZERS, optimizer=optimizer)
    checks.one_of(colors.KEEP, keep_colors=keep_colors)
    for lists in (
        {"content_layer": content_layer, "content_weight": content_weight},
        {"style_layers": style_layers, "style_weights": style_weights},
        {"style_image": styles, "style_blend": blend, "masks": masks},
    ):
        checks.same_length(**lists)
    layers = named.each(content_layer=content_layer, style_layers=style_layers)
    factors = named.each(
        content_weight=content_weight, style_weights=style_weights, style_blend=blend
    )
    checks.one_of(range(NUM_LAYERS), **layers)
    checks.numbers(least=0, tv_weight=tv_weight, **factors)
    losses = named.functions(*vars(LOSSES).values(), losses=losses)
    by_strips = losses == LOSSES and not any(mask is not None for mask in masks)
    if losses.style_loss is style_loss:
        losses.style_loss = functools.partial(style_loss, gram=losses.gram_matrix)
    if init is None:
        init = "noise" if init_random or not contents else "content"

    content_layers = list(zip(content_layer, content_weight)) if contents else []
    style_layers = list(zip(style_layers, style_weights)) if styles else []
    shown = open_image(next(iter(contents + styles), None))
    sides = pyramid.level_sizes(image_size or pyramid.own_size(shown), initial_size)
    counts = pyramid.level_evaluations(max_evaluations, len(sides))
    images = [load_image(shown, size) for size in sides]
    pixels = initial_pixels(init, colors.of_content(images[0], keep_colors), seed)
    masks = [mask if mask is None else load_mask(mask, content_image) for mask in masks]
    styles = [open_image(style) for style in styles]
    last = max(layer for layer, _ in content_layers + style_layers)
    with stoppable(stop) as stop, PixelNetwork(find_weights(weights, model, sess), last) as network:
        stop.check()

        def objective(image):
            size = image.shape[:2]
            seen = [pyramid.resize_style(s, style_size, size, reference_size) for s in styles]
            if contents:
                seen = [colors.of_style(style, images[-1], keep_colors) for style in seen]
            gram = losses.gram_matrix
            style_terms = make_style_terms(network, seen, blend, masks, style_layers, gram)
            scaled = content_layers_at(size, content_layers, reference_size)
            tv = tv_weight * pyramid.sum_factor(size, reference_size)
            if by_strips and size[0] * size[1] > WHOLE:
                targets = StyleTargets(*shared_targets(style_layers, style_terms))
                return StripObjective(network, image, scaled, targets, tv, losses, Losses)
            content_terms = make_content_terms(network, image, scaled)
            terms = network, content_terms, style_terms, style_layers, tv, losses
            return Objective(network, size, functools.partial(image_losses, *terms))

        levels = [(image.shape[:2], count) for image, count in zip(images, counts)]
        # Adam, as the course runs it, leaves the content far behind before it comes back.
        patience = max(PATIENCE, max_evaluations) if optimizer == "adam" else PATIENCE
        progress = ImageProgress(levels, stop, callback, patience)
        frame = 0 if isinstance(init, str) and init == "noise" else FRAME
        minimize = OPTIMIZERS[optimizer]
        stopped = descend(objective, pixels, images, keep_colors, minimize, progress, frame)
    image = progress.image
    if contents:
        image = colors.without_specks(image, load_image(shown, min(image.shape[:2])))
    if keep_alpha and contents:
        image = colors.with_alpha_of(image, content_image)
    best, losses, history = progress.best, progress.best_losses, progress.history
    return Result(image, best, losses, history, progress.evaluation, stopped)


def invert_features(content_image, image_size=192, content_layer=3, content_weight=6e-2, **others):
    """Feature inversion: what a layer keeps of an image, from noise and without a style.

    The arguments are those of `style_transfer`, the defaults the course's; ``tv_weight`` 2e-2.

    Source: Mahendran and Vedaldi 2015, arXiv 1412.0035.
    """
    others = {"init": "noise", "tv_weight": 2e-2, **others}
    layer = {"content_layer": content_layer, "content_weight": content_weight}
    return style_transfer(content_image, None, image_size, **layer, **others)


def synthesize_texture(
    style_image,
    image_size=192,
    style_size=192,
    style_layers=(1, 4, 6, 7),
    style_weights=(300000, 1000, 15, 3),
    **others,
):
    """Texture synthesis: from noise, an image of the style image's shape with its texture.

    The arguments are those of `style_transfer`, the defaults the course's; ``tv_weight`` 2e-2.

    Source: Gatys, Ecker, Bethge 2015, arXiv 1505.07376.
    """
    others = {"tv_weight": 2e-2, **others}
    layers = {"style_layers": style_layers, "style_weights": style_weights}
    return style_transfer(None, style_image, image_size, style_size, **layers, **others)


# --- The loop: at each size, the loss of an image and the way down. ---

# One content layer: its index, its weight, the features to meet (1, H', W', C).
ContentTerm = collections.namedtuple("ContentTerm", "layer weight features")

# One style: its share of the style loss, a Gram matrix (C, C) for each style layer, and where it
# goes: a float mask (H, W) in 0..1, or None: everywhere.
StyleTerm = collections.namedtuple("StyleTerm", "share grams mask")

Losses = collections.namedtuple("Losses", "content style tv total")


def content_layers_at(size, content_layers, reference_size):
    """The list of (layer, weight) for an image of ``size``, from those for the reference size."""
    factor = functools.partial(pyramid.sum_factor, size, reference_size)
    return [(layer, weight * factor(layer)) for layer, weight in content_layers]


def make_content_terms(network, image, content_layers):
    """A `ContentTerm` of the content, uint8 (H, W, 3), for each (layer, weight)."""
    tensors = [network.layers[layer] for layer, _ in content_layers]
    features = network.run(tensors, preprocess_image(image))
    return [ContentTerm(*layer, target) for layer, target in zip(content_layers, features)]


def make_style_terms(network, styles, blend, masks, style_layers, gram=gram_matrix):
    """A `StyleTerm` for each style, uint8 (H, W, 3)."""
    terms = []
    for style, part, mask in zip(styles, blend, masks):
        with network.graph.as_default():
            grams = [gram(network.sized(layer, style.shape[:2])) for layer, _ in style_layers]
        share = part / (sum(blend) or 1)
        terms.append(StyleTerm(share, network.run(grams, preprocess_image(style)), mask))
    return terms


def image_losses(
    network, content_terms, style_terms, style_layers, tv_weight, functions, pixels, feats
):
    """`Losses` of pixels (1, H, W, 3) and the list of their features, Tensors."""
    content = tf.zeros(())
    for term in content_terms:
        original = network.constant(term.features)
        content += functions.content_loss(term.weight, feats[term.layer], original)
    style = styles_loss(pixels, feats, style_layers, style_terms, functions.style_loss)
    tv = functions.tv_loss(pixels, tv_weight)
    return Losses(content, style, tv, content + style + tv)


def styles_loss(pixels, feats, style_layers, style_terms, style_loss=style_loss):
    """The style loss of several styles: ``sum over styles of share * style_loss``.

    Those that go everywhere share one Gram matrix a layer and one mean target: the cost of one.
    """
    loss = tf.zeros(())
    layers, weights = zip(*style_layers) if style_layers else ([], [])
    everywhere = [style for style in style_terms if style.mask is None]
    if everywhere:
        _, scaled, means, constant = shared_targets(style_layers, everywhere)
        loss += style_loss(feats, layers, means, scaled) + np.float32(constant)
    for style in style_terms:
        if style.mask is not None:
            masked = mask_features(pixels, feats, layers, style.mask)
            scaled = [style.share * weight for weight in weights]
            loss += style_loss(masked, layers, style.grams, scaled)
    return loss


def _as_list(value):
    """None as an empty list, a list or tuple as a list, anything else as a list of one."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [] if value is None else list(values)


if __name__ == "__main__":
    from tf_cs231n.cli import main

    main("style")
