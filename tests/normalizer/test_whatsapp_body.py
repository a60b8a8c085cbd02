"""What the app says in a body is told from what people write, in every language that is known."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import whatsapp_words
from normalizer.whatsapp_body import Body, BodyKind, chat_name, mentioned, understand

TABLES = tomllib.loads(whatsapp_words.FILE.read_text("utf-8"))
LANGUAGES = [pytest.param(table, id=name) for name, table in TABLES.items()]


def of(body: str, *, app: bool | None = None, group: str = "") -> Body:
    """Understand what Lola's phone exports."""
    return understand(body, "Lola", app=app, group=group)


def text(said: str) -> Body:
    """Say that a person speaks."""
    return Body(kind=BodyKind.TEXT, text=said)


OMITTED, CALL = Body(kind=BodyKind.OMITTED), Body(kind=BodyKind.CALL)
PLACE = "https://maps.google.com/?q=1,2"
SAYS: dict[str, Callable[[str], tuple[list[str], Body]]] = {
    "omitted": lambda word: (
        [word, f"{word}.", word.replace(" ", "\u202f"), f"\u200e{word}\u200e"],
        OMITTED,
    ),
    "omitted_document": lambda word: (
        [f"brief.pdf • 3 p. {word}", f"a b.pdf {word}", f"brief • \u200e3 p. \u200e{word}"],
        OMITTED,
    ),
    "attached": lambda word: (
        [f"<{word}: a b.jpg>", f"<{word}\xa0: a b.jpg>", f"< {word} : a b.jpg >"],
        Body(kind=BodyKind.FILE, file="a b.jpg"),
    ),
    "attached_after": lambda word: (
        [f"a b.pdf {word}\nsee", f"\u200ea b.pdf • \u200e3 p. \u200e{word}\nsee"],
        Body(kind=BodyKind.FILE, file="a b.pdf", text="see"),
    ),
    "edited": lambda word: (
        [f"so <{word}>", f"so \u200e<{word}.>"],
        Body(kind=BodyKind.TEXT, text="so", edited=True),
    ),
    "deleted": lambda word: (
        [word.replace("{}", "Ana Ruiz"), f"{word}.".replace("{}", "\u202a+34\xa0600\u202c")],
        Body(kind=BodyKind.DELETED),
    ),
    "deleted_own": lambda word: ([word, f"{word}."], Body(kind=BodyKind.DELETED, own=True)),
    "hidden": lambda word: ([word, f"{word}."], Body(kind=BodyKind.EMPTY)),
    "poll": lambda word: ([f"{word}\nWhy?"], Body(kind=BodyKind.POLL, text="Why?")),
    "location": lambda word: (
        [f"{word} {PLACE}", f"{word} Bar: {PLACE}"],
        Body(kind=BodyKind.LOCATION, text=PLACE),
    ),
    "live_location": lambda word: ([word, f"{word}."], Body(kind=BodyKind.LOCATION)),
    "call": lambda word: ([word, f"{word}. 2 min", f"{word}, \u200e09:05"], CALL),
    "call_end": lambda word: ([f"Voice call, {word}", f"Videollamada. {word}."], CALL),
}


@pytest.mark.parametrize("app", [None, True], ids=["Android", "iPhone"])
@pytest.mark.parametrize("table", LANGUAGES)
def test_every_word_of_every_language_is_understood_as_what_it_is(
    table: dict[str, list[str]], app: bool | None
) -> None:
    for name in table.keys() & SAYS.keys():
        for word in table[name]:
            said, wanted = SAYS[name](word)
            for body in said:
                assert of(body, app=app) == wanted, body


@pytest.mark.parametrize("table", LANGUAGES)
def test_notices_and_names_of_files_are_known_in_every_language(
    table: dict[str, list[str]],
) -> None:
    for word in table.get("notice", ()):
        assert of(f"Ana: {word}", app=True).kind is BodyKind.SYSTEM
        assert of(f"Ana: {word}", app=False).kind is BodyKind.TEXT
    for word in table.get("chat", ()):
        assert chat_name(f"{word.replace('{}', 'Ana Ruiz')}.txt") == "Ana Ruiz"


def test_no_table_has_words_for_what_nobody_asks() -> None:
    elsewhere = {"am", "pm", "joins", "option", "notice", "chat"}
    assert {name for table in TABLES.values() for name in table} == SAYS.keys() | elsewhere
    assert {field.name for field in fields(whatsapp_words.words())} == SAYS.keys() | elsewhere


@pytest.mark.parametrize(
    "said",
    [
        "hello",
        "look: <attached>",
        "Media omitted",
        "I deleted: This message was deleted",
        "Llamada perdida, te llamo luego",
        "Voice call, tomorrow then?",
        "Voice call\nand then lunch",
        "This message was deleted\nit says",
        "image omitted\nwhy?  ",
        "POLLS: are fun",
        "location: my place",
        "this (file attached)",
        "../../etc/passwd.txt (file attached)",
        "a/b.jpg (file attached)",
        "a\\b.jpg (file attached)",
        "<attached: ../a.jpg>",
        "<attached: a\x00.jpg>",
        "<this message was edited",
        "<This message was edited> no",
    ],
)
def test_what_people_write_stays_what_they_wrote(said: str) -> None:
    if said.startswith("image omitted"):
        assert of(said, app=False) == text(said)
    else:
        assert of(said) == text(said)


