"""Her own views on the screen: kept from a search or a filter, opened, renamed, removed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store import own_views
from store.database import open_database
from store.reader import Reader
from store.views import Lane, SavedView
from tests.tui.test_bar import titles, write
from tests.tui.world import MADRID, NOW, app_on, build, drive, press, screen, settle
from trastienda import i18n
from tui import own
from tui.main import Trastienda
from tui.views import OWN, VIEWS, Request


@pytest.fixture
def app(tmp_path: Path) -> Trastienda:
    return app_on(build(tmp_path))


def kept(app: Trastienda) -> dict[str, str]:
    reader = Reader(app.setup.target)
    views = reader.saved_views()
    reader.close()
    return {one.name: one.query for one in views}


def keep(path: Path, **views: str) -> None:
    db = open_database(path)
    for name, query in views.items():
        own_views.save(db, name, query, now=NOW)
    db.close()


def test_a_search_is_kept_as_a_view_and_finds_the_same_in_the_same_order(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "e", "slash")
        await write(pilot, "factura or boletin or impresora")
        before = titles(app)
        assert len(before) == 3
        await press(pilot, "ctrl+s", *"Tres")
        assert "Keeps: state:any (factura or boletin or impresora)" in screen(app)
        await press(pilot, "enter")
        assert kept(app) == {"Tres": "state:any (factura or boletin or impresora)"}
        assert app.board.request == Request(OWN + "Tres", own=kept(app)["Tres"])
        assert titles(app) == before
        assert "Tres 3" in screen(app).splitlines()[0]
        assert app.board.queue.has_focus
        await press(pilot, "e")
        assert titles(app) == before, "of every state, archived too"

    drive(app, script)


def test_a_filter_is_kept_with_its_view_and_its_client_and_takes_the_place_of_one_by_its_name(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "f")
        await write(pilot, "channel:trello")
        await press(pilot, "enter")
        before = titles(app)
        await press(pilot, "ctrl+s", *"Mias", "enter")
        assert kept(app) == {"Mias": "state:inbox channel:trello"}
        assert titles(app) == before
        await press(pilot, "e")
        assert titles(app) == before[1:], "what is put away leaves it at once"
        await press(pilot, "u", "tab", "shift+tab", "1", "f")
        await write(pilot, "landing or boletin")
        await press(pilot, "ctrl+s", *"mias")
        assert "Takes the place of “Mias” (state:inbox channel:trello):" in screen(app)
        await press(pilot, "enter")
        query = "state:inbox channel:trello client:acme (landing or boletin)"
        assert kept(app) == {"mias": query}
        assert titles(app) == ["Landing de San Valentín"]

    drive(app, script)


def test_a_view_that_is_there_already_is_not_kept_again_and_an_empty_name_is_none(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "ctrl+s")
        assert "This view is there already: search or filter first." in screen(app)
        await press(pilot, "slash", "ctrl+s")
        assert "Nothing is searched for yet." in screen(app)
        await press(pilot, *"logo", "ctrl+s", *"x" * 25)
        assert "A view needs a name of 1 to 24 characters." in screen(app)
        await press(pilot, "enter", "escape", "escape")
        await press(pilot, "slash")
        await write(pilot, "nosuch:x")
        await press(pilot, "ctrl+s")
        assert "! There is no field nosuch:" in screen(app)
        assert kept(app) == {}

    drive(app, script)


def test_the_panel_opens_renames_removes_and_brings_back(tmp_path: Path) -> None:
    path = build(tmp_path)
    keep(path, Uno="factura", Dos="logo")
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        app.board.action_views()
        await press(pilot, "down", "enter")
        assert app.board.request.view == OWN + "Dos"
        assert titles(app) == ["Logo en vectorial"]
        app.board.action_views()
        await press(pilot, "down", "r", *"uno", "enter")
        assert "There is a view “uno” already." in screen(app)
        await press(pilot, *["backspace"] * 3, *"Tres", "enter")
        assert kept(app) == {"Uno": "factura", "Tres": "logo"}
        assert app.board.request.view == OWN + "Tres"
        await press(pilot, "down", "x")
        assert kept(app) == {"Uno": "factura"}
        assert app.board.request.view == "inbox", "nothing stands under a name that is gone"
        assert "u bring back Tres: logo" in screen(app)
        await press(pilot, "x")
        assert "u bring back Uno: factura" in screen(app)
        assert kept(app) == {}
        await press(pilot, "escape")
        assert "View removed: Uno (factura)" in screen(app), "so that it can be typed again"
        app.board.action_views()
        await press(pilot, "escape")
        own.show(app.board, SavedView(name="Uno", query="factura"))
        await press(pilot, "u", "escape")
        assert kept(app) == {"Uno": "factura"}

    drive(app, script)


def test_a_view_of_another_version_says_what_is_wrong_and_shows_nothing_else(
    tmp_path: Path,
) -> None:
    path = build(tmp_path)
    keep(path, Rota="nuevocampo:x", Buena="logo")
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        app.board.action_view_to(OWN + "Rota")
        await settle(pilot)
        assert titles(app) == []
        assert screen(app).count("There is no field nuevocampo:") == 2, "in the list, and said"
        await press(pilot, "tab")
        assert titles(app) == ["Logo en vectorial"]
        assert "There is no field" not in screen(app).split("─", 1)[0]

    drive(app, script)


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        (Request(search="a b"), "state:any a b"),
        (Request(search="a or b"), "state:any (a or b)"),
        (Request(search="(a) or (b)"), "state:any ((a) or (b))"),
        (Request(search="or b"), "state:any (or b)"),
        (Request(search='"dos pal'), 'state:any "dos pal'),
        (Request(words="x"), "state:inbox x"),
        (Request("planned", words="x"), "state:planned x"),
        (Request("owed", words="x"), VIEWS["owed"].query + " x"),
        (Request("all", words="x"), "state:any x"),
        (Request("changed", client="acme"), "state:any changed:new client:acme"),
        (Request("archived", words="x"), "state:any (state:archived or state:done) x"),
        (Request(OWN + "m", own='label:"a', words="b or «c"), 'label:"a" (b or «c»)'),
    ],
)
def test_what_is_kept_of_a_list_finds_the_same(
    request_: Request, written: str, tmp_path: Path
) -> None:
    assert request_.written() == written
    reader = Reader(str(build(tmp_path)))
    view = Request(OWN + "v", own=written)
    for words in ("logo", "factura"):
        one = request_._replace(words=words)
        if request_.search is not None:
            one = request_._replace(search=f"{words} or boletin")
        same = Request(OWN + "v", own=one.written())
        assert list(same.ids(reader, NOW, MADRID)) == list(one.ids(reader, NOW, MADRID))
        assert same.total(reader, NOW, MADRID) == len(same.ids(reader, NOW, MADRID))
    assert view.total(reader, NOW, MADRID) == len(view.ids(reader, NOW, MADRID))
    reader.close()


def test_what_is_kept_is_written_in_her_language_and_finds_the_same(tmp_path: Path) -> None:
    i18n.use("es")
    reader = Reader(str(build(tmp_path)))
    for asked, written in (
        (Request(search="factura"), "estado:todos factura"),
        (Request(words="logo"), "estado:bandeja logo"),
        (Request("all", client="acme"), "estado:todos cliente:acme"),
    ):
        assert asked.written() == written
        same = Request(OWN + "v", own=written)
        assert list(same.ids(reader, NOW, MADRID)) == list(asked.ids(reader, NOW, MADRID)) != []
    reader.close()


@pytest.mark.parametrize(
    ("own", "stays"),
    [
        ("logo", {Lane.INBOX, Lane.PLANNED}),
        ("state:inbox logo", {Lane.INBOX}),
        ("estado:planificado (a o b)", {Lane.PLANNED}),
        ("estado:todos logo", set(Lane)),
        ("state:open", set(Lane)),
        ("nosuch:x", {Lane.INBOX, Lane.PLANNED}),
    ],
)
def test_what_is_put_somewhere_else_leaves_a_view_that_is_not_about_that(
    own: str, stays: set[Lane]
) -> None:
    request = Request(OWN + "v", own=own)
    assert {lane for lane in Lane if request.keeps(lane)} == stays


LANGUAGE = (
    "client:acme", "cliente:acme", "channel:email", "canal:correo", "state:waiting",
    "estado:esperando", "age:>5d", "edad:>5d", "turn:client", "toca:cliente", "has:attachment",
    "tiene:adjunto", "changed:new", "cambio:nuevo", "due:<friday", "vence:<viernes", "-label:x",
    "-etiqueta:x", '"fotos de abril"', "(logo or factura) not client:luz",
)  # fmt: skip


def test_every_field_means_the_same_in_a_search_in_a_filter_and_in_a_view(tmp_path: Path) -> None:
    reader = Reader(str(build(tmp_path)))

    def found(request: Request, now: datetime = NOW) -> list[int]:
        return sorted(request.ids(reader, now, MADRID))

    for question in LANGUAGE:
        searched = found(Request(search=question))
        assert found(Request("all", words=question)) == searched, question
        assert found(Request(OWN + "v", own=f"state:any {question}")) == searched, question
    assert found(Request(search="has:attachment")) == found(Request(search="tiene:adjunto")) != []
    assert found(Request(search='"fotos de abril"')) == []
    reader.close()


def test_a_view_is_renamed_to_no_name_that_is_taken(tmp_path: Path) -> None:
    db = open_database(tmp_path / "x.db")
    own_views.save(db, "A", "x", now=NOW)
    own_views.save(db, "B", "y", now=NOW)
    with pytest.raises(own_views.ViewError, match="There is a view “a” already"):
        own_views.rename(db, "B", "a")
    assert own_views.rename(db, "A", " a ")
    assert not own_views.rename(db, "C", "D")
    db.close()
    reader = Reader(str(tmp_path / "x.db"))
    assert reader.saved_views() == (
        SavedView(name="a", query="x"), SavedView(name="B", query="y"),
    )  # fmt: skip
    assert reader.labels() == []
    reader.close()
