"""A conversation of years opens as one of today: only what comes into view is read and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from store.reader import Reader
from store.views import MessageView
from tests.tui.world import (
    app_on,
    build,
    drive,
    mail,
    narrow,
    press,
    screen,
    settle,
)  # fmt: skip
from tui import item as drawing
from tui.itempage import ItemPage
from tui.lines import Line
from tui.main import Trastienda
from tui.plan import LINKED
from tui.reader import ReaderScreen

LONG = 300
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten mails in one conversation, and very many in another: of some, many lines."""
    mails = [
        mail(
            f"{name}{n}", "Marta Ruiz", subject if n == 0 else f"Re: {subject}",
            f"Número {n} de {subject}." + "\nY otra línea." * (n % 7), (count + 5 - n) * MINUTE,
            after=f"{name}0" if n else "", folded="> antes\n> más",
        )
        for name, subject, count in (("c", "Corta", 10), ("l", "Larga", LONG))
        for n in range(count)
    ]  # fmt: skip
    return build(tmp_path_factory.mktemp("long"), extra=mails)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The messages that were drawn; a 0 stands where lines were first shown."""
    numbers: list[int] = []
    real, show = drawing.message_lines, ItemPage.show

    def draw(message: MessageView, *rest: Any, **more: Any) -> Any:
        numbers.append(message.id)
        return real(message, *rest, **more)

    def shown(page: ItemPage, lines: Sequence[Line], *, top: int | None = 0) -> None:
        if lines:
            numbers.append(0)
        show(page, lines, top=top)

    monkeypatch.setattr(drawing, "message_lines", draw)
    monkeypatch.setattr(ItemPage, "show", shown)
    return numbers


def read(page: ItemPage) -> list[str]:
    """What stands on a page."""
    top = page.scroll_offset.y
    rows = page._lines[top : top + page.size.height]
    return ["".join(span.text for span in line).rstrip() for line in rows]


async def opened(pilot: Pilot[int], app: Trastienda, subject: str) -> ItemPage:
    await narrow(pilot, subject)
    await press(pilot, "enter")
    assert isinstance(app.screen, ReaderScreen)
    return app.screen.page


def test_what_is_drawn_before_the_first_lines_stand_there_is_what_fits(
    path: Path, drawn: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = Reader.messages

    def messages(reader: Reader, number: int, ids: Sequence[int]) -> list[MessageView]:
        asked.append(len(ids))
        return real(reader, number, ids)

    monkeypatch.setattr(Reader, "messages", messages)

    async def script(pilot: Pilot[int]) -> None:
        for subject in ("corta", "larga"):
            drawn.clear()
            asked.clear()
            page = await opened(pilot, app, subject)
            first = drawn.index(0)
            assert 0 < first <= page.size.height // 2
            assert len(drawn) < 60
            assert sum(asked) < LINKED + 60
            await press(pilot, "escape")

    app = app_on(path)
    drive(app, script)


def test_nothing_that_she_reads_moves_while_the_rest_is_drawn(path: Path) -> None:
    async def script(pilot: Pilot[int]) -> None:
        page = await opened(pilot, app, "larga")
        await press(pilot, "G")
        before = read(page)
        assert not page._lines[400], "nobody has drawn what is far above"
        for step in (1, 5, 9, 3) * 12:
            page.move(-step)
            await settle(pilot)
            now = read(page)
            assert now[step:] == before[:-step]
            before = now

    app = app_on(path)
    drive(app, script)


def test_the_ends_a_search_and_its_matches_are_found_in_what_was_never_drawn(path: Path) -> None:
    async def script(pilot: Pilot[int]) -> None:
        page = await opened(pilot, app, "larga")
        await press(pilot, "g")
        assert "Número 0 de Larga." in screen(app)
        await press(pilot, "G")
        assert f"Número {LONG - 1} de Larga." in screen(app)
        await press(pilot, "slash", *"numero 15", "enter")
        assert "Número 15 de Larga." in screen(app)
        for key, number in (("n", 150), ("n", 151), ("N", 150), ("N", 15), ("N", 159)):
            await press(pilot, key)
            assert f"Número {number} de Larga." in screen(app), (key, number)
        await pilot.press("N", "N", "n")
        await settle(pilot)
        assert "Número 158 de Larga." in screen(app)
        await press(pilot, "slash", *"quince", "enter")
        assert "is not in this text" in screen(app)
        before = read(page)
        await press(pilot, "z", "z")
        assert read(page) == before

    app = app_on(path)
    drive(app, script)


def test_read_to_its_end_it_is_all_there_and_once(path: Path) -> None:
    async def script(pilot: Pilot[int]) -> None:
        page = await opened(pilot, app, "larga")
        await press(pilot, "g")
        seen = read(page)
        for _page in range(12):
            await press(pilot, "pagedown")
            seen += read(page)[2:]
        told = [line for line in seen if line.startswith(" Número")]
        assert len(told) > 20
        assert told == [f" Número {n} de Larga." for n in range(len(told))]

    app = app_on(path)
    drive(app, script)


def test_beside_the_list_it_is_as_lazy_and_scrolls_from_there(path: Path, drawn: list[int]) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "larga")
        assert f"Número {LONG - 1} de Larga." in screen(app)
        assert len(drawn) < 120
        await press(pilot, "less_than_sign", "less_than_sign")
        assert f"Número {LONG - 1} de Larga." not in screen(app)
        cursor, there = app.board.queue.cursor, screen(app)
        app.board.queue.renew()
        await settle(pilot)
        assert screen(app) == there, "what comes in leaves it where she scrolled it to"
        await press(pilot, "greater_than_sign", "greater_than_sign")
        assert f"Número {LONG - 1} de Larga." in screen(app)
        assert app.board.queue.cursor == cursor

    app = app_on(path)
    drive(app, script, (160, 45))
