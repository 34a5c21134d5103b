"""Right is right however it is written: loops, float32, other but equal formulas, the package."""

import importlib

import loops
import pytest

from tf_cs231n.assignment import graphs, tasks, variants
from tf_cs231n.assignment.answers import Answers
from tf_cs231n.assignment.checking import RIGHT, judge_records

LAYERS = [task for task in tasks.TASKS.values() if task.name in loops.ALL]
GRAPHS = [task for task in tasks.TASKS.values() if task.graph]


def outcome(task, functions, seed):
    answers = Answers([task], seed)
    cases = [inputs for inputs, _ in answers.cases(task)]
    row = judge_records(task, variants.record_learner(task, dict(functions), cases)["own"], answers)
    return row.outcome if row.outcome == RIGHT else row


@pytest.mark.parametrize("task", LAYERS, ids=lambda task: task.name)
def test_loops_and_float32_give_no_false_alarm_in_200_inputs(task):
    float32 = {name: loops.in_float32(function) for name, function in loops.ALL.items()}
    for seed in range(200):
        assert outcome(task, loops.ALL, seed) == RIGHT, seed
        if task.name not in ("temporal_softmax_loss", "sigmoid"):
            assert outcome(task, float32, seed) == RIGHT, seed


def second_graphs(task):
    other = importlib.import_module("other_graphs")
    return vars(other) if hasattr(other, task.name) else None


@pytest.mark.parametrize("task", GRAPHS, ids=lambda task: task.name)
def test_another_graph_of_the_same_function_is_right(task):
    graphs.open_tensorflow()
    functions = second_graphs(task)
    if functions is None:  # there is one way to build these networks
        functions = vars(tasks.solution(task.module))
    for seed in range(2 if task.module in ("gan", "saliency") else 10):
        assert outcome(task, functions, seed) == RIGHT, seed


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


@pytest.mark.parametrize("task", GRAPHS, ids=lambda task: task.name)
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
