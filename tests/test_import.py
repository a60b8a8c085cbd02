"""Exported chats, brought by the command or by mail, through the installed command."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest

from connectors.base import Opener
from normalizer.model import Attachment, Person, Ref
from store.database import open_database
from store.directory import declare
from tests.office import LOLA, Office, until
from tests.servers.dovecot import Dovecot
from tests.store.conftest import CLIENTS
from tests.store.mailbox import ANA, NOW, bring, mail, raw
from tests.store.mailbox import LOLA as HERSELF
from trastienda import exports, lock

NB, NN = "\u00a0", "\u202f"

ANDROID = (
    f"13/11/2026, 7:02 p.{NB}m. - Marta: hola\n"
    f"13/11/2026, 7:03 p.{NB}m. - Lola: dime, Marta, ¿qué necesitas?\n"
    f"13/11/2026, 7:03 p.{NB}m. - Marta: ok\n"
    f"13/11/2026, 7:03 p.{NB}m. - Marta: ok\n"
    f"13/11/2026, 7:04 p.{NB}m. - Lola: te mando la propuesta esta misma tarde\n"
    f"13/11/2026, 7:04 p.{NB}m. - Marta: estupendo, así la miro en el tren\n"
    f"13/11/2026, 7:05 p.{NB}m. - Marta: el logotipo de la portada va en azul\n"
)
IPHONE = (
    f"[13/11/26, 7:03:01{NN}p.{NB}m.] Lola: dime, Marta, ¿qué necesitas?\n"
    f"[13/11/26, 7:03:20{NN}p.{NB}m.] Marta: ok\n"
    f"[13/11/26, 7:03:25{NN}p.{NB}m.] Marta: ok\n"
    f"[13/11/26, 7:04:30{NN}p.{NB}m.] Lola: te mando la propuesta esta misma tarde\n"
    f"[13/11/26, 7:04:50{NN}p.{NB}m.] Marta: estupendo, así la miro en el tren\n"
    f"[13/11/26, 7:05:10{NN}p.{NB}m.] Marta: el logotipo de la portada va en rojo"
    " \u200e<Se editó este mensaje.>\n"
    f"[15/11/26, 10:00:00{NN}a.{NB}m.] Marta: ¿cómo va lo de la portada?\n"
)
DOUBTFUL = "03/04/2026, 10:00 - Marta: hola\n03/04/2026, 10:01 - Lola: dime\n"

MERGED = [
    ("Marta", "hola"),
    ("Lola", "dime, Marta, ¿qué necesitas?"),
    ("Marta", "ok"),
    ("Marta", "ok"),
    ("Lola", "te mando la propuesta esta misma tarde"),
    ("Marta", "estupendo, así la miro en el tren"),
    ("Marta", "el logotipo de la portada va en rojo"),
    ("Marta", "¿cómo va lo de la portada?"),
]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "home")
    for client in ("acme", "luz"):
        office.channel(client, "whatsapp", "whatsapp-export", name='"Lola"')
    return office


def packed(text: str) -> bytes:
    """Make the .zip of an iPhone."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("_chat.txt", text)
    return file.getvalue()


