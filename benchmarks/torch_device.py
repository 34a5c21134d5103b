"""Where PyTorch's sides run, and how: $BENCH_DEVICE (cpu) and $BENCH_COMPILED (no).

The workers take arrays by `torch.from_numpy` and give them by `Tensor.numpy`; on another device
these two become the ways to it and back, and everything else is made there.
"""

import os

import torch

DEVICE = os.environ.get("BENCH_DEVICE", "cpu")


def settle():
    """Let all tensors that are made from now on live on the device."""
    if DEVICE == "cpu":
        return
    torch.set_default_device(DEVICE)
    from_numpy, to_numpy = torch.from_numpy, torch.Tensor.numpy
    torch.from_numpy = lambda array: from_numpy(array).to(DEVICE)
    torch.Tensor.numpy = lambda tensor: to_numpy(tensor.detach().cpu())


def compiled(function):
    """The function, compiled if that is asked for."""
    return torch.compile(function) if os.environ.get("BENCH_COMPILED") else function


settle()
