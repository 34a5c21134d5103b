"""Let every session of ours compute in float16 where TensorFlow holds that to be safe.

On a card alone. Products stay in float32: those of the Gram matrices are sums over all positions of
an image, which float16 cannot hold (65,504 at most).
"""

import os


def settle():
    import sessions

    for name in ("DENYLIST", "BLACKLIST"):  # TensorFlow 2, 1.15
        os.environ[f"TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_{name}_ADD"] = "MatMul"
    plain = sessions.session_config

    def mixed(**settings):
        config = plain(**settings)
        config.graph_options.rewrite_options.auto_mixed_precision = 1  # ON
        return config

    sessions.session_config = mixed
