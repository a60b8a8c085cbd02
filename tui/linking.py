"""Linking: what she has marked, or one item with others of its client, the likely ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, Final

from normalizer.text import fold
from store.errors import StoreError
from store.views import Row
from tui import words
from tui.choice import Choice, Option
from tui.likely import suggested
from tui.lines import Line, Span, Tone, fit, safe
from tui.reader import ReaderScreen
from tui.rows import Look, signs, subject
from tui.work import start

if TYPE_CHECKING:
    from textual.widgets import Input

    from store.database import Database
    from store.reader import Reader
    from triage.linking import Suggestion
    from triage.verbs import Outcome
    from tui.main import Trastienda

OTHERS: Final = 300
"""Items of the client that are listed, the newest first; what she types narrows these."""

_OPEN: Final = "state:open -state:archived -state:done"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is linked with the item, or leaves its matter."""

    item: int
    apart: bool = False


def join(app: Trastienda) -> None:
    """Link what is marked; of one item ask with what."""
    items = app.top.chosen
    if len(items) > 1:
        start(app, partial(_together, app, items), "link")
    elif items:
        start(app, partial(_ask, app, items[0]), "link")


async def _together(app: Trastienda, items: Sequence[int]) -> None:
    """Link what is marked, where it is all of one client."""
    try:
        rows = await app.desk.read(lambda reader: reader.rows(items))
    except StoreError as error:
        app.trouble(error)
        return
    owners = list(dict.fromkeys(row.client for row in rows if row is not None))
    if len(owners) > 1:
        names = ", ".join(safe(app.look().client(one)[0]) for one in owners)
        text = _("Not linked: those are of several clients ({clients}). A matter is of one client.")
        app.say("! " + text.format(clients=names), Tone.ALERT)
    else:
        _link(app, items)


def _link(app: Trastienda, items: Sequence[int]) -> None:
    """Make one matter of items; in the list its first one stands for all at once."""
    queue, now = app.board.queue, app.clock()
    linked = set(items)
    listed = [one for one in queue.source.ids if one in linked]
    here = queue.here

    def act(db: Database) -> Outcome:
        from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return verbs.link(db, items, now)

    queue.drop(listed[1:])
    queue.marked.clear()
    if here in linked and listed:
        queue.replace(queue.source.ids, at=listed[0])
        if isinstance(app.screen, ReaderScreen):
            app.screen.show(listed[0])
    app.board.refresh_status()
    app.do(act, items, verb=True)


def _apart(app: Trastienda, item: int) -> None:
    """Take an item out of its matter; it is listed by itself again."""
    now = app.clock()

    def act(db: Database) -> Outcome:
        from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        outcome = verbs.unlink(db, [item], now)
        return replace(outcome, items=tuple(sorted(outcome.items, key=lambda one: one != item)))

    app.do(act, verb=True)


async def _ask(app: Trastienda, number: int) -> None:
    def read(reader: Reader) -> tuple[Row | None, tuple[Suggestion, ...], list[Row]]:
        from store.query import parse  # noqa: PLC0415 - after the first paint
        from triage import linking  # noqa: PLC0415 - the same

        (row,) = reader.rows([number])
        if row is None:
            return None, (), []
        query = parse(_OPEN, now=look.now, timezone=look.zone)
        ids = reader.search(query, OTHERS, client=row.client)
        return row, linking.suggest(reader, number), [one for one in reader.rows(ids) if one]

    look = app.look()
    try:
        row, likely, others = await app.desk.read(read)
    except StoreError as error:
        app.trouble(error)
        return
    if row is None:
        app.say(_("This item is no longer here."))
        return
    mine = {row.id, *(one.id for one in row.others)}
    known = mine | {one.id for one in likely}
    left = [one for one in others if one.id not in known]

    def chosen(wish: Wish | None) -> None:
        if wish is not None and wish.apart:
            _apart(app, wish.item)
        elif wish is not None:
            _link(app, [number, wish.item])

    app.push_screen(Panel(row, likely, left, look), chosen)


class Panel(Choice[Wish]):
    """Offers what an item can be linked with. A digit takes what is likely at once; Enter the first
    of that, and else nothing till she has chosen.
    """

    def __init__(
        self, row: Row, likely: Sequence[Suggestion], others: Sequence[Row], look: Look
    ) -> None:
        client, color = look.client(row.client)
        self._likely = {str(number): one for number, one in enumerate(likely, 1)}
        title = _("Link “{title}” with what else of {client}? Type to narrow.")
        super().__init__(
            title.format(title=fit(subject(row), 30).rstrip(), client=client),
            partial(_options, row, likely, others, look), typing=True, color=color,
        )  # fmt: skip

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow; the digit of one that is likely chooses it."""
        for option in self._now:
            if option.key and option.key == event.value and self.is_current:
                self.dismiss(option.result)
                return
        super().on_input_changed(event)

    def _first(self) -> int:
        narrowed = bool(self.query("#panel-input")) and bool(self._words)
        return super()._first() if narrowed or self._likely else 0

    @property
    def _words(self) -> str:
        from textual.widgets import Input  # noqa: PLC0415 - after the first paint

        return self.query_one("#panel-input", Input).value.strip()


def _options(
    row: Row, likely: Sequence[Suggestion], others: Sequence[Row], look: Look, typed: str
) -> Sequence[Option[Wish]]:
    wanted = fold(typed).split()
    options: list[Option[Wish]] = []
    if not wanted:
        if not likely:
            told = _("Nothing is likely to be the same thing. ↓ chooses among the rest.")
            options.append(Option("", (Span(told, Tone.DIM),), None))
        for number, one in enumerate(likely, 1):
            options.append(Option(str(number), suggested(one), Wish(one.id)))
        options += _out(row)
    for other in others:
        about = fold(f"{subject(other)} {other.title} {other.who} {other.container}")
        if all(word in about for word in wanted):
            options.append(Option("", _line(other, look), Wish(other.id)))
    nothing = (Span(_("Nothing here."), Tone.DIM),)
    return options or [Option("", nothing, None)]


def _out(row: Row) -> Sequence[Option[Wish]]:
    """Ways out of its matter: of two there is one."""
    if not row.others:
        return []
    if len(row.others) == 1:
        return [Option("0", (Span(_("No longer linked: take the two apart")),), Wish(row.id, True))]
    text = _("Take it out of its matter: {title}")
    return [
        Option("0" if one is row else "",
               (Span(text.format(title=fit(one.title, 40).rstrip())),), Wish(one.id, True))
        for one in row.members
    ]  # fmt: skip


def _line(row: Row, look: Look) -> Line:
    return (
        Span(f"{signs(row):<2} ", Tone.DIM),
        Span(fit(subject(row), 44)),
        Span(f" {words.age(row.updated_at, look.now):>4}  ", Tone.DIM),
        Span(fit(row.who, 20).rstrip(), Tone.DIM),
    )
