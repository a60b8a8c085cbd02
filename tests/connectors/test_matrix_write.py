"""What Lola says in a room of a real Synapse: once, where it belongs, and nothing else."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import InDoubtError, RefusedError
from connectors.http_rules import Level
from connectors.matrix_api import level
from connectors.testing_faults import FAULTS
from connectors.testing_server import Request
from normalizer.actions import Comment, Complete
from normalizer.model import Ref
from tests.connectors.matrix_office import Office, opened, proxied
from tests.servers.synapse import Synapse


@pytest.fixture
def office(synapse: Synapse) -> Iterator[Office]:
    with opened(synapse) as office:
        yield office


@pytest.fixture
def room(office: Office) -> str:
    return office.ana.room("ACME", office.lola)


def bodies(office: Office, room: str) -> list[str]:
    return [event["content"]["body"] for event in office.lola.said(room)]


def comment(ref: Ref, text: str = "El lunes", **more: Any) -> Comment:
    return Comment(ref=ref, text=text, **more)


def test_what_she_says_is_hers_and_no_news(office: Office, room: str) -> None:
    office.ana.say(room, "¿Para cuándo?")
    connector = office.connect("ACME")
    office.pull(connector)
    receipt = connector.push(comment(Ref("room", room), "El <b>lunes</b>\ny ya"))
    office.pull(connector)
    message = office.messages()[-1]
    assert message.text == "El <b>lunes</b>\ny ya"
    assert (receipt.stream, receipt.external_id) == (message.ref.stream, message.ref.external_id)
    assert message.author.handle in connector.check().handles


def test_an_answer_says_what_it_answers(office: Office, room: str) -> None:
    event = office.ana.say(room, "¿Para cuándo?")
    connector = office.connect("ACME")
    connector.push(comment(Ref("message", f"{room}/{event}")))
    content = office.lola.said(room)[-1]["content"]
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": event}}
    assert content["m.mentions"] == {"user_ids": [office.ana.id]}
    assert content["body"] == "El lunes"


def test_an_answer_in_a_thread_stays_in_it(office: Office, room: str) -> None:
    root = office.ana.say(room, "El logo")
    inside = {"rel_type": "m.thread", "event_id": root}
    event = office.ana.say(room, "¿Cuál?", **{"m.relates_to": inside})
    office.connect("ACME").push(comment(Ref("message", f"{room}/{event}")))
    relates = office.lola.said(room)[-1]["content"]["m.relates_to"]
    assert (relates["rel_type"], relates["event_id"]) == ("m.thread", root)
    assert relates["m.in_reply_to"] == {"event_id": event}


def test_pushed_again_elsewhere_with_another_token_it_is_there_already(
    office: Office, room: str
) -> None:
    action = comment(Ref("room", room), decided_at=datetime.now(UTC) - timedelta(minutes=3))
    first = office.connect("ACME").push(action)
    for number in range(3):
        office.ana.say(room, str(number))
        office.lola.say(room, "El lunes")
    assert office.connect("ACME", token=office.lola.again()).push(action) == first
    assert office.connect("ACME").push(action) == first
    assert bodies(office, room).count("El lunes") == 4


def test_the_same_token_says_it_once_without_a_look(office: Office, room: str) -> None:
    action = comment(Ref("room", room))
    receipts = {office.connect("ACME").push(action) for _ in range(3)}
    assert len(receipts) == 1
    assert bodies(office, room) == ["El lunes"]


def lost(office: Office, room: str) -> Comment:
    """Say something, and never hear that it was said: give what is pushed again."""
    action = comment(Ref("room", room))
    with proxied(office.server) as proxy:
        proxy.fail(_puts, FAULTS["resets after the request (N4)"], after=True)
        with pytest.raises(InDoubtError):
            office.connect("ACME", base_url=proxy.origin).push(action)
    assert bodies(office, room) == ["El lunes"]
    return dataclasses.replace(action, decided_at=datetime.now(UTC) - timedelta(seconds=30))


PUSH = """
import sys, uuid
from datetime import datetime
from normalizer.actions import Comment
from normalizer.model import Ref
from tests.connectors.matrix_office import connected
base_url, token, room, known, at = sys.argv[1:]
action = Comment(
    ref=Ref("room", room), text="El lunes", id=uuid.UUID(known),
    decided_at=datetime.fromisoformat(at),
)
print(connected(base_url, token, "ACME").push(action).external_id)
"""


def pushing(server: str, token: str, action: Comment, checkout: Path) -> subprocess.Popen[str]:
    assert action.decided_at is not None
    room, at = action.ref.external_id, action.decided_at.isoformat()
    return subprocess.Popen(
        [sys.executable, "-c", PUSH, server, token, room, str(action.id), at],
        cwd=checkout, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("same_token", [True, False], ids=["same token", "another token"])
def test_killed_between_saying_and_knowing_it_says_it_no_second_time(
    office: Office, room: str, checkout: Path, same_token: bool
) -> None:
    action = comment(Ref("room", room), id=uuid.uuid4(), decided_at=datetime.now(UTC))
    with proxied(office.server) as proxy:
        proxy.fail(_puts, FAULTS["hangs (N3)"], after=True)
        with pushing(proxy.origin, office.lola.token, action, checkout) as first:
            while not bodies(office, room):
                assert first.poll() is None
            first.send_signal(signal.SIGKILL)
        assert first.returncode == -signal.SIGKILL
        proxy.mend()
    assert bodies(office, room) == ["El lunes"]
    token = office.lola.token if same_token else office.lola.again()
    with pushing(office.server.base_url, token, action, checkout) as second:
        out, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert bodies(office, room) == ["El lunes"]
    assert out.strip() == f"{room}/{office.lola.said(room)[0]['event_id']}"


def test_a_room_that_was_encrypted_since_gets_nothing_in_the_clear(
    office: Office, room: str
) -> None:
    connector = office.connect("ACME")
    office.pull(connector)
    office.ana.set(room, "m.room.encryption", {"algorithm": "m.megolm"})
    with pytest.raises(RefusedError, match="encrypted now"):
        connector.push(comment(Ref("room", room)))
    assert not bodies(office, room)


def test_what_went_out_before_the_room_was_encrypted_is_not_called_unsent(
    office: Office, room: str
) -> None:
    action = lost(office, room)
    office.ana.set(room, "m.room.encryption", {"algorithm": "m.megolm"})
    receipt = office.connect("ACME", token=office.lola.again()).push(action)
    assert receipt.external_id == f"{room}/{office.lola.said(room)[0]['event_id']}"
    assert bodies(office, room) == ["El lunes"]


@pytest.mark.parametrize("goes", ["leaves", "leaves and forgets", "is put out"])
def test_a_room_she_is_no_longer_in_is_refused_with_what_to_do(
    office: Office, room: str, goes: str
) -> None:
    event = office.ana.say(room, "¿Para cuándo?")
    if goes == "is put out":
        office.ana.kick(room, office.lola)
    else:
        office.lola.leave(room)
    if goes == "leaves and forgets":
        office.lola.call("POST", f"/rooms/{room}/forget", {})
    for ref in (Ref("room", room), Ref("message", f"{room}/{event}")):
        with pytest.raises(RefusedError, match=r"You are not in this room.* Ask to be invited"):
            office.connect("ACME").push(comment(ref))
    assert [one["sender"] for one in office.ana.said(room)] == [office.ana.id]


def test_what_went_out_before_she_was_put_out_is_not_called_unsent(
    office: Office, room: str
) -> None:
    action = lost(office, room)
    office.ana.kick(room, office.lola)
    receipt = office.connect("ACME", token=office.lola.again()).push(action)
    assert receipt.external_id == f"{room}/{office.ana.said(room)[0]['event_id']}"


@pytest.mark.parametrize("by", ["lola", "ana"])
@pytest.mark.parametrize("same_token", [True, False], ids=["same token", "another token"])
def test_what_was_taken_back_before_it_is_pushed_again_is_not_said_again(
    office: Office, room: str, by: str, same_token: bool
) -> None:
    action = lost(office, room)
    event = office.lola.said(room)[0]["event_id"]
    {"lola": office.lola, "ana": office.ana}[by].redact(room, event)
    token = office.lola.token if same_token else office.lola.again()
    with pytest.raises(RefusedError, match=r"taken back.* Look in your Matrix app"):
        office.connect("ACME", token=token).push(action)
    assert [one["content"] for one in office.lola.said(room)] == [{}]


def test_what_was_taken_back_before_she_decided_holds_nothing_up(office: Office, room: str) -> None:
    office.lola.redact(room, office.lola.say(room, "Perdón"))
    action = comment(Ref("room", room), decided_at=datetime.now(UTC) + timedelta(seconds=5))
    office.connect("ACME").push(action)
    assert office.lola.said(room)[-1]["content"]["body"] == "El lunes"


def test_what_is_not_there_or_is_too_long_is_refused(office: Office, room: str) -> None:
    connector = office.connect("ACME")
    for ref in (
        Ref("room", "!nowhere:matrix.test"),
        Ref("room", office.ana.room("Otra")),
        Ref("message", f"{room}/$nothing"),
        Ref("card", room),
        Ref("room", "../account"),
    ):
        with pytest.raises(RefusedError):
            connector.push(comment(ref))
    with pytest.raises(RefusedError, match="up to 60000 bytes"):
        connector.push(comment(Ref("room", room), "ñ" * 40_000))
    with pytest.raises(RefusedError, match="answer, and nothing else"):
        office.connect("ACME", write="all").push(Complete(ref=Ref("room", room)))
    connector.push(comment(Ref("room", room), "ñ" * 29_000))
    assert len(bodies(office, room)) == 1


def test_with_write_no_nothing_leaves_and_with_comment_messages_alone(
    office: Office, room: str
) -> None:
    with proxied(office.server) as proxy:
        connector = office.connect("ACME", base_url=proxy.origin, write="no")
        with pytest.raises(RefusedError, match="Nothing is written back"):
            connector.push(comment(Ref("room", room)))
        assert not proxy.log
    v3 = "/_matrix/client/v3"
    assert level("PUT", f"{v3}/rooms/!a/send/m.room.message/t", {}) is Level.COMMENT
    for method, path in (
        ("POST", f"{v3}/rooms/!a/join"),
        ("PUT", f"{v3}/rooms/!a/send/m.reaction/t"),
        ("PUT", f"{v3}/rooms/!a/state/m.room.name/send/m.room.message/t"),
        ("PUT", f"{v3}/rooms/!a/redact/$e/t"),
        ("POST", f"{v3}/user/@a/filter"),
        ("POST", f"{v3}/rooms/!a/send/m.room.message/t"),
    ):
        assert level(method, path, {}) is Level.CHANGE


def test_an_answer_that_is_no_event_leaves_it_in_doubt(office: Office, room: str) -> None:
    with proxied(office.server) as proxy:
        connector = office.connect("ACME", base_url=proxy.origin)
        proxy.fail(_puts, FAULTS["wrong types (H11)"], after=True)
        action = comment(Ref("room", room))
        with pytest.raises(InDoubtError):
            connector.push(action)
        again = dataclasses.replace(action, decided_at=datetime.now(UTC))
        connector.push(again)
    assert bodies(office, room) == ["El lunes"]


def _puts(request: Request) -> bool:
    return request.method == "PUT"


def test_what_a_homeserver_refuses_is_told_in_its_words(office: Office, room: str) -> None:
    power = office.ana.call("GET", f"/rooms/{room}/state/m.room.power_levels/")
    office.ana.call(
        "PUT", f"/rooms/{room}/state/m.room.power_levels/", {**power, "events_default": 50}
    )
    with pytest.raises(RefusedError, match="refuses: You don't have permission"):
        office.connect("ACME").push(comment(Ref("room", room)))
