"""A GAN's training step, D then G, against PyTorch, interleaved; batch 128, least squares, Adam.

    .venv-bench/bin/python benchmarks/gan_steps.py [--architecture fc]

`.venv` has TensorFlow 1.15, `.venv-bench` today's TensorFlow and PyTorch. PyTorch comes in two
forms: "notebook", as the course's PyTorch notebook has it (two passes through the generator), and
"tuned", with everything that our graph does (one pass, real and fake pictures together, no
gradients for the discriminator's weights in the generator's step) and its fused Adam. All sides
begin from the same weights; their losses over three steps are compared before anything is timed.
"""

import argparse
import contextlib

from interleave import Worker, interleave, ratio, summary

SIDES = {
    "fc": [
        (".venv", "tensorflow"),
        (".venv-bench", "tensorflow"),
        (".venv-bench", "torch notebook"),
        (".venv-bench", "torch tuned"),
    ],
    "dcgan": [
        (".venv", "tensorflow"),
        (".venv-bench", "tensorflow"),
        (".venv-bench", "torch notebook"),
        (".venv-bench", "torch notebook channels_last"),
        (".venv-bench", "torch tuned"),
        (".venv-bench", "torch tuned channels_last"),
    ],
}
OURS = (".venv", "tensorflow")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--architecture", choices=list(SIDES), action="append")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--repeats", type=int, help="steps a round (default: fc 10, dcgan 2)")
    parser.add_argument("--threads", type=int, help="cores to use (default: all)")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="count processor time, for a machine that does other work; best with --threads 1",
    )
    options = parser.parse_args()
    for architecture in options.architecture or SIDES:
        repeats = options.repeats or {"fc": 10, "dcgan": 2}[architecture]
        compare(architecture, options.rounds, repeats, options.threads, options.cpu)


def check(side, got, expected):
    """D's loss before its first update, and G's loss after it.

    Adam's first update is little more than the sign of each gradient, which rounding turns where
    the gradient is nearly zero: that is why the second figure, and no later one, agrees roughly.
    """
    for name, a, b, tolerance in zip(["D_loss", "G_loss"], got, expected, [1e-5, 2e-2]):
        if abs(a - b) > tolerance * abs(b):
            raise SystemExit(f"{side}: {name} is {a}, expected {b}")


def compare(architecture, rounds, repeats, threads, cpu):
    with contextlib.ExitStack() as stack:
        workers = {}
        for venv, side in SIDES[architecture]:
            settings = {"side": side, "architecture": architecture, "threads": threads}
            script = "benchmarks/gan_steps_worker.py"
            worker = Worker(f"{venv}/bin/python", script, settings, threads)
            workers[venv, side] = stack.enter_context(worker)
        noise = workers[OURS].ask("noise")
        losses = {side: worker.ask("losses", noise=noise) for side, worker in workers.items()}
        for side, got in losses.items():
            check(side, got, losses[OURS])
        about = dict.fromkeys(worker.ask("about") for worker in workers.values())
        if cpu:
            seconds = {side: [] for side in workers}
            for _ in range(rounds):
                for side, worker in workers.items():
                    seconds[side].append(worker.ask("cpu", repeats=repeats))
        else:
            seconds = interleave(workers, rounds, repeats)

    clock = "processor time" if cpu else "wall time"
    cores = f"{threads} thread(s)" if threads else "all cores"
    print(f"\n{architecture}, batch 128: D step and G step, {clock}, {cores}; {', '.join(about)}")
    print(f"{'':42} median  least [ms]   times as long as ours (quartiles; of least)")
    for side, times in seconds.items():
        shown = summary(times)
        middle, low, high = ratio(times, seconds[OURS])
        least = shown["least"] / summary(seconds[OURS])["least"]
        print(
            f"{' '.join(side):42} {shown['median']:6.1f} {shown['least']:6.1f}        "
            f"{middle:.2f} ({low:.2f} to {high:.2f}; {least:.2f})"
        )


if __name__ == "__main__":
    main()
