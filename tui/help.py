"""The keys as they really are, by what they are for; narrowed by typing, Enter does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, Final

from normalizer.said import Said
from tui.choice import Choice, Option
from tui.commands import Command, actions, here, line, matching, take
from tui.keys import DIGITS
from tui.lines import Span, Tone, fit

if TYPE_CHECKING:
    from tui.main import Trastienda

GROUPS: Final = (
    (Said("Move"), (
        "down", "up", "page_down", "page_up", "half_down", "half_up", "top", "bottom", "home",
        "end", "open", "back", "next", "previous", "clear",
    )),
    (Said("Decide"), (
        "done", "archive", "no_delete", "snooze", "wait", "plan", "tomorrow", "estimate",
        "plan_down", "plan_up", "close", "on", "on_monday", "inbox", "undo", "redo", "repeat",
        "mark", "mark_all", "join", "take_back", "arrived", "again", "anyway", "drop",
    )),
    (Said("Answer"), (
        "reply", "reply_text", "add", "outbox", "send", "texts", "file", "to_all", "editor",
        "keep_there", "discard",
    )),
    (Said("Look"), (
        "merge", "filter", "search", "find", "match_next", "match_previous", "fold", "clients",
        DIGITS, "everybody", "focus", "group", "view_next", "view_previous", "save_view", "views",
        "changes", "link", "copy", "gone", "sync", "switch", "files", "detail_down", "detail_up",
    )),
)  # fmt: skip
"""The actions by what they are for; all others stand under the rest."""


LEGEND: Final = (
    ("!", Said("late, or due today")),
    ("•", Said("new: you have not looked at it yet")),
    ("~", Said("changed at the client’s since you looked")),
    ("p w z", Said("planned · waiting on the client · snoozed")),
    ("a ✓ x", Said("archived · done or archived at the client’s · gone there")),
    ("+", Said("with files")),
    ("c t", Said("it is the client’s turn · somebody else’s")),
    ("✎", Said("you have begun to write an answer")),
    ("@ T A", Said("mail · Trello · Asana; other tools by their first letter")),
)
"""What the marks of a row mean."""


def show(app: Trastienda) -> None:
    """Show the keys of the screen she is on."""
    commands = [replace(one, why="") for one in actions(app, here(app)) if one.keys]

    def options(typed: str) -> Sequence[Option[Command]]:
        found = [*_grouped(matching(commands, typed)), *(() if typed.strip() else _legend())]
        return found or [Option("", (Span(_("Nothing by that name."), Tone.DIM),), None)]

    title = _("Keys: type to narrow, Enter does it, Esc leaves")
    app.push_screen(Choice(title, options, typing=True), partial(take, app))


def _grouped(found: Sequence[Command]) -> Iterator[Option[Command]]:
    """Each group that has any, beneath its heading."""
    sorted_in = {name for _title, names in GROUPS for name in names}
    rest = tuple(one.id for one in found if one.id not in sorted_in)
    for title, names in (*GROUPS, (Said("The rest"), rest)):
        group = [one for one in found if one.id in names]
        if group:
            yield Option("", (Span(title.text(_), Tone.STRONG),), None)
            yield from (line(one, 20) for one in group)


def _legend() -> Iterator[Option[Command]]:
    yield Option("", (Span(_("Marks of a row"), Tone.STRONG),), None)
    for marks, said in LEGEND:
        yield Option("", (Span(fit(marks, 20), Tone.KEY), Span(said.text(_))), None)
    yield Option("", (Span(_("The mouse"), Tone.STRONG),), None)
    for text in (
        _("Click, double click and wheel do what keys do."), _("Shift and dragging selects text."),
    ):  # fmt: skip
        yield Option("", (Span(text),), None)
