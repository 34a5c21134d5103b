"""Random images, logits and tiny players for generative adversarial networks."""

import numpy as np

from tf_cs231n.assignment.task import Output, Task


def _inputs(rng, sizes, case):
    N = sizes["N"]
    scale = 50 if case == 2 else 1
    return {
        "x": rng.randn(N, sizes["D"]).astype(np.float32),
        "alpha": np.array(0.01 if case == 0 else rng.uniform(0.05, 0.5), np.float32),
        "real": (scale * rng.randn(N, 1) + 1).astype(np.float32),
        "fake": (scale * rng.randn(N, 1) - 0.5).astype(np.float32),
        "images": rng.uniform(-1, 1, (N + 20, 784)).astype(np.float32),
        "samples": np.tanh(rng.randn(N + 20, 784)).astype(np.float32),
        "slope": rng.uniform(0.5, 1.5, 784).astype(np.float32) / 20,
        "z": rng.uniform(-1, 1, (N, sizes["D"])).astype(np.float32),
        "rate": np.array(rng.uniform(1e-3, 1e-2)),
    }


def _graph(build):
    def call(f, i):
        import tf_cs231n.assignment.graphs as graphs

        with graphs.session() as sess:
            value = graphs.evaluate(sess, build(f, i, graphs.tensors(i)))
            return value if isinstance(value, tuple) else (value,)

    return call


def _leaky_relu(f, i, t):
    alpha = float(i["alpha"])
    return f.leaky_relu(t["x"]) if alpha < 0.02 else f.leaky_relu(t["x"], alpha)


def _noise(f, i):
    """Of random numbers we compare what does not depend on chance, rounded."""
    import tf_cs231n.assignment.graphs as graphs

    with graphs.session() as sess:
        noise = f.sample_noise(400, 301)
        if noise is None:
            return None
        first, second = graphs.evaluate(sess, noise), graphs.evaluate(sess, noise)
    numbers = [first.min(), first.max(), first.mean(), first.std()]
    changes = float((first != second).mean() > 0.9)
    shape = np.array(np.shape(first))
    return (shape,) + tuple(float(np.round(n, 1)) + 0.0 for n in numbers) + (changes,)


def _network(name, scope, argument):
    """Output and number of parameters of a network whose variables have known numbers."""

    def call(f, i):
        import tf_cs231n.assignment.graphs as graphs
        from tf_cs231n.compat import tf

        with graphs.session() as sess:
            out = getattr(f, name)(tf.constant(i[argument]))
            if out is None:
                return None
            graphs.fill_variables(sess)
            variables = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope)
            count = sum(int(np.prod(v.shape.as_list())) for v in variables)
            return count, graphs.evaluate(sess, out)

    return call


def _wgan(f, i):
    """D is a quadratic, so that its slope differs from point to point; random mixes are fixed."""
    import tf_cs231n.assignment.graphs as graphs
    from tf_cs231n.compat import tf

    def tiny_discriminator(images):
        scale = tf.get_variable("scale", initializer=tf.constant(i["slope"]))
        return tf.reduce_sum(scale * images + scale * images**2, axis=1, keepdims=True)

    with graphs.session() as sess, graphs.fixed_random_uniform():
        t = graphs.tensors(i)
        tiny_discriminator(t["images"])
        losses = graphs.call(
            f.wgan_gp_loss, t["real"], t["fake"], len(i["images"]), t["images"], t["samples"],
            discriminator=tiny_discriminator,
        )  # fmt: skip
        sess.run(tf.global_variables_initializer())
        return graphs.evaluate(sess, losses)


def _solvers(f, i):
    """What each solver does to a number in three steps of a known slope."""
    import tf_cs231n.assignment.graphs as graphs
    from tf_cs231n.compat import tf

    solvers = (
        f.get_solvers()
        if float(i["alpha"]) < 0.02
        else f.get_solvers(learning_rate=float(i["rate"]), beta1=float(i["alpha"]))
    )
    if solvers is None or len(solvers) != 2 or None in solvers:
        return solvers
    with graphs.session() as sess:
        paths = []
        for k, solver in enumerate(solvers):
            number = tf.get_variable(f"number{k}", initializer=1.0)
            slope = tf.placeholder(tf.float32, [])
            step = solver.apply_gradients([(slope, number)])
            sess.run(tf.global_variables_initializer())
            path = []
            for s in (1.0, -0.5, 0.2):
                sess.run(step, {slope: s})
                path.append(sess.run(number) - 1)
            paths.append(np.array(path))
        return tuple(paths)


