import numpy as np
import pytest

from sessions import graph_session
from tf_cs231n.compat import tf
from tf_cs231n.ops import products


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(products, "FASTER", True)
    monkeypatch.setattr(products, "PIECE", 8)


@pytest.mark.parametrize("rows, pieces", [(63, 1), (64, 8), (67, 9)])
def test_pieces_of_a_tall_matrix_add_up_to_its_product(rng, rows, pieces):
    F = rng.randn(rows, 3)
    with graph_session() as sess:
        G = products.tall_square(tf.constant(F))
        np.testing.assert_allclose(sess.run(G), F.T @ F, rtol=1e-12)
        assert sum(op.type == "MatMul" for op in sess.graph.get_operations()) == pieces


def test_a_matrix_of_unknown_height_is_multiplied_whole(rng):
    F = rng.randn(500, 2)
    with graph_session() as sess:
        rows = tf.placeholder(tf.float64, [None, 2])
        np.testing.assert_allclose(sess.run(products.tall_square(rows), {rows: F}), F.T @ F)