@pytest.mark.parametrize(
    "said",
    ["image omitted", "This message was deleted.", "Missed voice call", "POLL:\nWhy?"],
)
def test_an_iphones_marks_tell_what_a_person_typed_from_what_the_app_says(said: str) -> None:
    assert of(said, app=False) == text(said)
    assert of(f"{said}\u200e", app=False).kind is BodyKind.TEXT
    assert of(said, app=None).kind is not BodyKind.TEXT


def test_a_caption_stands_on_either_side_of_its_file() -> None:
    android = of("\u200eIMG-1.jpg (archivo adjunto)\nlook\nat this")
    iphone = of("look\nat this \u200e<attached: 0001-PHOTO.jpg>", app=False)
    assert (android.text, android.file) == ("look\nat this", "IMG-1.jpg")
    assert (iphone.text, iphone.file) == ("look\nat this", "0001-PHOTO.jpg")
    assert of("<Media omitted>\nlook") == Body(kind=BodyKind.OMITTED, text="look")
    edited = of("a.jpg (file attached)\nlook \u200e<This message was edited>")
    assert (edited.kind, edited.text, edited.edited) == (BodyKind.FILE, "look", True)


def test_a_file_is_known_in_a_language_that_is_not() -> None:
    assert of("<csatolt: x.jpg>", app=True) == Body(kind=BodyKind.FILE, file="x.jpg")
    assert of("<csatolt: x.jpg>", app=None) == text("<csatolt: x.jpg>")


def test_the_name_of_a_document_that_was_left_out_is_no_caption() -> None:
    assert of("<Media omitted>\nbrief.pdf") == Body(kind=BodyKind.OMITTED, file="brief.pdf")


def test_a_poll_is_the_same_whoever_has_voted_since() -> None:
    before = of("POLL:\nWhich day?\nOPTION: Friday (0 votes)\nOPTION: Monday (not 3) (1 vote)")
    after = of("ENCUESTA:\nWhich day?\nOPCIÓN: Friday (12 votos)\nOPCIÓN: Monday (not 3) (2 votos)")
    assert before == after
    assert before.text == "Which day?\nFriday\nMonday (not 3)"


def test_what_a_group_says_in_its_own_name_is_the_apps() -> None:
    notice = "Ana hat was getan"
    assert understand(notice, "Obras", app=True, group="Obras").kind is BodyKind.SYSTEM
    assert understand(notice, "Ana", app=True, group="Obras").kind is BodyKind.TEXT
    assert understand(notice, "Obras", app=False, group="Obras").kind is BodyKind.TEXT
    assert understand(notice, "").kind is BodyKind.SYSTEM


def test_names_and_numbers_that_the_app_wraps_stand_bare() -> None:
    said = "@\u2068Ana Ruiz\u2069 y @\u2068Lola\u2069: \u202a+34\xa0600\xa0112\xa0233\u202c"
    assert of(said).text == "@Ana Ruiz y @Lola: +34\xa0600\xa0112\xa0233"
    assert mentioned(f"{said} @\u2068Lola\u2069") == ("Ana Ruiz", "Lola")


@pytest.mark.parametrize(
    ("name", "chat"),
    [
        ("Chat de WhatsApp con Lola.txt", "Lola"),
        ("WhatsApp Chat - Lola.zip", "Lola"),
        ("WhatsApp Chat with Lola (1).txt", "Lola"),
        ("WhatsApp Chat with Lola.txt.zip", "Lola"),
        ("WhatsApp_Chat_with_Lola_Moda.txt", "Lola Moda"),
        ("WhatsApp Chat with a_b.txt", "a_b"),
        ("Conversa do WhatsApp com Lola.txt", "Lola"),
        ("Discussion WhatsApp avec Zoé.txt", "Zoé"),
        ("Lola ile WhatsApp Sohbeti.txt", "Lola"),
        ("whatsapp chat mit \u202a+34\xa0600 11\u202c.TXT", "+34 600 11"),
        ("mail/WhatsApp Chat with Obras: casa.txt", "Obras: casa"),
        ("WhatsApp Chat with Obras (casa).txt", "Obras (casa)"),
        ("_chat.txt", None),
        ("notes.txt", None),
        ("WhatsApp Chat with .txt", None),
        ("", None),
    ],
)
def test_a_files_name_tells_whose_chat_it_is(name: str, chat: str | None) -> None:
    assert chat_name(name) == chat


@given(st.text(max_size=300), st.sampled_from([None, True, False]))
def test_any_body_is_understood_and_no_file_has_a_path(said: str, app: bool | None) -> None:
    for body in (said, f"{said} (file attached)", f"<attached: {said}>", f"POLL:\n{said}"):
        found = of(body, app=app)
        assert not set(found.file) & set("/\\\n\x00")
        assert found.file not in {".", ".."}
