"""Caption: sentences for an image, what led to each word, and what an edited word would cost."""

import os

import numpy as np

from tf_cs231n import __version__, checks
from tf_cs231n.captioning import evaluate, sampling, shapes
from tf_cs231n.captioning.coco import END
from tf_cs231n.captioning.explain import ImageCaptioner
from tf_cs231n.captioning.features import load_square
from tf_cs231n.captioning.saved import MODEL_FILE, load_captioner, word_indices
from tf_cs231n.captioning.shape_captions import is_true
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.graph_model import softmax
from tf_cs231n.images import preprocess_image, resize
from tf_cs231n.plots.saliency import heat_image
from tf_cs231n.studio import equal
from tf_cs231n.studio.uploads import data_url, png

MAX_LENGTH = 20  # words, as the command's own default
SHOWN = 256  # pixels of the side of a map
ALTERNATIVES = 5
TRAIN_IMAGES, TRAIN_STEPS = 4000, 500  # a few minutes on two cores


class Captioning:
    """A captioner with the graphs that the panel asks for, each built once."""

    def __init__(self, saved, sess):
        self.saved, self.sess = saved, sess
        self.captioner = ImageCaptioner(saved, sess)
        self._built = {}

    def _once(self, key, build):
        if key not in self._built:
            with self.sess.graph.as_default():
                self._built[key] = build()
        return self._built[key]

    def beams(self, square, beam_width):
        """`sampling.Beams` of an image (S, S, 3)."""
        model, features = self.captioner.model, self.captioner.features
        beams = self._once(
            beam_width, lambda: sampling.beam_search(model, features, MAX_LENGTH, beam_width)
        )
        return self.sess.run(beams, {self.captioner.image: preprocess_image(square)[None]})

    def probabilities(self, square, words):
        """Of every word after ``<START>`` and after each of T words, ints: (T + 1, V)."""
        model = self.captioner.model

        def build():
            read = tf.placeholder(tf.int32, [1, len(words) + 1])
            return read, model.scores(self.captioner.features, read)[:, 0]

        read, scores = self._once(("words", len(words)), build)
        feed = {self.captioner.image: preprocess_image(square)[None]}
        return softmax(self.sess.run(scores, {**feed, read: [[model.start, *words]]}))

    def square(self, image):
        return load_square(image.at(), self.captioner.image_size)


def describe(studio, job):
    """Send whether there is a captioner, and the words that it knows."""
    try:
        words = _captioning(studio).saved.words
        job.send("captioner", words=sorted(words), folder=studio.captioner)
    except InputError as error:
        job.send("captioner", problem=str(error), folder=studio.captioner)


def caption(studio, job, image, beam_width=5):
    """Send the best captions that a beam search finds, with their probabilities."""
    checks.counts(1, 10, beam_width=beam_width)
    found, captioning = studio.images.find(image), _captioning(studio)
    square = captioning.square(found)
    beams = captioning.beams(square, beam_width)
    known = [np.isfinite(log_p) for log_p in beams.log_probs[0]]
    captions = beams.captions[0][known]
    texts = evaluate.texts_of(captions, captioning.saved.words)
    scene = shapes.scenes_of([found.name])[0] if found.id.startswith(shapes.PREFIX) else None
    described = [
        {
            "text": text,
            "words": _words(each, captioning),
            "log_probability": float(log_p),
            "probability": float(np.exp(log_p)),
            "true": None if scene is None else bool(is_true(text, scene)),
        }
        for text, each, log_p in zip(texts, captions, beams.log_probs[0][known])
    ]
    texts = _equal_caption(studio, found, beam_width)
    record = _record(studio, found, texts, captions=described, beam_width=beam_width)
    lines = [f"{each['log_probability']:.3f}\t{each['text']}\n" for each in described]
    files = {"captions.txt": "".join(lines).encode(), "image.png": png(_enlarged(square))}
    job.send(
        "captions",
        captions=described,
        image=data_url(png(_enlarged(square))),
        name=found.name,
        equal=texts,
        download=studio.results.put("captions", files, record),
    )


def words(studio, job, image, words):
    """Send each word's probability, likelier words, and which part of the image led to it."""
    found, captioning = studio.images.find(image), _captioning(studio)
    checks.counts(1, MAX_LENGTH, **{"number of words": len(words)})
    indices = word_indices(captioning.saved, words)
    square, end = captioning.square(found), captioning.captioner.model.end
    probabilities = captioning.probabilities(square, indices)
    told = [
        {
            "word": word,
            "probability": float(row[number]),
            "instead": [
                {"word": captioning.saved.words[index], "probability": float(row[index])}
                for index in np.argsort(-row, kind="stable")[:ALTERNATIVES]
            ],
        }
        for word, number, row in zip([*words, END], [*indices, end], probabilities)
    ]
    whole = float(np.sum(np.log([each["probability"] for each in told])))
    job.send("words", words=told, log_probability=whole)
    heats = captioning.captioner.attributions(square, indices, job.stop)
    colored = [
        heat_image(resize(np.float32(heat), (SHOWN, SHOWN), "bicubic").clip(0)) for heat in heats
    ]
    job.send("maps", maps=[data_url(png(each)) for each in colored])
    texts = _equal_words(studio, found, words)
    record = _record(studio, found, texts, words=told, log_probability=whole)
    files = {"image.png": png(_enlarged(square))}
    for place, (word, heat) in enumerate(zip(words, colored), start=1):
        files[f"{place:02d}-{word}.png"] = png(heat, record)
    job.send("result", equal=texts, download=studio.results.put("caption", files, record))


