"""Random distributions and samples; the second case has zero probabilities."""

import numpy as np

from tf_cs231n.assignment.task import Output, Task

_FAMILIES = ["Bernoulli", "Categorical", "Gaussian"]


def _distribution(rng, shape, zeros=False):
    p = rng.exponential(size=shape)
    if zeros:
        p[..., 0] = 0
    return p / p.sum(axis=-1, keepdims=True)


def _inputs(rng, sizes, case):
    N, K, shape = sizes["N"], sizes["K"], (sizes["N"], sizes["K"])
    return {
        "p": _distribution(rng, shape, zeros=case == 1),
        "q": _distribution(rng, shape),
        "chance": rng.uniform(0.05, 0.95, size=N),
        "labels": rng.randint(K, size=4 * N),
        "q1": _distribution(rng, (K,)),
        "bits": (rng.rand(4 * N) < 0.3).astype(float),
        "numbers": 2 + 3 * rng.randn(4 * N),
        "case": np.array(case),
    }


def _task(name, arguments, output, **options):
    def call(f, i):
        import tf_cs231n.assignment.graphs as graphs

        with graphs.session() as sess:
            given = [graphs.tensors(i[argument]) for argument in arguments.split()]
            return (graphs.evaluate(sess, getattr(f, name)(*given)),)

    return Task(name, "information", "N K", _inputs, call, [output], graph=True, **options)


def _maximum_likelihood(f, i):
    import tf_cs231n.assignment.graphs as graphs
    from tf_cs231n import likelihood

    kind = _FAMILIES[int(i["case"])]
    samples = i[{"Bernoulli": "bits", "Categorical": "labels", "Gaussian": "numbers"}[kind]]
    arguments = [len(i["q1"])] if kind == "Categorical" else []
    with graphs.session() as sess:
        family = getattr(likelihood, kind)(*arguments)
        parameters = f.maximum_likelihood(family, graphs.tensors(samples))
        if not isinstance(parameters, dict):
            return parameters
        names = ("mean", "std") if kind == "Gaussian" else ("p",)
        values = [graphs.evaluate(sess, parameters.get(name)) for name in names]
        return (values[0], values[1] if kind == "Gaussian" else np.zeros(()))


_ZERO = ["", "a probability of 0"]
TASKS = [
    _task("self_information", "chance", Output("information", "N")),
    _task("entropy", "p", Output("H", "N"), labels=_ZERO),
    _task("cross_entropy", "p q", Output("H", "N"), labels=_ZERO),
    _task("kl_divergence", "p q", Output("KL", "N"), labels=_ZERO),
    _task("js_divergence", "p q", Output("JS", "N"), labels=_ZERO),
    _task("log_likelihood", "labels q1", Output("L")),
    Task(
        "maximum_likelihood", "information", "N K", _inputs, _maximum_likelihood,
        [Output("the first parameter (p or mean)", "K"), Output("the second (std)")], cases=3,
        labels=_FAMILIES, graph=True,
    ),
]  # fmt: skip
