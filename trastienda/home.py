"""Where everything of one VA lies on this computer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from normalizer.said import SaidError
from store.place import make_folder

VARIABLE = "TRASTIENDA_HOME"


class HomeError(SaidError):
    """A folder of ours cannot be made or written."""


class Home(NamedTuple):
    """The paths of one home. None of them need exist before `create`."""

    config: Path
    """config.toml"""

    database: Path
    """The SQLite file, unused where the config names a database server."""

    logs: Path
    cache: Path
    """Can be deleted at any time."""

    backups: Path
    imports: Path
    """What was brought to a channel by hand, in CLIENT/CHANNEL; made when the first comes."""

    files: Path
    """What she saved from the screen, in CLIENT, where a client has no folder of its own."""

    lock: Path
    """Held by the one engine of this home for as long as it runs."""

    @classmethod
    def at(cls, folder: Path) -> Self:
        """Keep everything in one folder, which can be carried elsewhere whole."""
        folder = folder.expanduser().absolute()
        return cls(
            config=folder / "config.toml",
            database=folder / "trastienda.db",
            logs=folder / "logs",
            cache=folder / "cache",
            backups=folder / "backups",
            imports=folder / "imports",
            files=folder / "files",
            lock=folder / "engine.lock",
        )

    @classmethod
    def of_platform(cls) -> Self:
        """Spread over the folders that this platform wants for each thing."""
        import platformdirs  # noqa: PLC0415 - not needed where --home is given

        dirs = platformdirs.PlatformDirs("trastienda", appauthor=False)
        data = dirs.user_data_path
        return cls(
            config=dirs.user_config_path / "config.toml",
            database=data / "trastienda.db",
            logs=dirs.user_log_path,
            cache=dirs.user_cache_path,
            backups=data / "backups",
            imports=data / "imports",
            files=data / "files",
            lock=data / "engine.lock",
        )

    @property
    def keys(self) -> Path:
        """Where she says which keys do what, if she does."""
        return self.config.parent / "keys.toml"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder that must exist before anything is written."""
        wanted = (self.config.parent, self.database.parent, self.logs, self.cache, self.backups)
        return tuple(dict.fromkeys(wanted))

    def look(self) -> None:
        """Make sure that what is there can be seen. Raises HomeError."""
        for path in (self.config, self.database, self.lock):
            try:
                path.exists()
            except OSError as error:
                raise HomeError(
                    "The folder {folder} cannot be looked into ({reason}). Make it yours again,"
                    " or choose another one with --home.",
                    folder=str(path.parent),
                    reason=error.strerror or type(error).__name__,
                ) from error

    def create(self) -> None:
        """Make the folders that are missing, for their owner only.

        A folder that is already there keeps its permissions: it may be shared on purpose, and
        every file of ours is private by itself. Raises HomeError.
        """
        for folder in self.folders:
            try:
                make_folder(folder)
            except OSError as error:
                raise HomeError(
                    "The folder {folder} cannot be made ({reason}). Choose another one with"
                    " --home.",
                    folder=str(folder),
                    reason=error.strerror or type(error).__name__,
                ) from error


def find(option: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Home:
    """Choose the home: what --home says, else TRASTIENDA_HOME, else the platform's folders."""
    chosen = option or (os.environ if environ is None else environ).get(VARIABLE)
    return Home.at(Path(chosen)) if chosen else Home.of_platform()
