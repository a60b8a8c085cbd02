"""Boards, lists, cards and what hangs on them as Trello makes them, still untouched."""

from __future__ import annotations

from tests.servers.trello_world import Board, Json


def blank_card(key: str, board: Board, into: str, name: str) -> Json:
    """A card as Trello makes one."""
    short = f"c{int(key[-6:], 16):07x}"
    number = next_short(board)
    return {
        "id": key,
        "closed": False,
        "dateLastActivity": None,
        "desc": "",
        "descData": None,
        "due": None,
        "dueReminder": None,
        "dueComplete": False,
        "start": None,
        "idBoard": board.id,
        "idList": into,
        "idMembers": [],
        "idMembersVoted": [],
        "idLabels": [],
        "idShort": number,
        "idAttachmentCover": None,
        "manualCoverAttachment": False,
        "name": name,
        "pos": 16384 * number,
        "shortLink": short,
        "shortUrl": f"https://trello.com/c/{short}",
        "url": f"https://trello.com/c/{short}/{number}-card",
        "subscribed": False,
        "isTemplate": False,
        "cardRole": None,
        "attachments": [],
        "customFieldItems": [],
    }


def blank_board(key: str, short: str, name: str) -> Json:
    """A board as Trello makes one."""
    return {
        "id": key,
        "name": name,
        "desc": "",
        "descData": None,
        "closed": False,
        "idOrganization": None,
        "pinned": False,
        "starred": False,
        "subscribed": False,
        "shortLink": short,
        "shortUrl": f"https://trello.com/b/{short}",
        "url": f"https://trello.com/b/{short}/board",
        "labelNames": {},
        "limits": {},
        "prefs": {"permissionLevel": "private"},
    }


def next_short(board: Board) -> int:
    return 1 + max((card.get("idShort", 0) for card in board.cards.values()), default=0)


def blank_list(key: str, board: Board, name: str) -> Json:
    return {
        "id": key,
        "name": name,
        "closed": False,
        "idBoard": board.id,
        "pos": 16384 * (1 + len(board.lists)),
        "subscribed": False,
    }


def blank_item(key: str, checklist: Json, name: str) -> Json:
    """An item to tick, the last of its checklist."""
    return {
        "id": key,
        "idChecklist": checklist["id"],
        "name": name,
        "nameData": {"emoji": {}},
        "pos": 16384 * (1 + len(checklist["checkItems"])),
        "state": "incomplete",
        "due": None,
        "dueReminder": None,
        "idMember": None,
    }


def blank_attachment(key: str, name: str, url: str, size: int | None) -> Json:
    """A link, which has no size, or a file."""
    return {
        "id": key,
        "bytes": size,
        "date": None,
        "edgeColor": None,
        "idMember": None,
        "isUpload": size is not None,
        "mimeType": "" if size is None else "application/octet-stream",
        "name": name,
        "previews": [],
        "url": url,
        "pos": 16384,
    }
