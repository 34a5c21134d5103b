"""GAN: the trainings that the page may name, what they write, and the images that they learn.

A training's folder is only read, also while it is running.
"""

import glob
import os
import shlex

from sessions import graph_session
from tf_cs231n import __version__, checks
from tf_cs231n.errors import InputError
from tf_cs231n.gan import D_LOSS_AT_BALANCE
from tf_cs231n.gan_training.data import load_trained_on
from tf_cs231n.gan_training.scores import memorization, nearest_images
from tf_cs231n.gan_training.train import fixed_noise, load_sampler
from tf_cs231n.plots import figure_content
from tf_cs231n.plots.gan import nearest_grid
from tf_cs231n.studio import equal
from tf_cs231n.studio.uploads import data_url, png
from tf_cs231n.training.checkpoints import list_checkpoints, load_settings
from tf_cs231n.training.events import event_files, read_images, read_summaries

HOME = "outputs"
NEAREST = 12  # samples that are compared with the training images, as `gan evaluate` draws them
MAX_POINTS = 400  # of a loss curve


def find(studio, job):
    """Send the folders of GANs: that of --gan, and those in ./outputs."""
    job.send("found", folders=[_described(folder) for folder in _folders(studio)])


def nearest(studio, job, folder, seed=0):
    """Send the training images nearest to the first samples, and how near unseen images come."""
    job.send("progress", latest=True, text="Reading the images that it was trained on…")
    with graph_session() as sess:
        sampler, settings = load_sampler(known(studio, folder), sess)
        samples = sampler.sample(fixed_noise(NEAREST, sampler.noise_dim, seed))
    yield
    data = _data(studio, job, folder, settings)
    found, distances = nearest_images(samples, data.train_images, stop=job.stop)
    pairs = [
        {"sample": data_url(png(sample)), "real": data_url(png(real)), "distance": float(distance)}
        for sample, real, distance in zip(samples, data.train_images[found], distances)
    ]
    job.send("nearest", pairs=pairs, source=data.source)
    yield
    job.send("progress", latest=True, text="Comparing images that it has never seen…")
    usual = memorization(samples, data, stop=job.stop)
    texts = _equal_nearest(folder, seed)
    record = {
        "task": "gan",
        "folder": folder,
        "equal": texts,
        "version": __version__,
        "nearest": found.tolist(),
        "distances": distances.tolist(),
        "unseen_distance": float(usual.real_distance),
    }
    figure = nearest_grid(samples, data.train_images[found], distances)
    files = {"nearest.png": figure_content(figure, "png")}
    job.send(
        "usual",
        samples=float(usual.sample_distance),
        unseen=float(usual.real_distance),
        equal=texts,
        download=studio.results.put("nearest", files, record),
    )


def look(studio, job, folder, version=None):
    """Send what a training has written since the page's version: its losses and newest samples."""
    paths = event_files(known(studio, folder))
    sizes = {os.path.basename(path): os.path.getsize(path) for path in paths}
    saved = [step for step, _ in list_checkpoints(folder)]
    now = repr((folder, sizes, saved))
    if now == version:
        return
    history = read_summaries(folder)
    grids = read_images(folder).get("samples", {})
    losses = {
        name: list(zip(steps, values)) for name, (steps, values) in history.items()
    }  # fmt: skip
    steps, texts = sorted(grids), _equal_look(folder)
    settings = load_settings(folder)
    record = {"task": "gan", "folder": folder, "settings": settings, "losses": losses,
              "equal": texts, "version": __version__}  # fmt: skip
    files = {"samples.png": grids[steps[-1]]} if steps else {}
    job.send(
        "training",
        version=now,
        losses={name: _thinned(points) for name, points in losses.items()},
        steps=steps,
        image=data_url(grids[steps[-1]]) if steps else None,
        balance=D_LOSS_AT_BALANCE.get(settings.get("loss")),
        saved=saved[-1] if saved else None,
        written=max(map(os.path.getmtime, paths)) if paths else None,
        equal=texts,
        download=studio.results.put("training", files, record),
    )


def grid(studio, job, folder, step):
    """Send the samples that a training drew at a step."""
    grids = read_images(known(studio, folder)).get("samples", {})
    checks.one_of(grids, step=step)
    job.send("grid", step=step, image=data_url(grids[step]))


def _folders(studio):
    """The folders that the page may name."""
    found = [studio.gan] if studio.gan else []
    for depth in ("*", "*/*"):
        for path in sorted(glob.glob(os.path.join(HOME, depth, "settings.json"))):
            if os.path.dirname(path) not in found and _is_gan(os.path.dirname(path)):
                found.append(os.path.dirname(path))
    return found


def _is_gan(folder):
    try:
        return {"architecture", "noise_dim"} <= load_settings(folder).keys()
    except InputError:  # broken
        return False


def known(studio, folder):
    checks.one_of(_folders(studio), folder=folder)
    return folder


def _described(folder):
    """A folder as the page lists it."""
    settings = load_settings(folder) if _is_gan(folder) else {}
    names = [str(settings[name]) for name in ("architecture", "loss") if name in settings]
    size = "×".join(map(str, settings.get("shape", [28, 28])[:2]))
    saved = list_checkpoints(folder)
    step = f"step {saved[-1][0]:,}" if saved else "no checkpoint yet"
    return {"folder": folder, "text": ", ".join([*names, size, step])}


def _data(studio, job, folder, settings):
    """The data that a training learns, the last of which is kept."""
    key = folder, settings.get("data")
    if studio.memory.get("gan", (None,))[0] != key:

        def progress(paths):
            for number, path in enumerate(paths):
                if number % 50 == 0:
                    text = f"Reading the images that it was trained on: {number} of {len(paths)}"
                    job.send("progress", latest=True, text=text)
                yield path

        data = load_trained_on(settings, progress=progress, stop=job.stop)
        studio.memory["gan"] = key, data
    return studio.memory["gan"][1]


def _thinned(points):
    every = max(1, len(points) // MAX_POINTS)
    return points[:-1:every] + points[-1:]


def _equal_nearest(folder, seed):
    python = (
        "from sessions import graph_session\n"
        "from tf_cs231n.gan_training.data import load_trained_on\n"
        "from tf_cs231n.gan_training.scores import memorization\n"
        "from tf_cs231n.gan_training.train import fixed_noise, load_sampler\n\n"
        "with graph_session() as sess:\n"
        f"    sampler, settings = load_sampler({folder!r}, sess)\n"
        f"    noise = fixed_noise({NEAREST}, sampler.noise_dim, seed={seed})\n"
        "    samples = sampler.sample(noise)\n"
        "data = load_trained_on(settings)\n"
        "found = memorization(samples, data)\n"
        "print(found.nearest, found.distances)"
    )
    command = equal.command("gan", "evaluate", folder=folder, seed=seed, out="figures")
    return {"command": command, "python": python}


def _equal_look(folder):
    python = (
        "from tf_cs231n.training.events import read_images, read_summaries\n\n"
        f"losses = read_summaries({folder!r})  # name: (steps, values)\n"
        f"grids = read_images({folder!r})['samples']  # step: a PNG's bytes"
    )
    return {"command": f"tensorboard --logdir {shlex.quote(folder)}", "python": python}


ACTIONS = {"find": find, "nearest": nearest, "look": look, "grid": grid}
