"""What happens in rooms of a real Synapse, and what of it reaches Lola's computer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from connectors.errors import AuthError, UnavailableError
from connectors.http import Timing
from connectors.matrix_api import Event
from connectors.matrix_raws import raws_of
from connectors.probe import in_thread
from connectors.testing_server import Reply
from tests.connectors.matrix_office import Office, notices, opened, proxied
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


@pytest.mark.parametrize("at_once", [True, False])
def test_an_edit_that_is_taken_back_leaves_the_one_before_it(office: Office, at_once: bool) -> None:
    room = office.ana.room("ACME", office.lola)
    event = office.ana.say(room, "Logo azul")
    connector = office.connect("ACME")
    office.pull(connector)
    first = office.ana.edit(room, event, "Logo rojo")
    second = office.ana.edit(room, event, "Logo verde")
    office.ana.edit(room, event, "Logo negro")
    if not at_once:
        office.pull(connector)
    office.ana.redact(room, office.ana.edit(room, event, "Logo gris"))
    office.ana.redact(room, second)
    office.pull(connector)
    assert office.texts(room) == ["Logo negro"]
    third = office.ana.edit(room, event, "Logo blanco")
    office.pull(connector)
    office.ana.redact(room, third)
    office.pull(connector)
    assert office.texts(room) == ["Logo negro"]
    (kept,) = [raw for key, raw in office.held().items() if key[1].endswith(event)]
    for edit in [key.removeprefix("edit ") for key in kept.about() if key.startswith("edit ")]:
        if edit != first:
            office.ana.redact(room, edit)
    office.pull(connector)
    assert office.texts(room) == ["Logo rojo"]
    office.ana.redact(room, first)
    office.pull(connector)
    assert office.texts(room) == ["Logo azul"]


def test_a_message_that_is_edited_all_the_time_keeps_a_few_of_its_edits(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    event = office.ana.say(room, "0")
    connector = office.connect("ACME")
    for number in range(1, 25):
        office.ana.edit(room, event, str(number))
        if number % 4 == 0:
            office.pull(connector)
    (kept,) = [raw for key, raw in office.held().items() if key[1].endswith(event)]
    edits = [value for key, value in kept.about().items() if key.startswith("edit ")]
    assert len([one for one in edits if one]) == 5
    assert office.texts(room) == ["24"]


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


def test_a_reaction_that_is_taken_back_within_one_answer_leaves_nothing() -> None:
    common = {"sender": "@ana:acme.example", "origin_server_ts": 1}
    about = {"rel_type": "m.annotation", "event_id": "$said", "key": "🎉"}
    events: list[Event] = [
        {"type": "m.room.message", "event_id": "$said", "content": {"body": "Hola"}, **common},
        {"type": "m.reaction", "event_id": "$react", "content": {"m.relates_to": about}, **common},
        {
            "type": "m.room.redaction",
            "event_id": "$no",
            "redacts": "$react",
            "content": {},
            **common,
        },
    ]
    (raw,) = raws_of("!acme:acme.example", events, {}, lambda _: ())
    assert [value for key, value in raw.about().items() if key.startswith("reaction ")] == [None]


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


def test_a_page_without_a_message_ends_neither_a_gap_nor_a_history(office: Office) -> None:
    """A homeserver may count what it then leaves out, and says so by where to go on."""
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "0")
    office.pull(office.connect("ACME"))
    for number in range(1, 61):
        office.ana.say(room, str(number))
    whole = [str(number) for number in range(61)]
    with proxied(office.server) as proxy:

        def pulled(at: str) -> list[str]:
            bare = {"chunk": [], "start": at, "end": at.partition("_")[0]}
            proxy.fail(lambda r: r.path.endswith("/messages"), Reply.json(bare))
            office.pull(office.connect("ACME", base_url=proxy.origin))
            return office.texts(room)

        assert pulled(json.loads(str(office.cursor))["since"]) == whole
        now = json.loads(str(office.cursor))["since"]
        office.batches.clear()
        assert pulled(now) == whole


def test_more_that_is_said_while_a_gap_is_read_loses_nothing_of_it(office: Office) -> None:
    room = office.ana.room("ACME", office.lola)
    office.ana.say(room, "0")
    office.pull(office.connect("ACME"))
    for number in range(1, 131):
        office.ana.say(room, str(number))
    pull = office.connect("ACME").pull(office.cursor)
    office.batches.append(next(pull))
    for number in range(131, 191):
        office.ana.say(room, str(number))
    office.pull(office.connect("ACME"))
    assert office.texts(room) == [str(number) for number in range(191)]


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


def test_a_token_that_was_withdrawn_asks_her_to_sign_in(office: Office) -> None:
    token = office.lola.again()
    connector = office.connect("*", token=token)
    office.pull(connector)
    office.lola.leave_off(token)
    for call in (connector.check, lambda: office.pull(connector)):
        with pytest.raises(AuthError):
            call()


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


def test_waiting_ends_when_nobody_waits_any_more(office: Office) -> None:
    office.ana.room("ACME", office.lola)
    brief = Timing(deadline=1.0)
    connector, stop = office.connect("ACME", timing=brief), threading.Event()
    later = threading.Timer(0.2, stop.set)
    later.start()
    assert in_thread(lambda: connector.wait(3600.0, stop)) is False
    later.join()

    stop.clear()
    later = threading.Timer(0.2, connector.close)
    later.start()
    with pytest.raises(UnavailableError, match="ended from here"):
        in_thread(lambda: connector.wait(3600.0, stop))
    later.join()


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
