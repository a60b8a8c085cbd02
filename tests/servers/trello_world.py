"""What the fake Trello knows, in the shapes of Trello's own API and exports.

What is told of it, and how much, is `tests.servers.trello_views`' matter. Whatever somebody does
leaves the actions that Trello leaves, with the dates that Trello gives them: a card's last activity
is 21 ms older than its action, a list's name moves no date, and some acts leave no action at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.testing_server import Clock, now

Json = dict[str, Any]

LAG = timedelta(milliseconds=21)
"""How much a card's `dateLastActivity` is older than its newest action, as seen on real boards."""

UNLISTED = frozenset(
    {
        "updateComment",
        "deleteComment",
        "createCheckItem",
        "updateCheckItem",
        "deleteCheckItem",
        "addLabelToCard",
        "removeLabelFromCard",
        "removeMemberFromBoard",
        "createLabel",
        "updateLabel",
        "copyChecklist",
        "voteOnCard",
    }
)
"""Types that a board never lists (Trello's page of action types)."""


class Refused(Exception):  # noqa: N818  # an answer, not an error
    """Trello says no."""

    def __init__(self, status: int, said: str | Json) -> None:
        super().__init__(said)
        self.status, self.said = status, said


def missing() -> Refused:
    return Refused(404, "The requested resource was not found.")


def iso(when: datetime) -> str:
    """As Trello writes an instant: UTC, milliseconds, Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


def instant(text: str) -> datetime:
    """Raises ValueError."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


@dataclass(slots=True)
class Board:
    """One board; each part by its id, in the shape of the API."""

    fields: Json
    lists: dict[str, Json] = field(default_factory=dict)
    cards: dict[str, Json] = field(default_factory=dict)
    labels: dict[str, Json] = field(default_factory=dict)
    checklists: dict[str, Json] = field(default_factory=dict)
    custom_fields: dict[str, Json] = field(default_factory=dict)
    memberships: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    """In the order in which they happened."""

    comments: dict[str, int] = field(default_factory=dict)
    """Card -> comments that its badge counts though no action tells them."""

    bumps: dict[str, int] = field(default_factory=dict)
    """Label -> uses beyond those that can be seen."""

    @property
    def id(self) -> str:
        return str(self.fields["id"])

    def has(self, member: str) -> bool:
        return any(m["idMember"] == member for m in self.memberships)


@dataclass(frozen=True, slots=True)
class Token:
    member: str
    write: bool = True


