"""What a validation score is worth when near copies stand on both sides of the split.

.venv-current/bin/python benchmarks/leaking_split.py [folder]

A collection like those that people have: 90 scenes, each in ten near copies (cropped, saved again),
118 distinct sentences. A captioner is trained on a random split, and on one that keeps copies
together (`--group`); both are scored on their validation split and on 300 fresh images.
"""

import csv
import io
import os
import sys
import tempfile

import numpy as np
from PIL import Image

from sessions import graph_session
from tf_cs231n.captioning import coco, evaluate, shapes
from tf_cs231n.captioning.prepare import prepare
from tf_cs231n.captioning.saved import build_captioner, load_captioner
from tf_cs231n.captioning.train import train
from tf_cs231n.images import resize, save_image

SCENES, TWO_SENTENCES, COPIES, FRESH = 90, 28, 10, 300
SIZE = 96
STEPS = 400
SEEDS = 3


def draw(scene, rng):
    """A scene on a ground of its own, as a photograph's."""
    image = shapes.render(scene, SIZE).astype(np.float32)
    ground = sum(
        resize(rng.uniform(-12, 12, (n, n)).astype(np.float32), (SIZE, SIZE), "bicubic")
        for n in (3, 6, 12)
    )
    return np.clip(image - 40 + ground[..., np.newaxis], 0, 255).astype(np.uint8)


def near_copy(image, rng):
    """The image cropped by up to 5 % of each side and saved as JPEG of quality 50 to 90."""
    y, x = rng.randint(0, SIZE // 20 + 1, 2)
    side = SIZE - SIZE // 20
    file = io.BytesIO()
    Image.fromarray(image[y : y + side, x : x + side]).save(
        file, "JPEG", quality=int(rng.randint(50, 91))
    )
    return np.asarray(Image.open(file))


def make_collection(folder):
    """Write the images of both collections and their files of captions."""
    rng = np.random.RandomState(0)
    scenes, sentences = [], set()
    for each in shapes.make_scenes(5000):  # each sentence belongs to one scene alone
        wanted = 1 + (sum(len(texts) for _, texts in scenes[:SCENES]) < 2 * TWO_SENTENCES)
        texts = [text for text in dict.fromkeys(each.captions) if text not in sentences][:wanted]
        if len(texts) == wanted and len(scenes) < SCENES + FRESH:
            scenes.append((each.scene, texts))
            sentences.update(texts)
    rows, fresh = [("file", "caption", "scene")], [("file", "caption")]
    for n, (scene, texts) in enumerate(scenes):
        image = draw(scene, rng)
        for copy in range(COPIES if n < SCENES else 1):
            name = f"{n}-{copy}.png"
            save_image(os.path.join(folder, "images", name), near_copy(image, rng))
            row = (name, texts[copy % len(texts)])
            (rows if n < SCENES else fresh).append((*row, n) if n < SCENES else row)
    for name, lines in (("captions.csv", rows), ("fresh.csv", fresh)):
        with open(os.path.join(folder, name), "w", newline="") as file:
            csv.writer(file).writerows(lines)
    print(f"{len(rows) - 1} images, {len({row[1] for row in rows[1:]})} distinct sentences")


def run(folder, group, seed):
    """Prepare, train, and score: a dict of what was scored to BLEU-4."""
    images, place = os.path.join(folder, "images"), os.path.join(folder, f"{group}-{seed}")
    data_folder = os.path.join(place, "data")
    report = prepare(
        images, os.path.join(folder, "captions.csv"), data_folder, 1, image_size=64,
        val_fraction=0.3, group=group, seed=seed, overwrite=True,
    )  # fmt: skip
    data = coco.load_coco_data(data_folder)
    for _ in train(
        os.path.join(place, "run"), data, steps=STEPS, hidden_dim=128, wordvec_dim=64,
        validate_every=50, patience=100, data_folder=data_folder,
    ):  # fmt: skip
        pass
    saved = load_captioner(os.path.join(place, "run"))
    with graph_session() as sess:
        captioner = evaluate.BatchCaptioner(build_captioner(saved, sess), 16)
        fresh, _ = evaluate.fresh_images(saved, sess, images, os.path.join(folder, "fresh.csv"))
        scored = {"validation": evaluate.captioned_images(data), "fresh": fresh}
        scores = {}
        for name, pictured in scored.items():
            texts = captioner(sess.run, pictured.features)
            rows = {"captioner": texts, **evaluate.baselines(pictured, data)}
            for who, each in rows.items():
                scores[f"{name}, {who}"] = evaluate.score(each, pictured)["BLEU-4"]
            scores[f"{name}, word for word in training"] = evaluate.share_in_training(texts, data)
    return report.leaks, scores


def main(folder):
    make_collection(folder)
    for group in (None, "scene"):
        results = []
        for seed in range(SEEDS):
            leaks, scores = run(folder, group, seed)
            print(f"group {group}, seed {seed}: {leaks}", flush=True)
            for name, value in scores.items():
                print(f"    {name}: {value:.3f}", flush=True)
            results.append(scores["validation, captioner"] - scores["fresh, captioner"])
        print(f"group {group}: validation less fresh BLEU-4, mean {np.mean(results):+.3f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(temporary)
