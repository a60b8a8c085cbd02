"""Which rooms of an account are a client's, and what becomes of them, at a real Synapse."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import ConfigError
from connectors.testing_faults import FAULTS
from tests.connectors.matrix_office import QUICK, Office, connected, notices, opened, proxied
from tests.servers.synapse import Synapse


@pytest.fixture
def office(synapse: Synapse) -> Iterator[Office]:
    with opened(synapse) as office:
        yield office


def test_a_room_that_is_called_otherwise_is_the_same_room(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "Hola")
    connector = office.connect("ACME")
    office.pull(connector)
    office.ana.set(room, "m.room.name", {"name": "ACME 2027"})
    office.pull(connector)
    assert office.conversations()[room].title == "ACME 2027"
    office.ana.say(room, "¿Seguís ahí?")
    office.pull(connector)
    assert office.texts(room) == ["Hola", "¿Seguís ahí?"]


def test_a_room_without_a_name_is_called_by_who_is_in_it(office: Office) -> None:
    bot = office.server.user("bot", "WhatsApp bridge bot")
    room = office.ana.room("", office.lola, bot)
    office.ana.set(room, "io.element.functional_members", {"service_members": [bot.id]})
    bridge = {"protocol": {"id": "whatsapp", "displayname": "WhatsApp"}}
    office.ana.set(room, "m.bridge", {"bridgebot": bot.id, **bridge})
    office.ana.say(room, "Hola")
    office.pull(office.connect("*"))
    (conversation,) = office.conversations().values()
    assert (conversation.title, conversation.container) == ("Ana Muñoz", "WhatsApp")
    assert [one.handle for one in conversation.people] == [office.ana.id]


def test_a_room_in_which_nothing_was_said_is_no_conversation_yet(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    connector = office.connect("ACME")
    assert connector.check().places == ("ACME",)
    office.pull(connector)
    assert not office.conversations()
    asked = connector.requests
    assert not office.pull(connector)
    assert connector.requests == asked + 1
    office.ana.set(room, "m.room.topic", {"topic": "El logo"})
    office.pull(connector)
    assert not office.conversations()
    office.ana.say(room, "Hola")
    office.pull(office.connect("ACME"))
    assert office.conversations()[room].title == "ACME"
    assert office.texts() == ["Hola"]
    office.ana.say(room, "¿Estás?")
    office.pull(connector)
    assert office.texts() == ["Hola", "¿Estás?"]


def test_another_clients_room_stays_out_whatever_it_is_called(office: Office) -> None:
    mine, other = office.ana.room("ACME", office.lola), office.ana.room("Luz", office.lola)
    office.ana.say(mine, "de ACME")
    office.ana.say(other, "de Luz")
    connector = office.connect("ACME")
    office.pull(connector)
    office.ana.set(other, "m.room.name", {"name": "ACME"})
    office.ana.say(other, "de Luz otra vez")
    office.ana.say(mine, "de ACME otra vez")
    office.pull(connector)
    later = dataclasses.replace(QUICK, now=lambda: datetime.now(UTC) + timedelta(hours=2))
    office.pull(office.connect("ACME", timing=later))
    office.ana.say(mine, "y otra")
    assert not notices(office.pull(office.connect("ACME", timing=later)))
    assert office.texts() == ["de ACME", "de ACME otra vez", "y otra"]


def test_two_rooms_of_one_name_are_neither_of_them_read(office: Office) -> None:
    rooms = [office.ana.room("ACME", office.lola) for _ in range(2)]
    office.ana.say(rooms[0], "Hola")
    connector = office.connect("ACME")
    assert "Several rooms are called ACME" in notices(office.pull(connector))[0]
    assert not office.messages()
    named = office.connect(rooms[0])
    office.batches.clear()
    office.pull(named)
    assert office.texts() == ["Hola"]


def test_a_room_that_is_not_there_is_said_and_check_names_those_that_are(office: Office) -> None:
    office.ana.room("ACME", office.lola)
    connector = office.connect("ACNE")
    with pytest.raises(ConfigError, match="There are: ACME"):
        connector.check()
    assert notices(office.pull(connector)) == ["There is no room ACNE in this Matrix account."]
    assert notices(office.pull(connector)) == ["There is no room ACNE in this Matrix account."]


def test_while_a_room_is_awaited_no_other_clients_room_gets_in(office: Office) -> None:
    room, other = (office.ana.room(name, office.lola) for name in ("ACME", "Luz"))
    connector = office.connect("ACME", "ACME nueva")
    office.pull(connector)
    for one in (room, other):
        office.ana.say(one, "Hola")
    office.pull(connector)
    assert office.texts() == ["Hola"]
    awaited = office.ana.room("acme NUEVA", office.lola)
    office.ana.say(awaited, "Aquí seguimos")
    office.pull(connector)
    assert office.texts() == ["Hola", "Aquí seguimos"]
    assert set(office.conversations()) == {room, awaited}


def test_settings_that_cannot_be_right_are_told_before_anything_is_asked(office: Office) -> None:
    with pytest.raises(ConfigError, match="must name the rooms"):
        connected(office.server.base_url, "syt_x", " ")
    with pytest.raises(ConfigError, match="since"):
        office.connect("*", since="ayer").check()
    with pytest.raises(ConfigError, match="is no Matrix homeserver"):
        office.connect("*", base_url=f"{office.server.base_url}/elsewhere").check()


def test_check_warns_of_an_account_that_counts_whole_as_one_clients(office: Office) -> None:
    office.ana.room("ACME", office.lola)
    account = office.connect("*", write="no").check()
    assert account.name == f"Lola ({office.lola.id})"
    assert account.places == ("ACME",)
    said = [one.text() for one in account.rights]
    assert said[0] == "Nothing is written back here."
    assert "name this client's rooms" in said[1]


def test_an_encrypted_room_is_named_and_nothing_of_it_is_shown(office: Office) -> None:
    secret = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm"}}
    closed = office.ana.room("Secreta", office.lola, initial_state=[secret])
    office.ana.say(closed, "en claro, por error")
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "Hola")
    connector = office.connect("*")
    for _ in range(2):
        said = notices(office.pull(connector))
        assert any("encrypted rooms" in one and "Secreta" in one for one in said)
    assert office.texts() == ["Hola"]
    assert set(office.conversations()) == {room}


@pytest.mark.parametrize("lines", [1, 120])
def test_of_a_room_that_turns_encrypted_nothing_said_in_the_clear_is_lost(
    office: Office, lines: int
) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "Hola")
    connector = office.connect("ACME")
    office.pull(connector)
    for number in range(lines):
        office.ana.say(room, f"antes {number}")
    office.ana.set(room, "m.room.encryption", {"algorithm": "m.megolm"})
    office.ana.send(room, {"algorithm": "m.megolm", "ciphertext": "AwgA"}, "m.room.encrypted")
    office.ana.say(room, "en claro, por error")
    for _ in range(2):
        assert any(
            "encrypted rooms" in one and "ACME" in one for one in notices(office.pull(connector))
        )
    said = ["Hola", *(f"antes {number}" for number in range(lines)), "en claro, por error"]
    assert office.texts() == said


def test_a_room_she_was_put_out_of_stays_as_it_was_and_goes_on_when_she_is_back(
    office: Office,
) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "Hola")
    connector = office.connect("ACME")
    office.pull(connector)
    office.ana.kick(room, office.lola)
    said = notices(office.pull(connector))
    assert said == notices(office.pull(connector))
    assert "no longer in the room ACME" in said[0]
    assert office.texts() == ["Hola"]
    assert not any(raw.deleted for batch in office.batches for raw in batch.records)

    office.ana.invite(room, office.lola)
    office.lola.join(room)
    office.ana.say(room, "Perdona")
    assert not notices(office.pull(connector))
    assert office.texts() == ["Hola", "Perdona"]


def test_an_invitation_is_told_and_accepted_by_nobody(office: Office) -> None:
    connector = office.connect("ACME")
    office.pull(connector)
    room = office.ana.room("ACME")
    office.ana.invite(room, office.lola)
    office.ana.invite(office.ana.room("Luz"), office.lola)
    assert notices(office.pull(connector)) == [
        "You are invited to the room ACME. Accept in your Matrix app, and it is read here."
    ]
    office.lola.join(room)
    office.ana.say(room, "Bienvenida")
    assert not notices(office.pull(connector))
    assert office.texts() == ["Bienvenida"]


def test_a_room_that_was_closed_for_another_is_followed_once_she_is_in_that(
    office: Office,
) -> None:
    room = office.ana.room("ACME", office.lola, room_version="10")
    office.ana.say(room, "antes")
    connector = office.connect("ACME")
    office.pull(connector)
    told = office.ana.call("POST", f"/rooms/{room}/upgrade", {"new_version": "11"})
    after = told["replacement_room"]
    assert "ACME was closed for a new one" in notices(office.pull(connector))[0]
    office.ana.invite(after, office.lola)
    office.lola.join(after)
    office.ana.say(after, "después")
    office.pull(connector)
    assert office.texts() == ["antes", "después"]


def test_who_is_in_the_newest_of_several_rooms_is_not_sent_into_a_closed_one(
    office: Office,
) -> None:
    room = newest = office.ana.room("ACME", office.lola, room_version="10")
    office.ana.say(room, "antes")
    office.pull(office.connect("ACME"))
    for _ in range(2):
        told = office.ana.call("POST", f"/rooms/{newest}/upgrade", {"new_version": "10"})
        newest = told["replacement_room"]
    office.ana.invite(newest, office.lola)
    office.lola.join(newest)
    office.ana.say(newest, "después")
    (said,) = notices(office.pull(office.connect("ACME")))
    assert said.endswith("If you are in a still newer one, name that by its id.")
    assert not notices(office.pull(office.connect(newest)))
    assert office.texts() == ["antes", "después"]


def test_a_room_that_is_named_later_comes_with_its_history(office: Office) -> None:
    first, second = (office.ana.room(name, office.lola) for name in ("ACME", "ACME web"))
    office.ana.say(first, "uno")
    office.ana.say(second, "dos")
    office.pull(office.connect("ACME"))
    office.ana.say(second, "tres")
    office.pull(office.connect("ACME", "ACME web"))
    assert office.texts(second) == ["dos", "tres"]
    office.pull(office.connect("ACME"))
    office.ana.say(second, "cuatro")
    office.pull(office.connect("ACME"))
    office.pull(office.connect("ACME", "ACME web"))
    assert office.texts(second) == ["dos", "tres", "cuatro"]


def test_an_invitation_without_a_name_is_told_by_who_asks(office: Office) -> None:
    office.ana.call("POST", "/createRoom", {"is_direct": True, "invite": [office.lola.id]})
    (said,) = notices(office.pull(office.connect("*")))
    assert said.startswith("You are invited to the room Ana Muñoz.")


def test_a_room_that_only_claims_to_go_on_in_another_clients_lets_nobody_in(
    office: Office,
) -> None:
    bea = office.server.user("bea", "Bea")
    room, other = office.ana.room("ACME", office.lola), bea.room("Luz", office.lola)
    office.ana.say(room, "Hola")
    bea.say(other, "de Luz")
    connector = office.connect("ACME")
    office.pull(connector)
    office.ana.set(room, "m.room.tombstone", {"body": "x", "replacement_room": other})
    bea.say(other, "más de Luz")
    said = notices(office.pull(connector))
    assert any("which knows nothing of it" in one for one in said)
    office.ana.say(room, "¿Hola?")
    assert notices(office.pull(connector)) == said
    assert office.texts() == ["Hola", "¿Hola?"]
    assert set(office.conversations()) == {room}

    office.batches.clear()
    bea.set(other, "m.room.name", {"name": "ACME"})
    said = notices(office.pull(office.connect("ACME")))
    assert any("Several rooms are called ACME" in one for one in said)
    assert not office.messages()


@pytest.mark.parametrize("goes", ["leaves", "leaves and forgets", "is put out"])
def test_a_name_whose_room_she_is_no_longer_in_stands_for_no_other_room(
    office: Office, goes: str
) -> None:
    bea = office.server.user("bea", "Bea")
    room, other = office.ana.room("ACME", office.lola), bea.room("Luz", office.lola)
    office.ana.say(room, "Hola")
    bea.say(other, "de Luz")
    connector = office.connect("ACME")
    office.pull(connector)
    if goes == "is put out":
        office.ana.kick(room, office.lola)
    else:
        office.lola.leave(room)
    if goes == "leaves and forgets":
        office.lola.call("POST", f"/rooms/{room}/forget", {})
    bea.set(other, "m.room.name", {"name": "ACME"})
    for _ in range(2):
        bea.say(other, "más de Luz")
        (said,) = notices(office.pull(connector))
        assert "no longer in the room ACME" in said
    later = dataclasses.replace(QUICK, now=lambda: datetime.now(UTC) + timedelta(hours=2))
    office.pull(office.connect("ACME", timing=later))
    assert office.texts() == ["Hola"]
    office.pull(office.connect(other))
    assert office.texts() == ["Hola", "de Luz", "más de Luz", "más de Luz"]


@pytest.mark.parametrize("of_another", ["id", "address"])
def test_a_room_named_by_its_id_or_its_address_is_none_that_is_only_called_so(
    office: Office, of_another: str
) -> None:
    bea = office.server.user("bea", "Bea")
    named = office.ana.room("ACME") if of_another == "id" else "#acme:matrix.test"
    bea.say(bea.room(named, office.lola), "de Luz")
    (said,) = notices(office.pull(office.connect(named)))
    assert said == f"There is no room {named} in this Matrix account."
    assert not office.messages()


@pytest.mark.parametrize("name", ["# ventas", "#general", "!ACME", "! urgente: hoy"])
def test_a_room_can_be_called_by_a_name_that_begins_as_an_address_does(
    office: Office, name: str
) -> None:
    office.ana.say(office.ana.room(name, office.lola), "Hola")
    connector = office.connect(name)
    assert connector.check().places == (name,)
    office.pull(connector)
    assert office.texts() == ["Hola"]


def test_where_a_room_is_only_called_like_an_address_its_id_is_named(office: Office) -> None:
    room = office.ana.room("#acme:matrix.test", office.lola)
    with pytest.raises(ConfigError) as caught:
        office.connect("#acme:matrix.test").check()
    there = "There is no room #acme:matrix.test in this Matrix account. There are:"
    assert str(caught.value) == f"{there} {room}."


def test_a_room_whose_history_is_refused_is_told_of_until_it_is_read(office: Office) -> None:
    room, other = (office.ana.room(name, office.lola) for name in ("ACME", "ACME web"))
    for one in (room, other):
        office.ana.say(one, "Hola")
    refused = (
        "The homeserver does not let us read the room ACME now. What was fetched from it stays"
        " here as it was; nothing was closed."
    )
    with proxied(office.server) as proxy:
        connector = office.connect("ACME", "ACME web", base_url=proxy.origin)
        proxy.fail(lambda r: room in r.path and r.path.endswith("/messages"), FAULTS["404 (H3)"])
        assert notices(office.pull(connector)) == [refused]
        assert notices(office.pull(connector)) == [refused]
        office.ana.say(other, "¿Estás?")
        assert notices(office.pull(connector)) == [refused]
        assert office.texts() == ["Hola", "¿Estás?"]
        proxy.mend()
        later = dataclasses.replace(QUICK, now=lambda: datetime.now(UTC) + timedelta(hours=2))
        patient = office.connect("ACME", "ACME web", base_url=proxy.origin, timing=later)
        assert not notices(office.pull(patient))
        assert not notices(office.pull(patient))
    assert office.texts(room) == ["Hola"]
