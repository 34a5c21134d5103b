"""The attacks of `tf-cs231n fool`, on several images at once."""

import collections
import functools

from tf_cs231n.commands.library_defaults import all_arguments, given, refuse_unused
from tf_cs231n.commands.with_file import with_session

# goal: the class wanted, or None. X: (H, W, 3), in the model's units. before, after: scores (K,).
Fooling = collections.namedtuple("Fooling", "goal X before after fooled iterations")
# The same of the course's own function, which tells less.
_Changed = collections.namedtuple("_Changed", "X_fooling scores fooled iterations")


class Attack:
    """An attack on several images at once, each towards its own goal.

    Attributes:
      steps: those of the first image, (step, X (H, W, 3), scores (K,)); None once they are used.
    """

    def __init__(self, method, options, record, own):
        from tf_cs231n.adversarial import fast_gradient_sign, projected_gradient_descent
        from tf_cs231n.saliency import make_fooling_image

        function = {
            "steps": make_fooling_image,
            "fgsm": fast_gradient_sign,
            "pgd": projected_gradient_descent,
        }[method]
        refuse_unused([function], options, f"-m {method} does not use it")
        self._function, self._settings = function, given(function, options)
        if method == "steps":
            self._settings["details"] = True
        self._method, self._most = method, all_arguments(function, options).get("max_iterations")
        self.steps = [] if record else None
        self._own = own.functions.get("make_fooling_image")

    def begin(self, model, wanted, rank, stop):
        """Set the network, and the class that is wanted, its rank, or neither."""
        self._model, self._wanted, self._rank, self._stop = model, wanted, rank, stop
        settings = model.settings(self._function, self._settings)
        self._attack = functools.partial(self._function, **settings)

    def __call__(self, inputs):
        """A `Fooling` for each of the inputs, whose images have one size."""
        if (self._own or self._method == "pgd") and len(inputs) > 1:
            # One by one: the random start of an image does not depend on the images beside it, and
            # the course's function takes one image.
            return [self([each])[0] for each in inputs if not self._stop]
        X = self._model.batch(*(each.image for each in inputs))
        before = self._model.run(X, self._stop)
        goals = self._goals(before)
        result = self._run(X, goals, inputs[0].name, len(inputs))
        rows = zip(result.X_fooling, before, result.scores, result.fooled, result.iterations)
        goals = [None] * len(X) if goals is None else map(int, goals)
        return [Fooling(goal, *row) for goal, row in zip(goals, rows)]

    def _goals(self, scores):
        import numpy as np

        from tf_cs231n.errors import InputError

        if self._rank is None:
            return None if self._wanted is None else np.full(len(scores), self._wanted)
        if self._rank > scores.shape[1]:
            raise InputError(
                f"--rank: got {self._rank}, expected at most {scores.shape[1]}, the model's classes"
            )
        return np.argsort(-scores, axis=1, kind="stable")[:, self._rank - 1]

    def _run(self, X, goals, name, count):
        from tf_cs231n.terminal import progress_bar

        if self._method == "fgsm":
            return self._attack(X, goals, self._model)
        if self._own:
            changed = with_session(self._own, "N H W C")(X.copy(), int(goals[0]), self._model)
            scores = self._model.sess.run(self._model.scores, {self._model.image: changed})
            return _Changed(changed, scores, scores.argmax(axis=1) == goals, [None])
        record = self.steps == []
        with progress_bar(total=self._most, desc=name, leave=False, disable=count > 1) as bar:

            def progress(step, x, scores):
                if record:
                    self.steps.append((step, x[0].copy(), scores[0].copy()))
                bar.set_postfix({"score": f"{scores[0, goals[0] if goals is not None else 0]:.2f}"})
                bar.update()

            return self._attack(X, goals, self._model, callback=progress, stop=self._stop)
