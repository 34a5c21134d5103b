"""Functions that are equal after renaming, in the submissions of different people."""

import ast
import collections

LEAST_NODES = 40  # of the syntax tree; shorter functions are equal by necessity


def shape(function, least=LEAST_NODES):
    """A function's text without names, docstring and comments; None if it is too short to tell.

    >>> one, other = (ast.parse(text).body[0] for text in (
    ...     "def f(x, w):\\n    return x @ w", "def g(a, b):\\n    'Product.'\\n    return a @ b"))
    >>> shape(one, least=1) == shape(other, least=1)
    True
    """
    body = list(function.body)
    if ast.get_docstring(function) is not None:
        body = body[1:]
    numbers, parts = {}, []
    own = {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
    stored = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
    own |= {node.id for node in stored if isinstance(node.ctx, ast.Store)}
    for argument in function.args.args:
        numbers.setdefault(argument.arg, len(numbers))
    for statement in body:
        for node in ast.walk(statement):
            name = getattr(node, "id", getattr(node, "attr", getattr(node, "arg", None)))
            if name in own:
                name = numbers.setdefault(name, len(numbers))
            value = getattr(node, "value", getattr(node, "n", getattr(node, "s", None)))
            constant = repr(value) if isinstance(value, (bool, int, float, str)) else ""
            parts.append((type(node).__name__, name, constant))
    return tuple(parts) if len(parts) >= least else None


def equal_functions(functions):
    """Find equal functions.

    Args:
      functions: dict of submission to dict of task to its syntax tree.

    Returns:
      List of (task, [submissions]), those shared by the fewest first, since what everybody writes
      alike tells nothing.
    """
    shapes = collections.defaultdict(list)
    for name, trees in sorted(functions.items()):
        for task, tree in trees.items():
            found = shape(tree)
            if found is not None:
                shapes[task, found].append(name)
    shared = [(task, names) for (task, _), names in shapes.items() if len(names) > 1]
    return sorted(shared, key=lambda pair: (len(pair[1]), pair))
