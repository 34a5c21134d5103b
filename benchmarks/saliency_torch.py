"""The PyTorch side of `saliency.py`: the same maps and steps as a good PyTorch user writes them."""

import numpy as np
import torch
from interleave import serve
from squeezenet_torch import build_network
from torch_device import compiled

from tf_cs231n.images import blur_image, preprocess_image
from tf_cs231n.saliency import PIXEL_BOUNDS
from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.squeezenet.weights import default_checkpoint


def setup(task, steps, problem, channels_last):
    p = np.load(problem)
    memory_format = torch.channels_last if channels_last else torch.contiguous_format
    arrays = read_weights(default_checkpoint())
    network = compiled(build_network(arrays).to(memory_format=memory_format))
    y = torch.from_numpy(p["y"].astype(np.int64))
    X = torch.from_numpy(p["X"]).permute(0, 3, 1, 2).contiguous(memory_format=memory_format)

    def gradient(x, y):
        x = x.detach().requires_grad_(True)
        scores = network(x).gather(1, y[:, None]).sum()
        return torch.autograd.grad(scores, x)[0]

    if task == "forward":

        @torch.inference_mode()
        def step():
            return network(X).numpy()
    elif task == "visualize":
        low, high = (torch.from_numpy(bound).view(1, 3, 1, 1) for bound in PIXEL_BOUNDS)
        size = X.shape[-1]

        def step(steps=steps):
            rng = np.random.RandomState(0)
            x = torch.from_numpy(preprocess_image(255 * rng.rand(size, size, 3))[None])
            x = x.permute(0, 3, 1, 2).contiguous(memory_format=memory_format)
            for t in range(steps):
                oy, ox = rng.randint(-16, 17, size=2).tolist()
                x = torch.roll(x, (oy, ox), (2, 3))
                g = gradient(x, y[:1]) - 2e-3 * x
                x = torch.roll(x + 25 * g / g.norm(), (-oy, -ox), (2, 3))
                x = torch.clamp(x, low, high)
                if t % 10 == 0:
                    blurred = blur_image(x.permute(0, 2, 3, 1).numpy(), 0.5)
                    x = torch.from_numpy(blurred).permute(0, 3, 1, 2)
                    x = x.contiguous(memory_format=memory_format)
            return x.permute(0, 2, 3, 1).numpy()
    else:

        def step():
            return gradient(X, y).abs().amax(dim=1).numpy()

    def check(path):
        np.save(path, step(1) if task == "visualize" else step())

    return {"step": step, "check": check}


if __name__ == "__main__":
    serve(setup)
