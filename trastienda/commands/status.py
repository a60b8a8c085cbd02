"""`status`: how fresh each channel is, and what to do where it is not."""

from __future__ import annotations

from datetime import timedelta
from gettext import gettext as _

from store.views import ChannelView, Health
from trastienda import console, lock
from trastienda.context import Context
from trastienda.exits import Exit
from tui import words
from tui.lines import fit, safe, wrap


def status(ctx: Context) -> int:
    """Write a line for each channel, and its error or notices beneath."""
    with ctx.reader() as reader:
        channels = reader.channels()
        names = {client.slug: client.name for client in reader.clients()}
    alive = lock.held(ctx.home.lock)
    if ctx.json:
        console.data({
            "engine": alive,
            "channels": [_json(ctx, channel, health_of(channel, alive=alive))
                         for channel in channels],
        })  # fmt: skip
        return Exit.OK
    for channel in channels:
        _say(ctx, channel, names.get(channel.client, channel.client), alive=alive)
    if not channels:
        console.say(_("No channel has been set up."))
    elif not alive:
        console.say()
        console.say(_("Nothing is being fetched now; the screen or “sync --watch” does it."))
    return Exit.OK


def health_of(channel: ChannelView, *, alive: bool) -> Health:
    """Give a channel's health; one that was cut off half-way is not being read any more."""
    if channel.health is Health.SYNCING and not alive:
        return Health.LATER
    return channel.health


def _json(ctx: Context, channel: ChannelView, health: Health) -> dict[str, object]:
    last = channel.last_success
    return {
        "client": channel.client,
        "channel": channel.channel,
        "kind": channel.kind,
        "state": health,
        "last_success": last,
        "age_seconds": None if last is None else int((ctx.now - last).total_seconds()),
        "next_run": channel.next_run,
        "failures": channel.failures,
        "error": None if channel.error is None else channel.error.text(_),
        "notices": [notice.text(_) for notice in channel.notices],
    }


def _say(ctx: Context, channel: ChannelView, client: str, *, alive: bool) -> None:
    health = health_of(channel, alive=alive)
    cells = (
        fit(safe(client), 16),
        fit(safe(channel.channel), 14),
        fit(words.kind(channel.kind), 9),
        fit(words.health(health), 20),
        f"{words.age(channel.last_success, ctx.now):>4}",
    )
    text = " ".join(cells)
    if alive and channel.next_run is not None and health is not Health.SYNCING:
        seconds = max(timedelta(), channel.next_run - ctx.now).total_seconds()
        text += "  " + _("next in {n} s").format(n=int(seconds))
    console.say(text.rstrip())
    said = [channel.error] if channel.error is not None else []
    for one in (*said, *channel.notices):
        for part in wrap(safe(one.text(_)), console.width() - 4):
            console.say("    " + part)
