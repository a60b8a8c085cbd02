"""End to end on a pseudo-terminal: nothing that a stranger wrote steers it, from any screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tui import pty_screen
from tests.tui.hostile import EVIL, LEFT, LINKS, MATTER, PLANNED, RAW, hostile
from tests.tui.pty_screen import Terminal
from tui import desktop, link
from tui.lines import UNSAFE
from tui.notices import summary

WATCHED = r"""
import re, sys
import tui.lines, tui.page
ACTS = re.compile(r"|app\.(press\('\w+'\)|see\(\d+\))")
drawn = tui.page.strip
def strip(line, *how, **more):
    for span in line:
        if tui.lines.UNSAFE.search(span.text) or not ACTS.fullmatch(span.act):
            with open(sys.argv[1] + ".unsafe", "a") as found:
                print(ascii(span), file=found)
    return drawn(line, *how, **more)
tui.page.strip = strip
"""
"""What is drawn is watched as well: the last filter alone would keep it from the terminal."""

ESC = "\x1b"

WALK: tuple[tuple[str, str], ...] = (
    # What she types, and what stands there then.
    (f"/{MATTER}\r", "Search 1 "), ("\r", f"{MATTER}@cliente.example"), ("zG", "Links"),
    ("o", "careful: this goes to a\\u2100b.test"), (ESC, ""), ("f", "Which file?"),
    ("\r", "What to do with it?"), ("o", "all the same?"), (ESC, ""), ("y", "Copied"),
    (ESC, "Search"), ("l", "take the two apart"), (ESC, ""), (ESC, ""),
    (f"/tarjeta-{LEFT}\r", "Search 1 "), ("l", "the same file"), (ESC, ""),
    ("\r", "[ ] "), (ESC, "Search"), (ESC, ""), (ESC, ""),
    (f"/{PLANNED}\r", "Search 1 "), ("E", "How long"), (ESC, ""), ("+", "Plan for"), (ESC, ""),
    ("C", "First tomorrow"), (ESC, ""), (ESC, ""), (ESC, ""),
    ("/label:etiq\t", "label:"), (ESC, ""), ("/client:\t", "client:"), (ESC, ""),
    ("/state:nada\r", "^"), (ESC, ""), ("ffactura", "filter: factura"), (ESC, ""), (ESC, ""),
    (":click", "View: [@click"), (ESC, ""), (":PWNED", "Only "), (ESC, ""),
    (":your own views\r", "rename"), ("r", "otherwise:"), ("x", "→ x"), (ESC, "rename"),
    ("x", "bring back"), (ESC, ""),
    ("c", "Clients and channels"), ("\x1b[6~", ""), (ESC, ""),
    ("L", "newest first"), (ESC, ""), ("O", "What goes out"), ("\r", ""), (ESC, ""), (ESC, ""),
    ("Vd", "is that what is to happen?"), (ESC, "nothing is done"), ("V", ""),
    (":Other colours\r", "olours"), (f"/{MATTER}\r", "Search 1 "), ("r", ""),
    (ESC, ""), ("F", "Focus:"), ("F", "Leave the focus"), (ESC, ""), ("?", "Move"),
    (ESC, ""),
)  # fmt: skip


def walk(terminal: Terminal) -> None:
    """Go through all of it. Esc is alone: with what follows it, it would be another key."""
    for keys, seen in WALK:
        terminal.send(keys)
        # Esc and a key that follow each other at once are one key to a terminal.
        terminal.rest(0.15 if keys == ESC else 0.03)
        terminal.until(seen, 10)


def click(terminal: Terminal, x: int, y: int) -> None:
    terminal.send(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m")


@pytest.mark.parametrize(
    ("size", "env", "taste"),
    [
        ((80, 24), {"COLORTERM": "truecolor"}, {"theme": "dark"}),
        ((160, 45), {"NO_COLOR": "1"}, {"plain": True}),
    ],
)
def test_nothing_hostile_reaches_the_terminal_from_any_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], env: dict[str, str],
    taste: dict[str, str | bool],
) -> None:  # fmt: skip
    monkeypatch.setattr(pty_screen, "MAIN", WATCHED + pty_screen.MAIN)
    path = hostile(tmp_path)
    with Terminal(path, size, env, led=False, **taste) as terminal:
        terminal.until("help")
        terminal.rest(0.2)
        walk(terminal)
        for y in range(2, size[1], 4):
            click(terminal, 30, y)
            terminal.rest(0.06)
        terminal.send("\x1b\x1b\x1b\x11")
        assert terminal.leave() == 0
    unsafe = path.with_name(path.name + ".unsafe")
    assert not unsafe.exists(), unsafe.read_text("utf-8")
    text = terminal.data.decode("utf-8", "replace")
    # What Textual itself says: the shape of the pointer, and what `y` copies.
    text = re.sub("\x1b\\]22;[a-z]*\x07", "", text)
    text = re.sub("\x1b\\]52;c;[A-Za-z0-9+/=]{30,}\x07", "", text)
    assert "PWNED" in text
    assert not RAW.search(text), ascii(text[max(0, RAW.search(text).start() - 80) :][:200])  # type: ignore[union-attr]  # just found


def test_the_check_above_can_fail() -> None:
    for text in set(EVIL[:-3]) - {"\x1b[2J\x1b[H"}:
        assert RAW.search(text), ascii(text)


def test_a_link_whose_host_is_hostile_is_named_as_it_is_or_not_opened() -> None:
    for address in LINKS:
        link.panel([address])
        assert not UNSAFE.search(ascii(link.disguised(address)))
    assert link.disguised(LINKS[2]) == "a\\u2100b.test"
    assert not link.browse(LINKS[2])


def test_what_the_desktop_is_told_of_hostile_clients_is_one_plain_line() -> None:
    names = {str(n): text for n, text in enumerate(EVIL)}
    for slug in names:
        told = desktop.escape(summary({slug: 1}, names, None))
        assert told.startswith("\x1b]9;")
        assert told.endswith("\x07")
        assert not UNSAFE.search(told[4:-1])
        assert ";" not in told[4:-1]
