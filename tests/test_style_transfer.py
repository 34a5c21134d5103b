"""Whole style transfers, on small sample images with the default weights."""

import numpy as np
import pytest
from soak import cases

from sessions import graph_session
from tf_cs231n import style_transfer as library
from tf_cs231n.assignment.solutions import style_transfer as plain
from tf_cs231n.compat import tf
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import deprocess_image, load_image, preprocess_image
from tf_cs231n.interruption import Stop, Stopped
from tf_cs231n.pixels import pyramid, strips
from tf_cs231n.squeezenet import load_squeezenet
from tf_cs231n.squeezenet.architecture import layer_size
from tf_cs231n.style_transfer import (
    PRESETS,
    content_loss,
    gram_matrix,
    invert_features,
    style_loss,
    style_transfer,
    synthesize_texture,
    tv_loss,
)

SMALL = {"image_size": 40, "style_size": 36, "max_evaluations": 6}


def transfer(content="sample:palace", style="sample:tissue", **options):
    return style_transfer(content, style, **{**SMALL, **options})


def test_losses_reported_are_those_of_the_definitions_on_the_model():
    s = PRESETS["starry"]
    result = transfer(**{**s, **SMALL}, reference_size=None)
    content = preprocess_image(sample_image("palace", 40))[None]
    style = preprocess_image(sample_image("tissue", 36))[None]
    with graph_session() as sess:
        model = load_squeezenet(sess)
        layers = s["style_layers"]
        grams = sess.run([gram_matrix(model.layers[n]) for n in layers], {model.image: style})
        features = sess.run(model.layers[3], {model.image: content})
        parts = [
            content_loss(s["content_weight"], model.layers[3], features),
            style_loss(model.layers, layers, grams, s["style_weights"]),
            tv_loss(model.image, s["tv_weight"]),
        ]
        expected = sess.run(parts + [sum(parts)], {model.image: result.pixels[None]})
    np.testing.assert_allclose(result.losses, expected, rtol=1e-4)
    assert result.losses.total == min(losses.total for losses in result.history)
    assert result.losses.total < 0.7 * result.history[0].total


@pytest.mark.parametrize("optimizer", ["lbfgs", "lbfgs-b", "adam"])
def test_the_same_seed_gives_the_same_bytes(optimizer):
    options = {"optimizer": optimizer, "init_random": True}
    first, again = transfer(**options), transfer(**options)
    assert first.pixels.tobytes() == again.pixels.tobytes()
    assert first.history == again.history
    other = transfer(seed=1, **options)
    assert other.pixels.tobytes() != first.pixels.tobytes()


def test_a_models_own_weights_are_used_and_its_graph_stays_as_it_is():
    with graph_session() as sess:
        model = load_squeezenet(sess)
        plain = transfer()
        before = len(sess.graph.get_operations())
        same = transfer(model=model, sess=sess)
        assert len(sess.graph.get_operations()) == before
        assert same.pixels.tobytes() == plain.pixels.tobytes()
        sess.run(tf.assign(model.variables["features/layer0/bias"], np.ones(64, np.float32)))
        assert transfer(model=model).pixels.tobytes() != plain.pixels.tobytes()


