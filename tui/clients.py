"""Clients and their channels: who to look at alone, and how each channel really is."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

from store.views import ChannelView, ClientView, Health
from tui import words
from tui.choice import Choice, Option
from tui.lines import Line, Span, Tone, fit, wrap
from tui.rows import Look

ALL = ""
"""The choice of every client."""


def panel(
    clients: Sequence[ClientView], channels: Sequence[ChannelView], look: Look, width: int
) -> Choice[str]:
    """All, or one; below each client its channels, with what to do where one fails."""

    def options(_typed: str) -> Sequence[Option[str]]:
        lines: list[Option[str]] = [Option("0", (Span(_("all the clients")),), ALL)]
        for number, client in enumerate(clients, 1):
            key = str(number) if number < 10 else " "
            name = Span(fit(client.name, 24), Tone.STRONG, client.color)
            count = Span(f" {client.inbox:>4}", Tone.DIM)
            lines.append(Option(key, (name, count), client.slug))
            for channel in channels:
                if channel.client == client.slug:
                    lines += [Option("", line, None) for line in _channel(channel, look, width)]
        return lines

    return Choice(_("Clients and channels"), options)


def _channel(channel: ChannelView, look: Look, width: int) -> Sequence[Line]:
    bad = channel.health not in (Health.OK, Health.SYNCING, Health.NEVER)
    fresh = (
        _("not read yet")
        if channel.last_success is None
        else _("read before the clock was set back")
        if words.is_ahead(channel.last_success, look.now)
        else _("read {age} ago").format(age=words.age(channel.last_success, look.now))
    )
    kind = words.kind(channel.kind)
    name = kind if channel.channel == kind else f"{kind} · {channel.channel}"
    state = "" if channel.health in (Health.OK, Health.NEVER) else words.health(channel.health)
    lines: list[Line] = [
        (
            Span("   ! " if bad else "     ", Tone.ALERT),
            Span(fit(name, 22), Tone.DIM),
            Span(fresh, Tone.DIM),
            Span(f"  {state}" if state else "", Tone.ALERT if bad else Tone.DIM),
        )
    ]
    said = [(channel.error, Tone.ALERT)] if bad and channel.error else []
    for text, tone in (*said, *((notice, Tone.DIM) for notice in channel.notices)):
        lines += [(Span("       " + part, tone),) for part in wrap(text.text(_), width - 12)]
    if bad and channel.next_run and channel.next_run > look.now:
        when = words.moment(channel.next_run, look.now, look.zone)
        lines.append((Span("       " + _("next try {when}").format(when=when), Tone.DIM),))
    return lines
