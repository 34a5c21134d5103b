"""The training loop: exact resume, whole checkpoints, and clear ends."""

import errno
import fcntl
import json
import os
import random
import resource
import shutil
import signal

import numpy as np
import pytest
from killing import kill_again_and_again

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.interruption import Stop, Stopped, stoppable
from tf_cs231n.training import checkpoints
from tf_cs231n.training.loop import NotFinite, Training, minimize, passing_errors
from tf_cs231n.training.minibatches import batch_tensors, global_step, step_seed

OLD_TRAINING = os.path.join(os.path.dirname(os.path.dirname(__file__)), "old_files", "training")
EXAMPLES = np.random.RandomState(1).randn(23, 3)


@pytest.fixture(autouse=True)
def fresh_graph():
    with tf.Graph().as_default():
        yield


def linear_model(learning_rate=0.01, clip_norm=None, inputs=3):
    """A regression whose loss sees a shuffled minibatch and fresh noise at each step."""
    (x,) = batch_tensors(lambda i: (EXAMPLES[i, :inputs],), len(EXAMPLES), batch_size=4, seed=5)
    weights = tf.get_variable("weights", [inputs, 2], tf.float64, tf.ones_initializer())
    noise = tf.random.stateless_normal([4, 2], step_seed(5), dtype=tf.float64)
    loss = tf.reduce_mean(tf.square(tf.matmul(x, weights) - noise))
    train_op, norm = minimize(loss, tf.train.AdamOptimizer(learning_rate), clip_norm=clip_norm)
    return train_op, {"loss": loss, "norm": norm}


def train(folder, until, build=linear_model, settings=None, **options):
    """Train in a graph of its own; return the losses and the final weights."""
    with tf.Graph().as_default():
        phase = build()
        with Training(folder, [phase], settings, **options) as training:
            history = [(step, values["loss"]) for step, values in training.steps(until)]
            return history, training.run(tf.global_variables("weights"))[0]


def test_resumed_training_equals_the_undisturbed_one_bit_for_bit(tmp_path):
    whole, weights = train(tmp_path / "whole", 20)
    first, _ = train(tmp_path / "parts", 7)
    second, resumed_weights = train(tmp_path / "parts", 20)
    assert first + second == whole
    np.testing.assert_array_equal(resumed_weights, weights)
    assert len({loss for _, loss in whole}) == 20  # each step saw its own batch and noise


def test_each_epoch_of_batches_passes_every_example_once(tmp_path):
    with graph_session() as sess:
        (batch,) = batch_tensors(lambda i: (i,), 6, batch_size=4, seed=0, batches_per_step=3)
        step = tf.train.get_global_step()
        sess.run(tf.global_variables_initializer())
        sess.run(tf.tables_initializer())
        drawn = np.concatenate([sess.run(batch) for _ in range(6)])
        for epoch in drawn.reshape(4, 6):
            assert sorted(epoch) == list(range(6))
        assert len({tuple(epoch) for epoch in drawn.reshape(4, 6)}) == 4
        sess.run(tf.assign(step, 1))
        sess.run(tf.tables_initializer())
        np.testing.assert_array_equal(sess.run(batch), drawn[12:16])


def test_finished_training_does_nothing_more(tmp_path):
    train(tmp_path, 3)
    assert train(tmp_path, 3)[0] == []


def test_leaving_the_loop_early_saves_the_step(tmp_path):
    def losses():
        with tf.Graph().as_default(), Training(tmp_path, [linear_model()]) as training:
            yield from training.steps(9)

    for step, _ in losses():
        if step == 4:
            break
    assert [step for step, _ in checkpoints.list_checkpoints(tmp_path)] == [4]


def test_phases_run_in_turn_and_every_value_is_reported(tmp_path):
    with tf.Graph().as_default():
        a = tf.get_variable("a", [], initializer=tf.zeros_initializer())
        double, add = tf.assign(a, 2 * a), tf.assign_add(a, 1.0)
        with Training(tmp_path, [(add, {"a": add}), (double, {"b": double})]) as training:
            values = [values for _, values in training.steps(3)]
    assert values == [{"a": 1, "b": 2}, {"a": 3, "b": 6}, {"a": 7, "b": 14}]


