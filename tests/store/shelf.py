"""A database with things in it, written row by row: what the reader finds is known beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from normalizer.model import Kind, Person, State
from store import schema, search
from store.codes import HIDDEN, KINDS, LANES, STATES, TURNS, due_text, listed, ms, pack
from store.database import Database, open_database
from store.views import Lane, Turn

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


class Shelf:
    """Puts clients, channels, items and messages on the shelf; ids count up from 1."""

    def __init__(self, target: str | Path) -> None:
        self.db: Database = open_database(target)
        self._last: dict[str, int] = {}

    def close(self) -> None:
        self.db.close()

    def _id(self, table: str) -> int:
        self._last[table] = self._last.get(table, 0) + 1
        return self._last[table]

    def _insert(self, table_name: str, /, **values: Any) -> int:
        table = schema.metadata.tables[table_name]
        if "id" in table.c:
            values = {"id": self._id(table_name), **values}
        with self.db.write() as conn:
            conn.execute(table.insert(), values)
        return int(values.get("id", 0))

    def client(self, slug: str, name: str = "", **values: Any) -> int:
        defaults = {"color": "orange", "sla_hours": 24, "position": 0, "active": 1}
        return self._insert("client", **defaults | values, slug=slug, name=name or slug.title())

    def channel(self, client: int, slug: str, kind: str, **values: Any) -> int:
        defaults = {"write": "no", "position": 0, "active": 1, "health": "never", "failures": 0}
        return self._insert("channel", **defaults | values, client_id=client, slug=slug, kind=kind)

    def person(self, client: int, name: str, handle: str = "") -> int:
        return self._insert("person", client_id=client, name=name, handle=handle)

    def item(
        self, client: int, channel: int, title: str, *, kind: Kind = Kind.TASK, text: str = "",
        lane: Lane = Lane.INBOX, state: State | None = State.OPEN, turn: Turn = Turn.ME,
        act_by: datetime | None = None, age: timedelta = timedelta(0), due: Any = None,
        labels: Sequence[str] = (), body: str = "", merged_into: int | None = None, **values: Any,
    ) -> int:  # fmt: skip
        """Put an item there; `state` None hides it. `text` is found besides the title."""
        number = self._last.get("item", 0) + 1
        defaults: dict[str, Any] = {
            "scope": channel, "stream": "card", "external_id": f"x{number}", "described": 1,
            "container": "", "snippet": "", "unread": 0, "attachments": 0, "automatic": 0,
            "url": None, "who": None, "people_ids": None, "created_at": ms(NOW - age),
            "updated_at": ms(NOW - age),
        }  # fmt: skip
        item = self._insert(
            "item", **defaults | values, client_id=client, channel_id=channel, title=title,
            kind=KINDS.index(kind), lane=LANES.index(lane), turn=TURNS.index(turn),
            state=HIDDEN if state is None else STATES.index(state), merged_into=merged_into,
            act_by=ms(act_by or NOW + timedelta(minutes=number)), due=due_text(due),
            labels=listed(labels), body=pack(body) if body else None,
        )  # fmt: skip
        self.index(search.item_doc(item), client, item, f"{title} {text} {' '.join(labels)}")
        return item

    def message(
        self, client: int, item: int, author: Person, text: str, *,
        sent_at: datetime = NOW, flags: int = 0, **values: Any,
    ) -> int:  # fmt: skip
        number = self._last.get("message", 0) + 1
        person = self.person(client, author.name, author.handle)
        defaults = {"scope": 0, "stream": "mail", "external_id": f"m{number}", "subject": ""}
        message = self._insert(
            "message", **defaults | values, client_id=client, item_id=item,
            author=person, sent_at=ms(sent_at), flags=flags, text=pack(text),
        )  # fmt: skip
        self.index(search.message_doc(message), client, item, text)
        return message

    def index(self, doc: int, client: int, item: int, text: str) -> None:
        with self.db.write() as conn:
            search.index(conn, [search.Doc(id=doc, client_id=client, item_id=item, text=text)])

    def put(self, table: str, /, **values: Any) -> int:
        return self._insert(table, **values)


_FILL = """
INSERT INTO client SELECT n, 'c' || n, 'Cliente ' || n, 'red', 24, n, 1 FROM numbers WHERE n <= 20;
INSERT INTO channel(id, client_id, slug, kind, write, position, active, health, failures)
  SELECT n, (n + 2) / 3, 'k' || n,
    CASE n % 3 WHEN 0 THEN 'imap' WHEN 1 THEN 'trello' ELSE 'asana' END, 'no', n, 1, 'ok', 0
  FROM numbers WHERE n <= 60;
INSERT INTO item(id, client_id, channel_id, kind, scope, stream, external_id, described, title,
    container, created_at, updated_at, state, snippet, unread, attachments, automatic, turn, act_by,
    lane)
  SELECT n, (n * 7919 % 60 + 3) / 3, n * 7919 % 60 + 1, n % 2, 1, 'card', n, 1, 'Asunto ' || n,
    'Web', n, n, 0, 'Un texto de unas cuantas palabras, como las de un correo', n % 5 = 0,
    n % 7 = 0, 0, n % 3, n * 48271 % 2147483647, n % 10 = 0 FROM numbers;
INSERT INTO search_doc SELECT 2 * id, client_id, id FROM item;
INSERT INTO search_word(rowid, words) SELECT 2 * id, title || ' ' ||
  iif(id % 2 = 0, 'factura', 'reunión') || iif(id % 500 = 0, ' rareza', '') FROM item
"""


def fill(conn: Connection, count: int) -> None:
    """Put `count` queued items of 20 clients into an empty SQLite database, quickly.

    Half of them say "factura", one in 500 "rareza"; the order is far from that of the ids.
    """
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n <"
    for sql in _FILL.split(";"):
        conn.exec_driver_sql(f"{numbers} {count}) {sql}")
