"""Items of the same client that may be the same thing as one of them: found by an index each, in a
few queries, whatever is there. Which of them it really may be, `triage.linking` judges.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from store.codes import LANES, NOTICE, at, unpack
from store.search import fts5, tsquery
from store.sources import Source
from store.views import Lane

MOST: Final = 60
"""Items that are looked at; of what is found by words, documents of all clients."""

_TEXTS: Final = 20
"""Of the newest messages, so many are read for links."""

_NAMES: Final = 10
_COMMON: Final = 3
"""Items that may have the same file for it to say anything."""

_OPEN: Final = (
    f"item.merged_into IS NULL AND item.state = 0 AND item.lane < {LANES.index(Lane.ARCHIVED)}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What of an item tells what else may be the same thing."""

    id: int
    client_id: int
    channel_id: int
    title: str
    url: str | None
    matter: int | None
    created_at: datetime
    texts: tuple[str, ...]
    """Its own text, and those of its newest messages; what another tool announces is not said by
    anybody."""

    files: tuple[tuple[str, int | None], ...]
    """The newest ones by name, and how large each is."""


@dataclass(frozen=True, slots=True)
class Clues:
    """By what another item may be known."""

    keys: Collection[int] = ()
    """Of the cards and tasks that are linked to; see `normalizer.threads.link_key`."""

    files: Collection[str] = ()
    """Names of files."""

    phrases: Collection[str] = ()
    """Words in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """An item that one of the clues leads to."""

    id: int
    channel_id: int
    channel_kind: str
    title: str
    matter: int | None
    created_at: datetime
    named: bool
    """One of the links leads to it."""

    phrases: frozenset[str]
    """Those that stand in it."""

    files: tuple[tuple[str, int | None], ...]
    """Those of the files that it has by name, and how large each is."""


def about(source: Source, item_id: int) -> About | None:
    """Read that of an item; None where it is closed, or there no longer."""
    found = source.all(
        "SELECT item.client_id, item.channel_id, item.title, item.url, item.matter,"
        f" item.created_at, item.body FROM item WHERE item.id = ? AND {_OPEN}",
        (item_id,),
    )
    if not found:
        return None
    client_id, channel_id, title, url, matter, created, body = found[0]
    own = (client_id, item_id)
    said = source.all(
        "SELECT text FROM message WHERE client_id = ? AND item_id = ?"
        f" AND flags & {NOTICE} = 0 ORDER BY sent_at DESC LIMIT {_TEXTS}",
        own,
    )
    files = source.all(
        "SELECT name, size FROM attachment WHERE client_id = ? AND item_id = ? AND inline = 0"
        f" ORDER BY id DESC LIMIT {MOST}",
        own,
    )
    return About(
        id=item_id, client_id=client_id, channel_id=channel_id, title=title, url=url,
        matter=matter, created_at=at(created),
        texts=(unpack(body), *(unpack(text) for (text,) in said)),
        files=tuple((name, size) for name, size in files),
    )  # fmt: skip


def near(source: Source, item: About, clues: Clues) -> list[Near]:
    """Give the open items of the same client to which `clues` lead, but for itself."""
    item_id, client_id = item.id, item.client_id
    named = _named(source, client_id, clues.keys)
    said = {phrase: _said(source, client_id, phrase) for phrase in clues.phrases}
    files = _filed(source, client_id, clues.files)
    wanted = {*named, *files, *(one for those in said.values() for one in those)} - {item_id}
    condition, among = source.among("item.id", sorted(wanted)[-4 * MOST :])
    found = source.all(
        "SELECT item.id, item.channel_id, channel.kind, item.title,"
        " item.matter, item.created_at FROM item"
        " JOIN channel ON channel.id = item.channel_id AND channel.client_id = item.client_id"
        f" WHERE {condition} AND item.client_id = ? AND {_OPEN} AND channel.active = 1"
        " ORDER BY item.id",
        (among, client_id),
    )
    return [
        Near(
            id=one, channel_id=channel, channel_kind=channel_kind, title=title,
            matter=matter, created_at=at(created), named=one in named,
            phrases=frozenset(phrase for phrase, those in said.items() if one in those),
            files=tuple(files.get(one, ())),
        )
        for one, channel, channel_kind, title, matter, created in found
    ]  # fmt: skip


def _named(source: Source, client_id: int, keys: Collection[int]) -> set[int]:
    if not keys:
        return set()
    condition, among = source.among("thread_key.key", sorted(keys)[:MOST])
    return {
        one
        for (one,) in source.all(
            "SELECT coalesce(item.merged_into, item.id) FROM thread_key JOIN item"
            " ON item.id = thread_key.item_id AND item.client_id = thread_key.client_id"
            f" WHERE thread_key.client_id = ? AND {condition}",
            (client_id, among),
        )
    }


def _said(source: Source, client_id: int, phrase: str) -> set[int]:
    """Give the items of the newest documents in which words stand in a row."""
    if source.sqlite:
        # The newest documents first, as the index gives them: no more of it is walked.
        sql = (
            "SELECT search_doc.item_id FROM (SELECT rowid FROM search_word"
            f" WHERE search_word MATCH ? ORDER BY rowid DESC LIMIT {4 * MOST}) AS word"
            " CROSS JOIN search_doc ON search_doc.id = word.rowid WHERE search_doc.client_id = ?"
        )
        spelled = fts5([(phrase, True)])
    else:
        sql = (
            "SELECT item_id FROM search_doc WHERE words @@ ?::tsquery AND client_id = ?"
            f" ORDER BY id DESC LIMIT {4 * MOST}"
        )
        spelled = tsquery([(phrase, True)])
    return {one for (one,) in source.all(sql, (spelled, client_id))} if spelled else set()


def _filed(
    source: Source, client_id: int, names: Collection[str]
) -> dict[int, list[tuple[str, int | None]]]:
    """Give the files of these names by their item. What hangs from many is a letterhead."""
    found: dict[int, list[tuple[str, int | None]]] = {}
    for name in sorted(names)[:_NAMES]:
        rows = source.all(
            "SELECT item_id, size FROM attachment WHERE client_id = ? AND name = ? AND inline = 0"
            f" ORDER BY item_id LIMIT {MOST}",
            (client_id, name),
        )
        if len({one for one, _ in rows}) <= _COMMON:
            for one, size in rows:
                found.setdefault(one, []).append((name, size))
    return found
