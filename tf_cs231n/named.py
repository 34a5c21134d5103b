"""Things by name: the elements of lists, and a caller's functions in the place of ours."""

import types

from tf_cs231n.errors import InputError, shown


def each(**lists):
    """Lists as one dict of ``name[index]`` to element, for another check."""
    return {f"{name}[{i}]": x for name, values in lists.items() for i, x in enumerate(values)}


def functions(*ours, **theirs):
    """Functions by name, those of a caller's module or dict in the place of ours.

    Args:
      *ours: functions.
      **theirs: ``argument=module``, or a dict, of functions by the same names; None: ours alone.

    Returns:
      A `types.SimpleNamespace`.
    """
    chosen = {function.__name__: function for function in ours}
    for argument, given in theirs.items():
        named = given if isinstance(given, dict) else {
            name: getattr(given, name) for name in chosen if hasattr(given, name)
        }  # fmt: skip
        unknown = [name for name in named if name not in chosen]
        if unknown or (given is not None and not named):
            got = shown(unknown[0] if unknown else given)
            raise InputError(f"{argument}: got {got}, expected functions {', '.join(chosen)}")
        for name, function in named.items():
            if not callable(function):
                raise InputError(f"{argument}, {name}: got {shown(function)}, expected a function")
        chosen.update(named)
    return types.SimpleNamespace(**chosen)
