"""How each client works and how she writes to them, as her config says: what no sync brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A text of hers to write with. `triage.snippets` fills it in."""

    name: str
    texts: Mapping[str, str]
    """By language, "es" and "en"; at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is particular about one client."""

    language: str = "es"
    """In which she writes to them: "es" or "en"."""

    folders: tuple[str, ...] = ()
    """Absolute paths on her computer under which this client's files lie."""

    done: str = ""
    """The snippet that tells them that a conversation is done with; "" tells nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How she works: what the screen and the commands write with."""

    me: str = ""
    """How she is called."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """By the client's slug."""

    snippets: tuple[Snippet, ...] = ()
    """In the order of the config."""

    def profile(self, client: str) -> Profile:
        """Give what is particular about a client; of one that the config has no longer, nothing."""
        return self.profiles.get(client, Profile())
