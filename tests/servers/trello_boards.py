"""Boards for the fake Trello: made up, as many cards as one likes; or a real one, back in time."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.testing_server import Clock
from tests.servers.trello_people import People
from tests.servers.trello_world import Board, Json, World, copied, instant, iso

WORDS = (
    *(
        "agenda",
        "albarán",
        "almacén",
        "año",
        "boceto",
        "cartel",
        "catálogo",
        "cena",
        "cita",
        "correo",
    ),
    *(
        "cuña",
        "dossier",
        "envío",
        "factura",
        "feria",
        "ficha",
        "foto",
        "guion",
        "horario",
        "informe",
    ),
    *(
        "inventario",
        "invitación",
        "junio",
        "lista",
        "logotipo",
        "menú",
        "niñez",
        "pedido",
        "plazo",
        "presupuesto",
    ),
    *(
        "prueba",
        "reseña",
        "reunión",
        "ruta",
        "sesión",
        "tarea",
        "tienda",
        "título",
        "viaje",
        "vídeo",
    ),
    *("web", "✅", "🎉", "👩‍💻"),
)
LISTS = ("Por hacer", "En curso", "Revisión", "Hecho", "Ideas", "Archivo")
COLORS = ("red", "green", "blue", None, "sky", "lime")
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def made(
    cards: int = 3,
    *,
    comments: int = 1,
    checklists: int = 1,
    items: int = 3,
    attachments: int = 1,
    lists: int = 4,
    labels: int = 6,
    members: int = 3,
    closed: float = 0.2,
    name: str = "Tienda",
    seed: int = 7,
) -> Json:
    """A board as an export tells it, lived through act by act: the same seed, the same board.

    The counts are per card; `closed` is the share of cards that are archived. Times go from March
    2026 on, a few minutes an act. Its members are `persona_1`… with ids of their own.
    """
    dice = random.Random(seed)
    # Of two boards with different seeds no two things have the same id; but people are the same.
    world = World(_walking(dice), first=0x10000 * (seed % 200 + 1))
    people = People(world)
    who = [
        world.add_member(f"persona_{n}", f"Persona {n}", member=f"{0x5A000000 + n:08x}{n:016x}")
        for n in range(1, members + 1)
    ]
    board = people.add_board(name, *who, lists=[LISTS[n % len(LISTS)] for n in range(lists)])
    held = world.boards[board]
    held.memberships[0]["memberType"] = "admin"
    for n in range(labels):
        people.add_label_to_board(board, _words(dice, 1), COLORS[n % len(COLORS)])
    per_card = {"checklists": checklists, "attachments": attachments, "comments": comments}
    for _ in range(cards):
        _live(dice, people, held, closed=closed, items=items, **per_card)
    return export(world, held)


def _live(
    dice: random.Random,
    people: People,
    board: Board,
    *,
    checklists: int,
    items: int,
    attachments: int,
    comments: int,
    closed: float,
) -> None:
    """Let one card be born and grow."""
    columns, who = list(board.lists), [str(m["idMember"]) for m in board.memberships]

    def somebody() -> str:
        return dice.choice(who)

    fields: Json = {"desc": _words(dice, dice.randint(0, 30))}
    if dice.random() < 0.5:
        fields["due"] = iso(people.world.now() + timedelta(days=dice.randint(1, 60)))
    card = people.add_card(columns[0], _words(dice, 4), by=somebody(), **fields)
    for _ in range(checklists):
        steps = [_words(dice, 3) for _ in range(items)]
        checklist = people.add_checklist(card, _words(dice, 1), steps, by=somebody())
        for item in board.checklists[checklist]["checkItems"]:
            people.tick(item["id"], by=somebody(), done=dice.random() < 0.4)
    for number in range(attachments):
        url = f"https://files.example/{card}/{number}"
        people.attach(card, f"{_words(dice, 1)}.pdf", by=somebody(), url=url)
    for _ in range(comments):
        people.comment(card, _words(dice, dice.randint(1, 20)), by=somebody())
    people.add_member(card, somebody(), by=somebody())
    for label in dice.sample(list(board.labels), min(1, len(board.labels))):
        people.add_label(card, label, by=somebody())
    people.move_card(card, dice.choice(columns), by=somebody())
    archived = dice.random() < closed
    people.edit_card(card, by=somebody(), dueComplete=dice.random() < 0.3, closed=archived)


def export(world: World, board: Board) -> Json:
    """A board as Trello's own export writes it, but with all its actions; newest first."""
    told: Json = copied(board.fields)
    told |= {
        "lists": copied(list(board.lists.values())),
        "cards": copied(list(board.cards.values())),
        "labels": copied(list(board.labels.values())),
        "checklists": copied(list(board.checklists.values())),
        "customFields": copied(list(board.custom_fields.values())),
        "members": [copied(world.members[m["idMember"]]) for m in board.memberships],
        "memberships": copied(board.memberships),
        "actions": copied(board.actions[::-1]),
    }
    return told


