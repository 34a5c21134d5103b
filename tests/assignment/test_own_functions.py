"""`--with FILE`: a learner's functions in the commands, wrong ones too, and whose is whose."""

import contextlib
import json

import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.assignment import skeletons
from tf_cs231n.assignment.hinting import RECORD, begin_record
from tf_cs231n.commands import gan as gan_command
from tf_cs231n.commands.with_file import open_gan
from tf_cs231n.datasets import Digits
from tf_cs231n.gan import discriminator, generator, lsgan_loss
from tf_cs231n.gan_training.train import load_sampler, train_gan
from tf_cs231n.images import load_image
from tf_cs231n.training import checkpoints


@pytest.fixture
def write(tmp_path):
    """Write an assignment's module with some functions done; begins a record beside it."""
    begin_record(str(tmp_path))

    def write(module, **bodies):
        text = skeletons.skeleton(module)
        for name, body in bodies.items():
            idle = f'    raise NotImplementedError("{name}")'
            assert idle in text
            text = text.replace(idle, "\n".join("    " + line for line in body.split("\n")))
        path = tmp_path / f"my_{module}.py"
        path.write_text(text)
        return path

    return write


STYLE = ["style", "sample:palace", "sample:tissue", "--image-size", 40, "--style-size", 36,
         "--max-evaluations", 3, "--tv-weight", 500]  # fmt: skip
TV = "return tv_weight * tf.reduce_sum(tf.abs(img[:, 1:] - img[:, :-1]))"
SALIENCY = """
one_hot = tf.one_hot(y, 1000)
g = tf.gradients(tf.reduce_sum(one_hot * model.scores), model.image)[0]
return {}(sess.run(g, {{model.image: X}})).sum(axis=3)"""
FOOL = """
g = tf.gradients(model.scores[0, target_y], model.image)[0]
X = X.copy()
for step in range({}):
    d = sess.run(g, {{model.image: X}})
    X += d / np.linalg.norm(d)
return X"""


def test_style_uses_the_losses_that_are_there_and_says_whose(write, run_cli, tmp_path):
    path = write("style_transfer", tv_loss=TV)
    images = []
    for own in ([], ["--with", path]):
        out = tmp_path / f"out{len(own)}.png"
        status, said, err = run_cli(*STYLE, "-o", out, *own)
        assert status == 0, err
        images.append(load_image(out))
    assert said.startswith("yours: tv_loss; ours: content_loss, gram_matrix, style_loss\n")
    assert "A falling loss proves nothing" in said
    assert np.abs(images[0].astype(int) - images[1]).max() > 5
    noted = json.loads((tmp_path / RECORD).read_text())["images"]
    assert noted["out2.png"]["functions"] == ["tv_loss"] and "out0.png" not in noted
    # The record beside the image makes it again, with the file.
    again = tmp_path / "again.png"
    status, said, err = run_cli("style", "--again", tmp_path / "out2.json", "-o", again)
    assert status == 0, err
    np.testing.assert_array_equal(load_image(again), images[1])


def test_saliency_and_fooling_show_what_the_learners_functions_do(write, run_cli, tmp_path):
    shown = []
    for use in ("np.abs", "np.array"):  # the second forgets the magnitude
        path = write("saliency", compute_saliency_maps=SALIENCY.format(use))
        out = tmp_path / "map.png"
        status, said, err = run_cli("saliency", "sample:cat", "--size", 64, "-o", out,
                                    "--with", path, "--overwrite")  # fmt: skip
        assert status == 0, err
        assert said.startswith("yours: compute_saliency_maps; ours: none")
        shown.append(load_image(out))
    assert (shown[0] != shown[1]).mean() > 0.01
    path = write("saliency", make_fooling_image=FOOL.format(1))
    status, said, err = run_cli("fool", "sample:cat", "--size", 64, "--target", 100, "-o", out,
                                "--with", path, "--overwrite")  # fmt: skip
    assert status == 0 and "NOT fooled;" in said, said + err


@pytest.mark.parametrize(
    "body, words",
    [
        ("x = img[0]\nreturn x.no_such_thing", ["AttributeError", "my_style_transfer.py, line "]),
        ("return tf.square(img)", ["tv_loss", "(1, 40, 59, 3)"]),
        ("return tf.reduce_sum(tf.matmul(img[0], img[0]))", ["my_style_transfer.py, line "]),
    ],
)
def test_an_error_is_one_line_after_the_learners_own_lines(
    body, words, write, run_cli, fails_with_one_line, tmp_path
):
    path = write("style_transfer", tv_loss=body)
    command = [*STYLE, "-o", tmp_path / "out.png", "--with", path]
    line = fails_with_one_line(*command)
    assert all(word in line for word in words), line
    if "my_style" in words[-1]:
        _, _, err = run_cli(*command)
        lines = [text for text in err.splitlines() if text.startswith("  ")]
        assert lines and all(text.startswith("  my_style_transfer.py, line") for text in lines)
    assert not (tmp_path / "out.png").exists()


