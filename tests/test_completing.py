"""What a question may go on with while it is typed: never anything that is not understood."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.completing import _FIELDS, _VALUES, Completion, Names, complete, mended
from store.errors import QueryError
from store.query import LONGEST, Match, parse
from store.tokens import tokens
from store.vocabulary import FIELDS, VALUES

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
NAMES = Names(
    clients=(("acme", "ACME Floristería"), ("luz", "Luz Abogados"), ("luna", "Luna")),
    channels=("correo", "imap", "tablero"),
    labels=("Diseño web", "urgente", 'con "comillas"', '«a» “b” "c"', "//raro", "  ", "(x)"),
)


def understood(text: str) -> object:
    return parse(text, now=NOW, timezone=UTC).node


def offered(text: str, language: str = "en", names: Names = NAMES) -> list[str]:
    return list(complete(text, len(text), names, language).offered)


@pytest.mark.parametrize(
    ("typed", "es", "en"),
    [
        ("cli", ["cliente:"], ["client:"]),
        ("c", ["cliente:", "canal:", "cambio:"], ["client:", "channel:", "changed:"]),
        ("VENC", ["vence:"], ["vence:"]),
        ("-lab", ["label:"], ["label:"]),
        ("foo (es", ["estado:", "es:"], ["estado:", "es:"]),
        ("estado:esp", ["estado:esperando"], ["estado:esperando"]),
        ("state:w", ["state:waiting"], ["state:waiting"]),
        ("toca:", ["toca:yo", "toca:cliente", "toca:tercero"],
         ["toca:me", "toca:client", "toca:third"]),
        ("cambio:tit", ["cambio:título"], ["cambio:title"]),
        ("due:<fr", ["due:<friday"], ["due:<friday"]),
        ("vence:<=v", ["vence:<=viernes"], ["vence:<=viernes"]),
        ("client:a", ["client:acme", 'client:"Luz Abogados"'],
         ["client:acme", 'client:"Luz Abogados"']),
        ("cliente:flor", ['cliente:"ACME Floristería"'], ['cliente:"ACME Floristería"']),
        ("cliente:lu", ["cliente:luz", "cliente:luna"], ["cliente:luz", "cliente:luna"]),
        ("canal:ta", ["canal:tablero"], ["canal:tablero"]),
        ("etiqueta:dis", ['etiqueta:"Diseño web"'], ['etiqueta:"Diseño web"']),
        ('label:"dis', ['label:"Diseño web"'], ['label:"Diseño web"']),
        ("label:con", ['label:«con "comillas"»'], ['label:«con "comillas"»']),
        ("label:(", [], []),
        ("label://", [], []),
        ('label:"Diseño web"', [], []),
        ("state:waiting", [], []),
        ("nosuch:a", [], []),
        ("factura ", [], []),
        ("", [], []),
    ],
)  # fmt: skip
def test_what_is_offered_after_a_word(typed: str, es: list[str], en: list[str]) -> None:
    assert offered(typed, "es") == es
    assert offered(typed, "en") == en


def test_only_a_word_that_ends_at_the_cursor_goes_on() -> None:
    assert complete("client:ac foo", 9, NAMES, "en").taken("client:ac foo", 0) == (
        "client:acme foo",
        11,
    )
    assert not complete("client:acme", 9, NAMES, "en").offered
    assert not complete('label:"dis web"', 10, NAMES, "en").offered


def test_nothing_is_offered_that_would_be_too_long() -> None:
    text = "x" * (LONGEST - 10) + " client:ac"
    assert not offered(text)
    assert offered(text[1:]) == []
    assert offered(text[2:]) == ["client:acme"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_name_and_every_meaning_is_offered_in_both_languages(language: str) -> None:
    assert [FIELDS[name] for name in _FIELDS[language]] == list(dict.fromkeys(FIELDS.values()))
    for field, known in VALUES.items():
        meant = [
            getattr(understood(f'{field}:"{value}"'), "value", None)
            for value in _VALUES[language][field]
        ]
        assert sorted(map(str, meant)) == sorted(set(known.values()))
    for field, values in _VALUES[language].items():
        for value in values:
            assert understood(f"{field}:{value}")


@pytest.mark.parametrize(
    ("text", "mended_text"),
    [
        ("foo clinte:acme bar", "foo cliente:acme bar"),
        ('estdo:"esperando"', 'estado:"esperando"'),
        ("x state:wating y", "x state:waiting y"),
        ("-(toca:clinte)", "-(toca:cliente)"),
    ],
)
def test_the_nearest_name_takes_the_place_of_one_that_is_none(text: str, mended_text: str) -> None:
    with pytest.raises(QueryError) as caught:
        understood(text)
    details = dict(caught.value.said.details)
    found = mended(text, int(details["position"]), str(details["nearest"]))
    assert found.taken(text, 0)[0] == mended_text
    assert understood(mended_text)
    assert mended("foo", 1, "bar") == Completion(0, 0)


PIECES = st.sampled_from(
    ["client:acme", "cliente:luz", "canal:correo", "state:waiting", "estado:hecho", "age:>5d",
     "edad:<1s", "turn:client", "toca:yo", "has:attachment", "tiene:adjunto", "changed:new",
     "cambio:título", "due:<friday", "vence:<=viernes", "-label:x", 'label:"Diseño web"',
     '"exact words"', "factura", "es:no-leído", "or", "not", "y", "(kind:task or tipo:hilo)",
     "text:algo", "año", "👍"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=5).map(" ".join), st.data(), st.sampled_from(["es", "en"]))
@example("client:acme", None, "es")
def test_going_on_with_any_beginning_of_a_question_never_makes_it_one_that_is_not_understood(
    question: str, data: st.DataObject | None, language: str
) -> None:
    cut = 3 if data is None else data.draw(st.integers(0, len(question)))
    text = question[:cut]
    for number in range(len(offered(text, language))):
        whole, cursor = complete(text, cut, NAMES, language).taken(text, number)
        assert cursor == len(whole)
        if whole.endswith(":"):  # a field, which asks for a value: each that is offered, or any
            values = complete(whole, cursor, NAMES, language)
            wholes = [values.taken(whole, one)[0] for one in range(len(values.offered))]
        else:
            wholes = [whole]
        for one in wholes or [whole + "x"]:
            kinds = [token.kind for token in tokens(one)]
            assert understood(one + ")" * (kinds.count("(") - kinds.count(")"))) is not None


@given(st.text(max_size=30), st.text(max_size=30).map(str.strip), st.integers(0, 40))
def test_a_label_of_any_signs_is_offered_as_itself_or_not_at_all(
    typed: str, label: str, cursor: int
) -> None:
    for one in offered("label:", names=Names(labels=(label,))):
        node = understood(one)
        assert isinstance(node, Match)
        assert understood(f"label:{one.removeprefix('label:')} x")
    complete(typed, cursor, NAMES, "es")
