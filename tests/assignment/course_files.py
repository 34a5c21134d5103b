"""Files as students have them: the course's skeletons, and habits of real submissions."""

RNN_LAYERS = '''
from __future__ import print_function, division
from builtins import range
import numpy as np

"""
This file defines layer types that are commonly used for recurrent neural
networks.
"""


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """
    Run the forward pass for a single timestep of a vanilla RNN.
    """
    next_h, cache = None, None
    ##############################################################################
    # TODO: Implement a single forward step for the vanilla RNN.                 #
    ##############################################################################
    pass
    ##############################################################################
    #                               END OF YOUR CODE                             #
    ##############################################################################
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    dx, dprev_h, dWx, dWh, db = None, None, None, None, None
    pass
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    h, cache = None, None
    pass
    return h, cache


def rnn_backward(dh, cache):
    dx, dh0, dWx, dWh, db = None, None, None, None, None
    pass
    return dx, dh0, dWx, dWh, db


def word_embedding_forward(x, W):
    out, cache = None, None
    pass
    return out, cache


def word_embedding_backward(dout, cache):
    dW = None
    pass
    return dW


def sigmoid(x):
    pos_mask = (x >= 0)
    neg_mask = (x < 0)
    z = np.zeros_like(x)
    z[pos_mask] = np.exp(-x[pos_mask])
    z[neg_mask] = np.exp(x[neg_mask])
    top = np.ones_like(x)
    top[neg_mask] = z[neg_mask]
    return top / (1 + z)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    next_h, next_c, cache = None, None, None
    pass
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    dx, dh, dc, dWx, dWh, db = None, None, None, None, None, None
    pass
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    h, cache = None, None
    pass
    return h, cache


def lstm_backward(dh, cache):
    dx, dh0, dWx, dWh, db = None, None, None, None, None
    pass
    return dx, dh0, dWx, dWh, db


def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    M = b.shape[0]
    out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
    cache = x, w, b, out
    return out, cache


def temporal_affine_backward(dout, cache):
    x, w, b, out = cache
    N, T, D = x.shape
    M = b.shape[0]
    dx = dout.reshape(N * T, M).dot(w.T).reshape(N, T, D)
    dw = dout.reshape(N * T, M).T.dot(x.reshape(N * T, D)).T
    db = dout.sum(axis=(0, 1))
    return dx, dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    N, T, V = x.shape
    x_flat = x.reshape(N * T, V)
    y_flat = y.reshape(N * T)
    mask_flat = mask.reshape(N * T)
    probs = np.exp(x_flat - np.max(x_flat, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(mask_flat * np.log(probs[np.arange(N * T), y_flat])) / N
    dx_flat = probs.copy()
    dx_flat[np.arange(N * T), y_flat] -= 1
    dx_flat /= N
    dx_flat *= mask_flat[:, None]
    if verbose: print('dx_flat: ', dx_flat.shape)
    dx = dx_flat.reshape(N, T, V)
    return loss, dx
'''

GIVEN = ["sigmoid", "temporal_affine_forward", "temporal_affine_backward", "temporal_softmax_loss"]

CAPTIONER = """
from builtins import range
from builtins import object
import numpy as np

from cs231n.layers import *
from cs231n.rnn_layers import *


class CaptioningRNN(object):
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128,
                 hidden_dim=128, cell_type='rnn', dtype=np.float32):
        if cell_type not in {'rnn', 'lstm'}:
            raise ValueError('Invalid cell_type "%s"' % cell_type)
        self.cell_type = cell_type
        self.dtype = dtype
        self.word_to_idx = word_to_idx
        self.idx_to_word = {i: w for w, i in word_to_idx.items()}
        self.params = {}
        vocab_size = len(word_to_idx)
        self._null = word_to_idx['<NULL>']
        self._start = word_to_idx.get('<START>', None)
        self._end = word_to_idx.get('<END>', None)
        self.params['W_embed'] = np.random.randn(vocab_size, wordvec_dim)

    def loss(self, features, captions):
        captions_in = captions[:, :-1]
        captions_out = captions[:, 1:]
        # You'll need this
        mask = (captions_out != self._null)
        W_proj, b_proj = self.params['W_proj'], self.params['b_proj']
        W_embed = self.params['W_embed']
        Wx, Wh, b = self.params['Wx'], self.params['Wh'], self.params['b']
        W_vocab, b_vocab = self.params['W_vocab'], self.params['b_vocab']
        loss, grads = 0.0, {}
        pass
        return loss, grads

    def sample(self, features, max_length=30):
        N = features.shape[0]
        captions = self._null * np.ones((N, max_length), dtype=np.int32)
        W_proj, b_proj = self.params['W_proj'], self.params['b_proj']
        W_embed = self.params['W_embed']
        pass
        return captions
"""

SALIENCY_CELLS = [
    ["%matplotlib inline\n", "from __future__ import print_function\n", "import time, os, json\n",
     "import numpy as np\n", "import matplotlib.pyplot as plt\n", "import tensorflow as tf\n",
     "from cs231n.classifiers.squeezenet import SqueezeNet\n",
     "from cs231n.image_utils import preprocess_image, deprocess_image\n",
     "from cs231n.image_utils import SQUEEZENET_MEAN, SQUEEZENET_STD, blur_image\n",
     "\n", "plt.rcParams['figure.figsize'] = (10.0, 8.0)\n",
     "def get_session():\n", "    return tf.Session()\n",
     "%load_ext autoreload\n", "%autoreload 2"],
    ["tf.reset_default_graph()\n", "sess = get_session()\n", "SAVE_PATH = 'nowhere.ckpt'\n",
     "model = SqueezeNet(save_path=SAVE_PATH, sess=sess)"],
    ["def compute_saliency_maps(X, y, model):\n", "    saliency = None\n",
     "    correct_scores = tf.gather_nd(model.classifier,\n",
     "        tf.stack((tf.range(X.shape[0]), model.labels), axis=1))\n",
     "    grads = tf.gradients(correct_scores, model.image)\n",
     "    saliency = sess.run(grads, {model.image: X, model.labels: y})[0]\n",
     "    saliency = np.abs(saliency).max(axis=3)\n", "    return saliency"],
    ["show_saliency_maps(X, y, np.arange(5))"],
    ["def make_fooling_image(X, target_y, model):\n", "    X_fooling = X.copy()\n",
     "    learning_rate = 1\n", "    pass\n", "    return X_fooling"],
    ["def create_class_visualization(target_y, model, sess, **kwargs):\n",
     "    l2_reg = kwargs.pop('l2_reg', 1e-3)\n",
     "    num_iterations = kwargs.pop('num_iterations', 100)\n",
     "    X = 255 * np.random.rand(224, 224, 3)\n", "    X = preprocess_image(X)[None]\n",
     "    loss = None # scalar loss\n", "    grad = None # gradient\n", "    pass\n",
     "    for t in range(num_iterations):\n", "        pass\n",
     "        X = np.clip(X, -SQUEEZENET_MEAN/SQUEEZENET_STD, 1)\n", "    return X"],
]  # fmt: skip
