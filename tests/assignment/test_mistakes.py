"""Every known mistake is wrong, and is named by its own name; the reference never is."""

import pytest
from soak import cases

from tf_cs231n.assignment import graphs, tasks, variants
from tf_cs231n.assignment.answers import Answers
from tf_cs231n.assignment.checking import RIGHT, WRONG, judge_records

TASKS = list(tasks.TASKS.values())


@pytest.fixture(autouse=True)
def tensorflow_where_it_is_needed(request):
    if request.node.callspec.params["task"].graph if hasattr(request.node, "callspec") else False:
        graphs.open_tensorflow()


def ids(task):
    return task.name


@pytest.mark.parametrize("task", TASKS, ids=ids)
def test_every_mistake_is_wrong_and_named_by_its_own_name(task):
    answers = Answers([task], seed=7)
    known = answers.mistakes(task)
    assert known
    misnamed = []
    for mistake, records in known:
        row = judge_records(task, records, answers)
        names = {m.name for m in [row.mistake] + row.also if m}
        same = {mistake.name, mistake.same_as} | {
            m.name for m, _ in known if m.same_as == mistake.name
        }
        if row.outcome != WRONG or not {mistake.name} <= names <= same:
            misnamed.append((mistake, row, names))
        elif row.mistake is mistake:
            assert mistake.says in row.message
    assert misnamed == []


@pytest.mark.parametrize("task", TASKS, ids=ids)
def test_names_of_mistakes_are_unique_in_a_task(task):
    names = [mistake.name for mistake in tasks.mistakes(task)]
    assert len(names) == len(set(names))


def test_at_least_a_hundred_mistakes_are_known():
    assert sum(len(tasks.mistakes(task)) for task in TASKS) >= 100


@pytest.mark.parametrize("task", [task for task in TASKS if not task.graph], ids=ids)
def test_random_inputs_give_no_false_alarm_for_the_reference(task):
    for seed in range(cases(20, 200)):
        answers = Answers([task], seed)
        records = variants.record_reference(task, [inputs for inputs, _ in answers.cases(task)])
        assert judge_records(task, records, answers).outcome == RIGHT, seed
