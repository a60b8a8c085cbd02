"""What of other clients stands in a draft is found; what is everyday, or this client's, is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normalizer.model import Conversation, Kind, Person, Ref
from normalizer.text import block
from store import place
from store.database import Database, open_database
from store.directory import ChannelSpec, ClientSpec, declare
from store.lexicon import Heard, Known, Lexicon
from store.reader import Reader
from tests.store.mailbox import NOW, bring, mail, raw, task
from tests.store.shelf import Shelf
from triage import guard
from triage.belongings import Sort
from triage.guard import MARKS, WINDOWS, Finding

LOLA = Person("Lola Pérez", "lola@lola.example")
MARTA = Person("Marta Ruiz Delgado", "marta@acme-flores.example")
HUGO = Person("Hugo Salas", "hugo@gmail.com")
ELENA = Person("Elena Prado", "elena@luzabogados.example")
LUIS = Person("Luis Cano", "luis@luzabogados.example")
SERVICE = Person("Zoom", "no-reply@zoom.example")

CHANNELS = (
    ChannelSpec(slug="correo", kind="imap"), ChannelSpec(slug="tablero", kind="trello"),
    ChannelSpec(slug="chat", kind="matrix"),
)  # fmt: skip
CLIENTS = [
    ClientSpec(slug=slug, name=name, color="blue", identities=(LOLA.handle,), channels=CHANNELS)
    for slug, name in (("acme", "ACME Floristería"), ("luz", "Luz"), ("tercero", "Tercero"))
]
ACME = (
    (MARTA, "Hola, Lola: Jorge te manda las peonías blancas para el ramo de la novia."),
    (HUGO, "El proveedor holandés ha subido el precio de los tulipanes."),
    (SERVICE, "Su reunión comienza en cinco minutos, pulse el enlace."),
    (LOLA, "Quedo a la espera de tu confirmación."),
)
LUZ = (
    (ELENA, "¿Has visto la demanda de Ortega? La vista es el martes."),
    (LUIS, "Hemos hablado con Teresa de Gestoría Vidal; escribe a teresa@vidal.example."),
)
SLOW = [HealthCheck.function_scoped_fixture]


def fill(db: Database) -> None:
    keys = declare(db, CLIENTS, NOW)
    for slug, told in (("acme", ACME), ("luz", LUZ)):
        letters = [mail(n, author=who, to=(LOLA,), text=text) for n, (who, text) in enumerate(told)]
        bring(db, keys[slug, "correo"], *(raw(one.ref.external_id, one) for one in letters))
    for slug, places in (
        ("acme", ("Web", "Campaña Wapiti", "Redes sociales")), ("luz", ("Redes sociales",))
    ):  # fmt: skip
        cards = [task(n, container=f"{place} › Hoy") for n, place in enumerate(places)]
        bring(
            db, keys[slug, "tablero"],
            *(raw(one.ref.external_id, one, stream="card") for one in cards),
        )  # fmt: skip
    room = Conversation(ref=Ref("room", "r"), title="Reparto Chamberí", people=(MARTA,))
    bring(db, keys["acme", "chat"], raw("r", room, stream="room"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database to read, or to copy."""
    path = tmp_path_factory.mktemp("guard") / "trastienda.db"
    db = open_database(path)
    fill(db)
    db.close()
    return path


@pytest.fixture(scope="module")
def reader(filled: Path) -> Iterator[Reader]:
    reader = Reader(filled)
    yield reader
    reader.close()


def found(reader: Reader, text: str, *to: str, client: str = "luz") -> list[tuple[str, str, str]]:
    findings = guard.findings(text, client, reader.lexicon(), reader, to)
    return [(one.sort.value, one.words, one.owner) for one in findings]


@pytest.mark.parametrize(
    ("text", "sort", "words"),
    [
        ("Te paso el presupuesto de ACME.", "name", "ACME"),
        ("te paso lo de acme", "name", "acme"),
        ("LO DE ACME FLORISTERÍA ESTÁ", "name", "ACME FLORISTERÍA"),
        ("Es para acme floristeria, gracias", "name", "acme floristeria"),
        ("Ya lo ha visto Marta Ruiz.", "person", "Marta Ruiz"),
        ("ya lo ha visto marta delgado", "person", "marta delgado"),
        ("Hola, Marta:\n\nYa está.", "person", "Marta"),
        ("Buenas tardes Marta, ya está.", "person", "Marta"),
        ("Marta - ya está.", "person", "Marta"),
        ("Cierro Campaña Wapiti esta semana.", "place", "Campaña Wapiti"),
        ("cierro la campana wapiti", "place", "campana wapiti"),
        ("Lo he puesto en Web esta mañana.", "place", "Web"),
        ("te he ordenado el tablero web", "place", "web"),
        ("Avisa en Reparto Chamberí.", "place", "Reparto Chamberí"),
        ("Mira https://www.acme-flores.example/x", "address", "www.acme-flores.example"),
        ("Escribe a pedidos@acme-flores.example.", "address", "pedidos@acme-flores.example."),
        ("Escribe a Hugo@gmail.com y ya", "address", "Hugo@gmail.com"),
        ("El proveedor holandés ha subido el precio", "phrase",
         "El proveedor holandés ha subido el precio"),
        ("Dice: el proveedor,\nHOLANDES ha subido el precio de los", "phrase",
         "el proveedor,\nHOLANDES ha subido el precio de los"),
    ],
)  # fmt: skip
def test_what_belongs_to_another_client_is_found_in_its_own_words(
    reader: Reader, text: str, sort: str, words: str
) -> None:
    assert (sort, words, "acme") in found(reader, text)
    assert found(reader, text, client="acme") == []