@pytest.mark.parametrize("shapes", [((50, 33), (34, 90)), ((32, 77), (60, 32))])
def test_any_two_sizes_go_together(rng, shapes):
    content, style = (rng.randint(0, 256, (*shape, 3)).astype(np.uint8) for shape in shapes)
    result = transfer(content, style)
    H, W = shapes[0]
    assert result.image.shape == (H * 40 // min(H, W), W * 40 // min(H, W), 3)
    assert result.image.dtype == np.uint8


def test_the_first_evaluation_is_of_the_start_asked_for():
    content = preprocess_image(sample_image("palace", 40))
    starts = {"content": content, "sample:palace": content}
    starts["noise"] = np.random.RandomState(5).uniform(0, 1, content.shape)
    for init, expected in starts.items():
        result = transfer(init=init, max_evaluations=1, seed=5)
        np.testing.assert_allclose(result.pixels, expected, atol=1e-6)
        assert result.evaluations == 1


def test_inversion_comes_near_the_image_and_texture_near_its_gram_matrices():
    content = sample_image("palace", 40).astype(float)
    before = invert_features("sample:palace", 40, content_layer=1, max_evaluations=1)
    after = invert_features("sample:palace", 40, content_layer=1, max_evaluations=30)
    error = [np.abs(r.image - content).mean() for r in (before, after)]
    assert after.losses.style == 0 and error[1] < 0.5 * error[0]
    texture = synthesize_texture("sample:tissue", 40, 40, max_evaluations=30)
    assert texture.losses.content == 0
    assert texture.losses.style < 0.1 * texture.history[0].style


def test_several_styles_share_the_loss_as_their_blend_says():
    both = {"style": ["sample:tissue", "sample:flower"], "max_evaluations": 1, "tv_weight": 0}
    alone = [transfer(style=name, max_evaluations=1).losses.style for name in both["style"]]
    for blend in (None, [1, 1], [3, 1], [0, 2]):
        parts = np.array([1, 1] if blend is None else blend, float)
        expected = parts @ alone / parts.sum()
        assert transfer(style_blend=blend, **both).losses.style == pytest.approx(expected, rel=1e-4)


def test_a_white_mask_is_no_mask_and_a_half_one_changes_its_half(rng):
    content = sample_image("palace")
    white = np.full(content.shape[:2], 255, np.uint8)
    plain, masked = transfer(content), transfer(content, masks=[white])
    assert masked.losses.style == pytest.approx(plain.losses.style, rel=1e-3)
    left = white.copy()
    left[:, content.shape[1] // 2 :] = 0
    options = {"style_weights": (300000, 1000, 15, 3), "content_weight": 0, "tv_weight": 0}
    result = transfer(content, masks=[left], max_evaluations=12, **options)
    change = np.abs(result.pixels - preprocess_image(sample_image("palace", 40))).mean(axis=(0, 2))
    half = len(change) // 2
    assert change[: half - 8].mean() > 10 * change[half + 8 :].mean()


def test_a_reference_size_makes_the_sums_of_that_size():
    # Of noise, a sum over features or neighbours grows with their number and nothing else.
    losses = {}
    for size in (64, 128):
        noise = np.random.RandomState(0).randint(0, 256, (size, size, 3)).astype(np.uint8)
        options = {"image_size": size, "init": "noise", "max_evaluations": 1}
        for at in (None, 64):
            losses[size, at] = transfer(noise, reference_size=at, **options).losses
    assert losses[64, 64] == pytest.approx(losses[64, None], rel=1e-6)
    for part in ("content", "tv"):
        plain = getattr(losses[128, None], part) / getattr(losses[64, None], part)
        assert plain > 3.5
        meant = getattr(losses[128, 64], part) / getattr(losses[64, 64], part)
        assert meant == pytest.approx(1, abs=0.15)


def test_an_image_keeps_its_own_size_up_to_1024_pixels():
    content = sample_image("palace", 45)
    assert transfer(content, image_size=None).image.shape == content.shape
    sides = {(4, 9): 32, (427, 640): 427, (3000, 1024): 1024, (2000, 1600): 1024}
    for size, side in sides.items():
        assert pyramid.own_size(np.zeros((*size, 3), np.uint8)) == side


def test_a_style_grows_with_the_image_up_to_its_own_size():
    style = sample_image("palace")  # 640x427
    for size, reference, side in [
        (100, 192, 90),
        (192, 192, 90),
        (384, 192, 180),
        (1600, 192, 427),
    ]:
        seen = pyramid.resize_style(style, 90, (size + 7, size), reference)
        np.testing.assert_array_equal(seen, load_image(style, side))
    assert pyramid.resize_style(style, 500, (1600, 1600), 192).shape[0] == 500  # as asked for
    assert pyramid.resize_style(style, 90, (1600, 1600), None).shape[0] == 90


def test_a_large_image_is_as_styled_as_a_small_one():
    # Four times the side. Of plain sums the content's is 16 times as large, the style's is not.
    options = {**PRESETS["starry"], "style_size": 36, "max_evaluations": 20}
    small = transfer(**{**options, "image_size": 36}, reference_size=36)
    options["image_size"] = 144
    large = transfer(**options, reference_size=36, initial_size=36)
    plain = transfer(**options, reference_size=None, initial_size=None)
    assert large.losses.style < small.losses.style < 0.8 * plain.losses.style
    change = [np.abs(r.image - sample_image("palace", len(r.image)).astype(float)).mean()
              for r in (small, large)]  # fmt: skip
    assert change[0] < change[1]


def test_a_large_image_goes_in_strips_unless_masks_or_losses_need_it_whole(monkeypatch):
    sizes = []

    class Strips(strips.StripObjective):
        def __init__(self, network, image, *others):
            sizes.append(image.shape[:2])
            super().__init__(network, image, *others)

    whole = transfer()
    monkeypatch.setattr(library, "StripObjective", Strips)
    monkeypatch.setattr(library, "WHOLE", 40 * 59 - 1)
    result = transfer()
    np.testing.assert_allclose(result.losses, whole.losses, rtol=1e-3)
    assert sizes == [(40, 59)]
    white = np.full(sample_image("palace").shape[:2], 255, np.uint8)
    transfer(masks=[white], max_evaluations=1)
    transfer(losses={"tv_loss": lambda img, tv_weight: tf.zeros(())}, max_evaluations=1)
    assert len(sizes) == 1


def test_style_that_does_not_fall_is_reported(recwarn):
    transfer(max_evaluations=22)
    assert not [w for w in recwarn if "style" in str(w.message)]
    with pytest.warns(RuntimeWarning, match="evaluations the style loss is 100% .* content_weight"):
        transfer(content_weight=1e6, max_evaluations=22)


def test_coarse_to_fine_ends_at_the_size_and_below_the_loss_of_a_cold_start():
    options = {"image_size": 96, "reference_size": 96, "init": "noise"}
    sizes = []
    warm = transfer(
        initial_size=50,
        max_evaluations=30,
        callback=lambda p: sizes.append(p.size[0]),
        **options,
    )
    assert sorted(set(sizes)) == [48, 96] and sizes == sorted(sizes)
    assert warm.image.shape[0] == 96
    cold = transfer(**{**options, "max_evaluations": len(warm.history)})
    assert warm.losses.total < cold.losses.total


def test_colors_of_the_content_are_kept(rng):
    content = sample_image("palace", 40)
    luminance = transfer(keep_colors="luminance").image
    inside = ((luminance > 0) & (luminance < 255)).all(axis=2)  # where nothing was clipped
    chroma = [np.diff(p[inside].astype(int), axis=1) for p in (luminance, content)]
    assert inside.mean() > 0.5 and np.abs(chroma[0] - chroma[1]).max() <= 3
    away = [
        np.abs(transfer(keep_colors=k, content_weight=0).image.mean((0, 1)) - content.mean((0, 1)))
        for k in ("match", "no")
    ]
    assert away[0].sum() < away[1].sum()


def test_alpha_of_the_content_is_kept_unless_told_otherwise():
    content = sample_image("palace", 40)
    rgba = np.dstack([content, np.full(content.shape[:2], 255, np.uint8)])
    assert transfer(rgba).image.shape[2] == 3  # opaque all over
    rgba[:20, :, 3] = 0
    image = transfer(rgba).image
    assert image.shape[2] == 4 and (image[:18, :, 3] == 0).all() and (image[22:, :, 3] == 255).all()
    assert transfer(rgba, keep_alpha=False).image.shape[2] == 3


def test_callback_sees_losses_by_part_and_the_best_image():
    seen = []

    def callback(progress):
        assert progress.max_evaluations == 6
        content, style, tv, total = progress.losses
        assert total == pytest.approx(content + style + tv, rel=1e-5)
        seen.append((progress.evaluation, progress.image))

    result = transfer(callback=callback)
    assert [evaluation for evaluation, _ in seen] == list(range(1, result.evaluations + 1))
    np.testing.assert_array_equal(seen[-1][1], result.image)
    np.testing.assert_array_equal(result.image, deprocess_image(result.pixels))


@pytest.mark.parametrize("optimizer", ["lbfgs", "lbfgs-b", "adam"])
def test_a_stop_gives_the_best_image_so_far(optimizer):
    stop = Stop()

    def callback(progress):
        if progress.evaluation == 4:
            stop.request()

    result = transfer(callback=callback, stop=stop, optimizer=optimizer)
    assert result.stopped and result.evaluations == 4
    assert result.losses.total == min(losses.total for losses in result.history)
    assert not transfer().stopped


def test_stopped_before_the_first_evaluation_there_is_no_image():
    stop = Stop()
    stop.request()
    with pytest.raises(Stopped):
        transfer(stop=stop)


def test_a_loss_that_is_not_finite_is_reported_with_its_evaluation(raises_one_line):
    with raises_one_line("not finite", "evaluation 1"):
        transfer(tv_weight=1e38, init="noise")


BAD = [
    ({"content_layer": 13}, ["content_layer", "13", "0, 1, 2"]),
    ({"style_layers": (1, 99, 6, 7)}, ["style_layers[1]", "99"]),
    ({"style_weights": (1, 2)}, ["4 style_layers", "2 style_weights"]),
    ({"content_weight": (1, 2)}, ["1 content_layer", "2 content_weight"]),
    ({"style_weights": (1, -2, 1, 1)}, ["style_weights", "-2"]),
    ({"tv_weight": float("nan")}, ["tv_weight", "nan"]),
    ({"image_size": 31}, ["image_size", "31", "32"]),
    ({"style_size": 8}, ["style_size", "8"]),
    ({"max_evaluations": 0}, ["max_evaluations", "0"]),
    ({"optimizer": "sgd"}, ["optimizer", "sgd", "lbfgs", "adam"]),
    ({"keep_colors": "yes"}, ["keep_colors", "luminance"]),
    ({"style_blend": [1, 2]}, ["1 style_image", "2 style_blend"]),
    ({"style_blend": [-1]}, ["style_blend[0]", "-1"]),
    ({"seed": -1}, ["seed", "-1"]),
    ({"masks": [np.zeros((9, 9), np.uint8)]}, ["mask", "9x9", "640x427"]),
    ({"masks": [None, None]}, ["1 style_image", "2 masks"]),
    ({"masks": [np.zeros((427, 640), np.uint8)]}, ["masks", "black"]),
    ({"content": "no-such.png"}, ["no-such.png", "no such file"]),
    ({"content": None, "style": None}, ["None", "expected an image"]),
    ({"initial_size": 5}, ["initial_size", "5"]),
    ({"reference_size": 1}, ["reference_size", "1"]),
]


@pytest.mark.parametrize("options, words", BAD, ids=[" ".join(words[:2]) for _, words in BAD])
def test_a_mistake_is_one_clear_line(raises_one_line, options, words):
    with raises_one_line(*words):
        transfer(**options)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_200_evaluations_end_at_three_quarters_of_the_courses_recipe(preset):
    settings = dict(PRESETS[preset])
    settings["image_size"] = cases(settings["image_size"] // 2, settings["image_size"])
    recipe = style_transfer("sample:palace", "sample:tissue", optimizer="adam", **settings)
    ours = style_transfer("sample:palace", "sample:tissue", **settings)
    # The recipe's own last loss, not its least.
    assert ours.evaluations <= 200
    assert ours.losses.total <= 0.75 * recipe.history[-1].total
    first = next(i for i, x in enumerate(ours.history) if x.total <= recipe.losses.total)
    assert first < 40  # evaluations to the least loss that the recipe ever had


# --- Losses of the caller's own ---


def test_losses_written_otherwise_give_the_same_image_and_one_alone_works_with_ours():
    ours, theirs = transfer(), transfer(losses=plain)
    np.testing.assert_allclose(ours.history[0], theirs.history[0], rtol=1e-4)
    # Unnormalized Gram matrices are H W C times as large, for both images of one size.
    gram = {"gram_matrix": lambda features: plain.gram_matrix(features, normalize=False)}
    layer = {"style_layers": 1, "style_weights": 1, "style_size": 40}
    square = {"content": "sample:coffee", "style": "sample:coffee", "max_evaluations": 1, **layer}
    normal = transfer(init="noise", tv_weight=0, **square).losses.style
    larger = transfer(init="noise", tv_weight=0, losses=gram, **square).losses.style
    H, W = layer_size(1, transfer(**square).image.shape[:2])
    assert larger == pytest.approx(normal * (H * W * 64) ** 2, rel=1e-3)


def test_a_planted_mistake_changes_the_image():
    doubled = {"content_loss": lambda weight, F, P: weight * tf.reduce_sum(tf.abs(F - P))}
    assert not np.array_equal(transfer(losses=doubled).image, transfer().image)


@pytest.mark.parametrize(
    "losses, words",
    [
        ({"tvloss": tv_loss}, ["losses", "'tvloss'", "tv_loss"]),
        ({"tv_loss": 3}, ["losses, tv_loss", "got 3"]),
        (np, ["losses", "content_loss, gram_matrix, style_loss, tv_loss"]),
        ({"tv_loss": lambda img, weight: tf.square(img)}, ["tv_loss", "(1, 40, 59, 3)"]),
    ],
)
def test_what_is_no_loss_is_refused(losses, words, raises_one_line):
    with raises_one_line(*words):
        transfer(losses=losses)
