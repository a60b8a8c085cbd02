"""The mouse does what keys do; no text of anybody's does anything."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from tests.tui.pty_screen import Terminal
from tests.tui.world import app_on, build, drive, mail, narrow, press, screen, settle
from tui import clicks
from tui.choice import Choice
from tui.lines import Span, Tone, cut, faint, wrap
from tui.main import Trastienda
from tui.page import lit
from tui.reader import ReaderScreen

ROOM = Path(__file__).resolve().parents[2] / "tui"


async def click(
    pilot: Pilot[int], app: Trastienda, text: str, times: int = 1, at: int = -1
) -> None:
    """Click where a text stands on the screen, in the last line that has it."""
    lines = screen(app).splitlines()
    [y] = [y for y, line in enumerate(lines) if text in line][at:][:1]
    await pilot.click(offset=(lines[y].rindex(text), y), times=times)
    await settle(pilot)


def test_the_mouse_does_what_keys_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clicks, "PAUSE", 0)
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        await click(pilot, app, "El informe")
        assert queue.cursor == 3
        await pilot.click(offset=(0, 4))
        await settle(pilot)
        assert queue.marked == {queue.here}
        assert "1 marked" in screen(app)
        await pilot.click(offset=(1, 4))
        await press(pilot)
        assert not queue.marked
        await click(pilot, app, "Waiting")
        assert app.board.request.view == "waiting"
        await click(pilot, app, "Now")
        assert app.board.request.view == "inbox"
        await click(pilot, app, "Luz Abogados")  # in the strip
        assert isinstance(app.screen, Choice)
        await click(pilot, app, "Brisa Yoga")
        assert app.board.request.client == "brisa"
        await press(pilot, "2")
        await click(pilot, app, "snooze")
        await click(pilot, app, "tomorrow")
        assert "u undoes it" in screen(app)
        await click(pilot, app, "Boletín de mayo", times=2)
        assert isinstance(app.screen, ReaderScreen)
        await click(pilot, app, "fotos.example")
        assert "Open in the browser" in screen(app)
        await press(pilot, "escape")
        await click(pilot, app, "quoted lines")
        assert "¿Y las fotos?" in screen(app)
        await click(pilot, app, "back")
        assert app.screen is app.board

    drive(app, script)


def test_the_wheel_scrolls_what_it_is_over(tmp_path: Path) -> None:
    more = [mail(f"m{n}", "Marta", f"Asunto {n}", "línea\n" * 60, timedelta(hours=n))
            for n in range(40)]  # fmt: skip
    app = app_on(build(tmp_path, extra=more))

    async def script(pilot: Pilot[int]) -> None:
        await wheel(pilot, app.board.queue)
        assert app.board.queue.scroll_offset.y > 0
        await narrow(pilot, "asunto")
        await press(pilot, "enter")
        assert isinstance(app.screen, ReaderScreen)
        page = app.screen.page
        await press(pilot, "g")
        await wheel(pilot, page)
        assert page.scroll_offset.y > 0
        await press(pilot, "escape", "s")
        before = screen(app)
        await wheel(pilot, app.screen.query_one("#panel-lines"))
        assert screen(app) != before

    drive(app, script)


async def wheel(pilot: Pilot[int], widget: object) -> None:
    await pilot._post_mouse_events([events.MouseScrollDown], widget=widget, offset=(5, 1))  # type: ignore[arg-type]
    await settle(pilot)


def test_a_second_quick_click_never_answers_what_the_first_has_asked(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await click(pilot, app, "snooze")
        assert isinstance(app.screen, Choice)
        await click(pilot, app, "until they reply")  # it has only just come
        assert isinstance(app.screen, Choice)
        app.screen._stood -= 1
        await click(pilot, app, "until they reply")
        assert len(app.screen_stack) == 1

    drive(app, script)


def test_no_text_of_others_carries_an_action(tmp_path: Path) -> None:
    evil = "[@click=app.quit]QUIT[/] act=app.quit app.quit"
    spans = (Span(evil), Span(evil, Tone.DIM))
    made = [*cut(spans, 30), *lit(spans, "quit"), *faint([spans])[0]]
    assert wrap(evil, 8)
    assert not any(span.act for span in made)
    more = [mail("evil", evil, evil, evil, timedelta(0), unread=True)]
    app = app_on(build(tmp_path, extra=more))

    async def script(pilot: Pilot[int]) -> None:
        await click(pilot, app, "QUIT")
        await click(pilot, app, "QUIT", times=2, at=0)
        assert isinstance(app.screen, ReaderScreen)
        await click(pilot, app, "QUIT")
        assert app.is_running
        assert app.return_code is None

    drive(app, script)


def acts(source: str) -> list[ast.expr]:
    """What is given for the action of a span, wherever it is no text of our own code."""
    found = [
        keyword.value
        for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
        for keyword in node.keywords if keyword.arg == "act"
    ]  # fmt: skip
    return [value for value in found if not _ours(value)]


def _ours(value: ast.expr) -> bool:
    """A constant; a name of a constant or of what the table of actions says; the place of a tab."""
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.IfExp):
        return _ours(value.body) and _ours(value.orelse)
    return ast.unparse(value) in {"LINK", "FOLD", "FILES", "act", "f'app.see({at})'"}


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.name)
def test_every_action_is_written_in_our_own_code(path: Path) -> None:
    assert not acts(path.read_text("utf-8"))


def test_the_check_above_can_fail() -> None:
    assert acts("Span(text, act=row.title)")
    assert acts("span._replace(act=f'app.see({title!r})')")


@pytest.mark.parametrize("mouse", [True, False])
def test_where_she_wants_no_mouse_the_terminal_is_not_asked_for_one(
    tmp_path: Path, mouse: bool
) -> None:
    with Terminal(build(tmp_path), mouse=mouse) as terminal:
        terminal.until("help")
        terminal.send("q")
        assert terminal.leave() == 0
    for mode in (b"1000", b"1002", b"1003", b"1006", b"1015", b"1016"):
        assert (b"\x1b[?" + mode + b"h" in terminal.data) <= mouse
    assert (b"\x1b[?1000h" in terminal.data) == mouse


def test_of_two_quick_clicks_beside_each_other_the_second_does_nothing(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        before = len(app.board.queue.source)
        await click(pilot, app, "archive")
        await click(pilot, app, "rchive")
        assert len(app.board.queue.source) == before - 1

    drive(app, script)
