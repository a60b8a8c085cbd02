"""How the fake Trello tells what it knows: fields, nested parts, pages of actions, its caps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.servers.trello_world import Board, Json, Refused, World, instant, some

CARD = """id address badges checkItemStates closed coordinates creationMethod dateClosed
    dateCompleted dateLastActivity desc descData due dueComplete dueReminder idBoard idChecklists
    idLabels idList idMembers idMembersVoted idShort idAttachmentCover isTemplate cardRole labels
    limits locationName manualCoverAttachment mirrorSourceId name nodeId pinned pos shortLink
    shortUrl start subscribed url cover email originalDesc originalName recurrenceRule"""
BOARD = """id closed creationMethod dateLastActivity dateLastView dateClosed desc descData
    enterpriseOwned idEnterprise idMemberCreator idOrganization idTags invitations invited
    ixUpdate labelNames limits memberships name nodeId pinned powerUps premiumFeatures prefs
    shortLink shortUrl starred subscribed templateGallery type url datePluginDisable
    idBoardSource"""
LIST = "id name closed pos idBoard softLimit subscribed limits type color creationMethod"
MEMBER = """id activityBlocked avatarHash avatarUrl bio bioData confirmed email fullName idBoards
    idEnterprise idEnterprisesDeactivated idMemberReferrer idOrganizations idPremOrgsAdmin
    initials memberType nonPublic nonPublicAvailable prefs products status url username"""
ACTION = "id idMemberCreator data type date appCreator limits"
ATTACHMENT = "id bytes date edgeColor fileName idMember isUpload mimeType name pos previews url"
CHECK_ITEM = "id idChecklist name nameData pos state due dueReminder idMember"
CHECKLIST = "id name idBoard idCard pos limits checkItems creationMethod"
LABEL = "id idBoard name color uses nodeId"
KNOWN: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "card": CARD,
        "board": BOARD,
        "list": LIST,
        "member": MEMBER,
        "action": ACTION,
        "attachment": ATTACHMENT,
        "checkItem": CHECK_ITEM,
        "checklist": CHECKLIST,
        "label": LABEL,
    }.items()
}
"""The fields that Trello knows; it ignores any other, which hides a slip of the pen."""

PERSON = "activityBlocked,avatarHash,avatarUrl,fullName,idMemberReferrer,initials,nonPublic"
PERSON += ",nonPublicAvailable,username"
"""What an action tells of a member unless asked otherwise."""

SHORT_PERSON = "avatarHash,fullName,initials,username"

DEFAULT_LIMIT, MOST_ACTIONS, MOST_CARDS, DEFAULT_LABELS = 50, 1000, 1000, 50


class Asked:
    """The parameters of a request; knows those that nobody looked at, and what was strange."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = dict(given)
        self._seen: set[str] = set()
        self.strange: list[str] = []

    def take(self, name: str, default: str = "") -> str:
        self._seen.add(name)
        value = self._given.get(name, default)
        return value if isinstance(value, str) else str(value)

    def raw(self, name: str) -> Any:
        """As it was given: from a JSON body it may be other than text."""
        self._seen.add(name)
        return self._given.get(name)

    def given(self, *names: str) -> list[str]:
        """Which of these were given."""
        return [name for name in names if name in self._given]

    def yes(self, name: str, *, default: bool = False) -> bool:
        return self.take(name, str(default)).lower() == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """Raises Refused where it is out of bounds."""
        try:
            number = int(self.take(name, str(default)))
        except ValueError:
            raise Refused(400, f"invalid value for {name}") from None
        if not 0 <= number <= most:
            raise Refused(400, f"invalid value for {name}")
        return number

    def one_of(self, name: str, default: str, *allowed: str) -> str:
        """Raises Refused where it is another."""
        value = self.take(name, default)
        if value not in allowed:
            raise Refused(400, f"invalid value for {name}")
        return value

    def fields(self, name: str, kind: str, default: str = "all") -> Callable[[Json], Json]:
        """What cuts an object down to the fields that were asked for; the id is always told."""
        wanted = [one.strip() for one in self.take(name, default).split(",") if one.strip()]
        if wanted == ["all"]:
            return lambda whole: {k: v for k, v in whole.items() if k in KNOWN[kind]}
        self.strange += [f"{name}: no field {one}" for one in wanted if one not in KNOWN[kind]]
        return lambda whole: some(whole, "id", *wanted)

    def left(self) -> list[str]:
        return sorted(self._given.keys() - self._seen)


