"""`status`: how fresh each channel is, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from gettext import gettext as _
from pathlib import Path

from normalizer.said import Said
from store import place
from store.driver import is_server
from store.views import ChannelView, Health, Outgoing
from trastienda import console, health, lock
from trastienda.context import Context
from trastienda.exits import Exit
from tui import words
from tui.lines import fit, safe, wrap


def status(ctx: Context) -> int:
    """Write a line for each channel, and its error or notices beneath."""
    with ctx.reader() as reader:
        found = reader.channels()
        names = {client.slug: client.name for client in reader.clients()}
        unsent = reader.unsent()
    alive = lock.held(ctx.home.lock)
    channels = [health.as_it_is(channel, alive=alive) for channel in found]
    trouble = _trouble(ctx)
    if ctx.json:
        console.data({
            "engine": alive,
            "trouble": None if trouble is None else trouble.text(_),
            "channels": [_json(ctx, channel) for channel in channels],
            "outbox": {state: unsent.get(state, 0) for state in _UNSENT},
        })  # fmt: skip
        return Exit.OK
    if trouble is not None:
        for line in wrap(safe("! " + trouble.text(_)), console.width()):
            console.say(line)
        console.say()
    for channel in channels:
        _say(ctx, channel, names.get(channel.client, channel.client), alive=alive)
    if unsent:
        console.say()
        console.say(_unsent(unsent))
    if not channels and ctx.configured and any(ctx.config.channels()):
        console.say(_("Nothing has been fetched yet: “trastienda sync” or the screen does it."))
    elif not channels:
        console.say(_("No channel has been set up."))
    elif not alive:
        console.say()
        console.say(_("Nothing is being fetched now; the screen or “sync --watch” does it."))
    return Exit.OK


_UNSENT = (Outgoing.QUEUED, Outgoing.SENDING, Outgoing.DOUBT, Outgoing.ASK, Outgoing.REFUSED)


def _unsent(counts: Mapping[Outgoing, int]) -> str:
    """Say what she sent that has not arrived; “trastienda outbox” lists it."""
    parts = [f"{words.outgoing(state)} {counts[state]}" for state in _UNSENT if state in counts]
    return _("To the clients’ tools: {parts} (“trastienda outbox”)").format(parts=", ".join(parts))


def _trouble(ctx: Context) -> Said | None:
    """Say what keeps everything that is fetched from being remembered, no channel's own fault."""
    if is_server(ctx.target):
        return None  # a server that cannot be written has mostly not answered either
    hindrance = place.hindrance(Path(ctx.target))
    return None if hindrance is None else hindrance.said


def _json(ctx: Context, channel: ChannelView) -> dict[str, object]:
    last = channel.last_success
    return {
        "client": channel.client,
        "channel": channel.channel,
        "kind": channel.kind,
        "state": channel.health,
        "last_success": last,
        "age_seconds": None
        if last is None or words.is_ahead(last, ctx.now)
        else max(0, int((ctx.now - last).total_seconds())),
        "next_run": channel.next_run,
        "failures": channel.failures,
        "error": None if channel.error is None else channel.error.text(_),
        "notices": [notice.text(_) for notice in channel.notices],
    }


def _say(ctx: Context, channel: ChannelView, client: str, *, alive: bool) -> None:
    cells = (
        fit(safe(client), 16),
        fit(safe(channel.channel), 14),
        fit(words.kind(channel.kind), 9),
        fit(words.health(channel.health), 20),
        f"{words.fresh(channel.last_success, ctx.now):>4}",
    )
    text = " ".join(cells)
    if alive and channel.next_run is not None and channel.health is not Health.SYNCING:
        seconds = max(timedelta(), channel.next_run - ctx.now).total_seconds()
        text += "  " + _("next in {n} s").format(n=int(seconds))
    console.say(text.rstrip())
    said = [channel.error] if channel.error is not None else []
    for one in (*said, *channel.notices):
        for part in words.told(one, console.width() - 4):
            console.say("    " + part)
