"""The screen: what `trastienda` alone opens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from gettext import gettext as _
from typing import TYPE_CHECKING

from normalizer.said import SaidError
from normalizer.text import NAME, fold, line
from trastienda import console, kept, lock
from trastienda.context import Context
from trastienda.tastes import Day
from triage.profile import Manner
from tui.setup import Setup

if TYPE_CHECKING:
    from trastienda.child import Child
    from trastienda.errands import Errand


class UnknownClientError(SaidError):
    """No client is called so."""


def screen(ctx: Context) -> int:
    """Open the queue; where nothing is set up yet, made-up data, and say so."""
    made_of = kept.stamp(ctx.home)
    if not ctx.configured and not ctx.home.database.exists():
        ctx.leave()
        from trastienda.commands.demo import demo  # noqa: PLC0415 - only without a config

        (console.warn if ctx.json else console.say)(no_config(ctx))
        return demo(ctx)
    if not console.is_terminal() or ctx.json:
        ctx.leave()
        from trastienda.commands.queue import queue  # noqa: PLC0415 - only without a screen

        focus = focused(ctx, ctx.target)
        ctx.options.query = [f"client:{focus}"] if focus else []
        return queue(ctx)
    target = ctx.target
    ctx.home.create()
    ctx.log("screen")
    with ctx.reader():
        pass  # made, or brought up to date, before the screen looks
    return open_screen(
        ctx, target, manner=ctx.manner, start=starter(ctx), save=saver(ctx), made_of=made_of
    )


def no_config(ctx: Context) -> str:
    """Say that she looks at made-up data, and where hers goes."""
    return _("There is no config yet, so this is made-up data. Yours goes into {file}").format(
        file=ctx.home.config
    )


def open_screen(
    ctx: Context,
    target: str,
    *,
    manner: Manner,
    start: Callable[[], Child | None] | None,
    save: Callable[[str, int, int], Errand] | None = None,
    demo: bool = False,
    browser: bool = False,
    made_of: str | None = None,
) -> int:
    """Hand the terminal, or the window in the browser, over to the screen until she leaves.

    `made_of`: what her config was read of; then the next start need not wait for it.
    """
    from tui.app import run, told  # noqa: PLC0415 - brings Textual

    config = ctx.config if ctx.configured else None
    setup = Setup(
        target=target,
        language=ctx.language,
        timezone=ctx.zone,
        manner=manner,
        taste=replace(ctx.taste, plain=ctx.taste.plain or ctx.options.plain),
        keymap=ctx.keymap,
        hours=config.hours if config else Day().hours,
        focus=focused(ctx, target),
        demo=demo,
        browser=browser,
        start_engine=start,
        save_file=save,
    )
    if made_of is not None and config is not None:
        kept.keep(ctx.home, made_of, told(replace(setup, taste=ctx.taste)), config.va.language)
    return run(setup, ctx.first)


def focused(ctx: Context, target: str) -> str:
    """Give the slug of the client who alone is to be there, by it or by the name; "" for all.

    Raises UnknownClientError, which names no other client: somebody may be watching.
    """
    told: str = getattr(ctx.options, "focus", "")
    if not told:
        return ""
    from store.reader import Reader  # noqa: PLC0415 - brings the driver

    with contextlib.closing(Reader(target)) as reader:
        for one in reader.clients():
            if fold(told) in (one.slug, fold(one.name)):
                return one.slug
    raise UnknownClientError("There is no client {name}.", name=line(told, NAME))


def starter(ctx: Context) -> Callable[[], Child | None] | None:
    """Give what starts the engine, unless one of this home is at work just then."""
    if not ctx.configured:
        return None
    words = options(ctx)

    def begin() -> Child | None:
        from trastienda.child import Child  # noqa: PLC0415 - brings subprocess: after the first rows

        return None if lock.held(ctx.home.lock) else Child(words)

    return begin


def saver(ctx: Context) -> Callable[[str, int, int], Errand] | None:
    """Give what begins to save a file into its client's own folder; None without a config."""
    if not ctx.configured:
        return None
    words = options(ctx)

    def save(client: str, item: int, file: int) -> Errand:
        from trastienda import errands  # noqa: PLC0415 - the same

        folder = errands.folder_for(ctx.config, ctx.home, client)
        return errands.Errand(words, item, file, folder)

    return save


def options(ctx: Context) -> list[str]:
    """Say how a process of ours comes to the same home and language."""
    home = ["--home", str(ctx.options.home)] if ctx.options.home else []
    return ["--lang", ctx.language, *home]
