"""What Trello says of cards, in our words, from whatever year and whoever wrote it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.probe import inside, well_formed
from normalizer import trello
from normalizer.model import Change, CheckItem, Message, Person, Ref, State, Task
from normalizer.raw import Raw, canonical

CARD = "59d576e64dc6ca84f1b76bd8"
ME, ANA = "5a00000100000000000000aa", "5a00000100000000000000bb"
FIELDS = Path(__file__).resolve().parents[3] / "shared" / "data" / "trello-board-custom-fields.json"
BOARD = FIELDS.with_name("trello-board-62-cards.json")
HOSTILE = "\x1b[31m\u202egpj.exe\u202c\x00\ud800 ñ👩‍💻"


def card(meta: dict[str, Any] | None = None, **fields: Any) -> Raw:
    """Make a card; a field that is `...` is left out."""
    value = {
        "id": CARD, "name": "Factura", "desc": "", "closed": False, "due": None,
        "dueComplete": False, "dateLastActivity": "2026-11-24T08:00:00.000Z", "idMembers": [],
        "labels": [], "attachments": [], "customFieldItems": [], "checklists": [],
        "shortUrl": "https://trello.com/c/abc", "isTemplate": False, "cardRole": None, **fields,
    }  # fmt: skip
    about = {"board": "Tienda", "list": "Hoy", "closed": False, "done": False, "people": {ME: "Va"}}
    kept = {name: one for name, one in value.items() if one is not ...}
    return Raw.of_json("card", f"b/{CARD}", kept, **{**about, **(meta or {})})


def task(raw: Raw) -> Task:
    (found,) = trello.normalise(raw)
    assert isinstance(found, Task)
    return found


def action(kind: str, *, meta: dict[str, Any] | None = None, **data: Any) -> Raw:
    """Make an action on the card by Ana."""
    value = {
        "id": "a1", "type": kind, "date": "2026-11-24T08:00:00.000Z", "idMemberCreator": ANA,
        "memberCreator": {"id": ANA, "fullName": "Ana", "username": "ana"},
        "data": {"card": {"id": CARD}, "board": {"name": "Tienda"}, **data},
    }  # fmt: skip
    stream = "comment" if kind.endswith("mmentCard") else "action"
    return Raw.of_json(stream, f"b/{CARD}/a1", value, **(meta or {}))


def told(raw: Raw) -> list[tuple[str, str, str]]:
    found = list(trello.normalise(raw))
    assert all(isinstance(one, Change) for one in found)
    return [(one.field, one.before, one.after) for one in found if isinstance(one, Change)]


def comment(text: str, **data: Any) -> Message:
    (found,) = trello.normalise(action("commentCard", text=text, **data))
    assert isinstance(found, Message)
    return found


def updated(field: str, before: object, after: object, **data: Any) -> Raw:
    return action("updateCard", old={field: before}, card={"id": CARD, field: after}, **data)


# Cards


def test_a_card_becomes_a_task() -> None:
    assert task(card(desc="Como siempre", due="2026-12-01T17:00:00.000Z")) == Task(
        ref=Ref("card", CARD),
        title="Factura",
        body="Como siempre",
        state=State.OPEN,
        due=datetime(2026, 12, 1, 17, tzinfo=UTC),
        url="https://trello.com/c/abc",
        container="Tienda › Hoy",
        created_at=datetime(2017, 10, 5, 0, 3, 50, tzinfo=UTC),
        updated_at=datetime(2026, 11, 24, 8, tzinfo=UTC),
    )


def test_what_is_assigned_to_me_names_me_by_id() -> None:
    found = task(card(idMembers=[ME, ANA]))
    assert found.assignees == (Person("Va", ME), Person("", ANA))


def test_a_line_of_a_checklist_has_its_own_due_date_and_its_own_assignee() -> None:
    lines = [
        {"id": "2", "name": "dos", "state": "incomplete", "pos": 2, "due": None, "idMember": None},
        {"id": "1", "name": "uno", "state": "complete", "pos": 1,
         "due": "2026-12-01T17:00:00.000Z", "idMember": ME},
    ]  # fmt: skip
    later = {"id": "l2", "name": "B", "pos": 9, "checkItems": lines[:1]}
    first = {"id": "l1", "name": "A", "pos": 1.5, "checkItems": lines[::-1]}
    assert [one.text for one in task(card(checklists=[later, first])).checklist] == [
        *("uno", "dos", "dos")
    ]
    assert task(card(checklists=[first])).checklist[0] == CheckItem(
        external_id="1",
        text="uno",
        done=True,
        due=datetime(2026, 12, 1, 17, tzinfo=UTC),
        assignee=Person("Va", ME),
    )


@pytest.mark.parametrize("pos", ["top", None, 10**400, -1, 1e300, True, [], ...])
def test_a_place_that_is_none_breaks_no_order(pos: object) -> None:
    one = {"id": "1", "name": "x", "state": "complete", **({} if pos is ... else {"pos": pos})}
    two = {"id": "2", "name": "y", "state": "complete", "pos": 3}
    checklist = {"id": "l", "name": "A", "checkItems": [two, one]}
    assert len(task(card(checklists=[checklist])).checklist) == 2


@pytest.mark.parametrize(
    ("fields", "meta", "state"),
    [
        ({}, {}, State.OPEN),
        ({"dueComplete": True}, {}, State.DONE),
        ({"dueComplete": ...}, {}, State.OPEN),
        ({"closed": True}, {"closed": True}, State.ARCHIVED),
        ({"dueComplete": True}, {"closed": True}, State.ARCHIVED),
        ({}, {"done": True}, State.DONE),
        ({"closed": True}, {"closed": True, "done": True}, State.DONE),
    ],
)
def test_done_and_archived_are_two_things(
    fields: dict[str, Any], meta: dict[str, Any], state: State
) -> None:
    assert task(card(meta, **fields)).state is state


@pytest.mark.parametrize(
    "fields",
    [{"isTemplate": True}, *({"cardRole": r} for r in ("separator", "board", "mirror", "link"))],
)
def test_what_is_nothing_to_do_is_no_task(fields: dict[str, Any]) -> None:
    assert list(trello.normalise(card(**fields))) == []


def test_a_card_of_2012_lacks_much_and_is_a_task_all_the_same() -> None:
    names = ("dueComplete", "isTemplate", "cardRole", "customFieldItems", "shortUrl", "attachments",
             "idMembers", "labels", "checklists", "desc")  # fmt: skip
    old = card({"people": {}}, dateLastActivity=None, **dict.fromkeys(names, ...))
    assert (task(old).state, task(old).updated_at) == (State.OPEN, None)
    assert task(card(dateLastActivity=...)).updated_at is None


def test_a_label_goes_by_its_name_or_by_its_colour() -> None:
    labels = [
        {"id": "1", "name": "prisa", "color": "red", "uses": 3},
        {"id": "2", "name": "", "color": "green"},
        {"id": "3", "name": "", "color": None},
    ]
    assert task(card(labels=labels)).labels == ("prisa", "green")


def test_a_link_and_a_file_are_material() -> None:
    held = [
        {"id": "1", "name": "brief.pdf", "url": "https://trello.com/1/x/brief.pdf", "bytes": 4,
         "mimeType": "application/pdf", "isUpload": True},
        {"id": "2", "name": "https://docs.example/a/b", "url": "https://docs.example/a/b",
         "bytes": None, "mimeType": ""},
        {"id": "3", "name": "x", "url": "javascript:alert(1)", "bytes": -5, "mimeType": None},
        {"id": "4", "name": "y", "url": "https://x.example", "bytes": True},
    ]  # fmt: skip
    found = task(card(attachments=held)).attachments
    assert [(one.name, one.size, one.media_type) for one in found] == [
        ("brief.pdf", 4, "application/pdf"),
        ("docs.example › a › b", None, "application/octet-stream"),
        ("x", None, "application/octet-stream"),
        ("y", None, "application/octet-stream"),
    ]
    assert found[2].url is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\Users\\passwd", "passwd"), ("a/../passwd", "passwd"),
        ("..", ""), (".", ""),
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_no_path(name: str, shown: str) -> None:
    file = {"id": "1", "name": name, "url": "https://trello.com/1/x"}
    assert task(card(attachments=[file])).attachments[0].name == shown
    put = told(action("addAttachmentToCard", attachment=file))
    assert put == ([("attachments", "", shown)] if shown else [])


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "javascript://x.example/%0aalert(1)", "file://x.example/etc/passwd",
        "ftp://x.example/a", "data:text/html,x", "//x.example/a", "https://", "https:///a",
        "https://[x", "https://x.example/a b", "https://x.example/\x1b[2J",
        "https://x.example/\u202egpj.exe", "https://x.example/" + "a" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_no_browser_may_be_given_is_none(address: str) -> None:
    held = [{"id": "1", "name": "x", "url": address}]
    found = task(card(shortUrl=address, attachments=held))
    assert (found.url, found.attachments[0].url) == (None, None)


OPTIONS = [{"id": "o1", "value": {"text": "Alta"}}, {"id": "o2", "value": {"text": "Baja"}}]


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ({"value": {"text": "x"}}, "Campo: x"),
        ({"value": {"number": "100.32"}}, "Campo: 100.32"),
        ({"value": {"checked": "true"}}, "Campo: ✓"),
        ({"value": {"checked": "false"}}, None),
        ({"value": {"date": "2021-01-07T10:00:00.000Z"}}, "Campo: 2021-01-07"),
        ({"idValue": "o2", "value": None}, "Campo: Baja"),
        ({"idValue": "gone", "value": None}, None),
        ({"value": None}, None),
        ({"value": {}}, None),
    ],
)
def test_a_custom_field_is_shown_as_a_label(item: dict[str, Any], shown: str | None) -> None:
    meta = {"fields": {"f": {"name": "Campo", "options": OPTIONS}}}
    found = task(card(meta, customFieldItems=[{"id": "i", "idCustomField": "f", **item}]))
    assert found.labels == ((shown,) if shown else ())
    lost = task(card({"fields": {}}, customFieldItems=[{"idCustomField": "f", **item}]))
    assert lost.labels == ()


# Comments


def test_a_comment_becomes_a_message() -> None:
    found = comment("¿Cómo va?")
    assert (found.text, found.author) == ("¿Cómo va?", Person("Ana", ANA))
    assert found.about == Ref("card", CARD)
    assert found.sent_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert found.direction is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@va ¿cómo va?", []),  # two letters name nobody: Trello wants three
        ("@la_va ¿cómo va?", ["la_va"]),
        ("Hola @La_Va, y @ana.", ["la_va", "ana"]),
        ("@ana @ana", ["ana"]),
        ("(@ana)", ["ana"]),
        ("ana@acme.example", []),
        ("https://medium.example/@ana", []),
        ("@card y @board", ["card", "board"]),
        ("@", []),
    ],
)
def test_who_is_mentioned_is_whom_it_is_to(text: str, named: list[str]) -> None:
    assert [person.handle for person in comment(text).to] == named


def test_a_comment_of_2012_names_its_author_by_id_alone() -> None:
    old = action("commentCard", text="x")
    value = old.json()
    del value["memberCreator"]
    (found,) = trello.normalise(Raw.of_json("comment", "b/c/a", value))
    assert isinstance(found, Message)
    assert found.author == Person("", ANA)


# Changes


@pytest.mark.parametrize(
    ("field", "before", "after", "change"),
    [
        ("name", "Factura", "Factura 2", ("title", "Factura", "Factura 2")),
        ("desc", "a\r\nb", "c", ("body", "a\nb", "c")),
        ("due", None, "2026-12-01T17:00:00.000Z", ("due", "", "2026-12-01T17:00:00+00:00")),
        ("due", "2026-12-01T17:00:00.000Z", None, ("due", "2026-12-01T17:00:00+00:00", "")),
        ("dueComplete", False, True, ("state", "open", "done")),
        ("dueComplete", True, False, ("state", "done", "open")),
        ("closed", False, True, ("state", "open", "archived")),
        ("closed", True, False, ("state", "archived", "open")),
        ("idLabels", ["l1"], ["l1", "l2"], ("labels", "", "prisa")),
        ("idLabels", ["l1", "l2"], ["l1"], ("labels", "prisa", "")),
    ],
)
def test_what_changed_is_told_with_what_stood_before(
    field: str, before: object, after: object, change: tuple[str, str, str]
) -> None:
    raw = updated(field, before, after, meta={"labels": {"l1": "web", "l2": "prisa"}})
    assert told(raw) == [change]
    (found,) = trello.normalise(raw)
    assert isinstance(found, Change)
    assert (found.about, found.author) == (Ref("card", CARD), Person("Ana", ANA))
    assert found.ref == Ref("action", f"a1/{change[0]}")


def test_a_card_that_moved_is_told_with_both_lists() -> None:
    lists = {"listBefore": {"name": "Hoy"}, "listAfter": {"name": "Hecho"}}
    assert told(updated("idList", "1", "2", **lists)) == [
        ("container", "Tienda › Hoy", "Tienda › Hecho")
    ]
    arrived = action("moveCardToBoard", boardSource={"name": "Web"}, list={"name": "Hoy"})
    assert told(arrived) == [("container", "Web", "Tienda › Hoy")]
    left = action("moveCardFromBoard", boardTarget={"id": "x"}, list={"name": "Hoy"})
    assert told(left) == [("container", "Tienda › Hoy", "")]


@pytest.mark.parametrize(
    ("kind", "data", "change"),
    [
        ("addMemberToCard", {"idMember": ME}, ("people", "", "Va")),
        ("removeMemberFromCard", {"idMember": ME}, ("people", "Va", "")),
        ("addMemberToCard", {"idMember": ANA, "member": {"name": "Ana"}}, ("people", "", "Ana")),
        ("addMemberToCard", {"idMember": ANA}, ("people", "", ANA)),
        ("addAttachmentToCard", {"attachment": {"name": "a.pdf"}}, ("attachments", "", "a.pdf")),
        ("addAttachmentToCard", {"attachment": {"url": "https://x.example/1"}},
         ("attachments", "", "x.example › 1")),
        ("deleteAttachmentFromCard", {"attachment": {"name": "a.pdf"}},
         ("attachments", "a.pdf", "")),
        ("addChecklistToCard", {"checklist": {"name": "Pasos"}}, ("checklist", "", "Pasos")),
        ("removeChecklistFromCard", {"checklist": {"name": "Pasos"}}, ("checklist", "Pasos", "")),
        ("updateCheckItemStateOnCard", {"checkItem": {"name": "uno", "state": "complete"}},
         ("checklist", "[ ] uno", "[x] uno")),
        ("updateCheckItemStateOnCard", {"checkItem": {"name": "uno", "state": "incomplete"}},
         ("checklist", "[x] uno", "[ ] uno")),
    ],
)  # fmt: skip
def test_what_was_put_on_a_card_or_taken_off_is_told(
    kind: str, data: dict[str, Any], change: tuple[str, str, str]
) -> None:
    assert told(action(kind, meta={"people": {ME: "Va"}}, **data)) == [change]


@pytest.mark.parametrize(
    "raw",
    [
        updated("pos", 1, 2), updated("cover", None, {}), action("updateCard"),
        updated("name", "a", "a"), action("updateList"), action("createCard"), action("voteOnCard"),
        Raw(stream="later", external_id="x", payload=b"{}"), Raw(stream="card", external_id="x"),
        Raw(stream="card", external_id="x", deleted=True),
    ],
)  # fmt: skip
def test_what_says_nothing_yields_nothing(raw: Raw) -> None:
    assert list(trello.normalise(raw)) == []


# Whatever comes


def test_hostile_texts_are_shown_as_what_they_are() -> None:
    meta = {"board": HOSTILE, "list": HOSTILE, "people": {ME: HOSTILE},
            "fields": {"f": {"name": HOSTILE, "options": []}}}  # fmt: skip
    item = {"id": "1", "name": HOSTILE, "state": "complete", "idMember": ME}
    raws = [
        card(meta, name=HOSTILE, desc=HOSTILE, shortUrl=HOSTILE, idMembers=[ME, HOSTILE],
             labels=[{"name": HOSTILE}, {"name": None, "color": HOSTILE}],
             attachments=[{"id": "1", "name": HOSTILE, "url": HOSTILE, "mimeType": HOSTILE}],
             checklists=[{"id": "1", "name": HOSTILE, "checkItems": [item]}],
             customFieldItems=[{"idCustomField": "f", "value": {"text": HOSTILE}}]),
        action("commentCard", text=HOSTILE + " @ana"),
        updated("name", HOSTILE, HOSTILE + "x"), updated("desc", HOSTILE, "x"),
        action("addAttachmentToCard", attachment={"name": HOSTILE}),
        action("addMemberToCard", idMember=HOSTILE, meta={"people": {HOSTILE: HOSTILE}}),
    ]  # fmt: skip
    for raw in raws:
        _fine(trello.normalise(raw))


@pytest.mark.parametrize(
    "raw",
    [
        card(id="../x"), card(id=5), card(id=...), card(name=5), card(desc=[]), card(due="soon"),
        card(due=5), card(labels={}), card(labels=[1]), card(idMembers="x"), card(checklists=5),
        card(attachments=[{"id": None}]), card(dateLastActivity="2026-11-24"),
        card({"fields": {"f": {"name": "x"}}},
             customFieldItems=[{"idCustomField": "f", "value": {"date": "never"}}]),
        card({"fields": []}), action("commentCard", text=5), action("commentCard", card=None),
        action("commentCard", card={"id": ""}), updated("due", "never", None),
        updated("idLabels", "x", []), Raw(stream="card", external_id="x", payload=b"[]"),
        Raw(stream="card", external_id="x", payload=b"not JSON"),
    ],
)  # fmt: skip
def test_what_is_not_what_trello_documents_is_set_aside(raw: Raw) -> None:
    with pytest.raises(ValueError, match=r".+"):
        list(trello.normalise(raw))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["card", "comment", "action"]), st.data())
def test_nothing_that_trello_could_say_breaks_the_mapping(stream: str, data: st.DataObject) -> None:
    value = card().json() if stream == "card" else updated("due", None, None).json()
    value["type"] = data.draw(
        st.sampled_from([*trello._PUT, *trello._TAKEN, "updateCard", "commentCard"])
    )
    spoilt = data.draw(st.dictionaries(st.sampled_from(sorted(value)), anything, max_size=4))
    inner = data.draw(st.dictionaries(st.sampled_from(["old", "card", "list"]), anything))
    if stream != "card":
        value["data"] |= inner
    meta = data.draw(st.dictionaries(st.sampled_from(["board", "fields", "people"]), anything))
    payload = canonical({**value, **spoilt}).encode()
    raw = Raw(stream=stream, external_id="x", payload=payload, meta=canonical(meta))
    with contextlib.suppress(ValueError):
        _fine(trello.normalise(raw))


def _fine(records: Iterable[object]) -> None:
    for record in records:
        for value in inside(record):
            well_formed(value)


# Real boards


@pytest.mark.skipif(not FIELDS.exists(), reason="the real board is not here")
def test_the_five_kinds_of_custom_fields_of_a_real_board_are_shown() -> None:
    board = json.loads(FIELDS.read_text("utf-8"))
    defined = {one["id"]: one for one in board["customFields"]}
    assert {one["type"] for one in defined.values()} == {
        *("checkbox", "date", "list", "number", "text")
    }
    shown = [
        sorted(task(card({"fields": defined}, **one)).labels[len(one["labels"]) :])
        for one in board["cards"]
    ]
    assert shown == [
        ["Lisa Babud: 2021-01-07", "Nevu Babud: Bugub", "Sinapul Babud: ✓"],
        [],
        [
            *("Lisa Babud: 2021-01-28", "Metameno: Suri", "Nevu Babud: Doda nevu"),
            *("Ninari Babud: 100.32", "Sinapul Babud: ✓"),
        ],
    ]


@pytest.mark.skipif(not BOARD.exists(), reason="the real board is not here")
def test_every_card_and_action_of_a_real_board_can_be_read() -> None:
    board = json.loads(BOARD.read_text("utf-8"))
    for one in board["cards"]:
        _fine([task(Raw.of_json("card", "x", one))])
    kinds = set()
    for one in board["actions"]:
        stream = "comment" if one["type"] == "commentCard" else "action"
        if "card" in one["data"]:
            found = list(trello.normalise(Raw.of_json(stream, "x", one)))
            _fine(found)
            kinds |= {record.field for record in found if isinstance(record, Change)}
    assert kinds >= {"title", "body", "container", "people", "attachments", "state"}
