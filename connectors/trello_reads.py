"""What is asked of Trello, and what of its answers is believed.

One nested request brings a board with all that is on it (API: Nested Resources); where it holds
too much for one answer, it comes in pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from connectors.errors import UnavailableError
from connectors.http import Answer, Http
from connectors.trello_board import Board, Json, Listed, Member, actions_of, board_of, listed_board
from connectors.writing import ident, listed, moment, sense, spelt, words

OVERLAP: Final = timedelta(seconds=2)
"""How far back a poll looks once more: a card's date is some 20 ms older than its action's, and
within a second neither dates nor ids tell what came first."""

COMMENTS: Final = ("commentCard", "copyCommentCard")
CHANGES: Final = (
    "updateCard",
    "addMemberToCard",
    "removeMemberFromCard",
    "addAttachmentToCard",
    "deleteAttachmentFromCard",
    "addChecklistToCard",
    "removeChecklistFromCard",
    "updateCheckItemStateOnCard",
    "moveCardToBoard",
    "moveCardFromBoard",
)
"""The types of action that say what changed on a card."""

_ACTIONS: Final = ",".join((*COMMENTS, *CHANGES, "deleteCard"))
_PAGE: Final = 1000
"""The most actions, and the most cards, that one answer holds."""

_LEAST: Final = 50
_MOST_PAGES: Final = 500

_CARD: Final = (
    "id,name,desc,closed,due,dueComplete,dateLastActivity,idBoard,idList,idMembers,labels,"
    "shortUrl,isTemplate,cardRole"
)
_ATTACHMENT: Final = "id,name,url,bytes,mimeType,date,isUpload"
_HEAD: Final = {
    "fields": "id,name,closed,dateLastActivity",
    "lists": "all",
    "list_fields": "id,name,closed",
    "labels": "all",
    "labels_limit": "1000",
    "label_fields": "id,name,color",
    "members": "all",
    "member_fields": "fullName",
    "customFields": "true",
}
_CARDS: Final = {
    "card_fields": _CARD,
    "card_attachments": "true",
    "card_attachment_fields": _ATTACHMENT,
    "card_customFieldItems": "true",
    "checklists": "all",
    "checkItem_fields": "all",
}
_PAGED: Final = {
    "fields": _CARD,
    "attachments": "true",
    "attachment_fields": _ATTACHMENT,
    "customFieldItems": "true",
    "checklists": "all",
    "checkItem_fields": "all",
}
_BY: Final = {
    "actions": _ACTIONS,
    "actions_limit": str(_PAGE),
    "action_fields": "id,idMemberCreator,data,type,date",
    "action_member": "false",
    "action_memberCreator_fields": "fullName,username",
}
_ACTION_PAGE: Final = {
    "fields": "id,idMemberCreator,data,type,date",
    "member": "false",
    "memberCreator_fields": "fullName,username",
    "limit": str(_PAGE),
}


class BarredError(Exception):
    """A board, or what is on it, is not for us, or not any more."""


class Reads:
    """The requests. They raise what `Http` raises, and UnavailableError where an answer is not
    what Trello documents; BarredError where what they speak of is not for us.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self.host = http.host

    def me(self) -> Member:
        """Ask who we are and which boards there are: one request, and of those that Trello counts
        most strictly.
        """
        query = {
            "fields": "id,username,fullName",
            "boards": "open",
            "board_fields": "id,name,shortLink,dateLastActivity",
            "board_lists": "all",
            "board_list_fields": "id,name,closed",
            "board_memberships": "me",
        }
        told = self._http.get("/members/me", query).json(dict)
        with sense(self.host):
            return Member(
                id=ident(told["id"]),
                username=words(told["username"]),
                name=words(told.get("fullName") or ""),
                boards=tuple(map(listed_board, listed(told["boards"]))),
            )

    def boards(self) -> tuple[Listed, ...]:
        """List the open boards with what tells whether anything happened on them: one request."""
        query = {
            "filter": "open",
            "fields": "id,name,shortLink,dateLastActivity",
            "lists": "all",
            "list_fields": "id,name,closed",
        }
        told = self._http.get("/members/me/boards", query).json(list)
        with sense(self.host):
            return tuple(map(listed_board, told))

    def is_closed(self, board: str) -> bool:
        """Ask of one board whether it was closed."""
        told = self._answer(f"/boards/{board}", {"fields": "id,closed"}).json(dict)
        with sense(self.host):
            return bool(ident(told["id"]) == board and told["closed"] is True)

    def whole(self, board: str) -> Iterator[Board]:
        """Yield a board with its open cards and its newest actions, in as many parts as it takes.

        Open cards of archived lists are among them. The actions come with the last part.
        """
        answer = self._answer(f"/boards/{board}", {**_HEAD, **_CARDS, **_BY, "cards": "open"})
        if not _too_much(answer):
            yield self._board(board, answer, with_cards=True)
            return
        head = self._board(board, self._answer(f"/boards/{board}", _HEAD), with_cards=False)
        for page in self._pages(board, "open", _PAGED):
            yield replace(head, cards=page)
        actions = self._page(board, {"filter": _ACTIONS})
        yield replace(head, actions=tuple(actions), more=len(actions) == _PAGE)

    def changed(self, board: str, activity: str) -> Board | None:
        """Ask for all that changed since `activity`; None where it is too much for one answer."""
        since = spelt(moment(activity) - OVERLAP)
        query = {
            **_HEAD,
            **_CARDS,
            **_BY,
            "cards": "all",
            "cards_modifiedSince": since,
            "actions_since": since,
        }
        answer = self._answer(f"/boards/{board}", query)
        return None if _too_much(answer) else self._board(board, answer, with_cards=True)

    def earlier(
        self, board: str, oldest: Json, activity: str = "", kinds: str = _ACTIONS
    ) -> Iterator[Sequence[Json]]:
        """Yield pages of the actions before `oldest`, back to `activity` where it is named.

        A page begins with what fell into the same millisecond as the end of the one before.
        """
        query = {"filter": kinds}
        if activity:
            query["since"] = spelt(moment(activity) - OVERLAP)
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            edge = moment(oldest["date"]) + timedelta(milliseconds=1)
            page = self._page(board, {**query, "before": spelt(edge)})
            fresh = [one for one in page if one["id"] not in seen]
            seen = {one["id"] for one in page}
            if fresh:
                yield fresh
            if len(page) < _PAGE:
                return
            if not fresh:
                break
            oldest = page[-1]
        raise self._endless()

    def comments(self, board: str) -> Iterator[Sequence[Json]]:
        """Yield all comments on a board, newest first, as they now read, page by page."""
        kinds = ",".join(COMMENTS)
        page = self._page(board, {"filter": kinds})
        yield page
        if len(page) == _PAGE:
            yield from self.earlier(board, page[-1], kinds=kinds)

    def ids(self, board: str) -> dict[str, tuple[str, bool]]:
        """List every card that there is: its list, and whether it is archived."""
        found: dict[str, tuple[str, bool]] = {}
        for page in self._pages(board, "all", {"fields": "id,closed,idList"}):
            with sense(self.host):
                for card in page:
                    found[ident(card["id"])] = (ident(card["idList"]), card["closed"] is True)
        return found

    def attachment(self, card: str, attachment: str) -> Json:
        """Ask about one attachment."""
        query = {"fields": "id,name,url,isUpload"}
        return self._answer(f"/cards/{card}/attachments/{attachment}", query).json(dict)

    def download(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of an attachment."""
        return self._http.download(path)

    # One answer

    def _answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """Ask, and let through what is an answer, and what asks for less at once.

        Trello says 401 of a board that is not for us as of a token that is no more; which it is,
        only the next question can tell.
        """
        answer = self._http.get(path, query)
        if answer.status in {401, 403, 404, 410} and not _too_much(answer):
            if answer.status == 401:
                self._http.get("/members/me", {"fields": "id"}).json(dict)
            raise BarredError
        if not _too_much(answer) and (problem := answer.problem()):
            raise problem
        return answer

    def _board(self, board: str, answer: Answer, *, with_cards: bool) -> Board:
        told = answer.json(dict)
        with sense(self.host):
            return board_of(told, board, with_cards=with_cards, most=_PAGE)

    def _page(self, board: str, query: Mapping[str, str]) -> list[Json]:
        told = self._answer(f"/boards/{board}/actions", {**_ACTION_PAGE, **query}).json(list)
        with sense(self.host):
            return actions_of(told)

    def _pages(
        self, board: str, which: str, query: Mapping[str, str]
    ) -> Iterator[tuple[Json, ...]]:
        """Yield the cards of a board in pages, newest first, smaller ones where they are too much
        for Trello (504 after 30 s).
        """
        limit, before, path = _PAGE, "", f"/boards/{board}/cards/{which}"
        for _ in range(_MOST_PAGES):
            asked = {**query, "limit": str(limit), "sort": "-id"}
            answer = self._answer(path, asked | ({"before": before} if before else {}))
            if _too_much(answer):
                limit //= 4
                if limit < _LEAST and (problem := answer.problem()):
                    raise problem
                continue
            told = answer.json(list)
            with sense(self.host):
                ids = [ident(card["id"]) for card in told]
            yield tuple(told)
            if len(told) < limit:
                return
            if before and min(ids) >= before:
                break  # it does not heed `before`
            before = min(ids)
        raise self._endless()

    def _endless(self) -> UnavailableError:
        return UnavailableError("{host} gives out a list without an end.", host=self.host)


def _too_much(answer: Answer) -> bool:
    """Tell whether Trello wants to be asked for less at once."""
    return answer.status == 504 or (
        answer.status == 403 and b"API_TOO_MANY_CARDS_REQUESTED" in answer.body[:2000]
    )
