"""What each key does, over a real database."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from store.database import open_database
from store.directory import asked, declare
from store.reader import Reader
from store.views import Lane
from tests.tui.world import (
    MADRID,
    NOW,
    app_on,
    build,
    clients,
    drive,
    fill,
    mail,
    press,
    screen,
    settle,
)  # fmt: skip
from tui.main import Trastienda
from tui.reader import ReaderScreen
from tui.views import Request


@pytest.fixture
def app(tmp_path: Path) -> Trastienda:
    return app_on(build(tmp_path))


def lane_of(app: Trastienda, item: int) -> Lane:
    reader = Reader(app.setup.target)
    row = reader.rows([item])[0]
    reader.close()
    assert row
    return row.lane


def titles(app: Trastienda) -> list[str]:
    rows = [app.board.queue.source.row(y) for y in range(len(app.board.queue.source))]
    return [row.title if row else "" for row in rows]


def test_the_cursor_moves_and_stops_at_the_edges(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        for keys, row in (
            (("j", "down"), 2), (("k",), 1), (("up", "up"), 0), (("G",), 9), (("j",), 9),
            (("g",), 0), (("pagedown",), 9), (("pageup",), 0), (("end",), 9), (("home",), 0),
        ):  # fmt: skip
            await press(pilot, *keys)
            assert queue.cursor == row, keys

    drive(app, script)


@pytest.mark.parametrize(
    ("keys", "lane", "stays"),
    [
        (("e",), Lane.ARCHIVED, False), (("w",), Lane.WAITING, False),
        (("p",), Lane.PLANNED, False),
        (("s", "t"), Lane.SNOOZED, False), (("s", "m"), Lane.SNOOZED, False),
        (("s", "l"), Lane.SNOOZED, False), (("s", "r"), Lane.SNOOZED, False),
    ],
)  # fmt: skip
def test_a_decision_is_kept_said_and_undone(
    app: Trastienda, keys: tuple[str, ...], lane: Lane, stays: bool
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        await press(pilot, "j")
        item = queue.here
        assert item is not None
        await press(pilot, *keys)
        assert lane_of(app, item) is lane
        assert (item in queue.source.ids) is stays
        assert queue.cursor == 1
        assert "u undoes it" in screen(app)
        await press(pilot, "u")
        assert lane_of(app, item) is Lane.INBOX
        assert queue.here == item
        await press(pilot, "ctrl+r")
        assert lane_of(app, item) is lane

    drive(app, script)


def test_news_on_the_way_does_not_lead_her_off_what_was_undone(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        item = queue.source.ids[4]
        for late in (app.board.reload, app.board.noticed):
            await press(pilot, "g")
            app.board.reload(at=[item])
            late()
            await settle(pilot)
            await pilot.pause(0.1)
            assert queue.here == item
            await press(pilot, "k")
            app.board.reload()
            await settle(pilot)
            assert queue.here != item

    drive(app, script)


@pytest.mark.parametrize("undone", ["u", "u ctrl+r u", "e u", "J u k", "e e u u"])
@pytest.mark.parametrize("verb", ["w", "e"])
def test_in_the_reader_a_verb_is_about_what_is_shown_whatever_was_undone(
    app: Trastienda, undone: str, verb: str
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "G", "e", "g", "enter", *undone.split())
        reader = app.screen
        assert isinstance(reader, ReaderScreen)
        assert reader.item is not None
        shown = reader.item.row
        assert shown.title in screen(app)
        before = {item: lane_of(app, item) for item in app.board.queue.source.ids}
        await press(pilot, verb)
        after = {item: lane_of(app, item) for item in before}
        assert {item for item in before if after[item] is not before[item]} == {shown.id}

    drive(app, script)


def test_an_undo_in_the_reader_shows_what_came_back_and_the_list_follows(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "G", "k")
        item = app.board.queue.here
        await press(pilot, "e", "g", "enter", "u")
        reader = app.screen
        assert isinstance(reader, ReaderScreen)
        assert reader.item is not None
        assert reader.item.row.id == item == app.board.queue.here

    drive(app, script)


def test_an_undo_leads_nowhere_once_she_has_gone_on(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        await press(pilot, "j", "j")
        undone = queue.here
        await press(pilot, "e")
        blocked = open_database(app.setup.target)
        with blocked.write():
            await pilot.press("u", "G")
            here = queue.here
            await pilot.pause(0.3)
        await settle(pilot)
        await pilot.pause(0.5)
        assert queue.here == here
        assert undone in queue.source.ids
        await press(pilot, "e")
        assert here is not None
        assert lane_of(app, here) is Lane.ARCHIVED
        blocked.close()

    drive(app, script)


def test_keys_that_come_at_once_with_an_undo_are_about_the_rows_they_reach(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        last = queue.source.ids[-1]
        await press(pilot, "j", "j")
        undone = queue.here
        await press(pilot, "e")
        blocked = open_database(app.setup.target)
        with blocked.write():
            for key in ("u", "G"):
                app.post_message(events.Key(key, key))
            while queue.here != last:
                await pilot.pause(0.01)
            await pilot.pause(0.2)
        blocked.close()
        while undone not in queue.source.ids:
            await pilot.pause(0.05)
        await settle(pilot)
        assert queue.here == last

    drive(app, script)


def test_undoing_what_was_done_to_many_leads_to_the_first_of_them_in_the_list(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        first = queue.source.ids[2]
        await press(pilot, "j", "j", "v", "v", "v", "v", "e", "G", "u")
        assert queue.here == first

    drive(app, script)


def test_a_snooze_takes_a_date_in_words_and_says_what_it_does_not_understand(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        item = app.board.queue.here
        await press(pilot, "s", "f", *"never", "enter")
        assert "is no date" in screen(app)
        await press(pilot, *["backspace"] * 5, *"24/12")
        assert "Thu 24 Dec 09:00" in screen(app)
        await press(pilot, "enter")
        assert item is not None
        reader = Reader(app.setup.target)
        row = reader.rows([item])[0]
        reader.close()
        assert row
        assert row.until
        assert f"{row.until.astimezone(MADRID):%d/%m %H:%M}" == "24/12 09:00"

    drive(app, script)


def test_escape_leaves_every_panel_and_does_nothing(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        before = screen(app)
        for key in ("s", "c", "question_mark", "colon", "ctrl+p", "L"):
            await press(pilot, key)
            assert len(app.screen_stack) == 2, key
            await press(pilot, "escape")
            assert len(app.screen_stack) == 1, key
        assert screen(app) == before

    drive(app, script)


def test_marks_choose_what_a_verb_is_about(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        chosen = list(queue.source.ids[:2])
        await press(pilot, "v", "space")
        assert queue.marked == set(chosen)
        assert "2 marked" in screen(app)
        await press(pilot, "e")
        assert all(lane_of(app, item) is Lane.ARCHIVED for item in chosen)
        assert "2 archived" in screen(app)
        await press(pilot, "V")
        assert len(queue.marked) == 8
        assert "8 marked  ✓ 2 archived" in screen(app), "beside what was said before"
        await press(pilot, "escape")
        assert not queue.marked

    drive(app, script)


def test_the_views_go_round(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "w", "e", "p")
        counts = []
        for _ in range(8):
            counts.append((app.board.request.view, len(app.board.queue.source)))
            await press(pilot, "tab")
        assert counts == [
            ("inbox", 7), ("planned", 1), ("waiting", 1), ("owed", 0), ("changed", 0),
            ("all", 10), ("snoozed", 0), ("archived", 1),
        ]  # fmt: skip
        await press(pilot, "shift+tab", "b")
        assert len(app.board.queue.source) == 0
        await press(pilot, "tab")
        assert len(app.board.queue.source) == 8

    drive(app, script)


def test_one_client_alone_by_its_number_and_by_the_panel(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "1")
        assert set(titles(app)) == {"Boletín de mayo", "Landing de San Valentín"}
        await press(pilot, "1")
        assert len(app.board.queue.source) == 10
        await press(pilot, "c", "3")
        assert app.board.request.client == "nube"
        await press(pilot, "escape")
        assert app.board.request.client is None
        await press(pilot, "c", "down", "down", "enter")
        assert app.board.request.client == "brisa"

    drive(app, script)


def test_the_search_finds_as_she_types_whatever_the_accents(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "j", "j")
        here = app.board.queue.here
        await press(pilot, "slash", *"BOLETIN")
        assert titles(app) == ["Boletín de mayo"]
        await press(pilot, "enter", "enter")
        assert "Marta Ruiz" in screen(app)
        await press(pilot, "escape", "escape")
        assert app.board.request.search is None
        assert app.board.queue.here == here

    drive(app, script)


@pytest.mark.parametrize("typed", ['"', "*"])
def test_what_holds_no_word_finds_nothing_and_says_why(app: Trastienda, typed: str) -> None:
    async def script(pilot: Pilot[int]) -> None:
        for key in ("slash", "f"):
            before = titles(app)
            await press(pilot, key, typed)
            assert titles(app) == []
            assert f"“{typed}” has no letter, digit or emoji to look for." in screen(app)
            await press(pilot, "escape")
            assert titles(app) == before
        await press(pilot, "tab", "f", typed)
        assert titles(app) == [], "nor in a view that is a question itself"

    drive(app, script)


def test_a_filter_that_means_nothing_is_not_kept_as_if_it_did(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "f", *"foo", "colon", "x", "enter")
        assert app.board.query_one("#bar").display, "she mends it, or drops it"
        assert "There is no field foo:" in screen(app)
        assert " in quotes." in screen(app), "and what to do next is not cut off"
        await press(pilot, *["backspace"] * 5, *"logo", "enter")
        assert not app.board.query_one("#bar").display
        assert titles(app) == ["Logo en vectorial"]

    drive(app, script)


def test_a_search_for_blanks_opens_what_is_under_the_cursor_all_the_same(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "slash", *"boletin")
        app.board.request = Request(search="  ")
        await press(pilot, "enter", "enter")
        assert "Marta Ruiz" in screen(app)

    drive(app, script)


def test_the_search_reaches_what_was_put_away(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "e", "slash", *"propuesta")
        assert titles(app) == ["Propuesta de web nueva"]
        await press(pilot, "escape")
        assert "Propuesta de web nueva" not in titles(app)

    drive(app, script)


def test_a_search_that_does_not_parse_is_said_gently_and_keeps_the_list(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "slash", *"factura")
        app.board.query_one("#bar", Input).value = "factura nosuch:x"
        await settle(pilot)
        assert titles(app) == ["Factura de abril"]
        assert "There is no field nosuch:" in screen(app).splitlines()[3]

    drive(app, script)


def test_a_filter_narrows_this_list_and_escape_drops_it(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "f", *"channel:trello", "enter")
        assert len(app.board.queue.source) == 4
        assert "filter: channel:trello" in screen(app)
        await press(pilot, "escape")
        assert len(app.board.queue.source) == 10
        await press(pilot, "f", *"zzzz", "enter")
        assert "Nothing here matches “zzzz”." in screen(app)

    drive(app, script)


def test_the_reader_walks_the_queue_and_its_verbs_go_on_to_the_next(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "enter")
        assert "versiones" in screen(app)
        await press(pilot, "J")
        assert "Sigo sin encontrar" in screen(app)
        await press(pilot, "K", "e")
        assert "Sigo sin encontrar" in screen(app)
        await press(pilot, "u")
        assert app.board.queue.cursor == 0
        await press(pilot, "q")
        assert len(app.screen_stack) == 1

    drive(app, script)


def test_the_reader_shows_the_conversation_from_its_first_unread_and_unfolds_quotes(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, *"jjjjjj", "enter")
        shown = screen(app)
        assert "texto boletín mayo.docx" in shown
        assert "→ You" in shown
        assert "[2 quoted lines: z]" in shown
        assert "Claro, el jueves lo tienes. ¿Y las fotos?" in shown
        await press(pilot, "z", "G")
        assert "│ > ¿Y las fotos?" in screen(app)

    drive(app, script)


def test_a_word_is_found_inside_the_reader(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, *"jjjjjj", "enter", "slash", *"FOTOS", "enter", "n", "N")
        await press(pilot, "slash", *["backspace"] * 9, *"nada de esto", "enter")
        assert "is not in this text" in screen(app)

    drive(app, script, (80, 12))


def test_a_link_is_shown_whole_before_it_is_opened(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, *"jjjjjj", "enter", "o")
        assert "https://fotos.example/abril/seleccion-final" in screen(app)
        await press(pilot, "escape")
        assert len(app.screen_stack) == 2
        await press(pilot, "y")
        assert app.clipboard == "https://fotos.example/abril/seleccion-final"

    drive(app, script)


def test_the_commands_are_found_by_either_name_and_done(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        item = app.board.queue.here
        await press(pilot, "colon", *"archive", "enter")
        assert item is not None
        assert lane_of(app, item) is Lane.ARCHIVED
        await press(pilot, "question_mark", *"next view", "enter")
        assert app.board.request.view == "planned"

    drive(app, script)


def test_the_log_tells_what_was_done(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "e", "w", "u", "L")
        shown = screen(app)
        assert "Propuesta de web nueva" in shown
        assert "(undone)" in shown

    drive(app, script)


def test_fetching_is_asked_of_the_engine(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "S")
        assert "Asked for" in screen(app)

    drive(app, script)
    db = open_database(app.setup.target)
    assert asked(db)
    db.close()


def test_what_comes_in_moves_nothing_and_shows_when_asked(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "j", "j")
        here, before = app.board.queue.here, list(app.board.queue.source.ids)
        arrive(app, 3)
        await noticed(pilot, app)
        assert list(app.board.queue.source.ids) == before
        assert "3 new: press R" in screen(app)
        await press(pilot, "R")
        assert len(app.board.queue.source) == 13
        assert app.board.queue.here == here
        assert "new: press" not in screen(app)

    drive(app, script)


def test_what_comes_in_joins_by_itself_while_she_rests_at_the_top(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        app.last_key = time.monotonic() - 3600
        arrive(app, 2)
        await noticed(pilot, app)
        assert len(app.board.queue.source) == 12
        assert app.board.queue.cursor == 0

    drive(app, script)


def test_leaving_at_once_after_a_decision_does_not_lose_it(app: Trastienda) -> None:
    items: list[int] = []

    async def script(pilot: Pilot[int]) -> None:
        items.append(app.board.queue.source.ids[0])
        app.action_verb("archive")
        app.exit()

    drive(app, script)
    assert lane_of(app, items[0]) is Lane.ARCHIVED


def arrive(app: Trastienda, count: int) -> None:
    db = open_database(app.setup.target)
    key = declare(db, clients(), NOW)["acme", "correo"]
    fill(
        db, key, "mail",
        [mail(f"new{n}", "Marta Ruiz", f"Novedad {n}", "Hola.", timedelta(days=20, hours=n))
         for n in range(count)],
        cursor="2",
    )  # fmt: skip
    db.close()


async def noticed(pilot: Pilot[int], app: Trastienda) -> None:
    """Wait until the poll has seen that the database changed."""
    app.board._pause = 0
    deadline = time.monotonic() + 10
    seen = app._version
    while app._version == seen and time.monotonic() < deadline:
        await pilot.pause(0.05)
    await settle(pilot)


def test_what_is_wrong_with_a_filter_stands_where_its_rows_would(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "f", *"xx:y", "enter")
        assert "There is no field xx:" in screen(app)
        await press(pilot, "escape")
        assert "There is no field" not in screen(app)

    drive(app, script)
