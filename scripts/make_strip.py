"""Compose the README's strip of results from what `make demo` wrote.

.venv/bin/python scripts/make_strip.py [outputs] [docs/images/strip.png]
"""

import os
import sys

import numpy as np

from sessions import graph_session
from tf_cs231n.captioning import evaluate, shapes
from tf_cs231n.captioning.explain import ImageCaptioner
from tf_cs231n.captioning.sampling import beam_search
from tf_cs231n.captioning.saved import load_captioner
from tf_cs231n.datasets import sample_image
from tf_cs231n.demo.captioning import NUM_TRAIN
from tf_cs231n.files import pretrained_dir
from tf_cs231n.images import deprocess_image, load_image, preprocess_image
from tf_cs231n.plots import image_grid, save_figure
from tf_cs231n.plots.saliency import heat_overlay
from tf_cs231n.saliency import compute_saliency_maps, create_class_visualization
from tf_cs231n.squeezenet import class_id, load_squeezenet

SIDE = 224
SCENE = "shapes:val:7"


def square(picture):
    """The middle square of a picture, SIDE pixels a side."""
    H, W = picture.shape[:2]
    side = min(H, W)
    top, left = (H - side) // 2, (W - side) // 2
    return load_image(np.ascontiguousarray(picture[top : top + side, left : left + side]), SIDE)


def network_panels():
    cat = square(sample_image("cat"))
    with graph_session() as sess:
        model = load_squeezenet(sess)
        heat = compute_saliency_maps(preprocess_image(cat)[None], [class_id("Egyptian cat")], model)
        gorilla = create_class_visualization(
            class_id("gorilla"), model, decorrelate=True, contrast=0.2, seed=0
        )
    return {
        "saliency: a cat": heat_overlay(cat, heat[0]),
        "class visualisation:\na gorilla": deprocess_image(gorilla[0]),
    }


def caption_panel():
    data = shapes.shapes_data(num_train=NUM_TRAIN)
    folder = os.path.join(pretrained_dir(), f"captioner-{os.path.basename(data)}")
    saved = load_captioner(folder)
    picture = shapes.open_image(SCENE)
    with graph_session() as sess:
        captioner = ImageCaptioner(saved, sess)
        best = beam_search(captioner.model, captioner.features, 16, beam_width=3).captions
        caption = sess.run(best, {captioner.image: preprocess_image(picture)[None]})[:, 0]
    words = evaluate.texts_of(caption, saved.words)[0].split()
    middle = (len(words) + 1) // 2
    return {" ".join(words[:middle]) + "\n" + " ".join(words[middle:]): square(picture)}


def main(outputs="outputs", path="docs/images/strip.png"):
    panels = network_panels()
    panels["style transfer: a palace,\na flower"] = square(
        load_image(os.path.join(outputs, "palace-flower.png"))
    )
    digits = load_image(os.path.join(outputs, "gan_grid.png"))
    panels["GAN: digits from noise,\nhalf a minute's training"] = square(digits)
    panels.update(caption_panel())
    panels["unit balls of the p-norms"] = square(
        load_image(os.path.join(outputs, "unit_balls.png"))
    )
    save_figure(image_grid([list(panels.values())], [list(panels)], cell=1.9), path)
    print(f"wrote {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
