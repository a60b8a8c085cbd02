"""`save`: files of an item, fetched from the client's tool when she wants them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from connectors.base import Connector, Opener, Recaller
from connectors.errors import ConnectorError, RefusedError
from normalizer.actions import Enclosure
from normalizer.said import SaidError
from normalizer.text import file_name, fold
from store import files, raws, seen
from store.database import Database
from store.directory import ChannelKey
from store.files import Source
from store.views import AttachmentView, ItemView
from trastienda import config as configs
from trastienda import console
from trastienda.commands.show import no_item
from trastienda.context import Context
from trastienda.exits import Exit
from trastienda.pull import let_go
from triage import enclosures
from tui.lines import safe

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


class NoFileError(SaidError):
    """No file goes by this name, or it cannot be put where she wants it."""


def save(ctx: Context) -> int:
    """Fetch the files of an item, or those of a name, into a folder. None is written over."""
    with ctx.reader() as reader:
        item = reader.item(ctx.options.item)
    if item is None:
        raise no_item(ctx.options.item)
    wanted = _wanted(item, " ".join(ctx.options.file), ctx.options.file_id)
    folder = Path(ctx.options.to or ".").expanduser()
    if not folder.is_dir():
        raise NoFileError(
            "There is no folder {folder}. Make it, or name another.", folder=str(folder)
        )
    owner = enclosures.owner_of(folder.absolute() / "file", item.row.client, ctx.manner)
    if owner is not None:
        raise NoFileError(
            "{folder} is a folder of {owner}, and the file is of {client}. Name another with --to.",
            folder=str(folder), owner=owner, client=item.row.client,
        )  # fmt: skip
    saved: list[dict[str, object]] = []
    with ctx.database() as db:
        found = files.sources(db, [one.id for one in wanted])
        for one in wanted:
            places = found.get(one.id, [])
            path = _written(folder, one.name, _fetched(ctx, db, one, places))
            saved.append({"name": one.name, "path": str(path)})
            if not ctx.json:
                console.say(safe(str(path)))
            _note(db, places[0].key, one, path, ctx.now)
    if ctx.json:
        console.data({"files": saved})
    return Exit.OK


def _note(
    db: Database, key: ChannelKey, file: AttachmentView, path: Path, now: datetime
) -> None:  # fmt: skip
    """Remember whose it is, so that it goes to no other client unasked."""
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    one = Enclosure(
        name=file.name, media_type=file.media_type, sha256=sha256, size=path.stat().st_size
    )
    with db.write() as conn:
        seen.note(conn, key.client_id, [one], now)


def _wanted(item: ItemView, name: str, number: int | None) -> list[AttachmentView]:
    every = [*item.attachments, *(file for one in item.messages for file in one.attachments)]
    if number is not None:
        found = [one for one in every if one.id == number]
        if not found:
            raise NoFileError(
                "The file is no longer in item {number}. Open the item again.", number=item.row.id
            )
        return found
    shown = [one for one in every if not one.inline or name]
    taken = [one for one in shown if fold(name) in fold(one.name)]
    if taken:
        return taken
    if not shown:
        raise NoFileError("There is no file in item {number}.", number=item.row.id)
    raise NoFileError(
        "No file of item {number} is called “{name}”. There are: {names}.",
        number=item.row.id,
        name=name,
        names=", ".join(one.name for one in shown[:10]),
    )


def _fetched(
    ctx: Context, db: Database, file: AttachmentView, places: Iterable[Source]
) -> Iterator[bytes]:
    """Yield a file from the first place that has it. Raises what the last one says."""
    trouble: ConnectorError = RefusedError(
        "{name} is no longer at the client’s. What the message said of it stays here.",
        name=file.name,
    )
    for place in places:
        (channel,) = ctx.config.channels(place.client, place.channel)
        with contextlib.closing(_Let(configs.connect(channel))) as held:
            try:
                pieces = _opened(db, held.connector, place)
                first = next(pieces, b"")
            except RefusedError as error:  # another copy may still have it
                trouble = error
                continue
            yield first
            yield from pieces
            return
    raise trouble


@dataclass(frozen=True, slots=True)
class _Let:
    """A connector that is let go of at the end, without waiting for it."""

    connector: Connector

    def close(self) -> None:
        let_go(self.connector)


def _opened(db: Database, connector: Connector, place: Source) -> Iterator[bytes]:
    if not isinstance(connector, Opener):
        raise RefusedError(
            "Files of this channel cannot be fetched. Open them in the client’s own tool."
        )
    if isinstance(connector, Recaller):
        connector.recall(partial(raws.recall, db, place.key))
    return connector.open(place.copy, place.external_id)


def _written(folder: Path, name: str, pieces: Iterator[bytes]) -> Path:
    """Write a file under its own name, or a like one where that is taken; whole or not at all."""
    first = next(pieces)  # what cannot be fetched leaves no file behind
    try:
        path, handle = _made(folder, file_name(name).lstrip(". -") or "file")
    except OSError as error:
        raise _unwritten(folder, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(chain((first,), pieces))
    except BaseException as error:
        with contextlib.suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise _unwritten(folder, error) from None
        raise
    return path


def _made(folder: Path, name: str) -> tuple[Path, int]:
    stem, kind = Path(name).stem, Path(name).suffix
    for number in range(1, 1000):
        path = folder.absolute() / (name if number == 1 else f"{stem} ({number}){kind}")
        with contextlib.suppress(FileExistsError):
            return path, os.open(path, _NEW, 0o600)
    raise FileExistsError(17, os.strerror(17))


def _unwritten(folder: Path, error: OSError) -> NoFileError:
    return NoFileError(
        "No file can be written into {folder} ({reason}). Name another with --to.",
        folder=str(folder),
        reason=error.strerror or type(error).__name__,
    )
