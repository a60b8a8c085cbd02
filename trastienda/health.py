"""How a channel is, where the row that says so was left half-way."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from normalizer.said import Said
from store.views import ChannelView, Health

CUT_SHORT: Final = Said(
    "Stopped before it had ended. What had come is kept; the rest comes next time."
)


def as_it_is(channel: ChannelView, *, alive: bool) -> ChannelView:
    """Give a channel as it is now; one that was cut off half-way is not being read any more.

    `alive`: some process is at work that could be reading it.
    """
    if channel.health is Health.SYNCING and not alive:
        return replace(channel, health=Health.LATER, error=channel.error or CUT_SHORT)
    return channel
