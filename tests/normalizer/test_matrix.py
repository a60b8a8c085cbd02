"""What is said in a Matrix room, in our words; the examples are those of the specification."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.probe import inside, well_formed
from normalizer.matrix import normalise
from normalizer.model import Change, Conversation, Message
from normalizer.raw import Raw

ROOM = "!ejemplo:matrix.test"
ANA, LOLA = "@ana:matrix.test", "@lola:matrix.test"
AT = 1_795_790_044_118


def raw(content: dict[str, Any], kind: str = "m.room.message", /, **meta: Any) -> Raw:
    event = {
        "type": kind, "event_id": "$uno", "sender": ANA, "origin_server_ts": AT, "content": content,
    }  # fmt: skip
    return Raw.of_json("message", f"{ROOM}/$uno", event, **{"from": "Ana Muñoz", **meta})


def read(content: dict[str, Any], kind: str = "m.room.message", /, **meta: Any) -> Message:
    message = next(iter(normalise(raw(content, kind, **meta))))
    assert isinstance(message, Message)
    return message


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def test_a_message_says_who_when_and_where() -> None:
    message = read(text("Hola, Lola", **{"m.mentions": {"user_ids": [LOLA, LOLA]}}))
    assert (message.author.name, message.author.handle) == ("Ana Muñoz", ANA)
    assert message.sent_at == datetime.fromtimestamp(AT / 1000, UTC)
    assert message.about is not None
    assert (message.about.stream, message.about.external_id) == ("room", ROOM)
    assert [one.handle for one in message.to] == [LOLA]
    assert (message.automatic, message.withdrawn, message.unread) == (False, False, False)


def test_a_ghost_of_a_bridge_is_somebody_with_a_name() -> None:
    event = raw(text("Hola")).json() | {"sender": "@whatsapp_34600111222:matrix.test"}
    ghost = Raw.of_json("message", f"{ROOM}/$uno", event, **{"from": "Ana (WA)"})
    (message,) = normalise(ghost)
    assert isinstance(message, Message)
    assert message.author.name == "Ana (WA)"
    assert message.author.handle == "@whatsapp_34600111222:matrix.test"


def test_formatted_text_reads_as_text_and_its_answer_is_told_from_the_quote() -> None:
    message = read(
        text(
            "> <@lola:matrix.test> ¿Rojo?\n\nNo, azul",
            format="org.matrix.custom.html",
            formatted_body='<mx-reply><blockquote><a href="https://matrix.to/#/x">In reply to'
            "</a> ¿Rojo?</blockquote></mx-reply>No, <b>azul</b><br>y grande",
            **{"m.relates_to": {"m.in_reply_to": {"event_id": "$cero"}}},
        )
    )
    assert message.text == "No, azul\ny grande"
    assert message.folded == "> <@lola:matrix.test> ¿Rojo?"


@pytest.mark.timeout(20)  # as against hours
def test_quotes_without_an_end_cost_no_more_than_they_are_long() -> None:
    quotes = "<mx-reply>" * 1_000_000
    html = {"format": "org.matrix.custom.html", "formatted_body": f"{quotes}No"}
    assert read(text("x", **html)).text == "No"
    blanks = {**html, "formatted_body": "\n" * 1_000_000 + "No"}
    assert read(text("x", **blanks)).text == "No"


def test_a_quote_is_taken_off_an_answer_only_and_only_where_an_app_put_it() -> None:
    quote = "> <@lola:matrix.test> así estaba\n> y así\n\nasí no"
    answer = {"m.relates_to": {"m.in_reply_to": {"event_id": "$cero"}}}
    assert read(text(quote)).text == quote
    assert read(text(quote, **answer)).text == "así no"
    hers = "> así estaba\n\nasí no"
    assert read(text(hers, **answer)).text == hers


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"msgtype": "m.emote", "body": "saluda"}, "* Ana Muñoz saluda"),
        ({"msgtype": "m.notice", "body": "Llamada perdida"}, "Llamada perdida"),
        ({"msgtype": "m.location", "body": "Aquí", "geo_uri": "geo:40.4,-3.7"},
         "Aquí\ngeo:40.4,-3.7"),
        ({"msgtype": "com.example.new", "body": "algo de mañana"}, "algo de mañana"),
    ],
)  # fmt: skip
def test_each_kind_of_message_reads_as_text(content: dict[str, Any], expected: str) -> None:
    message = read(content)
    assert message.text == expected
    assert message.automatic is (content["msgtype"] == "m.notice")


@pytest.mark.parametrize(
    ("kind", "poll"),
    [
        ("m.poll.start", {"m.poll": {
            "question": {"m.text": [{"body": "¿Qué color?"}]},
            "answers": [{"m.id": "a", "m.text": [{"body": "Azul"}]},
                        {"m.id": "b", "m.text": [{"body": "Rojo"}]}]}}),
        ("org.matrix.msc3381.poll.start", {"org.matrix.msc3381.poll.start": {
            "question": {"org.matrix.msc1767.text": "¿Qué color?"},
            "answers": [{"id": "a", "org.matrix.msc1767.text": "Azul"},
                        {"id": "b", "org.matrix.msc1767.text": "Rojo"}]}}),
    ],
)  # fmt: skip
def test_a_poll_reads_as_its_question_and_its_answers(kind: str, poll: dict[str, Any]) -> None:
    assert read(poll, kind).text == "¿Qué color?\n○ Azul\n○ Rojo"


@pytest.mark.parametrize("kind", ["m.image", "m.file", "m.audio", "m.video"])
def test_a_file_is_an_attachment_and_its_caption_the_text(kind: str) -> None:
    bare = {"msgtype": kind, "body": "../../brief.pdf", "url": "mxc://matrix.test/aBc-1"}
    message = read(bare)
    (file,) = message.attachments
    assert (file.external_id, file.name, message.text) == ("matrix.test/aBc-1", "brief.pdf", "")
    assert file.media_type == "application/octet-stream"
    captioned = read({**bare, "filename": "brief.pdf", "body": "El brief"})
    assert (captioned.text, captioned.attachments[0].name) == ("El brief", "brief.pdf")


@pytest.mark.parametrize(
    "url", ["https://evil.example/x", "mxc://matrix.test/../x", "mxc://a/b/c", "mxc://a", 3, None]
)
def test_a_file_is_fetched_from_nowhere_else(url: object) -> None:
    content = {"msgtype": "m.image", "body": "foto", "filename": "f.png", "url": url}
    if isinstance(url, int):
        with pytest.raises(ValueError, match="a text"):
            read(content)
    else:
        assert not read(content).attachments


def test_a_sticker_is_a_picture_in_the_text() -> None:
    sticker = {"body": "Bravo", "info": {"mimetype": "image/webp"}, "url": "mxc://matrix.test/s"}
    (file,) = read(sticker, "m.sticker").attachments
    assert (file.name, file.inline) == ("Bravo", True)


def test_the_newest_edit_by_who_wrote_the_message_counts() -> None:
    def edit(words: str, at: int = 1, **more: str) -> dict[str, Any]:
        return {"event_id": f"${words}", "sender": ANA, "origin_server_ts": AT + at,
                "type": "m.room.message", "content": text(words), **more}  # fmt: skip

    both = {"edit $b": edit("Verde", 2), "edit $a": edit("Rojo")}
    message, change = normalise(raw(text("Azul"), **both))
    assert isinstance(message, Message)
    assert isinstance(change, Change)
    assert message.text == "Verde"
    assert (change.field, change.before, change.after) == ("message", "", "")
    assert (change.author, change.about) == (message.author, message.ref)
    assert change.ref.external_id == f"{ROOM}/$Verde"
    assert read(text("Azul"), **{**both, "edit $b": None}).text == "Rojo"
    assert read(text("Azul"), **{"edit $a": edit("Gratis", sender=LOLA)}).text == "Azul"
    assert read(text("Azul"), **{"edit $a": edit("x", type="m.sticker")}).text == "Azul"
    assert read(text("Azul"), **{"edit $a": None}).text == "Azul"


def test_what_was_taken_back_has_no_words_and_says_by_whom() -> None:
    by = {"event_id": "$tres", "sender": LOLA, "name": "Lola", "origin_server_ts": AT + 9}
    message, change = normalise(raw(text("Ups"), withdrawn=by))
    assert isinstance(message, Message)
    assert isinstance(change, Change)
    assert (message.text, message.withdrawn) == ("", True)
    assert change.author.name == "Lola"
    (alone,) = normalise(raw(text("Ups"), withdrawn={}))
    assert isinstance(alone, Message)
    assert alone.withdrawn


def test_reactions_stand_by_sign_and_leave_the_text_alone() -> None:
    def by(sign: str, who: str) -> dict[str, str]:
        return {"key": sign, "sender": f"@{who.lower()}:matrix.test", "name": who}

    given = {
        "reaction $1": by("👍", "Luz"), "reaction $2": by("👍", "Ana"), "reaction $3": None,
        "reaction $4": by("🎉\n\x1b[31m", "Lola"),
    }  # fmt: skip
    message = read(text("¿Lo publico?"), **given)
    assert message.text == "¿Lo publico?"
    assert message.folded == "👍 Ana, Luz\n🎉 ␛[31m Lola"


def test_what_says_nothing_is_no_message() -> None:
    assert not list(normalise(raw({"msgtype": "m.key.verification.request", "body": "verify"})))
    assert not list(normalise(raw({"msgtype": "com.example.silent"})))


@pytest.mark.parametrize(
    "event",
    [
        [], {"content": []}, {"content": {"body": 3}}, {"origin_server_ts": "ayer"},
        {"origin_server_ts": 10**30}, {"origin_server_ts": True}, {"sender": 3},
        {"content": {"body": "x", "m.mentions": {"user_ids": [3]}}},
        {"content": {"body": "x", "m.relates_to": []}},
    ],
)  # fmt: skip
def test_what_is_none_of_the_specifications_is_set_aside(event: Any) -> None:
    whole = raw(text("Hola")).json()
    value = {**whole, **event} if isinstance(event, dict) else event
    with pytest.raises(ValueError, match=r"expected|calendar|out of range"):
        list(normalise(Raw.of_json("message", f"{ROOM}/$uno", value)))


def test_a_room_is_a_conversation_that_her_app_opens() -> None:
    meta = {"name": "Grupo\x1b ACME", "people": {ANA: "Ana"}, "network": "WhatsApp"}
    (found,) = normalise(Raw.of_json("room", ROOM, {"room_id": ROOM}, **meta))
    assert isinstance(found, Conversation)
    assert (found.title, found.container) == ("Grupo␛ ACME", "WhatsApp")
    assert found.url == f"https://matrix.to/#/{ROOM}"
    assert [one.name for one in found.people] == ["Ana"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["body", "msgtype", "url", "info", "m.relates_to", "m.in_reply_to",
                         "m.mentions", "user_ids", "formatted_body", "format", "filename",
                         "m.poll", "question", "answers", "m.text", "size", "geo_uri"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["body", "msgtype", "url", "m.poll", "m.relates_to"]), JSON),
       st.sampled_from(["m.room.message", "m.sticker", "m.poll.start"]))  # fmt: skip
def test_whatever_somebody_sends_is_read_cleanly_or_set_aside(
    content: dict[str, Any], kind: str
) -> None:
    try:
        found = list(normalise(raw(content, kind)))
    except ValueError:
        return
    for record in found:
        for value in inside(record):
            well_formed(value)
