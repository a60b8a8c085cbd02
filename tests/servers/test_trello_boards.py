"""The fake Trello: what its boards remember, what may be written, and boards of any size."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import testing_faults as http_faults
from tests.servers.trello import KEY, TOKEN, Trello
from tests.servers.trello_asking import Client, Desk, Hand, ask_at, oauth, send
from tests.servers.trello_boards import at, earlier, export, made
from tests.servers.trello_world import instant


@pytest.fixture
def desk(trello_server: Trello) -> Desk:
    return Desk(trello_server)


# What a board remembers


def test_an_edited_comment_keeps_its_date_and_a_deleted_one_vanishes(desk: Desk) -> None:
    comment = desk.people.comment(desk.card, "hola", by=desk.ana)
    before = desk.va.get(f"/cards/{desk.card}/actions", filter="commentCard").json[0]
    moved = desk.moved()
    desk.people.edit_comment(comment, "hola a todos", by=desk.ana)
    (after,) = desk.va.get(f"/cards/{desk.card}/actions", filter="commentCard").json
    assert (after["date"], after["data"]["text"]) == (before["date"], "hola a todos")
    assert "dateLastEdited" in after["data"]
    assert desk.card_told(fields="badges")["badges"]["comments"] == 1
    desk.people.delete_comment(comment, by=desk.ana)
    assert desk.card_told(fields="badges")["badges"]["comments"] == 0
    assert desk.kinds() == ["createCard", "createList", "createList"]
    assert desk.moved() == moved


def test_a_deleted_card_takes_its_history_along(desk: Desk) -> None:
    desk.people.comment(desk.card, "hola", by=desk.ana)
    desk.people.add_checklist(desk.card, "Pasos", ["uno"], by=desk.ana)
    desk.people.delete_card(desk.card, by=desk.ana)
    told = desk.told(cards="all", checklists="all", actions="all")
    assert (told["cards"], told["checklists"]) == ([], [])
    gone = told["actions"][0]
    assert gone["type"] == "deleteCard"
    assert gone["data"]["card"].keys() == {"id", "idShort", "shortLink"}
    assert desk.kinds() == ["deleteCard", "createList", "createList"]


def test_a_card_moved_a_little_before_its_action(desk: Desk) -> None:
    desk.people.edit_card(desk.card, by=desk.ana, name="Factura 2")
    (action,) = desk.va.get(f"/boards/{desk.board}/actions", filter="updateCard").json
    moved = instant(desk.card_told(fields="dateLastActivity")["dateLastActivity"])
    assert instant(action["date"]) - moved == timedelta(milliseconds=21)
    assert desk.moved() == desk.card_told(fields="dateLastActivity")["dateLastActivity"]
    assert action["data"]["old"] == {"name": "Factura"}
    assert action["data"]["card"]["name"] == "Factura 2"


def test_lists_and_counters_move_no_date(desk: Desk) -> None:
    label = desk.people.add_label_to_board(desk.board, "prisa", "red")
    desk.people.add_label(desk.card, label, by=desk.ana)
    moved, uses = desk.moved(), desk.told(labels="all")["labels"][0]["uses"]
    desk.people.edit_list(desk.today, by=desk.ana, name="Mañana", closed=True)
    desk.people.bump_labels(desk.board)
    assert desk.moved() == moved
    assert desk.told(labels="all")["labels"][0]["uses"] == uses + 1
    told = desk.told(cards="visible", lists="all", list_fields="name,closed")
    assert told["cards"] == []
    assert {one["name"]: one["closed"] for one in told["lists"]} == {"Mañana": True, "Hecho": False}


def test_a_label_is_told_as_a_changed_card(desk: Desk) -> None:
    label = desk.people.add_label_to_board(desk.board, "prisa", "red")
    desk.people.add_label(desk.card, label, by=desk.ana)
    action = desk.told(actions="updateCard")["actions"][0]
    assert action["data"]["old"] == {"idLabels": []}
    assert desk.card_told(fields="labels")["labels"][0]["name"] == "prisa"


def test_what_changes_in_one_go_falls_into_one_millisecond(desk: Desk) -> None:
    desk.va.ask("PUT", f"/cards/{desk.card}", {"name": "Otra", "desc": "x"})
    one, other = desk.told(actions="updateCard")["actions"]
    assert one["date"] == other["date"]
    assert one["id"] != other["id"]


def test_ids_within_a_second_are_not_in_the_order_of_time() -> None:
    with Trello(Hand()) as fake:
        desk = Desk(fake)
        ids = [desk.people.comment(desk.card, str(n), by=desk.ana) for n in range(4)]
    assert ids != sorted(ids)
    assert {one[:8] for one in ids} == {f"{int(Hand().at.timestamp()):08x}"}


def test_a_card_goes_to_another_board_with_all_that_is_its_own(desk: Desk) -> None:
    other = desk.people.add_board("Otra", desk.ana, desk.fake.me, lists=["Allí"])
    (there,) = desk.fake.world.boards[other].lists
    desk.people.comment(desk.card, "hola", by=desk.ana)
    desk.people.add_checklist(desk.card, "Pasos", ["uno"], by=desk.ana)
    desk.people.move_card(desk.card, there, by=desk.ana)
    assert desk.told(cards="all")["cards"] == []
    assert desk.kinds()[0] == "moveCardFromBoard"
    told = desk.va.get(f"/boards/{other}", cards="all", actions="all", checklists="all").json
    (card,) = told["cards"]
    assert (card["id"], card["idList"], card["idBoard"]) == (desk.card, there, other)
    kinds = [action["type"] for action in told["actions"]]
    assert kinds[0] == "moveCardToBoard"
    assert "commentCard" in kinds
    assert card["badges"]["comments"] == len(told["checklists"]) == 1


# Writing


def test_what_she_writes_is_done_in_her_name(desk: Desk) -> None:
    path = f"/cards/{desk.card}"
    assert desk.va.ask("PUT", path, {"idList": desk.done, "dueComplete": True}).status == 200
    due = desk.va.ask("PUT", path, due="2026-12-01T10:00:00+01:00").json["due"]
    assert due == "2026-12-01T09:00:00.000Z"
    assert desk.va.ask("PUT", f"{path}/due", {"value": None}).json["due"] is None
    told = desk.card_told(fields="idList,dueComplete")
    assert (told["idList"], told["dueComplete"]) == (desk.done, True)
    makers = {a["idMemberCreator"] for a in desk.held.actions if a["type"] == "updateCard"}
    assert makers == {desk.fake.me}


def test_a_check_item_is_ticked_on_its_own_card_alone(desk: Desk) -> None:
    checklist = desk.people.add_checklist(desk.card, "Pasos", ["uno"], by=desk.ana)
    item = desk.held.checklists[checklist]["checkItems"][0]["id"]
    other = desk.people.add_card(desk.today, "Otra", by=desk.ana)
    ticked = desk.va.ask("PUT", f"/cards/{desk.card}/checkItem/{item}", state="complete")
    assert ticked.json["state"] == "complete"
    stray = desk.va.ask("PUT", f"/cards/{other}/checkItem/{item}", state="incomplete")
    assert stray.status == 404
    assert desk.card_told(fields="badges")["badges"]["checkItemsChecked"] == 1
    assert desk.kinds()[0] == "updateCheckItemStateOnCard"


def test_a_comment_said_twice_is_there_twice(desk: Desk) -> None:
    path = f"/cards/{desk.card}/actions/comments"
    made_by = [desk.va.ask("POST", path, {"text": "hola ✅"}).json for _ in range(2)]
    assert {one["memberCreator"]["username"] for one in made_by} == {"va"}
    assert desk.kinds(filter="commentCard") == ["commentCard"] * 2
    mine, ana = made_by[0]["id"], Client(desk.fake, "token-of-ana")
    assert ana.ask("DELETE", f"/cards/{desk.card}/actions/{mine}/comments").status == 401
    assert desk.va.ask("DELETE", f"/cards/{desk.card}/actions/{mine}/comments").status == 200
    assert desk.kinds(filter="commentCard") == ["commentCard"]


def test_a_lost_answer_says_nothing_of_what_was_done(desk: Desk) -> None:
    path = f"/cards/{desk.card}/actions/comments"
    for after, seen in ((False, 0), (True, 1)):
        desk.fake.fail(lambda r: r.method == "POST", http_faults.reset, after=after)
        with pytest.raises(ConnectionResetError):
            desk.va.ask("POST", path, {"text": "hola"})
        assert len(desk.kinds(filter="commentCard")) == seen


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/cards/{card}/actions/comments", {"text": " "}),
        ("PUT", "/cards/{card}", {"due": "mañana"}),
        ("PUT", "/cards/{card}", {"name": ""}),
        ("PUT", "/cards/{card}", {"idMembers": "5abbe4b7ddc1b351ef961414"}),
    ],
)
def test_what_trello_would_not_take_changes_nothing(
    desk: Desk, method: str, path: str, body: object
) -> None:
    before = export(desk.fake.world, desk.held)
    assert desk.va.ask(method, path.format(card=desk.card), body).status == 400
    assert export(desk.fake.world, desk.held) == before


def test_a_file_lies_elsewhere_and_is_fetched_without_the_credential(desk: Desk) -> None:
    name = "más menú.pdf"
    kept = desk.people.attach(desk.card, name, by=desk.ana, content=b"%PDF-1.7")
    path = f"/cards/{desk.card}/attachments/{kept}/download/{name}"
    sent = desk.va.get(path)
    assert sent.status == 302
    assert sent.headers["location"].startswith(f"http://localhost:{desk.fake.server.port}/signed/")
    assert ask_at(sent.headers["location"], "GET", {}).body == b"%PDF-1.7"
    signed = {"authorization": oauth(KEY, TOKEN)}
    assert ask_at(sent.headers["location"], "GET", signed).status == 400
    by_url = send(desk.fake, "GET", path, {}, query={"key": KEY, "token": TOKEN})
    assert by_url.status == 401


# Boards of any size, at any time


def test_the_same_seed_makes_the_same_board_and_another_one_another() -> None:
    assert made(5) == made(5)
    one, other = made(5, seed=1), made(5, seed=2)
    assert not {c["id"] for c in one["cards"]} & {c["id"] for c in other["cards"]}
    assert not {c["shortLink"] for c in one["cards"]} & {c["shortLink"] for c in other["cards"]}


def test_a_badge_goes_on_counting_comments_that_an_export_leaves_out(desk: Desk) -> None:
    desk.people.comment(desk.card, "hola", by=desk.ana)
    exported = export(desk.fake.world, desk.held)
    exported["cards"][0]["badges"] = {"comments": 5}
    desk.fake.world.load(exported)
    desk.people.comment(desk.card, "otra vez", by=desk.ana)
    assert desk.card_told(fields="badges")["badges"]["comments"] == 6
    assert desk.kinds(filter="commentCard") == ["commentCard"] * 2


STILL = ("name", "desc", "idList", "closed", "due", "dueComplete", "idMembers", "idLabels")


def test_taking_back_what_was_done_since_gives_the_board_as_it_stood() -> None:
    with Trello() as fake:
        board = fake.world.load(made(12), fake.me)
        cards, lists = list(board.cards), list(board.lists)
        before = export(fake.world, board)
        do = fake.people
        do.edit_card(cards[0], by=fake.me, name="otra", due=None, closed=True)
        do.move_card(cards[1], lists[0], by=fake.me)
        do.add_member(cards[2], fake.me, by=fake.me)
        do.remove_label(cards[3], before["cards"][3]["idLabels"][0], by=fake.me)
        do.attach(cards[4], "nueva", by=fake.me, url="https://x.example/")
        do.tick(board.checklists[next(iter(board.checklists))]["checkItems"][0]["id"], by=fake.me)
        new = do.add_list(board.id, "Otra", by=fake.me)
        do.move_card(do.add_card(lists[0], "recién hecha", by=fake.me), new, by=fake.me)
        do.edit_list(lists[1], by=fake.me, name="Lista")
        do.comment(cards[5], "hola", by=fake.me)
        after = export(fake.world, board)
    back = earlier(after, len(after["actions"]) - len(before["actions"]))
    assert [{k: c[k] for k in STILL} for c in back["cards"]] == [
        {k: c[k] for k in STILL} for c in before["cards"]
    ]
    for part in ("lists", "actions"):
        assert back[part] == before[part]
    attached = [[a["id"] for a in c["attachments"]] for c in back["cards"]]
    assert attached == [[a["id"] for a in c["attachments"]] for c in before["cards"]]


@pytest.fixture
def real(checkout: Path) -> Callable[[str], Any]:
    def read(name: str) -> Any:
        path = checkout.parent / "shared" / "data" / name
        if not path.exists():
            pytest.skip("the real boards are not at hand")
        return json.loads(path.read_text())

    return read


@pytest.mark.parametrize("name", ["trello-board-62-cards.json", "trello-board-custom-fields.json"])
def test_real_boards_are_told_as_they_were_exported(
    trello_server: Trello, real: Callable[[str], Any], name: str
) -> None:
    exported = real(name)
    board = trello_server.world.load(exported, trello_server.me)
    query = {"cards": "all", "card_attachments": "true", "card_customFieldItems": "true"}
    told = (
        Client(trello_server)
        .get(f"/boards/{board.id}", **query, actions="all", actions_limit=1000, lists="all")
        .json
    )
    theirs = {card["id"]: card for card in exported["cards"]}
    for card in told["cards"]:
        known = theirs[card["id"]]
        assert {k: card[k] for k in STILL if k in known} == {
            k: known[k] for k in STILL if k in known
        }
        assert card["attachments"] == [
            {k: v for k, v in one.items() if k in card["attachments"][0]}
            for one in known["attachments"]
        ]
        for badge in ("comments", "checkItems", "attachments"):
            assert card["badges"][badge] == known["badges"][badge]
    assert len(told["actions"]) == len(exported["actions"])


def test_a_real_board_goes_back_in_time(real: Callable[[str], Any]) -> None:
    exported = real("trello-board-62-cards.json")
    then = at(exported, datetime(2017, 11, 1, tzinfo=UTC))
    assert 0 < len(then["cards"]) < len(exported["cards"])
    assert all(action["date"] < "2017-11-01" for action in then["actions"])
    lists = {one["id"] for one in then["lists"]}
    assert {card["idList"] for card in then["cards"]} <= lists
