"""However a name is spelled it is found; where it names somebody else it is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from normalizer.model import Person
from store.lexicon import Heard, Known, Lexicon
from triage import guard
from triage.belongings import Sort
from triage.guard import Finding


class Silent:
    """A memory in which nobody ever said anything."""

    def heard(self, words: str) -> Heard:
        return Heard()

    def many(self, word: str) -> bool:
        return False

    def said(self, client_id: int, words: str) -> tuple[list[str], bool]:
        return [], False


MARTA = Person("Marta Ruiz Delgado", "marta@acme-flores.example")
ELENA = Person("Elena Prado", "elena@luz.example")


def lexicon(*more: tuple[str, str]) -> Lexicon:
    """ACME, Luz, Hoy Estudio, and more by short and whole name."""
    clients = [
        Known(id=1, slug="acme", name="ACME Floristería", people=frozenset({MARTA}),
              places=frozenset({"Proyecto Lince", "Hoy"})),
        Known(id=2, slug="luz", name="Luz", people=frozenset({ELENA}), places=frozenset()),
        Known(id=3, slug="hoy", name="Hoy Estudio", people=frozenset(), places=frozenset()),
    ]  # fmt: skip
    clients += [
        Known(id=n, slug=slug, name=name, people=frozenset(), places=frozenset())
        for n, (slug, name) in enumerate(more, 10)
    ]
    return Lexicon(tuple(clients), frozenset({"lola@lola.example"}))


def found(
    text: str, client: str = "hoy", more: Sequence[tuple[str, str]] = (), to: Sequence[str] = ()
) -> list[tuple[str, str]]:
    told = guard.findings(text, client, lexicon(*more), Silent(), to)
    return [(one.words, one.owner) for one in told]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Lo de AC\u00adME va", "ACME"), ("Lo de AC\u200bM\u2060E va", "ACME"),
        ("Lo de \uff21\uff23\uff2d\uff25 va", "\uff21\uff23\uff2d\uff25"),
        ("Lo de АСМЕ va", "АСМЕ"), ("Lo de ΑCΜE va", "ΑCΜE"), ("Lo vio Mar\u00adta Ru\u200diz", ""),
        ("Lo vio Marta-Ruiz", "Marta-Ruiz"), ("Lo vio Marta\nRuiz", "Marta\nRuiz"),
        ("ACME's list", "ACME"), ("mira lo de acme’s", "acme"), ("Va en AcMe", "AcMe"),
        ("Mira Presupuesto_ACME_v2.pdf", "ACME"), ("Mira proyecto_lince-v2.docx", "proyecto_lince"),
        ("Estimada Sra. Ruiz:\n\nYa está.", "Ruiz"), ("Sra. Delgado:\n\nYa está.", "Delgado"),
        ("Buenas tardes, doña Marta:", "Marta"),
        ("Hola, buenas tardes.\n\nMarta, ya está.", "Marta"),
        ("Te ordené el tablero Hoy.", "Hoy"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_spelled(text: str, words: str) -> None:
    assert (words or "Marta Ruiz", "acme") in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nos vemos en la calle Luz, 4.", "Duermo en el hotel Luz.", "It is on Luz Street.",
        "Hoy no llego.\n\nMarta, la de la imprenta, viene luego.", "Ya lo sabe la Sra. Ruiz.",
        "Te lo digo.\n\nDoña Marta, la vecina, tiene la llave.", "se fue la luz", "sale a la luz",
        "Hoy va.", "el estudio va hoy",
    ],
)  # fmt: skip
def test_what_is_called_alike_and_is_somebody_else_says_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "alarms"),
    [
        ("Falta tinta en la impresora.", False), ("Lo de tinta va mañana.", True),
        ("Es para tinta.", True), ("Me lo pidió tinta ayer.", True),
        ("Mira lo que dice tinta.", True),
        ("te falta lo que pidio tinta", True), ("La tinta es azul.", False),
    ],
)  # fmt: skip
def test_a_small_word_is_a_name_only_where_names_stand(text: str, *, alarms: bool) -> None:
    assert bool(found(text, more=[("tinta", "Tinta Libros")])) is alarms


def test_names_of_two_letters_and_of_months_are_names_where_they_are_written_so() -> None:
    more = [("iq", "IQ"), ("may", "May & June Events"), ("td", "Té Dos")]
    assert found("Se lo mandé a IQ ayer.", more=more) == [("IQ", "iq")]
    assert found("see you in May or June, then.", more=more) == []
    assert found("Es para May & June Events.", more=more) == [("May & June Events", "may")]
    assert found("Nos tomamos un té, o dos.", more=more) == []


def test_two_months_point_to_nobody() -> None:
    people = frozenset({Person("June May", "j@may.example")})
    other = Known(id=9, slug="may", name="May Events", people=people, places=frozenset({"April"}))
    own = Known(id=1, slug="acme", name="ACME", people=frozenset(), places=frozenset())
    told = guard.findings("It is in May or in April.", "acme", Lexicon((own, other)), Silent())
    assert told == []


@pytest.mark.parametrize("address", ["m\u0430rta@acme-flores.example", "marta@ácme-flores.example"])
def test_an_address_that_only_looks_like_one_of_theirs_stops(address: str) -> None:
    told = guard.findings("Hola", "acme", lexicon(), Silent(), [address])
    assert [(one.sort, one.words, one.stops) for one in told] == [(Sort.RECIPIENT, address, True)]


def test_an_address_is_the_same_in_any_case() -> None:
    assert found("Hola", "acme", to=["Marta@ACME-Flores.example", "LOLA@lola.example"]) == []


def test_what_two_clients_of_one_agency_share_names_neither() -> None:
    shared = Person("Rita Vela", "rita@agencia.example")
    clients = [
        Known(id=n, slug=slug, name=name, people=people, places=frozenset())
        for n, slug, name, people in (
            (1, "uno", "Uno", frozenset({shared})), (2, "dos", "Dos", frozenset({shared})),
            (3, "tres", "Tres", frozenset[Person]()),
        )
    ]  # fmt: skip
    text = "Hola, Rita:\n\nescribe a rita@agencia.example o a otra@agencia.example."
    known = Lexicon(tuple(clients))
    to = [shared.handle]
    assert guard.findings(text, "uno", known, Silent(), to) == []
    told = guard.findings(text, "tres", known, Silent(), to)
    assert Finding(Sort.RECIPIENT, shared.handle, "dos") in told
    assert [one.words for one in told if one.sort is Sort.PERSON] == ["Rita"]


def test_where_nothing_is_known_nothing_is_found_but_that() -> None:
    assert guard.findings("Hola, Marta", "acme", Lexicon(()), Silent()) == []
    told = guard.findings("Hola", "acme", Lexicon(()), Silent(), ["x@y.example", ""])
    assert [(one.words, one.owner) for one in told] == [("x@y.example", ""), ("", "")]


def test_a_client_of_whom_nothing_is_known_is_compared_with_all_the_others() -> None:
    assert found("Lo vio Marta Ruiz.", client="nueva") == [("Marta Ruiz", "acme")]
