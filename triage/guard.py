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

import enum
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Final, Protocol, TypeAlias

from normalizer.model import Direction
from normalizer.text import block, fold
from store.lexicon import Heard, Known, Lexicon
from store.views import ItemView
from triage.everyday import (
    ALWAYS_CAPITAL,
    BEFORE_NAMES,
    BEFORE_NOUNS,
    EVERYDAY,
    GREETINGS,
    MACHINES,
    PUBLIC,
)

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

_LONGEST: Final = 8
"""Words of a name that are compared."""

_WORD: Final = re.compile(r"[^\W_]+")
_ADDRESS: Final = re.compile(r"[\w.@+-]+")
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n")
_LINK: Final = re.compile(r"https?://\S+|www\.\S+")
_ENDS: Final = frozenset(".!?…\n")
_BEGINS: Final = frozenset(":;¿¡•–—-*")
_HANDLE: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")

Key: TypeAlias = tuple[str, ...]


class Sort(enum.StrEnum):
    """What of another client's stands in a draft."""

    RECIPIENT = "recipient"
    NAME = "name"
    PERSON = "person"
    PLACE = "place"
    ADDRESS = "address"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a draft that this client does not have."""

    sort: Sort
    words: str
    """As they stand in the draft; of a recipient, the address."""

    owner: str
    """Whose they are: a client's slug, "" where a recipient is nobody's."""

    @property
    def stops(self) -> bool:
        """Whether only the client's name, typed, lets it go."""
        return self.sort is Sort.RECIPIENT


class Memory(Protocol):
    """What was said with clients; `store.reader.Reader` is one."""

    def heard(self, words: str) -> Heard:
        """Say with which clients words in a row were said."""

    def said(self, client_id: int, words: str) -> tuple[list[str], bool]:
        """Give what holds them of all that was said with one client; True: there is more."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a text."""

    word: str
    """Folded."""

    start: int
    end: int
    begins: bool
    """Its sentence, or what may be one."""

    proper: bool
    """Written like a name: a capital inside a sentence that has others without."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place in a text where something stands that may be another's."""

    key: Key
    sort: Sort
    owners: frozenset[int]
    start: int
    end: int
    lone: bool = False
    """It takes two that point to one client."""

    common: bool = False
    """It counts as long as nobody but its owner uses the word."""


def findings(
    text: str, client: str, lexicon: Lexicon, memory: Memory, recipients: Iterable[str] = ()
) -> list[Finding]:
    """Compare a draft for `client`, a slug, with what is known of all the others.

    `recipients` are the addresses it goes to, where it goes to addresses.
    """
    own = next(one for one in lexicon.clients if one.slug == client)
    names = _Names(own, lexicon)
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


def recipients(item: ItemView) -> tuple[str, ...]:
    """Give the addresses that an answer to a mail goes to: whoever wrote last, but for the VA."""
    if item.row.channel_kind != "imap":
        return ()
    came = [one for one in item.messages if one.direction is Direction.IN and one.author.handle]
    return (came[-1].author.handle,) if came else ()


def is_called(client: str, name: str, typed: str) -> bool:
    """Tell whether she typed this client's name, or its short one."""
    given = _words(typed)
    return bool(given) and given in {_words(client), _words(name)}


def _words(text: str) -> Key:
    return tuple(fold(one) for one in _WORD.findall(text))


def _is_everyday(words: Iterable[str]) -> bool:
    return all(word in EVERYDAY or len(word) < 3 or word.isdigit() for word in words)


def _domain(handle: str) -> str:
    """Give the domain of an address of somebody; "" where it is a machine's, or anybody's."""
    local, at, domain = fold(handle).rpartition("@")
    if not local and ":" in domain:  # @user:homeserver
        at, domain = "@", domain.partition(":")[2]
    known = at and "." in domain and local not in MACHINES
    return domain if known and not _suffixes(domain) & PUBLIC else ""


def _suffixes(host: str) -> set[str]:
    labels = host.split(".")[-6:]
    return {".".join(labels[at:]) for at in range(len(labels) - 1)}


@dataclass(frozen=True, slots=True)
class _Named:
    """A name of others'."""

    sort: Sort
    owners: frozenset[int]
    weak: bool = False
    """Even written like a name it takes two."""

    whole: bool = False
    """It is all that a client is called."""


