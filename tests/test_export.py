"""Her record of what went to one client's tools is whole, and holds nobody else's."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from normalizer.actions import Comment, Complete, Enclosure, Mail, Move
from normalizer.model import Ref
from normalizer.said import Said
from store import audit, outbox
from store.database import Database, open_database
from store.directory import ChannelKey, declare
from store.outbox import Letter
from store.triage import send
from store.views import Outgoing
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, bring, items, raw, task
from trastienda.cli import main
from trastienda.commands.export import NotExportedError, _since
from trastienda.home import Home

CANARY = "canario"
LATER = NOW + timedelta(minutes=1)


def _file(name: str, content: bytes) -> Enclosure:
    return Enclosure(
        name=name, media_type="application/pdf", sha256=hashlib.sha256(content).hexdigest(),
        size=len(content), content=content,
    )  # fmt: skip


PDF = _file("plan.pdf", b"%PDF")
MAIL = Mail(
    ref=Ref("mail", "m1"), sender="Lola <lola@acme.example>", to=("Ana <ana@acme.example>",),
    cc=("eva@acme.example",), subject="Re: Cartel", text="=2+2 va mañana;\n«sí», dijo",
    quoted="Ana escribió:\n> ¿Cuándo?", message_id="x@acme.example", files=(PDF,),
)  # fmt: skip


def _letter(key: ChannelKey, action: Any, item: int | None = None) -> Letter:
    return Letter(key=key, item_id=item, action=action, send_at=LATER, who="Lola")


def _fill(db: Database) -> None:
    keys = declare(db, CLIENTS, NOW)
    acme, board, luz = keys["acme", "correo"], keys["acme", "tablero"], keys["luz", "correo"]
    for key, title in ((board, "Cartel"), (luz, f"{CANARY} título")):
        card = task(1, title, url=f"https://t.example/{title.split(' ')[0]}")
        bring(db, key, raw("c1", card, stream="card"))
    (cartel, other) = items(db)
    old = Comment(ref=Ref("card", "c1"), text="viejo")
    send(db, [_letter(board, old)], verb="answer", now=NOW - timedelta(days=40))
    send(db, [_letter(acme, MAIL)], verb="answer", now=NOW)
    claimed = outbox.claim(db, acme, LATER)
    assert claimed is not None
    outbox.later(db, claimed.id, Said("No answer."), LATER, doubted=True, now=LATER)
    claimed = outbox.claim(db, acme, LATER)
    assert claimed is not None
    outbox.done(db, claimed.id, ("mail", "sent-7"), LATER)
    send(
        db, [_letter(board, Move(ref=Ref("card", "c1"), to="Hecho"), cartel)], verb="done", now=NOW
    )
    file = _file(f"{CANARY}.pdf", CANARY.encode())
    theirs = Mail(
        ref=Ref("mail", CANARY), sender=f"{CANARY}@luz.example", to=(f"{CANARY}@luz.example",),
        subject=CANARY, text=CANARY, quoted=CANARY, message_id=CANARY, files=(file,),
    )  # fmt: skip
    send(db, [_letter(luz, theirs, other)], verb="answer", now=NOW)
    claimed = outbox.claim(db, luz, LATER)
    assert claimed is not None
    error = Said("{who} said no.", (("who", CANARY),))
    outbox.later(db, claimed.id, error, LATER, doubted=False, now=LATER)
    send(db, [_letter(luz, Complete(ref=Ref("card", CANARY)), other)], verb="done", now=NOW)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clients, and what she wrote to each."""
    folder = tmp_path_factory.mktemp("house")
    db = open_database(Home.at(folder).database)
    _fill(db)
    db.close()
    return folder


@pytest.fixture
def run(house: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str, code: int = 0, lang: str = "es") -> str:
        ended = main(["--home", str(house), "--lang", lang, "export", *words])
        out, err = capsys.readouterr()
        assert ended == code, err
        return out if not code else err

    return run


