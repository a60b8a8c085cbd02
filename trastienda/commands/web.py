"""`web`: the same screen in the browser of this computer."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from gettext import gettext as _

from normalizer.said import SaidError
from trastienda import console
from trastienda.commands import demo, screen
from trastienda.context import Context
from trastienda.web import pages


class PortError(SaidError):
    """Nothing can be served there."""


def web(ctx: Context) -> int:
    """Serve the screen until Ctrl+C; with --screen, be the screen that a window shows."""
    if ctx.options.screen:
        return _screen(ctx)
    pages.need()
    from trastienda.web import server  # noqa: PLC0415 - brings aiohttp

    with _whole(ctx) as home:
        ctx.log("web")
        command = [sys.executable, "-m", "trastienda", "--lang", ctx.language]
        command += ["--home", home] if home else []
        try:
            place = server.bound(ctx.options.port or 0)
        except OSError as error:
            reason = error.strerror or str(error)
            raise PortError(
                "Port {port} cannot be used ({reason}). Without --port a free one is taken.",
                port=str(ctx.options.port), reason=reason,
            ) from None  # fmt: skip
        with place:
            server.serve([*command, "web", "--screen"], place, _announcer(ctx))
    return 0


@contextlib.contextmanager
def _whole(ctx: Context) -> Iterator[str]:
    """See to it that there is something to show, and give the --home it is shown with."""
    if ctx.configured or ctx.home.database.exists():
        ctx.home.create()
        with ctx.reader():
            pass  # made, or brought up to date, before a window looks
        yield str(ctx.options.home or "")
        return
    console.warn(screen.no_config(ctx))
    with demo.made(ctx) as made:
        yield str(made.home.database.parent)


def _screen(ctx: Context) -> int:
    """Be what one window shows; in a terminal, what that shows."""
    if console.is_terminal():
        return screen.screen(ctx)
    if not ctx.configured and demo.is_made_up(ctx.home):
        return demo.show(ctx, browser=True)
    ctx.log("screen")
    start = screen.starter(ctx)
    return screen.open_screen(ctx, ctx.target, manner=ctx.manner, start=start, browser=True)


def _announcer(ctx: Context) -> Callable[[str], None]:
    def announce(link: str) -> None:
        if ctx.json:
            console.data({"link": link})
        else:
            console.say(_("The queue is open on this computer alone. The link works once:"))
            console.say(f"  {link}")
            console.say(_("Ctrl+C ends it."))
        if not (ctx.options.no_open or ctx.json):
            from tui.link import browse  # noqa: PLC0415 - brings Textual

            browse(link)

    return announce
