"""`check`: is everything in order, and if not, what to do."""

from __future__ import annotations

import importlib.metadata
import itertools
import platform
import queue
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from gettext import gettext as _
from pathlib import Path

from connectors import discovery
from connectors.base import Account
from connectors.errors import AuthError, ConfigError, ConnectorError
from connectors.threads import begun
from normalizer.said import SaidError
from store import backup, driver
from store.errors import StoreError
from store.reader import Reader
from trastienda import config as configs
from trastienda import console, disks, folders, lock
from trastienda.config import ChannelConfig, ConfigFileError
from trastienda.context import Context
from trastienda.exits import Exit
from trastienda.pull import let_go
from trastienda.redact import redact, redacted
from trastienda.secrets import Source, others_can, to_keyring
from tui.lines import safe, wrap

PATIENCE = 45.0
"""Seconds for all channels together to answer."""

SCARCE, TOO_SCARCE = 500 * 2**20, 64 * 2**20
"""Bytes of free disk space below which we warn, and below which syncing would soon fail."""

ROOMS = ("connectors", "normalizer", "store", "triage", "trastienda", "tui")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    area: str
    text: str
    exit: Exit | None = None
    """What it would make a command end with; None where nothing is wrong."""

    warning: bool = False
    details: tuple[str, ...] = ()
    """What stands beneath it: what we may do there."""


def check(ctx: Context) -> int:
    """Look at everything, and end with the code of the worst that was found."""
    worst: Exit = Exit.OK
    findings = []
    for finding in _all(ctx):
        findings.append(finding)
        if finding.exit is not None and (worst in {Exit.OK, Exit.FAILED}):
            worst = finding.exit
        if not ctx.json:
            _say(finding)
    if ctx.json:
        console.data({"findings": [
            {
                "level": _level(one), "area": one.area, "text": one.text,
                "details": list(one.details),
            }
            for one in findings
        ]})  # fmt: skip
    elif worst is Exit.OK and any(one.warning for one in findings):
        console.say(_("Everything works, but look at what is marked with “?”."))
    elif worst is Exit.OK:
        console.say(_("Everything is in order."))
    return worst


def _level(finding: Finding) -> str:
    return "bad" if finding.exit is not None else "warning" if finding.warning else "ok"


def _say(finding: Finding) -> None:
    mark = {"ok": "  ", "warning": "? ", "bad": "! "}[_level(finding)]
    room = console.width() - 20
    first, *rest = wrap(safe(finding.text), room) or [""]
    console.say(f"{mark}{finding.area:<16}  {first}".rstrip())
    for line in (*rest, *(line for text in finding.details for line in wrap(safe(text), room))):
        console.say(" " * 20 + line)


def _all(ctx: Context) -> Iterator[Finding]:
    yield from _program()
    yield from _connectors()
    yield from _home(ctx)
    yield from _database(ctx)
    yield from _config(ctx)


def _program() -> Iterator[Finding]:
    sqlite = ".".join(map(str, driver.SQLITE_VERSION))
    yield Finding(
        _("program"),
        f"Trastienda {importlib.metadata.version('trastienda')}, "
        f"Python {platform.python_version()}, SQLite {sqlite}",
    )
    if driver.SQLITE_VERSION < driver.MINIMUM:
        yield Finding(
            _("program"),
            _("This SQLite can damage the database. Install Trastienda again."),
            Exit.DATABASE,
        )
    owners = importlib.metadata.packages_distributions()
    for room in ROOMS:
        others = sorted(set(owners.get(room, ())) - {"trastienda"})
        if others:
            yield Finding(
                _("program"),
                _("{other} also brings a package called {room}: one hides the other. Install "
                  "Trastienda in an environment of its own.")
                .format(other=", ".join(others), room=room),
                Exit.FAILED,
            )  # fmt: skip


def _connectors() -> Iterator[Finding]:
    """Name our own in one line, and each of somebody else's with the package it comes with."""
    ours = []
    for one in discovery.each():
        if one.problem is not None:
            yield Finding(_("connectors"), one.problem.text(_), Exit.FAILED)
        elif one.ours:
            ours.append(one.kind)
        else:
            text = _("{kind} comes with {package}, and sees the secrets of its channels")
            text = text.format(kind=one.kind, package=one.distribution)
            yield Finding(_("connectors"), text)
    yield Finding(_("connectors"), ", ".join(ours))


