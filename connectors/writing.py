"""What the connectors of boards share: taking a vendor's answers apart, and writing back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from connectors.base import Receipt, Write
from connectors.errors import RefusedError
from connectors.http import Http
from connectors.http_rules import ALLOWED, Level, unwritten
from connectors.http_said import unreadable
from normalizer.actions import Action, Comment, Draft, Mail
from normalizer.said import Said
from normalizer.text import fold, line

SLACK: Final = timedelta(seconds=2)
"""By how much a Date header, told in whole seconds, may mislead about the server's clock."""

_ID: Final = re.compile("[0-9A-Za-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Place:
    """A list or a section: where a task can be put."""

    id: str
    names: tuple[str, ...]
    """What she may call it; the last is the fullest."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that a tool holds and that a push of ours may have left there."""

    receipt: Receipt
    at: datetime
    text: object
    author: object


def may(write: Write) -> Said:
    """Say what the channel's `write` lets through."""
    return {
        "no": Said("Nothing is written back here."),
        "comment": Said("Comments are written back here, and nothing else."),
        "all": Said("Comments and changes are written back here."),
    }[write]


def permit(write: Write, action: Action) -> None:
    """Raise RefusedError where the channel's `write` does not allow `action`."""
    needed = Level.COMMENT if isinstance(action, (Comment, Mail, Draft)) else Level.CHANGE
    if ALLOWED[write] < needed:
        raise unwritten(write)


def decided(http: Http, at: datetime) -> datetime:
    """Put an instant of our clock in the server's: of use once it has answered."""
    return at.astimezone(UTC) + http.clock_ahead - SLACK


def earlier(
    http: Http,
    at: datetime,
    text: str,
    traces: Iterable[Trace],
    *,
    me: Callable[[], str],
    done: dict[UUID, Receipt],
) -> Receipt | None:
    """Find what an earlier push of an action left: the oldest of `traces` with its `text`, by us,
    made since she decided it `at`, that no other action is known to have left.

    `me` is asked only where one may be ours.
    """
    held = list(traces)
    after, taken = decided(http, at), set(done.values())
    found = [
        trace
        for trace in held
        if trace.at >= after and trace.receipt not in taken and alike(trace.text, text)
    ]
    author = me() if found else ""
    ours = [trace for trace in found if trace.author == author]
    return min(ours, key=lambda trace: trace.at).receipt if ours else None


def pick(wanted: str, places: Sequence[Place]) -> Place | None:
    """Find a place by its id or as she calls it, accents and case aside where need be.

    None where there is none. Raises RefusedError where several are called so.
    """
    for one in places:
        if one.id == wanted:
            return one
    name = line(wanted)
    for spelling in (str, fold):
        found = [one for one in places if spelling(name) in {spelling(line(n)) for n in one.names}]
        if len(found) > 1:
            raise RefusedError(
                "{count} places are called “{name}”. Give one of them another name there, or"
                " choose another place.",
                count=len(found),
                name=line(name, 60),
            )
        if found:
            return found[0]
    return None


def watched(wanted: Sequence[str], name: str, *ids: str) -> bool:
    """Tell whether a board or project is one of those in the config: named there by an id, or as
    she calls it, accents and case aside; "*" is all of them.
    """
    names = {"*", *ids, fold(line(name))}
    return any(one in names or fold(line(one)) in names for one in wanted)


def named(places: Sequence[Place]) -> str:
    """List what there is to choose from, for a message."""
    return line(", ".join(f"“{line(one.names[-1], 60)}”" for one in places), 400) or "—"


def alike(one: object, other: str) -> bool:
    """Tell whether a tool gives back what we sent: some trim it, or change line ends and blanks.

    Two texts that differ in those alone count as one. Said twice is worse than one of two equal
    sentences left out.
    """
    return isinstance(one, str) and _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def moment(value: object) -> datetime:
    """Read an instant as JSON spells it. What cannot be read counts as later than anything: what
    may be ours is not said twice for that.
    """
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    return found if found and found.tzinfo else datetime.max.replace(tzinfo=UTC)


def spelt(at: datetime) -> str:
    """Spell an instant as both vendors do: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def sense(host: str, *, wrote: bool = False) -> Iterator[None]:
    """Take apart an answer in here: raises UnavailableError where it is not what the vendor
    documents, and InDoubtError where it is the answer to a write.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError):
        raise unreadable(host, wrote=wrote) from None


def ident(value: object) -> str:
    """Read an id, which becomes part of paths and of receipts. Raises LookupError."""
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    raise LookupError


def listed(value: Any) -> list[Any]:
    """Read a list: an object too can be gone through, and would pass for an empty one."""
    if isinstance(value, list):
        return value
    raise LookupError


def words(value: object) -> str:
    """Read a text. Raises LookupError."""
    if isinstance(value, str):
        return value
    raise LookupError


def target(value: str) -> str:
    """Take the id of what she wants changed. Raises RefusedError where it can be nobody's."""
    try:
        return ident(value)
    except LookupError:
        raise RefusedError("What you want to change is no longer there.") from None
