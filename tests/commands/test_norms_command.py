"""`tf-cs231n norms`: the table's numbers, and one line for every file it refuses."""

import io
import json
import sys
import types

import numpy as np
import pytest

from tf_cs231n.cli import main


def rows(out):
    """{(family, p): value} of the printed table."""
    table = {}
    for line in out.splitlines()[3:]:
        family, *words = line.split()
        if family == "L_{p,q}":
            table[family, " ".join(words[:2])] = float(words[2])
        else:
            table[family, words[0]] = float(words[2 if words[1] == ">=" else 1])
    return table


def test_table_has_every_norm(run_cli, tmp_path, rng):
    A = rng.randn(4, 3)
    np.save(tmp_path / "A.npy", A)
    status, out, _ = run_cli("norms", tmp_path / "A.npy", "-p", "1.5", "--digits", "15")
    assert status == 0 and "4 x 3, float64" in out
    s = np.linalg.svd(A, compute_uv=False)
    table = rows(out)
    for key, expected in {
        ("entrywise", "0"): 12,
        ("entrywise", "1"): np.abs(A).sum(),
        ("entrywise", "1.5"): (np.abs(A) ** 1.5).sum() ** (1 / 1.5),
        ("entrywise", "2"): np.linalg.norm(A),
        ("entrywise", "inf"): np.abs(A).max(),
        ("induced", "1"): np.linalg.norm(A, 1),
        ("induced", "2"): np.linalg.norm(A, 2),
        ("induced", "inf"): np.linalg.norm(A, np.inf),
        ("Schatten", "0"): 3,
        ("Schatten", "1"): s.sum(),
        ("Schatten", "1.5"): (s**1.5).sum() ** (1 / 1.5),
        ("Schatten", "2"): np.linalg.norm(A),
        ("Schatten", "inf"): s.max(),
        ("L_{p,q}", "2, 1"): np.linalg.norm(A, axis=0).sum(),
        ("L_{p,q}", "1, 2"): np.linalg.norm(np.abs(A).sum(0)),
    }.items():
        assert table[key] == pytest.approx(expected, rel=1e-13), key
    for p in ("1.5", "3"):
        x = rng.randn(3, 1000)
        p_norm = float(p)
        stretch = np.linalg.norm(A.dot(x), p_norm, axis=0) / np.linalg.norm(x, p_norm, axis=0)
        assert table["induced", p] >= stretch.max()
    assert out.count(">=") == 2 and out.count("lower bound") == 2


@pytest.mark.parametrize(
    "A",
    [np.eye(3, dtype=int), np.array([[True, False]]), np.ones((1, 2), np.float16), 1j * np.eye(2)],
)
def test_any_numbers_will_do(run_cli, tmp_path, A):
    np.save(tmp_path / "A.npy", A)
    status, out, _ = run_cli("norms", tmp_path / "A.npy")
    assert status == 0
    assert rows(out)["entrywise", "2"] == pytest.approx(np.linalg.norm(A.astype(complex)))


def test_subnormal_numbers_are_told_of(run_cli, tmp_path):
    np.save(tmp_path / "A.npy", np.array([[1.0, 1e-310]]))
    status, _, err = run_cli("norms", tmp_path / "A.npy")
    assert status == 0 and "2.2e-308" in err


@pytest.mark.parametrize(
    "content, words",
    [
        (np.array([[{}]]), "cannot be read as numbers"),
        (np.array([[1.0, np.nan]]), "entry [0, 1] is nan"),
        (np.array([[1.0], [-np.inf]]), "entry [1, 0] is -inf"),
        (np.ones(3), "expected a matrix (M, N) of numbers; numpy.atleast_2d"),
        (np.ones((2, 2, 2)), "has shape (2, 2, 2)"),
        (np.ones((0, 2)), "has shape (0, 2)"),
        (np.array([["a"]]), "expected a matrix (M, N) of numbers"),
    ],
)
def test_wrong_arrays_are_refused_in_one_line(fails_with_one_line, tmp_path, content, words):
    np.save(tmp_path / "A.npy", content, allow_pickle=True)
    line = fails_with_one_line("norms", tmp_path / "A.npy")
    assert words in line and "A.npy" in line


def test_broken_and_foreign_files_are_refused_in_one_line(fails_with_one_line, tmp_path):
    path = tmp_path / "A.npy"
    assert "No such file" in fails_with_one_line("norms", path)
    np.save(path, np.ones((30, 40)))
    whole = path.read_bytes()
    for broken in (
        whole[:-9],
        whole[:40],
        whole[:6],
        whole.replace(b"(30, 40)", b"(30, 40a"),
        b"",
        b"PK\x03\x04",
        b"1.0 2.0\n",
    ):
        path.write_bytes(broken)
        assert "cannot be read" in fails_with_one_line("norms", path)
    assert "directory" in fails_with_one_line("norms", tmp_path).lower()


@pytest.mark.parametrize("p", ["-1", "nan", "two"])
def test_wrong_order_is_refused(fails_with_one_line, tmp_path, p):
    np.save(tmp_path / "A.npy", np.eye(2))
    assert "-p" in fails_with_one_line("norms", tmp_path / "A.npy", "-p", p)


def test_pickles_are_never_loaded(fails_with_one_line, tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    trap = np.empty((1, 1), object)
    trap[0, 0] = Trap()
    np.save(tmp_path / "A.npy", trap, allow_pickle=True)
    fails_with_one_line("norms", tmp_path / "A.npy")
    assert not (tmp_path / "sprung").exists()


def test_norms_are_data_and_a_matrix_comes_from_standard_input(capfd, tmp_path, monkeypatch):
    content = io.BytesIO()
    np.save(content, np.array([[3.0, 0.0], [4.0, 0.0]]))
    content.seek(0)
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=content))
    main(arguments=["norms", "-", "--json", "-"])
    out, err = capfd.readouterr()
    rows = {(r["metric"], r["at"]): r for r in json.loads(out)["results"]}
    assert rows["entrywise", "1"]["value"] == 7 and rows["Schatten", "2"]["value"] == 5
    assert rows["induced", "3"]["lower_bound"] and not rows["induced", "1"]["lower_bound"]
    assert rows["L_{p,q}", "2, 1"]["value"] == 5 and "2 x 2, float64" in err
