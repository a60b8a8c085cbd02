"""Done, here and at the clients': what that does is shown first, wherever it is new to her."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, Final

from normalizer.actions import Mail
from normalizer.said import Said, SaidError
from store.views import Lane
from tui import answer, focus, link, words
from tui.lines import Line, Span, Tone, fit, wrap
from tui.preview import Preview
from tui.rows import Look

if TYPE_CHECKING:
    from store.database import Database
    from store.reader import Reader
    from triage.finishing import Chosen, Part, Plan
    from triage.guard import Finding
    from triage.verbs import Outcome
    from tui.main import Trastienda

_LONGEST: Final = 3.0
"""Seconds for which further keys wait for what this one does."""

_TITLES: Final = 4
"""Items of a part that are named."""


async def begin(app: Trastienda, items: Sequence[int]) -> None:
    """Ask her where anything of it is new or somebody is told something; else do it."""
    if not items:
        app.say(_("There is nothing to do that to."))
        return
    now = app.clock().astimezone(app.setup.timezone)

    def read(reader: Reader) -> Chosen:
        from triage import finishing  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return finishing.chosen(reader, items, app.setup.manner)

    def make(what: Chosen, db: Database) -> Plan:
        from triage import finishing  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return finishing.plan(db, what, now)

    def compare(plan: Plan, reader: Reader) -> list[tuple[Part, list[Finding]]]:
        from triage import finishing  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return finishing.findings(reader, plan)

    try:
        async with asyncio.timeout(_LONGEST):
            what = await app.desk.read(read)
            plan = await app.desk.write(partial(make, what))
            odd = await app.desk.read(partial(compare, plan))
    except TimeoutError:
        app.say("! " + _("The database does not answer. Nothing was done."), Tone.ALERT)
        return
    except SaidError as error:
        app.trouble(error)
        return
    agreed = partial(_warned, app, plan, odd, focus.names(app, what.names))
    if plan.unseen:
        title = _("Done with {n}: is that what is to happen?").format(n=len(plan.items))
        app.push_screen(Preview(title, partial(lines, plan, app.look())), agreed)
    else:
        agreed(True)


def _warned(
    app: Trastienda, plan: Plan, odd: Sequence[tuple[Part, list[Finding]]],
    names: Mapping[str, str], hers: bool | None,
) -> None:  # fmt: skip
    """Where what they are told may be meant for another client, take her word for each."""
    if not hers:
        app.say(_("Nothing was sent, and nothing is done."))
    elif odd:
        (part, found), *rest = odd
        row = part.rows[0]
        known = {row.client: row.client, **names}
        warning = answer.warning(row, found, known, app.look())
        app.push_screen(warning, partial(_warned, app, plan, rest, names))
    else:
        _go(app, plan)


def _go(app: Trastienda, plan: Plan) -> None:
    now = app.clock()

    def act(db: Database) -> Outcome:
        from triage import finishing  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        outcome = finishing.finish(db, plan, now)
        if plan.letters:
            seconds = finishing.seconds(plan)
            said = Said("Done; it goes out in {n} seconds.", (("n", seconds),))
            return replace(outcome, text=said if seconds else Said("Done; it goes out now."))
        return outcome

    app.last = None  # it reaches the clients: never by a key that names nothing
    app.decide(act, plan.items, Lane.DONE)
    by_hand = [part for part in plan.parts if part.way == "by_hand"]
    for part in by_hand:
        answer.lay_ready(app, part.rows[0], part.text, partial(link.go, app))


def lines(plan: Plan, look: Look, width: int) -> list[Line]:
    """What happens at each client, in each channel."""
    drawn: list[Line] = []
    for part in plan.parts:
        drawn += [(), *_part(part, look, width)] if drawn else _part(part, look, width)
    return drawn


def _part(part: Part, look: Look, width: int) -> Iterator[Line]:
    row, count = part.rows[0], len(part.rows)
    name, color = look.client(row.client)
    kind = words.kind(row.channel_kind)
    where = kind if kind == row.channel else f"{row.channel} · {kind}"
    yield (
        Span(" " + fit(name, 40).strip(), Tone.STRONG, color),
        Span(f"  {fit(where, 40).strip()}", Tone.DIM),
    )
    mark, tone = ("! ", Tone.ALERT) if part.lacks else ("", Tone.PLAIN)
    for text in wrap(mark + words.way(part.way, part.said, count), width - 4):
        yield (Span("   " + text, tone),)
    for error in part.refused:
        for text in wrap("! " + error.text(_), width - 6):
            yield (Span("     " + text, Tone.ALERT),)
    for one in part.rows[:_TITLES]:
        yield (Span("     " + fit(one.title, width - 6).rstrip(), Tone.DIM),)
    if count > _TITLES:
        more = _("and {n} more").format(n=count - _TITLES)
        yield (Span(f"     {more}", Tone.DIM),)
    for mail in [one.action for one in part.letters if isinstance(one.action, Mail)]:
        for text in words.addressed(mail.sender, (*mail.to, *mail.cc)):
            for told in wrap(text, width - 6):
                yield (Span("     " + told, Tone.STRONG),)
    for text in wrap(part.text, width - 6):
        yield (Span("   │ ", Tone.DIM), Span(text))
