"""Files of an item, fetched from the client's tool by the installed command."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from store.reader import Reader
from tests.office import Office
from tests.servers.asana import FakeAsana
from tests.servers.dovecot import Dovecot
from tests.servers.synapse import Synapse
from tests.servers.trello import KEY, Trello
from tests.test_import import mailed, put
from trastienda import errands
from trastienda.config import load
from trastienda.home import Home
from tui.setup import ErrandError

CHAT = (
    "[13/11/26, 19:03:01] Marta: hola\n"
    "[13/11/26, 19:04:30] Marta: \u200e<adjunto: 00000002-PHOTO-2026-11-13.jpg>\n"
    "[13/11/26, 19:05:10] Marta: \u200e<adjunto: 00000003-nota.pdf>\n"
)
PHOTO, NOTE = b"\xff\xd8 a photo", b"%PDF a note"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A client whose chat was exported with its media, all but the note in the first export."""
    office = Office(tmp_path / "home")
    office.channel("acme", "whatsapp", "whatsapp-export", name='"Lola"')
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("_chat.txt", CHAT)
        archive.writestr("00000002-PHOTO-2026-11-13.jpg", PHOTO)
    export = put(tmp_path, "WhatsApp Chat - Marta.zip", file.getvalue())
    assert office.run("import", export, "--client", "acme").code == 0
    return office


def number(office: Office) -> str:
    (item,) = office.queue()
    return str(item["id"])


def test_a_file_of_a_chat_is_fetched_by_its_name_and_nothing_is_written_over(
    office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    for expected in ("00000002-PHOTO-2026-11-13.jpg", "00000002-PHOTO-2026-11-13 (2).jpg"):
        ended = office.run("save", number(office), "photo", "--to", str(folder))
        assert ended.code == 0, ended
        assert ended.out.strip() == str(folder / expected)
        assert (folder / expected).read_bytes() == PHOTO
    reader = Reader(Home.at(office.home).database)
    told = reader.seen([hashlib.sha256(PHOTO).hexdigest()])
    reader.close()
    assert [(one.client, one.name) for one in told] == [("acme", "00000002-PHOTO-2026-11-13.jpg")]


def test_a_file_that_cannot_be_fetched_says_what_to_do_and_leaves_nothing_behind(
    office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    ended = office.run("save", number(office), "nota", "--to", str(folder))
    assert ended.code != 0
    assert "Export the chat with its media" in " ".join(ended.err.split())
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["acta"], "There are: 00000002-PHOTO"),
        (["photo", "--to", "/nowhere/at/all"], "There is no folder /nowhere/at/all"),
    ],
)
def test_a_name_or_a_folder_that_is_not_there_is_said(
    office: Office, words: list[str], says: str
) -> None:
    ended = office.run("save", number(office), *words)
    assert ended.code == 2
    assert says in " ".join(ended.err.split())


def test_a_file_of_a_room_comes_through_the_homeserver(synapse: Synapse, tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    ana, lola = synapse.user("ana", "Ana"), synapse.user("lola", "Lola")
    room = ana.room("Obra", lola)
    uri = ana.upload(PHOTO, "image/jpeg")
    ana.send(room, {"msgtype": "m.image", "body": "../../fachada.jpg", "url": uri})
    office.env["TOKEN"] = lola.token
    office.channel(
        "luz", "sala", "matrix", base_url=f'"{synapse.base_url}"', token='{ env = "TOKEN" }',
        rooms='["Obra"]',
    )  # fmt: skip
    office.sync()
    (item,) = office.queue()
    ended = office.run("save", str(item["id"]), "--to", str(tmp_path))
    assert ended.code == 0, ended
    assert (tmp_path / "fachada.jpg").read_bytes() == PHOTO
    assert office.run("save", str(item["id"]), "--to", str(tmp_path), "--json").json["files"] == [
        {"name": "fachada.jpg", "path": str(tmp_path / "fachada (2).jpg")}
    ]


def test_a_file_of_a_card_a_task_and_a_mail_is_fetched_too(
    trello_server: Trello, asana_server: FakeAsana, dovecot: Dovecot, tmp_path: Path
) -> None:
    office = Office(tmp_path / "home")
    me, ana = trello_server.account("lola", "token-trello"), trello_server.account("ana")
    board = trello_server.people.add_board("Web", ana, me, lists=["Hoy"])
    into = next(iter(trello_server.world.boards[board].lists))
    card = trello_server.people.add_card(into, "Portada", by=ana)
    trello_server.people.attach(card, "card.pdf", by=ana, content=b"of the card")
    world, her = asana_server.world, asana_server.sign_up("Lola", "token-asana")
    project = world.project(world.workspace("Nube", her), "Web", her)
    task = world.task(project, "Factura", by=her, assignee=her)
    world.attach(task, "task.pdf", her, b"of the task")
    user = dovecot.new_user("lola")
    dovecot.deliver(user, [mailed("Ana <ana@acme.example>", "mail.zip", b"of the mail")])
    office.env |= {
        "KEY": KEY, "TRELLO": "token-trello", "ASANA": "token-asana",
        "MAIL": dovecot.password(user),
    }  # fmt: skip
    office.channel(
        "acme", "tablero", "trello", base_url=f'"{trello_server.base_url}"',
        key='{ env = "KEY" }', token='{ env = "TRELLO" }',
    )  # fmt: skip
    office.channel(
        "nube", "proyecto", "asana", base_url=f'"{asana_server.base_url}"',
        token='{ env = "ASANA" }',
    )  # fmt: skip
    office.mailbox("luz", "correo", port=dovecot.imap, user=user, password='{ env = "MAIL" }')
    office.sync()
    folder = tmp_path / "saved"
    folder.mkdir()
    for item in office.queue():
        ended = office.run("save", str(item["id"]), "--to", str(folder))
        assert ended.code == 0, ended
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "card.pdf": b"of the card", "task.pdf": b"of the task", "mail.zip": b"of the mail",
    }  # fmt: skip


def test_one_file_is_saved_by_its_number_and_none_into_another_clients_folder(
    office: Office, tmp_path: Path
) -> None:
    number_of = number(office)
    shown = office.run("show", number_of, "--json").json
    files = [file for one in shown["messages"] for file in one["attachments"]]
    photo = next(file["id"] for file in files if file["name"].endswith(".jpg"))
    office.channel("luz", "chat", "whatsapp-export", name='"Lola"')
    hers = office.home / "files" / "luz"
    hers.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(hers)
    for folder in (hers, link):
        ended = office.run("save", number_of, "--id", str(photo), "--to", str(folder))
        assert ended.code == 2
        assert "is a folder of luz" in " ".join(ended.err.split())
    assert list(hers.iterdir()) == []
    ended = office.run("save", number_of, "--id", str(photo + 1000), "--to", str(tmp_path))
    assert "no longer in item" in " ".join(ended.err.split())

    folder = errands.folder_for(load(office.home / "config.toml"), Home.at(office.home), "acme")
    assert folder == office.home / "files" / "acme"
    home = ["--home", str(office.home)]
    path = errands.Errand(home, int(number_of), photo, folder).result()
    assert (path.parent, path.read_bytes()) == (folder, PHOTO)
    with pytest.raises(ErrandError, match="no longer in item"):
        errands.Errand(home, int(number_of), photo + 1000, folder).result()
    given_up = errands.Errand(home, int(number_of), photo, folder)
    given_up.stop()
    with pytest.raises(ErrandError):
        given_up.result()
    assert [one.name for one in folder.iterdir()] == [path.name]
