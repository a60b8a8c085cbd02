"""py-trello, on our transport: its verbs and routes, and nothing of its network.

Left to itself it writes key and token into every URL, opens a connection for every call and waits
for ever. Here it is given dashes for credentials and `_Service` for a network, so that what it asks
for leaves with our deadline, our limiter and our headers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from connectors.base import Receipt
from connectors.errors import RefusedError
from connectors.http import Http
from connectors.http_rules import READING
from connectors.writing import Place, Trace, ident, listed, moment, sense, words

BASE: Final = "https://api.trello.com/1/"
"""What py-trello puts before every path, whatever it is told."""

PAGE: Final = 50
"""Actions on a page of a card's (API: Get Actions on a Card)."""


@dataclass(frozen=True, slots=True)
class Card:
    """Where a card is."""

    id: str
    board: str
    list: str


@dataclass(frozen=True, slots=True)
class Board:
    """A board, with its open lists."""

    id: str
    name: str
    short: str
    lists: tuple[Place, ...]
    """By the list's name, and by board and list as a task's container spells them."""


class Trello:
    """The calls that a push is made of. They raise what `Http` raises, and UnavailableError where
    an answer is not what Trello documents, or InDoubtError where that answer is to a write.
    """

    def __init__(self, http: Http) -> None:
        # A fifth of a second and 30 MiB, which only a push is to pay.
        import trello  # noqa: PLC0415 - see above

        self._host = http.host
        self._lib: Any = trello
        self._client: Any = trello.TrelloClient("-", "-", http_service=_Service(http))

    def me(self) -> str:
        """Ask for our own member id."""
        # Member.fetch takes the whole profile and needs most of it.
        with sense(self._host):
            return ident(self._get("/members/me", fields="id")["id"])

    def boards(self) -> list[Board]:
        """List our open boards."""
        # list_boards brings no lists: one more request for every board.
        query = {"filter": "open", "fields": "id,name,shortLink", "lists": "open"}
        with sense(self._host):
            return [
                Board(
                    ident(board["id"]),
                    words(board["name"]),
                    ident(board["shortLink"]),
                    tuple(
                        Place(ident(one["id"]), (name, f"{board['name']} › {name}"))
                        for one in listed(board["lists"])
                        if (name := words(one["name"]))
                    ),
                )
                for board in listed(self._get("/members/me/boards", **query))
            ]

    def lists(self, board: str) -> list[Place]:
        """List the open lists of a board."""
        # Board.open_lists takes an object for a board without lists.
        query = {"filter": "open", "fields": "id,name"}
        with sense(self._host):
            found = listed(self._get(f"/boards/{board}/lists", **query))
            return [Place(ident(one["id"]), (words(one["name"]),)) for one in found]

    def card(self, card: str) -> Card:
        """Ask where a card is."""
        # get_card asks for its list and its board too.
        with sense(self._host):
            return _card(self._get(f"/cards/{card}", fields="id,idBoard,idList"))

    def comment(self, card: str, text: str) -> Receipt:
        """Comment on a card."""
        said = self._lib.Card(self._lib.Board(self._client, ""), card).comment(text)
        with sense(self._host, wrote=True):
            return _comment(card, said)

    def comments(self, card: str) -> Iterator[Trace]:
        """Yield the comments on a card, newest first."""
        for action in self._actions(card, "commentCard"):
            with sense(self._host):
                yield _trace(_comment(card, action), action, action["data"].get("text"))

    def moves(self, card: str) -> Iterator[tuple[object, object]]:
        """Yield the moves of a card within its board, newest first: ids of lists, from and to."""
        for action in self._actions(card, "updateCard:idList"):
            with sense(self._host):
                data = action["data"]
                yield data.get("listBefore", {}).get("id"), data.get("listAfter", {}).get("id")

    def created(self, board: str, into: str, since: str) -> list[Trace]:
        """List the cards that were made in a list since an instant."""
        made = self._lib.Board(self._client, board)
        with sense(self._host):
            return [
                _trace(Receipt("card", f"{board}/{ident(card['id'])}"), action, card.get("name"))
                for action in listed(made.fetch_actions("createCard", 1000, since=since))
                if action["data"].get("list", {}).get("id") == into
                and (card := action["data"]["card"])
            ]

    def update(self, card: str, **fields: str | bool | None) -> Card:
        """Set fields of a card."""
        # Card.set_closed, change_list and their like set one field a request, and drop the answer,
        # which says on what board it now is.
        return self._write("PUT", f"/cards/{card}", fields)

    def create(self, **fields: str) -> Card:
        """Make a card."""
        # List.add_card sends the text "null" for no due date, and, the card being made, raises
        # KeyError where the answer lacks one of twenty fields.
        return self._write("POST", "/cards", fields)

    def tick(self, card: str, item: str, *, done: bool) -> None:
        """Set the state of a check item."""
        # Checklist.set_checklist_item goes by an item's text, which need not be the only such.
        state = {"state": "complete" if done else "incomplete"}
        self._client.fetch_json(f"/cards/{card}/checkItem/{item}", "PUT", post_args=state)

    def _get(self, path: str, **query: str) -> Any:
        return self._client.fetch_json(path, query_params=query)

    def _write(self, method: str, path: str, fields: object) -> Card:
        answer = self._client.fetch_json(path, method, post_args=fields)
        with sense(self._host, wrote=True):
            return _card(answer)

    def _actions(self, card: str, kind: str) -> Iterator[Any]:
        # Card.fetch_actions knows no pages; `limit`, which it sends, is not documented here.
        for page in range(20):
            with sense(self._host):
                found = listed(self._get(f"/cards/{card}/actions", filter=kind, page=str(page)))
                yield from found
                if len(found) < PAGE:
                    return


def _card(value: Any) -> Card:
    return Card(ident(value["id"]), ident(value["idBoard"]), ident(value["idList"]))


def _comment(card: str, action: Any) -> Receipt:
    """Name the raw record by which a pull brings a comment."""
    board = ident(action["data"]["board"]["id"])
    return Receipt("comment", f"{board}/{card}/{ident(action['id'])}")


def _trace(receipt: Receipt, action: Any, text: object) -> Trace:
    return Trace(receipt, moment(action.get("date")), text, action.get("idMemberCreator"))


@dataclass(frozen=True, slots=True)
class _Response:
    """As much of a `requests.Response` as py-trello looks at after a 2xx."""

    value: object
    status_code: int = 200

    def json(self) -> object:
        return self.value


class _Service:
    """What py-trello takes for `requests`. What is no 2xx is raised here, as our own error."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def request(
        self,
        method: str,
        url: str,
        *,
        params: MutableMapping[str, Any],
        headers: object,
        data: str | None,
        auth: object,
        files: object,
        proxies: object,
    ) -> _Response:
        """Send it. Headers, credentials and proxies are the transport's own."""
        del headers, auth, proxies
        path, _, query = url.removeprefix(BASE).partition("?")
        if not url.startswith(BASE) or files is not None:
            raise RefusedError("Trastienda does not send this.")
        asked = dict(parse_qsl(query))
        asked |= {n: _spelt(value) for n, value in params.items() if n not in {"key", "token"}}
        # The default value of some of its calls: what stays in there goes out with the next
        # client's request.
        params.clear()
        path = f"/{path.strip('/')}"
        if method in READING:
            answer = self._http.get(path, asked)
        else:
            body = None if data is None else json.loads(data)
            answer = self._http.send(method, path, params=asked, body=body)
        return _Response(answer.json(object))


def _spelt(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
