"""Our side of `saliency.py`, and a bare `sess.run` of `tf.gradients` beside it."""

import numpy as np
from interleave import serve

from sessions import get_session
from tf_cs231n.compat import tf
from tf_cs231n.saliency import compute_saliency_maps, create_class_visualization
from tf_cs231n.squeezenet import load_squeezenet


def setup(side, task, problem, threads=None):
    p = np.load(problem)
    X, y = p["X"], p["y"]
    graph = tf.Graph()
    with graph.as_default():
        sess = get_session(intra_op_threads=threads, inter_op_threads=threads)
        model = load_squeezenet(sess)
        if side == "bare":
            scores = tf.gather_nd(model.scores, np.stack([np.arange(len(y)), y], axis=1))
            gradient = tf.gradients(scores, model.image)[0]

    if task == "visualize":
        steps = int(p["steps"])

        def step():
            return create_class_visualization(
                int(y[0]), model, sess, num_iterations=steps, size=X.shape[1], seed=0
            )
    elif side == "bare":

        def step():
            return sess.run(gradient, {model.image: X})
    else:

        def step():
            return compute_saliency_maps(X, y, model, sess)

    def check(path):
        result = step()
        if side == "bare":
            result = np.abs(result).max(axis=-1)
        np.save(path, result)

    return {"step": step, "check": check}


if __name__ == "__main__":
    serve(setup)
