"""How a screen begins something it will not wait for."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker


def start(
    node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], group: str, *, alone: bool = True
) -> None:
    """Begin `work` on the screen's own loop; `alone`: what the group was at is given up.

    Late answers are dropped by that: whoever was waiting for them is gone.
    """
    _begun: Worker[None] = node.run_worker(work, group=group, exclusive=alone)
