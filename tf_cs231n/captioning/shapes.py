"""The built-in captioned images: scenes of one to three shapes, rendered and described.

There is nothing to download, the captions are quick to learn, and since the scene is known, a
caption can be judged. The validation split holds combinations of objects that no training image
shows.
"""

import collections
import os
import re
import zlib

import numpy as np
from PIL import Image, ImageDraw

from tf_cs231n import datasets
from tf_cs231n.captioning import features
from tf_cs231n.captioning.shape_captions import COLORS, KINDS, SIZES, Shape, describe
from tf_cs231n.errors import InputError, short
from tf_cs231n.files import pretrained_dir
from tf_cs231n.images import resize

PREFIX = "shapes:"  # of the images' names
VERSION = 5  # increase it when scenes, drawing or captions change
CAPTION_LENGTH = 15  # words at most
IMAGE_SIZE = 64  # pixels a side
CAPTIONS_PER_SCENE = 5
_MAX_SCENES = 10**6
_HELD_OUT = 15  # percent of the combinations

_RADII = {"small": 0.11, "large": 0.2}
_RGB = {
    "red": (214, 39, 40),
    "green": (44, 150, 44),
    "blue": (31, 90, 200),
    "yellow": (240, 200, 20),
}

# scene: list of `Shape`; captions: list of str.
CaptionedScene = collections.namedtuple("CaptionedScene", "scene captions")


def make_scenes(num, split="train", seed=0):
    """Scenes with captions; the same seed gives the same ones on every machine.

    Args:
      num: the number of scenes.
      split: 'train' or 'val'. A combination of objects, such as {small red circle, large blue
        square}, belongs to one split only, so 'val' shows new combinations.
      seed: fixes scenes and wording.

    Returns:
      List of `CaptionedScene`; draw them with `render`.
    """
    rng = np.random.RandomState([seed, ["train", "val"].index(split)])
    made = []
    while len(made) < num:
        scene = _random_scene(rng)
        if split_of(scene) == split:
            captions = [describe(scene, rng) for _ in range(CAPTIONS_PER_SCENE)]
            made.append(CaptionedScene(scene, captions))
    return made


def split_of(scene):
    """'train' or 'val', by the sizes, colors and kinds of its shapes in any order and place."""
    combination = " ".join(sorted(f"{s.size} {s.color} {s.kind}" for s in scene))
    return "val" if zlib.crc32(combination.encode()) % 100 < _HELD_OUT else "train"


def _random_scene(rng):
    """One to three shapes, each somewhere in its own quarter of the image."""
    scene, quarters = [], rng.permutation(4)
    for _ in range(rng.choice([1, 1, 2, 2, 2, 3])):
        size, color, kind = (names[rng.randint(len(names))] for names in (SIZES, COLORS, KINDS))
        if scene and rng.rand() < 0.15:
            color, kind = scene[-1].color, scene[-1].kind  # or "two red circles" would be rare
        x, y = (np.array(divmod(quarters[len(scene)], 2)) + rng.uniform(0.42, 0.58, 2)) / 2
        scene.append(Shape(size, color, kind, x, y))
    return scene


def render(scene, size=IMAGE_SIZE):
    """Draw a scene: uint8 (size, size, 3), smooth edges on a light background."""
    fine = 4 * size  # drawn larger and shrunk, which smooths the edges
    image = Image.new("RGB", (fine, fine), (236, 236, 232))
    draw = ImageDraw.Draw(image)
    for shape in scene:
        x, y, r = fine * shape.x, fine * shape.y, fine * _RADII[shape.size]
        color = _RGB[shape.color]
        if shape.kind == "circle":
            draw.ellipse([x - r, y - r, x + r, y + r], fill=color)
        elif shape.kind == "square":
            draw.rectangle([x - 0.88 * r, y - 0.88 * r, x + 0.88 * r, y + 0.88 * r], fill=color)
        else:
            draw.polygon([(x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r)], fill=color)
    return resize(np.asarray(image), (size, size), "box")


def mask(shape, size=IMAGE_SIZE):
    """Where a scene's shape is drawn: bool (size, size)."""
    background, drawn = render([], size), render([shape], size)
    return (background != drawn).any(axis=-1)


def shapes_data(num_train=16000, num_val=500, seed=0, folder=None, progress=None):
    """The folder with the built-in data, in the course's layout; made if it is missing.

    Args:
      num_train, num_val: images of each split, at least 2 and 1; each has five captions.
      seed: fixes the images.
      folder: where to write; None: one in `files.pretrained_dir`, so that it is made only once.
      progress: None or a function called with (images done, total).

    Returns:
      The folder. Its ``urls`` are names for `open_image`.
    """
    from sessions import graph_session
    from tf_cs231n.captioning import prepare

    if folder is None:
        # The name holds what the features depend on: other settings make other data.
        made_for = "-".join(str(n) for n in features.made_for(IMAGE_SIZE))
        name = f"shapes-{num_train}-{num_val}-{seed}-{made_for}-{VERSION}"
        folder = os.path.join(pretrained_dir(), name)
    if all(os.path.isfile(path) for path in prepare.data_files(folder)):
        return folder
    data, texts, projection, done = {}, {}, None, 0
    with graph_session() as sess:
        extractor = features.ImageFeatures(sess, IMAGE_SIZE)
        for split, num in (("train", num_train), ("val", num_val)):
            made = make_scenes(num, split, seed)
            texts[split] = [scene.captions for scene in made]
            data[f"{split}_features"], _, _, projection = features.extract_features(
                extractor,
                [each.scene for each in made],
                render,
                projection,
                progress and (lambda n, done=done: progress(done + n, num_train + num_val)),
            )
            data[f"{split}_urls"] = [f"{PREFIX}{split}:{n}:{seed}" for n in range(num)]
            done += num
    data.update(prepare.encode_splits(texts, min_count=1, max_words=CAPTION_LENGTH))
    prepare.write_data(folder, data, projection, overwrite=True)
    return folder


def scenes_of(names):
    """The scenes of built-in images, by names such as ``shapes:val:17``; None for other names."""
    wanted = [_parse(name) if name.startswith(PREFIX) else None for name in names]
    most = collections.Counter()
    for split, number, seed in filter(None, wanted):
        most[split, seed] = max(most[split, seed], number + 1)
    made = {key: make_scenes(num, *key) for key, num in most.items()}
    return [made[key[0], key[2]][key[1]].scene if key else None for key in wanted]


_NAME = re.compile(PREFIX + r"(train|val):([0-9]{1,9})(?::([0-9]{1,9}))?")


def _parse(name):
    """``shapes:SPLIT:NUMBER`` or ``shapes:SPLIT:NUMBER:SEED`` to (split, number, seed)."""
    match = _NAME.fullmatch(name)
    if not match or int(match.group(2)) >= _MAX_SCENES:
        raise InputError(f"{short(name)}: expected {PREFIX}train:NUMBER or {PREFIX}val:NUMBER")
    split, number, seed = match.groups("0")
    return split, int(number), int(seed)


def open_image(name):
    """`datasets.open_image`, where ``shapes:val:17`` names a built-in image."""
    if isinstance(name, str) and name.startswith(PREFIX):
        return render(scenes_of([name])[0])
    return datasets.open_image(name)
