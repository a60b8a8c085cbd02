"""What is known of each client by name, and who has said what: for comparing a draft with it.

The one place that looks at several clients at once, to keep them apart. Every row says whose it
is, and what was said is given for one client at a time.

Cost: `lexicon` reads the people once and the items once, two scans without an index (0.2 s for
100,000 items); `heard` stops after `MANY` documents and `said` after `SEEN`, whatever the size of
the database. On SQLite a look-up of words in a row walks the places of the rarest of them, so that
who asks for rare words only (`heard` tells which are) has an answer in constant time. PostgreSQL
collects the places of its words first.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from normalizer.model import Kind, Person
from store.codes import KINDS, unpack
from store.search import fts5, searchable, tsquery
from store.sources import Source

MANY: Final = 2_000
"""Documents after which nobody counts on: the words stand everywhere."""

SEEN: Final = 20_000
"""Documents that are looked through for those of one client."""

TEXTS: Final = 64
"""Documents of one client that are read."""

_PLACES: Final = frozenset({"trello", "asana", "caldav", "matrix"})
"""Kinds of channel whose containers are projects, boards and calendars; a mailbox has folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A client, whether or not the config still has it, and what is called theirs."""

    id: int
    slug: str
    name: str
    people: frozenset[Person]
    """But for the VA."""

    places: frozenset[str]
    """Boards, projects, calendars, and the names of rooms and chats."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All clients, and by what handles they know the VA."""

    clients: tuple[Known, ...]
    hers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Heard:
    """Who has words in a row in what was said with them, whoever said it."""

    clients: frozenset[int] = frozenset()
    many: bool = False
    """They stand in more than `MANY` documents: `clients` are those of the first ones."""


def lexicon(source: Source) -> Lexicon:
    """Read what is known of all clients."""
    hers = frozenset(handle for (handle,) in source.all("SELECT handle FROM identity"))
    people: defaultdict[int, set[Person]] = defaultdict(set)
    for client_id, name, handle in source.all("SELECT client_id, name, handle FROM person"):
        if handle not in hers:
            people[client_id].add(Person(name, handle))
    kinds = dict(source.all("SELECT id, kind FROM channel"))
    places: defaultdict[int, set[str]] = defaultdict(set)
    task = KINDS.index(Kind.TASK)
    for client_id, channel_id, container, title in source.all(
        "SELECT DISTINCT client_id, channel_id, container,"
        f" CASE kind WHEN {task} THEN '' ELSE title END FROM item WHERE described = 1"
    ):
        place = container.partition(" › ")[0]
        named = (place if kinds[channel_id] in _PLACES else "", title)
        places[client_id].update(one for one in named if one)
    clients = source.all("SELECT id, slug, name FROM client ORDER BY id")
    return Lexicon(
        tuple(
            Known(
                id=client_id, slug=slug, name=name, people=frozenset(people[client_id]),
                places=frozenset(places[client_id]),
            )
            for client_id, slug, name in clients
        ),
        hers,
    )  # fmt: skip


def heard(source: Source, words: str) -> Heard:
    """Say with whom `words` were said, in this order and next to each other."""
    if not searchable(words):
        return Heard()
    found = source.all(
        f"SELECT client_id, count(*) FROM ({_documents(source)} LIMIT ?) AS found"
        " GROUP BY client_id",
        (_asked(source, words), MANY + 1),
    )
    return Heard(frozenset(client for client, _ in found), sum(n for _, n in found) > MANY)


def many(source: Source, word: str) -> bool:
    """Tell whether a word stands in more than `MANY` documents; sooner than `heard` does."""
    if not searchable(word):
        return False
    found = source.all(
        f"SELECT count(*) FROM ({_documents(source, bare=True)} LIMIT ?) AS found",
        (_asked(source, word), MANY + 1),
    )
    return bool(found[0][0] > MANY)


def said(source: Source, client_id: int, words: str) -> tuple[list[str], bool]:
    """Give what holds `words` of all that was said with one client, and whether that is more than
    is read.
    """
    if not searchable(words):
        return [], False
    docs = [
        doc
        for (doc,) in source.all(
            f"SELECT id FROM ({_documents(source)} LIMIT ?) AS found WHERE client_id = ? LIMIT ?",
            (_asked(source, words), SEEN, client_id, TEXTS + 1),
        )
    ]
    texts = []
    for odd, sql in (
        (1, "SELECT subject, text, folded FROM message WHERE client_id = ? AND"),
        (0, "SELECT title, body, NULL FROM item WHERE client_id = ? AND"),
    ):
        # As `store.search` numbers them.
        condition, among = source.among("id", [doc // 2 for doc in docs if doc % 2 == odd])
        for head, text, more in source.all(f"{sql} {condition}", (client_id, among)):
            texts.append("\n\n".join([head, unpack(text), unpack(more)]))
    return texts, len(docs) > TEXTS


def _documents(source: Source, *, bare: bool = False) -> str:
    if source.sqlite and bare:
        return "SELECT rowid FROM search_word WHERE search_word MATCH ?"
    if source.sqlite:
        # CROSS JOIN: first the words, then the documents they stand in, never the other way.
        return (
            "SELECT search_doc.id, search_doc.client_id FROM search_word CROSS JOIN search_doc"
            " ON search_doc.id = search_word.rowid WHERE search_word MATCH ?"
        )
    return "SELECT id, client_id FROM search_doc WHERE words @@ ?::tsquery"


def _asked(source: Source, words: str) -> str:
    return fts5([(words, True)]) if source.sqlite else tsquery([(words, True)])