def test_what_a_killed_training_left_unfinished_is_removed_at_the_next_start(tmp_path):
    train(tmp_path, 2)
    (tmp_path / ".saving").mkdir()
    left = [tmp_path / name for name in (".saving/model", ".2u2oub_6-checkpoint")]
    mine = [tmp_path / name for name in (".notes-checkpoint", ".gitignore")]
    for path in left + mine:
        path.write_text("half")
    train(tmp_path, 4)
    assert not any(path.exists() for path in left) and all(path.exists() for path in mine)


def test_only_the_newest_checkpoints_stay_and_a_plain_saver_restores_them(tmp_path):
    _, weights = train(tmp_path, 9, save_seconds=0, keep=3)
    assert [step for step, _ in checkpoints.list_checkpoints(tmp_path)] == [7, 8, 9]
    assert not os.path.exists(tmp_path / ".saving")
    with graph_session() as sess:
        linear_model()
        tf.train.Saver().restore(sess, tf.train.latest_checkpoint(str(tmp_path)))
        np.testing.assert_array_equal(sess.run(tf.global_variables("weights")[0]), weights)


def test_resume_passes_over_broken_checkpoints(tmp_path):
    whole, _ = train(tmp_path / "whole", 12)
    train(tmp_path / "broken", 9, save_seconds=0, keep=3)
    paths = [path for _, path in checkpoints.list_checkpoints(tmp_path / "broken")]
    with open(paths[2] + ".index", "rb+") as file:
        file.truncate(20)
    with open(paths[1] + ".data-00000-of-00001", "rb+") as file:
        file.write(b"\xff" * 16)
    assert not checkpoints.is_readable(paths[1])
    again, _ = train(tmp_path / "broken", 12)
    assert again == whole[7:]
    for _, path in checkpoints.list_checkpoints(tmp_path / "broken"):
        open(path + ".index", "w").close()
    with pytest.raises(InputError, match="none of its 3 checkpoints can be read"):
        train(tmp_path / "broken", 12)


def test_lost_state_file_does_not_matter(tmp_path):
    train(tmp_path, 4)
    (tmp_path / "checkpoint").write_text("garbage {")
    assert [step for step, _ in train(tmp_path, 6)[0]] == [5, 6]


def test_sigkill_at_random_moments_loses_nothing(tmp_path):
    kills = 3
    until = 20 * kills
    _, weights = train(tmp_path / "whole", until)
    code = f"""
        from killing import told_steps
        from test_loop import *
        with tf.Graph().as_default():
            phase = linear_model()
            with Training({str(tmp_path / "killed")!r}, [phase], save_seconds=0) as training:
                told_steps(step for step, _ in training.steps({until}))
    """
    kill_again_and_again(random.Random(0), kills, tmp_path / "killed", code, until)
    _, resumed_weights = train(tmp_path / "killed", until)
    np.testing.assert_array_equal(resumed_weights, weights)


def test_a_stopped_training_saves_the_step_and_says_how_to_go_on(tmp_path):
    whole, _ = train(tmp_path / "whole", 8)
    stop = Stop()
    stops = pytest.raises(Stopped, match="stopped by the page after step 5, which is saved in")
    with stops, Training(tmp_path / "stopped", [linear_model()], stop=stop) as training:
        for step, _ in training.steps(8):
            if step == 5:
                stop.request("the page")
    assert train(tmp_path / "stopped", 8)[0] == whole[5:]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_on_the_command_line_stops_a_training(tmp_path, number):
    name = signal.Signals(number).name
    stops = pytest.raises(Stopped, match=f"stopped by {name} after step 2, which is saved in")
    with stops, stoppable(command_line=True), Training(tmp_path, [linear_model()]) as training:
        for step, _ in training.steps(8):
            if step == 2:
                os.kill(os.getpid(), number)


