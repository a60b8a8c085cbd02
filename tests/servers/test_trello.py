"""The fake Trello: whom it lets in, how much it tells, what its boards remember."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers import http_faults
from tests.servers.trello import KEY, SPECIFICATION, TOKEN, Trello
from tests.servers.trello_asking import Client, oauth, send
from tests.servers.trello_boards import at, earlier, export, made
from tests.servers.trello_world import instant

specified = pytest.mark.skipif(
    not SPECIFICATION.exists(), reason="Trello's specification is not at hand"
)


class Desk:
    """A board of two lists, a card, and a client's Ana who works there too."""

    def __init__(self, fake: Trello) -> None:
        self.fake, self.people = fake, fake.people
        self.va = Client(fake)
        self.ana = fake.account("ana", "token-of-ana")
        self.board = fake.people.add_board("Obra", self.ana, fake.me, lists=["Hoy", "Hecho"])
        self.held = fake.world.boards[self.board]
        self.today, self.done = self.held.lists
        self.card = fake.people.add_card(self.today, "Factura", by=self.ana)

    def told(self, **query: object) -> Any:
        return self.va.get(f"/boards/{self.board}", **query).json

    def moved(self) -> str:
        return str(self.told(fields="dateLastActivity")["dateLastActivity"])

    def kinds(self, **query: object) -> list[str]:
        told = self.va.get(f"/boards/{self.board}/actions", **({"limit": 1000} | query)).json
        return [action["type"] for action in told]

    def card_told(self, **query: object) -> Any:
        return self.va.get(f"/cards/{self.card}", **query).json


@pytest.fixture
def desk(trello_server: Trello) -> Desk:
    return Desk(trello_server)


# Who is let in


def test_who_signs_by_header_is_told_who_she_is(desk: Desk) -> None:
    told = desk.va.get("/members/me", fields="username")
    assert told.json == {"id": desk.fake.me, "username": "va"}
    assert desk.fake.in_urls == 0


def test_who_signs_in_the_url_is_let_in_and_counted(desk: Desk) -> None:
    query = {"key": KEY, "token": TOKEN, "fields": "username"}
    assert send(desk.fake, "GET", "/members/me", {}, query=query).status == 200
    assert desk.fake.in_urls == 1


@pytest.mark.parametrize(
    ("key", "token", "said"),
    [(KEY, "revoked", b"invalid token"), ("nobody's", TOKEN, b"invalid key"), ("", "", b"invalid")],
)
def test_a_wrong_credential_is_401_in_plain_text(
    desk: Desk, key: str, token: str, said: bytes
) -> None:
    told = send(desk.fake, "GET", "/members/me", {"authorization": oauth(key, token)})
    assert (told.status, told.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    assert told.body.startswith(said)


def test_a_board_is_shown_to_its_members_alone(desk: Desk) -> None:
    ana = Client(desk.fake, "token-of-ana")
    secret = desk.people.add_board("Secreto", desk.ana)
    assert ana.get(f"/boards/{secret}").status == 200
    assert desk.va.get(f"/boards/{secret}").status == 401
    assert desk.va.get(f"/boards/{secret}").body == b"unauthorized permission requested"
    assert desk.va.get(f"/boards/{'0' * 24}").status == 404
    assert [b["name"] for b in desk.va.get("/members/me/boards").json] == ["Obra"]


def test_access_can_be_taken_away_and_a_board_closed(desk: Desk) -> None:
    desk.people.edit_board(desk.board, by=desk.ana, closed=True)
    assert desk.va.get("/members/me/boards", filter="open").json == []
    assert len(desk.va.get("/members/me/boards", filter="all").json) == 1
    desk.people.revoke(desk.board, desk.fake.me)
    assert desk.va.get("/members/me/boards", filter="all").json == []
    assert desk.va.get(f"/cards/{desk.card}").status == 401


def test_a_token_that_only_reads_changes_nothing(desk: Desk) -> None:
    desk.fake.world.add_token("reads", desk.fake.me, write=False)
    told = Client(desk.fake, "reads").ask("PUT", f"/cards/{desk.card}", {"dueComplete": True})
    assert told.status == 401
    assert desk.card_told(fields="dueComplete")["dueComplete"] is False


# What a client does wrong


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"cards_modfiedSince": "2026-01-01"}, "nobody asked for cards_modfiedSince"),
        ({"fields": "nmae"}, "no field nmae"),
        ({"cards": "open", "card_fields": "id,dueDone"}, "no field dueDone"),
    ],
)
def test_what_trello_would_ignore_is_held_against_the_client(
    query: dict[str, str], said: str
) -> None:
    with Trello() as fake:
        desk = Desk(fake)
        assert desk.va.get(f"/boards/{desk.board}", **query).status == 200
    assert any(said in one for one in fake.violations)


