"""Archives of exported chats, from whoever: read in place, and nothing believed that they claim."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from connectors.errors import RefusedError
from connectors.whatsapp_files import content, found_at
from connectors.whatsapp_ledger import Ledger, dump, load
from normalizer.model import Ref
from normalizer.said import Said
from tests.connectors.whatsapp_desk import Desk

CHAT = "[13/11/26, 9:05:07] Marta: hola\r\n[13/11/26, 9:06:00] Marta: \u200e<adjunto: {}>\r\n"
TWO = "13/11/26, 9:05 - Marta: hola\n13/11/26, 9:06 - Luis: buenas\n"
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


@pytest.mark.parametrize(
    ("piece", "times"),
    [("\0", 60_000_000), ("\0", 20_000_000), (Random(1).randbytes(1_000).hex(), 26_000)],
    ids=["both", "packed too tightly", "too long"],
)
def test_what_inflates_beyond_all_measure_is_refused_unread(
    desk: Desk, piece: str, times: int
) -> None:
    desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO) + piece * times})
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


def test_an_archive_whose_two_ends_disagree_is_refused_by_the_longer_list(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)  # so that few files make both ends
    path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO)})
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(15_000):
            archive.writestr(f"{number:0300}", b"")
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    assert b"PK\x06\x06" in data[end - 76 : end]
    data[end + 8 : end + 20] = struct.pack("<HHLL", 2, 2, 100, 100)
    desk.rewrite(path, bytes(data))
    (told,) = desk.poll()
    assert "more than an exported chat can" in told


def test_an_archive_of_more_files_than_it_counts_is_refused(desk: Desk) -> None:
    path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO)})
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(20_000):
            archive.writestr(str(number), b"")
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 8 : end + 12] = struct.pack("<HH", 2, 2)
    desk.rewrite(path, bytes(data))
    (told,) = desk.poll()
    assert "more than an exported chat can" in told


@pytest.mark.parametrize("name", [ZIP, "Chat de WhatsApp con Marta.txt"])
def test_a_file_of_no_time_there_can_be_is_told_of_and_the_others_are_read(
    desk: Desk, name: str
) -> None:
    desk.text("Chat de WhatsApp con Ana.txt", TWO)
    if name == ZIP:
        path = desk.archive(ZIP, {"_chat.txt": CHAT.format(PHOTO)})
    else:
        path = desk.text(name, CHAT.format(PHOTO))
    os.utime(path, (2**33, 2**33))
    desk.pull()
    assert [one for one in desk.poll() if one.startswith(f"{name} cannot be read")]
    assert list(desk.chats()) == ["Ana"]


@pytest.mark.parametrize("when", [2.0**38, 253_402_300_799.0, 1e300, -(2.0**36), -62_135_596_800.0])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Lima"])
def test_no_time_of_a_file_whatever_raises_anything_else(
    desk: Desk, when: float, zone: str
) -> None:
    path = desk.text("Chat de WhatsApp con Ana.txt", TWO)
    with pytest.raises(RefusedError):
        content(replace(found_at(path, ""), changed=when), ZoneInfo(zone))


def test_a_text_was_made_by_her_clock_and_not_by_the_machines(tmp_path: Path) -> None:
    path = tmp_path / "Chat de WhatsApp con Marta.txt"
    path.write_text(CHAT.format(PHOTO))
    at = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    os.utime(path, (at.timestamp(), at.timestamp()))
    made = {
        zone: content(found_at(path, ""), ZoneInfo(zone)).made.isoformat()
        for zone in ("Asia/Tokyo", "America/Lima")
    }
    assert made == {"Asia/Tokyo": "2026-11-24T05:00:00", "America/Lima": "2026-11-23T15:00:00"}


def test_what_cannot_be_shown_in_a_chats_name_is_marked_once(desk: Desk) -> None:
    desk.text("Chat de WhatsApp con Ana\x1b\u2066⧼.txt", TWO)
    (told,) = desk.poll()
    assert "the chat Ana␛⧼29FC⧽ is called" in told
    assert list(desk.chats()) == ["Ana␛⧼29FC⧽"]
    desk.set(chats=())
    desk.text("Chat de WhatsApp con Eva\x1b.txt", TWO + TWO)
    assert any("Whose chat is Eva␛?" in one for one in desk.poll())


def test_the_cursor_stays_short_however_many_files_came_instead_of_others() -> None:
    ledger = Ledger(
        read=[f"{n:010}" for n in range(1_000)],
        texts=[f"{n:010}" for n in range(1_000)],
        waiting={f"{n:010}": Said("Look.", (("path", "a" * 300),)) for n in range(1_000)},
    )
    cursor = dump(ledger)
    assert len(cursor) < 16_384
    assert load(cursor).read[-1] == load(cursor).texts[-1] == "0000000999"
    assert list(load(cursor).waiting) == [f"{n:010}" for n in range(500, 1_000)]


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
