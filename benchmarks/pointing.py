"""How often does the map of a word point at the object that the word is about?

    python benchmarks/pointing.py outputs/captioner [--num 200]

The pointing game on held-out built-in scenes of two shapes that differ in color and kind. For each
color, kind and size word of the greedy caption, a hit is a map whose maximum lies on the object
that the word describes. Words that describe no object of the scene are left out. The numbers are
deterministic for one captioner.
"""

import argparse
import collections

import numpy as np
from tqdm import tqdm

from sessions import graph_session
from tf_cs231n.captioning import features, shapes
from tf_cs231n.captioning.explain import ImageCaptioner
from tf_cs231n.captioning.saved import load_captioner
from tf_cs231n.captioning.shape_captions import COLORS, KINDS, SIZES
from tf_cs231n.compat import tf
from tf_cs231n.images import blur_image, preprocess_image

MAX_LENGTH = 16
LAYERS = (1, 4, 7)  # of SqueezeNet, before pooling


def held_out_scenes(num):
    scenes = (each.scene for each in shapes.make_scenes(5 * num, "val"))
    two = (s for s in scenes if len(s) == 2 and s[0].color != s[1].color and s[0].kind != s[1].kind)
    return list(two)[:num]


def described(caption, t, scene):
    """Whether word t is a color, kind or size, and the scene's shapes that it describes."""
    words = [word[:-1] if word[:-1] in KINDS else word for word in caption]
    word = words[t]
    for name, choices in (("color", COLORS), ("kind", KINDS)):
        if word in choices:
            return name, [shape for shape in scene if word in shape]
    following = words[t + 1 : t + 2] if word in SIZES else []
    return "size", [shape for shape in scene if word in shape and set(following) & set(shape)]


def hit(heat, mask):
    return bool(mask.ravel()[np.argmax(heat)])


def smooth(heat, sigma=2):
    return blur_image(np.float32(heat)[np.newaxis, ..., np.newaxis], sigma)[0, ..., 0]


class Ways:
    """Maps of one word by each way that was tried."""

    def __init__(self, captioner):
        self.captioner, model, size = captioner, captioner.model, captioner.image_size
        self.captions = tf.placeholder(tf.int32, [None, MAX_LENGTH + 1])
        self.words = tf.placeholder(tf.float32, [None, MAX_LENGTH])  # 1 at the word to explain
        scores = tf.transpose(model.scores(captioner.features, self.captions[:, :-1]), [1, 0, 2])
        chosen = tf.one_hot(self.captions[:, 1:], len(model.word_to_idx))
        own = tf.reduce_sum(scores * chosen, axis=-1)
        self.values = {
            "log p": own - tf.reduce_logsumexp(scores, axis=-1),
            "less runner-up": own - tf.reduce_max(scores - 1e9 * chosen, axis=-1),
            "less mean": own - tf.reduce_mean(scores, axis=-1),
        }
        layers = [captioner.image] + [captioner.layers[n] for n in LAYERS]
        self.layers = layers
        self.gradients = {
            name: tf.gradients(tf.reduce_sum(value * self.words), layers)
            for name, value in self.values.items()
        }
        half, steps = size // 2, (0, size // 2)
        self.quarters = np.zeros((4, size, size), bool)
        for mask, y, x in zip(self.quarters, np.repeat(steps, 2), np.tile(steps, 2)):
            mask[y : y + half, x : x + half] = True

    def maps(self, sess, image, caption, chosen):
        """Yield (way, maps (len(chosen), S, S)) for the words ``chosen`` of a caption."""
        pixels, n = preprocess_image(image), len(chosen)
        row = np.append(self.captioner.model.start, caption)
        feed = {
            self.captioner.image: np.repeat(pixels[np.newaxis], n, axis=0),
            self.captions: np.repeat([row], n, axis=0),
            self.words: np.eye(MAX_LENGTH)[chosen],
        }
        gradients, layers = sess.run([self.gradients, self.layers], feed)
        paint = np.median(pixels.reshape(-1, 3), axis=0)
        change = smooth(np.linalg.norm(pixels - paint, axis=-1), 1)
        painted = np.where(self.quarters[..., np.newaxis], paint, pixels)
        feed = {
            self.captioner.image: np.concatenate([pixels[np.newaxis], painted]),
            self.captions: np.repeat([row], 5, axis=0),
        }
        values = sess.run(self.values, feed)
        for name, of in gradients.items():
            effect = (of[0] * (pixels - pixels.mean(axis=(0, 1)))).sum(axis=-1)
            yield f"gradient times input, absolute, {name}", [smooth(np.abs(e)) for e in effect]
            yield f"gradient times input, {name}", [smooth(e) for e in effect]
            summed = 0
            for number, layer, gradient in zip(LAYERS, layers[1:], of[1:]):
                level = np.median(layer, axis=(1, 2), keepdims=True)
                heats = resized(((layer - level) * gradient).sum(axis=-1), len(pixels))
                summed = summed + heats * (number in features.GRIDS)
                if number == 1:
                    yield f"features of layer 1, {name}", heats
            yield f"features before pooling, layers 4 and 7, {name}", summed
            drops = (values[name][0] - values[name][1:])[:, chosen]
            heats = np.tensordot(drops, self.quarters, [0, 0])
            yield f"occlusion by quarters, {name}", np.maximum(heats, 0) * change
        yield (
            "default: occlusion by windows, less mean",
            self.captioner.attributions(image, caption)[chosen],
        )


def resized(heats, size):
    """Bilinear, (N, h, w) to (N, size, size)."""
    from PIL import Image

    images = [Image.fromarray(np.float32(heat)) for heat in heats]
    return np.stack([np.asarray(image.resize((size, size), Image.BILINEAR)) for image in images])


def pointing_game(folder, num):
    """Hits by way and kind of word, and the fraction of the image that the right object covers."""
    hits, areas = collections.defaultdict(lambda: collections.defaultdict(list)), []
    saved = load_captioner(folder)
    with graph_session() as sess:
        captioner = ImageCaptioner(saved, sess)
        ways = Ways(captioner)
        sampled = captioner.model.sample(captioner.features, MAX_LENGTH)
        for scene in tqdm(held_out_scenes(num), unit="scene"):
            image = shapes.render(scene)
            caption = sess.run(sampled, {captioner.image: preprocess_image(image)[np.newaxis]})[0]
            texts = [saved.words[index] for index in caption]
            found = [described(texts, t, scene) for t in range(MAX_LENGTH)]
            chosen = [t for t, (_, objects) in enumerate(found) if objects]
            masks = [np.any([shapes.mask(s) for s in found[t][1]], axis=0) for t in chosen]
            areas += [mask.mean() for mask in masks]
            for way, heats in ways.maps(sess, image, caption, chosen) if chosen else ():
                for t, heat, mask in zip(chosen, heats, masks):
                    hits[way][found[t][0]].append(hit(heat, mask))
    return hits, np.mean(areas)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="a trained captioner of the built-in images")
    parser.add_argument("--num", type=int, default=200, help="scenes")
    options = parser.parse_args()
    hits, chance = pointing_game(options.folder, options.num)
    counts = {name: len(found) for name, found in next(iter(hits.values())).items()}
    print(f"{options.num} scenes, words: {counts}, chance {chance:.2f}")
    print("| way | color | kind | size |\n| --- | --- | --- | --- |")
    for way, found in hits.items():
        print(
            "|", way, *(f"| {np.mean(found[name]):.2f}" for name in ("color", "kind", "size")), "|"
        )


if __name__ == "__main__":
    main()
