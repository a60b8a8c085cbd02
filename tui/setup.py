"""What the screen is handed when it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from triage.profile import Manner


class Engine(Protocol):
    """The process that fetches, seen from the screen."""

    def stop(self) -> None:
        """End it and wait until it has ended."""

    def ended(self) -> bool:
        """Whether it has ended by itself."""


class ErrandError(Exception):
    """A file could not be saved; says why and what to do, in her language."""


class Errand(Protocol):
    """A file that is being fetched and saved by a process of its own, seen from the screen."""

    def result(self) -> Path:
        """Wait until it lies there. Raises ErrandError."""

    def stop(self) -> None:
        """Give it up, where it is not done; waits for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """[screen]: how she likes the screen."""

    theme: Literal["terminal", "dark", "light", "contrast", "colorblind"] = "terminal"
    """"terminal": in the terminal's own colours."""

    keys: Literal["normal", "vim", "correo"] = "normal"
    mouse: bool = True
    plain: bool = False
    """For screen readers: no drawn lines, states in words, nothing that repaints by itself."""

    notify: bool = False
    """Tell the desktop of what comes in."""

    quiet: str = ""
    """When it is told nothing: "20:00-8:00"; "": never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Where the data is, who she is, and how the fetching starts."""

    target: str
    """The SQLite file, or a postgresql:// address."""

    language: str
    timezone: ZoneInfo
    manner: Manner = field(default_factory=Manner)
    taste: Taste = field(default_factory=Taste)
    keymap: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By "queue.archive": the keys that are other than those of her `taste`."""

    hours: float = 6.0
    """Of work that fits into a day of hers."""

    focus: str = ""
    """The client, a slug, who alone is there when it opens; "": all are."""

    demo: bool = False
    browser: bool = False
    """Shown in a browser, through the server that started us, rather than in a terminal."""

    start_engine: Callable[[], Engine | None] | None = None
    """Starts the fetching in a process of its own, or gives None while another one (a service)
    does it; None where there is nothing to fetch."""

    save_file: Callable[[str, int, int], Errand] | None = None
    """Begins to save a file into its client's own folder: the client's slug, the item, the file.
    Raises OSError or ErrandError. None where there is nothing to fetch from."""
