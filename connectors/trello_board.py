"""Boards, cards and actions as Trello tells them, looked through before they are used.

The readers in here raise LookupError, TypeError or AttributeError where an answer is not what
Trello documents (`connectors.writing.sense` takes them for that): a list that is missing is no
empty list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from connectors.writing import ident, listed, moment, words
from normalizer.raw import canonical, digest_of

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A board as the list of all boards tells it."""

    id: str
    name: str
    short: str
    activity: str
    names: str
    """See `trello_cursor.Seen`."""

    role: str = ""
    """What she is there: "admin", "normal", "observer"; "" where nobody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Whose the token is."""

    id: str
    username: str
    name: str
    boards: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board, or what changed on it."""

    id: str
    name: str
    closed: bool
    activity: str
    lists: Mapping[str, tuple[str, bool]]
    """List → its name, and whether it is archived."""

    labels: Mapping[str, str]
    """Label → its name; one without a name goes by its colour."""

    people: Mapping[str, str]
    fields: Mapping[str, Json]
    """Custom field → how it is defined."""

    cards: tuple[Json, ...]
    """Each with its `checklists`."""

    actions: tuple[Json, ...]
    """Newest first; as many as one answer holds, where `more` says so."""

    more: bool

    @property
    def names(self) -> str:
        """Name the board and its lists as `Listed.names` does."""
        return _digest(self.name, [(key, *told) for key, told in self.lists.items()])


def board_of(told: Any, board: str, *, with_cards: bool, most: int) -> Board:
    """Read an answer about a board. `most`: the actions that one answer holds."""
    if ident(told["id"]) != board:
        raise LookupError
    actions = actions_of(told["actions"]) if with_cards else []
    people = {ident(one["id"]): words(one.get("fullName") or "") for one in listed(told["members"])}
    return Board(
        id=board,
        name=words(told["name"]),
        closed=told["closed"] is True,
        activity=_instant(told["dateLastActivity"]),
        lists={
            ident(one["id"]): (words(one["name"]), one["closed"] is True)
            for one in listed(told["lists"])
        },
        labels={
            ident(one["id"]): words(one["name"] or one.get("color") or "")
            for one in listed(told["labels"])
        },
        people=people,
        fields={ident(one["id"]): one for one in listed(told.get("customFields", []))},
        cards=_nested(told, board) if with_cards else (),
        actions=tuple(actions),
        more=len(actions) == most,
    )


def listed_board(told: Any) -> Listed:
    """Read one board of the list of all boards."""
    held = [one.get("memberType") for one in listed(told.get("memberships", []))]
    lists = [
        (ident(one["id"]), words(one["name"]), one["closed"] is True)
        for one in listed(told["lists"])
    ]
    return Listed(
        id=ident(told["id"]),
        name=words(told["name"]),
        short=ident(told["shortLink"]),
        activity=_instant(told["dateLastActivity"]),
        names=_digest(words(told["name"]), lists),
        role=words(next(filter(None, held), "")),
    )


def _digest(name: str, lists: Sequence[tuple[str, str, bool]]) -> str:
    """Name a board and its lists: (id, name, whether it is archived)."""
    told = canonical([name, sorted(lists)])
    return digest_of(told.encode("utf-8", "surrogatepass")).hex()[:12]


def _nested(told: Any, board: str) -> tuple[Json, ...]:
    """Give the cards of a board's answer, each with those of its checklists."""
    checklists: dict[str, list[Json]] = {}
    for one in listed(told["checklists"]):
        checklists.setdefault(ident(one["idCard"]), []).append(one)
    cards = listed(told["cards"])
    if any(ident(card["idBoard"]) != board for card in cards):
        raise LookupError
    return tuple({**card, "checklists": checklists.get(ident(card["id"]), [])} for card in cards)


def actions_of(told: Any) -> list[Json]:
    """Read a list of actions."""
    found = listed(told)
    for one in found:
        _ = ident(one["id"]), words(one["type"]), one["data"].keys()
        if not _instant(one["date"]):
            raise LookupError
    return found


def _instant(value: object) -> str:
    """Take an instant as it is spelled; "" for none. What cannot be read could lead nowhere."""
    if value is None:
        return ""
    if not _EVER < moment(value) < _NEVER:
        raise LookupError
    return words(value)


_EVER, _NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
