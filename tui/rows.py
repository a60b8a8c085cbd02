"""The grammar of a row of the queue: one meaning a column.

cursor · why it is here · client · channel · who · title · due · age
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from normalizer.model import State
from store.views import ClientView, Lane, Row
from tui import words
from tui.lines import COLORS, Line, Span, Tone, fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all rows share while they are drawn."""

    clients: dict[str, ClientView] = field(default_factory=dict)
    zone: tzinfo
    now: datetime

    def client(self, slug: str) -> tuple[str, str]:
        """A client's name and its colour."""
        view = self.clients.get(slug)
        return (view.name, COLORS.get(view.color, "")) if view else (slug, "")


def why(row: Row, look: Look) -> tuple[str, Tone]:
    """The one mark that says most about the row; never by colour alone."""
    if row.state is State.GONE:
        return "x", Tone.DIM
    if row.state is not State.OPEN:
        return "✓", Tone.DIM
    if row.lane is Lane.ARCHIVED or row.lane is Lane.DONE:
        return "a", Tone.DIM
    if row.lane is Lane.SNOOZED:
        return "z", Tone.DIM
    if row.lane is Lane.WAITING:
        return "w", Tone.DIM
    late = words.is_due(row.due, look.now, look.zone) or row.act_by <= look.now
    if row.lane is Lane.PLANNED:
        return "p", Tone.ALERT if late else Tone.KEY
    if late:
        return "!", Tone.ALERT
    return ("•", Tone.STRONG) if row.unread else (" ", Tone.PLAIN)


def subject(row: Row) -> str:
    """What a row is about: a chat is called by who is in it, so what was said tells more."""
    return row.snippet if row.title in ("", row.who) and row.snippet else row.title


def draw(row: Row, look: Look, width: int, *, cursor: bool = False, marked: bool = False) -> Line:
    """One row in exactly `width` cells; narrow screens lose who, then due."""
    name, color = look.client(row.client)
    mark, tone = why(row, look)
    edge = ("›" if cursor else " ") if not marked else ("»" if cursor else "*")
    closed = tone is Tone.DIM
    text = Tone.DIM if closed else Tone.STRONG if row.unread else Tone.PLAIN
    client = 8 if width < 60 else 10 if width < 88 else 14
    who = 0 if width < 60 else 12 if width < 90 else 16
    due = 0 if width < 50 else 8
    title = width - 3 - client - 3 - (who + 1 if who else 0) - (due + 1 if due else 0) - 5
    spans = [
        Span(edge, Tone.KEY),
        Span(mark + " ", tone),
        Span(fit(name, client), Tone.DIM if closed else Tone.PLAIN, "" if closed else color),
        Span(f" {words.letter(row.channel_kind)}", Tone.DIM),
        Span("✎" if row.drafted else " ", Tone.KEY),
    ]
    if who:
        spans.append(
            Span(fit(row.who or row.container, who) + " ", Tone.DIM if not row.unread else text)
        )
    spans.append(Span(fit(subject(row), title), text))
    if due:
        when = row.until if row.lane in (Lane.SNOOZED, Lane.WAITING) else row.due
        spans.append(
            Span(
                " " + fit(words.due(when, look.now, look.zone), due),
                Tone.ALERT if tone is Tone.ALERT and when else Tone.DIM,
            )
        )
    spans.append(Span(f" {words.age(row.updated_at, look.now):>4}"[:5], Tone.DIM))
    return tuple(spans)
