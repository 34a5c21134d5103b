"""Right is right however it is written: loops, float32, other but equal formulas, the package.

A few of the 200 random inputs of each task here, all of them under `make soak`.
"""

import functools
import importlib

import loops
import other_captioner
import pytest
from soak import cases

from tf_cs231n.assignment import graphs, tasks, variants
from tf_cs231n.assignment.answers import Answers
from tf_cs231n.assignment.checking import RIGHT, judge_records

LAYERS = [task for task in tasks.TASKS.values() if task.name in loops.ALL]
METHODS = [task for task in tasks.TASKS.values() if task.module == "rnn"]
GRAPHS = [task for task in tasks.TASKS.values() if task.graph]
FLOAT64 = [task for task in GRAPHS if task.module in ("norms", "information")]


def outcome(task, functions, seed):
    answers = Answers([task], seed)
    inputs = [inputs for inputs, _ in answers.cases(task)]
    own = variants.record_learner(task, dict(functions), inputs)["own"]
    row = judge_records(task, own, answers)
    return row.outcome if row.outcome == RIGHT else row


def assert_right(task, functions, few):
    for seed in range(cases(few, 200)):
        assert outcome(task, functions, seed) == RIGHT, seed


def ids(task):
    return task.name


@pytest.mark.parametrize("task", LAYERS, ids=ids)
def test_loops_and_float32_give_no_false_alarm(task):
    assert_right(task, loops.ALL, 20)
    if task.name not in ("temporal_softmax_loss", "sigmoid"):  # their numbers are too large
        float32 = {name: loops.in_float32(function) for name, function in loops.ALL.items()}
        assert_right(task, float32, 20)


@pytest.mark.parametrize("task", METHODS, ids=ids)
@pytest.mark.parametrize("captioner", ["CaptioningRNN", "InFloat32"])
def test_a_captioner_word_by_word_gives_no_false_alarm(task, captioner):
    assert_right(task, {"CaptioningRNN": getattr(other_captioner, captioner)}, 10)


def few(task):
    return 1 if task.module in ("gan", "saliency") else 10


@pytest.mark.parametrize("task", GRAPHS, ids=ids)
def test_another_graph_of_the_same_function_gives_no_false_alarm(task):
    graphs.open_tensorflow()
    assert_right(task, vars(importlib.import_module("other_graphs")), few(task))


@pytest.mark.parametrize("task", GRAPHS, ids=ids)
def test_the_reference_gives_no_false_alarm(task):
    graphs.open_tensorflow()
    assert_right(task, vars(tasks.solution(task.module)), 1)


@pytest.mark.parametrize("task", FLOAT64, ids=ids)
def test_a_graph_in_float32_gives_no_false_alarm(task):
    other = importlib.import_module("other_graphs")
    assert_right(task, {task.name: other.in_float32(getattr(other, task.name))}, 2)


def test_the_epsilon_of_batch_norm_is_left_open():
    other = importlib.import_module("other_graphs")
    smaller = functools.partial(other.dcgan_generator, epsilon=1e-5)
    assert outcome(tasks.TASKS["dcgan_generator"], {"dcgan_generator": smaller}, 0) == RIGHT


def test_what_the_course_leaves_open_is_right_either_way():
    graphs.open_tensorflow()
    task = tasks.TASKS["create_class_visualization"]
    answers = Answers([task], 4)
    (records,) = answers.alternatives(task)
    assert judge_records(task, records, answers).outcome == RIGHT


PACKAGE = {
    "saliency": "tf_cs231n.saliency",
    "style_transfer": "tf_cs231n.style_transfer",
    "gan": "tf_cs231n.gan",
    "norms": "tf_cs231n.norms",
    "information": "tf_cs231n.information",
}
# Drawn from a generator of its own; not of the package's names.
NOT_OF_THE_PACKAGE = {"create_class_visualization", "get_train_steps", "maximum_likelihood"}


@pytest.mark.parametrize("task", GRAPHS, ids=ids)
def test_the_package_is_right(task):
    graphs.open_tensorflow()
    if task.name not in NOT_OF_THE_PACKAGE:
        functions = vars(importlib.import_module(PACKAGE[task.module]))
        assert task.name in functions
        assert outcome(task, functions, 0) == RIGHT


def test_the_package_finds_maximum_likelihood_too():
    graphs.open_tensorflow()
    functions = vars(importlib.import_module("tf_cs231n.likelihood"))
    assert outcome(tasks.TASKS["maximum_likelihood"], functions, 0) == RIGHT
