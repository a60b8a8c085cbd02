"""Messages brought in, newest first: small ones whole, of large ones what can be read.

No attachment of a large message is fetched here, however large the message.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import ConnectorError
from connectors.imap_answers import Value, date_of, flags_of, number_of, structure
from connectors.imap_cursor import spell
from connectors.imap_look import told_by, witness
from connectors.imap_parts import Part, asked, kept, spelt
from connectors.imap_said import is_passing
from connectors.imap_stream import NonsenseError
from connectors.imap_wire import Done, Wire
from normalizer.raw import Raw, canonical
from normalizer.said import Said

SMALL = 64 << 10
"""Bytes up to which a message is fetched whole."""

UNREADABLE = Said(
    "The server cannot give this message; this is all that could be read of it."
).message
"""An msgid, in `meta` of what is kept of such a message."""

_HEADER = 256 << 10
_BATCH = 4 << 20
_COUNT = 1_000
_FIRST = 50
_BLOCK = 2_000
_LARGE_AT_ONCE = 50
_RETRIES = 20

_ABOUT = b"UID FLAGS INTERNALDATE RFC822.SIZE"
_UNASKED = frozenset({b"UID", b"FLAGS", b"MODSEQ"})
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_HEAD = b"BODY.PEEK[HEADER]<0.%d>" % _HEADER


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where messages are fetched from, and what all of them share."""

    prefix: str
    folder: str
    sent: bool
    gmail: bool
    """The server has X-GM-THRID."""


@dataclass(slots=True)
class Catch:
    """Some messages brought in."""

    records: list[Raw] = field(default_factory=list)
    uids: list[int] = field(default_factory=list)
    suspect: list[int] = field(default_factory=list)
    """Where the server spoke nonsense: to be fetched alone."""

    size: int = 0
    top: int = 0
    witness: str = ""
    """The message with the highest UID, as `State.witness`."""

    def add(self, place: Place, told: Mapping[bytes, Value], payload: bytes, **more: Any) -> None:
        """Make the raw record of one message. Raises ValueError where `told` is no IMAP."""
        uid = number_of(told[b"UID"])
        meta: dict[str, Any] = {
            "flags": flags_of(told.get(b"FLAGS", [])),
            "folder": place.folder,
            "internaldate": date_of(told.get(b"INTERNALDATE")),
            "sent": place.sent,
            "size": number_of(told.get(b"RFC822.SIZE", b"0")),
            **more,
        }
        thread = told.get(b"X-GM-THRID")
        if isinstance(thread, bytes):
            meta["thread"] = thread.decode("ascii", "replace")[:40]
        location = f"{place.prefix}{uid}"
        self.records.append(
            Raw(stream="mail", external_id=location, payload=payload, meta=canonical(meta))
        )
        if uid > self.top:
            self.top, self.witness = uid, witness(told)
        self.uids.append(uid)
        self.size += len(payload)


@dataclass(frozen=True, slots=True)
class _Told:
    """The server's answer about one message; None in place of what it says where it is mangled."""

    uid: int
    values: dict[bytes, Value] | None


class _Reading:
    """Several FETCH commands, read as the answers come in."""

    def __init__(self, wire: Wire, groups: Sequence[tuple[Sequence[int], bytes]]) -> None:
        self._wire = wire
        self._groups = groups
        self._asked = {uid for uids, _ in groups for uid in uids}

    def __iter__(self) -> Iterator[_Told | list[int]]:
        """Yield what was asked for, once, and after each group what a NO left unanswered of it.

        A NonsenseError that ends it names its UID in `suspect`, as far as can be told. Raises
        the NO where it is bound to pass.
        """
        commands = ((b"UID FETCH", spell(uids).encode(), what) for uids, what in self._groups)
        unanswered = self._asked
        try:
            for data in self._wire.stream(commands):
                if isinstance(data, Done):
                    if data.refused is not None and is_passing(data.refused.code):
                        raise data.refused
                    group = self._groups[data.number][0] if data.refused else ()
                    yield [uid for uid in group if uid in unanswered]
                elif data.name == b"FETCH":
                    told = told_by(data)
                    uid = number_of(told[b"UID"]) if told else _uid_in(data.parts[0])
                    # Flags that changed meanwhile come unasked, and are no answer.
                    if uid in unanswered and (told is None or told.keys() - _UNASKED):
                        unanswered.discard(uid)
                        yield _Told(uid, told)
        except NonsenseError as error:
            uid = _uid_in(error.near)
            error.suspect = uid if uid in unanswered else min(unanswered, default=0)
            raise


