"""What the VA may ask of a client's tool."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from normalizer.model import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One change to write back. `id` makes a retry harmless: pushed twice, done once."""

    ref: Ref
    id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Action):
    """Say `text` on the task or in the conversation."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(Action):
    """Mark the task done, in whatever way the client's profile says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Action):
    """Take back a completion."""
