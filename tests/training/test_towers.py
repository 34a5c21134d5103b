"""Towers on several CPU devices: the numbers of one device, computed where they should be."""

import contextlib
import re

import numpy as np
import pytest
from soak import cases
from tower_models import CLOSE, MODELS, RNG, THREE, TWO, difference, train, trained

from sessions import get_session
from tf_cs231n.compat import fresh_graph, tf
from tf_cs231n.layers import batch_norm
from tf_cs231n.training.minibatches import global_step
from tf_cs231n.training.towers import Towers, find_towers


@pytest.mark.parametrize("model", MODELS)
def test_gradients_of_unequal_towers_and_twenty_steps_are_those_of_one_device(model):
    """Biases before a batch norm have gradient 0, so beside the others' there is only rounding."""
    options = {"steps": cases(2 if model == "dcgan" else 20, 20), "N": 7}
    gradients, weights = trained(MODELS[model], None, **options)
    other_gradients, other_weights = trained(MODELS[model], TWO, **options)
    largest = max(np.abs(gradient).max() for gradient in gradients.values())
    assert largest > 0.01
    assert difference(gradients, other_gradients, largest / 100) < CLOSE[model]
    assert difference(weights, other_weights, 0.1) < CLOSE[model]


def test_a_batch_norms_moments_and_averages_are_those_of_all_rows():
    x = np.float32(RNG.randn(7, 3) * [1, 5, 0.1] + [0, 100, 3])
    towers = Towers(THREE)
    with fresh_graph(), towers.chief(), tf.variable_scope("", use_resource=True):

        def normalized(rows):
            with tf.variable_scope("", reuse=tf.AUTO_REUSE):
                return batch_norm(rows, True)

        whole = tf.concat(towers.map(normalized, tf.constant(x)), axis=0)
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        moving = tf.global_variables()[2:]
        initialize = tf.global_variables_initializer()
        with towers.session() as session:
            session.run(initialize)
            session.run(updates)
            got, (mean, variance) = session.run([whole, moving])
    assert len(updates) == 2
    expected = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3)
    np.testing.assert_allclose(got, expected, atol=2e-4)
    np.testing.assert_allclose(mean, 0.01 * x.mean(0), rtol=1e-4)
    np.testing.assert_allclose(variance, 0.99 + 0.01 * x.var(0), rtol=1e-4)


def test_each_tower_computes_forward_and_back_on_its_device_and_variables_stay_on_the_chief():
    towers = Towers(TWO)
    with fresh_graph() as graph, towers.chief():
        MODELS["dcgan"](towers, 6, lambda: tf.train.AdamOptimizer())
        kinds = {"Conv2D", "Conv2DBackpropFilter", "MatMul", "MaxPoolGrad", "TanhGrad"}
        for kind in kinds:
            places = [op.device for op in graph.get_operations() if op.type == kind]
            halves = [len([p for p in places if p.endswith(f"CPU:{i}")]) for i in (0, 1)]
            assert halves[0] == halves[1] > 0 and sum(halves) == len(places), kind
        holders = [op for op in graph.get_operations() if op.type == "VarHandleOp"]
        assert {op.device for op in holders} == {"/device:CPU:0"}
        changed = re.compile("Assign.*VariableOp|ResourceApplyAdam|ReadVariableOp")
        for op in graph.get_operations():
            if changed.fullmatch(op.type):
                assert op.device in ("", "/device:CPU:0"), op  # "": where its variable is


def test_without_devices_the_graph_has_none():
    with fresh_graph() as graph, find_towers(None).chief():
        MODELS["dcgan"](find_towers(None), 6, tf.train.AdamOptimizer)
        placed = {op.device for op in graph.get_operations()}
    assert placed == {"", "/device:CPU:0"}  # the latter is the minibatches'


def test_a_training_goes_on_on_another_number_of_devices(tmp_path):
    whole, weights = train(tmp_path / "whole", 12, None)
    parts = []
    for until, devices in [(3, TWO), (6, None), (9, THREE), (12, ["cpu:1"])]:
        losses, last = train(tmp_path / "parts", until, devices)
        parts += losses
    np.testing.assert_allclose(parts, whole, rtol=1e-12)
    np.testing.assert_allclose(last, weights, rtol=1e-12)


def test_two_towers_resume_bit_for_bit(tmp_path):
    whole, weights = train(tmp_path / "whole", 8, TWO)
    first, _ = train(tmp_path / "parts", 3, TWO)
    second, resumed = train(tmp_path / "parts", 8, TWO)
    assert first + second == whole
    np.testing.assert_array_equal(resumed, weights)


@pytest.mark.parametrize(
    "devices, words",
    [
        (["tpu:0"], ("devices", "tpu:0", "gpu:0")),
        (["cpu:0", "CPU:0"], ("devices", "each once")),
        ([], ("devices", "none")),
        ("cpu", ("devices", "cpu")),
    ],
)
def test_a_wrong_list_of_devices_is_named(devices, words, raises_one_line):
    with raises_one_line(*words):
        Towers(devices)


def test_a_device_that_is_not_there_is_named(tmp_path, raises_one_line):
    with raises_one_line("devices", "gpu:7", "not on this machine"):
        train(tmp_path, 1, ["gpu:7", "cpu:0"])


def test_a_minibatch_with_fewer_rows_than_towers_is_refused(raises_one_line):
    with fresh_graph(), raises_one_line("batch size, for 2 devices", "got 1"):
        Towers(TWO).split(tf.zeros([1, 3]))


def test_an_error_in_a_tower_leaves_the_graph_as_it_was():
    towers = Towers(TWO)

    def broken(rows):
        raise ZeroDivisionError

    with fresh_graph() as graph, contextlib.suppress(ZeroDivisionError):
        towers.map(broken, tf.zeros([2, 1]))
    with graph.as_default():
        assert tf.zeros([]).op.device == "" and not tf.get_variable_scope().name


@pytest.mark.parametrize("cpus", [1, 3])
def test_a_session_has_as_many_cpu_devices_as_were_asked_for(cpus):
    with get_session(cpus=cpus) as session:
        kinds = [device.device_type for device in session.list_devices()]
    assert kinds.count("CPU") == cpus


def test_the_global_step_is_the_chiefs():
    with fresh_graph(), Towers(["cpu:1"]).chief():
        assert global_step().op.device == "/device:CPU:1"
