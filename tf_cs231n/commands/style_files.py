"""The files of the style tasks: images that record how they were made, previews, frames."""

import contextlib
import inspect
import json
import os
import sys

import numpy as np

from tf_cs231n import terminal
from tf_cs231n.errors import InputError, short
from tf_cs231n.files import (
    Outputs,
    animation_extension,
    check_distinct,
    read_text,
    sha256,
)
from tf_cs231n.terminal import echo

PNG_TEXT = "tf-cs231n"  # the key of the record in a PNG's text


PREVIEW_EVERY = 20  # evaluations
TENSORBOARD_SIZE = 512  # pixels
MEASURED = 4  # evaluations, before time and memory are foretold
NETWORK_BYTES, IMAGE_BYTES = 650, 330  # a pixel: of what is run at once, and of the image


class Bar:
    """A progress bar on standard error with the losses in it; a context manager."""

    def __enter__(self):
        self.bar = None
        return self

    def show(self, progress):
        if self.bar is None:
            from tf_cs231n.terminal import progress_bar

            self.bar = progress_bar(total=progress.max_evaluations, file=sys.stderr, leave=False)
        if progress.evaluation == min(MEASURED, progress.max_evaluations):
            self.say(forecast(progress))
        losses = {name: f"{value:.4g}" for name, value in progress.losses._asdict().items()}
        self.bar.set_postfix(losses, refresh=False)
        self.bar.update(progress.evaluation - self.bar.n)

    def say(self, line):
        """Print a line above the bar."""
        from tqdm import tqdm

        tqdm.write(line, file=sys.stderr)

    def __exit__(self, *_):
        if self.bar is not None:
            self.bar.close()


def forecast(progress):
    """One line: the size that is worked at, and the time and memory that it will take."""
    from tf_cs231n.pixels.strips import WHOLE

    levels = progress.levels
    (h, w), (H, W) = levels[0][0], levels[-1][0]
    first = f", from {w}x{h} up" if len(levels) > 1 else ""
    needs = duration(progress.expected_seconds())
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="utf-8") as file:
        kilobytes = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        more = NETWORK_BYTES * max(0, min(H * W, WHOLE) - h * w) + IMAGE_BYTES * (H * W - h * w)
        needs += f" and {kilobytes / 1e6 + more / 1e9:.1f} GB"
    return f"{W}x{H} pixels{first}: about {needs} (--image-size for another size)"


def duration(seconds):
    """
    >>> duration(0.4), duration(89), duration(200)
    ('1 s', '89 s', '3 minutes')
    """
    return f"{max(1, seconds):.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"


def record_path(out):
    """The JSON beside an image."""
    return os.path.splitext(out)[0] + ".json"


class StyleOutputs:
    """The image, its record, the preview and the frames.

    Made before the work, it raises an `InputError` for what could not be written after minutes.

    Args:
      out: the image's path.
      frames_file: the animation's, or None.
      frame_every: how many evaluations to a frame.
      settings: a dict of JSON values, as for `files.Outputs`.
      overwrite: whether files that exist may be replaced.
    """

    def __init__(self, out, frames_file, frame_every, settings, overwrite, tensorboard=None):
        from tf_cs231n.files import check_output
        from tf_cs231n.images import check_image_path

        self.out, self.frames_file, self.frame_every = out, frames_file, frame_every
        self.preview = ".preview".join(os.path.splitext(out))
        self.frames, self._begun = [], False
        if frames_file:
            animation_extension(frames_file)
        self._events = None
        if tensorboard:
            from tf_cs231n.training.events import Events

            check_output(os.path.join(tensorboard, "events"))
            self._events = Events(tensorboard)
        if out == terminal.STANDARD:  # which is one file
            self._outputs, self._overwrite = None, overwrite
            return
        check_distinct(out, record_path(out), self.preview, frames_file)
        paths = [out, self.preview] + [frames_file] * bool(frames_file)
        self._outputs = Outputs(record_path(out), paths, settings, overwrite)
        self._overwrite = self._outputs.overwrite
        check_image_path(out, self._overwrite)

    def show(self, progress):
        """Keep a frame and write the preview, each at its turn."""
        count = progress.evaluation
        if self.frames_file and count % self.frame_every == 1 % self.frame_every:
            self.frames.append(progress.image)
        due = count % PREVIEW_EVERY == 0 and count < progress.max_evaluations
        if due and self._outputs:
            self._begin()
            write_image(self.preview, progress.image, {}, overwrite=True)
        if self._events:
            losses = progress.losses._asdict().items()
            self._events.scalars(count, {f"loss/{name}": value for name, value in losses})
            if count % PREVIEW_EVERY == 0 or count == 1:
                self._events.images(count, {"preview": _small(progress.image)})

    def write(self, result, record):
        """Write the image and what belongs to it; the preview has served."""
        self._begin()
        write_image(self.out, result.image, record, self._overwrite)
        if self._events:
            self._events.images(result.evaluations, {"preview": _small(result.image)})
            self._events.flush()
        if self.frames_file:
            write_frames(self.frames_file, self.frames + [result.image], self._overwrite)
        if self._outputs:
            self._outputs.finish(record)
            with contextlib.suppress(OSError):
                os.unlink(self.preview)

    def _begin(self):
        if self._outputs and not self._begun:
            self._outputs.begin()
        self._begun = True


