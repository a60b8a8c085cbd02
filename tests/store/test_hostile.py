"""Raw records that no database holds as they came, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from normalizer.raw import Census, Raw, canonical
from store.database import Database, open_database
from store.directory import ChannelKey, declare
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, bring, deleted, items, mail, patch, raw, rows

BAD = ("nul\0", "\ud800half", "ñ\0\udfff")


@pytest.fixture
def engine(target: str) -> Iterator[Database]:
    database = open_database(target)
    yield database
    database.close()


@pytest.fixture
def correo(engine: Database) -> ChannelKey:
    return declare(engine, CLIENTS, NOW)["acme", "correo"]


@pytest.mark.parametrize("bad", BAD)
def test_a_name_that_no_database_holds_stops_nothing_and_is_known_again(
    engine: Database, correo: ChannelKey, bad: str
) -> None:
    batch = (raw(bad, mail(1)), raw("2", mail(2)), raw("3", mail(3), stream=f"mail{bad}"))
    assert bring(engine, correo, *batch).new == 3
    again = bring(engine, correo, *batch)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)
    assert bring(engine, correo, patch(bad, unread=True)).changed == 1
    assert len(items(engine)) == 3
    census = Census(stream="mail", prefix="", external_ids=frozenset({bad, "2"}))
    assert bring(engine, correo, census=[census]).changed == 0
    assert bring(engine, correo, deleted(bad)).changed == 1
    nobody = Census(stream=bad, prefix=bad, external_ids=frozenset())
    assert bring(engine, correo, census=[nobody]).changed == 0


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("spell", [canonical, lambda value: '{"folder":"' + value["folder"] + '"}'])
def test_surroundings_that_no_database_holds_stop_nothing(
    engine: Database, correo: ChannelKey, bad: str, spell: object
) -> None:
    assert callable(spell)
    meta = spell({"folder": bad})
    good = raw("2", mail(2))
    broken = Raw(stream="mail", external_id="1", payload=raw("1", mail(1)).payload, meta=meta)
    assert bring(engine, correo, broken, good).new == 2
    assert bring(engine, correo, broken, good).unchanged == 2
    patched = Raw(stream="mail", external_id="2", meta=meta)
    assert bring(engine, correo, patched).changed == 1
    assert len(items(engine)) == 2


def test_surroundings_that_are_no_json_are_kept_as_text(
    engine: Database, correo: ChannelKey
) -> None:
    broken = Raw(stream="mail", external_id="1", payload=b"x", meta="{nonsense")
    taken = bring(engine, correo, broken, raw("2", mail(2)))
    assert (taken.new, taken.set_aside) == (2, 1)
    assert "{nonsense" in rows(engine, "raw")[0].meta


@pytest.mark.parametrize("bad", BAD)
def test_a_record_with_such_text_is_set_aside_alone(
    engine: Database, correo: ChannelKey, bad: str
) -> None:
    taken = bring(engine, correo, raw("1", mail(1, text=bad)), raw("2", mail(2)))
    assert (taken.new, taken.set_aside) == (2, 1)
