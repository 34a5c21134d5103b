"""The command line and the Python that give what the page shows."""

import shlex

from tf_cs231n import __version__
from tf_cs231n.errors import InputError
from tf_cs231n.studio.networks import SIZE


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


def class_argument(number, names):
    """A class in a command: its name, or its number where that would mean something else."""
    from tf_cs231n.squeezenet import class_id

    try:
        alone = class_id(names[number], names) == number
    except InputError:
        alone = False
    return names[number] if alone and not names[number].startswith("-") else str(number)


def record(studio, task, image, texts, **what):
    """What made a result of the explained network, as JSON values; ``image`` may be None."""
    given = {} if image is None else {"image": image.name, "sha256": image.sha256, "size": SIZE}
    network = studio.graph or {"weights": studio.weights}
    made = {"network": network, "equal": texts, "version": __version__, **what}
    return {"task": task, **given, **made}


def network_options(studio, size=True):
    """The options of a command that name the network; ``size``: whether it has --size."""
    if studio.graph is None:
        return {"weights": None if studio.weights == "default" else studio.weights}
    numbers = {
        name: " ".join(map(str, studio.graph[name])) for name in ("scale", "mean")
        if name in studio.graph
    }  # fmt: skip
    options = {**studio.graph, "feed": list(studio.graph.get("feed", ())), **numbers}
    return {name: value for name, value in options.items() if size or name != "size"}


def loading(studio, image=None, more=(), images=()):
    """The lines of Python that load the network, and an image as ``X``.

    Args:
      more: further lines of imports.  images: further names from `tf_cs231n.images`.
    """
    graph, images = studio.graph, set(images)
    lines = ["from sessions import graph_session", *more]
    if graph is None:
        lines.append("from tf_cs231n.squeezenet import load_squeezenet")
        lines += ["from tf_cs231n.datasets import open_image"] if image else []
        images |= {"preprocess_image"} if image else set()
        weights = [] if studio.weights == "default" else [repr(studio.weights)]
        loaded = f"load_squeezenet({', '.join(['sess', *weights])})"
        opened = image and f"preprocess_image(open_image({image_argument(image)!r}, {SIZE}))[None]"
    else:
        lines.append("from tf_cs231n.graph_files import load_graph")
        images |= {"load_image"} if image else set()
        images -= {"deprocess_image"}  # `saving` takes the network's own scaling
        given = {name: value for name, value in graph.items() if name not in ("graph", "size")}
        if "feed" in given:
            given["feed"] = dict(pair.split("=", 1) for pair in given["feed"])
        loaded = f"load_graph({graph['graph']!r}, sess{arguments(given)})"
        # image.png of the download is the image as the network sees it.
        opened = "model.preprocess(load_image('image.png'))"
    lines += [f"from tf_cs231n.images import {', '.join(sorted(images))}"] if images else []
    lines = [*sorted(lines), "", "with graph_session() as sess:", f"    model = {loaded}"]
    lines += [f"    X = {opened}"] if image else []
    return "\n".join(lines) + "\n"


def saving(studio, x, name):
    """The line of Python that saves what a network takes, ``x``, as an image."""
    if studio.graph is None:
        return f"save_image({name!r}, deprocess_image({x}))"
    levels = f"model.scaling.levels({x}).round().clip(0, 255)"
    return f"save_image({name!r}, {levels}.astype('uint8'))"
