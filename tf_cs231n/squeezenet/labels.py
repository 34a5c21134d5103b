"""The 1,000 ImageNet classes by number and by name.

The names are the synonyms of WordNet 3.0 (Princeton University) for the classes of ILSVRC 2012, in
the order of that challenge, as the Apache-licensed package timm 1.0.15 lists them.
"""

import difflib
import os
import re

from tf_cs231n.errors import InputError, shown
from tf_cs231n.graph_model import softmax

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imagenet_classes.txt")
with open(_FILE, encoding="utf-8") as _lines:
    # A tuple of synonyms for each class.
    synonyms = tuple(tuple(line.strip().split(", ")) for line in _lines)
# Classes that WordNet gives the same first name.
_SAME_NAME = {
    134: "crane (bird)",
    517: "crane (machine)",
    638: "maillot (tights)",
    639: "maillot (tank suit)",
}
# The name of each class that is shown, its first synonym; all are different.
class_names = tuple(_SAME_NAME.get(number, names[0]) for number, names in enumerate(synonyms))


def class_id(name_or_id, names=class_names):
    """The number of a class.

    Args:
      name_or_id: its number (also as text), one of its names, or a part of a name that no other
        class has, in upper or lower case.
      names: the names of a model's classes; the default, ImageNet's, come with all their synonyms.

    Returns:
      An int in 0..K - 1.

    Raises:
      InputError: no class, or several, which the message lists.

    >>> class_id("tarantula"), class_id("76"), class_id("tiger cat")
    (76, 76, 282)
    """
    text, K = str(name_or_id).strip().lower(), len(names)
    if re.match(r"[+-]?\d{1,18}$", text):
        if not 0 <= int(text) < K:
            raise InputError(f"class {text}: expected a number from 0 to {K - 1}")
        return int(text)
    known = [(name,) for name in names]
    if names is class_names:
        known = [(name, *others) for name, others in zip(names, synonyms)]
    known = [[name.lower() for name in each] for each in known]
    tests = (
        lambda name: name == text,
        lambda name: text in re.split(r"[\s,-]+", name),  # a whole word: "cat" is no "catamaran"
        lambda name: text and text in name,
    )
    matches = []
    for test in tests:
        matches = matches or [n for n, each in enumerate(known) if any(map(test, each))]
    if not matches:
        words = {name for each in known for name in each}
        near = " or ".join(difflib.get_close_matches(text, sorted(words), cutoff=0.75))
        hint = f"; did you mean {near}?" if near else ""
        raise InputError(f"class {shown(name_or_id)}: no class has this in its name{hint}")
    if len(matches) > 1:
        listed = ", ".join(f"{number} {names[number]}" for number in matches[:12])
        more = f" and {len(matches) - 12} more" if len(matches) > 12 else ""
        raise InputError(f"class {shown(name_or_id)} is ambiguous: {listed}{more}; give the number")
    return matches[0]


def describe_prediction(scores, number=None, names=class_names):
    """'espresso 97.3%, score 37.9': name, probability and score of a class.

    Args:
      scores: (K,), of one image.
      number: the class; None: the one with the highest score.
      names: the names of the model's classes.
    """
    number = int(scores.argmax()) if number is None else number
    probability = softmax(scores[None])[0, number]
    return f"{names[number]} {probability:.1%}, score {scores[number]:.1f}"
