"""Files of captions that people have: CSV, COCO's and Karpathy's JSON, JSON lines, Flickr's.

Whatever does not fit is an error that names the row or the object: a caption that is cut, or joined
with the next row, would be trained on and never be noticed.
"""

import collections
import csv
import io
import json
import os
import re
import unicodedata

from tf_cs231n.captioning.words import tokenize
from tf_cs231n.errors import InputError, short, shown
from tf_cs231n.files import read_text, text_lines

# Names of columns, and of keys of JSON objects, that hold an image's file name and a caption.
IMAGE_COLUMNS = (
    "file_name",
    "filename",
    "file",
    "image",
    "image_name",
    "image_path",
    "path",
    "name",
)
CAPTION_COLUMNS = ("caption", "captions", "text", "description", "sentence", "comment")
SPLIT_COLUMN = "split"

# captions: dict of file name to list of texts, in the file's order; cells: dict of file name to a
# dict of the other columns' texts (the image's first); wordless: how many captions had no word.
CaptionFile = collections.namedtuple("CaptionFile", "captions cells wordless")

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "|"}
_TOKEN_LINE = re.compile(r"(?P<name>[^\t]+?)#\d+\t(?P<caption>.*)")


def read_captions(path, image_column=None, caption_columns=None):
    """Read the captions of images; the format is told from the content.

    Args:
      path: a CSV with a header (comma, semicolon, tab or |, so Flickr30k's file too), JSON (COCO's,
        Karpathy's, or a list of objects), JSON lines, or Flickr8k's ``name.jpg#0<TAB>caption``.
      image_column: name of the column, or key, of file names; None: one of `IMAGE_COLUMNS`.
      caption_columns: names of those of captions; None: one of `CAPTION_COLUMNS`, or several, as
        caption_1, caption_2.

    Returns:
      A `CaptionFile`. Captions without a word are left out; an image with none has an empty list.
      File names are in Unicode's composed form (NFC).

    Raises:
      InputError: no such file, none of these formats, columns that are missing or ambiguous, a row
        or an object that does not fit, no caption at all, or the name of an image outside of the
        folder (absolute, or with '..').
    """
    text = read_text(path)
    if not text.strip():
        raise InputError(f"{path} is empty, expected captions")
    lines = [line for line in text_lines(text) if line.strip()]
    columns = image_column, list(caption_columns or [])
    try:
        if lines[0].lstrip()[0] in "{[":
            rows = _json_rows(text, columns)
        elif _TOKEN_LINE.fullmatch(lines[0]):
            rows = _token_rows(text)
        else:
            rows = _csv_rows(text, columns)
        return _gather(rows)
    except _Misfit as error:
        raise InputError(f"{path}: {error}") from error


class _Misfit(Exception):
    """What does not fit, and where in the file it is."""


def _gather(rows):
    """A `CaptionFile` from (file name, captions, cells) of each row."""
    captions, cells, wordless = {}, {}, 0
    for name, texts, others in rows:
        name = unicodedata.normalize("NFC", name)
        if os.path.isabs(name) or ".." in re.split(r"[\\/]", name) or "\0" in name or not name:
            raise _Misfit(
                f"it names the image {name!r}, which is outside of the folder of images; give "
                "names within it"
            )
        kept = captions.setdefault(name, [])
        filled = [" ".join(text.split()) for text in texts if text.strip()]
        kept += [text for text in filled if tokenize(text)]
        wordless += sum(not tokenize(text) for text in filled)
        if cells.setdefault(name, others).get(SPLIT_COLUMN) != others.get(SPLIT_COLUMN):
            raise _Misfit(f"it puts the image {name} into two splits")
    if not any(captions.values()):
        raise _Misfit(f"no caption in it; each of its {len(captions)} images has none with a word")
    return CaptionFile(captions, cells, wordless)


def _find_columns(found, wanted, known, what, option):
    """The names of ``found`` that hold ``what``: those wanted, or those with a known name."""
    if wanted:
        columns = [name for name in found if name in wanted]
    else:  # caption_1, caption 2 and caption3 are captions
        bases = [re.sub(r"[ _.-]?\d+$", "", name) for name in found]
        present = [name for name in known if name in bases]
        columns = [name for name, base in zip(found, bases) if base in present]
        if len(present) > 1 or (what == "file names" and len(columns) > 1):
            raise _Misfit(f"columns of {what} may be {', '.join(columns)}; choose by {option}")
    if not columns or len(columns) < len(wanted):
        expected = ", ".join(wanted or known)
        listed = short(", ".join(found))
        raise _Misfit(f"no column of {what}; expected one named {expected}, found {listed}")
    return columns


def _columns(found, columns):
    """Of the column names ``found``, in small letters: that of file names, those of captions."""
    image, captions = columns
    wanted = [image.strip().lower()] if image else []
    (name,) = _find_columns(found, wanted, IMAGE_COLUMNS, "file names", "--image-column")
    wanted = [each.strip().lower() for each in captions]
    rest = [each for each in found if each != name]
    return name, _find_columns(rest, wanted, CAPTION_COLUMNS, "captions", "--caption-column")


# --- Text ---------------------------------------------------------------------------------------


def _token_rows(text):
    for number, line in enumerate(text_lines(text), start=1):
        match = _TOKEN_LINE.fullmatch(line)
        if match:
            yield match.group("name"), [match.group("caption")], {}
        elif line.strip():
            raise _Misfit(f"line {number}: expected name.jpg#0<TAB>caption, got {shown(line)}")


