"""What was decided, newest first: by her, and by the clock and the messages that woke things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from gettext import gettext as _
from typing import TYPE_CHECKING

from normalizer.said import SaidError
from store.views import Row
from tui import words
from tui.choice import Choice, Option
from tui.lines import Span, Tone, fit
from tui.rows import Look

if TYPE_CHECKING:
    from store.database import Database
    from store.reader import Reader
    from store.triage import Entry
    from tui.main import Trastienda

SHOWN = 100
"""Decisions listed."""


async def show(app: Trastienda) -> None:
    """Lay it over the screen."""
    look = app.look()

    def read(db: Database) -> list[Entry]:
        from store import triage  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return triage.history(db, SHOWN if not app.alone else SHOWN * SHOWN)

    try:
        entries = await app.desk.write(read)
        every = bool(app.alone)
        rows = await app.desk.read(lambda reader: titles(entries, reader, every=every))
    except SaidError as error:
        app.trouble(error)
        return
    if app.alone:
        entries = [one for one in (_there(one, rows) for one in entries) if one.items][:SHOWN]
    nothing = (Span(_("Nothing yet."), Tone.DIM),)
    lines = [line(entry, rows, look) for entry in entries] or [nothing]
    options: list[Option[None]] = [Option("", line, None) for line in lines]
    title = _("What you did, newest first")
    panel: Choice[None] = Choice(title, lambda _typed: options)
    await app.push_screen(panel)


def verb_name(verb: str) -> str:
    """What a journal line is about."""
    names = {
        "archive": _("Archive"), "snooze": _("Snooze"), "wait": _("Wait"), "plan": _("Plan"),
        "inbox": _("Back into the queue"), "due": _("Back: its time came"),
        "reply": _("Back: they wrote"), "answer": _("Answer"), "done": _("Done"),
        "draft": _("Draft kept there"), "create": _("New task"),
        "refused": _("Back: it was not carried out"),
        "asked": _("Back: did it arrive?"),
        "later": _("Plan for a day"), "order": _("Order"), "estimate": _("How long"),
        "link": _("Link"), "unlink": _("Unlink"),
    }  # fmt: skip
    return names.get(verb, verb)


def titles(entries: Sequence[Entry], reader: Reader, *, every: bool = False) -> dict[int, Row]:
    """The first item of each entry, to call it by its title, or `every` one. Raises StoreError."""
    wanted = [item for entry in entries for item in entry.items[: None if every else 1]]
    return {row.id: row for row in reader.rows(wanted) if row}


def _there(entry: Entry, rows: Mapping[int, Row]) -> Entry:
    """An entry with those of its items alone that are shown."""
    return replace(entry, items=tuple(item for item in entry.items if item in rows))


def line(entry: Entry, rows: dict[int, Row], look: Look) -> tuple[Span, ...]:
    """When, what, to which item, and whether it was taken back."""
    row = rows.get(entry.items[0]) if entry.items else None
    title = row.title if row else "–"
    more = len(entry.items) - 1
    tone = Tone.DIM if entry.undone or not entry.hers else Tone.PLAIN
    spans = [
        Span(fit(words.moment(entry.at, look.now, look.zone), 17), Tone.DIM),
        Span(fit(verb_name(entry.verb), 20), tone),
        Span(fit(title, 60).rstrip(), tone),
    ]
    if more > 0:
        spans.append(Span(" " + _("and {n} more").format(n=more), Tone.DIM))
    if entry.undone:
        spans.append(Span("  " + _("(undone)"), Tone.DIM))
    return tuple(spans)
