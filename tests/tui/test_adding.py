"""A new task with one key: whose it is stands over each question, and it can be taken back."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from normalizer.model import Task
from store.database import open_database
from store.directory import remember_writes
from store.views import Lane, Outgoing
from tests.store.mailbox import rows
from tests.tui.outbox_world import declared, lanes, states, written
from tests.tui.world import CARDS, app_on, drive, fill, narrow, press, screen, settle
from triage import adding
from tui.question import Question
from tui.setup import Taste

ACME = "cliente:acme canal:trello"


def boards(folder: Path, *, write: str = "all", more: Sequence[Task] = ()) -> Path:
    """The world, in which boards take new tasks; `more` cards of the first client."""
    path = written(folder, write=write)
    db = open_database(path)
    for (client, channel), key in declared(db, write).items():
        if channel == "tablero":
            remember_writes(db, key, ("comment", "complete", "create"))
            if client == "acme" and more:
                fill(db, key, "card", [*CARDS["acme"], *more], cursor="2")
    db.close()
    return path


def test_a_new_task_is_asked_for_and_goes_out_and_is_taken_back(tmp_path: Path) -> None:
    path = boards(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, ACME)
        await press(pilot, "a")
        assert "New task · ACME Floristería · tablero · Web › En curso" in screen(app)
        await press(pilot, "enter")
        assert "New task · ACME" in screen(app)
        await press(pilot, *"Pie", "enter")
        assert "For when? Enter alone: no date · ACME Floristería · Web › En curso" in screen(app)
        await press(pilot, "escape")
        assert "Nothing was sent." in screen(app)
        await press(pilot, "a", *"Pie", "enter", *"zz", "enter")
        assert "no date that can be understood" in screen(app)
        await press(pilot, "backspace", "backspace", *"24/12", "enter")
        assert "The new task goes in 10 s · u takes it back" in screen(app)
        assert states(path) == [Outgoing.QUEUED]
        await press(pilot, "a", *"Pie", "enter", *"24/12", "enter")
        assert "on its way there already" in screen(app)
        await press(pilot, "O")
        assert "new task" in screen(app)
        assert "Pie" in screen(app)
        await press(pilot, "escape", "u")
        assert "Taken back: nothing was sent." in screen(app)
        assert states(path) == [Outgoing.CANCELLED]
        await press(pilot, "enter", "a", *"Dos", "enter", "enter")
        assert states(path) == [Outgoing.CANCELLED, Outgoing.QUEUED]
        await press(pilot, "L")
        assert "New task" in screen(app)
        await press(pilot, "escape", "escape")
        await narrow(pilot, "cliente:luz")
        await press(pilot, "a")
        assert "No list or project with tasks is known there yet" in screen(app)

    drive(app, script)
    db = open_database(path)
    found = [(one.stream, one.external_id, one.who, json.loads(one.told)) for one in
             rows(db, "outbox")]  # fmt: skip
    db.close()
    assert {one[:3] for one in found} == {("list", "Web › En curso", "Lola")}
    assert [(told["title"], told["due"]) for *_rest, told in found] == [
        ("Pie", "2026-12-24"), ("Dos", None),
    ]  # fmt: skip


@pytest.mark.parametrize("write", ["no", "comment"])
def test_where_nothing_is_written_it_says_which_setting_and_queues_nothing(
    write: str, tmp_path: Path
) -> None:
    path = boards(tmp_path, write=write)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, ACME)
        await press(pilot, "a")
        assert 'write = "all"' in screen(app)
        await narrow(pilot, "cliente:luz")
        await press(pilot, "a")
        assert 'write = "all" for tablero of luz' in " ".join(screen(app).split())
        await narrow(pilot, "zzz")
        await press(pilot, "a")
        assert "Go to a row of the client first." in screen(app)

    drive(app, script)
    assert states(path) == []


def test_she_chooses_among_the_places_of_that_client_alone(tmp_path: Path) -> None:
    first = CARDS["acme"][0]
    many = [
        replace(first, ref=replace(first.ref, external_id=f"z{n}"), title=f"Carta {n}",
                container=f"Web › Lista {n}")
        for n in range(3)
    ]  # fmt: skip
    path = boards(tmp_path, more=many)
    app = app_on(path, taste=replace(Taste(), keys="correo"))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "1")
        await narrow(pilot, "Landing")
        await press(pilot, "B")
        shown = screen(app)
        assert "A new task for ACME Floristería: where?" in shown
        assert shown.index("1  Web › En curso") < shown.index("2  Web › Lista 0")
        await press(pilot, "escape", "B", "3")
        assert "New task · ACME Floristería · tablero · Web › Lista 1" in screen(app)
        # What speaks of another client takes her word.
        await press(pilot, *"Web de Brisa Yoga", "enter", "enter")
        assert "may be meant for another client" in screen(app)
        await press(pilot, "escape")
        assert "Nothing was sent." in screen(app)
        assert states(path) == []
        await pilot.resize_terminal(20, 5)
        await press(pilot, "B", "1", *"Uno", "enter", "enter")
        assert states(path) == [Outgoing.QUEUED]

    drive(app, script)


def test_what_she_types_before_the_question_stands_there_is_the_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = boards(tmp_path)
    app = app_on(path)
    spots = adding.spots

    def slow(*args: Any, **more: Any) -> Any:
        time.sleep(0.5)
        return spots(*args, **more)

    monkeypatch.setattr(adding, "spots", slow)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, ACME)
        for key in ("a", "d", "e", "s"):  # which would decide about the row
            app.post_message(events.Key(key, key))
        await settle(pilot)
        await pilot.pause(0.7)
        assert isinstance(app.screen, Question)
        assert app.screen.query_one(Input).value == "des"

    drive(app, script)
    assert states(path) == []
    assert lanes(path)["Landing de San Valentín"] is Lane.INBOX
