"""One more export of a chat, beside what is kept of it: what is new, and what changed.

Exports overlap, begin somewhere, come in any order and in other phones' words; a message has no
name in them. What is kept stays where it is and keeps its id; an export adds what it alone shows
and tells of others what it knows better. Absence says nothing. Read again, it changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.whatsapp_align import Face, align, slots
from connectors.whatsapp_clock import Clock, Text, on_wall, shifts, spelled, turned
from connectors.whatsapp_lines import Entry, face_of, renew
from connectors.whatsapp_names import Authors, known, recognised
from normalizer.whatsapp_body import BodyKind
from normalizer.whatsapp_lines import Line

_ROOM: Final = 60_000
_STEP: Final = 100
"""Milliseconds between two lines of a minute: others may come between them."""

_MOST_CASTS: Final = 12
_DAY: Final = 24 * 60
_LONG: Final = 20
_SURE: Final = 2
"""Long texts on exchanged days by which it is known that a chat was read wrongly."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of an export. `moved`: by how many minutes its clock was off, the most common."""

    added: int
    moved: int


class Chat:
    """All lines of one chat, in memory. `key` begins the id of each."""

    def __init__(
        self,
        key: str,
        clock: Clock,
        entries: Iterable[Entry],
        *,
        group: str = "",
        titles: Iterable[str] = (),
        aliases: Mapping[str, str] | None = None,
        casts: Iterable[Iterable[str]] = (),
    ) -> None:
        self.key, self.group = key, group
        self.titles = set(titles)
        """Every name that the chat had."""
        self.aliases = dict(aliases or {})
        self.casts = [set(cast) for cast in casts]
        """Who stood in one export together: no two names of one person."""
        self._clock = clock
        self.entries = list(entries)
        self._ids = {entry.id for entry in self.entries}
        self._numbers: dict[str, int] = {}
        self._walls: dict[int, list[Entry]] = {}
        self._lay_out()

    def _lay_out(self) -> None:
        self._walls.clear()
        for entry in sorted(self.entries, key=_moment):
            self._walls.setdefault(self._clock.wall(entry.at), []).append(entry)

    def texts(self) -> Iterator[Text]:
        """Give what people wrote, for comparing clocks: what the app says is said at any time."""
        for wall, entries in self._walls.items():
            for entry in entries:
                if entry.understood(self.group_of(entry)).kind is BodyKind.TEXT:
                    yield Text(wall, entry.body)

    def names(self) -> set[str]:
        """Name all who wrote something."""
        return {entry.sender for entry in self.entries if entry.sender}

    def group_of(self, entry: Entry) -> str:
        """Give the group's name as it was when a line was exported: on an iPhone the app speaks
        under it.
        """
        return entry.sender if self.group and entry.sender in self.titles else self.group

    def turn(self, lines: Sequence[Line]) -> bool:
        """Put right what was read with day and month exchanged, and tell whether anything was: an
        export that is read otherwise says it on the day that this makes, and not where it is kept.

        What is said at the same minute of several days, as machines do, is believed to be there
        alone where the export tells of the other day too.
        """
        said = [(on_wall(one.at), one.sender, one.body) for one in lines]
        kept = [(self._clock.wall(one.at), one.sender, one.body) for one in self.entries]
        there = set(said)
        daily = {
            one
            for side in (said, kept)
            for one, times in Counter((wall % _DAY, *rest) for wall, *rest in side).items()
            if times > 1
        }
        first, last = min(said)[0], max(said)[0]
        wrong = [
            (entry, turned(wall))
            for entry, (wall, *rest) in zip(self.entries, kept, strict=True)
            if (wall, *rest) not in there
            and (turned(wall), *rest) in there
            and (first <= wall <= last or (wall % _DAY, *rest) not in daily)
        ]
        if sum(len(entry.body) >= _LONG for entry, _ in wrong) < _SURE:
            return False
        for entry, wall in wrong:
            entry.at, entry.news = self._clock.utc(wall), True
        self._lay_out()
        return True

    def merge(self, lines: Sequence[Line], made: int = 0) -> Merged:
        """Take an export in, `made` in that minute of UTC. What is news of it has `news` set."""
        raw = [Text(on_wall(line.at), line.body) for line in lines]
        moved = shifts(self.texts(), raw) if self.entries else [0] * len(raw)
        walls = [self._clock.plain(one.wall + by) for one, by in zip(raw, moved, strict=True)]
        last = max(walls, default=0)
        later = not self._walls or last >= max(self._walls)
        before = len(self.entries)
        fresh: dict[int, list[Entry]] = {}
        for line, wall, at in zip(lines, walls, self._clock.instants(walls), strict=True):
            fresh.setdefault(wall, []).append(_entry(line, at, twice=self._clock.twice(wall)))
        who = self._authors(fresh)
        until = f"{spelled(self._clock.utc(last))} {spelled(made)}"
        ends = (min(self._walls, default=0), max(self._walls, default=0))
        for wall, entries in fresh.items():
            # What a minute lacks where an export begins was cut off; where it ends, it came later.
            sign = (wall == walls[0]) - (wall == walls[-1]) - (wall == ends[0]) + (wall == ends[1])
            self._minute(wall, entries, who, until, later=sign > 0 or (sign == 0 and later))
        return Merged(
            len(self.entries) - before, Counter(moved).most_common(1)[0][0] if moved else 0
        )

    def _authors(self, fresh: Mapping[int, Sequence[Entry]]) -> Authors:
        cast = {entry.sender for entries in fresh.values() for entry in entries} - {""}
        if not any(cast <= other for other in self.casts):
            self.casts = [other for other in self.casts if not other <= cast][-_MOST_CASTS:]
            self.casts.append(cast)
        told = known(self.aliases, cast)
        people = {told.of(sender) for sender in cast}
        both = [(entries, self._walls[wall]) for wall, entries in fresh.items()
                if wall in self._walls]  # fmt: skip
        strangers = {told.of(one.sender) for _, kept in both for one in kept} - people - {""}
        if not strangers:
            return told
        minutes = (
            ([(one.sender, self._face(one, told)) for one in kept],
             [(one.sender, self._face(one, told)) for one in new])
            for new, kept in both
            if any(told.of(one.sender) in strangers for one in kept)
        )  # fmt: skip
        newcomers = people - {told.of(name) for name in self.names()}
        found = recognised(
            minutes, told, strangers=strangers, newcomers=newcomers, cast=people, apart=self._apart
        )
        self.aliases = {old: found.get(name, name) for old, name in self.aliases.items()} | found
        return known(self.aliases, cast)

    def _apart(self, one: str, two: str) -> bool:
        return any(one in cast and two in cast for cast in self.casts)

    def _face(self, entry: Entry, known: Authors) -> Face:
        return face_of(entry, known.of(entry.sender), self.group_of(entry))

    def _minute(
        self, wall: int, new: list[Entry], known: Authors, until: str, *, later: bool
    ) -> None:
        kept = self._walls.setdefault(wall, [])
        pairs = self._pairs(kept, new, known)
        order: list[list[Entry]] = [[] for _ in range(len(kept) + 1)]
        places = self._slots(kept, new, known, pairs, later=later)
        for entry, pair, place in zip(new, pairs, places, strict=True):
            if pair is None:
                order[place].append(entry)
                if entry.body.endswith(">") and entry.understood(self.group).edited:
                    entry.until = until
                continue
            renew(kept[pair], entry, self.group, until)
            if entry.at > kept[pair].at:
                kept[pair].at, kept[pair].news = entry.at, True
        together: list[Entry] = []
        for place, entries in enumerate(order):
            together += entries
            together += kept[place : place + 1]
        self._walls[wall] = together
        for at in {entry.at for entry in together}:
            _give_room([entry for entry in together if entry.at == at])
        for entry in together:
            if not entry.id:
                entry.id, entry.news = self._named(entry), True
                self.entries.append(entry)

    def _slots(
        self, kept: list[Entry], new: list[Entry], known: Authors, pairs: list[int | None], *,
        later: bool,
    ) -> list[int]:  # fmt: skip
        """Say where each line goes among the kept ones."""
        if not kept:
            return [0] * len(new)
        if None not in pairs:
            return [pair for pair in pairs if pair is not None]
        return slots(
            [self._face(one, known) for one in kept],
            [self._face(one, known) for one in new],
            pairs,
            later=later,
        )

    def _pairs(self, kept: list[Entry], new: list[Entry], known: Authors) -> list[int | None]:
        """Say which new lines are kept ones; most minutes read the same, to the letter."""
        if not kept:
            return [None] * len(new)
        if _spoken(kept, known) == _spoken(new, known):
            return list(range(len(new)))
        return align([self._face(one, known) for one in kept],
                     [self._face(one, known) for one in new])  # fmt: skip

    def _named(self, entry: Entry) -> str:
        """Give a new line its id, for ever: minute, what it said first, and a number."""
        said = f"{entry.sender}\n{entry.body}".encode("utf-8", "surrogatepass")
        words = hashlib.blake2b(said, digest_size=5).hexdigest()
        prefix = f"{self.key}/{spelled(entry.at)[:16]}/{words}"
        number = self._numbers.get(prefix, 0)
        while f"{prefix}/{number}" in self._ids:
            number += 1
        self._numbers[prefix] = number + 1
        self._ids.add(f"{prefix}/{number}")
        return f"{prefix}/{number}"


