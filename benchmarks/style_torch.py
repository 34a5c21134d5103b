"""The PyTorch side of `style_step.py`: one style-transfer step as a good PyTorch user writes it."""

import time

import numpy as np
import torch
from interleave import serve
from torch import nn
from torch.nn import functional as F

from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.squeezenet.model import FIRE_MODULES


class Fire(nn.Module):
    def __init__(self, channels, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeeze, 1)
        self.e11 = nn.Conv2d(squeeze, expand, 1)
        self.e33 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x), inplace=True)
        return torch.cat([F.relu(self.e11(x), inplace=True), F.relu(self.e33(x), inplace=True)], 1)


def build_layers(arrays, last):
    """SqueezeNet's layers 0..last with these weights, frozen, as torchvision numbers them."""
    layers = [nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2)]

    def put(conv, name):
        conv.weight.data = torch.from_numpy(arrays[name + "/weights"]).permute(3, 2, 0, 1).clone()
        conv.bias.data = torch.from_numpy(arrays[name + "/bias"])

    put(layers[0], "features/layer0")
    for layer in range(3, last + 1):
        if layer in FIRE_MODULES:
            layers.append(Fire(*FIRE_MODULES[layer]))
            for part in ("squeeze", "e11", "e33"):
                put(getattr(layers[-1], part), f"features/layer{layer}/fire/{part}")
        else:
            layers.append(nn.MaxPool2d(3, 2))
    return nn.Sequential(*layers).requires_grad_(False)


def gram(features):
    _, C, H, W = features.shape
    f = features.reshape(C, H * W)
    return f @ f.T / (H * W * C)


def gram_channels_last(features):
    _, C, H, W = features.shape
    f = features.permute(0, 2, 3, 1).reshape(H * W, C)
    return f.T @ f / (H * W * C)


def setup(problem, layout, compile=False, threads=2):
    torch.set_num_threads(threads)
    p = np.load(problem)
    style_layers = [int(layer) for layer in p["style_layers"]]
    content_layer = int(p["content_layer"])
    last = max(style_layers + [content_layer])
    channels_last = layout == "channels_last"
    memory_format = torch.channels_last if channels_last else torch.contiguous_format

    def nchw(array):
        tensor = torch.from_numpy(array).permute(0, 3, 1, 2)
        return tensor.contiguous(memory_format=memory_format)

    network = build_layers(read_weights(str(p["weights"])), last).to(memory_format=memory_format)
    targets = [torch.from_numpy(p[f"gram{layer}"]) for layer in style_layers]
    content_target = nchw(p["content_target"])
    gram_of = gram_channels_last if channels_last else gram
    pixels = nchw(p["pixels"]).requires_grad_(True)

    def loss_of(x):
        feats, h = [], x
        for layer in network:
            h = layer(h)
            feats.append(h)
        content = (feats[content_layer] - content_target).square().sum()
        style = sum(
            weight * (gram_of(feats[layer]) - target).square().sum()
            for layer, weight, target in zip(style_layers, p["style_weights"].tolist(), targets)
        )
        tv = (x[:, :, 1:] - x[:, :, :-1]).square().sum()
        tv = tv + (x[:, :, :, 1:] - x[:, :, :, :-1]).square().sum()
        return float(p["content_weight"]) * content + style + float(p["tv_weight"]) * tv

    objective = torch.compile(loss_of) if compile else loss_of

    def step():
        loss = objective(pixels)
        (gradient,) = torch.autograd.grad(loss, pixels)
        return loss.item(), gradient

    def check(path):
        loss, gradient = step()
        np.save(path, gradient.permute(0, 2, 3, 1).contiguous().numpy())
        return loss

    def adam_recipe(iterations=200, decay_at=180):
        """The course's recipe: the loss after the last iteration and the seconds it took."""
        x = pixels.detach().clone().requires_grad_(True)
        optimizer = torch.optim.Adam([x], lr=3.0)
        start = time.perf_counter()
        for t in range(iterations):
            loss = objective(x)
            (x.grad,) = torch.autograd.grad(loss, x)
            optimizer.step()
            if t < decay_at:
                with torch.no_grad():
                    x.clamp_(-1.5, 1.5)
            if t == decay_at:
                optimizer.param_groups[0]["lr"] = 0.1
        seconds = time.perf_counter() - start
        return {"loss": objective(x).item(), "seconds": seconds}

    return {"step": step, "check": check, "adam_recipe": adam_recipe}


if __name__ == "__main__":
    serve(setup)