def test_in_a_notebook_a_second_ctrl_c_acts_at_once_and_keeps_the_checkpoint(tmp_path):
    train(tmp_path, 3)
    with pytest.raises(KeyboardInterrupt), Training(tmp_path, [linear_model()]) as training:
        for _ in training.steps(9):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
    assert checkpoints.list_checkpoints(tmp_path)[-1][0] == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_step_is_saved_when_its_caller_asks_for_the_next(tmp_path):
    with Training(tmp_path, [linear_model()], save_seconds=0) as training:
        for step, _ in training.steps(3):
            saved = [number for number, _ in checkpoints.list_checkpoints(tmp_path)]
            assert saved == list(range(1, step))


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_a_step_whose_caller_fails_is_done_again(tmp_path, error):
    def losses():
        with tf.Graph().as_default(), Training(
            tmp_path, [linear_model()], save_seconds=0
        ) as training:
            yield from training.steps(9)

    with pytest.raises(type(error)), passing_errors(losses()) as steps:
        for step, _ in steps:
            if step == 4:
                raise error
    assert checkpoints.list_checkpoints(tmp_path)[-1][0] == 3
    assert next(losses())[0] == 4


def exploding_model():
    """A loss that is NaN at step 7."""
    train_op, values = linear_model()
    step = tf.cast(global_step(), tf.float64)
    return train_op, {"loss": values["loss"] + tf.log(5.5 - step)}


def test_nan_stops_with_its_step_and_keeps_the_last_good_checkpoint(tmp_path):
    with pytest.raises(NotFinite, match="loss is nan at step 7; step 6 is the last good one"):
        train(tmp_path, 20, exploding_model, save_seconds=0)
    assert [step for step, _ in checkpoints.list_checkpoints(tmp_path)] == [4, 5, 6]


def test_weights_that_are_not_finite_are_never_saved(tmp_path):
    def poisoned():
        train_op, values = linear_model()
        weights = tf.global_variables("weights")[0]
        with tf.control_dependencies([train_op, values["loss"]]):
            return tf.assign(weights, weights / 0).op, {"loss": tf.identity(values["loss"])}

    with pytest.raises(NotFinite, match="weights are not finite after step 1; nothing was saved"):
        train(tmp_path, 1, poisoned)
    assert checkpoints.list_checkpoints(tmp_path) == []


def test_full_disk_is_one_line_and_the_last_checkpoint_stays(tmp_path):
    whole, _ = train(tmp_path / "whole", 6)
    folder = tmp_path / "full"
    train(folder, 4)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.raises(InputError) as caught, Training(
        folder, [linear_model()], save_seconds=0
    ) as training:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            list(training.steps(6))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    message = str(caught.value)
    assert f"cannot write {folder}/model.ckpt-5: File too large: it takes" in message
    # The weights (3, 2) and Adam's two averages in float64, its two powers, and the global step.
    assert f"takes {3 * 6 * 8 + 2 * 4 + 8} bytes" in message and f"free in {folder}" in message
    assert [step for step, _ in checkpoints.list_checkpoints(folder)] == [4]
    assert not os.path.exists(folder / ".saving")
    assert train(folder, 6)[0] == whole[4:]


