"""Archives of exported chats, from whoever: read in place, and nothing believed that they claim."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import RefusedError
from normalizer.model import Ref
from tests.connectors.whatsapp_desk import Desk

CHAT = "[13/11/26, 9:05:07] Marta: hola\r\n[13/11/26, 9:06:00] Marta: \u200e<adjunto: {}>\r\n"
PHOTO = "00000002-PHOTO-2026-11-13-09-06-00.jpg"
ZIP = "WhatsApp Chat - Marta.zip"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def photo(one: Desk) -> tuple[Ref, str]:
    """Find the line with a file in what is kept."""
    from store import raws

    made = one.connector()
    for raw in raws.recall(one.db, one.key, "line", ""):
        for record in made.normalise(raw):
            for attachment in getattr(record, "attachments", ()):
                return Ref(raw.stream, raw.external_id), attachment.external_id
    raise AssertionError("no file in any line")


def opened(one: Desk) -> bytes:
    return b"".join(one.connector().open(*photo(one)))


def test_an_iphones_archive_is_named_by_the_archive_and_its_files_open_on_demand(
    desk: Desk,
) -> None:
    desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO), PHOTO: b"picture"})
    assert desk.poll() == []
    assert list(desk.chats()) == ["Marta"]
    assert opened(desk) == b"picture"
    assert sorted(path.name for path in desk.folder.iterdir()) == [ZIP]


def test_a_file_opens_from_the_newest_export_that_has_it_however_it_counts(desk: Desk) -> None:
    desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO), PHOTO: b"old"}, age=900)
    desk.pull()
    other = PHOTO.replace("00000002", "00000009")
    desk.archive("WhatsApp Chat - Marta (1).zip", {"_chat.txt": CHAT.format(other), other: b"new"})
    desk.pull()
    assert opened(desk) == b"new"


def test_a_file_that_no_export_has_says_what_to_do(desk: Desk) -> None:
    desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO)})
    desk.pull()
    with pytest.raises(RefusedError, match="with its media"):
        opened(desk)


def test_a_file_of_the_same_name_in_anothers_chat_is_not_handed_over(desk: Desk) -> None:
    desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO)})
    desk.pull()
    theirs = "[14/11/26, 9:06:00] Luis: \u200e<adjunto: " + PHOTO + ">\r\n"
    desk.archive("WhatsApp Chat - Luis.zip", {"_chat.txt": theirs, PHOTO: b"not hers"})
    with pytest.raises(RefusedError):
        opened(desk)


@pytest.mark.parametrize(
    "name", ["../{}", "/tmp/{}", "..\\{}", "C:\\{}", "a/../../{}"], ids=lambda name: name[:4]
)
def test_a_path_that_leads_out_of_an_archive_is_no_file_of_it(desk: Desk, name: str) -> None:
    desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO), name.format(PHOTO): b"out"})
    desk.pull()
    with pytest.raises(RefusedError):
        opened(desk)
    assert sorted(path.name for path in desk.folder.iterdir()) == [ZIP]


def test_a_link_in_an_archive_is_no_file_of_it(desk: Desk) -> None:
    path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO)})
    link = zipfile.ZipInfo(PHOTO)
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    desk.rewrite(path, path.read_bytes())
    desk.pull()
    with pytest.raises(RefusedError):
        opened(desk)


def test_other_texts_in_an_archive_are_files_and_not_the_chat(desk: Desk) -> None:
    notes = "[1/1/26, 9:05:07] Marta: nunca dicho\r\n"
    desk.archive(
        ZIP, {"notes.txt": notes, "more/_chat.txt": notes, "_chat.txt": CHAT.format(PHOTO)}
    )
    desk.pull()
    assert "nunca dicho" not in desk.texts("Marta")


def test_an_android_archive_has_its_chat_by_name(desk: Desk) -> None:
    desk.archive(
        "export.zip",
        {"Chat de WhatsApp con Marta.txt": "13/11/26, 9:05 - Marta: hola\n", "b.txt": "nada"},
    )
    desk.pull()
    assert desk.texts("Marta") == ["hola"]


def test_what_inflates_beyond_all_measure_is_refused_unread(desk: Desk) -> None:
    desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO) + "\0" * 60_000_000})
    (told,) = desk.poll()
    assert "more than an exported chat can" in told
    assert desk.chats() == {}


def test_what_is_larger_than_it_says_is_refused(desk: Desk) -> None:
    path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO) + "x" * 3_000_000})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)
    desk.rewrite(path, bytes(data))
    (told,) = desk.poll()
    assert "damaged" in told
    assert desk.chats() == {}


def test_a_locked_archive_is_refused(desk: Desk) -> None:
    path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO)})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    desk.rewrite(path, bytes(data))
    (told,) = desk.poll()
    assert "locked with a password" in told


def test_an_archive_with_no_end_of_files_is_refused_by_its_count(desk: Desk) -> None:
    path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO)})
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 8 : end + 12] = b"\xff\xff\xff\xff"
    desk.rewrite(path, bytes(data))
    (told,) = desk.poll()
    assert "more than an exported chat can" in told


@pytest.mark.parametrize("part", range(24))
def test_an_archive_cut_anywhere_is_told_of_and_raises_nothing(desk: Desk, part: int) -> None:
    path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO), PHOTO: b"picture"})
    data = path.read_bytes()
    desk.rewrite(path, data[: len(data) * part // 24])
    told = desk.poll()
    assert len(told) == (1 if part else 0)
    assert desk.chats() == {}


def test_an_archive_in_an_archive_is_no_chat(desk: Desk) -> None:
    desk.archive("more.zip", {"WhatsApp Chat - Marta.zip": b"PK", "a.jpg": b""})
    (told,) = desk.poll()
    assert "no exported chat" in told


def test_a_damaged_file_in_a_good_archive_is_told_when_it_is_opened(desk: Desk) -> None:
    path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO), PHOTO: b"picture" * 99})
    desk.pull()
    data = bytearray(path.read_bytes())
    at = data.rindex(PHOTO.encode(), 0, data.index(b"PK\x01\x02")) + len(PHOTO)
    data[at : at + 4] = b"\xff\xff\xff\xff"
    desk.rewrite(path, bytes(data))
    with pytest.raises(RefusedError, match="damaged"):
        opened(desk)