View = Callable[[Board, Json], Json]


def cards(world: World, asked: Asked, prefix: str = "") -> View:
    """How each card is told, by `fields`, `attachments`… or, nested, `card_fields`…"""
    card = asked.fields(f"{prefix}fields", "card")
    attached = asked.one_of(f"{prefix}attachments", "false", "true", "false", "cover")
    attachment = asked.fields(f"{prefix}attachment_fields", "attachment")
    custom = asked.yes(f"{prefix}customFieldItems")
    with_members = asked.yes(f"{prefix}members")
    member = asked.fields(f"{prefix}member_fields", "member", SHORT_PERSON)
    asked.yes(f"{prefix}stickers"), asked.yes(f"{prefix}pluginData")
    sums: dict[str, Sums] = {}

    def view(board: Board, it: Json) -> Json:
        if board.id not in sums:
            sums[board.id] = Sums(board)
        told = card(it | sums[board.id].of(it))
        if attached != "false":
            held = it.get("attachments", []) if attached == "true" else []
            told["attachments"] = [attachment(one) for one in held]
        if custom:
            told["customFieldItems"] = [dict(one) for one in it.get("customFieldItems", [])]
        if with_members:
            told["members"] = [member(world.members[one]) for one in it["idMembers"]]
        return told

    return view


class Sums:
    """The parts of cards and labels that follow from others, counted once over a board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        said = ("commentCard", "copyCommentCard")
        self._comments = Counter(board.comments) + Counter(
            a["data"]["card"]["id"] for a in list(board.actions) if a["type"] in said
        )
        self._uses = Counter(board.bumps) + Counter(
            key for card in list(board.cards.values()) for key in card["idLabels"]
        )
        self._checklists: dict[str, list[Json]] = {}
        for one in list(board.checklists.values()):
            self._checklists.setdefault(one["idCard"], []).append(one)

    def label(self, key: str) -> Json:
        """With its counter, which rises by itself."""
        return {**self._board.labels[key], "uses": self._uses[key]}

    def of(self, card: Json) -> Json:
        held = self._checklists.get(card["id"], [])
        items = [item for one in held for item in one["checkItems"]]
        badges = {
            "attachmentsByType": {"trello": {"board": 0, "card": 0}},
            "location": False,
            "votes": 0,
            "viewingMemberVoted": False,
            "subscribed": False,
            "fogbugz": "",
            "checkItems": len(items),
            "checkItemsChecked": sum(item["state"] == "complete" for item in items),
            "comments": self._comments[card["id"]],
            "attachments": len(card.get("attachments", [])),
            "description": bool(card.get("desc")),
            "due": card.get("due"),
            "dueComplete": card.get("dueComplete", False),
            "start": card.get("start"),
        }
        labels = [self.label(key) for key in card["idLabels"] if key in self._board.labels]
        return {"badges": badges, "labels": labels, "idChecklists": [one["id"] for one in held]}


def chosen(board: Board, which: str) -> list[Json]:
    """`open` has the open cards of archived lists too; `visible` has not."""
    shown = list(board.cards.values())
    if which == "all":
        return shown
    if which == "closed":
        return [card for card in shown if card["closed"]]
    if which == "none":
        return []
    shown = [card for card in shown if not card["closed"]]
    if which == "visible":
        shown = [card for card in shown if not board.lists[card["idList"]]["closed"]]
    return shown


def page_of_cards(asked: Asked, found: Sequence[Json], default: int = MOST_CARDS) -> list[Json]:
    """The newest by id before `before`, at most `limit`; told in the board's own order."""
    limit, before = asked.number("limit", default, MOST_CARDS), asked.take("before")
    since = asked.take("since")
    asked.take("sort")
    held = [c for c in found if (not before or c["id"] < before) and c["id"] > since]
    kept = {c["id"] for c in sorted(held, key=lambda c: str(c["id"]), reverse=True)[:limit]}
    return [card for card in held if card["id"] in kept]


