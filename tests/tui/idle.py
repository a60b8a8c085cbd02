"""Wait until the screen has nothing more to do, and not a moment longer.

Textual's own pilot sleeps 20 ms at a time until the process was idle for one of them: six such
sleeps a key, and too few where another process has the processor. Here the event loop itself is
asked.
"""

from __future__ import annotations

import asyncio
from typing import Any

SOON = 0.02
"""What is due within that many seconds is waited for, as Textual's own pilot would: what a widget
puts off for a moment, and the next frame."""


async def idle(*_limits: float) -> None:
    """Let everything run that is ready, and what is due soon. In place of Textual's."""
    loop: Any = asyncio.get_running_loop()
    until = loop.time() + 1
    while loop.time() < until:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        due = [when._when for when in loop._scheduled if not when._cancelled]
        if not due or min(due) > loop.time() + SOON:
            await asyncio.sleep(0)  # what a thread has left is read here
            if not loop._ready:
                return
        else:
            await asyncio.sleep(max(0, min(due) - loop.time()))
