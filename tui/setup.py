"""What the screen is handed when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from triage.profile import Manner


class Engine(Protocol):
    """The process that fetches, seen from the screen."""

    def stop(self) -> None:
        """End it and wait until it has ended."""

    def ended(self) -> bool:
        """Whether it has ended by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Where the data is, who she is, and how the fetching starts."""

    target: str
    """The SQLite file, or a postgresql:// address."""

    language: str
    timezone: ZoneInfo
    manner: Manner = field(default_factory=Manner)
    demo: bool = False
    start_engine: Callable[[], Engine | None] | None = None
    """Starts the fetching in a process of its own, or gives None while another one (a service)
    does it; None where there is nothing to fetch."""
