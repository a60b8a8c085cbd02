"""What a calendar says of a to-do (RFC 5545, 3.6.2), in our words.

| stream | payload | meta |
|---|---|---|
| todo | an iCalendar object | calendar: its name; timezone: hers, by which a time that names none is read |

One object holds one to-do, under one UID: its master, and what differs in some of the times that it
repeats. Of what repeats, the next time that is still open stands for all. A sub-task is a task of its
own: it names its parent by an id alone. Events and journals are no tasks and yield nothing.
"""  # noqa: E501  # a table

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from normalizer import zones
from normalizer.boards import container, link, material, person, words
from normalizer.ical import Component, Property, parse
from normalizer.model import Attachment, Person, Record, Ref, State, Task
from normalizer.raw import Raw, digest_of
from normalizer.repeats import EndlessError, occurrences
from normalizer.text import NAME, block, line

_LONGEST_UID: Final = 250
_MOST_TIMES: Final = 2000
"""Times of what repeats that are looked at for one that is open."""

_MOST_TODOS: Final = 50
"""To-dos of one object. A server keeps one UID in each (RFC 4791, 4.1)."""

_STATES: Final = {
    "NEEDS-ACTION": State.OPEN,
    "IN-PROCESS": State.OPEN,
    "COMPLETED": State.DONE,
    "CANCELLED": State.ARCHIVED,
}
_PRIORITY: Final = re.compile("[1-9]")


def normalise(raw: Raw) -> Iterator[Record]:
    """Put one object of a calendar in our words. When something is, where that cannot be read, is
    left out.

    Raises ValueError where it is no iCalendar, or holds more to-dos than one object does.
    """
    if raw.payload is None or raw.stream != "todo":
        return
    text = raw.payload.decode()
    calendar, meta = parse(text), raw.about()
    clocks = _Clocks(zones.defined(_bare(text)), _zone(words(meta.get("timezone"))))
    found = todos(calendar)
    if len(found) > _MOST_TODOS:
        raise ValueError("more to-dos than one object holds")
    for uid, (master, others) in found.items():
        yield _task(identity(uid, raw.external_id), master, others, clocks, meta)


def todos(calendar: Component) -> dict[str, tuple[Component | None, list[Component]]]:
    """Find the to-dos by UID: the master, and those that differ in one of its times."""
    found: dict[str, tuple[Component | None, list[Component]]] = {}
    for part in calendar.parts:
        if part.name == "VTODO":
            uid = part.text("UID").strip()
            master, others = found.setdefault(uid, (None, []))
            if part.one("RECURRENCE-ID") is not None:
                others.append(part)
            elif master is None:
                found[uid] = part, others
    return found


def identity(uid: str, copy: str) -> str:
    """Name a to-do by its UID, which it keeps wherever it is moved; by its `copy` where it has
    none, and by a digest where its UID can be no name.
    """
    if not uid:
        return copy
    if len(uid) <= _LONGEST_UID and line(uid) == uid:
        return uid
    return digest_of(uid.encode()).hex()


def state(todo: Component) -> State:
    """Tell what became of a to-do: its status, and where that says nothing what else does."""
    told = _STATES.get(todo.text("STATUS").strip().upper())
    if told is not None:
        return told
    whole = todo.text("PERCENT-COMPLETE").strip() == "100"
    return State.DONE if whole or todo.one("COMPLETED") is not None else State.OPEN


def attached(found: Property) -> str:
    """Name what is attached to a to-do, so that it can be found again."""
    return digest_of(found.value.encode()).hex()


def _task(
    name: str, master: Component | None, others: Sequence[Component], clocks: _Clocks,
    meta: Mapping[str, Any],
) -> Task:  # fmt: skip
    todo, became, due = _current(master, others, clocks)
    return Task(
        ref=Ref("todo", name),
        title=line(todo.text("SUMMARY")),
        body=block(todo.text("DESCRIPTION")),
        state=became,
        due=due,
        url=link(todo.text("URL").strip()),
        container=container(meta.get("calendar")),
        labels=tuple(_labels(todo)),
        assignees=tuple(_person(one) for one in todo.all("ATTENDEE")),
        attachments=tuple(dict.fromkeys(map(_attachment, todo.all("ATTACH")))),
        created_at=clocks.instant(todo.one("CREATED")),
        updated_at=clocks.instant(todo.one("LAST-MODIFIED") or todo.one("DTSTAMP")),
    )


# Which of the times that it repeats


def _current(
    master: Component | None, others: Sequence[Component], clocks: _Clocks
) -> tuple[Component, State, date | datetime | None]:
    """Choose what of a to-do stands for it, its state, and when it is due."""
    if master is None:
        left = [one for one in others if state(one) is State.OPEN]
        todo = left[0] if left else others[-1]
        return todo, state(todo), _due(todo, clocks)
    plain = master, state(master), _due(master, clocks)
    rule, start = master.one("RRULE"), master.one("DTSTART") or master.one("DUE")
    if rule is None or start is None or plain[1] is not State.OPEN:
        return plain
    try:
        apart = _apart(master, others, clocks)
        return _next(master, clocks.wall(start), rule.value, apart, clocks) if apart else plain
    except ValueError:
        return plain


def _apart(
    master: Component, others: Sequence[Component], clocks: _Clocks
) -> dict[date | datetime, Component | None]:
    """Find the times that were taken out, and those that differ. Raises ValueError."""
    taken = [(one, value) for one in master.all("EXDATE") for value in one.value.split(",")]
    if len(taken) > _MOST_TIMES:
        raise EndlessError("EXDATE")
    apart: dict[date | datetime, Component | None] = {
        clocks.read(one, value): None for one, value in taken
    }
    for other in others:
        apart.update((clocks.read(one), other) for one in other.all("RECURRENCE-ID"))
    return apart


