"""The people of a client, each once for every name they go by."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from normalizer.model import Person
from store import schema
from store.directory import ChannelKey
from store.sql import among, insert, next_ids


class People:
    """The ids of people, looked up and given out for a whole batch at once."""

    def __init__(self, conn: Connection, key: ChannelKey, people: Iterable[Person]) -> None:
        p = schema.person.c
        wanted = dict.fromkeys(people)
        query = select(p.id, p.handle, p.name).where(p.client_id == key.client_id)
        handles = {person.handle for person in wanted}
        self._ids: dict[Person, int] = {
            Person(row.name, row.handle): row.id for row in among(conn, query, p.handle, handles)
        }
        missing = [person for person in wanted if person not in self._ids]
        new = zip(missing, next_ids(conn, schema.person, len(missing)), strict=True)
        self._ids.update(new)
        insert(
            conn,
            schema.person,
            [
                {
                    "id": self._ids[person],
                    "client_id": key.client_id,
                    "handle": person.handle,
                    "name": person.name,
                }
                for person in missing
            ],
        )

    def id(self, person: Person) -> int:
        """Give the id of somebody who was named at the beginning."""
        return self._ids[person]

    def ids(self, people: Iterable[Person]) -> list[int]:
        """Give the ids of several."""
        return [self._ids[person] for person in people]


def handles(conn: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Read by what handle people go, by id."""
    p = schema.person.c
    return {row.id: row.handle for row in among(conn, select(p.id, p.handle), p.id, sorted(ids))}
