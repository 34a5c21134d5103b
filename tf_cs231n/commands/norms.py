"""`tf-cs231n norms FILE.npy`: every norm of a matrix as a table."""

import click

from tf_cs231n.commands.option_types import PATH, Count
from tf_cs231n.commands.results import results_options
from tf_cs231n.terminal import echo

_NAMES = {
    ("entrywise", 0): "entries that are not 0 (no norm)",
    ("entrywise", 1): "sum of magnitudes",
    ("entrywise", 2): "Frobenius norm",
    ("entrywise", float("inf")): "max norm",
    ("induced", 1): "largest column sum",
    ("induced", 2): "spectral norm",
    ("induced", float("inf")): "largest row sum",
    ("Schatten", 0): "rank (no norm)",
    ("Schatten", 1): "nuclear norm",
    ("Schatten", 2): "Frobenius norm",
    ("Schatten", float("inf")): "spectral norm",
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=PATH, metavar="FILE.npy")
@click.option("-p", "extra", multiple=True, type=float, help="Another order p, from 0; repeatable.")
@click.option("--digits", default=10, show_default=True, type=Count(1, 17))
@results_options("input", "metric", "at", "value", "lower_bound")
def norms(file, extra, digits, results):
    """Print all norms of the matrix in FILE.npy, written by numpy.save; - is standard input.

    Entrywise norms read the matrix as one long vector, induced norms are the most that it stretches
    a vector, Schatten norms are those of its singular values, and L_{p,q} is the q-norm of the
    columns' p-norms. ">=" marks a lower bound: induced norms have no formula but for p = 1, 2, inf.
    """
    A = _read_matrix(file)  # before the seconds that importing TensorFlow takes

    from sessions import graph_session
    from tf_cs231n import checks
    from tf_cs231n.compat import tf

    for p in extra:
        checks.numbers(least=0, finite=False, **{"-p": p})
    orders = sorted({0, 1, 2, 3, float("inf")} | set(extra))
    with graph_session() as sess:
        names, values = zip(*_norms(tf.constant(A), orders))
        values = sess.run(values)
    echo(f"{file}: {A.shape[0]} x {A.shape[1]}, {A.dtype.name}", "")
    echo(f"{'norm':<10} {'p':>8}   {'value':>{digits + 7}}")
    with results:
        for (family, order, bound), value in zip(names, values):
            results.add(input=file, metric=family, at=_show(order), value=value, lower_bound=bound)
    for (family, order, bound), value in zip(names, values):
        note = "a power method's lower bound" if bound else _NAMES.get((family, order), "")
        shown = ">= " * bound + f"{value:.{digits}g}"
        echo(f"{family:<10} {_show(order):>8}   {shown:>{digits + 7}}   {note}".rstrip())


def _norms(A, orders):
    """(family, p, whether a lower bound), Tensor for each row of the table."""
    from tf_cs231n.norms import entrywise_norm, induced_norm, lpq_norm, schatten_norm

    for p in orders:
        yield ("entrywise", p, False), entrywise_norm(A, p)
    for p in orders:
        if p >= 1:
            yield ("induced", p, p not in (1, 2, float("inf"))), induced_norm(A, p)
    for p in orders:
        yield ("Schatten", p, False), schatten_norm(A, p)
    for p, q in ((2, 1), (1, 2)):
        yield ("L_{p,q}", (p, q), False), lpq_norm(A, p, q)


def _show(order):
    return ", ".join(f"{p:g}" for p in (order if isinstance(order, tuple) else (order,)))


def _read_matrix(path):
    """The matrix in a .npy file as float64 or complex128; an `InputError` for anything else."""
    import numpy as np

    from tf_cs231n.commands.inputs import read_npy
    from tf_cs231n.errors import InputError

    A = read_npy(path)
    if A.dtype.kind not in "biufc" or A.ndim != 2 or not A.size:
        hint = "; numpy.atleast_2d makes a vector a 1 x N matrix" if A.ndim == 1 else ""
        raise InputError(
            f"{path}: has shape {A.shape} of {A.dtype}, expected a matrix (M, N) of numbers{hint}"
        )
    with np.errstate(over="ignore"):  # long doubles
        A = A.astype(np.complex128 if A.dtype.kind == "c" else np.float64)
    if not np.isfinite(A).all():
        row, column = np.argwhere(~np.isfinite(A))[0]
        raise InputError(
            f"{path}: entry [{row}, {column}] is {A[row, column]}; norms need finite numbers"
        )
    parts = np.abs(np.stack([A.real, A.imag]))
    if ((parts > 0) & (parts < np.finfo(np.float64).tiny)).any():
        echo("note: TensorFlow counts numbers below 2.2e-308 as zero", err=True)
    return A
