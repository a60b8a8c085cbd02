"""What a key costs does not depend on how long the list is."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.app import ComposeResult
from textual.color import Color
from textual.pilot import Pilot
from textual.strip import Strip

from normalizer.model import Kind, State
from store.views import Lane, Row, Turn
from tests.tui.pty_screen import Terminal
from tests.tui.world import MADRID, NOW, app_on, build, drive, mail, press
from tui.guard import ControlGuard
from tui.lines import Tone
from tui.queue import Queue
from tui.rows import Look, draw
from tui.setup import Setup
from tui.source import PAGE, SOME, Source, news
from tui.taste import Tasted

ROW = Row(
    id=0, client="acme", channel="correo", channel_kind="imap", external_id="x",
    kind=Kind.CONVERSATION, title="Boletín de mayo", who="Marta Ruiz", snippet="",
    state=State.OPEN, lane=Lane.INBOX, until=None, turn=Turn.ME, due=None,
    act_by=NOW + timedelta(hours=1), updated_at=NOW, unread=0, labels=(), container="", url=None,
    attachments=0, automatic=False,
)  # fmt: skip


class Counted(Queue):
    drawn = 0

    def render_line(self, y: int) -> Strip:
        self.drawn += 1
        return super().render_line(y)


class Bench(Tasted):
    CSS_PATH = "../../tui/style.tcss"

    def __init__(self, rows: int) -> None:
        taste = Setup(target="", language="en", timezone=MADRID)
        super().__init__(taste, lambda: NOW, None)
        self.read = 0
        look = Look(zone=MADRID, now=NOW)
        source = Source(self._read, array("q", range(1, rows + 1)))
        self.queue = Counted(source, lambda: look, list)

    def _read(self, ids: Sequence[int]) -> list[Row | None]:
        self.read += len(ids)
        return [ROW._replace(id=number) for number in ids]

    def say(self, text: str, tone: Tone = Tone.GOOD) -> int:
        raise AssertionError(text, tone)

    def compose(self) -> ComposeResult:
        yield self.queue

    def on_mount(self) -> None:
        self.queue.focus()


def costs(rows: int) -> dict[str, tuple[int, int]]:
    """Rows read and lines drawn, by what was done."""
    app, found = Bench(rows), {}

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            found["first paint"] = (app.read, app.queue.drawn)
            for name, act in (
                ("down", lambda: app.queue.move(1)), ("end", lambda: app.queue.go(-1)),
                ("up at the end", lambda: app.queue.move(-1)),
                ("page up", lambda: app.queue.page(-1)), ("top", lambda: app.queue.go(0)),
            ):  # fmt: skip
                await measure(pilot, name, act)

    async def measure(pilot: Pilot[int], name: str, act: object) -> None:
        app.read = app.queue.drawn = 0
        assert callable(act)
        act()
        await pilot.pause()
        found[name] = (app.read, app.queue.drawn)

    asyncio.run(run())
    return found


@pytest.fixture(scope="module")
def small() -> dict[str, tuple[int, int]]:
    return costs(1_000)


def test_a_key_reads_as_many_rows_of_a_million_as_of_a_thousand(
    small: dict[str, tuple[int, int]],
) -> None:
    large = costs(1_000_000)
    for name, (read, drawn) in small.items():
        assert large[name][0] <= max(read, 2 * PAGE), name
        assert large[name][1] <= drawn + 24, name


def test_a_move_draws_two_lines_and_reads_nothing(small: dict[str, tuple[int, int]]) -> None:
    assert small["down"] == (0, 2)
    assert small["up at the end"] == (0, 2)


def test_reading_the_rows_again_draws_only_what_reads_otherwise() -> None:
    app, changed = Bench(1_000), set[int]()
    read = app._read

    def rows(ids: Sequence[int]) -> list[Row | None]:
        return [
            row._replace(title="Otra cosa") if row and row.id in changed else row
            for row in read(ids)
        ]

    app.queue.source._read = rows

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            for expected in (0, 2):
                app.queue.drawn = 0
                app.queue.renew()
                await pilot.pause()
                assert app.queue.drawn == expected
                changed.update({3, 7, 500})

    asyncio.run(run())


def test_a_key_filters_no_line_that_was_filtered_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, filtered = app_on(build(tmp_path)), []
    apply = ControlGuard.apply

    def counted(self: ControlGuard, segments: list[Segment], background: Color) -> list[Segment]:
        filtered.append(segments)
        return apply(self, segments, background)

    monkeypatch.setattr(ControlGuard, "apply", counted)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "j")
        filtered.clear()
        await press(pilot, "j")
        assert 0 < len(filtered) <= 10, "two rows, and the lines about the one under the cursor"

    drive(app, script)


def test_what_is_new_in_a_list_is_counted_by_its_ids() -> None:
    shown = array("q", range(3 * SOME))
    assert news(shown, shown[:]) == 0
    assert news(shown, array("q", range(7, 3 * SOME + 5))) == 5
    assert news(array("q"), shown) == 3 * SOME


def test_a_key_writes_little_and_rest_writes_nothing(tmp_path: Path) -> None:
    extra = [
        mail(f"x{n}", "Marta Ruiz", f"Encargo {n}", "Hola.\n" * 9, n * timedelta(minutes=7))
        for n in range(80)
    ]
    with Terminal(build(tmp_path, extra=extra), size=(160, 45)) as terminal:
        terminal.until("Encargo")
        terminal.rest(1)
        size = len(terminal.data)
        for _ in range(60):
            terminal.send("j")
            terminal.rest(0.03)
        terminal.rest(1)
        assert (len(terminal.data) - size) / 60 < 1_200
        size = len(terminal.data)
        terminal.rest(1.5)
        assert len(terminal.data) == size


def test_pages_once_read_are_kept_up_to_a_bound() -> None:
    read: list[int] = []

    def rows(ids: Sequence[int]) -> list[Row | None]:
        read.append(len(ids))
        return [ROW._replace(id=number) for number in ids]

    source = Source(rows, array("q", range(PAGE * 1000)))
    for y in range(0, PAGE * 1000, PAGE):
        source.row(y)
    assert len(read) == 1000
    assert len(source._pages) <= 64
    source.row(PAGE * 999)
    assert len(read) == 1000


def test_a_chat_is_told_by_what_was_said_and_not_by_its_name_twice() -> None:
    chat = ROW._replace(title="Marta Ruiz", snippet="¿Te llega el audio?")
    text = "".join(span.text for span in draw(chat, Look(zone=MADRID, now=NOW), 80))
    assert "¿Te llega el audio?" in text
    assert text.count("Marta Ruiz") == 1
