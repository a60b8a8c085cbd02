"""Raw records out of a board's answer: cards, comments, and what changed on cards.

| stream | external id |
|---|---|
| card | board/card |
| comment, action | board/card/action |
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from connectors.trello_board import Board, Json
from connectors.trello_reads import CHANGES, COMMENTS
from connectors.writing import ident
from normalizer.raw import Census, Raw, canonical
from normalizer.text import fold, line

_TELLING: Final = frozenset({"name", "desc", "due", "idList", "idLabels", "closed", "dueComplete"})
"""The fields whose change says something: a third of all changes is a place in a list."""

_AWAY: Final = frozenset({"deleteCard", "moveCardFromBoard"})


def cards(board: Board, done: str) -> Iterator[Raw]:
    """Yield the cards of a board. `done`: the setting of that name."""
    for card in board.cards:
        meta = {
            **_place(board, card["idList"], done, closed=card["closed"] is True),
            "fields": _fields(board, card),
            "people": _people(board, card),
        }
        raw = Raw.of_json("card", f"{board.id}/{card['id']}", card, **meta)
        yield replace(raw, projection=canonical(_told(card)).encode("utf-8", "surrogatepass"))


def put_away(board: Board, archived: Mapping[str, str], done: str) -> Iterator[Raw]:
    """Say of cards (card → list) where they are archived: of use only where they are kept."""
    for card, into in archived.items():
        meta = canonical(_place(board, into, done, closed=True))
        yield Raw(stream="card", external_id=f"{board.id}/{card}", meta=meta)


def _place(board: Board, into: str, done: str, *, closed: bool) -> dict[str, Any]:
    name, put_away = board.lists.get(into, ("", False))
    closed = board.closed or put_away or closed
    finished = closed if done == "archive" else _is_list(done, into, name)
    return {"board": board.name, "list": name, "closed": closed, "done": finished}


@dataclass(slots=True)
class Acts:
    """What is known of an account while the actions of its boards are gone through."""

    boards: Mapping[str, str]
    """The boards that are watched: id → name."""

    named: bool
    """The config names them: others may be another client's, and so are their names."""

    done: str
    """The setting of that name."""

    settled: set[str] = field(default_factory=set)
    """Copies (board/card) of which it is known whether they are still there."""

    moved: dict[str, str] = field(default_factory=dict)
    """Cards that went to another watched board → the copy they left behind."""


def acts(board: Board, known: Acts, among: Container[str] | None = None) -> Iterator[Raw]:
    """Yield what the actions of a board tell, oldest first; of cards `among` these, where given.

    A card that was deleted or moved to another board is gone from this one, unless it came back
    since. Where it went to a watched one, it goes only once it is read there.
    """
    yield from reversed(list(_acts(board, known, among)))


def _acts(board: Board, known: Acts, among: Container[str] | None) -> Iterator[Raw]:
    here = {card["id"] for card in board.cards}
    for action in board.actions:
        kind, card = action["type"], (action["data"].get("card") or {}).get("id")
        if not isinstance(card, str):
            continue
        copy = f"{board.id}/{ident(card)}"
        stays = (action["data"].get("boardTarget") or {}).get("id") in known.boards
        if kind in _AWAY and card not in here and copy not in known.settled:
            if stays:
                known.moved[card] = copy
            else:
                yield gone(copy)
        if kind in _AWAY or kind == "moveCardToBoard":
            known.settled.add(copy)
        if stays:
            continue  # told once, by the board it came to
        if among is not None and card not in among:
            continue
        if kind in COMMENTS:
            yield comment(board.id, action)
        elif kind in CHANGES and (kind != "updateCard" or _telling(action)):
            told = _told_here(action, known)
            raw = Raw.of_json(
                "action", f"{copy}/{action['id']}", told, **_about(board, told, known)
            )
            yield replace(raw, projection=canonical({"id": action["id"]}).encode())


def gone(copy: str) -> Raw:
    """Say that somebody deleted a card, or moved it to another board."""
    return Raw(stream="card", external_id=copy, deleted=True, certain=True)


def _told_here(action: Json, known: Acts) -> Json:
    """Leave out the name of a board that may be another client's."""
    source = action["data"].get("boardSource")
    if not known.named or source is None or source.get("id") in known.boards:
        return action
    data = {name: value for name, value in action["data"].items() if name != "boardSource"}
    return {**action, "data": data}


