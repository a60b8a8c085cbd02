"""What the VA does to a to-do, carried out in her client's calendar.

A calendar has no thread to comment in, so comments are not offered. All else is a state that an
object shall have: each push looks first whether it has it, and writes only onto what it has looked
at (If-Match), so that pushed again, or after an answer that was lost, nothing is done twice. What
somebody changed since she decided is not written onto: it may be what they made of an earlier push.
A new to-do takes its name from the action that makes it. What was written is looked at once more:
an answer of a few bytes can come from anybody on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from connectors.base import Receipt, Write
from connectors.caldav_asks import BarredError, Dav
from connectors.caldav_edit import changed, edited, made
from connectors.caldav_places import choose
from connectors.caldav_told import Listed, Me, Object
from connectors.errors import ConflictError, RefusedError, UnavailableError
from connectors.http_said import in_doubt, unreadable
from connectors.writing import Place, decided, named, permit, pick
from normalizer.actions import Action, Complete, Create, Reopen, SetDue
from normalizer.caldav import todos
from normalizer.ical import parse
from normalizer.text import line

WRITES: Final[frozenset[type[Action]]] = frozenset({Complete, Reopen, SetDue, Create})
"""The actions that `push` can carry out."""

MOST: Final = 100_000
"""Characters of a title or a description; many servers take no more."""


Pins: TypeAlias = Mapping[str, str] | None
"""Name in the config → path of its calendar; None where nobody told what is kept."""


class Profile(Protocol):
    """What a push must know of the channel's settings."""

    @property
    def write(self) -> Write:
        """Tell how much may be written back."""

    @property
    def calendars(self) -> tuple[str, ...]:
        """Name the calendars that are watched: by name or path; "*" is all of them."""

    @property
    def timezone(self) -> str:
        """Name the zone of a time that names none."""


def push(
    dav: Dav, config: Profile, pins: Pins, action: Action, done: dict[UUID, Receipt], *,
    now: datetime,
) -> Receipt:  # fmt: skip
    """Carry out `action`, and note in `done` what it left; what is noted is not done again.

    `pins`: which calendar each name in the config stands for, as the last pull saw it.

    Raises RefusedError where the settings or the server forbid it, ConflictError where the to-do
    changed meanwhile, InDoubtError where it may have been carried out, AuthError and
    UnavailableError as any request does.
    """
    permit(config.write, action)
    if type(action) not in WRITES:
        raise RefusedError("Trastienda does not know how to do this in a calendar.")
    if action.id not in done:
        try:
            if isinstance(action, Create):
                done[action.id] = _create(dav, config, pins, action, now)
            else:
                done[action.id] = _change(dav, config, pins, action, now)
        except BarredError:
            raise _gone() from None
    return done[action.id]


def _change(dav: Dav, config: Profile, pins: Pins, action: Action, now: datetime) -> Receipt:
    if action.ref.stream != "todo":
        raise _gone()
    uid = action.ref.external_id
    watched = choose(config.calendars, pins or {}, _every(dav)).calendars
    found = _found(dav, watched, uid, sure=pins is not None)
    wanted = _edited(found, uid, action, now)
    if wanted == found.data:
        return Receipt("todo", found.path)
    at = action.decided_at
    if at is not None and changed(found.data, uid) >= decided(dav.http, at).replace(microsecond=0):
        # An earlier push may have been carried out, and this is what somebody made of it.
        raise ConflictError(
            "At {host} this was changed after you decided, and nothing was written onto that. Look"
            " at it, and decide again.",
            host=dav.http.host,
        )
    if not found.etag:
        raise RefusedError(
            "{host} does not say which version of this task it holds, so nothing is changed in it.",
            host=dav.http.host,
        )
    answer = dav.put(found.path, wanted, {"If-Match": found.etag})
    if answer.status == 412:
        again = dav.get(found.path)
        if _edited(again, uid, action, now) != again.data:
            raise ConflictError(
                "At {host} this was changed meanwhile. Look at it again before you change it.",
                host=dav.http.host,
            )
    elif problem := answer.problem():
        raise problem
    else:
        with _doubting(dav):
            after = dav.get(found.path)
        if after.etag == found.etag:
            # Whoever said that it was done, in a café or on the way there, is not who keeps it.
            raise unreadable(dav.http.host, wrote=True)
    return Receipt("todo", found.path)


