"""Her own views: keeping a list by a name, and the panel that opens, renames and removes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING

from textual import events

from normalizer.said import Said, SaidError
from store.views import SavedView
from tui.choice import Choice, Option
from tui.keyboard import key_name
from tui.lines import Line, Span, Tone, fit, safe
from tui.question import Question
from tui.views import OWN, Request
from tui.work import start

if TYPE_CHECKING:
    from store.database import Database
    from tui.board import Board
    from tui.main import Trastienda

Act = Callable[["Database"], Said]


@dataclass(frozen=True, slots=True)
class Step:
    """What she wants with a view: the key she pressed, and the view."""

    key: str
    view: SavedView


class Views(Choice[Step], inherit_bindings=False):
    """The list of them; `removed` is the one that can be brought back."""

    BINDINGS = Choice.BINDINGS

    def __init__(self, views: Sequence[SavedView], removed: SavedView | None, width: int) -> None:
        self._views, self._removed = views, removed
        super().__init__(_("Your own views"), lambda _typed: self._lines(width))

    def _lines(self, width: int) -> list[Option[Step]]:
        found = [Option("", _line(one, width), Step("enter", one)) for one in self._views]
        return [*found, Option("", _keys(self._removed), None)]

    def on_key(self, event: events.Key) -> None:
        """The keys under the list; all others as in every panel."""
        here = self._now[self._cursor].result if self._views else None
        if self.is_current and event.key in ("x", "r") and here is not None:
            event.stop()
            self.dismiss(Step(event.key, here.view))
        elif self.is_current and event.key == "u" and self._removed is not None:
            event.stop()
            self.dismiss(Step("u", self._removed))
        else:
            super().on_key(event)


def _line(view: SavedView, width: int) -> Line:
    name = 25 if width >= 60 else 12
    query = fit(view.query, max(1, width - name - 5)).rstrip()
    return (Span(fit(view.name, name), Tone.STRONG), Span(" " + query, Tone.DIM))


def _keys(removed: SavedView | None) -> Line:
    hints = [(key_name("enter"), _("open")), ("r", _("rename")), ("x", _("remove"))]
    if removed is not None:
        text = _("bring back {view}: {query}")
        hints.append(("u", text.format(view=safe(removed.name), query=safe(removed.query))))
    return tuple(
        span
        for key, word in hints
        for span in (Span(key, Tone.KEY), Span(f" {word}  ", Tone.DIM))
    )  # fmt: skip


def show(board: Board, removed: SavedView | None = None) -> None:
    """Show them; `removed` has just been."""
    app = board.app
    if app.own_views or removed is not None:
        panel = Views(app.own_views, removed, app.size.width)
        app.push_screen(panel, partial(_chosen, board, removed))


def _chosen(board: Board, removed: SavedView | None, step: Step | None) -> None:
    if step is None:
        return
    view, now = step.view, board.app.clock()
    match step.key:
        case "enter":
            board.show_bar(visible=False)
            board.queue.focus()
            board.action_view_to(OWN + view.name)
        case "r":
            _rename(board, view, removed)
        case "x":

            def forget(db: Database) -> Said:
                from store import own_views  # noqa: PLC0415 - brings SQLAlchemy

                own_views.remove(db, view.name)
                return Said("View removed: {view} ({query})", _details(view))

            _write(board, forget, then=partial(_removed, board, view))
        case _:
            _write(board, partial(_save, view, now), then=partial(show, board))


def _removed(board: Board, view: SavedView) -> None:
    if board.request.view == OWN + view.name:
        board.ask_for(board.request._replace(view="inbox", own=""))
    show(board, view)


def _rename(board: Board, view: SavedView, removed: SavedView | None) -> None:
    def act(new: str, db: Database) -> Said:
        from store import own_views  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        own_views.rename(db, view.name, new)
        return Said("The view is called {view} now.", (("view", new),))

    def renamed(new: str) -> None:
        if board.request.view == OWN + view.name:
            board.request = board.request._replace(view=OWN + new)
        show(board, removed)

    def named(new: str | None) -> None:
        if new is None:
            show(board, removed)
        else:
            _write(board, partial(act, new), then=partial(renamed, new))

    title = _("Call “{view}” otherwise:").format(view=view.name)
    others = [one.name for one in board.app.own_views if one != view]
    read = partial(_named, others=others)
    board.app.push_screen(Question(title, read, lambda new: f"{view.name} → {new}"), named)


def keep(board: Board) -> None:
    """Ask for a name for what she looks at, keep it by that, and open it."""
    app = board.app
    try:
        query = board.request.written()
    except SaidError as error:
        app.trouble(error)
        return
    taken = {one.name.casefold(): one for one in app.own_views}

    def hint(name: str) -> str:
        if old := taken.get(name.casefold()):
            text = _("Takes the place of “{view}” ({old}): {query}")
            return text.format(view=old.name, old=old.query, query=query)
        return _("Keeps: {query}").format(query=query)

    def kept(view: SavedView) -> None:
        board.show_bar(visible=False)
        board.queue.focus()
        board.ask_for(Request(OWN + view.name, own=view.query, grouped=board.request.grouped))

    def named(name: str | None) -> None:
        if name is not None:
            view = SavedView(name=name, query=query)
            _write(board, partial(_save, view, app.clock()), then=partial(kept, view))

    app.push_screen(Question(_("A name for this view:"), _named, hint), named)


def _named(text: str, others: Sequence[str] = ()) -> str:
    from store import own_views  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

    return own_views.named(text, others)


def _save(view: SavedView, now: datetime, db: Database) -> Said:
    from store import own_views  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

    own_views.save(db, view.name, view.query, now=now)
    return Said("View kept: {view}", _details(view))


def _details(view: SavedView) -> tuple[tuple[str, str | int], ...]:
    return ("view", view.name), ("query", view.query)


def _write(board: Board, act: Act, *, then: Callable[[], object]) -> None:
    """Do it, read them again, say so, and go on with `then`."""
    done = board.app.desk.write(act, hers=True)

    async def work() -> None:
        app: Trastienda = board.app
        try:
            said = await done
            app.own_views = await app.desk.read(lambda reader: reader.saved_views())
        except SaidError as error:
            app.trouble(error)
            return
        app.say(said.text(_))
        then()
        board.reload()

    start(board, work, "views", alone=False)
