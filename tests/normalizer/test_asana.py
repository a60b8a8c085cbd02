"""What Asana tells, in our words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from normalizer.asana import normalise
from normalizer.model import (
    Attachment,
    Change,
    CheckItem,
    Message,
    Person,
    Record,
    Ref,
    State,
    Task,
)
from normalizer.raw import Raw

LUZ = {"gid": "7", "name": "Luz Vega", "resource_type": "user"}
WEB = {"gid": "20", "name": "Web"}
BAD, SHOWN = "\x1b]0;x\x07 \u202egpj.exe [/]", "␛]0;x␇ ⧼202E⧽gpj.exe [/]"


def only(stream: str, value: object, name: str = "", **meta: object) -> Record:
    external_id = name or {"task": "p/20/1"}.get(stream, "1/2")
    (record,) = normalise(Raw.of_json(stream, external_id, value, **meta))
    return record


def task(home: Any = "", *, archived: Any = False, **fields: Any) -> Task:
    found = only("task", {"gid": "1", "name": "Portada"} | fields, home=home, archived=archived)
    assert isinstance(found, Task)
    return found


def changes(kind: str, meta: Any = None, **fields: Any) -> list[Change]:
    story = {"gid": "2", "created_at": "2026-11-27T10:00:00.000Z", "created_by": LUZ}
    story |= {"resource_subtype": kind, "type": "system"} | fields
    found = list(normalise(Raw.of_json("story", "1/2", story, **(meta or {}))))
    assert all(isinstance(one, Change) for one in found)
    return found  # type: ignore[return-value]


def told(kind: str, meta: Any = None, **fields: Any) -> list[Any]:
    return [(one.field, one.before, one.after) for one in changes(kind, meta, **fields)]


# Tasks


def test_a_task_whole() -> None:
    line = {"gid": "3", "name": "Foto", "completed": True, "due_on": "2026-12-01", "assignee": LUZ}
    found = task(
        home="20",
        notes="Con\xa0fotos 👍🏽\r\nAntes del viernes.",
        completed=False,
        due_on="2026-12-05",
        assignee=LUZ,
        followers=[{"gid": "8", "name": "Ana"}],
        memberships=[
            {"project": {"gid": "10", "name": "Todo"}, "section": None},
            {"project": WEB, "section": {"gid": "21", "name": "En curso"}},
        ],
        tags=[{"gid": "4", "name": "urgente"}],
        custom_fields=[
            {"gid": "5", "name": "Fase", "display_value": "Arte"},
            {"gid": "6", "name": "Coste", "display_value": None},
        ],
        subtasks=[line],
        permalink_url="https://app.asana.com/1/9/project/20/task/1",
        created_at="2026-11-01T08:00:00.123Z",
        modified_at="2026-11-02T09:00:00+01:00",
    )
    luz = Person("Luz Vega", "7")
    assert found == Task(
        ref=Ref("task", "1"),
        title="Portada",
        body="Con fotos 👍\nAntes del viernes.",
        due=date(2026, 12, 5),
        url="https://app.asana.com/1/9/project/20/task/1",
        container="Web › En curso",
        labels=("urgente", "Fase: Arte"),
        assignees=(luz,),
        checklist=(
            CheckItem(external_id="3", text="Foto", done=True, due=date(2026, 12, 1), assignee=luz),
        ),
        created_at=datetime(2026, 11, 1, 8, 0, 0, 123000, tzinfo=UTC),
        updated_at=datetime(2026, 11, 2, 8, 0, tzinfo=UTC),
    )


def test_a_task_of_which_next_to_nothing_is_told() -> None:
    """Any field may be null, or left out where a token may not see it."""
    fields = "notes due_on due_at assignee memberships tags custom_fields subtasks permalink_url"
    nothing = dict.fromkeys([*fields.split(), "created_at", "modified_at", "parent", "workspace"])
    assert task(**nothing) == task() == Task(ref=Ref("task", "1"), title="Portada")


@pytest.mark.parametrize(
    ("fields", "state", "labels"),
    [
        ({"completed": False}, State.OPEN, ()),
        ({"completed": True}, State.DONE, ()),
        ({"completed": True, "resource_subtype": "milestone"}, State.DONE, ()),
        ({"completed": False, "approval_status": "pending"}, State.OPEN, ()),
        ({"completed": True, "approval_status": "approved"}, State.DONE, ()),
        ({"completed": True, "approval_status": "rejected"}, State.OPEN, ("rejected",)),
        (
            {"completed": True, "approval_status": "changes_requested"},
            State.OPEN,
            ("changes_requested",),
        ),
        ({"completed": True, "approval_status": "something_new"}, State.OPEN, ("something_new",)),
    ],
)
@pytest.mark.parametrize("archived", [False, True])
def test_what_is_done(
    fields: dict[str, Any], state: State, labels: tuple[str, ...], archived: bool
) -> None:
    kind = "approval" if "approval_status" in fields else "default_task"
    found = task(archived=archived, **({"resource_subtype": kind} | fields))
    expected = State.ARCHIVED if archived and state is State.OPEN else state
    assert (found.state, found.labels) == (expected, labels)
    (line,) = task(
        subtasks=[{"gid": "3", "name": "x", "resource_subtype": kind} | fields]
    ).checklist
    assert line.done is (state is State.DONE)


def test_an_instant_that_is_due_counts_before_the_day_of_it() -> None:
    due = task(due_on="2026-12-05", due_at="2026-12-05T23:30:00.000-03:00").due
    assert due == datetime(2026, 12, 6, 2, 30, tzinfo=UTC)
    assert isinstance(due, datetime)
    assert due.tzinfo is UTC


@pytest.mark.parametrize(
    ("fields", "container"),
    [
        ({"memberships": [{"project": WEB, "section": None}]}, "Web"),
        ({"parent": {"gid": "9", "name": "Portada"}, "workspace": {"name": "Acme"}}, "Portada"),
        ({"memberships": [], "workspace": {"gid": "5", "name": "Acme"}}, "Acme"),
        ({}, ""),
    ],
)
def test_where_a_task_is(fields: dict[str, Any], container: str) -> None:
    assert task(**fields).container == container


def test_a_task_in_several_projects_is_told_alike_in_whatever_order_they_come() -> None:
    places = [{"project": WEB}, {"project": {"gid": "10", "name": "Todo"}}]
    for order in (places, places[::-1]):
        assert task(memberships=order).container == "Todo"
        assert task(home="20", memberships=order).container == "Web"


def test_headings_are_no_tasks() -> None:
    for heading in ({"is_rendered_as_separator": True}, {"resource_subtype": "section"}):
        raw = Raw.of_json("task", "p/20/1", {"gid": "1", "name": "Esta semana:"} | heading)
        assert list(normalise(raw)) == []
        assert task(subtasks=[{"gid": "3", "name": "Paso:"} | heading]) == task()


def test_a_patch_and_a_stream_of_a_later_version_yield_nothing() -> None:
    assert list(normalise(Raw(stream="task", external_id="p/20/1", meta="{}"))) == []
    assert list(normalise(Raw.of_json("goal", "1", {}))) == []


@pytest.mark.parametrize(
    ("stream", "value"),
    [
        ("task", []),
        ("task", {"gid": 1}),
        ("task", {"gid": "../1"}),
        ("task", {"gid": "1", "name": ["x"]}),
        ("task", {"gid": "1", "due_on": "tomorrow"}),
        ("task", {"gid": "1", "memberships": {}}),
        ("comment", {"gid": "2", "text": "sin fecha"}),
        ("story", {"gid": "2", "resource_subtype": "name_changed"}),
        ("attachment", {"name": "brief.pdf"}),
    ],
)
def test_what_is_no_record_is_an_error_and_no_guess(stream: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"expected|isoformat"):
        list(normalise(Raw.of_json(stream, "1/2", value)))


def test_hostile_text_is_shown_for_what_it_is() -> None:
    found = task(
        name=BAD,
        notes=BAD,
        permalink_url="javascript:alert(1)",
        assignee={"gid": "7", "name": BAD},
        memberships=[{"project": {"gid": "20", "name": BAD}, "section": {"name": "a"}}],
        tags=[{"name": BAD}],
        subtasks=[{"gid": "3", "name": BAD}],
    )
    assert (found.title, found.body, found.url) == (SHOWN, SHOWN, None)
    assert (found.container, found.labels) == (f"{SHOWN} › a", (SHOWN,))
    assert (found.assignees[0].name, found.checklist[0].text) == (SHOWN, SHOWN)


# Comments


def comment(**fields: Any) -> Message:
    value = {"gid": "2", "type": "comment", "created_at": "2026-11-27T10:00:00.000Z"} | fields
    found = only("comment", value)
    assert isinstance(found, Message)
    return found


def test_a_comment() -> None:
    assert comment(created_by=LUZ, text="¿Para cuándo?\n\nGracias") == Message(
        ref=Ref("comment", "2"),
        about=Ref("task", "1"),
        author=Person("Luz Vega", "7"),
        sent_at=datetime(2026, 11, 27, 10, tzinfo=UTC),
        text="¿Para cuándo?\n\nGracias",
    )


def test_a_comment_of_nobody_is_a_comment() -> None:
    assert comment(created_by=None, text="hola").author == Person()


def test_whoever_is_mentioned_is_spoken_to_by_their_own_gid() -> None:
    html = (
        '<body><a href="https://app.asana.com/0/profile/999" data-asana-gid="8"'
        ' data-asana-accessible="true" data-asana-type="user">@Ana &amp; Eva</a> y otra vez '
        '<a data-asana-gid="8" data-asana-type="user">@Ana &amp; Eva</a>, por '
        '<a href="https://app.asana.com/0/1/2" data-asana-gid="2" data-asana-type="task">esto</a>'
        ' y <a href="https://x.example/?data-asana-gid=3">aquello</a></body>'
    )
    assert comment(text="@Ana & Eva", html_text=html).to == (Person("Ana & Eva", "8"),)
    assert comment(text="a", html_text="<body>" + "<a data-asana-gid=" * 9999 + "</body>").to == ()


# Changes


def test_a_change_says_who_when_and_of_what() -> None:
    (found,) = changes("name_changed", old_name="Portada", new_name="Cubierta")
    assert found == Change(
        ref=Ref("story", "2"),
        about=Ref("task", "1"),
        field="title",
        before="Portada",
        after="Cubierta",
        author=Person("Luz Vega", "7"),
        at=datetime(2026, 11, 27, 10, tzinfo=UTC),
    )
    assert changes("notes_changed", created_by=None)[0].author == Person()


def test_of_a_description_asana_tells_only_that_it_changed() -> None:
    assert told("notes_changed") == [("body", "", "")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, {"due_on": "2026-12-01"}, [("due", "", "2026-12-01")]),
        ({"due_on": "2026-12-01"}, {"due_on": None}, [("due", "2026-12-01", "")]),
        (
            {"due_on": "2026-12-01"},
            {"due_on": "2026-12-01", "due_at": "2026-12-01T16:00:00.000Z"},
            [("due", "2026-12-01", "2026-12-01T16:00:00+00:00")],
        ),
        ({"start_on": "2026-11-01"}, {"start_on": "2026-11-02"}, []),
    ],
)
def test_due_dates(old: object, new: object, expected: object) -> None:
    assert told("due_date_changed", old_dates=old, new_dates=new) == expected


def test_moves_are_spelt_as_a_place_is() -> None:
    sections = {"old_section": {"name": "Ideas"}, "new_section": {"name": "Hecho"}}
    assert told("section_changed", {"project": "Web"}, **sections) == [
        ("container", "Web › Ideas", "Web › Hecho")
    ]
    assert told("section_changed", None, **sections) == [("container", "Ideas", "Hecho")]
    assert told("added_to_project", project=WEB) == [("container", "", "Web")]
    put = told("added_to_project", {"section": "Ideas"}, project=WEB)
    assert put == [("container", "", "Web › Ideas")]
    assert told("removed_from_project", project=WEB) == [("container", "Web", "")]


def test_states() -> None:
    assert told("marked_complete") == [("state", "open", "done")]
    assert told("marked_incomplete") == [("state", "done", "open")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("pending", "approved", [("state", "open", "done")]),
        ("pending", "rejected", [("labels", "", "rejected")]),
        ("approved", "rejected", [("state", "done", "open"), ("labels", "", "rejected")]),
        ("rejected", "changes_requested", [("labels", "rejected", "changes_requested")]),
    ],
)
def test_approvals(old: str, new: str, expected: list[tuple[str, str, str]]) -> None:
    status = {"old_approval_status": old, "new_approval_status": new}
    assert told("approval_status_changed", None, **status) == expected
    refs = [one.ref.external_id for one in changes("approval_status_changed", None, **status)]
    assert refs == ["2", "2/1"][: len(expected)]


def test_people_and_labels() -> None:
    assert told("assigned", assignee=LUZ) == [("people", "", "Luz Vega")]
    assert told("unassigned") == [("people", "", "")]
    assert told("added_to_tag", tag={"name": "urgente"}) == [("labels", "", "urgente")]
    assert told("removed_from_tag", tag={"name": "urgente"}) == [("labels", "urgente", "")]


@pytest.mark.parametrize(
    ("kind", "old", "new", "before", "after"),
    [
        ("text", None, "rojo", "", "Campo: rojo"),
        ("number", 300, 2.5, "Campo: 300", "Campo: 2.5"),
        ("number", 0, 4.0, "Campo: 0", "Campo: 4"),
        ("enum", {"name": "Idea"}, {"name": "Arte"}, "Campo: Idea", "Campo: Arte"),
        ("multi_enum", [{"name": "a"}, {"name": "b"}], [], "Campo: a, b", ""),
        ("people", [], [LUZ], "", "Campo: Luz Vega"),
        ("date", {"date": "2026-12-01"}, None, "Campo: 2026-12-01", ""),
    ],
)
def test_custom_fields(kind: str, old: object, new: object, before: str, after: str) -> None:
    values = {f"old_{kind}_value": old, f"new_{kind}_value": new}
    found = told(f"{kind}_custom_field_changed", None, custom_field={"name": "Campo"}, **values)
    assert found == [("labels", before, after)]


def test_hostile_text_in_what_was_said_and_noted_is_shown_for_what_it_is() -> None:
    who, named = {"gid": "7", "name": BAD}, {"name": BAD}
    mention = f'<body><a data-asana-gid="8">@{BAD}</a></body>'
    said = comment(text=BAD, created_by=who, html_text=mention)
    assert (said.text, said.author.name, said.to[0].name) == (SHOWN, SHOWN, SHOWN)
    assert told("name_changed", old_name=BAD, new_name="a") == [("title", SHOWN, "a")]
    assert told("name_changed", old_name="a", new_name=BAD) == [("title", "a", SHOWN)]
    moved = told("section_changed", {"project": BAD}, old_section=named, new_section=None)
    assert moved == [("container", f"{SHOWN} › {SHOWN}", SHOWN)]
    assert told("assigned", assignee=who) == [("people", "", SHOWN)]
    assert told("added_to_tag", tag=named) == [("labels", "", SHOWN)]
    filled = {"custom_field": named, "new_text_value": BAD}
    assert told("text_custom_field_changed", **filled) == [("labels", "", f"{SHOWN}: {SHOWN}")]


def test_a_note_of_a_kind_nobody_knows_is_no_change_and_no_error() -> None:
    for kind in ("", "due_today", "moon_phase_changed", "emoji_custom_field_changed"):
        assert told(kind) == []


def test_what_was_attached() -> None:
    assert told("attachment_added", {"file": "brief.pdf"}) == [("attachments", "", "brief.pdf")]
    assert told("attachment_added") == [("attachments", "", "")]


# Attachments


def test_a_file_and_a_link() -> None:
    file = {
        "gid": "9",
        "name": "../brief.pdf",
        "host": "asana",
        "size": 12,
        "view_url": "https://s",
    }
    assert only("attachment", file, "1/9") == Attachment(
        external_id="9", name="brief.pdf", size=12, about=Ref("task", "1")
    )
    there = "https://docs.example/d/brief"
    link = {"gid": "9", "name": there, "host": "external", "size": None, "view_url": there}
    assert only("attachment", link, "1/9") == Attachment(
        external_id="9", name="docs.example › d › brief", url=there, about=Ref("task", "1")
    )
