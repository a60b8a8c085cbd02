"""`reply` whole: texts of hers, files, later, drafts and an editor; the mailbox is a real one."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from store import driver
from store.reader import Reader
from tests.office import COMMAND, Ended, Office, letter
from tests.servers.dovecot import RICH, Dovecot
from tests.test_wrong_client import at_the_keyboard
from trastienda.cli import main

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a terminal is made another way there")

TITLE = "Campaña de otoño"
SNIPPETS = """
[snippets.hola]
es = "Hola, {nombre}:"
en = "Hi {nombre},"
[snippets.plazo]
es = "Lo tienes el {?fecha}, a las {?hora}."
[snippets.tema]
es = "Sobre {titulo}, de {cliente}."
"""


@pytest.fixture(scope="module")
def synced(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a mailbox of ACME and a folder of chats of LUZ, read once."""
    folder = tmp_path_factory.mktemp("reply")
    office = Office(folder / "home")
    office.va += 'name = "Lola"\n'
    lola = dovecot.new_user("lola")
    dovecot.deliver(lola, [
        letter(1, TITLE, author="Ana Muñoz <ana@acme.example>", days=1,
               to=f"{lola}, Eva Gil <eva@acme.example>", text="¿Para cuándo?"),
        letter(2, "Plantilla {nombre}", author="bot@acme.example", to=lola, text="Usa {nombre}"),
    ])  # fmt: skip
    office.env["LOLA"] = dovecot.password(lola)
    office.mailbox(
        "acme", "correo", port=dovecot.imap, user=lola, password='{ env = "LOLA" }',
        write='"comment"', smtp_host=f'"{RICH}"', smtp_port="1", smtp_tls='"none"',
        sender=f'"Lola Ruiz <{lola}>"',
    )  # fmt: skip
    chats = folder / "chats"
    chats.mkdir()
    told = "1/11/26, 10:00 - Luz: ¿Te llega?\n13/11/26, 10:01 - Lola: Sí\n"
    file = chats / "Chat de WhatsApp con Luz.txt"
    file.write_text(told)
    os.utime(file, (1_795_000_000, 1_795_000_000))  # one of just now may still be growing
    office.channel("luz", "whatsapp", "whatsapp-export", folder=f'"{chats}"', chats='["*"]',
                   name='"Lola"')  # fmt: skip
    config = office.home / "config.toml"
    told = config.read_text().replace('"ACME"\n', '"ACME"\nlanguage = "es"\n', 1)
    config.write_text(told + SNIPPETS)
    office.sync()
    return office.home


@dataclass
class Desk:
    """A copy of that home, and our command in this process or on a terminal."""

    home: Path
    capsys: pytest.CaptureFixture[str]

    def number(self, title: str = TITLE) -> str:
        reader = Reader(self.home / "trastienda.db")
        rows = reader.rows(reader.search(""))
        reader.close()
        titles = {one.title: one.id for one in rows if one is not None}
        return str(titles[title])

    def run(self, *words: str, title: str = TITLE, code: int = 0) -> Ended:
        ended = main(["--home", str(self.home), "reply", self.number(title), *words])
        out, err = self.capsys.readouterr()
        assert ended == code, out + err
        return Ended(ended, out, " ".join(err.split()))

    def typed(self, answer: str, *words: str) -> Ended:
        command = [str(COMMAND), "--home", str(self.home), "reply", self.number(), *words]
        return at_the_keyboard(command, answer)

    def queued(self) -> list[Any]:
        """What waits to go: name of the action, what it asks for, and when it goes, in ms."""
        connection = driver.connect(self.home / "trastienda.db")
        try:
            found = connection.execute(
                "SELECT action, told, send_at - decided_at FROM outbox"
            ).fetchall()
        finally:
            connection.close()
        return [(action, json.loads(told), wait) for action, told, wait in found]

    def mail(self) -> dict[str, Any]:
        ((action, told, _),) = self.queued()
        assert action == "mail"
        return dict(told)


