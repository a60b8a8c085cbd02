"""What happened in a folder since it was last looked at, by the best means its server has.

| the server has | changed flags | gone messages |
|---|---|---|
| QRESYNC (RFC 7162 §3.2) | with EXAMINE | VANISHED, with EXAMINE |
| CONDSTORE (RFC 7162 §3.1) | FETCH CHANGEDSINCE | a census, where the count says so |
| neither | all flags, compared heap by heap | a census, where the count says so |
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from connectors.imap_answers import Value, flags_of, number_of, pairs, parse, ranges_of, uids_of
from connectors.imap_cursor import State, spell
from connectors.imap_folders import Folder, keeps_modseq, mark_of, prefix, spelt
from connectors.imap_stream import NonsenseError
from connectors.imap_wire import Answer, Data, Wire
from normalizer.raw import Census, Raw, canonical, digest_of

_HEAPS = 12
_HEAP = 4
"""Characters of one heap's digest in base64, 24 bits."""

_MOST_VANISHED = 5_000

_FEW = 5
"""So many may go at once without anybody wondering, where something is left."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A folder as it is now, and what that means for what was fetched of it."""

    state: State
    present: Sequence[int] = ()
    """All UIDs of the folder, ascending; empty where nothing happened and nothing is left."""

    todo: Sequence[int] = ()
    """Those to fetch, ascending."""

    records: tuple[Raw, ...] = ()
    census: tuple[Census, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What EXAMINE said."""

    validity: int
    mark: str
    modseq: str
    answer: Answer


def look(wire: Wire, folder: Folder, state: State | None, since: str) -> Look:
    """Open `folder`, read-only, and compare it with `state`.

    Raises NoError where it cannot be opened, NonsenseError where the server contradicts itself.
    """
    with wire.guarded():
        return _look(wire, folder, state, since)


def _look(wire: Wire, folder: Folder, state: State | None, since: str) -> Look:
    box = examined(wire, folder, state)
    if state is None:
        return _whole(wire, State(name=folder.name, validity=box.validity), box, since)
    if box.validity != state.validity:
        held = state.held + state.gone
        old = ",".join([*filter(None, [state.old]), f"{state.validity}/{held}"][-4:])
        begun = State(name=state.name, at=state.at, validity=box.validity, old=old)
        found = _whole(wire, begun, box, since)
        # Should it be one that was here before, what of it has gone meanwhile is told, too.
        return replace(found, census=_census(begun, found.present))
    if (since or "0") < (state.since or "0"):
        found = _whole(wire, state, box, since)
        return replace(found, census=_census(state, found.present))
    numbered = bool(box.modseq and state.modseq) and int(box.modseq) >= int(state.modseq)
    if numbered and box.mark == state.mark and not (state.todo or state.gone):
        return Look(state=state)
    return _since_then(wire, state, box, numbered=numbered)


def recognised(wire: Wire, folder: Folder, state: State) -> bool:
    """Say whether `folder` is the one `state` speaks of, renamed: the same message is in it."""
    uid = state.witness.partition("/")[0]
    if not uid or (folder.validity and folder.validity != state.validity):
        return False
    if examined(wire, folder).validity != state.validity:
        return False
    answer = wire.command(b"UID FETCH", uid.encode(), b"(UID INTERNALDATE RFC822.SIZE)")
    return any(witness(told) == state.witness for _, told in _fetched(answer))


def witness(told: Mapping[bytes, Value]) -> str:
    """Spell what one message is known again by."""
    said = canonical([str(told.get(name)) for name in (b"INTERNALDATE", b"RFC822.SIZE")])
    return f"{number_of(told.get(b'UID'))}/{digest_of(said.encode()).hex()[:10]}"


def examined(wire: Wire, folder: Folder, state: State | None = None) -> Box:
    """Open a folder, read-only; with QRESYNC, be told what happened since `state`."""
    words = [b"EXAMINE", spelt(folder)]
    can = wire.capabilities
    if state is not None and state.modseq and "QRESYNC" in can and "ENABLE" in can:
        known = f"{state.low}:{max(state.low, state.next - 1)}"
        words.append(f"(QRESYNC ({state.validity} {state.modseq} {known}))".encode())
    elif keeps_modseq(wire):
        words.append(b"(CONDSTORE)")
    wire.exists, wire.selected = -1, folder.raw
    answer = wire.command(*words)
    codes = answer.codes
    validity = codes.get("UIDVALIDITY", b"")
    if wire.exists < 0 or not (validity.isdigit() and 0 < int(validity) < 1 << 32):
        raise NonsenseError("{host} does not say which messages are which.", host=wire.host)
    modseq = codes.get("HIGHESTMODSEQ", b"") if keeps_modseq(wire) else b""
    if not modseq.isdigit() or len(modseq) > 25 or "NOMODSEQ" in codes:
        modseq = b""
    exists = str(wire.exists).encode()
    return Box(
        validity=int(validity),
        mark=mark_of(codes.get("UIDNEXT"), exists, modseq),
        modseq=modseq.decode(),
        answer=answer,
    )


def _whole(wire: Wire, state: State, box: Box, since: str) -> Look:
    present = _present(wire)
    wanted: Sequence[int] = present
    if since and present:
        there = set(present)
        wanted = [uid for uid in search(wire, f"SINCE {_day(since)}") if uid in there]
    low = min(wanted) if wanted else (present[-1] + 1 if present else 1)
    state = replace(state, low=low, next=present[-1] + 1 if present else 1, since=since)
    state = replace(state, mark=box.mark, held=_held(state, present))
    state = replace(state, spare=state.held - len(wanted))
    if not box.modseq:
        state = replace(state, digest=_digest(_flags(wire, state.low), state.next))
    return Look(
        state=replace(state, todo=spell(wanted, present), suspect=""), present=present, todo=wanted
    )


def _since_then(wire: Wire, state: State, box: Box, *, numbered: bool) -> Look:
    flags: dict[int, list[str]] = {}
    vanished: list[int] | None = None
    digest = ""
    if numbered:
        if state.modseq == box.modseq:
            vanished = []
        elif "QRESYNC" in wire.capabilities and "ENABLE" in wire.capabilities:
            vanished = _vanished(box.answer, state)
            flags = dict(_flagged(box.answer))
        elif state.next > state.low:
            uids = f"{state.low}:{state.next - 1}".encode()
            changed = f"(CHANGEDSINCE {state.modseq})".encode()
            flags = dict(_flagged(wire.command(b"UID FETCH", uids, b"(UID FLAGS)", changed)))
    if not numbered:
        flags = _flags(wire, state.low)
        digest = _digest(flags, state.next)
        still = digest == state.digest and box.mark == state.mark
        if still and not (box.modseq or state.todo or state.gone):
            return Look(state=state)
    present = _present(wire)
    if not numbered:
        flags = {uid: flags[uid] for uid in present if uid in flags}
        moved = {i for i in range(_HEAPS) if _heap(digest, i) != _heap(state.digest, i)}
        news = {uid: named for uid, named in flags.items() if uid % _HEAPS in moved}
        complete = all(uid in flags for uid in present if uid >= state.low)
        upto = present[-1] + 1 if present else state.next
        digest, flags = (
            (_digest(flags, max(upto, state.next)) if complete and not box.modseq else ""),
            news,
        )
    here = prefix(state.name, state.validity)
    there = set(present)
    records = [
        Raw(stream="mail", external_id=f"{here}{uid}", meta=canonical({"flags": flags[uid]}))
        for uid in sorted(flags)
        if state.low <= uid < state.next and uid in there
    ]
    left = _still(state.todo, present)
    held = _held(state, present)
    gone = state.gone + max(0, state.held - held)
    doubted = _is_doubted(gone, held - state.spare - len(left))
    census: tuple[Census, ...] = ()
    told = vanished is not None and held + len(vanished) >= state.held
    if told and not (doubted or state.gone):
        records += [
            Raw(stream="mail", external_id=f"{here}{uid}", deleted=True)
            for uid in vanished or ()
            if uid not in there
        ]
    elif held != state.held or state.gone:
        census = _census(state, present)
    new = present[bisect_left(present, state.next) :]
    todo = sorted({*left, *new})
    after = replace(
        state,
        next=max(state.next, present[-1] + 1 if present else 1),
        mark=box.mark,
        gone=gone if doubted else 0,
        digest=digest,
        todo=spell(todo, present),
        suspect=spell(_still(state.suspect, todo)),
    )
    after = replace(after, held=_held(after, present))
    return Look(state=after, present=present, todo=todo, records=tuple(records), census=census)


def _is_doubted(gone: int, left: int) -> bool:
    """Say whether so many may not be believed to be gone, where `left` are there for sure.

    True wherever the store holds them back (docs/connectors.md), and in some cases more: it
    knows of other copies.
    """
    return gone > left and (gone > _FEW or (gone > 1 and left <= 0))


def _census(state: State, present: Sequence[int]) -> tuple[Census, ...]:
    here = prefix(state.name, state.validity)
    named = frozenset(f"{here}{uid}" for uid in present)
    return (Census(stream="mail", prefix=here, external_ids=named),)


def _still(ranges: str, present: Sequence[int]) -> list[int]:
    """Keep those of `ranges` that exist."""
    found: set[int] = set()
    for first, last in ranges_of(ranges):
        found.update(present[bisect_left(present, first) : bisect_left(present, last + 1)])
    return sorted(found)


def _held(state: State, present: Sequence[int]) -> int:
    return bisect_left(present, state.next) - bisect_left(present, state.low)


def _vanished(answer: Answer, state: State) -> list[int] | None:
    """Read what is gone of what we know; None where it is too much to be named singly."""
    gone: list[int] = []
    for data in answer.named(b"VANISHED"):
        text = data.parts[0].removeprefix(b"(EARLIER) ").decode("ascii")
        for first, last in ranges_of(text):
            known = range(max(first, state.low), min(last + 1, state.next))
            if len(known) + len(gone) > _MOST_VANISHED:
                return None
            gone.extend(known)
    return gone


def _present(wire: Wire) -> list[int]:
    """List all UIDs of the open folder, and hold that against the count the server gave."""
    before = wire.exists
    found = search(wire, "UID 1:*") if before else []
    if len(found) < min(before, wire.exists):
        raise NonsenseError("{host} leaves messages out of its own list.", host=wire.host)
    return found


def search(wire: Wire, what: str) -> list[int]:
    """Search the open folder; `what` holds nothing of a stranger's.

    Raises NonsenseError where the answer is missing or mangled.
    """
    extended = "ESEARCH" in wire.capabilities
    words = b"RETURN (ALL) " if extended else b""
    answer = wire.command(b"UID SEARCH", words + what.encode())
    lists = [*answer.named(b"ESEARCH" if extended else b"SEARCH")]
    if len(lists) != 1:
        raise NonsenseError("{host} answers no search.", host=wire.host)
    if not extended:
        found = lists[0].parts[0].partition(b"(")[0]  # "(MODSEQ n)" may follow
        return uids_of(b",".join(found.split()))
    values = parse(lists[0].parts)
    values = values[1:] if values and isinstance(values[0], list) else values
    values = [value for value in values if value != b"UID"]
    every = pairs(values).get(b"ALL")
    return uids_of(every) if isinstance(every, bytes) else []


def _flags(wire: Wire, low: int) -> dict[int, list[str]]:
    """Fetch the flags of all messages from `low` on."""
    if not wire.exists:
        return {}
    return dict(_flagged(wire.command(b"UID FETCH", f"{low}:*".encode(), b"(UID FLAGS)")))


def _flagged(answer: Answer) -> list[tuple[int, list[str]]]:
    return [(uid, flags_of(told[b"FLAGS"])) for uid, told in _fetched(answer) if b"FLAGS" in told]


def _fetched(answer: Answer) -> list[tuple[int, dict[bytes, Value]]]:
    """Read FETCH answers that carry a UID; one that cannot be read tells nothing."""
    found = []
    for data in answer.named(b"FETCH"):
        told = told_by(data)
        if told is not None:
            found.append((number_of(told[b"UID"]), told))
    return found


def told_by(data: Data) -> dict[bytes, Value] | None:
    """Read one FETCH answer by name; None where it has no UID or is no IMAP."""
    try:
        told = pairs(parse(data.parts)[0])
        number_of(told.get(b"UID"))
    except (ValueError, IndexError):
        return None
    return told


def _digest(flags: Mapping[int, Sequence[str]], upto: int) -> str:
    """Spell the flags of all UIDs below `upto`, heap by heap."""
    heaps = [hashlib.blake2b(digest_size=3) for _ in range(_HEAPS)]
    for uid in sorted(flags):
        if uid < upto:
            heaps[uid % _HEAPS].update(f"{uid} {flags[uid]}\n".encode())
    return b64encode(b"".join(heap.digest() for heap in heaps)).decode()


def _heap(digest: str, number: int) -> str:
    return digest[number * _HEAP : (number + 1) * _HEAP]


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}"
