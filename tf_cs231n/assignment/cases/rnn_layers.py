"""Random inputs and calls for the layers of the captioner."""

import numpy as np

from tf_cs231n.assignment.task import CACHE, Output, Task


def _arrays(**axes):
    """Draws each argument from a normal distribution: ``x="N D"``, ``Wx="D 4H"``."""

    def draw(rng, sizes, case):
        return {
            name: rng.randn(*[_size(axis, sizes) for axis in letters.split()])
            for name, letters in axes.items()
        }

    return draw


def _size(axis, sizes):
    return 4 * sizes[axis[1:]] if axis[0] == "4" else sizes[axis]


def _forward(name, *arguments):
    return lambda f, i: getattr(f, name)(*[i[argument] for argument in arguments])


def _backward(name, forward, arguments, gradients):
    def call(f, i):
        cache = getattr(f, forward)(*[i[argument] for argument in arguments.split()])[-1]
        return getattr(f, name)(*[i[gradient] for gradient in gradients.split()], cache)

    return call


def _outputs(**axes):
    return [Output(name, letters) for name, letters in axes.items()]


# --- Vanilla RNN and LSTM: a step and a sequence each ---

_RNN_STEP = {"x": "N D", "prev_h": "N H", "Wx": "D H", "Wh": "H H", "b": "H"}
_RNN = {"x": "N T D", "h0": "N H", "Wx": "D H", "Wh": "H H", "b": "H"}
_LSTM_STEP = {"x": "N D", "prev_h": "N H", "prev_c": "N H", "Wx": "D 4H", "Wh": "H 4H", "b": "4H"}
_LSTM = {"x": "N T D", "h0": "N H", "Wx": "D 4H", "Wh": "H 4H", "b": "4H"}


def _recurrent(kind, topic, step, sequence, k):
    """The four tasks of a cell: step and sequence, forward and backward."""
    states = {"next_h": "N H"} if kind == "rnn" else {"next_h": "N H", "next_c": "N H"}
    previous = {"dprev_h": "N H"} if kind == "rnn" else {"dprev_h": "N H", "dprev_c": "N H"}
    weights = {"dWx": f"D {k}H", "dWh": f"H {k}H", "db": f"{k}H"}
    step_forward, step_backward = f"{kind}_step_forward", f"{kind}_step_backward"
    forward, backward = f"{kind}_forward", f"{kind}_backward"
    dstates = {f"d{name}": axes for name, axes in states.items()}
    below = ("sigmoid",) if kind == "lstm" else ()
    return [
        Task(
            step_forward, topic, "N D H", _arrays(**step), _forward(step_forward, *step),
            _outputs(**states) + [CACHE], uses=below,
        ),
        Task(
            step_backward, topic, "N D H", _arrays(**step, **dstates),
            _backward(step_backward, step_forward, " ".join(step), " ".join(dstates)),
            _outputs(dx="N D", **previous, **weights), forward=step_forward, uses=below,
        ),
        Task(
            forward, topic, "N T D H", _arrays(**sequence), _forward(forward, *sequence),
            [Output("h", "N T H"), CACHE], uses=below + (step_forward,),
        ),
        Task(
            backward, topic, "N T D H", _arrays(**sequence, dh="N T H"),
            _backward(backward, forward, " ".join(sequence), "dh"),
            _outputs(dx="N T D", dh0="N H", **weights), forward=forward,
            uses=below + (step_forward, step_backward),
        ),
    ]  # fmt: skip


# --- Words ---


def _words(rng, sizes):
    """Word indices (N, T) in which a word repeats, the last word of the vocabulary occurs, and
    another one does not."""
    N, T, V = sizes["N"], sizes["T"], sizes["V"]
    x = rng.randint(1, V, size=(N, T))
    x.flat[0] = x.flat[-1] = V - 1
    return x


def _embedding(rng, sizes, case):
    W = rng.randn(sizes["V"], sizes["D"])
    return {"x": _words(rng, sizes), "W": W, "dout": rng.randn(sizes["N"], sizes["T"], sizes["D"])}


def _embedding_blocks(inputs):
    counts = np.bincount(inputs["x"].reshape(-1), minlength=len(inputs["W"]))[:, None]
    like = np.zeros(inputs["W"].shape, bool)
    return {
        "dW": {
            "the rows of words that occur more than once": (counts > 1) | like,
            "the rows of words that do not occur": (counts == 0) | like,
        }
    }


def _softmax(rng, sizes, case):
    N, T, V = sizes["N"], sizes["T"], sizes["V"]
    x = 3 * rng.randn(N, T, V)
    if case == 2:
        x += 1000
    mask = rng.rand(N, T) < 0.6
    mask[:, 0], mask[0, -1], mask[-1, 0] = True, False, True
    return {"x": x, "y": rng.randint(V, size=(N, T)), "mask": mask}


def _softmax_blocks(inputs):
    padded = ~inputs["mask"][:, :, None] | np.zeros(inputs["x"].shape, bool)
    right = np.arange(inputs["x"].shape[2]) == inputs["y"][:, :, None]
    return {
        "dx": {
            "the padded words": padded,
            "the words that are not padding": ~padded,
            "the scores of the right words": right & ~padded,
        }
    }


def _sigmoid(rng, sizes, case):
    x = 3 * rng.randn(sizes["N"], sizes["D"])
    if case == 2:
        x.flat[:2] = -1000, 1000
    return {"x": x}


_AFFINE = {"x": "N T D", "w": "D M", "b": "M"}

TASKS = (
    _recurrent("rnn", "rnn", _RNN_STEP, _RNN, "")
    + [
        Task(
            "sigmoid", "lstm", "N D", _sigmoid, lambda f, i: (f.sigmoid(i["x"]),),
            _outputs(out="N D"), cases=3, labels=["", "", "x from -1000 to 1000"],
        )
    ]
    + _recurrent("lstm", "lstm", _LSTM_STEP, _LSTM, 4)
    + [
        Task(
            "word_embedding_forward", "captioning", "N T V D", _embedding,
            _forward("word_embedding_forward", "x", "W"), [Output("out", "N T D"), CACHE],
        ),
        Task(
            "word_embedding_backward", "captioning", "N T V D", _embedding,
            lambda f, i: (f.word_embedding_backward(i["dout"], f.word_embedding_forward(i["x"], i[
                    "W"])[-1]),),
            _outputs(dW="V D"), forward="word_embedding_forward", blocks=_embedding_blocks,
        ),
        Task(
            "temporal_affine_forward", "captioning", "N T D M", _arrays(**_AFFINE),
            _forward("temporal_affine_forward", *_AFFINE), [Output("out", "N T M"), CACHE],
        ),
        Task(
            "temporal_affine_backward", "captioning", "N T D M", _arrays(**_AFFINE, dout="N T M"),
            _backward("temporal_affine_backward", "temporal_affine_forward", "x w b", "dout"),
            _outputs(dx="N T D", dw="D M", db="M"), forward="temporal_affine_forward",
        ),
        Task(
            "temporal_softmax_loss", "captioning", "N T V", _softmax,
            _forward("temporal_softmax_loss", "x", "y", "mask"),
            [Output("loss"), Output("dx", "N T V")], cases=3,
            labels=["", "", "scores near 1000"], blocks=_softmax_blocks,
        ),
    ]
)  # fmt: skip
