"""tqdm's progress bar, in a terminal or a notebook, that a signal may meet at any moment."""

import contextlib

import tqdm.auto


class tqdm(tqdm.auto.tqdm):
    """As ``tqdm.auto.tqdm``; one that Ctrl-C stopped while it was made ends without a traceback."""

    def __del__(self):
        with contextlib.suppress(AttributeError):  # it has no position yet, so nothing to close
            super().__del__()
