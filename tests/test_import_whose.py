"""Exported chats of several clients: each is read for the one whose it is."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.office import Office
from tests.test_import import ANDROID, NB, put, said


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "home")
    for client in ("acme", "luz"):
        office.channel(client, "whatsapp", "whatsapp-export", name='"Lola"')
    return office


def test_a_chat_that_was_brought_for_the_wrong_client_is_read_where_she_names_it_then(
    office: Office, tmp_path: Path
) -> None:
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    assert office.run("import", file, "--client", "luz").code == 0
    assert office.run("import", file, "--client", "acme").code == 2
    office.channel("acme", "whatsapp", "whatsapp-export", name='"Lola"', chats='["Marta"]')
    mended = office.run("import", file, "--client", "acme")
    assert mended.code == 0, mended
    assert {one["client"] for one in office.queue("kind:conversation", command="search")} == {
        "acme", "luz",
    }  # fmt: skip


def test_a_short_chat_in_a_renamed_file_is_known_for_theirs_and_called_by_who_is_in_it(
    office: Office, tmp_path: Path
) -> None:
    short = "".join(ANDROID.splitlines(keepends=True)[i] for i in (0, 1, 5))
    file = put(tmp_path, "Chat de WhatsApp con Marta.txt", short)
    assert office.run("import", file, "--client", "acme").code == 0
    renamed = put(
        tmp_path, "exportado.txt", short + f"14/11/2026, 9:00 a.{NB}m. - Marta: ¿y bien?\n"
    )
    wrong = office.run("import", renamed, "--client", "luz")
    assert wrong.code == 2, wrong
    assert "acme/whatsapp" in wrong.err
    right = office.run("import", renamed)
    assert right.code == 0, right
    assert "the chat Marta, 4 messages" in right.out
    assert [text for _, text in said(office)][-1] == "¿y bien?"
    other = put(tmp_path, "otro.txt", "14/11/2026, 9:00 - Ana: hola\n")
    assert "the chat Ana, 1 messages" in office.run("import", other, "--client", "luz").out


def test_of_a_folder_that_two_clients_share_each_reads_its_own_and_is_asked_of_nothing_else(
    office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "chats"
    folder.mkdir()
    (tmp_path / "other").symlink_to(folder)
    for client, spelled, chats in (
        ("acme", folder, '["Marta"]'),
        ("luz", tmp_path / "other", '["Ana"]'),
    ):
        office.channel(
            client, "whatsapp", "whatsapp-export", name='"Lola"', folder=f'"{spelled}"', chats=chats
        )
    put(folder, "Chat de WhatsApp con Marta.txt", ANDROID, 14)
    put(folder, "Chat de WhatsApp con Ana.txt", ANDROID.replace("Marta", "Ana"), 14)
    ended = office.run("sync")
    assert ended.code == 0, ended
    assert "Whose chat" not in ended.out
    found = office.queue("kind:conversation", command="search")
    assert {(one["client"], one["title"]) for one in found} == {("acme", "Marta"), ("luz", "Ana")}
    put(folder, "Chat de WhatsApp con Luis.txt", "14/11/2026, 9:00 - Luis: hola\n")
    assert " ".join(office.run("sync").out.split()).count("Whose chat is Luis") == 2


def test_the_command_to_bring_a_chat_stands_in_a_line_of_its_own_and_works_as_it_is(
    office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "una carpeta cuyo nombre no cabe en una línea de 80 letras, ni de lejos"
    folder.mkdir()
    office.channel("acme", "whatsapp", "whatsapp-export", folder=f'"{folder}"', name='"Lola"')
    put(folder, "Chat de WhatsApp con Marta.txt", ANDROID, 14)
    for command in ("sync", "status"):
        out = office.run(command).out
        (line,) = (one for one in out.splitlines() if "trastienda import" in one)
        said_before = " ".join(out.partition(line)[0].split())
        assert "If it is no client's, take the file out of the folder" in said_before
    program, *words = shlex.split(line.replace("…", "acme"))
    assert program == "trastienda"
    assert office.run(*words).code == 0
    assert len(said(office)) == 7


def test_check_does_not_say_that_all_is_in_order_where_it_warns(
    office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "chats"
    folder.mkdir()
    (tmp_path / "other").symlink_to(folder)
    for client, spelled in (("acme", folder), ("luz", tmp_path / "other")):
        office.channel(client, "whatsapp", "whatsapp-export", folder=f'"{spelled}"', chats='["*"]')
    ended = office.run("check")
    assert ended.code == 0, ended
    assert "are of two clients and read the same" in " ".join(ended.out.split())
    assert "Everything is in order" not in ended.out
    assert "look at what is marked" in ended.out
