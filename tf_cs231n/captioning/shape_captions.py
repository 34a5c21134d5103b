"""What can be said about a scene of shapes, and whether it is true.

The grammar of the built-in captions, used both ways: `describe` says true things about a scene,
`is_true` reads any caption and compares it with the scene::

    caption  = [opening] phrase {"and" phrase}  |  [opening] phrase relation phrase ["and" phrase]
    phrase   = count [size] [color] kind ["that is" color] [place]
"""

import collections
import itertools

# x and y of the center, 0..1 from the left and from the top; size: 'small' or 'large'.
Shape = collections.namedtuple("Shape", "size color kind x y")

SIZES = ("small", "large")
COLORS = ("red", "green", "blue", "yellow")
KINDS = ("circle", "square", "triangle")

_PLURALS = {kind: kind + "s" for kind in KINDS}
_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3}
_OPENINGS = ("there is", "there are", "the picture shows")

# "On the left" is true of a center that is left of the middle by _CLEAR. `describe` says so only
# from _VERY_CLEAR on.
_PLACES = {
    "on the left": lambda s: 0.5 - s.x,
    "on the right": lambda s: s.x - 0.5,
    "at the top": lambda s: 0.5 - s.y,
    "at the bottom": lambda s: s.y - 0.5,
}
_CLEAR, _VERY_CLEAR = 0.05, 0.12

_RELATIONS = {
    "above": lambda a, b: _beyond(b.y - a.y, b.x - a.x),
    "below": lambda a, b: _beyond(a.y - b.y, a.x - b.x),
    "to the left of": lambda a, b: _beyond(b.x - a.x, b.y - a.y),
    "to the right of": lambda a, b: _beyond(a.x - b.x, a.y - b.y),
}


def _beyond(along, across):
    """Within 63 degrees of the direction, and by a tenth of the image."""
    return along > 0.1 and along > abs(across) / 2


def describe(scene, rng):
    """One true caption of a scene, its wording drawn at random.

    Args:
      scene: list of one to three `Shape`s.
      rng: an ``np.random.RandomState``.

    Returns:
      A str of at most 15 words, lower case, without punctuation.
    """

    def draw(choices):
        return choices[rng.randint(len(choices))]

    def phrase(shape, place=False, article="a", turned=False):
        sized = len(scene) < 3 and rng.rand() < 0.5  # with three shapes a caption says less of each
        words = [article] + ([shape.size] if sized else [])
        words += [shape.kind, "that is", shape.color] if turned else [shape.color, shape.kind]
        places = [word for word, depth in _PLACES.items() if depth(shape) > _VERY_CLEAR]
        return " ".join(words + ([draw(places)] if place and places else []))

    shapes = sorted(scene, key=lambda s: (s.y > 0.5, s.x))  # as one reads
    opening = draw(["", "", "there is", "the picture shows"])
    alike = [
        [s for s in shapes if (s.color, s.kind) == (first.color, first.kind)] for first in shapes
    ]
    same = max(alike, key=len)
    if len(shapes) == 1:
        turned = rng.rand() < 0.15
        caption = phrase(
            shapes[0], rng.rand() < 0.5 and not turned, draw(["a", "a", "one"]), turned
        )
    elif len(same) > 1 and rng.rand() < 0.6:
        opening = opening.replace("is", "are")
        caption = f"{['two', 'three'][len(same) - 2]} {same[0].color} {_PLURALS[same[0].kind]}"
        caption = " and ".join([caption] + [phrase(s) for s in shapes if s not in same])
    elif rng.rand() < 0.5:
        a, b = (shapes[n] for n in rng.permutation(len(shapes))[:2])
        relations = [word for word, holds in _RELATIONS.items() if holds(a, b)]
        caption = f"{phrase(a)} {draw(relations) if relations else 'and'} {phrase(b)}"
    else:
        place = len(shapes) == 2 and rng.rand() < 0.4
        caption = " and ".join(phrase(shape, place) for shape in shapes)
    if len(caption.split()) > 12:  # with an opening it would exceed 15 words
        opening = ""
    return f"{opening} {caption}".strip()


def is_true(caption, scene):
    """Whether a caption is grammatical and true of a scene.

    "a red circle" is true if there is at least one, "two red circles" if there are exactly two; the
    phrases of one caption are about different shapes. A caption may leave shapes out.

    >>> circle = Shape("small", "red", "circle", x=0.3, y=0.2)
    >>> scene = [circle, Shape("large", "blue", "square", x=0.4, y=0.7)]
    >>> is_true("a small red circle above a blue square", scene)
    True
    >>> is_true("two red circles", scene), is_true("a red", scene)
    (False, False)

    Args:
      caption: a str.
      scene: list of one to four `Shape`s.
    """
    try:
        phrases, relation = _read(caption)
    except _NotGrammatical:
        return False
    for count, _, matches in phrases:
        if count > 1 and sum(map(matches, scene)) != count:
            return False
    slots = [(matches, place) for count, place, matches in phrases for _ in range(count)]
    return any(
        all(matches(s) and _is_at(s, place) for s, (matches, place) in zip(chosen, slots))
        and (relation is None or _RELATIONS[relation](*chosen[:2]))
        for chosen in itertools.permutations(scene, len(slots))
    )


def _is_at(shape, place):
    return place is None or _PLACES[place](shape) > _CLEAR


class _NotGrammatical(Exception):
    pass


def _read(caption):
    """``[(count, place, matches)]`` and the relation of the first two phrases, or None."""
    rest = " ".join(caption.split())

    def take(choices):
        """Remove from ``rest`` the longest of ``choices`` that it begins with, and return it."""
        nonlocal rest
        for choice in sorted(choices, key=len, reverse=True):
            if (rest + " ").startswith(choice + " "):
                rest = rest[len(choice) :].strip()
                return choice
        return None

    def need(choices):
        taken = take(choices)
        if taken is None:
            raise _NotGrammatical
        return taken

    def phrase():
        count = _COUNTS[need(_COUNTS)]
        size, color = take(SIZES), take(COLORS)
        forms = {kind: kind for kind in KINDS}
        if count > 1:
            forms = {_PLURALS[kind]: kind for kind in KINDS}
        kind = forms[need(forms)]
        if color is None and take(["that is", "that are"]):
            color = need(COLORS)
        place = take(_PLACES)
        return (
            count,
            place,
            lambda s: s.kind == kind and color in (None, s.color) and size in (None, s.size),
        )

    take(_OPENINGS)
    phrases = [phrase()]
    relation = take(_RELATIONS)
    if relation:
        phrases.append(phrase())
        if phrases[0][0] > 1 or phrases[1][0] > 1:
            raise _NotGrammatical
    while rest:
        need(["and"])
        phrases.append(phrase())
    return phrases, relation
