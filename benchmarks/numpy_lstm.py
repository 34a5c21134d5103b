"""The NumPy LSTM against a loop over its steps and against torch.nn.LSTM, interleaved.

    .venv-bench/bin/python benchmarks/numpy_lstm.py [--threads 1]

Forward and backward pass over a sequence, N 25, T 16, D 256, H 512, float32. `.venv` has the NumPy
of the reference runtime, `.venv-bench` today's NumPy and PyTorch. The sides' results are compared
before anything is timed. Ratios are medians over rounds. On a machine that does other work, take
one thread and look at the least times: threads that wait for each other suffer most from a crowd.
"""

import argparse
import contextlib

from interleave import Worker, interleave, ratio, summary

SIDES = [
    (".venv-bench", "sequence", "rnn_layers.lstm_forward, lstm_backward"),
    (".venv-bench", "loop", "the steps in a loop, float32 kept"),
    (".venv-bench", "float64 loop", "the same with np.zeros: float64 creeps in"),
    (".venv-bench", "torch", "torch.nn.LSTM"),
    (".venv", "sequence", "rnn_layers.lstm_forward, lstm_backward"),
    (".venv", "loop", "the steps in a loop, float32 kept"),
    (".venv", "float64 loop", "the same with np.zeros: float64 creeps in"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=3, help="steps a round")
    parser.add_argument("--batch", type=int, default=25, help="N")
    parser.add_argument("--threads", type=int, help="cores to use (default: all)")
    options = parser.parse_args()
    sizes = {"N": options.batch, "T": 16, "D": 256, "H": 512}

    with contextlib.ExitStack() as stack:
        workers = {}
        for venv, side, _ in SIDES:
            worker = Worker(
                f"{venv}/bin/python",
                "benchmarks/numpy_lstm_worker.py",
                {"side": side, **sizes},
                threads=options.threads,
            )
            workers[venv, side] = stack.enter_context(worker)
        norms = {key: worker.ask("norms") for key, worker in workers.items()}
        expected = norms[".venv-bench", "torch"]
        for key, got in norms.items():
            if any(abs(a - b) > 1e-5 * abs(b) for a, b in zip(got, expected)):
                raise SystemExit(f"{key}: norms {got}, expected {expected}")
        about = {venv: workers[venv, "sequence"].ask("about") for venv in (".venv-bench", ".venv")}
        seconds = interleave(workers, rounds=options.rounds, repeats=options.repeats)

    cores = f"{options.threads} thread(s)" if options.threads else "all cores"
    print(", ".join(f"{letter} {size}" for letter, size in sizes.items()), f"float32, {cores}; ms")
    for venv, versions in about.items():
        print(f"\n{versions} ({venv})\n")
        print(f"{'':45} median  least   times as long as ours (quartiles; of least)")
        for _, side, what in (row for row in SIDES if row[0] == venv):
            times = summary(seconds[venv, side])
            least = times["least"] / summary(seconds[venv, "sequence"])["least"]
            middle, low, high = ratio(seconds[venv, side], seconds[venv, "sequence"])
            print(
                f"{what:45} {times['median']:6.1f} {times['least']:6.1f}   "
                f"{middle:.2f} ({low:.2f} to {high:.2f}; {least:.2f})"
            )


if __name__ == "__main__":
    main()
