"""SqueezeNet 1.1 as a TensorFlow graph, with the variable names of the course's checkpoint."""

from sessions import assign, find_session
from tf_cs231n import checks
from tf_cs231n.compat import tf
from tf_cs231n.errors import InputError
from tf_cs231n.layers import conv2d, conv_relu, max_pool
from tf_cs231n.ops.tensors import shape_of
from tf_cs231n.squeezenet.architecture import FIRE_MODULES, LAYERS, MIN_SIZE, NUM_CLASSES
from tf_cs231n.squeezenet.formats import check_weights, read_weights
from tf_cs231n.squeezenet.labels import class_names


def fire_module(x, in_channels, squeeze_channels, expand_channels):
    """Squeeze to few channels by 1x1, expand to many by 1x1 and 3x3 side by side.

    Args:
      x: Tensor (N, H, W, in_channels).
      in_channels, squeeze_channels, expand_channels: numbers of channels.

    Returns:
      Tensor (N, H, W, 2 * expand_channels). Opens the scope ``fire``.
    """
    with tf.variable_scope("fire"):
        with tf.variable_scope("squeeze"):
            x = conv_relu(x, [1, 1, in_channels, squeeze_channels], [squeeze_channels])
        with tf.variable_scope("e11"):
            e11 = conv_relu(x, [1, 1, squeeze_channels, expand_channels], [expand_channels])
        with tf.variable_scope("e33"):
            e33 = conv_relu(x, [3, 3, squeeze_channels, expand_channels], [expand_channels])
        return tf.concat([e11, e33], axis=3)


class SqueezeNet:
    """SqueezeNet 1.1 in the current graph.

    Attributes:
      image: placeholder (N, H, W, 3), RGB pixels as `images.preprocess_image` makes them;
        H and W of at least 32.
      labels: placeholder (N,) of int32, class numbers in 0..K - 1.
      layers: the 13 layers of the features, then the 4 of the classifier.
      features: the last layer of the features, (N, H', W', 512).
      scores: unnormalized class scores (N, K). ``classifier`` is the same Tensor.
      loss: the mean cross-entropy of scores and labels.
      variables: dict of name (as in the checkpoint) to variable.
      class_names: tuple of K names: ImageNet's, those of the checkpoint, or numbers.
      sess: the session that holds the weights, or None.

    Args:
      save_path: a checkpoint to restore, in any of the formats that `formats.read_weights` takes;
        None: the variables stay as they are.
      sess: the session to restore into.
      num_classes: K, 1000 for ImageNet; with a checkpoint, its own.

    Raises:
      InputError: the graph already has a SqueezeNet, or the checkpoint is not a SqueezeNet's.
    """

    def __init__(self, save_path=None, sess=None, num_classes=NUM_CLASSES):
        arrays = None if save_path is None else read_weights(save_path)
        if arrays is not None:
            num_classes = len(arrays["classifier/layer1/bias"])
        if any(v.op.name.startswith("features/layer0/") for v in tf.global_variables()):
            raise InputError(
                "this graph has a SqueezeNet already; use that one, or start a fresh graph "
                "with `with graph_session() as sess:`"
            )
        self.sess = sess
        is_imagenet = num_classes == NUM_CLASSES
        self.class_names = class_names if is_imagenet else tuple(map(str, range(num_classes)))
        self.image = tf.placeholder(tf.float32, [None, None, None, 3], name="input_image")
        self.labels = tf.placeholder(tf.int32, [None], name="labels")
        before = set(tf.global_variables())
        self.layers = self.extract_features(self.image, reuse=False)
        self.features = self.layers[-1]
        self.layers = self.layers + self._classify(self.features, num_classes)
        self.scores = self.classifier = tf.reshape(
            self.layers[-1], [-1, num_classes], name="scores"
        )
        self.loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=self.scores)
        )
        self.variables = {
            variable.op.name: variable
            for variable in tf.global_variables()
            if variable not in before
        }
        if arrays is not None:
            self.assign(arrays)

    def assign(self, arrays, sess=None):
        """Give the variables these values through their initializers, which adds no operation.

        Args:
          arrays: dict of checkpoint name to array, as `formats.read_weights` returns it.
          sess: the session; None: the model's, else the default one.

        Raises:
          InputError: the arrays are not this SqueezeNet's, or there is no session of this graph.
        """
        arrays = check_weights(arrays, "arrays")
        K = len(self.class_names)
        checks.shapes(**{"classifier/layer1/bias": (arrays["classifier/layer1/bias"], str(K))})
        sess = find_session(sess, self, self.image.graph)
        assign(sess, [(variable, arrays[name]) for name, variable in self.variables.items()])
        if "class_names" in arrays:
            self.class_names = tuple(arrays["class_names"].tolist())

    def score_of(self, classes):
        """The score of one class of each image: the classifier for these classes alone.

        The same numbers as in `scores`, to rounding. What explains one class asks for no other's,
        and the other 999 take an eighth of the time of a saliency map.

        Args:
          classes: int Tensor (N,).

        Returns:
          Tensor (N,).
        """
        kernel = tf.convert_to_tensor(self.variables["classifier/layer1/weights"])  # (1, 1, C, K)
        w = tf.transpose(tf.gather(kernel[0, 0], classes, axis=1))  # (N, C)
        b = tf.gather(tf.convert_to_tensor(self.variables["classifier/layer1/bias"]), classes)
        N, H, W, C = shape_of(self.features)
        places = tf.matmul(tf.reshape(self.features, [N, H * W, C]), w[:, :, tf.newaxis])
        return tf.reduce_mean(tf.nn.relu(places[:, :, 0] + b[:, tf.newaxis]), axis=1)

    def extract_features(self, input=None, reuse=True):
        """Build the feature layers on another input, with the same weights.

        Args:
          input: float32 Tensor (N, H, W, 3) of preprocessed pixels; None: `image`.
          reuse: True: with this model's variables; False: make them.

        Returns:
          List of 13 Tensors: 0 convolution, 1 ReLU, 2 pooling, 3-4 fire modules, 5 pooling,
          6-7 fire modules, 8 pooling, 9-12 fire modules. Opens the scope ``features``.

        Raises:
          InputError: another shape or dtype, or images that are known to be too small.
        """
        x = self.image if input is None else tf.convert_to_tensor(input, tf.float32)
        sizes = checks.shapes(input=(x, "N H W 3"))
        checks.counts(
            MIN_SIZE, **{f"input's {side}": sizes[side] for side in "HW" if side in sizes}
        )
        layers = []
        with tf.variable_scope("features", reuse=reuse):
            for number, kind in enumerate(LAYERS):
                with tf.variable_scope(f"layer{number}"):
                    if number in FIRE_MODULES:
                        x = fire_module(x, *kind)
                    elif kind == "convolution":
                        x = conv2d(x, [3, 3, 3, 64], [64], stride=2, padding="VALID")
                    else:
                        x = tf.nn.relu(x) if kind == "relu" else max_pool(x, size=3)
                layers.append(x)
        return layers

    @staticmethod
    def _classify(features, num_classes):
        """Dropout (none when testing), 1x1 convolution, ReLU, global average pooling."""
        layers = [features]
        with tf.variable_scope("classifier"), tf.variable_scope("layer1"):
            layers.append(conv2d(features, [1, 1, 512, num_classes], [num_classes]))
        layers.append(tf.nn.relu(layers[-1]))
        # The course pools 13x13, which ties it to 224 pixels; the mean over all takes any size.
        layers.append(tf.reduce_mean(layers[-1], axis=[1, 2], keepdims=True))
        return layers
