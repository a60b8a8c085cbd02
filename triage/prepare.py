"""An answer that the VA sends herself, with the client's own program.

Nothing in here sends: where a tool takes no answer from us, we can only lay it ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from normalizer.said import SaidError
from store.views import Row

BY_HAND: Final = frozenset({"whatsapp-export"})
"""The kinds of channel that are answered by hand."""

_LONGEST: Final = 3000
"""Characters that a text has at most in a link; browsers and phones cut longer ones."""


class NotByHandError(SaidError):
    """The item is answered elsewhere."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text to paste, and the link that opens the chat with it."""

    text: str
    link: str | None
    """None where the chat has no number, as groups have none, or the text is too long for one."""


def prepare(row: Row, text: str) -> Prepared:
    """Lay `text` ready for the chat of an item.

    The link is WhatsApp's own "click to chat" (faq.whatsapp.com): she still has to press send in
    there. Raises NotByHandError where the item is of no such channel.
    """
    if row.channel_kind not in BY_HAND:
        raise NotByHandError("This is answered in the client’s own tool.")
    parts = urlsplit(row.url or "")
    known = parts.scheme == "https" and parts.netloc == "wa.me" and parts.path[1:].isdigit()
    if not known or len(text) > _LONGEST:
        return Prepared(text, None)
    return Prepared(
        text, f"https://wa.me{parts.path}?text={quote(text, safe='', errors='replace')}"
    )
