"""A mailbox's folders: what they are called, what they are for, and which of them are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import quote, unquote

from connectors.imap_answers import Value, number_of, pairs, parse, text_of
from connectors.imap_wire import Data, Wire, decoded, quoted

_ROLES = {
    "\\sent": "sent",
    "\\junk": "junk",
    "\\trash": "trash",
    "\\drafts": "drafts",
    "\\all": "all",
    "\\flagged": "view",
    "\\important": "view",
}
_USUAL = {
    "sent": ("sent", "sent items", "sent messages", "sent mail", "enviados", "elementos enviados",
             "correo enviado", "mensajes enviados"),
    "junk": ("junk", "spam", "junk e-mail", "junk email", "bulk mail", "correo no deseado",
             "no deseado"),
    "trash": ("trash", "deleted", "deleted items", "deleted messages", "papelera",
              "elementos eliminados", "bin"),
    "drafts": ("drafts", "draft", "borradores", "borrador"),
}  # fmt: skip
_BY_NAME = {name: role for role, names in _USUAL.items() for name in names}
_UNREAD = frozenset({"junk", "trash", "drafts", "all", "view"})
_T = TypeVar("_T")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_UNSAFE = re.compile("[%;\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One folder as the server lists it."""

    raw: bytes
    """Its name as the server spells it: the only spelling ever sent back."""

    name: str
    role: str = ""
    """"inbox", "sent", "junk", "trash", "drafts", "all", "view", or nothing in particular."""

    validity: int = 0
    """UIDVALIDITY, where LIST already told (RFC 5819)."""

    mark: str = ""
    """What `State.mark` is made of, where LIST already told."""


def keeps_modseq(wire: Wire) -> bool:
    """Say whether the server numbers its changes (RFC 7162)."""
    return bool(wire.capabilities & {"CONDSTORE", "QRESYNC"})


def listed(wire: Wire) -> list[Folder]:
    """Ask for all folders, with their state where one command can do both. One round trip.

    A folder whose line cannot be read, or whose name could not be sent back, is left out.
    """
    can = wire.capabilities
    words = [b"LIST", b'""', b'"*"']
    if {"LIST-EXTENDED", "LIST-STATUS"} <= can:
        what = b"MESSAGES UIDNEXT UIDVALIDITY" + (b" HIGHESTMODSEQ" if keeps_modseq(wire) else b"")
        use = b"SPECIAL-USE " if "SPECIAL-USE" in can else b""
        # Of a folder that is open, Dovecot tells what it was, even when it was deleted since.
        if wire.selected == b"INBOX":
            wire.command(b"NOOP")
        elif wire.selected:
            wire.command(b"EXAMINE INBOX")
            wire.selected = b"INBOX"
        words.append(b"RETURN (" + use + b"STATUS (" + what + b"))")
    answer = wire.command(*words)
    status = dict(_each(answer.named(b"STATUS"), _status))
    found = {folder.raw: folder for folder in _each(answer.named(b"LIST"), _folder)}
    folders = [
        replace(folder, validity=status[folder.raw][0], mark=status[folder.raw][1])
        if folder.raw in status
        else folder
        for folder in found.values()
    ]
    announced = {folder.role for folder in folders}
    return [
        replace(folder, role="") if folder.role.startswith("?") and folder.role[1:] in announced
        else replace(folder, role=folder.role.removeprefix("?"))
        for folder in folders
    ]  # fmt: skip


def _each(answers: Iterable[Data], read: Callable[[list[Value]], _T | None]) -> Iterator[_T]:
    for data in answers:
        try:
            value = read(parse(data.parts))
        except ValueError:
            continue
        if value is not None:
            yield value


def _folder(values: list[Value]) -> Folder | None:
    flags, delimiter, raw = values[0], values[1], text_of(values[2]) if len(values) > 2 else b""
    if not isinstance(flags, list) or not raw or _CONTROL.search(raw):
        return None
    uses = {text_of(flag).decode("ascii", "replace").lower() for flag in flags}
    if uses & {"\\noselect", "\\nonexistent"}:
        return None
    if raw.upper() == b"INBOX":
        return Folder(raw=raw, name="INBOX", role="inbox")
    name = decoded(raw)
    last = name.rpartition(delimiter.decode("latin-1"))[2] if isinstance(delimiter, bytes) else name
    guess = _BY_NAME.get(last.casefold())
    role = next(
        (_ROLES[use] for use in sorted(uses) if use in _ROLES), f"?{guess}" if guess else ""
    )
    return Folder(raw=raw, name=name, role=role)


def _status(values: list[Value]) -> tuple[bytes, tuple[int, str]] | None:
    if len(values) < 2:
        return None
    told = pairs(values[1])
    mark = mark_of(told.get(b"UIDNEXT"), told.get(b"MESSAGES"), told.get(b"HIGHESTMODSEQ"))
    return text_of(values[0]), (number_of(told.get(b"UIDVALIDITY")), mark)


def mark_of(uidnext: Value, messages: Value, modseq: Value) -> str:
    """Spell what a folder's state is told apart by; equal marks mean that nothing happened."""
    return "/".join(
        value.decode("ascii", "replace")[:30] if isinstance(value, bytes) else ""
        for value in (uidnext, messages, modseq)
    )


def chosen(folders: Sequence[Folder], wanted: Sequence[str]) -> tuple[list[Folder], list[str]]:
    """Apply the setting `folders`: those to read, INBOX and Sent first, and names nobody has.

    A name is a folder, "*" is all but Junk, Trash, Drafts and views of other folders, "!name"
    is never. What she sent is read too, or the queue would not know what she has answered.
    """
    never = {name[1:].casefold() for name in wanted if name.startswith("!")}
    names = {name.casefold(): name for name in wanted if not name.startswith("!")}
    every = names.pop("*", None) is not None
    taken = []
    for folder in folders:
        spelt = folder.name.casefold()
        if spelt in never or (folder.role == "sent" and "sent" in never):
            continue
        if spelt in names or folder.role == "sent" or (every and folder.role not in _UNREAD):
            taken.append(folder)
    there = {folder.name.casefold() for folder in folders}
    first = {"inbox": 0, "sent": 1}
    taken.sort(key=lambda folder: (first.get(folder.role, 2), folder.name))
    return taken, [name for spelt, name in names.items() if spelt not in there]


def prefix(name: str, validity: int) -> str:
    """Spell what all locations in a folder begin with: `<folder>;<uidvalidity>;`."""
    spelt = _UNSAFE.sub(lambda found: quote(found[0].encode("utf-8", "surrogatepass")), name)
    return f"{spelt};{validity};"


def place_of(location: str) -> tuple[str, int, int]:
    """Read folder, UIDVALIDITY and UID of a location. Raises ValueError where it is none."""
    spelt, validity, uid = location.rsplit(";", 2)
    return unquote(spelt, errors="surrogatepass"), int(validity), int(uid)


def spelt(folder: Folder) -> bytes:
    """Quote a folder's name for a command."""
    return quoted(folder.raw)
