"""Her own keys, the ready-made sets, and everything on the screen that names a key."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from textual.pilot import Pilot

from store.reader import Reader
from store.views import Health, Lane, Outgoing
from tests.tui.outbox_world import sent
from tests.tui.world import MADRID, NOW, D, app_on, build, drive, mail, press, screen, whole
from tui import empty, item, keys, letters, strip
from tui.actions import ACTIONS, OUTBOX, QUEUE, READER, SCREENS, of
from tui.choice import Choice
from tui.help import GROUPS
from tui.keyboard import key_name
from tui.keys import DIGITS, NORMAL, Keys, hers, shared
from tui.lines import Line
from tui.main import Trastienda
from tui.presets import PRESETS
from tui.reader import ReaderScreen
from tui.rows import Look
from tui.setup import Taste
from tui.views import Request


def text(lines: list[Line]) -> str:
    return "\n".join("".join(span.text for span in line) for line in lines)


def lane_of(path: Path, number: int) -> Lane:
    reader = Reader(str(path))
    row = reader.rows([number])[0]
    reader.close()
    assert row
    return row.lane


def test_a_key_that_was_moved_acts_and_everything_names_it(tmp_path: Path) -> None:
    path = build(tmp_path)
    changed = {
        f"{where}.{name}": keys
        for where in (QUEUE, READER)
        for name, keys in {"archive": ("ñ", "f7"), "undo": ("ctrl+z",), "reply": ("R",)}.items()
    }
    changed |= {"reader.back": ("left",), "queue.clear": ("f9",)}
    app = app_on(path, keymap=changed)

    async def script(pilot: Pilot[int]) -> None:
        first = app.board.queue.here
        assert first is not None
        assert " ñ archive " in screen(app)
        await press(pilot, "e", "u", "r")
        assert lane_of(path, first) is Lane.INBOX
        assert app.screen is app.board
        await press(pilot, "ñ")
        assert lane_of(path, first) is Lane.ARCHIVED
        assert "^z undoes it" in screen(app)
        await press(pilot, "ctrl+z")
        assert lane_of(path, first) is Lane.INBOX
        await press(pilot, "question_mark", *"archive")
        assert " ñ f7 " in screen(app)
        await press(pilot, "escape", "slash")
        assert "f9 back" in screen(app)
        await press(pilot, "f9")
        assert app.board.request.search is None
        await press(pilot, "enter", "escape")
        assert isinstance(app.screen, ReaderScreen)
        await press(pilot, "f7", "left")
        assert app.screen is app.board
        assert lane_of(path, first) is Lane.ARCHIVED

    drive(app, script)


@pytest.fixture
def greek() -> Keys:
    """A letter of its own for every action of a screen."""
    changed = {}
    for where in SCREENS:
        for number, action in enumerate(of(where)):
            changed[f"{where}.{action.name}"] = (chr(0x0410 + number),)
    return Keys(changed)


def named(keys: Keys, where: str, *names: str) -> set[str]:
    return {keys.name(name, where) for name in names}


def letters_in(said: str) -> set[str]:
    return {char for char in said if "\u0400" <= char <= "\u04ff"}


def test_what_an_empty_list_says_names_her_keys(greek: Keys, tmp_path: Path) -> None:
    reader = Reader(str(build(tmp_path)))
    clients, channels = reader.clients(), reader.channels()
    reader.close()
    never = [replace(one, last_success=None, health=Health.NEVER) for one in channels]
    wrong = [replace(one, last_success=None, health=Health.LATER) for one in channels]

    def said(request: Request, *names: str, given: object = channels, whose: object = clients,
             sent: object = None) -> None:  # fmt: skip
        lines = empty.lines(request, whose, given, sent or {}, greek)  # type: ignore[arg-type]  # either is a list
        assert letters_in(text(lines)) == named(greek, QUEUE, *names), names

    views = {"inbox": "view_next", "planned": "plan", "waiting": "wait", "snoozed": "snooze",
             "archived": "archive"}  # fmt: skip
    for view, name in views.items():
        said(Request(view=view), name)
        said(Request(view=view, client="acme"), "everybody")
        said(Request(view=view, client="acme"), name, whose=list(clients)[:1])
    said(Request(view="all"), "sync", "clients")
    said(Request(search="zzz"), "clear")
    said(Request(search="?!"), "clear")
    said(Request(words="zzz"), "clear", "search")
    said(Request(words="?!"), "clear", "search")
    said(Request(), "leave", given=(), whose=())
    said(Request(), "sync", given=never)
    said(Request(), "sync", "clients", given=wrong)
    said(Request(), "view_next", "outbox", sent={Outgoing.QUEUED: 1})


def test_what_stands_around_the_list_and_in_an_item_names_her_keys(
    greek: Keys, tmp_path: Path
) -> None:
    reader = Reader(str(build(tmp_path)))
    look = Look(clients={one.slug: one for one in reader.clients()}, zone=MADRID, now=NOW,
                keys=greek)  # fmt: skip
    channels = reader.channels()
    ids = Request().ids(reader, NOW, MADRID, None)
    views = [view for number in ids if (view := reader.item(number)) is not None]
    reader.close()
    top = strip.header(Request(), 3, look, 80, demo=False, sent={Outgoing.QUEUED: 1})
    assert letters_in(text([top])) == named(greek, QUEUE, "outbox")
    low = strip.channels(channels, look, 50, badge=2, rows=2)
    assert letters_in(text(low)) == named(greek, QUEUE, "merge", "clients")
    assert letters_in(text([strip.prompt(greek, search=True)])) == named(
        greek, QUEUE, "clear", "down"
    )
    assert letters_in(text([strip.prompt(greek, search=False)])) == named(greek, QUEUE, "clear")
    items = "".join(text(whole(view, look)[0]) for view in views)
    assert letters_in(items) == named(greek, READER, "fold", "link")
    drafted = views[0].row._replace(drafted=True)
    for where in (QUEUE, READER):
        line = item.title_line(drafted, look, 80, where)
        assert letters_in(text([line])) == named(greek, where, "reply")


def test_what_can_be_done_about_what_goes_out_names_her_keys(greek: Keys, tmp_path: Path) -> None:
    reader = Reader(str(sent(tmp_path)))
    look, channels = Look(zone=MADRID, now=NOW, keys=greek), reader.channels()
    found = [(one, reader.behind(one.id)) for one in reader.outgoing(ended=True, limit=9)]
    reader.close()
    wanted = {
        Outgoing.QUEUED: {"take_back"}, Outgoing.ASK: {"arrived", "again"}, Outgoing.DONE: set(),
        Outgoing.REFUSED: {"anyway", "drop", "open"},
    }  # fmt: skip
    assert {one.state for one, _behind in found} == set(wanted)
    for one, behind in found:
        lines = letters.whole(one, behind, channels, look, 80)
        assert letters_in(text(lines)) == named(greek, OUTBOX, *wanted[one.state]), one.state


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_in_a_ready_made_set_no_key_does_two_things_and_none_needs_altgr(preset: str) -> None:
    keys = hers(preset, {})
    assert not [(where, key, one.name, other.name) for where, key, one, other in shared(keys)]
    for where, names in _named_in(preset):
        assert where in (*SCREENS, "all")
        assert all(any(action.name == name for action in ACTIONS) for name in names)
    frequent = {
        key_name(key)
        for where in SCREENS
        for action in of(where)
        if action.name != "no_delete"
        for key in keys.of(where, action)
    }
    assert not frequent & set("[]{}\\|@#~")


def _named_in(preset: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((where, tuple(names)) for where, names in PRESETS[preset].items())


@pytest.mark.parametrize(
    ("preset", "habits"),
    [("vim", ("d", "d", "X", "x")), ("correo", ("delete", "number_sign", "D", "X", "x"))],
)
def test_a_habit_of_another_program_closes_nothing(
    preset: Literal["vim", "correo"], habits: tuple[str, ...], tmp_path: Path
) -> None:
    """Done is behind one key only, and that one is not what deletes there."""
    keys = hers(preset, {})
    assert keys.of(QUEUE, next(one for one in ACTIONS if one.name == "done")) == ("X",)
    app = app_on(build(tmp_path), taste=replace(Taste(), keys=preset))

    async def script(pilot: Pilot[int]) -> None:
        before = list(app.board.queue.source.ids)
        for key in habits:
            if key != "X":
                await press(pilot, key)
                assert list(app.board.queue.source.ids) == before
                assert app.screen is app.board
        await press(pilot, habits[0])
        assert "Nothing is deleted here: e archives, X is done with it." in screen(app)
        await press(pilot, "enter", habits[0])
        assert "Nothing is deleted here" in screen(app)

    drive(app, script)


def test_a_habit_of_another_program_says_nothing_has_arrived_nor_sends_it_again() -> None:
    """Where what has gone out is asked about, her word is final."""
    sends = {"arrived", "again", "anyway", "drop", "take_back"}
    for preset, habits in (("vim", "dgG"), ("correo", "aedD#")):
        keys = hers(preset, {})
        hit = {
            action.name for action in of(OUTBOX) for key in keys.of(OUTBOX, action) if key in habits
        }
        assert not hit & sends, preset


def test_half_pages_are_half_a_page_for_who_comes_from_vim(tmp_path: Path) -> None:
    extra = [mail(f"x{n}", "Marta Ruiz", f"Asunto {n}", "Hola", 3 * D) for n in range(40)]
    app = app_on(build(tmp_path, extra=extra), taste=replace(Taste(), keys="vim"))

    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        height = queue.scrollable_content_region.height
        await press(pilot, "ctrl+f")
        assert queue.cursor == height - 1
        await press(pilot, "ctrl+u")
        assert queue.cursor == height - 1 - round((height - 1) / 2)
        await press(pilot, "g", "g", "ctrl+d")
        assert queue.cursor == round((height - 1) / 2)
        await press(pilot, "down")
        assert queue.cursor == round((height - 1) / 2) + 1

    drive(app, script)


def lines_of(app: Trastienda) -> list[str]:
    """The lines of the panel, with what may be dim."""
    assert isinstance(app.screen, Choice)
    return [text([option.line]) for option in app.screen._now]


def test_the_commands_say_what_cannot_be_done_now_and_why_and_so_does_its_key(
    tmp_path: Path,
) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "R")
        assert "Nothing new." in screen(app)
        await press(pilot, "escape")
        assert "There is nothing to leave: no search, no filter, no mark." in screen(app)
        await press(pilot, "9")
        assert "There is no client 9." in screen(app)
        await press(pilot, "colon")
        lines = lines_of(app)
        assert [line for line in lines if line.startswith("R")] == [
            "R             Show the new ones  (Nothing new.)"
        ]
        assert [line for line in lines if line.startswith("e ")] == ["e             Archive"]
        assert "              View: Now  (This is what you see.)" in lines
        await press(pilot, *"new ones", "enter")
        assert app.screen is app.board
        assert "Nothing new." in screen(app)
        assert not app.used
        await press(pilot, "slash", *"zzz", "enter", "e")
        assert "There is nothing to do that to." in screen(app)
        await press(pilot, "v")
        assert "This list is empty." in screen(app)
        await press(pilot, "f")
        assert "This is a search already: Esc leaves it." in screen(app)

    drive(app, script)


def test_in_the_reader_a_key_that_can_do_nothing_says_why(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "K")
        assert "That was the first one." in screen(app)
        await press(pilot, "n")
        assert "Nothing to look for yet: / and a word." in screen(app)
        folds = [row.title for y in range(10) if (row := app.board.queue.source.row(y))]
        for _title in range(folds.index("Factura de abril")):
            await press(pilot, "J")
        await press(pilot, "z")
        assert "Nothing is quoted in here." in screen(app)
        await press(pilot, "colon", *"fold")
        assert lines_of(app)[0].endswith("(Nothing is quoted in here.)")
        await press(pilot, "escape", *["J"] * 9)
        assert "That was the last one." in screen(app)

    drive(app, script)


def test_views_and_clients_are_commands_found_by_words_in_any_order(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "colon", *"floristeria only", "enter")
        assert app.board.request.client == "acme"
        await press(pilot, "ctrl+p", *"WAITING view", "enter")
        assert (app.board.request.view, app.board.request.client) == ("waiting", "acme")
        await press(pilot, "colon")
        assert [line.strip() for line in lines_of(app)][:2] == [
            "View: Waiting  (This is what you see.)",
            "1             Only ACME Floristería  (This is what you see.)",
        ]
        await press(pilot, *"all clients", "enter")
        assert app.board.request.client is None
        await press(pilot, "colon", *"view now", "enter", "enter", "colon", *"view planned")
        await press(pilot, "enter")
        assert app.screen is app.board
        assert app.board.request.view == "planned"
        assert app.used[:2] == ["view planned", "view inbox"]

    drive(app, script)


def test_the_help_names_every_key_by_what_it_is_for_and_all_of_it_can_be_reached(
    tmp_path: Path,
) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "question_mark")
        lines, seen = lines_of(app), ""
        for _page in range(8):
            seen += screen(app)
            await press(pilot, "pagedown")
        seen += screen(app)
        assert not [line for line in lines if line.strip() not in seen]
        for title, _names in GROUPS:
            assert title.message in lines
        for action in of(QUEUE):
            if action.keys and action.name != DIGITS:
                assert any(line.startswith(key_name(action.keys[0]) + " ") for line in lines)
        await press(pilot, *["pageup"] * 6)
        assert " Move\n" in screen(app)
        await press(pilot, *"que esto no hay")
        assert "Nothing by that name." in screen(app)

    drive(app, script)


def test_every_group_of_the_help_knows_its_actions_by_name() -> None:
    names = [name for _title, group in GROUPS for name in group]
    assert len(names) == len(set(names))
    assert set(names) <= {action.name for action in ACTIONS}


def test_an_action_without_a_key_is_named_by_its_command() -> None:
    assert Keys({"queue.undo": ()}).name("undo", QUEUE) == ": Undo"
    assert NORMAL.name("undo", QUEUE) == "u"


NAMES_A_KEY = re.compile(
    r"(?:^|: |press |with |· )(?:[B-HJ-Zb-z./;]|Esc|Tab|Enter|Space)(?:$|[ .;])|Ctrl\+"
)
FIXED = {
    "Space", "Tab", "Esc", "Open in the browser: Enter or its number; Esc leaves", "Esc goes back",
    "Filter this list: Enter keeps it, {key} drops it",
}  # fmt: skip
"""Of panels and fields, whose few keys are always the same."""


def test_no_sentence_has_a_key_written_into_it_that_she_could_move() -> None:
    room = Path(keys.__file__).parent
    found = {
        str(node.args[0].value)
        for path in room.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in {"_", "ngettext", "Said"}
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(found) > 200
    assert {text for text in found if NAMES_A_KEY.search(text)} == FIXED
    assert NAMES_A_KEY.search("Draft kept; press r")
    assert NAMES_A_KEY.search("Ctrl+Q leaves.")
