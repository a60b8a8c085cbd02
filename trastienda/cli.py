"""The command line. Importing it loads nothing heavy: a command brings what it needs itself."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from gettext import gettext as _
from typing import TYPE_CHECKING

from connectors.errors import AuthError, ConfigError, ConnectorError, RefusedError
from normalizer.said import SaidError
from store.errors import QueryError, StoreError
from trastienda import arguments, console, context, home, i18n
from trastienda.config import ConfigFileError, load
from trastienda.context import Context
from trastienda.exits import Exit
from trastienda.lock import EngineRunsError

if TYPE_CHECKING:
    from tui.first import First

log = logging.getLogger(__name__)

Run = Callable[[Context], int]

_TERMINALS = frozenset({"screen", "demo", "web"})
"""Commands that take the terminal, or a window, for themselves. No connector runs in them."""


def main(argv: Sequence[str] | None = None, *, first: First | None = None) -> int:
    """Run one command and give its exit code. Every error is said in a line or two.

    Called as the program (`argv` is None), it may end right here: what somebody else's connector
    left running, or wants to do at the end, must not keep it. All of ours is written by then.
    `first`: rows that stand on the terminal already.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    code = _main(words, first, to_the_end=argv is None)
    if console.kept_apart():
        os._exit(code)
    return code


def _main(words: list[str], first: First | None, *, to_the_end: bool) -> int:
    console.prepare()
    context.quiet_logs()
    i18n.use(_language(words))
    try:
        try:
            options = arguments.read(words)
        except arguments.WrongUseError as error:  # said already
            if "--json" in words:
                _error(Exit.USAGE, str(error))
            return Exit.USAGE
        except SystemExit:  # --help and --version
            return Exit.OK
        place = home.find(options.home)
        ctx = Context(
            home=place, options=options, language=os.environ["LANGUAGE"], first=first
        )  # fmt: skip
        try:
            if ctx.options.module in _TERMINALS:
                return _run(ctx)
            with console.apart(to_the_end=to_the_end):
                return _run(ctx)
        except KeyboardInterrupt:
            return _failed(ctx, Exit.INTERRUPTED, _("Interrupted."), None)
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
        case RefusedError():
            return Exit.USAGE
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
    ctx.leave()
    console.warn(f"trastienda: {text}")
    if ctx.json and not isinstance(error, console.OutputError):
        _error(code, text)
    return code


def _error(code: Exit, text: str) -> None:
    """Tell a program what a person reads on standard error."""
    with contextlib.suppress(console.OutputError):
        console.data({"error": text, "exit": int(code)})


def _language(words: Sequence[str]) -> str:
    """Choose the language before anything is said: --lang, else hers, else the system's."""
    found = arguments.peek(words)
    if found is None:
        return i18n.choose(None)
    if found.lang:
        return str(found.lang)
    configured = None
    if "--version" not in words:
        with contextlib.suppress(ConfigError, OSError):
            configured = load(home.find(found.home).config).va.language
    return i18n.choose(configured)
