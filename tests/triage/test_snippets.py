"""Her texts are filled in with what is known, and nothing goes while one has a hole in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from normalizer.model import Direction, Kind, Person, State
from store.views import ItemView, Lane, MessageView, Row, Turn
from triage import snippets
from triage.profile import Manner, Profile, Snippet

NOW = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
MANNER = Manner(me="Lola", profiles={"acme": Profile(), "bolt": Profile(language="en")})


def _said(who: str, direction: Direction, *, automatic: bool = False) -> MessageView:
    return MessageView(
        id=1, external_id="m", author=Person(who, f"{who}@x"), to=(), cc=(), direction=direction,
        sent_at=NOW, subject="", text="", folded="", unread=False, automatic=automatic, gone=False,
        problem=None, invitation=None, notification=None, attachments=(),
    )  # fmt: skip


def _item(
    *messages: MessageView, client: str = "acme", who: str = "", title: str = "Cartel"
) -> ItemView:
    row = Row(
        id=1, client=client, channel="correo", channel_kind="imap", external_id="x",
        kind=Kind.CONVERSATION, title="Cartel", who=who, snippet="", state=State.OPEN,
        lane=Lane.INBOX, until=None, turn=Turn.ME, due=None, act_by=NOW, updated_at=NOW, unread=0,
        labels=(), container="", url=None, attachments=0, automatic=False,
    )  # fmt: skip
    return ItemView(
        row=row, body="", people=(), checklist=(), messages=messages, changes=(), attachments=()
    )


def _values(item: ItemView) -> dict[str, str]:
    return snippets.values(item, "ACME", MANNER, NOW, MADRID)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hola, {nombre}:", "Hola, Ana:"),
        ("Hi {name}, {Title} / {Título}", "Hi Ana, Cartel / Cartel"),
        ("{{nombre}} y {nombre}", "{nombre} y Ana"),
        ("{{{nombre}}}", "{Ana}"),
        ("a { nombre } {} {color}", "a { nombre } {} {color}"),
        ("el {?fecha}", "el {?fecha}"),
        ("{nombre", "{nombre"),
    ],
)  # fmt: skip
def test_what_is_known_is_filled_in_and_the_rest_stands_as_it_is(text: str, filled: str) -> None:
    assert snippets.fill(text, {"nombre": "Ana", "titulo": "Cartel"}) == filled


def test_what_is_asked_is_asked_once_each_in_order() -> None:
    text = "{?fecha} {nombre} {?hora} {?Fecha} {{?no}} {?nombre}"
    assert snippets.asked(text) == ("fecha", "hora")
    assert (
        snippets.fill(text, {"Fecha": "lunes", "hora": "9"})
        == "lunes {nombre} 9 lunes {?no} {?nombre}"
    )


def test_while_something_is_empty_it_is_named() -> None:
    text = "Hola, {nombre}: el {?fecha}, {cliente}, {?fecha}, {?} {color} {{yo}}"
    assert snippets.open_in(text) == ("{nombre}", "{?fecha}", "{cliente}", "{?}")
    left = snippets.open_in(text, {"name": "Ana", "FECHA": "x", "cliente": "  "})
    assert left == ("{cliente}", "{?}")
    assert snippets.open_in("Usa { nombre } en la plantilla") == ()


def test_braces_in_a_value_are_never_read() -> None:
    values = {"nombre": "{cliente}", "cliente": "{?clave} {{yo}}", "yo": "Lola"}
    assert snippets.fill("{nombre} {cliente} {yo}", values) == "{cliente} {?clave} {{yo}} Lola"
    assert snippets.open_in("{nombre} {cliente} {yo}", values) == ()


def test_a_value_is_one_clean_line_without_what_cannot_be_seen() -> None:
    hostile = "Ana\r\nBcc: x@y\x1b[31m\u202egpj\u200b" + "z" * 10_000
    (filled,) = snippets.fill("{titulo}", {"titulo": hostile}).splitlines()
    assert filled.startswith("Ana Bcc: x@y[31mgpjzzz")
    assert len(filled) <= 500
    assert "⧼" not in snippets.fill("{titulo}", {"titulo": "a⧼202E⧽b"})


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ana Pérez", "Ana"), ("Pérez Gil, Ana", "Ana"), ("ANA PÉREZ", "Ana"), ("ana", "Ana"),
        ("Dra. Ana Pérez", "Ana"), ("~Ana", "Ana"), ("D. José-Luis", "José-Luis"),
        ("O'Neil Sean", "O'Neil"), ("(ACME) Ana", "Acme"), ("McKenzie", "McKenzie"),
        ("ana@acme.example", ""), ("+34 600 11 22 33", ""), ("", ""), ("An\u202ea", ""),
        ("A⧼200B⧽na", ""), ("李 小龙", "李"), ("🌸 Ana", "Ana"),
    ],
)  # fmt: skip
def test_people_are_greeted_by_their_first_name_or_not_at_all(name: str, first: str) -> None:
    assert snippets.first_name(name) == first


def test_the_name_is_of_whoever_spoke_last_on_their_side() -> None:
    ana, eva = _said("Ana Gil", Direction.IN), _said("Eva Ruiz", Direction.IN)
    hers, robot = _said("Lola", Direction.OUT), _said("Robot", Direction.IN, automatic=True)
    assert _values(_item(ana, eva, hers, robot))["nombre"] == "Eva"
    assert "nombre" not in _values(_item(hers, who="Lola"))
    assert _values(_item(who="Ana Gil"))["nombre"] == "Ana"
    assert "nombre" not in _values(_item(who="Lola Ruiz"))  # her own card


def test_the_date_is_hers_and_said_in_the_clients_language() -> None:
    assert _values(_item())["hoy"] == "28 de noviembre de 2026"  # half past midnight in Madrid
    assert _values(_item(client="bolt"))["hoy"] == "28 November 2026"


def test_what_she_says_counts_more_than_what_is_known_by_either_name() -> None:
    known = _values(_item(_said("Ana", Direction.IN)))
    assert snippets.open_in("".join(f"{{{name}}}" for name in snippets.names()), known) == ()
    for name in ("nombre", "name", "Name"):
        assert snippets.fill("{nombre} {name}", known | {name: "Eva"}) == "Eva Eva"


def test_a_snippet_speaks_the_clients_language_or_the_one_it_has() -> None:
    both = Snippet(name="x", texts={"es": "Hola", "en": "Hi"})
    assert [snippets.choose(both, one) for one in ("es", "en", "fr")] == ["Hola", "Hi", "Hola"]
    assert snippets.choose(replace(both, texts={"en": "Hi"}), "es") == "Hi"


def test_several_make_one_message() -> None:
    assert snippets.stack(["Hola:\n", "", " ¿Cuándo? \n\n", "Lola"]) == "Hola:\n\n¿Cuándo?\n\nLola"


def test_what_nothing_is_called_is_found() -> None:
    assert snippets.unknown("{nombr} {nombre} {?fecha} {{x}} {?} {nombr}") == ("nombr", "")
