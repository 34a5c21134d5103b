"""What a task is: a function to write, the random inputs it is tried on, what it must return."""

import numpy as np

_ODD = np.array([3, 5, 7, 9, 11, 13, 15])


class Output:
    """One thing that a task returns.

    Args:
      name: as the docstring calls it.
      axes: its axes in letters, "N T D"; "4H" marks the four gates; "" is a number.
      opaque: True for a cache, of which only the presence matters.
    """

    def __init__(self, name, axes="", opaque=False):
        self.name, self.axes, self.opaque = name, axes.split(), opaque


CACHE = Output("cache", opaque=True)


class Task:
    """One function to write.

    Args:
      name: the function's course name; a method is ``Class.method``.
      topic: the topic it belongs to.
      letters: the sizes that ``inputs`` wants, each an odd number of its own: "N T D H".
      inputs: ``inputs(rng, sizes, case) -> dict`` of arrays by argument name.
      call: ``call(f, inputs)`` calls the function and returns the tuple of its outputs. ``f`` gives
        functions by name, as attributes; which of them are the learner's is not its business.
      outputs: list of `Output`.
      forward: for a backward pass, the name of the function whose cache it reads.
      uses: names of earlier tasks that a solution may call.
      cases: how many inputs it is tried on; the first are the smallest.
      labels: words for each case, such as "cell_type='rnn'".
      blocks: ``blocks(inputs) -> {output: {words: mask}}``, further parts of an output to look at.
      aliases: other names that the function goes by.
      tolerance: the largest error that counts as rounding, relative to the largest entry.
      graph: True if it takes TensorFlow.
    """

    def __init__(self, name, topic, letters, inputs, call, outputs, forward=None, uses=(), cases=2,
                 labels=None, blocks=None, aliases=(), tolerance=1e-4, graph=False):  # fmt: skip
        self.name, self.topic, self.letters = name, topic, letters.split()
        self.make_inputs, self.call, self.outputs = inputs, call, outputs
        self.forward, self.uses, self.cases, self.labels = forward, tuple(uses), cases, labels
        self.blocks, self.aliases, self.tolerance = blocks, tuple(aliases), tolerance
        self.graph = graph
        self.module = None  # set by `tasks`

    def __repr__(self):
        return f"Task({self.name!r})"

    def sizes(self, rng, case):
        """Distinct odd sizes for the letters, larger ones in later cases."""
        pool = _ODD[: len(self.letters)] if case == 0 else _ODD[1 : len(self.letters) + 1]
        return {letter: int(size) for letter, size in zip(self.letters, rng.permutation(pool))}

    def inputs(self, seed, case):
        """The inputs of one case: the same for the same seed."""
        rng = np.random.RandomState([seed % 2**32, case, _number(self.name)])
        sizes = self.sizes(rng, case)
        return self.make_inputs(rng, sizes, case), sizes

    def label(self, case):
        return self.labels[case] if self.labels else ""


def _number(name):
    return sum(ord(letter) * 31**i for i, letter in enumerate(name)) % 2**32
