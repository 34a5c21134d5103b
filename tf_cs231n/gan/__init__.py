"""Generative adversarial networks: four losses, two architectures, trained, sampled and judged.

networks    generator and discriminator, fully connected and DCGAN
losses      vanilla, least squares, Wasserstein with gradient penalty, hinge; all are minimised
model       `GAN`, the graph that trains them, and `Sampler`, the one that draws from a generator
classifier  a small network that reads digits, for
scores      MNIST score, Frechet distance, histogram of digits, nearest training pictures
collapse    the signs that a generator has collapsed, told while it trains
"""

from tf_cs231n.gan.losses import gan_loss, hinge_loss, lsgan_loss, wgan_gp_loss
from tf_cs231n.gan.model import GAN, LOSSES, Sampler, get_solvers, slerp
from tf_cs231n.gan.networks import (
    ARCHITECTURES,
    dcgan_discriminator,
    dcgan_generator,
    deprocess_img,
    discriminator,
    generator,
    leaky_relu,
    preprocess_img,
    sample_noise,
)

__all__ = [
    "ARCHITECTURES",
    "GAN",
    "LOSSES",
    "Sampler",
    "dcgan_discriminator",
    "dcgan_generator",
    "deprocess_img",
    "discriminator",
    "gan_loss",
    "generator",
    "get_solvers",
    "hinge_loss",
    "leaky_relu",
    "lsgan_loss",
    "preprocess_img",
    "sample_noise",
    "slerp",
    "wgan_gp_loss",
]
