"""Norms and likelihood: unit balls, two distributions, and where a likelihood has its maximum.

Every number comes from `norms`, `information` and `likelihood`, in graphs that are built once, so
that the page can ask again at each move of the mouse.
"""

import math

import numpy as np

from tf_cs231n import __version__, checks, named
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.information import (
    cross_entropy,
    entropy,
    js_divergence,
    kl_divergence,
    log_likelihood,
)
from tf_cs231n.likelihood import Bernoulli, Gaussian, maximum_likelihood
from tf_cs231n.norms import vector_norm
from tf_cs231n.studio import equal
from tf_cs231n.studio.uploads import npy

BALL = 361  # directions, a degree apart
COMPARED = (1, 2, np.inf)
BASES = {"nats": math.e, "bits": 2}
MOST_OUTCOMES = 12
TRUE = {"bernoulli": {"p": 0.65}, "gaussian": {"mean": 0.6, "std": 1.3}}  # what samples come from
GRIDS = {
    "p": np.linspace(0.005, 0.995, 199),
    "mean": np.linspace(-3, 4, 141),
    "std": np.linspace(0.3, 4, 149),
}


def norm(studio, job, p, x):
    """Send the p-norm of a vector of two entries, and the vectors of norm 1.

    Args:
      p: a number above 0, or "inf".
      x: [x_1, x_2].
    """
    p = np.inf if p == "inf" else p
    checks.numbers(above=0, finite=False, p=p)
    checks.counts(2, 2, **{"entries of x": len(x)})
    checks.numbers(-1e6, most=1e6, **named.each(x=x))
    angles = np.linspace(0, 2 * np.pi, BALL)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    rows = np.concatenate([directions, [x, [1, 0], [0, 1], [1, 1]]])
    sess, vectors, norms = studio.networks.once(("norm", p), lambda sess: _norm_of(sess, [p]))
    *lengths, size, first, second, both = sess.run(norms[0], {vectors: rows})
    ball = directions / np.array(lengths)[:, None]
    sess, vectors, norms = studio.networks.once(("norms",), lambda sess: _norm_of(sess, COMPARED))
    compared = sess.run(norms, {vectors: [x]})
    texts = _equal_norm(x, p)
    record = _record("norms", texts, p=_plain(p), x=list(x), norm=_plain(size))
    files = {"vector.npy": npy(np.float64([x])), "ball.npy": npy(ball)}
    job.send(
        "norm",
        norm=_plain(size),
        ball=ball.round(4).tolist(),
        others=[[_plain(order), _plain(row[0])] for order, row in zip(COMPARED, compared)],
        # what the triangle inequality compares: the sum of the axes' unit vectors
        triangle=[_plain(both), _plain(first + second)],
        equal=texts,
        download=studio.results.put("norm", files, record),
    )


def _norm_of(sess, orders):
    vectors = tf.placeholder(tf.float64, [None, 2])
    return sess, vectors, [vector_norm(vectors, p) for p in orders]


def information(studio, job, p, q, unit="nats"):
    """Send the entropies of two distributions and how far they are from each other.

    Args:
      p, q: K probabilities each, as lists.
      unit: "nats" or "bits".
    """
    checks.one_of(BASES, unit=unit)
    checks.counts(2, MOST_OUTCOMES, **{"number of outcomes": len(p)})
    for name, values in (("p", p), ("q", q)):
        checks.counts(len(p), len(p), **{f"length of {name}": len(values)})
        checks.numbers(0, most=1, **named.each(**{name: values}))
        if abs(sum(values) - 1) > 1e-6:
            raise InputError(f"{name}: its probabilities sum to {sum(values):g}, expected 1")
    sess, feeds, measures = studio.networks.once(
        ("information", unit), lambda sess: (sess, *_measures(BASES[unit]))
    )
    values = sess.run(measures, dict(zip(feeds, (p, q))))
    values = {name: _plain(value) for name, value in values.items()}
    texts = _equal_information(p, q, unit)
    record = _record("information", texts, p=p, q=q, unit=unit, **values)
    files = {"p.npy": npy(np.float64(p)), "q.npy": npy(np.float64(q))}
    download = studio.results.put("information", files, record)
    job.send("information", values=values, unit=unit, equal=texts, download=download)


