"""`tf-cs231n saliency --check`: whether the maps of each image tell the truth."""

import functools

from tf_cs231n.commands.library_defaults import given
from tf_cs231n.terminal import echo


class Check:
    """Deletion and insertion curves, and the weight randomization test.

    Args:
      methods: names of attribution methods.
      options: arguments of their functions.
      model: the network.
      stop: an `interruption.Stop`.
    """

    def __init__(self, methods, options, model, stop):
        from tf_cs231n.ops.subgraph import weight_tensors

        self._methods, self._options, self._model, self._stop = methods, options, model, stop
        kernels = len(weight_tensors(model.image, model.scores))
        self._stages = sorted({1, *(int(round(kernels**s)) for s in (0.25, 0.5, 0.75, 1))})
        self._curves = {name: {m: [] for m in methods} for name in ("deletion", "insertion")}
        self._correlations = {method: [] for method in methods}

    def add(self, X, found):
        """Check the maps of one image (1, H, W, 3); returns rows of results."""
        from tf_cs231n.faithfulness import deletion_curves, insertion_curves

        rows = []
        for method, heat in found.maps.items():

            def note(metric, value, at=None, method=method):
                values = {"method": method, "metric": metric, "at": at, "value": float(value)}
                rows.append({**found.row, **values})

            for name, curve in (("deletion", deletion_curves), ("insertion", insertion_curves)):
                result = curve(X, found.y, heat[None], self._model, stop=self._stop)
                self._curves[name][method].append(result)
                note(f"{name}_area", result.areas[0])
            correlations = self._randomized(method, X, found.y)
            self._correlations[method].append(correlations)
            for stage, value in zip(self._stages, correlations):
                note("rank_correlation", value, stage)
        return rows

    def _randomized(self, method, X, y):
        """The rank correlation at each stage."""
        from tf_cs231n import attribution
        from tf_cs231n.faithfulness import weight_randomization_test

        settings = given(attribution.METHODS[method][0], self._options)
        explain = functools.partial(attribution.attribution_maps, method, **settings)
        seed = self._options.get("seed") or 0
        results = weight_randomization_test(
            explain, X, y, self._model, seed=seed, stages=self._stages, stop=self._stop
        )
        return list(results.values())

    def print_table(self):
        """Print the means over the images."""
        import numpy as np

        echo(
            "\nareas under the curves, and rank correlations after the last k kernels are shuffled"
        )
        heads = "".join(f"{'k = ' + str(stage):>8}" for stage in self._stages)
        echo(f"{'method':<15} {'deletion':>9} {'insertion':>10}  {heads}")
        for method, correlations in self._correlations.items():
            if correlations:  # of no image where none could be read
                deletion, insertion = (
                    np.mean([curve.areas[0] for curve in curves[method]])
                    for curves in self._curves.values()
                )
                values = "".join(f"{value:8.2f}" for value in np.mean(correlations, axis=0))
                echo(f"{method:<15} {deletion:9.3f} {insertion:10.3f}  {values}")

    def figure(self):
        """The curves, means over the images."""
        from tf_cs231n.plots.saliency import curves_figure

        return curves_figure(
            *({m: _joined(c) for m, c in curves.items()} for curves in self._curves.values())
        )


def _joined(curves):
    """Curves of single images as those of a batch."""
    import numpy as np

    probabilities, areas = (
        np.concatenate([getattr(curve, name) for curve in curves])
        for name in ("probabilities", "areas")
    )
    shortest = min(curves, key=lambda curve: len(curve.fractions))
    return shortest._replace(probabilities=probabilities, areas=areas)
