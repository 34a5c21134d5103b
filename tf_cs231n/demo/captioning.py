"""An LSTM learns to caption images of shapes, and shows what led to each word."""

import os
import time

import numpy as np

from sessions import graph_session
from tf_cs231n.captioning import coco, evaluate, shapes
from tf_cs231n.captioning.explain import ImageCaptioner
from tf_cs231n.captioning.sampling import beam_search
from tf_cs231n.captioning.saved import MODEL_FILE, load_captioner
from tf_cs231n.captioning.shape_captions import is_true
from tf_cs231n.captioning.train import train
from tf_cs231n.demo import Entry
from tf_cs231n.files import pretrained_dir
from tf_cs231n.images import preprocess_image
from tf_cs231n.plots import captioning as plots
from tf_cs231n.plots import save_figure
from tf_cs231n.terminal import progress_bar

TITLE = "Image captioning"
TEXT = (
    "An LSTM reads SqueezeNet's features of an image and writes a sentence, word by word. It was "
    "trained on this machine, on drawn scenes, so that each caption can be judged as true or "
    "false. No training image shows the combinations of objects below."
)

NUM_TRAIN = 6000  # images; the default of the command is more, and takes longer
STEPS = 600
SHOWN = 12


def entries(folder):
    """Train (or load what an earlier run trained), then draw each figure and yield its `Entry`."""
    start = time.time()
    with progress_bar(total=NUM_TRAIN, unit="image", desc="drawing images", leave=False) as bar:
        data_folder = shapes.shapes_data(
            num_train=NUM_TRAIN, progress=lambda done, total: bar.update(done - bar.n)
        )
    data = coco.load_coco_data(data_folder)
    trained = os.path.join(pretrained_dir(), f"captioner-{os.path.basename(data_folder)}")
    done = os.path.join(trained, MODEL_FILE)
    if os.path.exists(done):
        settings = "an LSTM trained in an earlier run"
    else:
        settings = f"LSTM, {STEPS} steps of 100 captions"
    training = train(
        trained, data, steps=STEPS, decay_steps=200, validate_every=200, data_folder=data_folder
    )
    history = list(progress_bar(training, total=STEPS, unit="step", desc="training", leave=False))
    saved = load_captioner(trained)
    command = f"tf-cs231n caption train --steps {STEPS} --decay-steps 200 --validate-every 200"
    if history:
        save_figure(plots.validation_curves(history), os.path.join(folder, "captioner_losses.png"))
        scores = history[-1].scores
        yield Entry(
            "captioner_losses.png",
            "Learning to caption: the loss falls, the validation scores rise. "
            f"{scores['true']:.0%} of the captions of held-out scenes are true.",
            settings,
            time.time() - start,
            command,
        )

    images = evaluate.captioned_images(data, "val", SHOWN)
    drawn = np.stack([shapes.render(scene) for scene in images.scenes])
    with graph_session() as sess:
        start = time.time()
        captioner = ImageCaptioner(saved, sess)
        beams = beam_search(captioner.model, captioner.features, 16, beam_width=3)
        best = sess.run(beams.captions, {captioner.image: preprocess_image(drawn)})[:, 0]
        texts = evaluate.texts_of(best, saved.words)
        truths = [is_true(text, scene) for text, scene in zip(texts, images.scenes)]
        figure = plots.captioned_images(list(drawn), texts, truths, columns=6)
        save_figure(figure, os.path.join(folder, "captions.png"))
        yield Entry(
            "captions.png",
            f"The first {SHOWN} held-out scenes with their captions: true ones green, false ones "
            f"red. {sum(truths)} of {SHOWN} are true.",
            "beam width 3",
            time.time() - start,
            "tf-cs231n caption sample shapes:val:0 shapes:val:1 ... --out captions.png",
        )

        start = time.time()
        apart = [tells_apart(scene) for scene in images.scenes]
        chosen = max(range(SHOWN), key=lambda n: (truths[n], apart[n], len(texts[n].split())))
        special = (captioner.model.null, captioner.model.end)
        caption = best[chosen][~np.isin(best[chosen], special)]
        heats = captioner.attributions(drawn[chosen], caption)
        words = [saved.words[index] for index in caption]
        figure = plots.explained_words(drawn[chosen], words, heats)
        save_figure(figure, os.path.join(folder, "caption_words.png"))
        yield Entry(
            "caption_words.png",
            "Which part of the image led to each word: by how much the word's score drops when a "
            "part is painted over.",
            "",
            time.time() - start,
            f"tf-cs231n caption sample shapes:val:{chosen} --explain --out words.png",
        )


def tells_apart(scene):
    """Whether each of two shapes has its own color and kind, so that every word has its place."""
    return len(scene) == 2 and not {scene[0].color, scene[0].kind} & {scene[1].color, scene[1].kind}
