"""`tf-cs231n caption train --numpy`: the course's overfitting experiment, with your own layers."""

import os
import types

from tf_cs231n.commands.with_file import PROVES_NOTHING
from tf_cs231n.errors import InputError
from tf_cs231n.terminal import echo

# The course's: learn 50 captions by heart; layers of half its size, so that it takes a minute.
_CAPTIONS, _EPOCHS, _BATCH, _WORDVEC, _HIDDEN, _RATE = 50, 50, 25, 128, 256, 5e-3
_UNUSED = ("steps", "learning_rate", "batch_size", "seed", "cell_type", "wordvec_dim", "hidden_dim")


def train_in_numpy(folder, data, path, in_numpy, options):
    """Train a `CaptioningRNN` on a few captions, draw its losses, and show what it says.

    Args:
      folder: where numpy_losses.png goes.
      data: a data folder; None: the built-in images of shapes.
      path: the learner's file of layers; None: ours alone.
      in_numpy: whether --numpy was given.
      options: of the command: cell_type, sizes, learning_rate, batch_size, seed; no others.
    """
    from tf_cs231n.assignment.own import Own
    from tf_cs231n.captioning.coco import decode_captions, load_coco_data, sample_coco_minibatch
    from tf_cs231n.captioning.rnn import CaptioningRNN, choose_layers
    from tf_cs231n.captioning.shapes import shapes_data
    from tf_cs231n.captioning.solver import CaptioningSolver
    from tf_cs231n.commands.caption_data import image_bar
    from tf_cs231n.plots import curves, save_figure

    if not in_numpy:
        raise InputError("--with: your layers are NumPy's; add --numpy")
    chosen = {name: value for name, value in options.items() if value is not None}
    for name in chosen:
        if name not in _UNUSED:
            raise InputError(
                f"--{name.replace('_', '-')}: has no effect with --numpy; leave it out"
            )
    cell_type = chosen.get("cell_type", "lstm")
    other = "rnn_" if cell_type == "lstm" else "lstm_"
    names = [name for name in vars(choose_layers()) if not name.startswith(other)]
    own = Own(path, "rnn_layers", names)
    # Of a forward and a backward function only both are used.
    used = vars(choose_layers(types.SimpleNamespace(**own.functions)))
    own.functions = {n: f for n, f in own.functions.items() if used[n] is f}
    echo(own.whose())
    if data is None:
        with image_bar("making images of shapes", leave=False) as progress:
            data = shapes_data(2000, 200, progress=progress)
    data = load_coco_data(data, max_train=_CAPTIONS)
    model = CaptioningRNN(
        data["word_to_idx"], data["train_features"].shape[1], chosen.get("wordvec_dim", _WORDVEC),
        chosen.get("hidden_dim", _HIDDEN), cell_type,
        layers=types.SimpleNamespace(**own.functions),
    )  # fmt: skip
    batch = chosen.get("batch_size", _BATCH)
    steps = chosen.get("steps", _EPOCHS * _CAPTIONS // _BATCH)
    solver = CaptioningSolver(
        model, data, "adam", {"learning_rate": chosen.get("learning_rate", _RATE)}, 0.995, batch,
        max(1, steps * batch // _CAPTIONS), seed=chosen.get("seed", 0),
    )  # fmt: skip
    with own.telling():
        solver.train()
        captions, features, _ = sample_coco_minibatch(data, 3)
        said = decode_captions(model.sample(features, captions.shape[1]), data["idx_to_word"])
    path = os.path.join(folder, "numpy_losses.png")
    os.makedirs(folder, exist_ok=True)
    save_figure(curves({"loss": solver.loss_history}, "step", "loss"), path)
    echo(f"{path}: loss {solver.loss_history[0]:.3f} to {solver.loss_history[-1]:.3f}")
    own.note([path], "caption train --numpy")
    for truth, text in zip(decode_captions(captions[:, 1:], data["idx_to_word"]), said):
        echo(f"  is:   {truth}", f"  says: {text}")
    echo(PROVES_NOTHING)
