"""What other people do on a board while nobody looks: the acts, with the actions they leave.

The fake's own writing routes do them too, in the name of the token's member.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.servers.trello_blank import (
    blank_attachment,
    blank_board,
    blank_card,
    blank_item,
    blank_list,
    next_short,
)
from tests.servers.trello_world import (
    LAG,
    Board,
    Json,
    Refused,
    World,
    copied,
    iso,
    missing,
    some,
)

LISTS = ("idMembers", "idLabels")


@dataclass(frozen=True, slots=True)
class People:
    """Each act names who did it by member id; cards and boards by id or short link."""

    world: World

    # Cards

    def add_card(
        self, into: str, name: str, *, by: str, kind: str = "createCard", **fields: Any
    ) -> str:
        """Gives the new card's id; `fields` are set from the start, without actions."""
        world = self.world
        board, listed = world.find_list(into)
        when = world.now()
        card = blank_card(world.new_id(when), board, listed["id"], name) | fields
        board.cards[card["id"]] = card
        world.act(board, by, kind, {"list": some(listed, "id", "name")}, card=card, when=when)
        return str(card["id"])

    def edit_card(self, card: str, *, by: str, **fields: Any) -> None:
        """Set fields of a card; what does not change leaves no trace.

        Each field leaves an action of its own; all of one call fall into one millisecond.
        """
        board, it = self.world.find_card(card)
        when = self.world.now()
        for name, value in fields.items():
            before = it.get(name)
            if value == before:
                continue
            old = {name: copied(before)}
            where = self.world.in_list(board, it)
            it[name] = copied(value)
            if name == "idList":
                after = self.world.in_list(board, it)["list"]
                where = {"listBefore": where["list"], "listAfter": after}
            data = {"old": old, "card": {name: copied(value)}, **where}
            self.world.act(board, by, "updateCard", data, card=it, when=when)

    def move_card(self, card: str, to: str, *, by: str) -> None:
        """To another list, of its own board or of another: then its history comes with it."""
        old, it = self.world.find_card(card)
        new, listed = self.world.find_list(to)
        if new is old:
            self.edit_card(card, by=by, idList=to)
            return
        world, when = self.world, self.world.now()
        left = world.in_list(old, it)
        del old.cards[it["id"]]
        _carry(old, new, it)
        new.cards[it["id"]] = it
        it |= {
            "idBoard": new.id,
            "idList": listed["id"],
            "idLabels": [],
            "idShort": next_short(new),
        }
        target, source = {"id": new.id}, some(old.fields, "id", "name")
        arrived = {"list": some(listed, "id", "name"), "boardSource": source}
        world.act(old, by, "moveCardFromBoard", {"boardTarget": target, **left}, card=it, when=when)
        world.act(new, by, "moveCardToBoard", arrived, card=it, when=when)

    def delete_card(self, card: str, *, by: str) -> None:
        """Leaves an action without the card's name, and takes its history along."""
        board, it = self.world.find_card(card)
        where = self.world.in_list(board, it)
        board.actions[:] = [a for a in board.actions if not _about(a, it["id"])]
        del board.cards[it["id"]]
        for key in [k for k, c in board.checklists.items() if c["idCard"] == it["id"]]:
            del board.checklists[key]
        self.world.act(board, by, "deleteCard", where, card=some(it, "id", "idShort", "shortLink"))

    def copy_card(self, card: str, into: str, *, by: str) -> str:
        """With its comments, each in the copier's name now; gives the copy's id."""
        source_board, source = self.world.find_card(card)
        new = self.add_card(into, source["name"], by=by, kind="copyCard", desc=source["desc"])
        board, copy = self.world.find_card(new)
        board.actions[-1]["data"]["cardSource"] = some(source, "id", "name", "idShort", "shortLink")
        for action in [a for a in source_board.actions if _about(a, source["id"])]:
            if action["type"] == "commentCard":
                data = some(action["data"], "text") | self.world.in_list(board, copy)
                self.world.act(board, by, "copyCommentCard", data, card=copy)
        return new

    # Comments

    def comment(self, card: str, text: str, *, by: str) -> str:
        """Gives the id of the action that is the comment."""
        board, it = self.world.find_card(card)
        data = {"text": text, "textData": {"emoji": {}}, **self.world.in_list(board, it)}
        return str(self.world.act(board, by, "commentCard", data, card=it)["id"])

    def edit_comment(self, comment: str, text: str, *, by: str) -> None:
        """The comment keeps its date."""
        board, action = self._own(comment, by)
        action["data"] |= {"text": text, "dateLastEdited": iso(self.world.now())}
        card = board.cards[action["data"]["card"]["id"]]
        self.world.act(board, by, "updateComment", {"action": some(action, "id")}, card=card)

    def delete_comment(self, comment: str, *, by: str) -> None:
        board, action = self._own(comment, by)
        board.actions.remove(action)
        card = board.cards[action["data"]["card"]["id"]]
        self.world.act(board, by, "deleteComment", {"action": some(action, "id")}, card=card)

    def _own(self, comment: str, by: str) -> tuple[Board, Json]:
        board, action = self.world.find_action(comment)
        if not action["type"].endswith("mmentCard"):
            raise missing()
        if action["idMemberCreator"] != by:
            raise Refused(401, "unauthorized action permission requested")
        return board, action

    # What hangs on a card

    def add_member(self, card: str, member: str, *, by: str) -> None:
        self._member(card, member, by, "addMemberToCard")

    def remove_member(self, card: str, member: str, *, by: str) -> None:
        self._member(card, member, by, "removeMemberFromCard")

    def _member(self, card: str, member: str, by: str, kind: str) -> None:
        board, it = self.world.find_card(card)
        there = [m for m in it["idMembers"] if m != member]
        it["idMembers"] = [*there, member] if kind == "addMemberToCard" else there
        known = self.world.find_member(member)
        told = {"idMember": member, "member": {"id": member, "name": known["fullName"]}}
        self.world.act(board, by, kind, told, card=it)

    def add_label(self, card: str, label: str, *, by: str) -> None:
        """Boards tell it as a changed card, never as `addLabelToCard`."""
        _, it = self.world.find_card(card)
        self.edit_card(card, by=by, idLabels=[*it["idLabels"], label])

    def remove_label(self, card: str, label: str, *, by: str) -> None:
        _, it = self.world.find_card(card)
        self.edit_card(card, by=by, idLabels=[one for one in it["idLabels"] if one != label])

    def attach(
        self, card: str, name: str, *, by: str, url: str = "", content: bytes | None = None
    ) -> str:
        """A link, or with `content` a file; gives the attachment's id."""
        board, it = self.world.find_card(card)
        when = self.world.now()
        key = self.world.new_id(when)
        if content is not None:
            self.world.files[key] = content
            where = f"/1/cards/{it['id']}/attachments/{key}/download/{quote(name)}"
            url = f"https://trello.com{where}"
        size = None if content is None else len(content)
        attachment = blank_attachment(key, name, url, size) | {"idMember": by, "date": iso(when)}
        it["attachments"] = [*it.get("attachments", []), attachment]
        data = {"attachment": some(attachment, "id", "name", "url")}
        data |= self.world.in_list(board, it)
        self.world.act(board, by, "addAttachmentToCard", data, card=it, when=when)
        return key

    def detach(self, card: str, attachment: str, *, by: str) -> None:
        board, it = self.world.find_card(card)
        gone = next((a for a in it["attachments"] if a["id"] == attachment), None)
        if gone is None:
            raise missing()
        it["attachments"] = [a for a in it["attachments"] if a["id"] != attachment]
        data = {"attachment": some(gone, "id", "name")}
        self.world.act(board, by, "deleteAttachmentFromCard", data, card=it)

    def set_field(self, card: str, field: str, *, by: str, **value: Any) -> None:
        """A custom field: `value={"number": "100.32"}` (strings, all of them) or `idValue="…"`."""
        board, it = self.world.find_card(card)
        items = [i for i in it.get("customFieldItems", []) if i["idCustomField"] != field]
        item = {"id": self.world.new_id(), "idCustomField": field, "idModel": it["id"]}
        item |= {"modelType": "card", "value": None, **value}
        it["customFieldItems"] = [*items, item]
        data = {"customField": some(board.custom_fields[field], "id", "name", "type")}
        data |= {"customFieldItem": copied(item), "old": dict.fromkeys(value)}
        self.world.act(board, by, "updateCustomFieldItem", data, card=it)

    # Checklists

    def add_checklist(self, card: str, name: str, items: Sequence[str] = (), *, by: str) -> str:
        """Gives its id; the items leave no action that a board would list."""
        board, it = self.world.find_card(card)
        when = self.world.now()
        key = self.world.new_id(when)
        listed = {"id": key, "idBoard": board.id, "idCard": it["id"], "name": name, "pos": 16384}
        board.checklists[key] = listed | {"checkItems": [], "limits": {}}
        data = {"checklist": {"id": key, "name": name}}
        self.world.act(board, by, "addChecklistToCard", data, card=it, when=when)
        for item in items:
            self.add_item(key, item, by=by)
        return key

    def add_item(self, checklist: str, name: str, *, by: str, **fields: Any) -> str:
        board = next((b for b in self.world.boards.values() if checklist in b.checklists), None)
        if board is None:
            raise missing()
        held = board.checklists[checklist]
        item = blank_item(self.world.new_id(), held, name) | fields
        held["checkItems"].append(item)
        self._itemised(board, held, item, "createCheckItem", by)
        return str(item["id"])

    def tick(self, item: str, *, by: str, done: bool = True) -> None:
        self.edit_item(item, by=by, state="complete" if done else "incomplete")

    def edit_item(self, item: str, *, by: str, **fields: Any) -> None:
        """Its state leaves an action; its words, its due date and whose it is leave none."""
        board, held, it = self.world.find_item(item)
        changed = {name for name, value in fields.items() if it.get(name) != value}
        it |= fields
        if "state" in changed:
            self._itemised(board, held, it, "updateCheckItemStateOnCard", by)
        if changed - {"state"}:
            self._itemised(board, held, it, "updateCheckItem", by)

    def delete_item(self, item: str, *, by: str) -> None:
        board, held, it = self.world.find_item(item)
        held["checkItems"].remove(it)
        self._itemised(board, held, it, "deleteCheckItem", by)

    def _itemised(self, board: Board, held: Json, item: Json, kind: str, by: str) -> None:
        data = {
            "checklist": some(held, "id", "name"),
            "checkItem": some(item, "id", "name", "state"),
        }
        self.world.act(board, by, kind, data, card=board.cards[held["idCard"]])

    # Lists and boards

    def add_list(self, board: str, name: str, *, by: str) -> str:
        """Gives its id."""
        held = self.world.find_board(board)
        key = self.world.new_id()
        held.lists[key] = blank_list(key, held, name)
        self.world.act(held, by, "createList", {"list": some(held.lists[key], "id", "name")})
        return key

    def edit_list(self, key: str, *, by: str, **fields: Any) -> None:
        """`name="…"`, `closed=True`: the board's own date stays."""
        board, it = self.world.find_list(key)
        for name, value in fields.items():
            old, it[name] = it[name], value
            data = {"list": some(it, "id", "name", name), "old": {name: old}}
            self.world.act(board, by, "updateList", data)

    def add_board(self, name: str, *members: str, lists: Sequence[str] = ()) -> str:
        """A new board of these members, the first its maker; gives its id."""
        key = self.world.new_id()
        short = f"b{int(key[-6:], 16):07x}"
        fields = blank_board(key, short, name) | {"dateLastActivity": iso(self.world.now() - LAG)}
        board = self.world.load(fields, *members)
        for one in lists:
            self.add_list(board.id, one, by=members[0])
        return key

    def edit_board(self, board: str, *, by: str, **fields: Any) -> None:
        """`name="…"`, `closed=True`."""
        held = self.world.find_board(board)
        for name, value in fields.items():
            old, held.fields[name] = held.fields[name], value
            data = {"board": {**some(held.fields, "id", "name", "shortLink"), name: value}}
            self.world.act(held, by, "updateBoard", {**data, "old": {name: old}})

    def add_label_to_board(self, board: str, name: str, color: str | None) -> str:
        """Gives the label's id."""
        held = self.world.find_board(board)
        key = self.world.new_id()
        held.labels[key] = {"id": key, "idBoard": held.id, "name": name, "color": color}
        return key

    def bump_labels(self, board: str) -> None:
        """Let the counters of all labels rise, though nothing happened."""
        held = self.world.find_board(board)
        held.bumps = {key: held.bumps.get(key, 0) + 1 for key in held.labels}

    def share(self, board: str, member: str, *, by: str) -> None:
        held = self.world.find_board(board)
        self.world.let_in(held, member)
        data = {"idMemberAdded": member, "memberType": "normal"}
        self.world.act(held, by, "addMemberToBoard", data)

    def revoke(self, board: str, member: str) -> None:
        """The member may not see the board any more; no action tells it."""
        held = self.world.find_board(board)
        held.memberships = [m for m in held.memberships if m["idMember"] != member]

    def delete_board(self, board: str) -> None:
        del self.world.boards[self.world.find_board(board).id]


def _about(action: Json, card: str) -> bool:
    return bool(action["data"].get("card", {}).get("id") == card)


def _carry(old: Board, new: Board, card: Json) -> None:
    """Bring what belongs to a card from one board to another."""
    key = card["id"]
    moved = [a for a in old.actions if _about(a, key)]
    old.actions[:] = [a for a in old.actions if not _about(a, key)]
    for action in moved:
        action["data"]["board"] = some(new.fields, "id", "name", "shortLink")
    new.actions[:] = sorted([*new.actions, *moved], key=lambda action: str(action["date"]))
    for name in [k for k, c in old.checklists.items() if c["idCard"] == key]:
        new.checklists[name] = old.checklists.pop(name) | {"idBoard": new.id}
    new.comments[key] = old.comments.pop(key, 0)
