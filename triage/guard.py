"""Whether a draft may be meant for another client than the one in whose item it stands. Pure.

The draft is compared with what belongs to others, word by word, without regard to case, accents
and signs: their names, people, places and addresses, and what was said with them. What this client
has too never alarms, nor what was said with this client before, in the same way.

A name alarms where it is written like one, with a capital inside a sentence, or where it is no
everyday word: not in `triage.everyday`, and never said with anybody but its owner. A lone first
name does in a greeting; elsewhere it takes two that point to the same client. Six words in a row
do where they were said with one other client alone, and hold two words that are not everyday.

Cost: the names of all clients are looked through once, the draft once; of the draft at most
`WINDOWS` runs of six words and `MARKS` names are looked up, each in a time that does not grow with
the database (`store.lexicon`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

from normalizer.text import block, fold
from store.lexicon import Heard, Lexicon
from triage.belongings import Mark, Names, Sort, suffixes
from triage.wording import Key, Token, is_everyday, paragraphs, words_of

RUN: Final = 6
"""Words in a row that are nobody's by chance."""

RARE: Final = 2
"""Words among them, at least, that are not everyday; or else it takes `LONG` of them."""

LONG: Final = 8

WINDOWS: Final = 400
"""Runs of a draft that are looked up: all of them up to some 400 words, of a longer one every
second, third…: what was copied is longer than a run."""

MARKS: Final = 60
"""Names in a draft that are looked up; more than that is alarm enough."""


_STOPPING: Final = frozenset({Sort.RECIPIENT, Sort.FOLDER, Sort.FILE})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a draft, or sent with it, that this client does not have."""

    sort: Sort
    words: str
    """As they stand in the draft; of a recipient the address, of a file its name, or its path."""

    owner: str
    """Whose they are: a client's slug, "" where a recipient is nobody's."""

    @property
    def stops(self) -> bool:
        """Whether only the client's name, typed, lets it go."""
        return self.sort in _STOPPING


class Memory(Protocol):
    """What was said with clients; `store.reader.Reader` is one."""

    def heard(self, words: str) -> Heard:
        """Say with which clients words in a row were said."""

    def said(self, client_id: int, words: str) -> tuple[list[str], bool]:
        """Give what holds them of all that was said with one client; True: there is more."""


def findings(
    text: str, client: str, lexicon: Lexicon, memory: Memory, recipients: Iterable[str] = ()
) -> list[Finding]:
    """Compare a draft for `client`, a slug, with what is known of all the others.

    `recipients` are the addresses it goes to, where it goes to addresses.
    """
    own = next(one for one in lexicon.clients if one.slug == client)
    names = Names(own, lexicon)
    slugs = {one.id: one.slug for one in lexicon.clients}
    # Made whole and never longer: what is cleaned away would be sent unseen.
    draft = block(text, 50 * len(text) + 1)
    marks = _unlike(list(names.marks(draft)), draft, names, memory)
    found = list(_recipients(recipients, names, slugs))
    found += [
        Finding(one.sort, draft[one.start : one.end], slugs[min(one.owners)]) for one in marks
    ]
    found += [
        Finding(Sort.PHRASE, draft[start:end], slugs[owner])
        for start, end, owner in _phrases(draft, own.id, memory)
        if owner in slugs
    ]
    return list(dict.fromkeys(found))


def is_called(client: str, name: str, typed: str) -> bool:
    """Tell whether she typed this client's name, or its short one."""
    given = words_of(typed)
    return bool(given) and given in {words_of(client), words_of(name)}


def _unlike(
    marks: Sequence[Mark], draft: str, names: Names, memory: Memory
) -> list[Mark]:  # fmt: skip
    """Leave out what this client has said as well, and what others say too."""
    each: dict[tuple[Key, bool], Mark] = {}
    for mark in marks:
        each.setdefault((mark.key, mark.lone), mark)
    left = []
    for mark in list(each.values())[:MARKS]:
        words = mark.key[0] if mark.sort is Sort.ADDRESS else draft[mark.start : mark.end]
        if mark.common and memory.heard(words).clients - mark.owners:
            continue
        texts, more = memory.said(names.own.id, words)
        if more or any(_is_like(mark, one) for text in texts for one in names.marks(text)):
            continue
        left.append(mark)
    pointing: defaultdict[int, set[Key]] = defaultdict(set)
    for mark in left:
        for owner in mark.owners:
            pointing[owner].add(mark.key)
    return [
        mark for mark in left
        if not mark.lone or any(len(pointing[owner]) > 1 for owner in mark.owners)
    ]  # fmt: skip


def _is_like(mark: Mark, other: Mark) -> bool:
    return mark.key == other.key and (mark.lone or not other.lone)


def _phrases(draft: str, own: int, memory: Memory) -> Iterator[tuple[int, int, int]]:
    """Find what was said with one other client, and never with this one: start, end, whose."""
    windows: list[Sequence[Token]] = []
    for paragraph in paragraphs(draft):
        windows += [paragraph[at : at + RUN] for at in range(len(paragraph) - RUN + 1)]
    step = -(-len(windows) // WINDOWS) or 1
    is_common = cache(lambda word: memory.heard(word).many)
    theirs: list[tuple[int, int, int]] = []
    for window in windows[::step]:
        # Of words that all stand everywhere nobody could say whose they are, nor count them soon.
        if all(is_common(one.word) for one in window):
            continue
        heard = memory.heard(draft[window[0].start : window[-1].end])
        if len(heard.clients) == 1 and own not in heard.clients and not heard.many:
            theirs.append((window[0].start, window[-1].end, min(heard.clients)))
    for start, end, owner in _joined(theirs):
        words = words_of(draft[start:end])
        if len(words) >= LONG or sum(not is_everyday([word]) for word in set(words)) >= RARE:
            yield start, end, owner


def _joined(runs: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Put runs of the same client together where they overlap."""
    whole: list[tuple[int, int, int]] = []
    for start, end, owner in runs:
        if whole and start < whole[-1][1] and owner == whole[-1][2]:
            whole[-1] = (whole[-1][0], end, owner)
        else:
            whole.append((start, end, owner))
    return whole


def _recipients(
    recipients: Iterable[str], names: Names, slugs: Mapping[int, str]
) -> Iterator[Finding]:
    hers = {fold(handle) for handle in names.lexicon.hers}
    for address in recipients:
        owner = names.handles.get(fold(address))
        if owner == -1 or fold(address) in hers:
            continue
        if owner is None:
            host = fold(address).rpartition("@")[2]
            found = [names.domains[one] for one in suffixes(host) if one in names.domains]
            owner = found[0] if found else None
        yield Finding(Sort.RECIPIENT, address, "" if owner is None else slugs[owner])
