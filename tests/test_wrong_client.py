"""What may be meant for another client goes nowhere without her word, by the installed command."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from normalizer.model import Conversation, Person, Ref
from store.database import open_database
from store.directory import ChannelSpec, ClientSpec, declare, remember_writes
from store.reader import Reader
from tests.office import COMMAND, Ended, Office
from tests.store.mailbox import NOW, bring, mail, raw, task
from trastienda.home import Home

WRONG = "He hablado con Berta Quintana y va en Proyecto Lince."
LOLA, BERTA = Person("Lola", "lola@lola.example"), Person("Berta Quintana", "berta@luz.example")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a terminal is made another way there")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database: two clients with a board each, one with a chat."""
    path = tmp_path_factory.mktemp("filled") / "trastienda.db"
    db = open_database(path)
    kinds = (("acme", "trello", "orange"), ("luz", "trello", "blue"),
             ("nube", "whatsapp-export", "green"))  # fmt: skip
    specs = [
        ClientSpec(
            slug=slug, name=slug.upper(), color=color, identities=(LOLA.handle,),
            channels=(
                ChannelSpec(slug="canal", kind=kind, write="comment"),
                ChannelSpec(slug="correo", kind="imap", write="comment"),
            ),
        )
        for slug, kind, color in kinds
    ]  # fmt: skip
    keys = declare(db, specs, NOW)
    for (_, channel), key in keys.items():
        remember_writes(db, key, ["mail" if channel == "correo" else "comment"])
    for slug, place in (("acme", "Web"), ("luz", "Proyecto Lince")):
        one = task(1, "Portada", container=f"{place} › Hoy")
        bring(db, keys[slug, "canal"], raw("c1", one, stream="card"))
    about = Conversation(ref=Ref("chat", "m"), title="Marta", url="https://wa.me/34600112233")
    bring(db, keys["nube", "canal"], raw("m", about, stream="chat"))
    text = "La caravana de cobre sale del puerto mojado a las nueve."
    bring(db, keys["luz", "correo"], raw("m1", mail(1, author=BERTA, to=(LOLA,), text=text)))
    db.close()
    return path


@pytest.fixture
def office(tmp_path: Path, filled: Path) -> Office:
    """A home of its own with all that in it."""
    office = Office(tmp_path / "home")
    database = Home.at(office.home).database
    database.parent.mkdir(mode=0o700, parents=True)
    shutil.copy(filled, database)
    return office


def item(office: Office, client: str) -> str:
    """The number of the client's task or chat."""
    reader = Reader(Home.at(office.home).database)
    rows = reader.rows(reader.ids(client=client))
    reader.close()
    return str(next(one.id for one in rows if one is not None and one.channel == "canal"))


def written(office: Office) -> list[tuple[str, str]]:
    """What waits to be sent: whose, and what."""
    reader = Reader(Home.at(office.home).database)
    found = [(one.client, one.text) for one in reader.outgoing(ended=True, limit=9)]
    reader.close()
    return found


def typed(office: Office, answer: str, *words: str) -> Ended:
    """Run our command on a terminal, where she types an answer."""
    return at_the_keyboard([str(COMMAND), "--home", str(office.home), *words], answer)


