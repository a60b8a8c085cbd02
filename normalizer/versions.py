"""Which version of a mapping made what is kept, so that a better one reaches what was fetched.

In a module of its own: a connector tells it without importing the mapping.
"""

from __future__ import annotations

from typing import Final

EMAIL: Final = 4
"""Of `normalizer.email` with all it uses: one more with every change by which a mail kept before
would read otherwise. Every mail is then put through again, a little at a time."""

TRELLO: Final = 1
"""Of `normalizer.trello`, likewise."""

ASANA: Final = 1
"""Of `normalizer.asana`, likewise."""

MATRIX: Final = 1
"""Of `normalizer.matrix`, likewise."""

WHATSAPP: Final = 1
"""Of `normalizer.whatsapp` with the words that it knows, likewise."""

CALDAV: Final = 1
"""Of `normalizer.caldav`, likewise."""