def _csv_rows(text, columns):
    delimiter = max(_DELIMITERS, key=text_lines(text)[0].count)
    rows = _csv_cells(text, delimiter)
    header = [cell.strip().lower() for cell in next(rows)[1]]
    while header and not header[-1]:  # a spreadsheet's empty columns
        header.pop()
    name, captions = _columns(header, columns)
    name_at = header.index(name)
    captions_at = [place for place, each in enumerate(header) if each in captions]
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if captions_at == [len(header) - 1]:
            row = _joined(row, len(header), delimiter)
        surplus = any(cell.strip() for cell in row[len(header) :])
        if surplus or len(row) <= max(name_at, captions_at[0]):
            raise _Misfit(
                f"row {number}: got {len(row)} cells, expected {len(header)}; a caption with a "
                f"{_DELIMITERS[delimiter]} stands in quotes: {shown(row)}"
            )
        cells = {key: cell.strip() for key, cell in zip(header, row) if key not in captions}
        texts = [row[place] for place in captions_at if place < len(row)]
        yield row[name_at].strip(), texts, cells


def _csv_cells(text, delimiter):
    """(number, cells) of each row, the header being row 1."""
    lines = io.StringIO(text, newline="")  # which ends lines at \n, \r\n and \r only
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _Misfit(
                f'row {number}: {short(error)}; a cell that starts with " ends with the next one'
            ) from error
        yield number, row


def _joined(row, width, delimiter):
    """The row, its last caption whole where commas, as in prose, cut it into further cells."""
    surplus = [cell for cell in row[width:] if cell.strip()]
    if not surplus or not all(cell[0] == " " for cell in surplus):
        return row
    return row[: width - 1] + [delimiter.join(row[width - 1 :])]


# --- JSON ---------------------------------------------------------------------------------------


def _json_rows(text, columns):
    content = _parse(text)
    if isinstance(content, list):
        return _object_rows(content, columns)
    images = content.get("images")
    if isinstance(images, list) and images and "sentences" in images[0]:
        return _karpathy_rows(images)
    if isinstance(images, list) and isinstance(content.get("annotations"), list):
        return _coco_rows(images, content["annotations"], columns)
    return _object_rows([content], columns)


def _parse(text):
    """A JSON text's object or list; of JSON lines, the list of their objects."""
    lines = [(f"line {n}", line) for n, line in enumerate(text_lines(text), start=1)]
    lines = [(where, line) for where, line in lines if line.strip()]
    try:
        several = len(lines) > 1 and json.loads(lines[0][1]) is not None
    except (ValueError, RecursionError):
        several = False  # one text over several lines
    objects = []
    for where, part in lines if several else [("it", text)]:
        try:
            objects.append(json.loads(part))
        except (ValueError, RecursionError) as error:
            raise _Misfit(f"{where} is not whole JSON: {short(error)}") from error
    return objects if several else objects[0]


def _object_rows(objects, columns):
    """Rows of a list of objects, as of ``metadata.jsonl``; a caption may be a list of texts."""
    found = dict.fromkeys(key.strip().lower() for each in objects for key in _object(each, "it"))
    name, captions = _columns(list(found), columns)
    for number, each in enumerate(objects, start=1):
        where = f"object {number}"
        fields = {key.strip().lower(): value for key, value in each.items()}
        texts = []
        for key in captions:
            value = fields.get(key)
            texts += value if isinstance(value, list) else [value]
        yield _text(fields.get(name), where, name), _texts(texts, where), _cells(fields)


def _karpathy_rows(images):
    """Rows of Karpathy's splits: images with filename, sentences and split."""
    for number, image in enumerate(images, start=1):
        where = f"image {number}"
        name = _text(_object(image, where).get("filename"), where, "filename")
        sentences = [_object(each, where).get("raw") for each in image.get("sentences", [])]
        name = os.path.join(str(image.get("filepath") or ""), name)
        yield name, _texts(sentences, where), _cells(image)


def _coco_rows(images, annotations, columns):
    """Rows of COCO's captions: images with id and file_name, annotations with image_id."""
    name_key, caption_keys = columns[0] or "file_name", columns[1] or ["caption"]
    names, cells = {}, {}
    for number, image in enumerate(images, start=1):
        key = str(_object(image, f"image {number}").get("id"))
        name = _text(image.get(name_key), f"image {number}", name_key)
        if names.setdefault(key, name) != name:
            raise _Misfit(f"image id {key} is given to {names[key]} and to {name}")
        cells[key] = _cells(image)
        yield name, [], cells[key]
    for number, annotation in enumerate(annotations, start=1):
        where = f"annotation {number}"
        key = str(_object(annotation, where).get("image_id"))
        if key not in names or not set(caption_keys) <= set(annotation):
            missing = f"image_id {key}" if key not in names else ", ".join(caption_keys)
            raise _Misfit(
                f"{where} (id {shown(annotation.get('id'))}): no {missing} there; expected an "
                f"image_id of the file's images and {', '.join(caption_keys)}"
            )
        yield names[key], _texts([annotation[each] for each in caption_keys], where), cells[key]


def _object(value, where):
    return _of_kind(dict, value, where, "an object with a file and captions")


def _text(value, where, what):
    return _of_kind(str, value, f"{where}: its {what}", "a text")


def _of_kind(kind, value, where, expected):
    if not isinstance(value, kind):
        raise _Misfit(f"{where}: got {shown(value)}, expected {expected}")
    return value


def _texts(values, where):
    """Captions; null is none."""
    return [_text(value, where, "caption") for value in values if value is not None]


def _cells(fields):
    return {
        key.lower(): str(value) for key, value in fields.items() if isinstance(value, (str, int))
    }
