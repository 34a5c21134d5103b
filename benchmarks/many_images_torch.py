"""The PyTorch side of `many_images.py`: many_images_torch.py TASK IMAGES WEIGHTS OUT."""

import os
import sys

import numpy as np
import torch
from PIL import Image
from squeezenet_torch import build_network

BATCH = 98  # as many as ours runs at once
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def main(task, images, weights, out):
    os.makedirs(out, exist_ok=True)
    with np.load(weights) as file:
        network = build_network(dict(file)).to(memory_format=torch.channels_last)
    of_batch = {"saliency": saliency, "classify": classify}[task]
    names = sorted(os.listdir(images))
    for first in range(0, len(names), BATCH):
        batch = names[first : first + BATCH]
        pixels = np.stack(
            [np.asarray(Image.open(os.path.join(images, n)).convert("RGB")) for n in batch]
        )
        x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255  # channels last
        for name, array in zip(batch, of_batch(network, (x - MEAN) / STD)):
            np.save(os.path.join(out, os.path.splitext(name)[0] + ".npy"), array)


def saliency(network, x):
    x.requires_grad_(True)
    best = network(x).max(dim=1).values.sum()
    return torch.autograd.grad(best, x)[0].abs().amax(dim=1).numpy()


@torch.inference_mode()
def classify(network, x):
    return network(x).softmax(dim=1).numpy()


if __name__ == "__main__":
    main(*sys.argv[1:])
