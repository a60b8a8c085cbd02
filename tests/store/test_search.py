"""Full text on both engines: what is found, and that nothing typed can break it."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normalizer.model import Person
from normalizer.text import fold, line
from store import search
from store.query import And, Query, Words, parse, plain
from store.reader import Reader
from tests.store.shelf import NOW, Shelf

SLOW = [HealthCheck.function_scoped_fixture]


@pytest.fixture
def desk(shelf: Shelf) -> tuple[int, int]:
    client = shelf.client("acme")
    return client, shelf.channel(client, "correo", "imap")


def exact(text: str) -> Query:
    return Query(Words(text, exact=True))


# What stands in a text, and what may be typed to find it.
FOUND = {
    "Te envío la Factura de la REVISIÓN": "factura,FACTÚRA,fac,revision,envio la,f",
    "El señor Núñez de España": "nunez,senor,espana,NÚÑEZ,señ",
    "pedido #123 y factura F-2024/17": "#123,123,F-2024/17,2024/17,f-2024",
    "escribe a lola.perez+web@acme.example": "lola.perez+web@acme.example,lola.perez,@acme",
    "mira https://trello.com/c/AbC123/45-logo": "https://trello.com/c/AbC123,trello.com/c,abc123",
    "Ελληνικά και Русский текст": "ελληνικα,русский,РУССКИЙ",
    "東京都の請求書": "東京,請求,書,東京都の請求書",
    "ขอใบแจ้งหนี้": "ใบ,แจ้งหนี้",
    "청구서를 보내주세요": "청구,청구서를",
    "שלום עולם": "שלום,עול",
    "हिन्दी पाठ": "हिन्दी,पाठ",
    "Straße und ﬁn": "straße,STRASSE",
    "e\u0301tude": "étude,etude",
    "año_nuevo snake_case": "nuevo,case,ano",
    'dice "sí" AND (no) OR* NEAR': 'and,"sí",near,or',
    "1e5 0x1f 3.14": "1e5,0x1f,3.14,14",
    "x" * 700: "x" * 700,
    "¡Gracias🎉🎉! nos vemos ❤️": "🎉,🎉🎉,gracias🎉,❤,❤️,gra",
    "Vale 👍🏽 ok": "👍,👍🏿",
    "la 👩‍💻 de 🇪🇸": "👩‍💻,💻,🇪🇸",
}
NOT_FOUND = {
    "Te envío la Factura": "actura,facturas,factura te",
    "pedido #123": "#12 3,1234",
    "東京都": "京東,東都",
    "Gracias 🎉": "👍,🎊,🎉🎉,1f389,f389,🎉gracias",
}


def test_words_of_any_script_are_found_without_regard_to_case_or_accents(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:
    missed = {}
    for text, typed in FOUND.items():
        item = shelf.item(*desk, text)
        for one in typed.split(","):
            if item not in reader.search(one):
                missed[one] = text
    assert missed == {}


def test_what_is_not_there_is_not_found(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:
    for text, typed in NOT_FOUND.items():
        item = shelf.item(*desk, text)
        for one in typed.split(","):
            assert item not in reader.search(exact(one)), one


def test_signs_that_are_no_words_find_nothing_rather_than_everything(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:
    item = shelf.item(*desk, 'dice "sí" * 50 € - ¿no?')
    for typed in ('"', "*", "-", "€", "¿?", "()"):
        assert list(reader.search(typed)) == [], typed
        query = parse(typed, now=NOW, timezone=UTC)
        assert list(reader.ids(query)) == list(reader.search(query)) == [], typed
        assert reader.count(query) == 0
    assert list(reader.search("* 50 €")) == [item]


def test_quoted_words_stand_in_a_row_and_whole(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:
    item = shelf.item(*desk, "Factura de enero, sin IVA")
    for text, there in (
        ("factura de enero", True), ("de enero sin", True), ("factura enero", False),
        ("factura de ener", False), ("iva", True), ("iv", False),
    ):  # fmt: skip
        assert (item in reader.search(exact(text))) is there, text


def test_words_side_by_side_stand_in_one_message(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:

    item = shelf.item(*desk, "Hilo")
    for who, text in (("Ana", "la factura"), ("Eva", "el presupuesto de mayo")):
        shelf.message(desk[0], item, Person(who), text)
    assert list(reader.search("presupuesto mayo")) == [item]
    assert list(reader.search("factura mayo")) == []


def test_a_document_is_replaced_moved_and_dropped(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:
    client, _ = desk
    one, two = shelf.item(*desk, "uno"), shelf.item(*desk, "dos")
    doc = search.item_doc(one)
    shelf.index(doc, client, one, "tres")
    assert list(reader.search("uno")) == []
    assert list(reader.search("tres")) == [one]
    with shelf.db.write() as conn:
        search.move(conn, [doc], two)
        search.move(conn, [], two)
    assert list(reader.search("tres")) == [two]
    with shelf.db.write() as conn:
        search.drop(conn, [doc, 9999])
        search.drop(conn, [])
    assert list(reader.search("tres")) == []
    assert list(reader.search("dos")) == [two]


def test_the_index_follows_the_transaction(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:
    item = shelf.item(*desk, "uno")

    def half() -> None:
        with shelf.db.write() as conn:
            doc = search.Doc(
                id=search.item_doc(item), client_id=desk[0], item_id=item, text="mitad"
            )
            search.index(conn, [doc])
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert list(reader.search("mitad")) == []
    assert list(reader.search("uno")) == [item]


def test_many_documents_are_written_at_once_and_the_last_of_a_number_stays(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:
    item = shelf.item(*desk, "uno")
    docs = [
        search.Doc(id=2 * n + 1, client_id=desk[0], item_id=item, text=f"palabra{n}")
        for n in range(1200, 0, -1)
    ]
    again = search.Doc(id=3, client_id=desk[0], item_id=item, text="otra")
    with shelf.db.write() as conn:
        search.index(conn, [*docs, again])
        search.index(conn, [])
    for word in ("palabra1200", "palabra700", "palabra2", "otra"):
        assert list(reader.search(exact(word))) == [item], word
    assert list(reader.search(exact("palabra1"))) == []


def test_a_document_of_one_client_cannot_lead_to_an_item_of_another(
    shelf: Shelf, desk: tuple[int, int]
) -> None:
    other = shelf.client("luz")
    item = shelf.item(*desk, "uno")
    with pytest.raises(Exception, match="refused"):
        shelf.index(999, other, item, "canario")


def test_a_text_as_long_as_they_come_is_indexed(
    shelf: Shelf, reader: Reader, desk: tuple[int, int]
) -> None:
    words = " ".join(f"{n:x}𠀀{n:o}" for n in range(60_000))
    item = shelf.item(*desk, "principio")
    shelf.index(search.item_doc(item), desk[0], item, f"principio {words}")
    assert list(reader.search("principio")) == [item]


@settings(deadline=None, max_examples=100, suppress_health_check=SLOW)
@given(typed=st.one_of(st.text(max_size=40), st.text("\"*^:()-+{}<>&|!~'\\ aé", max_size=20)))
def test_nothing_typed_breaks_the_search(shelf: Shelf, reader: Reader, typed: str) -> None:
    reader.search(typed, 5)
    reader.search("\u19b0 \ufe70", 5)  # letters, but none to the tokenizers
    query = plain(typed)
    nodes = query.node.nodes if isinstance(query.node, And) else (query.node,)
    for node in nodes:
        if isinstance(node, Words):
            reader.search(exact(node.text), 5)


# 38 of 132,416 letters and digits are none to one of the two: New Tai Lue vowels, and forms of
# marks that stand for themselves.
ODD = [0x37A, *range(0x19B0, 0x19CA), 0x1CF2, 0x1CF3, *range(0xFC5E, 0xFC64), 0xFF9E, 0xFF9F]
ODD += range(0xFE70, 0xFE80)
LETTERS = st.characters(
    categories=("Lu", "Ll", "Lo", "Nd"), exclude_characters="".join(map(chr, ODD))
)


@settings(deadline=None, max_examples=60, suppress_health_check=SLOW)
@given(words=st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=6))
def test_what_is_written_is_found_as_it_is_written(
    shelf: Shelf, reader: Reader, words: list[str]
) -> None:
    if not reader.clients():
        client = shelf.client("acme")
        shelf.item(client, shelf.channel(client, "correo", "imap"), "uno")
    text = line(" ".join(words))
    shelf.index(search.item_doc(1), 1, 1, text)
    assert list(reader.search(exact(text))) == [1]
    for word in words:
        assert list(reader.search(line(word))) == [1], (word, fold(word))
