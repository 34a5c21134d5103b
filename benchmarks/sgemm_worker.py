"""The rate of a large matrix product in float32, the yardstick of `bench.py`."""

import time

import torch
from interleave import serve

SIZE = 2048


def setup():
    a, b = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)

    def gflops(times=5):
        """Billions of operations a second, of the fastest of a few."""
        seconds = []
        for _ in range(times):
            start = time.perf_counter()
            torch.mm(a, b)
            seconds.append(time.perf_counter() - start)
        return 2e-9 * SIZE**3 / min(seconds)

    return {"gflops": gflops}


if __name__ == "__main__":
    serve(setup)
