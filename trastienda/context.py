"""What every command starts from: the home, the config, and what is remembered."""

from __future__ import annotations

import argparse
import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.errors import ConfigError
from store.errors import StoreError
from trastienda import config as configs
from trastienda import logs, zones
from trastienda.config import Config
from trastienda.home import Home

if TYPE_CHECKING:
    from store.database import Database
    from store.reader import Reader
    from triage.profile import Manner
    from tui.first import First
    from tui.setup import Taste


class NoConfigError(ConfigError):
    """Nothing has been set up in this home."""


@dataclass(frozen=True)
class Context:
    """One run of one command."""

    home: Home
    options: argparse.Namespace
    language: str
    first: First | None = None
    """Rows that stand on the terminal already."""

    @property
    def json(self) -> bool:
        """Whether a program reads what we say."""
        return bool(getattr(self.options, "json", False))

    @property
    def may_ask(self) -> bool:
        """Whether the VA is there to be asked."""
        return not getattr(self.options, "no_input", False)

    @cached_property
    def now(self) -> datetime:
        """When this run began."""
        return datetime.now(UTC)

    @cached_property
    def config(self) -> Config:
        """The config. Raises ConfigFileError, or NoConfigError where there is none."""
        if not self.home.config.exists():
            raise NoConfigError(
                "There is no config yet. Write {file} after config.example.toml, or run "
                "“trastienda demo” to look around first.",
                file=str(self.home.config),
            )
        return configs.load(self.home.config, imports=self.home.imports)

    @property
    def configured(self) -> bool:
        """Whether this home has a config, right or wrong."""
        return self.home.config.exists()

    @cached_property
    def target(self) -> str:
        """Where things are remembered. A home without a config may still hold a demo's data."""
        if not self.configured and self.home.database.exists():
            return str(self.home.database)
        return self.config.database.url or str(self.home.database)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone she lives in."""
        if self.configured:
            return ZoneInfo(self.config.va.timezone)
        return ZoneInfo(zones.system_zone())

    @property
    def manner(self) -> Manner:
        """How she works with each client, as the config says; nothing particular without one."""
        from trastienda import profiles  # noqa: PLC0415 - not every command writes

        if not self.configured:
            return profiles.NONE
        return profiles.manner(self.config, self.home, self.language)

    @property
    def taste(self) -> Taste:
        """How she likes the screen."""
        from tui.setup import Taste  # noqa: PLC0415 - not every command opens the screen

        return (self.config.screen if self.configured else None) or Taste()

    @property
    def keymap(self) -> Mapping[str, tuple[str, ...]]:
        """The keys that she has changed. Raises ConfigFileError."""
        if not self.home.keys.exists():
            return {}
        from trastienda import keymap  # noqa: PLC0415 - few have the file

        return keymap.read(self.home.keys, self.taste.keys)

    def leave(self) -> None:
        """Take the rows off the terminal: something else is to be said on it."""
        if self.first is not None:
            self.first.leave()

    def log(self, name: str) -> None:
        """Log to a file of the home from now on; where it cannot be written, nowhere."""
        debug = bool(getattr(self.options, "debug", False))
        with contextlib.suppress(OSError):
            logs.log_to(self.home.logs, name, debug=debug)

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """Open what is remembered, made or brought up to date first. Raises StoreError."""
        target = self.target
        self.home.create()
        from store.database import open_database  # noqa: PLC0415 - brings SQLAlchemy

        database = open_database(target, backup_dir=self.home.backups)
        try:
            yield database
        finally:
            database.close()

    @contextlib.contextmanager
    def reader(self) -> Iterator[Reader]:
        """Open it for reading only, made or brought up to date first. Raises StoreError."""
        from store.reader import Reader  # noqa: PLC0415 - brings the driver

        try:
            reader = Reader(self.target)
        except StoreError as error:
            absent = self.target == str(self.home.database) and not self.home.database.exists()
            # StoreError itself is an older schema, or an empty server.
            if type(error) is not StoreError and not absent:
                raise
            with self.database():
                reader = Reader(self.target)
        try:
            yield reader
        finally:
            reader.close()


def quiet_logs() -> None:
    """Keep every library's log lines off the terminal, until a file takes them; and what is raised
    where nobody catches it, in a stranger's thread, too.
    """
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    logs.take_uncaught()
