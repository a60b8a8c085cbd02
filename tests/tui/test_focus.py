"""One client alone on the screen, while others see it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store import own_views
from store.database import open_database
from store.views import Lane
from tests.tui import pty_screen
from tests.tui.outbox_world import sent
from tests.tui.test_keys import lane_of
from tests.tui.world import NOW, H, app_on, build, drive, mail, press, screen, settle, setup
from tui import app as start
from tui import first, focus, prepaint
from tui.choice import Choice
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


def test_what_is_not_there_is_not_undone(tmp_path: Path) -> None:
    third = mail("x1", "Marta Ruiz", "Flores", "Rosas.", H)
    app = app_on(build(tmp_path, extra=[third]))

    async def at(pilot: Pilot[int], client: str) -> int:
        queue = app.board.queue
        rows = (queue.source.row(y) for y in range(len(queue.source)))
        queue.cursor = next(y for y, row in enumerate(rows) if row and row.client == client)
        await settle(pilot)
        assert queue.here is not None
        return queue.here

    async def script(pilot: Pilot[int]) -> None:
        both = [await at(pilot, "nube")]
        await press(pilot, "v")
        both.append(await at(pilot, "acme"))
        await press(pilot, "v", "e")
        assert {lane_of(app, one) for one in both} == {Lane.ARCHIVED}
        hers = await at(pilot, "acme")
        await press(pilot, "p")
        others = await at(pilot, "faro")
        await press(pilot, "e")
        await at(pilot, "acme")
        await press(pilot, "F", "L")
        assert isinstance(app.screen, Choice)
        shown = ["".join(span.text for span in one.line) for one in app.screen._now]
        assert ["Plan" in shown[0], "Archive" in shown[1]] == [True, True]
        assert len(shown) == 2
        assert "more" not in shown[1], "not even that there were others"
        await press(pilot, "escape", "u")
        assert lane_of(app, hers) is Lane.INBOX
        assert lane_of(app, others) is Lane.ARCHIVED, "the last decision, and not of this client"
        await press(pilot, "ctrl+r")
        assert lane_of(app, hers) is Lane.PLANNED
        await press(pilot, "u", "u")
        assert "more than this client" in screen(app)
        assert {lane_of(app, one) for one in both} == {Lane.ARCHIVED}
        assert of_others(screen(app)) == []
        await press(pilot, "F", "y", "u")
        assert lane_of(app, others) is Lane.INBOX

    drive(app, script)


def test_what_she_searched_before_is_not_brought_back_and_her_order_and_views_are_safe(
    path: Path,
) -> None:
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "slash", *"factura", "enter", "escape")
        await to_acme(pilot, app)
        await press(pilot, "p")
        focus.keep_to(app, "acme")
        known = {one.client for one in app.channels} | {one.slug for one in app.clients}
        assert (known, app.unsent, app.own_views) == ({"acme"}, {}, ()), "at once"
        await press(pilot, "slash", "up")
        assert app.board.bar.value == ""
        await press(pilot, "escape", "ctrl+s")
        assert app.screen is app.board
        assert "F." in screen(app)
        await press(pilot, "tab", "J")
        assert "F shows all of it." in screen(app)

    drive(app, script)


@pytest.mark.parametrize("client", ["acme", ""])
def test_the_rows_before_the_toolkit_are_of_the_client_alone(
    path: Path, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ShownError(Exception):
        pass

    def shown(text: str) -> None:
        raise ShownError(text)

    monkeypatch.setattr(prepaint, "shown", shown)
    monkeypatch.setattr(first, "size", lambda: os.terminal_size((80, 24)))
    with pytest.raises(ShownError, match="Bolet") as caught:
        first.First(start.told(setup(path, focus=client)), painted=True)
    rows = str(caught.value)
    assert ("Focus: ACME" in rows) is bool(client)
    assert bool(of_others(rows)) is not bool(client)


def test_a_warning_does_not_say_whose_words_they_are(path: Path) -> None:
    app = app_on(path)
    known = {"acme": "ACME Floristería", "luz": "Luz Abogados"}
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
