"""Why something cannot be done just now: its key says so, and the commands show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from gettext import gettext as _
from typing import TYPE_CHECKING, Any, Final

from tui import adding, letters, today
from tui.actions import OUTBOX, QUEUE, READER

if TYPE_CHECKING:
    from tui.board import Board
    from tui.bound import Bound
    from tui.outbox import OutboxScreen
    from tui.reader import ReaderScreen


def why(screen: Bound, name: str, digit: int = 0) -> str:
    """Say why an action of a screen cannot be done now; "" where it can. `digit`: of a client."""
    if name == "no_delete":
        return _no_delete(screen)
    if digit:
        text = _("There is no client {n}.").format(n=digit)
        return text if digit > len(screen.app.clients) else ""
    reason = _REASONS.get(screen.name_of, {}).get(name)
    return reason(screen) if reason else ""


def _no_delete(screen: Bound) -> str:
    done, archive = (screen.keys.name(name, screen.name_of) for name in ("done", "archive"))
    return _("Nothing is deleted here: {archive} archives, {done} is done with it.").format(
        archive=archive, done=done
    )


def _no_item(screen: Board | ReaderScreen) -> str:
    return "" if screen.chosen else _("There is nothing to do that to.")


def _nothing_decided(screen: Board | ReaderScreen) -> str:
    if screen.app.last is None:
        return _("Nothing has been decided yet that could be repeated.")
    return _no_item(screen)


def _no_link(screen: Board | ReaderScreen) -> str:
    return "" if screen.links else _("No link in here.")


def _nothing_to_open(board: Board) -> str:
    return "" if board.number is not None else _("There is nothing to open.")


def _no_rows(board: Board) -> str:
    return "" if board.queue.source.ids else _("This list is empty.")


def _no_news(board: Board) -> str:
    return "" if board.news else _("Nothing new.")


def _searching(board: Board) -> str:
    if board.request.search is None:
        return ""
    key = board.keys.name("clear", QUEUE, typing=True)
    return _("This is a search already: {key} leaves it.").format(key=key)


def _nothing_to_leave(board: Board) -> str:
    here = board.request
    narrowed = here.search is not None or here.words or here.client or board.queue.marked
    if narrowed or board.bar.display:
        return ""
    return _("There is nothing to leave: no search, no filter, no mark.")


def _nothing_to_keep(board: Board) -> str:
    here = board.request
    if board.app.alone:
        return _all_there(board)  # hers are hidden: one of them would be replaced unseen
    if here.search is not None:
        return "" if here.search.strip() else _("Nothing is searched for yet.")
    narrowed = here.words.strip() or here.client
    return "" if narrowed else _("This view is there already: search or filter first.")


def _no_view(board: Board) -> str:
    if board.app.own_views:
        return ""
    key = board.keys.name("save_view", QUEUE)
    return _("You have kept no view yet: search or filter, then {key}.").format(key=key)


def _no_client(board: Board) -> str:
    return "" if board.app.clients else _("There is no client yet.")


def _all_there(board: Board) -> str:
    if board.app.alone:
        key = board.keys.name("focus", QUEUE)
        return _("Only this client is there till you leave the focus: {key}.").format(key=key)
    return "" if board.request.client else _("All of them are here already.")


def _no_quote(reader: ReaderScreen) -> str:
    nothing = reader.item is not None and not reader.page.quoted
    return _("Nothing is quoted in here.") if nothing else ""


def _nothing_sought(reader: ReaderScreen) -> str:
    if reader.page.sought:
        return ""
    key = reader.keys.name("find", READER)
    return _("Nothing to look for yet: {key} and a word.").format(key=key)


def _last(reader: ReaderScreen) -> str:
    queue = reader.board.queue
    return _("That was the last one.") if queue.cursor >= len(queue.source) - 1 else ""


def _first(reader: ReaderScreen) -> str:
    return "" if reader.board.queue.cursor else _("That was the first one.")


def _of_one(name: str) -> Callable[[OutboxScreen], str]:
    """Say why the write under the cursor cannot be treated so."""

    def reason(outbox: OutboxScreen) -> str:
        one = outbox.one
        if name not in letters.idle(one):
            return ""
        if one is None:
            return _("Nothing is waiting to be sent.")
        reasons = {
            "open": _("There is nothing to open."),
            "take_back": _("This one cannot be taken back any more."),
            "arrived": _("About this one there is no question."),
            "again": _("About this one there is no question."),
            "drop": _("Only what was not carried out can be left."),
            "anyway": _("This one cannot be decided again from here."),
        }
        return reasons[name]

    return reason


_ITEM: Final = dict.fromkeys(
    (
        "done",
        "archive",
        "reply",
        "reply_text",
        "snooze",
        "wait",
        "plan",
        "inbox",
        "changes",
        "tomorrow",
        "estimate",
        "join",
    ),
    _no_item,
) | {"repeat": _nothing_decided}

_REASONS: Final[Mapping[str, Mapping[str, Callable[[Any], str]]]] = {
    QUEUE: {
        "add": adding.nobody,
        **_ITEM, "link": _no_link, "copy": _no_link, "open": _nothing_to_open, "mark": _no_rows,
        "mark_all": _no_rows, "merge": _no_news, "filter": _searching, "clear": _nothing_to_leave,
        "clients": _no_client, "plan_down": today.unordered, "plan_up": today.unordered,
        "everybody": _all_there, "save_view": _nothing_to_keep, "views": _no_view,
    },
    READER: {
        "add": adding.nobody,
        **_ITEM, "link": _no_link, "copy": _no_link, "fold": _no_quote, "next": _last,
        "previous": _first, "match_next": _nothing_sought, "match_previous": _nothing_sought,
    },
    OUTBOX: {
        name: _of_one(name) for name in ("open", "take_back", "arrived", "again", "anyway", "drop")
    },
}  # fmt: skip
