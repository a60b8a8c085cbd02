"""End to end on a pseudo-terminal: what reaches the terminal, and what it costs."""

from __future__ import annotations

import os
import re
import signal
import termios
from datetime import timedelta
from pathlib import Path

import pytest

from normalizer.actions import Mail
from normalizer.model import Attachment, Invitation, Ref
from normalizer.said import Said
from store import outbox
from store import triage as kept
from store.database import Database, open_database
from store.directory import declare
from store.outbox import Letter
from store.reader import Reader
from store.views import Lane
from tests.tui.pty_screen import Terminal
from tests.tui.world import NOW, build, clients, fill, mail

EVIL = (
    "\x1b]52;c;UFdO\x07", "\x1b]0;PWNED\x07", "\x1b[2J\x1b[H", "\x9b31m", "\x9d0;PWNED\x9c",
    "\x1b]8;;http://evil.test\x07x", '\x1bP$q"p\x1b\\', "b\x7fc\rd\be\x07",
    "factura\u202egpj.exe", "a\u2066b\u200bc\xadd\U000e0041e", "Re: [/] [@click=app.quit]QUIT[/]",
    "Z" + "\u0301" * 200, "[link=file:///etc/passwd]y[/link] [bold red]x[/] $primary",
)  # fmt: skip
"""As no normaliser would let it through: the screen must hold by itself."""

RAW = re.compile(
    "\x1b\\]52|\x1b\\]0;|\x1b\\]8;|\x1bP\\$q|\x9b|\x9d|\x7f|\x07(?<!default\x07)"
    "|[\u200b\u202a-\u202e\u2066-\u2069\U000e0041\xad]"
)


def hostile(folder: Path) -> Path:
    """A database in which every field of every mail is hostile."""
    files = tuple(Attachment(external_id=str(n), name=text) for n, text in enumerate(EVIL))
    mails = []
    for n in range(3):
        text = " ".join((*EVIL[n * 4 :], *EVIL[: n * 4]))
        invitation = Invitation(method=text, summary=text, place=text, organiser=text)
        mails.append(
            mail(
                f"evil{n}", text, text, f"before {text} after https://evil.test/{text}",
                timedelta(days=30, hours=n), folded=text, files=files, invitation=invitation,
                unread=True,
            )
        )  # fmt: skip
    path = build(folder, extra=mails)
    db = open_database(path)
    going(db)
    with db.write() as conn:
        conn.exec_driver_sql("UPDATE client SET name = ?", (" ".join(EVIL[:3]),))
        conn.exec_driver_sql(
            "UPDATE channel SET error = ? WHERE error IS NOT NULL",
            ('["\\u001b]52;c;UFdO\\u0007\\u009b31m {x}", {"x": "\\u202e"}]',),
        )
    db.close()
    return path


