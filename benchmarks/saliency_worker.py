"""Our side of `saliency.py`, and a bare `sess.run` of `tf.gradients` beside it."""

import numpy as np
from interleave import serve

from sessions import get_session
from tf_cs231n.compat import tf
from tf_cs231n.saliency import compute_saliency_maps, create_class_visualization
from tf_cs231n.squeezenet import load_squeezenet


def setup(task, steps, problem, bare=False):
    p = np.load(problem)
    X, y = p["X"], p["y"]
    graph = tf.Graph()
    with graph.as_default():
        sess = get_session()
        model = load_squeezenet(sess)
        if bare:
            scores = tf.gather_nd(model.scores, np.stack([np.arange(len(y)), y], axis=1))
            gradient = tf.gradients(scores, model.image)[0]

    if task == "forward":

        def step():
            return sess.run(model.scores, {model.image: X})
    elif task == "visualize":

        def step(steps=steps):
            return create_class_visualization(
                int(y[0]), model, sess, num_iterations=steps, size=X.shape[1], seed=0
            )
    elif bare:

        def step():
            return sess.run(gradient, {model.image: X})
    else:

        def step():
            return compute_saliency_maps(X, y, model, sess)

    def check(path):
        result = step(1) if task == "visualize" else step()
        if bare:
            result = np.abs(result).max(axis=-1)
        np.save(path, result)

    return {"step": step, "check": check}


if __name__ == "__main__":
    serve(setup)
