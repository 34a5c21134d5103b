"""`tf-cs231n information` and `likelihood`: their numbers, and one line for what they refuse."""

import json

import numpy as np
import pytest


def numbers(out):
    """{name: value} of the printed lines."""
    return {line[:12].strip(): float(line[12:]) for line in out.splitlines()[2:-2]}


def test_information_prints_what_the_formulas_give(run_cli):
    p, q = np.array([1 / 2, 1 / 3, 1 / 6]), np.array([0.2, 0.3, 0.5])
    status, out, _ = run_cli("information", "1/2,1/3,1/6", ".2 .3 .5", "--base", "2")
    assert status == 0 and "3 outcomes, in bits" in out
    m = (p + q) / 2
    H, KL = (lambda x, y: -(x * np.log2(y)).sum()), (lambda x, y: (x * np.log2(x / y)).sum())
    expected = {
        "H(P)": H(p, p), "H(Q)": H(q, q), "H(P, Q)": H(p, q), "H(Q, P)": H(q, p),
        "KL(P || Q)": KL(p, q), "KL(Q || P)": KL(q, p), "JS(P, Q)": (KL(p, m) + KL(q, m)) / 2,
    }  # fmt: skip
    assert numbers(out) == pytest.approx(expected, abs=1e-6)


def test_what_q_thinks_impossible_is_infinitely_surprising(run_cli):
    status, out, _ = run_cli("information", "0.5,0.5", "1,0")
    assert status == 0
    found = numbers(out)
    assert found["KL(P || Q)"] == np.inf == found["H(P, Q)"]
    assert found["KL(Q || P)"] == pytest.approx(np.log(2), abs=1e-6)


@pytest.mark.parametrize(
    "p, q, words",
    [
        ("0.5,0.6", "1,0", "p: probabilities must sum to 1"),
        ("0.5,0.5", "1", "as many of each"),
        ("a,b", "1,0", "expected numbers such as"),
        ("", "1,0", "expected numbers such as"),
        ("-1,2", "1,0", "must not be negative"),
    ],
)
def test_what_is_no_distribution_is_one_line(fails_with_one_line, p, q, words):
    assert words in fails_with_one_line("information", "--", p, q)


def test_likelihood_of_tosses_is_highest_at_their_share_of_heads(run_cli, tmp_path):
    np.save(tmp_path / "x.npy", np.array([1, 1, 0, 1]))
    status, out, _ = run_cli(
        "likelihood", tmp_path / "x.npy", "--family", "bernoulli", "--p", "0.5", "--json", "-"
    )
    assert status == 0
    rows = {(row["at"], row["metric"]): row["value"] for row in json.loads(out)["results"]}
    best = 3 * np.log(0.75) + np.log(0.25)
    assert rows["maximum likelihood", "p"] == 0.75
    assert rows["maximum likelihood", "log_likelihood"] == pytest.approx(best, rel=1e-12)
    assert rows["given", "log_likelihood"] == pytest.approx(4 * np.log(0.5), rel=1e-12)


def test_likelihood_of_all_heads_is_highest_at_certainty(run_cli, tmp_path):
    np.save(tmp_path / "x.npy", np.ones(5))
    status, out, _ = run_cli("likelihood", tmp_path / "x.npy", "--family", "bernoulli")
    assert status == 0 and "p 1" in out and "log-likelihood 0.000000" in out.replace("-0.0", "0.0")


def test_likelihood_of_a_gaussian_is_highest_at_mean_and_biased_deviation(run_cli, tmp_path, rng):
    x = rng.randn(9) + 3
    np.save(tmp_path / "x.npy", x)
    status, out, _ = run_cli(
        "likelihood", tmp_path / "x.npy", "--family", "gaussian", "--mean", "2", "--std", "1.5",
        "--json", "-",
    )  # fmt: skip
    assert status == 0
    rows = {(row["at"], row["metric"]): row["value"] for row in json.loads(out)["results"]}
    assert rows["maximum likelihood", "mean"] == pytest.approx(x.mean(), rel=1e-12)
    assert rows["maximum likelihood", "std"] == pytest.approx(x.std(), rel=1e-12)
    given = -(((x - 2) / 1.5) ** 2).sum() / 2 - 9 * np.log(1.5 * np.sqrt(2 * np.pi))
    assert rows["given", "log_likelihood"] == pytest.approx(given, rel=1e-12)


@pytest.mark.parametrize(
    "x, options, words",
    [
        ([0.5], ["--family", "bernoulli"], "must be 0 or 1"),
        ([1.0, 1.0], ["--family", "gaussian"], "all samples are equal"),
        ([[1.0]], ["--family", "gaussian"], "got shape (1, 1)"),
        ([], ["--family", "gaussian"], "no samples"),
        ([1.0, 0.0], ["--family", "bernoulli", "--std", "1"], "--std: a bernoulli"),
        ([1.0, 0.0], ["--family", "gaussian", "--std", "1"], "--mean: expected it, too"),
        ([1.0, np.nan], ["--family", "gaussian"], "NaN"),
    ],
)
def test_what_cannot_be_fitted_is_one_line(fails_with_one_line, tmp_path, x, options, words):
    np.save(tmp_path / "x.npy", x)
    assert words in fails_with_one_line("likelihood", tmp_path / "x.npy", *options)
