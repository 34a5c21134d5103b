"""COCO's layout: what is read, what is refused, what a minibatch and a decoded caption are."""

import fcntl
import json
import os

import h5py
import numpy as np
import pytest

from tf_cs231n.captioning.coco import (
    check_coco_data,
    decode_captions,
    load_coco_data,
    sample_coco_minibatch,
)
from tf_cs231n.errors import InputError

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "sat"]
SIZES = {"train": (9, 5), "val": (4, 3)}  # captions, images
T, D = 6, 7


def write_layout(folder):
    """The course's files, written with h5py alone; returns what is in them."""
    rng = np.random.RandomState(0)
    data = {"idx_to_word": WORDS, "word_to_idx": {word: k for k, word in enumerate(WORDS)}}
    for split, (captions, images) in SIZES.items():
        data[f"{split}_captions"] = rng.randint(0, len(WORDS), (captions, T)).astype(np.int32)
        data[f"{split}_image_idxs"] = rng.randint(0, images, captions).astype(np.int32)
        data[f"{split}_features"] = rng.randn(images, D).astype(np.float32)
        data[f"{split}_urls"] = np.array([f"http://x/{split}{k}.jpg" for k in range(images)])
    with h5py.File(os.path.join(folder, "coco2014_captions.h5"), "w") as file:
        for key, value in data.items():
            if key.endswith(("captions", "image_idxs")):
                file[key] = value
    for split in SIZES:
        for name, D_stored in (("_pca", D), ("", 2 * D)):
            path = os.path.join(folder, f"{split}2014_vgg16_fc7{name}.h5")
            with h5py.File(path, "w") as file:
                file["features"] = np.tile(data[f"{split}_features"], (1, D_stored // D))
        with open(os.path.join(folder, f"{split}2014_urls.txt"), "w") as file:
            file.writelines(url + "\n" for url in data[f"{split}_urls"])
    with open(os.path.join(folder, "coco2014_vocab.json"), "w") as file:
        json.dump({key: data[key] for key in ("idx_to_word", "word_to_idx")}, file)
    return data


@pytest.fixture
def folder(tmp_path):
    write_layout(str(tmp_path))
    return str(tmp_path)


def rewrite(folder, name, key, value, **options):
    with h5py.File(os.path.join(folder, name), "a") as file:
        del file[key]
        if value is not None:
            file.create_dataset(key, data=value, **options)


def test_everything_is_read_as_it_was_written(tmp_path):
    written = write_layout(str(tmp_path))
    data = load_coco_data(str(tmp_path))
    assert set(data) == set(written)
    for key, value in written.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(data[key], value)
            assert data[key].dtype == value.dtype
        else:
            assert data[key] == value
    check_coco_data(data)


def test_features_without_pca_are_read_from_their_own_files(folder):
    data = load_coco_data(folder, pca_features=False)
    assert data["train_features"].shape == (5, 2 * D)
    assert data["val_features"].shape == (3, 2 * D)


def test_compressed_files_are_read_too(folder):
    captions = np.tile([[1, 4, 5, 2, 0, 0]], (50000, 1)).astype(np.int32)
    rewrite(folder, "coco2014_captions.h5", "train_captions", captions, compression="gzip")
    rewrite(folder, "coco2014_captions.h5", "train_image_idxs", np.zeros(50000, int))
    np.testing.assert_array_equal(load_coco_data(folder)["train_captions"], captions)


def test_max_train_keeps_different_captions_with_their_images(folder):
    whole, some = load_coco_data(folder), load_coco_data(folder, max_train=4)
    pairs = {(tuple(c), i) for c, i in zip(whole["train_captions"], whole["train_image_idxs"])}
    kept = {(tuple(c), i) for c, i in zip(some["train_captions"], some["train_image_idxs"])}
    assert len(kept) == 4
    assert kept < pairs
    np.testing.assert_array_equal(some["train_features"], whole["train_features"])
    np.testing.assert_array_equal(some["val_captions"], whole["val_captions"])
    again = load_coco_data(folder, max_train=4)["train_captions"]
    np.testing.assert_array_equal(again, some["train_captions"])
    other = load_coco_data(folder, max_train=4, seed=1)["train_captions"]
    assert not np.array_equal(other, some["train_captions"])
    assert len(load_coco_data(folder, max_train=100)["train_captions"]) == 9
    for bad in (0, -1, 2.5, True):
        with pytest.raises(InputError, match="^max_train: got"):
            load_coco_data(folder, max_train=bad)


# --- Files that are missing, truncated or foreign -------------------------------------------

FILES = [
    "coco2014_captions.h5", "coco2014_vocab.json", "train2014_urls.txt", "val2014_urls.txt",
    "train2014_vgg16_fc7_pca.h5", "val2014_vgg16_fc7_pca.h5",
]  # fmt: skip


def refusal(folder):
    with pytest.raises(InputError) as error:
        load_coco_data(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_missing_files_are_all_named(folder, tmp_path):
    os.remove(os.path.join(folder, FILES[1]))
    os.remove(os.path.join(folder, FILES[4]))
    message = refusal(folder)
    assert f"no {FILES[1]}, {FILES[4]} there" in message
    assert "http://cs231n.stanford.edu/coco_captioning.zip" in message
    assert all(name in refusal(str(tmp_path / "nowhere")) for name in FILES)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".h5")])