def modified_since(text: str, found: Iterable[Json]) -> list[Json]:
    """Raises Refused where it is no date."""
    if not text:
        return list(found)
    try:
        since = instant(text)
    except ValueError:
        raise Refused(400, "invalid value for modifiedSince") from None
    return [
        c for c in found if c.get("dateLastActivity") and instant(c["dateLastActivity"]) >= since
    ]


def lists(board: Board, which: str, told: Callable[[Json], Json]) -> list[Json]:
    """In their order."""
    held = sorted(board.lists.values(), key=lambda one: float(one["pos"]))
    wanted = {"all": (True, False), "open": (False,), "closed": (True,), "none": ()}[which]
    return [told(one) for one in held if one["closed"] in wanted]


def checklists(asked: Asked, held: Iterable[Json]) -> list[Json]:
    """Who does not ask for `due` and `idMember` of an item is not told them."""
    told = asked.fields("checklist_fields", "checklist")
    item = asked.fields("checkItem_fields", "checkItem", "name,nameData,pos,state")
    with_items = asked.one_of("checkItems", "all", "all", "none") == "all"
    return [
        {k: v for k, v in told(one).items() if k != "checkItems"}
        | ({"checkItems": [item(i) for i in one["checkItems"]]} if with_items else {})
        for one in held
    ]


def members(world: World, board: Board, told: Callable[[Json], Json], which: str) -> list[Json]:
    kinds = {"all": ("admin", "normal", "observer"), "admins": ("admin",), "owners": ("admin",)}
    wanted = kinds.get(which, (which,))
    ids = [m["idMember"] for m in board.memberships if m["memberType"] in wanted]
    return [told(world.members[one]) for one in ids if one in world.members]


def actions(
    world: World, asked: Asked, found: Iterable[Json], *, nested: str = "", default: str = "all"
) -> list[Json]:
    """A page of actions, newest first. Raises Refused.

    `nested`: "action" gives the names that a board's nested actions have (`actions_limit`…).
    """
    part, plural = (f"{nested}_", f"{nested}s_") if nested else ("", "")
    wanted = _wanted(asked.take(f"{nested}s" if nested else "filter", default))
    limit = asked.number(f"{plural}limit", DEFAULT_LIMIT, MOST_ACTIONS)
    since, before = asked.take(f"{plural}since"), asked.take(f"{plural}before")
    page = 0 if nested else asked.number("page", 0, 1000)
    if page * limit > MOST_ACTIONS:
        raise Refused(400, "invalid value for page")
    told = asked.fields(f"{part}fields", "action")
    creator = asked.yes(f"{part}memberCreator", default=True)
    with_member = asked.yes(f"{part}member", default=True)
    by = asked.fields(f"{part}memberCreator_fields", "member", PERSON)
    whom = asked.fields(f"{part}member_fields", "member", PERSON)
    asked.yes("reactions")
    later, earlier = _edge(since, after=True), _edge(before, after=False)
    held = [a for a in found if wanted(a) and later(a) and earlier(a)]
    held.sort(key=lambda a: (a["date"], a["id"]), reverse=True)
    page_of = []
    for action in held[page * limit : (page + 1) * limit]:
        one = told(action)
        person = world.members.get(action["idMemberCreator"])
        if creator and person:
            one["memberCreator"] = by(person)
        other = world.members.get(action["data"].get("idMember", ""))
        if with_member and other:
            one["member"] = whom(other)
        page_of.append(one)
    return page_of


def _wanted(asked: str) -> Callable[[Json], bool]:
    """`updateCard:idList` asks for the changes of one field."""
    names = [one.strip() for one in asked.split(",") if one.strip()]

    def wanted(action: Json) -> bool:
        kind, old = action["type"], action["data"].get("old", {})
        return kind in names or any(f"{kind}:{name}" in names for name in old)

    return (lambda _: True) if names == ["all"] else wanted


def _edge(text: str, *, after: bool) -> Callable[[Json], bool]:
    """A date or an action's id; the edge itself is left out. Raises Refused."""
    if not text or text == "null":
        return lambda _: True
    if len(text) == 24 and all(c in "0123456789abcdef" for c in text):
        return lambda a: bool(a["id"] > text) if after else bool(a["id"] < text)
    try:
        edge = instant(text)
    except ValueError:
        raise Refused(400, "invalid value for " + ("since" if after else "before")) from None
    return lambda a: instant(a["date"]) > edge if after else instant(a["date"]) < edge