def put(folder: Path, name: str, data: str | bytes, day: int = 16) -> str:
    """Put an export where she saves files, as made on a day of November."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    made = datetime(2026, 11, day, tzinfo=UTC).timestamp()
    os.utime(path, (made, made))
    return str(path)


def said(office: Office, number: int = 1) -> list[tuple[str, str]]:
    """Read a conversation as `show` tells it."""
    item = office.run("show", str(number), "--json").json
    return [(message["author"], message["text"]) for message in item["messages"]]


def notices(office: Office) -> str:
    return " ".join(office.run("sync").out.split())


def test_two_overlapping_exports_show_each_message_once_and_the_edited_one_as_a_change(
    office: Office, tmp_path: Path
) -> None:
    first = office.run(
        "import", put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID, 14), "--client", "acme"
    )
    assert first.code == 0, first
    second = office.run("import", put(tmp_path, "WhatsApp Chat - Marta.zip", packed(IPHONE)))
    assert second.code == 0, second
    assert said(office) == MERGED
    item = office.run("show", "1", "--json").json
    assert (item["client"], item["channel_kind"], item["title"]) == (
        "acme", "whatsapp-export", "Marta",
    )  # fmt: skip
    assert [
        (one["field"], one["before"], one["after"], one["author"])
        for one in item["changes"]
    ] == [
        (
            "message", "el logotipo de la portada va en azul",
            "el logotipo de la portada va en rojo", "Marta",
        )
    ]  # fmt: skip
    hers = [one["text"] for one in item["messages"] if one["direction"] == "out"]
    assert hers == ["dime, Marta, ¿qué necesitas?", "te mando la propuesta esta misma tarde"]


def test_bringing_the_same_again_changes_nothing(office: Office, tmp_path: Path) -> None:
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    assert office.run("import", file, "--client", "acme").code == 0
    before = office.run("show", "1", "--json").json
    again = office.run("import", file, "--json")
    assert again.code == 0
    (channel,) = again.json["channels"]
    assert (channel["new"], channel["changed"]) == (0, 0)
    assert office.run("show", "1", "--json").json == before
    assert len(list((office.home / "imports/acme/whatsapp").glob("*.txt"))) == 1


def test_another_export_of_the_same_name_size_and_time_is_read_too(
    office: Office, tmp_path: Path
) -> None:
    for color in ("azul", "gris"):
        text = ANDROID.replace("azul", color)
        file = put(tmp_path, "Chat de WhatsApp con Marta.txt", text)
        assert office.run("import", file, "--client", "acme").code == 0
    assert [text[-4:] for _, text in said(office)[-2:]] == ["azul", "gris"]


def test_a_chat_that_nobody_knows_asks_whose_it_is(office: Office, tmp_path: Path) -> None:
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    asked = office.run("import", file)
    assert asked.code == 2
    assert "Say whose the chat Marta is: --client acme, --client luz." in " ".join(
        asked.err.split()
    )
    assert said_nothing(office)
    assert not (office.home / "imports").exists()


def test_a_chat_of_one_client_is_not_read_for_another(office: Office, tmp_path: Path) -> None:
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    assert office.run("import", file, "--client", "acme").code == 0
    other = office.run("import", put(tmp_path, "WhatsApp Chat - Marta.zip", packed(IPHONE)),
                       "--client", "luz")  # fmt: skip
    assert other.code == 2
    assert "read for acme/whatsapp already" in " ".join(other.err.split())
    assert {one["client"] for one in office.queue("kind:conversation", command="search")} == {
        "acme"
    }


def test_another_chat_of_a_known_name_asks_whose_it_is(office: Office, tmp_path: Path) -> None:
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    assert office.run("import", file, "--client", "acme").code == 0
    other = "14/11/2026, 19:02 - Marta: soy otra Marta, la de la notaría\n"
    asked = office.run("import", put(tmp_path, "Chat de WhatsApp con Marta (1).txt", other))
    assert asked.code == 2
    assert "--client acme, --client luz" in asked.err
    assert "notaría" not in str(said(office))


def test_a_chat_of_one_client_is_known_for_theirs_whatever_the_file_is_called(
    office: Office, tmp_path: Path
) -> None:
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    assert office.run("import", file, "--client", "acme").code == 0
    for name in ("_chat.txt", "Chat de WhatsApp con Marta Notaría.txt"):
        wrong = office.run("import", put(tmp_path, name, ANDROID + "\n"), "--client", "luz")
        assert wrong.code == 2, wrong
        assert "acme/whatsapp" in wrong.err
    assert not (office.home / "imports/luz").exists()


def test_check_names_no_chats_of_a_folder_that_holds_none(office: Office) -> None:
    assert re.search(r"acme/whatsapp: Lola, \d+ ms", office.run("check").out)


def test_check_warns_where_two_clients_read_the_same_folder(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "chats"
    folder.mkdir()
    for client, chats in (("acme", '["*"]'), ("luz", '["Marta"]')):
        office.channel(client, "whatsapp", "whatsapp-export", folder=f'"{folder}"', chats=chats)
    assert "are of two clients and read the same" in " ".join(office.run("check").out.split())
    office.channel("acme", "whatsapp", "whatsapp-export", folder=f'"{folder}"', chats='["Ana"]')
    assert "read the same" not in office.run("check").out
    office.channel("acme", "whatsapp", "whatsapp-export", folder=f'"{tmp_path}"', chats='["Marta"]')
    assert "read the same" not in office.run("check").out


def test_the_order_of_day_and_month_is_asked_once(office: Office, tmp_path: Path) -> None:
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", DOUBTFUL)
    asked = office.run("import", file, "--client", "acme")
    assert asked.code == 2
    assert "--date-order dmy" in asked.err
    assert said_nothing(office)
    told = office.run("import", file, "--client", "acme", "--date-order", "dmy")
    assert told.code == 0, told
    item = office.run("show", "1", "--json").json
    assert item["messages"][0]["sent_at"].startswith("2026-04-03T10:00")
    later = DOUBTFUL + "04/04/2026, 09:00 - Marta: otra cosa más\n"
    again = put(tmp_path, "Chat de WhatsApp con Marta (1).txt", later)
    more = office.run("import", again, "--client", "acme")
    assert more.code == 0, more
    assert [text for _, text in said(office)] == ["hola", "dime", "otra cosa más"]


def said_nothing(office: Office) -> bool:
    return office.queue("kind:conversation", command="search") == []


@pytest.mark.parametrize(
    ("name", "data"),
    [("foto.zip", b"PK\x03\x04no"), ("notas.txt", b"lista de la compra"), ("x.pdf", b"%PDF")],
)
def test_what_is_no_export_is_said_to_be_none(
    office: Office, tmp_path: Path, name: str, data: bytes
) -> None:
    ended = office.run("import", put(tmp_path, name, data), "--client", "acme")
    assert ended.code == 2, ended
    assert name in ended.err
    assert "Traceback" not in ended.err
    assert not (office.home / "imports").exists()


def test_a_file_that_is_not_there_and_a_client_that_is_not(office: Office, tmp_path: Path) -> None:
    ended = office.run("import", str(tmp_path / "nada.txt"), "--client", "acme")
    assert ended.code == 2
    assert "nada.txt" in ended.err
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    wrong = office.run("import", file, "--client", "acmé")
    assert wrong.code == 2
    assert "acme" in wrong.err


def test_an_answer_is_laid_ready_and_its_chat_opens_only_where_she_says_so(
    office: Office, tmp_path: Path
) -> None:
    numbers = '["Marta = +34 600 11 22 33"]'
    office.channel("acme", "whatsapp", "whatsapp-export", name='"Lola"', numbers=numbers)
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    assert office.run("import", file, "--client", "acme").code == 0
    went, browser = tmp_path / "went", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" >> "{went}"\n')
    browser.chmod(0o700)
    office.env |= {"DISPLAY": ":0", "BROWSER": f"{browser} %s"}
    link = "https://wa.me/34600112233?text=va%20bien"
    ready = office.run("reply", "1", "va", "bien")
    assert ready.code == 0, ready
    assert all(text in ready.out for text in ("ACME", "Marta", "va bien", link))
    assert not went.exists()
    assert office.run("reply", "1", "va", "bien", "--open").code == 0
    assert went.read_text() == link


def test_it_is_read_by_the_process_that_keeps_everything_fresh_where_there_is_one(
    office: Office, tmp_path: Path
) -> None:
    process = office.start("sync", "--watch")
    try:
        until(lambda: lock.held(office.home / "engine.lock"))
        file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
        ended = office.run("import", file, "--client", "acme")
        assert ended.code == 0, ended
        assert [text for _, text in said(office)] == [
            text.rpartition(": ")[2] for text in ANDROID.splitlines()
        ]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def mailed(author: str, name: str, data: bytes, text: str = "va") -> bytes:
    """Make the mail by which a phone sends an export."""
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = author, LOLA, name.rpartition(".")[0]
    mail["Message-ID"] = f"<{abs(hash((author, data)))}@phone.example>"
    mail["Date"] = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    mail.set_content(text)
    mail.add_attachment(data, maintype="application", subtype="zip", filename=name)
    return mail.as_bytes()


@pytest.fixture
def post(office: Office, dovecot: Dovecot) -> str:
    """A mailbox of ACME's; its user."""
    user = dovecot.new_user("w")
    dovecot.deliver(user, [])
    office.env["ACME_MAIL"] = dovecot.password(user)
    office.mailbox("acme", "correo", port=dovecot.imap, user=user, password='{ env = "ACME_MAIL" }')
    return user


