"""Files of an item: listed, saved by a process of their own, and opened with care."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.pilot import Pilot

from normalizer.model import Attachment
from tests.tui.world import H, app_on, build, drive, mail, narrow, press, screen, settle
from tui import files as panel
from tui import focus
from tui.lines import Span, length, middle
from tui.main import Trastienda
from tui.opening import is_disguised, is_risky
from tui.reader import ReaderScreen
from tui.setup import Errand, ErrandError

NAMES = ("nota.pdf", "factura abril          .pdf.exe", "foto.jpg")


class Fetched:
    """An errand that writes a file, or fails, when it is told to."""

    def __init__(
        self, path: Path, content: bytes, *, problem: str = "", waits: bool = False
    ) -> None:
        self.path, self.content, self.problem = path, content, problem
        self.stopped = False
        self._go = threading.Event()
        if not waits:
            self._go.set()

    def result(self) -> Path:
        self._go.wait(10)
        if self.stopped or self.problem:
            raise ErrandError(self.problem)
        self.path.write_bytes(self.content)
        return self.path

    def stop(self) -> None:
        self.stopped = not self._go.is_set() or self.stopped
        self._go.set()


class Desk:
    """What is asked to be fetched, and what is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, int, int]] = []
        self.opened: list[Path] = []
        self.content = b"%PDF-1.7"
        self.problem = ""
        self.waits = False
        self.errands: list[Fetched] = []

    def save(self, client: str, item: int, file: int) -> Errand:
        self.asked.append((client, item, file))
        path = self.folder / f"{len(self.asked)}.pdf"
        errand = Fetched(path, self.content, problem=self.problem, waits=self.waits)
        self.errands.append(errand)
        return errand

    def open(self, path: Path) -> bool:
        self.opened.append(path)
        return True


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    monkeypatch.setattr(panel, "hand_over", desk.open)
    return desk


@pytest.fixture
def app(tmp_path: Path, desk: Desk) -> Trastienda:
    files = [
        Attachment(external_id=str(n), name=name, size=2048, media_type="application/pdf")
        for n, name in enumerate(NAMES)
    ]
    extra = [
        mail("x1", "Marta Ruiz", "Papeles", "Uno.", 3 * H, files=files[:1]),
        mail("x2", "Marta Ruiz", "Re: Papeles", "Dos.", H, after="x1", files=files[1:]),
    ]
    return app_on(build(tmp_path, extra=extra), save_file=desk.save)


async def reader(pilot: Pilot[int], app: Trastienda) -> None:
    await narrow(pilot, "papeles")
    await press(pilot, "enter")
    assert isinstance(app.screen, ReaderScreen)


def test_all_files_are_listed_saved_and_opened_and_what_could_do_harm_only_after_a_yes(
    app: Trastienda, desk: Desk
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await reader(pilot, app)
        await press(pilot, "f")
        rows = [line for line in screen(app).splitlines() if "2 KB" in line][-3:]
        assert ["foto.jpg" in rows[0], "nota.pdf" in rows[2]] == [True, True], "newest first"
        assert "! factura abril .pdf.exe" in rows[1]
        await press(pilot, "3", "s")
        assert "Saved:" in screen(app)
        assert [client for client, *_ in desk.asked] == ["acme"]
        await press(pilot, "f", "3", "o")
        assert len(desk.asked) == 1, "it lies there already"
        assert desk.opened == [desk.folder / "1.pdf"]

        await press(pilot, "f", "2")
        assert "can do harm" in screen(app)
        await press(pilot, "o", *"ok", "enter")
        assert (len(desk.asked), len(desk.opened)) == (1, 1), "ok is no yes"
        await press(pilot, "escape")
        assert isinstance(app.screen, ReaderScreen)
        await press(pilot, "f", "2", "o", *"yes", "enter")
        assert desk.opened[1:] == [desk.folder / "2.pdf"]

        desk.content = b"MZ\x90\x00"
        await press(pilot, "f", "1", "o")
        assert "not opened" in " ".join(screen(app).split())
        assert len(desk.opened) == 2
        await press(pilot, "f", "1")
        assert "can do harm" in screen(app)

    drive(app, script)


def test_a_file_that_comes_while_others_watch_another_client_is_neither_named_nor_opened(
    app: Trastienda, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    async def script(pilot: Pilot[int]) -> None:
        await reader(pilot, app)
        desk.waits = True
        await press(pilot, "f")
        await pilot.press("3", "o")
        while not desk.errands:
            await pilot.pause(0.02)
        focus.keep_to(app, "luz")
        monkeypatch.setattr(app, "say", lambda text, *_tone: said.append(text))
        desk.errands[0]._go.set()
        await settle(pilot)
        assert desk.errands[0].path.exists(), "it is saved all the same"
        assert desk.opened == []
        assert said == []

    drive(app, script)


def test_fetching_can_be_given_up_and_what_goes_wrong_says_what_to_do(
    app: Trastienda, desk: Desk
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await reader(pilot, app)
        desk.waits = True
        await pilot.press("f")
        await settle(pilot)
        await pilot.press("3", "s")
        for _wait in range(100):
            await pilot.pause(0.02)
            if desk.errands:
                break
        assert "Fetching nota.pdf" in screen(app)
        await pilot.press("k", "f")
        await pilot.pause(0.1)
        await pilot.press("3")
        await pilot.pause()
        assert "Give up" in screen(app)
        await press(pilot, "x")
        assert desk.errands[0].stopped
        assert not (desk.folder / "1.pdf").exists()
        desk.waits, desk.problem = False, "Export the chat with its media."
        await press(pilot, "f", "3", "s")
        assert "Export the chat with its media." in screen(app)

    drive(app, script)


@pytest.mark.parametrize(
    ("name", "risky"),
    [
        ("nota.pdf", False), ("informe.docx", False), ("foto.JPG", False), ("hoja.xlsm", True),
        ("nota.pdf.exe", True), ("LEEME", True), (".bashrc", True), ("acceso.DESKTOP", True),
        ("pagina.html", True), ("dibujo.svg", True), ("atajo.lnk", True), ("truco.exe. ", True),
    ],
)  # fmt: skip
def test_what_a_name_says_of_the_harm_it_may_do(name: str, risky: bool) -> None:
    assert is_risky(name) is risky


@pytest.mark.parametrize(
    ("name", "content", "disguised"),
    [
        ("a.pdf", b"%PDF-1.4", False), ("a.pdf", b"junk\n%PDF-1.4", False), ("a.txt", b"", False),
        ("a.pdf", b"MZ\x90", True), ("a.png", b"<html>", True), ("a.txt", b"\n#!/bin/sh", True),
        ("a.docx", b"\x7fELF", True), ("a.jpg", b"\x89PNG", True), ("a.txt", b"hola", False),
    ],
)  # fmt: skip
def test_what_a_file_really_is_is_told_by_how_it_begins(
    name: str, content: bytes, disguised: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    assert is_disguised(tmp_path / name) is disguised
    assert is_disguised(tmp_path / "nowhere.pdf")


def test_the_end_of_a_long_name_is_never_cut_off() -> None:
    for name in ("factura " * 40 + ".pdf.exe", "夏" * 90 + ".pdf.scr", "a" * 500_000 + ".js"):
        shown = middle(name, 30)
        assert shown.endswith(name[-4:])
        assert length((Span(shown),)) <= 30
