"""The grammar of a row of the queue: one meaning a column.

cursor · why it is here · client · channels · who · title · badges · due · age
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from normalizer.kinds import Kind, State
from store.row import ClientView, Lane, Row, Turn
from tui import plain, words
from tui.hits import lit
from tui.keys import NORMAL, Keys
from tui.lines import Line, Span, Tone, fit
from tui.plain import Notes


class Look(NamedTuple):
    """What all rows share while they are drawn."""

    zone: tzinfo
    now: datetime
    clients: Mapping[str, ClientView] = MappingProxyType({})
    keys: Keys = NORMAL
    """What a sentence that names a key names."""

    plain: bool = False
    """For a screen reader: in words."""

    sought: tuple[str, ...] = ()
    """Words that stand out in the titles."""

    focus: str = ""
    """The client, a slug, who alone is there while others watch the screen; "": nobody watches."""

    def client(self, slug: str) -> tuple[str, str]:
        """A client's name and its colour."""
        view = self.clients.get(slug)
        return (view.name, view.color) if view else (slug, "")


NEW_FOR = timedelta(days=7)
"""A task that she has never opened is new for so long: a whole board that is read for the first
time is not.
"""


def is_new(row: Row, look: Look) -> bool:
    """Whether something in it, or in what it is linked with, she has not looked at yet."""
    first = row.kind is Kind.TASK and not row.looked and row.created_at is not None
    return bool(
        row.fresh
        or any(one.fresh for one in row.others)
        or (first and row.created_at and look.now - row.created_at < NEW_FOR)
    )


def is_changed(row: Row) -> bool:
    """Whether something in it has changed at the client's since she looked at it."""
    return bool(row.changes or any(one.changes for one in row.others))


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
    return ("•", Tone.STRONG) if is_new(row, look) else (" ", Tone.PLAIN)


def badges(row: Row) -> str:
    """What else there is to know, a mark each: changed there, files, and whose turn it is where it
    is not hers.
    """
    files = row.attachments or any(one.attachments for one in row.others)
    turn = {Turn.CLIENT: "c", Turn.THIRD: "t"}.get(row.turn, "")
    return ("~" if is_changed(row) else "") + ("+" if files else "") + turn


def signs(row: Row) -> str:
    """Where it comes from, a letter a kind of channel: of a matter those of all its items."""
    kinds = dict.fromkeys((row.channel_kind, *(one.channel_kind for one in row.others)))
    return "".join(map(words.letter, kinds)) or "?"


def carried(row: Row, look: Look) -> str:
    """Since which earlier day it is planned; "" where it is not."""
    if row.lane is not Lane.PLANNED or row.since is None:
        return ""
    from triage import today  # noqa: PLC0415 - only where something is planned

    then, now = today.of(row.since, look.zone), today.of(look.now, look.zone)
    return words.since(then, now) if then < now else ""


def subject(row: Row) -> str:
    """What a row is about: a chat is called by who is in it, so what was said tells more."""
    return row.snippet if row.title in ("", row.who) and row.snippet else row.title


def draw(
    row: Row, look: Look, width: int, *, cursor: bool = False, marked: bool = False,
    named: bool = True, planned: bool = False,
) -> Line:  # fmt: skip
    """One row in exactly `width` cells; narrow screens lose who, then due, then the badges.

    `named`: it says whose it is; in a list client by client only the first of each does.
    `planned`: it stands in the plan of the day, which says how long it takes instead of its age,
    and of what is left of an earlier day since when instead of who.
    """
    name, color = look.client(row.client)
    if look.plain:
        notes = Notes(new=is_new(row, look), changed=is_changed(row), marked=marked)
        return plain.row(row, subject(row), look, width, notes)
    mark, tone = why(row, look)
    edge = ("›" if cursor else " ") if not marked else ("»" if cursor else "*")
    closed = tone is Tone.DIM
    new, latest = is_new(row, look), row.latest
    text = Tone.DIM if closed else Tone.STRONG if new else Tone.PLAIN
    client = 8 if width < 60 else 10 if width < 88 else 14
    who = 0 if width < 60 else 11 if width < 90 else 16
    due = 0 if width < 50 else 8
    sign = 1 if width < 60 else 2 if width < 100 else 4
    extra = 0 if width < 60 else 3
    title = width - 3 - client - (sign + 2) - (who + 1 if who else 0)
    title -= (due + 1 if due else 0) + (extra + 1 if extra else 0) + 5
    spans = [
        Span(edge, Tone.KEY),
        Span(mark + " ", tone),
        Span(
            fit(name if named else "", client), Tone.DIM if closed else Tone.PLAIN,
            "" if closed else color,
        ),
        Span(f" {fit(signs(row), sign)}", Tone.DIM),
        Span("✎" if row.drafted else " ", Tone.KEY),
    ]  # fmt: skip
    if who and planned and (old := carried(row, look)):
        spans.append(Span(fit(old, who) + " ", Tone.KEY))
    elif who:
        spans.append(
            Span(fit(latest.who or latest.container, who) + " ", text if new else Tone.DIM)
        )
    spans += lit(Span(fit(subject(row), title), text), look.sought)
    if extra:
        loud = is_changed(row) and not closed
        spans.append(Span(f" {badges(row):>{extra}}", Tone.KEY if loud else Tone.DIM))
    if due:
        when = row.until if row.lane in (Lane.SNOOZED, Lane.WAITING) else row.due
        spans.append(
            Span(
                " " + fit(words.due(when, look.now, look.zone), due),
                Tone.ALERT if tone is Tone.ALERT and when else Tone.DIM,
            )
        )
    last = words.span_cell(row.minutes) if planned else words.age(latest.updated_at, look.now)
    spans.append(Span(f" {last:>4}"[:5], Tone.DIM))
    return tuple(spans)
