"""TensorFlow's values with better gradients, and the graph between an image and its scores."""
