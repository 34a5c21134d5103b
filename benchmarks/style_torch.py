"""The PyTorch side of `style.py`: a style-transfer step as a good PyTorch user writes it."""

import numpy as np
import torch
from interleave import serve
from squeezenet_torch import build_layers
from torch_device import compiled as compiled_if_asked

from tf_cs231n.squeezenet.formats import read_weights


def gram(features):
    _, C, H, W = features.shape
    f = features.reshape(C, H * W)
    return f @ f.T / (H * W * C)


def gram_channels_last(features):
    _, C, H, W = features.shape
    f = features.permute(0, 2, 3, 1).reshape(H * W, C)
    return f.T @ f / (H * W * C)


def setup(problem, task, channels_last, compiled=False):
    p = np.load(problem)
    style_layers = [int(layer) for layer in p["style_layers"]]
    content_layer = int(p["content_layer"])
    last = max(style_layers + [content_layer])
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

    objective = torch.compile(loss_of) if compiled else compiled_if_asked(loss_of)

    def step():
        loss = objective(pixels)
        (gradient,) = torch.autograd.grad(loss, pixels)
        return loss.item(), gradient

    def check(path):
        loss, gradient = step()
        np.save(path, gradient.permute(0, 2, 3, 1).contiguous().numpy())
        return loss

    def recipe(iterations=200, decay_at=180):
        """The course's recipe, from the content; the loss at its end."""
        x = pixels.detach().clone().requires_grad_(True)
        optimizer = torch.optim.Adam([x], lr=3.0)
        for t in range(iterations):
            loss = objective(x)
            (x.grad,) = torch.autograd.grad(loss, x)
            optimizer.step()
            if t < decay_at:
                with torch.no_grad():
                    x.clamp_(-1.5, 1.5)
            if t == decay_at:
                optimizer.param_groups[0]["lr"] = 0.1
        return objective(x).item()

    steps = {"step": step, "recipe": recipe}
    return {"step": steps[task], "check": check, "recipe_loss": recipe}


if __name__ == "__main__":
    serve(setup)