def test_a_file_of_skeletons_and_one_that_does_not_run_are_refused(write, fails_with_one_line):
    path = write("style_transfer")
    command = [*STYLE, "-o", "never.png", "--with", path]
    assert "has none of the functions that are used here" in fails_with_one_line(*command)
    path.write_text("import no_such_module\n\ndef tv_loss(img, tv_weight):\n    return 0 * img\n")
    line = fails_with_one_line(*command)
    assert "ModuleNotFoundError" in line and "line 1" in line
    path.write_text("def tv_loss(img, tv_weight)\n    return 0\n")
    assert "SyntaxError" in fails_with_one_line(*command)


# --- GANs ---


@pytest.fixture(scope="module")
def digits():
    images = np.random.RandomState(0).randint(0, 256, (40, 28, 28)).astype(np.uint8)
    labels = np.arange(40).astype(np.uint8) % 10
    return Digits(images, labels, images[:10], labels[:10], "made here")


SMALL = {"steps": 2, "batch_size": 4, "draw_every": 2, "draw": 3}


def losses(training):
    return [values for _, values, _ in training]


@pytest.mark.parametrize("loss", [lsgan_loss, lambda real, fake, N, x, G: lsgan_loss(real, fake)])
def test_a_gan_with_the_same_functions_trains_the_same(digits, tmp_path, loss):
    ours = losses(train_gan(digits, tmp_path / "ours", **SMALL))
    theirs = train_gan(digits, tmp_path / "theirs", loss=loss, discriminator=discriminator,
                       generator=generator, **SMALL)  # fmt: skip
    for a, b in zip(ours, losses(theirs)):
        assert a == pytest.approx(b, rel=1e-4)


def test_a_gans_own_generator_is_asked_for_when_it_is_sampled(digits, tmp_path, raises_one_line):
    list(train_gan(digits, tmp_path, generator=generator, **SMALL))
    words = "its generator is generator, crc32", "got ours"
    with raises_one_line(*words), graph_session() as sess:
        load_sampler(tmp_path, sess)
    with raises_one_line("begun with generator"):
        list(train_gan(digits, tmp_path, **SMALL))


@pytest.mark.parametrize(
    "given, words",
    [
        ({"loss": lambda real, fake: 0}, ["loss", "D_loss, G_loss"]),
        ({"loss": lambda real, fake: (fake, fake)}, ["D_loss: got shape (4, 1)"]),
        ({"loss": lambda real, fake: lsgan_loss(fake, real)[::-1]}, ["G_loss", "samples"]),
        ({"generator": lambda z: z}, ["generator", "(4, 96)"]),
        ({"discriminator": lambda x: x[:, :1]}, ["discriminator", "no variables in the scope"]),
    ],
)
def test_what_is_no_network_or_loss_is_refused(given, words, digits, tmp_path, raises_one_line):
    if "loss" in given and given["loss"].__code__.co_names == ("lsgan_loss",):
        given = {"loss": lambda real, fake: (lsgan_loss(real, fake)[0], lsgan_loss(real, real)[1])}
    with raises_one_line(*words):
        list(train_gan(digits, tmp_path, **given, **SMALL))


D = """
with tf.variable_scope("discriminator"):
    return dense_layer("logits", x, 1)"""
WGAN = """
with tf.variable_scope("", reuse=True):
    slopes = tf.gradients(discriminator(x), x)[0]
return tf.reduce_mean(logits_fake - logits_real) + {} * tf.reduce_sum(slopes ** 2), \\
    -tf.reduce_mean(logits_fake)"""


def test_gan_train_takes_networks_and_loss_of_the_file(
    write, run_cli, digits, tmp_path, monkeypatch
):
    judge = contextlib.nullcontext(lambda samples: (np.full((len(samples), 10), 0.1),))
    monkeypatch.setattr(gan_command, "open_judge", lambda digits: judge)
    monkeypatch.setattr("tf_cs231n.datasets.load_mnist", lambda path: digits)
    folders = []
    for weight in (0, 3):
        path = write("gan", discriminator=D, wgan_gp_loss=WGAN.format(weight))
        status, said, err = run_cli("gan", "train", "--with", path, "--steps", 3, "--batch-size", 4)
        assert status == 0, err
        assert said.startswith("yours: discriminator, wgan_gp_loss; ours: generator\n")
        folders.append(said.split(": trained")[0].split("\n")[-1])
    first, second = (checkpoints.load_settings(folder) for folder in folders)
    assert folders[0] != folders[1] and first["loss"] != second["loss"]  # each version its own
    assert first["critic_steps"] == 5
    noted = json.loads((tmp_path / RECORD).read_text())["images"]
    assert [name.split("/")[-1] for name in noted] == ["samples.gif", "samples.gif"]


def test_another_loss_is_taken_where_the_file_has_no_other(write):
    path = write("gan", gan_loss="return logits_real + 0, logits_fake + 0", leaky_relu="return x")
    own, loss, given = open_gan(str(path), "dcgan", "lsgan")
    assert loss == "vanilla" and own.names == ["dcgan_discriminator", "dcgan_generator", "gan_loss"]
    assert given["discriminator"] is None and given["loss"].__name__ == "gan_loss"
