"""The files that hold exported chats: found in a folder, and read without unpacking anything.

A file may come from anybody. Nothing of an archive is written to disk, no path in it is used, and
whatever claims to be larger than a chat can be is refused before it is read.
"""

from __future__ import annotations

import contextlib
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from connectors.errors import ConfigError, RefusedError
from normalizer.raw import digest_of
from normalizer.text import file_name, line
from normalizer.whatsapp_body import chat_name

_LARGEST_TEXT: Final = 50_000_000
"""Bytes: forty thousand messages, which is all that an export holds, are a tenth of it mostly."""

_LARGEST_FILE: Final = 2_500_000_000
"""Bytes of one file in an export; WhatsApp sends none above 2 GB."""

_LONGEST_NAME: Final = 120
_YEARS: Final = range(1970, 2200)
_MOST_MEMBERS: Final = 20_000
_LONGEST_LIST: Final = 4_000_000
"""Bytes of the list of files in an archive."""

_MOST_RATIO: Final = 1_000
_SMALL: Final = 16_000_000
"""Bytes up to which it does not matter how much a file was compressed."""

_PIECE: Final = 1 << 16
_ENDS: Final = re.compile(
    rb"(?=PK\x05\x06.{6}(?P<count>..)(?P<length>.{4})|PK\x06\x06.{36}(?P<length64>.{8}))",
    re.DOTALL,
)
"""What says at the end of an archive how many files it holds and how long their list is, in
either form. A zip may carry both, and either may lie."""

_KNOWN: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN: Final = (
    OSError, ValueError, OverflowError, EOFError, NotImplementedError, RuntimeError, zlib.error,
    zipfile.BadZipFile, struct.error,
)  # fmt: skip
_COUNTED: Final = re.compile(r"^\d{6,10}-")


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a file besides its name: who brought it, and what she said of it."""

    called: str = ""
    sender: str = ""
    """Who mailed it, where that was not she."""

    vouched: bool = False
    order: str = ""
    chat: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be an export."""

    path: Path
    size: int
    changed: float
    """When it last changed, in seconds since 1970."""

    told: Told = Told()

    @property
    def called(self) -> str:
        """The name that whoever made it gave it."""
        return self.told.called or self.path.name

    @property
    def shown(self) -> str:
        """Its name, to be shown."""
        return file_name(self.called, 80)

    @property
    def mark(self) -> str:
        """Tell it from every other, and from itself when it changes."""
        what = f"{self.path}|{self.size}|{self.changed:.3f}|{self.told}"
        return digest_of(what.encode("utf-8", "surrogateescape")).hex()[:10]


@dataclass(frozen=True, slots=True)
class Content:
    """What an export holds, not yet taken apart."""

    data: bytes
    named: str
    """Whose chat it is, by the names that the app gave, untouched; "" where they do not say."""

    made: datetime
    """When, by the clock of whoever made it."""

    changed: datetime
    """When the file last changed, by her clock: nothing in it is later."""


def listing(folder: Path, *, told: bool) -> list[Found]:
    """List what may be an export in a folder, the oldest first. Raises OSError.

    `told`: beside a file may lie what is known of it. What is still being fetched is left out.
    """
    found = []
    names = {one.name for one in folder.iterdir()}
    for name in names:
        path = folder / name
        unfinished = {f"{name}.part", f"{name}.crdownload", f"{name}.download"} & names
        if name.startswith((".", "~")) or path.suffix.lower() not in {".txt", ".zip"} or unfinished:
            continue
        try:
            seen = path.stat()
        except OSError:
            continue
        if stat.S_ISREG(seen.st_mode) and seen.st_size:
            beside = _told(folder / f"{name}.json") if told and f"{name}.json" in names else Told()
            found.append(Found(path, seen.st_size, seen.st_mtime, beside))
    return sorted(found, key=lambda one: (one.changed, one.path.name))


def found_at(path: Path, intake: str) -> Found:
    """Look at one file, wherever it lies. Raises OSError."""
    seen = path.stat()
    known = bool(intake) and path.absolute().parent == Path(intake).absolute()
    told = _told(path.with_name(f"{path.name}.json")) if known else Told()
    return Found(path, seen.st_size, seen.st_mtime, told)


def content(file: Found, zone: tzinfo) -> Content:
    """Read the text of an export. `zone` is hers. Raises RefusedError where it is none, or no good
    one.
    """
    called = file.told.chat or chat_name(file.called) or ""
    try:
        changed = _changed(file, zone)
        if file.path.suffix.lower() == ".zip":
            with _archive(file) as archive:
                member = _text_of(file, archive)
                data = b"".join(_pieces(file, archive, member, _LARGEST_TEXT))
                inner = chat_name(_base(member.filename)) or ""
                made = datetime(*member.date_time)  # noqa: DTZ001  the phone's own
                return Content(data, (called or inner)[:_LONGEST_NAME], made, changed)
        if file.size > _LARGEST_TEXT:
            raise too_large(file)
        return Content(file.path.read_bytes(), called[:_LONGEST_NAME], changed, changed)
    except _BROKEN:
        raise _broken(file) from None


