"""The config file: the VA, her clients, and their channels.

Reading it imports no connector. What a kind of channel wants of its own table is checked when
the channel is built (`connect`), or for all of them at once (`problems`).
"""

from __future__ import annotations

import itertools
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

from connectors.base import Connector, Secret, Write
from connectors.errors import ConfigError
from normalizer.said import Said
from trastienda import folders, zones
from trastienda.document import read as read_file
from trastienda.secrets import Source
from trastienda.settings import (
    ConfigFileError,
    Problem,
    Table,
    build,
    is_slug,
    secret_source,
)

if TYPE_CHECKING:
    from triage.profile import Snippet
    from tui.setup import Taste

__all__ = [
    "ChannelConfig",
    "ClientConfig",
    "Config",
    "ConfigFileError",
    "DatabaseConfig",
    "Problem",
    "VaConfig",
    "connect",
    "load",
    "problems",
    "secrets",
    "settings",
]

COLORS: Final = (
    "orange",
    "teal",
    "purple",
    "green",
    "pink",
    "blue",
    "yellow",
    "red",
    "brown",
    "gray",
)
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")

_OURS: Final = ("kind", "write")
"""The keys of a channel's table that every kind has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaConfig:
    """[va]: whom all this is for."""

    name: str = ""
    language: Literal["es", "en"] | None = None
    """None: the system's, see `i18n.choose`."""

    timezone: str = ""
    """An IANA name; in a loaded config never empty (the system's where she gave none)."""

    identities: tuple[str, ...] = ()
    """Her addresses in every client's channels: what they sent went out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseConfig:
    """[database]: where to remember, for a team."""

    url: str = ""
    """postgresql://…, without a password; empty for the SQLite file of the home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConfig:
    """[clients.SLUG.channels.SLUG]: one connection of one client."""

    client: str
    slug: str
    kind: str
    write: Write = "no"
    """How much may be written back: nothing, comments, or everything."""

    table: Table = field(repr=False, compare=False)
    """What stands in the file for its connector, not looked at yet."""

    told: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What a connector is told that has a setting of this name and finds none in the file: her
    `timezone`, the folder for what is brought to the channel by hand, its `intake`, and which
    chats in its folder are other clients', `others`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """[clients.SLUG]: one customer."""

    slug: str
    name: str
    color: str
    """One of COLORS, or #rrggbb."""

    identities: tuple[str, ...] = ()
    """Her addresses at this client, beside [va] identities."""

    sla_hours: int = 24
    """How soon this client is promised an answer."""

    language: Literal["es", "en"] | None = None
    """In which she writes to this client; None: in her own."""

    files: tuple[str, ...] = ()
    """Folders on her computer in which this client's files lie."""

    done: str = ""
    """The snippet that tells this client that a conversation is done with; "": none does."""

    channels: tuple[ChannelConfig, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file."""

    path: Path
    va: VaConfig
    database: DatabaseConfig
    clients: tuple[ClientConfig, ...]
    """In the order of the file, as the screen shows them."""

    screen: Taste | None = None
    """How she likes the screen; None: as it comes."""

    hours: float = 6.0
    """Of work that fits into a day of hers."""

    snippets: tuple[Snippet, ...] = ()
    """Her texts to write with."""

    def channels(
        self, client: str | None = None, channel: str | None = None
    ) -> Iterator[ChannelConfig]:
        """Yield the channels of `client` (None: of all) that go by `channel` (None: any)."""
        for one in self.clients:
            for each in one.channels:
                if client in {None, one.slug} and channel in {None, each.slug}:
                    yield each


def load(path: Path, *, imports: Path | None = None) -> Config:
    """Read the file, without importing any connector. Raises ConfigFileError.

    `imports` is where each channel has its folder CLIENT/CHANNEL for what is brought to it.
    """
    changed = Said(
        "Others can change this file, and so run programs as you. Run: chmod 600 {file}",
        (("file", str(path)),),
    )
    document, values = read_file(path, changed)
    top = Table(document, (), values)
    found: list[Problem] = []
    top.refuse_unknown(("va", "database", "screen", "day", "snippets", "clients"), found)
    va = _va(top.inner("va", found), found)
    database = _database(top.inner("database", found), found)
    clients = tuple(_clients(top.inner("clients", found), found))
    from trastienda import tastes, texts  # noqa: PLC0415 - bring other rooms, for a config only

    screen = tastes.screen(top.inner("screen", found), found)
    hours = tastes.hours(top.inner("day", found), found)
    snippets = texts.read(top.inner("snippets", found), found)
    for client in clients:
        if client.done:
            table = top.inner("clients", found).inner(client.slug, found)
            texts.refuse_unknown(client.done, snippets, table, found)
    if found or va is None or database is None:
        raise ConfigFileError(found)
    everywhere = [one for client in clients for one in client.channels]
    va_told = {"timezone": va.timezone}
    clients = tuple(
        replace(
            client,
            channels=tuple(
                replace(one, told=va_told | folders.told(one, imports, everywhere))
                for one in client.channels
            ),
        )
        for client in clients
    )
    return Config(
        path=path, va=va, database=database, clients=clients, screen=screen, hours=hours,
        snippets=snippets,
    )  # fmt: skip


def settings(channel: ChannelConfig) -> Any:
    """Build what the channel's connector is made with. Raises ConfigFileError or ConfigError."""
    from connectors import discovery  # noqa: PLC0415 - reads the metadata of what is installed

    table = channel.table
    if channel.kind not in discovery.kinds():
        raise ConfigFileError([table.problem("kind", discovery.unknown(channel.kind).said)])
    found: list[Problem] = []
    cls = discovery.load(channel.kind).Config
    asked = typing.get_type_hints(cls)
    told = {key: value for key, value in channel.told.items() if key in asked}
    table = replace(table, values={**told, **table.values})
    name = f"{channel.client}/{channel.slug}"
    try:
        # It may have `write` too.
        made: Any = build(cls, table, found, secret_name=name, others=_OURS)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a bug of one connector's settings
        said = Said(
            "The connector {kind} fails at these settings ({reason}). Update it.",
            (("kind", channel.kind), ("reason", type(error).__name__)),
        )
        raise ConfigFileError([table.problem("kind", said)]) from None
    if found:
        raise ConfigFileError(found)
    return made


def connect(channel: ChannelConfig) -> Connector:
    """Make the channel's connector; nothing is dialled yet. Raises ConfigError."""
    from connectors import discovery  # noqa: PLC0415 - reads the metadata of what is installed

    made = settings(channel)
    make = typing.cast("Callable[[Any], Connector]", discovery.load(channel.kind))
    return make(made)


def problems(config: Config) -> tuple[Problem, ...]:
    """Check every channel's own settings, importing the connectors that the file names."""
    found: list[Problem] = []
    for channel in config.channels():
        try:
            settings(channel)
        except ConfigFileError as error:
            found += error.problems
        except ConfigError as error:
            found.append(channel.table.problem("kind", error.said))
    return tuple(found)


def secrets(channel: ChannelConfig) -> tuple[Source, ...]:
    """Say where each secret of a valid channel lies, reading none; `check` shows it."""
    from connectors import discovery  # noqa: PLC0415 - reads the metadata of what is installed

    hints = typing.get_type_hints(discovery.load(channel.kind).Config)
    table = channel.table
    found = (
        secret_source(value, table, f"{channel.client}/{channel.slug}/{key}")
        for key, value in table.values.items()
        if hints.get(key) is Secret or Secret in typing.get_args(hints.get(key))
    )
    return tuple(source for source in found if source is not None)


def _va(table: Table, found: list[Problem]) -> VaConfig | None:
    va = build(VaConfig, table, found)
    if va is None:
        return None
    if va.timezone and not zones.is_zone(va.timezone):
        found.append(table.problem("timezone", zones.no_zone(va.timezone)))
    return replace(
        va, timezone=va.timezone or zones.system_zone(), identities=_handles(va.identities)
    )


def _handles(identities: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip().lower() for one in identities if one.strip()))


