"""A matter on the screen: what is linked, read as one, and which of it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING

from store.views import ItemView, Member, Row
from tui import answer as answering
from tui import item as drawing
from tui import link, words
from tui.choice import Choice, Option
from tui.lines import Line, Span, Tone, fit, spread, wrap
from tui.rows import Look, signs

if TYPE_CHECKING:
    from store.reader import Reader
    from tui.board import Board
    from tui.main import Trastienda
    from tui.reader import ReaderScreen


def answer(app: Trastienda, top: Board | ReaderScreen, *, texts: bool) -> None:
    """Answer what is chosen; of a matter ask first which of it, what was said last before the
    rest.
    """
    number, row = top.number, top.row
    if number is None:
        app.say(_("There is nothing to do that to."))
        return
    browse = partial(link.go, app)
    begin = partial(answering.begin, app, top, browse, texts=texts)
    if row is None or row.id != number or not row.others:
        begin(number=number)
        return

    def chosen(item: int | None) -> None:
        if item is not None:
            begin(number=item)

    app.push_screen(_which(row, app.look()), chosen)


def _which(row: Row, look: Look) -> Choice[int]:
    client, color = look.client(row.client)
    members = sorted((row, *row.others), key=lambda one: one.updated_at, reverse=True)
    options = [
        Option(str(n) if n < 10 else "", _member(one, look), one.id)
        for n, one in enumerate(members, 1)
    ]
    title = _("Which of them do you answer? All are of {client}.").format(client=client)
    return Choice(title, lambda _typed: options, color=color)


def _member(one: Row | Member, look: Look) -> Line:
    about = [words.kind(one.channel_kind), one.who or words.container(one.container)]
    return (
        Span(fit(" · ".join(part for part in about if part), 28), Tone.STRONG),
        Span(" " + fit(one.title, 34)),
        Span(f" {words.age(one.updated_at, look.now):>4}", Tone.DIM),
    )


def linked(row: Row) -> Line:
    """How many items are one, and where each comes from; nothing where it is one alone."""
    if not row.others:
        return ()
    told = _("{n} in one: {signs}").format(n=len(row.others) + 1, signs=signs(row))
    return (Span(f"  {told}", Tone.KEY),)


def peek(row: Row, look: Look, width: int, hint: Line) -> list[Line]:
    """The few lines under the list: of a matter each of its items, else what was said last, and
    what is likely the same thing.
    """
    lines = drawing.peek(row, look, width)
    if row.others:
        said = wrap(row.latest.snippet, min(width - 2, drawing.WIDEST))[:1]
        lines[3] = (Span(f" {said[0]}" if said else ""),)
        names = [f"{words.letter(one.channel_kind)} {one.title}" for one in row.others]
        lines[4] = (Span(" + " + fit(" · ".join(names), width - 4).rstrip(), Tone.DIM),)
    elif hint:
        lines[4] = (Span(" "), *hint)
    return lines


def read(reader: Reader, number: int) -> list[ItemView]:
    """Read an item, and after it what it is linked with. Raises StoreError."""
    first = reader.item(number)
    if first is None:
        return []
    others = [reader.item(one.id) for one in first.row.others]
    return [first, *(one for one in others if one is not None)]


def whole(
    views: Sequence[ItemView], look: Look, width: int, *, unfolded: bool = False
) -> tuple[list[Line], int]:
    """The lines of a matter in one column, and the first one worth seeing: the first that she has
    not read, of whichever item, or the newest.
    """
    lines: list[Line] = []
    starts: list[tuple[bool, float, int]] = []
    for view in views:
        top = len(lines)
        if top:
            lines += heading(view.row, look, width)
        drawn, at = drawing.whole(view, look, width, unfolded=unfolded)
        unread = any(one.unread for one in view.messages)
        starts.append((unread, view.row.updated_at.timestamp(), len(lines) + at if at else top))
        lines += drawn
    first = next((at for unread, _, at in starts if unread), None)
    return lines, max(starts, key=lambda one: one[1])[2] if first is None else first


def heading(row: Row, look: Look, width: int) -> list[Line]:
    """What begins here, in a matter: where it comes from, what it is called, and its state."""
    bar = Span("━" * min(width - 2, drawing.WIDEST), Tone.DIM)
    parts = [words.kind(row.channel_kind), words.container(row.container)]
    about = (Span(" " + " · ".join(fit(part, 40).rstrip() for part in parts if part), Tone.DIM),)
    title = (Span(" " + fit(row.title, width - 2).rstrip(), Tone.STRONG),)
    return [(Span(" "), bar), spread(about, drawing.state_words(row, look), width - 1), title, ()]


def links(views: Sequence[ItemView]) -> list[str]:
    """The addresses that a matter names: those of its items first."""
    own = [view.row.url for view in views if view.row.url]
    named = [one for view in views for one in drawing.links(view)]
    return list(dict.fromkeys([*own, *named]))[:9]