def _uid_in(text: bytes) -> int:
    found = _UID.search(text)
    return int(found[1]) if found else 0


def bring(wire: Wire, place: Place, todo: Sequence[int], suspect: Sequence[int]) -> Iterator[Catch]:
    """Fetch the UIDs of `todo` (ascending) from the open folder, the highest first.

    What the server does not answer is in no catch, and stays to be done; that includes those of
    `suspect` that are too many for once. Where the connection breaks, what came before is
    yielded first, then the error raised.
    """
    doubtful = set(suspect)
    left = [uid for uid in todo if uid not in doubtful]
    size = _FIRST
    while left:
        block, left = left[-size:], left[:-size]
        size = _BLOCK
        yield from _block(wire, place, block)
    for uid in suspect[-_RETRIES:]:
        yield from _alone(wire, place, uid, whole=False)


def _block(wire: Wire, place: Place, block: Sequence[int]) -> Iterator[Catch]:
    sizes: dict[int, int] = {}
    for told in _Reading(wire, [(block, b"(UID RFC822.SIZE)")]):
        if isinstance(told, _Told):
            sizes[told.uid] = _size(told.values)
    small = [uid for uid in block if uid in sizes and sizes[uid] <= SMALL]
    large = [uid for uid in block if uid in sizes and sizes[uid] > SMALL]
    doubtful: list[int] = []
    for catch in _small(wire, place, _by_weight(small, sizes)):
        doubtful += catch.suspect
        yield catch
    for start in range(len(large), 0, -_LARGE_AT_ONCE):
        for catch in _large(wire, place, large[max(0, start - _LARGE_AT_ONCE) : start]):
            doubtful += catch.suspect
            yield catch
    for uid in doubtful[:_RETRIES]:
        yield from _alone(wire, place, uid, whole=sizes[uid] <= SMALL)


def _size(told: Mapping[bytes, Value] | None) -> int:
    """Read a message's size; what cannot be read is taken for large."""
    try:
        return number_of((told or {}).get(b"RFC822.SIZE"))
    except ValueError:
        return SMALL + 1


def _by_weight(uids: Sequence[int], sizes: Mapping[int, int]) -> list[list[int]]:
    """Put UIDs into groups of a bounded size in bytes, the highest first."""
    groups: list[list[int]] = []
    weight = 0
    for uid in reversed(uids):
        if not groups or weight + sizes[uid] > _BATCH or len(groups[-1]) >= _COUNT:
            groups.append([])
            weight = 0
        groups[-1].insert(0, uid)
        weight += sizes[uid]
    return groups


def _small(wire: Wire, place: Place, groups: Sequence[Sequence[int]]) -> Iterator[Catch]:
    """Fetch messages whole."""
    what = _items(place, b"BODY.PEEK[]")
    reading = _Reading(wire, [(uids, what) for uids in groups])
    catch = Catch()
    try:
        for told in reading:
            if isinstance(told, _Told):
                _keep(catch, place, told)
                if catch.size < _BATCH:
                    continue
            else:
                catch.suspect += told
            yield catch
            catch = Catch()
    except ConnectorError as error:
        yield _broken(catch, error)
        raise


def _keep(catch: Catch, place: Place, told: _Told, **more: str) -> None:
    payload = _body(told.values)
    if not payload or told.values is None:
        catch.suspect.append(told.uid)
        return
    try:
        catch.add(place, told.values, payload, **more)
    except ValueError:
        catch.suspect.append(told.uid)


