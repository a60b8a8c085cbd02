"""What happens in rooms of a real Synapse, and what of it reaches Lola's computer."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Cursor
from connectors.errors import AuthError, ConfigError, CursorExpiredError
from connectors.probe import in_thread
from tests.connectors.matrix_office import QUICK, Office, notices, opened, proxied
from tests.servers.http_server import Reply
from tests.servers.synapse import Synapse


@pytest.fixture
def office(synapse: Synapse) -> Iterator[Office]:
    with opened(synapse) as office:
        yield office


def test_a_room_comes_with_its_history_then_with_what_is_new(office: Office) -> None:
    room = office.ana.room("Grupo ACME", office.lola)
    office.ana.say(room, "Hola")
    office.lola.say(room, "Dime")
    connector = office.connect("grupo acmé")
    office.pull(connector)
    assert office.texts(room) == ["Hola", "Dime"]
    (conversation,) = office.conversations().values()
    assert conversation.title == "Grupo ACME"
    first, second = office.messages(room)
    assert (first.author.name, first.author.handle) == ("Ana Muñoz", office.ana.id)
    assert second.author.handle in connector.check().handles
    assert first.about == conversation.ref

    office.ana.say(room, "¿Y el logo?")
    office.pull(connector)
    assert office.texts(room) == ["Hola", "Dime", "¿Y el logo?"]
    asked = connector.requests
    assert not office.pull(connector)
    assert connector.requests == asked + 1
    assert not office.pull(office.connect("grupo acmé")), "another process knows where we are"


def test_an_edit_is_the_same_message_with_other_words(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    event = office.ana.say(room, "Logo azul")
    connector = office.connect("ACME")
    office.pull(connector)
    office.ana.edit(room, event, "Logo rojo")
    edit = office.ana.edit(room, event, "Logo verde")
    office.pull(connector)
    assert office.texts(room) == ["Logo verde"]
    (change,) = office.changes()
    assert change.about == office.message(event).ref
    assert change.ref.external_id == f"{room}/{edit}"
    assert (change.field, change.author.name) == ("message", "Ana Muñoz")

    office.ana.redact(room, edit)
    office.pull(connector)
    assert office.texts(room) == ["Logo azul"]


def test_nobody_edits_what_somebody_else_said(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    mine = office.lola.say(room, "Son 300 euros")
    connector = office.connect("ACME")
    office.pull(connector)
    office.ana.edit(room, mine, "Es gratis")
    office.pull(connector)
    assert office.texts(room) == ["Son 300 euros"]
    office.lola.edit(room, mine, "Son 400 euros")
    office.ana.edit(room, mine, "Es gratis, de verdad")
    office.pull(connector)
    assert office.texts(room) == ["Son 400 euros"]
    assert [batch.records for batch in connector.pull(None)]
    office.batches.clear()
    office.pull(connector)
    assert office.texts(room) == ["Son 400 euros"]


def test_what_is_taken_back_says_who_did_it_and_when(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    event = office.lola.say(room, "Ups")
    connector = office.connect("ACME")
    office.pull(connector)
    redaction = office.ana.redact(room, event)
    office.pull(connector)
    message = office.message(event)
    assert (message.withdrawn, message.text) == (True, "")
    (change,) = office.changes()
    assert change.ref.external_id == f"{room}/{redaction}"
    assert change.author.handle == office.ana.id


def test_what_was_taken_back_before_we_came_is_not_there(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.redact(room, office.ana.say(room, "Nunca dicho"))
    office.ana.say(room, "Hola")
    office.pull(office.connect("ACME"))
    assert office.texts(room) == ["Hola"]


def test_a_reaction_stands_under_what_it_is_about_and_is_no_message(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    event = office.lola.say(room, "¿Lo publico?")
    connector = office.connect("ACME")
    office.pull(connector)
    thumb = office.ana.react(room, event, "👍")
    office.lola.react(room, event, "👍")
    office.pull(connector)
    assert office.texts(room) == ["¿Lo publico?"]
    assert office.message(event).folded == "👍 Ana Muñoz, Lola"
    office.ana.redact(room, thumb)
    office.pull(connector)
    assert office.message(event).folded == "👍 Lola"
    assert not office.message(event).withdrawn


def test_more_than_an_answer_holds_comes_page_by_page_and_may_be_cut_anywhere(
    office: Office,
) -> None:
    room = office.ana.room("ACME", office.lola)
    first = office.ana.say(room, "0")
    connector = office.connect("ACME")
    office.pull(connector)
    for number in range(1, 221):
        office.ana.say(room, str(number))
    office.ana.edit(room, first, "cero")
    office.ana.react(room, first, "🎉")
    cuts = 0
    while True:
        pull = office.connect("ACME").pull(office.cursor)
        batch = next(pull, None)
        if batch is None:
            break
        office.batches.append(batch)
        cuts += 1
    assert cuts >= 3
    assert office.texts(room) == ["cero", *map(str, range(1, 221))]
    assert office.message(first).folded == "🎉 Ana Muñoz"


def test_the_history_of_a_room_goes_back_to_the_first_day_only(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    for number in range(130):
        office.ana.say(room, str(number))
    connector = office.connect("ACME", since="all")
    office.pull(connector)
    assert office.texts(room) == [str(number) for number in range(130)]
    office.batches.clear()
    office.pull(office.connect("ACME", since="2999-01-01"))
    assert office.texts(room) == []
    assert len(office.conversations()) == 1


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
    office.pull(office.connect("*"))
    (conversation,) = office.conversations().values()
    assert (conversation.title, conversation.container) == ("Ana Muñoz", "WhatsApp")
    assert [one.handle for one in conversation.people] == [office.ana.id]


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
    assert any("Secreta is encrypted" in one for one in notices(office.pull(connector)))
    assert office.texts() == ["Hola"]
    assert set(office.conversations()) == {room}

    office.ana.set(room, "m.room.encryption", {"algorithm": "m.megolm"})
    office.ana.say(room, "ya no")
    said = notices(office.pull(connector))
    assert any("ACME is encrypted" in one for one in said)
    assert office.texts() == ["Hola"]
    assert any("ACME is encrypted" in one for one in notices(office.pull(connector)))


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


def test_a_token_that_was_withdrawn_asks_her_to_sign_in(office: Office) -> None:
    token = office.lola.again()
    connector = office.connect("*", token=token)
    office.pull(connector)
    office.lola.leave_off(token)
    for call in (connector.check, lambda: office.pull(connector)):
        with pytest.raises(AuthError):
            call()


def test_a_position_that_the_homeserver_does_not_know_begins_anew(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "Hola")
    connector = office.connect("ACME")
    office.pull(connector)
    before = office.held()
    since = str(office.cursor)
    start = since.index('"since":"') + len('"since":"')
    wrong = since[:start] + "zzz" + since[since.index('"', start) :]
    with pytest.raises(CursorExpiredError):
        list(connector.pull(Cursor(wrong)))
    office.batches += connector.pull(None)
    assert office.held() == before


def test_one_room_that_is_refused_does_not_stop_the_others(office: Office) -> None:
    rooms = [office.ana.room(name, office.lola) for name in ("ACME", "Web")]
    for room in rooms:
        office.ana.say(room, "Hola")
    with proxied(office.server) as proxy:
        connector = office.connect("ACME", "Web", base_url=proxy.origin)
        no = Reply.json({"errcode": "M_FORBIDDEN", "error": "You aren't a member"}, 403)
        proxy.fail(lambda r: r.path.endswith("/messages") and rooms[0] in r.path, no)
        (said,) = notices(office.pull(connector))
        assert "does not let us read the room ACME" in said
        assert office.texts() == ["Hola"]
        assert set(office.conversations()) == {rooms[1]}


def test_a_homeserver_that_is_crowded_says_for_how_long_in_the_body_too(office: Office) -> None:
    office.ana.room("ACME", office.lola)
    with proxied(office.server) as proxy:
        connector = office.connect("ACME", base_url=proxy.origin)
        told = {"errcode": "M_LIMIT_EXCEEDED", "error": "slow down", "retry_after_ms": 7_500}
        proxy.fail(lambda _: True, Reply.json(told, 429))
        with pytest.raises(Exception, match="only so many requests") as caught:
            office.pull(connector)
        assert getattr(caught.value, "retry_after").total_seconds() == 7.5  # noqa: B009


def test_reading_asks_and_never_changes_anything(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.edit(room, office.ana.say(room, "Hola"), "Hola, Lola")
    office.ana.invite(office.ana.room("Otra"), office.lola)
    with proxied(office.server) as proxy:
        connector = office.connect("*", base_url=proxy.origin, write="no")
        connector.check()
        office.pull(connector)
        office.ana.say(room, "¿Qué tal?")
        office.pull(connector)
        connector.wait(0.0, threading.Event())
        assert {request.method for request in proxy.log} == {"GET"}
        tokens = [r for r in proxy.log if office.lola.token in repr((r.path, r.pairs))]
        assert not tokens, "no secret in an address"


def test_waiting_ends_when_something_is_said_here_and_not_elsewhere(office: Office) -> None:
    room, other = (office.ana.room(name, office.lola) for name in ("ACME", "Luz"))
    connector = office.connect("ACME")
    stop = threading.Event()
    assert in_thread(lambda: connector.wait(0.0, stop)) is False
    office.ana.say(other, "Hola")
    assert in_thread(lambda: connector.wait(0.2, stop)) is False
    later = threading.Timer(0.3, lambda: office.ana.say(room, "Hola"))
    later.start()
    assert in_thread(lambda: connector.wait(20.0, stop)) is True
    later.join()
    assert in_thread(lambda: connector.wait(0.0, stop)) is False
    office.pull(connector)
    assert office.texts() == ["Hola"]


def test_nothing_new_is_asked_for_from_where_the_homeserver_is_by_now(office: Office) -> None:
    """Synapse answers the same question from its memory for two minutes."""
    room, other = (office.ana.room(name, office.lola) for name in ("ACME", "Luz"))
    with proxied(office.server) as proxy:
        connector = office.connect("ACME", base_url=proxy.origin)
        office.pull(connector)
        cursor = office.cursor
        for number in range(3):
            office.ana.say(other, str(number))
            assert not office.pull(connector)
        assert office.cursor == cursor
        asked = [r.query for r in proxy.log if "since" in r.query]
        assert len({one["since"] for one in asked}) == len(asked) == 3
        inside = [json.loads(one["filter"])["room"]["rooms"] for one in asked]
        assert inside == [[room]] * 3, "what is another client's is not even asked for"
        office.ana.say(room, "Hola")
        office.pull(connector)
        assert office.texts() == ["Hola"]
        office.batches.pop()
        office.pull(connector)
        assert office.texts() == ["Hola"], "what was not taken comes again"


def test_an_invitation_without_a_name_is_told_by_who_asks(office: Office) -> None:
    office.ana.call("POST", "/createRoom", {"is_direct": True, "invite": [office.lola.id]})
    (said,) = notices(office.pull(office.connect("*")))
    assert said.startswith("You are invited to the room Ana Muñoz.")


def test_a_file_is_fetched_by_her_token_and_only_from_the_homeserver(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    url = office.ana.upload(b"\x89PNG la foto", "image/png")
    info = {"mimetype": "image/png", "size": 12}
    photo = {"msgtype": "m.image", "body": "El logo", "filename": "logo.png", "info": info}
    event = office.ana.send(room, {**photo, "url": url})
    connector = office.connect("ACME")
    office.pull(connector)
    message = office.message(event)
    (file,) = message.attachments
    assert message.text == "El logo"
    assert (file.name, file.media_type, file.size) == ("logo.png", "image/png", 12)
    assert b"".join(connector.open(message.ref, file.external_id)) == b"\x89PNG la foto"
    for wrong in ("../../x/y", "evil.example/1?x=", "", "a/b/c"):
        with pytest.raises(Exception, match="no longer there"):
            list(connector.open(message.ref, wrong))
