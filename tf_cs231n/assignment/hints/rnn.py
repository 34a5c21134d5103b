"""Hints for the captioner."""

HINTS = {
    "CaptioningRNN.loss": (
        "Lecture 10, image captioning; the course's comments list five forward steps. Which words "
        "go in, which are asked for?",
        "h0 = features W_proj + b_proj; vectors = W_embed[captions without the last]; h = "
        "RNN(vectors, h0); scores = h W_vocab + b_vocab; softmax loss against the captions "
        "without the first, masked where they are <NULL>",
        "five forward lines that each keep a cache, then their five backward functions in "
        "reverse; W_proj and b_proj get theirs from dh0.",
    ),
    "CaptioningRNN.sample": (
        "The step functions, not the sequence: each word is known only after the one before it.",
        "h = features W_proj + b_proj; then repeat: h = step(W_embed[word], h); scores = h "
        "W_vocab + b_vocab; word = argmax scores; the first word read is <START>",
        "for t in range(max_length): x = <vectors of the N current words>; h, ... = "
        "...step_forward(...); words = scores.argmax(axis=1); captions[:, t] = words.",
    ),
}
