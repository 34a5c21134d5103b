"""Let every session of ours compute in float16 where TensorFlow holds that to be safe.

On a card alone. Products stay in float32: those of the Gram matrices are sums over all positions of
an image, which float16 cannot hold (65,504 at most).
"""

import os


def settle():
    import sessions

    before = "TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE"
    for allowed, denied in (("ALLOWLIST", "DENYLIST"), ("WHITELIST", "BLACKLIST")):  # 2, 1.15
        # An operation on both lists would switch the rewriting off.
        os.environ[f"{before}_{allowed}_REMOVE"] = os.environ[f"{before}_{denied}_ADD"] = "MatMul"
    plain = sessions.session_config

    def mixed(**settings):
        config = plain(**settings)
        config.graph_options.rewrite_options.auto_mixed_precision = 1  # ON
        return config

    sessions.session_config = mixed
