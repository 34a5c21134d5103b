"""The theory's figures show what they claim, and its documentation's examples are true."""

import doctest
import os
import re
import shlex

import numpy as np
import pytest
from matplotlib.figure import Figure

from tf_cs231n.plots import theory_examples as theory

DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs")


@pytest.mark.parametrize("page", ["norms.md", "likelihood.md"])
def test_examples_of_the_documentation_are_true(page):
    failed, tried = doctest.testfile(os.path.join(DOCS, page), module_relative=False)
    assert failed == 0 and tried > 5


def test_commands_of_the_documentation_run(run_cli, tmp_path, monkeypatch):
    with open(os.path.join(DOCS, "norms.md"), encoding="utf-8") as file:
        lines = re.search(r"```sh\n(.*?)```", file.read(), flags=re.DOTALL).group(1).splitlines()
    monkeypatch.chdir(tmp_path)
    np.save("matrix.npy", np.eye(3))
    assert lines
    for line in lines:
        program, *arguments = shlex.split(line)
        status, out, err = run_cli(*arguments)
        assert program == "tf-cs231n" and status == 0 and "nuclear norm" in out, err


def test_unit_balls_are_a_diamond_a_circle_and_a_square():
    axes = theory.draw_unit_balls().axes[0]
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    np.testing.assert_allclose(np.abs(lines["p = 1"]).sum(1), 1, rtol=1e-12)
    np.testing.assert_allclose((lines["p = 2"] ** 2).sum(1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.abs(lines[r"p = $\infty$"]).max(1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(np.abs(lines["p = 0.5 (no norm)"])).sum(1), 1, rtol=1e-12)


def test_schatten_balls_are_a_cylinder_a_sphere_and_a_double_cone(monkeypatch):
    """In (trace t, radius r) the eigenvalues are (t + r)/sqrt 2 and (t - r)/sqrt 2."""
    seen = {}
    monkeypatch.setattr(
        theory.plots, "schatten_balls", lambda surfaces, orders: seen.update(zip(orders, surfaces))
    )
    theory.draw_schatten_balls()
    for p, equation in (
        (1, lambda t, r: np.sqrt(2) * np.maximum(t, r)),
        (2, np.hypot),
        (np.inf, lambda t, r: (t + r) / np.sqrt(2)),
    ):
        t, r = np.abs(seen[p][..., 0]), np.hypot(seen[p][..., 1], seen[p][..., 2])
        np.testing.assert_allclose(equation(t, r), 1, rtol=1e-12)


def test_curves_of_the_three_objectives_have_one_minimiser():
    axes = theory.draw_one_minimum().axes[0]
    curves = [line.get_xydata() for line in axes.get_lines() if len(line.get_xydata()) > 10]
    assert len(curves) == 3
    for x, y in (curve.T for curve in curves):
        assert x[y.argmin()] == pytest.approx(7 / 20, abs=0.0026)
    gaps = curves[1][:, 1] - curves[2][:, 1]
    np.testing.assert_allclose(gaps, -(0.35 * np.log(0.35) + 0.65 * np.log(0.65)), rtol=1e-9)


def test_descents_end_at_the_moments_and_at_a_mode(monkeypatch):
    seen = {}

    def keep(means, stds, landscapes, paths, x, target, fits):
        seen.update(landscapes=landscapes, paths=list(paths.values()), x=x, p=target)
        return Figure()

    monkeypatch.setattr(theory.plots, "kl_landscapes", keep)
    theory.draw_kl_landscape()
    forward, backward = seen["paths"]
    weights = seen["p"] / seen["p"].sum()
    mean = weights.dot(seen["x"])
    std = np.sqrt(weights.dot((seen["x"] - mean) ** 2))
    np.testing.assert_allclose(forward[-1], [mean, std], atol=0.01)
    np.testing.assert_allclose(backward[-1], [-1.5, 0.5], atol=0.05)
    for landscape in seen["landscapes"].values():
        assert (landscape > 0).all()
