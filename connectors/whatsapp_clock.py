"""The minutes of an export: by the clock of the phone that made it, by hers, and in UTC.

An export tells the time by the phone's clock and names no zone. Minutes are counted from 1970,
once by the clock on the wall and once in UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from connectors.errors import ConfigError

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  the wall's
_LONG: Final = 20
"""Characters from which on a text said once is known again anywhere."""

_FURTHEST: Final = 15 * 60
"""Minutes: hardly anybody travels further, and what is said daily is no clock."""

_STEP: Final = 15
"""Minutes: every zone is a multiple of it away from every other."""

_SEASONS: Final = 120
"""Minutes: by so much two zones come nearer and part again within a year."""

_COMMON: Final = 200
"""Times that a text is said and still tells anything."""

_CHOICES: Final = 6
_DOUBT: Final = 3
"""By how much a stretch that was moved must meet more than one that was not."""

_MANY: Final = 4
"""Minutes that tell of one shift, which chance does not bring together."""

_AROUND: Final = 60
_JITTER: Final = 5


def on_wall(at: datetime) -> int:
    """Count the minutes of a moment without a zone."""
    return (at - _EPOCH) // timedelta(minutes=1)


def turned(wall: int) -> int:
    """Exchange day and month of a minute; the minute itself where that makes none."""
    at = _EPOCH + timedelta(minutes=wall)
    return on_wall(at.replace(month=at.day, day=at.month)) if at.day <= 12 else wall


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
        except (OSError, ValueError, KeyError):
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
    other days. Long texts that stand once in both say which shifts there may be, or where there
    are none, all texts; most lines then meet by one or two of them, each for a stretch. What is
    said again is no clock: one text alone moves nothing.
    """
    kept = list(kept)
    anchors = dict(_anchors(kept, new))
    told = _believed(anchors, kept, new) or _by_all(kept, new)
    anchors = {place: by for place, by in anchors.items() if by in told}
    choices = [0, *(by for by, _ in told.most_common(_CHOICES) if by)]
    if len(choices) == 1:
        return [0] * len(new)
    there = {(one.wall, one.text) for one in kept}
    best = [-_DOUBT - 2 if by else 0 for by in choices]
    came: list[list[int]] = []
    for place, one in enumerate(new):
        weight = 4 if place in anchors else 1
        top = max(range(len(choices)), key=best.__getitem__)
        turned = best[top] - _DOUBT
        came.append([top if turned > here else n for n, here in enumerate(best)])
        best = [
            max(here, turned) + weight * ((one.wall + by, one.text) in there)
            for here, by in zip(best, choices, strict=True)
        ]
    n = max(range(len(choices)), key=best.__getitem__)
    moved = []
    for step in reversed(came):
        moved.append(choices[n])
        n = step[n]
    return moved[::-1]


def _believed(
    anchors: Mapping[int, int], kept: Sequence[Text], new: Sequence[Text]
) -> Counter[int]:
    """Count the minutes that tell of each shift: of none at all, of one that several tell of, or of
    one beside that, for clocks elsewhere change in another week. Where only two or three tell of
    it, what stands around them has to meet too: a shop's machine says the same texts every time.
    """
    told = Counter(by for by, _ in {(by, new[place].wall) for place, by in anchors.items()})
    sure = []
    for by, minutes in told.items():
        if by and minutes > 1:
            walls = [new[place].wall for place, one in anchors.items() if one == by]
            span = range(min(walls) - _AROUND, max(walls) + _AROUND + 1)
            if minutes >= _MANY or _meets(kept, new, by, span):
                sure.append(by)
    return Counter(
        {
            by: minutes
            for by, minutes in told.items()
            if not by or any(abs(by - one) <= _SEASONS for one in sure)
        }
    )


def _meets(kept: Sequence[Text], new: Sequence[Text], by: int, span: range) -> bool:
    """Tell whether nearly all that either says within a span of the new clock, and of which the
    other tells as well, is in both.
    """
    mine = Counter((one.wall, one.text) for one in new if one.wall in span)
    theirs = Counter((one.wall - by, one.text) for one in kept if one.wall - by in span)
    return all(
        sum((one & other).values()) * 5 > 4 * sum(n for (wall, _), n in one.items() if wall in both)
        for one, other, both in (
            (mine, theirs, _range(one.wall - by for one in kept)),
            (theirs, mine, _range(one.wall for one in new)),
        )
    )


def _range(walls: Iterable[int]) -> range:
    told = list(walls)
    return range(min(told), max(told) + 1) if told else range(0)


def _by_all(kept: Sequence[Text], new: Sequence[Text]) -> Counter[int]:
    """Count how often equal texts meet by a shift, where nothing long tells it. Most lines of the
    time that both then tell of have to: what is short is said at any time.
    """
    walls: dict[str, set[int]] = {}
    for one in kept:
        walls.setdefault(one.text, set()).add(one.wall)
    told = [one for one in new if len(walls.get(one.text, ())) <= _COMMON]
    votes = Counter(wall - one.wall for one in told for wall in walls.get(one.text, ()))
    theirs, mine = _range(one.wall for one in kept), _range(one.wall for one in new)
    found: Counter[int] = Counter()
    for by, met in votes.items():
        if abs(by) <= _FURTHEST and by % _STEP == 0:
            both = sum(one.wall + by in theirs for one in told)
            held = sum(one.wall - by in mine for one in kept)
            found[by] = met if met * 2 > both and met * 5 > held * 4 else 0
    return +found


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
