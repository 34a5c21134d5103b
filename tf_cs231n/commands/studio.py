"""`tf-cs231n studio`: the toolkit in a browser, for people who look rather than read."""

import contextlib

import click

from tf_cs231n.commands.networks import DEFAULT_SIZE, network_options
from tf_cs231n.commands.option_types import PATH, Count
from tf_cs231n.terminal import echo


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", type=Count(0, 65535), help="Of the address; 0: any.  [default: 8231]")
@click.option("--browser/--no-browser", default=True, help="Open the page.", show_default=True)
@click.option(
    "--captioner",
    type=PATH,
    default="outputs/captioner",
    show_default=True,
    help="A training's folder, from `caption train`.",
)
@click.option(
    "--assignment",
    type=PATH,
    default=".",
    show_default=True,
    help="A folder of exercises, from `assignment new`.",
)
@click.option(
    "--gan", type=PATH, help="A training's folder, from `gan train`, beside those in outputs."
)
@network_options
def studio(port, browser, captioner, assignment, gan, network):
    """Open the toolkit as a page in the browser. Only this machine can reach it; Ctrl-C ends it.

    The page's address has a random token in it, which is the key to it: a new one each time, or
    that of the environment variable TF_CS231N_STUDIO_TOKEN.
    """
    from tf_cs231n.errors import InputError
    from tf_cs231n.interruption import stoppable

    try:
        import flask  # noqa: F401
    except ImportError as error:
        raise InputError("the studio needs Flask: pip install 'tf-cs231n[studio]'") from error
    from tf_cs231n.studio.server import Studio

    options = network.keywords
    usual = {"weights": options["weights"], "size": DEFAULT_SIZE}
    graph = {k: value for k, value in options.items() if value and value != usual.get(k)}
    own = {"network": _opener(network), "graph": graph} if options["graph"] else {}
    with stoppable() as stop:
        running = Studio(port, options["weights"], captioner, assignment, gan=gan, **own)
        echo(f"the studio is at {running.address}")
        echo("Ctrl-C ends it")
        if browser:
            _open(running.address)
        try:
            while not stop:
                running.closed.wait(0.2)
        finally:
            running.close()


def _opener(network):
    """Opens the network in another thread, where click does not know of this command."""
    context = click.get_current_context()

    @contextlib.contextmanager
    def open():
        with context.scope(cleanup=False), network() as opened:
            yield opened

    return open


def _open(address):
    """Open a graphical browser, if there can be one: one of text would take the terminal."""
    import os
    import sys
    import webbrowser

    if sys.platform in ("win32", "darwin") or any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY"))
    ):
        webbrowser.open(address)
