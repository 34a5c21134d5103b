"""`python -m tf_cs231n` and `tf-cs231n`: signals are noted before anything large is imported."""

import signal

from tf_cs231n.interruption import SIGNALS, stoppable


def main():
    """Run the command line in a process of its own."""
    for number in SIGNALS:
        if signal.getsignal(number) not in (None, signal.SIG_IGN):
            signal.signal(number, _when_done)
    with stoppable(command_line=True):
        from tf_cs231n import cli

        cli.main()


def _when_done(number, frame):
    """What is done does not look like a failure; a second signal ends what still runs."""
    signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    main()
