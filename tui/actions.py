"""What can be done on the screen, and the keys for it as they come: see `keys` for hers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from normalizer.said import Said

QUEUE, READER, COMPOSER, OUTBOX = "queue", "reader", "composer", "outbox"
CLOSING = "closing"
BOTH = (QUEUE, READER)
WRITING = (COMPOSER,)
EVERY = (*BOTH, OUTBOX, CLOSING)
SCREENS = (*EVERY, COMPOSER)


class Action(NamedTuple):
    """Something a key does."""

    name: str
    """Stable, English, as written in the settings: also found by it in the commands."""

    keys: tuple[str, ...]
    """As Textual names them; the first is the one shown. Without any it is among the commands."""

    label: Said
    screens: tuple[str, ...] = (QUEUE,)
    call: str = ""
    """The Textual action, where it is not the name."""

    hint: Said | None = None
    """One word for the bottom line, where there is room for it."""


ACTIONS = (
    Action("down", ("j", "down"), Said("Down"), EVERY, "move(1)"),
    Action("up", ("k", "up"), Said("Up"), EVERY, "move(-1)"),
    Action("page_down", ("pagedown", "ctrl+f", "ctrl+d"), Said("A page down"), EVERY, "page(1)"),
    Action("page_up", ("pageup", "ctrl+b", "ctrl+u"), Said("A page up"), EVERY, "page(-1)"),
    Action("half_down", (), Said("Half a page down"), EVERY, "page(0.5)"),
    Action("half_up", (), Said("Half a page up"), EVERY, "page(-0.5)"),
    Action("top", ("g", "home"), Said("To the top"), BOTH, "go(0)"),
    Action("bottom", ("G", "end"), Said("To the bottom"), BOTH, "go(-1)"),
    Action("home", ("home",), Said("To the top"), (OUTBOX,), "go(0)"),
    Action("end", ("G", "end"), Said("To the bottom"), (OUTBOX,), "go(-1)"),
    Action("open", ("enter",), Said("Open"), (QUEUE, OUTBOX), hint=Said("open")),
    Action(
        "on",
        ("enter",),
        Said("What is marked goes into tomorrow’s plan"),
        (CLOSING,),
        "on('tomorrow')",
        Said("on to tomorrow"),
    ),
    Action(
        "on_monday",
        ("l",),
        Said("What is marked goes into Monday’s plan"),
        (CLOSING,),
        "on('monday')",
        Said("on to Monday"),
    ),
    Action(
        "back",
        ("escape", "q"),
        Said("Back to the queue"),
        (READER, OUTBOX, CLOSING),
        hint=Said("back"),
    ),
    Action("take_back", ("u",), Said("Take this one back"), (OUTBOX,), hint=Said("take back")),
    Action("arrived", ("a",), Said("It arrived"), (OUTBOX,), hint=Said("it arrived")),
    Action("again", ("g",), Said("Not arrived: send it again"), (OUTBOX,), hint=Said("again")),
    Action("anyway", ("y",), Said("Do it all the same"), (OUTBOX,), hint=Said("all the same")),
    Action("drop", ("x",), Said("Leave it"), (OUTBOX,), hint=Said("leave it")),
    Action("gone", ("tab",), Said("What has gone as well, or not"), (OUTBOX,), hint=Said("all")),
    Action("next", ("J",), Said("Next item"), (READER,), "step(1)", Said("next")),
    Action("previous", ("K",), Said("Previous item"), (READER,), "step(-1)"),
    Action("done", ("d",), Said("Done, at the client’s too"), BOTH, "app.done", hint=Said("done")),
    Action("archive", ("e",), Said("Archive"), BOTH, "app.verb('archive')", hint=Said("archive")),
    Action("no_delete", (), Said("What deletes elsewhere: says what there is here"), BOTH),
    Action("reply", ("r",), Said("Answer"), BOTH, "app.reply", Said("reply")),
    Action(
        "reply_text", ("semicolon",), Said("Answer with a text of yours"), BOTH, "app.reply(True)"
    ),
    Action("add", ("a",), Said("A new task in the client’s tool…"), BOTH, "app.add"),
    Action(
        "snooze", ("s",), Said("Snooze until…"), BOTH, "app.verb('snooze')", hint=Said("snooze")
    ),
    Action(
        "wait", ("w",), Said("Wait for the client"), BOTH, "app.verb('wait')", hint=Said("wait")
    ),
    Action("plan", ("p",), Said("Plan for today"), BOTH, "app.verb('plan')", hint=Said("plan")),
    Action(
        "tomorrow", ("plus",), Said("Into the plan of another day…"), BOTH, "app.today('tomorrow')"
    ),
    Action("estimate", ("E",), Said("How long it takes…"), BOTH, "app.today('estimate')"),
    Action(
        "plan_down", ("J",), Said("Later in the plan of the day"), (QUEUE,), "app.today('down')"
    ),
    Action("plan_up", ("K",), Said("Sooner in the plan of the day"), (QUEUE,), "app.today('up')"),
    Action("close", ("C",), Said("The end of the day"), (QUEUE,), "app.today('close')"),
    Action("inbox", ("b",), Said("Back into the queue"), BOTH, "app.verb('inbox')"),
    Action("undo", ("u",), Said("Undo"), BOTH, "app.undo", hint=Said("undo")),
    Action("redo", ("ctrl+r",), Said("Redo"), BOTH, "app.redo"),
    Action("log", ("L",), Said("Log of what you did"), BOTH, "app.log"),
    Action("mark", ("v", "space"), Said("Mark"), (QUEUE, CLOSING)),
    Action("mark_all", ("V",), Said("Mark all, or none"), (QUEUE, CLOSING)),
    Action("repeat", ("full_stop",), Said("The last decision again"), BOTH, "app.repeat"),
    Action("merge", ("R",), Said("Show the new ones")),
    Action("changes", ("D",), Said("What changed at the client’s"), BOTH, "app.changes"),
    Action("join", ("l",), Said("Link as one matter…"), BOTH, "app.join"),
    Action("group", ("h",), Said("Client by client, or all in one")),
    Action("filter", ("f",), Said("Filter this list")),
    Action("search", ("slash",), Said("Search everything"), hint=Said("search")),
    Action("save_view", ("ctrl+s",), Said("Keep this list as a view of yours")),
    Action("views", (), Said("Your own views")),
    Action("find", ("slash",), Said("Search in this text"), (READER,)),
    Action("match_next", ("n",), Said("Next match"), BOTH, "match(1)"),
    Action("match_previous", ("N",), Said("Previous match"), BOTH, "match(-1)"),
    Action(
        "detail_down",
        ("greater_than_sign",),
        Said("Scroll what stands beside the list"),
        call="detail(1)",
    ),
    Action("detail_up", ("less_than_sign",), Said("Scroll it back"), call="detail(-1)"),
    Action("files", ("f",), Said("Files: save or open"), (READER,), hint=Said("files")),
    Action("fold", ("z",), Said("Show or fold the quotes"), (READER,), hint=Said("quotes")),
    Action("clients", ("c",), Said("Clients and channels"), (QUEUE,), hint=Said("clients")),
    Action("client", tuple("123456789"), Said("Only that client; again: all of them")),
    Action("everybody", ("0",), Said("All the clients"), call="app.everybody"),
    Action("focus", ("F",), Said("Only this client: others see the screen"), call="app.alone"),
    Action("view_next", ("tab",), Said("Next view"), (QUEUE,), "view(1)", Said("views")),
    Action("view_previous", ("shift+tab",), Said("Previous view"), (QUEUE,), "view(-1)"),
    Action("link", ("o",), Said("Open in the browser"), BOTH, "app.link"),
    Action("copy", ("y",), Said("Copy the link"), BOTH, "app.copy"),
    Action("outbox", ("O",), Said("What goes out"), BOTH, "app.outbox"),
    Action("sync", ("S",), Said("Fetch now"), EVERY, "app.sync"),
    Action("theme", (), Said("Other colours"), EVERY, "app.theme"),
    Action("clear", ("escape",), Said("Leave the search, the filter, the marks")),
    Action("commands", ("colon", "ctrl+p"), Said("Commands"), EVERY, "app.commands"),
    Action("help", ("question_mark",), Said("Help"), EVERY, "app.help", hint=Said("help")),
    Action("leave", ("q",), Said("Leave")),
    Action(
        "send",
        ("ctrl+s", "f2"),
        Said("Look at it once more, and send it"),
        WRITING,
        hint=Said("send"),
    ),
    Action("texts", ("ctrl+t", "f3"), Said("Put in a text of yours"), WRITING, hint=Said("texts")),
    Action(
        "file", ("ctrl+f", "f4"), Said("Attach a file, or take one out"), WRITING, hint=Said("file")
    ),
    Action(
        "to_all",
        ("ctrl+r", "f5"),
        Said("To all, or only to whoever wrote"),
        WRITING,
        hint=Said("to all"),
    ),
    Action(
        "editor", ("ctrl+o", "f8"), Said("Write in your own editor"), WRITING, hint=Said("editor")
    ),
    Action(
        "keep_there", ("ctrl+g", "f9"), Said("Keep it as a draft in the client’s mailbox"), WRITING
    ),
    Action("discard", ("ctrl+l",), Said("Throw away what you wrote"), WRITING),
    Action("switch", ("tab",), Said("Between your text and the conversation"), WRITING),
    Action(
        "leave_draft", ("escape",), Said("Leave; the draft is kept"), WRITING, "back", Said("back")
    ),
    Action(
        "keys", ("ctrl+p", "f1"), Said("Keys and commands"), WRITING, "app.commands", Said("help")
    ),
    Action("quit", ("ctrl+q",), Said("Leave at once"), (*EVERY, *WRITING), "app.quit"),
)


def of(screen: str) -> Iterable[Action]:
    """What can be done on a screen, in the order of the table."""
    return (action for action in ACTIONS if screen in action.screens)


def named(screen: str, name: str) -> Action:
    """An action of a screen, which must be there."""
    return next(action for action in of(screen) if action.name == name)
