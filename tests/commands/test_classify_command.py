import csv
import json
import os

import numpy as np

from sessions import graph_session
from tf_cs231n.squeezenet import load_squeezenet
from tf_cs231n.squeezenet.formats import read_weights, write_weights
from tf_cs231n.squeezenet.weights import default_checkpoint


def test_classify_prints_the_top_five_with_probabilities(run_cli):
    status, out, _ = run_cli("classify", "sample:coffee", "--class", "tarantula")
    lines = out.splitlines()
    assert status == 0 and lines[0] == "sample:coffee"
    assert "967  espresso" in lines[1]
    shown = [float(line.split("%")[0]) for line in lines[1:]]
    assert len(shown) == 6
    assert shown[:5] == sorted(shown[:5], reverse=True) and 50 < shown[0] <= sum(shown) <= 100.1
    assert "76  tarantula (rank" in lines[6]


def test_a_hidden_square_moves_the_scores(run_cli, fails_with_one_line, tmp_path):
    """Hiding all of the image leaves its mean color, which has the scores of zeros."""
    scores = []
    for hide in ((), ("--hide", "0,0,40"), ("--hide", "0,0,64", "--hide", "32,0,64")):
        name = f"{len(hide)}.json"
        status, _, err = run_cli(
            "classify", "sample:cat", "--size", 64, "--class", 281, *hide, "--json", tmp_path / name
        )
        assert status == 0, err
        scores.append(json.loads((tmp_path / name).read_text())["results"][-1]["score"])
    with graph_session() as sess:
        model = load_squeezenet(sess)
        expected = sess.run(model.scores, {model.image: np.zeros((1, 64, 96, 3))})[0, 281]
    assert len(set(scores)) == 3
    np.testing.assert_allclose(scores[2], expected, rtol=1e-4)
    for wrong in ("1,2", "a,b,c", "-1,0,4", "0,0,0"):
        assert "--hide" in fails_with_one_line("classify", "sample:cat", f"--hide={wrong}")


def test_classify_reads_files_and_other_weights(run_cli, tmp_path):
    from tf_cs231n.datasets import sample_image
    from tf_cs231n.images import save_image

    save_image(tmp_path / "-my cat é.png", sample_image("cat"))
    write_weights(tmp_path / "w.npz", read_weights(default_checkpoint()))
    status, out, _ = run_cli(
        "classify", "--weights", tmp_path / "w.npz", "--top", 1, "--", tmp_path / "-my cat é.png"
    )
    assert status == 0 and "Egyptian cat" in out and len(out.splitlines()) == 2


def test_classify_mistakes_are_one_line(fails_with_one_line, tmp_path):
    assert "no such file" in fails_with_one_line("classify", tmp_path / "nothing.png")
    assert "ambiguous" in fails_with_one_line("classify", "sample:cat", "--class", "cat")
    assert "at least 32" in fails_with_one_line("classify", "sample:cat", "--size", 31)
    assert "no such checkpoint" in fails_with_one_line(
        "classify", "sample:cat", "--weights", tmp_path / "w.npz"
    )


def test_classes_are_data_and_files_of_many_images(run_cli, tmp_path):
    for format, out in (("npz", "arrays"), ("svg", "figures")):
        status, _, _ = run_cli(
            "classify", "sample:cat", "sample:coffee", "--size", 64, "--top", 2, "--class", 7,
            "--out-dir", tmp_path / out, "--format", format, "--csv", tmp_path / f"{format}.csv",
        )  # fmt: skip
        assert status == 0 and (tmp_path / out / f"coffee.{format}").exists()
    arrays = np.load(tmp_path / "arrays" / "cat.npz")
    with open(tmp_path / "npz.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["input"] == "sample:cat"]
    order = np.argsort(-arrays["scores"], kind="stable")
    assert [int(row["class"]) for row in rows] == [*order[:2], 7]
    assert [int(row["rank"]) for row in rows] == [1, 2, 1 + list(order).index(7)]
    np.testing.assert_allclose(float(rows[0]["probability"]), arrays["probabilities"].max())
    np.testing.assert_allclose(arrays["probabilities"].sum(), 1)


def test_weights_info_and_convert(run_cli, fails_with_one_line, tmp_path):
    status, out, _ = run_cli("weights", "info", "--json", tmp_path / "info.json")
    assert status == 0 and "1235496" in out
    with open(tmp_path / "info.json") as file:
        facts = {row["metric"]: row["value"] for row in json.load(file)["results"]}
    assert facts["parameters"] == 1235496 and facts["sha256 of the values"] in out
    os.remove(tmp_path / "info.json")
    status, _, _ = run_cli("weights", "convert", "default", tmp_path / "w.safetensors")
    assert status == 0
    expected = read_weights(default_checkpoint())
    got = read_weights(tmp_path / "w.safetensors")
    assert all(np.array_equal(got[name], expected[name]) for name in expected)
    assert "exists already" in fails_with_one_line(
        "weights", "convert", "default", tmp_path / "w.safetensors"
    )
    assert "not written" in fails_with_one_line("weights", "convert", "default", tmp_path / "w.pth")
    assert "cannot write" in fails_with_one_line("weights", "convert", "default", "/proc/w.ckpt")
    assert os.listdir(str(tmp_path)) == ["w.safetensors"]
