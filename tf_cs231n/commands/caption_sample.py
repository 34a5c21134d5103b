"""`tf-cs231n caption sample IMAGE...`: caption images, and show what led to each word."""

import click

from tf_cs231n.commands.explaining import check_figure
from tf_cs231n.commands.option_types import AXIS, PATH, SEED, Count, Number, refuse_given


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "--folder",
    type=PATH,
    default="outputs/captioner",
    show_default=True,
    help="The training's folder.",
)
@click.option(
    "--out",
    type=PATH,
    metavar="FILE",
    help="Draw the images with their captions: .png, .svg, ...",
)
@click.option(
    "--explain", is_flag=True, help="Draw which parts of the image led to each word (one IMAGE)."
)
@click.option("--beam-width", type=AXIS, default=3, show_default=True, help="1: greedy.")
@click.option("--n-best", type=Count(), default=1, show_default=True)
@click.option("--length-penalty", type=Number(0), default=1.0, show_default=True)
@click.option(
    "--temperature", type=Number(above=0), help="Draw words at random instead, for example at 0.8."
)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--max-length", type=AXIS, default=20, show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
def sample(images, folder, out, explain, overwrite, seed, **options):
    """Caption each IMAGE: a file, `sample:NAME`, or `shapes:val:NUMBER`.

    A captioner knows only the words and things it was trained on; one trained on shapes sees
    shapes everywhere.
    """
    import numpy as np

    from sessions import graph_session
    from tf_cs231n.captioning.explain import ImageCaptioner
    from tf_cs231n.captioning.features import load_square
    from tf_cs231n.captioning.saved import load_captioner
    from tf_cs231n.captioning.shape_captions import is_true
    from tf_cs231n.captioning.shapes import open_image, scenes_of
    from tf_cs231n.errors import InputError
    from tf_cs231n.plots import save_figure
    from tf_cs231n.plots.captioning import captioned_images, explained_words
    from tf_cs231n.plots.fonts import advice

    if explain and (len(images) > 1 or out is None):
        raise InputError("--explain: expected one IMAGE and --out FILE to draw into")
    if options["temperature"] is not None:
        names = {"beam_width", "n_best", "length_penalty"}
        refuse_given(names, "with --temperature one caption is drawn word by word, without beams")
    if options["n_best"] > options["beam_width"]:
        raise InputError(
            f"--n-best: got {options['n_best']}, expected at most --beam-width "
            f"{options['beam_width']}"
        )
    if out is not None:
        check_figure(out, overwrite)
    saved = load_captioner(folder)
    opened = [open_image(image) for image in images]
    scenes = scenes_of(images)
    with graph_session() as sess:
        captioner = ImageCaptioner(saved, sess)
        squares = np.stack([load_square(image, captioner.image_size) for image in opened])
        captions, log_probs = _captions(captioner, sess, squares, seed=seed, **options)
        shown = []
        for image, several, chances, scene in zip(images, captions, log_probs, scenes):
            texts = [_text(caption, saved.words) for caption in several]
            shown.append("\n".join(texts))
            for text, chance in zip(texts, chances):
                truth = "" if scene is None else ("  true" if is_true(text, scene) else "  false")
                click.echo(f"{image}: {text}  (log p {chance:.2f}){truth}")
        if explain:
            caption = captions[0][0]
            special = (captioner.model.null, captioner.model.end)
            caption = caption[~np.isin(caption, special)]
            heats = captioner.attributions(squares[0], caption)
            words = [saved.words[index] for index in caption]
            save_figure(explained_words(squares[0], words, heats), out, overwrite)
        elif out is not None:
            truths = [None if s is None else is_true(t, s) for t, s in zip(shown, scenes)]
            save_figure(captioned_images(opened, shown, truths), out, overwrite)
    if out is not None:
        click.echo(out)
        if advice(shown):
            click.echo(f"note: {advice(shown)}", err=True)


def _captions(captioner, sess, squares, beam_width, n_best, length_penalty, temperature,
              max_length, seed):  # fmt: skip
    """Captions (N, k, T) and their log-probabilities (N, k)."""
    from tf_cs231n.captioning import sampling
    from tf_cs231n.compat import tf
    from tf_cs231n.images import preprocess_image

    model, features = captioner.model, captioner.features
    feed = {captioner.image: preprocess_image(squares)}
    if temperature is None:
        beams = sess.run(
            sampling.beam_search(model, features, max_length, beam_width, length_penalty), feed
        )
        return beams.captions[:, :n_best], beams.log_probs[:, :n_best]
    drawn = sampling.temperature_sample(model, features, max_length, temperature, seed)
    start = tf.fill([tf.shape(drawn)[0], 1], model.start)
    # The draw itself is scored: sampling twice in one run would only waste time.
    log_probs = tf.reduce_sum(model.log_probs(features, tf.concat([start, drawn], 1)), 1)
    captions, chances = sess.run([drawn, log_probs], feed)
    return captions[:, None], chances[:, None]


def _text(caption, words):
    from tf_cs231n.captioning.evaluate import texts_of

    return texts_of(caption[None], words)[0]
