"""Full text without regard to case or accents, on both engines, written by hand in the caller's
transaction: a trigger would cost twice the time.

A document is one message, or an item's own words (title, description, labels). Its text is not
kept a second time: the index holds words and places only (on SQLite `search_word`, an FTS5
table with `content=''`, on PostgreSQL a `tsvector` in the same row), and `search_doc` says which
item a document speaks of. PostgreSQL gets words already folded, so that no extension is asked
for; SQLite folds Latin letters by itself. The first migration makes these tables.

An emoji is a word, whatever colour it is drawn in. Other signs are none.

There is no prefix index: on mails of 1.5 kB it would add 380 bytes to the 600 of each, and save
half of the millisecond that the first three letters of a word cost among 20,000.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from normalizer.text import fold

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LONGEST: Final = 120_000
"""Characters of a document: a tsvector holds one megabyte."""

_WORD: Final = re.compile(r"[^\W_]{1,500}")
# Scripts that write no spaces: every character is a word, and a search for several is a phrase.
_UNSPACED: Final = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
# What SQLite's tokenizer folds otherwise than we do, or not at all. All other Latin letters it
# folds by itself, faster.
_FOREIGN: Final = re.compile(
    "[ªº²³¹¼-¾ßĲĳĿŀŉǄ-ǌǠ-ǣǮ-ǳǼ-ǿ\u0250-\u1dff\u1e9a\u1e9e\u1f00-\u1fff\u2070-\u209c\u20a8"
    "\u2100-\u218f\u2460-\u24ff\u2c00-\ud7ff\uf900-\uffff\U00010000-\U0001efff]"
)
# Pictures, which neither engine takes for words, and what only says how one is drawn.
_EMOJI: Final = re.compile(
    "[\u231a-\u23ff\u2600-\u2775\u2794-\u27bf\u2b00-\u2bff\U0001f1e6-\U0001f1ff"
    "\U0001f300-\U0001f3fa\U0001f400-\U0001faff]"
)
_HINT: Final = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_PICTURE: Final = "\ua66e"
"""A letter that nobody writes; an emoji's word begins with it, and its number follows."""

_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """Something that can be found, and the item it leads to."""

    id: int
    """From `message_doc` or `item_doc`."""

    client_id: int
    item_id: int
    text: str
    """Of a message: subject, names and handles, text, names of files; the folded quotes of
    earlier messages would be found twice. Of an item: title, description, labels, checklist."""


def searchable(text: str) -> bool:
    """Tell whether there is a word in `text`: a letter, a digit or an emoji."""
    return any(char.isalnum() for char in text) or _EMOJI.search(text) is not None


def message_doc(message_id: int) -> int:
    """Number the document of a message."""
    return 2 * message_id + 1


def item_doc(item_id: int) -> int:
    """Number the document of an item's own words."""
    return 2 * item_id


def index(conn: Connection, docs: Iterable[Doc]) -> None:
    """Write documents, replacing those already there. In the caller's transaction."""
    ordered = sorted(docs, key=lambda doc: doc.id)
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql(
                "INSERT OR REPLACE INTO search_doc(id, client_id, item_id) VALUES (?, ?, ?)",
                [(doc.id, doc.client_id, doc.item_id) for doc in batch],
            )
            conn.exec_driver_sql(
                "INSERT OR REPLACE INTO search_word(rowid, words) VALUES (?, ?)",
                [(doc.id, _tokenizable(doc.text)) for doc in batch],
            )
        else:
            conn.exec_driver_sql(
                "INSERT INTO search_doc(id, client_id, item_id, words)"
                " VALUES (%s, %s, %s, %s::tsvector) ON CONFLICT (id) DO UPDATE"
                " SET client_id = excluded.client_id, item_id = excluded.item_id,"
                " words = excluded.words",
                [(doc.id, doc.client_id, doc.item_id, _tsvector(doc.text)) for doc in batch],
            )


def drop(conn: Connection, ids: Sequence[int]) -> None:
    """Forget documents, by number; one that is not there is no error."""
    if not ids:
        return
    rows = [(i,) for i in ids]
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("DELETE FROM search_word WHERE rowid = ?", rows)
        conn.exec_driver_sql("DELETE FROM search_doc WHERE id = ?", rows)
    else:
        conn.exec_driver_sql("DELETE FROM search_doc WHERE id = %s", rows)


def move(conn: Connection, ids: Sequence[int], item_id: int) -> None:
    """Let documents lead to `item_id` from now on: two conversations became one."""
    if not ids:
        return
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    conn.exec_driver_sql(
        f"UPDATE search_doc SET item_id = {mark} WHERE id = {mark}", [(item_id, i) for i in ids]
    )


def fts5(terms: Sequence[tuple[str, bool]]) -> str:
    """Spell a question for FTS5: all of `terms` in one document, (text, exact).

    A term is its words in a row; the last may go on unless `exact`. Quoting makes every text
    safe: nothing in it is syntax any more.
    """
    quoted = ((_tokenizable(text).replace('"', '""'), exact) for text, exact in terms)
    return " AND ".join(f'"{text}"' if exact else f'"{text.rstrip()}"*' for text, exact in quoted)


def tsquery(terms: Sequence[tuple[str, bool]]) -> str:
    """Spell the same question for PostgreSQL, to be cast to `tsquery`."""
    phrases = []
    for text, exact in terms:
        words = [f"'{word}'" for word in _words(text)]
        if words:
            phrases.append(" <-> ".join(words) + ("" if exact else ":*"))
    return " & ".join(f"({phrase})" for phrase in phrases)


def _tsvector(text: str) -> str:
    """Number the words by hand: PostgreSQL's own parser has ideas about slashes and dots."""
    return " ".join(f"'{word}':{place}" for place, word in enumerate(_words(text), 1))


def _words(text: str) -> list[str]:
    return _WORD.findall(_spaced(fold(text)))


def _tokenizable(text: str) -> str:
    """Prepare text for FTS5, which does the rest by itself."""
    if text.isascii():
        return text[:_LONGEST].replace("\x00", " ")
    return _spaced(fold(text) if _FOREIGN.search(text) else text).replace("\x00", " ")


def _spaced(text: str) -> str:
    text = _UNSPACED.sub(r" \g<0> ", text[:_LONGEST])
    if _EMOJI.search(text):
        text = _EMOJI.sub(lambda found: f" {_PICTURE}{ord(found[0]):x} ", _HINT.sub("", text))
    return text