def _small(image):
    """RGB of at most `TENSORBOARD_SIZE` pixels a side: TensorBoard keeps them all."""
    from tf_cs231n.images import load_image, resize

    image = load_image(np.ascontiguousarray(image))
    factor = min(1, TENSORBOARD_SIZE / max(image.shape[:2]))
    size = tuple(max(1, round(side * factor)) for side in image.shape[:2])
    return image if factor == 1 else resize(image, size, "box")


def make_record(task, function, arguments, result):
    """What makes the image again, as a dict of JSON values; no dates, so it repeats."""
    settings = {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty and name not in _NOT_SETTINGS
    }
    settings.update(arguments)
    names = [settings.get("content_image"), *_list(settings.get("style_image"))]
    names += [*_list(settings.get("masks")), settings.get("init"), settings.get("with_file")]
    hashes = {name: sha256(name) for name in names if name and os.path.isfile(name)}
    return {
        "task": task,
        "settings": settings,
        "sha256": hashes,
        "size": list(result.image.shape[:2]),
        "evaluations": result.evaluations,
        "losses": result.losses._asdict(),
    }


_NOT_SETTINGS = ("losses", "callback", "stop", "model", "sess")


def _list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def read_settings(path, task):
    """The arguments in a record, from its JSON file or from the PNG it was written into."""
    try:
        if path.lower().endswith(".png"):
            from PIL import Image

            with Image.open(path) as image:
                text = getattr(image, "text", {}).get(PNG_TEXT)
            if text is None:
                raise InputError(f"{path}: this image has no settings of tf-cs231n in it")
        else:
            text = read_text(path)
        record = json.loads(text)
        settings, hashes = dict(record["settings"]), dict(record["sha256"])
        made_by = record["task"]
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'not an image'}") from error
    except Exception as error:  # also every error of an image's decoder
        raise InputError(f"{path}: not a record that tf-cs231n wrote beside an image") from error
    if made_by != task:
        raise InputError(f"{path}: made by `tf-cs231n {short(made_by)}`; use that command")
    for name, before in hashes.items():
        if os.path.isfile(name) and sha256(name) != before:
            echo(f"note: {name} is not the file it was when {path} was made", err=True)
    return settings


def check_settings(path, settings, function, options):
    """Raise an `InputError` for what neither ``function`` nor an option takes, or is missing."""
    known = {*inspect.signature(function).parameters, *options}.difference(_NOT_SETTINGS)
    for name in settings:
        if name not in known:
            raise InputError(f"{path}: {short(name)!r} is not a setting of this task")
    try:
        inspect.signature(function).bind(**{k: v for k, v in settings.items() if k != "with_file"})
    except TypeError as error:
        raise InputError(f"{path}: {short(error)}") from error


def write_image(out, image, record, overwrite):
    """Write the image, with its record in a PNG's text."""
    from tf_cs231n.images import load_image, save_image

    text = json.dumps(record, sort_keys=True)
    if image.shape[2] == 4 and out.lower().endswith((".jpg", ".jpeg", ".bmp")):
        image = load_image(np.ascontiguousarray(image))  # these have no transparency: on white
    save_image(out, image, overwrite, {PNG_TEXT: text})


def write_frames(path, frames, overwrite):
    """Write an animation of images of any sizes, each resized to the last one's."""
    from tf_cs231n.images import load_image, resize
    from tf_cs231n.plots import save_animation

    size = frames[-1].shape[:2]
    rgb = [load_image(np.ascontiguousarray(frame)) for frame in frames]
    if any(frame.shape != rgb[-1].shape for frame in rgb):
        rgb = [resize(frame, size, "bicubic") for frame in rgb]
    save_animation(path, rgb, overwrite=overwrite)
