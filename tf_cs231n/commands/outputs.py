"""What a batch writes: sheets in pages, a file for each input, the record for --resume."""

import hashlib
import json
import os

from tf_cs231n import terminal
from tf_cs231n.commands.results import plain
from tf_cs231n.errors import InputError, shown
from tf_cs231n.files import (
    cannot_write,
    check_output,
    extension,
    figure_extension,
    read_text,
    remove_unfinished,
    sha256,
    text_lines,
    write_npy,
    write_npz,
)
from tf_cs231n.terminal import echo

PAGE_ROWS = 50  # of a sheet; more on one would be too tall for most programs
RECORD = "batch.jsonl"


class Pages:
    """A sheet of many rows, in pages that are written as they are full; a context manager.

    Args:
      out: the file of the sheet; of several pages, FILE-1.png, FILE-2.png, ...; None: no sheet.
      count: how many rows there will be at most.
      draw: function from a list of rows to a ``Figure``.
      overwrite: whether files that exist may be replaced.
      page: how many rows a page has.

    Attributes:
      paths: the pages.
    """

    def __init__(self, out, count, draw, overwrite, page):
        self._size = page
        self._rows, self._draw, self._overwrite = [], draw, overwrite
        pages = -(-count // self._size)
        self.paths, self._written = [out] if out else [], 0
        if out and pages > 1:
            if out == terminal.STANDARD:
                raise InputError(f"-: {count} rows are {pages} pages; name a file, or --out-dir")
            root, end = os.path.splitext(out)
            digits = len(str(pages))
            self.paths = [f"{root}-{page:0{digits}d}{end}" for page in range(1, pages + 1)]
        for path in self.paths:
            figure_extension(path)
            check_output(path, overwrite)

    def __enter__(self):
        return self

    def add(self, *row):
        if self.paths:
            self._rows.append(row)
            if len(self._rows) == self._size:
                self._write()

    def _write(self):
        from tf_cs231n.plots import save_figure

        path = self.paths[self._written]
        save_figure(self._draw(self._rows), path, self._overwrite)
        echo(f"wrote {path}")
        self._rows, self._written = [], self._written + 1

    def __exit__(self, kind, *error):
        if kind is None and self._rows:
            self._write()


def write(path, made, overwrite):
    """Write an image, a ``Figure``, an array or a dict of arrays, as the file's name says.

    An image may come with a dict of text for its PNG: a pair of both.
    """
    if extension(path) == ".npz":
        write_npz(path, made, overwrite)
    elif extension(path) == ".npy":
        write_npy(path, made, overwrite)
    elif hasattr(made, "savefig"):
        from tf_cs231n.plots import save_figure

        save_figure(made, path, overwrite)
    else:
        from tf_cs231n.images import save_image

        image, text = made if isinstance(made, tuple) else (made, None)
        save_image(path, image, overwrite, text)


class Record:
    """What a folder's files were made from: a line for each, appended when the file is whole.

    The first line of a run names its settings and all files that it may leave half done.

    Args:
      folder: the folder.
      inputs: list of `batches.Input` with their files.
      resume: whether files that are done may be skipped.
      results: a `Results`, for its command, settings and overwrite.

    Raises:
      InputError: a file exists that may not be replaced, or the folder's have other settings.
    """

    def __init__(self, folder, inputs, resume, results):
        self._path, self._file = os.path.join(folder, RECORD), None
        self._names = {each: os.path.relpath(each.out, folder) for each in inputs}
        settings = {"command": results.command, **results.settings}
        settings["sha256"] = _checksums(settings.values())
        head = {"outputs": list(self._names.values()), "settings": settings}
        self._head = json.dumps(head, sort_keys=True, default=str)
        self._digest = _digest(json.dumps(settings, sort_keys=True, default=str))
        self._mode, self._done, claimed = "w", {}, set()
        if resume and os.path.exists(self._path):
            self._mode = "a"
            claimed = self._read(json.loads(self._head)["settings"], results.overwrite)
        check_output(self._path, overwrite=True)
        for each in () if results.overwrite else inputs:
            if os.path.lexists(each.out) and self._names[each] not in claimed:
                raise InputError(
                    f"{each.out} exists already; choose another folder, --resume to skip what was "
                    "done there, or --overwrite to replace it"
                )

    def _read(self, settings, overwrite):
        """Note what is done; returns the names of all files that are the record's."""
        claimed = set()
        for line in text_lines(read_text(self._path)):
            try:
                line = json.loads(line)
            except ValueError:  # cut off where a run was killed
                continue
            if "outputs" in line:
                claimed.update(line["outputs"])
                if line["settings"] != settings and not overwrite:
                    raise InputError(
                        f"{self._path}: made with other settings, "
                        f"{_difference(line['settings'], settings)}; choose another folder, or "
                        "--overwrite to make all files anew"
                    )
            elif line["settings"] == self._digest:
                self._done[line["file"]] = line
        return claimed

    def rows(self, each, source):
        """The rows of results of an input that is done, or None; its digest is noted.

        Args:
          each: the `Input`.
          source: its name, or an open file with its content.
        """
        if hasattr(source, "getvalue"):
            each.digest = _digest(source.getvalue())
        elif os.path.isfile(source):
            each.digest = sha256(source)
        else:  # a sample
            each.digest = _digest(source)
        done = self._done.get(self._names[each])
        if done and done["sha256"] == each.digest and os.path.exists(each.out):
            return done["rows"]
        return None

    def begin(self):
        """Call it before each file is written; the first time it claims them all."""
        if self._file is None:
            self.remove_unfinished()
            self._file = open(self._path, self._mode, encoding="utf-8")  # noqa: SIM115
            self._write("\n" * (self._mode == "a") + self._head)

    def remove_unfinished(self):
        """Remove what killed processes left."""
        remove_unfinished(each.out for each in self._names)

    def add(self, each, rows):
        """Note that an input's file is whole."""
        line = {
            "file": self._names[each],
            "input": each.name,
            "sha256": each.digest,
            "settings": self._digest,
            "rows": [{name: plain(value) for name, value in row.items()} for row in rows],
        }
        self._write(json.dumps(line, sort_keys=True))

    def _write(self, line):
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def close(self):
        if self._file is not None:
            self._file.close()


def _checksums(values):
    """File or folder that a setting names: its checksum, so that another file is noticed."""
    names = [
        v for value in values for v in (value if isinstance(value, (list, tuple)) else [value])
    ]
    names = [name for name in names if isinstance(name, str)]
    sums = {name: sha256(name) for name in names if os.path.isfile(name)}
    for name in filter(os.path.isdir, names):
        entries = sorted((e.name, e.stat().st_size, e.stat().st_mtime) for e in os.scandir(name))
        sums[name] = _digest(json.dumps(entries))
    return sums


def _difference(before, now):
    names = sorted(n for n in {*before, *now} if before.get(n) != now.get(n) and n != "sha256")
    if not names:
        return "another file of weights or labels"
    return ", ".join(f"{n} {shown(before.get(n))}, now {shown(now.get(n))}" for n in names)


def _digest(content):
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()
