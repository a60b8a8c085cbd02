"""What can be written after `trastienda`: commands, options, and the words of a query."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from gettext import gettext as _
from typing import Final, NoReturn

from trastienda import console, i18n

QUERIES: Final = ("queue", "search", "views")
"""Commands that take a query, whose words may begin with "-": `-label:later`."""

VALUED: Final = ("--home", "--lang", "--limit", "--view", "--save", "--remove", "--focus")
"""Their options that are followed by a value."""


class WrongUseError(Exception):
    """The words make no command; usage and reason stand on standard error already."""


class _Parser(argparse.ArgumentParser):
    """Raises what it says, so that a program can be told too."""

    def error(self, message: str) -> NoReturn:
        try:
            super().error(message)
        except SystemExit:
            raise WrongUseError(message) from None


def read(words: Sequence[str]) -> argparse.Namespace:
    """Read what was written after `trastienda`.

    Raises WrongUseError, and SystemExit where that was a question answered here, like --help.
    """
    parser, commands = _parser()
    options, left = parser.parse_known_args(_shielded(words, commands))
    command = options.parser
    for word in left:
        if word.startswith("-"):
            command.error(_no_option(word, command))
    if options.focus and options.module not in ("screen", "demo"):
        command.error(_("--focus is for the screen alone"))
    # What follows an option among the words of a query or a text is left over.
    if hasattr(options, "query"):
        options.query = [word.strip() for word in (*options.query, *left)]
    elif hasattr(options, "text"):
        options.text = [*options.text, *left]
    elif left:
        command.error(_("unrecognized arguments: %s") % " ".join(left))
    return options


def peek(words: Sequence[str]) -> argparse.Namespace | None:
    """Look up what every command takes, before anything is said; None where it reads as nothing."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    try:
        return _common(parser).parse_known_args(words)[0]
    except (argparse.ArgumentError, SystemExit):
        return None


def _shielded(words: Sequence[str], commands: dict[str, _Parser]) -> list[str]:
    """Put a blank before each word of a query that begins with "-".

    argparse takes what begins with a blank for no option. A word that would be an option with
    one "-" more is a slip, and stays as it is, like -h.
    """
    shielded = list(words)
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in VALUED else 1
    if at >= len(words) or words[at] not in QUERIES:
        return shielded
    options = _options(commands[words[at]])
    for number in range(at + 1, len(words)):
        word, before = words[number], words[number - 1]
        is_option = word == "-h" or f"-{word}" in options
        if re.match(r"-[^-]", word) and before not in VALUED and not is_option:
            shielded[number] = f" {word}"
    return shielded


def _options(command: argparse.ArgumentParser) -> list[str]:
    return ["--help", *re.findall(r"--[a-z-]+", command.format_usage())]


def _no_option(word: str, command: argparse.ArgumentParser) -> str:
    name = word.partition("=")[0]
    if near := get_close_matches(name, _options(command), n=1):
        return _("there is no option {option}; did you mean {near}?").format(
            option=name, near=near[0]
        )
    return _("there is no option {option}").format(option=name)


def _common(parser: argparse.ArgumentParser, *, top: bool = True) -> argparse.ArgumentParser:
    """Add what every command takes, before or after its name."""
    absent = None if top else argparse.SUPPRESS
    no = False if top else argparse.SUPPRESS
    group = parser.add_argument_group(_("everywhere"))
    group.add_argument("--home", metavar=_("FOLDER"), default=absent,
                       help=_("the folder that holds config, data and logs"))  # fmt: skip
    group.add_argument("--json", action="store_true", default=no,
                       help=_("answer with one JSON object"))  # fmt: skip
    group.add_argument("--lang", choices=i18n.LANGUAGES, default=absent, help=_("the language"))
    group.add_argument("--no-input", action="store_true", default=no, help=_("never ask"))
    group.add_argument("--debug", action="store_true", default=no,
                       help=_("write more to the log"))  # fmt: skip
    return parser