def train(studio, job):
    """Train a small captioner on drawn shapes, in the studio's folder for it."""
    from tf_cs231n.captioning import coco
    from tf_cs231n.captioning.train import train as steps

    def drawing(done, total):
        job.stop.check()
        job.send("training", latest=True, share=0.5 * done / total,
                 text=f"Drawing images and reading them: {done:,} of {total:,}")  # fmt: skip

    folder = shapes.shapes_data(num_train=TRAIN_IMAGES, num_val=200, progress=drawing)
    data = coco.load_coco_data(folder)
    for progress in steps(
        studio.captioner, data, TRAIN_STEPS, decay_steps=200, validate_every=100, num_val=100,
        data_folder=os.path.abspath(folder), stop=job.stop,
    ):  # fmt: skip
        text = f"Step {progress.step} of {TRAIN_STEPS}: loss {progress.values['loss']:.2f}"
        share = 0.5 + 0.5 * progress.step / TRAIN_STEPS
        job.send("training", latest=True, share=share, text=text)
    job.send("trained")


def _captioning(studio):
    """The `Captioning` of the studio's captioner, read again once its file has changed."""
    path = studio.captioner
    file = os.path.join(path, MODEL_FILE) if os.path.isdir(path) else path
    changed = os.stat(file).st_mtime_ns if os.path.isfile(file) else None
    return studio.networks.once(
        ("captioner", path, changed), lambda sess: Captioning(load_captioner(path), sess)
    )


def _record(studio, image, texts, **what):
    """What made a result, as JSON values."""
    return {
        "task": "caption",
        "image": image.name,
        "sha256": image.sha256,
        "captioner": studio.captioner,
        "equal": texts,
        "version": __version__,
        **what,
    }


def _words(caption, captioning):
    model = captioning.captioner.model
    return [model.idx_to_word[i] for i in caption.tolist() if i not in (model.null, model.end)]


def _enlarged(square):
    return resize(square, (SHOWN, SHOWN), "bicubic")


# ---- The same in a terminal and in Python ----

_LOADING = """\
from sessions import graph_session
from tf_cs231n.captioning.evaluate import texts_of
from tf_cs231n.captioning.explain import ImageCaptioner
from tf_cs231n.captioning.features import load_square
from tf_cs231n.captioning.sampling import beam_search
from tf_cs231n.captioning.saved import load_captioner
from tf_cs231n.captioning.shapes import open_image
from tf_cs231n.images import preprocess_image

saved = load_captioner({folder!r})
with graph_session() as sess:
    captioner = ImageCaptioner(saved, sess)
    image = load_square(open_image({image!r}), captioner.image_size)
    feed = {{captioner.image: preprocess_image(image)[None]}}
"""


def _equal_caption(studio, image, beam_width):
    name = equal.image_argument(image)
    python = _LOADING.format(folder=studio.captioner, image=name) + (
        "    model, features = captioner.model, captioner.features\n"
        f"    beams = beam_search(model, features, {MAX_LENGTH}, {beam_width})\n"
        "    captions, log_probs = (each[0] for each in sess.run(beams, feed))\n"
        "    print(texts_of(captions, saved.words), log_probs)"
    )
    command = equal.command("caption", "sample", name, folder=studio.captioner,
                            beam_width=beam_width, n_best=beam_width)  # fmt: skip
    return {"command": command, "python": python}


def _equal_words(studio, image, words):
    name = equal.image_argument(image)
    loading = _LOADING.replace("import load_captioner", "import load_captioner, word_indices")
    python = loading.format(folder=studio.captioner, image=name) + (
        f"    model, words = captioner.model, {list(words)}\n"
        "    caption = word_indices(saved, words)\n"
        "    read = [[model.start, *caption, model.end]]\n"
        "    log_probs = sess.run(model.log_probs(captioner.features, read), feed)[0]\n"
        "    maps = captioner.attributions(image, caption)  # one a word"
    )
    command = equal.command("caption", "sample", name, "--explain", folder=studio.captioner,
                            text=" ".join(words), out="words.png")  # fmt: skip
    return {"command": command, "python": python}


ACTIONS = {"describe": describe, "caption": caption, "words": words, "train": train}