def _measures(base):
    p, q = (tf.placeholder(tf.float64, [None]) for _ in range(2))
    given = {"base": base, "validate": False}  # the panel's door has checked them
    return (p, q), {
        "entropy_p": entropy(p, **given),
        "entropy_q": entropy(q, **given),
        "cross_entropy": cross_entropy(p, q, **given),
        "cross_entropy_back": cross_entropy(q, p, **given),
        "kl": kl_divergence(p, q, **given),
        "kl_back": kl_divergence(q, p, **given),
        "js": js_divergence(p, q, **given),
    }


def likelihood(studio, job, family, seed=0, number=20, p=0.5, mean=0, std=1):
    """Send the log-likelihood of samples at some parameters, around them, and at its maximum.

    Args:
      family: "bernoulli", with the parameter p, or "gaussian", with mean and std.
      seed, number: of the samples, which are drawn from what `TRUE` says.
    """
    checks.one_of(TRUE, family=family)
    checks.counts(2, 200, number=number)
    checks.counts(0, 2**32 - 1, seed=seed)
    checks.numbers(0, most=1, p=p)
    checks.numbers(-1e3, most=1e3, mean=mean)
    checks.numbers(above=0, most=1e3, std=std)
    x = draw(family, seed, number)
    at = {"p": p} if family == "bernoulli" else {"mean": mean, "std": std}
    sess, feeds, total, best = studio.networks.once(
        ("likelihood", family), lambda sess: (sess, *_likelihood_graph(family))
    )

    def log_likelihoods(**parameters):
        shaped = np.broadcast_arrays(*map(np.atleast_1d, parameters.values()))
        return sess.run(total, dict(zip(feeds, (x, *shaped)))).tolist()

    best = {name: float(value) for name, value in sess.run(best, {feeds[0]: x}).items()}
    now, highest = log_likelihoods(**at)[0], log_likelihoods(**best)[0]
    curves = [
        {"name": name, "at": GRIDS[name].round(4).tolist(), "now": at[name], "best": best[name],
         "values": list(map(_plain, log_likelihoods(**{**at, name: GRIDS[name]})))}
        for name in at
    ]  # fmt: skip
    texts = _equal_likelihood(family, x, at)
    record = _record("likelihood", texts, family=family, samples=x.tolist(), parameters=at,
                     log_likelihood=_plain(now), best=best, highest=_plain(highest))  # fmt: skip
    files = {"samples.npy": npy(x)}
    job.send(
        "likelihood",
        samples=x.tolist(),
        now=_plain(now),
        best=best,
        highest=_plain(highest),
        curves=curves,
        equal=texts,
        download=studio.results.put("likelihood", files, record),
    )


def draw(family, seed, number):
    """Samples float64 (number,): tosses 0 or 1, or measurements of two decimals."""
    rng, true = np.random.RandomState(seed), TRUE[family]
    if family == "bernoulli":
        return np.float64(rng.uniform(size=number) < true["p"])
    return rng.normal(true["mean"], true["std"], number).round(2)


def _likelihood_graph(family):
    """Placeholders of the samples (N,) and parameters (M,); log-likelihoods (M,); the best."""
    x = tf.placeholder(tf.float64, [None])
    if family == "bernoulli":
        p = tf.placeholder(tf.float64, [None])
        q = tf.stack([1 - p, p], -1)[:, tf.newaxis]  # by probabilities, which may be 0 or 1
        total = log_likelihood(tf.cast(x, tf.int32)[tf.newaxis], q, validate=False)
        return (x, p), total, maximum_likelihood(Bernoulli(), x)
    mean, std = (tf.placeholder(tf.float64, [None]) for _ in range(2))
    each = Gaussian().log_prob(x[:, tf.newaxis], mean, tf.log(std))
    return (x, mean, std), tf.reduce_sum(each, 0), maximum_likelihood(Gaussian(), x)


