"""Changing a to-do as it stands, line by line: all that other programs wrote there stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Final

from connectors.errors import RefusedError
from normalizer.actions import Action, Complete, Create, Reopen, SetDue
from normalizer.caldav import state, todos
from normalizer.ical import Component, Property, escaped, parse
from normalizer.model import State
from normalizer.text import line

_WIDEST: Final = 75
"""Bytes of a line, without its end (RFC 5545, 3.1)."""

_REPEATING: Final = ("RRULE", "RDATE", "RECURRENCE-ID")


def edited(text: str, uid: str, action: Action, now: datetime) -> str:
    """Give the object as `action` wants it; the same where it is so already.

    Raises RefusedError where the to-do is not in there, repeats, or begins after it would be due;
    ValueError where the object cannot be read.
    """
    todo = _found(parse(text), uid)
    match action:
        case Complete():
            if state(todo) is State.DONE:
                return text
            wanted = {
                "STATUS": "STATUS:COMPLETED",
                "PERCENT-COMPLETE": "PERCENT-COMPLETE:100",
                "COMPLETED": f"COMPLETED:{_instant(now)}",
            }
        case Reopen():
            if state(todo) is State.OPEN:
                return text
            wanted = {"STATUS": "STATUS:NEEDS-ACTION", "PERCENT-COMPLETE": "", "COMPLETED": ""}
        case SetDue():
            due = _due(todo, action.due)
            own = todo.one("DUE")
            there = "" if own is None else f"DUE{_written(own)}:{own.value.strip()}"
            if there == due and todo.one("DURATION") is None:
                return text
            wanted = {"DUE": due, "DURATION": ""}
        case _:
            raise RefusedError("Trastienda does not know how to do this in a calendar.")
    stamp = _instant(now)
    wanted |= {"DTSTAMP": f"DTSTAMP:{stamp}", "LAST-MODIFIED": f"LAST-MODIFIED:{stamp}"}
    return _replaced(text, todo, wanted)


def changed(text: str, uid: str) -> datetime:
    """Tell when a to-do was changed last, as who changed it says (RFC 5545, 3.8.7.2 and 3); long
    ago where nobody says so.

    Raises what `edited` does.
    """
    todo = _found(parse(text), uid)
    own = todo.one("LAST-MODIFIED") or todo.one("DTSTAMP")
    try:
        told = "" if own is None else own.value.strip()
        return datetime.strptime(told, "%Y%m%dT%H%M%S%z")
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def made(action: Create, now: datetime) -> str:
    """Spell a new to-do, under the id of the action that makes it."""
    stamp = _instant(now)
    inner = [
        f"UID:{action.id}",
        *(f"{name}:{stamp}" for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED")),
        f"SUMMARY:{escaped(line(action.title))}",
    ]
    if action.body:
        inner.append(f"DESCRIPTION:{escaped(action.body)}")
    if action.due is not None:
        inner.append(_spelled(action.due))
    inner.append("STATUS:NEEDS-ACTION")
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Trastienda//Trastienda//EN"]
    whole += ["BEGIN:VTODO", *inner, "END:VTODO", "END:VCALENDAR"]
    return "".join(f"{part}\r\n" for one in whole for part in _folded(one))


def _found(calendar: Component, uid: str) -> Component:
    """Find a to-do that can be changed."""
    master, others = todos(calendar).get(uid, (None, []))
    if master is None and not others:
        raise RefusedError("What you want to change is no longer there.")
    if master is None or others or any(master.one(name) for name in _REPEATING):
        raise RefusedError(
            "This task repeats, and each calendar program goes on with such a task in its own way."
            " Change it in the program that made it."
        )
    return master


def _due(todo: Component, due: date | datetime | None) -> str:
    """Spell when it shall be due, so that it fits with when it begins (RFC 5545, 3.8.2.3)."""
    begins = todo.one("DTSTART")
    if due is None or begins is None:
        return "" if due is None else _spelled(due)
    first = begins.value.strip()
    whole = len(first) == 8
    if whole and isinstance(due, datetime):
        raise RefusedError("This task knows days and no hours. Choose a day without an hour.")
    if not whole and not isinstance(due, datetime):
        # The end of that day, by the clock by which it begins.
        late = f"{due:%Y%m%d}T{time(23, 59, 59):%H%M%S}"
        spelled = f"DUE{_written(begins)}:{late}{'Z' if first.endswith('Z') else ''}"
    else:
        spelled = _spelled(due)
    if spelled.rpartition(":")[2][:8] < first[:8]:
        raise RefusedError(
            "This task begins on {day}, after it would be due. Choose a later day, or change its"
            " beginning in the calendar.",
            day=f"{first[:4]}-{first[4:6]}-{first[6:8]}",
        )
    return spelled


def _written(own: Property) -> str:
    """Spell the parameters of a date again."""
    return "".join(
        f';{name}="{value}"' if set(value) & set(":;,") else f";{name}={value}"
        for name, value in own.params.items()
    )


def _spelled(due: date | datetime) -> str:
    if isinstance(due, datetime):
        return f"DUE:{_instant(due)}"
    return f"DUE;VALUE=DATE:{due:%Y%m%d}"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _replaced(text: str, todo: Component, wanted: Mapping[str, str]) -> str:
    """Put lines in the place of those of the same name; "" takes them away.

    Raises ValueError where there is no place before the end.
    """
    lines = text.split("\n")
    if lines[todo.end - 1].startswith((" ", "\t")):
        raise ValueError("an end on two lines")
    end = "\r" if lines[todo.first].endswith("\r") else ""
    out: dict[int, list[str]] = {}
    for name, spelled in wanted.items():
        own = list(todo.all(name))
        for one in own:
            out.update((number, []) for number in range(one.first, one.end))
        if spelled:
            inner = [part.first for part in todo.parts]
            place = own[0].first if own else min([*inner, todo.end - 1])
            kept = out.setdefault(place, [] if own else [lines[place]])
            kept[:0] = [f"{part}{end}" for part in _folded(spelled)]
    return "\n".join(one for number, old in enumerate(lines) for one in out.get(number, [old]))


def _folded(text: str) -> Iterable[str]:
    """Cut a line where it is too long, between characters."""
    part, width = "", 0
    for char in text:
        size = len(char.encode("utf-8", "surrogatepass"))
        if width + size > _WIDEST:
            yield part
            part, width = " ", 1
        part += char
        width += size
    yield part
