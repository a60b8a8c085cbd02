"""What a connector is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    NewType,
    Protocol,
    TypeAlias,
    runtime_checkable,
)

from normalizer.model import Record, Ref
from normalizer.raw import Census, Raw
from normalizer.said import Said

if TYPE_CHECKING:
    from normalizer.actions import Action

Cursor = NewType("Cursor", str)
"""Where a pull left off. Only the connector that wrote it can read it."""

Write: TypeAlias = Literal["no", "comment", "all"]
"""How much may be written back to a channel. A `Config` with a field `write` is told."""


class Secret:
    """A secret that is read where it is used, and shown nowhere."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def reveal(self) -> str:
        """Read the value now.

        Raises ConfigError where its source has none, UnavailableError where it gives none now.
        """
        return self._read()

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are at the other end, so that the VA can tell it is the right one."""

    name: str
    handles: frozenset[str] = frozenset()
    """By what the tool names us, as in `Person.handle`: what they sent went out."""

    places: tuple[str, ...] = ()
    """The folders or boards that will be read, as she knows them."""

    rights: tuple[Said, ...] = ()
    """What we may do there, where that is less or more than she would think."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some raw records, and the cursor that stands after them.

    The store takes all or nothing: a pull cut short anywhere goes on from the last batch
    taken, and a record may come twice but never not at all.
    """

    records: tuple[Raw, ...]
    cursor: Cursor
    census: tuple[Census, ...] = ()
    notices: tuple[Said, ...] = ()
    """What is odd but stops nothing (a folder that vanished); shown until a pull without it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a write left behind, by which the next pull knows it for our own."""

    stream: str
    external_id: str


@runtime_checkable
class Connector(Protocol):
    """One channel of one client, read.

    Constructed with its `Config`. It fetches and nothing else: when to pull, what to keep and
    whom to tell are the engine's to decide. It may hold its connection between calls and no
    other state that matters; it waits for nothing but its turn under the tool's rate limits,
    a few seconds and so that `close` ends it; it never retries in a loop, and raises only
    ConnectorErrors. Called from one thread at a time; `close` alone also from another.
    """

    kind: ClassVar[str]
    """The name it goes by in config files."""

    Config: ClassVar[type[Any]]
    """A frozen dataclass: the settings it takes, typed and documented."""

    def check(self) -> Account:
        """Sign in and say who we are, changing nothing."""
        ...

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed since `cursor`, or everything where it is None.

        Nothing new may yield no batch at all. Raises CursorExpiredError where the tool has
        forgotten `cursor`.
        """
        ...

    def close(self) -> None:
        """Let go of the connection; a later call opens a new one. Never raises."""
        ...

    @staticmethod
    def normalise(raw: Raw) -> Iterable[Record]:
        """Put one raw record in our words. Pure, and needs no network.

        Where a newer one would put the same record otherwise, the class counts them in a
        `version: ClassVar[int]` (1 where it has none): at a higher number, what is kept is put
        through again.
        """
        ...


Kept: TypeAlias = Callable[[str, str], Iterable[Raw]]
"""(stream, prefix of the external id) → the raw records that are kept of a channel, as they were
last given, with all their meta; none that is gone. "" is the whole stream."""


@runtime_checkable
class Recaller(Connector, Protocol):
    """A connector that must know what is kept: its tool gives its records no ids, say."""

    def recall(self, kept: Kept) -> None:
        """Be told how to look up what is kept; before each pull and push, and answered only
        during it.

        What a pull's own last batches brought may not be among it yet.
        """
        ...


@runtime_checkable
class Watcher(Connector, Protocol):
    """A connector whose tool can say that something happened."""

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Return True as soon as there is something to pull, False after `seconds` or `stop`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a file is that she brings, before anything of it is taken."""

    chat: str
    """Whose chat, as far as the file tells."""

    messages: int
    known: bool
    """The chat is one of this channel's, by its name or by what is said in it."""

    agrees: bool = False
    """It says what is kept of that chat already, so that it can be no other of the same name."""

    listed: bool = False
    """The channel's settings name this chat: she said whose it is."""

    ambiguous: str | None = None
    """A date in it that can be read two ways, where she was not asked yet."""


@runtime_checkable
class Importer(Connector, Protocol):
    """A connector that reads files which she brings, from its setting `intake`."""

    def look(self, file: Path) -> Look:
        """Say what a file is. Raises RefusedError where it is none of its own."""
        ...


@runtime_checkable
class Opener(Connector, Protocol):
    """A connector that can fetch the bytes of an attachment."""

    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        """Yield the bytes of `attachment` (its external id) of the raw record `copy`.

        Raises RefusedError where it is no longer there.
        """
        ...


@runtime_checkable
class Writer(Connector, Protocol):
    """A connector that can write back.

    Where what it writes goes out by one of several addresses of hers, it names them in a property
    `senders: tuple[str, ...]`, the usual one first. One that carries out `Complete` says in a
    property `completes: Said` what that does there, as the end of “What “done” does here:”, such
    as “moves the card to the list Done”: she reads it before the first one goes.
    """

    writes: ClassVar[frozenset[type[Action]]]
    """The actions it can carry out; the rest are never offered to the VA."""

    def push(self, action: Action) -> Receipt:
        """Carry out `action`; pushed again with the same id, change nothing."""
        ...
