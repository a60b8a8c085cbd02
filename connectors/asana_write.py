"""What the VA does to a task, carried out in Asana."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from connectors.base import Receipt
from connectors.errors import RefusedError
from connectors.http import Http
from connectors.http_rules import READING, HttpConfig, Level
from normalizer.actions import Action, Check, Comment, Complete, Create, Move, Reopen, SetDue

WRITES: Final[frozenset[type[Action]]] = frozenset(
    {Comment, Complete, Reopen, Move, SetDue, Check, Create}
)
"""The actions that `push` can carry out."""

_STORIES: Final = re.compile("/tasks/[0-9]+/stories")


def level(method: str, path: str, body: object) -> Level:
    """Say what a request does: a comment adds and changes nothing that is there, and a batch does
    what the actions in it do.
    """
    if method in READING or (method == "POST" and path == "/batch" and _only_reads(body)):
        return Level.READ
    comments = method == "POST" and _STORIES.fullmatch(path)
    return Level.COMMENT if comments else Level.CHANGE


def push(http: Http, config: HttpConfig, action: Action, done: dict[UUID, Receipt]) -> Receipt:
    """Carry out `action` and note its receipt in `done`, which is also what is known of earlier
    pushes: the same id changes nothing.
    """
    del http, config, action, done
    raise RefusedError("This channel takes comments only.")


def _only_reads(body: object) -> bool:
    match body:
        case {"data": {"actions": [*actions]}}:
            return all(isinstance(one, dict) and one.get("method") == "get" for one in actions)
        case _:
            return False
