"""Train a `GraphCaptioner`: minibatches, Adam, validation by CIDEr, the best weights kept."""

import collections
import zlib

import numpy as np

from tf_cs231n import checks, information
from tf_cs231n.captioning import evaluate
from tf_cs231n.captioning.coco import SPLITS, check_keys
from tf_cs231n.captioning.graph import GraphCaptioner
from tf_cs231n.captioning.metrics import commonest_share
from tf_cs231n.captioning.saved import save_captioner
from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.training.events import read_summaries
from tf_cs231n.training.loop import Training, minimize
from tf_cs231n.training.minibatches import batch_tensors, global_step
from tf_cs231n.training.towers import find_towers

# values: loss, perplexity, gradient_norm and learning_rate of the step. scores: those of the
# validation images, or None between validations; best: the greatest CIDEr so far; commonest: the
# most frequent caption and the fraction of images that get it.
TrainingProgress = collections.namedtuple("TrainingProgress", "step values scores best commonest")

_VALIDATION = "validation/"  # before the names of scores in the summaries
PREVIEWS = 6  # of the validation images go to TensorBoard with their captions

# Settings that may change when a training is resumed.
FREE = ("steps", "validate_every", "num_val", "patience", "data_folder")


_NOT_SETTINGS = ("save_seconds", "histogram_steps", "preview", "stop", "devices")


def train(
    folder,
    data,
    steps=2000,
    cell_type="lstm",
    wordvec_dim=128,
    hidden_dim=256,
    batch_size=100,
    learning_rate=3e-3,
    lr_decay=0.5,
    decay_steps=600,
    clip_norm=5.0,
    validate_every=250,
    num_val=500,
    patience=8,
    seed=0,
    data_folder=None,
    save_seconds=30,
    histogram_steps=None,
    preview=None,
    stop=None,
    devices=None,
):
    """Train a captioner in a folder, or resume the training there; yield `TrainingProgress`.

    Args:
      folder: for checkpoints, TensorBoard's summaries, and `saved.MODEL_FILE`: the captioner
        with the greatest validation CIDEr so far.
      data: a dict as from `load_coco_data`.
      steps: total, including earlier runs.
      cell_type: 'rnn' or 'lstm'.
      wordvec_dim, hidden_dim: sizes of the model.
      batch_size: captions per step.
      learning_rate: Adam's; it decays smoothly by the factor ``lr_decay`` every ``decay_steps``.
      clip_norm: gradients are scaled down together to this norm.
      validate_every: steps from one validation to the next.
      num_val: the number of validation images to caption.
      patience: stop after this many validations without a greater CIDEr.
      seed: fixes the weights and the order of the captions.
      data_folder: where the data comes from; its `prepare.PROJECTION_FILE` goes into the model.
      save_seconds: time from one checkpoint to the next.
      histogram_steps: steps from one histogram of each weight, for TensorBoard, to the next.
      preview: ``preview(name, caption)`` draws a validation image with its caption for TensorBoard,
        uint8 (H, W, 3), or returns None; None: it shows texts alone.
      stop: an `interruption.Stop`; once it is set, the training saves and raises `Stopped`.
      devices: names such as ``["gpu:0", "gpu:1"]`` or a `training.cluster.Cluster`; each computes
        with some captions of every step. It may change when a training is resumed.

    Raises:
      InputError: a setting is out of range, the data is incomplete, or the folder holds the
        training of another model.
    """
    settings = {
        name: value
        for name, value in locals().items()
        if name not in ("folder", "data", *_NOT_SETTINGS)
    }
    counts = ("steps", "batch_size", "decay_steps", "validate_every", "num_val", "patience")
    checks.counts(**{name: settings[name] for name in counts})
    checks.numbers(above=0, learning_rate=learning_rate, lr_decay=lr_decay, clip_norm=clip_norm)
    for split in SPLITS:
        check_keys(data, split)
    settings.update(
        input_dim=int(data["train_features"].shape[1]),
        vocabulary_size=len(data["idx_to_word"]),
        vocabulary_checksum=zlib.crc32("\n".join(data["idx_to_word"]).encode()),
    )
    towers = find_towers(devices)
    with fresh_graph(), towers.chief():
        graph = _build(data, settings, towers)
        images = evaluate.captioned_images(data, "val", num_val)
        phases = [(graph.train_op, graph.values)]
        with Training(
            folder,
            phases,
            settings,
            FREE,
            save_seconds,
            histogram_steps=histogram_steps,
            stop=stop,
            towers=towers,
        ) as training:
            yield from _steps(training, graph, data, images, settings, preview)


# best, best_step: variables, so that they are in the checkpoint; set_best: an operation fed with
# new_best.
_Graph = collections.namedtuple(
    "_Graph", "model train_op values sampler best best_step new_best set_best"
)


