"""The built-in captioned pictures: scenes of one to three shapes, rendered and described.

Nothing to download, quick to learn, and since the scene is known, a caption can be judged. The
validation split holds combinations of objects that no training picture shows.
"""

import collections
import os
import zlib

import numpy as np
from PIL import Image, ImageDraw

from tf_cs231n.captioning import features
from tf_cs231n.captioning.shape_captions import (
    COLORS,
    KINDS,
    SIZES,
    Shape,
    check_scene,
    describe,
)
from tf_cs231n.datasets import open_image
from tf_cs231n.errors import (
    InputError,
    check_count,
    check_function,
    check_path,
    one_of,
    short,
    shown,
)
from tf_cs231n.files import pretrained_dir

PREFIX = "shapes:"  # of the pictures' names
VERSION = 5  # to be raised when scenes, drawing or captions change
MAX_WORDS = 15
PICTURE_SIZE = 64  # pixels a side
CAPTIONS_PER_PICTURE = 5
_MAX_PICTURES = 10**6
_HELD_OUT = 15  # per cent of the combinations

_RADII = {"small": 0.11, "large": 0.2}
_RGB = {
    "red": (214, 39, 40),
    "green": (44, 150, 44),
    "blue": (31, 90, 200),
    "yellow": (240, 200, 20),
}

# scene: list of `Shape`; captions: list of str.
Picture = collections.namedtuple("Picture", "scene captions")


def make_pictures(num, split="train", seed=0):
    """Scenes with captions; the same seed gives the same ones on every machine.

    Args:
      num: how many.
      split: 'train' or 'val'. A combination of objects, such as {small red circle, large blue
        square}, belongs to one split alone, so what 'val' shows is new in combination.
      seed: of scenes and wording.

    Returns:
      List of `Picture`; render them with `render`.
    """
    num = check_count("num", num, most=_MAX_PICTURES)
    seed = check_count("seed", seed, 0, 2**32 - 1)
    rng = np.random.RandomState(
        [seed, ["train", "val"].index(one_of("split", split, ["train", "val"]))]
    )
    pictures = []
    while len(pictures) < num:
        scene = _random_scene(rng)
        if split_of(scene) == split:
            captions = [describe(scene, rng) for _ in range(CAPTIONS_PER_PICTURE)]
            pictures.append(Picture(scene, captions))
    return pictures


def split_of(scene):
    """'train' or 'val', by its shapes' sizes, colours and kinds, whatever their order and place."""
    combination = " ".join(sorted(f"{s.size} {s.color} {s.kind}" for s in check_scene(scene)))
    return "val" if zlib.crc32(combination.encode()) % 100 < _HELD_OUT else "train"


def _random_scene(rng):
    """One to three shapes, each somewhere in its own quarter of the picture."""
    scene, quarters = [], rng.permutation(4)
    for _ in range(rng.choice([1, 1, 2, 2, 2, 3])):
        size, color, kind = (names[rng.randint(len(names))] for names in (SIZES, COLORS, KINDS))
        if scene and rng.rand() < 0.15:
            color, kind = scene[-1].color, scene[-1].kind  # or "two red circles" would be rare
        x, y = (np.array(divmod(quarters[len(scene)], 2)) + rng.uniform(0.42, 0.58, 2)) / 2
        scene.append(Shape(size, color, kind, x, y))
    return scene


def render(scene, size=PICTURE_SIZE):
    """Draw a scene: uint8 (size, size, 3), smooth edges on a light ground."""
    check_scene(scene)
    size = check_count("size", size, most=4096)
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
    return np.asarray(image.resize((size, size), Image.BOX))


def shapes_data(num_train=16000, num_val=500, seed=0, folder=None, progress=None):
    """The folder with the built-in data, in the course's layout; made if it is missing.

    Args:
      num_train, num_val: pictures of each split, at least 2 and 1; each has five captions.
      seed: of the pictures.
      folder: where; None: one in `files.pretrained_dir`, so that it is made once.
      progress: None or a function called with (pictures done, pictures in all).

    Returns:
      The folder. Its ``urls`` are names for `open_picture`.
    """
    from sessions import graph_session
    from tf_cs231n.captioning import prepare

    num_train = check_count("num_train", num_train, 2, _MAX_PICTURES)  # a PCA needs two
    num_val = check_count("num_val", num_val, most=_MAX_PICTURES)
    seed = check_count("seed", seed, 0, 2**32 - 1)
    check_function("progress", progress, optional=True)
    if folder is not None:
        folder = check_path("folder", folder)
    else:
        # The name holds what the features depend on: other settings make other data.
        made_for = "-".join(str(n) for n in features.made_for(PICTURE_SIZE))
        name = f"shapes-{num_train}-{num_val}-{seed}-{made_for}-{VERSION}"
        folder = os.path.join(pretrained_dir(), name)
    if all(os.path.isfile(path) for path in prepare.data_files(folder)):
        return folder
    data, texts, projection, done = {}, {}, None, 0
    with graph_session() as sess:
        extractor = features.ImageFeatures(sess, PICTURE_SIZE)
        for split, num in (("train", num_train), ("val", num_val)):
            pictures = make_pictures(num, split, seed)
            texts[split] = [picture.captions for picture in pictures]
            data[f"{split}_features"], _, _, projection = features.extract_features(
                extractor,
                [picture.scene for picture in pictures],
                render,
                projection,
                progress and (lambda n, done=done: progress(done + n, num_train + num_val)),
            )
            data[f"{split}_urls"] = [f"{PREFIX}{split}:{n}:{seed}" for n in range(num)]
            done += num
    data.update(prepare.encode_splits(texts, min_count=1, max_words=MAX_WORDS))
    prepare.write_data(folder, data, projection, overwrite=True)
    return folder


def scenes_of(names):
    """The scenes of built-in pictures, by names such as ``shapes:val:17``; None for other names."""
    wanted = [_parse(name) for name in names]
    most = collections.Counter()
    for key in filter(None, wanted):
        most[key[0], key[2]] = max(most[key[0], key[2]], key[1] + 1)
    made = {key: make_pictures(num, *key) for key, num in most.items()}
    return [made[key[0], key[2]][key[1]].scene if key else None for key in wanted]


def _parse(name):
    """``shapes:SPLIT:NUMBER`` or ``shapes:SPLIT:NUMBER:SEED`` to (split, number, seed), or None."""
    if not isinstance(name, str):
        raise InputError(f"names: got {shown(name)}, expected a text such as {PREFIX}val:17")
    if not name.startswith(PREFIX):
        return None
    parts = name[len(PREFIX) :].split(":")
    numbers = parts[1:]
    if parts[0] not in ("train", "val") or len(numbers) not in (1, 2):
        numbers = [""]
    # isdecimal: of "²" isdigit holds and int fails; fewer digits than int refuses to read.
    whole = all(number.isdecimal() and len(number) < 11 for number in numbers)
    if not whole or int(numbers[0]) >= _MAX_PICTURES:
        raise InputError(f"{short(name)}: expected {PREFIX}train:NUMBER or {PREFIX}val:NUMBER")
    return parts[0], int(numbers[0]), int(numbers[1]) if len(numbers) == 2 else 0


def open_picture(name):
    """`datasets.open_image`, where ``shapes:val:17`` names a built-in picture."""
    if isinstance(name, str) and name.startswith(PREFIX):
        return render(scenes_of([name])[0])
    return open_image(name)