def _database(table: Table, found: list[Problem]) -> DatabaseConfig | None:
    database = build(DatabaseConfig, table, found)
    if database is None or not database.url:
        return database
    try:
        parts = urlsplit(database.url)
        sound = parts.scheme in {"postgresql", "postgres"}
        secret = parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError:
        sound = secret = False
    if secret:
        said = Said(
            "A database URL may not hold a password. Put it in ~/.pgpass, or in PGPASSFILE."
        )
        found.append(table.problem("url", said))
    elif not sound:
        said = Said("url must be postgresql://user@host/database.")
        found.append(table.problem("url", said))
    return database


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClientTable:
    name: str = ""
    color: str = ""
    identities: tuple[str, ...] = ()
    sla_hours: int = 24
    language: Literal["es", "en"] | None = None
    files: tuple[str, ...] = ()
    done: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChannelTable:
    kind: str
    write: Write = "no"


def _clients(table: Table, found: list[Problem]) -> Iterator[ClientConfig]:
    names: set[str] = set()
    taken = {value.get("color") for value in table.values.values() if isinstance(value, dict)}
    free = itertools.cycle([color for color in COLORS if color not in taken] or COLORS)
    for slug in table.values:
        inner = table.inner(slug, found)
        if not is_slug(slug, table, found):
            continue
        read = build(_ClientTable, inner, found, others=("channels",))
        channels = tuple(_channels(slug, inner.inner("channels", found), found))
        if read is None:
            continue
        name = read.name.strip() or slug
        if name.casefold() in names:
            said = Said("Two clients are called {name}. Give each its own name.", (("name", name),))
            found.append(inner.problem("name", said))
        names.add(name.casefold())
        if read.color and read.color not in COLORS and not _HEX.fullmatch(read.color):
            expected = ", ".join((*COLORS, "#rrggbb"))
            said = Said("{key} must be {expected}.", (("key", "color"), ("expected", expected)))
            found.append(inner.problem("color", said))
        if not 1 <= read.sla_hours <= 24 * 30:
            said = Said(
                "{key} must be {expected}.", (("key", "sla_hours"), ("expected", "1 … 720"))
            )
            found.append(inner.problem("sla_hours", said))
        yield ClientConfig(
            slug=slug,
            name=name,
            color=read.color or next(free),
            identities=_handles(read.identities),
            sla_hours=read.sla_hours,
            language=read.language,
            files=read.files,
            done=read.done,
            channels=channels,
        )


def _channels(client: str, table: Table, found: list[Problem]) -> Iterator[ChannelConfig]:
    for slug in table.values:
        inner = table.inner(slug, found)
        if not is_slug(slug, table, found):
            continue
        ours = {key: inner.values[key] for key in _OURS if key in inner.values}
        read = build(_ChannelTable, replace(inner, values=ours), found)
        if read is not None:
            yield ChannelConfig(
                client=client,
                slug=slug,
                kind=read.kind,
                write=read.write,
                table=inner,
            )