@pytest.fixture
def desk(
    synced: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Desk:  # fmt: skip
    home = tmp_path / "home"
    shutil.copytree(synced, home)
    return Desk(home, capsys)


def test_texts_of_hers_and_her_own_words_make_one_message(desk: Desk) -> None:
    desk.run("--snippet", "hola", "--snippet", "plazo", "--set", "fecha=lunes", "--set", "hora=9",
             "Gracias", "por", "todo.")  # fmt: skip
    text = "Hola, Ana:\n\nLo tienes el lunes, a las 9.\n\nGracias por todo."
    assert desk.mail()["text"] == text


def test_nothing_goes_while_something_is_empty(desk: Desk) -> None:
    said = desk.run("--snippet", "plazo", "--no-input", "--set", "fecha=lunes", code=2).err
    assert "Still empty: {?hora}" in said
    assert "--set 'hora=…'" in said
    assert "Still empty: {?x}, {nombre}" in desk.run("Ya {?x} {nombre} {?x}", code=2).err
    assert "{nombre}" in desk.run("--snippet", "hola", title="Plantilla {nombre}", code=2).err
    assert "write something" in desk.run(code=2).err
    assert "write something" in desk.run("  ", code=2).err
    assert desk.queued() == []


def test_braces_that_somebody_else_wrote_are_no_place(desk: Desk) -> None:
    desk.run("--snippet", "tema", "Usa { nombre }", title="Plantilla {nombre}")
    assert desk.mail()["text"] == "Sobre Plantilla {nombre}, de ACME.\n\nUsa { nombre }"


def test_a_slip_in_a_name_is_told_with_what_there_is(desk: Desk) -> None:
    assert "hola" in desk.run("--snippet", "holaa", code=2).err
    for told in ("fehca=lunes", "fecha", "=x"):
        desk.run("--snippet", "plazo", "--set", told, code=2)
    said = desk.run("--snippet", "plazo", "--set", "dia=lunes", code=2).err
    assert "They ask for: {?fecha}, {?hora}" in said
    assert desk.queued() == []


def test_on_a_terminal_she_is_asked_for_what_is_empty(desk: Desk) -> None:
    words = ("--snippet", "plazo", "--set", "fecha=lunes")
    ended = at_the_keyboard_asked(desk, "las tres", *words)
    assert ended.code == 0, ended.out
    assert "What goes in for hora?" in ended.out
    assert "For ACME, in correo, as Lola Ruiz" in ended.out
    assert desk.mail()["text"] == "Lo tienes el lunes, a las las tres."
    assert at_the_keyboard_asked(desk, "", *words).code == 2
    assert len(desk.queued()) == 1


def at_the_keyboard_asked(desk: Desk, answer: str, *words: str) -> Ended:
    """Answer the one question that ends with "?"."""
    import pty

    command = [str(COMMAND), "--home", str(desk.home), "reply", desk.number(), *words]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    out, asked = b"", False
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        out += part
        if not asked and b"? " in out:
            os.write(terminal, answer.encode() + b"\n")
            asked = True
    os.close(terminal)
    return Ended(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode(), "")


def test_to_all_names_everybody_before_it_goes(desk: Desk) -> None:
    alone = desk.run("Va mañana", "--json").json
    assert (alone["to"], alone["cc"]) == (["Ana Muñoz <ana@acme.example>"], [])
    assert (alone["client"], alone["draft"], alone["send_at"]) == ("acme", False, None)
    said = desk.run("--to-all", "Va mañana").out
    assert "to Ana Muñoz <ana@acme.example>, copy to Eva Gil <eva@acme.example>: Campaña" in said
    assert desk.queued()[1][1]["cc"] == ["Eva Gil <eva@acme.example>"]


def test_files_go_with_it_and_are_named(desk: Desk, tmp_path: Path) -> None:
    one, two = tmp_path / "uno.pdf", tmp_path / "dos.txt"
    one.write_bytes(b"%PDF-1")
    two.write_text("dos")
    said = desk.run("--attach", str(one), "--attach", str(two), "Te lo adjunto").out
    assert "With uno.pdf (6 B), dos.txt (3 B)" in said
    assert [file["name"] for file in desk.mail()["files"]] == ["uno.pdf", "dos.txt"]
    assert "no file" in desk.run("--attach", str(tmp_path / "x"), "Va", code=2).err
    assert len(desk.queued()) == 1


def test_a_file_in_another_clients_folder_stops(desk: Desk) -> None:
    folder = desk.home / "imports" / "luz"
    folder.mkdir(parents=True)
    (folder / "plan.pdf").write_bytes(b"%PDF")
    words = ("--attach", str(folder / "plan.pdf"), "Va el plan")
    ended = desk.run(*words, "--json", code=2)
    assert [one["client"] for one in json.loads(ended.out)["findings"]] == ["luz"]
    assert desk.queued() == []
    desk.run(*words, "--to-client", "acme")
    assert len(desk.queued()) == 1


def test_what_speaks_of_a_file_without_one_does_not_go_without_her_word(desk: Desk) -> None:
    said = desk.run("Te adjunto el plan.", "--no-input", code=2).err
    assert "adjunto" in said
    assert "--no-attachment" in said
    told = json.loads(desk.run("Te adjunto el plan.", "--json", code=2).out)
    assert (told["exit"], told["findings"]) == (2, [])
    assert desk.typed("n", "Te adjunto el plan.").code == 2
    assert desk.queued() == []
    assert desk.typed("y", "Te adjunto el plan.").code == 0
    assert "on its way" in desk.run("Te adjunto el plan.", "--no-attachment", code=2).err
    desk.run("Te adjunto el otro plan.", "--no-attachment")
    desk.run("Te adjunto el plan.", "--draft")
    assert [one[0] for one in desk.queued()] == ["mail", "mail", "draft"]


def test_it_goes_when_she_says(desk: Desk) -> None:
    said = desk.run("--at", "in 3 days", "Va").out
    assert "Goes out" in said
    assert "seconds" not in said
    ((_, _, wait),) = desk.queued()
    assert 40 * 3_600_000 < wait < 97 * 3_600_000
    assert "already passed" in desk.run("--at", "2001-01-01", "Va", code=2).err
    assert "no date" in desk.run("--at", "zzz", "Va", code=2).err
    assert len(desk.queued()) == 1


def test_a_draft_is_kept_over_there_and_not_sent(desk: Desk) -> None:
    said = desk.run("--draft", "Va").out
    assert "As a draft" in said
    ((action, told, _),) = desk.queued()
    assert (action, told["text"]) == ("draft", "Va")
    desk.run("--draft", "--at", "tomorrow", "Va", code=2)


def test_a_dash_reads_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Hola:\n\n  - uno\n  - dos\n{{x}} ñ\n\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    desk.run("-")
    assert desk.mail()["text"] == "Hola:\n\n  - uno\n  - dos\n{{x}} ñ"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 500_000)))
    assert "more than fits" in desk.run("-", code=2).err
    assert len(desk.queued()) == 1


