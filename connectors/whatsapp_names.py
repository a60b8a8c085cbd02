"""Who is who in two exports of one chat: phones call people as their address books do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.whatsapp_align import Face

_LONG: Final = 12
"""Characters from which on a text speaks for its author alone."""

_SURE: Final = 8
"""Votes of a long text, or of many short ones."""

Minute = tuple[Sequence[tuple[str, Face]], Sequence[tuple[str, Face]]]
"""What is kept of one minute and what an export shows of it: author as written, and line."""


@dataclass(frozen=True, slots=True)
class Authors:
    """One name for each person, whatever they are called."""

    told: Mapping[str, str]

    def of(self, sender: str) -> str:
        """Give the name by which somebody goes in both exports."""
        return self.told.get(sender, sender)


def known(aliases: Mapping[str, str], cast: Iterable[str]) -> Authors:
    """Apply what was learned from earlier exports; two names of one export are two people."""
    held = Counter(aliases.get(sender, sender) for sender in set(cast))
    return Authors({old: new for old, new in aliases.items() if held[new] < 2})


def recognised(
    minutes: Iterable[Minute],
    before: Authors,
    *,
    strangers: set[str],
    newcomers: set[str],
    cast: set[str],
    apart: Callable[[str, str], bool],
) -> dict[str, str]:
    """Tell who of the `strangers`, whom an export does not name, is whom of its `cast`: who said
    the same in the same minutes, more often than not. `newcomers` are those of the cast whom no
    earlier export named; `apart` tells that two names stood in one export.
    """
    votes: dict[str, Counter[str]] = {}
    for kept, new in minutes:
        for old, name, weight in _pairs(kept, new, before, strangers, newcomers):
            votes.setdefault(old, Counter())[name] += weight
    found: dict[str, str] = {}
    for old, tally in sorted(votes.items(), key=lambda item: (-max(item[1].values()), item[0])):
        name, count = tally.most_common(1)[0]
        taken = any(other == name and apart(one, old) for one, other in found.items())
        if count * 2 > tally.total() and name in cast and not taken:
            found[old] = name
    return found


def _pairs(
    kept: Sequence[tuple[str, Face]],
    new: Sequence[tuple[str, Face]],
    before: Authors,
    strangers: set[str],
    newcomers: set[str],
) -> Iterator[tuple[str, str, int]]:
    """Pair who said the same as often in one minute: strangers with newcomers, else all."""
    left, right = _by_words(kept, before), _by_words(new, before)
    for words, senders in left.items():
        weight = _SURE if len(words[1]) >= _LONG and len(set(senders)) == 1 else 1
        others = right.get(words, [])
        some = [one for one in senders if one in strangers]
        rest = list((Counter(others) - Counter(senders)).elements())
        for mine, theirs in (
            (some, [one for one in others if one in newcomers]),
            (some, rest),
            (senders, others),
        ):
            if len(mine) == len(theirs):
                yield from (
                    (old, name, weight)
                    for old, name in zip(mine, theirs, strict=True)
                    if old in strangers
                )
                break


def _by_words(
    lines: Sequence[tuple[str, Face]], before: Authors
) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for sender, face in lines:
        if face.who:
            words = (face.kind, "" if face.kind == "media" else face.key)
            found.setdefault(words, []).append(before.of(sender))
    return found
