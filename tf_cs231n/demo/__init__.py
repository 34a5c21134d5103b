"""Every task on built-in data, gathered in one page: ``outputs/index.html``.

A subject is one module here, with ``TITLE``, ``TEXT`` and a generator ``entries(folder)`` that does
the work, writes its images into ``folder`` and yields an `Entry` for each.
"""

import collections

# image: the name of a file in the folder (PNG or GIF); settings: str, what was not the default;
# seconds: what the work took; command: the command line that makes this image again.
Entry = collections.namedtuple("Entry", "image caption settings seconds command")

# The subjects in the page's order; each is a module of this package.
SUBJECTS = ["saliency", "style", "gan", "theory", "captioning"]
