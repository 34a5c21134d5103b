"""Images that came from the page, and files that go to it."""

import base64
import collections
import hashlib
import io
import itertools
import json
import os
import threading
import zipfile

import numpy as np

from tf_cs231n.errors import InputError, short
from tf_cs231n.images import load_image

MAX_UPLOAD = 64 << 20  # bytes of one file
_KEPT_UPLOADS = 256 << 20  # bytes of all files together; the oldest are forgotten
_KEPT_RESULTS = 64 << 20
PNG_TEXT = "tf-cs231n"  # the key of the record in a PNG's text, as `tf-cs231n style` writes it


class Kept:
    """A dict of what has a size in bytes, which forgets the oldest beyond a sum of sizes."""

    def __init__(self, most):
        self._most, self._lock = most, threading.Lock()
        self._items, self._size = collections.OrderedDict(), 0

    def put(self, key, item, size):
        with self._lock:
            if key in self._items:
                self._size -= self._items.pop(key)[1]
            self._items[key] = (item, size)
            self._size += size
            while self._size > self._most and len(self._items) > 1:
                self._size -= self._items.popitem(last=False)[1][1]

    def get(self, key):
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]


class Image:
    """An image that the panels use.

    Attributes:
      id: the page names it by this.  name: what a command line calls it.
    """

    def __init__(self, id, name, content=None):
        self.id, self.name, self._content = id, name, content
        self._sized = collections.OrderedDict()

    def at(self, size=None):
        """uint8 (H, W, 3) with a shorter side of ``size``, as `images.load_image`."""
        return self.once(size, lambda: self._load(size))

    def once(self, key, make):
        """What ``make()`` gives, kept for a few keys."""
        if key not in self._sized:
            self._sized[key] = make()
            while len(self._sized) > 3:
                self._sized.popitem(last=False)
        return self._sized[key]

    def _load(self, size):
        if self._content is not None:
            return load_image(io.BytesIO(self._content), size)
        from tf_cs231n.captioning import shapes

        image = shapes.open_image(self.name)  # sample:NAME and shapes:SPLIT:NUMBER
        return image if size is None else load_image(image, size)

    @property
    def sha256(self):
        return self._content and hashlib.sha256(self._content).hexdigest()


class Uploads:
    """The images of a studio, by id: uploads, ``sample:NAME`` and ``shapes:SPLIT:NUMBER``."""

    def __init__(self):
        self._kept, self._decoding = Kept(_KEPT_UPLOADS), threading.Lock()

    def add(self, content, name):
        """Keep a file if it is an image, else an `InputError`; one at a time, as each is large."""
        name = short(os.path.basename(name.replace("\\", "/"))) or "image"
        with self._decoding:
            try:
                load_image(io.BytesIO(content))
            except InputError as error:
                raise InputError(str(error).replace("the image:", f"{name}:", 1)) from error
        image = Image(hashlib.sha256(content).hexdigest()[:24], name, content)
        self._kept.put(image.id, image, len(content))
        return image

    def find(self, id):
        """The `Image`; the page sends an upload again where it is unknown."""
        if not isinstance(id, str) or not id:
            raise InputError("image: choose an image first")
        found = self._kept.get(id)
        if found is None and id.startswith(("sample:", "shapes:")):
            found = Image(id, id)
            found.at()  # an unknown one says so
            self._kept.put(id, found, 1 << 20)
        if found is None:
            raise InputError("image unknown here: give it again")
        return found


class Results:
    """Files to download, by the number of their result."""

    def __init__(self):
        self._kept, self._numbers = Kept(_KEPT_RESULTS), itertools.count(1)

    def put(self, title, files, record):
        """Keep files, dict of name to bytes, with their record; returns what the page links to.

        The archive TITLE.zip has them all, and record.json.
        """
        files = {**files, "record.json": (json.dumps(record, indent=1) + "\n").encode()}
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as whole:
            for name, content in files.items():
                whole.writestr(name, content)
        files[f"{title}.zip"] = archive.getvalue()
        number = f"{next(self._numbers)}-{os.urandom(6).hex()}"
        self._kept.put(number, files, sum(map(len, files.values())))
        return {"id": number, "files": [*files]}

    def get(self, number, name):
        """The bytes, or None."""
        return (self._kept.get(number) or {}).get(name)


def png(image, record=None):
    """A PNG of uint8 (H, W) or (H, W, 3), with a record in its text."""
    from PIL import Image as Pillow
    from PIL.PngImagePlugin import PngInfo

    info, content = PngInfo(), io.BytesIO()
    if record is not None:
        info.add_text(PNG_TEXT, json.dumps(record, sort_keys=True))
    Pillow.fromarray(image).save(content, "PNG", pnginfo=info, compress_level=1)
    return content.getvalue()


def jpeg(image, quality=85):
    """A JPEG of uint8 (H, W, 3)."""
    from PIL import Image as Pillow

    content = io.BytesIO()
    Pillow.fromarray(image).save(content, "JPEG", quality=quality)
    return content.getvalue()


def npz(**arrays):
    """The bytes of an .npz file."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def npy(array):
    """The bytes of an .npy file."""
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def data_url(content):
    """The address that holds a PNG's or JPEG's bytes itself."""
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
