"""Which connectors are installed, ours and others' alike.

A connector is found by an entry point of the group `trastienda.connectors`, named as its kind.
One that does not work is a red line of `trastienda check`, never a failed start. It runs in our own
process all the same, and may do there whatever we may: whose it is is always shown.
"""

from __future__ import annotations

import logging
import threading
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from connectors.base import Connector
from connectors.errors import ConfigError
from connectors.threads import begun, mend
from normalizer.said import Said
from normalizer.text import line

GROUP: Final = "trastienda.connectors"

API: Final = 1
"""The version of what `trastienda.plugin` promises. Goes up when a connector that worked would no
longer do so; names may be added before that. A connector says in `api: ClassVar[int]` which one it
was written for, 1 where it says nothing."""

OURS: Final = "trastienda"
"""The distribution whose connectors are our own."""

NEEDED: Final = ("check", "pull", "close", "normalise", "Config")

PATIENCE: Final = 20.0
"""Seconds that a connector may take to be imported."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One kind of connector, as it is on this computer."""

    kind: str
    distribution: str
    """Whose it is, with its version: "trastienda 0.1.0"."""

    ours: bool
    """Whether it came with Trastienda."""

    connector: type[Connector] | None
    problem: Said | None
    """Why it cannot be used, where it cannot."""


def kinds() -> tuple[str, ...]:
    """Name every installed kind, importing none."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def load(kind: str) -> type[Connector]:
    """Import the one connector of this kind. Raises ConfigError, whatever goes wrong in it."""
    chosen, _ = _found(kind)
    if not chosen:
        raise unknown(kind)
    if len(chosen) > 1:
        # Its settings hold credentials: they go to nobody by chance.
        raise ConfigError(
            "Two packages bring a connector {kind}: {packages}. Uninstall one of them.",
            kind=kind,
            packages=_owners(chosen),
        )
    (entry,) = chosen
    connector = _imported(entry)
    try:
        return _looked_at(kind, entry, connector)
    except (ConfigError, KeyboardInterrupt):
        raise
    except BaseException as error:  # to look at an attribute of a stranger's may be to run it
        log.warning("The connector %s cannot be looked at", kind, exc_info=True)
        raise _useless(entry, error) from None


def _found(kind: str) -> tuple[list[EntryPoint], list[EntryPoint]]:
    """Give what brings a kind, and who brings one that Trastienda has itself: those never run."""
    entries = entry_points(group=GROUP, name=kind)
    ours = {entry.value: entry for entry in entries if _is_ours(entry)}
    others = {entry.value: entry for entry in entries if not _is_ours(entry)}
    return ([*ours.values()], [*others.values()]) if ours else ([*others.values()], [])


def _is_ours(entry: EntryPoint) -> bool:
    return entry.dist is not None and entry.dist.name == OURS


def _looked_at(kind: str, entry: EntryPoint, connector: object) -> type[Connector]:
    """Take what was imported for a connector. Raises ConfigError where it is none."""
    missing = [name for name in NEEDED if not hasattr(connector, name)]
    if missing or getattr(connector, "kind", None) != kind or not isinstance(connector, type):
        raise ConfigError(
            "The connector {kind} ({package}) is not one: it lacks {missing}. Update it.",
            kind=kind,
            package=_owner(entry),
            missing=", ".join(missing) or f'kind = "{kind}"',
        )
    if (api := getattr(connector, "api", API)) != API:
        raise ConfigError(
            "The connector {kind} ({package}) was written for another Trastienda: for version"
            " {theirs} of what connectors build on, where this one has {ours}. Update the older"
            " one.",
            kind=kind,
            package=_owner(entry),
            theirs=line(str(api), 20),
            ours=API,
        )
    if not _is_settings(getattr(connector, "Config")):  # noqa: B009  it is nobody's type yet
        raise ConfigError(
            "The connector {kind} ({package}) is not one: it lacks {missing}. Update it.",
            kind=kind,
            package=_owner(entry),
            missing="Config = dataclass",
        )
    return cast("type[Connector]", connector)


def unknown(kind: str) -> ConfigError:
    """Make the error of a kind that nobody brings, naming the nearest."""
    installed = kinds()
    near = get_close_matches(kind, installed, n=1)
    if near:
        return ConfigError(
            "There is no connector {kind}. Did you mean {near}?", kind=kind, near=near[0]
        )
    return ConfigError(
        "There is no connector {kind}. There are: {kinds}.",
        kind=kind,
        kinds=", ".join(installed) or "-",
    )


def each() -> Iterator[Installed]:
    """Import every installed connector, and say of each whether it can be used."""
    for kind in kinds():
        chosen, others = _found(kind)
        try:
            connector, problem = load(kind), None
        except ConfigError as error:
            connector, problem = None, error.said
        yield Installed(
            kind=kind,
            distribution=_owners(chosen),
            ours=all(map(_is_ours, chosen)),
            connector=connector,
            problem=problem,
        )
        if others:
            packages = _owners(others)
            yield Installed(
                kind=kind,
                distribution=packages,
                ours=False,
                connector=None,
                problem=Said(
                    "{packages} also brings a connector {kind}, which is not used: Trastienda has"
                    " its own. Uninstall it.",
                    (("packages", packages), ("kind", kind)),
                ),
            )


_importing: dict[str, threading.Thread] = {}
"""By what it names, the thread in which a connector hangs while it is imported."""


def _imported(entry: EntryPoint) -> object:
    """Import what an entry point names, in a thread that can be left behind.

    Raises ConfigError, whatever is raised in there, and where it does not come back.
    """
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(entry.load())
        except BaseException as error:  # even sys.exit of a stranger's module ends nothing of ours
            log.warning("The connector %s does not start", entry.name, exc_info=True)
            outcome.append(_Failed(error))
        finally:
            mend()

    thread = _importing.get(entry.value)
    if thread is None or not thread.is_alive():
        thread = begun(run, f"import {entry.name}")
        thread.join(PATIENCE)
    match outcome:
        case [_Failed(error)]:
            raise _useless(entry, error)
        case [connector]:
            return connector
        case _:
            _importing[entry.value] = thread
            raise ConfigError(
                "The connector {kind} ({package}) does not start within {n} seconds. Update or"
                " reinstall it.",
                kind=entry.name,
                package=_owner(entry),
                n=int(PATIENCE),
            )


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


def _useless(entry: EntryPoint, error: BaseException) -> ConfigError:
    return ConfigError(
        "The connector {kind} ({package}) does not start: {reason}. Update or reinstall it.",
        kind=entry.name,
        package=_owner(entry),
        reason=_first_line(error),
    )


def _is_settings(config: object) -> bool:
    """Tell whether settings can be read into `config`."""
    if not (isinstance(config, type) and is_dataclass(config)):
        return False
    try:
        typing.get_type_hints(config)
    except Exception:  # noqa: BLE001  a name that its module does not have, and the like
        return False
    return True


def _owners(entries: Iterable[EntryPoint]) -> str:
    return ", ".join(sorted({_owner(entry) for entry in entries}))


def _owner(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _first_line(error: BaseException) -> str:
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001  a stranger's error may not even be able to say what it is
        lines = []
    return line(f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__)
