"""Notebooks 1 and 2 run to their ends on the reader's own data."""

import json
import os
import re

import numpy as np
from PIL import Image

from tf_cs231n.captioning import shapes
from tf_cs231n.captioning.prepare import prepare
from tf_cs231n.images import save_image
from tf_cs231n.squeezenet.architecture import NUM_CLASSES

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run_notebook(name, changes):
    """Run a notebook's cells, with each pattern replaced, once at least; return its names."""
    with open(os.path.join(ROOT, "notebooks", name), encoding="utf-8") as file:
        cells = [c for c in json.load(file)["cells"] if c["cell_type"] == "code"]
    source = "\n".join("".join(cell["source"]) for cell in cells)
    for pattern, text in {r"^%.*$": "", **changes}.items():
        source, found = re.subn(pattern, text, source, flags=re.MULTILINE)
        assert found, f"{name} has no {pattern}"
    names = {}
    exec(source, names)
    return names


def test_notebook_1_runs_on_data_with_one_caption_an_image(tmp_path):
    lines = ["file,caption"]
    for n, (scene, captions) in enumerate(shapes.make_scenes(12)):
        save_image(tmp_path / "images" / f"{n}.png", shapes.render(scene))
        lines.append(f"{n}.png,{captions[0]}")
    (tmp_path / "captions.csv").write_text("\n".join(lines))
    prepare(tmp_path / "images", tmp_path / "captions.csv", tmp_path / "data", image_size=64)
    names = run_notebook(
        "1_captioning.ipynb",
        {
            r"^DATA = None": f"DATA = {str(tmp_path / 'data')!r}",
            r"^STEPS = \d+": "STEPS = 2",
            r"num_epochs=\d+": "num_epochs=1",
        },
    )
    assert np.asarray(names["heats"]).shape[1:] == (64, 64)
    assert len(names["held_out"].references[0]) == 1


def test_notebook_2_runs_on_images_of_any_shape_and_mode(tmp_path, rng):
    modes = {
        "gray.png": ("L", (40, 90)),
        "clear.png": ("RGBA", (90, 40)),
        "one.jpg": ("RGB", (7, 7)),
    }
    for name, (mode, size) in modes.items():
        noise = rng.randint(256, size=(size[1], size[0], 4), dtype=np.uint8)
        Image.fromarray(noise).convert(mode).save(tmp_path / name)
    names = run_notebook(
        "2_network_visualisation.ipynb",
        {
            r"^IMAGES = .*$": f"IMAGES = {[str(tmp_path / name) for name in modes]!r}",
            r"size=224": "size=64",
            r"\(10, 50, 400\)": "(2, 3)",
            r"steps=25": "steps=3",
            r"\[1, 5, 13, 26\]": "[1]",
            r"num_iterations=80": "num_iterations=1",
        },
    )
    assert [m.shape for m in names["maps"]] == [x.shape[1:3] for x in names["X"]]
    assert [m.shape for m in names["maps"]] == [(144, 64), (64, 144), (64, 64)]
    assert all(f.scores.shape == (1, NUM_CLASSES) for f in names["fooled"])
