"""The composer: one answer to one item, kept while she writes, and sent only as she saw it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store.database import open_database
from store.views import Draft, Outgoing
from tests.tui.hostile import EVIL
from tests.tui.letters import (
    app_on,
    build,
    keep,
    kept,
    manner,
    opened,
    outgoing,
    put,
    rows,
    written,
)
from tests.tui.test_burst import burst
from tests.tui.test_screens import compare, language
from tests.tui.world import drive, press, screen, settle
from triage import answers
from tui.composer import Composer
from tui.main import Trastienda
from tui.sending import Ready, Sending

__all__ = ["language"]


def test_whom_it_is_for_stands_above_all_she_writes_and_all_of_it_before_it_goes(
    tmp_path: Path,
) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await press(pilot, *"Claro", "enter", *"ñandú")
        shown = screen(app)
        for words in ("ACME Floristería", "correo", "Marta <marta@acme.example>",
                      "Lola Ruiz <lola@acme.example>", "¿Lo puedes montar"):  # fmt: skip
            assert words in shown
        await press(pilot, "ctrl+s")
        shown = screen(app)
        for words in ("Marta <marta@acme.example>", "Lola Ruiz <lola@acme.example>",
                      "Re: Boletín de mayo", "Claro", "ñandú", "> Hola, Lola:"):  # fmt: skip
            assert words in shown
        assert not outgoing(path)
        await press(pilot, "enter")
        assert app.screen is app.board
        assert "Goes in 20 s · u takes it back" in screen(app)

    drive(app, script)
    [sent] = outgoing(path)
    assert (sent.title, sent.text, sent.state) == (
        "Boletín de mayo", "Claro\nñandú", Outgoing.QUEUED,
    )  # fmt: skip
    assert kept(path, "Boletín de mayo") is None, "it went, so it is no draft any more"


def test_it_answers_the_item_it_was_opened_on_though_the_list_moves_beneath(
    tmp_path: Path,
) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Contrato")
        await put(pilot, "La firma")
        queue = app.board.queue
        queue.drop([rows(path)["Contrato"].id])
        queue.cursor = 0
        await press(pilot, "ctrl+s")
        assert "Luz Abogados" in screen(app)
        assert "pedro@luz.example" in screen(app)
        queue.cursor = 1
        await press(pilot, "y")

    drive(app, script)
    assert [(one.client, one.title) for one in outgoing(path)] == [("luz", "Contrato")]


@pytest.mark.parametrize("keys", ["re d u w s q", "\rre d\x1b", ";e\x1bd e", "\rr:e"])
def test_of_keys_in_one_burst_none_reaches_the_list_beneath(tmp_path: Path, keys: str) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await burst(pilot, keys)
        if keys.startswith("r"):
            assert isinstance(app.screen, Composer)
            assert app.screen.paper.text == "e d u w s q"

    drive(app, script)
    assert {row.lane.value for row in rows(path).values()} == {"inbox"}
    assert not outgoing(path)


def test_what_she_pressed_before_she_saw_it_sends_nothing(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "Hola")
        sending = Sending(rows(path)["Boletín de mayo"], _never)
        app.push_screen(sending)
        await pilot.pause()
        await pilot.press("y", "enter", "y")
        await pilot.pause()
        assert app.screen is sending

    drive(app, script)
    assert not outgoing(path)


async def _never() -> Ready:
    await asyncio.sleep(0.3)
    raise answers.NotWrittenError("Too late.")


def test_leaving_keeps_the_draft_and_r_goes_on_with_it(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "A medias", "escape")
        assert app.screen is app.board
        assert "Draft kept" in screen(app)
        await app.look_for_changes()
        await settle(pilot)
        assert "@ ✎" in screen(app)
        await press(pilot, "enter")
        assert "draft: r" in screen(app)
        await press(pilot, "r", *", y más")
        assert "A medias, y más" in screen(app)
        await press(pilot, "escape", "escape")

    drive(app, script)
    found = kept(path, "Boletín de mayo")
    assert found is not None
    assert found.text == "A medias, y más"


def test_a_draft_shows_at_its_own_item_and_at_no_other_clients(tmp_path: Path) -> None:
    path = build(tmp_path)
    keep(path, "Boletín de mayo", Draft(text="secreto de acme"))
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        for title in ("Contrato", "Landing", "Ana [b]Vega"):
            composer = await opened(pilot, title)
            assert composer.paper.text == ""
            assert "secreto" not in screen(app)
            await press(pilot, "escape")
        composer = await opened(pilot, "Boletín de mayo")
        assert composer.paper.text == "secreto de acme"

    drive(app, script)


def test_leaving_the_program_at_once_loses_no_letter(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "casi todo")
        await pilot.press("!", "ctrl+q")

    drive(app, script)
    found = kept(path, "Boletín de mayo")
    assert found is not None
    assert found.text == "casi todo!"


def test_throwing_it_away_is_asked(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "no", "ctrl+l", "enter")
        assert isinstance(app.screen, Composer)
        await press(pilot, "ctrl+l", "y")
        assert len(app.screen_stack) == 1

    drive(app, script)
    assert kept(path, "Boletín de mayo") is None


def test_taken_back_it_is_a_draft_again(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "Uy", "ctrl+s", "enter", "u")
        assert "nothing was sent" in screen(app)
        await press(pilot, "r")
        assert isinstance(app.screen, Composer)
        assert app.screen.paper.text == "Uy"
        await put(pilot, ", no", "ctrl+s", "enter")

    drive(app, script)
    assert [(one.text, one.state) for one in outgoing(path)] == [
        ("Uy, no", Outgoing.QUEUED), ("Uy", Outgoing.CANCELLED),
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["Boletín de mayo", "Landing"])
def test_where_nothing_may_be_written_she_is_told_before_she_writes(
    tmp_path: Path, title: str
) -> None:
    path = build(tmp_path, write="no")
    keep(path, title, Draft(text="de antes"))
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, title)
        assert "Nothing of the kind is written to this channel" in screen(app)
        await press(pilot, *"eds", "ctrl+s", "y", "ctrl+f", "ctrl+r", "ctrl+t", "escape")
        assert composer.paper.text == "de antes", "what is there can be read and copied"
        await press(pilot, "escape")
        assert app.screen is app.board

    drive(app, script)
    assert not outgoing(path)


def test_enter_does_not_send_what_warns_and_y_does(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        composer = await opened(pilot, "Boletín de mayo")
        await put(pilot, "Lo de Luz Abogados", "ctrl+s")
        assert "“Luz Abogados” is what Luz Abogados is called" in screen(app)
        await press(pilot, "enter")
        assert app.screen is composer
        assert not outgoing(path)
        await press(pilot, "ctrl+s", "y")

    drive(app, script)
    assert len(outgoing(path)) == 1


@pytest.mark.parametrize(
    ("typed", "goes"), [("acme floristeria", True), ("luz", False), ("", False)]
)
def test_a_recipient_nobody_knows_takes_the_clients_name(
    tmp_path: Path, typed: str, *, goes: bool
) -> None:
    # Whoever wrote asks for the answer elsewhere.
    strange = written(7, "acme", "marta", "Otra cosa", "¿Sí?")
    payload = (strange.payload or b"").replace(b"Subject:", b"Reply-To: <x@else.example>\nSubject:")
    path = build(tmp_path, mails=[replace(strange, payload=payload)])
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Otra cosa")
        await put(pilot, "Hola", "ctrl+s")
        assert "x@else.example is nobody known at ACME Floristería" in screen(app)
        await press(pilot, "y")
        assert not outgoing(path)
        await put(pilot, typed, "enter")

    drive(app, script)
    assert bool(outgoing(path)) is goes


def test_a_comment_goes_to_its_task(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Landing")
        await put(pilot, "Hecho", "ctrl+s", "enter")
        assert "Goes in 10 s" in screen(app)

    drive(app, script)
    [sent] = outgoing(path)
    assert (sent.title, sent.action, sent.text) == ("Landing", "comment", "Hecho")


def test_what_cannot_be_taken_back_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_WINDOWS", {"trello": 0})
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Landing")
        assert "goes at once" in screen(app)
        await put(pilot, "Ya", "ctrl+s", "enter")
        last = screen(app).splitlines()[-1]
        assert "It goes out now." in last
        assert "takes it back" not in last

    drive(app, script)


def test_it_can_go_later_and_says_when_before_and_after(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "Hasta mañana", "ctrl+s", "l")
        await put(pilot, "tomorrow 9:30", "enter")
        assert "goes tomorrow 09:30" in screen(app)
        assert not outgoing(path)
        await press(pilot, "enter")
        assert "Goes tomorrow 09:30 · u takes it back" in screen(app)

    drive(app, script)
    [sent] = outgoing(path)
    assert f"{sent.send_at:%d %H:%M}" == "24 08:30"


def test_a_draft_can_lie_in_the_clients_own_folder_too(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "Por acabar", "ctrl+g")
        assert "folder for drafts" in screen(app)
        await press(pilot, "escape")

    drive(app, script)
    assert [(one.action, one.text) for one in outgoing(path)] == [("draft", "Por acabar")]
    found = kept(path, "Boletín de mayo")
    assert found is not None
    assert found.kept_there


def test_hostile_names_and_texts_stand_harmless_on_every_line(tmp_path: Path) -> None:
    text = " ".join(EVIL)
    path = build(tmp_path, mails=[written(9, "acme", "eva", "Malo", text)])
    db = open_database(path)
    with db.write() as conn:
        conn.exec_driver_sql("UPDATE client SET name = ?", (" ".join(EVIL[:3]),))
        conn.exec_driver_sql("UPDATE item SET title = 'Malo ' || ?", (text,))
    db.close()
    (tmp_path / "ACME").mkdir()
    (tmp_path / "ACME" / "[b]x\u202egpj.exe").write_text("x")
    for size in ((80, 24), (160, 45)):
        app = app_on(path, manner=manner(tmp_path))

        async def script(pilot: Pilot[int], app: Trastienda = app) -> None:
            await press(pilot, "G", "r", *"a [b]b[/b]", "ctrl+f")
            shown = [screen(app)]
            await press(pilot, "enter")
            shown.append(screen(app))
            await press(pilot, "ctrl+s")
            shown.append(screen(app))
            for one in shown:
                assert all(line.isprintable() for line in one.splitlines()), ascii(one)
                assert all(len(line) <= app.size.width for line in one.splitlines())

        drive(app, script, size)


def test_a_write_that_fails_keeps_her_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path)
    app = app_on(path)

    def broken(*_: object) -> None:
        raise answers.NotWrittenError("Not now.")

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "Importante", "ctrl+s")
        monkeypatch.setattr(answers, "post", broken)
        await press(pilot, "enter")
        assert "Nothing was sent; r opens your text again" in screen(app)

    drive(app, script)
    found = kept(path, "Boletín de mayo")
    assert found is not None
    assert found.text == "Importante"


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (40, 10)])
def test_it_looks_as_it_should(
    size: tuple[int, int], language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ACME").mkdir()
    for file in ("Presupuesto 2027.pdf", "logo.svg"):
        (tmp_path / "ACME" / file).write_text("x" * 2048)
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "Hola, Marta:\n\nLo de Luz Abogados, mañana.")
        for name, keys in (("composer", ()), ("texts", ("ctrl+t",)), ("filing", ("ctrl+f",)),
                           ("sending", ("ctrl+s",))):  # fmt: skip
            await press(pilot, *keys)
            if name == "filing":
                await put(pilot, "ACME/")
            shown = screen(app)
            assert all(len(line) <= size[0] for line in shown.splitlines())
            if size == (80, 24) or name in {"composer", "sending"}:
                compare(f"{name}-{language}-{size[0]}x{size[1]}", shown)
            if name in {"texts", "filing"}:
                await press(pilot, "escape")

    drive(app, script, size)


def test_the_reader_opened_from_is_where_she_comes_back_to(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        with pytest.raises(ValueError, match="unpack"):
            await opened(pilot, "Boletín de mayo", "enter")
        await press(pilot, "r", *"Ya está", "ctrl+s", "enter")
        assert app.screen is not app.board
        await app.look_for_changes()
        await settle(pilot)
        assert "→ answer" in screen(app)
        assert "Ya está" in screen(app)

    drive(app, script)
