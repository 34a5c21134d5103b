"""A learner's functions at work in the commands: `--with FILE`.

The file is read as a check reads it: of a notebook only what a function needs, a course file with
the course's modules at hand. But it runs in this process, without limits: it is the learner's own.
"""

import contextlib
import os
import sys
import zlib

from tf_cs231n.assignment import child, hinting, source
from tf_cs231n.assignment.records import describe_error
from tf_cs231n.assignment.tasks import TASKS, solution
from tf_cs231n.errors import InputError


class Own:
    """The functions of some tasks that a learner has written.

    Args:
      path: a file, a notebook or a folder; None: there are none, and nothing else happens.
      module: of the tasks.
      names: the tasks that a command uses.

    Attributes:
      functions: dict of name to function, only those that are more than skeletons.
      text: what is read, to tell one version from another.

    Raises:
      InputError: in one line, if the file cannot be run or has none of these functions.
    """

    def __init__(self, path, module, names):
        self.path, self.names, self.functions, self.text = path, list(names), {}, ""
        self._theirs = []
        if path is None:
            return
        os.environ.setdefault("MPLBACKEND", "Agg")  # theirs may call plt.show()
        child.provide_course_modules()
        for one in source.read(path):
            if any(task.module == module for task in one.tasks):
                self._load(one, module)
        self.keep(self.names)

    def keep(self, names):
        """Use only these."""
        self.names = list(names)
        self.functions = {n: f for n, f in self.functions.items() if n in self.names}
        if self.path is not None and not self.functions:
            raise InputError(
                f"{self.path}: has none of the functions that are used here ({', '.join(names)}), "
                "or only as the skeleton has them"
            )

    def _load(self, one, module):
        self._theirs += [filename for filename, _ in one.chunks] + one.folders
        self.text += "".join(text for _, text in one.chunks)
        with self.telling(), _course_tensorflow(module):
            names = child.load(one.plan())
        group = [task for task in TASKS.values() if task.module == module]
        theirs = {}
        for task in group:
            if not one.is_untouched(task) and one.spelling(task) in names:
                theirs[task.name] = names[one.spelling(task)]
        for task in group:  # a backward pass reads its own forward's cache
            if task.forward and not {task.name, task.forward} <= set(theirs):
                alone = theirs.pop(task.name, None)
                if alone is None and task.forward in theirs:
                    self._without(names, task.forward, module)
        for task in group:
            if task.name not in theirs and "." not in task.name:
                self._without(names, task.name, module)
        self.functions = {**theirs, **self.functions}  # of several files the first counts

    @staticmethod
    def _without(names, name, module):
        """Let the learner's other functions find ours where theirs is not written yet."""
        names[name] = getattr(solution(module), name)

    def whose(self):
        """One line that says which functions are the learner's."""
        yours = ", ".join(name for name in self.names if name in self.functions)
        ours = ", ".join(name for name in self.names if name not in self.functions)
        return f"yours: {yours or 'none'}; ours: {ours or 'none'}"

    @contextlib.contextmanager
    def telling(self):
        """Make an error of the learner's code one line, after a traceback of their lines only."""
        try:
            yield
        except (Exception, SystemExit) as error:
            told = describe_error(error, self._theirs) if self.path else {"lines": []}
            if not told["lines"]:
                raise
            for line in told["lines"]:
                print(f"  {line}", file=sys.stderr)
            raise InputError(
                f"your code raised {told['type']}: {told['message']} ({told['lines'][-1]})"
            ) from error

    def folder(self, name):
        """A folder beside the file for what this version of it makes; None without a file."""
        if self.path is None:
            return None
        name = f"{name}-{zlib.crc32(self.text.encode()):08x}"
        return os.path.normpath(os.path.join(self._home(), name))

    def _home(self):
        is_folder = os.path.isdir(self.path)
        return self.path if is_folder else os.path.dirname(self.path) or "."

    def note(self, images, command):
        """Put images that these functions made on the progress page, if the folder has one."""
        if self.path is not None:
            hinting.note_images(self._home(), images, command, sorted(self.functions))


@contextlib.contextmanager
def _course_tensorflow(module):
    """Let an old file's ``import tensorflow`` get its names, in TensorFlow 2 too."""
    if not any(task.graph for task in TASKS.values() if task.module == module):
        yield
        return
    from tf_cs231n.compat import TF_VERSION, tf

    before = sys.modules["tensorflow"]
    if TF_VERSION >= (2, 0):
        sys.modules["tensorflow"] = tf
    try:
        yield
    finally:
        sys.modules["tensorflow"] = before
