"""Figures of the theory: unit balls, and what a maximum-likelihood fit minimizes."""

import numpy as np

from tf_cs231n.plots import sheet

ORDERS = (0.5, 1, 1.5, 2, 4, np.inf)


def unit_balls(radii, orders=ORDERS):
    """The vectors of norm 1 in the plane, one curve for each p.

    Args:
      radii: (len(orders), n): how far the unit ball reaches in the directions 0 ... 2 pi.
      orders: the p of each row.

    Returns:
      A ``Figure``.
    """
    figure = sheet(5.4, 3.9)
    axes = figure.add_subplot(1, 1, 1)
    for p, color, radius in zip(orders, _colors(len(orders)), radii):
        angles = np.linspace(0, 2 * np.pi, len(radius))
        style = "--" if p < 1 else "-"
        axes.plot(
            radius * np.cos(angles),
            radius * np.sin(angles),
            style,
            color=color,
            linewidth=1.8,
            label=f"p = {_name(p)}" + (" (no norm)" if p < 1 else ""),
        )
    axes.set_aspect("equal")
    axes.set_xlabel("$x_1$")
    axes.set_ylabel("$x_2$", rotation=0)
    axes.set_xticks([-1, 0, 1])
    axes.set_yticks([-1, 0, 1])
    axes.grid(alpha=0.25)
    _open(axes)
    axes.set_title(r"Vectors with $\Vert x \Vert_p = 1$", fontsize=11)
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    return figure


def schatten_balls(surfaces, orders):
    """The symmetric 2x2 matrices of Schatten norm 1, one body for each p.

    Args:
      surfaces: (len(orders), n, m, 3): points of each surface, as coordinates
        ((a + c)/sqrt 2, (a - c)/sqrt 2, sqrt 2 b) of [[a, b], [b, c]], in which lengths are
        Frobenius norms.
      orders: the p of each surface.

    Returns:
      A ``Figure``.
    """
    from matplotlib.colors import LightSource

    names = {0.5: "no norm", 1: "nuclear", 2: "Frobenius", np.inf: "spectral"}
    figure = sheet(2.75 * len(orders), 3.3)
    for number, (p, color, surface) in enumerate(zip(orders, _colors(len(orders)), surfaces)):
        axes = figure.add_subplot(1, len(orders), number + 1, projection="3d")
        trace, difference, off_diagonal = np.moveaxis(surface, -1, 0)
        axes.plot_surface(
            difference,
            off_diagonal,
            trace,  # upright: the identity's direction
            color=color,
            rstride=1,
            cstride=1,
            linewidth=0,
            antialiased=False,
            lightsource=LightSource(azdeg=225, altdeg=50),
        )
        axes.set_xlim(-1.05, 1.05)
        axes.set_ylim(-1.05, 1.05)
        axes.set_zlim(-1.45, 1.45)
        axes.set_box_aspect((1.05, 1.05, 1.45))
        axes.view_init(elev=18, azim=-60)
        axes.set_xticks([-1, 0, 1])
        axes.set_yticks([-1, 0, 1])
        axes.set_zticks([-1, 0, 1])
        axes.tick_params(labelsize=7, pad=-2)
        axes.set_xlabel(r"$(a-c)/\sqrt{2}$", fontsize=8, labelpad=-6)
        axes.set_ylabel(r"$\sqrt{2}\,b$", fontsize=8, labelpad=-6)
        axes.set_zlabel(r"$(a+c)/\sqrt{2}$", fontsize=8, labelpad=-7)
        title = f"p = {_name(p)}" + (f": {names[p]}" if p in names else "")
        axes.set_title(title, fontsize=10, pad=0)
    figure.suptitle(
        r"Symmetric matrices $\left[a\ b;\ b\ c\right]$ with Schatten norm 1", fontsize=11, y=0.99
    )
    figure.subplots_adjust(left=0.01, right=0.97, bottom=0.06, top=0.86, wspace=0.12)
    return figure


