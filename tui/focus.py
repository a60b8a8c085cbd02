"""One client alone on the screen, for when others see it: nobody else is anywhere in it."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import gettext as _
from typing import TYPE_CHECKING

from tui.actions import QUEUE
from tui.choice import Choice, Option
from tui.lines import Span
from tui.views import VIEWS, Request

if TYPE_CHECKING:
    from tui.main import Trastienda


def press(app: Trastienda) -> None:
    """Keep the screen to the client of the row under the cursor; from there, ask whether to leave:
    that takes Enter as well.
    """
    if app.alone:
        name = app.look().client(app.alone)[0]
        title = _("Leave the focus on {client}? All the clients are shown again.")
        options = [
            Option("y", (Span(_("Yes, show all of them")),), True),
            Option("n", (Span(_("No, somebody is watching")),), False),
        ]

        def chosen(hers: bool | None) -> None:
            if hers:
                keep_to(app, "")
                app.say(_("All the clients are shown again."))

        app.push_screen(
            Choice(title.format(client=name), lambda _typed: options, careful=True), chosen
        )
        return
    row = app.board.queue.row
    client = row.client if row is not None else app.board.request.client
    if client is None:
        app.say(_("Go to a row of the client first."))
        return
    keep_to(app, client)
    name, key = app.look().client(client)[0], app.keys.name("focus", QUEUE)
    app.say(_("Only {client} is there now, for others to see. {key} leaves.").format(
        client=name, key=key))  # fmt: skip


def keep_to(app: Trastienda, client: str) -> None:
    """Have nobody but a client, a slug, on the screen from this moment on; "": all of them."""
    app.alone = client
    app.desk.only = app.reader.only = client or None
    # What was asked before may still be on its way, and is about everybody.
    for what in ("log", "link"):
        app.workers.cancel_group(app, what)
    if client:
        app.clients = [one for one in app.clients if one.slug == client]
        app.channels = [one for one in app.channels if one.client == client]
        app.unsent, app.own_views = {}, ()
    board = app.board
    here, asked = board.queue.here, board.request
    view = asked.view if asked.view in VIEWS else "inbox"
    board.begin(Request(view=view, grouped=asked.grouped), here)


def everybody(app: Trastienda) -> None:
    """All the clients again."""
    app.board.only("")


def names(app: Trastienda, known: Mapping[str, str]) -> Mapping[str, str]:
    """How clients are called in a warning: while others see the screen, only the one in focus."""
    if not app.alone:
        return known
    return {
        slug: name if slug == app.alone else _("another client") for slug, name in known.items()
    }
