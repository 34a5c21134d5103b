"""Which images are for training and which for validation, and what of one the other holds too."""

import collections
import os
import unicodedata

import numpy as np

from tf_cs231n.captioning.caption_files import SPLIT_COLUMN
from tf_cs231n.captioning.near_copies import near_copies
from tf_cs231n.captioning.words import tokenize
from tf_cs231n.errors import InputError

FOLDER = "folder"  # the group of images that lie in one folder

# What files call the splits; None: neither trains nor validates.
_NAMES = {
    **dict.fromkeys(["train", "training", "restval"], "train"),
    **dict.fromkeys(["val", "valid", "validation", "dev"], "val"),
    **dict.fromkeys(["test", "testing"], None),
}

# near_copies: how many validation images; equal: how many validation captions, of how many.
Leaks = collections.namedtuple("Leaks", "near_copies equal captions")


def split_images(names, cells, val_fraction=0.1, seed=0, group=None):
    """Names of images, shuffled, as ``{"train": [...], "val": [...]}``.

    With ``group``, images of one group stay together. Without, a split column decides if there is
    one; else each image is its own group.

    Args:
      names: list of N >= 3 file names.
      cells: dict of name to a dict of column to text, as in a `CaptionFile`.
      val_fraction: fraction of the images for validation; at least two stay for training.
      seed: seed of the order.
      group: name of a column, or `FOLDER`.

    Raises:
      InputError: a column that is missing or has other splits, or no image left for a split.
    """
    rng = np.random.RandomState(seed)
    if group is None and any(cells[name].get(SPLIT_COLUMN) for name in names):
        chosen = {name: _named_split(name, cells[name].get(SPLIT_COLUMN, "")) for name in names}
        names = [names[n] for n in rng.permutation(len(names))]
        split = {each: [n for n in names if chosen[n] == each] for each in ("train", "val")}
    else:
        groups = collections.OrderedDict()
        for name in names:
            key = name if group is None else _group_of(name, cells[name], group)
            groups.setdefault(key, []).append(name)
        groups = list(groups.values())
        split = _whole_groups([groups[n] for n in rng.permutation(len(groups))], val_fraction)
    if len(split["train"]) < 2 or not split["val"]:
        raise InputError(
            f"got {len(split['train'])} images for training and {len(split['val'])} for "
            "validation, expected at least 2 and 1; use other groups, or another split column"
        )
    return split


def _named_split(name, text):
    if text.strip().lower() not in _NAMES:
        raise InputError(
            f"split of {name}: got {text!r}, expected train, val or test; rename the column to "
            "have a random split"
        )
    return _NAMES[text.strip().lower()]


def _group_of(name, cells, group):
    key = group.strip().lower()
    if key == FOLDER and FOLDER not in cells:
        return os.path.dirname(name)
    if key not in cells:
        listed = ", ".join([*cells, FOLDER])
        raise InputError(f"group: got {group!r}, expected one of {listed}, as {name} has them")
    return unicodedata.normalize("NFC", cells[key])


def _whole_groups(groups, val_fraction):
    """The first groups that are not too large validate, the others train."""
    total = sum(map(len, groups))
    wanted = max(1, round(val_fraction * total))
    split = {"train": [], "val": []}
    for group in groups:
        room = len(split["val"]) < wanted and len(split["val"]) + len(group) <= total - 2
        split["val" if room else "train"] += group
    return split


def find_leaks(thumbnails, texts):
    """How much of the validation split stands in the training split too: `Leaks`.

    Args:
      thumbnails: dict of split to uint8 (N, 32, 32, 3), as of `near_copies.thumbnail`.
      texts: dict of split to a list of N lists of captions.
    """
    copies = near_copies(thumbnails["val"], thumbnails["train"]) >= 0
    said = {split: [tuple(tokenize(t)) for each in texts[split] for t in each] for split in texts}
    known = set(said["train"])
    equal = sum(words in known for words in said["val"])
    return Leaks(int(copies.sum()), equal, len(said["val"]))
