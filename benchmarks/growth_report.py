"""GROWTH.md and its plots, from what `growth.py` measured."""

import os
import re

import numpy as np

COLORS = {"ours, TF 1.15": "tab:orange", "ours, TF 2": "tab:red", "PyTorch": "tab:blue"}
BUSY = 0.3  # cores in use by other programs that disturb
LIMIT = 1.1  # an exponent above it is growth faster than the work
TITLES = {"seconds": "time, s", "first": "time to the first step, s", "memory_mb": "memory, MB"}


def exponent(work, cost):
    """The slope of log cost over log work, a straight line through the larger half of the sizes.

    Small sizes show what a step costs however little it does.

    >>> round(exponent([1, 2, 4, 8], [9, 2, 8, 32]), 3)
    2.0
    """
    half = max(2, (len(work) + 1) // 2)
    return float(np.polyfit(np.log(work[-half:]), np.log(cost[-half:]), 1)[0])


def write(results, folder):
    """Write GROWTH.md and a plot of each curve in ``folder``."""
    os.makedirs(os.path.join(folder, "growth"), exist_ok=True)
    for name, curve in results["curves"].items():
        plot(name, curve, os.path.join(folder, "growth", f"{slug(name)}.png"))
    with open(os.path.join(folder, "GROWTH.md"), "w", encoding="utf-8") as file:
        file.write(page(results))


def slug(name):
    return re.sub(r"\W+", "-", name.lower()).strip("-")


def page(results):
    facts = results["machine"]
    minutes = sum(curve["minutes"] for curve in results["curves"].values())
    lines = [
        "# How cost grows",
        "",
        f"Made by `make growth` in {minutes:.0f} minutes. Work is what a size asks for (pixels, "
        "images, captions, multiplications), in units of the smallest size; an exponent is the "
        "slope of cost over work, both as logarithms, on the larger half of the sizes: 1 is cost "
        f"in proportion, and bold, above {LIMIT}, is cost that grows faster than the work. Memory "
        "is the process's peak, libraries included. PyTorch is the form that is fastest in most "
        "rows of [RESULTS.md](RESULTS.md).",
        "",
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gb']} GiB, {facts['date']}.",
        "",
        "| | exponent of time: ours, TF 1.15 | ours, TF 2 | PyTorch | of memory: ours, TF 1.15 "
        "| ours, TF 2 | PyTorch |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, curve in results["curves"].items():
        row = [fitted(curve, side, key) for key in ("seconds", "memory_mb") for side in COLORS]
        lines.append(f"| [{name}](#{anchor(name)}) | {' | '.join(row)} |")
    for name, curve in results["curves"].items():
        lines += [
            "",
            f"## {name[0].upper()}{name[1:]}",
            "",
            f"![{name}](growth/{slug(name)}.png)",
            "",
        ]
        lines += table(curve)
        lines += ["", busy(curve)] if curve["busy_cores"] > BUSY else []
    return "\n".join(lines) + "\n"


def busy(curve):
    return (
        f"Other programs used {curve['busy_cores']:.1f} cores before it began: times are those "
        "of a busy machine, above all PyTorch's, whose threads wait for each other."
    )


def anchor(title):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def fitted(curve, side, key):
    if side not in curve["sides"]:
        return ""
    slope = exponent(curve["work"], [point[key] for point in curve["sides"][side]])
    return f"**{slope:.2f}**" if slope > LIMIT else f"{slope:.2f}"


def keys_of(curve):
    some = next(iter(curve["sides"].values()))
    return [key for key in TITLES if key in some[0]]


def table(curve):
    sides = [side for side in COLORS if side in curve["sides"]]
    columns = [(key, side) for key in keys_of(curve) for side in sides]
    yield (
        f"| {curve['size']} | work | " + " | ".join(f"{TITLES[k]}: {s}" for k, s in columns) + " |"
    )
    yield "| ---: | ---: |" + " ---: |" * len(columns)
    for n, (label, work) in enumerate(zip(curve["labels"], curve["work"])):
        cells = [number(curve["sides"][side][n][key]) for key, side in columns]
        yield f"| {label} | {number(work / curve['work'][0])} | {' | '.join(cells)} |"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def plot(name, curve, path):
    """Cost over work, both axes logarithmic, with a line of slope 1."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib import ticker
    from PIL import Image

    keys, work = keys_of(curve), np.array(curve["work"]) / curve["work"][0]
    figure, axes = plt.subplots(1, len(keys), figsize=(4 * len(keys), 3.2), constrained_layout=True)
    for axis, key in zip(axes, keys):
        for side, points in curve["sides"].items():
            cost = [point[key] for point in points]
            label = f"{side}: {exponent(curve['work'], cost):.2f}"
            axis.loglog(work, cost, "o-", color=COLORS[side], label=label, markersize=4)
        # In proportion to the work, from the largest size down: how the last costs would scale.
        last = max(points[-1][key] for points in curve["sides"].values())
        low = min(point[key] for points in curve["sides"].values() for point in points)
        line = last * work / work[-1]
        axis.loglog(work[line > low / 2], line[line > low / 2], ":", color="gray")
        low, high = axis.get_ylim()
        if high < 8 * low:  # else hardly a tick, and noise looks like growth
            axis.set_ylim(low / 2, high * 2)
        axis.set_title(TITLES[key], fontsize=10)
        axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axis.tick_params(axis="y", labelsize=8)
        axis.set_xticks(work)
        axis.set_xticklabels(curve["labels"], fontsize=8)
        axis.minorticks_off()
        axis.set_xlabel(curve["size"], fontsize=9)
        axis.legend(fontsize=8, frameon=False)
        axis.grid(alpha=0.3)
    figure.suptitle(f"{name} (exponent of each; dotted: in proportion)", fontsize=10)
    figure.savefig(path, dpi=80)
    plt.close(figure)
    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)  # a third of the bytes