class _Version(argparse.Action):
    """Looks the version up only when asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_args: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - reads the installed metadata

        console.say(f"trastienda {version('trastienda')}")
        parser.exit()


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    """Make the parser, and those of the commands by their names."""
    parser = _Parser(
        prog="trastienda",
        description=_("Every client's mail, boards and chats in one queue."),
        epilog=_("Without a command, the queue opens on the screen."),
        allow_abbrev=False,
    )
    _common(parser)
    parser.add_argument("--version", action=_Version, nargs=0, help=_("show the version"))
    parser.add_argument("--focus", metavar=_("CLIENT"), default="",
                        help=_("only this client on the screen, while others see it"))  # fmt: skip
    parser.set_defaults(module="screen", function="screen", parser=parser)
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))

    def add(name: str, module: str, text: str, function: str = "") -> argparse.ArgumentParser:
        whole = f"{text[:1].upper()}{text[1:]}."
        command = commands.add_parser(name, help=text, description=whole, allow_abbrev=False)
        command.set_defaults(module=module, function=function or name, parser=command)
        return _common(command, top=False)

    _add_plain(
        parser, add("demo", "demo", _("look around in made-up data, without touching yours"))
    )
    web = add("web", "web", _("open the queue in the browser of this computer"))
    web.add_argument("--port", type=_port, metavar="N", help=_("serve there; else a free one"))
    web.add_argument("--no-open", action="store_true", help=_("only say the link"))
    web.add_argument("--screen", action="store_true", help=argparse.SUPPRESS)
    add("check", "check", _("see whether everything is in order"))
    add("status", "status", _("how fresh each channel is"))
    sync = add("sync", "sync", _("fetch from the clients' tools"))
    sync.add_argument("--client", metavar=_("CLIENT"), help=_("only this client"))
    sync.add_argument("--channel", metavar=_("CHANNEL"), help=_("only channels of this name"))
    sync.add_argument("--watch", action="store_true", help=_("keep fetching until stopped"))
    sync.add_argument("--parent-pid", type=int, help=argparse.SUPPRESS)
    _add_lists(add)
    _add_views(add)
    show = add("show", "show", _("read one item whole"))
    _item(show)
    show.add_argument("--all", action="store_true",
                      help=_("with quotes and signatures"))  # fmt: skip
    _add_save(add)
    _add_verbs(add)
    outbox = add("outbox", "outbox", _("what goes out to the clients' tools"))
    outbox.add_argument("--all", action="store_true", help=_("what has gone as well"))
    settle = outbox.add_mutually_exclusive_group()
    settle.add_argument("--arrived", type=_count, metavar=_("NUMBER"),
                        help=_("this one arrived: note it as sent"))  # fmt: skip
    settle.add_argument("--again", type=_count, metavar=_("NUMBER"),
                        help=_("this one did not arrive: send it again"))  # fmt: skip
    settle.add_argument("--drop", type=_count, metavar=_("NUMBER"),
                        help=_("this one was not carried out: leave it"))  # fmt: skip
    _add_reply(add)
    _add_new(add)
    bring = add("import", "bring", _("read an exported chat"), "bring")
    bring.add_argument("file", metavar=_("FILE"), help=_("a .txt or .zip that WhatsApp made"))
    bring.add_argument("--client", metavar=_("CLIENT"), help=_("whose chat it is"))
    bring.add_argument("--channel", metavar=_("CHANNEL"), help=_("only channels of this name"))
    bring.add_argument("--date-order", choices=("dmy", "mdy", "ymd"),
                       help=_("how 3/4 is meant: dmy is the 3rd of April"))  # fmt: skip
    _add_export(add)
    backup = add("backup", "backup", _("copy the database, safely, while in use"))
    backup.add_argument("folder", nargs="?", metavar=_("FOLDER"), help=_("the folder to put it in"))
    restore = add("restore", "backup", _("go back to a backup"), "restore")
    restore.add_argument("file", metavar=_("FILE"), help=_("a file that “backup” made"))
    return parser, dict(commands.choices)


def _add_plain(*parsers: argparse.ArgumentParser) -> None:
    text = _("the screen in words that a screen reader can say, and still")
    for parser in parsers:  # only the first says that it is not there: the others would undo it
        default = False if parser is parsers[0] else argparse.SUPPRESS
        parser.add_argument("--plain", action="store_true", default=default, help=text)


def _add_lists(add: Callable[..., argparse.ArgumentParser]) -> None:
    queue = add("queue", "queue", _("what needs you, most urgent first"))
    queue.add_argument("query", nargs="*", metavar=_("QUERY"),
                       help=_('for example: client:acme "due:<friday" -label:later'))  # fmt: skip
    queue.add_argument("--view", metavar=_("NAME"), help=_("of this view, yours or another"))
    search = add("search", "queue", _("find in everything, newest first"), "search")
    search.add_argument("query", nargs="+", metavar=_("QUERY"), help=_("words, or a query"))
    for command in (queue, search):
        command.add_argument("--limit", type=_count, metavar="N", help=_("show no more than N"))


def _add_views(add: Callable[..., argparse.ArgumentParser]) -> None:
    views = add("views", "views", _("your own views: queries that you have kept by a name"))
    views.add_argument("query", nargs="*", metavar=_("QUERY"), help=_("what a view asks for"))
    one = views.add_mutually_exclusive_group()
    one.add_argument("--save", metavar=_("NAME"), help=_("keep the query by this name"))
    one.add_argument("--remove", metavar=_("NAME"), help=_("forget this one"))


def _add_save(add: Callable[..., argparse.ArgumentParser]) -> None:
    save = add("save", "save", _("fetch the files of an item"))
    _item(save)
    save.add_argument("file", nargs="*", metavar=_("FILE"),
                      help=_("only files with this in their names"))  # fmt: skip
    save.add_argument("--id", type=_count, metavar=_("NUMBER"), dest="file_id",
                      help=_("only the file of this number, see “show --json”"))  # fmt: skip
    save.add_argument("--to", metavar=_("FOLDER"), help=_("the folder to put it in"))


def _add_export(add: Callable[..., argparse.ArgumentParser]) -> None:
    export = add("export", "export", _("all that went to one client's tools, for your records"))
    export.add_argument("file", nargs="?", metavar=_("FILE"),
                        help=_("a new file to put it in; else it is shown"))  # fmt: skip
    export.add_argument("--client", required=True, metavar=_("CLIENT"),
                        help=_("whose tools; nothing of anybody else's comes along"))  # fmt: skip
    export.add_argument("--since", metavar=_("DATE"),
                        help=_("only what you decided from this day on: 2026-01-31"))  # fmt: skip
    export.add_argument("--csv", action="store_true",
                        help=_("a table for a spreadsheet; else a JSON object a line"))  # fmt: skip


def _add_reply(add: Callable[..., argparse.ArgumentParser]) -> None:
    reply = add("reply", "reply", _("answer in the client's own tool"))
    _item(reply)
    reply.add_argument("text", nargs="*", metavar=_("TEXT"),
                       help=_("what to answer; “-” reads it from standard input"))  # fmt: skip
    reply.add_argument("--snippet", action="append", default=[], metavar=_("NAME"),
                       help=_("begin with a text of yours; may be said several times"))  # fmt: skip
    reply.add_argument("--set", action="append", default=[], metavar=_("NAME=VALUE"),
                       help=_("what a text of yours asks for"))  # fmt: skip
    reply.add_argument("--edit", action="store_true",
                       help=_("write it in your editor before it goes"))  # fmt: skip
    reply.add_argument("--attach", action="append", default=[], metavar=_("FILE"),
                       help=_("send a file with it; may be said several times"))  # fmt: skip
    reply.add_argument("--no-attachment", action="store_true",
                       help=_("it speaks of a file, and none is meant to go"))  # fmt: skip
    reply.add_argument("--to-all", action="store_true",
                       help=_("to all who were written to, not only to who wrote"))  # fmt: skip
    later = reply.add_mutually_exclusive_group()
    later.add_argument("--at", metavar=_("WHEN"),
                       help=_("send it then: “tomorrow”, “friday 17:00”"))  # fmt: skip
    later.add_argument("--draft", action="store_true",
                       help=_("only put it into the client's folder for drafts"))  # fmt: skip
    reply.add_argument("--to-client", metavar=_("CLIENT"),
                       help=_("whom it is for, so that nothing is asked"))  # fmt: skip
    reply.add_argument("--open", action="store_true",
                       help=_("open the chat in the browser"))  # fmt: skip


def _add_new(add: Callable[..., argparse.ArgumentParser]) -> None:
    new = add("add", "add", _("make a new task in the client's own tool"))
    new.add_argument("text", nargs="*", metavar=_("TITLE"), help=_("what is to be done"))
    new.add_argument("--client", required=True, metavar=_("CLIENT"), help=_("whose task it is"))
    new.add_argument("--channel", metavar=_("CHANNEL"), help=_("only channels of this name"))
    new.add_argument("--in", dest="place", metavar=_("PLACE"),
                     help=_("its list or project, where there are several"))  # fmt: skip
    new.add_argument("--due", metavar=_("WHEN"),
                     help=_("for when it is: “tomorrow”, “friday 17:00”, “24/12”"))  # fmt: skip


def _add_verbs(add: Callable[..., argparse.ArgumentParser]) -> None:
    _items(add("archive", "verbs", _("put items away until something new comes")))
    snooze = add("snooze", "verbs", _("hide an item until later"))
    _item(snooze)
    moments = _("“tomorrow”, “friday 17:00”, “in 3 days”, “24/12”, “reply”")
    snooze.add_argument("when", nargs="+", metavar=_("WHEN"), help=moments)
    snooze.add_argument("--hard", action="store_true",
                        help=_("until then even if they write"))  # fmt: skip
    wait = add("wait", "verbs", _("leave items with the client"))
    _items(wait)
    wait.add_argument("--until", metavar=_("WHEN"), help=_("come back then at the latest"))
    plan = add("plan", "day", _("put items into the plan of the day"))
    _items(plan)
    plan.add_argument("--on", metavar=_("WHEN"),
                      help=_("of another day: “tomorrow”, “friday”, “24/12”"))  # fmt: skip
    plan.add_argument("--estimate", metavar=_("HOW LONG"),
                      help=_("how long each takes: “30m”, “1h30”, “none”"))  # fmt: skip
    add("day", "day", _("the plan of the day, and how much of it fits"))
    _items(add("link", "verbs", _("make one matter of items of one client")))
    _item(add("unlink", "verbs", _("take an item out of its matter")))
    done = add("done", "done", _("have done with items, in the client's tool as well"))
    _items(done)
    done.add_argument("--yes", action="store_true", help=_("do what it says without asking"))
    add("undo", "verbs", _("take back the last decision"))
    add("redo", "verbs", _("take again what was undone last"))


def _item(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", type=_count, metavar=_("ITEM"), help=_("its number in the queue"))


def _items(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("items", nargs="+", type=_count, metavar=_("ITEM"),
                        help=_("its number in the queue"))  # fmt: skip


def _count(text: str) -> int:
    digits = text.lstrip("0") if text.isascii() and text.isdecimal() else ""
    if not (0 < len(digits) < 20 and int(digits) < 2**63):
        raise argparse.ArgumentTypeError(_("{text} is no number").format(text=text[:40]))
    return int(digits)


def _port(text: str) -> int:
    number = _count(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(_("{text} is no port").format(text=text[:40]))
    return number
