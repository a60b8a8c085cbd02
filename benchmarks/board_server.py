"""The fake Trello in a process of its own, so that what it costs is nobody's.

Started by `benchmarks.boards`; says where it is, then obeys a word a line and answers with a line
of JSON: `asked` tells how many requests came since it was last said and how many bytes went out,
`changes` lets ten things happen on the board.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.servers.trello import KEY, TOKEN, Trello
from tests.servers.trello_boards import made

OPEN = (10**9, 10.0)


QUIET = {"createCard", "commentCard", "addChecklistToCard", "addAttachmentToCard"}
"""The acts on a board where each card is made, furnished and spoken of, and then left alone."""


def main(cards: int, *, quiet: bool) -> None:
    # Nobody's requests are judged here, and nobody's are refused: only how many there are counts.
    with Trello(specification=Path("/nonexistent")) as fake:
        fake.limits.rates |= dict.fromkeys(fake.limits.rates, OPEN)
        board = made(cards, comments=1 if quiet else 2, closed=0.0)
        if quiet:
            board["actions"] = [one for one in board["actions"] if one["type"] in QUIET]
        fake.world.load(board, fake.me)
        by = fake.account("ana")
        fake.world.let_in(fake.world.boards[board["id"]], by)
        _say({"origin": fake.server.origin, "key": KEY, "token": TOKEN})
        turn = 0
        for line in sys.stdin:
            if line.strip() == "changes":
                turn += 1
                _changes(fake, board["id"], by, turn)
                _say(None)
            else:
                refused = sorted({r.status for r in fake.log} - {200})
                told = {"requests": len(fake.log), "bytes": sum(r.size for r in fake.log)}
                _say(told | {"refused": refused})
                fake.log.clear()


def _changes(fake: Trello, board: str, by: str, turn: int) -> None:
    """Let ten cards change: what anybody does in a morning."""
    held, people = fake.world.boards[board], fake.people
    cards, lists = list(held.cards), list(held.lists)
    mine = [cards[(turn * 10 + n) % len(cards)] for n in range(10)]
    for card in mine[:4]:
        people.comment(card, f"¿Cómo va? {turn}", by=by)
    for card in mine[4:6]:
        here = lists.index(held.cards[card]["idList"])
        people.move_card(card, lists[(here + 1) % len(lists)], by=by)
    people.edit_card(mine[6], by=by, due=f"2027-01-{turn % 28 + 1:02}T10:00:00.000Z")
    people.edit_card(mine[7], by=by, desc=f"Cambia {turn}")
    people.attach(mine[8], f"{turn}.pdf", by=by, url=f"https://files.example/{turn}")
    people.edit_card(mine[9], by=by, name=f"Otra cosa {turn}")


def _say(told: Any) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), quiet=sys.argv[2:] == ["quiet"])
