"""The command line. Importing it loads nothing heavy: a command brings what it needs itself."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from gettext import gettext as _

from connectors.errors import AuthError, ConfigError, ConnectorError
from normalizer.said import SaidError
from store.errors import QueryError, StoreError
from trastienda import console, context, home, i18n
from trastienda.config import ConfigFileError, load
from trastienda.context import Context
from trastienda.exits import Exit
from trastienda.lock import EngineRunsError

log = logging.getLogger(__name__)

Run = Callable[[Context], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Every error is said in a line or two."""
    words = list(sys.argv[1:] if argv is None else argv)
    console.prepare()
    context.quiet_logs()
    i18n.use(_language(words))
    try:
        options = _parser().parse_args(words)
    except SystemExit as end:  # argparse has said why
        return end.code if isinstance(end.code, int) else Exit.USAGE
    ctx = Context(home=home.find(options.home), options=options, language=os.environ["LANGUAGE"])
    try:
        return _run(ctx)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        console.abandon()
        return Exit.OK


def _run(ctx: Context) -> int:
    try:
        ctx.home.look()
        module = importlib.import_module(f"trastienda.commands.{ctx.options.module}")
        run: Run = getattr(module, ctx.options.function)
        return run(ctx)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except ConfigFileError as error:
        return _failed(ctx, Exit.CONFIG, error.text(_), error)
    except SaidError as error:
        return _failed(ctx, code_of(error), error.said.text(_), error)
    except Exception as error:
        ctx.log("command")
        log.exception("bug")
        text = _(
            "Something went wrong in Trastienda itself ({kind}). Nothing was lost. The details "
            "are in {folder}."
        ).format(kind=type(error).__name__, folder=ctx.home.logs)
        return _failed(ctx, Exit.FAILED, text, None)


def code_of(error: SaidError) -> Exit:
    """Give the exit code of an error that was raised on purpose."""
    match error:
        case QueryError():
            return Exit.USAGE
        case StoreError():
            return Exit.DATABASE
        case ConfigError() | home.HomeError():
            return Exit.CONFIG
        case AuthError():
            return Exit.SIGN_IN
        case ConnectorError():
            return Exit.OFFLINE
        case EngineRunsError() | console.OutputError():
            return Exit.FAILED
        case _:
            return Exit.USAGE


def _failed(ctx: Context, code: Exit, text: str, error: Exception | None) -> int:
    if error is not None and getattr(ctx.options, "debug", False):
        ctx.log("command")
        log.debug("%s", text, exc_info=error)
    console.warn(f"trastienda: {text}")
    if ctx.json and not isinstance(error, console.OutputError):
        console.data({"error": text, "exit": int(code)})
    return code


def _language(words: Sequence[str]) -> str:
    """Choose the language before anything is said: --lang, else hers, else the system's."""
    peek = _common(argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False))
    try:
        found = peek.parse_known_args(words)[0]
    except (argparse.ArgumentError, SystemExit):
        return i18n.choose(None)
    if found.lang:
        return str(found.lang)
    configured = None
    if "--version" not in words:
        with contextlib.suppress(ConfigError, OSError):
            configured = load(home.find(found.home).config).va.language
    return i18n.choose(configured)


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


def _parser() -> argparse.ArgumentParser:
    parser = _common(
        argparse.ArgumentParser(
            prog="trastienda",
            description=_("Every client's mail, boards and chats in one queue."),
            epilog=_("Without a command, the queue opens on the screen."),
            allow_abbrev=False,
        )
    )
    parser.add_argument("--version", action=_Version, nargs=0, help=_("show the version"))
    parser.set_defaults(module="screen", function="screen")
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))

    def add(name: str, module: str, text: str, function: str = "") -> argparse.ArgumentParser:
        whole = f"{text[:1].upper()}{text[1:]}."
        command = commands.add_parser(name, help=text, description=whole, allow_abbrev=False)
        command.set_defaults(module=module, function=function or name)
        return _common(command, top=False)

    add("demo", "demo", _("look around in made-up data, without touching yours"))
    add("check", "check", _("see whether everything is in order"))
    add("status", "status", _("how fresh each channel is"))
    sync = add("sync", "sync", _("fetch from the clients' tools"))
    sync.add_argument("--client", metavar=_("CLIENT"), help=_("only this client"))
    sync.add_argument("--channel", metavar=_("CHANNEL"), help=_("only channels of this name"))
    sync.add_argument("--watch", action="store_true", help=_("go on until stopped"))
    sync.add_argument("--parent-pid", type=int, help=argparse.SUPPRESS)
    queue = add("queue", "queue", _("what needs you, most urgent first"))
    queue.add_argument("query", nargs="*", metavar=_("QUERY"),
                       help=_("for example: client:acme turn:me due:<friday"))  # fmt: skip
    search = add("search", "queue", _("find in everything, newest first"), "search")
    search.add_argument("query", nargs="+", metavar=_("QUERY"), help=_("words, or a query"))
    for command in (queue, search):
        command.add_argument("--limit", type=_count, metavar="N", help=_("at most so many"))
    _item(add("show", "show", _("read one item whole")))
    _add_verbs(add)
    backup = add("backup", "backup", _("copy the database, safely, while in use"))
    backup.add_argument("folder", nargs="?", metavar=_("FOLDER"), help=_("where to"))
    restore = add("restore", "backup", _("go back to a backup"), "restore")
    restore.add_argument("file", metavar=_("FILE"), help=_("a file that “backup” made"))
    return parser


def _add_verbs(add: Callable[..., argparse.ArgumentParser]) -> None:
    _items(add("archive", "verbs", _("put items away until something new comes")))
    snooze = add("snooze", "verbs", _("hide an item until later"))
    _item(snooze)
    moments = _("“tomorrow”, “friday 17:00”, “in 3 days”, “24/12”, “reply”")
    snooze.add_argument("when", nargs="+", metavar=_("WHEN"), help=moments)
    wait = add("wait", "verbs", _("leave items with the client"))
    _items(wait)
    wait.add_argument("--until", metavar=_("WHEN"), help=_("come back then at the latest"))
    _items(add("plan", "verbs", _("mark items for today")))
    add("undo", "verbs", _("take back the last decision"))
    add("redo", "verbs", _("take it again"))


def _item(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", type=_count, metavar=_("ITEM"), help=_("its number in the queue"))


def _items(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("items", nargs="+", type=_count, metavar=_("ITEM"),
                        help=_("its number in the queue"))  # fmt: skip


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:19]) < 2**63):
        raise argparse.ArgumentTypeError(_("{text} is no number").format(text=text[:40]))
    return int(text)