def test_a_route_that_nobody_wrote_is_held_against_the_client() -> None:
    with Trello() as fake:
        assert Client(fake).get("/members/me/nonsense/5").status == 404
    assert any("no such route" in one for one in fake.violations)


@specified
@pytest.mark.parametrize(
    ("method", "path", "body", "query", "said"),
    [
        ("GET", "/boards/{board}", None, {"cards": "some"}, "'some' is not one of"),
        ("GET", "/boards/{board}", None, {"actions_limit": 5000}, "greater than the maximum"),
        ("GET", "/members/me/boards", None, {"lists": "most"}, "parameter lists=most"),
        ("GET", "/members/me/boards/", None, {}, "no such path"),
        ("PUT", "/cards/{card}", {"dueComplete": "yes"}, {}, "not of type 'boolean'"),
        ("PUT", "/cards/{card}", {"finished": True}, {}, "unknown $.finished"),
    ],
)
def test_the_specification_judges_each_request(
    method: str, path: str, body: object, query: dict[str, object], said: str
) -> None:
    with Trello() as fake:
        desk = Desk(fake)
        filled = path.format(board=desk.board, card=desk.card)
        desk.va.ask(method, filled, body, **query)
    assert any(said in one for one in fake.violations), fake.violations


@specified
def test_the_specification_judges_what_the_fake_answers() -> None:
    with Trello() as fake:
        desk = Desk(fake)
        desk.held.cards[desk.card]["name"] = 7
        desk.told(cards="all")
    assert any("Card: $.name: 7 is not of type" in one for one in fake.violations)


# Limits


