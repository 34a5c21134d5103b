"""What the graph tasks need of TensorFlow, imported only in children that check them."""


def open_tensorflow():
    """Import TensorFlow; an old notebook's ``import tensorflow`` gets the names that it expects."""
    import sys

    from tf_cs231n.compat import tf

    sys.modules["tensorflow"] = tf
