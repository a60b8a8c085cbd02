"""What is called by whom, seen from one client: the names, people, places and addresses of all the
others that it does not have itself. Pure.
"""

from __future__ import annotations

import enum
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from normalizer.text import fold
from store.lexicon import Known, Lexicon
from triage.everyday import ALWAYS_CAPITAL, BEFORE_NAMES, MACHINES, PUBLIC
from triage.wording import WORD, Key, Token, is_bare, is_everyday, is_greeted, paragraphs, words_of

_LONGEST: Final = 8
"""Words of a name that are compared."""

_ADDRESS: Final = re.compile(r"[\w.@+-]+")


class Sort(enum.StrEnum):
    """What of another client's is in a draft, or in a file that goes with it."""

    RECIPIENT = "recipient"
    NAME = "name"
    PERSON = "person"
    PLACE = "place"
    ADDRESS = "address"
    PHRASE = "phrase"
    FOLDER = "folder"
    FILE = "file"
    LIKE_FILE = "like_file"
    FILE_NAME = "file_name"


@dataclass(frozen=True, slots=True)
class Mark:
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


def _domain(handle: str) -> str:
    """Give the domain of an address of somebody; "" where it is a machine's, or anybody's."""
    local, at, domain = fold(handle).rpartition("@")
    if not local and ":" in domain:  # @user:homeserver
        at, domain = "@", domain.partition(":")[2]
    known = at and "." in domain and local not in MACHINES
    return domain if known and not suffixes(domain) & PUBLIC else ""


def suffixes(host: str) -> set[str]:
    """Give a host and the domains that it lies in."""
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

    short: bool = False
    """It is what she calls a client for herself."""

    coined: bool = False
    """No word of any language: it is written in capitals also where others are not."""

    def shared(self, other: _Named) -> _Named:
        """Give the name as two know it."""
        return _Named(
            self.sort, self.owners | other.owners, weak=self.weak and other.weak,
            whole=self.whole or other.whole, short=self.short or other.short,
            coined=self.coined or other.coined,
        )  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Whose names are whose, seen from one client."""

    own: Known
    lexicon: Lexicon

    @cached_property
    def others(self) -> list[Known]:
        """All clients but this one."""
        return [one for one in self.lexicon.clients if one.id != self.own.id]

    @cached_property
    def own_words(self) -> frozenset[str]:
        """All words in this client's own names."""
        own = self.own
        names = [own.slug, own.name, *own.places, *(one.name for one in own.people)]
        return frozenset(word for name in names for word in words_of(name))

    @cached_property
    def own_names(self) -> list[frozenset[str]]:
        """The words of each of them."""
        own = self.own
        names = {own.slug, own.name, *own.places, *(one.name for one in own.people)}
        return [frozenset(words_of(name)) for name in names]

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

    @cached_property
    def named(self) -> Mapping[Key, _Named]:
        """The others' names, and whose they are."""
        found: dict[Key, _Named] = {}
        for one in self.others:
            for key, name in _called(one):
                before = found.get(key)
                found[key] = name if before is None else before.shared(name)
        return found

    @cached_property
    def first_names(self) -> Mapping[str, frozenset[int]]:
        """Whose people each first name belongs to; none that is in a name of this client's."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for one in self.others:
            for person in one.people:
                words = words_of(person.name)
                if words and len(words[0]) > 2 and words[0] not in self.own_words:
                    found[words[0]].add(one.id)
        return {word: frozenset(owners) for word, owners in found.items()}

    def marks(self, text: str) -> Iterator[Mark]:
        """Find what may be another's, from the text alone, a paragraph at a time."""
        parts = list(paragraphs(text))
        yield from self._addresses(text)
        small = not any(char.isupper() for char in text)
        for tokens in parts:
            at = 0
            while at < len(tokens):
                mark = self._name(tokens, at, small=small)
                mark = mark or self._first_name(text, tokens, at)
                if mark is not None:
                    yield mark
                at += len(mark.key) if mark else 1

    def _name(self, tokens: Sequence[Token], at: int, *, small: bool) -> Mark | None:
        """Find the longest name that begins here."""
        for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
            here = tokens[at : at + size]
            key = tuple(one.word for one in here)
            name = self.named.get(key)
            if name is None or self.is_own(key):
                continue
            mark = Mark(key, name.sort, name.owners, here[0].start, here[-1].end, lone=name.weak)
            if name.sort is Sort.PLACE and at and tokens[at - 1].word in BEFORE_NAMES:
                return replace(mark, lone=False)
            if any(one.proper and len(one.word) > 1 for one in here):
                return mark
            if _is_small_name(name, key, tokens, at, small=small):
                return replace(mark, common=True)
        return None

    def _first_name(self, text: str, tokens: Sequence[Token], at: int) -> Mark | None:
        token = tokens[at]
        owners = self.first_names.get(token.word)
        if not owners:
            return None
        greeted = is_greeted(text, tokens, at)
        if not (greeted or token.proper):
            return None
        return Mark((token.word,), Sort.PERSON, owners, token.start, token.end, lone=not greeted)

    def _addresses(self, text: str) -> Iterator[Mark]:
        for match in _ADDRESS.finditer(text):
            whole = fold(match[0]).strip(".-+")
            if "." not in whole:
                continue
            owner = self.handles.get(whole)
            host = whole.rpartition("@")[2]
            known = next((one for one in suffixes(host) if one in self.domains), None)
            if owner is None and known is not None:
                owner, whole = self.domains[known], known
            if owner is not None and owner >= 0:
                yield Mark((whole,), Sort.ADDRESS, frozenset({owner}), *match.span())


