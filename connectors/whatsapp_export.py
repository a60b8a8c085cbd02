"""Chats that WhatsApp exported, from a folder of hers: read, and never written.

Nothing is asked of WhatsApp, and nothing is sent: an answer is laid ready for her to send.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from connectors.base import Account, Batch, Cursor, Kept, Look
from connectors.errors import ConfigError, RefusedError
from connectors.whatsapp_chats import Chats, digits, key_of
from connectors.whatsapp_clock import Clock, on_wall, spelled
from connectors.whatsapp_files import Found, content, found_at, found_in, media, stable
from connectors.whatsapp_ledger import Ledger, load
from connectors.whatsapp_pull import Pull, Settings
from normalizer import versions
from normalizer.model import Record, Ref
from normalizer.raw import Raw
from normalizer.said import Said
from normalizer.text import line
from normalizer.whatsapp_lines import DateOrder, Line, NoExportError, decode, read


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsappConfig:
    """One client's exported chats."""

    folder: str = ""
    """Where she puts the exports, .txt or .zip; "~" is her home. Folders in it are not read."""

    chats: tuple[str, ...] = ()
    """The chats of this client, by their names on the phone; "*" is whatever lies in the folder."""

    name: str = ""
    """What she is called in the exports: what that name wrote, she wrote."""

    numbers: tuple[str, ...] = ()
    """Who has which number, for answering: "Lola = +34 600 11 22 33"."""

    timezone: str = ""
    """The zone of her phone, as "Europe/Madrid"."""

    intake: str = ""
    """A second folder, for what is imported by hand and what comes by mail."""

    others: tuple[str, ...] = ()
    """The chats in the folder that are other clients': they are none of this one's."""

    def __post_init__(self) -> None:
        for one in self.numbers:
            name, equals, number = one.rpartition("=")
            if not (equals and name.strip() and digits(number)):
                raise ConfigError(
                    "{entry} must be a name and a number with its country:"
                    " “Lola = +34 600 11 22 33”.",
                    entry=line(one, 60),
                )


class WhatsappExportConnector:
    """One client's exported chats. Holds nothing open."""

    kind: ClassVar[str] = "whatsapp-export"
    version: ClassVar[int] = versions.WHATSAPP
    Config: ClassVar[type[WhatsappConfig]] = WhatsappConfig

    def __init__(self, config: WhatsappConfig, *, now: Callable[[], float] = time.time) -> None:
        self._config, self._now = config, now
        self._kept: Kept = _nothing
        self._requests = 0

    @property
    def requests(self) -> int:
        """Files read so far."""
        return self._requests

    def recall(self, kept: Kept) -> None:
        """Be told how to look up what is kept."""
        self._kept = kept

    def check(self) -> Account:
        """Look whether the folder is there, and name the chats that lie in it."""
        Clock(self._config.timezone)
        files, trouble = found_in(self._config.folder, self._config.intake)
        if trouble is not None:
            raise trouble
        told = dict.fromkeys(line(one, 60) for one in self._config.chats)
        return Account(
            name=line(self._config.name, 60) or "WhatsApp",
            handles=frozenset(filter(None, [line(self._config.name).lower()])),
            places=tuple(told) or tuple(file.shown for file in files[-20:]),
            rights=(Said("Nothing is sent from here: answers are laid ready for you to send."),),
        )

    def look(self, file: Path) -> Look:
        """Say what a file is, before it is imported: whose chat, and whether the order of its
        dates has to be told. Raises RefusedError where it is no export.
        """
        try:
            found = found_at(file, self._config.intake)
        except OSError:
            raise RefusedError("There is no file {file}.", file=line(str(file), 200)) from None
        if not file.is_file():
            raise RefusedError("{file} is no file.", file=line(str(file), 200))
        return self._pulled(load(None)).look(found)

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what files that are new tell, file by file, of each the newest lines first."""
        pull = self._pulled(load(cursor))
        try:
            yield from pull.batches()
        finally:
            self._requests += pull.requests

    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        """Yield the bytes of a file in an export, from the newest that has it."""
        files, _ = found_in(self._config.folder, self._config.intake)
        for file in sorted(files, key=lambda one: one.changed, reverse=True):
            if copy.stream == "line" and self._shows(file, copy.external_id, attachment):
                found = media(file, attachment)
                if found is not None:
                    yield from found
                    return
        raise RefusedError(
            "This file is in none of the exported chats that lie in the folder. Export the chat"
            " with its media, put the .zip there, and try again."
        )

    def close(self) -> None:
        """Nothing is held open."""

    @staticmethod
    def normalise(raw: Raw) -> Iterable[Record]:
        """Put one record of an exported chat in our words."""
        from normalizer import whatsapp  # noqa: PLC0415  # not needed to fetch

        return whatsapp.normalise(raw)

    def _pulled(self, ledger: Ledger) -> Pull:
        config, clock = self._config, Clock(self._config.timezone)
        settings = Settings(
            folder=config.folder, intake=config.intake, chats=config.chats,
            name=line(config.name), numbers=config.numbers, others=config.others,
        )  # fmt: skip
        return Pull(settings, Chats(self._kept, clock), clock, ledger, self._now())

    def _shows(self, file: Found, line_id: str, attachment: str) -> bool:
        """Tell whether a file is an export of the chat of a line: other clients' exports may lie
        in the same folder, with files of the same names.
        """
        key, _, rest = line_id.partition("/")
        if file.path.suffix.lower() != ".zip" or not rest:
            return False
        clock = Clock(self._config.timezone)
        try:
            held = content(file, clock.zone)
        except RefusedError:
            return False
        if key_of(held.named) == key:
            return True
        minute = rest.partition("/")[0]
        return any(
            spelled(clock.utc(on_wall(one.at))).startswith(minute)
            and stable(attachment) in one.body
            for order in DateOrder
            for one in _lines(decode(held.data), order)
        )


def _lines(text: str, order: DateOrder) -> Sequence[Line]:
    try:
        return read(text, order=order).lines
    except NoExportError:
        return ()


def _nothing(_stream: str, _prefix: str) -> Iterable[Raw]:
    return ()
