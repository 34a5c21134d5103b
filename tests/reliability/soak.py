"""How many cases to try: few in CI, the full numbers under `make soak`."""

import os

SOAK = os.environ.get("SOAK") == "1"


def cases(few, full):
    """``full`` under `make soak`, else ``few``."""
    return full if SOAK else few
