"""What the VA does to a card, carried out in Trello.

Setting a value twice changes nothing, so all but comments and new cards may be pushed again at
will. Of those two Trello takes no id of ours: one that may have been pushed before is looked for
first, by its words, its author and its date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import takewhile
from typing import Final, Protocol
from uuid import UUID

from connectors.base import Receipt, Write
from connectors.errors import AuthError, RefusedError
from connectors.http import Http
from connectors.http_rules import READING, Level
from connectors.trello_lib import Card, Trello
from connectors.writing import Place, decided, earlier, named, permit, pick, spelt, target, watched
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
from normalizer.said import Said
from normalizer.text import line

WRITES: Final[frozenset[type[Action]]] = frozenset(
    {Comment, Complete, Reopen, Move, SetDue, Check, Archive, Create}
)
"""The actions that `push` can carry out."""

MOST: Final = 16_384
"""Characters of a comment, a title, a description (API: Create a new Card)."""

_COMMENTS: Final = re.compile("/cards/[0-9A-Za-z]+/actions/comments")


class Profile(Protocol):
    """What a push must know of the channel's settings."""

    @property
    def write(self) -> Write:
        """Tell how much may be written back."""

    @property
    def boards(self) -> tuple[str, ...]:
        """Name the boards that are watched: by name, id or short link; "*" is all of them."""

    @property
    def done(self) -> str:
        """Tell what "done" does: "due_complete", "archive" or "list:" and a list's name."""


def level(method: str, path: str, body: object) -> Level:  # noqa: ARG001 - a transport hands on all
    """Say what a request does: a comment adds, and changes nothing that is there."""
    if method in READING:
        return Level.READ
    comments = method == "POST" and _COMMENTS.fullmatch(path)
    return Level.COMMENT if comments else Level.CHANGE


def completes(way: str) -> Said:
    """Say what "done" does, by the setting that tells it."""
    if way == "archive":
        return Said("archives the card")
    if way.startswith("list:"):
        name = line(way.removeprefix("list:"), 60)
        return Said("moves the card to the list “{name}”", (("name", name),))
    return Said("ticks the due date of the card as complete")


def push(http: Http, config: Profile, action: Action, done: dict[UUID, Receipt]) -> Receipt:
    """Carry out `action`, and note in `done` what it left; what is noted is not done again.

    Raises RefusedError where the settings or Trello forbid it, ConflictError where the card changed
    meanwhile, InDoubtError where it may have been carried out, AuthError and UnavailableError as
    any request does.
    """
    permit(config.write, action)
    if action.id not in done:
        try:
            done[action.id] = _carry_out(http, config, action, done)
        except AuthError:
            # 401 is also what Trello says of a card that is not, or no longer, for us.
            Trello(http).me()
            raise RefusedError(
                "Trello does not let us change this: the board is no longer shared with you, or"
                " your token may only read."
            ) from None
    return done[action.id]


def _carry_out(http: Http, config: Profile, action: Action, done: dict[UUID, Receipt]) -> Receipt:
    if isinstance(action, Create):
        return _create(http, config, action, done)
    if action.ref.stream != "card":
        raise RefusedError("What you want to change is no longer there.")
    card = target(action.ref.external_id)
    if isinstance(action, Comment):
        return _comment(http, card, action, done)
    changed = _change(Trello(http), config, card, action)
    return Receipt("card", f"{changed.board}/{changed.id}")


def _comment(http: Http, card: str, action: Comment, done: dict[UUID, Receipt]) -> Receipt:
    _fit(action.text)
    api = Trello(http)
    if (at := action.decided_at) is not None:
        latest = takewhile(lambda one: one.at >= decided(http, at), api.comments(card))
        if found := earlier(http, at, action.text, latest, me=api.me, done=done):
            return found
    return api.comment(card, action.text)


def _create(http: Http, config: Profile, action: Create, done: dict[UUID, Receipt]) -> Receipt:
    _fit(action.title)
    _fit(action.body)
    api = Trello(http)
    boards = [
        board for board in api.boards() if watched(config.boards, board.name, board.id, board.short)
    ]
    lists = [one for board in boards for one in board.lists]
    into = _found(action.ref.external_id if action.ref.stream == "list" else "", lists)
    if (at := action.decided_at) is not None:
        board = next(board.id for board in boards if into in board.lists)
        made = api.created(board, into.id, spelt(decided(http, at)))
        if found := earlier(http, at, action.title, made, me=api.me, done=done):
            return found
    fields = {"idList": into.id, "name": action.title, "desc": action.body}
    if action.due is not None:
        fields["due"] = _instant(action.due)
    card = api.create(**fields)
    return Receipt("card", f"{card.board}/{card.id}")


def _change(api: Trello, config: Profile, card: str, action: Action) -> Card:
    """Set what a card is to be. Whatever it was: pushed again, the same comes out."""
    match action:
        case Complete():
            return _complete(api, card, config.done)
        case Reopen():
            return _reopen(api, card, config.done)
        case Move():
            return _move(api, card, action.to)
        case SetDue():
            return api.update(card, due=None if action.due is None else _instant(action.due))
        case Check():
            item, where = target(action.item), api.card(card)
            api.tick(card, item, done=action.done)
            return where
        case Archive():
            return api.update(card, closed=action.archived)
        case _:
            raise RefusedError("Trastienda does not know how to do this in Trello.")


def _complete(api: Trello, card: str, way: str) -> Card:
    if way == "archive":
        return api.update(card, closed=True)
    if way.startswith("list:"):
        return _move(api, card, way.removeprefix("list:"))
    return api.update(card, dueComplete=True)


def _reopen(api: Trello, card: str, way: str) -> Card:
    """Take back what `_complete` did, and what somebody else did besides: it is to be open."""
    if way == "archive":
        return api.update(card, closed=False, dueComplete=False)
    if way.startswith("list:"):
        where = api.card(card)
        lists = api.lists(where.board)
        last = pick(way.removeprefix("list:"), lists)
        if last is not None and last.id == where.list:
            came = next((before for before, after in api.moves(card) if after == last.id), None)
            back = next((one.id for one in lists if one.id == came), None)
            if back is None:
                raise RefusedError(
                    "Trello no longer says in which list this card was before. Move it to the list"
                    " where it goes on."
                )
            return api.update(card, idList=back, dueComplete=False)
    return api.update(card, dueComplete=False)


def _move(api: Trello, card: str, to: str) -> Card:
    """Move a card within its board: a list of another board may be another client's."""
    where = api.card(card)
    into = _found(to, api.lists(where.board))
    return where if into.id == where.list else api.update(card, idList=into.id)


def _found(wanted: str, lists: Sequence[Place]) -> Place:
    if (found := pick(wanted, lists)) is None:
        raise RefusedError(
            "There is no list “{name}” there. There are: {lists}.",
            name=line(wanted, 60),
            lists=named(lists),
        )
    return found


def _instant(due: date | datetime) -> str:
    """Spell a due date: Trello knows instants only.

    A date becomes noon of this computer's day: from eleven hours west of it to eleven hours east,
    whoever looks at the card reads the date she meant.
    """
    if not isinstance(due, datetime):
        due = datetime.combine(due, time(12))
    return spelt(due.astimezone(UTC))


def _fit(text: str) -> None:
    if len(text) > MOST:
        raise RefusedError(
            "Trello takes texts of up to {most} characters, and this one has {count}. Shorten it,"
            " or send it in parts.",
            most=MOST,
            count=len(text),
        )
