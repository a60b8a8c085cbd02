"""`outbox`: what goes out to the clients' tools, and what became of it."""

from __future__ import annotations

from functools import partial
from gettext import gettext as _

from normalizer.said import SaidError
from store import outbox as kept
from store.views import Outgoing, OutgoingView
from trastienda import console, lock
from trastienda.context import Context
from trastienda.exits import Exit
from tui import words
from tui.lines import fit, safe, wrap

_MOST = 200
"""Lines that are listed."""


class NotAskedError(SaidError):
    """She was not asked about a write of that number."""


def _settle(ctx: Context) -> None:
    """Take her word for what is to become of writes."""
    said = (
        (ctx.options.arrived, partial(kept.settle, arrived=True)),
        (ctx.options.again, partial(kept.settle, arrived=False)),
        (ctx.options.drop, kept.drop),
    )
    for number, take in said:
        if number is None:
            continue
        with ctx.database() as db:
            if not take(db, number, ctx.now):
                raise NotAskedError(
                    "There is no question about {number}. “trastienda outbox” lists what goes out.",
                    number=number,
                )


def outbox(ctx: Context) -> int:
    """Write a line for each, newest first, and why it waits beneath; before that, take her word
    for what became of one.
    """
    _settle(ctx)
    with ctx.reader() as reader:
        found = reader.outgoing(ended=ctx.options.all, limit=_MOST)
        names = {client.slug: client.name for client in reader.clients()}
    if ctx.json:
        console.data({"writes": [as_json(one) for one in found]})
        return Exit.OK
    for one in found:
        _say(ctx, one, names.get(one.client, one.client))
    if not found:
        console.say(_("Nothing is waiting to be sent."))
    elif any(_waits(one) for one in found):
        say_who_sends(ctx)
    return Exit.OK


def say_who_sends(ctx: Context) -> None:
    """Say that what was queued does not go by itself, where no process is at work that sends it."""
    if not lock.held(ctx.home.lock):
        console.say(_("Nothing is being sent now; the screen or “sync” does it."))


def _waits(one: OutgoingView) -> bool:
    return one.state in {Outgoing.QUEUED, Outgoing.DOUBT}


def as_json(one: OutgoingView) -> dict[str, object]:
    """Give it as the contract of `outbox` has it."""
    return {
        "id": one.id,
        "client": one.client,
        "channel": one.channel,
        "item": one.item_id,
        "title": one.title,
        "action": one.action,
        "text": one.text,
        "state": one.state,
        "decided_at": one.decided_at,
        "send_at": one.send_at,
        "again_at": one.again_at,
        "attempts": one.attempts,
        "ended_at": one.ended_at,
        "error": None if one.error is None else one.error.text(_),
    }


def _say(ctx: Context, one: OutgoingView, client: str) -> None:
    about = f"{words.deed(one.action)}: {one.text or one.title}"
    said = words.outlook(one, ctx.now, ctx.zone)
    console.say(safe(f"{fit(client, 12)} {fit(said, 24)} {about}").rstrip())
    if one.error is not None:
        for line in wrap(safe(one.error.text(_)), console.width() - 13):
            console.say(f"{'':13}{line}")
    for line in _answers(one.state):
        console.say(f"{'':13}{line.format(number=one.id)}")


def _answers(state: Outgoing) -> tuple[str, ...]:
    """What she can say about a write, with a place for its number."""
    if state is Outgoing.ASK:
        return (
            _("It arrived: trastienda outbox --arrived {number}"),
            _("It did not; send it again: trastienda outbox --again {number}"),
        )
    if state is Outgoing.REFUSED:
        return (_("Decide again, or leave it: trastienda outbox --drop {number}"),)
    return ()