def _called(one: Known) -> Iterator[tuple[Key, _Named]]:
    """Give the names by which a client, its people and its places are known."""
    owners = frozenset({one.id})
    name, slug = words_of(one.name), words_of(one.slug)
    people = {words_of(person.name)[:_LONGEST] for person in one.people}
    beginnings = {who[:size] for who in people for size in range(1, len(who) + 1)}
    called: list[tuple[Key, Sort]] = [(name, Sort.NAME)]
    # Of a longer name, the words that could be nobody else's.
    called += [((word,), Sort.NAME) for word in name if len(word) > 3 and not is_everyday([word])]
    for who in people:
        if len(who) > 1:
            called += [(who, Sort.PERSON), *(((who[0], last), Sort.PERSON) for last in who[1:])]
    # A chat with somebody is called by their name.
    places = {words_of(place) for place in one.places}
    called += [(place, Sort.PLACE) for place in places - beginnings]
    coined = {fold(word) for word in WORD.findall(one.name) if not word[1:].islower() and word[1:]}
    for key, sort in called:
        if key:
            yield key[:_LONGEST], _Named(
                sort, owners, weak=len(key) == 1 and key[0] in ALWAYS_CAPITAL, whole=key == name,
                coined=sort is Sort.NAME and len(key) == 1 and key[0] in coined,
            )  # fmt: skip
    if slug:
        # What she calls a client for herself is a name where it is one to others.
        weak = slug != name and is_everyday(slug)
        yield slug, _Named(Sort.NAME, owners, weak=weak, short=True)


def _is_small_name(
    name: _Named, key: Key, tokens: Sequence[Token], at: int, *, small: bool
) -> bool:  # fmt: skip
    """Tell whether a name counts that is not written like one.

    Two words do where one of them is not everyday, and three. One word is a noun, mostly: it has
    to stand where no noun does. Boards are called by nouns, so that one of them counts only where
    she writes no capitals at all (`small`), and without an article after "in".
    """
    if len(key) > 1:
        return name.whole or len(key) > 2 or not is_everyday(key)
    if name.coined:
        return True
    bare, before = is_bare(tokens, at), tokens[at - 1].word if at else ""
    if name.sort is Sort.NAME and (name.whole or name.short) and not is_everyday(key):
        return bare
    if name.sort is Sort.PLACE:
        return small and before in {"en", "in"}
    return bare and small and name.whole
