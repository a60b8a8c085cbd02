"""`queue` and `search`: rows, for people or for programs."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

from store.query import parse
from store.reader import Reader
from store.search import searchable
from store.views import Row
from trastienda import console
from trastienda.commands.views import find
from trastienda.context import Context
from trastienda.exits import Exit
from tui import words
from tui.empty import wordless
from tui.lines import fit, safe
from tui.rows import subject

SHOWN = 50
"""Rows for people, where they did not say how many."""


def queue(ctx: Context) -> int:
    """List what needs her, most urgent first, or a view; with a query, what it finds there."""
    text = " ".join(ctx.options.query)
    with ctx.reader() as reader:
        view = getattr(ctx.options, "view", None)  # it may stand in for the screen
        if view is not None:
            request = find(reader, view)._replace(words=text)
            return show_rows(ctx, reader, request.ids(reader, ctx.now, ctx.zone))
        query = parse(text, now=ctx.now, timezone=ctx.zone) if text.strip() else None
        return show_rows(ctx, reader, reader.ids(query))


def search(ctx: Context) -> int:
    """List what the query finds anywhere, newest first."""
    text = " ".join(ctx.options.query)
    with ctx.reader() as reader:
        query = parse(text, now=ctx.now, timezone=ctx.zone)
        return show_rows(ctx, reader, reader.search(query, limit=2**31))


def show_rows(ctx: Context, reader: Reader, ids: Sequence[int]) -> int:
    """Write the first rows of `ids`, and how many there are."""
    limit = getattr(ctx.options, "limit", None) or (len(ids) if ctx.json else SHOWN)
    rows = [row for row in reader.rows(ids[:limit]) if row is not None]
    if ctx.json:
        console.data({"total": len(ids), "items": [as_json(row) for row in rows]})
        return Exit.OK
    names = {client.slug: client.name for client in reader.clients()}
    for text in _table(ctx, rows, names):
        console.say(text)
    text = " ".join(getattr(ctx.options, "query", ()))
    if text.strip() and not searchable(text):
        console.say(wordless(text))
    elif not ids:
        console.say(_("Nothing here."))
    elif len(rows) < len(ids):
        console.say(_("… and {n} more; --limit shows more.").format(n=len(ids) - len(rows)))
    return Exit.OK


def as_json(row: Row) -> dict[str, object]:
    """Spell a row by the contract: keys are stable, values are not translated."""
    return {
        "id": row.id,
        "client": row.client,
        "channel": row.channel,
        "channel_kind": row.channel_kind,
        "external_id": row.external_id,
        "kind": row.kind,
        "title": row.title,
        "state": row.state,
        "triage": row.lane,
        "turn": row.turn,
        "due": row.due,
        "url": row.url,
        "updated_at": row.updated_at,
        "unread": row.unread,
        "labels": row.labels,
        "container": row.container,
    }


def _table(ctx: Context, rows: Sequence[Row], names: dict[str, str]) -> list[str]:
    """Align the rows under their headings; `*` marks what is unread."""
    if not rows:
        return []
    room = console.width()
    number = max(len(str(row.id)) for row in rows)
    client = min(12, max(8, *(len(names.get(row.client, row.client)) for row in rows)))
    left = room - (number + client + 21)
    who = min(16, left // 3)

    def line(*cells: str) -> str:
        wide = (number, 1, client, 1, 4, 8, who, left - who - 3)
        fitted = [fit(cell, width) for cell, width in zip(cells, wide, strict=True)]
        return " ".join((fitted[0] + fitted[1], *fitted[2:])).rstrip()

    lines = [line("", "", _("client"), "", _("age"), _("due"), _("who"), _("subject"))]
    lines += [
        line(
            f"{row.id:>{number}}",
            "*" if row.unread else " ",
            safe(names.get(row.client, row.client)),
            words.letter(row.channel_kind),
            f"{words.age(row.updated_at, ctx.now):>4}",
            words.due(row.due, ctx.now, ctx.zone),
            safe(row.who),
            safe(subject(row)),
        )
        for row in rows
    ]
    return lines
