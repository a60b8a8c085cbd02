"""`demo`: made-up clients to look around with, in a home of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from gettext import gettext as _
from pathlib import Path

from normalizer.said import SaidError
from store.database import open_database
from trastienda import console, lock
from trastienda.commands import queue, screen
from trastienda.context import Context
from trastienda.demo.build import build
from trastienda.demo.script import Script
from trastienda.home import Home
from triage.profile import Manner

MARK = "demo"
"""The file by which a home is known to hold made-up data and nothing else."""


PREFIX = "trastienda-demo-"
"""What the folder of a demo without --home is called, among those that the system cleans."""

OLD = timedelta(hours=1)
"""Since when nothing has changed in a folder that nobody can be about to use."""


class NotADemoError(SaidError):
    """The home is somebody's real one."""


def demo(ctx: Context) -> int:
    """Show the demo; it is gone afterwards, unless --home says where to keep it."""
    with made(ctx) as ours:
        if ctx.json or not ctx.may_ask or not console.is_terminal():
            ctx.options.query = []
            return queue.queue(ours)
        return show(ours)


@contextlib.contextmanager
def made(ctx: Context) -> Iterator[Context]:
    """Give a home that holds the demo."""
    if ctx.options.home:
        if ctx.configured:
            raise _refused(ctx.home)
        _fill(ctx)
        yield ctx
        return
    _sweep(ctx.now)
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        ours = replace(ctx, home=Home.at(Path(folder)))
        with lock.hold(ours.home.lock):
            _fill(ours)
            yield ours


def _sweep(now: datetime) -> None:
    """Remove what demos that were killed have left: folders of ours, in which nobody is."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            status = folder.lstat()
        except OSError:
            continue
        ours = os.name == "nt" or status.st_uid == os.geteuid()
        old = now.timestamp() - status.st_mtime > OLD.total_seconds()
        if stat.S_ISDIR(status.st_mode) and ours and old and not lock.held(Home.at(folder).lock):
            shutil.rmtree(folder, ignore_errors=True)


def _fill(ctx: Context) -> None:
    home = ctx.home
    if home.database.exists() and not is_made_up(home):
        raise _refused(home)
    home.create()
    if not home.database.exists():
        _mark(home).touch()
        database = open_database(home.database)
        try:
            build(database, Script.load(ctx.language, ctx.now, ctx.zone))
        finally:
            database.close()


def is_made_up(home: Home) -> bool:
    """Tell whether a home holds made-up data and nothing else."""
    return _mark(home).exists()


def _mark(home: Home) -> Path:
    return home.database.parent / MARK


def show(ctx: Context, *, browser: bool = False) -> int:
    """Show a demo that was made."""
    ctx.log("screen")
    return screen.open_screen(
        ctx, str(ctx.home.database), manner=Manner(me=_("Demo")), start=None, demo=True,
        browser=browser,
    )  # fmt: skip


def _refused(home: Home) -> NotADemoError:
    return NotADemoError(
        "{folder} holds your own data. Give the demo an empty folder with --home, or none.",
        folder=str(home.database.parent),
    )
