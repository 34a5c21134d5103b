"""CS231n assignment 3 in TensorFlow graph mode."""

__version__ = "0.1.0"
