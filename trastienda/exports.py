"""Exported chats that come by mail, put where the channel that reads them looks.

A client's mailbox and the folder it fills are the same client's: nothing crosses. What she mailed
herself is read like a file she dropped into the folder; from anybody else it waits till she says
that it is right, for whoever writes mail could otherwise write the past of a chat.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from connectors.base import Opener
from connectors.errors import ConnectorError
from store.database import Database
from store.directory import ChannelKey
from store.files import Enclosed, enclosed
from store.place import make_folder

log = logging.getLogger(__name__)

READS: Final = "whatsapp-export"
"""The kind of channel that reads exported chats."""

_NAMED: Final = "whatsapp"
"""What the app puts into the name of each export, whatever its language."""

_LONGEST_NAME: Final = 160
"""Bytes of a file's name: file systems take 255, and ours has more to it."""

_LARGEST: Final = 512 << 20
"""Bytes of the largest file that is fetched by itself."""


def gather(
    db: Database, key: ChannelKey, connector: Opener, folders: Sequence[Path]
) -> Iterator[None]:
    """Fetch what is not there yet, a step a file.

    One that cannot be had now is tried again with the next pull, and stops no other. Raises OSError
    at the end where one could not be written.
    """
    unwritten: OSError | None = None
    for one in enclosed(db, key, _NAMED):
        if Path(one.name).suffix.lower() not in {".txt", ".zip"}:
            continue
        try:
            missing = [folder for folder in folders if not (folder / _name(one)).exists()]
            if missing:
                _fetch(connector, one, missing)
        except ConnectorError as error:
            log.info("an exported chat in a mail could not be fetched: %s", error)
        except OSError as error:
            unwritten = error
        yield
    if unwritten is not None:
        raise unwritten


def _name(one: Enclosed) -> str:
    """Name a file after what it was called, and so that two that are called the same are two."""
    where = f"{one.copy.stream}/{one.copy.external_id}/{one.external_id}"
    mark = hashlib.blake2b(where.encode(), digest_size=4).hexdigest()
    path = Path(one.name)
    stem = path.stem.encode()[:_LONGEST_NAME].decode(errors="ignore")
    return f"{stem} [{mark}]{path.suffix.lower()}"


def _fetch(connector: Opener, one: Enclosed, folders: Sequence[Path]) -> None:
    sender = "" if one.hers else one.author.name or one.author.handle
    for folder in folders:
        pieces = _capped(connector.open(one.copy, one.external_id))
        try:
            bring(folder, _name(one), pieces, called=one.name, sender=sender, at=one.sent_at)
        except _TooLargeError:
            log.warning("an exported chat in a mail is larger than is fetched")
            return


class _TooLargeError(Exception):
    pass


def _capped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > _LARGEST:
            raise _TooLargeError
        yield piece


def bring(
    folder: Path, name: str, pieces: Iterable[bytes], *, called: str, at: datetime,
    sender: str = "", vouched: bool = False, date_order: str | None = None,
) -> None:  # fmt: skip
    """Put an export into a channel's folder, with what is known of it beside it, whole or not
    at all. Raises OSError, and what `pieces` raises.

    It counts as made `at`. Beside FILE lies FILE.json: `called` (what it was called), `sender` (who
    mailed it, where that was not she), `vouched` (she said whose it is), `date_order` where she
    said it.
    """
    make_folder(folder)
    told = {"called": called, "sender": sender, "vouched": vouched, "date_order": date_order}
    _write(folder / f"{name}.json", (json.dumps(told).encode(),), at)
    try:
        _write(folder / name, pieces, at)
    except BaseException:
        with contextlib.suppress(OSError):
            (folder / f"{name}.json").unlink()
        raise


def vouch(file: Path, date_order: str | None) -> None:
    """Note that she says of an export which lies there already that it is right. Raises OSError."""
    beside = file.with_name(f"{file.name}.json")
    try:
        told = json.loads(beside.read_bytes())
    except (FileNotFoundError, ValueError):
        told = {"called": file.name, "sender": ""}
    told |= {"vouched": True, "date_order": date_order}
    at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    _write(beside, (json.dumps(told).encode(),), at)


def _write(target: Path, pieces: Iterable[bytes], at: datetime) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.utime(part, (at.timestamp(), at.timestamp()))
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
