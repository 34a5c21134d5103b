import os

import numpy as np

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


def test_weights_info_and_convert(run_cli, fails_with_one_line, tmp_path):
    status, out, _ = run_cli("weights", "info")
    assert status == 0 and "1235496" in out
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
