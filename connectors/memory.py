"""A client's tool that lives in memory, or in one file: for the demo, for tests, for trying out.

It is a whole connector: it pages, deletes, forgets, watches, serves files and takes comments, and
can be told to fail. Its records are mail (RFC 5322) and the neutral JSON of `normalizer.memory`.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from connectors.base import Account, Batch, Cursor, Receipt
from connectors.errors import ConfigError, CursorExpiredError, RefusedError
from normalizer import memory
from normalizer.actions import Action, Comment
from normalizer.model import Record, Ref
from normalizer.raw import Census, Raw, canonical

Key = tuple[str, str]
"""(stream, external id)"""


@dataclass(frozen=True, slots=True)
class MemoryConfig:
    """A tool that lives in memory, or in a file of JSON lines."""

    name: str = "memory"
    """What the account is called."""

    handle: str = ""
    """By what the tool names the VA, as in a person's handle."""

    file: str = ""
    """The file its records are in, one a line; empty: in memory only."""

    page: int = 50
    """Records to a batch."""

    def __post_init__(self) -> None:
        if self.page < 1:
            raise ConfigError("{key} must be at least {least}.", key="page", least=1)


@dataclass(frozen=True, slots=True)
class _Kept:
    raw: Raw
    at: int
    """When it last changed, counted in changes of the tool."""

    payload_at: int
    """When its payload last changed; a later `at` was its meta."""


class MemoryTool:
    """The far end: what a server would hold. It outlives the connectors that speak to it."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.changes = 0
        """Counts up by one with every change."""

        self.epoch = uuid.uuid4().hex
        """Cursors of another epoch are forgotten."""

        self.files: dict[tuple[str, str, str], bytes] = {}
        """(stream, external id, attachment id) → its bytes."""

        self.broken: Exception | None = None
        """Raised by every call, where there is one."""

        self.broken_after = 0
        """Batches that a pull still yields before it raises `broken`."""

        self._clock = clock
        self._kept: dict[Key, _Kept] = {}
        self._streams: set[str] = set()

    def put(self, *raws: Raw) -> None:
        """Add records, replace them by newer versions, or, with `deleted`, take them away.

        A patch changes the meta of what is there.
        """
        for raw in raws:
            key = (raw.stream, raw.external_id)
            old = self._kept.get(key)
            self.changes += 1
            self._streams.add(raw.stream)
            if raw.payload is not None or raw.deleted:
                self._kept[key] = _Kept(raw, self.changes, self.changes)
            elif old is not None and not old.raw.deleted:
                meta = canonical({**old.raw.about(), **raw.about()})
                patched = replace(old.raw, meta=meta)
                self._kept[key] = _Kept(patched, self.changes, old.payload_at)

    def vanish(self, stream: str, external_id: str) -> None:
        """Lose a record without a word, as tools do: only a census can tell."""
        del self._kept[stream, external_id]

    def forget(self) -> None:
        """Know no cursor any more that was handed out before."""
        self.epoch = uuid.uuid4().hex

    def fail(self, error: Exception, *, after: int = 0) -> None:
        """Raise `error` from every call until `mend`; a pull yields `after` batches first."""
        self.broken, self.broken_after = error, after

    def mend(self) -> None:
        """Work again."""
        self.broken = None

    def alive(self, upto: int | None = None) -> dict[Key, _Kept]:
        """Return what exists, or what of it had not changed after change number `upto`."""
        return {
            key: kept
            for key, kept in list(self._kept.items())
            if not kept.raw.deleted and (upto is None or kept.at <= upto)
        }

    def since(self, change: int, limit: int) -> list[_Kept]:
        """Return the next `limit` records that changed after `change`, in that order."""
        later = (one for one in list(self._kept.values()) if one.at > change)
        return sorted(later, key=_at)[:limit]

    def census(self) -> tuple[Census, ...]:
        """Name all that exists, stream by stream."""
        alive = self.alive()
        return tuple(
            Census(
                stream=stream,
                prefix="",
                external_ids=frozenset(external_id for of, external_id in alive if of == stream),
            )
            for stream in sorted(self._streams)
        )

    def say(self, action: Comment, author: MemoryConfig) -> Raw:
        """Take a comment, unless it was taken before. Raises RefusedError."""
        key = ("message", str(action.id))
        if key in self._kept:
            return self._kept[key].raw
        if (action.ref.stream, action.ref.external_id) not in self.alive():
            raise RefusedError("What you answer is no longer there.")
        raw = Raw.of_json(
            *key,
            {
                "about": {"stream": action.ref.stream, "id": action.ref.external_id},
                "author": {"name": author.name, "handle": author.handle},
                "direction": "out",
                "sent_at": self._clock().isoformat(),
                "text": action.text,
            },
        )
        self.put(raw)
        return raw


class MemoryConnector:
    """One channel of a `MemoryTool`."""

    kind: ClassVar[str] = "memory"
    Config: ClassVar[type[MemoryConfig]] = MemoryConfig
    writes: ClassVar[frozenset[type[Action]]] = frozenset({Comment})

    def __init__(self, config: MemoryConfig, tool: MemoryTool | None = None) -> None:
        self.requests = 0
        self._config = config
        self._file = Path(config.file).expanduser() if config.file else None
        self._given = tool
        self._opened: MemoryTool | None = None
        self._seen = 0
        self._size = -1

    def check(self) -> Account:
        """Say who we are. Raises ConfigError where the file cannot be read."""
        tool = self._tool()
        self._call(tool)
        handles = frozenset({self._config.handle.lower()}) - {""}
        places = tuple(sorted({stream for stream, _ in tool.alive()}))
        return Account(self._config.name, handles=handles, places=places)

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed, oldest change first; a census follows where something vanished."""
        tool = self._tool()
        start = _Position(tool.epoch) if cursor is None else _Position.read(cursor)
        if start.epoch != tool.epoch or start.change > tool.changes:
            raise CursorExpiredError("{name} forgot where we were.", name=self._config.name)
        count = start.midway or len(tool.alive(start.change)) < start.count
        at, sent, last = start, 0, False
        while not last:
            self._call(tool, sent)
            page = tool.since(at.change, self._config.page)
            last = len(page) < self._config.page
            change = page[-1].at if page else at.change
            held = len(tool.alive(change))
            at = _Position(tool.epoch, change, held, midway=not last)
            if page or count:
                records = tuple(_news(kept, start) for kept in page if not _stale(kept, cursor))
                yield Batch(records, at.write(), tool.census() if last and count else ())
                sent += 1
        self._seen = tool.changes

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait for a change after the last whole pull."""
        tool = self._tool()
        until = time.monotonic() + seconds
        while not stop.is_set():
            self._call(tool)
            if tool.changes > self._seen:
                return True
            left = until - time.monotonic()
            if left <= 0:
                break
            stop.wait(min(left, 0.02))
        return False

    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        """Yield a file that hangs from a record. Raises RefusedError where there is none."""
        tool = self._tool()
        self._call(tool)
        data = tool.files.get((copy.stream, copy.external_id, attachment))
        if data is None or (copy.stream, copy.external_id) not in tool.alive():
            raise RefusedError("The file is no longer there.")
        yield from (data[at : at + 65536] for at in range(0, len(data), 65536))

    def push(self, action: Action) -> Receipt:
        """Add a comment. Raises RefusedError for anything else."""
        tool = self._tool()
        self._call(tool)
        if not isinstance(action, Comment):
            raise RefusedError("This channel takes comments only.")
        before = tool.changes
        raw = tool.say(action, self._config)
        if self._file is not None and tool.changes > before:
            with self._file.open("a", encoding="utf-8") as file:
                line = {"stream": raw.stream, "id": raw.external_id, "json": raw.json()}
                file.write(json.dumps(line) + "\n")
        return Receipt(raw.stream, raw.external_id)

    def close(self) -> None:
        """Forget what was read of the file; the next call reads it again."""
        self._opened = None

    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        """Put one record in our words."""
        return memory.normalise(raw)

    def _tool(self) -> MemoryTool:
        if self._file is None:
            self._opened = self._opened or self._given or MemoryTool()
        elif self._opened is None or self._size != _size(self._file):
            self._size = _size(self._file)
            self._opened = MemoryTool()
            self._opened.epoch = "file"
            self._opened.put(*read(self._file))
        return self._opened

    def _call(self, tool: MemoryTool, sent: int | None = None) -> None:
        self.requests += 1
        if tool.broken is not None and (sent is None or sent >= tool.broken_after):
            raise tool.broken


def read(file: Path) -> Iterator[Raw]:
    """Read a file of records, one JSON object a line, with `stream` and `id` and one of

    `json` (the neutral JSON of `normalizer.memory`), `mail` (the text of an RFC 5322 message) or
    `deleted` (true). `meta` may say what surrounds it. The file is a log: a later line about the
    same record replaces the earlier one, and lines are only ever added at its end.
    Raises ConfigError.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        raise ConfigError("The file {file} cannot be read.", file=str(file)) from None
    for number, text in enumerate(lines, 1):
        if not text:
            continue
        try:
            yield _of_line(json.loads(text))
        except (KeyError, TypeError, ValueError, RecursionError):
            raise ConfigError(
                "Line {line} of {file} is not a record.", line=number, file=str(file)
            ) from None


