"""What those have in common by which samples are judged."""

import contextlib


class Judge(contextlib.AbstractContextManager):
    """A network in a session of its own, ``_sess``: close it, or use it in a ``with`` block."""

    def close(self):
        """Free the network's memory."""
        self._sess.close()

    def __exit__(self, *error):
        self.close()
