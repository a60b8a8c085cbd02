"""The light reader: what the screen is shown, on both engines."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normalizer.model import Attachment, Direction, Invitation, Kind, Person, State
from normalizer.raw import Raw
from normalizer.said import Said
from store.codes import AUTOMATIC, GONE, OUT, UNREAD, ms
from store.database import Database, open_database
from store.directory import ChannelKey
from store.errors import (
    CorruptError,
    NewerError,
    ReadOnlyError,
    StoreError,
    UnreachableError,
)
from store.query import Query, parse
from store.reader import Reader
from store.views import Health, Lane, Tally, Turn
from tests.store.mailbox import ANA, LOLA, bring, mail, raw, task
from tests.store.shelf import NOW, Shelf, fill


def ask(text: str) -> Query:
    return parse(text, now=NOW, timezone=UTC)


def titles(reader: Reader, text: str, client: str | None = None) -> set[str]:
    rows = reader.rows(reader.ids(ask(text), client=client))
    assert reader.count(ask(text), client=client) == len(rows)
    return {row.title for row in rows if row is not None}


def test_the_queue_is_what_needs_her_in_the_order_of_acting(shelf: Shelf, reader: Reader) -> None:
    acme = shelf.client("acme")
    board = shelf.channel(acme, "tablero", "trello")
    late = shelf.item(acme, board, "tarde", act_by=NOW + timedelta(days=2))
    soon = shelf.item(acme, board, "pronto", act_by=NOW - timedelta(days=2))
    plan = shelf.item(acme, board, "hoy", lane=Lane.PLANNED, act_by=NOW)
    for lane in (Lane.WAITING, Lane.SNOOZED, Lane.ARCHIVED, Lane.DONE):
        shelf.item(acme, board, "apartado", lane=lane)
    for state in (State.DONE, State.ARCHIVED, State.GONE, None):
        shelf.item(acme, board, "cerrado", state=state)
    assert list(reader.ids()) == [soon, plan, late]
    assert reader.ids().typecode == "q"
    assert list(reader.ids(limit=2)) == [soon, plan]
    assert list(reader.ids(limit=2, offset=1)) == [plan, late]
    assert list(reader.ids(offset=2)) == [late]
    assert reader.count() == 3


def test_an_order_once_read_is_a_snapshot(shelf: Shelf, reader: Reader) -> None:
    acme = shelf.client("acme")
    board = shelf.channel(acme, "tablero", "trello")
    first = shelf.item(acme, board, "uno")
    ids = reader.ids()
    shelf.item(acme, board, "dos", act_by=NOW - timedelta(days=9))
    assert list(ids) == [first]
    assert len(reader.ids()) == 2


def test_a_page_comes_in_the_order_asked_with_gaps_for_what_is_not_there(
    shelf: Shelf, reader: Reader
) -> None:
    acme = shelf.client("acme")
    board = shelf.channel(acme, "tablero", "trello")
    one, two = (shelf.item(acme, board, title) for title in ("uno", "dos"))
    hidden = shelf.item(acme, board, "en otra", state=None, merged_into=one)
    rows = reader.rows([two, 99, hidden, one])
    assert [row and row.title for row in rows] == ["dos", None, None, "uno"]
    assert reader.rows([]) == []


def test_a_row_says_all_that_a_line_of_the_queue_shows(shelf: Shelf, reader: Reader) -> None:
    acme = shelf.client("acme")
    board = shelf.channel(acme, "tablero", "trello")
    ana = shelf.person(acme, "", "ana@acme.example")
    due = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    item = shelf.item(
        acme, board, "Logo", lane=Lane.SNOOZED, turn=Turn.CLIENT, due=due, act_by=NOW,
        age=timedelta(hours=1), labels=("Urgente", "Web"), unread=2, attachments=3, automatic=1,
        who=ana, snippet="¿Lo ves?", container="Web › En curso", url="https://t.example/c/1",
    )  # fmt: skip
    until = NOW + timedelta(days=1)
    shelf.put(
        "triage", client_id=acme, item_id=item, lane=3, until=ms(until), wake_on_reply=0, since=0
    )
    [row] = reader.rows([item])
    assert row is not None
    assert (row.id, row.client, row.channel, row.channel_kind) == (
        item,
        "acme",
        "tablero",
        "trello",
    )
    assert (row.external_id, row.kind, row.title, row.who) == (
        "x1", Kind.TASK, "Logo", "ana@acme.example",
    )  # fmt: skip
    assert (row.snippet, row.state, row.lane, row.until) == (
        "¿Lo ves?", State.OPEN, Lane.SNOOZED, until,
    )  # fmt: skip
    assert (row.turn, row.due, row.act_by) == (Turn.CLIENT, due, NOW)
    assert (row.updated_at, row.unread, row.attachments) == (NOW - timedelta(hours=1), 2, 3)
    assert (row.labels, row.container, row.url, row.automatic) == (
        ("Urgente", "Web"), "Web › En curso", "https://t.example/c/1", True,
    )  # fmt: skip


def test_what_is_taken_is_shown(
    db: Database, acme: ChannelKey, board: ChannelKey, luz: ChannelKey
) -> None:
    file = Attachment(external_id="2", name="Presupuesto.pdf", size=9)
    invitation = Invitation(method="REQUEST", summary="Reunión", starts=date(2026, 12, 1))
    first = mail(1, title="Logo", text="Adjunto la ñapa", unread=True, attachments=(file,))
    answer = mail(2, title="Re: Logo", author=LOLA, to=(ANA,), text="Visto", folded="> la ñapa")
    apart = mail(3, title="Otra cosa", text="¿Quedamos?", invitation=invitation)
    joins = mail(4, title="Re: Logo", refs=("id1", "id2", "id3"), text="Todo junto")
    card = task(1, "Diseñar", body="Largo " * 99, labels=("Web",), due=date(2026, 12, 24))
    bring(db, acme, raw("1", first), raw("2", answer), raw("3", apart))
    bring(db, board, raw("c1", card, stream="card"), cursor="9")
    bring(db, luz, raw("1", mail(1, title="Logo", text="canario")))
    with contextlib.closing(Reader(db.target)) as reader:
        before = set(reader.ids())
        bring(db, acme, raw("4", joins), Raw(stream="mail", external_id="5", payload=b"?"))
        shown = {row.title: row for row in reader.rows(reader.ids()) if row}
        assert set(shown) >= {"Logo", "Diseñar"}
        whole = reader.item(next(iter(reader.search("ñapa"))))
        assert whole is not None
        assert [message.text for message in whole.messages] == [
            "Adjunto la ñapa", "Visto", "¿Quedamos?", "Todo junto",
        ]  # fmt: skip
        assert [message.direction for message in whole.messages] == [
            Direction.IN, Direction.OUT, Direction.IN, Direction.IN,
        ]  # fmt: skip
        assert whole.messages[0].attachments[0].name == "Presupuesto.pdf"
        assert whole.messages[1].folded == "> la ñapa"
        assert whole.messages[2].invitation == invitation
        assert (whole.row.unread, whole.row.attachments, whole.row.who) == (1, 1, "Ana")
        assert {ANA, LOLA} <= set(whole.people)
        merged = before - set(reader.ids())
        assert [view.row.id for one in merged if (view := reader.item(one))] == [whole.row.id]
        for text in ("presupuesto.pdf", "ana@acme.example", "todo junto", "logo quedamos ana"):
            found = reader.search(text, client="acme")
            assert (whole.row.id in found) is (text != "logo quedamos ana"), text
        assert [row and row.title for row in reader.rows(reader.search("largo"))] == ["Diseñar"]
        assert titles(reader, "label:web due:24/12") == {"Diseñar"}
        assert {c.slug: c.inbox for c in reader.clients()} == {"acme": len(shown), "luz": 1}
        problems = [
            message.problem
            for one in reader.ids()
            if (view := reader.item(one))
            for message in view.messages
            if message.problem
        ]
        assert len(problems) == 1


@pytest.fixture
def office(shelf: Shelf) -> Shelf:
    """Two clients, three channels, six items."""
    acme, luz = shelf.client("acme", "ACME"), shelf.client("luz", "Luz Núñez")
    mail = shelf.channel(acme, "correo", "imap")
    board = shelf.channel(acme, "tablero", "trello")
    post = shelf.channel(luz, "buzon", "imap")
    day, soon = timedelta(days=1), datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    shelf.item(
        acme, mail, "Factura de enero", kind=Kind.CONVERSATION, unread=1, attachments=1, age=9 * day
    )
    shelf.item(acme, board, "Diseño", due=date(2026, 11, 26), labels=("Urgentísimo",), age=2 * day)
    shelf.item(acme, board, "Boletín", due=soon, turn=Turn.CLIENT, lane=Lane.PLANNED)
    shelf.item(luz, post, "Reunión", kind=Kind.CONVERSATION, automatic=1, text="factura de mayo")
    shelf.item(luz, post, "Espera", lane=Lane.WAITING, turn=Turn.THIRD)
    shelf.item(luz, post, "Viejo", state=State.DONE, lane=Lane.ARCHIVED)
    return shelf


QUESTIONS = {
    "": "Factura de enero,Diseño,Boletín,Reunión",
    "cliente:acmé": "Factura de enero,Diseño,Boletín",
    'client:"luz nunez"': "Reunión",
    "client:nobody": "",
    "canal:correo": "Factura de enero,Reunión",
    "channel:imap": "Factura de enero,Reunión",
    "channel:buzón": "Reunión",
    "channel:trello": "Diseño,Boletín",
    "channel:fax": "",
    "estado:bandeja": "Factura de enero,Diseño,Reunión",
    "state:planned": "Boletín",
    "state:waiting": "Espera",
    "state:inbox or state:waiting": "Factura de enero,Diseño,Reunión,Espera",
    "estado:hecho": "Viejo",
    "state:archived": "Viejo",
    "state:gone": "",
    "state:open": "Factura de enero,Diseño,Boletín,Reunión,Espera",
    "tipo:hilo": "Factura de enero,Reunión",
    "kind:task": "Diseño,Boletín",
    "toca:cliente": "Boletín",
    "turn:me": "Factura de enero,Diseño,Reunión",
    "tiene:adjunto": "Factura de enero",
    "-has:attachment": "Diseño,Boletín,Reunión",
    "es:noleído": "Factura de enero",
    "is:automatic": "Reunión",
    "-es:automatico": "Factura de enero,Diseño,Boletín",
    "etiqueta:urgentisimo": "Diseño",
    "-etiqueta:URGENTÍSIMO": "Factura de enero,Boletín,Reunión",
    "edad:>5d": "Factura de enero",
    "age:<1d": "Boletín,Reunión",
    "age:>1d age:<5d": "Diseño",
    "vence:mañana": "Diseño",
    "due:<=viernes": "Diseño,Boletín",
    "due:viernes": "Boletín",
    "due:>friday": "",
    "-due:<friday": "Factura de enero,Boletín,Reunión",
    "factura": "Factura de enero,Reunión",
    "FACTÚRA enero": "Factura de enero",
    "diseno": "Diseño",
    "fac -enero": "Reunión",
    "-factura": "Diseño,Boletín",
    '"factura de"': "Factura de enero,Reunión",
    '"factura enero"': "",
    "enero or canal:tablero": "Factura de enero,Diseño,Boletín",
    "client:acme (enero or due:<domingo) -label:urgentisimo": "Factura de enero,Boletín",
    "not (enero or kind:task)": "Reunión",
    "état": "",
}


def test_a_question_finds_what_it_says(office: Shelf, reader: Reader) -> None:
    found = {text: titles(reader, text) for text in QUESTIONS}
    assert found == {text: set(said.split(",")) - {""} for text, said in QUESTIONS.items()}


def test_a_client_by_slug_narrows_any_question(office: Shelf, reader: Reader) -> None:
    assert titles(reader, "factura", client="luz") == {"Reunión"}
    assert titles(reader, "factura or client:luz", client="acme") == {"Factura de enero"}
    assert titles(reader, "", client="nobody") == set()
    assert list(reader.search("factura", client="luz")) == [4]


def test_search_looks_everywhere_newest_first(office: Shelf, reader: Reader) -> None:
    assert list(reader.search("factura")) == [4, 1]
    assert list(reader.search("factura", 1)) == [4]
    assert list(reader.search("viejo - ***")) == [6]
    assert list(reader.search(ask("cliente:luz"))) == [6, 5, 4]
    assert len(reader.search("")) == 6
    assert len(reader.search("\x00 \ud800 «")) == 0


def test_an_item_is_read_whole(shelf: Shelf, reader: Reader) -> None:
    acme = shelf.client("acme")
    mail = shelf.channel(acme, "correo", "imap")
    eva = shelf.person(acme, "Eva", "eva@acme.example")
    item = shelf.item(
        acme, mail, "Hola", kind=Kind.CONVERSATION, body="x" * 5000, people_ids=f"[{eva}]"
    )
    other = shelf.item(acme, mail, "Otra")
    invitation = Invitation(method="REQUEST", summary="Reunión", starts=date(2026, 12, 1))
    second = shelf.message(
        acme, item, Person("Lola"), "Listo", flags=OUT | AUTOMATIC | GONE,
        extra='{"problem":"[\\"No {what}\\", {\\"what\\": \\"luck\\"}]"}',
    )  # fmt: skip
    first = shelf.message(
        acme, item, Person("Ana", "ana@acme.example"), "¿Qué tal?",
        sent_at=NOW - timedelta(hours=2), flags=UNREAD, subject="Hola", to_ids=f"[{eva}]",
        folded=b"> antes",
        extra='{"invitation":{"method":"REQUEST","summary":"Reuni\u00f3n","starts":"2026-12-01",'
        '"ends":null,"place":"","organiser":""}}',
    )  # fmt: skip
    shelf.message(acme, other, Person("Ana"), "no es de aquí")
    files = [
        shelf.put(
            "attachment", client_id=acme, item_id=item, message_id=of, raw_id=None,
            external_id="1", name=f"{of}.pdf", media_type="application/pdf", size=7, url=None,
            inline=0,
        )
        for of in (None, first)
    ]  # fmt: skip
    change = shelf.put(
        "change", client_id=acme, channel_id=mail, item_id=item, field="title", before="Ola",
        after="Hola", author=eva, at=ms(NOW),
    )  # fmt: skip
    view = reader.item(item)
    assert view is not None
    assert (view.row.title, view.body) == ("Hola", "x" * 5000)
    assert view.people == (Person("Eva", "eva@acme.example"),)
    assert [(a.id, a.name, a.size, a.inline) for a in view.attachments] == [
        (files[0], "None.pdf", 7, False)
    ]
    assert [(c.id, c.field, c.before, c.after, c.at) for c in view.changes] == [
        (change, "title", "Ola", "Hola", NOW)
    ]
    assert view.changes[0].author == Person("Eva", "eva@acme.example")
    old, new = view.messages
    assert (old.id, old.author, old.text, old.folded, old.subject) == (
        first, Person("Ana", "ana@acme.example"), "¿Qué tal?", "> antes", "Hola",
    )  # fmt: skip
    assert (old.to, old.cc, old.direction, old.unread) == (view.people, (), Direction.IN, True)
    assert (old.invitation, old.problem) == (invitation, None)
    assert [a.id for a in old.attachments] == [files[1]]
    assert (new.id, new.direction, new.automatic, new.gone, new.unread) == (
        second, Direction.OUT, True, True, False,
    )  # fmt: skip
    assert new.problem == Said("No {what}", (("what", "luck"),))
    assert reader.item(99) is None


def test_a_merged_conversation_leads_to_the_one_it_is_in(shelf: Shelf, reader: Reader) -> None:
    acme = shelf.client("acme")
    mail = shelf.channel(acme, "correo", "imap")
    whole = shelf.item(acme, mail, "entera")
    part = shelf.item(acme, mail, "parte", state=None, merged_into=whole)
    piece = shelf.item(acme, mail, "trozo", state=None, merged_into=part)
    nothing = shelf.item(acme, mail, "nada aún", state=None)
    for one in (whole, part, piece):
        view = reader.item(one)
        assert view is not None
        assert view.row.id == whole
    assert reader.item(nothing) is None
    assert titles(reader, "") == {"entera"}
    assert list(reader.search("parte")) == []


def test_the_strip_shows_the_clients_and_channels_of_the_config(
    shelf: Shelf, reader: Reader
) -> None:
    shelf.client("gone", position=0, active=0)
    luz = shelf.client("luz", "Luz", position=2, color="teal")
    acme = shelf.client("acme", "ACME", position=1)
    shelf.channel(luz, "old", "trello", active=0)
    chat = shelf.channel(
        luz, "chat", "matrix", position=1, health="later", failures=3, last_success=1000,
        last_attempt=2000, next_run=3000, error=Said("No {x}", (("x", 1),)).to_json(),
        notices='["[\\"One\\", {}]"]', tally='{"new": 3, "seconds": 0.5}',
    )  # fmt: skip
    mail = shelf.channel(acme, "correo", "imap")
    for _ in range(2):
        shelf.item(luz, chat, "hola")
    shelf.item(luz, chat, "luego", lane=Lane.SNOOZED)
    shelf.item(acme, mail, "cerrado", state=State.DONE)
    assert [(c.slug, c.name, c.color, c.inbox) for c in reader.clients()] == [
        ("acme", "ACME", "orange", 0),
        ("luz", "Luz", "teal", 2),
    ]
    fresh, late = reader.channels()
    assert (fresh.client, fresh.channel, fresh.kind, fresh.health) == (
        "acme", "correo", "imap", Health.NEVER,
    )  # fmt: skip
    assert (fresh.last_success, fresh.error, fresh.notices) == (None, None, ())
    assert (late.channel, late.health, late.failures) == ("chat", Health.LATER, 3)
    assert late.last_success == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert late.next_run == datetime(1970, 1, 1, 0, 0, 3, tzinfo=UTC)
    assert late.error == Said("No {x}", (("x", 1),))
    assert late.notices == (Said("One"),)
    assert (fresh.tally, late.tally) == (Tally(), Tally(new=3, seconds=0.5))


def test_the_version_changes_with_every_commit_whatever_was_read(
    shelf: Shelf, reader: Reader
) -> None:
    acme = shelf.client("acme")
    board = shelf.channel(acme, "tablero", "trello")
    seen = reader.version()
    for title in ("uno", "dos", "tres"):
        item = shelf.item(acme, board, title)
        assert reader.version() != seen
        reader.ids(limit=1)
        reader.rows([item, 99])
        reader.item(item)
        reader.search(title, 1)
        reader.clients()
        reader.channels()
        seen = reader.version()
    assert reader.version() == seen


def test_a_reader_cannot_write(shelf: Shelf, reader: Reader) -> None:
    shelf.client("acme")
    with pytest.raises(ReadOnlyError):
        reader._source.all("DELETE FROM client")
    assert len(reader.clients()) == 1


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_nothing_of_a_client_shows_under_the_filter_of_another(
    office: Shelf, reader: Reader, data: st.DataObject
) -> None:
    part = st.sampled_from(
        (
            *("factura", "-enero", '"de"', "canal:correo", "tipo:tarea", "state:open"),
            *("estado:hecho", "es:automatico", "due:<friday", "age:<9d", "label:urgentísimo"),
            "client:luz",
        )
    )
    inner = " ".join(data.draw(st.lists(part, max_size=3)))
    other = data.draw(part)
    own = data.draw(st.sampled_from(["acme", "luz"]))
    text = data.draw(
        st.sampled_from([f"client:{own} ({inner} or {other})", f"client:{own} {inner}"])
    )
    found = [*reader.ids(ask(text)), *reader.search(ask(text))]
    found += [*reader.ids(ask(f"{inner} or {other}"), client=own)]
    found += [*reader.search(ask(f"{inner} or {other}"), client=own)]
    rows = reader.rows(found)
    assert {row.client for row in rows if row} <= {own}


def test_a_row_that_points_at_another_client_shows_nothing_of_it(
    shelf: Shelf, reader: Reader, target: str
) -> None:
    acme, luz = shelf.client("acme"), shelf.client("luz")
    mine, hers = shelf.channel(acme, "correo", "imap"), shelf.channel(luz, "correo", "imap")
    item = shelf.item(acme, mine, "Mío")
    secret = shelf.item(luz, hers, "Canario")
    canary = shelf.message(luz, secret, Person("Canario", "canario@luz.example"), "canario")
    if not target.startswith("postgresql"):
        # The database refuses such rows; put them there with its checks off.
        with shelf.db.engine.connect() as conn:
            cursor = conn.connection.cursor()
            for sql in (
                "PRAGMA foreign_keys = OFF",
                f"UPDATE search_doc SET item_id = {item} WHERE id = {2 * canary + 1}",
                f"UPDATE item SET who = 1, people_ids = '[1]' WHERE id = {item}",
                f"UPDATE message SET item_id = {item}",
                "PRAGMA foreign_keys = ON",
            ):
                cursor.execute(sql)
            cursor.close()
        view = reader.item(item)
        assert view is not None
        assert "anario" not in repr(view)
        assert list(reader.search("canario", client="acme")) == []
        assert item not in reader.search("canario")


def test_there_is_a_next_step_for_every_database_that_cannot_be_read(tmp_path: Path) -> None:
    missing, text, empty = tmp_path / "no.db", tmp_path / "text.db", tmp_path / "empty.db"
    text.write_bytes(b"Estimada Lola:\n" * 500)
    empty.touch()
    newer, older = tmp_path / "newer.db", tmp_path / "older.db"
    for path, revision in ((newer, "9999"), (older, None)):
        db = open_database(path)
        with db.write() as conn:
            conn.exec_driver_sql("DELETE FROM alembic_version")
            if revision:
                conn.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
        db.close()
    foreign = tmp_path / "foreign.db"
    db = open_database(foreign)
    with db.write() as conn:
        conn.exec_driver_sql("DROP TABLE alembic_version")
    db.close()
    for path, kind in (
        (missing, UnreachableError), (text, CorruptError), (newer, NewerError),
        (foreign, CorruptError), (older, StoreError), (empty, StoreError),
    ):  # fmt: skip
        with pytest.raises(StoreError) as caught:
            Reader(path)
        assert type(caught.value) is kind, path.name
        assert path.name in str(caught.value)
    assert not missing.exists()


def test_a_damaged_database_says_so_whatever_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    db = open_database(path)
    with db.write() as conn:
        fill(conn, 500)
    with db.engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        names = "('item', 'item_queue', 'item_queue_client')"
        sql = f"SELECT rootpage FROM sqlite_master WHERE name IN {names}"
        pages = [page for (page,) in conn.exec_driver_sql(sql)]
    db.close()
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * 4096)
            file.write(b"\xaa" * 4096)
    with contextlib.closing(Reader(path)) as reader:
        for act in (reader.ids, reader.clients, lambda: reader.rows([1]), lambda: reader.item(1)):
            with pytest.raises(CorruptError, match="restore"):
                act()


def test_a_server_that_is_not_there_is_unreachable_and_its_password_unsaid() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UnreachableError) as caught:
        Reader("postgresql://lola:s3cret@127.0.0.1:1/trastienda")
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_reading_the_queue_loads_nothing_heavy(tmp_path: Path, checkout: Path) -> None:
    path = tmp_path / "trastienda.db"
    open_database(path).close()
    code = (
        "import sys\n"
        "from store.reader import Reader\n"
        f"reader = Reader({str(path)!r}); reader.ids(); reader.clients(); reader.channels()\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}"
        " - set(sys.stdlib_module_names) - {'__main__'}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import site; site.main()\n{code}"],
        capture_output=True, text=True, check=True, cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )  # fmt: skip
    loaded = {name for name in done.stdout.split() if not name.startswith(("_", "sitecustomize"))}
    assert loaded == {"normalizer", "sqlcipher3", "store"}
