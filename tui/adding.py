"""A new task in the client's own tool: where, what, and for when; then it goes out.

Whose it is stands in the client's colour over each question, with the channel and the place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, Final

from normalizer.said import Said, SaidError
from normalizer.text import fold
from store.views import Row
from triage import today as days
from tui import answer, focus, words
from tui.choice import Choice, Option
from tui.lines import Span, Tone, fit
from tui.question import Question
from tui.reader import ReaderScreen
from tui.rows import Look
from tui.work import start

if TYPE_CHECKING:
    from store.database import Database
    from store.lexicon import Lexicon
    from store.reader import Reader
    from triage.adding import Spot
    from triage.guard import Finding
    from triage.verbs import Outcome
    from tui.board import Board
    from tui.main import Trastienda

_LONGEST: Final = 3.0
"""Seconds for which further keys wait for what this one asks."""

_DIGITS: Final = 9
"""Places that a key chooses; where there are more, typing narrows them."""


@dataclass(frozen=True, slots=True)
class _Due:
    """For when it is; None: for no day."""

    at: date | datetime | None


async def press(app: Trastienda) -> None:
    """Ask for a new task of the client of the row under the cursor, else of the one she looks at
    alone. What she types meanwhile waits: it is a title, and no decision.
    """
    row, client = _whose(app.top)
    if not client:
        return
    near = row.container if row is not None else ""

    def read(db: Database) -> list[Spot]:
        from triage import adding  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return adding.spots(db, client, near=near)

    try:
        async with asyncio.timeout(_LONGEST):
            found = await app.desk.write(read)
    except TimeoutError:
        app.say("! " + _("The database does not answer. Nothing was done."), Tone.ALERT)
        return
    except SaidError as error:
        app.trouble(error)
        return
    if len(found) == 1:
        _title(app, found[0])
    else:
        app.push_screen(where(found, app.look()), partial(_title, app))


def nobody(top: Board | ReaderScreen) -> str:
    """Say that there is no client here whose new task it would be; "" where there is one."""
    return "" if _whose(top)[1] else _("Go to a row of the client first.")


def _whose(top: Board | ReaderScreen) -> tuple[Row | None, str]:
    """The row that it stands beside, and the client, a slug; "" where there is none."""
    row = top.row if isinstance(top, ReaderScreen) else top.queue.row
    if row is not None or isinstance(top, ReaderScreen):
        return row, row.client if row is not None else ""
    return None, top.request.client or top.app.alone


def where(found: Sequence[Spot], look: Look) -> Choice[Spot]:
    """The places of a client that take new tasks; where there are many, typing narrows them."""
    client, color = look.client(found[0].client)
    many = len(found) > _DIGITS

    def option(number: int, one: Spot) -> Option[Spot]:
        kind = words.kind(one.kind)
        channel = kind if kind == one.channel else f"{one.channel} · {kind}"
        place = Span(fit(words.container(one.name), 44))
        line = (place, Span(" " + fit(channel, 22), Tone.DIM))
        return Option("" if many else str(number), line, one)

    def options(typed: str) -> Sequence[Option[Spot]]:
        wanted = fold(typed).split()
        kept = [
            option(number, one)
            for number, one in enumerate(found, 1)
            if all(word in fold(f"{one.name} {one.channel}") for word in wanted)
        ]
        return kept or [Option("", (Span(_("Nothing by that name."), Tone.DIM),), None)]

    title = _("A new task for {client}: where?").format(client=client)
    return Choice(title, options, typing=many, color=color)


def _title(app: Trastienda, spot: Spot | None) -> None:
    if spot is None:
        return
    client, color = app.look().client(spot.client)
    title = _("New task · {client} · {channel} · {place}").format(
        client=fit(client, 20).strip(), channel=fit(spot.channel, 14).strip(),
        place=fit(words.container(spot.name), 26).strip(),
    )  # fmt: skip
    question: Question[str] = Question(
        title, str.strip, lambda _title: _("Enter: for when?"), color=color
    )
    app.push_screen(question, partial(_due, app, spot))


def _due(app: Trastienda, spot: Spot, title: str | None) -> None:
    if title is None:
        return
    look = app.look()
    client, color = look.client(spot.client)
    asked = _("For when? Enter alone: no date · {client} · {place}").format(
        client=fit(client, 18).strip(), place=fit(words.container(spot.name), 24).strip()
    )
    question = Question(
        asked,
        lambda text: _Due(days.parse_due(text, look.now, look.zone)),
        lambda due: words.moment(due.at, look.now, look.zone) if due.at else "",
        color=color,
        blank=_Due(None),
    )
    app.push_screen(question, partial(_dated, app, spot, title))


def _dated(app: Trastienda, spot: Spot, title: str, due: _Due | None) -> None:
    if due is None:
        app.say(_("Nothing was sent."))
    else:
        start(app, partial(_compare, app, spot, title, due), "adding")


async def _compare(app: Trastienda, spot: Spot, title: str, due: _Due) -> None:
    """Where the title may be meant for another client, take her word for it first."""

    def read(reader: Reader) -> tuple[Lexicon, list[Finding]]:
        from triage import guard  # noqa: PLC0415 - not before she writes something

        lexicon = reader.lexicon()
        return lexicon, guard.findings(title, spot.client, lexicon, reader)

    try:
        lexicon, found = await app.desk.read(read)
    except SaidError as error:
        app.trouble(error)
        return
    if not found:
        _go(app, spot, title, due)
        return
    names = focus.names(app, {one.slug: one.name for one in lexicon.clients})

    def agreed(hers: bool | None) -> None:
        if hers:
            _go(app, spot, title, due)
        else:
            app.say(_("Nothing was sent."))

    known = {spot.client: spot.client, **names}
    app.push_screen(answer.warning(spot, found, known, app.look()), agreed)


def _go(app: Trastienda, spot: Spot, title: str, due: _Due) -> None:
    now, me = app.clock(), app.setup.manner.me
    key = app.key("undo")

    def act(db: Database) -> Outcome:
        from triage import adding  # noqa: PLC0415 - brings SQLAlchemy: after the first paint
        from triage.verbs import Outcome  # noqa: PLC0415 - the same

        letter = adding.draft(spot, title, due.at, now, who=me)
        adding.post(db, letter, now)
        n = int((letter.send_at - now).total_seconds())
        said = Said("The new task goes in {n} s · {key} takes it back", (("n", n), ("key", key)))
        return Outcome(said, ())

    app.do(act)
