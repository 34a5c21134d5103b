"""Our attributions beside Captum's, on the same weights and images: their relative distances.

Run it in an environment with this package's requirements, PyTorch and Captum::

    pip install -r requirements.txt torch captum
    python benchmarks/compare_captum.py

Prints for each image and method ||ours - Captum's|| / ||Captum's||, the L2 norm over all pixels.
"""

import numpy as np
import torch
from captum.attr import GuidedBackprop, IntegratedGradients, LayerGradCam, Occlusion, Saliency
from torch import nn

from sessions import graph_session
from tf_cs231n import attribution
from tf_cs231n.datasets import sample_image
from tf_cs231n.images import preprocess_image
from tf_cs231n.saliency import compute_saliency_maps
from tf_cs231n.squeezenet import load_squeezenet
from tf_cs231n.squeezenet.architecture import FIRE_MODULES, LAYERS
from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.squeezenet.weights import default_checkpoint

STEPS = 50
STRIDE = 16


def images():
    """name: (image (H, W, 3), patch). Patches end at the edge, where Captum's are cut off."""
    cat = sample_image("cat", 224)[:, 56:280]
    flat = np.full_like(cat, 255)
    flat[60:164, 60:164] = cat[60:164, 60:164]
    letterboxed = cat.copy()
    letterboxed[:40] = letterboxed[-40:] = 0
    return {
        "normal, 224x224": (cat, 32),
        "flat, 224x224": (flat, 32),
        "letterboxed, 224x224": (letterboxed, 32),
        "odd-sized, 239x207": (sample_image("coffee", 240)[:239, 60:267], 31),
    }


class Fire(nn.Module):
    """A fire module whose ReLUs are modules, each used once, as Captum's hooks need them."""

    def __init__(self, arrays, layer):
        super().__init__()
        name = f"features/layer{layer}/fire/"
        self.squeeze = convolution(arrays, name + "squeeze")
        self.e11 = convolution(arrays, name + "e11")
        self.e33 = convolution(arrays, name + "e33", padding=1)
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(3))

    def forward(self, x):
        x = self.relus[0](self.squeeze(x))
        return torch.cat([self.relus[1](self.e11(x)), self.relus[2](self.e33(x))], 1)


def convolution(arrays, name, **settings):
    kernel, bias = arrays[name + "/weights"], arrays[name + "/bias"]
    height, _, C, F = kernel.shape
    conv = nn.Conv2d(C, F, height, **settings)
    conv.weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
    conv.bias.data = torch.from_numpy(bias)
    return conv


def build_features(arrays):
    """SqueezeNet's layers 0 to 12; pooling rounds down, as in the course."""
    layers = []
    for number, kind in enumerate(LAYERS):
        if number in FIRE_MODULES:
            layers.append(Fire(arrays, number))
        elif kind == "convolution":
            layers.append(convolution(arrays, "features/layer0", stride=2))
        else:
            layers.append(nn.ReLU() if kind == "relu" else nn.MaxPool2d(3, 2))
    return nn.Sequential(*layers)


def captum_maps(network, features, x, y, patch):
    """name: attribution (H, W, C) or map (H, W), in NumPy."""
    cam = LayerGradCam(network, features).attribute(x, target=y, relu_attributions=True)
    cam = nn.functional.interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)
    squares = Occlusion(network).attribute(
        x,
        target=y,
        sliding_window_shapes=(3, patch, patch),
        strides=(3, STRIDE, STRIDE),
        perturbations_per_eval=16,
        baselines=0,
    )
    attributions = {
        "saliency": Saliency(network).attribute(x, target=y).amax(1, keepdim=True),
        "integrated": IntegratedGradients(network).attribute(
            x, target=y, n_steps=STEPS, method="riemann_middle"
        ),
        "guided": GuidedBackprop(network).attribute(x, target=y),
        "gradcam": cam,
        "occlusion": squares[:, :1],  # the same in all channels
    }
    return {k: a.detach().numpy()[0].transpose(1, 2, 0).squeeze() for k, a in attributions.items()}


def our_maps(model, X, y, patch):
    return {
        "saliency": compute_saliency_maps(X, y, model)[0],
        "integrated": attribution.integrated_gradients(X, y, model, steps=STEPS).attributions[0],
        "guided": attribution.guided_backpropagation(X, y, model)[0],
        "gradcam": attribution.grad_cam(X, y, model)[0],
        "occlusion": attribution.occlusion(X, y, model, patch=patch, stride=STRIDE)[0],
    }


def main():
    arrays = read_weights(default_checkpoint())
    features = build_features(arrays)
    head = [convolution(arrays, "classifier/layer1"), nn.ReLU(), nn.AdaptiveAvgPool2d(1)]
    network = nn.Sequential(features, *head, nn.Flatten()).eval()
    with graph_session() as sess:
        model = load_squeezenet(sess)
        for name, (image, patch) in images().items():
            X = preprocess_image(image)[None]
            y = int(sess.run(model.scores, {model.image: X}).argmax())
            x = torch.from_numpy(X.transpose(0, 3, 1, 2).copy())
            theirs = captum_maps(network, features, x, y, patch)
            ours = our_maps(model, X, y, patch)
            distances = {
                method: np.linalg.norm(ours[method] - theirs[method])
                / np.linalg.norm(theirs[method])
                for method in theirs
            }
            row = "  ".join(f"{method} {distance:.1e}" for method, distance in distances.items())
            print(f"{name:<22}", row, flush=True)


if __name__ == "__main__":
    main()
