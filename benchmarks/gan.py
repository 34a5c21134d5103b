"""A GAN's training step, D then G; batch 128, least squares, Adam.

PyTorch comes in two forms: "notebook", as the course's PyTorch notebook has it (two passes through
the generator), and "tuned", with everything that our graph does (one pass, real and fake pictures
together, no gradients for the discriminator's weights in the generator's step) and its fused Adam.
The floors are beside the faster of all.
"""

from arithmetic import gan_step_gflop
from gan_worker import NOISE, N
from rows import TORCH, Row, Side, floors, ours

FC_D = [784 * 256, 256 * 256, 256]
FC_G = [NOISE * 1024, 1024 * 1024, 1024 * 784]
DCGAN_D = [24 * 24 * 25 * 32, 8 * 8 * 25 * 32 * 64, 1024 * 1024, 1024]
DCGAN_G = [NOISE * 1024, 1024 * 6272, 7 * 7 * 16 * 128 * 64, 14 * 14 * 16 * 64]
FORMS = ("notebook", "notebook channels_last", "tuned", "tuned channels_last")


def rows():
    gflop = gan_step_gflop(N, FC_D, FC_G)
    yield row("GAN step, fully connected", "fc", FORMS[::2], floors(1.25, 1.5), gflop, repeats=10)
    gflop = gan_step_gflop(N, DCGAN_D, DCGAN_G)
    yield row("GAN step, DCGAN", "dcgan", FORMS, floors(0.9, 1.4), gflop, repeats=2)


def row(name, architecture, forms, floor, gflop, repeats):
    sides = ours("gan_worker.py", side="tensorflow", architecture=architecture)
    for form in forms:
        settings = {"side": f"torch {form}", "architecture": architecture}
        sides[f"PyTorch, {form.replace('_', ' ')}"] = Side(TORCH, "gan_worker.py", settings)
    return Row(name, sides, same_losses, floor, gflop=gflop, repeats=repeats)


def same_losses(workers, folder):
    """D's loss before its first update, and G's loss after it.

    Adam's first update is little more than the sign of each gradient, which rounding turns where
    the gradient is nearly zero: that is why the second figure, and no later one, agrees roughly.
    """
    reference = next(name for name in workers if name.startswith("ours"))
    noise = workers[reference].ask("noise")
    losses = {name: worker.ask("losses", noise=noise) for name, worker in workers.items()}
    for name, got in losses.items():
        expected = losses[reference]
        for which, a, b, tolerance in zip(["D", "G"], got, expected, [1e-5, 2e-2]):
            if abs(a - b) > tolerance * abs(b):
                raise SystemExit(f"{name} does other work: {which}'s loss is {a}, expected {b}")
