"""Training a captioner: it learns, resumes exactly, keeps its best, and names mistakes."""

import os
import random

import numpy as np
import pytest
from event_files import Found
from killing import kill_again_and_again

from sessions import graph_session
from tf_cs231n.captioning import coco, evaluate
from tf_cs231n.captioning.prepare import encode_splits
from tf_cs231n.captioning.rnn import CaptioningRNN
from tf_cs231n.captioning.saved import (
    MODEL_FILE,
    build_captioner,
    check_fits,
    load_captioner,
)
from tf_cs231n.captioning.train import PREVIEWS, read_history, train
from tf_cs231n.errors import InputError
from tf_cs231n.training import checkpoints
from tf_cs231n.training.events import read_summaries
from tf_cs231n.training.loop import NotFinite

COLORS, KINDS = ["red", "green", "blue"], ["dog", "cat", "cow", "hen"]
SMALL = {"wordvec_dim": 8, "hidden_dim": 16, "batch_size": 10, "validate_every": 10}


def make_data(num=36, D=9, seed=0):
    """Images of one colored animal; the features are the color, the animal, and noise."""
    rng = np.random.RandomState(seed)
    data, texts = {}, {}
    for split in ("train", "val"):
        things = [(n % 3, n % 4) for n in range(num)]
        meaning = np.concatenate([np.eye(3), np.eye(4)[:, :3]])  # any fixed rows
        rows = np.array([np.concatenate([meaning[c], meaning[3 + k]]) for c, k in things])
        noise = 0.05 * rng.randn(num, D - 6)
        data[f"{split}_features"] = np.concatenate([rows, noise], axis=1).astype(np.float32)
        texts[split] = [
            [f"there is a {COLORS[c]} {KINDS[k]}", f"here the {KINDS[k]} is {COLORS[c]}"]
            for c, k in things
        ]
        data[f"{split}_urls"] = [f"{split}{n}.png" for n in range(num)]
    data.update(encode_splits(texts, min_count=1, max_words=5))
    return data


def run(folder, data=None, **options):
    """Train to the end; the list of `Progress`."""
    return list(train(folder, make_data() if data is None else data, **{**SMALL, **options}))


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_captioner_learns_and_its_file_captions_like_it(tmp_path, cell_type):
    data = make_data()
    history = run(tmp_path, data, cell_type=cell_type, steps=200, learning_rate=0.02, patience=99)
    assert history[0].values["perplexity"] == pytest.approx(len(data["idx_to_word"]), rel=0.5)
    assert history[-1].scores["BLEU-4"] > 0.7 and history[-1].commonest[1] < 0.5
    assert history[-1].best == max(p.scores["CIDEr"] for p in history if p.scores)

    saved = load_captioner(tmp_path)
    check_fits(saved, data)
    images = evaluate.captioned_images(data)
    assert len(images.features) == 36 and len(images.references[0]) == 2
    with graph_session() as sess:
        model = build_captioner(saved, sess)
        texts = evaluate.BatchCaptioner(model, 6)(sess.run, images.features, batch_size=7)
    assert evaluate.score(texts, images)["CIDEr"] == pytest.approx(history[-1].best)
    H, W = saved.params["W_proj"].shape[1], saved.params["W_embed"].shape[1]
    numpy_model = CaptioningRNN(data["word_to_idx"], 9, W, H, cell_type)
    numpy_model.params.update(saved.params)  # the file's weights are the NumPy model's too
    numpy_texts = evaluate.texts_of(numpy_model.sample(images.features, 6), saved.words)
    assert numpy_texts == texts


def test_images_are_the_first_of_the_split_and_only_their_captions_are_read(monkeypatch):
    words = [coco.NULL, coco.START, coco.END, "a", "cat", "dog"]
    data = {
        "val_captions": np.array([[1, 3, 5, 2], [1, 3, 4, 2], [1, 4, 2, 0], [1, 5, 2, 0]]),
        "val_image_idxs": np.array([7, 2, 7, 3]),
        "val_features": np.arange(8.0)[:, None],
        "idx_to_word": words,
    }
    read, plain = [], coco.decode_captions
    monkeypatch.setattr(coco, "decode_captions", lambda c, w: read.extend(c) or plain(c, w))
    images = evaluate.captioned_images(data, num=2)
    assert images.references == [["a dog", "cat"], ["a cat"]]
    assert images.names == ["7", "2"] and images.features.ravel().tolist() == [7, 2]
    assert len(read) == 3


def test_resumed_training_equals_the_undisturbed_one(tmp_path):
    whole = run(tmp_path / "whole", steps=30)
    parts = run(tmp_path / "parts", steps=20) + run(tmp_path / "parts", steps=30)
    assert [p.values for p in parts] == [p.values for p in whole]
    assert parts[-1].scores == whole[-1].scores and parts[-1].best == whole[-1].best
    saved = [load_captioner(tmp_path / name).params for name in ("whole", "parts")]
    for name, value in saved[0].items():
        np.testing.assert_array_equal(saved[1][name], value)


