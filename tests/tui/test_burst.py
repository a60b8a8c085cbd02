"""Keys that come all at once, as from a paste or over a slow line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from store.reader import Reader
from store.views import Lane
from tests.tui.world import app_on, build, drive, press, screen, settle
from tui.choice import Choice
from tui.question import Question
from tui.reader import ReaderScreen

NAMES = {"\r": "enter", "/": "slash", "-": "minus", ":": "colon", ";": "semicolon",
         "\x1b": "escape"}  # fmt: skip


async def burst(pilot: Pilot[int], text: str) -> None:
    """Send keys as one read of the terminal gives them."""
    for character in text:
        pilot.app.post_message(events.Key(NAMES.get(character, character), character))
    for _ in range(20):
        await pilot.pause(0.02)
        await settle(pilot)


@pytest.mark.parametrize(
    ("keys", "lane", "until"),
    [
        ("sr", Lane.SNOOZED, None),
        ("sm", Lane.SNOOZED, datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("smj", Lane.SNOOZED, datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("sf24/12\r", Lane.SNOOZED, datetime(2026, 12, 24, 8, tzinfo=UTC)),
        ("sf24/12\x1b", Lane.INBOX, None),
        ("s\x1bp", Lane.PLANNED, None),
        ("\re", Lane.ARCHIVED, None),
        ("\r\x1be", Lane.ARCHIVED, None),
        (":arch\r", Lane.ARCHIVED, None),
        ("/e", Lane.INBOX, None),
        ("few", Lane.INBOX, None),
        ("/presupuesto\r", Lane.INBOX, None),
    ],
)
def test_each_key_of_a_burst_reaches_what_the_one_before_it_opened(
    tmp_path: Path, keys: str, lane: Lane, until: datetime | None
) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "j")
        item = app.board.queue.here
        assert item is not None
        await burst(pilot, keys)
        reader = Reader(app.setup.target)
        (row,) = reader.rows([item])
        reader.close()
        assert row is not None
        assert (row.lane, row.until) == (lane, until)

    drive(app, script)


@pytest.mark.parametrize(
    ("keys", "opened", "text"),
    [
        ("/luz", None, "luz"), ("f-web", None, "-web"), ("sf24/12", Question, "24/12"),
        ("\r/luz", ReaderScreen, "luz"), ("s", Choice, None),
    ],
)  # fmt: skip
def test_what_is_typed_ahead_is_written_whole_and_in_order(
    tmp_path: Path, keys: str, opened: type | None, text: str | None
) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await burst(pilot, keys)
        assert isinstance(app.screen, opened or type(app.board))
        fields = [field for field in app.screen.query(Input) if field.has_focus]
        assert [field.value for field in fields] == ([] if text is None else [text])

    drive(app, script)


def test_what_is_said_while_an_item_is_being_opened_is_seen_there(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        app.push_screen(ReaderScreen(app.board))
        app.say("¡Hecho!")
        await settle(pilot)
        assert isinstance(app.screen, ReaderScreen)
        assert "¡Hecho!" in screen(app)

    drive(app, script)


def test_the_keys_go_on_whatever_the_one_before_has_closed(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        for _ in range(3):
            await burst(pilot, "sf3d\rs\x1b\r\x1b/luz\x1b\x1b")
            assert app.screen is app.board
            await press(pilot, "g", "j")
            assert app.board.queue.cursor == 1

    drive(app, script)