@dataclass(frozen=True)
class _Names:
    """Whose names are whose, seen from one client."""

    own: Known
    lexicon: Lexicon

    @cached_property
    def others(self) -> list[Known]:
        return [one for one in self.lexicon.clients if one.id != self.own.id]

    @cached_property
    def own_words(self) -> frozenset[str]:
        """All words in this client's own names."""
        own = self.own
        names = [own.slug, own.name, *own.places, *(one.name for one in own.people)]
        return frozenset(word for name in names for word in _words(name))

    @cached_property
    def own_names(self) -> list[frozenset[str]]:
        own = self.own
        names = {own.slug, own.name, *own.places, *(one.name for one in own.people)}
        return [frozenset(_words(name)) for name in names]

    def is_own(self, key: Key) -> bool:
        """Tell whether a name of this client's holds all its words."""
        words = set(key)
        return words <= self.own_words and any(words <= name for name in self.own_names)

    @cached_property
    def handles(self) -> dict[str, int]:
        """Whose each address is, of this client's -1."""
        found = {fold(p.handle): one.id for one in self.others for p in one.people if p.handle}
        return found | {fold(one.handle): -1 for one in self.own.people if one.handle}

    @cached_property
    def domains(self) -> dict[str, int]:
        """Whose each domain is; those of two clients, this one's and the VA's are nobody's."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for one in self.lexicon.clients:
            for person in one.people:
                found[_domain(person.handle)].add(one.id)
        hers = {fold(handle).rpartition("@")[2] for handle in self.lexicon.hers}
        return {
            domain: min(owners) for domain, owners in found.items()
            if domain and len(owners) == 1 and self.own.id not in owners and domain not in hers
        }  # fmt: skip

    def named(self, words: frozenset[str]) -> Mapping[Key, _Named]:
        """Give the others' names that begin with one of `words`, and whose they are."""
        found: dict[Key, _Named] = {}
        for one in self.others:
            for key, name in _called(one, words):
                if self.is_own(key):
                    continue
                before = found.get(key, name)
                found[key] = replace(
                    before, owners=before.owners | name.owners, weak=before.weak and name.weak,
                    whole=before.whole or name.whole,
                )  # fmt: skip
        return found

    @cached_property
    def first_names(self) -> Mapping[str, frozenset[int]]:
        """Whose people each first name belongs to; none that is in a name of this client's."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for one in self.others:
            for person in one.people:
                words = _words(person.name)
                if words and len(words[0]) > 2 and words[0] not in self.own_words:
                    found[words[0]].add(one.id)
        return {word: frozenset(owners) for word, owners in found.items()}

    def marks(self, text: str) -> Iterator[_Mark]:
        """Find what may be another's, from the text alone, a paragraph at a time."""
        paragraphs = list(_paragraphs(text))
        named = self.named(frozenset(token.word for each in paragraphs for token in each))
        yield from self._addresses(text)
        small = not any(char.isupper() for char in text)
        for tokens in paragraphs:
            at = 0
            while at < len(tokens):
                mark = self._name(tokens, at, named, small=small)
                mark = mark or self._first_name(text, tokens, at)
                if mark is not None:
                    yield mark
                at += len(mark.key) if mark else 1

    @staticmethod
    def _name(
        tokens: Sequence[_Token], at: int, named: Mapping[Key, _Named], *, small: bool
    ) -> _Mark | None:  # fmt: skip
        """Find the longest name that begins here."""
        for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
            here = tokens[at : at + size]
            key = tuple(one.word for one in here)
            if key not in named:
                continue
            name = named[key]
            mark = _Mark(key, name.sort, name.owners, here[0].start, here[-1].end, lone=name.weak)
            if name.sort is Sort.PLACE and at and tokens[at - 1].word in BEFORE_NAMES:
                return replace(mark, lone=False)
            if any(one.proper and len(one.word) > 1 for one in here):
                return mark
            whole = name.whole and len(key) > 1
            if whole or len(key) > 2 or not _is_everyday(key) or (small and _is_bare(tokens, at)):
                return replace(mark, common=True)
        return None

    def _first_name(self, text: str, tokens: Sequence[_Token], at: int) -> _Mark | None:
        token = tokens[at]
        owners = self.first_names.get(token.word)
        if not owners:
            return None
        greeted = _is_greeted(text, tokens, at)
        if not (greeted or token.proper):
            return None
        return _Mark((token.word,), Sort.PERSON, owners, token.start, token.end, lone=not greeted)

    def _addresses(self, text: str) -> Iterator[_Mark]:
        for match in _ADDRESS.finditer(text):
            whole = fold(match[0]).strip(".-+")
            if "." not in whole:
                continue
            owner = self.handles.get(whole)
            host = whole.rpartition("@")[2]
            known = next((one for one in _suffixes(host) if one in self.domains), None)
            if owner is None and known is not None:
                owner, whole = self.domains[known], known
            if owner is not None and owner >= 0:
                yield _Mark((whole,), Sort.ADDRESS, frozenset({owner}), *match.span())


