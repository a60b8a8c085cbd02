"""Lines for a screen reader: what signs and drawn lines say, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from gettext import gettext as _
from typing import TYPE_CHECKING, NamedTuple

from normalizer.kinds import State
from store.row import Lane, Row, Turn
from tui import words
from tui.lines import Line, Span, Tone, fit, length

if TYPE_CHECKING:
    from tui.rows import Look

DRAWN = re.compile("[\u2500-\u257f]+")
"""Box drawing, ours and what others draw their mails with."""


class Notes(NamedTuple):
    """What is said of a row besides what stands in it."""

    new: bool
    changed: bool
    marked: bool


def row(row: Row, subject: str, look: Look, width: int, notes: Notes) -> Line:
    """A row of the queue: what it asks for, whose it is, and what it is about."""
    name, said = look.client(row.client)[0], ", ".join(states(row, look, notes))
    head = (Span(f"{said}: " if said else ""), Span(fit(name, 24).strip(), Tone.STRONG), Span(", "))
    kinds = dict.fromkeys((row.channel_kind, *(one.channel_kind for one in row.others)))
    tail = [words.kind(kind) for kind in kinds]
    if row.who:
        tail.insert(0, fit(row.who, 20).strip())
    when = row.until if row.lane in (Lane.SNOOZED, Lane.WAITING) else row.due
    if when is not None:
        due = words.due(when, look.now, look.zone)
        tail.append(_("until {when}") if when is row.until else _("due {when}"))
        tail[-1] = tail[-1].format(when=due)
    if row.attachments or any(one.attachments for one in row.others):
        tail.append(_("with files"))
    if row.turn is not Turn.ME:
        tail.append(_("the client’s turn") if row.turn is Turn.CLIENT else _("another’s turn"))
    tail.append(words.age(row.updated_at, look.now))
    rest = ", " + ", ".join(tail)
    room = max(20, width - length(head) - len(rest))
    return (*head, Span(fit(subject, room).strip()), Span(rest))


def states(row: Row, look: Look, notes: Notes) -> Iterator[str]:
    """What the signs of a row say, the most urgent first."""
    open_here = row.state is State.OPEN
    late = words.is_due(row.due, look.now, look.zone) or row.act_by <= look.now
    if open_here and row.lane in (Lane.INBOX, Lane.PLANNED) and late:
        yield _("urgent")
    if notes.new:
        yield _("new")
    if notes.changed:
        yield _("changed")
    if notes.marked:
        yield _("marked")
    if not open_here:
        yield words.closed(row.state)
    if row.lane is not Lane.INBOX:
        yield words.lane(row.lane)
    if row.drafted:
        yield _("draft")


def spoken(line: Line) -> Line:
    """A line with its signs in words, and without what is only drawn."""
    return tuple(_spoken(span) for span in line)


def _spoken(span: Span) -> Span:
    text = span.text
    if text.isascii() and text.strip() not in _ASCII:
        return span
    sign = _sign(text.strip(), span.tone)
    if sign is not None:
        return span._replace(text=f" {sign} " if sign else " " * len(text))
    for tone, begun, word in (
        (Tone.STRONG, "• ", _("new: ")), (Tone.KEY, "→ ", _("sent: ")), (Tone.GOOD, "✓ ", ""),
    ):  # fmt: skip
        if span.tone is tone and text.lstrip().startswith(begun):
            text = text.replace(begun, word, 1)
    return span._replace(text=DRAWN.sub(" ", text))


_ASCII = frozenset("+!?")


def _sign(text: str, tone: Tone) -> str | None:
    """The word for a sign that stands alone; None: it is none."""
    if tone is Tone.KEY:
        signs = {"+": _("file:"), "›": "", "✎": _("draft"), "↑": _("to go out")}
    elif tone is Tone.GOOD:
        signs = {"✓": _("sent:")}
    elif tone is Tone.ALERT:
        signs = {"!": _("attention:"), "?": ""}
    elif tone is Tone.DIM:
        signs = {"−": _("before:"), "+": _("after:"), "│": _("quoted:"), "✓": "", "×": ""}
    else:
        return None
    return signs.get(text)
