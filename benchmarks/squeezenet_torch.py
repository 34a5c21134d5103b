"""SqueezeNet 1.1 in PyTorch with our weights; its pooling rounds down, as the course's does."""

import torch
from torch import nn
from torch.nn import functional as F

POOLING = (5, 8)


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
        if layer in POOLING:
            layers.append(nn.MaxPool2d(3, 2))
            continue
        name = f"features/layer{layer}/fire/"
        _, _, channels, squeeze = arrays[name + "squeeze/weights"].shape
        layers.append(Fire(channels, squeeze, arrays[name + "e11/bias"].size))
        for part in ("squeeze", "e11", "e33"):
            put(getattr(layers[-1], part), name + part)
    return nn.Sequential(*layers).requires_grad_(False)


def build_network(arrays):
    """All of it, to the class scores."""
    classifier = nn.Conv2d(512, 1000, 1)
    kernel = torch.from_numpy(arrays["classifier/layer1/weights"])
    classifier.weight.data = kernel.permute(3, 2, 0, 1).clone()
    classifier.bias.data = torch.from_numpy(arrays["classifier/layer1/bias"])
    head = (classifier, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(*build_layers(arrays, 12), *head).requires_grad_(False)
