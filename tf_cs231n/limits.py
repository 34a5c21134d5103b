"""The least and greatest sizes that are taken; beyond them, memory runs out or libraries fail.

Functions and the command line check against the same numbers; this module imports nothing.
"""

MAX_SIDE = 30_000  # of a picture, in pixels
MAX_PIXELS = 100_000_000  # of a picture, refused before it is decoded: 300 MB of RGB
MIN_SIZE = 32  # pixels of a picture for SqueezeNet; below, a pooling layer has nothing left to pool
CAPTIONED_SIZES = 64, 512  # pixels; below, the last layers have nothing left to pool
LARGEST_SIZE = 2**16  # of one axis of a layer: above, its weights fill any memory
MOST_NOISE = 100_000  # numbers in a GAN's code; above, the first layer alone would fill the memory
MOST_CRITIC_STEPS = 1000  # a graph holds each
MOST_WORDS = 1000  # of a caption, which a graph reads word by word
MOST_EXPLAINED_WORDS = 100  # each takes a copy of the picture through the whole network
MOST_CONSTANT_BYTES = 2**31  # a graph holds no larger constant
MOST_ARRAY_BYTES = 2**36  # to look for NaN in more would take minutes
