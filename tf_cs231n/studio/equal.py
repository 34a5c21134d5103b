"""The command line and the Python that give what the page shows."""

import shlex


def image_argument(image):
    """An image's name as an argument of a command: no option, whatever it is called."""
    return "./" + image.name if image.name.startswith("-") else image.name


def command(*words, **options):
    """A command line of `tf-cs231n`: None is left out, a list is repeated, True is a flag.

    >>> command("saliency", "my cat.jpg", out=None, method=["gradient", "guided"])
    "tf-cs231n saliency 'my cat.jpg' --method gradient --method guided"
    """
    line = ["tf-cs231n", *map(str, words)]
    for name, value in options.items():
        values = [] if value is None else value if isinstance(value, list) else [value]
        for each in values:
            line += ["--" + name.replace("_", "-")] + ([] if each is True else [str(each)])
    return " ".join(map(shlex.quote, line))


def arguments(settings):
    """Keyword arguments as Python text, each after a comma.

    >>> arguments({"steps": 3, "name": "cat"})
    ", steps=3, name='cat'"
    """
    return "".join(f", {name}={value!r}" for name, value in settings.items())
