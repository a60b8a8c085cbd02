"""Keys that come faster than the screen changes: each reaches what stands there at its turn.

Textual hands a key at once to what has the focus; whatever nobody takes climbs to the program,
which looks its binding up among those of what has the focus by then. Of `/e` in one burst, as
over a slow line or from a paste, the `e` would be on its way before the field of the search was
there, and archive an item. So a key waits here until the one before it has been dealt with, and
one that was sent to what has given the focus away since is sent once more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.app import App
from textual.widget import Widget


def clock() -> float:
    """Read the clock by which keys are stamped when they come in."""
    return events.Event().time


class Burst:
    """The keys of a program, one at a time."""

    def __init__(self, app: App[Any], handle: Callable[[events.Key], Awaitable[None]]) -> None:
        self._app, self._handle = app, handle
        self._waiting: deque[events.Key] = deque()
        self._key: events.Key | None = None
        """The one on its way."""

        self._target: Widget | None = None
        self.pressed = 0.0
        """When the one on its way was, by `clock`."""

    async def take(self, key: events.Key) -> None:
        """Handle a key that came in, or one that nobody took, or let it wait for its turn."""
        target = self._app.focused or self._app.screen
        if key is self._key:
            if target is not self._target:
                pressed, key = key.time, events.Key(key.key, key.character)
                key.time = pressed
                self._send(key, target)
                target._forward_event(key)  # noqa: SLF001 - as Textual itself hands keys over
                self._climb(key, target)
            else:
                await self._handle(key)
        elif self._key is not None:
            self._waiting.append(key)
        else:
            self._send(key, target)
            await self._handle(key)
            self._climb(key, target)

    def _send(self, key: events.Key, target: Widget) -> None:
        self._key, self._target, self.pressed = key, target, key.time

    def _climb(self, key: events.Key, node: Any) -> None:
        """Follow a key on its way up, until the program has dealt with it."""
        if node is self._app:
            self._app.call_later(self._next, key)
        elif node is None or not node.call_later(self._climb, key, node.parent):
            self._climb(key, self._app)  # what has been closed passes nothing on

    async def _next(self, key: events.Key) -> None:
        if key is self._key:
            self._key = None
            if self._waiting:
                await self.take(self._waiting.popleft())
