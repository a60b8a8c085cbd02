"""The fake Trello: whom it lets in, how much it tells, and what it holds against a client."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.servers.trello import KEY, SPECIFICATION, TOKEN, Trello
from tests.servers.trello_asking import Client, Desk, Hand, oauth, send
from tests.servers.trello_boards import made
from tests.servers.trello_world import instant

specified = pytest.mark.skipif(
    not SPECIFICATION.exists(), reason="Trello's specification is not at hand"
)


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