def _train_steps(f, i):
    """How each step moves the variables of each player, and the updates that it runs."""
    import tf_cs231n.assignment.graphs as graphs
    from tf_cs231n.compat import tf

    with graphs.session() as sess:
        players, updates = {}, {}
        for scope in ("discriminator", "generator"):
            with tf.variable_scope(scope):
                players[scope] = tf.get_variable("w", initializer=tf.constant(i["x"][0]))
                moving = tf.get_variable("moving_mean", initializer=0.0, trainable=False)
                updates[scope] = moving
                tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, moving.assign_add(1.0))
        D, G = players["discriminator"], players["generator"]
        x = tf.constant(i["x"][1])
        D_loss, G_loss = tf.reduce_sum(D * x + G * D), tf.reduce_sum(G * G * x - D * G)
        solver = tf.train.GradientDescentOptimizer
        steps = graphs.call(
            f.get_train_steps, solver(0.1), solver(0.1), D_loss, G_loss,
            D_vars=[D], G_vars=[G],
        )  # fmt: skip
        if steps is None or len(steps) != 2 or None in steps:
            return steps
        outputs = []
        for step in steps:
            sess.run(tf.global_variables_initializer())
            before = sess.run([D, G])
            sess.run(step)
            after = sess.run([D, G])
            outputs += [new - old for new, old in zip(after, before)]
            outputs += sess.run([updates["discriminator"], updates["generator"]])
        return tuple(outputs)


_LOSSES = [Output("D_loss"), Output("G_loss")]
_NOISE = ["the shape", "the minimum", "the maximum", "the mean", "the standard deviation",
          "whether two runs differ"]  # fmt: skip
_TRAIN = [
    f"{what} by {player}'s step"
    for player in "DG"
    for what in ("the change of D", "the change of G", "D's updates run", "G's updates run")
]


def _task(name, call, outputs, **options):
    options.setdefault("cases", 2)
    return Task(name, "gan", "N D", _inputs, call, outputs, graph=True, **options)


def _network_task(name, scope, argument, output, **options):
    count = Output(f"the number of parameters in the scope '{scope}'")
    call = _network(name, scope, argument)
    return _task(name, call, [count, output], uses=["leaky_relu"], cases=1, **options)


TASKS = [
    _task(
        "leaky_relu",
        _graph(_leaky_relu),
        [Output("out", "N D")],
    ),
    _task("sample_noise", _noise, [Output(name) for name in _NOISE], cases=1),
    _network_task("discriminator", "discriminator", "images", Output("logits", "N 1")),
    _network_task("generator", "generator", "z", Output("img", "N 784")),
    _network_task("dcgan_discriminator", "discriminator", "images", Output("logits", "N 1")),
    # Batch norm divides by a standard deviation, which may be as small as sqrt(epsilon), about 1/30
    # to 1/300: so much may float32's rounding grow.
    _network_task("dcgan_generator", "generator", "z", Output("img", "N 784"), tolerance=1e-3),
    _task(
        "gan_loss",
        _graph(lambda f, i, t: f.gan_loss(t["real"], t["fake"])),
        _LOSSES,
        cases=3,
        labels=["", "", "logits near 50"],
    ),
    _task("lsgan_loss", _graph(lambda f, i, t: f.lsgan_loss(t["real"], t["fake"])), _LOSSES),
    _task(
        "wgan_gp_loss",
        _wgan,
        _LOSSES,
        aliases=["wgangp_loss"],
        uses=["discriminator"],
    ),
    _task("get_solvers", _solvers, [Output("D_solver", "T"), Output("G_solver", "T")]),
    _task(
        "get_train_steps",
        _train_steps,
        [Output(name, "D" if "change" in name else "") for name in _TRAIN],
    ),
]
