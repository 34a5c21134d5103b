"""Notebook 1 runs to its end on the reader's own data."""

import json
import os
import re

import numpy as np

from tf_cs231n.captioning import shapes
from tf_cs231n.captioning.prepare import prepare
from tf_cs231n.images import save_image

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def test_notebook_runs_on_data_with_one_caption_an_image(tmp_path):
    lines = ["file,caption"]
    for n, (scene, captions) in enumerate(shapes.make_scenes(12)):
        save_image(tmp_path / "images" / f"{n}.png", shapes.render(scene))
        lines.append(f"{n}.png,{captions[0]}")
    (tmp_path / "captions.csv").write_text("\n".join(lines))
    prepare(tmp_path / "images", tmp_path / "captions.csv", tmp_path / "data", image_size=64)

    with open(os.path.join(ROOT, "notebooks", "1_captioning.ipynb"), encoding="utf-8") as file:
        cells = [c for c in json.load(file)["cells"] if c["cell_type"] == "code"]
    names = {}
    for cell in cells:
        source = re.sub(r"^%.*$", "", "".join(cell["source"]), flags=re.MULTILINE)
        source = source.replace("DATA = None", f"DATA = {str(tmp_path / 'data')!r}")
        source = re.sub(r"^STEPS = \d+", "STEPS = 2", source, flags=re.MULTILINE)
        source = re.sub(r"num_epochs=\d+", "num_epochs=1", source)
        exec(source, names)
    assert np.asarray(names["heats"]).shape[1:] == (64, 64)
    assert len(names["held_out"].references[0]) == 1
