"""One side of caption training on COCO-sized data: the first step loads it, the others train.

The data has the course's layout and, at the largest size, COCO's numbers of images and captions;
words and features are random.
"""

import json
import os

import numpy as np
from captioner_worker import D, H, V, W
from interleave import serve

T, N, LEARNING_RATE, VALIDATION = 17, 100, 1e-3, 1_000


def write_data(captions, images, folder):
    """Return the folder of the data."""
    import h5py

    folder = os.path.join(folder, f"coco-{captions}")
    if os.path.isdir(folder):
        return folder
    os.makedirs(folder)
    rng = np.random.RandomState(0)
    words = ["<NULL>", "<START>", "<END>", "<UNK>", *(f"word{n}" for n in range(4, V))]
    vocabulary = {"idx_to_word": words, "word_to_idx": {word: n for n, word in enumerate(words)}}
    with open(os.path.join(folder, "coco2014_vocab.json"), "w") as file:
        json.dump(vocabulary, file)
    sizes = {"train": (captions, images), "val": (captions // 2, images // 2)}  # as COCO's
    with h5py.File(os.path.join(folder, "coco2014_captions.h5"), "w") as file:
        for split, (number, rows) in sizes.items():
            rows_of_words = rng.randint(4, V, (number, T)).astype(np.int32)
            rows_of_words[:, 0], rows_of_words[:, -1] = 1, 2
            file[f"{split}_captions"] = rows_of_words
            file[f"{split}_image_idxs"] = rng.randint(rows, size=number).astype(np.int32)
    for split, (_, rows) in sizes.items():
        with h5py.File(os.path.join(folder, f"{split}2014_vgg16_fc7_pca.h5"), "w") as file:
            file["features"] = rng.standard_normal((rows, D)).astype(np.float32)
        with open(os.path.join(folder, f"{split}2014_urls.txt"), "w") as file:
            file.writelines(f"http://images.example/{n}.jpg\n" for n in range(rows))
    return folder


def setup(side, problem):
    steps = {"ours": our_steps, "torch": torch_steps}[side](problem)
    return {"step": lambda: next(steps)}


def our_steps(folder):
    from tf_cs231n.captioning.coco import load_coco_data
    from tf_cs231n.captioning.train import train

    settings = {"wordvec_dim": W, "hidden_dim": H, "batch_size": N, "learning_rate": LEARNING_RATE}
    data = load_coco_data(folder)
    yield from train(f"{folder}-model", data, validate_every=10**6, save_seconds=10**6, **settings)


def torch_steps(folder):
    """The course's files in PyTorch: arrays in memory, batches by their indices."""
    import h5py
    import torch
    from torch.nn import functional as F

    with h5py.File(os.path.join(folder, "coco2014_captions.h5")) as file:
        captions = torch.from_numpy(file["train_captions"][()])
        rows = torch.from_numpy(file["train_image_idxs"][()])
    with h5py.File(os.path.join(folder, "train2014_vgg16_fc7_pca.h5")) as file:
        features = torch.from_numpy(file["features"][()])
    project, embed = torch.nn.Linear(D, H), torch.nn.Embedding(V, W)
    lstm, vocab = torch.nn.LSTM(W, H), torch.nn.Linear(H, V)
    weights = [p for module in (project, embed, lstm, vocab) for p in module.parameters()]
    optimizer = torch.optim.Adam(weights, LEARNING_RATE, fused=True)
    while True:
        for chosen in torch.randperm(len(captions)).split(N):
            words = captions[chosen].T.long()
            optimizer.zero_grad()
            h0 = project(features[rows[chosen].long()])[None]
            h, _ = lstm(embed(words[:-1]), (h0, torch.zeros_like(h0)))
            scores = vocab(h).reshape(-1, V)
            labels = words[1:].reshape(-1)
            loss = F.cross_entropy(scores, labels, ignore_index=0, reduction="sum") / N
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 5.0)
            optimizer.step()
            yield loss.item()


if __name__ == "__main__":
    serve(setup)