def deliver(dovecot: Dovecot, user: str, mails: Sequence[bytes]) -> None:
    dovecot.deliver(user, list(mails))


def test_an_export_that_she_mails_herself_is_read_once_its_chat_is_known(
    office: Office, dovecot: Dovecot, post: str, tmp_path: Path
) -> None:
    deliver(dovecot, post, [mailed(LOLA, "WhatsApp Chat - Marta.zip", packed(ANDROID))])
    office.sync()
    told = notices(office)
    assert "Whose chat is Marta?" in told
    assert said_nothing_but_mail(office)
    file = put(tmp_path, "WhatsApp Chat - Marta.zip", packed(ANDROID))
    assert office.run("import", file, "--client", "acme").code == 0
    deliver(dovecot, post, [mailed(LOLA, "WhatsApp Chat - Marta.zip", packed(IPHONE))])
    office.sync()
    told = notices(office)
    assert "Whose chat" not in told
    assert said(office, chat_of(office)) == MERGED


def test_an_export_that_somebody_else_mails_waits_till_she_says_that_it_is_right(
    office: Office, dovecot: Dovecot, post: str, tmp_path: Path
) -> None:
    file = put(tmp_path, "WhatsApp Chat - Marta.zip", packed(ANDROID))
    assert office.run("import", file, "--client", "acme").code == 0
    mail = mailed("Marta <marta@acme.example>", "WhatsApp Chat - Marta.zip", packed(IPHONE))
    deliver(dovecot, post, [mail])
    office.sync()
    told = notices(office)
    assert "Marta mailed the exported chat" in told
    assert [text for _, text in said(office, chat_of(office))] == [
        text.rpartition(": ")[2] for text in ANDROID.splitlines()
    ]
    (waiting,) = [
        one for one in (office.home / "imports/acme/whatsapp").glob("*.zip") if "[" in one.name
    ]
    assert office.run("import", str(waiting)).code == 0
    assert said(office, chat_of(office)) == MERGED
    assert "mailed" not in notices(office)
    assert json.loads(Path(f"{waiting}.json").read_text())["vouched"], "what she said of it stays"