def going(db: Database) -> None:
    """Something that goes out, all of it hostile."""
    text = " ".join(EVIL)
    key = declare(db, clients(), NOW)["acme", "correo"]
    answer = Mail(ref=Ref("mail", "evil0"), sender=text, to=EVIL, subject=text, text=text,
                  message_id="x")  # fmt: skip
    letter = Letter(key=key, item_id=None, action=answer, send_at=NOW, who=text)
    kept.send(db, [letter], verb="answer", now=NOW)
    claimed = outbox.claim(db, key, NOW)
    assert claimed is not None
    kept.set_aside(db, claimed.id, Said(text), NOW)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_nothing_hostile_reaches_the_terminal_from_any_screen(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = hostile(tmp_path)
    with Terminal(path, size) as terminal:
        terminal.until("help")
        terminal.rest()
        for _ in range(3):
            terminal.send("\rzG")
            terminal.rest(0.3)
            terminal.send("o")
            terminal.rest(0.2)
            terminal.send("\x1b")
            terminal.rest(0.2)
            terminal.send("\x1b")
            terminal.rest(0.2)
            terminal.send("j")
        seen = {"O": "What goes out", "Vd": "is that what is to happen?"}
        for keys in ("c", "s", "/evil", "ffactura", "?", "O", "vvew", "L", "y", "Vd"):
            terminal.send(keys)
            terminal.until(seen.get(keys, ""))
            terminal.rest(0.3)
            terminal.send("\x1b")
            terminal.rest(0.2)
        terminal.send("\x1b\x11")
        assert terminal.leave() == 0
    text = terminal.data.decode("utf-8", "replace")
    # What Textual itself says: the shape of the pointer, and what `y` copies.
    text = re.sub("\x1b\\]22;[a-z]*\x07", "", text)
    assert "PWNED" in text
    assert not RAW.search(text), ascii(text[max(0, RAW.search(text).start() - 80) :][:200])  # type: ignore[union-attr]  # just found


def test_the_check_above_can_fail() -> None:
    for text in set(EVIL[:-3]) - {"\x1b[2J\x1b[H"}:
        assert RAW.search(text), ascii(text)


def test_it_starts_works_and_gives_the_terminal_back(tmp_path: Path) -> None:
    with Terminal(build(tmp_path)) as terminal:
        terminal.until("help")
        assert "Propuesta de web nueva" in terminal.text
        terminal.send("e")
        terminal.until("u undoes it")
        assert "Propuesta de web nueva" not in terminal.text
        terminal.send("u")
        terminal.until("Undone")
        terminal.until("Propuesta de web nueva")
        terminal.send("q")
        assert terminal.leave() == 0
    assert terminal.data.rstrip().endswith(b"\x1b[?25h")
    assert terminal.data.count(b"\x1b[?1049h") == 1
    assert b"\x1b[>" not in terminal.data, "asks for every key as an escape code"


def test_the_first_rows_come_before_the_toolkit_and_early_keys_are_not_lost(tmp_path: Path) -> None:
    with Terminal(build(tmp_path)) as terminal:
        terminal.until("Propuesta de web nueva")
        assert b"\x1b[?1000h" not in terminal.data, "the toolkit was already there"
        terminal.send("jjj")
        terminal.until("help")
        terminal.until("›! Nube Cons… @  Iván Díaz")
        terminal.send("q")
        assert terminal.leave() == 0


def test_the_terminals_own_cursor_stands_on_the_chosen_row(tmp_path: Path) -> None:
    with Terminal(build(tmp_path)) as terminal:
        terminal.until("help")
        terminal.send("jjj")
        terminal.rest()
        assert not terminal.screen.cursor.hidden
        assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == (0, 4)
        terminal.send("q")
        terminal.leave()


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_a_key_held_down_sends_few_bytes(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    path = build(folder)
    db = open_database(path)
    key = declare(db, clients(), NOW)["acme", "correo"]
    many = [
        mail(f"m{n}", "Marta Ruiz", f"Asunto número {n}", "Texto.", timedelta(hours=n))
        for n in range(300)
    ]
    fill(db, key, "mail", many, cursor="9")
    db.close()
    with Terminal(path, size) as terminal:
        terminal.until("help")
        terminal.rest()
        before = len(terminal.data)
        for _ in range(200):
            terminal.send("j")
            terminal.rest(0.02)
        terminal.rest()
        per_key = (len(terminal.data) - before) / 200
        terminal.send("q")
        terminal.leave()
    print(f"{size}: {per_key:.0f} bytes a key")
    assert per_key < 1200


def test_no_color_still_tells_everything(tmp_path: Path) -> None:
    with Terminal(build(tmp_path), env={"NO_COLOR": "1"}) as terminal:
        terminal.until("help")
        terminal.rest()
        assert "›!" in terminal.text
        assert "!@" in terminal.text
        terminal.send("q")
        assert terminal.leave() == 0
    assert not re.search(rb"\x1b\[[0-9;]*\b3[1-7]\b", terminal.data)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("ready", ["Propuesta de web nueva", "help"])
def test_told_to_end_it_gives_the_terminal_back(
    tmp_path: Path, number: signal.Signals, ready: str
) -> None:
    with Terminal(build(tmp_path)) as terminal:
        before = termios.tcgetattr(terminal.fd)
        terminal.until(ready)  # the rows alone, and with the toolkit
        os.kill(terminal.pid, number)
        assert terminal.leave() == 128 + number
        assert termios.tcgetattr(terminal.fd) == before
    for mode in (b"1000", b"1003", b"1004", b"2004"):
        on, off = terminal.data.rfind(b"?" + mode + b"h"), terminal.data.rfind(b"?" + mode + b"l")
        assert on <= off, f"{mode!r} stays on"
    assert terminal.data.rstrip().endswith(b"\x1b[?1049l\x1b[?25h")
    assert b"Traceback" not in terminal.data


@pytest.mark.parametrize("led", [False, True])
def test_what_she_decided_is_kept_though_the_window_is_closed_at_once(
    tmp_path: Path, led: bool
) -> None:
    path = build(tmp_path)
    with Terminal(path, led=led) as terminal:
        terminal.until("help")
        terminal.send("e")
        while "Propuesta de web nueva" in terminal.text:
            terminal.rest(0.01)
        assert terminal.vanish() == 128 + signal.SIGHUP
    reader = Reader(path)
    [found] = [row for row in reader.rows(reader.search("propuesta")) if row]
    reader.close()
    assert found.lane is Lane.ARCHIVED


def test_bytes_that_are_no_text_end_nothing(tmp_path: Path) -> None:
    with Terminal(build(tmp_path)) as terminal:
        terminal.until("help")
        os.write(terminal.fd, b"j\xff\xf1j")
        terminal.rest()
        assert terminal.screen.cursor.y == 3, "the keys around them count"
        terminal.send("q")
        assert terminal.leave() == 0
    assert b"Traceback" not in terminal.data
    assert b"UnicodeDecodeError" not in terminal.data
