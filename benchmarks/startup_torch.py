"""The PyTorch side of `startup.py`: startup_torch.py IMAGE WEIGHTS classifies one photograph."""

import sys

import numpy as np
import torch
from PIL import Image
from squeezenet_torch import build_network

MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])

image, weights = sys.argv[1:]
pixels = np.asarray(Image.open(image).convert("RGB"), np.float32) / 255
x = torch.from_numpy(((pixels - MEAN) / STD).transpose(2, 0, 1)[None])
with np.load(weights) as file, torch.inference_mode():
    probabilities = build_network(dict(file))(x).softmax(dim=1)[0]
for p, number in zip(*(t.tolist() for t in probabilities.topk(5))):
    print(f"  {p:7.2%}  {number:3d}")
