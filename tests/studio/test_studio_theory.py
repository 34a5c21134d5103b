"""Norms and likelihood: the panel's numbers are the formulas', and its command and Python agree."""

import io
import json
import shlex
import time

import numpy as np
import pytest


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, "inf"])
def test_a_norm_and_its_ball_are_the_formulas_and_what_is_shown_gives_them(
    client, run_cli, tmp_path, monkeypatch, p
):
    x, order = [1.2, -0.5], np.inf if p == "inf" else p
    told = client.result("theory", "norm", "norm", p=p, x=x)
    expected = 1.2 if p == "inf" else (1.2**order + 0.5**order) ** (1 / order)
    assert told["norm"] == pytest.approx(expected, rel=1e-12)
    ball = np.abs(told["ball"])
    sizes = ball.max(1) if p == "inf" else (ball**order).sum(1) ** (1 / order)
    np.testing.assert_allclose(sizes, 1, atol=0.03 if p == 0.5 else 1e-3)  # of 4 decimals
    both, separate = told["triangle"]
    assert separate == 2 and (both > separate) == (order < 1)
    assert told["others"] == [[1, pytest.approx(1.7)], [2, pytest.approx(1.3)], ["inf", 1.2]]

    names = {}
    exec(told["equal"]["python"], names)
    assert names["norm"] == pytest.approx(told["norm"], rel=1e-12)
    np.testing.assert_allclose(names["ball"], told["ball"], atol=1e-4)
    files = client.download(told["download"])
    np.testing.assert_array_equal(np.load(io.BytesIO(files["vector.npy"])), [x])
    assert json.loads(files["record.json"])["norm"] == told["norm"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vector.npy").write_bytes(files["vector.npy"])
    status, out, err = run_cli(*shlex.split(told["equal"]["command"])[1:])
    assert status == 0, err
    rows = [line.split() for line in out.splitlines() if line.startswith("entrywise")]
    printed = {float(row[1]): float(row[2]) for row in rows}
    assert printed[order] == pytest.approx(told["norm"], rel=1e-8)


@pytest.mark.parametrize("unit, log", [("nats", np.log), ("bits", np.log2)])
def test_the_divergences_are_the_formulas_and_what_is_shown_gives_them(client, run_cli, unit, log):
    p, q = [0.7, 0.2, 0.1], [0.125, 0.5, 0.375]
    told = client.result("theory", "information", "information", p=p, q=q, unit=unit)
    values, (P, Q) = told["values"], np.array([p, q])
    assert values["entropy_p"] == pytest.approx(-(P * log(P)).sum(), rel=1e-12)
    assert values["kl_back"] == pytest.approx((Q * log(Q / P)).sum(), rel=1e-12)
    assert values["cross_entropy"] == pytest.approx(values["entropy_p"] + values["kl"], rel=1e-12)
    names = {}
    exec(told["equal"]["python"], names)
    assert names["values"] == pytest.approx(values, rel=1e-12)
    status, out, err = run_cli(*shlex.split(told["equal"]["command"])[1:])
    assert status == 0, err
    printed = [float(line[12:]) for line in out.splitlines()[2:-2]]
    assert printed == pytest.approx(list(values.values()), abs=1e-6)
    files = client.download(told["download"])
    assert np.load(io.BytesIO(files["q.npy"])).tolist() == q


def test_an_infinite_divergence_is_json(client):
    told = client.result("theory", "information", "information", p=[0.5, 0.5], q=[1, 0])
    assert told["values"]["kl"] == "inf" and told["values"]["kl_back"] == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    "family, at", [("bernoulli", {"p": 0.4}), ("gaussian", {"mean": 0.25, "std": 1.5})]
)
def test_a_likelihood_is_highest_where_its_maximum_is_shown(
    client, run_cli, tmp_path, monkeypatch, family, at
):
    told = client.result("theory", "likelihood", "likelihood", family=family, number=30, **at)
    x = np.array(told["samples"])
    if family == "bernoulli":
        expected = np.log(np.where(x == 1, 0.4, 0.6)).sum()
        best = {"p": x.mean()}
    else:
        expected = -(((x - 0.25) / 1.5) ** 2).sum() / 2 - 30 * np.log(1.5 * np.sqrt(2 * np.pi))
        best = {"mean": x.mean(), "std": x.std()}
    assert told["now"] == pytest.approx(expected, rel=1e-9)
    assert told["best"] == pytest.approx(best, rel=1e-9)
    for curve in told["curves"]:
        assert max(curve["values"]) <= told["highest"] + 1e-9
    if family == "bernoulli":
        (curve,) = told["curves"]
        assert abs(curve["at"][np.argmax(curve["values"])] - x.mean()) < 0.005

    names = {}
    exec(told["equal"]["python"], names)
    assert names["log_likelihood_now"] == pytest.approx(told["now"], rel=1e-9)
    assert names["best"] == pytest.approx(told["best"], rel=1e-9)
    monkeypatch.chdir(tmp_path)
    files = client.download(told["download"])
    (tmp_path / "samples.npy").write_bytes(files["samples.npy"])
    status, out, err = run_cli(*shlex.split(told["equal"]["command"])[1:])
    assert status == 0, err
    printed = [float(line.split()[-1]) for line in out.splitlines()[2:]]
    assert printed == pytest.approx([told["highest"], told["now"]], abs=1e-5)


@pytest.mark.parametrize(
    "action, arguments, words",
    [
        ("norm", {"p": 0, "x": [1, 2]}, "p: got 0"),
        ("norm", {"p": "<b>", "x": [1, 2]}, "p: got '<b>'"),
        ("norm", {"p": 2, "x": [1]}, "entries of x"),
        ("information", {"p": [0.5, 0.6], "q": [0.5, 0.5]}, "sum to 1.1"),
        ("information", {"p": [0.5, 0.5], "q": [1]}, "length of q"),
        ("information", {"p": [1, None], "q": [1, 0]}, "p[1]: got None"),
        ("likelihood", {"family": "cauchy"}, "family"),
        ("likelihood", {"family": "gaussian", "std": 0}, "std"),
    ],
)
def test_what_makes_no_sense_is_one_line(client, action, arguments, words):
    text = client.run("theory", action, job=str(time.time()), **arguments)[-1]["text"]
    assert words in text and "\n" not in text
