"""Random vectors and matrices for norms; the last case is a batch of them."""

import numpy as np

from tf_cs231n.assignment.task import Output, Task

_INF = np.inf


def _task(name, orders=None, vector=False):
    """A norm, tried with each of its orders, and in a batch."""
    orders = orders or [()]
    orders = orders + [orders[-1]]

    def inputs(rng, sizes, case):
        shape = (sizes["N"],) if vector else (sizes["M"], sizes["N"])
        batch = (sizes["B"],) if case == len(orders) - 1 else ()
        return {"A": rng.randn(*(batch + shape)), "case": np.array(case)}

    def call(f, i):
        import tf_cs231n.assignment.graphs as graphs

        with graphs.session() as sess:
            norm = getattr(f, name)(graphs.tensors(i["A"]), *orders[int(i["case"])])
            return (graphs.evaluate(sess, norm),)

    labels = [
        ", ".join(f"{letter}={value:g}" for letter, value in zip("pq", order)) for order in orders
    ]
    labels[-1] = (labels[-1] + ", a batch").lstrip(", ")
    return Task(name, "norms", "M N B", inputs, call, [Output("norm", "B")], cases=len(orders),
                labels=labels, graph=True)  # fmt: skip


TASKS = [
    _task("vector_norm", [(1,), (2,), (_INF,), (3,)], vector=True),
    _task("entrywise_norm", [(1,), (2,), (_INF,), (3,)]),
    _task("induced_norm", [(1,), (2,), (_INF,)]),
    _task("lpq_norm", [(2, 1), (1, 2), (3, 2)]),
    _task("frobenius_norm"),
    _task("max_norm"),
    _task("schatten_norm", [(1,), (2,), (_INF,), (3,)]),
    _task("nuclear_norm"),
    _task("spectral_norm"),
]
