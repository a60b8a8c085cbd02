"""What the screen does when the database, or the engine, does not do its part."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from normalizer.said import Said
from store import driver
from store.database import open_database
from store.directory import declare, succeeded
from store.errors import CorruptError
from store.triage import place
from store.views import Lane, Row
from tests.tui.world import NOW, app_on, build, clients, drive, press, screen, settle
from tui.work import start


def test_a_locked_database_stops_no_key_and_loses_no_row(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)
    other = driver.connect(path)

    async def script(pilot: Pilot[int]) -> None:
        item = app.board.queue.here
        await app.desk.write(lambda db: None)
        other.execute("BEGIN IMMEDIATE")
        app.action_verb("archive")
        await pilot.pause()
        assert item not in app.board.queue.source.ids, "the row goes at once"
        await pilot.press("j", "j")
        assert app.board.queue.cursor == 2, "keys work while it waits"
        here = app.board.queue.here
        await settle(pilot)
        assert item in app.board.queue.source.ids, "the row is back"
        assert app.board.queue.here == here, "and she is where she went"
        assert "! Another program is using" in screen(app)
        assert "again" in screen(app), "and what to do next is not cut off"
        other.execute("ROLLBACK")
        await press(pilot, "g", "e")
        rows: list[Row | None] = app.reader.rows([item or 0])
        assert rows[0]
        assert rows[0].lane is Lane.ARCHIVED

    try:
        drive(app, script)
    finally:
        other.close()


def test_a_damaged_database_is_said_before_the_screen_opens(tmp_path: Path) -> None:
    path = tmp_path / "trastienda.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(CorruptError):
        app_on(path)


def test_a_database_removed_under_the_screen_is_said_and_stays_said(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await app.look_for_changes()
        path.unlink()
        await app.look_for_changes()
        await pilot.pause()
        assert "! " in screen(app)
        assert "removed or replaced" in screen(app)
        await press(pilot, "e")
        await app.look_for_changes()
        await pilot.pause()
        assert "removed or replaced" in screen(app)
        assert "trastienda restore" in screen(app), "and what to do next is not cut off"

    drive(app, script)
    assert not path.exists()


class Engine:
    def __init__(self) -> None:
        self.stopped = 0

    def stop(self) -> None:
        self.stopped += 1

    def ended(self) -> bool:
        return False


def test_the_engine_starts_after_the_first_rows_and_stops_with_the_screen(tmp_path: Path) -> None:
    engine = Engine()
    seen: list[str] = []

    def engine_starts() -> Engine:
        seen.append("started")
        return engine

    app = app_on(build(tmp_path), start_engine=engine_starts)

    async def script(pilot: Pilot[int]) -> None:
        assert "Propuesta" in screen(app)
        assert seen == ["started"]
        assert engine.stopped == 0

    drive(app, script)
    assert engine.stopped == 1


def test_an_engine_that_does_not_start_is_said_and_the_queue_works(tmp_path: Path) -> None:
    def engine_starts() -> Engine:
        raise OSError(8, "Exec format error")

    app = app_on(build(tmp_path), start_engine=engine_starts)

    async def script(pilot: Pilot[int]) -> None:
        assert "Exec format error" in screen(app)
        await press(pilot, "j")
        assert app.board.queue.cursor == 1

    drive(app, script)


def test_what_is_due_wakes_though_no_engine_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.live.WAKE", 0.05)
    app = app_on(build(tmp_path))
    now = [NOW]
    app.clock = lambda: now[0]

    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        item = queue.here
        assert item is not None
        until = NOW + timedelta(hours=1)
        await app.desk.write(
            lambda db: place(db, [item], Lane.SNOOZED, until=until, verb="snooze", now=NOW)
        )
        await settle(pilot)

        def lane() -> Lane:
            row = app.reader.rows([item])[0]
            assert row is not None
            return row.lane

        assert lane() is Lane.SNOOZED, "not yet due"
        now[0] = until
        async with asyncio.timeout(20):
            while lane() is Lane.SNOOZED:
                await pilot.pause(0.02)

    drive(app, script)


def test_leaving_while_an_answer_is_on_its_way_breaks_nothing(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def late() -> None:
        while app.is_running:  # noqa: ASYNC110  the last moment before the parts are gone
            await asyncio.sleep(0)
        app.board.query_one("#nothing-of-the-kind")

    async def script(pilot: Pilot[int]) -> None:
        start(app, late, "poll")

    drive(app, script)


def test_a_row_deleted_meanwhile_is_a_blank_line_and_no_crash(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        app.board.queue.source.ids[0] = 999_999
        app.board.queue.renew()
        await press(pilot, "enter")
        assert "no longer here" in screen(app)
        await press(pilot, "escape", "e", "u", "j", "o", "y")

    drive(app, script)


@pytest.mark.parametrize("back", [timedelta(minutes=30), timedelta(days=3)])
def test_a_clock_set_back_makes_no_channel_fresher_than_it_is(
    tmp_path: Path, back: timedelta
) -> None:
    app = app_on(build(tmp_path))
    app.clock = lambda: NOW - back

    async def script(pilot: Pilot[int]) -> None:
        app.board.refresh_status()
        await settle(pilot)
        assert "ACME Floris… @? T?" in screen(app)
        await press(pilot, "c")
        assert "read before the clock was set back" in screen(app)

    drive(app, script, size=(120, 40))


def test_what_is_held_back_is_said_on_the_screen_for_as_long_as_it_is(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))
    db = open_database(tmp_path / "trastienda.db")
    keys = declare(db, clients(), NOW)
    held = Said("{n} entries seem to have vanished at once over there.", (("n", 62),))

    async def script(pilot: Pilot[int]) -> None:
        for notices in ((held,), (), (held,)):
            succeeded(db, keys["acme", "correo"], NOW, NOW, notices)
            succeeded(db, keys["faro", "correo"], NOW, NOW)
            while ("62 entries seem to have vanished" in screen(app)) != bool(notices):
                await pilot.pause(0.1)

    drive(app, script)
    db.close()