class World:
    """All boards and people of one Trello."""

    def __init__(self, clock: Clock = now, *, first: int = 1) -> None:
        """`first`: from where ids count."""
        self.clock = clock
        self.boards: dict[str, Board] = {}
        self.members: dict[str, Json] = {}
        self.tokens: dict[str, Token] = {}
        self.files: dict[str, bytes] = {}
        """Attachment -> what it holds."""

        self.quiet = {*UNLISTED, "updateList", "createList", "updateBoard", "addMemberToBoard"}
        """Types of acts that move no `dateLastActivity`. The lists' are known [exports]; what the
        unlisted ones do is not, so the harder case is the rule, and a test may take some out."""

        self.same_instant = False
        """Whether acts may fall into the same millisecond."""

        self._numbers = itertools.count(first)
        self._last = datetime(2000, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """This instant, in milliseconds; later than the one before."""
        when = self.clock()
        when = when.replace(microsecond=when.microsecond // 1000 * 1000)
        if not self.same_instant and when <= self._last:
            when = self._last + timedelta(milliseconds=1)
        self._last = max(self._last, when)
        return when

    def new_id(self, when: datetime | None = None) -> str:
        """An ObjectId: its first 8 digits are the second of its creation.

        Two machines take turns, so that within a second the order of ids is not that of time.
        """
        number = next(self._numbers)
        machine = "fd2ab7c9e1" if number % 2 else "03c4d5a6b7"
        return f"{int((when or self.clock()).timestamp()):08x}{machine}{number:06x}"

    # Who there is

    def add_member(self, username: str, full_name: str = "", *, member: str = "") -> str:
        """Somebody with an account; gives the id."""
        member = member or self.new_id()
        self.members[member] = {
            "id": member,
            "username": username,
            "fullName": full_name or username.title(),
            "initials": username[:2].upper(),
            "email": f"{username}@example.test",
            "confirmed": True,
            "memberType": "normal",
            "activityBlocked": False,
            "idMemberReferrer": None,
            "nonPublicAvailable": False,
            "bio": "",
            "url": f"https://trello.com/{username}",
            "avatarUrl": None,
            "avatarHash": None,
            "status": "disconnected",
        }
        return member

    def add_token(self, token: str, member: str, *, write: bool = True) -> None:
        self.tokens[token] = Token(member, write)

    def load(self, export: Mapping[str, Any], *members: str) -> Board:
        """Take a board as its export tells it, in place of one with the same id.

        `members` are let in besides those whom the export names. An export counts comments that
        its at most 1,000 actions leave out; their badge goes on counting them.
        """
        parts = "actions cards lists labels checklists customFields members memberships pluginData"
        fields = {name: value for name, value in export.items() if name not in parts.split()}
        board = Board({"closed": False, "dateLastActivity": None} | fields)
        for source, into in (
            ("lists", board.lists),
            ("cards", board.cards),
            ("labels", board.labels),
            ("checklists", board.checklists),
            ("customFields", board.custom_fields),
        ):
            into.update({one["id"]: copied(one) for one in export.get(source) or []})
        board.memberships = copied(list(export.get("memberships") or []))
        board.actions = sorted(
            map(copied, reversed(export.get("actions") or [])), key=lambda action: action["date"]
        )
        told = [a.get(who) for a in board.actions for who in ("memberCreator", "member")]
        for person in (*(export.get("members") or []), *told):
            if person and person["id"] not in self.members:
                self.members[person["id"]] = copied(person)
        for member in members:
            self.let_in(board, member)
        for action in board.actions:
            action.pop("memberCreator", None), action.pop("member", None)
        seen = [a["data"]["card"]["id"] for a in board.actions if a["type"].endswith("mmentCard")]
        for card in board.cards.values():
            counted = (card.get("badges") or {}).get("comments", 0)
            board.comments[card["id"]] = max(0, counted - seen.count(card["id"]))
        self.boards[board.id] = board
        return board

    def let_in(self, board: Board, member: str) -> None:
        if not board.has(member):
            board.memberships.append(
                {
                    "id": self.new_id(),
                    "idMember": member,
                    "memberType": "normal",
                    "unconfirmed": False,
                    "deactivated": False,
                }
            )

    # Finding things

    def find_board(self, key: str) -> Board:
        """By id or short link. Raises Refused."""
        for board in list(self.boards.values()):
            if key in {board.id, board.fields.get("shortLink")}:
                return board
        raise missing()

    def find_card(self, key: str) -> tuple[Board, Json]:
        """By id or short link. Raises Refused."""
        for board in list(self.boards.values()):
            for card in list(board.cards.values()):
                if key in {card["id"], card.get("shortLink")}:
                    return board, card
        raise missing()

    def find_list(self, key: str) -> tuple[Board, Json]:
        """Raises Refused."""
        for board in list(self.boards.values()):
            if key in board.lists:
                return board, board.lists[key]
        raise missing()

    def find_action(self, key: str) -> tuple[Board, Json]:
        """Raises Refused."""
        for board in list(self.boards.values()):
            for action in board.actions:
                if action["id"] == key:
                    return board, action
        raise missing()

    def find_item(self, key: str) -> tuple[Board, Json, Json]:
        """The board, the checklist, the item. Raises Refused."""
        for board in list(self.boards.values()):
            for checklist in board.checklists.values():
                for item in checklist["checkItems"]:
                    if item["id"] == key:
                        return board, checklist, item
        raise missing()

    def find_member(self, key: str) -> Json:
        """By id or username. Raises Refused."""
        for member in list(self.members.values()):
            if key in {member["id"], member["username"]}:
                return member
        raise missing()

    # Leaving traces

    def act(
        self,
        board: Board,
        by: str,
        kind: str,
        data: Json,
        *,
        card: Json | None = None,
        when: datetime | None = None,
    ) -> Json:
        """Note what somebody did; gives the action, which some types never leave on the board."""
        when = when or self.now()
        told = {"board": some(board.fields, "id", "name", "shortLink"), **data}
        if card is not None:
            told["card"] = some(card, "id", "name", "idShort", "shortLink") | data.get("card", {})
            if kind not in self.quiet:
                card["dateLastActivity"] = iso(when - LAG)
        if kind not in self.quiet:
            board.fields["dateLastActivity"] = iso(when - LAG)
        action = {
            "id": self.new_id(when),
            "idMemberCreator": by,
            "data": told,
            "type": kind,
            "date": iso(when),
            "appCreator": None,
            "limits": {},
        }
        if kind not in UNLISTED:
            board.actions.append(action)
        return action

    def in_list(self, board: Board, card: Json) -> Json:
        """How an action names the list of a card."""
        return {"list": some(board.lists[card["idList"]], "id", "name")}


def some(whole: Mapping[str, Any], *names: str) -> Json:
    return {name: whole[name] for name in names if name in whole}


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: copied(one) for name, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value
