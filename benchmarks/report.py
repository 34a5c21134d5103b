"""What `bench.py` prints, the tables of RESULTS.md, and the sentence in the front page."""

import re
import statistics

from rows import RUNTIMES, TORCH

FRONT = re.compile(r"(<!-- speed -->\n).*(?=<!-- end -->)", re.DOTALL)


def front_page(page, results):
    """The page with its sentence of speeds made anew."""
    ratios = {
        runtime: [
            row["sides"][f"ours, {runtime}"]["torch_ratio"][0] for row in results["rows"].values()
        ]
        for runtime in RUNTIMES
    }
    old, new = (statistics.median(ratios[runtime]) for runtime in RUNTIMES)
    sentence = (
        f"On two cores without a GPU, the median of {len(results['rows'])} tasks runs "
        f"{old:.2f} times as fast as in PyTorch on TensorFlow 1.15, "
        f"and {new:.2f} times on TensorFlow 2"
    )
    return FRONT.sub(lambda match: f"{match[1]}{sentence}\n", page)


def milliseconds(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def speed(sides, name, key, floor):
    """The ratio and its quartiles, bold where it is below the floor; empty without a peer."""
    if f"{key}_ratio" not in sides[name]:
        return ""
    middle, low, high = sides[name][f"{key}_ratio"]
    words = f"{middle:.2f} ({low:.2f}-{high:.2f})"
    return f"**{words}**" if middle < floor.get(name.split(", ")[1], 0) else words


def floor_text(floor):
    """The two floors, 1.15's before 2's, with a dash for none; nothing where neither has one."""
    return " / ".join(str(floor.get(runtime, "-")) for runtime in RUNTIMES) if floor else ""


def table(results):
    facts, versions = results["machine"], results["machine"]["versions"]
    old, new, peer = (versions[v] for v in (*RUNTIMES.values(), TORCH))
    lines = [
        "# Side by side with PyTorch",
        "",
        "Made by `make bench`. Medians over rounds in which the sides take turns; speed is "
        "PyTorch's time over ours, with its quartiles; bold is below the floor that we set "
        "ourselves for TensorFlow 1.15 and for 2. "
        "PyTorch is the fastest of its sides that are listed below, the compiled one left out. "
        "Before anything is timed, all sides must give the same result. "
        "[What keeps a row below its floor](README.md).",
        "",
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gb']} GiB, {facts['date']}. "
        f"TensorFlow {old['tensorflow']} on Python {old['python']}, TensorFlow "
        f"{new['tensorflow']} on Python {new['python']}, PyTorch {peer['torch']}.",
        "",
        "| | ours, TF 1.15, ms | ours, TF 2, ms | PyTorch, ms | speed, TF 1.15 | speed, TF 2 "
        "| floors |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in results["rows"].items():
        sides = row["sides"]
        times = [milliseconds(sides[f"ours, {r}"]["median"]) for r in RUNTIMES]
        best = sides["ours, TF 1.15"].get("torch")
        times.append(milliseconds(sides[best]["median"]) if best else "")
        speeds = [speed(sides, f"ours, {r}", "torch", row["floor"]) for r in RUNTIMES]
        lines.append(f"| {name} | {' | '.join([*times, *speeds])} | {floor_text(row['floor'])} |")
    lines += [
        "",
        "## Beside a bare run of TensorFlow",
        "",
        "A bare run is the least that the same TensorFlow needs: `import tensorflow` alone for the "
        "start, `sess.run` of `tf.gradients` for saliency.",
        "",
        "| | speed, TF 1.15 | speed, TF 2 | floors |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, row in results["rows"].items():
        speeds = [speed(row["sides"], f"ours, {r}", "bare", row["bare_floor"]) for r in RUNTIMES]
        if any(speeds):
            lines.append(f"| {name} | {' | '.join(speeds)} | {floor_text(row['bare_floor'])} |")
    lines += [
        "",
        "## Every side",
        "",
        "Share: of the rate of a large matrix product (PyTorch's, MKL) in the same minutes, "
        "counting the additions and multiplications that the work needs. Memory: the process's "
        "peak.",
        "",
        "| | side | median, ms | quartiles | least | share of sgemm | memory, MB |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in results["rows"].items():
        for side, t in row["sides"].items():
            share = f"{t['share_of_sgemm']:.0%}" if "share_of_sgemm" in t else ""
            quartiles = f"{milliseconds(t['low'])}-{milliseconds(t['high'])}"
            lines.append(
                f"| {name} | {side} | {milliseconds(t['median'])} | {quartiles} | "
                f"{milliseconds(t['least'])} | {share} | {t['memory_mb']:.0f} |"
            )
    return "\n".join(lines) + "\n"


def text_of(name, row):
    lines = [f"\n{name} (sgemm {row['sgemm']:.0f} GFLOP/s)"]
    for side, t in row["sides"].items():
        line = f"  {side:32} {t['median']:9.1f} ms ({t['low']:.1f}-{t['high']:.1f})"
        line += "".join(
            f"   {t[key + '_ratio'][0]:.2f} x {t[key]}" for key in ("torch", "bare") if key in t
        )
        lines.append(line)
    return "\n".join(lines)
