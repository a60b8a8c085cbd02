"""Files and copies of an answer: hers, this client's, and seen before they go."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from normalizer.actions import Enclosure
from store.database import open_database
from store.views import Draft
from tests.tui.letters import (
    app_on,
    build,
    keep,
    manner,
    opened,
    outgoing,
    put,
)
from tests.tui.world import drive, press, screen
from tui import enclosing


def test_to_all_shows_everybody_at_once(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        assert "ana@acme.example" not in screen(app).splitlines()[1]
        await press(pilot, "ctrl+r")
        assert "ana@acme.example" in screen(app).splitlines()[1]
        await put(pilot, "Hola a las dos", "escape", "r")
        assert "ana@acme.example" in screen(app).splitlines()[1], "the draft remembers it"
        await press(pilot, "ctrl+s")
        assert "ana@acme.example" in screen(app)
        await press(pilot, "escape", "ctrl+r", "ctrl+s")
        assert "ana@acme.example" not in screen(app)

    drive(app, script)


def test_tab_completes_what_she_typed_last_however_slow_the_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ACME" / "Fotos").mkdir(parents=True)
    (tmp_path / "ACME" / "Fotos" / "mayo.jpg").write_bytes(b"JPEG")
    app = app_on(build(tmp_path), manner=manner(tmp_path))
    listed = enclosing.matching

    def slow(typed: str) -> Sequence[tuple[str, int | None]]:
        time.sleep(0.1)
        return listed(typed)

    monkeypatch.setattr(enclosing, "matching", slow)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await press(pilot, "ctrl+f")
        await pilot.pause(0.2)
        field = app.focused
        assert isinstance(field, Input)
        field.insert_text_at_cursor("Fotos/m")
        await pilot.press("tab")
        await pilot.pause(0.3)
        assert field.value.endswith("/ACME/Fotos/mayo.jpg")

    drive(app, script)


def test_a_file_goes_with_it_and_can_be_taken_out_again(tmp_path: Path) -> None:
    folder = tmp_path / "ACME"
    (folder / "Año nuevo").mkdir(parents=True)
    (folder / "Año nuevo" / "Presupuesto.pdf").write_bytes(b"%PDF-1")
    (folder / "otro.txt").write_text("x")
    path = build(tmp_path)
    app = app_on(path, manner=manner(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await press(pilot, "ctrl+f")
        await put(pilot, "ano", "tab")
        await put(pilot, "pre", "tab", "enter")
        assert "Presupuesto.pdf" in screen(app)
        await press(pilot, "ctrl+f", "a", "down", "enter")
        assert "otro.txt" in screen(app)
        await press(pilot, "ctrl+f", "2")
        assert "otro.txt" not in screen(app)
        await put(pilot, "Te lo adjunto", "escape", "r", "ctrl+s")
        assert "Presupuesto.pdf" in screen(app)
        assert "none goes with it" not in screen(app)
        await press(pilot, "enter")

    drive(app, script)
    db = open_database(path)
    with db.read() as conn:
        assert conn.exec_driver_sql("SELECT content FROM blob").scalars().all() == [b"%PDF-1"]
        told = conn.exec_driver_sql("SELECT told FROM outbox").scalar()
    db.close()
    assert '"name":"Presupuesto.pdf"' in str(told)


def test_a_file_of_another_client_stops_also_when_the_draft_was_left_meanwhile(
    tmp_path: Path,
) -> None:
    (tmp_path / "Luz").mkdir()
    (tmp_path / "Luz" / "nota.txt").write_text("de luz")
    path = build(tmp_path)
    app = app_on(path, manner=manner(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        (tmp_path / "ACME").mkdir()
        await press(pilot, "ctrl+f")
        await put(pilot, "../Luz/nota.txt", "enter")
        await put(pilot, "Ahí va", "escape", "r", "ctrl+s")
        assert "lies in a folder of Luz Abogados" in screen(app)
        await press(pilot, "y", "enter", "escape")
        assert not outgoing(path)

    drive(app, script)


def test_a_text_that_speaks_of_a_file_asks_where_it_is(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "Te adjunto el texto", "ctrl+s")
        assert "none goes with it" in screen(app)
        await press(pilot, "enter")
        assert not outgoing(path)

    drive(app, script)


def test_files_and_copies_are_of_mail_only_and_that_is_said(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, "Landing")
        assert "a comment for all who see this task" in screen(app)
        for key, words in (("ctrl+f", "mail only"), ("ctrl+r", "Only a mail"),
                           ("ctrl+g", "mailbox only")):  # fmt: skip
            await press(pilot, key)
            assert words in screen(app)
            assert app.screen is composer

    drive(app, script)


def test_a_file_whose_content_is_gone_is_not_sent_without_it(tmp_path: Path) -> None:
    path = build(tmp_path)
    file = Enclosure(name="a.txt", media_type="text/plain", size=1, content=b"x",
                     sha256=hashlib.sha256(b"x").hexdigest())  # fmt: skip
    keep(path, "Boletín de mayo", Draft(text="Va", files=(file,)))
    db = open_database(path)
    with db.write() as conn:
        conn.exec_driver_sql("DELETE FROM blob")
    db.close()
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await press(pilot, "ctrl+s")
        assert "attach them again" in " ".join(screen(app).split())
        await press(pilot, "y", "enter")

    drive(app, script)
    assert not outgoing(path)