def _home(ctx: Context) -> Iterator[Finding]:
    home = ctx.home
    yield Finding(_("folders"), f"{home.config.parent}")
    for folder in home.folders:
        if folder.is_dir() and others_can(folder.stat(), stat.S_IWGRP | stat.S_IWOTH):
            text = _("Others can write in {folder}. Run: chmod go-w {folder}").format(folder=folder)
            yield Finding(_("folders"), text, warning=True)
    place = next(path for path in (home.database.parent, *home.database.parents) if path.exists())
    free = shutil.disk_usage(place).free
    text = _("{n} MB free").format(n=free // 2**20)
    if free < TOO_SCARCE:
        yield Finding(_("disk"), text + ". " + _("Free some space."), Exit.DATABASE)
    else:
        yield Finding(_("disk"), text, warning=free < SCARCE)
    yield Finding(_("log"), str(home.logs))
    alive = lock.held(home.lock)
    yield Finding(_("engine"), _("at work") if alive else _("not at work; the screen starts it"))


def _database(ctx: Context) -> Iterator[Finding]:
    try:
        target = ctx.target
        if target == str(ctx.home.database) and not ctx.home.database.exists():
            yield Finding(_("database"), _("none yet; the first sync makes it"))
            return
        if driver.is_server(target):
            yield from _server(target)
            return
        if target == str(ctx.home.database):
            yield from _disk(ctx.home.database.parent)
        Reader(target).close()
        problems = backup.check(target)
    except ConfigError:
        return  # said of the config
    except StoreError as error:
        yield Finding(_("database"), error.said.text(_), Exit.DATABASE)
        return
    for problem in problems:
        yield Finding(_("database"), problem.text(_), Exit.DATABASE)
    if not problems:
        yield Finding(_("database"), _("sound"))


def _server(url: str) -> Iterator[Finding]:
    """Look at what is ours to know of a server: that it answers, and whose tables it holds."""
    server = backup.server(url)
    text = _("{where} answers: PostgreSQL {version}")
    yield Finding(_("database"), text.format(where=server.where, version=server.version))
    if server.empty:
        yield Finding(_("database"), _("empty yet; the first sync fills it"))
        return
    Reader(url).close()
    yield Finding(_("database"), _("its tables are those of this version"))


def _disk(folder: Path) -> Iterator[Finding]:
    if kind := disks.network(folder):
        text = _(
            "The database lies on a network ({kind}), where it can be damaged. Move it to a disk"
            " of this computer: {option}"
        ).format(kind=kind, option="--home, TRASTIENDA_HOME")
        yield Finding(_("database"), text, warning=True)
    if name := disks.synced(folder):
        text = _(
            "The database lies in {name}, whose program copies it while it is written and can"
            " damage it. Move it elsewhere, and keep copies there: trastienda backup"
        ).format(name=name)
        yield Finding(_("database"), text, warning=True)


def _config(ctx: Context) -> Iterator[Finding]:
    try:
        problems = configs.problems(ctx.config)
    except ConfigFileError as error:
        problems = error.problems
    except ConfigError as error:
        yield Finding(_("config"), error.said.text(_), Exit.CONFIG)
        return
    for problem in problems:
        yield Finding(_("config"), problem.text(_), Exit.CONFIG)
    if problems:
        return
    yield Finding(_("config"), str(ctx.config.path))
    yield from _keys(ctx)
    channels = list(ctx.config.channels())
    for channel in channels:
        for source in configs.secrets(channel):
            yield _secret(source)
    yield from _accounts(channels)


def _keys(ctx: Context) -> Iterator[Finding]:
    """Look at the keys that she has changed, and say which actions have none."""
    if not ctx.home.keys.exists():
        return
    try:
        bare = sorted(name for name, keys in ctx.keymap.items() if not keys)
    except ConfigFileError as error:
        for problem in error.problems:
            yield Finding(_("keys"), problem.text(_), Exit.CONFIG)
        return
    text = _("without a key, only among the commands: {names}")
    details = (text.format(names=", ".join(bare)),) if bare else ()
    yield Finding(_("keys"), str(ctx.home.keys), details=details)


def _secret(source: Source) -> Finding:
    if source.kind != "literal":
        return Finding(_("secrets"), f"{source.name}: {source.where}")
    text = _(
        "{name} stands in the config as plain text. Store it with: {command} - and write"
        " keyring = true in its place."
    ).format(name=source.name, command=to_keyring(source.name))
    return Finding(_("secrets"), text, warning=True)


def _accounts(channels: list[ChannelConfig]) -> Iterator[Finding]:
    """Sign in everywhere at once; whoever hangs is said to."""
    done: queue.SimpleQueue[tuple[ChannelConfig, Finding, Account | None]] = queue.SimpleQueue()
    found: list[tuple[ChannelConfig, Account]] = []
    waiting = {(channel.client, channel.slug) for channel in channels}

    def sign_in(channel: ChannelConfig) -> None:
        done.put((channel, *_account(channel)))

    for channel in channels:
        begun(partial(sign_in, channel), "check")
    deadline = time.monotonic() + PATIENCE
    while waiting:
        try:
            channel, finding, account = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        waiting.discard((channel.client, channel.slug))
        if account is not None:
            found.append((channel, account))
        yield finding
    for client, slug in sorted(waiting):
        text = _("{channel}: no answer in {n} s").format(
            channel=f"{client}/{slug}", n=int(PATIENCE)
        )
        yield Finding(_("channels"), text, Exit.OFFLINE)
    yield from _shared(found)


def _shared(found: list[tuple[ChannelConfig, Account]]) -> Iterator[Finding]:
    """Warn where two clients' channels read the same: one would see what is the other's."""
    found = sorted(found, key=lambda pair: (pair[0].client, pair[0].slug))
    for (one, mine), (other, theirs) in itertools.combinations(found, 2):
        if one.client == other.client or not _one_source(one, mine, other, theirs):
            continue
        all_of_it = "*" in mine.places + theirs.places
        both = [p for p in mine.places if p in theirs.places] or ["*"] * all_of_it
        if both:
            text = _(
                "{one} and {other} are of two clients and read the same: {places}. Name in each"
                " what is that client’s own, or what belongs to one shows up under the other."
            )
            text = text.format(
                one=f"{one.client}/{one.slug}",
                other=f"{other.client}/{other.slug}",
                places=", ".join(both[:8]) + ("…" if len(both) > 8 else ""),
            )
            yield Finding(_("channels"), text, warning=True)


def _one_source(one: ChannelConfig, mine: Account, other: ChannelConfig, theirs: Account) -> bool:
    """Tell whether two channels look at one account, or into one folder."""
    if any(channel.table.values.get("folder") for channel in (one, other)):
        return folders.one_folder(one, other)
    return one.kind == other.kind and bool(mine.handles) and mine.handles == theirs.handles


def _account(channel: ChannelConfig) -> tuple[Finding, Account | None]:
    name = f"{channel.client}/{channel.slug}"
    began = time.monotonic()
    try:
        connector = configs.connect(channel)
        try:
            account = connector.check()
        finally:
            let_go(connector)
        places = ", ".join(account.places[:8]) + ("…" if len(account.places) > 8 else "")
        text = _("{channel}: {account}, {n} ms").format(
            channel=name,
            account=redact(", ".join(filter(None, [account.name, places]))),
            n=int(1000 * (time.monotonic() - began)),
        )
        rights = tuple(redacted(said).text(_) for said in account.rights)
    except SaidError as error:
        text = f"{name}: {redacted(error.said).text(_)}"
        return Finding(_("channels"), text, _exit(error)), None
    except BaseException as error:  # noqa: BLE001 - a bug of one, even sys.exit, hides no other
        text = _("{channel}: a fault in its connector ({kind})").format(
            channel=name, kind=type(error).__name__
        )
        return Finding(_("channels"), text, Exit.FAILED), None
    return Finding(_("channels"), text, details=rights), account


def _exit(error: SaidError) -> Exit:
    match error:
        case ConfigError():
            return Exit.CONFIG
        case AuthError():
            return Exit.SIGN_IN
        case ConnectorError():
            return Exit.OFFLINE
        case _:
            return Exit.FAILED
