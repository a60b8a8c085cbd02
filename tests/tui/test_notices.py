"""What the desktop is told, and what it is never told."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store.database import open_database
from store.directory import declare
from tests.tui.world import (
    CARDS,
    MAIL,
    NOW,
    H,
    app_on,
    build,
    card,
    clients,
    drive,
    fill,
    mail,
    settle,
)  # fmt: skip
from tui import desktop, notices, quiet
from tui.main import Trastienda
from tui.setup import Taste


def more_mail(app: Trastienda, client: str, *numbers: str, ago: timedelta = H) -> None:
    db = open_database(app.setup.target)
    keys = declare(db, clients(), NOW)
    late = [mail(n, "Eva Secreta", f"Asunto secreto {n}", "Texto secreto", ago, unread=True)
            for n in numbers]  # fmt: skip
    fill(db, keys[client, "correo"], "mail", [*MAIL[client], *late], cursor="2")
    db.close()


def more_cards(app: Trastienda, client: str, number: str) -> None:
    db = open_database(app.setup.target)
    keys = declare(db, clients(), NOW)
    late = replace(card(number, "Tarea secreta", "…"), created_at=NOW - H)
    fill(db, keys[client, "tablero"], "card", [*CARDS.get(client, ()), late], cursor="2")
    db.close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(desktop, "tell", lambda text, _terminal: said.append(text))
    monkeypatch.setattr(notices, "LOOK", 3600)
    return said


def test_news_is_summed_up_by_client_and_says_nothing_of_what_it_is(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(build(tmp_path))
    one = notices.Notices(app)

    async def script(_pilot: Pilot[int]) -> None:
        await one.look()
        await one.look()
        assert told == [], "what was there before is no news"
        more_mail(app, "acme", "x1", "x2")
        more_cards(app, "luz", "x3")
        more_mail(app, "nube", "old", ago=timedelta(days=30))
        await one.look()
        assert told == ["2 new from ACME Floristería · 1 new from Luz Abogados"]
        more_mail(app, "brisa", "x4")
        await one.look()
        assert len(told) == 1, "at most one a minute"
        monkeypatch.setattr(notices, "APART", 0)
        await one.look()
        assert told[1:] == ["1 new from Brisa Yoga"], "nothing is lost by that"
        await one.look()
        assert len(told) == 2

    drive(app, script)


def test_no_client_is_named_while_another_one_is_on_the_screen(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "APART", 0)
    app = app_on(build(tmp_path))
    one = notices.Notices(app)

    async def script(pilot: Pilot[int]) -> None:
        await one.look()
        app.board.only("acme")
        await settle(pilot)
        more_mail(app, "luz", "x1")
        await one.look()
        assert told == ["1 new"]
        app.alone = app.desk.only = "acme"
        more_mail(app, "luz", "x2", "x3")
        await one.look()
        assert told == ["1 new"], "others see the screen: not even that somebody wrote"
        more_mail(app, "acme", "x4")
        await one.look()
        assert told[1:] == ["1 new from ACME Floristería"]

    drive(app, script)


def test_in_quiet_hours_nothing_is_told(tmp_path: Path, told: list[str]) -> None:
    app = app_on(build(tmp_path), taste=Taste(notify=True, quiet="10:00-11:00"))  # it is 10:42
    one = notices.Notices(app)

    async def script(_pilot: Pilot[int]) -> None:
        await one.look()
        more_mail(app, "luz", "x1")
        await one.look()
        assert told == []

    drive(app, script)


@pytest.mark.parametrize(
    ("text", "hour", "silent"),
    [
        ("", 3, False), ("20:00-8:00", 3, True), ("20:00-8:00", 20, True),
        ("20:00-8:00", 8, False), ("20:00-8:00", 12, False), ("13:00 – 16:30", 16, True),
        ("13:00-16:30", 17, False),
    ],
)  # fmt: skip
def test_quiet_hours_go_past_midnight(text: str, hour: int, silent: bool) -> None:
    assert quiet.is_quiet(text, datetime(2026, 11, 23, hour, tzinfo=UTC)) is silent


@pytest.mark.parametrize("text", ["20-8", "25:00-8:00", "8:00-8:00", "20:00", "always"])
def test_what_is_no_pair_of_times_is_refused(text: str) -> None:
    assert quiet.hours("9:00-10:30") == (time(9), time(10, 30))
    with pytest.raises(ValueError, match=r".*"):
        quiet.hours(text)


def test_the_desktop_reads_a_name_as_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "<b>A&B</b>;\x1b]0;x\x07 --urgency"
    seen: list[list[str]] = []
    said: list[str] = []
    monkeypatch.setattr(subprocess, "run", lambda words, **_more: seen.append(words))
    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/notify-send")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("TERM", "xterm")
    desktop.tell(name, said.append)
    assert seen[0][-3:] == ["--", "Trastienda", "&lt;b&gt;A&amp;B&lt;/b&gt;;�]0;x� --urgency"]
    monkeypatch.setenv("SSH_CONNECTION", "1")
    desktop.tell(name, said.append)
    assert said == ["\x1b]9;<b>A&B</b>,�]0,x� --urgency\x07"]
    assert len(seen) == 1
