"""How a screen begins something it will not wait for."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import Worker


def start(
    node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], group: str, *, alone: bool = True
) -> None:
    """Begin `work` on the screen's own loop; `alone`: what the group was at is given up.

    Late answers are dropped by that: whoever was waiting for them is gone.
    """

    async def guarded() -> None:
        try:
            await work()
        except NoMatches:
            if node.is_attached and node.app.is_running and not _is_going(node):
                raise
            # She leaves, and the parts of the screen are gone before it is.

    _begun: Worker[None] = node.run_worker(guarded, group=group, exclusive=alone)


def _is_going(node: DOMNode) -> bool:
    """Whether a screen is being taken away: its parts go first, and it is attached meanwhile."""
    return isinstance(node, Screen) and node not in node.app.screen_stack
