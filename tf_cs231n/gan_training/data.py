"""What a GAN learns from: one's own images, or digits; and the same data again, to judge it by.

All are `datasets.Digits`, also where the images are of something else.
"""

import os
import zlib

import numpy as np

from tf_cs231n import checks
from tf_cs231n.datasets import HELD_OUT, Digits, held_out, load_mnist
from tf_cs231n.errors import InputError
from tf_cs231n.files import extension
from tf_cs231n.gan_training.radford import FIRST_SIDE
from tf_cs231n.images import load_image, resize
from tf_cs231n.interruption import stoppable

ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")
FEWEST = 2 * HELD_OUT  # images: then at least two are held out


def load_images(folder, size=32, color=None, crop=True, skipped=None, progress=iter, stop=None):
    """The images of a folder and of the folders in it, as squares of one size.

    Args:
      folder: its path; files that begin with a dot are passed over.
      size: the side in pixels: 28, 32 or 64.
      color: False makes all gray, True all RGB; None: RGB unless every image is gray.
      crop: True: the middle square of each image. False: the whole image, squeezed into a square.
      skipped: a list to which ``(path, reason)`` of unreadable files are added, or None.
      progress: wraps the list of paths, for example in tqdm.
      stop: an `interruption.Stop`, asked after each image.

    Returns:
      `Digits` without labels: uint8 (N, size, size) or (N, size, size, 3). Every tenth image, in
      the order of the names, is held out for testing. Files are read in that order.

    Raises:
      InputError: another size, no such folder, or fewer than 20 images that can be read.
    """
    checks.one_of(FIRST_SIDE, size=size)
    if not os.path.isdir(folder):
        raise InputError(f"{folder}: no such folder; --images takes a folder of image files")
    skipped = [] if skipped is None else skipped
    images = []
    with stoppable(stop) as stop:
        for path in progress(list(_walk(folder))):
            try:
                images.append(_square(load_image(path), size, crop))
            except InputError as error:
                skipped.append((path, str(error)))
            stop.check()
    if len(images) < FEWEST:
        broken = f", {len(skipped)} that cannot be read" if skipped else ""
        raise InputError(
            f"{folder}: {len(images)} images in it{broken}; expected at least {FEWEST} files"
            f" ({', '.join(ENDINGS)})"
        )
    images = np.stack(images)
    if color is None:
        color = bool((images != images[..., :1]).any())
    if not color:  # ITU-R 601's luminance, as Pillow's
        images = np.uint8(np.rint(images @ np.array([0.299, 0.587, 0.114])))
    train, _, test, _ = held_out(images)
    counts = f"{len(train):,} + {len(test):,} images of {size}x{size}, every {HELD_OUT}th held out"
    origin = {"images": os.path.abspath(folder), "size": size, "color": color, "crop": crop}
    return Digits(train, None, test, None, f"{folder} ({counts})", origin)


def _walk(folder):
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != ".")
        for file in sorted(files):
            if file[0] != "." and extension(file) in ENDINGS:
                yield os.path.join(root, file)


def _square(image, size, crop):
    if crop:
        H, W, _ = image.shape
        side = min(H, W)
        top, left = (H - side) // 2, (W - side) // 2
        image = image[top : top + side, left : left + side]
    return resize(image, (size, size), "lanczos")


def checksum(images):
    """Number and CRC-32 of images, in the words of a training's settings."""
    # "pictures", as the folders of earlier versions have it, so that their trainings resume
    return f"{len(images)} pictures, crc32 {zlib.crc32(np.ascontiguousarray(images)):08x}"


def load_trained_on(settings, mnist=None, images=None, **options):
    """The data that a GAN was trained on, by its settings.

    Args:
      settings: a training's, from `load_sampler`.
      mnist, images: where the data is now, if it has moved; None: where the settings have it, or
        for the folders of earlier versions the usual places of MNIST.
      **options: ``skipped``, ``progress`` and ``stop`` of `load_images`.

    Returns:
      `Digits`.

    Raises:
      InputError: the data is not there, or is no longer what the GAN was trained on.
    """
    origin = settings.get("origin") or {"mnist": None}
    if images or "images" in origin and not mnist:
        how = {"size": settings.get("shape", [28])[0], "color": len(settings.get("shape", [])) == 3}
        how["crop"] = origin.get("crop", True)
        data = load_images(images or origin["images"], **how, **options)
    else:
        data = load_mnist(mnist or origin["mnist"])
    if checksum(data.train_images) != settings.get("data", checksum(data.train_images)):
        raise InputError(
            f"{data.source}: not the images that this GAN was trained on ({settings['data']}, here"
            f" {checksum(data.train_images)}); name those by --mnist or --images"
        )
    return data


def looks_transposed(digits):
    """Whether rows and columns of labeled digits are exchanged, as in EMNIST's files.

    The nearest of the ten mean digits tells 82 % of upright MNIST digits and 22 % of transposed
    ones. False where there are no labels, and where the images are of no digits.
    """
    if digits.train_labels is None or digits.origin == {"mnist": "builtin"}:
        return False
    known = load_mnist("builtin")
    labels = known.train_labels
    means = np.stack([known.train_images[labels == k].mean(axis=0) for k in range(10)])

    def right(images):
        squares = np.square(images[:, None] - means).sum(axis=(2, 3))
        return np.mean(squares.argmin(axis=1) == digits.train_labels[: len(images)])

    some = np.float64(digits.train_images[:1000])
    return bool(right(some.transpose(0, 2, 1)) > max(0.5, right(some) + 0.2))