EDITOR = """\
#!/bin/sh
stat -c %a "$1" > {folder}/mode
cat "$1" > {folder}/before
test -t 1 && echo drawn
printf '%s' "{text}" > "$1"
"""


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def set_to(text: str) -> None:
        script = tmp_path / "editor"
        script.write_text(EDITOR.format(folder=tmp_path, text=text))
        script.chmod(0o700)
        monkeypatch.setenv("VISUAL", str(script))

    return set_to


def test_in_an_editor_she_writes_and_fills_in_what_is_empty(
    desk: Desk, editor: Callable[[str], None], tmp_path: Path
) -> None:
    editor("Hola, Ana: el martes")
    ended = desk.typed("", "--edit", "--snippet", "hola", "--snippet", "plazo")
    assert ended.code == 0, ended.out
    assert "drawn" in ended.out
    assert (tmp_path / "mode").read_text().strip() == "600"
    assert (tmp_path / "before").read_text().startswith("Hola, Ana:\n\nLo tienes el {?fecha}")
    assert desk.mail()["text"] == "Hola, Ana: el martes"


def test_what_she_wrote_in_an_editor_is_shown_again_where_it_does_not_go(
    desk: Desk, editor: Callable[[str], None]
) -> None:
    editor("Te adjunto lo de siempre")
    ended = desk.typed("n", "--edit", "Va")
    assert ended.code == 2
    assert ended.out.count("Te adjunto lo de siempre") == 1
    editor("Falta {?fecha}")
    ended = desk.typed("", "--edit", "Va")
    assert ended.code == 2
    assert "Falta {?fecha}" in ended.out
    assert desk.queued() == []
    assert "terminal" in desk.run("--edit", "Va", code=2).err


def test_what_is_answered_by_hand_takes_texts_of_hers_and_no_more(desk: Desk) -> None:
    chat = "Luz"
    said = desk.run("--snippet", "plazo", "--set", "fecha=lunes", "--set", "hora=9", title=chat).out
    assert "Lo tienes el lunes, a las 9." in said
    for more in (["--to-all"], ["--draft"], ["--at", "tomorrow"], ["--attach", "x"]):
        assert "answered by you" in desk.run(*more, "Va", title=chat, code=2).err
    assert desk.queued() == []
