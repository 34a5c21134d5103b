"""A GAN trained, sampled and judged; the GAN itself is `tf_cs231n.gan`.

train       `train_gan` in a folder, and `load_sampler` back from the folder
classifier  a small network that reads digits, for
scores      MNIST score, Frechet distance, nearest training images, signs of collapse
"""