def earlier(exported: Mapping[str, Any], actions: int) -> Json:
    """A board as it stood before its newest `actions`, as far as they tell.

    What a deletion took, and what the unlisted acts changed, they do not tell: a card that is gone
    now is not there then, and the words of a check item or of an edited comment are today's.
    """
    board: Json = copied(dict(exported))
    cards = {card["id"]: card for card in board["cards"]}
    undone, board["actions"] = board["actions"][:actions], board["actions"][actions:]
    for action in undone:
        undo = UNDO.get(action["type"])
        card = cards.get(action["data"].get("card", {}).get("id", ""))
        if undo:
            undo(board, card or {}, action["data"])
        if card and action["type"] in {"commentCard", "copyCommentCard"}:
            card["badges"] = {**(card.get("badges") or {})}
            card["badges"]["comments"] = max(0, card["badges"].get("comments", 0) - 1)
    for card in board["cards"]:
        if any(a["data"].get("card", {}).get("id") == card["id"] for a in undone):
            left = [
                a for a in board["actions"] if a["data"].get("card", {}).get("id") == card["id"]
            ]
            card["dateLastActivity"] = left[0]["date"] if left else _born(card)
    dates = [card["dateLastActivity"] for card in board["cards"] if card.get("dateLastActivity")]
    board["dateLastActivity"] = max(dates, default=board["dateLastActivity"])
    return board


def _born(card: Json) -> str:
    return iso(datetime.fromtimestamp(int(card["id"][:8], 16), UTC))


Undo = Callable[[Json, Json, Json], None]
"""Takes back on a board, on its card, what an action's data tell."""


def _restore(_: Json, card: Json, data: Json) -> None:
    card.update(copied(data["old"]))


def _no_card(board: Json, card: Json, _: Json) -> None:
    board["cards"] = [one for one in board["cards"] if one is not card]
    board["checklists"] = [c for c in board["checklists"] if c["idCard"] != card.get("id")]


def _no_member(_: Json, card: Json, data: Json) -> None:
    card["idMembers"] = [one for one in card.get("idMembers", []) if one != data["idMember"]]


def _member(_: Json, card: Json, data: Json) -> None:
    card["idMembers"] = [*card.get("idMembers", []), data["idMember"]]


def _no_attachment(_: Json, card: Json, data: Json) -> None:
    held = card.get("attachments", [])
    card["attachments"] = [one for one in held if one["id"] != data["attachment"]["id"]]


def _attachment(_: Json, card: Json, data: Json) -> None:
    blank = {"url": "https://files.example/gone", "bytes": None, "mimeType": "", "isUpload": False}
    card["attachments"] = [*card.get("attachments", []), {**blank, **data["attachment"]}]


def _no_checklist(board: Json, _: Json, data: Json) -> None:
    board["checklists"] = [c for c in board["checklists"] if c["id"] != data["checklist"]["id"]]


def _item_state(board: Json, _: Json, data: Json) -> None:
    other = "incomplete" if data["checkItem"]["state"] == "complete" else "complete"
    for checklist in board["checklists"]:
        for item in checklist["checkItems"]:
            if item["id"] == data["checkItem"]["id"]:
                item["state"] = other


def _custom_field(_: Json, card: Json, data: Json) -> None:
    for item in card.get("customFieldItems", []):
        if item["id"] == data["customFieldItem"]["id"]:
            item.update(copied(data["old"]))


def _list(board: Json, _: Json, data: Json) -> None:
    for one in board["lists"]:
        if one["id"] == data["list"]["id"]:
            one.update(copied(data["old"]))


def _no_list(board: Json, _: Json, data: Json) -> None:
    # Cards of later lists are gone or back in theirs by now.
    board["lists"] = [one for one in board["lists"] if one["id"] != data["list"]["id"]]


def _board(board: Json, _: Json, data: Json) -> None:
    board.update(copied(data["old"]))


UNDO: dict[str, Undo] = {
    "updateCard": _restore,
    "createCard": _no_card,
    "copyCard": _no_card,
    "convertToCardFromCheckItem": _no_card,
    "moveCardToBoard": _no_card,
    "addMemberToCard": _no_member,
    "removeMemberFromCard": _member,
    "addAttachmentToCard": _no_attachment,
    "deleteAttachmentFromCard": _attachment,
    "addChecklistToCard": _no_checklist,
    "updateCheckItemStateOnCard": _item_state,
    "updateCustomFieldItem": _custom_field,
    "updateList": _list,
    "createList": _no_list,
    "updateBoard": _board,
}


def _words(dice: random.Random, count: int) -> str:
    return " ".join(dice.choice(WORDS) for _ in range(count))


def _walking(dice: random.Random) -> Clock:
    """A clock that goes on by some minutes whenever somebody looks."""
    at = [START]

    def clock() -> datetime:
        at[0] += timedelta(milliseconds=dice.randint(1, 120_000))
        return at[0]

    return clock


def at(exported: Mapping[str, Any], when: datetime) -> Json:
    """A board as it stood at an instant; see `earlier`."""
    return earlier(exported, sum(instant(a["date"]) > when for a in exported["actions"]))
