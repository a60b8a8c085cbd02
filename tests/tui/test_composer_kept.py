"""What she writes while the database is locked, changes beneath her, or is about to be left."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from normalizer.text import typed
from store import drafts
from store.database import open_database
from store.directory import declare
from store.errors import LockedError
from store.views import Draft, Outgoing
from tests.tui.letters import (
    app_on,
    bring,
    build,
    keep,
    kept,
    opened,
    outgoing,
    put,
    specs,
    written,
)
from tests.tui.world import NOW, drive, press, screen, settle
from triage import answers, enclosures
from tui import editor, posting, speller

TITLE = "Boletín de mayo"


class Lock:
    """A database that takes nothing while it is shut."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shut = True
        monkeypatch.setattr(drafts, "keep", self._guarded(drafts.keep))
        monkeypatch.setattr(answers, "post", self._guarded(answers.post))
        monkeypatch.setattr(posting, "AGAIN", 0.5)

    def _guarded(self, call: Any) -> Any:
        def guarded(*args: Any, **more: Any) -> Any:
            if self.shut:
                raise LockedError("Another program holds it.")
            return call(*args, **more)

        return guarded


def test_what_could_be_neither_kept_nor_sent_is_kept_as_soon_as_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path)
    app, lock = app_on(path), Lock(monkeypatch)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, TITLE)
        await put(pilot, "Media hora de trabajo", "ctrl+s", "enter")
        assert "Nothing was sent; r opens your text again." in screen(app)
        composer = await opened(pilot, TITLE)
        assert composer.paper.text == "Media hora de trabajo", "as it says"
        await press(pilot, "escape")
        lock.shut = False
        await pilot.pause(0.6)
        await settle(pilot)
        found = kept(path, TITLE)
        assert found is not None
        assert found.text == "Media hora de trabajo"

    drive(app, script)
    assert not outgoing(path)


def test_leaving_after_the_database_was_locked_keeps_what_she_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path)
    app, lock = app_on(path), Lock(monkeypatch)
    monkeypatch.setattr(posting, "AGAIN", 60.0)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, TITLE)
        await put(pilot, "Media hora de trabajo", "escape")
        lock.shut = False
        await pilot.press("ctrl+q")

    drive(app, script)
    found = kept(path, TITLE)
    assert found is not None
    assert found.text == "Media hora de trabajo"


def test_what_another_conversation_brings_comes_into_the_text_she_is_writing(
    tmp_path: Path,
) -> None:
    path = build(tmp_path, mails=[written(7, "acme", "marta", "Otra cosa", "¿Sí?")])
    keep(path, "Otra cosa", Draft(text="De la otra"))
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, TITLE)
        await put(pilot, "De esta")
        composer._save()
        await settle(pilot)
        db = open_database(path)
        key = posting_key(db)
        both = written(9, "acme", "marta", "Otra cosa", "Y esto", after=7)
        payload = (both.payload or b"").replace(
            b"References: <7@acme.example>", b"References: <1@acme.example> <7@acme.example>"
        )
        assert payload != both.payload
        bring(db, key, "acme", [type(both)(
            stream="mail", external_id="INBOX/9", payload=payload, meta="{}")])  # fmt: skip
        db.close()
        await put(pilot, ", y más")
        composer._save()
        await settle(pilot)
        assert composer.paper.text == "De la otra\n\nDe esta, y más"
        await put(pilot, "!", "ctrl+s")
        assert "De la otra" in screen(app)
        await press(pilot, "enter")

    drive(app, script)
    [sent] = outgoing(path)
    assert sent.text == "De la otra\n\nDe esta, y más!"
    assert not drafted(path)


def posting_key(db: Any) -> Any:

    return declare(db, specs(), NOW)["acme", "correo"]


def drafted(path: Path) -> list[str]:
    db = open_database(path)
    with db.read() as conn:
        found = [str(row[0]) for row in conn.exec_driver_sql("SELECT text FROM draft")]
    db.close()
    return found


def test_nothing_goes_while_a_file_that_goes_with_it_is_still_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path)
    app = app_on(path)
    may = threading.Event()
    file = tmp_path / "factura.pdf"
    file.write_bytes(b"pdf")
    choose = enclosures.choose

    def slowly(where: Path) -> enclosures.Chosen:
        may.wait(5)
        return choose(where)

    monkeypatch.setattr(enclosures, "choose", slowly)

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, TITLE)
        await put(pilot, "Hola")
        composer._enclose(file)
        await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.screen is composer
        may.set()
        await settle(pilot)
        await press(pilot, "ctrl+s")
        assert "factura.pdf" in screen(app)
        await press(pilot, "y")

    drive(app, script)
    [sent] = outgoing(path)
    assert sent.files == ("factura.pdf",)


def test_of_one_draft_open_on_two_screens_it_goes_once(tmp_path: Path) -> None:
    path = build(tmp_path)
    keep(path, TITLE, Draft(text="Hola"))
    one, other = app_on(path), app_on(path)

    async def second(pilot: Pilot[int]) -> None:
        await opened(pilot, TITLE)

        async def first(pilot: Pilot[int]) -> None:
            await opened(pilot, TITLE)
            await press(pilot, "ctrl+s", "enter")

        await nested(one, first)
        await press(pilot, "ctrl+s", "enter")
        await settle(pilot)
        assert "Nothing was sent" in screen(other)

    drive(other, second)
    assert [one.state for one in outgoing(path)] == [Outgoing.QUEUED]


async def nested(app: Any, script: Any) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await script(pilot)


def test_of_a_long_text_nothing_is_cut_off_on_its_way_through_an_editor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nprintf "fin\\n" >> "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    long = "línea de unas cuantas palabras\n" * 5_000
    assert editor.edited(long, nullcontext).split() == [*long.split(), "fin"]
    assert typed(long) == long


@pytest.mark.parametrize("before", ["ctrl+s", ""])
def test_nothing_is_queued_for_a_channel_that_has_left_the_config(
    tmp_path: Path, before: str
) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, TITLE)
        await put(pilot, "Hola", *filter(None, [before]))
        db = open_database(path)
        declare(db, [one for one in specs() if one.slug != "acme"], NOW)
        db.close()
        await press(pilot, *([] if before else ["ctrl+s"]), "enter")
        assert "It is no longer there." in screen(app)
        await press(pilot, "escape", "escape")

    drive(app, script)
    assert not outgoing(path)
    found = kept(path, TITLE)
    assert found is not None
    assert found.text == "Hola"


def test_a_speller_that_is_left_while_it_starts_leaves_no_process_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = speller._started
    made = []
    asked = speller.Speller()

    def started() -> Any:
        asked.close()
        made.append(begun())
        return made[0]

    monkeypatch.setattr(speller, "_started", started)
    asked._ask("hola", "es")
    assert made[0].returncode is not None


def test_what_could_not_be_kept_is_not_kept_over_what_she_wrote_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path)
    app, lock = app_on(path), Lock(monkeypatch)
    lock.shut = False
    guarded = drafts.keep
    fails = [True]

    def once(*args: Any, **more: Any) -> Any:
        if fails and fails.pop():
            raise LockedError("Another program holds it.")
        return guarded(*args, **more)

    monkeypatch.setattr(drafts, "keep", once)

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, TITLE)
        composer.paper.put("uno")
        composer._save()
        composer.paper.put(" y dos")
        composer._save()
        await settle(pilot)
        await pilot.pause(0.6)
        await settle(pilot)
        found = kept(path, TITLE)
        assert found is not None
        assert found.text == "uno y dos"
        await press(pilot, "escape")

    drive(app, script)
