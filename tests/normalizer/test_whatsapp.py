"""What an exported chat says, in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.model import Attachment, Change, Conversation, Direction, Message, Person, Ref
from normalizer.raw import Raw
from normalizer.whatsapp import normalise

ID = "lola/2026-11-13T19:02/0"


def raw(body: str, *, meta: dict[str, Any] | None = None, **more: Any) -> Raw:
    """Make a line's raw record."""
    told = {"at": "2026-11-13T19:02+00:00", "place": 1500, "sender": "Marta  Ibáñez"}
    return Raw.of_json(
        "line", ID, {**told, "body": body, **more}, **{"chat": "lola", "group": "", **(meta or {})}
    )


def message(body: str, **more: Any) -> Message:
    """Map a line that is a message and nothing else."""
    (found,) = normalise(raw(body, **more))
    assert isinstance(found, Message)
    return found


def test_a_line_is_a_message_in_its_chat_where_it_stands_in_its_minute() -> None:
    assert message("hi") == Message(
        ref=Ref("line", ID),
        author=Person("Marta Ibáñez", "marta ibáñez"),
        sent_at=datetime(2026, 11, 13, 19, 2, 1, 500_000, tzinfo=UTC),
        text="hi",
        about=Ref("chat", "lola"),
    )


def test_a_chat_is_a_conversation_of_people() -> None:
    value = {"title": "Obras\n casa", "people": ["Lola", "~\u202fJosé"]}
    (found,) = normalise(Raw.of_json("chat", "lola", value))
    assert found == Conversation(
        ref=Ref("chat", "lola"),
        title="Obras casa",
        people=(Person("Lola", "lola"), Person("~ José", "~ josé")),
    )


def test_a_file_hangs_from_its_message_and_the_caption_is_the_text() -> None:
    found = message("PTT-20261113-WA0001.opus (archivo adjunto)\nlisten")
    assert found.text == "listen"
    name = "PTT-20261113-WA0001.opus"
    assert found.attachments == (Attachment(external_id=name, name=name, media_type="audio/ogg"),)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.JPG", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.mp4", "video/mp4"),
        ("a.pdf", "application/pdf"),
        ("a.vcf", "text/vcard"),
        ("a.unheard", "application/octet-stream"),
    ],
)
def test_a_files_kind_is_guessed_by_the_end_of_its_name(name: str, kind: str) -> None:
    assert message(f"{name} (file attached)").attachments[0].media_type == kind


def test_a_file_that_was_left_out_says_so_in_the_apps_own_words() -> None:
    assert message("\u200eimagen omitida", app=True).text == "imagen omitida"
    assert message("<Multimedia omitido>\nlook").text == "<Multimedia omitido>\nlook"
    assert message("<Multimedia omitido>", caption="look").text == "<Multimedia omitido>\nlook"
    assert message("a.jpg (file attached)", caption="look").text == "look"


def test_a_message_that_was_taken_back_is_withdrawn() -> None:
    found = message("Se eliminó este mensaje.")
    assert (found.withdrawn, found.text, found.direction) == (True, "", None)
    whoever = message("Eliminaste este mensaje.")  # it may be the client's phone
    assert (whoever.withdrawn, whoever.direction) == (True, None)
    assert not message("hi").withdrawn


def test_what_the_app_says_is_automatic() -> None:
    assert not message("Llamada perdida").automatic, "somebody called"
    assert not message("Llamada perdida", sender="").automatic, "and this phone does not say who"
    assert message("Ana joined", sender="").automatic
    assert message("Ana joined", sender="").author == Person("WhatsApp")
    assert message("Ana hat was", sender="Obras", app=True, meta={"group": "Obras"}).automatic
    assert not message("hi").automatic
    assert not message("<Media omitted>").automatic


def test_she_wrote_what_the_connector_says_she_did() -> None:
    assert message("hi", meta={"mine": True}).direction is Direction.OUT
    assert message("hi", meta={"mine": False}).direction is None


def test_who_is_mentioned_is_spoken_to() -> None:
    found = message("@\u2068Ana Ruiz\u2069 see")
    assert (found.text, found.to) == ("@Ana Ruiz see", (Person("Ana Ruiz", "ana ruiz"),))


def test_a_poll_shows_its_votes() -> None:
    said = "POLL:\nWhy?\nOPTION: So (2 votes)"
    assert message(said).text == said


def test_an_edited_text_is_what_it_says_now() -> None:
    assert message("at five \u200e<This message was edited>").text == "at five"


def test_what_it_said_before_that_comes_to_light_later_is_told_as_a_change() -> None:
    late = ["at four", "at three"]
    first, *others = normalise(raw("at five <This message was edited>", late=late))
    changes = [one for one in others if isinstance(one, Change)]
    assert isinstance(first, Message)
    assert len(changes) == len(others)
    assert [(one.field, one.before, one.after) for one in changes] == [
        ("message", "at four", "at five"),
        ("message", "at three", "at five"),
    ]
    assert {one.about for one in changes} == {first.ref}
    assert len({one.ref for one in changes} - {first.ref}) == 2


def test_nothing_of_a_stranger_reaches_the_terminal() -> None:
    found = message("\x1b[2Jhi\u202egpj", sender="Lo\x1bla\u202e")
    assert found.text == "␛[2Jhi⧼202E⧽gpj"
    assert found.author.name == "Lo␛la⧼202E⧽"


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2026-11-13T19:02"},
        {"at": 5},
        {"place": -1},
        {"place": 60_000},
        {"place": "1"},
        {"sender": 5},
        {"caption": []},
        {"late": "x"},
    ],
)
def test_a_record_that_is_none_is_set_aside(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        list(normalise(raw("hi", **wrong)))


def test_patches_and_what_a_later_version_keeps_yield_nothing() -> None:
    assert not list(normalise(Raw(stream="line", external_id=ID, meta='{"mine":true}')))
    assert not list(normalise(Raw.of_json("reaction", ID, {})))


@given(st.text(max_size=200), st.text(max_size=50), st.sampled_from([None, True, False]))
def test_any_line_is_a_message_that_can_be_shown(said: str, sender: str, app: bool | None) -> None:
    (found,) = normalise(raw(said, sender=sender, app=app))
    assert isinstance(found, Message)
    assert found.text.replace("\n", "").isprintable()
    assert found.author.name.isprintable()


@pytest.mark.parametrize(
    ("number", "url"),
    [("34600112233", "https://wa.me/34600112233"), ("", None), ("346?text=x", None), ("٣٤٦", None)],
)
def test_a_chat_with_a_number_has_the_address_by_which_it_is_answered(
    number: str, url: str | None
) -> None:
    raw = Raw.of_json("chat", "ana", {"title": "Ana", "people": []}, number=number)
    (chat,) = normalise(raw)
    assert isinstance(chat, Conversation)
    assert chat.url == url
