"""A second captioner, right and written differently: one image, one word at a time."""

import numpy as np


def _sigmoid(a):
    return 0.5 + 0.5 * np.tanh(a / 2)


class CaptioningRNN:
    number = np.float64

    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128,
                 cell_type="rnn", dtype=np.float32):  # fmt: skip
        self.lstm = cell_type == "lstm"
        self.null, self.start, self.end = (word_to_idx[w] for w in ("<NULL>", "<START>", "<END>"))
        self.params = {}

    def _numbers(self, features):
        p = {name: value.astype(self.number) for name, value in self.params.items()}
        return p, features.astype(self.number)

    def _step(self, p, word, h, c):
        """Next h and c, and what the way back needs."""
        a = np.concatenate([p["W_embed"][word], h]) @ np.vstack([p["Wx"], p["Wh"]]) + p["b"]
        if not self.lstm:
            return np.tanh(a), c, None
        i, f, o, g = a.reshape(4, -1)
        i, f, o, g = _sigmoid(i), _sigmoid(f), _sigmoid(o), np.tanh(g)
        return o * np.tanh(f * c + i * g), f * c + i * g, (i, f, o, g)

    def _step_back(self, dh, dc, h, c, old_c, gates):
        """The gradient of the sum before the activations, and of the old c."""
        if not self.lstm:
            return dh * (1 - h) * (1 + h), dc
        i, f, o, g = gates
        dc = dc + dh * o * (1 - np.tanh(c) ** 2)
        slopes = [dc * g * i * (1 - i), dc * old_c * f * (1 - f)]
        slopes += [dh * np.tanh(c) * o * (1 - o), dc * i * (1 - g * g)]
        return np.concatenate(slopes), dc * f

    def loss(self, features, captions):
        p, features = self._numbers(features)
        loss, grads = self.number(0), {name: np.zeros_like(value) for name, value in p.items()}
        for feature, caption in zip(features, captions):
            h = feature @ p["W_proj"] + p["b_proj"]
            c, tape = np.zeros_like(h), []
            for word, answer in zip(caption[:-1], caption[1:]):
                old_h, old_c = h, c
                h, c, gates = self._step(p, word, h, c)
                scores = h @ p["W_vocab"] + p["b_vocab"]
                dscores = np.zeros_like(scores)
                if answer != self.null:
                    log_p = scores - scores.max()
                    log_p = log_p - np.log(np.exp(log_p).sum())
                    loss = loss - log_p[answer] / len(features)
                    dscores = np.exp(log_p) / len(features)
                    dscores[answer] -= 1 / len(features)
                tape.append((word, old_h, old_c, h, c, gates, dscores))
            dh, dc = np.zeros_like(h), np.zeros_like(h)
            for word, old_h, old_c, h, c, gates, dscores in reversed(tape):
                grads["W_vocab"] += np.outer(h, dscores)
                grads["b_vocab"] += dscores
                dh = dh + p["W_vocab"] @ dscores
                da, dc = self._step_back(dh, dc, h, c, old_c, gates)
                grads["Wx"] += np.outer(p["W_embed"][word], da)
                grads["Wh"] += np.outer(old_h, da)
                grads["b"] += da
                grads["W_embed"][word] += p["Wx"] @ da
                dh = p["Wh"] @ da
            grads["W_proj"] += np.outer(feature, dh)
            grads["b_proj"] += dh
        return loss, grads

    def sample(self, features, max_length=30):
        p, features = self._numbers(features)
        captions = []
        for feature in features:
            h, word, caption = feature @ p["W_proj"] + p["b_proj"], self.start, []
            c = np.zeros_like(h)
            while len(caption) < max_length and self.end not in caption:
                h, c, _ = self._step(p, word, h, c)
                word = int(np.argmax(h @ p["W_vocab"] + p["b_vocab"]))
                caption.append(word)
            captions.append(caption + [self.null] * (max_length - len(caption)))
        return np.array(captions)


class InFloat32(CaptioningRNN):
    number = np.float32
