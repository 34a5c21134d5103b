"""A GAN trained, sampled and judged; the GAN itself is `tf_cs231n.gan`.

data        a folder of one's own images, and a training's data found again
radford     the networks of the DCGAN paper, for 28, 32 and 64 pixels
train       `train_gan` in a folder, and `load_sampler` back from the folder
codes       the square between four noise vectors
classifier  a small network that reads digits, and
features    SqueezeNet's features of images without labels, for
scores      MNIST score, Frechet distance, nearest training images, signs of collapse
"""
