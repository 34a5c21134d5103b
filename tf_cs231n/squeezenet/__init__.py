"""SqueezeNet 1.1: the graph, its weights, the ImageNet classes."""

from tf_cs231n.squeezenet.labels import class_id, class_names, describe_prediction
from tf_cs231n.squeezenet.model import SqueezeNet
from tf_cs231n.squeezenet.weights import load_squeezenet

__all__ = ["SqueezeNet", "class_id", "class_names", "describe_prediction", "load_squeezenet"]