def _plain(value):
    """A number as JSON has it; infinity by its name."""
    value = float(value)
    return value if math.isfinite(value) else str(value)


def _record(task, texts, **what):
    return {"task": task, "equal": texts, "version": __version__, **what}


# ---- The same in a terminal and in Python ----


def _equal_norm(x, p):
    """The command reads a vector as a matrix of one row; its entrywise norm is the vector's."""
    python = (
        "import numpy as np\n\n"
        "from sessions import graph_session\n"
        "from tf_cs231n.norms import vector_norm\n\n"
        f"angles = np.linspace(0, 2 * np.pi, {BALL})\n"
        "directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)\n"
        "with graph_session() as sess:\n"
        f"    norm = sess.run(vector_norm(np.array({[*map(float, x)]}), {_order(p)}))\n"
        f"    sizes = sess.run(vector_norm(directions, {_order(p)}))\n"
        "ball = directions / sizes[:, None]\n"
        "print(norm)"
    )
    return {"command": f"tf-cs231n norms vector.npy -p {p:g}", "python": python}


def _order(p):
    return "np.inf" if p == np.inf else repr(p)


def _equal_information(p, q, unit):
    lists = [",".join(f"{value:g}" for value in values) for values in (p, q)]
    base = "" if unit == "nats" else f", base={BASES[unit]}"
    python = (
        "import numpy as np\n\n"
        "from sessions import graph_session\n"
        "from tf_cs231n.information import cross_entropy, entropy, js_divergence, kl_divergence\n\n"
        f"p, q = np.array({[*map(float, p)]}), np.array({[*map(float, q)]})\n"
        "with graph_session() as sess:\n"
        "    values = sess.run({\n"
        f"        'entropy_p': entropy(p{base}),\n"
        f"        'entropy_q': entropy(q{base}),\n"
        f"        'cross_entropy': cross_entropy(p, q{base}),\n"
        f"        'cross_entropy_back': cross_entropy(q, p{base}),\n"
        f"        'kl': kl_divergence(p, q{base}),\n"
        f"        'kl_back': kl_divergence(q, p{base}),\n"
        f"        'js': js_divergence(p, q{base}),\n"
        "    })\n"
        "print(values)"
    )
    command = equal.command("information", *lists, base=None if unit == "nats" else BASES[unit])
    return {"command": command, "python": python}


def _equal_likelihood(family, x, at):
    arguments = ", ".join(f"{name}={value!r}" for name, value in at.items())
    if family == "bernoulli":
        samples, made = [*map(int, x)], "Bernoulli()"
        total = f"log_likelihood(np.array({samples}), q=np.array([{1 - at['p']!r}, {at['p']!r}]))"
        imported = "from tf_cs231n.information import log_likelihood\n"
        imported += "from tf_cs231n.likelihood import Bernoulli, maximum_likelihood\n\n"
    else:
        samples, made = x.tolist(), "Gaussian()"
        total = f"tf.reduce_sum(Gaussian().log_prob(x, {at['mean']!r}, np.log({at['std']!r})))"
        imported = "from tf_cs231n.compat import tf\n"
        imported += "from tf_cs231n.likelihood import Gaussian, maximum_likelihood\n\n"
    python = (
        "import numpy as np\n\n"
        f"from sessions import graph_session\n{imported}"
        f"x = np.array({samples}, float)  # samples.npy\n"
        f"with graph_session() as sess:  # {arguments}\n"
        f"    log_likelihood_now = sess.run({total})\n"
        f"    best = sess.run(maximum_likelihood({made}, x))\n"
        "print(log_likelihood_now, best)"
    )
    command = equal.command("likelihood", "samples.npy", family=family, **at)
    return {"command": command, "python": python}


ACTIONS = {"norm": norm, "information": information, "likelihood": likelihood}
