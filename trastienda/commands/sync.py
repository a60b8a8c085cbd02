"""`sync`: fetch once, or for as long as it runs."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from gettext import gettext as _

from normalizer.said import Said, SaidError
from store import directory
from store.database import Database
from store.reader import Reader
from store.views import ChannelView, Health, Tally
from trastienda import child, console, lock
from trastienda.config import ChannelConfig, Config, ConfigFileError, connect, load
from trastienda.context import Context
from trastienda.engine import ChannelReport
from trastienda.engine import sync as pull_all
from trastienda.exits import Exit
from tui import words
from tui.lines import fit, safe

log = logging.getLogger(__name__)

LONGEST = 600.0
"""Seconds to wait for the process that keeps everything fresh to do what it was asked."""

TAKEN_UP = 30.0
"""Seconds to wait for it to see that the config has changed; it looks twice a second."""


class NoSuchError(SaidError):
    """The config has no client or channel of that name."""


def sync(ctx: Context) -> int:
    """Pull what was named, or keep pulling."""
    known_names(ctx.config, ctx.options.client, ctx.options.channel)
    return watch(ctx) if ctx.options.watch else _once(ctx)


def _once(ctx: Context) -> int:
    return told(ctx, pulled(ctx, (ctx.options.client, ctx.options.channel)))


def pulled(ctx: Context, only: tuple[str | None, str | None]) -> list[ChannelReport]:
    """Pull the channels of `only` (client, channel; None is any) once, or have it done by the
    process that is at it.
    """
    with ctx.database() as db:
        ctx.log("sync")
        reports: list[ChannelReport] | None = None
        while reports is None:
            try:
                with lock.hold(ctx.home.lock):
                    reports = pull_all(ctx.config, db, build=connect, only=only)
            except lock.EngineRunsError:
                reports = _ask(ctx, db, only)
    return reports


def told(ctx: Context, reports: Sequence[ChannelReport], **more: object) -> int:
    """Say what a pass did; `more` goes into the JSON."""
    if ctx.json:
        console.data({**more, "channels": [_json(report) for report in reports]})
    else:
        _say(ctx, reports)
    return exit_of(reports)


def _ask(
    ctx: Context, db: Database, only: tuple[str | None, str | None]
) -> list[ChannelReport] | None:
    """Let the process that keeps everything fresh do it, and wait until it has.

    There is never a second one at work on the same channels. None where it ended meanwhile.
    Raises ReplacedError where it and we look at two different files.
    """
    wanted = list(ctx.config.channels(*only))
    directory.ask(db, ctx.now, *only)
    began = time.monotonic()
    views: dict[tuple[str, str], ChannelView] = {}
    reader = Reader(db.target)
    try:
        while True:
            reader.version()
            for view in reader.channels():
                name = (view.client, view.channel)
                # Of one that is pulled again while others are awaited, the first pull counts.
                if not _settled(views.get(name)):
                    views[name] = view
            found = [views.get((one.client, one.slug)) for one in wanted]
            waiting = [view for view in found if not _settled(view)]
            patience = LONGEST if any(waiting) else TAKEN_UP
            if not waiting or time.monotonic() - began > patience:
                return list(map(_report, wanted, found))
            if not lock.held(ctx.home.lock):
                return None
            time.sleep(0.2)
    finally:
        reader.close()


def _settled(view: ChannelView | None) -> bool:
    """Tell whether a pull that began after we asked has ended."""
    return (
        view is not None
        and view.last_attempt is not None
        and not view.asked
        and view.health is not Health.SYNCING
    )


def _report(channel: ChannelConfig, view: ChannelView | None) -> ChannelReport:
    """Report what the other process did for a channel; None where it does not know of it."""
    state, error, tally = Health.LATER, _LATE, Tally()
    notices: tuple[Said, ...] = ()
    if view is None:
        error = _UNKNOWN
    elif _settled(view):
        state, error, tally, notices = view.health, view.error, view.tally, view.notices
    return ChannelReport(
        client=channel.client, channel=channel.slug, kind=channel.kind, state=state,
        error=error, notices=notices, **asdict(tally),
    )  # fmt: skip


_LATE: Said | None = Said(
    "The process that keeps everything fresh has not come to it yet. Try again later."
)
_UNKNOWN = Said(
    "The process that keeps everything fresh has not taken up the changed config. Should that"
    " last, end it and start it again."
)


def watch(ctx: Context) -> int:
    """Be the one engine of this home until told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if ctx.options.parent_pid is not None:
        child.follow(ctx.options.parent_pid, stop)
    from trastienda.watch import watch as keep_fresh  # noqa: PLC0415 - brings APScheduler

    with ctx.database() as db, lock.hold(ctx.home.lock):
        ctx.log("engine")
        log.info("begins")
        if not ctx.options.parent_pid and not ctx.json:
            console.say(_("Keeping everything fresh. Ctrl+C ends it."))
        keep_fresh(ctx.config, db, build=connect, stop=stop, reload=_reloader(ctx))
    log.info("ends")
    return Exit.OK


def _reloader(ctx: Context) -> Callable[[], Config | None]:
    """Give what reads the config again once it has changed and is right."""
    path = ctx.home.config
    seen = _stamp(ctx)

    def reload() -> Config | None:
        nonlocal seen
        now = _stamp(ctx)
        if now == seen:
            return None
        seen = now
        try:
            return load(path, imports=ctx.home.imports)
        except ConfigFileError as error:
            log.warning("the config stays as it was: %s", error)
            return None

    return reload


def _stamp(ctx: Context) -> tuple[int, int, int] | None:
    try:
        status = ctx.home.config.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def known_names(config: Config, client: str | None, channel: str | None) -> None:
    """Refuse names that the config does not have, naming the nearest."""
    clients = [one.slug for one in config.clients]
    channels = [one.slug for one in config.channels(client)]
    for name, names in ((client, clients), (channel, channels)):
        if name is None or name in names:
            continue
        near = get_close_matches(name, names, n=1) or names[:1]
        if near:
            raise NoSuchError(
                "The config has no {name} there. Did you mean {near}?", name=name, near=near[0]
            )
        raise NoSuchError("The config has no {name} there.", name=name)


def exit_of(reports: Sequence[ChannelReport]) -> Exit:
    """Give the exit code: first what only she can mend, then whether we are offline."""
    states = {report.state for report in reports}
    if Health.CONFIG in states:
        return Exit.CONFIG
    if Health.SIGN_IN in states:
        return Exit.SIGN_IN
    if states == {Health.LATER}:
        return Exit.OFFLINE
    return Exit.OK if states <= {Health.OK} else Exit.FAILED


def _json(report: ChannelReport) -> dict[str, object]:
    return {
        "client": report.client,
        "channel": report.channel,
        "kind": report.kind,
        "state": report.state,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "requests": report.requests,
        "seconds": report.seconds,
        "error": None if report.error is None else report.error.text(_),
    }


def _say(ctx: Context, reports: Sequence[ChannelReport]) -> None:
    names = {client.slug: client.name for client in ctx.config.clients}
    for report in reports:
        text = f"{fit(safe(names[report.client]), 16)} {fit(safe(report.channel), 14)} "
        if report.state is not Health.OK:
            text += words.health(report.state)
        elif report.new or report.changed:
            text += _("{new} new, {changed} changed").format(new=report.new, changed=report.changed)
        else:
            text += _("nothing new")
        console.say(text)
        said = [report.error] if report.error is not None else []
        for one in (*said, *report.notices):
            for part in words.told(one, console.width() - 4):
                console.say("    " + part)
    if not reports:
        console.say(_("No channel has been set up."))
