"""A homeserver that no longer knows where Lola's computer left off, as after it was restored."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from functools import partial

import pytest

from connectors.base import Cursor
from connectors.errors import UnavailableError
from connectors.probe import held
from connectors.testing_faults import FAULTS
from connectors.testing_server import Request
from tests.connectors.matrix_office import Office, notices, opened, proxied
from tests.servers.synapse import Synapse


@pytest.fixture
def office(synapse: Synapse) -> Iterator[Office]:
    with opened(synapse) as office:
        yield office


def forgotten(office: Office) -> Cursor:
    """The cursor as it is where the homeserver lost its memory of the position in it."""
    since = str(office.cursor)
    start = since.index('"since":"') + len('"since":"')
    return Cursor(since[:start] + "zzz" + since[since.index('"', start) :])


def test_a_position_that_the_homeserver_does_not_know_begins_anew(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "Hola")
    connector = office.connect("ACME")
    office.pull(connector)
    before = office.held()
    news = list(connector.pull(forgotten(office)))
    assert held(news) == before
    office.batches += news
    office.ana.say(room, "¿Estás?")
    office.pull(connector)
    assert office.texts() == ["Hola", "¿Estás?"]


@pytest.mark.parametrize("taken", [0, 1, 2], ids="killed after {} batches".format)
def test_where_a_position_is_not_known_a_name_stands_for_the_room_it_stood_for(
    office: Office, taken: int
) -> None:
    room, second = (office.ana.room(name, office.lola) for name in ("ACME", "Web"))
    for one in (room, second):
        office.ana.say(one, "Hola")
    office.pull(office.connect("ACME", "Web"))
    office.ana.set(room, "m.room.name", {"name": "ACME antigua"})
    other = office.ana.room("ACME", office.lola)
    office.ana.say(other, "de otro cliente")

    lost = forgotten(office)
    cut = itertools.islice(office.connect("ACME", "Web").pull(lost), taken)
    office.batches += [dataclasses.replace(office.batches[-1], records=(), cursor=lost), *cut]
    office.ana.say(room, "¿Estás?")
    office.pull(office.connect("ACME", "Web"))
    assert set(office.conversations()) == {room, second}
    assert sorted(office.texts()) == ["Hola", "Hola", "¿Estás?"]
    assert not notices(office.pull(office.connect("ACME", "Web")))


def test_an_answer_under_a_condition_that_nobody_set_is_no_forgotten_position(
    office: Office,
) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "Hola")
    with proxied(office.server) as proxy:
        connector = office.connect("ACME", base_url=proxy.origin)
        for where in ("/sync", "/messages"):
            proxy.fail(partial(_asks, where), FAULTS["412 (H5)"])
            with pytest.raises(UnavailableError):
                office.pull(connector)
            proxy.mend()
        office.pull(connector)
    assert office.texts() == ["Hola"]


def _asks(where: str, request: Request) -> bool:
    return request.path.endswith(where)
