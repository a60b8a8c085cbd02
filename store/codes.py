"""How a value of the model is spelled in a column, and back.

Small numbers stand for words (a place in a tuple here: append, never reorder), milliseconds
since 1970 for instants, and text is compressed where that makes it shorter. No library is
imported, so that the light reader can use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from normalizer.kinds import Direction, Kind, State
from store.row import Lane, Outgoing, Turn

KINDS: Final = (Kind.TASK, Kind.CONVERSATION)
STATES: Final = (State.OPEN, State.DONE, State.ARCHIVED, State.GONE)
HIDDEN: Final = 4
"""An `item.state` that is shown nowhere: merged into another, or nothing known of it yet."""

LANES: Final = (
    Lane.INBOX, Lane.PLANNED, Lane.WAITING, Lane.SNOOZED, Lane.ARCHIVED, Lane.DONE,
)  # fmt: skip
"""Also from the one that needs most attention to the one that needs least, but for the last
two. The queue is `lane < 2`."""

TURNS: Final = (Turn.ME, Turn.CLIENT, Turn.THIRD)

OUTGOING: Final = (
    Outgoing.QUEUED, Outgoing.DOUBT, Outgoing.REFUSED, Outgoing.SENDING, Outgoing.DONE,
    Outgoing.CANCELLED, Outgoing.ASK,
)  # fmt: skip
"""What becomes of a write. Those below 4, and 6, are still somebody's to end."""

UNREAD: Final = 1
FLAGGED: Final = 2
AUTOMATIC: Final = 4
GONE: Final = 8
OUT: Final = 16
REPLY: Final = 32
"""Bits of `message.flags`. REPLY: its subject answers something, and it names no reference."""

HINTED: Final = 64
"""A bit of `message.flags`: the server said which conversation it is in."""

NOTICE: Final = 128
"""A bit of `message.flags`: another tool's notification of a card or task. In the item of that
card it is no news, no last word and not unread."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_WORTH: Final = 160
"""Bytes below which compressing gains nothing."""


def ms(instant: datetime) -> int:
    """Count the milliseconds since 1970. The instant is aware."""
    return (instant - _EPOCH) // _MILLISECOND


def at(milliseconds: int) -> datetime:
    """Read back what `ms` wrote."""
    return _EPOCH + milliseconds * _MILLISECOND


def maybe_ms(instant: datetime | None) -> int | None:
    """Count the milliseconds since 1970, of nothing nothing."""
    return None if instant is None else ms(instant)


def maybe_at(milliseconds: int | None) -> datetime | None:
    """Read back what `maybe_ms` wrote."""
    return None if milliseconds is None else at(milliseconds)


def due_text(due: date | datetime | None) -> str | None:
    """Spell a due date: '2026-11-23', or with a time '2026-11-23T17:00:00+00:00'."""
    if isinstance(due, datetime):
        return due.astimezone(UTC).isoformat()
    return None if due is None else due.isoformat()


def due_from(text: str | None) -> date | datetime | None:
    """Read back what `due_text` wrote."""
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def pack(text: str) -> bytes:
    """Spell text as UTF-8, or as a NUL and its squeezed form, whichever is shorter.

    Clean text holds no NUL, so the first byte tells them apart.
    """
    data = text.encode("utf-8", "surrogatepass")
    if len(data) < _WORTH:
        return data
    from store.squeeze import squeezed  # noqa: PLC0415  not before the first rows

    small = b"\0" + squeezed(data)
    return small if len(small) < len(data) else data


def unpack(data: bytes | memoryview | None) -> str:
    """Read back what `pack` wrote; of nothing, ""."""
    if data is None:
        return ""
    data = bytes(data)
    if data[:1] == b"\0":
        from store.squeeze import whole  # noqa: PLC0415  not before the first rows

        data = whole(data[1:])
    return data.decode("utf-8", "surrogatepass")


def listed(values: Sequence[str] | Sequence[int]) -> str | None:
    """Spell a few words or numbers in one column; none of them is NULL."""
    if not values:
        return None
    import json  # noqa: PLC0415  not before the first rows

    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def numbers(text: str | None) -> tuple[int, ...]:
    """Read back numbers that `listed` wrote."""
    return () if text is None else tuple(int(value) for value in _loaded(text))


def words(text: str | None) -> tuple[str, ...]:
    """Read back words that `listed` wrote."""
    return () if text is None else tuple(str(value) for value in _loaded(text))


def _loaded(text: str) -> Any:
    import json  # noqa: PLC0415  not before the first rows: few have any

    return json.loads(text)


def direction_of(flags: int) -> Direction:
    """Read the direction of a message from its bits."""
    return Direction.OUT if flags & OUT else Direction.IN
