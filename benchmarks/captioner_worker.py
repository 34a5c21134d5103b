"""One side of `captioner.py`: a captioner that trains or samples, from given weights."""

import functools

import numpy as np
from interleave import serve

T, D, W, H, V, WORDS, BEAM = 16, 512, 256, 512, 1004, 17, 3
LEARNING_RATE = 1e-3
_open = []


def setup(side, task, N, beam=BEAM):
    rng = np.random.RandomState(0)
    weights = {
        "W_proj": rng.randn(D, H) / D**0.5,
        "b_proj": np.zeros(H),
        "W_embed": rng.randn(V, W) / 10,
        "Wx": rng.randn(W, 4 * H) / W**0.5,
        "Wh": rng.randn(H, 4 * H) / H**0.5,
        "b": np.zeros(4 * H),
        "W_vocab": rng.randn(H, V) / H**0.5,
        "b_vocab": np.zeros(V),
    }
    weights = {name: value.astype(np.float32) for name, value in weights.items()}
    # Neither may be sampled: all captions have their 17 words.
    weights["b_vocab"][1:3] = -1e9 if task != "train" else 0
    features = rng.randn(N, D).astype(np.float32)
    captions = rng.randint(3, V, (N, T + 1))
    build = tensorflow_side if side in ("graph", "plain") else torch_side
    work = build(side, weights, features, captions, beam)
    if task == "train":
        return {"step": work[task], "results": lambda: [float(work[task]()) for _ in range(3)]}
    return {"step": work[task], "results": lambda: work[task]().ravel().tolist()}


def tensorflow_side(side, weights, features, captions, width):
    from sessions import graph_session
    from tf_cs231n.captioning import graph, graph_layers
    from tf_cs231n.compat import tf

    if side == "plain":  # what one writes first; TensorFlow differentiates it
        graph_layers.embedding_lookup = lambda words, W: tf.gather(W, words)
        graph_layers.unroll = lambda cell_type, *inputs: plain_lstm(tf, *inputs)
    context = graph_session()
    sess = context.__enter__()
    _open.append(context)  # until the process ends
    vocabulary = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>"])}
    vocabulary.update((f"word{n}", n) for n in range(3, V))
    model = graph.GraphCaptioner(vocabulary, D, W, H)
    x = tf.placeholder(tf.float32, [None, D])
    y = tf.placeholder(tf.int32, [None, T + 1])
    loss = model.loss(x, y)
    train_op = tf.train.AdamOptimizer(LEARNING_RATE).minimize(loss)
    sampled = {"sample": model.sample(x, WORDS), "beam": model.sample(x, WORDS, width)}
    sess.run(tf.global_variables_initializer())
    model.assign(weights, sess)
    train = sess.make_callable([loss, train_op], [x, y])
    work = {name: sess.make_callable(captions, [x]) for name, captions in sampled.items()}
    work = {name: functools.partial(run, features) for name, run in work.items()}
    return dict(work, train=lambda: train(features, captions)[0])


def plain_lstm(tf, x, h, Wx, Wh, b):
    c, hs = tf.zeros_like(h), []
    for x_t in tf.unstack(x):
        i, f, o, g = tf.split(tf.matmul(x_t, Wx) + tf.matmul(h, Wh) + b, 4, axis=1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        h = tf.sigmoid(o) * tf.tanh(c)
        hs.append(h)
    return tf.stack(hs)


def torch_side(side, weights, features, captions, width):
    import torch
    from torch.nn import functional as F
    from torch_device import compiled

    def reordered(w):  # our blocks i, f, o, g; PyTorch's i, f, g, o
        i, f, o, g = np.split(w, 4, axis=-1)
        return torch.from_numpy(np.concatenate([i, f, g, o], axis=-1).T.copy())

    project, embed = torch.nn.Linear(D, H), torch.nn.Embedding(V, W)
    lstm, vocab = torch.nn.LSTM(W, H), torch.nn.Linear(H, V)
    with torch.no_grad():
        project.weight.copy_(torch.from_numpy(weights["W_proj"].T.copy()))
        embed.weight.copy_(torch.from_numpy(weights["W_embed"]))
        lstm.weight_ih_l0.copy_(reordered(weights["Wx"]))
        lstm.weight_hh_l0.copy_(reordered(weights["Wh"]))
        vocab.weight.copy_(torch.from_numpy(weights["W_vocab"].T.copy()))
        vocab.bias.copy_(torch.from_numpy(weights["b_vocab"]))
        for bias in (project.bias, lstm.bias_ih_l0, lstm.bias_hh_l0):
            bias.zero_()
    lstm.bias_hh_l0.requires_grad_(False)  # one bias, as in the course
    modules = (project, embed, lstm, vocab)
    trained = [p for module in modules for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=LEARNING_RATE, fused=side == "torch fused")
    N = len(features)
    x = torch.from_numpy(features)
    words = torch.from_numpy(captions.T.copy())  # time first: PyTorch's faster layout

    @compiled
    def loss_of(x, words):
        h0 = project(x)[None]
        h, _ = lstm(embed(words[:-1]), (h0, torch.zeros_like(h0)))
        scores = vocab(h).reshape(-1, V)
        return F.cross_entropy(scores, words[1:].reshape(-1), ignore_index=0, reduction="sum") / N

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(x, words)
        loss.backward()
        optimizer.step()
        return loss.item()

    cell = torch.nn.LSTMCell(W, H)
    cell.load_state_dict({name[:-3]: value for name, value in lstm.state_dict().items()})
    cell = compiled(cell)

    @torch.inference_mode()
    def sample():
        h = project(x)
        c, word, sampled = torch.zeros_like(h), torch.ones(N, dtype=torch.long), []
        for _ in range(WORDS):
            h, c = cell(embed(word), (h, c))
            word = vocab(h).argmax(dim=1)
            sampled.append(word)
        return torch.stack(sampled, dim=1).numpy()

    @torch.inference_mode()
    def beam():
        h = project(x).repeat_interleave(width, 0)
        c, words = torch.zeros_like(h), torch.ones(N * width, dtype=torch.long)
        log_probs = torch.full((N, width), -torch.inf)
        log_probs[:, 0] = 0
        captions = torch.empty((N, width, 0), dtype=torch.long)
        first = width * torch.arange(N)[:, None]
        for _ in range(WORDS):
            h, c = cell(embed(words), (h, c))
            steps = vocab(h).log_softmax(1).view(N, width, V)
            log_probs, best = (log_probs[:, :, None] + steps).view(N, -1).topk(width)
            parents, words = best // V, best % V
            rows = (first + parents).view(-1)
            h, c = h[rows], c[rows]
            captions = captions.view(N * width, -1)[rows].view(N, width, -1)
            captions = torch.cat([captions, words[:, :, None]], 2)
            words = words.view(-1)
        return captions[:, 0].numpy()

    return {"train": train, "sample": sample, "beam": beam}


if __name__ == "__main__":
    serve(setup)
