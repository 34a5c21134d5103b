"""How many cases to try: few in CI, under `make soak` the full numbers, or a share of them."""

import os

SOAK = float(os.environ.get("SOAK") or 0)  # 1 is all


def cases(few, full):
    """``few``; under `make soak` ``full``, of which ``SOAK`` is the share if it is a number."""
    if not SOAK:
        return few
    return max(few, round(SOAK * full)) if isinstance(full, int) else full
