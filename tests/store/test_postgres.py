"""The same schema and the same intake on a real PostgreSQL server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy

from normalizer.actions import Comment
from normalizer.model import Ref
from normalizer.raw import Census
from store import outbox, schema
from store.backup import backup
from store.database import Database, open_database
from store.directory import ChannelKey, cursor, declare
from store.errors import CorruptError, LockedError, NewerError, StoreError, UnreachableError
from store.outbox import Letter
from store.triage import place, send, undo, wake_due
from store.views import Lane
from tests.store.conftest import CLIENTS
from tests.store.crash import pull
from tests.store.mailbox import NOW, bring, everything, items, mail, raw, rows


@pytest.fixture
def server(postgres_url: str) -> Iterator[Database]:
    database = open_database(postgres_url)
    declare(database, CLIENTS, NOW)
    yield database
    database.close()


@pytest.fixture
def correo(server: Database) -> ChannelKey:
    return declare(server, CLIENTS, NOW)["acme", "correo"]


def test_a_pull_leaves_the_same_rows_as_on_sqlite(
    server: Database, correo: ChannelKey, db: Database, acme: ChannelKey
) -> None:
    assert correo == acme
    pull(server, correo)
    pull(db, acme)
    there, here = everything(server), everything(db)
    for name in here:
        if name != "search_doc":
            assert there[name] == here[name], name
    assert len(there["search_doc"]) == len(here["search_doc"])


def test_the_schema_there_is_the_one_we_declare(server: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with server.read() as conn:
        context = MigrationContext.configure(
            conn, opts={"include_name": lambda name, kind, _: not str(name).startswith("search_")}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_what_she_decides_there_can_be_taken_back(server: Database, correo: ChannelKey) -> None:
    bring(server, correo, raw("1", mail(1)))
    (item,) = items(server)
    place(server, [item], Lane.SNOOZED, until=NOW, verb="snooze", now=NOW)
    assert wake_due(server, NOW) == 1
    place(server, [item], Lane.ARCHIVED, verb="archive", now=NOW)
    assert undo(server, NOW) is not None
    assert items(server)[item].lane == 0


def test_a_mailbox_that_looks_empty_closes_nothing_there(
    server: Database, correo: ChannelKey
) -> None:
    bring(server, correo, *(raw(f"INBOX/{n}", mail(n)) for n in range(20)))
    empty = Census(stream="mail", prefix="INBOX/", external_ids=frozenset())
    assert bring(server, correo, census=[empty]).held == 20


def test_two_writers_take_turns_there(server: Database, correo: ChannelKey) -> None:
    """Ids are given out by the writer: two at once would give out the same."""
    other = open_database(server.target)
    luz = declare(other, CLIENTS, NOW)["luz", "correo"]

    def fill(db: Database, key: ChannelKey) -> None:
        for n in range(30):
            bring(db, key, raw(str(n), mail(n)), cursor=str(n))

    threads = [threading.Thread(target=fill, args=one) for one in ((server, correo), (other, luz))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    other.close()
    assert len(rows(server, "message")) == 60
    assert (cursor(server, correo), cursor(server, luz)) == ("29", "29")


def test_a_writer_that_does_not_finish_is_said_to_be_one(
    server: Database, correo: ChannelKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    from store import driver

    monkeypatch.setattr(driver, "BUSY_SECONDS", 0.1)
    with server.write(), pytest.raises(LockedError):
        bring(server, correo, raw("1", mail(1)))


def test_an_instant_far_away_keeps_its_milliseconds_there(
    server: Database, correo: ChannelKey
) -> None:
    far = mail(1, hours=24 * 365 * 7000)
    bring(server, correo, raw("1", far))
    (row,) = rows(server, "message")
    assert row.sent_at > 2**40


def test_a_server_that_is_not_there_is_said_to_be_unreachable() -> None:
    with pytest.raises(UnreachableError) as caught:
        open_database("postgresql://lola:hunter2@127.0.0.1:1/trastienda")
    assert "hunter2" not in str(caught.value)


def test_a_database_of_somebody_else_is_refused(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE theirs(a int)")
    engine.dispose()
    with pytest.raises(CorruptError):
        open_database(postgres_url)


def test_a_newer_database_there_is_refused(server: Database) -> None:
    with server.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerError):
        open_database(server.target)


def test_a_server_is_copied_with_its_own_tools(server: Database, tmp_path: object) -> None:
    with pytest.raises(StoreError, match="pg_dump"):
        backup(server.target, tmp_path, NOW + timedelta(0))  # type: ignore[arg-type]


def test_what_another_process_may_be_sending_has_a_while_to_end(
    server: Database, correo: ChannelKey
) -> None:
    said = Comment(ref=Ref("card", "1"), text="hola")
    send(server, [Letter(key=correo, item_id=None, action=said, send_at=NOW)], verb="answer",
         now=NOW)  # fmt: skip
    assert outbox.claim(server, correo, NOW) is not None
    assert outbox.recover(server, NOW) == 1
    assert outbox.claim(server, correo, NOW + timedelta(minutes=1)) is None
    again = outbox.claim(server, correo, NOW + timedelta(minutes=2))
    assert again is not None
    assert again.action.doubted
