"""What a click does: what stands there says it, in words of our own.

An action is a value of a `Span` beside its text. No text is ever read for one, and whatever cuts,
wraps or marks text makes none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events

from tui.actions import of
from tui.lines import Line
from tui.views import names

if TYPE_CHECKING:
    from tui.main import Trastienda


PRESS = re.compile(r"app\.press\('(\w+)'\)")
"""What a key of the screen does."""


def act_at(line: Line, x: int) -> str:
    """The action of what stands in a cell of a line; "" for none."""
    for span in line:
        x -= cell_len(span.text)
        if x < 0:
            return span.act
    return ""


PAUSE = 0.4
"""Seconds that something stands on the screen before a click can be meant for it, and between two
clicks that each do something: the second of two quick ones may miss its cell by one.
"""


def deliberate(stood: float, event: events.Click) -> bool:
    """Whether a click is meant for what stands there since `stood` (0: not yet), and is no second
    one of two quick ones, whose first has opened it.
    """
    return event.chain == 1 and 0 < stood < event.time - PAUSE


def done(app: Trastienda, line: Line, x: int, event: events.Click) -> None:
    """Do what a line says at a cell. The second of two quick clicks is none: what the first has
    opened may lie under it.
    """
    act = act_at(line, x)
    pressed = PRESS.fullmatch(act)
    if pressed and all(one.name != pressed[1] for one in of(getattr(app.screen, "name_of", ""))):
        return  # an item that is read beside the list has lines of the item screen
    if act and event.chain == 1 and event.time - app.clicked_at >= PAUSE:
        event.stop()
        app.clicked_at = event.time
        app.run_worker(app.run_action(act, app.screen), group="command")


def see(app: Trastienda, tab: int) -> None:
    """Show a view by its place among the tabs, out of a search and its field."""
    board, every = app.board, names(app.own_views)
    if tab < len(every):
        board.show_bar(visible=False)
        board.queue.focus()
        board.action_view_to(every[tab])
