"""`demo`: made-up clients to look around with, in a home of their own."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from gettext import gettext as _
from pathlib import Path

from normalizer.said import SaidError
from store.database import open_database
from trastienda import console
from trastienda.commands import queue, screen
from trastienda.context import Context
from trastienda.demo.build import build
from trastienda.demo.script import Script
from trastienda.home import Home

MARK = "demo"
"""The file by which a home is known to hold made-up data and nothing else."""


class NotADemoError(SaidError):
    """The home is somebody's real one."""


def demo(ctx: Context) -> int:
    """Show the demo; it is gone afterwards, unless --home says where to keep it."""
    if ctx.options.home and not ctx.configured:
        return _show(ctx)
    if ctx.options.home:
        raise _refused(ctx.home)
    with tempfile.TemporaryDirectory(prefix="trastienda-demo-") as folder:
        return _show(replace(ctx, home=Home.at(Path(folder))))


def _show(ctx: Context) -> int:
    home = ctx.home
    mark = home.database.parent / MARK
    if home.database.exists() and not mark.exists():
        raise _refused(home)
    home.create()
    if not home.database.exists():
        mark.touch()
        database = open_database(home.database)
        try:
            build(database, Script.load(ctx.language, ctx.now, ctx.zone))
        finally:
            database.close()
    if ctx.json or not ctx.may_ask or not console.is_terminal():
        ctx.options.query = []
        return queue.queue(ctx)
    ctx.log("screen")
    return screen.open_screen(ctx, str(home.database), name=_("Demo"), start=None, demo=True)


def _refused(home: Home) -> NotADemoError:
    return NotADemoError(
        "{folder} holds your own data. Give the demo an empty folder with --home, or none.",
        folder=str(home.database.parent),
    )
