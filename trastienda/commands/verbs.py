"""`archive`, `snooze`, `wait`, `link`, `unlink`, `undo`, `redo`: her decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from gettext import gettext as _

from store.database import Database
from trastienda import console
from trastienda.commands.show import no_item
from trastienda.context import Context
from trastienda.exits import Exit
from triage import verbs
from triage.verbs import Outcome
from triage.when import parse_date
from tui import words

_ON_REPLY = {
    "reply", "replies", "until reply", "until they reply", "respuesta", "responda", "respondan",
    "hasta que respondan", "hasta que responda",
}  # fmt: skip


def archive(ctx: Context) -> int:
    """Put items away."""
    return _decide(ctx, ctx.options.items, lambda db, ids: verbs.archive(db, ids, ctx.now))


def snooze(ctx: Context) -> int:
    """Hide an item until they write or a moment comes, whichever is first."""
    when, hard = " ".join(ctx.options.when), ctx.options.hard
    if when.strip().lower() in _ON_REPLY and not hard:
        return _decide(
            ctx, [ctx.options.item], lambda db, ids: verbs.snooze(db, ids, None, ctx.now)
        )
    until = parse_date(when, ctx.now, ctx.zone)
    return _decide(
        ctx, [ctx.options.item],
        lambda db, ids: verbs.snooze(db, ids, until, ctx.now, hard=hard), until,
    )  # fmt: skip


def wait(ctx: Context) -> int:
    """Leave items with the client."""
    given = ctx.options.until
    until = parse_date(given, ctx.now, ctx.zone) if given else None
    return _decide(
        ctx, ctx.options.items, lambda db, ids: verbs.wait(db, ids, ctx.now, until), until
    )


def link(ctx: Context) -> int:
    """Make one matter of items of one client."""
    return _decide(ctx, ctx.options.items, lambda db, ids: verbs.link(db, ids, ctx.now))


def unlink(ctx: Context) -> int:
    """Take an item out of its matter."""
    return _decide(ctx, [ctx.options.item], lambda db, ids: verbs.unlink(db, ids, ctx.now))


def undo(ctx: Context) -> int:
    """Take back the last decision."""
    with ctx.database() as db:
        return report(ctx, verbs.undo(db, ctx.now))


def redo(ctx: Context) -> int:
    """Take again the decision last undone."""
    with ctx.database() as db:
        return report(ctx, verbs.redo(db, ctx.now))


def _decide(
    ctx: Context, items: Sequence[int], act: Callable[[Database, Sequence[int]], Outcome],
    until: datetime | None = None,
) -> int:  # fmt: skip
    check(ctx, items)
    with ctx.database() as db:
        return report(ctx, act(db, items), until)


def check(ctx: Context, items: Sequence[int]) -> None:
    """See that they are all there. Raises StoreError."""
    with ctx.reader() as reader:
        for number, row in zip(items, reader.rows(items), strict=True):
            if row is None:
                raise no_item(number)


def report(ctx: Context, outcome: Outcome, until: datetime | None = None) -> int:
    """Say what was done."""
    text = outcome.text.text(_)
    if ctx.json:
        console.data({"items": outcome.items, "until": until, "text": text})
        return Exit.OK
    if until is not None:
        when = words.moment(until, ctx.now, ctx.zone)
        text = _("{text} Until {when}.").format(text=text, when=when)
    console.say(text)
    return Exit.OK
