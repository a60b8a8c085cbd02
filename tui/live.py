"""What the screen does by the clock: it wakes what is due, tells how long a channel takes, and
asks for things to be fetched.
"""

from __future__ import annotations

import contextlib
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING

from normalizer.said import SaidError
from tui import strip
from tui.notices import LOOK, Notices
from tui.page import Lines
from tui.work import start

if TYPE_CHECKING:
    from store.database import Database
    from tui.main import Trastienda

WAKE = 60
"""Seconds between two looks at what was put off until now."""


def begin(app: Trastienda) -> None:
    """Begin with all that goes by the clock."""
    _wake(app)
    app.set_interval(WAKE, partial(_wake, app))
    if not app.setup.taste.plain:
        app.set_interval(1, partial(_count, app))
    if app.setup.taste.notify and not app.setup.browser:
        notices = Notices(app)
        app.set_interval(LOOK, lambda: start(app, notices.look, "notices"))


def _wake(app: Trastienda) -> None:
    start(app, partial(_wake_due, app), "wake")


async def _wake_due(app: Trastienda) -> None:
    """Bring back what was put off until now, where no engine of ours does."""
    if app.fetching is not None and app.fetching.ours:
        return
    now = app.clock()

    def wake(db: Database) -> int:
        from store import triage  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return triage.wake_due(db, now)

    with contextlib.suppress(SaidError):  # the next minute tries again
        await app.desk.write(wake)


def _count(app: Trastienda) -> None:
    """Tell each second for how long a channel has been read, while one takes long."""
    look = app.look()
    if app.board.is_current and any(strip.is_long(one, look) for one in app.channels):
        app.board.query_one("#strip", Lines).redraw()


def sync(app: Trastienda) -> None:
    """Ask for everything she sees to be fetched now."""
    start(app, partial(_sync, app), "sync")


async def _sync(app: Trastienda) -> None:
    now, client = app.clock(), app.alone or app.board.request.client

    def ask(db: Database) -> None:
        from store import directory  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        directory.ask(db, now, client)

    try:
        await app.desk.write(ask)
    except SaidError as error:
        app.trouble(error)
    else:
        app.say(_("Asked for. The line above says how fresh each channel is."))
