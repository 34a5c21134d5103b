"""Own images and captions become the course's layout; what does not fit is named."""

import csv
import json

import numpy as np
import pytest

from tf_cs231n.captioning import coco, features
from tf_cs231n.captioning import prepare as module
from tf_cs231n.captioning.caption_files import read_captions
from tf_cs231n.captioning.features import Projection, load_square
from tf_cs231n.captioning.prepare import build_vocabulary, encode_captions, prepare
from tf_cs231n.errors import InputError
from tf_cs231n.images import save_image

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
    monkeypatch.setattr(module, "ImageFeatures", MeanColors)
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


FORMATS = {
    "coco.json": json.dumps(
        {
            "images": [{"id": 7, "file_name": "b.jpg"}, {"id": 3, "file_name": "a.jpg"}],
            "annotations": [
                {"image_id": 3, "caption": "one "},
                {"image_id": 7, "caption": "two, three"},
                {"image_id": 3, "caption": "four"},
            ],
        }
    ),
    "flickr.txt": "a.jpg#0\tone\nb.jpg#0\ttwo, three\na.jpg#1\tfour\n",
    "comma.csv": 'file,caption\na.jpg,one\nb.jpg,"two, three"\na.jpg,four\n',
    "kaggle.txt": 'image,caption\na.jpg,one\nb.jpg,"two, three"\na.jpg,four\n',
    "semicolon.csv": "\ufeffID;Image;Text\r\n1;a.jpg;one\r\n2;b.jpg;two, three\r\n3;a.jpg;four",
    "tab.tsv": "text\tpath\none\ta.jpg\ntwo, three\tb.jpg\n\nfour\ta.jpg\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_told_from_the_content(tmp_path, name):
    (tmp_path / name).write_text(FORMATS[name], encoding="utf-8")
    assert read_captions(tmp_path / name) == {"a.jpg": ["one", "four"], "b.jpg": ["two, three"]}


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "is empty"),
        ("file,words\na.jpg,one\n", "no column of captions; .* found file, words"),
        ("photo,caption\na.jpg,one\n", "no column of file names; .* found photo, caption"),
        ("file,caption\na.jpg,\nb.jpg,  \n", "no caption in it; each of its 2 images"),
        ("file,caption\na.jpg\n", "row 2: got 1 cells, expected 2"),
        ("a.jpg#0\tone\nb.jpg two\n", "line 2: expected name.jpg#0<TAB>caption"),
        ('{"images": [', "not whole JSON"),
        ('{"images": []}', "not COCO captions: .*KeyError"),
        ('{"images": [], "annotations": [{"image_id": 1, "caption": "x"}]}', "not COCO captions"),
    ],
)
def test_bad_caption_files_are_one_clear_line(tmp_path, content, message):
    path = tmp_path / "captions"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_captions(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_captions_of_another_encoding_or_place_are_named(tmp_path):
    (tmp_path / "latin.csv").write_bytes("file,caption\na.jpg,Bär\n".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_captions(tmp_path / "latin.csv")
    with pytest.raises(InputError, match="no such file"):
        read_captions(tmp_path / "none.csv")


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


@pytest.mark.parametrize("name", ["../secret.png", "/etc/secret.png", "a\\..\\b.png", "x/../../y"])
def test_no_name_leads_outside_the_folder_of_images(tmp_path, raises_one_line, name):
    files = {
        "x.csv": f"file,caption\n{name},a cat\n",
        "x.txt": f"{name}#0\ta cat\n",
        "x.json": json.dumps(
            {
                "images": [{"id": 1, "file_name": name}],
                "annotations": [{"image_id": 1, "caption": "a cat"}],
            }
        ),
    }
    for file, text in files.items():
        (tmp_path / file).write_text(text)
        with raises_one_line("outside of the folder"):
            read_captions(tmp_path / file)


def test_captions_that_are_a_folder_or_endlessly_deep_are_one_line(tmp_path, raises_one_line):
    with raises_one_line("cannot be read"):
        read_captions(tmp_path)
    (tmp_path / "deep.json").write_text('{"images": ' + "[" * 100000)
    with raises_one_line("not whole JSON"):
        read_captions(tmp_path / "deep.json")
