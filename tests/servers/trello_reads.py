"""The fake Trello's reading routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from connectors.testing_server import Reply
from tests.servers import trello_views as views
from tests.servers.trello_call import Call
from tests.servers.trello_world import Board, Json, Refused, missing

BOARD_DEFAULT = "name,desc,descData,closed,idOrganization,pinned,url,shortUrl,prefs,labelNames"
TOO_MANY_CARDS: Json = {
    "error": "API_TOO_MANY_CARDS_REQUESTED",
    "message": "Requested too many cards in a single request. Please try again with fewer cards.",
}


Route = Callable[..., Any]


def member(call: Call, key: str) -> Json:
    """GET /1/members/{id}"""
    asked, who = call.asked, call.who(key)
    told = asked.fields("fields", "member")(who)
    which = asked.take("boards", "none")
    if which != "none":
        told["boards"] = list(_boards(call, who, which, "board_"))
    return told


def member_boards(call: Call, key: str) -> list[Json]:
    """GET /1/members/{id}/boards"""
    return list(_boards(call, call.who(key), call.asked.take("filter", "all"), ""))


def _boards(call: Call, who: Json, which: str, prefix: str) -> Iterator[Json]:
    asked = call.asked
    if not set(which.split(",")) <= {"all", "open", "closed", "members"}:
        raise Refused(400, "invalid value for filter")
    told = asked.fields(f"{prefix}fields", "board")
    lists = asked.one_of(f"{prefix}lists", "none", "all", "open", "closed", "none")
    listed = asked.fields(f"{prefix}list_fields", "list")
    held = asked.one_of(f"{prefix}memberships", "none", "all", "me", "none")
    for board in list(call.world.boards.values()):
        if not board.has(who["id"]) or not board.has(call.me):
            continue
        if which in {"open", "closed"} and board.fields["closed"] != (which == "closed"):
            continue
        one = told(board.fields)
        if lists != "none":
            one["lists"] = views.lists(board, lists, listed)
        if held != "none":
            one["memberships"] = _memberships(call, board, held)
        yield one


def _memberships(call: Call, board: Board, which: str) -> list[Json]:
    return [m for m in board.memberships if which == "all" or m["idMember"] == call.me]


def member_cards(call: Call, key: str) -> list[Json]:
    """GET /1/members/{id}/cards"""
    who, view = call.who(key), views.cards(call.world, call.asked)
    which = call.asked.take("filter", "visible")
    seen = [b for b in list(call.world.boards.values()) if b.has(call.me)]
    return [
        view(board, card)
        for board in seen
        for card in views.chosen(board, which)
        if who["id"] in card["idMembers"]
    ]


def board(call: Call, key: str) -> Json:
    """GET /1/boards/{id}, with all that may be nested in it."""
    asked, it = call.asked, call.board(key)
    told = asked.fields("fields", "board", BOARD_DEFAULT)(it.fields)
    which = asked.one_of("cards", "none", "all", "closed", "none", "open", "visible")
    with_actions = asked.take("actions") not in {"", "none"}
    if which != "none":
        view = views.cards(call.world, asked, "card_")
        held = views.modified_since(asked.take("cards_modifiedSince"), views.chosen(it, which))
        if with_actions and len(held) > call.most_cards:
            raise Refused(403, TOO_MANY_CARDS)
        told["cards"] = [view(it, card) for card in held]
    if with_actions:
        told["actions"] = views.actions(call.world, asked, it.actions, nested="action")
    if asked.one_of("checklists", "none", "all", "none") == "all":
        told["checklists"] = views.checklists(asked, list(it.checklists.values()))
    lists = asked.one_of("lists", "none", "all", "closed", "none", "open")
    if lists != "none":
        told["lists"] = views.lists(it, lists, asked.fields("list_fields", "list"))
    if asked.one_of("labels", "none", "all", "none") == "all":
        told["labels"] = _labels(call, it, "labels_limit", "label_fields")
    members = asked.take("members", "none")
    if members != "none":
        person = asked.fields("member_fields", "member", views.SHORT_PERSON)
        told["members"] = views.members(call.world, it, person, members)
    if asked.yes("customFields"):
        told["customFields"] = list(it.custom_fields.values())
    memberships = asked.take("memberships", "none")
    if memberships != "none":
        told["memberships"] = _memberships(call, it, memberships)
    return told


def _labels(call: Call, it: Board, limit: str, fields: str) -> list[Json]:
    most = call.asked.number(limit, views.DEFAULT_LABELS, 1000)
    told, sums = call.asked.fields(fields, "label"), views.Sums(it)
    return [told(sums.label(key)) for key in list(it.labels)[:most]]


def board_actions(call: Call, key: str) -> list[Json]:
    """GET /1/boards/{id}/actions"""
    return views.actions(call.world, call.asked, call.board(key).actions)


def board_cards(call: Call, key: str, which: str = "") -> list[Json]:
    """GET /1/boards/{id}/cards and /cards/{filter}; newest 1,000 by id, and `before` for more."""
    it, asked = call.board(key), call.asked
    which = which or asked.take("filter", "visible")
    if which not in {"all", "closed", "none", "open", "visible"}:
        raise Refused(400, "invalid value for filter")
    return _cards(call, [(it, card) for card in views.chosen(it, which)])


def list_cards(call: Call, key: str, which: str = "") -> list[Json]:
    """GET /1/lists/{id}/cards"""
    it, listed = call.list(key)
    which = which or call.asked.take("filter", "open")
    held = [card for card in views.chosen(it, which) if card["idList"] == listed["id"]]
    return _cards(call, [(it, card) for card in held])


def _cards(call: Call, held: list[tuple[Board, Json]]) -> list[Json]:
    asked = call.asked
    view, homes = views.cards(call.world, asked), {card["id"]: home for home, card in held}
    found = views.modified_since(asked.take("modifiedSince"), [card for _, card in held])
    found = views.page_of_cards(asked, found)
    kinds = asked.take("actions")
    if kinds and len(found) > call.most_cards:
        raise Refused(403, TOO_MANY_CARDS)
    with_lists = asked.take("checklists", "none") == "all"
    told = []
    for card in found:
        home = homes[card["id"]]
        one = view(home, card)
        if kinds:
            of = [a for a in home.actions if a["data"].get("card", {}).get("id") == card["id"]]
            one["actions"] = views.actions(call.world, asked, of, nested="action")
        if with_lists:
            one["checklists"] = views.checklists(asked, _checklists(home, card))
        told.append(one)
    return told


def _checklists(home: Board, card: Json) -> list[Json]:
    return [one for one in list(home.checklists.values()) if one["idCard"] == card["id"]]


def board_lists(call: Call, key: str, which: str = "") -> list[Json]:
    """GET /1/boards/{id}/lists and /lists/{filter}"""
    it, asked = call.board(key), call.asked
    filtered = asked.one_of("filter", "open", "all", "closed", "none", "open")
    asked.one_of("cards", "none", "none")
    if (which or filtered) not in {"all", "closed", "none", "open"}:
        raise Refused(400, "invalid value for filter")
    return views.lists(it, which or filtered, asked.fields("fields", "list"))


def board_labels(call: Call, key: str) -> list[Json]:
    """GET /1/boards/{id}/labels"""
    return _labels(call, call.board(key), "limit", "fields")


def board_members(call: Call, key: str) -> list[Json]:
    """GET /1/boards/{id}/members"""
    asked = call.asked
    person = asked.fields("fields", "member", "fullName,username")
    return views.members(call.world, call.board(key), person, asked.take("filter", "all"))


def board_checklists(call: Call, key: str) -> list[Json]:
    """GET /1/boards/{id}/checklists"""
    call.asked.take("cards")
    return views.checklists(call.asked, list(call.board(key).checklists.values()))


def board_fields(call: Call, key: str) -> list[Json]:
    """GET /1/boards/{id}/customFields"""
    return list(call.board(key).custom_fields.values())


def card(call: Call, key: str) -> Json:
    """GET /1/cards/{id}"""
    home, it = call.card(key)
    asked = call.asked
    told = views.cards(call.world, asked)(home, it)
    if asked.take("checklists", "none") == "all":
        told["checklists"] = views.checklists(asked, _checklists(home, it))
    if asked.take("actions"):
        of = [a for a in home.actions if a["data"].get("card", {}).get("id") == it["id"]]
        told["actions"] = views.actions(call.world, asked, of, nested="action")
    return told


def card_actions(call: Call, key: str) -> list[Json]:
    """GET /1/cards/{id}/actions"""
    home, it = call.card(key)
    of = [a for a in home.actions if a["data"].get("card", {}).get("id") == it["id"]]
    return views.actions(call.world, call.asked, of, default="commentCard,updateCard:idList")


def card_checklists(call: Call, key: str) -> list[Json]:
    """GET /1/cards/{id}/checklists"""
    call.asked.take("filter")
    return views.checklists(call.asked, _checklists(*call.card(key)))


def card_attachments(call: Call, key: str) -> list[Json]:
    """GET /1/cards/{id}/attachments"""
    call.asked.take("filter")
    told = call.asked.fields("fields", "attachment")
    return [told(one) for one in call.card(key)[1].get("attachments", [])]


def card_attachment(call: Call, key: str, attachment: str) -> Json:
    """GET /1/cards/{id}/attachments/{idAttachment}"""
    told = call.asked.fields("fields", "attachment")
    for one in call.card(key)[1].get("attachments", []):
        if one["id"] == attachment:
            return told(one)
    raise missing()


def card_plugin_data(call: Call, key: str) -> list[Json]:
    """GET /1/cards/{id}/pluginData: no card here has any."""
    call.card(key)
    return []


def one_list(call: Call, key: str) -> Json:
    """GET /1/lists/{id}"""
    return call.asked.fields("fields", "list", "name,closed,idBoard,pos")(call.list(key)[1])


def download(call: Call, key: str, attachment: str, name: str) -> Reply:
    """GET /1/cards/{id}/attachments/{idAttachment}/download/{fileName}: it lies elsewhere."""
    _, it = call.card(key)
    held = next((one for one in it.get("attachments", []) if one["id"] == attachment), None)
    if held is None or attachment not in call.world.files:
        raise missing()
    return Reply(302, headers={"location": f"/signed/{attachment}/{quote(name)}"})


READS: dict[str, Route] = {
    "members/{}": member,
    "members/{}/boards": member_boards,
    "members/{}/cards": member_cards,
    "boards/{}": board,
    "boards/{}/actions": board_actions,
    "boards/{}/cards": board_cards,
    "boards/{}/cards/{}": board_cards,
    "boards/{}/lists": board_lists,
    "boards/{}/lists/{}": board_lists,
    "boards/{}/labels": board_labels,
    "boards/{}/members": board_members,
    "boards/{}/checklists": board_checklists,
    "boards/{}/customFields": board_fields,
    "cards/{}": card,
    "cards/{}/actions": card_actions,
    "cards/{}/checklists": card_checklists,
    "cards/{}/attachments": card_attachments,
    "cards/{}/attachments/{}": card_attachment,
    "cards/{}/attachments/{}/download/{}": download,
    "cards/{}/pluginData": card_plugin_data,
    "lists/{}": one_list,
    "lists/{}/cards": list_cards,
    "lists/{}/cards/{}": list_cards,
}
"""Path below /1 -> what answers a GET."""
