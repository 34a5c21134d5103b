"""Hints for generative adversarial networks."""

_DENSE = "dense_layer of this module makes one layer; the docstring lists them in order."

HINTS = {
    "leaky_relu": (
        "Maas et al. 2013; tf.maximum.",
        "max(x, alpha x)",
        "one line: the larger of two Tensors.",
    ),
    "sample_noise": (
        "tf.random_uniform.",
        "z ~ U(-1, 1)",
        "tf.random_uniform(<shape>, minval=..., maxval=...): an operation, so that each run draws "
        "anew.",
    ),
    "discriminator": (
        _DENSE,
        "784 - 256 - 256 - 1",
        'h = leaky_relu(dense_layer("fc1", x, 256)), and so on; nothing after the last layer.',
    ),
    "generator": (
        _DENSE,
        "dim - 1024 - 1024 - 784",
        'h = tf.nn.relu(dense_layer("fc1", z, 1024)), and so on; tf.tanh around the last layer.',
    ),
    "dcgan_discriminator": (
        "tf_cs231n.layers has conv2d and max_pool; each convolution in a variable scope of its "
        "own.",
        "(28, 28, 1) - (24, 24, 32) - (12, 12, 32) - (8, 8, 64) - (4, 4, 64) - 1024 - 1",
        "with tf.variable_scope('conv1'): h = conv2d(h, [5, 5, 1, 32], [32], "
        "padding='VALID'); h = max_pool(leaky_relu(h)).",
    ),
    "dcgan_generator": (
        "tf_cs231n.layers has deconv2d, whose kernel is [height, width, output channels, input "
        "channels].",
        "dim - 1024 - 6272 = (7, 7, 128) - (14, 14, 64) - (28, 28, 1)",
        "h = batch_norm_layer('bn1', tf.nn.relu(dense_layer('fc1', z, 1024))); with "
        "tf.variable_scope('deconv1'): h = deconv2d(h, [4, 4, 64, 128], [64]).",
    ),
    "gan_loss": (
        "Goodfellow et al. 2014, equation 1 and section 3; "
        "tf.nn.sigmoid_cross_entropy_with_logits.",
        "D: -E[log D(x)] - E[log(1 - D(G(z)))]; G: -E[log D(G(z))]; D = sigmoid of the logits",
        "three cross-entropies, their labels tf.ones_like or tf.zeros_like of the logits; "
        "tf.reduce_mean of each.",
    ),
    "lsgan_loss": (
        "Mao et al. 2017, equation 9.",
        "D: 1/2 E[(D(x) - 1)^2] + 1/2 E[D(G(z))^2]; G: 1/2 E[(D(G(z)) - 1)^2]",
        "0.5 * tf.reduce_mean(... ** 2), three times.",
    ),
    "wgan_gp_loss": (
        "Gulrajani et al. 2017, equation 3 and algorithm 1.",
        "D: E[D(G(z))] - E[D(x)] + 10 E[(||grad D(x_hat)||_2 - 1)^2], x_hat = e x + (1 - e) G(z), "
        "e ~ U(0, 1) for each image; G: -E[D(G(z))]",
        "eps of shape [batch_size, 1]; tf.gradients(discriminator(x_hat), x_hat)[0], (N, 784); "
        "one norm a row.",
    ),
    "get_solvers": (
        "tf.train.AdamOptimizer.",
        "Adam with beta1 as given",
        "two lines, the same twice.",
    ),
    "get_train_steps": (
        "minimize has var_list; tf.get_collection takes a scope as its second argument.",
        "theta_D moves by D_loss alone, theta_G by G_loss alone",
        "with tf.control_dependencies(<update operations of the scope>): step = "
        "solver.minimize(loss, var_list=<variables of the scope>).",
    ),
}
