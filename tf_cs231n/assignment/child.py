"""The child process: run a learner's file, record what its functions do, hand the records over.

``python -m tf_cs231n.assignment.child FOLDER`` reads FOLDER/job.json and writes, a task at a time,
``<task>.json`` and .npy files. It decides nothing: its parent compares. So whatever the learner's
file does to this process (overwriting `numpy.allclose`, ending it, hanging) costs no more than its
own row.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import linecache
import os
import sys
import types


def limit(gigabytes, seconds):
    """Limit memory, and processor time for the case that the parent dies and cannot end us.

    Where the system has no such limits, the parent's clock is the only one.
    """
    try:
        import resource
    except ImportError:
        return
    size = int(gigabytes * 2**30)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        seconds = int(seconds * (os.cpu_count() or 1)) + 5  # of all threads together
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    except (ValueError, OSError):
        pass


# --- What a course file imports ---

# The course's modules, for a file that lies alone; one that has the course's package uses that.
_OURS = {
    "cs231n.layers": "tf_cs231n.assignment.solutions.rnn_layers:tf_cs231n.captioning.rnn_layers",
    "cs231n.rnn_layers": "tf_cs231n.assignment.solutions.rnn_layers",
    "cs231n.gradient_check": "tf_cs231n.gradient_check",
    "cs231n.image_utils": "tf_cs231n.images",
    "cs231n.coco_utils": "tf_cs231n.captioning.coco",
    "cs231n.captioning_solver": "tf_cs231n.captioning.solver",
    "cs231n.optim": "tf_cs231n.captioning.optim",
    "cs231n.classifiers.rnn": "tf_cs231n.captioning.rnn",
    "cs231n.classifiers.squeezenet": "tf_cs231n.squeezenet",
    "cs231n.data_utils": "tf_cs231n.datasets",
}
_PLACEHOLDERS = ("cs231n", "past", "matplotlib", "IPython", "scipy", "future", "imageio")


class CourseModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds, last of all, what a course file imports and this machine lacks."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in _PLACEHOLDERS:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module):
        name = module.__name__
        if name == "past.builtins":
            vars(module).update(xrange=range, basestring=str, unicode=str, long=int, range=range)
        elif name in _OURS:
            for ours in reversed(_OURS[name].split(":")):
                there = vars(importlib.import_module(ours))
                vars(module).update({k: v for k, v in there.items() if not k.startswith("__")})
        else:
            module.__getattr__ = lambda attribute: _Placeholder(f"{name}.{attribute}", attribute)


def provide_course_modules():
    """Let ``import cs231n.layers`` and its like find ours where there are no others."""
    if not any(isinstance(finder, CourseModules) for finder in sys.meta_path):
        sys.meta_path.append(CourseModules())


class _Placeholder:
    """Stands for a thing that is not there: importing it is fine, using its value is not."""

    def __init__(self, name, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        self._name = name

    def __call__(self, *arguments, **options):
        raise ImportError(f"{self._name} is not available while your code is checked")

    def __getattr__(self, attribute):
        return _Placeholder(f"{self._name}.{attribute}", attribute)

    def __setitem__(self, key, value):  # plt.rcParams[...] = ...
        pass


def load(plan):
    """Run a learner's chunks as one module; returns its namespace, a dict.

    A notebook's second `discriminator` and `generator` are the course's convolutional ones.
    """
    sys.path[:0] = plan["folders"]
    package = plan["package"]
    name = f"{package}.{plan['name']}" if package else plan["name"]
    module = types.ModuleType(name)
    module.__file__, module.__package__ = plan["path"], package
    if package and package not in sys.modules:
        try:
            importlib.import_module(package)
        except (
            Exception
        ):  # no __init__.py beside it, or one that cannot run: a bare package will do
            parent = types.ModuleType(package)
            parent.__path__ = plan["folders"][-1:]
            sys.modules[package] = parent
    sys.modules[name] = module
    names = vars(module)
    for filename, text in plan["chunks"]:
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        before = {name: names.get(name) for name in ("discriminator", "generator")}
        exec(compile(text, filename, "exec"), names)
        for name, old in before.items():
            if old is not None and names.get(name) is not old and len(plan["chunks"]) > 1:
                names["dcgan_" + name], names[name] = names[name], old
    return names


def main(folder):
    with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
        job = json.load(file)
    limit(job["memory"], job["seconds"])
    provide_course_modules()

    from tf_cs231n.assignment.records import Record, describe_error, save
    from tf_cs231n.assignment.tasks import TASKS, solution
    from tf_cs231n.assignment.variants import record_learner

    tasks = [TASKS[name] for name in job["tasks"]]
    cases = {  # before the learner's file could change what random numbers are
        task.name: [task.inputs(job["seed"], case)[0] for case in range(task.cases)]
        for task in tasks
    }
    if job["graph"]:
        from tf_cs231n.assignment.graphs import open_tensorflow

        open_tensorflow(job["full"])
    for task in tasks:
        solution(task.module)
    if "answers" in job:
        for task in tasks:
            save(os.path.join(folder, task.name), answer(task, cases[task.name], job["answers"]))
        return
    plan = job["plan"]
    theirs = [filename for filename, _ in plan["chunks"]] + plan["folders"]
    failure, names = None, {}
    try:
        names = load(plan)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        failure = Record(error=describe_error(error, theirs))
    for task in tasks:
        path = os.path.join(folder, task.name)
        with open(path + ".started", "w"):
            pass
        for alias in task.aliases:
            if task.name not in names and alias in names:
                names[task.name] = names[alias]
        if failure is not None:
            save(path, {"own": [failure]})
        elif not _has(names, task.name):
            save(path, {"missing": []})
        else:
            save(path, record_learner(task, names, cases[task.name], theirs, job.get("only")))


def answer(task, cases, what):
    """The reference's records of a task and of what is also right, or those of its mistakes."""
    import tf_cs231n.assignment.tasks as tasks
    import tf_cs231n.assignment.variants as variants

    edits = tasks.mistakes(task) if what == "mistakes" else tasks.alternatives(task)
    records = {edit.name: variants.record_mistake(task, edit, cases) for edit in edits}
    if what == "reference":
        records["reference"] = variants.record_reference(task, cases)
    return records


def _has(names, task):
    first, _, method = task.partition(".")
    return first in names and (not method or hasattr(names[first], method))


if __name__ == "__main__":
    main(sys.argv[1])
    sys.stdout.flush()
    os._exit(0)  # whatever threads or handlers the learner's file has left behind
