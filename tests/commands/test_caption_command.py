"""`tf-cs231n caption`: three commands from images to scores, and one line for each mistake."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tf_cs231n import cli
from tf_cs231n.captioning import shapes
from tf_cs231n.images import save_image

SMALL = ["--wordvec-dim", "16", "--hidden-dim", "32", "--batch-size", "20"]


def caption(*arguments):
    """Run the command; return its standard output and whatever ended it."""
    group = cli.tf_cs231n.get_command(None, "caption")
    result = CliRunner().invoke(group, [str(a) for a in arguments])
    return result.output, result.exception


def run(*arguments):
    output, error = caption(*arguments)
    if error is not None:
        raise error
    return output


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Twenty drawn images, one of them broken, prepared and trained for a few steps."""
    folder = tmp_path_factory.mktemp("caption")
    rows = [("file", "caption")]
    for n, picture in enumerate(shapes.make_scenes(20)):
        save_image(folder / "images" / f"{n}.png", shapes.render(picture.scene, 40))
        rows += [(f"{n}.png", text) for text in picture.captions]
    (folder / "images" / "5.png").write_bytes(b"broken")
    with open(folder / "captions.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    prepared = run(
        "prepare", "--images", folder / "images", "--captions", folder / "captions.csv",
        "--out", folder / "data", "--image-size", 64, "--val-fraction", 0.2,
    )  # fmt: skip
    learned = run(
        "train", "--folder", folder / "run", "--data", folder / "data", "--steps", 12, *SMALL,
        "--validate-every", 5,
    )  # fmt: skip
    return folder, prepared, learned


def test_three_commands_from_images_to_scores(trained):
    folder, prepared, learned = trained
    assert "5.png: not an image" in prepared
    assert "4 to validate, 95 captions" in prepared
    assert "step 5: BLEU-1" in learned and "step 12: BLEU-1" in learned
    assert "12 steps, best validation CIDEr" in learned
    output = run("evaluate", "--folder", folder / "run", "--show", 2)  # it finds its data
    assert output.count(".png: ") == 2 and "4 images" in output and "CIDEr" in output
    assert run("evaluate", "--folder", folder / "run", "--data", folder / "data") in (
        run("evaluate", "--folder", folder / "run")
    )
    assert Image.open(folder / "run" / "losses.png").size[0] > 500


def rows_of(output):
    """The table of scores, a dict of who captioned to their numbers."""
    lines = [line.rsplit(maxsplit=6) for line in output.splitlines()]
    return {line[0].strip(): line[1:] for line in lines if line and line[-1][-1:].isdigit()}


def test_scores_stand_beside_two_baselines(trained):
    folder, _, _ = trained
    output = run("evaluate", "--folder", folder / "run")
    rows = rows_of(output)
    common, nearest = "most common training caption", "caption of the nearest training image"
    assert set(rows) == {"captioner", common, nearest}
    assert "of the captions stand word for word among the training captions" in output
    beaten = float(rows["captioner"][-1]) > float(rows[nearest][-1])
    assert ("does not beat the caption of the nearest training image" in output) != beaten
    # Of training images the nearest is the image itself, whose caption is a reference (but for
    # words that are <UNK>, which never count as right).
    output = run("evaluate", "--folder", folder / "run", "--split", "train")
    assert min(float(score) for score in rows_of(output)[nearest][:5]) > 0.95
    assert "does not beat the caption of the nearest training image (CIDEr" in output