def test_a_mail_whose_file_has_an_impossible_name_stops_no_other(
    office: Office, dovecot: Dovecot, post: str, tmp_path: Path
) -> None:
    long = "WhatsApp Chat - " + "👩‍👩‍👧😀" * 20 + ".zip"
    mails = [
        mailed(LOLA, long, packed(ANDROID)),
        mailed(LOLA, "WhatsApp Chat - Marta.zip", packed(IPHONE)),
    ]
    deliver(dovecot, post, mails)
    office.sync()
    assert len(list((office.home / "imports/acme/whatsapp").glob("*.zip"))) == 2


class Post:
    """A mailbox of which each file is the same pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    def open(self, _copy: Ref, _attachment: str) -> Iterator[bytes]:
        return iter(self.pieces)


def gathered(folder: Path, post: Post, *authors: Person) -> list[Path]:
    """Fetch the exports that some people mailed to ACME."""
    db = open_database(folder / "trastienda.db")
    key = declare(db, CLIENTS, NOW)["acme", "correo"]
    file = Attachment(external_id="2", name="WhatsApp Chat - Marta.zip")
    mails = (mail(n, author=one, attachments=(file,)) for n, one in enumerate(authors))
    bring(db, key, *(raw(one.ref.external_id, one) for one in mails))
    for _ in exports.gather(db, key, cast("Opener", post), [folder / "imports"]):
        pass
    db.close()
    return sorted((folder / "imports").iterdir())


def test_whoever_mailed_an_export_is_named_and_she_alone_is_not(tmp_path: Path) -> None:
    found = gathered(tmp_path, Post(b"PK"), ANA, Person("", "marta@acme.example"), HERSELF)
    told = [json.loads(one.read_text())["sender"] for one in found if one.suffix == ".json"]
    assert sorted(told) == ["", "Ana", "marta@acme.example"]


def test_an_export_in_a_mail_that_comes_without_an_end_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_LARGEST", 1_000)
    assert gathered(tmp_path, Post(*[b"x" * 100] * 11), ANA) == []


def test_what_is_forged_in_her_name_and_shares_nothing_with_the_chat_is_not_believed(
    office: Office, dovecot: Dovecot, post: str, tmp_path: Path
) -> None:
    file = put(tmp_path, "WhatsApp Chat - Marta.zip", packed(ANDROID))
    assert office.run("import", file, "--client", "acme").code == 0
    forged = "[14/11/26, 9:00:00] Marta: la factura se paga en esta otra cuenta: ES00\n"
    mail = mailed(LOLA, "WhatsApp Chat - Marta.zip", packed(forged))
    deliver(dovecot, post, [mail])
    office.sync()
    told = notices(office)
    assert "shares nothing with" in told
    assert "ES00" not in str(said(office, chat_of(office)))


def chat_of(office: Office) -> int:
    (item,) = [
        one
        for one in office.queue("kind:conversation", command="search")
        if one["channel_kind"] == "whatsapp-export"
    ]
    return int(item["id"])


def said_nothing_but_mail(office: Office) -> bool:
    found = office.queue("kind:conversation", command="search")
    return {one["channel_kind"] for one in found} <= {"imap"}