@pytest.mark.parametrize(
    "text",
    [
        "Hoy te lo envío, con la web y las redes.", "La campaña sale mañana.",
        "Redes sociales va bien; en Redes sociales queda una tarea.",
        "Web: lista. Marta no sé quién es.", "La reunión: https://zoom.example/j/55",
        "Lo tienes en https://drive.google.com/file/d/1", "Escríbeme a otra@gmail.com",
        "WEB Y REDES, TODO LISTO", "Elena, ¿lo ves bien? Se lo digo a Luis Cano.",
        "Te lo manda Teresa de Gestoría Vidal.", "teresa@vidal.example ya contestó.",
        "Quedo a la espera de tu confirmación.", "He visto a Marta por la calle.",
        "Escribe a lola@lola.example", "", "¿…?", "Luz verde por mi parte.",
    ],
)  # fmt: skip
def test_what_is_everyday_or_this_clients_too_says_nothing(reader: Reader, text: str) -> None:
    assert found(reader, text) == []


@pytest.mark.parametrize(
    ("text", "alarms"),
    [
        ("Es lo que pidió Luz ayer.", True), ("Se fue la luz ayer.", False),
        ("Luz verde, por fin.", False), ("LUZ VERDE, POR FIN.", False),
        ("se fue la luz ayer", False), ("es lo que pidio luz ayer", True),
    ],
)  # fmt: skip
def test_an_everyday_word_is_a_name_where_it_is_written_like_one(
    reader: Reader, text: str, *, alarms: bool
) -> None:
    assert found(reader, text, client="acme") == ([("name", "Luz", "luz")] if alarms and "Luz" in
                                                  text else [("name", "luz", "luz")] if alarms
                                                  else [])  # fmt: skip


def test_a_lone_first_name_inside_takes_a_second_sign_of_the_same_client(reader: Reader) -> None:
    assert found(reader, "Se lo pregunté a Marta ayer.") == []
    both = found(reader, "Se lo pregunté a Marta y a Hugo ayer.")
    assert both == [("person", "Marta", "acme"), ("person", "Hugo", "acme")]


def test_whoever_is_not_known_here_stops_and_says_whose_they_are(reader: Reader) -> None:
    stops = Finding(Sort.RECIPIENT, MARTA.handle, "acme")
    assert guard.findings("Hola", "luz", reader.lexicon(), reader, [MARTA.handle]) == [stops]
    assert stops.stops
    at_acme = found(reader, "Hola", "nueva@acme-flores.example")
    assert at_acme == [("recipient", "nueva@acme-flores.example", "acme")]
    assert found(reader, "Hola", "x@nadie.example") == [("recipient", "x@nadie.example", "")]
    assert found(reader, "Hola", "Elena@LuzAbogados.example", LOLA.handle) == []


def test_what_two_others_say_alike_is_nobodys(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "t.db")
    for slug in ("uno", "dos", "tres"):
        client = shelf.client(slug)
        item = shelf.item(client, shelf.channel(client, "correo", "imap"), "Hilo",
                          kind=Kind.CONVERSATION, described=0)  # fmt: skip
        if slug != "tres":
            text = "El ferrocarril abandonado cruza despacio la llanura nevada."
            shelf.message(client, item, Person("X", f"x@{slug}.example"), text)
    reader = Reader(str(tmp_path / "t.db"))
    assert found(reader, "El ferrocarril abandonado cruza despacio la llanura", client="tres") == []
    assert found(reader, "escribe a x@uno.example", client="tres") != []
    reader.close()
    shelf.close()


@pytest.mark.parametrize(
    ("typed", "right"),
    [("ACME Floristería", True), ("acme floristeria", True), ("acme", True), (" ACME. ", True),
     ("luz", False), ("", False), ("acm", False), ("acme luz", False), ("…", False)],
)  # fmt: skip
def test_the_client_is_named_by_its_whole_name_or_its_short_one(
    typed: str, *, right: bool
) -> None:  # fmt: skip
    assert guard.is_called("acme", "ACME Floristería", typed) is right


VOCABULARY = (
    "Hola Luz luz Marta Ruiz hugo web Web En tablero casa acme ACME de la peonías 6 x@b.example"
    " hugo@gmail.com tulipanes , . : \n - ¿ https://acme-flores.example/a ﬁn Ñandú 東京 👍🏽"
    " a\u0301 \u200b"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))
