"""Random captioners and captions for the captioner's loss and its sampling."""

import numpy as np

from tf_cs231n.assignment.task import Output, Task

_AXES = {
    "W_proj": "D H", "b_proj": "H", "W_embed": "V W", "Wx": "W kH", "Wh": "H kH", "b": "kH",
    "W_vocab": "H V", "b_vocab": "V",
}  # fmt: skip
_NULL, _START, _END = 0, 1, 2
_LAYERS = (
    "rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward", "sigmoid",
    "lstm_step_forward", "lstm_step_backward", "lstm_forward", "lstm_backward",
    "word_embedding_forward", "word_embedding_backward", "temporal_affine_forward",
    "temporal_affine_backward", "temporal_softmax_loss",
)  # fmt: skip
CELLS = ["rnn", "rnn", "lstm", "lstm"]


def _inputs(rng, sizes, case):
    k = {"rnn": 1, "lstm": 4}[CELLS[case]]
    sizes = dict(sizes, V=sizes["V"] + 4)
    inputs = {}
    for name, axes in _AXES.items():
        shape = [k * sizes["H"] if a == "kH" else sizes[a] for a in axes.split()]
        inputs[name] = rng.randn(*shape)
    inputs["b_vocab"][[_NULL, _START]] = -50.0  # some samplers never return them, the course's may
    inputs["features"] = rng.randn(sizes["N"], sizes["D"])
    captions = rng.randint(4, sizes["V"], size=(sizes["N"], sizes["T"] + 2))
    captions[:, 0], captions[:, -1] = _START, _END
    captions[0, -3:] = _END, _NULL, _NULL  # at least one is padded
    inputs["captions"] = captions
    inputs["cell"] = np.array(case)
    return inputs


def _loss_inputs(rng, sizes, case):
    """Weights as wide as at a training's start: with wider ones the recurrence is chaotic, and the
    rounding of float32 grows from word to word until it looks like a mistake."""
    inputs = _inputs(rng, sizes, case)
    for name in _AXES:
        if name.startswith("W"):
            inputs[name] /= np.sqrt(len(inputs[name]))
    return inputs


def _sample_inputs(rng, sizes, case):
    """Inputs that are drawn again where two scores nearly tie, since the rounding of float32 would
    then decide on a word: captions must stay under a change a hundred times as large."""
    from tf_cs231n.assignment.solutions import rnn

    def captions(change):
        near = {n: inputs[n] * (1 + change * rng.randn(*inputs[n].shape)) for n in _AXES}
        return _sample(rnn, {**inputs, **near})[0]

    while True:
        inputs = _inputs(rng, sizes, case)
        if all(np.array_equal(captions(0), captions(1e-5)) for _ in range(6)):
            return inputs


def _model(f, i):
    words = {"<NULL>": _NULL, "<START>": _START, "<END>": _END, "<UNK>": 3}
    words.update({f"word{n}": n for n in range(4, len(i["W_embed"]))})
    D, H = i["W_proj"].shape
    model = f.CaptioningRNN(
        words, input_dim=D, wordvec_dim=i["W_embed"].shape[1], hidden_dim=H,
        cell_type=CELLS[int(i["cell"])], dtype=np.float64,
    )  # fmt: skip
    model.params = {name: i[name] for name in _AXES}
    return model


def _loss(f, i):
    returned = _model(f, i).loss(i["features"], i["captions"])
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)):
        return returned
    loss, grads = returned
    return (loss,) + tuple(grads.get(name) for name in _AXES)


def _sample(f, i):
    captions = _model(f, i).sample(i["features"], max_length=7)
    if isinstance(captions, np.ndarray) and captions.ndim == 2:
        captions = captions.copy()
        ended = np.cumsum(captions == _END, axis=1) - (captions == _END) > 0
        captions[ended] = _NULL  # the course leaves open what comes there
    return (captions,)


_LABELS = [f"cell_type='{cell}'" for cell in CELLS]
TASKS = [
    Task(
        "CaptioningRNN.loss", "captioning", "N T D H W V", _loss_inputs, _loss,
        [Output("loss")] + [Output(f"grads['{n}']", a.replace("k", "")) for n, a in _AXES.items()],
        uses=_LAYERS, cases=4, labels=_LABELS, aliases=["loss"],
    ),
    Task(
        "CaptioningRNN.sample", "captioning", "N T D H W V", _sample_inputs, _sample,
        [Output("captions", "N L")], uses=_LAYERS, cases=4, labels=_LABELS, aliases=["sample"],
    ),
]  # fmt: skip