def _next(
    master: Component, start: _Wall, rule: str, apart: Mapping[date | datetime, Component | None],
    clocks: _Clocks,
) -> tuple[Component, State, date | datetime | None]:  # fmt: skip
    """Go through the times from the first on, to the first that is open. `apart`: those that
    differ, and those that were taken out.
    """
    done = False
    for number, at in enumerate(occurrences(start.at, rule, start.zone)):
        if number >= _MOST_TIMES:
            raise EndlessError(rule[:40])
        told = start.moved(at).told()
        if told not in apart:
            return master, State.OPEN, _due(master, clocks, at - start.at)
        other = apart[told]
        became = State.ARCHIVED if other is None else state(other)
        if other is not None and became is State.OPEN:
            return other, became, _due(other, clocks)
        done = done or became is State.DONE
    return master, State.DONE if done else State.ARCHIVED, _due(master, clocks)


def _due(
    todo: Component, clocks: _Clocks, later: timedelta = timedelta(0)
) -> date | datetime | None:
    """Tell when it is due: then, or so long after it begins (RFC 5545, 3.8.2.5); None where that
    cannot be read.
    """
    due, begins, lasts = todo.one("DUE"), todo.one("DTSTART"), todo.one("DURATION")
    try:
        if due is not None:
            found = clocks.wall(due)
        elif begins is not None and lasts is not None:
            found = clocks.wall(begins)
            later += _duration(lasts.value)
        else:
            return None
        return found.moved(found.at + later).told()
    except (ValueError, OverflowError):
        return None


# Times


@dataclass(frozen=True, slots=True)
class _Wall:
    """A time as the clock on somebody's wall shows it."""

    at: datetime
    """Without a zone; of a day its midnight."""

    whole: bool
    """It is a day, and has no hour."""

    zone: tzinfo | None = None
    defined: zones.Zone = ()
    """A zone that the object itself tells, where nobody else knows it."""

    def moved(self, at: datetime) -> _Wall:
        return _Wall(at, self.whole, self.zone, self.defined)

    def told(self) -> date | datetime:
        """Put it in UTC; where nobody knows by which clock, as its day alone: a day is right where
        an hour would be a guess.
        """
        if self.whole:
            return self.at.date()
        try:
            if self.zone is not None:
                return self.at.replace(tzinfo=self.zone).astimezone(UTC)
            ahead = zones.offset(self.defined, self.at)
            return self.at.date() if ahead is None else (self.at - ahead).replace(tzinfo=UTC)
        except OverflowError:
            raise ValueError("an instant beyond the calendar") from None


@dataclass(frozen=True, slots=True)
class _Clocks:
    """The zones that an object defines, and hers for what names none."""

    defined: Mapping[str, zones.Zone]
    hers: tzinfo | None

    def wall(self, found: Property, value: str = "") -> _Wall:
        """Read a date or a time. Raises ValueError."""
        from icalendar.prop import vDDDTypes  # noqa: PLC0415  # heavy, and no other has it

        named = found.params.get("TZID", "")
        dates: Any = vDDDTypes
        try:
            read = dates.from_ical((value or found.value).strip(), timezone=named or None)
        except (ValueError, TypeError, LookupError, OverflowError, OSError):
            raise ValueError("no date") from None
        if isinstance(read, datetime):
            zone = read.tzinfo or (None if named else self.hers)
            own = self.defined.get(zones.named(named), ()) if named else ()
            return _Wall(read.replace(tzinfo=None), whole=False, zone=zone, defined=own)
        if isinstance(read, date):
            return _Wall(datetime.combine(read, time()), whole=True)
        raise ValueError("no date")

    def read(self, found: Property, value: str = "") -> date | datetime:
        """Read a date or an instant. Raises ValueError."""
        return self.wall(found, value).told()

    def instant(self, found: Property | None) -> datetime | None:
        """Read when something was made; None where it does not say so for sure."""
        try:
            told = None if found is None else self.read(found)
        except ValueError:
            return None
        return told if isinstance(told, datetime) else None


def _duration(value: str) -> timedelta:
    from icalendar.prop import vDuration  # noqa: PLC0415  # as above

    durations: Any = vDuration
    try:
        lasts: timedelta = durations.from_ical(value.strip())
    except (ValueError, TypeError, OverflowError):
        raise ValueError("no duration") from None
    return lasts


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):
        return None


def _bare(text: str) -> str:
    """Unfold the lines, as `zones.defined` takes them."""
    return re.sub(r"\r?\n[ \t]", "", text).replace("\r\n", "\n")


# The rest


def _labels(todo: Component) -> Iterator[str]:
    """Name its categories, and how urgent it is: P1 is most so, P9 least (RFC 5545, 3.8.1.9)."""
    named = (line(text, NAME) for one in todo.all("CATEGORIES") for text in one.texts)
    yield from dict.fromkeys(filter(None, named))
    if _PRIORITY.fullmatch(urgent := todo.text("PRIORITY").strip()):
        yield f"P{urgent}"


def _person(found: Property) -> Person:
    handle = re.sub("^mailto:", "", found.value.strip(), flags=re.IGNORECASE)
    return person(found.params.get("CN"), handle)


def _attachment(found: Property) -> Attachment:
    """Take a link, or a file that lies in the object itself."""
    inside = found.params.get("VALUE", "").upper() == "BINARY"
    address = None if inside else link(found.value.strip())
    name = found.params.get("FILENAME") or found.params.get("X-FILENAME") or address
    return Attachment(
        external_id=attached(found),
        name=material(name) or "file",
        media_type=line(found.params.get("FMTTYPE", ""), NAME) or "application/octet-stream",
        size=len(found.value) * 3 // 4 if inside else None,
        url=address,
    )
