"""What the first rows are drawn with, kept in the cache since her config was last read.

Reading the config takes three times as long as reading and drawing the rows. It is read all the
same, after them; what is kept here counts only while config, keys, this program and the
computer's time zone are the very files they were, and holds nothing but how she likes the screen.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from trastienda.home import Home
from tui.first import Told
from tui.palette import PALETTES
from tui.presets import PRESETS

NAME: Final = "first.txt"
LARGEST: Final = 64_000
"""Bytes; what is kept has a few hundred."""

_ZONE: Final = (Path("/etc/localtime"), Path("/etc/timezone"))
"""What changes when the computer's own time zone does (tzfile(5)): her config may name none."""


def stamp(home: Home) -> str:
    """Tell the files that it depends on from all others that they may become."""
    files = (home.config, home.keys, Path(__file__), *_ZONE)
    return repr((os.environ.get("TZ"), *map(_of, files)))


def _of(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def keep(home: Home, made_of: str, told: Told, configured: str | None) -> None:
    """Keep it; `made_of` was the stamp before the config was read, and `configured` is the
    language that it names. Where it cannot be kept, the next start takes longer; and so does it
    with a server, whose driver takes long to load.
    """
    if told.target != str(home.database):
        return
    lines = [
        made_of, configured or "", told.timezone, told.theme, "plain" if told.plain else "",
        told.preset, *("\t".join((name, *keys)) for name, keys in told.keymap.items()),
    ]  # fmt: skip
    text = "\n".join(lines)
    path = home.cache / NAME
    with contextlib.suppress(OSError, ValueError):
        if _read(path) == text:
            return
    with contextlib.suppress(OSError):
        draft = path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)


def recall(home: Home) -> tuple[str | None, Told] | None:
    """Give the language that her config names, and what else the first rows are drawn with; None
    where nothing is kept, or it no longer counts. Then `language` of it is still to be filled in.
    """
    try:
        text = _read(home.cache / NAME)
        if text is None or not home.config.exists():
            return None
        made_of, language, timezone, theme, plain, preset, *keys = text.split("\n")
    except (OSError, ValueError):
        return None
    if made_of != stamp(home) or theme not in PALETTES or preset not in PRESETS:
        return None
    keymap = {name: tuple(those) for name, *those in (line.split("\t") for line in keys)}
    told = Told(
        target=str(home.database), language="", timezone=timezone, theme=theme,
        plain=bool(plain), preset=preset, keymap=keymap,
    )  # fmt: skip
    return language or None, told


def _read(path: Path) -> str | None:
    """Read a file that only we can have written; None where it is another's, or none."""
    handle = os.open(
        path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            return None
        if os.name != "nt" and (found.st_uid != os.geteuid() or found.st_mode & 0o022):
            return None
        return file.read(LARGEST).decode("utf-8")
