"""One client alone on the screen, while others see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from store import own_views
from store.database import open_database
from tests.tui import pty_screen
from tests.tui.outbox_world import sent
from tests.tui.world import NOW, app_on, build, drive, press, screen, settle
from tui.main import Trastienda

OTHERS = (
    "Brisa", "Nube", "Faro", "Luz", "Luis", "Sofía", "Iván", "Ana Belén", "Administración", "Logo",
    "Factura", "Instagram", "almacén", "impresora", "informe", "Propuesta", "Reunión", "421 Too",
)  # fmt: skip
"""Of the other four clients: names, people, titles, and what went wrong."""

WALK: tuple[tuple[str, ...], ...] = (
    ("enter",), ("J",), ("K",), ("L",), ("escape",), ("O",), ("tab",), ("enter",), ("escape",),
    ("escape",), ("escape",), ("c",), ("escape",), ("colon", *"luz"), ("escape",),
    ("question_mark",), ("escape",), ("slash", *"a"), ("enter",), ("escape",),
    ("slash", *"factura"), ("escape",), ("slash", *"client:luz", "enter"), ("escape", "escape"),
    ("f", *"cliente:luz", "enter"), ("escape",), *(("tab",) for _ in range(8)),
    *((digit,) for digit in "0123456789"), ("1",), ("h",), ("h",), ("G",), ("g",), ("s",),
    ("escape",), ("o",), ("escape",), ("r",), ("escape",), ("S",), ("V",), ("V",), ("e",), ("u",),
    ("d",), ("escape",), ("C",), ("enter",), ("enter",), ("escape",), ("enter", "f"), ("escape",),
    ("escape",), ("slash", *"client:"), ("escape", "escape"), ("greater_than_sign",),
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = sent(tmp_path)
    db = open_database(path)
    own_views.save(db, "Lo de Luz", "client:luz", now=NOW)
    db.close()
    return path


def of_others(text: str) -> list[str]:
    return [word for word in OTHERS if word.casefold() in text.casefold()]


async def to_acme(pilot: Pilot[int], app: Trastienda) -> None:
    queue = app.board.queue
    while queue.row and queue.row.client != "acme":
        await press(pilot, "j")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_no_screen_shows_anything_of_another_client(path: Path, size: tuple[int, int]) -> None:
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        assert of_others(screen(app))
        await to_acme(pilot, app)
        await pilot.press("e", "u", "F")
        assert of_others(screen(app)) == [], "already before the database has answered"
        await settle(pilot)
        assert "Focus: ACME" in screen(app)
        for keys in WALK:
            await press(pilot, *keys)
            typed = "".join(keys) if keys[0] in ("colon", "slash", "f") else ""
            found = [word for word in of_others(screen(app)) if word.casefold() not in typed]
            assert not found, f"after {keys}:\n{screen(app)}"
        assert app.alone == "acme"

    drive(app, script, size)


def test_it_is_left_by_its_key_and_enter_and_by_nothing_else(path: Path) -> None:
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await to_acme(pilot, app)
        await press(pilot, "F")
        ids = set(app.board.queue.source.ids)
        for keys in (("escape",) * 3, ("1",), ("1",), ("2",), ("0",), ("c", "0"), ("F", "escape"),
                     ("F", "n"), ("F", "j")):  # fmt: skip
            await press(pilot, *keys, "escape")
            assert app.alone == "acme", keys
            assert set(app.board.queue.source.ids) == ids, keys
        await press(pilot, "F")
        await pilot.pause(0.05)
        await press(pilot, "enter")
        assert app.alone == ""
        assert of_others(screen(app))
        assert "Lo de Luz" in [one.name for one in app.own_views]

    drive(app, script)


def test_a_warning_does_not_say_whose_words_they_are(path: Path) -> None:
    app = app_on(path)
    known = {"acme": "ACME Floristería", "luz": "Luz Abogados"}
    from tui import focus

    assert focus.names(app, known) == known
    app.alone = "acme"
    assert focus.names(app, known) == {"acme": "ACME Floristería", "luz": "another client"}
    app.reader.close()


def test_from_the_first_byte_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = pty_screen.MAIN.replace("Setup(", 'Setup(focus="acme", ')
    assert begun != pty_screen.MAIN
    monkeypatch.setattr(pty_screen, "MAIN", begun)
    with pty_screen.Terminal(build(tmp_path)) as terminal:
        terminal.until("help")
        terminal.until("Focus: ACME")
        for keys in ("j", "\r", "\x1b", "c", "\x1b", "2", "0", "O", "q", "q"):
            terminal.send(keys)
            terminal.rest(0.15)
        assert terminal.leave() == 0
    text = terminal.data.decode("utf-8", "replace")
    assert "Bolet" in text
    assert of_others(text) == []