class Hand:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def go_on(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def test_the_hundred_and_first_request_of_a_token_in_ten_seconds_is_refused() -> None:
    hand = Hand()
    with Trello(hand) as fake:
        desk = Desk(fake)
        left = [desk.va.get(f"/lists/{desk.today}").headers for _ in range(100)]
        name = "x-rate-limit-api-token-remaining"
        assert [int(headers[name]) for headers in left] == list(range(99, -1, -1))
        refused = desk.va.get(f"/lists/{desk.today}")
        assert refused.status == 429
        assert refused.json["error"] == "API_TOKEN_LIMIT_EXCEEDED"
        assert "retry-after" not in refused.headers
        assert refused.headers["x-rate-limit-api-token-interval-ms"] == "10000"
        hand.go_on(10)
        assert desk.va.get(f"/lists/{desk.today}").status == 200
    assert (fake.limits.refused, fake.violations) == (1, [])


def test_tokens_of_one_key_share_its_limit(desk: Desk) -> None:
    desk.fake.limits.rates |= {"api-key": (3, 10.0)}
    clients = [desk.va, Client(desk.fake, "token-of-ana")] * 2
    told = [client.get(f"/lists/{desk.today}") for client in clients]
    assert [one.status for one in told] == [200, 200, 200, 429]
    assert told[-1].json["error"] == "API_KEY_LIMIT_EXCEEDED"


def test_a_member_has_a_limit_that_its_boards_do_not_count_for(desk: Desk) -> None:
    desk.fake.limits.rates |= {"members": (2, 900.0)}
    asked = ["/members/me/boards"] * 3 + ["/members/me"] * 3
    assert [desk.va.get(one).status for one in asked] == [200] * 5 + [429]


def test_a_key_that_does_not_stop_is_shut_out_whole(desk: Desk) -> None:
    hand = Hand()
    with Trello(hand) as fake:
        for _ in range(302):
            Client(fake).get("/members/me/boards")
        fake.world.add_token("fresh", fake.me)
        assert Client(fake, "fresh").get("/members/me/boards").status == 429
        hand.go_on(10)
        assert Client(fake, "fresh").get("/members/me/boards").status == 200


# Pages and caps


def test_a_board_tells_50_actions_unless_asked_and_1000_at_most(trello_server: Trello) -> None:
    board = trello_server.world.load(made(120, comments=5), trello_server.me)
    va, path = Client(trello_server), f"/boards/{board.id}"
    assert len(va.get(path, actions="all").json["actions"]) == 50
    assert len(va.get(path, actions="all", actions_limit=1000).json["actions"]) == 1000
    assert len(va.get(f"{path}/actions").json) == 50


def test_pages_by_date_tell_every_action_once_but_those_of_its_edge(
    trello_server: Trello,
) -> None:
    board = trello_server.world.load(made(120, comments=5), trello_server.me)
    va, query, seen = Client(trello_server), {"limit": 1000, "member": "false"}, set()
    while True:
        page = va.get(f"/boards/{board.id}/actions", **query).json
        seen |= {action["id"] for action in page}
        if len(page) < 1000:
            break
        edge = instant(page[-1]["date"]) + timedelta(milliseconds=1)
        query = {**query, "before": edge.isoformat()}
    assert seen == {action["id"] for action in board.actions}
    dates = [action["date"] for action in page]
    assert dates == sorted(dates, reverse=True)


def test_since_leaves_out_the_edge_itself(desk: Desk) -> None:
    desk.people.comment(desk.card, "uno", by=desk.ana)
    edge = desk.held.actions[-1]["date"]
    desk.people.comment(desk.card, "dos", by=desk.ana)
    page = desk.va.get(f"/boards/{desk.board}/actions", since=edge).json
    assert [action["data"]["text"] for action in page] == ["dos"]


def test_a_filter_may_name_the_field_that_changed(desk: Desk) -> None:
    desk.people.edit_card(desk.card, by=desk.ana, name="Factura 2", desc="x")
    desk.people.move_card(desk.card, desk.done, by=desk.ana)
    assert desk.kinds(filter="updateCard:idList") == ["updateCard"]
    assert desk.kinds(filter="updateCard") == ["updateCard"] * 3
    assert desk.kinds(filter="commentCard") == []


def test_labels_are_fifty_unless_asked(desk: Desk) -> None:
    for n in range(60):
        desk.people.add_label_to_board(desk.board, f"etiqueta {n}", "red")
    assert len(desk.told(labels="all")["labels"]) == 50
    assert len(desk.told(labels="all", labels_limit=1000)["labels"]) == 60


def test_a_check_item_keeps_its_due_date_to_itself_unless_asked(desk: Desk) -> None:
    checklist = desk.people.add_checklist(desk.card, "Pasos", by=desk.ana)
    due = "2026-12-01T10:00:00.000Z"
    desk.people.add_item(checklist, "llamar", by=desk.ana, due=due)
    (item,) = desk.told(checklists="all")["checklists"][0]["checkItems"]
    assert item.keys() == {"id", "name", "nameData", "pos", "state"}
    (item,) = desk.told(checklists="all", checkItem_fields="all")["checklists"][0]["checkItems"]
    assert item["due"] == due


def test_too_many_cards_with_actions_are_refused_and_without_they_are_not(desk: Desk) -> None:
    desk.fake.most_cards = 0
    path = f"/boards/{desk.board}"
    refused = desk.va.get(path, cards="open", actions="all")
    assert (refused.status, refused.json["error"]) == (403, "API_TOO_MANY_CARDS_REQUESTED")
    assert desk.va.get(path, cards="open").status == 200
    assert desk.va.get(path, actions="all").status == 200


def test_cards_come_a_thousand_at_a_time_by_their_ids(trello_server: Trello) -> None:
    kept = made(1010, comments=0, checklists=0, attachments=0)
    board = trello_server.world.load(kept, trello_server.me)
    va, path = Client(trello_server), f"/boards/{board.id}/cards/all"
    first = va.get(path, fields="id").json
    oldest = min(card["id"] for card in first)
    rest = va.get(path, fields="id", limit=1000, before=oldest).json
    assert (len(first), len(rest)) == (1000, 10)
    assert len({card["id"] for card in first + rest}) == 1010


def test_only_what_moved_since_is_told(desk: Desk) -> None:
    before = desk.moved()
    later = desk.people.add_card(desk.today, "Otra", by=desk.ana)
    since = instant(before) + timedelta(milliseconds=1)
    told = desk.told(cards="all", cards_modifiedSince=since.isoformat())
    assert [card["id"] for card in told["cards"]] == [later]


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
