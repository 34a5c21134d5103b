"""`tf-cs231n information P Q` and `tf-cs231n likelihood FILE.npy`: the numbers of the theory."""

import math

import click

from tf_cs231n.commands.option_types import PATH, Number, NumberList
from tf_cs231n.commands.results import results_options
from tf_cs231n.terminal import echo

_HELP = {"help_option_names": ["-h", "--help"]}


@click.command(context_settings=_HELP)
@click.argument("p", type=NumberList(lengths=None), metavar="P")
@click.argument("q", type=NumberList(lengths=None), metavar="Q")
@click.option("--base", type=Number(above=0), help="Of the logarithms; 2 gives bits.  [default: e]")
@results_options("metric", "value")
def information(p, q, base, results):
    """Print the entropies of the distributions P and Q, and how far they are from each other.

    P and Q are probabilities such as 1/2,1/3,1/6, as many of each.
    """
    import numpy as np

    from sessions import graph_session
    from tf_cs231n import checks
    from tf_cs231n import information as measures

    base = base or math.e
    checks.same_length(**{"probabilities of P": p, "of Q": q})
    p, q = np.array(p), np.array(q)
    with graph_session() as sess:
        tensors = {
            "H(P)": measures.entropy(p, base=base),
            "H(Q)": measures.entropy(q, base=base),
            "H(P, Q)": measures.cross_entropy(p, q, base=base),
            "H(Q, P)": measures.cross_entropy(q, p, base=base),
            "KL(P || Q)": measures.kl_divergence(p, q, base=base),
            "KL(Q || P)": measures.kl_divergence(q, p, base=base),
            "JS(P, Q)": measures.js_divergence(p, q, base=base),
        }
        values = sess.run(tensors)
    unit = {math.e: "nats", 2: "bits"}.get(base, f"logarithms of base {base:g}")
    echo(f"{len(p)} outcomes, in {unit}", "")
    with results:
        for name, value in values.items():
            results.add(metric=name, value=value)
            echo(f"{name:<12}{value:12.6f}")
    echo("", "H(P, Q) = H(P) + KL(P || Q)")


@click.command(context_settings=_HELP)
@click.argument("file", type=PATH, metavar="FILE.npy")
@click.option("--family", type=click.Choice(["bernoulli", "gaussian"]), required=True)
@click.option("--p", type=Number(0, most=1), help="bernoulli: the probability of a 1.")
@click.option("--mean", type=Number(), help="gaussian.")
@click.option("--std", type=Number(above=0), help="gaussian.")
@results_options("input", "metric", "at", "value")
def likelihood(file, family, p, mean, std, results):
    """Fit a family to the samples in FILE.npy, written by numpy.save; - is standard input.

    The parameters of maximum likelihood are printed with the log-likelihood that they reach, in
    nats, and beside it that of the parameters that --p, or --mean and --std, name.
    """
    x = _read_samples(file, family)
    wanted = {"bernoulli": {"p": p}, "gaussian": {"mean": mean, "std": std}}[family]
    _check_options(family, {"p": p, "mean": mean, "std": std}, wanted)

    from sessions import graph_session
    from tf_cs231n import likelihood as fits

    with graph_session() as sess:
        made = {"bernoulli": fits.Bernoulli, "gaussian": fits.Gaussian}[family]()
        best = sess.run(fits.maximum_likelihood(made, x))
        found = {"maximum likelihood": best}
        if None not in wanted.values():
            found["given"] = wanted
        totals = {name: sess.run(_total(family, x, **at)) for name, at in found.items()}
    echo(f"{file}: {len(x)} samples, {family}", "")
    with results:
        for name, at in found.items():
            shown = ", ".join(f"{key} {value:.6g}" for key, value in at.items())
            echo(f"{name:<20}{shown:<34}log-likelihood {totals[name]:.6f}")
            for key, value in {**at, "log_likelihood": totals[name]}.items():
                results.add(input=file, metric=key, at=name, value=value)


def _total(family, x, p=None, mean=None, std=None):
    """The log-likelihood of all samples, a Tensor."""
    import numpy as np

    from tf_cs231n.compat import tf
    from tf_cs231n.information import log_likelihood
    from tf_cs231n.likelihood import Gaussian

    if family == "bernoulli":  # by probabilities, which may be 0 or 1
        return log_likelihood(x.astype(int), np.array([1 - p, p]))
    return tf.reduce_sum(Gaussian().log_prob(x, mean, np.log(std)))


def _read_samples(file, family):
    import numpy as np

    from tf_cs231n import checks
    from tf_cs231n.commands.inputs import read_npy
    from tf_cs231n.errors import InputError

    x = checks.array(file, read_npy(file), "N").astype(np.float64)
    if family == "bernoulli" and not np.isin(x, (0, 1)).all():
        raise InputError(f"{file}: samples of a Bernoulli distribution must be 0 or 1")
    if not len(x):
        raise InputError(f"{file}: no samples in it")
    if family == "gaussian" and x.min() == x.max():
        raise InputError(f"{file}: all samples are equal, so their likelihood has no maximum")
    return x


def _check_options(family, given, wanted):
    """The parameters of another family, or only half of them, are a mistake."""
    from tf_cs231n.errors import InputError

    for name, value in given.items():
        if value is not None and name not in wanted:
            raise InputError(f"--{name}: a {family} distribution has no {name}")
    missing = [name for name, value in wanted.items() if value is None]
    if missing and len(missing) < len(wanted):
        raise InputError(f"--{missing[0]}: expected it, too")