def _of_line(value: dict[str, Any]) -> Raw:
    stream, external_id, meta = value["stream"], value["id"], value.get("meta", {})
    if not (isinstance(stream, str) and isinstance(external_id, str) and isinstance(meta, dict)):
        raise TypeError
    if value.get("deleted") is True:
        return Raw(stream=stream, external_id=external_id, deleted=True)
    if "mail" in value:
        mail = value["mail"].encode("utf-8", "surrogatepass")
        return Raw(stream=stream, external_id=external_id, payload=mail, meta=canonical(meta))
    return Raw.of_json(stream, external_id, value["json"], **meta)


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a pull left off: all up to `change` was seen, and then `count` records stood."""

    epoch: str
    change: int = 0
    count: int = 0
    midway: bool = True
    """The pull did not end here: a census is still owed, and what changed since may be what
    it had not come to."""

    def write(self) -> Cursor:
        return Cursor(f"{self.epoch}/{self.change}/{self.count}/{self.midway:d}")

    @classmethod
    def read(cls, cursor: Cursor) -> _Position:
        epoch, *numbers = cursor.split("/")
        if len(numbers) != 3 or not all(
            n.isascii() and n.isdigit() and len(n) < 19 for n in numbers
        ):
            raise CursorExpiredError("The cursor is not one of ours.")
        change, count, midway = map(int, numbers)
        return cls(epoch, change, count, midway == 1)


def _news(kept: _Kept, start: _Position) -> Raw:
    """Say what is new in a record: all of it, or what surrounds it only."""
    known = not start.midway and kept.payload_at <= start.change
    if known and not kept.raw.deleted:
        return replace(kept.raw, payload=None, projection=None)
    return kept.raw


def _stale(kept: _Kept, cursor: Cursor | None) -> bool:
    """Tell that nobody who begins now can know of a record that is gone."""
    return cursor is None and kept.raw.deleted


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1


def _at(kept: _Kept) -> int:
    return kept.at
