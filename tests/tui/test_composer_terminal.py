"""The composer on a real terminal: keys as it sends them, a kill, an editor, hostile text."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from store import drafts
from store.database import open_database
from tests.tui.hostile import EVIL, RAW
from tests.tui.letters import build, rows
from tests.tui.pty_screen import Terminal


def written(path: Path, title: str) -> str:
    db = open_database(path)
    try:
        found = drafts.get(db, rows(path)[title].id)
    finally:
        db.close()
    return found.text if found else ""


def test_killed_while_she_writes_it_loses_the_last_second_at_most(tmp_path: Path) -> None:
    path = build(tmp_path)
    with Terminal(path) as terminal:
        terminal.until("help")
        terminal.send("jr")
        terminal.until("marta@acme.example")
        terminal.send("¿Qué año? 日本 e\u0301")
        terminal.until("日本 é")
        terminal.rest(1.4)
        terminal.send(" y algo más")
        terminal.until("y algo más")
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.leave()
    assert written(path, "Boletín de mayo").startswith("¿Qué año? 日本 é")
    with Terminal(path) as terminal:
        terminal.until("help")
        terminal.send("jr")
        terminal.until("¿Qué año?")
        terminal.send("\x1b")
        terminal.until("Draft kept")
        terminal.send("q")
        assert terminal.leave() == 0


def test_her_editor_takes_the_terminal_and_gives_it_back_even_where_it_is_gone(
    tmp_path: Path,
) -> None:
    path = build(tmp_path)
    editor = tmp_path / "ed"
    editor.write_text(
        '#!/bin/sh\nprintf "editor here: "\nread -r line\necho "$line" >> "$1"\nrm "$0"\n'
    )
    editor.chmod(0o700)
    with Terminal(path, env={"VISUAL": str(editor)}) as terminal:
        terminal.until("help")
        terminal.send("jr")
        terminal.until("marta@acme.example")
        terminal.send("antes\x0f")
        terminal.until("editor here:")
        terminal.send("después\r")
        terminal.until("^s send")
        terminal.until("después")
        terminal.rest()  # what is typed while the terminal changes hands is lost
        terminal.send("\x0f")  # it is not there any more
        terminal.until("used:")
        terminal.send(", y sigo\x1b")
        terminal.until("Draft kept")
        terminal.send("q")
        assert terminal.leave() == 0
    assert written(path, "Boletín de mayo") == "antes\ndespués, y sigo"
    assert not list(Path("/tmp").glob("trastienda-*/trastienda.txt"))


def test_what_is_pasted_cannot_act_on_the_terminal_and_her_cursor_stands_in_the_text(
    tmp_path: Path,
) -> None:
    path = build(tmp_path)
    with Terminal(path) as terminal:
        terminal.until("help")
        terminal.send("jr")
        terminal.until("marta@acme.example")
        terminal.rest()
        assert not terminal.screen.cursor.hidden
        assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == (1, 3)
        hostile = "\n".join(one for one in EVIL if "\x1b[201~" not in one)
        terminal.send(f"\x1b[200~{hostile}\x1b[201~")
        terminal.until("primary")
        terminal.send("\x13")
        terminal.until("Esc back")
        terminal.rest()
        terminal.send("\x1b")
        terminal.rest()
        terminal.send("\x1b\x11")
        assert terminal.leave() == 0
    text = re.sub("\x1b\\]22;[a-z]*\x07", "", terminal.data.decode("utf-8", "replace"))
    assert "PWNED" in text
    assert not RAW.search(text)
