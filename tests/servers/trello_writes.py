"""The fake Trello's writing routes: what the token's member does, done as anybody else does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.servers import trello_views as views
from tests.servers.trello_call import Call
from tests.servers.trello_people import LISTS, People
from tests.servers.trello_world import Board, Json, Refused, instant, iso, missing

EDITABLE = (
    *("name", "desc", "closed", "due", "dueComplete", "start", "dueReminder"),
    *("idList", "idMembers", "idLabels", "pos", "subscribed"),
)
LONGEST = 16384
"""Characters of a name, a description, a comment."""

Route = Callable[..., Any]


def put_card(call: Call, key: str) -> Json:
    """PUT /1/cards/{id}: only what is given changes."""
    return _edit(call, key, {name: call.asked.raw(name) for name in call.asked.given(*EDITABLE)})


def put_card_field(call: Call, key: str, field: str) -> Json:
    """PUT /1/cards/{id}/{field} with `value`."""
    if field not in EDITABLE:
        raise missing()
    return _edit(call, key, {field: call.asked.raw("value")})


def _edit(call: Call, key: str, given: Json) -> Json:
    home, it = call.card(key)
    board = call.asked.take("idBoard", home.id)
    changes = {name: _meant(name, value) for name, value in given.items()}
    target = changes.pop("idList", it["idList"])
    if target != it["idList"]:
        there, _ = call.list(target)
        if there.id != board:
            raise Refused(400, "invalid value for idList")
        people(call).move_card(it["id"], target, by=call.me)
    _known(call.card(key)[0], changes)
    people(call).edit_card(it["id"], by=call.me, **changes)
    return _told(call, it["id"])


def _known(home: Board, changes: Json) -> None:
    """Refuse members and labels that the board has not."""
    for member in changes.get("idMembers", []):
        if not home.has(member):
            raise Refused(400, "invalid value for idMembers")
    for label in changes.get("idLabels", []):
        if label not in home.labels:
            raise Refused(400, "invalid value for idLabels")


def _meant(name: str, value: Any) -> Any:
    """The value as Trello keeps it: JSON or text may carry it. Raises Refused."""
    if name in {"closed", "dueComplete", "subscribed"}:
        if str(value).lower() not in {"true", "false"}:
            raise Refused(400, f"invalid value for {name}")
        return str(value).lower() == "true"
    if name in {"due", "start"}:
        if value in {None, "", "null"}:
            return None
        try:
            return iso(instant(str(value)))
        except ValueError:
            raise Refused(400, "invalid date") from None
    if name in LISTS:
        return value if isinstance(value, list) else [one for one in str(value).split(",") if one]
    if name in {"name", "desc"} and len(str(value)) > LONGEST:
        raise Refused(400, f"invalid value for {name}")
    if name == "name" and not str(value).strip():
        raise Refused(400, "invalid value for name")
    return value


def _told(call: Call, key: str) -> Json:
    home, it = call.card(key)
    return views.cards(call.world, views.Asked({}))(home, it) | {"stickers": []}


def post_card(call: Call) -> Json:
    """POST /1/cards: `idList` is the one thing that must be."""
    board, _ = call.list(call.asked.take("idList"))
    wanted = [name for name in call.asked.given(*EDITABLE, "urlSource") if name != "idList"]
    given = {name: call.asked.raw(name) for name in wanted}
    for name in ("idCardSource", "keepFromSource"):
        call.asked.take(name)
    fields = {k: _meant(k, v) for k, v in given.items() if v is not None or k in {"due", "start"}}
    _known(board, fields)
    name = fields.pop("name", "")
    fields.pop("pos", None)  # "top" and "bottom" are for Trello to turn into numbers
    made = people(call).add_card(call.asked.take("idList"), name, by=call.me, **fields)
    return _told(call, made)


def delete_card(call: Call, key: str) -> Json:
    """DELETE /1/cards/{id}"""
    people(call).delete_card(call.card(key)[1]["id"], by=call.me)
    return {"limits": {}}


def put_item(call: Call, key: str, *path: str) -> Json:
    """PUT /1/cards/{id}/checkItem/{idCheckItem}, or below /checklist/{idChecklist}."""
    _, it = call.card(key)
    _, held, item = call.world.find_item(path[-1])
    if held["idCard"] != it["id"] or (len(path) == 2 and held["id"] != path[0]):
        raise missing()
    changes = {n: call.asked.raw(n) for n in call.asked.given("state", "name", "due", "idMember")}
    if changes.get("state", "complete") not in {"complete", "incomplete"}:
        raise Refused(400, "invalid value for state")
    people(call).edit_item(item["id"], by=call.me, **changes)
    return dict(item)


def post_comment(call: Call, key: str) -> Json:
    """POST /1/cards/{id}/actions/comments: a second one just alike is a second comment."""
    _, it = call.card(key)
    made = people(call).comment(it["id"], _words(call, "text"), by=call.me)
    return _action(call, made)


def _words(call: Call, name: str) -> str:
    text = call.asked.take(name)
    if not text.strip() or len(text) > LONGEST:
        raise Refused(400, f"invalid value for {name}")
    return text


def put_comment(call: Call, key: str, action: str) -> Json:
    """PUT /1/cards/{id}/actions/{idAction}/comments: one's own."""
    call.card(key)
    people(call).edit_comment(action, _words(call, "text"), by=call.me)
    return _action(call, action)


def delete_comment(call: Call, key: str, action: str) -> Json:
    """DELETE /1/cards/{id}/actions/{idAction}/comments: one's own."""
    call.card(key)
    people(call).delete_comment(action, by=call.me)
    return {"_value": None}


def _action(call: Call, key: str) -> Json:
    _, action = call.world.find_action(key)
    return views.actions(call.world, views.Asked({}), [action])[0]


def post_member(call: Call, key: str) -> list[Json]:
    """POST /1/cards/{id}/idMembers"""
    home, it = call.card(key)
    member = call.asked.take("value")
    _known(home, {"idMembers": [member]})
    people(call).add_member(it["id"], member, by=call.me)
    return [call.world.members[one] for one in it["idMembers"]]


def delete_member(call: Call, key: str, member: str) -> list[Json]:
    """DELETE /1/cards/{id}/idMembers/{idMember}"""
    _, it = call.card(key)
    people(call).remove_member(it["id"], member, by=call.me)
    return [call.world.members[one] for one in it["idMembers"]]


def post_label(call: Call, key: str) -> list[str]:
    """POST /1/cards/{id}/idLabels"""
    home, it = call.card(key)
    label = call.asked.take("value")
    _known(home, {"idLabels": [label]})
    people(call).add_label(it["id"], label, by=call.me)
    return list(it["idLabels"])


def people(call: Call) -> People:
    return People(call.world)


WRITES: dict[tuple[str, str], Route] = {
    ("PUT", "cards/{}"): put_card,
    ("PUT", "cards/{}/checkItem/{}"): put_item,
    ("PUT", "cards/{}/checklist/{}/checkItem/{}"): put_item,
    ("PUT", "cards/{}/actions/{}/comments"): put_comment,
    ("PUT", "cards/{}/{}"): put_card_field,
    ("POST", "cards"): post_card,
    ("POST", "cards/{}/actions/comments"): post_comment,
    ("POST", "cards/{}/idMembers"): post_member,
    ("POST", "cards/{}/idLabels"): post_label,
    ("DELETE", "cards/{}"): delete_card,
    ("DELETE", "cards/{}/actions/{}/comments"): delete_comment,
    ("DELETE", "cards/{}/idMembers/{}"): delete_member,
}
"""Method, path below /1 -> what does it."""