def at_the_keyboard(command: list[str], answer: str) -> Ended:
    """Run any command there."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    out = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        out += part
        if answer and (b"[y/N]" in out or b"it is for:" in out):
            os.write(terminal, answer.encode() + b"\n")
            answer = ""
    os.close(terminal)
    return Ended(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode(), "")


def test_without_a_keyboard_nothing_is_queued_and_the_exact_words_are_told(office: Office) -> None:
    number = item(office, "acme")
    ended = office.run("reply", number, WRONG, "--no-input")
    assert ended.code == 2, ended
    assert "For ACME, in canal: Portada" in ended.out
    said = " ".join(ended.err.split())
    assert "“Proyecto Lince” is a project, a calendar or a chat of LUZ" in said
    assert "“Berta Quintana” is somebody at LUZ" in said
    assert "--to-client acme" in said
    told = office.run("reply", number, WRONG, "--json")
    assert (told.code, told.json["exit"]) == (2, 2)
    assert told.json["findings"] == [
        {"sort": "person", "words": "Berta Quintana", "client": "luz"},
        {"sort": "place", "words": "Proyecto Lince", "client": "luz"},
    ]
    assert written(office) == []


def test_the_clients_name_lets_it_go_and_another_name_nothing_at_all(office: Office) -> None:
    number = item(office, "acme")
    for text in (WRONG, "Ya está."):
        ended = office.run("reply", number, text, "--to-client", "luz", "--json")
        assert ended.code == 2, ended
        assert "another client" in ended.json["error"]
    assert written(office) == []
    assert office.run("reply", number, WRONG, "--no-input", "--to-client", "Acme").code == 0
    assert written(office) == [("acme", WRONG)]


@pytest.mark.parametrize(("answer", "goes"), [("y", True), ("n", False), (" ", False)])
def test_at_the_keyboard_a_mere_warning_takes_a_y(
    office: Office, answer: str, *, goes: bool
) -> None:
    ended = typed(office, answer, "reply", item(office, "acme"), WRONG)
    assert "\x1b[33mFor ACME, in canal: Portada\x1b[m" in ended.out
    assert "“Berta Quintana” is somebody at LUZ" in ended.out
    assert ended.code == (0 if goes else 2), ended
    assert len(written(office)) == int(goes)


TO_A_STRANGER = """
import sys
from argparse import Namespace
from pathlib import Path
from trastienda.commands.reply import _refused
from trastienda.context import Context
from trastienda.home import Home
from triage.belongings import Sort
from triage.guard import Finding
ctx = Context(home=Home.at(Path(sys.argv[1])), options=Namespace(to_client=None), language="en")
with ctx.reader() as reader:
    (row,) = reader.rows([int(sys.argv[2])])
found = [Finding(Sort.RECIPIENT, "x@nadie.example", "")]
print("goes" if _refused(ctx, row, {"acme": "ACME", "luz": "LUZ"}, found) is None else "stays")
"""


@pytest.mark.parametrize(("name", "ends"), [("acme", "goes"), ("luz", "stays"), ("y", "stays")])
def test_a_recipient_who_is_not_known_takes_the_clients_name(
    office: Office, name: str, ends: str
) -> None:
    command = [sys.executable, "-c", TO_A_STRANGER, str(office.home), item(office, "acme")]
    ended = at_the_keyboard(command, name)
    assert "x@nadie.example is nobody known at ACME." in ended.out
    assert "type the name of the client" in ended.out
    assert ended.out.splitlines()[-1] == ends


def test_an_honest_answer_is_asked_nothing(office: Office) -> None:
    ended = office.run("reply", item(office, "acme"), "Hoy subo la web.", "--no-input")
    assert ended.code == 0, ended
    assert len(written(office)) == 1


def test_what_is_laid_ready_for_a_chat_is_looked_at_too(office: Office) -> None:
    number = item(office, "nube")
    ended = office.run("reply", number, WRONG, "--no-input")
    assert ended.code == 2, ended
    assert "For NUBE, chat Marta" in ended.out
    assert "wa.me" not in ended.out
    assert WRONG not in ended.out
    assert office.run("reply", number, WRONG, "--to-client", "nube").code == 0


def test_a_sentence_said_with_another_client_is_found(office: Office) -> None:
    copied = "La caravana de cobre sale del puerto mojado"
    ended = office.run("reply", item(office, "acme"), f"Dice que {copied}.", "--json")
    assert ended.code == 2
    assert ended.json["findings"] == [{"sort": "phrase", "words": copied, "client": "luz"}]
    assert written(office) == []
