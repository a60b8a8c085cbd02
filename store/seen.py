"""Which client a file was seen with: by what is in it, or by what it is called.

Known by content is what she fetched from a client's tool, and what she sent. Of the many that only
hang from messages nobody has the content, but a name, and often a size.

Cost: by content one look-up in an index; by name one scan of the attachments (20 ms for 30,000).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from normalizer.actions import Enclosure
from store.codes import at, ms
from store.sources import Source

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MOST: Final = 1_000
"""Files of a name that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A file that was seen with a client."""

    sha256: str
    client: str
    """Its slug, whether or not the config still has it."""

    name: str
    first_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """A file of a client's that is known by its name only."""

    client: str
    name: str
    size: int | None
    """Bytes, where the tool says: of a mail to a few bytes."""


def note(conn: Connection, client_id: int, files: Iterable[Enclosure], now: datetime) -> None:
    """Remember that files were seen with a client; the first time stays. In the caller's
    transaction.
    """
    from sqlalchemy import select  # noqa: PLC0415  the reader imports this, and must be light

    from store import schema  # noqa: PLC0415  the same
    from store.sql import among, insert  # noqa: PLC0415  the same

    s = schema.seen_file.c
    each = {one.sha256: one for one in files}
    query = select(s.sha256).where(s.client_id == client_id)
    known = {row.sha256 for row in among(conn, query, s.sha256, each)} if each else set()
    rows = [
        {"client_id": client_id, "sha256": sha256, "name": one.name, "size": one.size,
         "at": ms(now)}
        for sha256, one in each.items() if sha256 not in known
    ]  # fmt: skip
    insert(conn, schema.seen_file, rows)


def forget(
    conn: Connection, client_id: int, files: Iterable[Enclosure], noted_at: datetime
) -> None:  # fmt: skip
    """Take back what `note` remembered at an instant, and nothing from before."""
    from sqlalchemy import delete  # noqa: PLC0415  the reader imports this, and must be light

    from store import schema  # noqa: PLC0415  the same

    s = schema.seen_file.c
    for one in files:
        conn.execute(
            delete(schema.seen_file).where(
                s.client_id == client_id, s.sha256 == one.sha256, s.at == ms(noted_at)
            )
        )


def files_of(source: Source, sha256s: Sequence[str]) -> list[Sight]:
    """Say with which clients these contents were seen, the first one first."""
    if not sha256s:
        return []
    places = ", ".join("?" * len(sha256s))
    return [
        Sight(sha256=sha256, client=client, name=name, first_at=at(first))
        for sha256, client, name, first in source.all(
            "SELECT seen_file.sha256, client.slug, seen_file.name, seen_file.at FROM seen_file"
            " JOIN client ON client.id = seen_file.client_id"
            f" WHERE seen_file.sha256 IN ({places}) ORDER BY seen_file.at, client.id",
            tuple(sha256s),
        )
    ]


def named(source: Source, names: Sequence[str]) -> list[Like]:
    """Give the files of all clients that are called so, whatever their case; none twice."""
    if not names:
        return []
    spelled = "fold" if source.sqlite else "lower"
    places = ", ".join([f"{spelled}(?)"] * len(names))
    return [
        Like(client=client, name=name, size=size)
        for client, name, size in source.all(
            "SELECT DISTINCT client.slug, attachment.name, attachment.size FROM attachment"
            " JOIN client ON client.id = attachment.client_id"
            f" WHERE {spelled}(attachment.name) IN ({places}) LIMIT {_MOST}",
            tuple(names),
        )
    ]
