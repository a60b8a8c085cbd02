"""What is fetched of a large mail: what can be read of it, and no file that hangs from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from connectors.imap_answers import Value
from normalizer.mime import is_said

Part: TypeAlias = "dict[str, Any]"
"""As `imap_answers.structure` tells it."""

_PIECE = 64 << 10
_HEADER = 16 << 10
_ROOM = 512 << 10
_MOST = 40


def asked(parts: Sequence[Part]) -> dict[str, int]:
    """Return which sections of a mail to fetch, and how many bytes of each at most.

    At most 40 sections and 512 KiB. Plain text comes before HTML, which is wanted all the same:
    whoever reads chooses between the two, and HTML tells which pictures stand in it. Numbers are
    round, so that many mails are asked for the same and fetched with one command.
    """
    wanted: dict[str, int] = {}
    room = _ROOM
    for part in sorted(_read(parts), key=lambda each: bool(each["type"] == "text/html"))[:_MOST]:
        most, size = _PIECE, _PIECE if part["size"] is None else part["size"]
        if part["mail"]:
            most = size = _HEADER
        while most < min(size, room):
            most *= 2
        most = min(most, room)
        if most:
            wanted[_section(part)] = most
            room -= min(most, size)
    return wanted


def spelt(wanted: Mapping[str, int]) -> bytes:
    """Spell the items of a FETCH that asks for `wanted`."""
    items = (f" BODY.PEEK[{section}]<0.{most}>" for section, most in wanted.items())
    return f"(UID{''.join(items)})".encode()


def kept(
    parts: Sequence[Part], wanted: Mapping[str, int], told: Mapping[bytes, Value]
) -> tuple[bytes, list[Part]]:
    """Return what came of a mail, end to end, and its parts as `mime.described` wants them.

    Whatever should have come and did not is marked as cut.
    """
    came = {
        name[5 : name.find(b"]")].decode("ascii", "replace"): value
        for name, value in told.items()
        if name.startswith(b"BODY[") and isinstance(value, bytes)
    }
    read = {part["id"] for part in _read(parts)}
    pieces: list[bytes] = []
    described: list[Part] = []
    for part in parts:
        about = {key: value for key, value in part.items() if value or key == "size"}
        about.pop("mail", None)
        described.append(about)
        if part["id"] not in read:
            continue
        section = _section(part)
        most = wanted.get(section, 0)
        piece = came.get(section, b"")[:most]
        pieces.append(piece)
        about["held"] = len(piece)
        short = len(piece) >= most or section not in came
        if short and not part["mail"] and part["size"] != len(piece):
            about["cut"] = True
    return b"".join(pieces), described


def _read(parts: Sequence[Part]) -> list[Part]:
    """Choose what is read: the words, the first calendar, and headers of mails within the mail."""
    calendar = next((p for p in parts if p["type"] == "text/calendar" and not p["within"]), None)
    return [
        part
        for part in parts
        if part is calendar
        or part["mail"]
        or is_said(part["type"], part["disposition"], part["name"])
    ]


def _section(part: Part) -> str:
    return f"{part['id']}.HEADER" if part["mail"] else str(part["id"])