def test_hdf5_cut_anywhere_or_overwritten_is_one_line(name, folder):
    path = os.path.join(folder, name)
    with open(path, "rb") as file:
        whole = file.read()
    for content in [whole[:n] for n in (0, 5, 96, len(whole) // 2, len(whole) - 1)] + [
        b"<html>404 Not Found</html>" * 100,
        whole[:8] + np.random.RandomState(0).bytes(len(whole) - 8),
    ]:
        with open(path, "wb") as file:
            file.write(content)
        message = refusal(folder)
        assert f"{name} cannot be read" in message
        assert "get it again" in message


def test_hdf5_with_other_things_in_it_names_them(folder):
    name = "train2014_vgg16_fc7_pca.h5"
    with h5py.File(os.path.join(folder, name), "w") as file:
        file["weights"] = np.ones(3)
        file.create_group("model")
    assert "cannot be read" in refusal(folder)
    with h5py.File(os.path.join(folder, name), "w") as file:
        file.create_group("features")
    assert "cannot be read" in refusal(folder)


@pytest.mark.parametrize("value", [
    np.ones((5, 7), int), np.ones(5, np.float32), np.array([b"text"] * 5),
    np.full((5, 7), np.nan, np.float32),
])  # fmt: skip
def test_features_of_another_kind_are_refused(value, folder):
    rewrite(folder, "train2014_vgg16_fc7_pca.h5", "features", value)
    message = refusal(folder)
    assert "train_features: got " in message


@pytest.mark.parametrize("content, message", [
    (b"", "vocab.json cannot be read"),
    (b'{"idx_to_word": ["<NULL>"', "vocab.json cannot be read"),
    (b"[" * 100000, "vocab.json cannot be read"),
    (b"\xff\xfe\x00", "is not UTF-8 text"),
    (b"[1, 2]", "vocab.json cannot be read"),
    (b"{}", "vocab.json cannot be read"),
    (b'{"idx_to_word": [1], "word_to_idx": {}}', "word_to_idx: expected the inverse"),
    (b'{"idx_to_word": ["a"], "word_to_idx": ["a"]}', "word_to_idx: expected the inverse"),
    (b'{"idx_to_word": ["a", "b"], "word_to_idx": {"a": 0}}', "expected the inverse"),
    (b'{"idx_to_word": ["a"], "word_to_idx": {"a": 0}}', "with <NULL>, <START> and <END>"),
])  # fmt: skip
def test_a_vocabulary_that_is_none_is_refused(content, message, folder):
    with open(os.path.join(folder, "coco2014_vocab.json"), "wb") as file:
        file.write(content)
    assert message in refusal(folder)


def test_parts_that_do_not_fit_each_other_are_refused(folder):
    name = "coco2014_captions.h5"
    with h5py.File(os.path.join(folder, name), "r") as file:
        captions, idxs = file["train_captions"][()], file["train_image_idxs"][()]
    for key, wrong, right, message in [
        ("train_captions", captions + 7, captions, "train_captions: got index "),
        ("train_captions", captions - 7, captions, "train_captions: got index -"),
        ("train_captions", captions[:8], captions, "train_image_idxs: got 9, expected 8"),
        ("train_image_idxs", idxs + 5, idxs, "train_image_idxs: got index 5, expected 0 to 4"),
        ("train_image_idxs", None, idxs, "cannot be read"),
    ]:
        rewrite(folder, name, key, wrong)
        assert message in refusal(folder)
        with h5py.File(os.path.join(folder, name), "a") as file:
            if key in file:
                del file[key]
            file[key] = right
    load_coco_data(folder)
    with open(os.path.join(folder, "train2014_urls.txt"), "a") as file:
        file.write("one too many\n")
    assert "train_urls: got 6, expected 5" in refusal(folder)


# --- Minibatches ----------------------------------------------------------------------------


def test_a_minibatch_pairs_each_caption_with_its_image(folder):
    data = load_coco_data(folder)
    for split in ("train", "val"):
        captions, features, urls = sample_coco_minibatch(data, 200, split, np.random.RandomState(0))
        assert captions.shape == (200, T)
        assert features.shape == (200, D)
        known = {
            (tuple(caption), tuple(data[f"{split}_features"][i]), data[f"{split}_urls"][i])
            for caption, i in zip(data[f"{split}_captions"], data[f"{split}_image_idxs"])
        }
        drawn = {(tuple(c), tuple(f), u) for c, f, u in zip(captions, features, urls)}
        assert drawn == known  # all of them, with so many drawn


def test_minibatches_follow_the_generator_or_numpys_seed(folder):
    data = load_coco_data(folder)
    a, b = (sample_coco_minibatch(data, 5, rng=np.random.RandomState(3))[0] for _ in range(2))
    np.random.seed(3)
    c = sample_coco_minibatch(data, 5)[0]
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(a, c)


def test_minibatch_mistakes_are_named(folder):
    data = load_coco_data(folder)
    with pytest.raises(InputError, match="^split: got 'test', expected one of train, val"):
        sample_coco_minibatch(data, split="test")
    with pytest.raises(InputError, match="^batch_size: got 0"):
        sample_coco_minibatch(data, batch_size=0)
    with pytest.raises(InputError, match="^data: expected a dict with val_captions"):
        sample_coco_minibatch({}, split="val")


# --- Decoding -------------------------------------------------------------------------------


@pytest.mark.parametrize("vocabulary", [WORDS, dict(enumerate(WORDS))])
def test_captions_are_decoded_up_to_the_end(vocabulary):
    captions = np.array([[1, 4, 5, 6, 2, 0], [1, 0, 4, 2, 5, 5], [5, 5, 5, 5, 5, 5]])
    assert decode_captions(captions, vocabulary) == [
        "<START> a cat sat <END>", "<START> a <END>", "cat cat cat cat cat cat"
    ]  # fmt: skip
    assert decode_captions(captions[0], vocabulary) == "<START> a cat sat <END>"
    assert decode_captions(captions[0].tolist(), vocabulary) == "<START> a cat sat <END>"


@pytest.mark.parametrize("vocabulary", [WORDS, dict(enumerate(WORDS))])
def test_decoding_mistakes_are_named(vocabulary):
    for bad in (7, -1):
        with pytest.raises(InputError, match=f"^captions: got index {bad}, expected 0 to 6"):
            decode_captions(np.array([[1, bad]]), vocabulary)
    with pytest.raises(InputError, match="^captions: got float64"):
        decode_captions(np.ones((1, 2)), vocabulary)
    with pytest.raises(InputError, match="^captions: "):
        decode_captions(np.array(1), vocabulary)


def test_a_file_that_is_locked_or_on_a_file_system_without_locks_is_read(folder):
    with open(os.path.join(folder, "coco2014_captions.h5"), "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert len(load_coco_data(folder)["train_captions"])


@pytest.mark.parametrize("kind", ["external link", "soft link", "external storage"])
def test_data_of_another_file_is_refused(folder, kind, raises_one_line):
    path = os.path.join(folder, "train2014_vgg16_fc7_pca.h5")
    with h5py.File(path, "r+") as file:
        shape = file["features"].shape
        del file["features"]
        if kind == "external link":
            file["features"] = h5py.ExternalLink("/etc/secret.h5", "features")
        elif kind == "soft link":
            file["features"] = h5py.SoftLink("/elsewhere")
        else:
            space = h5py.h5s.create_simple(shape)
            create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            create.set_external(b"/etc/secret", 0, h5py.h5f.UNLIMITED)
            h5py.h5d.create(file.id, b"features", h5py.h5t.IEEE_F32LE, space, create)
    with raises_one_line("train2014_vgg16_fc7_pca.h5 cannot be read", "link to another file"):
        load_coco_data(folder)
