import gc
import os
import warnings
import weakref

import numpy as np
import pytest

import sessions
from sessions import assign, find_session, get_session, graph_session, session_config
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError


def test_memory_grows_on_demand_unless_asked_otherwise():
    assert session_config().gpu_options.allow_growth is True
    assert session_config(allow_growth=False).gpu_options.allow_growth is False


def test_config_carries_every_choice():
    config = session_config(
        memory_fraction=0.25,
        gpus=[0, 2],
        intra_op_threads=3,
        inter_op_threads=5,
        log_device_placement=True,
    )
    assert config.gpu_options.per_process_gpu_memory_fraction == 0.25
    assert config.gpu_options.visible_device_list == "0,2"
    assert config.intra_op_parallelism_threads == 3
    assert config.inter_op_parallelism_threads == 5
    assert config.log_device_placement is True
    assert config.allow_soft_placement is True


def test_defaults_leave_memory_and_devices_to_tensorflow():
    config = session_config()
    assert config.gpu_options.per_process_gpu_memory_fraction == 0
    assert config.gpu_options.visible_device_list == ""
    assert "GPU" not in config.device_count


def test_threads_default_to_the_cores_that_the_process_may_use():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        config = session_config()
    finally:
        os.sched_setaffinity(0, before)
    assert config.intra_op_parallelism_threads == config.inter_op_parallelism_threads == 1
    assert session_config().intra_op_parallelism_threads <= len(before)


def test_one_gpu_and_no_gpu_can_be_asked_for():
    assert session_config(gpus=1).gpu_options.visible_device_list == "1"
    assert session_config(gpus=[]).device_count["GPU"] == 0


@pytest.mark.parametrize(
    "mistake",
    [
        {"memory_fraction": 0},
        {"memory_fraction": 1.5},
        {"gpus": [-1]},
        {"gpus": ["0"]},
        {"intra_op_threads": 0},
        {"inter_op_threads": 1.5},
    ],
)
def test_a_value_out_of_range_is_named(mistake, raises_one_line):
    with raises_one_line(next(iter(mistake)), "expected"):
        session_config(**mistake)


def test_a_later_wish_for_the_gpus_is_warned_of(monkeypatch):
    """As on a machine with GPUs, which TensorFlow sets up at a process's first session."""
    monkeypatch.setattr(sessions, "HAS_GPU", True)
    monkeypatch.setattr(sessions, "_first_wishes", None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        get_session(gpus=[]).close()  # has no GPU, and so settles nothing
        get_session(memory_fraction=0.5).close()
        get_session().close()
        get_session(memory_fraction=0.5, allow_growth=True).close()
        assert caught == []
        get_session(memory_fraction=0.25, allow_growth=False).close()
    (warning,) = caught
    assert str(warning.message).startswith("allow_growth, memory_fraction: ")


def test_two_blocks_share_nothing():
    outside = tf.get_default_graph()
    graphs, opened = [], []
    for value in (1.0, 2.0):
        with graph_session() as sess:
            # The same name would be an error if the graph were shared.
            variable = tf.get_variable("x", initializer=value)
            sess.run(variable.initializer)
            assert sess.run(variable) == value
            assert len(tf.global_variables()) == 1
            assert tf.get_default_session() is sess
            graphs.append(sess.graph)
            opened.append(sess)
    assert graphs[0] is not graphs[1]
    assert tf.get_default_graph() is outside
    assert tf.get_default_session() is None
    for sess in opened:
        with pytest.raises(RuntimeError, match="closed"):
            sess.run([])


def test_a_block_closes_its_session_when_it_raises():
    with pytest.raises(KeyError), graph_session() as sess:
        raise KeyError
    with pytest.raises(RuntimeError, match="closed"):
        sess.run([])


def test_a_block_leaves_no_graph_in_memory():
    with graph_session():
        y = tf.custom_gradient(lambda x: (tf.identity(x), lambda dout: dout))(tf.ones([2]))
        tf.gradients(y, y.op.inputs[0])
        graph = weakref.ref(tf.get_default_graph())
    del y
    gc.collect()
    assert graph() is None


def test_a_seed_makes_the_same_numbers():
    def draw(seed):
        with graph_session(seed=seed) as sess:
            return sess.run(tf.random_normal([4]))

    np.testing.assert_array_equal(draw(3), draw(3))
    assert not np.array_equal(draw(3), draw(4))


def test_get_session_runs_the_graph_it_is_given():
    graph = tf.Graph()
    with graph.as_default():
        seven = tf.constant(7)
    with get_session(graph, intra_op_threads=1) as sess:
        assert sess.run(seven) == 7


def test_find_session_prefers_the_argument_then_the_model_then_the_default():
    class Model:
        sess = get_session()

    with get_session() as given:
        assert find_session(given, Model) is given
        assert find_session(None, Model) is Model.sess
    Model.sess.close()
    with graph_session() as sess:
        assert find_session() is sess


def test_find_session_refuses_a_closed_session_and_another_graphs(raises_one_line):
    with graph_session() as sess:
        assert find_session(sess, graph=sess.graph) is sess
        with raises_one_line("sess", "another graph"):
            find_session(graph=tf.Graph())
    with raises_one_line("sess", "closed"):
        find_session(sess)


def test_find_session_says_what_to_do_when_there_is_none(raises_one_line):
    with raises_one_line("no session", "graph_session"):
        find_session()


def test_variables_that_begin_with_one_tensor_are_assigned_each_its_value():
    with graph_session() as sess:
        start = tf.constant([1.0, 2.0])
        a, b = (tf.get_variable(name, initializer=start) for name in "ab")
        before = len(sess.graph.get_operations())
        assign(sess, [(a, [3.0, 4.0]), (b, [5.0, 6.0])])
        assert [list(value) for value in sess.run([a, b])] == [[3.0, 4.0], [5.0, 6.0]]
        assign(sess, [(b, [7.0, 8.0])])
        assert [list(value) for value in sess.run([a, b])] == [[3.0, 4.0], [7.0, 8.0]]
        assert len(sess.graph.get_operations()) == before


def test_a_forked_process_is_told_why_its_sessions_would_hang():
    read, write = os.pipe()
    with graph_session() as sess:
        answer = tf.constant(42)
        assert sess.run(answer) == 42
        child = os.fork()
        if child == 0:
            lines = []
            for use in (lambda: sess.run(answer), get_session, lambda: graph_session().__enter__()):
                try:
                    use()
                except InputError as error:
                    lines.append(str(error))
            os.write(write, "\n".join(lines).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(write)
        lines = os.read(read, 10000).decode().splitlines()
        os.close(read)
        assert len(lines) == 3 and all("spawn" in line for line in lines)
        assert sess.run(answer) == 42
