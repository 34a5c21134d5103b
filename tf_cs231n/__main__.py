"""`python -m tf_cs231n` and `tf-cs231n`: signals are noted before anything large is imported."""

import signal

from tf_cs231n.interruption import stoppable


def main():
    """Run the command line in a process of its own."""
    # Python's handler would raise within whatever still runs when the command is done.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    with stoppable(command_line=True):
        from tf_cs231n import cli

        cli.main()


if __name__ == "__main__":
    main()
