"""The minutes of an export: by the clock of the phone that made it, by hers, and in UTC.

An export tells the time by the phone's clock and names no zone. Minutes are counted from 1970,
once by the clock on the wall and once in UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from connectors.errors import ConfigError

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  the wall's
_LONG: Final = 20
"""Characters from which on a text said once is known again anywhere."""

_FURTHEST: Final = 26 * 60
_STEP: Final = 15
"""Minutes: every zone is a multiple of it away from every other."""

_JITTER: Final = 5


def on_wall(at: datetime) -> int:
    """Count the minutes of a moment without a zone."""
    return (at - _EPOCH) // timedelta(minutes=1)


def spelled(minute: int) -> str:
    """Spell a minute of UTC."""
    return (_EPOCH + timedelta(minutes=minute)).replace(tzinfo=UTC).isoformat(timespec="minutes")


def unspelled(text: str) -> int:
    """Read a minute of UTC back. Raises ValueError."""
    return on_wall(datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None))


class Clock:
    """Her clock. `zone` is an IANA name; "" is UTC. Raises ConfigError where there is none such."""

    def __init__(self, zone: str) -> None:
        try:
            self.zone = ZoneInfo(zone or "UTC")
        except (OSError, ValueError):
            raise ConfigError("There is no time zone {zone}.", zone=zone) from None
        self._ahead: dict[tuple[int, int], int] = {}
        self._walls: dict[int, int] = {}

    def utc(self, wall: int, *, fold: int = 0) -> int:
        """Give the minute in UTC; of one that comes twice, the first or the second."""
        return wall - self._offset(wall, fold)

    def wall(self, utc: int) -> int:
        """Give the minute on her wall."""
        part = utc // _STEP
        if (ahead := self._walls.get(part)) is None:
            at = (_EPOCH + timedelta(minutes=part * _STEP)).replace(tzinfo=UTC)
            ahead = self._walls[part] = _minutes(at.astimezone(self.zone))
        return utc + ahead

    def plain(self, wall: int) -> int:
        """Give the minute itself, or where her clock skips it, the one that it then shows."""
        return self.wall(self.utc(wall))

    def twice(self, wall: int) -> bool:
        """Tell whether her clock shows this minute twice: it is set back in that hour."""
        return self._offset(wall, 0) > self._offset(wall, 1)

    def instants(self, walls: Sequence[int]) -> list[int]:
        """Give the minutes in UTC of lines in their order: going back within an hour that comes
        twice, it is the second.
        """
        told: list[int] = []
        fold, before = 0, None
        for wall in walls:
            if not self.twice(wall):
                fold, before = 0, None
            else:
                if before is not None and wall < before - _JITTER:
                    fold = 1
                before = wall
            told.append(self.utc(wall, fold=fold))
        return told

    def _offset(self, wall: int, fold: int) -> int:
        part = wall // _STEP, fold
        if (ahead := self._ahead.get(part)) is None:
            at = _EPOCH + timedelta(minutes=part[0] * _STEP)
            ahead = self._ahead[part] = _minutes(at.replace(tzinfo=self.zone, fold=fold))
        return ahead


def _minutes(at: datetime) -> int:
    return (at.utcoffset() or timedelta()) // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Text:
    """A line as far as its clock goes: the minute on some wall, and what it says."""

    wall: int
    text: str


def shifts(kept: Iterable[Text], new: Sequence[Text]) -> list[int]:
    """Find by how many minutes each new line has to be moved to meet what is kept.

    The phone was in another zone when it made the export, perhaps one that changes its clocks on
    other days. Long texts that stand once in both say by how much; a few in a row that agree
    are believed, and what lies between two that do not agree goes where more lines meet.
    """
    anchors = _anchors(kept, new)
    runs = _runs(anchors)
    if not runs:
        return [0] * len(new)
    if len(runs) == 1:
        return [runs[0][2]] * len(new)
    there = {(one.wall, one.text) for one in kept}
    moved = [runs[0][2]] * len(new)
    for (_, last, before), (first, _, after) in pairwise(runs):
        cut = _cut(new[last + 1 : first], before, after, there) + last + 1
        moved[cut:] = [after] * (len(new) - cut)
    return moved


def agreeing(kept: Iterable[Text], new: Sequence[Text]) -> tuple[int, int]:
    """Count the long texts that stand once in both, at one time or apart by a zone; and the long
    texts that the new lines have, in the time that both tell of.
    """
    kept = list(kept)
    anchors = _anchors(kept, new)
    if not anchors:
        return 0, 0
    believed = Counter(delta for _, delta in anchors).most_common(1)[0]
    walls = [one.wall for one in kept]
    first, last = min(walls) - believed[0], max(walls) - believed[0]
    both = sum(first <= one.wall <= last for one in new if len(one.text) >= _LONG)
    return believed[1], both


def _anchors(kept: Iterable[Text], new: Sequence[Text]) -> list[tuple[int, int]]:
    """List which new lines are surely kept ones, and how far apart the two are."""
    once = _once(kept)
    anchors = []
    for text, (place, wall) in sorted(_once(new).items(), key=lambda item: item[1][0]):
        if text in once:
            delta = once[text][1] - wall
            if abs(delta) <= _FURTHEST and delta % _STEP == 0:
                anchors.append((place, delta))
    return anchors


def _once(lines: Iterable[Text]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    again: set[str] = set()
    for place, one in enumerate(lines):
        if len(one.text) < _LONG:
            continue
        if one.text in found:
            again.add(one.text)
        found[one.text] = place, one.wall
    return {text: at for text, at in found.items() if text not in again}


def _runs(anchors: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Put anchors together that agree: first line, last line, minutes.

    A run of fewer than three is an accident where there are longer ones.
    """
    runs: list[tuple[int, int, int, int]] = []
    for place, delta in anchors:
        if runs and runs[-1][2] == delta:
            first, _, _, count = runs.pop()
            runs.append((first, place, delta, count + 1))
        else:
            runs.append((place, place, delta, 1))
    most = max((run[3] for run in runs), default=0)
    sure = [run for run in runs if run[3] >= min(3, most)]
    if most < 3 and len({run[2] for run in runs}) > 1:
        votes = Counter(delta for _, delta in anchors).most_common(2)
        sure = [run for run in runs if run[2] == votes[0][0] and votes[0][1] > votes[1][1]]
    joined: list[tuple[int, int, int]] = []
    for first, last, delta, _ in sure:
        if joined and joined[-1][2] == delta:
            joined[-1] = joined[-1][0], last, delta
        else:
            joined.append((first, last, delta))
    return joined


def _cut(between: Sequence[Text], before: int, after: int, there: set[tuple[int, str]]) -> int:
    """Find how many of the lines between two runs still go with the first of them."""
    gains = [
        ((one.wall + before, one.text) in there) - ((one.wall + after, one.text) in there)
        for one in between
    ]
    best, best_at, total = 0, 0, 0
    for place, gain in enumerate(gains, 1):
        total += gain
        if total > best:
            best, best_at = total, place
    return best_at
