"""Which lines of one minute are the same message, in what is kept and in another export.

Exports name no messages. What two of them show of one minute is aligned: each keeps its order,
and what both show is one. Nothing in here knows more than that one minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FIRM: Final = 1_000_000
"""What a pair of lines counts that is surely one message. Any number of doubtful pairs in a minute
counts less than one that is sure: what was edited is found among what is left over."""

_EDITED: Final = 1_000
_DELETED: Final = 500
_SHORT: Final = 6
"""Characters from which on a text is hardly said twice in a minute."""

_MOST_CELLS: Final = 40_000
"""Pairs of lines looked at in one minute. Of a fuller one, equal lines alone are counted."""

_MOST_EDITED: Final = 400
"""Pairs of lines of one minute, one of them edited, whose likeness is reckoned. Of more, those
that are left over on either side are paired in order."""

_MOST_BETWEEN: Final = 200
_MOST_COMPARED: Final = 2_000
"""Characters of a text by which its likeness is reckoned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What a line shows, alike in every export that shows the same."""

    who: str
    """Its author, by one name in both; "" for the app, which phones let speak in other names."""

    kind: str
    """"text", "media", "deleted", "poll", "place", "system" or "empty"."""

    key: str
    """Its words, for comparing."""

    older: frozenset[str] = frozenset()
    """The keys of what it showed in other exports."""

    edited: bool = False
    media: str = ""
    """What sort of file it is, where that is told."""

    name: str = ""
    """The file's name, without what every export counts anew."""

    second: int | None = None


def score(kept: Face, new: Face) -> int:
    """Say how surely two lines of one minute are one message; 0 for not at all."""
    if "system" in (kept.kind, new.kind):
        return _said_by_app(kept, new)
    apart = _apart(kept, new)
    if kept.who != new.who or apart > 10 or (apart > 2 and len(new.key) < _SHORT):
        return 0
    sure = FIRM - apart + (0 if new.kind == "text" and len(new.key) >= _SHORT else 200)
    if new.key in kept.older:
        return sure - 20
    if "deleted" in (kept.kind, new.kind):
        return sure if kept.kind == new.kind else _DELETED
    if {kept.kind, new.kind} == {"empty", "media"}:
        return sure - 80
    if kept.kind != new.kind:
        return 0
    return _alike(kept, new, sure)


def _said_by_app(kept: Face, new: Face) -> int:
    """Compare what the app tells, which it does in the phone's language."""
    if kept.key == new.key and (kept.key or kept.kind == new.kind):
        return FIRM + 200
    return FIRM + 140 if kept.kind == new.kind else 0


def _alike(kept: Face, new: Face, sure: int) -> int:
    """Compare two of one kind by one author."""
    if kept.media and new.media and kept.media != new.media:
        return 0
    if kept.key == new.key:
        return sure - _differ(kept.name, new.name)
    if kept.kind == "media" and not (kept.key and new.key):
        return sure - 45
    return _EDITED if kept.edited or new.edited else 0


def align(kept: Sequence[Face], new: Sequence[Face]) -> list[int | None]:
    """Give for each new line which kept one it is, None where it is none of them."""
    if len(kept) * len(new) > _MOST_CELLS:
        return _counted(kept, new)
    scores = [[score(one, two) for two in new] for one in kept]
    pairs = _best(list(range(len(kept))), list(range(len(new))), scores)
    if _likened(kept, new, scores, pairs):
        pairs = _best(list(range(len(kept))), list(range(len(new))), scores)
    taken = set(pairs.values())
    loose = {new[j].who for j in range(len(new)) if j not in pairs}
    for who in sorted(loose & {kept[i].who for i in range(len(kept)) if i not in taken}):
        pairs = _by_author(who, kept, new, scores, pairs)
    taken = set(pairs.values())
    for j, face in enumerate(new):
        # Phones may have received one author's lines in another order, hardly ever short ones.
        if j in pairs or len(face.key) < _SHORT:
            continue
        for i, other in enumerate(kept):
            same = face.key == other.key or face.key in other.older
            if i not in taken and same and scores[i][j] >= FIRM // 2:
                pairs[j] = i
                taken.add(i)
                break
    return [pairs.get(j) for j in range(len(new))]