def comments(
    board: str, actions: Iterable[Json], among: Container[str] | None = None
) -> Iterator[Raw]:
    """Yield the comments among actions, on cards `among` these, where given; one that names no
    card is on none.
    """
    for one in actions:
        card = (one["data"].get("card") or {}).get("id")
        if card is not None and (among is None or card in among):
            yield comment(board, one)


def comment(board: str, action: Json) -> Raw:
    """Make the record of a comment: what counts is what it says, and to which card."""
    data = action["data"]
    told = [action["id"], action["date"], data.get("text"), data["card"]["id"]]
    raw = Raw.of_json("comment", f"{board}/{ident(data['card']['id'])}/{action['id']}", action)
    return replace(raw, projection=canonical(told).encode("utf-8", "surrogatepass"))


def forgotten(board: str, actions: Iterable[Json]) -> tuple[Census, ...]:
    """Tell of which cards the history went: it goes with a card that is deleted, without a word."""
    cards = {ident(one["data"]["card"]["id"]) for one in actions if one["type"] == "deleteCard"}
    return tuple(
        Census(stream="action", prefix=f"{board}/{card}/", external_ids=frozenset())
        for card in sorted(cards)
    )


def arrived(actions: Iterable[Json]) -> bool:
    """Tell whether a card came from another board, or out of the archive: with it come comments
    that are older than what was asked for.
    """
    return any(
        action["type"] == "moveCardToBoard"
        or (action["type"] == "updateCard" and (action["data"].get("old") or {}).get("closed"))
        for action in actions
    )


def _is_list(done: str, key: str, name: str) -> bool:
    wanted = done.removeprefix("list:")
    return wanted != done and (wanted == key or fold(line(wanted)) == fold(line(name)))


def _telling(action: Json) -> bool:
    return not _TELLING.isdisjoint(action["data"].get("old") or {})


def _about(board: Board, action: Json, known: Acts) -> dict[str, Any]:
    """Name the labels and the member that an action speaks of by id; say whether to put a card
    away is to have done it.
    """
    data = action["data"]
    labels = {*_list(data.get("old") or {}, "idLabels"), *_list(data.get("card") or {}, "idLabels")}
    named = {
        "labels": {one: board.labels[one] for one in labels if one in board.labels},
        "people": {one: board.people[one] for one in [data.get("idMember")] if one in board.people},
    }
    away = known.done == "archive" and "closed" in (data.get("old") or {})
    told: dict[str, Any] = {name: found for name, found in named.items() if found}
    return told | ({"done": True} if away else {})


def _people(board: Board, card: Json) -> dict[str, str]:
    who = [*(card.get("idMembers") or ())]
    who += [item.get("idMember") for one in card["checklists"] for item in one["checkItems"]]
    return {one: board.people[one] for one in who if one in board.people}


def _fields(board: Board, card: Json) -> dict[str, Any]:
    """Give the definitions of a card's custom fields, as far as they are needed to read it."""
    used = [item["idCustomField"] for item in card.get("customFieldItems") or ()]
    return {
        one: {
            "name": board.fields[one].get("name"),
            "options": [
                {"id": option["id"], "value": option.get("value")}
                for option in board.fields[one].get("options") or ()
            ],
        }
        for one in used
        if one in board.fields
    }


def _told(card: Json) -> dict[str, Any]:
    """Leave out of a card what changes by itself: counters, places, dates, limits."""
    return {
        **{name: card.get(name) for name in _PLAIN},
        "idMembers": sorted(card.get("idMembers") or ()),
        "labels": sorted(_some(card.get("labels") or (), "id", "name", "color"), key=canonical),
        "attachments": sorted(
            _some(card.get("attachments") or (), "id", "name", "url", "bytes", "mimeType"),
            key=canonical,
        ),
        "customFieldItems": sorted(
            _some(card.get("customFieldItems") or (), "idCustomField", "idValue", "value"),
            key=canonical,
        ),
        "checklists": sorted(
            (
                [
                    *(one["id"], one["name"], one.get("pos")),
                    sorted(_some(one["checkItems"], *_ITEM), key=canonical),
                ]
                for one in card["checklists"]
            ),
            key=canonical,
        ),
    }


_PLAIN: Final = (
    "id", "name", "desc", "closed", "due", "dueComplete", "idList", "shortUrl", "isTemplate",
    "cardRole",
)  # fmt: skip
_ITEM: Final = ("id", "name", "state", "pos", "due", "idMember")


def _some(held: Iterable[Json], *names: str) -> list[dict[str, Any]]:
    return [{name: one.get(name) for name in names} for one in held]


def _list(table: Json, name: str) -> list[str]:
    found = table.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