def kl_landscapes(means, stds, landscapes, paths, x, target, fits):
    """Both divergences between data and a Gaussian over its mean and std, and the best fits.

    Args:
      means, stds: (n,) and (m,): the grid.
      landscapes: {title: (m, n)}, the divergence in nats at each std and mean.
      paths: {title: (k, 2)}: mean and std after each step of a descent.
      x: (j,); target: (j,): the data's density there.
      fits: {title: (j,)}: the best Gaussian's density.

    Returns:
      A ``Figure``.
    """
    figure = sheet(11.5, 3.7)
    colors = dict(zip(landscapes, ("tab:red", "tab:cyan")))
    for number, (title, landscape) in enumerate(landscapes.items()):
        axes = figure.add_subplot(1, 3, number + 1)
        filled = axes.contourf(
            means, stds, np.log10(landscape), levels=24, cmap="viridis", extend="both"
        )
        path = paths[title]
        axes.plot(*path.T, color="white", linewidth=1.2)
        axes.plot(*path[0], "o", color="white", markersize=5, label="start of the descent")
        axes.plot(
            *path[-1],
            "*",
            color=colors[title],
            markeredgecolor="white",
            markersize=14,
            label=f"end: mean {path[-1][0]:.2f}, std {path[-1][1]:.2f}",
        )
        axes.set_xlim(means[0], means[-1])
        axes.set_ylim(stds[0], stds[-1])
        axes.set_xlabel("mean of q")
        axes.set_ylabel("std of q")
        axes.set_title(title, fontsize=10)
        axes.legend(fontsize=7, loc="upper right", framealpha=0.85)
        bar = figure.colorbar(filled, ax=axes, format=lambda v, _: f"{10**v:.2g}")
        bar.set_label("nats", fontsize=8)
        bar.ax.tick_params(labelsize=7)
    axes = figure.add_subplot(1, 3, 3)
    axes.fill_between(x, target, color="0.85", label="data p")
    for title, fit in fits.items():
        axes.plot(x, fit, color=colors[title], linewidth=1.6, label=f"least {title.split(':')[0]}")
    axes.set_xlabel("x")
    axes.set_ylabel("density")
    axes.set_ylim(0)
    axes.set_title("The two best Gaussians", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    _open(axes)
    figure.tight_layout()
    return figure


def one_minimum(p, curves, minimum):
    """Likelihood, cross-entropy and divergence over a Bernoulli model's p: one minimum.

    Args:
      p: (n,).
      curves: {label: (n,)}, in nats.
      minimum: the p of the closed form.

    Returns:
      A ``Figure``.
    """
    figure = sheet(5.2, 3.7)
    axes = figure.add_subplot(1, 1, 1)
    styles = ((5.0, "0.75"), (1.8, "tab:blue"), (1.8, "tab:red"))
    for (label, values), (width, color) in zip(curves.items(), styles):
        axes.plot(p, values, color=color, linewidth=width, label=label)
        axes.plot(minimum, values.min(), "o", color=color, markersize=4 + width / 2)
    axes.axvline(minimum, color="black", linewidth=0.8, linestyle=":")
    axes.set_xlabel("q(heads)")
    axes.set_ylabel("nats a sample")
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.05, 2)
    axes.set_title(f"One minimum: the share of heads, {minimum:.2f}", fontsize=10)
    axes.legend(frameon=False, fontsize=8, loc="upper center")
    _open(axes)
    figure.tight_layout()
    return figure


def _open(axes):
    axes.spines["top"].set_visible(False)
    axes.spines["right"].set_visible(False)


def _name(p):
    return r"$\infty$" if p == np.inf else f"{p:g}"


def _colors(count):
    from matplotlib import cm

    return [cm.viridis(0.15 + 0.75 * k / max(count - 1, 1)) for k in range(count)]