def _build(data, settings, towers):
    """The whole graph of a training."""
    captions, rows = data["train_captions"], data["train_image_idxs"]
    features = np.asarray(data["train_features"], np.float32)
    model = GraphCaptioner(
        data["word_to_idx"],
        features.shape[1],
        settings["wordvec_dim"],
        settings["hidden_dim"],
        settings["cell_type"],
        seed=settings["seed"],
        forget_bias=1.0,  # the course has 0
    )
    x, y = batch_tensors(
        lambda chosen: (features[rows[chosen]], captions[chosen].astype(np.int32)),
        len(captions),
        settings["batch_size"],
        settings["seed"],
    )
    loss = towers.mean(model.loss, x, y)
    words = tf.reduce_sum(tf.cast(tf.not_equal(y[:, 1:], model.null), tf.float32))
    learning_rate = tf.train.exponential_decay(
        settings["learning_rate"], global_step(), settings["decay_steps"], settings["lr_decay"]
    )
    variables = list(model.variables.values())
    optimizer = tf.train.AdamOptimizer(learning_rate)
    train_op, norm = minimize(loss, optimizer, variables, settings["clip_norm"])
    values = {
        "loss": loss,
        "perplexity": information.perplexity(loss * settings["batch_size"] / words),
        "gradient_norm": norm,
        "learning_rate": learning_rate,
    }
    sampler = evaluate.BatchCaptioner(model, captions.shape[1] - 1)
    with tf.variable_scope("best", use_resource=True):
        # float64: rounded, the best score would be below itself after a resume.
        kept = {"dtype": tf.float64, "trainable": False}
        best = tf.get_variable("cider", [], initializer=tf.constant_initializer(-1), **kept)
        best_step = tf.get_variable("step", [], initializer=tf.constant_initializer(0), **kept)
    new_best = tf.placeholder(tf.float64, [2])
    set_best = tf.group(tf.assign(best, new_best[0]), tf.assign(best_step, new_best[1]))
    return _Graph(
        model, train_op, values, sampler, best.value(), best_step.value(), new_best, set_best
    )


def _steps(training, graph, data, images, settings, preview):
    """Train, validate, keep the best captioner; yield `TrainingProgress` after each step."""
    best, best_step = training.run([graph.best, graph.best_step])
    patience = settings["patience"] * settings["validate_every"]
    if training.step - best_step >= patience:
        return  # a resumed training that had stopped early
    for step, values in training.steps(settings["steps"]):
        if step % settings["validate_every"] and step != settings["steps"]:
            yield TrainingProgress(step, values, None, float(best), None)
            continue
        texts = graph.sampler(training.run, images.features)
        scores = evaluate.score(texts, images)
        named = {f"{_VALIDATION}{name}": value for name, value in scores.items()}
        training.summarize({"loss": values["loss"], **named})
        _show(training, texts, images, preview)
        if scores["CIDEr"] > best:
            best, best_step = scores["CIDEr"], step
            save_captioner(
                training.directory,
                training.run(graph.model.values),
                data,
                settings["cell_type"],
                settings["data_folder"],
            )
            # After the file: what a full disk stopped is done again.
            training.run(graph.set_best, {graph.new_best: [best, best_step]})
        yield TrainingProgress(step, values, scores, float(best), commonest_share(texts))
        if step - best_step >= patience:
            return


def _show(training, texts, images, preview):
    """Show TensorBoard the captions of the first validation images, and the images with them."""
    shown = list(zip(images.names, texts, images.references))[:PREVIEWS]
    rows = [f"| {name} | {text} | {references[0]} |" for name, text, references in shown]
    table = "\n".join(["| image | caption | reference |", "| --- | --- | --- |", *rows])
    training.events.text(training.step, "captions", table)
    drawn = [preview(name, text) for name, text, _ in shown] if preview else []
    named = {f"captions/{n}": image for n, image in enumerate(drawn) if image is not None}
    training.events.images(training.step, named)


def read_history(folder):
    """The whole training in a folder, over all its runs, as a list of `TrainingProgress`.

    It is read from the summaries: the loss at every twentieth step, and each validation's scores.
    """
    summaries = {name: dict(zip(*both)) for name, both in read_summaries(folder).items()}
    scores = [name for name in summaries if name.startswith(_VALIDATION)]
    history, best = [], -1.0
    for step, loss in sorted(summaries.get("loss", {}).items()):
        named = {n[len(_VALIDATION) :]: summaries[n][step] for n in scores if step in summaries[n]}
        best = max(best, named.get("CIDEr", best))
        history.append(TrainingProgress(step, {"loss": loss}, named or None, best, None))
    return history
