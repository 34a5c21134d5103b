"""Write the problem that all sides of `style.py` solve: style_problem.py FILE SIZE"""

import sys

import numpy as np

from tf_cs231n.datasets import sample_image
from tf_cs231n.images import preprocess_image
from tf_cs231n.pixels.objective import PixelNetwork
from tf_cs231n.squeezenet.formats import read_weights
from tf_cs231n.squeezenet.weights import default_checkpoint
from tf_cs231n.style_transfer import PRESETS, gram_matrix

path, size = sys.argv[1], int(sys.argv[2])
s = PRESETS["starry"]
image = sample_image("palace", size)
content = preprocess_image(image)
style = preprocess_image(sample_image("tissue", s["style_size"]))
layers = list(s["style_layers"])
weights = default_checkpoint()
with PixelNetwork(read_weights(weights), max(layers)) as network:
    with network.graph.as_default():
        grams = [gram_matrix(network.layers[layer]) for layer in layers]
    grams = network.run(grams, style)
    target = network.run(network.layers[s["content_layer"]], content)
noise = 0.05 * np.random.RandomState(0).randn(*content.shape).astype(np.float32)
np.savez(
    path,
    weights=weights,
    content=image,
    pixels=(content + noise)[None],
    content_target=target,
    content_layer=s["content_layer"],
    content_weight=s["content_weight"],
    style_layers=layers,
    style_weights=[float(w) for w in s["style_weights"]],
    tv_weight=s["tv_weight"],
    **{f"gram{layer}": gram for layer, gram in zip(layers, grams)},
)
