"""Every known mistake is wrong, and is named by its own name."""

import pytest

from tf_cs231n.assignment import tasks, variants
from tf_cs231n.assignment.checking import WRONG, Answers, judge_records

NUMPY = [task for task in tasks.TASKS.values() if not task.graph]


def ids(task):
    return task.name


@pytest.mark.parametrize("task", NUMPY, ids=ids)
def test_every_mistake_is_wrong_and_named_by_its_own_name(task):
    answers = Answers([task], seed=7)
    known = list(answers.mistakes(task))
    assert known
    for mistake, records in known:
        row = judge_records(task, records, answers)
        assert row.outcome == WRONG, (mistake, row)
        names = [row.mistake.name] + [other.name for other in row.also]
        same = {
            m.name
            for m, _ in known
            if mistake.name in (m.name, m.same_as) or m.name == mistake.same_as
        }
        assert mistake.name in names and set(names) <= same, (mistake, names)
        assert mistake.says in row.message


@pytest.mark.parametrize("task", NUMPY, ids=ids)
def test_names_of_mistakes_are_unique_in_a_task(task):
    names = [mistake.name for mistake in tasks.mistakes(task)]
    assert len(names) == len(set(names))


def test_at_least_a_hundred_mistakes_are_known():
    assert sum(len(tasks.mistakes(task)) for task in tasks.TASKS.values()) >= 100


@pytest.mark.parametrize("task", NUMPY, ids=ids)
def test_two_hundred_random_inputs_give_no_false_alarm_for_the_reference(task):
    for seed in range(200):
        inputs = [task.inputs(seed, case)[0] for case in range(task.cases)]
        records = variants.record_reference(task, inputs)
        assert judge_records(task, records, Answers([task], seed)).outcome == "right", seed
