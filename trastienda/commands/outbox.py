"""`outbox`: what goes out to the clients' tools, and what became of it."""

from __future__ import annotations

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


def outbox(ctx: Context) -> int:
    """Write a line for each, newest first, and why it waits beneath; before that, take her word
    for what became of one.
    """
    with ctx.database() as db:
        for number, arrived in ((ctx.options.arrived, True), (ctx.options.again, False)):
            if number is not None and not kept.settle(db, number, ctx.now, arrived=arrived):
                raise NotAskedError(
                    "There is no question about {number}. “trastienda outbox” lists what goes out.",
                    number=number,
                )
        found = kept.listed(db, ended=ctx.options.all, limit=_MOST)
    with ctx.reader() as reader:
        names = {client.slug: client.name for client in reader.clients()}
    if ctx.json:
        console.data({"writes": [_json(one) for one in found]})
        return Exit.OK
    for one in found:
        _say(ctx, one, names.get(one.client, one.client))
    if not found:
        console.say(_("Nothing is waiting to be sent."))
    elif not lock.held(ctx.home.lock) and any(_waits(one) for one in found):
        console.say()
        console.say(_("Nothing is being sent now; the screen or “sync” does it."))
    return Exit.OK


def _waits(one: OutgoingView) -> bool:
    return one.state in {Outgoing.QUEUED, Outgoing.DOUBT}


def _json(one: OutgoingView) -> dict[str, object]:
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
    console.say(safe(f"{fit(client, 12)} {fit(_state(ctx, one), 24)} {about}").rstrip())
    if one.error is not None:
        for line in wrap(safe(one.error.text(_)), console.width() - 13):
            console.say(f"{'':13}{line}")
    if one.state is Outgoing.ASK:
        for line in (
            _("It arrived: trastienda outbox --arrived {number}"),
            _("It did not; send it again: trastienda outbox --again {number}"),
        ):
            console.say(f"{'':13}{line.format(number=one.id)}")


def _state(ctx: Context, one: OutgoingView) -> str:
    if one.state is Outgoing.QUEUED and one.send_at > ctx.now:
        return _("goes {when}").format(when=words.moment(one.send_at, ctx.now, ctx.zone))
    ended = one.ended_at or one.decided_at
    return f"{words.outgoing(one.state)} {words.age(ended, ctx.now)}"