def _likened(
    kept: Sequence[Face],
    new: Sequence[Face],
    scores: list[list[int]],
    pairs: Mapping[int, int],
) -> bool:
    """Let likeness count of what may have been edited, among the lines that no sure pair has."""
    sure = {j: i for j, i in pairs.items() if scores[i][j] >= FIRM // 2}
    held = set(sure.values())
    doubtful = [
        (i, j)
        for i, row in enumerate(scores)
        if i not in held
        for j, counted in enumerate(row)
        if counted == _EDITED and j not in sure
    ]
    if not 1 < len(doubtful) <= _MOST_EDITED:
        return False
    ours = {i: Counter(kept[i].key[:_MOST_COMPARED]) for i in {i for i, _ in doubtful}}
    theirs = {j: Counter(new[j].key[:_MOST_COMPARED]) for j in {j for _, j in doubtful}}
    for i, j in doubtful:
        scores[i][j] += int(_EDITED * _likeness(ours[i], theirs[j]))
    return True


def slots(
    kept: Sequence[Face], new: Sequence[Face], pairs: Sequence[int | None], *, later: bool
) -> list[int]:
    """Give for each new line that is none of the kept before which of those it belongs: their
    number for behind all. Of others, where the one is that they are.

    Between the lines around it that both show, it stands behind all where the export is a
    `later` one, else in front. An author's own lines keep their order in any case.
    """
    after = [0] * (len(new) + 1)
    ahead: dict[str, int] = {}
    limits: list[int] = [len(kept)] * len(new)
    follows = len(kept)
    nexts = [follows] * len(new)
    for j in range(len(new) - 1, -1, -1):
        limits[j], nexts[j] = ahead.get(new[j].who, len(kept)), follows
        if (i := pairs[j]) is not None:
            follows = i
            ahead[new[j].who] = min(i, ahead.get(new[j].who, i))
    least: dict[str, int] = {}
    for j, face in enumerate(new):
        if (i := pairs[j]) is not None:
            after[j + 1] = i + 1
            least[face.who] = max(i + 1, least.get(face.who, 0))
            continue
        first, last = after[j], nexts[j]
        slot = first if last < first else _between(kept, face, first, last, later=later)
        slot = max(min(slot, limits[j]), least.get(face.who, 0))
        after[j + 1] = least[face.who] = slot
    return [i if i is not None else after[j + 1] for j, i in enumerate(pairs)]


def _between(kept: Sequence[Face], face: Face, first: int, last: int, *, later: bool) -> int:
    if face.second is None or last - first > _MOST_BETWEEN:
        return last if later else first
    told = [one.second for one in kept[first:last]]
    if None in told:
        return last if later else first
    return first + sum(second is not None and second <= face.second for second in told)


def _best(left: list[int], right: list[int], scores: list[list[int]]) -> dict[int, int]:
    """Align by the greatest sum, keeping the order of both; the last ones first where that leaves
    a choice, for what is cut off of exports is their beginning.
    """
    width = len(right)
    table = [[0] * (width + 1)]
    for i in left:
        row, above, counted = [0], table[-1], scores[i]
        for column, j in enumerate(right):
            best = max(above[column + 1], row[column])
            if counted[j] and above[column] + counted[j] > best:
                best = above[column] + counted[j]
            row.append(best)
        table.append(row)
    pairs: dict[int, int] = {}
    at, column = len(left), width
    while at and column:
        i, j = left[at - 1], right[column - 1]
        here = table[at][column]
        if scores[i][j] and here == table[at - 1][column - 1] + scores[i][j]:
            pairs[j] = i
            at, column = at - 1, column - 1
        elif here == table[at][column - 1]:
            column -= 1
        else:
            at -= 1
    return pairs


def _by_author(
    who: str,
    kept: Sequence[Face],
    new: Sequence[Face],
    scores: list[list[int]],
    pairs: dict[int, int],
) -> dict[int, int]:
    """Align one author's lines alone, where that finds more: phones may have received different
    people's in another order.
    """
    left = [i for i, face in enumerate(kept) if face.who == who]
    right = [j for j, face in enumerate(new) if face.who == who]
    own = _best(left, right, scores)
    mine = {j: i for j, i in pairs.items() if new[j].who == who}
    if sum(scores[i][j] for j, i in own.items()) <= sum(scores[i][j] for j, i in mine.items()):
        return pairs
    others = {j: i for j, i in pairs.items() if j not in mine}
    gone = set(own.values())
    return {**{j: i for j, i in others.items() if i not in gone}, **own}


def _counted(kept: Sequence[Face], new: Sequence[Face]) -> list[int | None]:
    """Pair what is equal, from the last backwards, as often as both show it."""
    places: dict[tuple[str, str, str], list[int]] = {}
    for i, face in enumerate(kept):
        for key in {face.key, *face.older}:
            places.setdefault((face.who, face.kind, key), []).append(i)
    taken: set[int] = set()
    pairs: list[int | None] = [None] * len(new)
    for j in range(len(new) - 1, -1, -1):
        found = places.get((new[j].who, new[j].kind, new[j].key), [])
        while found and found[-1] in taken:
            found.pop()
        if found:
            place = pairs[j] = found.pop()
            taken.add(place)
    return pairs


def _apart(kept: Face, new: Face) -> int:
    if kept.second is None or new.second is None:
        return 0
    return abs(kept.second - new.second)


def _differ(one: str, two: str) -> int:
    if one == two:
        return 0
    return 40 if one and two else 30


def _likeness(one: Counter[str], two: Counter[str]) -> float:
    """Say how many characters two texts share, of all that they have."""
    return 2 * (one & two).total() / max(1, one.total() + two.total())
