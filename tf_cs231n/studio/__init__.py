"""The studio: the toolkit in a browser, for people who look rather than read.

How the pieces fit:

    server      the Flask application: routes, the token, who may ask; no request computes
    jobs        one thread owns the sessions; a bounded queue; what each browser tab is told
    networks    what the session's thread keeps: the explained network, captioners
    uploads     images that were dropped on the page, and what is downloaded from it
    equal       the command line and the Python that give the same result
    explain fool visualize caption style gan theory assignment    a module a panel, with ``ACTIONS``
    trainings   what the GAN panel reads of trainings' folders
    static/     the page: plain HTML, CSS and JavaScript, nothing from the network

A panel calls the toolkit's public functions and adds no maths. To add one: a module with
``ACTIONS``, a line in `jobs.PANELS`, a script in ``static/`` and its line in ``page.js``.
"""

import importlib


def studio(height=860, **options):
    """Open the studio in a notebook: the page in a frame. The server ends with the kernel.

    Args:
      height: of the frame in pixels.
      **options: as for `server.Studio`: weights, captioner, assignment, gan.

    Returns:
      An object that a notebook shows as the page; ``.address`` opens it in a tab, ``.close()``
      ends it. A second call with the same options shows the same studio again.
    """
    # By name: the pieces import each other from this package, which imports none of them.
    server = importlib.import_module("tf_cs231n.studio.server")
    return server.notebook_studio(height, options)