def _large(wire: Wire, place: Place, uids: Sequence[int]) -> Iterator[Catch]:
    """Fetch headers and structure, then what can be read."""
    catch = Catch()
    heads: dict[int, _Head] = {}
    groups: dict[bytes, list[int]] = defaultdict(list)
    reading = _Reading(wire, [(uids, _items(place, _HEAD + b" BODYSTRUCTURE"))])
    try:
        for told in reading:
            if isinstance(told, list):
                catch.suspect += told
                continue
            try:
                head = _head(told)
            except (ValueError, KeyError):
                catch.suspect.append(told.uid)
                continue
            if head.wanted:
                heads[told.uid] = head
                groups[spelt(head.wanted)].append(told.uid)
            else:
                catch.add(place, head.told, head.header, header=len(head.header), parts=head.parts)
        for told in _Reading(wire, [(sorted(of), what) for what, of in groups.items()]):
            if isinstance(told, list):
                catch.suspect += told
            elif told.values is None:
                catch.suspect.append(told.uid)
            else:
                head = heads.pop(told.uid)
                words, parts = kept(head.parts, head.wanted, told.values)
                length = len(head.header)
                catch.add(place, head.told, head.header + words, header=length, parts=parts)
            if catch.size >= _BATCH:
                yield catch
                catch = Catch()
    except ConnectorError as error:
        yield _broken(catch, error)
        raise
    yield catch


@dataclass(frozen=True, slots=True)
class _Head:
    """What is known of a large message before its words are fetched."""

    told: dict[bytes, Value]
    header: bytes
    parts: list[Part]
    wanted: dict[str, int]


def _head(told: _Told) -> _Head:
    """Read the first answer about a message. Raises ValueError or KeyError where it is mangled."""
    values = told.values or {}
    header, parts = _body(values), structure(values[b"BODYSTRUCTURE"])
    if not header:
        raise ValueError
    return _Head(values, header, parts, asked(parts))


def _alone(wire: Wire, place: Place, uid: int, *, whole: bool) -> Iterator[Catch]:
    """Fetch one doubtful message by itself; what is nonsense then, too, is kept as unreadable.

    Its headers are tried last; where it has none either, the server is asked when it came.
    """
    shapes: list[tuple[bytes, dict[str, str]]] = [(b"BODY.PEEK[]", {})] if whole else []
    about: dict[bytes, Value] = {}
    for shape, more in [*shapes, *((each, {"unreadable": UNREADABLE}) for each in (_HEAD, b""))]:
        if about and not shape:
            break
        catch = Catch()
        try:
            for told in _Reading(wire, [([uid], _items(place, shape))]):
                if isinstance(told, _Told):
                    about = told.values or about
                    _keep(catch, place, told, **more)
                else:
                    catch.suspect += told
        except NonsenseError:
            yield _unreadable(place, uid, about) if more else Catch(suspect=[uid])
            raise
        if not catch.suspect:  # it is here, or has vanished meanwhile
            yield catch
            return
    yield _unreadable(place, uid, about)


def _unreadable(place: Place, uid: int, about: Mapping[bytes, Value]) -> Catch:
    """Keep of a message when it came, where at least that is known, and nothing else of it.

    A message of no bytes is one of these, and stands where it came.
    """
    catch = Catch()
    told: dict[bytes, Value] = {b"UID": str(uid).encode()}
    if date_of(about.get(b"INTERNALDATE")):
        told[b"INTERNALDATE"] = about[b"INTERNALDATE"]
    catch.add(place, told, b"", unreadable=UNREADABLE)
    return catch


def _items(place: Place, what: bytes) -> bytes:
    thread = b" X-GM-THRID" if place.gmail else b""
    return b"(" + _ABOUT + thread + (b" " + what if what else b"") + b")"


def _body(told: Mapping[bytes, Value] | None) -> bytes:
    for name, value in (told or {}).items():
        if name.startswith(b"BODY[") and isinstance(value, bytes):
            return value
    return b""


def _broken(catch: Catch, error: ConnectorError) -> Catch:
    """Note at which message the connection broke, if it was nonsense that broke it."""
    catch.suspect = [error.suspect] if isinstance(error, NonsenseError) and error.suspect else []
    return catch