def test_each_write_is_told_whole(run: Any) -> None:
    old, mail, moved = map(json.loads, run("--client", "acme", lang="en").splitlines())
    assert (old["text"], old["channel"], old["item"]) == ("viejo", "tablero", None)
    assert (mail["who"], mail["action"], mail["state"]) == ("Lola", "mail", "done")
    assert (mail["sender"], mail["to"], mail["cc"]) == (MAIL.sender, [*MAIL.to], [*MAIL.cc])
    assert (mail["subject"], mail["text"], mail["quoted"]) == (MAIL.subject, MAIL.text, MAIL.quoted)
    assert mail["files"] == [{"name": "plan.pdf", "sha256": PDF.sha256, "size": 4}]
    assert mail["details"]["message_id"] == "x@acme.example"
    assert mail["receipt"] == ["mail", "sent-7"]
    assert (mail["decided_at"], mail["send_at"]) == (NOW.isoformat(), LATER.isoformat())
    assert [(one["state"], one["error"]) for one in mail["tries"]] == [
        ("doubt", "No answer."), ("done", None),
    ]  # fmt: skip
    assert (moved["title"], moved["url"]) == ("Cartel", "https://t.example/Cartel")
    assert (moved["details"], moved["state"], moved["tries"]) == ({"to": "Hecho"}, "queued", [])


@pytest.mark.parametrize("more", [(), ("--csv",), ("--json",)])
def test_nothing_of_another_client_comes_along(run: Any, more: tuple[str, ...]) -> None:
    hers = run("--client", "acme", *more)
    assert "viejo" in hers
    assert CANARY not in hers
    assert PDF.sha256 in hers
    theirs = run("--client", "luz", *more)
    assert theirs.count(CANARY) > 5
    assert "acme" not in theirs


def test_tries_are_told_with_the_write_they_belong_to(house: Path) -> None:
    db = open_database(Home.at(house).database)
    assert [len(one.tries) for one in audit.written(db, "acme")] == [0, 2, 0]
    assert [len(one.tries) for one in audit.written(db, "luz")] == [1, 0]
    assert audit.written(db, "nobody") == []
    assert audit.written(db, "luz")[0].tries[0].state is Outgoing.QUEUED
    db.close()


def test_a_day_is_where_it_begins(run: Any) -> None:
    for since in ("2026-11-01", "1/11/2026"):
        assert len(run("--client", "acme", "--since", since).splitlines()) == 2
    assert run("--client", "acme", "--since", "2027-01-01", "--json").count("[]") == 1
    for told in ("hace poco", "0001-01-01", "1/1/1"):  # that far east it is in the year 0
        with pytest.raises(NotExportedError, match="31/1/2026"):
            _since(told, ZoneInfo("Asia/Tokyo"))
    assert "31/1/2026" in run("--client", "acme", "--since", "hace poco", code=2, lang="en")


def test_a_table_opens_in_a_spreadsheet_of_her_country_and_runs_nothing(
    run: Any, tmp_path: Path
) -> None:
    for lang, sign in (("es", ";"), ("en", ",")):
        file = tmp_path / f"{lang}.csv"
        run("--client", "acme", "--csv", str(file), lang=lang)
        text = file.read_bytes().decode("utf-8-sig")
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")
        head, _, mail, _ = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
        assert len(head) == len(mail)
        assert "'" + MAIL.text in mail
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in mail)


@pytest.mark.parametrize(
    "text", ["=1+1", "+34 600", "-5", "@SUM(A1)", " =1", "\t=1", "＝1", "\n=1"]
)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    from trastienda.commands.export import _cell

    assert _cell(text).startswith("'")
    assert _cell(f"a{text}").startswith("a")
    assert "\x1b" not in _cell("a\x1b[2J")


def test_a_file_is_hers_alone_and_never_written_over(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "acme.jsonl"
    assert str(file) in run("--client", "acme", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    assert len(before.splitlines()) == 3
    assert "already" in run("--client", "luz", str(file), code=2, lang="en")
    assert file.read_bytes() == before
    assert "cannot be written" in run(
        "--client", "luz", str(tmp_path / "x" / "y"), code=2, lang="en"
    )


def test_a_client_who_is_not_there_is_told_with_the_nearest(run: Any) -> None:
    assert "acme" in run("--client", "acmee", code=2, lang="en")
    assert "acme, luz" in run("--client", "zzz", code=2, lang="en")


def test_a_client_that_the_config_has_no_longer_keeps_its_record(run: Any, house: Path) -> None:
    db = open_database(Home.at(house).database)
    declare(db, [], datetime.now(UTC))
    db.close()
    assert len(run("--client", "acme").splitlines()) == 3
