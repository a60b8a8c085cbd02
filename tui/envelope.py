"""Whom what she writes goes to: client, channel, recipients, sender, in the client's colour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from gettext import gettext as _
from typing import TYPE_CHECKING

from normalizer.actions import Enclosure, Mail
from normalizer.model import Kind
from store.views import Row
from tui import words
from tui.lines import Line, Span, Tone, fit, safe, wrap
from tui.rows import Look

if TYPE_CHECKING:
    from store.outbox import Letter


def head(
    row: Row, letter: Letter | None, me: str, look: Look, width: int, *, most: int = 3
) -> list[Line]:
    """Say it in one line, and at most `most` more; what does not fit there is counted.

    `letter` is what would go: None where it is not known yet, or where she sends it by hand.
    """
    name, color = look.client(row.client)
    first = (
        Span(" " + fit(name, 30).strip(), Tone.STRONG, color),
        Span(" · " + _channel(row) + " · ", Tone.PLAIN, color),
        Span(fit(row.title, max(8, width)).strip(), Tone.PLAIN, color),
    )
    lines = wrap(_whom(row, letter, me), width - 3)
    if len(lines) > most:
        more = _("… {n} lines more: all of it before it is sent").format(n=len(lines) - most + 1)
        lines = [*lines[: most - 1], more]
    return [first, *((Span(f" {line}", Tone.STRONG, color),) for line in lines)]


def _channel(row: Row) -> str:
    kind = words.kind(row.channel_kind)
    return safe(f"{row.channel} ({kind})" if row.channel != kind else kind)


def _whom(row: Row, letter: Letter | None, me: str) -> str:
    mail = letter.action if letter is not None else None
    if isinstance(mail, Mail):
        text = (
            _("→ {to} · copy to {cc} · from {sender}") if mail.cc else _("→ {to} · from {sender}")
        )
        return safe(text.format(to=", ".join(mail.to), cc=", ".join(mail.cc), sender=mail.sender))
    if letter is None:
        text = _("→ chat {title} · sent by you, in there")
    elif row.kind is Kind.CONVERSATION:
        text = _("→ everybody in {title} · from {sender}")
    else:
        text = _("→ a comment for all who see this task · from {sender}")
    return safe(text.format(title=row.title, sender=me or _("You")))


def files(those: Sequence[Enclosure]) -> list[str]:
    """Say each file and how large it is."""
    return [safe(f"{one.name}  {words.size(one.size)}") for one in those]


def leaves(window: timedelta) -> str:
    """Say when it goes, of what can be taken back for so long."""
    seconds = int(window.total_seconds())
    return _("goes {n} s after you send it").format(n=seconds) if seconds else _("goes at once")
