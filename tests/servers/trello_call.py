"""One request to the fake Trello, and what its sender may see."""

from __future__ import annotations

from dataclasses import dataclass

from tests.servers.trello_views import Asked
from tests.servers.trello_world import Board, Json, Refused, World


@dataclass(slots=True)
class Call:
    """One request under way."""

    world: World
    me: str
    asked: Asked
    most_cards: int
    """How many cards an answer may have that also carries actions."""

    def board(self, key: str) -> Board:
        """Raises Refused where there is none, or none that she may see."""
        board = self.world.find_board(key)
        public = (board.fields.get("prefs") or {}).get("permissionLevel") == "public"
        if not (public or board.has(self.me)):
            raise Refused(401, "unauthorized permission requested")
        return board

    def card(self, key: str) -> tuple[Board, Json]:
        board, card = self.world.find_card(key)
        if not board.has(self.me):
            raise Refused(401, "unauthorized card permission requested")
        return board, card

    def list(self, key: str) -> tuple[Board, Json]:
        board, listed = self.world.find_list(key)
        if not board.has(self.me):
            raise Refused(401, "unauthorized list permission requested")
        return board, listed

    def who(self, key: str) -> Json:
        return self.world.find_member(self.me if key == "me" else key)