def _changed(file: Found, zone: tzinfo) -> datetime:
    """Give the time of a file as her clock showed it. Raises ValueError or OverflowError where no
    export can be of that time: anything may stand there.
    """
    changed = datetime.fromtimestamp(file.changed, zone).replace(tzinfo=None)
    if changed.year not in _YEARS:
        raise ValueError(changed)
    return changed


def media(file: Found, wanted: str) -> Iterator[bytes] | None:
    """Stream one file of an export by its name; None where the export has it not.

    What an iPhone counts anew in every export is no part of the name.
    """
    if file.path.suffix.lower() != ".zip":
        return None
    try:
        archive = _archive(file)
    except (RefusedError, *_BROKEN):
        return None
    named = [one for one in _members(archive) if stable(one.filename) == stable(wanted)]
    exact = [one for one in named if _base(one.filename) == wanted]
    if not named:
        archive.close()
        return None
    return _streamed(file, archive, (exact or named)[0])


def _streamed(file: Found, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive:
        try:
            yield from _pieces(file, archive, member, _LARGEST_FILE)
        except _BROKEN:
            raise _broken(file) from None


def _told(path: Path) -> Told:
    try:
        value: Any = json.loads(path.read_bytes()[:10_000])
        return Told(
            called=_word(value.get("called")),
            sender=line(_word(value.get("sender")), 80),
            vouched=value.get("vouched") is True,
            order=_word(value.get("date_order")),
            chat=_word(value.get("chat")),
        )
    except (OSError, ValueError, AttributeError, RecursionError):
        return Told()


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _archive(found: Found) -> zipfile.ZipFile:
    """Open an archive whose list of files is no larger than an export's can be."""
    with found.path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 66_000))
        tail = file.read()
    for end in re.finditer(_ENDS, tail):
        count, length, length64 = (int.from_bytes(one or b"", "little") for one in end.groups())
        if count > _MOST_MEMBERS or max(length, length64) > _LONGEST_LIST:
            raise too_large(found)
    archive = zipfile.ZipFile(found.path)
    if len(archive.infolist()) > _MOST_MEMBERS:
        archive.close()
        raise too_large(found)
    return archive


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """List the plain files of an archive, each name once; nothing with a path that leads out."""
    found: dict[str, zipfile.ZipInfo] = {}
    for one in sorted(archive.infolist(), key=_depth):
        name = one.filename
        parts = name.replace("\\", "/").split("/")
        leads_out = name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0][:2]
        link = stat.S_ISLNK(one.external_attr >> 16)
        if one.is_dir() or leads_out or link or one.flag_bits & 1:
            continue
        if one.compress_type in _KNOWN:
            found.setdefault(_base(name).casefold(), one)
    return list(found.values())


def _text_of(file: Found, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Choose the chat itself: people send each other text files too."""
    if any(one.flag_bits & 1 for one in archive.infolist()):
        raise RefusedError(
            "{file} is locked with a password, which WhatsApp does not do. It was not read.",
            file=file.shown,
        )
    texts = [one for one in _members(archive) if _base(one.filename).lower().endswith(".txt")]
    shallowest = min(map(_depth, texts), default=0)
    texts = [one for one in texts if _depth(one) == shallowest]
    named = [one for one in texts if _base(one.filename).lower() == "_chat.txt"] or [
        one for one in texts if chat_name(_base(one.filename)) is not None
    ]
    best = named or texts
    if len(best) != 1:
        raise no_export(file)
    return best[0]


def _pieces(
    found: Found, archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int
) -> Iterator[bytes]:
    """Inflate a member, for at most what it says it holds."""
    large = member.file_size > _SMALL
    if member.file_size > most or (
        large and member.file_size > _MOST_RATIO * max(1, member.compress_size)
    ):
        raise too_large(found)
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            yield piece


def _depth(member: zipfile.ZipInfo) -> int:
    return member.filename.count("/")


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def stable(name: str) -> str:
    """Give the part of a file's name that stays: an iPhone counts anew in every export."""
    return _COUNTED.sub("", _base(name))


def no_export(file: Found) -> RefusedError:
    """Say that a file is something else."""
    return RefusedError("{file} is no exported chat of WhatsApp.", file=file.shown)


def too_large(file: Found) -> RefusedError:
    """Say that a file was not read for its size."""
    return RefusedError(
        "{file} holds more than an exported chat can. It was not read.", file=file.shown
    )


def _broken(file: Found) -> RefusedError:
    return RefusedError(
        "{file} cannot be read: it is damaged, or not all of it came. Export the chat once more.",
        file=file.shown,
    )


def found_in(folder: str, intake: str) -> tuple[list[Found], ConfigError | None]:
    """List the files of both folders; gives also what is wrong with hers. The other one is there
    as soon as there is something in it.
    """
    if not folder and not intake:
        return [], ConfigError("Write in the config, as folder, where your exported chats lie.")
    found: list[Found] = []
    trouble = None
    with contextlib.suppress(OSError):
        found += listing(Path(intake), told=True) if intake else []
    try:
        found += listing(Path(folder).expanduser(), told=False) if folder else []
    except (OSError, RuntimeError):
        trouble = ConfigError(
            "There is no folder {folder} that can be read. Create it, or write in the config where"
            " your exported chats lie. Nothing was closed.",
            folder=line(folder, 200),
        )
    return found, trouble
