"""Files of captions that people have: COCO's JSON, Flickr8k's token file, CSV."""

import csv
import json
import os
import re

from tf_cs231n.errors import InputError, short
from tf_cs231n.files import read_text

NAME_COLUMNS = ("file", "filename", "file_name", "image", "name", "path")
CAPTION_COLUMNS = ("caption", "captions", "text", "description", "sentence")

_TOKEN_LINE = re.compile(r"^(?P<name>[^\t]+?)#\d+\t(?P<caption>.*)$")


def read_captions(path):
    """Read the captions of images; the format is told from the content.

    Args:
      path: COCO captions JSON (``images`` with ``id`` and ``file_name``, ``annotations`` with
        ``image_id`` and ``caption``), Flickr8k's token file (``name.jpg#0<TAB>caption``), or a CSV
        with a header, one column of file names and one of captions (comma, semicolon or tab).

    Returns:
      Dict of file name to list of captions, in the file's order. Empty captions are left out; a
      image with none has an empty list.

    Raises:
      InputError: no such file, none of these formats, missing columns, no caption at all, or the
        name of a image outside of the folder (absolute, or with '..').
    """
    text = read_text(path)
    lines = text.splitlines()
    if not text.strip():
        raise InputError(f"{path} is empty, expected captions")
    if text.lstrip().startswith("{"):
        pairs = _coco_pairs(path, text)
    elif _TOKEN_LINE.match(next(line for line in lines if line.strip())):
        pairs = _token_pairs(path, lines)
    else:
        pairs = _csv_pairs(path, text)

    captions = {}
    for name, caption in pairs:
        _check_name(path, name)
        kept = captions.setdefault(name, [])
        if caption.strip():
            kept.append(" ".join(caption.split()))
    if not any(captions.values()):
        raise InputError(f"{path}: no caption in it; each of its {len(captions)} images has none")
    return captions


def _check_name(path, name):
    """A image lies in the folder of images or below; no one else's file may lead out."""
    if os.path.isabs(name) or ".." in re.split(r"[\\/]", name) or "\0" in name:
        raise InputError(
            f"{path} names the image {name!r}, which is outside of the folder of images; give "
            "names within it"
        )


def _coco_pairs(path, text):
    try:
        content = json.loads(text)
        names = {image["id"]: str(image["file_name"]) for image in content["images"]}
        return [(name, "") for name in names.values()] + [
            (names[annotation["image_id"]], str(annotation["caption"]))
            for annotation in content["annotations"]
        ]
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not whole JSON: {error}") from error
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not COCO captions: expected images with id and file_name, and annotations "
            f"with image_id and caption; {error!r} does not fit"
        ) from error


def _token_pairs(path, lines):
    pairs = []
    for number, line in enumerate(lines, start=1):
        match = _TOKEN_LINE.match(line)
        if match:
            pairs.append((match.group("name"), match.group("caption")))
        elif line.strip():
            raise InputError(f"{path}, line {number}: expected name.jpg#0<TAB>caption")
    return pairs


def _csv_pairs(path, text):
    header = text.splitlines()[0]
    delimiter = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"{path} is not a CSV: {error}") from error
    columns = [column.strip().lower() for column in rows[0]]

    def column(wanted, what):
        for place, name in enumerate(columns):
            if name in wanted:
                return place
        raise InputError(
            f"{path}: no column of {what}; expected one named {', '.join(wanted)}, "
            f"found {short(', '.join(columns))}"
        )

    name, caption = column(NAME_COLUMNS, "file names"), column(CAPTION_COLUMNS, "captions")
    pairs = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(name, caption):
            raise InputError(
                f"{path}, row {number}: got {len(row)} cells, expected {len(columns)}; "
                "a caption with a comma stands in quotes"
            )
        pairs.append((row[name].strip(), row[caption]))
    return pairs
