"""The PyTorch side of `startup.py`: classify the cat with the weights in $SQUEEZENET_NPZ."""

import os

import numpy as np
import torch
from squeezenet_torch import build_network

from tf_cs231n.datasets import sample_image
from tf_cs231n.images import preprocess_image

with np.load(os.environ["SQUEEZENET_NPZ"]) as file, torch.inference_mode():
    network = build_network(dict(file))
    picture = preprocess_image(sample_image("cat", 224)).transpose(2, 0, 1)[None]
    probabilities = network(torch.from_numpy(picture.astype(np.float32))).softmax(dim=1)[0]
    for p, number in zip(*(t.tolist() for t in probabilities.topk(5))):
        print(f"  {p:7.2%}  {number:3d}")
