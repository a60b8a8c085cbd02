"""The few kinds that an item, its state and a message can be of.

Apart from the rest of the model so that the first rows can be drawn without it: making its many
dataclasses takes longer than reading the rows.
"""

from __future__ import annotations

import enum


class State(enum.StrEnum):
    """The upstream state, in the few words that every tool has."""

    OPEN = "open"
    DONE = "done"
    ARCHIVED = "archived"
    GONE = "gone"


class Kind(enum.StrEnum):
    """What an item of the queue is."""

    TASK = "task"
    CONVERSATION = "conversation"


class Direction(enum.StrEnum):
    """Which way a message went, seen from the VA."""

    IN = "in"
    OUT = "out"
