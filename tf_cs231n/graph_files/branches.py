"""Decide tf.cond where its switch stands still: of dropout, the branch for testing is left."""

from tf_cs231n.compat import tf
from tf_cs231n.graph_files.functions import full_name, operation_of

_PASSING = "Identity", "PlaceholderWithDefault"


def decided(nodes, feed):
    """The operations without those branches of ``tf.cond`` that are never taken.

    Args:
      nodes: list of NodeDefs.
      feed: dict of operation to array; placeholders that are not fed have their defaults.
    """
    by_name = {node.name: node for node in nodes}
    moved, dead = {}, set()  # Tensor: the one it is; Tensors and operations that are never made
    for node in nodes:
        if node.op == "Switch":
            truth = _truth(node.input[1], by_name, feed)
            if truth is not None:
                moved[f"{node.name}:{int(truth)}"] = node.input[0]
                dead.add(f"{node.name}:{int(not truth)}")
    if not moved:
        return nodes
    _spread(nodes, dead)
    switches = {operation_of(name) for name in moved}
    kept = [node for node in nodes if node.name not in dead and node.name not in switches]
    for node in kept:
        inputs = [_resolved(name, moved) for name in node.input if not _is_dead(name, dead)]
        inputs = [name for name in inputs if operation_of(name) not in switches]
        if node.op == "Merge" and len(inputs) < len(node.input):
            node.op = "Identity"  # of a tf.cond's two branches one is left
            del node.attr["N"]
        del node.input[:]
        node.input.extend(inputs)
    return kept


def _truth(name, by_name, feed):
    """Whether a predicate is true; None where only a run can tell."""
    node = by_name[operation_of(name)]
    if node.name in feed:
        return bool(feed[node.name])
    if node.op in _PASSING:
        return _truth(node.input[0], by_name, feed)
    if node.op == "LogicalNot":
        truth = _truth(node.input[0], by_name, feed)
        return None if truth is None else not truth
    return bool(tf.make_ndarray(node.attr["value"].tensor)) if node.op == "Const" else None


def _spread(nodes, dead):
    """Add what is made from what is never made; a Merge lives while one of its inputs does."""
    users = {}
    for node in nodes:
        for name in node.input:
            users.setdefault(operation_of(name), []).append(node)
    stack = [user for name in dead for user in users.get(operation_of(name), ())]
    while stack:
        node = stack.pop()
        never = [_is_dead(name, dead) for name in node.input]
        if node.name not in dead and (all(never) if node.op == "Merge" else any(never)):
            dead.add(node.name)
            stack.extend(users.get(node.name, ()))


def _is_dead(name, dead):
    return operation_of(name) in dead or full_name(name) in dead


def _resolved(name, moved):
    while full_name(name) in moved:
        name = moved[full_name(name)]
    return name
