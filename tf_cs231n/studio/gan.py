"""GAN: drag between four codes, and draw samples, with the newest checkpoint of a training."""

import collections
import os
import warnings

import numpy as np

from tf_cs231n import __version__, checks
from tf_cs231n.gan_training.codes import square
from tf_cs231n.gan_training.train import fixed_noise, load_sampler
from tf_cs231n.plots.gan import tile
from tf_cs231n.studio import equal, trainings
from tf_cs231n.studio.uploads import data_url, png
from tf_cs231n.training.checkpoints import list_checkpoints
from tf_cs231n.training.events import image_grid

MOST_SAMPLES = 100
FRAMES = 7  # of a side of the square that is shown at once

Opened = collections.namedtuple("Opened", "sampler settings step note")


def draw(studio, job, folder, seed=0, number=36):
    """Send samples, each as an image."""
    checks.counts(1, MOST_SAMPLES, number=number)
    opened = _open(studio, folder)
    samples = opened.sampler.sample(_noise(opened, seed, range(number)))
    texts = _equal_draw(folder, seed, number)
    record = _record(opened, folder, texts, seed=seed, number=number)
    files = {"samples.png": png(tile(samples), record)}
    job.send(
        "samples",
        images=[data_url(png(sample)) for sample in samples],
        step=opened.step,
        note=opened.note,
        equal=texts,
        download=studio.results.put("samples", files, record),
    )


def spread(studio, job, folder, seed, corners):
    """Send the whole square between four codes, `FRAMES` samples a side, as one image."""
    opened = _open(studio, folder)
    noise, places = _noise(opened, seed, corners), np.linspace(0, 1, FRAMES)
    rows = []
    for y in places:  # a row at a time, as those of large networks take a while
        rows.append(opened.sampler.sample(square(noise, places, [y])[0]))
        yield
    samples = np.concatenate(rows)
    texts = _equal_square(folder, seed, corners)
    record = _record(opened, folder, texts, seed=seed, corners=corners, frames=FRAMES)
    files = {"square.png": png(tile(samples, columns=FRAMES), record)}
    download = studio.results.put("square", files, record)
    image = data_url(png(image_grid(samples)))
    job.send("square", image=image, frames=FRAMES, equal=texts, download=download)


def place(studio, job, folder, seed, corners, x, y):
    """Send the sample at one place of the square; x and y are from 0 to 1."""
    checks.numbers(0, most=1, x=x, y=y)
    opened = _open(studio, folder)
    codes = square(_noise(opened, seed, corners), [x], [y])
    sample = opened.sampler.sample(codes[0])[0]
    texts = _equal_place(folder, seed, corners, x, y)
    record = _record(opened, folder, texts, seed=seed, corners=corners, at=[x, y])
    download = studio.results.put("sample", {"sample.png": png(sample, record)}, record)
    job.send("sample", image=data_url(png(sample)), x=x, y=y, equal=texts, download=download)


def _open(studio, folder):
    """The `Opened` generator of a folder's newest checkpoint, kept until there is a newer one."""
    saved = list_checkpoints(trainings.known(studio, folder))
    try:
        changed = saved[-1][0], os.stat(saved[-1][1] + ".index").st_mtime_ns
    except (IndexError, OSError):  # none; or removed just now, as a newer one was written
        changed = None
    return studio.networks.once(("gan " + folder, changed), lambda sess: load(folder, sess))


def load(folder, sess):
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always", RuntimeWarning)
        sampler, settings = load_sampler(folder, sess)
    saved = list_checkpoints(folder)
    note = "; ".join(str(warning.message) for warning in noted)
    return Opened(sampler, settings, saved[-1][0] if saved else None, note)


def _noise(opened, seed, numbers):
    """The codes of the samples with these numbers, as `gan sample` draws them with this seed."""
    checks.counts(0, 2**32 - 1, seed=seed)
    numbers = list(numbers)
    for number in numbers:
        checks.counts(0, MOST_SAMPLES - 1, **{"number of a sample": number})
    return fixed_noise(max(numbers) + 1, opened.sampler.noise_dim, seed)[numbers]


def _record(opened, folder, texts, **what):
    return {
        "task": "gan",
        "folder": folder,
        "step": opened.step,
        "settings": opened.settings,
        "equal": texts,
        "version": __version__,
        **what,
    }


# ---- The same in a terminal and in Python ----

_LOADING = """\
from sessions import graph_session
from tf_cs231n.gan_training.codes import square
from tf_cs231n.gan_training.train import fixed_noise, load_sampler

with graph_session() as sess:
    sampler, settings = load_sampler({folder!r}, sess)
    noise = fixed_noise({number}, sampler.noise_dim, seed={seed})
"""


def _equal_draw(folder, seed, number):
    loading = _LOADING.replace("from tf_cs231n.gan_training.codes import square\n", "")
    python = loading.format(folder=folder, number=number, seed=seed)
    python += "    samples = sampler.sample(noise)  # uint8"
    command = equal.command("gan", "sample", folder=folder, number=number, seed=seed,
                            out="samples.png")  # fmt: skip
    return {"command": command, "python": python}


def _equal_square(folder, seed, corners):
    python = _LOADING.format(folder=folder, number=max(corners) + 1, seed=seed) + (
        f"    places = [k / {FRAMES - 1} for k in range({FRAMES})]\n"
        f"    codes = square(noise[{list(corners)}], places, places)\n"
        "    samples = sampler.sample(codes.reshape(-1, sampler.noise_dim))"
    )
    options = {"frames": FRAMES, "seed": seed, "out": "square.png"}
    return {"command": _interpolate(folder, corners, **options), "python": python}


def _equal_place(folder, seed, corners, x, y):
    python = _LOADING.format(folder=folder, number=max(corners) + 1, seed=seed) + (
        f"    codes = square(noise[{list(corners)}], [{x}], [{y}])\n"
        "    (sample,) = sampler.sample(codes[0])"
    )
    options = {"seed": seed, "out": "sample.png"}
    return {"command": _interpolate(folder, corners, "--at", x, y, **options), "python": python}


def _interpolate(folder, corners, *words, **options):
    words = ["--folder", folder, "--corners", *corners, *words]
    return equal.command("gan", "interpolate", *words, **options)


ACTIONS = {"draw": draw, "spread": spread, "place": place, **trainings.ACTIONS}
