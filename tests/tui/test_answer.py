"""An answer by hand: what she writes is copied, and the chat opens only when she says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from normalizer.model import Conversation, Message, Person, Ref
from normalizer.raw import Raw
from store.database import open_database
from store.directory import ChannelSpec, ClientSpec, declare
from store.intake import take
from tests.tui.world import NOW, app_on, drive, press, screen
from triage.belongings import Sort
from triage.guard import Finding
from triage.rules import derive
from tui import answer, link


def chat(folder: Path, url: str | None) -> Path:
    """Put a chat of a client of its own into a database."""
    path = folder / "trastienda.db"
    db = open_database(path)
    spec = ClientSpec(
        slug="luz", name="Luz Abogados", color="green", identities=(),
        channels=(ChannelSpec(slug="whatsapp", kind="whatsapp-export"),),
    )  # fmt: skip
    key = declare(db, [spec], NOW)["luz", "whatsapp"]
    about = Conversation(ref=Ref("chat", "ana"), title="Ana [b]Vega", url=url)
    said = Message(
        ref=Ref("line", "1"), author=Person("Ana"), sent_at=NOW - timedelta(hours=1),
        text="¿Cómo va?", about=about.ref,
    )  # fmt: skip
    table: dict[str, Any] = {"ana": about, "1": said}
    take(
        db, key, records=[Raw.of_json(r.ref.stream, i, {}) for i, r in table.items()], cursor="1",
        census=(), normalise=lambda raw: (table[raw.external_id],), rules=derive,
        identities=frozenset(), now=NOW,
    )  # fmt: skip
    db.close()
    return path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that went to the browser."""
    addresses: list[str] = []

    def browse(address: str) -> bool:
        addresses.append(address)
        return True

    monkeypatch.setattr(link, "browse", browse)
    return addresses


@pytest.mark.parametrize("before", [(), ("enter",)], ids=["queue", "reader"])
def test_the_text_is_copied_and_the_chat_opens_only_after_she_has_seen_where(
    tmp_path: Path, opened: list[str], before: tuple[str, ...]
) -> None:
    app = app_on(chat(tmp_path, "https://wa.me/34600112233"))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, *before, "r")
        assert "Ana [b]Vega" in screen(app)
        assert "Luz Abogados" in screen(app)
        await press(pilot, *"va bien", "ctrl+s")
        assert app.clipboard == ""
        assert "Ana [b]Vega" in screen(app)
        await press(pilot, "enter")
        assert app.clipboard == "va bien"
        assert "https://wa.me/34600112233?text=va%20bien" in screen(app)
        assert not opened
        await press(pilot, "enter")
        assert opened == ["https://wa.me/34600112233?text=va%20bien"]
        assert "Did you send it to Ana [b]Vega?" in screen(app)

    drive(app, script)


def test_leaving_opens_nothing(tmp_path: Path, opened: list[str]) -> None:
    app = app_on(chat(tmp_path, "https://wa.me/34600112233"))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "r", *"va", "escape")
        assert app.clipboard == ""
        await press(pilot, "r", "ctrl+s", "enter", "escape")
        assert len(app.screen_stack) == 1
        await press(pilot, "r")
        assert "va" in screen(app), "the draft stays till she says that it is sent"

    drive(app, script)
    assert not opened


def test_a_chat_without_a_number_is_to_be_pasted(tmp_path: Path, opened: list[str]) -> None:
    app = app_on(chat(tmp_path, None))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "r", *"va", "ctrl+s", "enter")
        assert app.clipboard == "va"
        assert "paste" in screen(app)

    drive(app, script)
    assert not opened


@pytest.mark.parametrize(("keys", "stays"), [(("y",), False), (("enter",), True)])
def test_the_draft_is_forgotten_when_she_says_that_it_is_sent(
    tmp_path: Path, opened: list[str], keys: tuple[str, ...], *, stays: bool
) -> None:
    app = app_on(chat(tmp_path, "https://wa.me/34600112233"))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "r", *"va", "ctrl+s", "enter", "1", *keys, "r")
        assert len(opened) == 1
        assert ("\n va\n" in screen(app)) is stays

    drive(app, script)


def wrong(folder: Path) -> Path:
    """That chat, and a client whose name and people stand in what she writes."""
    path = chat(folder, "https://wa.me/34600112233")
    db = open_database(path)
    specs = [
        ClientSpec(slug=slug, name=name, color="green", channels=(
            ChannelSpec(slug="whatsapp", kind="whatsapp-export"),
        ))
        for slug, name in (("luz", "Luz Abogados"), ("acme", "ACME"))
    ]  # fmt: skip
    declare(db, specs, NOW)
    db.close()
    return path


@pytest.mark.parametrize(
    ("keys", "copied"), [(("y",), True), (("n",), False), (("enter",), False), (("escape",), False)]
)
def test_what_may_be_anothers_is_copied_only_after_a_yes(
    tmp_path: Path, opened: list[str], keys: tuple[str, ...], *, copied: bool
) -> None:
    app = app_on(wrong(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "r", *"lo de acme", "ctrl+s")
        assert "“acme” is what ACME is called" in screen(app)
        assert app.clipboard == ""
        await press(pilot, *keys)
        assert app.clipboard == ("lo de acme" if copied else "")
        assert ("wa.me/34600112233?text=" in screen(app)) is copied

    drive(app, script)
    assert not opened


@pytest.mark.parametrize(
    ("name", "goes"), [("luz abogados", True), ("luz", True), ("acme", False), ("", False)]
)
def test_a_stranger_among_the_recipients_takes_the_clients_name(
    tmp_path: Path, name: str, *, goes: bool
) -> None:
    app = app_on(wrong(tmp_path))
    said: list[bool | None] = []

    async def script(pilot: Pilot[int]) -> None:
        row = app.board.queue.row
        assert row is not None
        found = [Finding(Sort.RECIPIENT, "x@acme.example", "acme")]
        names = {"luz": "Luz Abogados", "acme": "ACME"}
        await app.push_screen(answer.warning(row, found, names, app.look()), said.append)
        await press(pilot, *name, "enter")
        assert said == [True if goes else None]

    drive(app, script)
