"""Compose the README's strip of results: six cells of one size, drawn pixel for pixel.

After `make demo` and `tf-cs231n gan train --architecture dcgan` (without that, the digits stay
those of the strip that is there):

.venv/bin/python scripts/make_strip.py [outputs] [docs/images/strip.png]
"""

import os
import sys
import textwrap

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image, ImageDraw, ImageFont

from sessions import graph_session
from tf_cs231n.captioning import evaluate, shapes
from tf_cs231n.captioning.explain import ImageCaptioner
from tf_cs231n.captioning.sampling import beam_search
from tf_cs231n.captioning.saved import load_captioner
from tf_cs231n.datasets import sample_image
from tf_cs231n.demo.captioning import NUM_TRAIN
from tf_cs231n.files import pretrained_dir
from tf_cs231n.gan_training.train import fixed_noise, load_sampler
from tf_cs231n.images import deprocess_image, load_image, preprocess_image, save_image
from tf_cs231n.norms import vector_norm
from tf_cs231n.plots.gan import tile
from tf_cs231n.plots.saliency import heat_overlay
from tf_cs231n.plots.theory import ORDERS, unit_balls
from tf_cs231n.saliency import compute_saliency_maps, create_class_visualization
from tf_cs231n.squeezenet import class_id, load_squeezenet

DIGITS = 6  # a row; at 28 pixels and a gap of 2 they fill a cell exactly
SIDE = DIGITS * 30 + 2
GAP, LABEL = 10, 36
SCENE = "shapes:val:7"


def square(image):
    """The middle square of an image, SIDE pixels wide and high."""
    H, W = image.shape[:2]
    side = min(H, W)
    top, left = (H - side) // 2, (W - side) // 2
    return load_image(np.ascontiguousarray(image[top : top + side, left : left + side]), SIDE)


def network_cells():
    cat = square(sample_image("cat"))
    with graph_session() as sess:
        model = load_squeezenet(sess)
        heat = compute_saliency_maps(preprocess_image(cat)[None], [class_id("Egyptian cat")], model)
        gorilla = create_class_visualization(
            class_id("gorilla"), model, decorrelate=True, contrast=0.2, seed=0
        )
    yield "saliency:\na cat", heat_overlay(cat, heat[0])
    yield "class visualization:\na gorilla", square(deprocess_image(gorilla[0]))


def digits_cell(strip, number):
    label, trained = "GAN: digits\nfrom noise", os.path.join(pretrained_dir(), "gan-dcgan-vanilla")
    if not os.path.exists(trained):
        left = GAP + number * (SIDE + GAP)
        return label, load_image(strip)[LABEL : LABEL + SIDE, left : left + SIDE]
    with graph_session() as sess:
        sampler, _ = load_sampler(trained, sess)
        samples = sampler.sample(fixed_noise(DIGITS**2, sampler.noise_dim))
    return label, tile(samples, columns=DIGITS, scale=1)


def caption_cell():
    data = shapes.shapes_data(num_train=NUM_TRAIN)
    saved = load_captioner(os.path.join(pretrained_dir(), f"captioner-{os.path.basename(data)}"))
    scene = shapes.open_image(SCENE)
    with graph_session() as sess:
        captioner = ImageCaptioner(saved, sess)
        best = beam_search(captioner.model, captioner.features, 16, beam_width=3).captions
        caption = sess.run(best, {captioner.image: preprocess_image(scene)[None]})[:, 0]
    return textwrap.fill(evaluate.texts_of(caption, saved.words)[0], 28), square(scene)


def unit_balls_cell():
    angles = np.linspace(0, 2 * np.pi, 721)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    with graph_session() as sess:
        lengths = sess.run([vector_norm(directions, p) for p in ORDERS])
    figure = unit_balls([1 / length for length in lengths])
    (axes,) = figure.axes
    for text in (axes.get_legend(), axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_visible(False)
    axes.tick_params(labelsize=6)
    axes.set_position([0.1, 0.08, 0.88, 0.9])
    figure.set_size_inches(SIDE / 100, SIDE / 100)
    figure.set_dpi(100)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return "unit balls of\nthe p-norms", np.asarray(canvas.buffer_rgba())[..., :3]


def compose(cells):
    """The cells side by side, each under its label of two lines, or of three smaller ones."""
    font_file = os.path.join(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    width = GAP + len(cells) * (SIDE + GAP)
    strip = Image.new("RGB", (width, LABEL + SIDE + GAP), "white")
    draw = ImageDraw.Draw(strip)
    for number, (label, image) in enumerate(cells):
        left = GAP + number * (SIDE + GAP)
        size, height, top = (12, 15, 3) if label.count("\n") < 2 else (10, 11, 1)
        font = ImageFont.truetype(font_file, size)
        for line, text in enumerate(label.split("\n")):
            draw.text((left, top + height * line), text, fill="black", font=font)
        assert image.shape == (SIDE, SIDE, 3), (label, image.shape)
        strip.paste(Image.fromarray(image), (left, LABEL))
    return np.asarray(strip)


def main(outputs="outputs", path="docs/images/strip.png"):
    saliency, visualization = network_cells()
    style = square(load_image(os.path.join(outputs, "palace-flower.png")))
    style = "style transfer:\na palace, a flower", style
    cells = [saliency, visualization, style]
    cells += [digits_cell(path, len(cells)), caption_cell(), unit_balls_cell()]
    save_image(path, compose(cells), overwrite=True)
    print(f"wrote {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
