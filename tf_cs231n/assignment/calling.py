"""`check(function)`: find a function's text and what it needs; check it as if in a file."""

import inspect
import os
import types

import tf_cs231n.assignment.source as source
from tf_cs231n.assignment.checking import check_sources
from tf_cs231n.assignment.reports import Shown
from tf_cs231n.assignment.tasks import NAMES
from tf_cs231n.errors import InputError, shown

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def check_functions(functions, seed=None, full=False):
    """`tf_cs231n.assignment.check`."""
    flat = []
    for function in functions:
        flat += function if isinstance(function, (list, tuple)) else [function]
    if not flat:
        raise InputError("check: name the functions to check, as check(rnn_step_forward)")
    names = [name for function in flat for name in _task_names(function)]
    sources = [source.from_text(_text([_unwrapped(function) for function in flat]))]
    return Shown(check_sources(sources, names, seed, full))


def _unwrapped(function):
    """The class of a method, else the thing itself."""
    if isinstance(function, types.FunctionType) and "." in function.__qualname__:
        owner = function.__globals__.get(function.__qualname__.split(".")[0])
        return owner if isinstance(owner, type) else function
    return function


def _task_names(function):
    name = getattr(function, "__qualname__", getattr(function, "__name__", shown(function)))
    names = [task for task in NAMES if task == name or task.startswith(name + ".")]
    if not names:
        raise InputError(
            f"check: {name} is no function of the assignment; tf-cs231n assignment list shows them"
        )
    return names


def _text(things):
    """The text of functions and classes, after that of all that they use of their own module."""
    parts, seen, queue = [], set(), list(things)
    while queue:
        thing = queue.pop(0)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        try:
            text = inspect.getsource(thing)
        except (OSError, TypeError) as error:
            raise InputError(
                f"check: the source of {thing.__name__} cannot be found; write it in a notebook's "
                "cell or a file, not at Python's prompt"
            ) from error
        parts.insert(0, inspect.cleandoc("\n" + text) if text[:1].isspace() else text)
        for name, value in _names_used(thing):
            if isinstance(value, types.ModuleType):
                parts.insert(
                    0,
                    f"{name} = __import__('importlib').import_module('{value.__name__}')\n",
                )
            elif _is_own(value, thing):
                queue.append(value)
            elif isinstance(value, _PLAIN):
                parts.insert(0, f"{name} = {value!r}\n")
            elif hasattr(value, "__module__") and getattr(value, "__qualname__", "") == getattr(
                value, "__name__", None
            ):
                parts.insert(0, f"from {value.__module__} import {value.__name__} as {name}\n")
    return "\n\n".join(parts)


def _names_used(thing):
    """Pairs (name, value) of the globals that a function, or the methods of a class, name."""
    functions = [thing] if isinstance(thing, types.FunctionType) else [
        value for value in vars(thing).values() if isinstance(value, types.FunctionType)
    ]  # fmt: skip
    for function in functions:
        for name in _code_names(function.__code__):
            if name in function.__globals__:
                yield name, function.__globals__[name]


def _code_names(code):
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code_names(constant)


def _is_own(value, thing):
    """Whether something is the learner's: of the same module, or of a file that is no library's."""
    if not isinstance(value, (types.FunctionType, type)):
        return False
    if value.__module__ == thing.__module__:
        return True
    file = getattr(inspect.getmodule(value), "__file__", None) or ""
    return (
        bool(file)
        and "site-packages" not in file
        and not file.startswith(os.path.dirname(os.__file__))
    )
