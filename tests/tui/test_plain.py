"""For screen readers: words for signs, a cursor to follow, and nothing that moves by itself."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from textual.pilot import Pilot

from store.database import open_database
from store.directory import declare
from store.errors import StoreError
from store.reader import Reader
from store.views import Health
from tests.tui.pty_screen import Terminal
from tests.tui.world import MADRID, NOW, app_on, build, clients, drive, fill, mail, press, screen
from tui import strip
from tui.lines import Span, Tone
from tui.plain import spoken
from tui.rows import Look
from tui.setup import Taste

SIGNS = re.compile("[\u2500-\u257f•✓✎›]")


def test_every_screen_says_its_signs_in_words(tmp_path: Path) -> None:
    app = app_on(build(tmp_path), taste=Taste(plain=True))

    async def script(pilot: Pilot[int]) -> None:
        assert "urgent, new: Faro Ediciones, Logo en vectorial, Ana Belén" in screen(app)
        assert "mail 40s" in screen(app)
        await press(pilot, "v")
        assert "urgent, marked: Brisa Yoga" in screen(app)
        assert not SIGNS.search(screen(app))
        await press(pilot, "v", "escape", *"jjjj", "enter")
        assert "new: Marta Ruiz" in screen(app)
        assert "sent: You" in screen(app)
        assert "file: texto boletín mayo.docx" in screen(app)
        assert not SIGNS.search(screen(app))
        for keys in (("escape", "e"), ("c",), ("escape", "s"), ("escape", "escape", "O")):
            await press(pilot, *keys)
            assert not SIGNS.search(screen(app)), screen(app)

    drive(app, script, (160, 45))


def test_only_signs_of_ours_become_words() -> None:
    for text in ("a • b", "Re: → hola", "✓ de verdad", "1 + 1"):
        assert spoken((Span(text),)) == (Span(text),)
    assert spoken((Span(" ─── ", Tone.DIM),))[0].text.strip() == ""
    assert spoken((Span("! Something", Tone.ALERT),))[0].text == "! Something"


def test_what_is_wrong_leaves_room_for_the_key_that_shows_all_of_it(tmp_path: Path) -> None:
    reader = Reader(str(build(tmp_path)))
    wrong = StoreError("This server does not answer, nothing was lost, and it is tried again soon.")
    channels = [replace(one, error=wrong.said, health=Health.LATER) for one in reader.channels()]
    look = Look(clients={one.slug: one for one in reader.clients()}, zone=MADRID, now=NOW,
                plain=True)  # fmt: skip
    reader.close()
    said = "".join(span.text for span in spoken(strip.channels(channels, look, 80, rows=3)[-1]))
    assert said.startswith(" attention: ")
    assert said.rstrip().endswith("all of it: c")
    assert len(said.rstrip()) <= 80


def test_the_terminals_cursor_stands_where_she_is(tmp_path: Path) -> None:
    with Terminal(build(tmp_path), plain=True) as terminal:

        def stands(keys: str, wanted: str) -> None:
            terminal.send(keys)
            deadline = time.monotonic() + 20
            while wanted not in (here := terminal.screen.display[terminal.screen.cursor.y]):
                terminal.rest(0.1)
                assert time.monotonic() < deadline, (keys, here)
            assert not terminal.screen.cursor.hidden

        terminal.until("help")
        terminal.rest()
        stands("jjj", "El informe")
        stands("s", "this afternoon")
        stands("j", "tomorrow")
        stands("\x1b", "El informe")
        stands("c", "all the clients")
        stands("\x1b", "El informe")
        stands("?\x1b[B", "Up")
        stands("arch", " arch")
        stands("\x1b", "El informe")
        stands("jjj\r", "new: Marta Ruiz")
        stands("/fotos.example\r", "abril")
        stands("\x1b", "Boletín de mayo")
        stands("O", "Nothing is waiting")
        terminal.send("\x11")
        assert terminal.leave() == 0


def test_nothing_moves_till_she_presses_a_key_and_news_is_said_once(tmp_path: Path) -> None:
    path = build(tmp_path)
    with Terminal(path, plain=True) as terminal:
        terminal.until("help")
        terminal.rest()
        time.sleep(5.5)
        terminal.rest()
        before = len(terminal.data)
        db = open_database(path)
        more = [mail("zz", "Nuevo", "Llega ahora", "Hola.", timedelta(0), unread=True)]
        fill(db, declare(db, clients(), NOW)["acme", "correo"], "mail", more, cursor="7")
        db.close()
        terminal.until("1 new: press R")
        time.sleep(1)
        terminal.rest()
        told = terminal.data[before:]
        assert re.findall(rb"\x1b\[(\d+);\d+H", told)[:1] == [b"24"], "the last line alone"
        assert told.count(b"new: press") == 1
        assert len(told) < 200
        terminal.send("R")
        terminal.until("Llega ahora")
        terminal.send("q")
        assert terminal.leave() == 0
