"""What changed of an item at the client's: each field before and after, who, when; newest first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING

from store.errors import StoreError
from tui import item as drawing
from tui import words
from tui.choice import Choice, Option
from tui.lines import Span, Tone, fit
from tui.work import start

if TYPE_CHECKING:
    from store.narrowed import Narrowed
    from store.views import ItemView
    from tui.main import Trastienda
    from tui.rows import Look

SHOWN = 60
"""Changes of an item that are listed."""


def show(app: Trastienda) -> None:
    """List those of the item she is at, and of what it is linked with."""
    number = next(iter(app.top.chosen), None)
    if number is not None:
        start(app, partial(_show, app, number), "changes")


async def _show(app: Trastienda, number: int) -> None:
    try:
        items = await app.desk.read(lambda reader: _read(reader, number))
    except StoreError as error:
        app.trouble(error)
        return
    if not items:
        app.say(_("This item is no longer here."))
        return
    look = app.look()
    name, color = look.client(items[0].row.client)
    options = list(_options(items, look, app.size.width - 4))
    title = _("What changed at {client}’s").format(client=fit(name, 30).rstrip())
    panel: Choice[None] = Choice(title, lambda _typed: options, color=color)
    await app.push_screen(panel)


def _read(reader: Narrowed, number: int) -> list[ItemView]:
    """Read it, and what else is of its matter, without their messages."""
    (row,) = reader.rows([number])
    ids = [number] if row is None else [one.id for one in row.members]
    found = (reader.opened(one) for one in ids)
    return [one[0] for one in found if one is not None]


def _options(items: list[ItemView], look: Look, width: int) -> Iterator[Option[None]]:
    nothing = True
    for item in items:
        if not item.changes:
            continue
        nothing = False
        if len(items) > 1:
            text = f"{words.kind(item.row.channel_kind)} · {item.row.title}"
            yield Option("", (Span(fit(text, width).rstrip(), Tone.STRONG),), None)
        seen = item.seen[1] if item.seen is not None else 0
        for change in reversed(item.changes[-SHOWN:]):
            mark = Span("~ " if change.id > seen else "  ", Tone.KEY)
            head, *rest = drawing.change_lines(change, look, width - 2)
            yield Option("", (mark, *head), None)
            yield from (Option("", (Span("  "), *line), None) for line in rest)
    if nothing:
        yield Option("", (Span(_("Nothing has changed there so far."), Tone.DIM),), None)