def _entry(line: Line, at: int, *, twice: bool) -> Entry:
    """Make an entry of a line. What goes back in an hour that comes `twice` goes back rightly."""
    return Entry(
        id="", at=at, sender=line.sender, body=line.body, second=line.second, app=line.app,
        back=line.back and not twice,
    )  # fmt: skip


def _spoken(entries: Iterable[Entry], known: Authors) -> list[tuple[str, str, int | None]]:
    return [(known.of(one.sender), one.body, one.second) for one in entries]


def _moment(entry: Entry) -> tuple[int, int, str]:
    return entry.at, entry.place, entry.id


def _give_room(entries: Sequence[Entry]) -> None:
    """Give the new lines of one minute their places between those that have theirs; where there
    is no room left, all get new ones.
    """
    if all(entry.id for entry in entries):
        return
    if not _fill(entries):
        step = min(_STEP, max(1, (_ROOM - 1) // len(entries)))
        for number, entry in enumerate(entries):
            place = min(number * step, _ROOM - 1)
            entry.news = entry.news or entry.place != place
            entry.place = place


def _fill(entries: Sequence[Entry]) -> bool:
    """Place runs of new lines between the kept ones around them; False where one does not fit."""
    start = 0
    while start < len(entries):
        if entries[start].id:
            start += 1
            continue
        end = start
        while end < len(entries) and not entries[end].id:
            end += 1
        low = entries[start - 1].place if start else -1
        high = entries[end].place if end < len(entries) else _ROOM
        if high - low - 1 < end - start:
            return False
        _spread(entries[start:end], low, high, open_ended=end == len(entries))
        start = end
    return True


def _spread(run: Sequence[Entry], low: int, high: int, *, open_ended: bool) -> None:
    roomy = open_ended and low + len(run) * _STEP < high
    for number, entry in enumerate(run):
        left = len(run) - number
        if entry.second is not None:
            wanted = entry.second * 1000
        elif roomy:
            wanted = low + _STEP if low >= 0 else 0
        else:
            wanted = low + (high - low) // (left + 1)
        entry.place = low = max(low + 1, min(wanted, high - left))
