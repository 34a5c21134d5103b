"""The additions and multiplications that the work needs, in billions, from the layers' sizes."""

from tf_cs231n.squeezenet.architecture import FIRE_MODULES


def matmul(rows, inner, columns):
    return 2e-9 * rows * inner * columns


def squeezenet_sizes(H, W, last):
    """{layer: (pixels, channels)} of SqueezeNet 1.1's features."""
    sizes, channels = {}, 64
    for layer in range(last + 1):
        if layer in (0, 2, 5, 8):
            H, W = (H - 3) // 2 + 1, (W - 3) // 2 + 1
        channels = 2 * FIRE_MODULES[layer][2] if layer in FIRE_MODULES else channels
        sizes[layer] = H * W, channels
    return sizes


def squeezenet_gflop(H, W, last, classifier=False):
    """A forward pass to layer ``last``. The gradient of the pixels takes as much again."""
    sizes = squeezenet_sizes(H, W, last)
    total = matmul(sizes[0][0], 3 * 3 * 3, 64)
    for layer, (channels, squeeze, expand) in FIRE_MODULES.items():
        if layer <= last:
            pixels = sizes[layer][0]
            total += matmul(pixels, channels, squeeze) + matmul(pixels, 10 * squeeze, expand)
    if classifier:
        total += matmul(sizes[12][0], 512, 1000)
    return total


def style_step_gflop(H, W, style_layers, last):
    """Features, Gram matrices, and the gradient of both, which takes as much again."""
    sizes = squeezenet_sizes(H, W, last)
    grams = sum(matmul(C, pixels, C) for pixels, C in (sizes[layer] for layer in style_layers))
    return 2 * (squeezenet_gflop(H, W, last) + grams)


def lstm_gflop(N, T, D, H):
    """A forward pass; with the backward pass three times that."""
    return matmul(N * T, D + H, 4 * H)


def captioner_gflop(N, T, D, W, H, V):
    """A forward pass of the LSTM captioner."""
    return matmul(N, D, H) + lstm_gflop(N, T, W, H) + matmul(N * T, H, V)


def gan_step_gflop(N, D_layers, G_layers):
    """A step of D on N real and N made pictures, and one of G.

    ``D_layers``, ``G_layers``: multiplications a picture of each layer. Every layer takes as much
    for its weights' gradient and for its input's; the first layer needs no gradient of its input,
    but for D's in G's step, which in turn needs none of the weights.
    """
    D, G = sum(D_layers), sum(G_layers)
    D_step = 2 * N * (3 * D - D_layers[0])
    G_step = N * (2 * D + 3 * G - G_layers[0])
    return 2e-9 * (D_step + G_step)


def radford_gflop(size, N, noise=96, width=128):
    """A step of `gan_training.radford`'s networks on color images."""
    first = {28: 7, 32: 4, 64: 4}[size]
    widths = [3]
    while first * 2 ** (len(widths) - 1) < size:
        widths.append(width * 2 ** (len(widths) - 1))
    layers = [
        (size >> (k + 1)) ** 2 * 25 * before * after
        for k, (before, after) in enumerate(zip(widths, widths[1:]))
    ]
    flat = first**2 * widths[-1]
    return gan_step_gflop(N, [*layers, flat], [noise * flat, *layers[::-1]])
