"""Sort out what students handed in: folders, zips, notebooks and files, some of them twice."""

import collections
import hashlib
import os
import re
import shutil
import zipfile

from tf_cs231n.errors import InputError

_CODE = (".py", ".ipynb")
# "ada (1).zip", "ada - copy", "ada_late" are by ada too.
_AGAIN = re.compile(r"(\s*\(\d+\)|[\s_-]+(copy|late|resubmission|new|final))+$", re.IGNORECASE)

# name: of the student or group; path: what was handed in; notes: what was sorted out, a list.
Submission = collections.namedtuple("Submission", "name path notes")


def find(folder):
    """The submissions in a folder, by name.

    Each folder, zip, notebook or .py file in it is one. Of several by the same name the newest
    counts; hidden files and what a Mac adds are passed over.

    Returns:
      List of `Submission`, and a list of the names of files that are none.

    Raises:
      InputError: no such folder, or nothing in it.
    """
    if not os.path.isdir(folder):
        raise InputError(f"{folder}: no such folder")
    while len(_visible(folder)) == 1 and not _is_submission(_visible(folder)[0]):
        folder = _visible(folder)[0]  # a folder in a folder, as zips unpack
    versions, others = collections.defaultdict(list), []
    for path in _visible(folder):
        stem = os.path.basename(path)
        if not os.path.isdir(path):
            stem, extension = os.path.splitext(stem)
            if extension.lower() not in (*_CODE, ".zip"):
                others.append(os.path.basename(path))
                continue
        versions[_AGAIN.sub("", stem).lower()].append((_newest(path), path, stem))
    found = []
    for same in versions.values():
        same.sort()
        _, path, _ = same[-1]
        older = ", ".join(os.path.basename(path) for _, path, _ in same[:-1])
        notes = [f"{os.path.basename(path)} is newer and counts, not {older}"] if older else []
        found.append(Submission(_AGAIN.sub("", same[-1][2]), path, notes))
    if not found:
        raise InputError(f"{folder}: no folder, zip, notebook or .py file in it")
    return sorted(found), others


def copy_code(submission, folder):
    """Copy the .py files and notebooks of a submission into ``folder``, where it may do as it will.

    Returns:
      Notes of what could not be copied, a list.
    """
    path, notes = submission.path, []
    if os.path.isdir(path):
        for name in _files(path):
            target = os.path.join(folder, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(os.path.join(path, name), target)
    elif path.lower().endswith(".zip"):
        try:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if _counts(name):
                        archive.extract(name, folder)  # which keeps names inside the folder
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
            notes.append(f"{os.path.basename(path)} cannot be unpacked ({error})")
    else:
        shutil.copyfile(path, os.path.join(folder, os.path.basename(path)))
    return notes


def fingerprint(folder):
    """A hash of the names and bytes of all code in a folder."""
    digest = hashlib.sha256()
    for name in _files(folder):
        digest.update(name.encode() + b"\0")
        with open(os.path.join(folder, name), "rb") as file:
            digest.update(file.read() + b"\0")
    return digest.hexdigest()


def _visible(folder):
    names = sorted(os.listdir(folder))
    return [os.path.join(folder, n) for n in names if n[0] != "." and n != "__MACOSX"]


def _is_submission(path):
    """Whether a lone entry is one student's work, and not a folder of everybody's."""
    if not os.path.isdir(path):
        return True
    inside = _visible(path)
    return not inside or any(entry.endswith(_CODE) for entry in inside) or len(inside) == 1


def _files(folder):
    """The code below a folder, paths relative to it; links are not followed."""
    found = []
    for where, folders, files in os.walk(folder):
        folders.sort()
        for file in files:
            name = os.path.relpath(os.path.join(where, file), folder)
            if _counts(name) and not os.path.islink(os.path.join(where, file)):
                found.append(name)
    return sorted(found)


def _counts(name):
    parts = re.split(r"[/\\]", name)
    hidden = any(part.startswith(".") or part in ("__MACOSX", "__pycache__") for part in parts)
    return name.lower().endswith(_CODE) and not hidden


def _newest(path):
    """When the newest of its files was changed."""
    if os.path.isdir(path):
        times = [os.path.getmtime(os.path.join(path, name)) for name in _files(path)]
        return max(times, default=0)
    return os.path.getmtime(path)
