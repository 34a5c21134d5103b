"""Own images and captions become the course's layout; what does not fit is named."""

import csv
import json
import pathlib
import shutil
import unicodedata

import numpy as np
import pytest

from tf_cs231n.captioning import coco, features, reading
from tf_cs231n.captioning import prepare as module
from tf_cs231n.captioning.features import Projection, load_square
from tf_cs231n.captioning.prepare import build_vocabulary, encode_captions, prepare
from tf_cs231n.errors import InputError
from tf_cs231n.images import resize, save_image

CASES = pathlib.Path(__file__).parent / "cases"
COLORS = {"red": (250, 20, 20), "green": (20, 200, 20), "blue": (30, 30, 250)}


class MeanColors:
    """Stands in for SqueezeNet, which would only take time here."""

    def __init__(self, sess=None, image_size=64):
        self.image_size = image_size

    def __call__(self, images):
        side = self.image_size // 4
        cells = np.stack(images).reshape(len(images), 4, side, 4, side, 3).mean(axis=(2, 4))
        return np.tile(cells.reshape(len(images), -1), 200)[:, : sum(module_sizes())] / 255


def module_sizes():
    channels = {4: 128, 7: 256, 12: 512}
    return [channels[layer] * cells**2 for layer, cells in features.GRIDS.items()]


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Twelve images with two captions each, in ``tmp_path/images`` and ``tmp_path/c.csv``."""
    monkeypatch.setattr(reading, "ImageFeatures", MeanColors)
    rows = []
    rng = np.random.RandomState(0)
    for n in range(12):
        color = list(COLORS)[n % 3]
        pixels = np.clip(rng.normal(COLORS[color], 12, (20, 30, 3)), 0, 255).astype(np.uint8)
        name = f"p{n}.png"
        save_image(tmp_path / "images" / name, pixels)
        rows += [(name, f"A {color} field."), (name, f"all is {color}, number {n}")]
    write_csv(tmp_path, rows)
    return tmp_path


def write_csv(folder, rows, header=("file", "caption")):
    with open(folder / "c.csv", "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def run(folder, **options):
    options = {"image_size": 64, **options}
    return prepare(folder / "images", folder / "c.csv", folder / "out", **options)


def test_data_is_split_by_image_and_loads_as_the_courses(images):
    report = run(images, val_fraction=0.25, min_count=1)
    data = coco.load_coco_data(images / "out")
    assert (report.train, report.val, report.captions) == (9, 3, 24)
    assert data["train_captions"].shape == (18, 17)
    assert not set(data["train_urls"]) & set(data["val_urls"])
    assert len(set(data["train_urls"]) | set(data["val_urls"])) == 12
    for split in ("train", "val"):
        texts = coco.decode_captions(data[f"{split}_captions"], data["idx_to_word"])
        for row, text in zip(data[f"{split}_image_idxs"], texts):
            color = list(COLORS)[int(data[f"{split}_urls"][row].split("/p")[-1][:-4]) % 3]
            assert color in text or "<UNK>" in text
    assert data["train_features"].shape == (9, 8)  # D is at most the number of images less 1


def test_vocabulary_and_pca_know_the_training_split_only(images):
    run(images, val_fraction=0.25, min_count=1)
    data = coco.load_coco_data(images / "out")
    projection = Projection.load(images / "out" / "features.npz")
    for split in ("train", "val"):
        pooled = MeanColors()([load_square(url, 64) for url in data[f"{split}_urls"]])
        np.testing.assert_allclose(
            projection(pooled), data[f"{split}_features"], rtol=1e-3, atol=1e-4
        )
    np.testing.assert_allclose(data["train_features"].mean(axis=0), 0, atol=1e-5)
    assert np.abs(data["val_features"].mean(axis=0)).max() > 1e-3
    numbers = {url.split("/p")[-1][:-4] for url in data["val_urls"]}
    assert not numbers & set(data["word_to_idx"])  # "number 7" is said of image 7 alone
    assert (data["val_captions"] == data["word_to_idx"]["<UNK>"]).sum() == 3


def test_broken_images_are_named_and_left_out(images):
    (images / "images" / "p3.png").write_bytes(b"not a image")
    whole = (images / "images" / "p4.png").read_bytes()
    (images / "images" / "p4.png").write_bytes(whole[: len(whole) // 2])
    report = run(images)
    assert report.train + report.val == 10
    assert sorted(name.split("/")[-1] for name, _ in report.skipped) == ["p3.png", "p4.png"]
    assert all(name in reason for name, reason in report.skipped)
    data = coco.load_coco_data(images / "out")
    assert len(data["train_captions"]) + len(data["val_captions"]) == 20


def test_names_are_found_in_whatever_unicode_form_the_disk_has(images):
    forms = [unicodedata.normalize(form, "caf\u00e9.png") for form in ("NFC", "NFD")]
    rows = [("p1.png", "A field."), ("p2.png", "A field.")]
    for place, (on_disk, in_file) in enumerate([forms, forms[::-1]]):
        (images / "images" / f"sub{place}").mkdir()
        shutil.copy(images / "images" / "p0.png", images / "images" / f"sub{place}" / on_disk)
        rows.append((f"sub{place}/{in_file}", "A red field."))
    write_csv(images, rows)
    report = run(images)
    assert report.train + report.val == 4 and report.without_file == []
    urls = "".join((images / "out" / f"{s}2014_urls.txt").read_text("utf-8") for s in coco.SPLITS)
    assert forms[0] in urls and forms[1] in urls  # as the disk has them


def test_names_with_other_line_ends_are_one_line(images):
    shutil.copy(images / "images" / "p0.png", images / "images" / "a\u2028b.png")
    with open(images / "c.csv", "a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(("a\u2028b.png", "A red field."))
    report = run(images)
    data = coco.load_coco_data(images / "out")
    assert report.train + report.val == 13
    assert len(data["train_urls"]) + len(data["val_urls"]) == 13


def split_of(folder):
    """The names of each split, as prepared."""
    data = coco.load_coco_data(folder / "out")
    return {s: {url.split("/")[-1] for url in data[f"{s}_urls"]} for s in coco.SPLITS}


def test_a_split_column_is_honored(images):
    splits = ["Train"] * 5 + ["val"] * 3 + ["test"] * 2 + ["restval"] * 2
    rows = [(f"p{n}.png", f"A field {n}.", split) for n, split in enumerate(splits)]
    write_csv(images, rows, ("file", "caption", "Split"))
    report = run(images, val_fraction=0.9)
    assert (report.train, report.val, report.left_out) == (7, 3, 2)
    assert split_of(images)["val"] == {"p5.png", "p6.png", "p7.png"}
    write_csv(images, [(*row[:2], "fold 3") for row in rows], ("file", "caption", "split"))
    with pytest.raises(InputError, match="split of p0.png: got 'fold 3', expected train, val or"):
        run(images, overwrite=True)
    write_csv(images, [(*row[:2], "train") for row in rows], ("file", "caption", "split"))
    with pytest.raises(InputError, match="12 images for training and 0 for validation"):
        run(images, overwrite=True)


def test_karpathys_split_is_honored(images):
    listed = [
        {"filename": f"p{n}.png", "split": "val" if n < 4 else "train", "sentences": [{"raw": "A"}]}
        for n in range(12)
    ]
    (images / "c.csv").write_text(json.dumps({"images": listed, "dataset": "mine"}))
    assert (run(images).val, split_of(images)["val"]) == (4, {f"p{n}.png" for n in range(4)})


@pytest.mark.parametrize("seed", range(4))
def test_groups_stay_together(images, seed):
    rows = [(f"p{n}.png", "A field.", f"burst {n // 3}") for n in range(12)]
    write_csv(images, rows, ("file", "caption", "burst"))
    report = run(images, group="Burst", val_fraction=0.3, seed=seed)
    assert report.val in (3, 6)
    bursts = [{int(name[1:-4]) // 3 for name in names} for names in split_of(images).values()]
    assert bursts[0] & bursts[1] == set()


def test_groups_may_be_folders(images):
    rows = []
    for n in range(12):
        (images / "images" / f"day{n % 4}").mkdir(exist_ok=True)
        shutil.copy(images / "images" / f"p{n}.png", images / "images" / f"day{n % 4}")
        rows.append((f"day{n % 4}/p{n}.png", "A field."))
    write_csv(images, rows)
    run(images, group="folder")
    days = [{int(name[1:-4]) % 4 for name in names} for names in split_of(images).values()]
    assert days[0] & days[1] == set() and len(days[1]) == 1
    with pytest.raises(InputError, match="group: got 'day', expected one of file, folder"):
        run(images, group="day", overwrite=True)
    write_csv(images, rows[::4])
    with pytest.raises(InputError, match="3 images for training and 0 for validation"):
        run(images, group="folder", overwrite=True)


def test_copies_and_captions_across_the_split_are_counted(images):
    rng = np.random.RandomState(1)
    rows = []
    for n in range(30):  # smooth scenes, each saved a second time as its mirror image
        scene = resize(rng.randint(0, 256, (4, 6, 3)).astype(np.uint8), (60, 90), "bicubic")
        save_image(images / "images" / f"s{n}.png", scene)
        save_image(images / "images" / f"m{n}.png", scene[:, ::-1])
        rows += [(f"s{n}.png", f"scene {n}", "train"), (f"m{n}.png", f"scene {n}!", "val")]
    write_csv(images, rows, ("file", "caption", "split"))
    assert run(images).leaks == (30, 30, 30)
    rows = [(name, f"{text} by {name}", split) for name, text, split in rows if name[0] == "s"]
    rows = [(*row[:2], "val" if n % 3 else "train") for n, row in enumerate(rows)]
    write_csv(images, rows, ("file", "caption", "split"))
    assert run(images, overwrite=True).leaks == (0, 0, 20)


def test_wordless_captions_are_left_out_and_counted(images):
    write_csv(images, [(f"p{n}.png", "A field.") for n in range(6)] + [("p7.png", "...")])
    report = run(images)
    assert (report.wordless, report.captions) == (1, 6)
    assert "p7.png" in report.without_caption
    with pytest.raises(InputError, match="each of its 3 images has none with a word"):
        prepare(CASES / "wordless_images", CASES / "wordless.csv", images / "out2")


def test_what_has_no_counterpart_is_named(images):
    save_image(images / "images" / "alone.png", np.zeros((9, 9, 3), np.uint8))
    (images / "images" / "notes.txt").write_text("no image")
    with open(images / "c.csv", "a", newline="") as file:
        csv.writer(file).writerows([("gone.png", "a cat"), ("p5.png", "  ")])
    report = run(images)
    assert report.without_caption == ["alone.png"] and report.without_file == ["gone.png"]
    assert report.train + report.val == 12


def test_progress_counts_every_image(images):
    seen = []
    run(images, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (12, 12) and seen == sorted(seen)


def test_same_seed_gives_the_same_split(images):
    def split(seed, out):
        prepare(images / "images", images / "c.csv", images / out, seed=seed, image_size=64)
        return (images / out / "val2014_urls.txt").read_text()

    assert split(1, "a") == split(1, "b") != split(2, "c")


def test_nothing_is_overwritten_unasked(images):
    run(images)
    before = (images / "out" / "coco2014_captions.h5").read_bytes()
    with pytest.raises(InputError, match="exists already"):
        run(images, seed=5)
    assert (images / "out" / "coco2014_captions.h5").read_bytes() == before
    run(images, seed=5, overwrite=True)
    assert (images / "out" / "coco2014_captions.h5").read_bytes() != before


def test_long_captions_are_cut_without_an_end():
    words = build_vocabulary(["a b c d"])
    encoded = encode_captions(["a b", "a b c", "d c b a", "e"], words, max_words=3)
    assert encoded.tolist() == [
        [1, 4, 5, 2, 0],
        [1, 4, 5, 6, 2],
        [1, 7, 6, 5, 4][:4] + [0],
        [1, 3, 2, 0, 0],
    ]


def test_vocabulary_has_the_special_words_first_and_drops_rare_ones():
    assert build_vocabulary(["The dog, the cat!", "THE DOG"], min_count=2) == {
        "<NULL>": 0, "<START>": 1, "<END>": 2, "<UNK>": 3, "the": 4, "dog": 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    "options, message",
    [
        ({"val_fraction": 1.5}, "val_fraction: got 1.5"),
        ({"min_count": 0}, "min_count: got 0"),
        ({"max_words": 2.5}, "max_words: got 2.5"),
        ({"image_size": 40}, "image_size: got 40, expected a whole number of at least 64"),
    ],
)
def test_bad_settings_are_named(images, options, message):
    with pytest.raises(InputError, match=message):
        run(images, **options)


def test_a_folder_without_these_images_is_named(images):
    with pytest.raises(InputError, match="no such folder"):
        prepare(images / "photos", images / "c.csv", images / "out")
    (images / "empty").mkdir()
    with pytest.raises(InputError, match="0 of its 12 images are in .*for example, p0.png"):
        prepare(images / "empty", images / "c.csv", images / "out")
    assert not (images / "out" / "coco2014_captions.h5").exists()


def test_projection_survives_its_file_and_broken_files_are_named(tmp_path):
    rng = np.random.RandomState(0)
    pooled = rng.randn(30, sum(module_sizes())).astype(np.float32)
    projection = Projection.fit(pooled, 64, 20)
    path = tmp_path / "features.npz"
    projection.save(path)
    np.testing.assert_array_equal(Projection.load(path)(pooled), projection(pooled))
    assert np.mean(projection(pooled) ** 2) == pytest.approx(1, rel=1e-3)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="is broken"):
        Projection.load(path)
    with pytest.raises(InputError, match="caption prepare"):
        Projection.load(tmp_path / "none.npz")


def test_a_link_out_of_the_folder_of_images_is_refused(images, raises_one_line):
    save_image(images / "secret.png", np.zeros((9, 9, 3), np.uint8))
    (images / "images" / "p0.png").unlink()
    (images / "images" / "p0.png").symlink_to(images / "secret.png")
    with raises_one_line("p0.png is a link out of the folder of images"):
        run(images)


def test_what_a_full_disk_interrupted_is_replaced_by_the_same_command_only(
    images, monkeypatch, raises_one_line
):
    write_bytes = module.write_bytes

    def full(path, content, overwrite):
        if path.endswith("val2014_urls.txt"):
            raise InputError(f"cannot write {path}: No space left on device")
        write_bytes(path, content, overwrite)

    with monkeypatch.context() as patch, raises_one_line("No space left"):
        patch.setattr(module, "write_bytes", full)
        run(images)
    record = json.loads((images / "out" / "prepare.json").read_text())
    assert record["unfinished"] and "coco2014_captions.h5" in record["outputs"]
    with raises_one_line("exists already"):
        run(images, seed=1)
    run(images)
    assert coco.load_coco_data(images / "out")["train_captions"].shape[1] == 17
    assert "unfinished" not in json.loads((images / "out" / "prepare.json").read_text())
    with raises_one_line("exists already"):
        run(images)
