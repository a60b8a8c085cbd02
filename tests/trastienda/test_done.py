"""`done`: what it does at each client is said, and asked where that is new to her."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from store.codes import ms
from store.database import open_database
from store.views import Lane, Outgoing
from tests.office import COMMAND, Ended
from tests.store.mailbox import rows
from tests.test_wrong_client import at_the_keyboard
from tests.tui.outbox_world import lanes, numbers, states, written
from trastienda import console
from trastienda.cli import main
from trastienda.home import Home

ACME, BRISA = "Landing de San Valentín", "Ordenar el almacén de fotos"
MAIL = "Factura de abril"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return at_home(tmp_path)


def at_home(folder: Path, **more: str) -> Path:
    """A home without a config, over the world in which boards may be written to."""
    made = written(folder, **more)
    database = Home.at(folder / "home").database
    database.parent.mkdir(parents=True)
    shutil.copy(made, database)
    return folder / "home"


def base(home: Path) -> Path:
    return Home.at(home).database


def items(home: Path, *titles: str) -> list[str]:
    db = open_database(base(home))
    found = numbers(db)
    db.close()
    return [str(found[title]) for title in titles]


Run = Callable[..., Ended]


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: str, at: Path = home) -> Ended:
        code = main(["--home", str(at), "--lang", "en", *words])
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return ran


def test_it_says_what_happens_at_each_client_and_queues_it(home: Path, run: Run) -> None:
    ended = run("done", *items(home, ACME, BRISA, MAIL))
    assert ended.code == 0, ended
    assert "ACME Floristería · tablero: 1 task: moves the card to the list “Hecho”" in ended.out
    assert "Brisa Yoga · tablero: 1 task: archives the card" in ended.out
    assert "Luz Abogados · correo: 1 here alone: nobody is told" in ended.out
    assert states(base(home)) == [Outgoing.QUEUED] * 2
    assert {lanes(base(home))[title] for title in (ACME, BRISA, MAIL)} == {Lane.DONE}


def test_a_program_is_told_the_same(home: Path, run: Run) -> None:
    told: dict[str, Any] = json.loads(run("done", *items(home, ACME, MAIL), "--json").out)
    assert [(one["client"], one["way"]) for one in told["parts"]] == [
        ("acme", "complete"), ("luz", "here"),
    ]  # fmt: skip
    assert "10 seconds" in told["text"]


def test_a_task_that_would_stay_open_there_takes_her_word(tmp_path: Path, run: Run) -> None:
    (tmp_path / "no").mkdir()
    home = at_home(tmp_path / "no", write="no")
    (card,) = items(home, ACME)
    ended = run("done", card, at=home)
    assert ended.code == 2, ended
    assert 'write = "all"' in " ".join(ended.err.split())
    assert lanes(base(home))[ACME] is Lane.INBOX
    assert run("done", card, "--yes", at=home).code == 0
    assert lanes(base(home))[ACME] is Lane.DONE
    assert states(base(home)) == []


@pytest.mark.parametrize(("answer", "done"), [("y", True), ("n", False)])
def test_at_the_keyboard_it_asks_the_first_time(home: Path, answer: str, *, done: bool) -> None:
    first, second = items(home, BRISA, "Programar Instagram, semana 21")
    words = [str(COMMAND), "--home", str(home), "--lang", "en", "done"]
    ended = at_the_keyboard([*words, first], answer)
    assert "Do it? [y/N]" in ended.out
    assert (ended.code == 0) is done
    assert states(base(home)) == [Outgoing.QUEUED] * done
    again = at_the_keyboard([*words, second], answer)
    assert ("Do it? [y/N]" in again.out) is not done


def test_an_item_that_is_named_twice_is_done_once(home: Path, run: Run) -> None:
    (card,) = items(home, ACME)
    ended = run("done", card, card)
    assert "1 task" in ended.out
    assert states(base(home)) == [Outgoing.QUEUED]


def test_the_time_to_take_it_back_begins_with_her_yes(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[int] = []

    def asked(_: str) -> bool:
        time.sleep(0.02)
        said.append(ms(datetime.now(UTC)))
        return True

    monkeypatch.setattr(console, "is_terminal", lambda: True)
    monkeypatch.setattr(console, "ask", asked)
    (card,) = items(home, BRISA)
    assert run("done", card).code == 0
    db = open_database(base(home))
    (row,) = rows(db, "outbox")
    db.close()
    assert row.send_at >= said[0] + 10_000
