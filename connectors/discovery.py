"""Which connectors are installed, ours and others' alike.

A connector is found by an entry point of the group `trastienda.connectors`, named as its kind.
One that does not work is a red line of `trastienda check`, never a failed start.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from connectors.base import Connector
from connectors.errors import ConfigError
from normalizer.said import Said
from normalizer.text import line

GROUP: Final = "trastienda.connectors"

NEEDED: Final = ("check", "pull", "close", "normalise", "Config")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One kind of connector, as it is on this computer."""

    kind: str
    distribution: str
    """Whose it is, with its version: "trastienda 0.1.0"."""

    connector: type[Connector] | None
    problem: Said | None
    """Why it cannot be used, where it cannot."""


def kinds() -> tuple[str, ...]:
    """Name every installed kind, importing none."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def load(kind: str) -> type[Connector]:
    """Import the one connector of this kind. Raises ConfigError, whatever goes wrong in it."""
    found = {entry.value: entry for entry in entry_points(group=GROUP, name=kind)}
    if not found:
        raise unknown(kind)
    if len(found) > 1:
        # Its settings hold credentials: they go to nobody by chance.
        raise ConfigError(
            "Two packages bring a connector {kind}: {packages}. Uninstall one of them.",
            kind=kind,
            packages=", ".join(sorted(_owner(entry) for entry in found.values())),
        )
    (entry,) = found.values()
    try:
        connector = entry.load()
    except (Exception, SystemExit) as error:
        log.warning("The connector %s does not start", kind, exc_info=True)
        raise ConfigError(
            "The connector {kind} ({package}) does not start: {reason}. Update or reinstall it.",
            kind=kind,
            package=_owner(entry),
            reason=_first_line(error),
        ) from None
    missing = [name for name in NEEDED if not hasattr(connector, name)]
    if missing or getattr(connector, "kind", None) != kind or not isinstance(connector, type):
        raise ConfigError(
            "The connector {kind} ({package}) is not one: it lacks {missing}. Update it.",
            kind=kind,
            package=_owner(entry),
            missing=", ".join(missing) or f'kind = "{kind}"',
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
        owners = sorted({_owner(entry) for entry in entry_points(group=GROUP, name=kind)})
        try:
            connector, problem = load(kind), None
        except ConfigError as error:
            connector, problem = None, error.said
        yield Installed(
            kind=kind,
            distribution=", ".join(owners),
            connector=connector,
            problem=problem,
        )


def _owner(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return line(f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__)
