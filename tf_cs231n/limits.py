"""The least and greatest sizes that are taken; beyond them, memory runs out or libraries fail.

Functions and the command line check against the same numbers; this module imports nothing.
"""

MAX_SIDE = 30_000  # of a picture, in pixels
MAX_PIXELS = 100_000_000  # of a picture, refused before it is decoded: 300 MB of RGB
MIN_SIZE = 32  # pixels of a picture for SqueezeNet; below, a pooling layer has nothing left to pool
MIN_CAPTIONED_SIZE = 64  # pixels of a captioned picture; below, its last layers cannot be pooled
MAX_CAPTIONED_SIZE = 512
MAX_AXIS = 2**16  # of a layer, a batch or beams: above, numbers fill any memory
MAX_NOISE_DIM = 100_000  # above, a GAN's first layer alone would fill the memory
MAX_CRITIC_STEPS = 1000  # a graph holds each
MAX_WORDS = 1000  # of a caption, which a graph reads word by word
MAX_EXPLAINED_WORDS = 100  # each takes a copy of the picture through the whole network
MAX_CONSTANT_BYTES = 2**31  # a graph holds no larger constant
MAX_ARRAY_BYTES = 2**36  # to look for NaN in more would take minutes
