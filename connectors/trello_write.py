"""What the VA does to a card, carried out in Trello."""

from __future__ import annotations

import re
from typing import Final, Protocol
from uuid import UUID

from connectors.base import Receipt, Write
from connectors.errors import RefusedError
from connectors.http import Http
from connectors.http_rules import READING, Level
from normalizer.actions import (
    Action,
    Archive,
    Check,
    Comment,
    Complete,
    Create,
    Move,
    Reopen,
    SetDue,
)

WRITES: Final[frozenset[type[Action]]] = frozenset(
    {Comment, Complete, Reopen, Move, SetDue, Check, Archive, Create}
)
"""The actions that `push` can carry out."""

_COMMENTS: Final = re.compile("/cards/[0-9A-Za-z]+/actions/comments")


class Profile(Protocol):
    """What a push must know of the channel's settings."""

    @property
    def write(self) -> Write:
        """Tell how much may be written back."""

    @property
    def done(self) -> str:
        """Tell what "done" does: "due_complete", "archive" or "list:" and a list's name."""


def level(method: str, path: str, body: object) -> Level:  # noqa: ARG001 - a transport hands on all
    """Say what a request does: a comment adds and changes nothing that is there."""
    if method in READING:
        return Level.READ
    comments = method == "POST" and _COMMENTS.fullmatch(path)
    return Level.COMMENT if comments else Level.CHANGE


def push(http: Http, config: Profile, action: Action, done: dict[UUID, Receipt]) -> Receipt:
    """Carry out `action` and note its receipt in `done`, which is also what is known of earlier
    pushes: the same id changes nothing.
    """
    del http, config, action, done
    raise RefusedError("This channel takes comments only.")