def test_fresh_images_are_scored_in_the_captioners_own_words(trained, tmp_path):
    folder, _, _ = trained
    rows = [("image", "words of 1", "words of 2")]
    for n, scene in enumerate(shapes.make_scenes(6, "val")):
        save_image(tmp_path / "fresh" / f"{n}.png", shapes.render(scene.scene, 50))
        rows.append((f"{n}.png", scene.captions[0].upper() + "!", "An unheard-of thing."))
    (tmp_path / "fresh" / "2.png").write_bytes(b"broken")
    with open(tmp_path / "c.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    fresh = ["--images", tmp_path / "fresh", "--captions", tmp_path / "c.csv"]
    columns = ["--caption-column", "words of 1", "--caption-column", "words of 2"]
    output = run("evaluate", "--folder", folder / "run", *fresh, *columns)
    assert "5 images" in output and "2.png: not a" in output
    assert len(rows_of(output)) == 3
    output = run("evaluate", "--folder", folder / "run", *fresh, *columns, "--num", 1)
    assert "1 images" in output


def test_vocabularies_are_compared_before_the_built_in_images_are_made(
    trained, tmp_path, monkeypatch
):
    folder, _, _ = trained
    monkeypatch.setattr(shapes, "shapes_data", None)
    run_file = folder / "run" / "captioner.npz"
    arrays = dict(np.load(run_file))
    arrays["words"][-1] = "zebra"
    np.savez(tmp_path / "other.npz", **arrays)
    _, error = caption("evaluate", "--folder", tmp_path / "other.npz")
    assert "its training data is not there, and it is not the built-in" in str(error)
    _, error = caption("evaluate", "--folder", tmp_path / "other.npz", "--data", folder / "data")
    assert "the data has other words" in str(error)
    _, error = caption("evaluate", "--folder", run_file, "--images", folder)
    assert "--images and --captions: expected both, or neither" in str(error)


def test_a_leaking_split_is_said_in_one_line(trained):
    _, prepared, _ = trained
    lines = [line for line in prepared.splitlines() if line.startswith("warning: ")]
    assert len(lines) <= 1  # scenes of few shapes have some captions in common
    assert "validation captions stand word for word in training" in lines[0]


def test_what_prepare_leaves_out_is_counted(tmp_path):
    rows = [("file", "caption", "split")]
    for n, scene in enumerate(shapes.make_scenes(6)):
        save_image(tmp_path / "images" / f"{n}.png", shapes.render(scene.scene, 40))
        split = ["train", "train", "train", "val", "val", "test"][n]
        rows += [(f"{n}.png", scene.captions[0], split), (f"{n}.png", "...", split)]
    with open(tmp_path / "c.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    output = run(
        "prepare", "--images", tmp_path / "images", "--captions", tmp_path / "c.csv",
        "--out", tmp_path / "data", "--image-size", 64,
    )  # fmt: skip
    assert "note: 6 captions have no word and are left out" in output
    assert "note: 1 images are for testing and are left out" in output
    assert "3 images to train on, 2 to validate, 5 captions" in output


def test_training_goes_on_and_says_when_there_is_nothing_to_do(trained):
    folder, _, _ = trained
    again = ["train", "--folder", folder / "run", "--data", folder / "data", *SMALL]
    assert "nothing to do" in run(*again, "--steps", 12, "--validate-every", 5)
    assert "14 steps" in run(*again, "--steps", 14, "--validate-every", 5)


def test_images_are_captioned_drawn_and_explained(trained, tmp_path):
    folder, _, _ = trained
    common = ["--folder", folder / "run"]
    out = tmp_path / "drawn.png"
    output = run("sample", "shapes:val:0", folder / "images" / "3.png", *common, "--out", out)
    lines = output.splitlines()
    assert lines[0].startswith("shapes:val:0: ") and "(log p -" in lines[0]
    assert lines[0].endswith(("true", "false")) and not lines[1].endswith(("true", "false"))
    assert np.asarray(Image.open(out)).std() > 5
    best = run("sample", "sample:cat", *common, "--n-best", 3).splitlines()
    assert len(best) == 3 and len(set(best)) == 3
    words = tmp_path / "words.png"
    run("sample", "shapes:val:0", *common, "--explain", "--beam-width", 1, "--out", words)
    assert np.asarray(Image.open(words)).std() > 5
    # A caption that is given has the probability that the beams found.
    line = next(line for line in best if "<" not in line and ":   (" not in line)
    text = line.split(": ")[1].split("  (")[0]
    assert run("sample", "sample:cat", *common, "--text", text) == line + "\n"
    drawn = [
        run("sample", "shapes:val:0", *common, "--temperature", 1.5, "--seed", s) for s in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["sample", "shapes:val:0", "--folder", "nowhere"], "no captioner there"),
        (["sample", "none.png", "--folder", "{}/run"], "none.png: no such file"),
        (["sample", "shapes:val:0", "shapes:val:1", "--explain"], "--explain: expected one IMAGE"),
        (["sample", "shapes:val:0", "--n-best", 5], "--n-best: got 5, expected at most"),
        (["sample", "shapes:val:0", "--folder", "{}/run", "--text", "a blorp"],
         "'blorp' is none of the"),
        (["sample", "shapes:val:0", "--folder", "{}/run", "--text", " "], "--text: got no words"),
        (["sample", "shapes:val:0", "--folder", "{}/run", "--text", "a", "--beam-width", 2],
         "--beam-width: with --text"),
        (["sample", "shapes:val:0", "--folder", "{}/run", "--out", "{}/captions.csv"],
         "a figure is written as"),
        (["train", "--data", "{}/images", "--folder", "{}/other"], "no coco2014_captions.h5"),
        (["prepare", "--images", "{}/images", "--captions", "{}/captions.csv", "--out",
          "{}/data"], "exists already"),
        (["prepare", "--images", "{}/none", "--captions", "{}/captions.csv", "--out", "{}/d"],
         "no such folder"),
        (["train", "--data", "{}/data", "--folder", "{}/run", "--hidden-dim", 33],
         "begun with wordvec_dim 16, got 128"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(trained, arguments, message):
    _, error = caption(*[str(a).format(trained[0]) for a in arguments])
    assert error is not None and message in str(error) and "\n" not in str(error)


def test_captions_and_scores_are_data(trained, tmp_path):
    folder, _, _ = trained
    images = folder / "images"
    output, error = caption(
        "sample", images, "--folder", folder / "run", "--n-best", 2, "--json", tmp_path / "c.json",
        "--out-dir", tmp_path / "out", "--format", "npz", "--out", tmp_path / "sheet.png",
    )  # fmt: skip
    assert error.code == 1 and "skipped 1 of 20 inputs" in output  # 5.png is broken
    with open(tmp_path / "c.json") as file:
        rows = json.load(file)["results"]
    assert len(rows) == 38 and [row["rank"] for row in rows[:2]] == [1, 2]
    first = np.load(tmp_path / "out" / "0.npz")
    np.testing.assert_allclose(first["log_probs"], [r["log_probability"] for r in rows[:2]])
    assert f"{images}/0.png: {rows[0]['text']}  (log p" in output
    assert Image.open(tmp_path / "sheet.png").size[0] > 500
    output = run("evaluate", "--folder", folder / "run", "--csv", tmp_path / "s.csv")
    with open(tmp_path / "s.csv", newline="") as file:
        scores = {(r["subject"], r["metric"]): r["value"] for r in csv.DictReader(file)}
    printed = rows_of(output)["captioner"]
    assert f"{float(scores['captioner', 'CIDEr']):.3f}" == printed[-1]
    assert {subject for subject, _ in scores} == set(rows_of(output))
