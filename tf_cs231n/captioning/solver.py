"""CaptioningSolver: minibatch training of a NumPy captioner."""

import json
import os

import numpy as np

from tf_cs231n import checks
from tf_cs231n.captioning.coco import check_split, sample_coco_minibatch
from tf_cs231n.captioning.optim import UPDATE_RULES
from tf_cs231n.errors import InputError
from tf_cs231n.files import check_output, read_npz, write_npz
from tf_cs231n.interruption import stoppable
from tf_cs231n.terminal import progress_bar

_FORMAT = "tf_cs231n.captioning.solver 1"


class CaptioningSolver:
    """Trains a `CaptioningRNN`, or any model with ``params`` and ``loss(features, captions)``.

    Args:
      model: the model; its ``params`` are replaced at every step.
      data: dict with ``train_captions`` (num, T), ``train_image_idxs`` (num,) and
        ``train_features`` (num_images, D), as `coco.load_coco_data` gives it.
      update_rule: ``"sgd"``, ``"sgd_momentum"``, ``"rmsprop"`` or ``"adam"``; see `optim`.
      optim_config: dict of the rule's settings, such as ``{"learning_rate": 5e-3}``.
      lr_decay: factor on the learning rate after each epoch, in (0, 1].
      batch_size: N, captions in a minibatch.
      num_epochs: an epoch is ``max(num // batch_size, 1)`` minibatches, drawn with replacement.
      print_every: steps between two updates of the loss in the progress bar.
      verbose: show the progress bar, on standard error.
      seed: fixes the minibatches; the one of step k depends on (seed, k) alone.
      checkpoint: None, or the name of an ``.npz`` file that keeps the state. It is written after
        each epoch and on Ctrl-C. If the file exists, training resumes from it, and the losses are
        exactly those of a training without a break.

    Attributes:
      loss_history: list of the loss at each step.
      epoch: the number of complete epochs.
      optim_configs: dict from a weight's name to its update rule's config.

    Raises:
      InputError: an unknown update rule or setting, incomplete data, a number out of range, or a
        checkpoint that is damaged or belongs to other settings.
    """

    def __init__(
        self,
        model,
        data,
        update_rule="sgd",
        optim_config=None,
        lr_decay=1.0,
        batch_size=100,
        num_epochs=10,
        print_every=10,
        verbose=True,
        seed=0,
        checkpoint=None,
    ):
        checks.one_of(UPDATE_RULES, update_rule=update_rule)
        checks.numbers(above=0, most=1, lr_decay=lr_decay)
        checks.counts(batch_size=batch_size, num_epochs=num_epochs, print_every=print_every)
        check_split(data, "train", len(getattr(model, "word_to_idx", ())) or None)

        self.model = model
        self.data = data
        self.update_rule = update_rule
        self.optim_config = dict(optim_config or {})
        self.lr_decay = lr_decay
        self.batch_size, self.num_epochs, self.print_every = batch_size, num_epochs, print_every
        self.verbose, self.seed = verbose, seed
        self.checkpoint = checkpoint
        self.loss_history = []
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}
        # A dry run on one number finds an unknown setting now, not after the first batch.
        UPDATE_RULES[update_rule](np.zeros(1), np.zeros(1), dict(self.optim_config))
        if checkpoint is not None and os.path.lexists(checkpoint):
            self.load(checkpoint)
        elif checkpoint is not None:
            check_output(checkpoint)

    @property
    def iterations_per_epoch(self):
        return max(len(self.data["train_captions"]) // self.batch_size, 1)

    @property
    def epoch(self):
        return len(self.loss_history) // self.iterations_per_epoch

    def train(self, callback=None, stop=None):
        """Train until ``num_epochs`` epochs are complete; a second call resumes where it stopped.

        Args:
          callback: None, or a function called as ``callback(step, loss)`` after each step.
          stop: an `interruption.Stop` that is asked after each step; None: Ctrl-C stops.

        Raises:
          InputError: the loss became infinite or NaN. The weights are those before that step.
          Stopped: a KeyboardInterrupt, after ``stop``. Every complete step is kept, and the
            checkpoint is written.
        """
        total = self.num_epochs * self.iterations_per_epoch
        steps = range(len(self.loss_history), total)
        progress = {"total": total, "initial": total - len(steps), "disable": not self.verbose}
        with stoppable(stop) as stop, progress_bar(**progress, unit="step") as bar:
            for step in steps:
                loss = self._step(step)
                if step % self.print_every == 0 or step == total - 1:
                    bar.set_postfix(epoch=self.epoch, loss=f"{loss:.4f}", refresh=False)
                bar.update()
                if callback is not None:
                    callback(step, loss)
                ends_epoch = (step + 1) % self.iterations_per_epoch == 0
                if self.checkpoint is not None and (stop or ends_epoch):
                    self.save(self.checkpoint)
                stop.check()

    def _step(self, step):
        """One minibatch, one update of every weight."""
        rng = np.random.RandomState([self.seed, step])
        captions, features, _ = sample_coco_minibatch(
            self.data, self.batch_size, split="train", rng=rng
        )
        loss, grads = self.model.loss(features, captions)
        if not np.isfinite(loss):
            raise InputError(
                f"the loss became {loss} at step {step}: try a smaller learning_rate, or look for "
                "NaN in the features"
            )
        update, params = UPDATE_RULES[self.update_rule], self.model.params
        ends_epoch = (step + 1) % self.iterations_per_epoch == 0
        for name, config in self.optim_configs.items():
            params[name], _ = update(params[name], grads[name], config)
            config["learning_rate"] *= self.lr_decay if ends_epoch else 1
        self.loss_history.append(loss)
        return loss

    def _settings(self):
        """What a checkpoint must have in common with the training that resumes from it."""
        return {
            "format": _FORMAT,
            "update_rule": self.update_rule,
            "optim_config": {name: float(value) for name, value in self.optim_config.items()},
            "lr_decay": float(self.lr_decay),
            "batch_size": int(self.batch_size),
            "seed": int(self.seed),
            "train_captions": len(self.data["train_captions"]),
            "params": {
                name: [w.dtype.name, *w.shape] for name, w in sorted(self.model.params.items())
            },
        }

    def save(self, filename):
        """Write weights, optimiser state and loss history to an ``.npz`` file, whole or not at all.

        The file holds arrays and JSON text, no pickles. A file with that name is replaced.
        """
        arrays = {f"params/{name}": w for name, w in self.model.params.items()}
        numbers = {}
        for name, config in self.optim_configs.items():
            for key, value in config.items():
                if isinstance(value, np.ndarray):
                    arrays[f"optim/{name}/{key}"] = value
                else:
                    numbers.setdefault(name, {})[key] = (
                        value if isinstance(value, int) else float(value)
                    )
        arrays["settings"] = json.dumps(self._settings(), sort_keys=True)
        arrays["optim"] = json.dumps(numbers, sort_keys=True)
        arrays["loss_history"] = np.array(self.loss_history, np.float64)
        write_npz(filename, arrays, overwrite=True)

    def load(self, filename):
        """Go back to the state that `save` wrote.

        Raises:
          InputError: the file is missing or damaged, or belongs to other settings or another model.
        """
        try:
            saved = read_npz(filename)
            settings = json.loads(str(saved.pop("settings")))
            numbers = json.loads(str(saved.pop("optim")))
            history = saved.pop("loss_history").tolist()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{filename} is missing or is not a whole checkpoint of CaptioningSolver; remove "
                "it to start again, or name another file"
            ) from error
        for name, value in self._settings().items():
            if settings.get(name) != value:
                raise InputError(
                    f"{filename} was saved with {name} = {settings.get(name)}, expected {value}; "
                    "use those settings, or another file name"
                )
        params = {name: saved[f"params/{name}"] for name in self.model.params}
        configs = {name: dict(numbers.get(name, {})) for name in params}
        for key, value in saved.items():
            if key.startswith("optim/"):
                _, name, state = key.split("/")
                configs[name][state] = value
        self.model.params = params
        self.optim_configs = configs
        self.loss_history = history