TEXTS = st.one_of(
    st.lists(WORDS, max_size=14).map(" ".join), st.text(max_size=40),
    st.sampled_from([text for _, text in (*ACME, *LUZ)]),
)  # fmt: skip


@settings(suppress_health_check=SLOW, max_examples=25)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, max_size=4), st.data())
def test_a_draft_of_this_clients_own_messages_never_alarms(
    filled: Path, hers: list[str], theirs: list[str], data: st.DataObject
) -> None:
    path = filled.with_name("own.db")
    for one in place.family(path):
        one.unlink(missing_ok=True)
    shutil.copy(filled, path)
    db = open_database(path)
    keys = declare(db, CLIENTS, NOW)
    for slug, texts in (("tercero", hers), ("luz", theirs)):
        letters = [mail(50 + n, author=LUIS, to=(), text=block(one))
                   for n, one in enumerate(texts)]  # fmt: skip
        bring(db, keys[slug, "correo"], *(raw(one.ref.external_id, one) for one in letters))
    db.close()
    reader = Reader(path)
    try:
        draft = "\n\n".join(data.draw(st.lists(st.sampled_from(hers), min_size=1, max_size=5)))
        assert found(reader, draft, client="tercero") == []
    finally:
        reader.close()


def test_the_short_name_of_a_client_is_a_name_unless_it_is_an_everyday_word() -> None:
    own, other, plain = (
        Known(id=number, slug=slug, name=name, people=frozenset(), places=frozenset())
        for number, slug, name in (
            (1, "uno", "Uno"), (2, "zumbido", "Panadería Nieto"), (3, "carta", "Imprenta Vela"),
        )
    )  # fmt: skip
    lexicon, memory = Lexicon((own, other, plain)), Counting()
    memory.clients = frozenset()
    for text, words in (("Lo pidió Zumbido ayer.", "Zumbido"), ("lo de zumbido va", "zumbido")):
        named = [Finding(Sort.NAME, words, "zumbido")]
        assert guard.findings(text, "uno", lexicon, memory) == named
    assert guard.findings("Te paso la Carta y lo de carta.", "uno", lexicon, memory) == []


class Counting:
    """A memory in which everything was said by somebody else, and that counts the questions."""

    def __init__(self) -> None:
        self.asked = 0
        self.clients = frozenset({2})

    def heard(self, words: str) -> Heard:
        self.asked += 1
        return Heard(self.clients)

    def many(self, word: str) -> bool:
        self.asked += 1
        return False

    def said(self, client_id: int, words: str) -> tuple[list[str], bool]:
        self.asked += 1
        return [], False


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "a " * n, lambda n: "Marta " * n, lambda n: "a" * n, lambda n: "." * n,
        lambda n: "a.b@c." * n, lambda n: "\n \n" * n, lambda n: " ".join(map(str, range(n))),
        lambda n: " ".join(f"x{k}@uno.example" for k in range(n)), lambda n: "\u0301" * n,
        lambda n: " ".join(f"m{k}@uno.example" for k in range(n)),
        lambda n: "https://" * n, lambda n: "Hola " * n + "Marta", lambda n: "- " * n,
    ],
)  # fmt: skip
def test_a_hostile_text_of_any_length_asks_a_bounded_number_of_questions(
    make: Callable[[int], str]
) -> None:  # fmt: skip
    people = frozenset(Person(f"Marta Ruiz{n}", f"m{n}@uno.example") for n in range(3_000))
    own, other = (
        Known(id=number, slug=slug, name=slug, people=who, places=frozenset({"Marta Marta"}))
        for number, slug, who in ((1, "a1", frozenset[Person]()), (2, "b2", people))
    )
    memory = Counting()
    guard.findings(make(6_000), "a1", Lexicon((own, other)), memory)
    # Every run is heard here: of each its half, itself, and its words.
    most = 2 * MARKS + (2 + guard.RUN) * 4 * WINDOWS
    assert memory.asked <= most


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_was_said_is_known_a_client_at_a_time_on_both_engines(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    target = str(tmp_path / "t.db")
    if engine == "postgresql":
        target = str(request.getfixturevalue("postgres_url"))
    db = open_database(target)
    fill(db)
    db.close()
    reader = Reader(target)
    acme, luz, _ = reader.lexicon().clients
    assert acme.slug == "acme"
    assert acme.places == {"Web", "Campaña Wapiti", "Redes sociales", "Reparto Chamberí"}
    assert acme.people == {MARTA, HUGO, SERVICE}
    assert reader.lexicon().hers == {LOLA.handle}
    assert reader.heard("HOLANDES ha subido").clients == {acme.id}
    assert reader.heard("la").clients == {acme.id, luz.id}
    assert reader.heard("subido ha").clients == reader.heard("'\"; --").clients == frozenset()
    texts, more = reader.said(acme.id, "tulipanes")
    assert (["tulipanes" in one for one in texts], more) == ([True], False)
    assert reader.said(luz.id, "tulipanes") == ([], False)
    reader.close()