def test_a_file_system_without_locks_gets_a_warning(tmp_path, monkeypatch):
    def flock(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.warns(UserWarning, match="this file system has no locks"):
        assert len(train(tmp_path, 3)[0]) == 3


def test_a_training_begun_by_the_first_version_goes_on_to_the_same_numbers(tmp_path):
    """The folder is as commit ad6f549 left it after 4 steps; the losses are its own, to step 8."""
    for name in os.listdir(OLD_TRAINING):
        shutil.copy(os.path.join(OLD_TRAINING, name), tmp_path)
    history, weights = train(tmp_path, 8, settings={"hidden_dim": 4, "steps": 8}, free=["steps"])
    expected = [2.1826685148348095, 7.352664679501066, 7.471895461940768, 1.1845379897845216]
    assert [step for step, _ in history] == [5, 6, 7, 8]
    np.testing.assert_allclose([loss for _, loss in history], expected, rtol=1e-14)
    np.testing.assert_allclose(weights[0], [0.93141088, 0.97323415], rtol=1e-7)


def test_second_training_in_a_folder_refuses(tmp_path):
    with Training(tmp_path, [linear_model()]) as training:
        list(training.steps(2))
        with pytest.raises(InputError, match="another training runs in this folder"):
            train(tmp_path, 3)
    assert [step for step, _ in train(tmp_path, 3)[0]] == [3]


def test_checkpoint_of_another_model_is_named(tmp_path):
    train(tmp_path, 2)
    with pytest.raises(InputError, match=r"weights has shape \[3, 2\] there, \[2, 2\] here"):
        train(tmp_path, 3, lambda: linear_model(inputs=2))

    def larger():
        tf.get_variable("bias", [2])
        return linear_model()

    with pytest.raises(InputError, match="another model: it has no bias"):
        train(tmp_path, 3, larger)
    train(tmp_path / "larger", 1, larger)
    with pytest.raises(InputError, match="another model: here is no bias"):
        train(tmp_path / "larger", 3)


def test_settings_must_stay_unless_they_are_free(tmp_path):
    train(tmp_path, 1, settings={"hidden_dim": 4, "steps": 1}, free=["steps"])
    train(tmp_path, 2, settings={"hidden_dim": 4, "steps": 2}, free=["steps"])
    assert json.loads((tmp_path / "settings.json").read_text()) == {"hidden_dim": 4, "steps": 2}
    with pytest.raises(InputError, match="begun with hidden_dim 4, got 5"):
        train(tmp_path, 3, settings={"hidden_dim": 5, "steps": 2}, free=["steps"])
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(InputError, match=r"settings.json is broken"):
        train(tmp_path, 3)


def test_summaries_hold_every_value_at_its_step(tmp_path):
    history, _ = train(tmp_path, 6, summary_steps=2)
    (events,) = tmp_path.glob("events.*")
    written = {
        event.step: entry.simple_value
        for event in tf.train.summary_iterator(str(events))
        for entry in event.summary.value
        if entry.tag == "loss"
    }
    expected = {step: loss for step, loss in history if step % 2 == 0}
    assert written == pytest.approx(expected, rel=1e-6)


def test_clipping_scales_all_gradients_to_the_norm():
    with graph_session() as sess:
        a, b = tf.get_variable("a", [2]), tf.get_variable("b", [])
        loss = 2 * a[0] + 3 * a[1] + 6 * b  # gradient (2, 3, 6): norm 7
        train_op, norm = minimize(loss, tf.train.GradientDescentOptimizer(1.0), clip_norm=0.7)
        sess.run(tf.global_variables_initializer())
        before = sess.run([a, b])
        assert sess.run([norm, train_op])[0] == pytest.approx(7)
        after = sess.run([a, b])
    np.testing.assert_allclose(before[0] - after[0], [0.2, 0.3], rtol=1e-5)
    np.testing.assert_allclose(before[1] - after[1], 0.6, rtol=1e-5)


def test_minimize_works_inside_a_scope_that_reuses_its_variables():
    with graph_session() as sess, tf.variable_scope("model"):
        weights = tf.get_variable("weights", [], initializer=tf.ones_initializer())
        with tf.variable_scope(tf.get_variable_scope(), reuse=True):
            again = tf.get_variable("weights", [])
            train_op, _ = minimize(tf.square(again), tf.train.AdamOptimizer(0.125))
        sess.run(tf.global_variables_initializer())
        sess.run(train_op)
        # The first step of Adam has the length of the learning rate.
        assert sess.run(weights) == pytest.approx(0.875, rel=1e-6)


def test_restore_loads_part_of_a_model_and_refuses_an_empty_folder(tmp_path):
    _, weights = train(tmp_path / "full", 3)
    with graph_session() as sess:
        mine = tf.get_variable("weights", [3, 2], tf.float64)
        assert checkpoints.restore(sess, tmp_path / "full", [mine]) == 3
        np.testing.assert_array_equal(sess.run(mine), weights)
        with tf.Graph().as_default(), pytest.raises(InputError, match="weights is float64 there"):
            other = tf.get_variable("weights", [3, 2], tf.float32)
            checkpoints.restore(tf.Session(), tmp_path / "full", [other])
        with pytest.raises(InputError, match="no checkpoint in this folder"):
            checkpoints.restore(sess, tmp_path, [mine])
