"""One side of `gan.py`: a discriminator step and a generator step, least squares, Adam."""

import numpy as np
from interleave import serve

N, NOISE = 128, 96
FC = [
    [("discriminator/fc1", (784, 256)), ("discriminator/fc2", (256, 256))],
    [("discriminator/logits", (256, 1)), ("generator/fc1", (NOISE, 1024))],
    [("generator/fc2", (1024, 1024)), ("generator/image", (1024, 784))],
]
DCGAN = [
    [("discriminator/conv1", (5, 5, 1, 32)), ("discriminator/conv2", (5, 5, 32, 64))],
    [("discriminator/fc1", (1024, 1024)), ("discriminator/logits", (1024, 1))],
    [("generator/fc1", (NOISE, 1024)), ("generator/fc2", (1024, 6272))],
    [("generator/deconv1", (4, 4, 64, 128)), ("generator/deconv2", (4, 4, 1, 64))],
]


def setup(side, architecture, batch=N):
    rng = np.random.RandomState(0)
    if architecture.startswith("radford"):
        size = int(architecture.split()[1])
        images = np.float32(rng.uniform(-1, 1, (batch, size * size * 3)))
        if side == "tensorflow":
            from tf_cs231n.gan_training.radford import radford

            return tensorflow_gan(radford((size, size, 3)), {}, images)
        return torch_gan(f"radford {size}", {}, images, *side.split())
    layers = [layer for row in {"fc": FC, "dcgan": DCGAN}[architecture] for layer in row]
    weights = {name: np.float32(0.02 * rng.randn(*shape)) for name, shape in layers}
    images = np.float32(rng.uniform(-1, 1, (N, 784)))
    if side == "tensorflow":
        return tensorflow_gan(architecture, weights, images)
    return torch_gan(architecture, weights, images, *side.split())


def tensorflow_gan(architecture, weights, images):
    from sessions import get_session
    from tf_cs231n.compat import tf
    from tf_cs231n.gan import GAN

    real = tf.placeholder(tf.float32, images.shape)
    gan = GAN(real, architecture, noise_dim=NOISE)
    made = [op.outputs[0] for op in tf.get_default_graph().get_operations() if op.outputs]
    noise = [z for z in made if "stateless" in z.name and z.shape == [images.shape[0], NOISE]][-1]
    variables = {v.op.name: v for v in tf.global_variables()}
    sess = get_session()
    sess.run(tf.global_variables_initializer())
    for name, value in weights.items():
        variables[name + "/weights"].load(value, sess)
    fetches = [gan.train_op, gan.D_loss, gan.G_loss]

    def step():
        return [float(loss) for loss in sess.run(fetches, {real: images})[1:]]

    # The global step stands still here, so the noise is the same in each step.
    return {
        "step": step,
        "noise": lambda: sess.run(noise).tolist(),
        "losses": lambda noise: step(),
    }


def torch_gan(architecture, weights, images, name, form, layout="contiguous"):
    """``form``: 'notebook', as the course's PyTorch notebook; 'tuned', with what ours does too."""
    import torch
    from torch import nn
    from torch_device import compiled

    name, *size = architecture.split()
    networks = {"fc": torch_fc, "dcgan": torch_dcgan, "radford": torch_radford}[name]
    D, G = networks(torch, nn, weights, *map(int, size))
    mixes_rows, N = name == "radford", len(images)
    if layout == "channels_last":
        D, G = (network.to(memory_format=torch.channels_last) for network in (D, G))
    fused = {"fused": True} if form == "tuned" else {}
    D, G = compiled(D), compiled(G)
    D_solver = torch.optim.Adam(D.parameters(), 1e-3, (0.5, 0.999), **fused)
    G_solver = torch.optim.Adam(G.parameters(), 1e-3, (0.5, 0.999), **fused)

    def sample_noise():
        return 2 * torch.rand(N, NOISE) - 1

    def notebook_step(noise=None):
        real = torch.from_numpy(images)
        D_solver.zero_grad()
        logits_real = D(real)
        fake = G(sample_noise() if noise is None else noise).detach()
        logits_fake = D(fake)
        D_loss = ((logits_real - 1) ** 2).mean() / 2 + (logits_fake**2).mean() / 2
        D_loss.backward()
        D_solver.step()
        G_solver.zero_grad()
        logits = D(G(sample_noise() if noise is None else noise))
        G_loss = ((logits - 1) ** 2).mean() / 2
        G_loss.backward()
        G_solver.step()
        return [D_loss.item(), G_loss.item()]

    def tuned_step(noise=None):
        real = torch.from_numpy(images)
        fake = G(sample_noise() if noise is None else noise)
        D.requires_grad_(True)
        D_solver.zero_grad()
        if mixes_rows:
            logits_real, logits_fake = D(real), D(fake.detach())
        else:
            logits_real, logits_fake = D(torch.cat([real, fake.detach()])).split(N)
        D_loss = ((logits_real - 1) ** 2).mean() / 2 + (logits_fake**2).mean() / 2
        D_loss.backward()
        D_solver.step()
        D.requires_grad_(False)
        G_solver.zero_grad()
        G_loss = ((D(fake) - 1) ** 2).mean() / 2
        G_loss.backward()
        G_solver.step()
        return [D_loss.item(), G_loss.item()]

    step = {"notebook": notebook_step, "tuned": tuned_step}[form]
    return {
        "step": step,
        "losses": lambda noise: step(torch.tensor(noise)),
    }


