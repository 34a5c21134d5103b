"""`tf-cs231n caption sample IMAGE...`: caption images, and show what led to each word."""

import collections

import click

from tf_cs231n.commands.batch_options import batch_options
from tf_cs231n.commands.caption_data import CAPTIONER
from tf_cs231n.commands.option_types import AXIS, OUTPUT, SEED, Count, Number, refuse_given
from tf_cs231n.commands.outputs import PAGE_ROWS
from tf_cs231n.terminal import echo

COLUMNS = 4  # of images on a sheet
PREVIEW = 512  # pixels of a shorter side that a sheet can show


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@batch_options("rank", "text", "log_probability", "true", alone=("explain",))
@CAPTIONER
@click.option(
    "--out",
    type=OUTPUT,
    metavar="FILE",
    help="Draw the images with their captions: .png, .svg, ...",
)
@click.option(
    "--explain", is_flag=True, help="Draw which parts of the image led to each word (one IMAGE)."
)
@click.option("--text", help="Score this caption instead of writing one.")
@click.option("--beam-width", type=AXIS, default=3, show_default=True, help="1: greedy.")
@click.option("--n-best", type=Count(), default=1, show_default=True)
@click.option("--length-penalty", type=Number(0), default=1.0, show_default=True)
@click.option(
    "--temperature", type=Number(above=0), help="Draw words at random instead, for example at 0.8."
)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--max-length", type=AXIS, default=20, show_default=True)
def sample(batch, folder, out, explain, text, seed, **options):
    """Caption each IMAGE.

    An IMAGE is a file, a folder, a pattern in quotes, `sample:NAME`, `shapes:val:NUMBER`, or -,
    standard input. With --out-dir each gets a file: png and svg show it with its caption, npy holds
    the numbers of the caption's words, npz captions and log-probabilities. A captioner knows only
    the words and things it was trained on; one trained on shapes sees shapes everywhere.
    """
    from sessions import graph_session
    from tf_cs231n.captioning.explain import ImageCaptioner
    from tf_cs231n.captioning.saved import load_captioner, word_indices
    from tf_cs231n.captioning.shape_captions import is_true
    from tf_cs231n.captioning.shapes import scenes_of
    from tf_cs231n.errors import InputError
    from tf_cs231n.interruption import stoppable
    from tf_cs231n.plots.fonts import advice

    if explain and (len(batch) > 1 or out is None):
        raise InputError("--explain: expected one IMAGE and --out FILE to draw into")
    if text is not None:
        names = {"beam_width", "n_best", "length_penalty", "temperature", "max_length"}
        refuse_given(names, "with --text no caption is written")
        if not text.split():
            raise InputError("--text: got no words, expected a caption")
    if options["temperature"] is not None:
        names = {"beam_width", "n_best", "length_penalty"}
        refuse_given(names, "with --temperature one caption is drawn word by word, without beams")
    if options["n_best"] > options["beam_width"]:
        raise InputError(
            f"--n-best: got {options['n_best']}, expected at most --beam-width "
            f"{options['beam_width']}"
        )
    sheet = batch.pages(out, _explained if explain else _sheet, COLUMNS * PAGE_ROWS)
    saved, letters = load_captioner(folder), set()
    given = None if text is None else word_indices(saved, text.split())
    scenes = dict(zip(batch.inputs, scenes_of([each.name for each in batch.inputs])))
    with batch, sheet, graph_session() as sess, stoppable() as stop:
        captioner = ImageCaptioner(saved, sess)
        write = _build(captioner, sess, saved.words, given, seed=seed, **options)
        shape = lambda loaded: loaded.square.shape  # noqa: E731
        for each, found in batch.run(write, _loader(captioner.image_size), stop, shape):
            rows = []
            for rank, (text, chance) in enumerate(zip(found.texts, found.log_probs), start=1):
                truth = None if scenes[each] is None else is_true(text, scenes[each])
                rows.append({"rank": rank, "text": text, "log_probability": chance, "true": truth})
                word = {None: "", True: "  true", False: "  false"}[truth]
                batch.echo(f"{each.name}: {text}  (log p {chance:.2f}){word}")
            name = each.label if len(batch) > 1 else None
            if explain:
                sheet.add(*_explain(captioner, each.image.square, found.captions[0], saved.words))
            else:
                sheet.add(each.image.preview, name, "\n".join(found.texts), rows[0]["true"])
            letters.update(*found.texts)
            _keep(batch, each, found, rows)
    note = advice(["".join(letters)]) if sheet.paths else ""
    if note:
        echo(f"note: {note}", err=True)


# square: what the captioner sees, uint8 (S, S, 3). preview: the image as a sheet shows it.
Loaded = collections.namedtuple("Loaded", "square preview")
# captions: (k, T) words. log_probs: (k,). texts: k str.
Written = collections.namedtuple("Written", "captions log_probs texts")


def _loader(size):
    from tf_cs231n.captioning.features import load_square
    from tf_cs231n.captioning.shapes import open_image
    from tf_cs231n.images import load_image

    def load(name):
        image = open_image(name)
        small = image if min(image.shape[:2]) <= PREVIEW else load_image(image, PREVIEW)
        return Loaded(load_square(image, size), small)

    return load


def _build(captioner, sess, words, given, beam_width, n_best, length_penalty, temperature,
           max_length, seed):  # fmt: skip
    """A function that writes captions for inputs, a `Written` for each; its graph is built once."""
    import numpy as np

    from tf_cs231n.captioning import sampling
    from tf_cs231n.captioning.evaluate import texts_of
    from tf_cs231n.compat import tf
    from tf_cs231n.images import preprocess_image

    model, features = captioner.model, captioner.features
    if given is None and temperature is None:
        beams = sampling.beam_search(model, features, max_length, beam_width, length_penalty)
        fetches = beams.captions[:, :n_best], beams.log_probs[:, :n_best]
    else:
        if given is None:
            drawn = sampling.temperature_sample(model, features, max_length, temperature, seed)
        else:
            drawn = tf.tile(np.int32([[*given, model.end]]), [tf.shape(features)[0], 1])
        start = tf.fill([tf.shape(drawn)[0], 1], model.start)
        # The draw itself is scored: sampling twice in one run would only waste time.
        log_probs = tf.reduce_sum(model.log_probs(features, tf.concat([start, drawn], 1)), 1)
        fetches = drawn[:, None], log_probs[:, None]

    def write(inputs):
        squares = np.stack([each.image.square for each in inputs])
        found = sess.run(fetches, {captioner.image: preprocess_image(squares)})
        return [Written(*pair, texts_of(pair[0], words)) for pair in zip(*found)]

    return write


def _sheet(rows):
    from tf_cs231n.plots.captioning import captioned_images

    images, names, texts, truths = zip(*rows)
    named = names if names[0] is not None else None
    return captioned_images(images, texts, truths, COLUMNS, names=named)


def _explain(captioner, square, caption, words):
    """The image, the words of its caption, and a map for each of them."""
    import numpy as np

    caption = caption[~np.isin(caption, (captioner.model.null, captioner.model.end))]
    return square, [words[index] for index in caption], captioner.attributions(square, caption)


def _explained(rows):
    from tf_cs231n.plots.captioning import explained_words

    return explained_words(*rows[0])


def _keep(batch, each, found, rows):
    """Write the input's file in --out-dir, and its rows."""

    def draw():
        return _sheet([(each.image.preview, None, "\n".join(found.texts), rows[0]["true"])])

    arrays = {"captions": found.captions, "log_probs": found.log_probs}
    batch.keep(each, *rows, png=draw, svg=draw, npy=lambda: found.captions[0], npz=lambda: arrays)
