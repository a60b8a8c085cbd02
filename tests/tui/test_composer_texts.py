"""What is written in the composer: texts of hers, her words, what is pasted, her editor."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from tests.tui.hostile import EVIL, RAW
from tests.tui.letters import (
    app_on,
    build,
    manner,
    opened,
    outgoing,
    put,
)
from tests.tui.world import drive, press, screen, settle
from triage.profile import Manner, Profile
from tui import editor
from tui.speller import Speller


def test_her_texts_stack_and_nothing_goes_while_one_has_a_gap(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, "Boletín de mayo", "semicolon")
        await put(pilot, "saludo", "enter")
        await press(pilot, "ctrl+t")
        await put(pilot, "recib", "enter", "escape")
        await press(pilot, "ctrl+t")
        await put(pilot, "adios", "enter")
        assert composer.paper.text == (
            "Hola, Marta:\n\nRecibido. Lo tienes el {?fecha}.\n\nUn abrazo,\nLola"
        )
        await press(pilot, "ctrl+s")
        assert app.screen is composer, "it is not even shown for sending"
        assert "{?fecha}" in screen(app).splitlines()[-1]
        assert composer.paper.cursor_location == (2, len("Recibido. Lo tienes el "))
        composer.paper.replace("lunes", (2, 23), (2, 23 + len("{?fecha}")))
        await press(pilot, "ctrl+s")
        assert "Lo tienes el lunes." in screen(app)
        await press(pilot, "enter")

    drive(app, script)
    assert "Lo tienes el lunes." in outgoing(path)[0].text


def test_her_texts_are_offered_in_the_clients_language_from_the_first_moment(
    tmp_path: Path,
) -> None:
    known = manner()
    known = replace(known, profiles={**known.profiles, "acme": Profile(language="en")})
    app = app_on(build(tmp_path), manner=known)

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, "Boletín de mayo")
        composer.item = None  # as before it is read
        await press(pilot, "ctrl+t")
        assert "Hi {nombre}," in screen(app)
        assert "Hola, {nombre}:" not in screen(app)
        await press(pilot, "escape")

    drive(app, script)


def test_what_a_text_asks_for_is_asked(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, "Boletín de mayo")
        await press(pilot, "ctrl+t")
        await put(pilot, "recib", "enter")
        assert "fecha?" in screen(app)
        await put(pilot, "martes {nombre}", "enter")
        assert composer.paper.text == "Recibido. Lo tienes el martes {nombre}."

    drive(app, script)


def test_words_to_look_at_again_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def unknown(_: Speller, text: str, language: str) -> list[tuple[int, int]]:
        asked.append(language)
        at = text.find("fehca")
        return [(at, at + 5)] if at >= 0 else []

    monkeypatch.setattr(Speller, "unknown", unknown)
    monkeypatch.setattr("tui.composer.SPELLING", 0.01)
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "La", "enter", *"fehca")
        await pilot.pause(0.1)
        await settle(pilot)
        assert "look again: fehca" in screen(app)
        line = app.screen.query_one("#paper").get_line(1)  # type: ignore[attr-defined]
        assert [(span.start, span.end) for span in line.spans] == [(0, 5)]
        await press(pilot, "backspace")
        await pilot.pause(0.1)
        await settle(pilot)
        assert "look again" not in screen(app)

    drive(app, script)
    assert set(asked) == {"es"}


def test_what_is_pasted_is_clean_and_undo_takes_it_back(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, "Boletín de mayo")
        await put(pilot, "Mira:")
        app.post_message(events.Paste("\n".join(EVIL) + "\r\nÁrbol 日本"))
        await settle(pilot)
        text = composer.paper.text
        assert text.endswith("\nÁrbol 日本")
        assert all(char.isprintable() or char == "\n" for char in text)
        assert not RAW.search(text)
        assert all(line.isprintable() for line in screen(app).splitlines())
        await press(pilot, "ctrl+z")
        assert composer.paper.text == "Mira:"
        app.post_message(events.Paste("x" * 100_001))
        await settle(pilot)
        assert composer.paper.text == "Mira:"
        assert "Nothing was pasted" in " ".join(screen(app).split())

    drive(app, script)


def test_an_editor_gets_the_text_in_a_file_of_hers_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor"
    script.write_text(
        '#!/bin/sh\nstat -c "%a" "$1" "$(dirname "$1")" > "$0.seen"\ncat "$1" >> "$0.seen"\n'
        'printf "nuevo\\033[31m\\n" > "$1"\n'
    )
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    assert editor.edited("viejo", nullcontext) == "nuevo␛[31m"
    assert (tmp_path / "editor.seen").read_text() == "600\n700\nviejo\n"
    script.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(editor.EditorError):
        editor.edited("viejo", nullcontext)
    monkeypatch.setenv("VISUAL", "/nowhere/at-all")
    with pytest.raises(editor.EditorError):
        editor.edited("viejo", nullcontext)


def test_without_an_editor_it_says_how_to_set_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, "Boletín de mayo")
        await put(pilot, "hola", "ctrl+o")
        assert "$EDITOR" in screen(app)
        assert composer.paper.text == "hola"

    drive(app, script)


def test_without_texts_of_hers_it_says_where_they_go(tmp_path: Path) -> None:
    app = app_on(build(tmp_path), manner=Manner(me="Lola"))

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo", "semicolon")
        assert "[snippets]" in screen(app)

    drive(app, script)
