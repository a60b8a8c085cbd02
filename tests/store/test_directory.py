"""Clients, channels and how they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event

from normalizer.said import Said
from store import directory
from store.database import Database
from store.directory import ChannelKey, declare
from store.views import Health
from tests.store.conftest import CLIENTS
from tests.store.mailbox import LOLA, NOW, bring, items, mail, raw, rows


def test_declaring_the_same_again_writes_nothing(db: Database, acme: ChannelKey) -> None:
    said: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    assert declare(db, CLIENTS, NOW)["acme", "correo"] == acme
    assert all(s.startswith(("SELECT", "BEGIN")) and s != "BEGIN IMMEDIATE" for s in said)


def test_what_is_declared_no_longer_is_kept_and_comes_back_as_it_was(
    db: Database, luz: ChannelKey
) -> None:
    bring(db, luz, raw("1", mail(1)), cursor="c")
    assert ("luz", "correo") not in declare(db, CLIENTS[:1], NOW)
    assert [c.active for c in rows(db, "client")] == [1, 0]
    assert len(items(db)) == 1
    assert declare(db, CLIENTS, NOW)["luz", "correo"] == luz
    assert directory.cursor(db, luz) == "c"


def test_a_changed_setting_is_written_and_the_keys_stay(db: Database, acme: ChannelKey) -> None:
    changed = replace(CLIENTS[0], name="ACME, S. L.", sla_hours=4)
    assert declare(db, (CLIENTS[1], changed), NOW)["acme", "correo"] == acme
    found = {c.slug: (c.name, c.sla_hours, c.position) for c in rows(db, "client")}
    assert found == {"acme": ("ACME, S. L.", 4, 1), "luz": ("Luz", 24, 0)}


def test_another_tool_under_an_old_name_forgets_the_cursor(db: Database, luz: ChannelKey) -> None:
    bring(db, luz, raw("1", mail(1)), cursor="c")
    other = replace(CLIENTS[1], channels=(replace(CLIENTS[1].channels[0], kind="matrix"),))
    declare(db, (CLIENTS[0], other), NOW)
    assert directory.cursor(db, luz) is None


def test_how_a_pull_went_is_one_write_each(db: Database, acme: ChannelKey) -> None:
    def channel() -> object:
        (row,) = [c for c in rows(db, "channel") if c.id == acme.channel_id]
        return (row.health, row.failures, row.last_success, row.error, row.notices is not None)

    assert channel() == (Health.NEVER, 0, None, None, False)
    writes: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]).startswith(("INSERT", "UPDATE", "DELETE")):
            writes.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    directory.started(db, acme, NOW)
    assert channel() == (Health.SYNCING, 0, None, None, False)
    error = Said("{host} does not answer.", (("host", "x"),))
    for n in (1, 2):
        directory.failed(db, acme, NOW, Health.LATER, error, NOW)
        assert channel() == (Health.LATER, n, None, error.to_json(), False)
    directory.succeeded(db, acme, NOW, NOW, [error])
    assert channel() == (Health.OK, 0, 1795435200000, None, True)
    assert len(writes) == 4


def test_asking_lasts_till_the_next_attempt(
    db: Database, acme: ChannelKey, luz: ChannelKey
) -> None:
    assert directory.asked(db) == []
    directory.ask(db, NOW, client="luz")
    assert directory.asked(db) == [luz]
    directory.started(db, luz, NOW + timedelta(seconds=1))
    assert directory.asked(db) == []
    directory.ask(db, NOW - timedelta(hours=1), channel="correo")
    assert directory.asked(db) == [acme, luz], "though the clock was set back"
    directory.started(db, acme, NOW + timedelta(hours=1))
    assert directory.asked(db) == [luz]
    directory.ask(db, NOW + timedelta(minutes=1))
    assert len(directory.asked(db)) == 4


def test_a_name_that_the_tool_tells_counts_as_hers(db: Database, acme: ChannelKey) -> None:
    directory.remember_identities(db, acme, ["Otra@Acme.example", ""])
    mine = {"otra@acme.example", "lola@acme.example"}
    assert directory.identities(db, acme) == mine
    bring(db, acme, raw("1", mail(1, author=replace(LOLA, handle="otra@acme.example"))))
    assert [i.last_in_at for i in items(db).values()] == [None]
    declare(db, (replace(CLIENTS[0], identities=()), CLIENTS[1]), NOW)
    assert directory.identities(db, acme) == {"otra@acme.example"}


def test_forgetting_the_cursor_keeps_what_was_pulled(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("1", mail(1)), cursor="c")
    directory.forget_cursor(db, acme)
    assert directory.cursor(db, acme) is None
    assert bring(db, acme, raw("1", mail(1)), cursor="c").unchanged == 1