def _edited(found: Object, uid: str, action: Action, now: datetime) -> str:
    try:
        return edited(found.data, uid, action, now)
    except ValueError:
        raise RefusedError(
            "This task cannot be read whole, so nothing is changed in it. Change it in the"
            " calendar."
        ) from None


def _found(dav: Dav, calendars: Sequence[Listed], uid: str, *, sure: bool) -> Object:
    """Find the object of a to-do; where it is not `sure` that all calendars are this client's,
    only if there is no other.
    """
    found = list(islice(_held(dav, calendars, uid), 1 if sure else 2))
    if not found:
        raise _gone()
    if len(found) > 1:
        raise RefusedError(
            "This task is in several calendars, and it cannot be told now which one is meant. Sync,"
            " then decide again."
        )
    return found[0]


def _held(dav: Dav, calendars: Sequence[Listed], uid: str) -> Iterator[Object]:
    """Yield the objects with the to-do of a UID, as they are kept."""
    for calendar in calendars:
        try:
            found = dav.query(calendar.path, uid=uid, data=False) or ()
        except BarredError:
            continue
        for one in found:
            kept = dav.get(one.path)
            if _holds(kept, uid):  # they look for texts that hold it, too
                yield replace(kept, etag=kept.etag or one.etag.removeprefix("W/"))


def _holds(kept: Object, uid: str) -> bool:
    try:
        return uid in todos(parse(kept.data))
    except ValueError:
        return False


def _create(dav: Dav, config: Profile, pins: Pins, action: Create, now: datetime) -> Receipt:
    for text in (action.title, action.body):
        if len(text) > MOST:
            raise RefusedError(
                "A calendar takes texts of up to {most} characters, and this one has {count}."
                " Shorten it, or send it in parts.",
                most=MOST,
                count=len(text),
            )
    everywhere = _every(dav)
    if action.decided_at is not None:
        # An earlier push may have made it, and somebody moved it since, be it out of our sight.
        earlier = next(_held(dav, everywhere, str(action.id)), None)
        if earlier is not None:
            return Receipt("todo", earlier.path)
    choice = choose(config.calendars, pins or {}, everywhere)
    calendars = [one for one in choice.calendars if one.writable]
    into = _picked(action, calendars, choice.pins)
    path = f"{into}{action.id}.ics"
    answer = dav.put(path, made(action, now), {"If-None-Match": "*"})
    refused = answer.status in {403, 409, 412}
    if not refused and (problem := answer.problem()):
        raise problem
    # It may have been there already, and the server may have given it another name.
    there = [one for one in calendars if one.path == into]
    with _doubting(dav):
        found = next(_held(dav, there, str(action.id)), None)
    if found is None and refused:
        raise RefusedError("{host} does not take a new task in this calendar.", host=dav.http.host)
    if found is None:
        raise unreadable(dav.http.host, wrote=True)
    return Receipt("todo", found.path)


@contextmanager
def _doubting(dav: Dav) -> Iterator[None]:
    """Look whether a write was carried out: where that cannot be seen, it stays in doubt."""
    try:
        yield
    except (UnavailableError, RefusedError, BarredError):
        raise in_doubt(dav.http.host) from None


def _picked(action: Create, calendars: Sequence[Listed], pins: Mapping[str, str]) -> str:
    """Find the calendar that she means: by its address, its name, or its name in the config."""
    places = [
        Place(one.path, (*(entry for entry, path in pins.items() if path == one.path), one.name))
        for one in calendars
    ]
    wanted = action.ref.external_id if action.ref.stream == "calendar" else ""
    found = pick(wanted, places)
    if found is None:
        raise RefusedError(
            "There is no calendar “{name}” there to write in. There are: {calendars}.",
            name=line(wanted, 60),
            calendars=named(places),
        )
    return found.id


def _every(dav: Dav) -> list[Listed]:
    me: Me = dav.me()
    return dav.calendars(me.homes, alone=me.alone)


def _gone() -> RefusedError:
    return RefusedError("What you want to change is no longer there.")