def test_training_stops_early_and_stays_stopped(tmp_path):
    options = {"learning_rate": 1e-9, "patience": 2, "validate_every": 5, "steps": 100}
    history = run(tmp_path, **options)
    assert history[-1].step == 15  # the best was at step 5
    assert run(tmp_path, **options) == []
    assert run(tmp_path, **{**options, "patience": 3})[-1].step == 20


def test_a_captioner_that_says_one_thing_is_noticed(tmp_path):
    blind = make_data()
    blind["val_features"][:] = 0
    assert run(tmp_path, blind, steps=5)[-1].commonest[1] == 1


def test_summaries_hold_losses_and_validation_scores(tmp_path):
    history = run(tmp_path, steps=20)
    written = read_summaries(tmp_path)
    names = {"loss", "perplexity", "gradient_norm", "validation/CIDEr", "validation/BLEU-4"}
    assert names <= set(written)
    steps, losses = written["loss"]
    assert steps[-1] == 20
    assert losses[-1] == pytest.approx(history[-1].values["loss"], rel=1e-5)


def test_tensorboard_shows_captions_with_their_images(tmp_path):
    def preview(name, caption):
        asked.append((name, caption))
        return None if name == "val1.png" else np.full((2, 3, 3), len(asked), np.uint8)

    asked = []
    run(tmp_path, steps=20, preview=preview, histogram_steps=20)
    shown = Found(tmp_path)
    for number, ((step, table), first) in enumerate(zip(shown.texts["captions"], asked[::6])):
        assert step == 10 * (number + 1) and first[0] == "val0.png"
        assert table.splitlines()[2] == f"| val0.png | {first[1]} | there is a red dog |"
        assert len(table.splitlines()) == 2 + PREVIEWS
    assert sorted(shown.images) == [f"captions/{n}" for n in (0, 2, 3, 4, 5)]
    assert [(step, image.max()) for step, image in shown.images["captions/2"]] == [(10, 3), (20, 9)]
    assert {name.split("/")[0] for name in shown.histograms} == {"captioning"}
    assert len(shown.graphs) == 1
    assert read_history(tmp_path)[-1].scores  # losses.png reads numbers alone


def test_gradients_are_clipped_and_the_learning_rate_decays(tmp_path):
    history = run(tmp_path, steps=11, learning_rate=0.1, lr_decay=0.5, decay_steps=5)
    rates = [p.values["learning_rate"] for p in history]
    assert rates[0] == pytest.approx(0.1) and rates[10] == pytest.approx(0.025)
    assert all(p.values["gradient_norm"] > 0 for p in history)


def test_nan_stops_and_keeps_the_last_good_checkpoint(tmp_path):
    data = make_data()
    run(tmp_path, data, steps=10)
    data["train_features"][:] = np.nan
    with pytest.raises(NotFinite, match="step 10 is the last good one"):
        run(tmp_path, data, steps=20)
    assert checkpoints.list_checkpoints(tmp_path)[-1][0] == 10


def kill_and_resume(tmp_path, kills, until):
    whole = run(tmp_path / "whole", steps=until, patience=10**6)
    folder = tmp_path / "killed"
    code = f"""
        from killing import told_steps
        from test_train import *
        options = dict(SMALL, patience=10**6, save_seconds=0)
        progress = train({str(folder)!r}, make_data(), steps={until}, **options)
        told_steps(p.step for p in progress)
    """
    kill_again_and_again(random.Random(0), kills, folder, code, until)
    resumed = run(folder, steps=until, patience=10**6)
    assert resumed[0].step > kills
    assert resumed[-1].values == whole[-1].values
    assert resumed[-1].scores == whole[-1].scores


def test_sigkill_loses_nothing(tmp_path):
    kill_and_resume(tmp_path, kills=2, until=120)


def test_other_data_or_sizes_are_one_clear_line(tmp_path):
    run(tmp_path, steps=2)
    with pytest.raises(InputError, match="begun with input_dim 9, got 8"):
        run(tmp_path, make_data(D=8), steps=4)
    with pytest.raises(InputError, match="begun with hidden_dim 16, got 17"):
        run(tmp_path, steps=4, hidden_dim=17)
    other = make_data()
    other["idx_to_word"] = [word.replace("cow", "pig") for word in other["idx_to_word"]]
    other["word_to_idx"] = {word: n for n, word in enumerate(other["idx_to_word"])}
    with pytest.raises(InputError, match="begun with vocabulary_checksum"):
        run(tmp_path, other, steps=4)
    saved = load_captioner(tmp_path)
    with pytest.raises(InputError, match="the data has other words"):
        check_fits(saved, other)
    with pytest.raises(InputError, match="features of width 9, the data .* width .8. or"):
        check_fits(saved, make_data(D=8))


def test_missing_and_broken_captioners_are_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="no captioner there; train one"):
        load_captioner(tmp_path)
    run(tmp_path, steps=2)
    path = tmp_path / MODEL_FILE
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="not a whole captioner"):
        load_captioner(tmp_path)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"cell_type": "gru"}, "cell_type: got 'gru'"),
        ({"steps": 0}, "steps: got 0"),
        ({"learning_rate": -1}, "learning_rate: got -1"),
        ({"clip_norm": 0}, "clip_norm: got 0"),
    ],
)
def test_bad_settings_are_named(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        run(tmp_path, **options)
    assert not os.listdir(tmp_path)
