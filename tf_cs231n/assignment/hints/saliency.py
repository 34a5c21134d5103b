"""Hints for the uses of an image's gradient."""

_WHERE = "Lecture 13, Visualizing and Understanding: "

HINTS = {
    "compute_saliency_maps": (
        _WHERE + "saliency maps. tf.gradients of the right classes' scores by model.image.",
        "M[n, i, j] = max over channels c of |d s_y / d x[n, i, j, c]|, s_y the unnormalized score",
        "scores of the right classes by tf.gather_nd, (N,); tf.gradients(<them>, model.image)[0], "
        "run with the images; then np.abs and a maximum along the last axis.",
    ),
    "make_fooling_image": (
        _WHERE + "fooling images. The gradient of the target's score by the image.",
        "X <- X + learning_rate * g / ||g||_2, g the gradient of s_target, until s_target is the "
        "highest",
        "build the gradient once; for _ in range(100): run scores and gradient; if argmax is the "
        "target: break; X_fooling += ...",
    ),
    "create_class_visualization": (
        _WHERE + "gradient ascent with regularization.",
        "ascend s_y(x) - l2_reg * ||x||_2^2: the gradient is d s_y/dx - 2 l2_reg x",
        "g = sess.run(<gradient>, {model.image: X}) - 2 * l2_reg * X; X = X + learning_rate * g / "
        "np.linalg.norm(g), between the two shifts.",
    ),
}