def torch_fc(torch, nn, weights):
    def linear(name):
        return load(torch, nn.Linear(*weights[name].shape), weights[name].T)

    d, g = "discriminator/", "generator/"
    return (
        nn.Sequential(
            linear(d + "fc1"),
            nn.LeakyReLU(0.01),
            linear(d + "fc2"),
            nn.LeakyReLU(0.01),
            linear(d + "logits"),
        ),
        nn.Sequential(
            linear(g + "fc1"),
            nn.ReLU(),
            linear(g + "fc2"),
            nn.ReLU(),
            linear(g + "image"),
            nn.Tanh(),
        ),
    )


def torch_dcgan(torch, nn, weights):
    d, g = "discriminator/", "generator/"

    def linear(name, weight):
        return load(torch, nn.Linear(*weights[name].shape), weight)

    def conv(name):
        h, w, c, f = weights[name].shape
        return load(torch, nn.Conv2d(c, f, (h, w)), weights[name].transpose(3, 2, 0, 1))

    def deconv(name):
        _, _, f, c = weights[name].shape
        layer = nn.ConvTranspose2d(c, f, 4, stride=2, padding=1)
        return load(torch, layer, weights[name].transpose(3, 2, 0, 1))

    def norm(make, channels):
        return make(channels, eps=1e-3, momentum=0.01)

    # PyTorch flattens channels first, so the dense layers' weights change their order.
    after_pool = (
        weights[d + "fc1"].reshape(4, 4, 64, 1024).transpose(2, 0, 1, 3).reshape(1024, 1024)
    )
    before_deconv = weights[g + "fc2"].reshape(1024, 7, 7, 128).transpose(0, 3, 1, 2)
    return (
        nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            conv(d + "conv1"),
            nn.LeakyReLU(0.01),
            nn.MaxPool2d(2),
            conv(d + "conv2"),
            nn.LeakyReLU(0.01),
            nn.MaxPool2d(2),
            nn.Flatten(),
            linear(d + "fc1", after_pool.T),
            nn.LeakyReLU(0.01),
            linear(d + "logits", weights[d + "logits"].T),
        ),
        nn.Sequential(
            linear(g + "fc1", weights[g + "fc1"].T),
            nn.ReLU(),
            norm(nn.BatchNorm1d, 1024),
            linear(g + "fc2", before_deconv.reshape(1024, 6272).T),
            nn.ReLU(),
            norm(nn.BatchNorm1d, 6272),
            nn.Unflatten(1, (128, 7, 7)),
            deconv(g + "deconv1"),
            nn.ReLU(),
            norm(nn.BatchNorm2d, 64),
            deconv(g + "deconv2"),
            nn.Tanh(),
            nn.Flatten(),
        ),
    )


def torch_radford(torch, nn, weights, size, width=128):
    """As `gan_training.radford`; the weights begin as they like."""
    first = {28: 7, 32: 4, 64: 4}[size]
    widths = [width * 2**k for k in range((size // first).bit_length() - 1)]
    D, G = [nn.Unflatten(1, (3, size, size))], []
    for k, (before, after) in enumerate(zip([3, *widths], widths)):
        D.append(nn.Conv2d(before, after, 5, stride=2, padding=2))
        D += [nn.BatchNorm2d(after, eps=1e-3)] * (k > 0) + [nn.LeakyReLU(0.2)]
    D += [nn.Flatten(), nn.Linear(first**2 * widths[-1], 1)]
    G += [nn.Linear(NOISE, first**2 * widths[-1]), nn.Unflatten(1, (widths[-1], first, first))]
    for before, after in zip(widths[::-1], [*widths[-2::-1], 3]):
        G += [nn.BatchNorm2d(before, eps=1e-3), nn.ReLU()]
        G.append(nn.ConvTranspose2d(before, after, 5, stride=2, padding=2, output_padding=1))
    return nn.Sequential(*D), nn.Sequential(*G, nn.Tanh(), nn.Flatten())


def load(torch, layer, weight):
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
        layer.bias.zero_()
    return layer


if __name__ == "__main__":
    serve(setup)