def _called(one: Known, words: frozenset[str]) -> Iterator[tuple[Key, _Named]]:
    """Give the names by which a client, its people and its places are known, that begin with one
    of `words`.
    """
    owners = frozenset({one.id})
    name, slug = _words(one.name), _words(one.slug)
    people = {_words(person.name) for person in one.people}
    called: list[tuple[Key, Sort]] = [(name, Sort.NAME)]
    # Of a longer name, the words that could be nobody else's.
    called += [((word,), Sort.NAME) for word in name if len(word) > 3 and not _is_everyday([word])]
    for who in people:
        if len(who) > 1 and who[0] in words:
            called += [(who, Sort.PERSON), *(((who[0], last), Sort.PERSON) for last in who[1:])]
    for place in map(_words, one.places):
        # A chat with somebody is called by their name.
        if not any(place == who[: len(place)] for who in people):
            called.append((place, Sort.PLACE))
    for key, sort in called:
        if key and key[0] in words:
            weak = len(key) == 1 and key[0] in ALWAYS_CAPITAL
            yield key[:_LONGEST], _Named(sort, owners, weak=weak, whole=key == name)
    if slug and slug[0] in words:
        # What she calls a client for herself is a name where it is one to others.
        weak = slug != name and _is_everyday(slug)
        yield slug, _Named(Sort.NAME, owners, weak=weak)


def _is_bare(tokens: Sequence[_Token], at: int) -> bool:
    """Tell whether a word inside a sentence stands where names do and nouns mostly do not: after
    no article, and nothing else that goes before nouns. Where she writes no capitals, no more is
    to be had.
    """
    return not tokens[at].begins and tokens[at - 1].word not in BEFORE_NOUNS


def _tokens(text: str) -> Iterator[_Token]:
    """Cut a text into words, and see which are written like names."""
    links = {match.end() for match in _LINK.finditer(text)}
    sentence: list[tuple[re.Match[str], bool]] = []
    before = 0
    for match in _WORD.finditer(text):
        between = text[before : match.start()]
        ended = not _ENDS.isdisjoint(between) or any(
            at in links for at in range(before, match.start())
        )
        if ended:
            yield from _sentence(sentence)
            sentence = []
        sentence.append((match, not sentence or not _BEGINS.isdisjoint(between)))
        before = match.end()
    yield from _sentence(sentence)


def _sentence(words: Sequence[tuple[re.Match[str], bool]]) -> Iterator[_Token]:
    """In a sentence without small letters a capital says nothing."""
    small = any(match[0][:1].islower() and len(match[0]) > 1 for match, _ in words)
    for match, begins in words:
        proper = small and match[0][:1].isupper() and not begins
        yield _Token(fold(match[0]), match.start(), match.end(), begins=begins, proper=proper)


def _is_greeted(text: str, tokens: Sequence[_Token], at: int) -> bool:
    """Tell whether a word of a paragraph is spoken to: "Hola, Ana", "Dear Ana", or it stands first
    with a comma or a dash after it.
    """
    if any(token.word not in GREETINGS for token in tokens[max(0, at - 4) : at]) or at > 4:
        return False
    after = text[tokens[at].end : tokens[at].end + 3].lstrip(" ")
    return at > 0 or after[:1] in {",", ":", "-", "–", "—"}


def _unlike(
    marks: Sequence[_Mark], draft: str, names: _Names, memory: Memory
) -> list[_Mark]:  # fmt: skip
    """Leave out what this client has said as well, and what others say too."""
    each: dict[tuple[Key, bool], _Mark] = {}
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


def _is_like(mark: _Mark, other: _Mark) -> bool:
    return mark.key == other.key and (mark.lone or not other.lone)


def _phrases(draft: str, own: int, memory: Memory) -> Iterator[tuple[int, int, int]]:
    """Find what was said with one other client, and never with this one: start, end, whose."""
    windows: list[Sequence[_Token]] = []
    for paragraph in _paragraphs(draft):
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
        words = _words(draft[start:end])
        if len(words) >= LONG or sum(not _is_everyday([word]) for word in set(words)) >= RARE:
            yield start, end, owner


def _paragraphs(draft: str) -> Iterator[list[_Token]]:
    """Cut a draft at its empty lines: what stands on both sides was not said in a row."""
    last = None
    part: list[_Token] = []
    for token in _tokens(draft):
        if last is not None and _PARAGRAPH.search(draft, last.end, token.start):
            yield part
            part = []
        part.append(token)
        last = token
    yield part


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
    recipients: Iterable[str], names: _Names, slugs: Mapping[int, str]
) -> Iterator[Finding]:
    hers = {fold(handle) for handle in names.lexicon.hers}
    for address in recipients:
        owner = names.handles.get(fold(address))
        if owner == -1 or fold(address) in hers:
            continue
        if owner is None:
            host = fold(address).rpartition("@")[2]
            found = [names.domains[one] for one in _suffixes(host) if one in names.domains]
            owner = found[0] if found else None
        yield Finding(Sort.RECIPIENT, address, "" if owner is None else slugs[owner])
