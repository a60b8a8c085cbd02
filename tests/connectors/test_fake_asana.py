"""The stand-in for Asana behaves as the vendor says its servers do."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.testing_faults import PORTAL
from connectors.testing_server import Reply
from tests.servers import asana_example
from tests.servers.asana import FakeAsana, Watch, running
from tests.servers.asana_things import Project, Section, Story, Task, User, Workspace

TOKEN = "2/1209000000000001/never-in-a-log"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Told:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def gids(self) -> list[str]:
        return [each["gid"] for each in self.data]


@dataclass
class Office:
    """A workspace with a project of two people, and how to ask for it."""

    fake: FakeAsana
    lola: User
    luz: User
    acme: Workspace
    web: Project
    doing: Section

    def ask(
        self,
        path: str,
        data: object = None,
        *,
        method: str = "",
        token: str = TOKEN,
        url: str = "",
    ) -> Told:
        body = None if data is None else json.dumps({"data": data}).encode()
        headers = {"authorization": f"Bearer {token}"} if token else {}
        if body:
            headers["content-type"] = "application/json"
        asked = urllib.request.Request(
            url or self.fake.base_url + path,
            body,
            headers,
            method=method or ("GET" if data is None else "POST"),
        )
        try:
            with urllib.request.urlopen(asked) as answer:
                return Told(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Told(error.code, dict(error.headers), error.read())

    def sync(self, resource: str = "") -> str:
        """A fresh token."""
        answer = self.ask(f"/events?resource={resource or self.web.gid}")
        assert answer.status == 412
        return str(answer.json["sync"])

    def events(self, sync: str, resource: str = "") -> Told:
        return self.ask(f"/events?resource={resource or self.web.gid}&sync={sync}")

    def task(self, name: str = "Portada", **fields: Any) -> Task:
        return self.fake.world.task(self.web, name, self.luz, **fields)

    def story(self, story: Story) -> Any:
        return self.ask(f"/stories/{story.gid}").data

    def batch(self, *actions: object) -> Told:
        return self.ask("/batch", {"actions": list(actions)})


@pytest.fixture
def specification(checkout: Path) -> Path:
    return checkout.parent / "shared" / "specs" / "asana.openapi.json"


def furnished(fake: FakeAsana) -> Office:
    lola, luz = fake.sign_up("Lola Prueba", TOKEN), fake.world.user("Luz Cliente")
    acme = fake.world.workspace("Acme", lola, luz)
    web = fake.world.project(acme, "Web", lola, luz)
    return Office(fake, lola, luz, acme, web, fake.world.section(web, "En curso", luz))


@pytest.fixture
def office(specification: Path) -> Iterator[Office]:
    """It is noon, for as long as nobody puts the clock ahead."""
    with running(clock=Watch(lambda: NOON), specification=specification) as fake:
        yield furnished(fake)


def summary(answer: Told) -> list[tuple[str, str, str, str]]:
    """Each event's action, resource, field and parent."""
    return [
        (
            each["action"],
            each["resource"]["gid"],
            each.get("change", {}).get("field", ""),
            (each["parent"] or {}).get("resource_type", ""),
        )
        for each in answer.data
    ]


def test_tells_who_we_are_and_what_there_is(office: Office) -> None:
    me = office.ask("/users/me?opt_fields=name,email,workspaces.name").data
    assert me["gid"] == office.lola.gid
    assert me["workspaces"] == [{"gid": office.acme.gid, "name": "Acme"}]
    assert office.ask(f"/users/{office.luz.gid}").data["name"] == "Luz Cliente"
    assert office.ask("/workspaces").gids == [office.acme.gid]
    projects = f"/workspaces/{office.acme.gid}/projects?archived=false"
    assert office.ask(projects).gids == [office.web.gid]
    office.fake.world.archive(office.web)
    assert office.ask(projects).gids == []
    assert office.ask(f"/projects/{office.web.gid}").data["archived"] is True
    sections = office.ask(f"/projects/{office.web.gid}/sections").data
    assert [each["name"] for each in sections] == ["Untitled section", "En curso"]
    section = office.ask(f"/sections/{office.doing.gid}?opt_fields=project").data
    assert section["project"]["gid"] == office.web.gid


@pytest.mark.parametrize("token", ["", "wrong"])
def test_refuses_whoever_it_does_not_know(office: Office, token: str) -> None:
    answer = office.ask("/users/me", token=token)
    assert answer.status == 401
    assert answer.json["errors"][0]["message"] == "Not Authorized"
    office.fake.violations = [each for each in office.fake.violations if "credential" not in each]


def test_tells_little_of_a_listed_task_and_what_was_asked_for(office: Office) -> None:
    task = office.task(assignee=office.lola)
    listed = office.ask(f"/tasks?project={office.web.gid}").data
    compact = {"gid", "resource_type", "resource_subtype", "name"}
    assert listed[0].keys() == compact
    asked = office.ask(f"/tasks/{task.gid}?opt_fields=due_on,assignee,memberships.section.name")
    assert asked.data == {
        "gid": task.gid,
        "due_on": None,
        "assignee": {"gid": office.lola.gid, "resource_type": "user"},
        "memberships": [
            {"section": {"gid": office.web.sections[0].gid, "name": office.web.sections[0].name}}
        ],
    }
    whole = office.ask(f"/tasks/{task.gid}").data
    assert whole["workspace"]["name"] == "Acme"
    assert "html_notes" not in whole


def test_keeps_every_character(office: Office) -> None:
    text = "a\xa0b 👩‍🔧 <c> & “d”\n" + "é" * 16_384
    task = office.task(notes=text)
    told = office.ask(f"/tasks/{task.gid}?opt_fields=notes,html_notes").data
    assert told["notes"] == text
    assert "&lt;c&gt; &amp; “d”" in told["html_notes"]


def test_pages_only_where_a_limit_was_sent(office: Office) -> None:
    gids = [office.task(str(number)).gid for number in range(5)]
    path = f"/tasks?project={office.web.gid}"
    assert "next_page" not in office.ask(path).json
    first = office.ask(f"{path}&limit=2")
    offset = first.json["next_page"]["offset"]
    second = office.ask(f"{path}&limit=2&offset={offset}")
    third = office.ask(f"{path}&limit=2&offset={second.json['next_page']['offset']}")
    assert first.gids + second.gids + third.gids == gids
    assert third.json["next_page"] is None


def test_takes_an_offset_only_where_and_as_long_as_it_belongs(office: Office) -> None:
    for number in range(3):
        office.task(str(number))
    path = f"/tasks?project={office.web.gid}&limit=1"
    offset = office.ask(path).json["next_page"]["offset"]
    elsewhere = f"/projects/{office.web.gid}/tasks?limit=1&offset={offset}"
    assert office.ask(elsewhere).status == 400
    assert office.ask(f"{path}&completed_since=2026-01-01T00:00:00Z&offset={offset}").status == 400
    assert office.ask(f"{path}&offset=made-up").status == 400
    assert office.ask(f"{path}&offset={offset}").status == 200
    office.fake.clock.ahead(minutes=16)
    assert office.ask(f"{path}&offset={offset}").status == 400


def test_a_page_goes_on_behind_the_last_one_told(office: Office) -> None:
    tasks = [office.task(str(number)) for number in range(4)]
    path = f"/tasks?project={office.web.gid}&limit=2"
    offset = office.ask(path).json["next_page"]["offset"]
    office.fake.world.delete_task(tasks[0])
    assert office.ask(f"{path}&offset={offset}").gids == [tasks[2].gid, tasks[3].gid]


def test_chooses_by_when_a_task_was_changed_and_finished(office: Office) -> None:
    old, done = office.task("old"), office.task("done")
    office.fake.world.complete(done)
    office.fake.clock.ahead(hours=1)
    new = office.task("new", assignee=office.lola)
    path = f"/tasks?project={office.web.gid}"
    assert office.ask(f"{path}&modified_since=2026-03-02T12:00:01Z").gids == [new.gid]
    assert office.ask(f"{path}&modified_since=2026-03-02T12:00:00.000Z").gids == [
        old.gid,
        done.gid,
        new.gid,
    ]
    assert office.ask(f"{path}&completed_since=2026-03-02T12:30:00Z").gids == [old.gid, new.gid]
    now = f"/projects/{office.web.gid}/tasks?completed_since=now"
    assert office.ask(now).gids == [old.gid, new.gid]
    mine = f"/tasks?assignee=me&workspace={office.acme.gid}"
    assert office.ask(mine).gids == [new.gid]
    assert office.ask(f"/tasks?section={office.doing.gid}").gids == []
    assert office.ask(f"{mine}&project={office.web.gid}").status == 400
    assert office.ask("/tasks").status == 400


def test_reads_what_hangs_on_a_task(office: Office) -> None:
    world, task = office.fake.world, office.task()
    part = world.task(task, "Parte", office.luz, assignee=office.lola)
    world.comment(task, "mira", office.luz, mentions=[office.lola])
    assert office.ask(f"/tasks/{task.gid}/subtasks").gids == [part.gid]
    parent = office.ask(f"/tasks/{part.gid}?opt_fields=parent.name").data["parent"]
    assert parent == {"gid": task.gid, "name": "Portada"}
    stories = office.ask(f"/tasks/{task.gid}/stories?opt_fields=type,text,html_text").data
    assert stories[-1]["text"] == "@Lola Prueba mira"
    assert f'data-asana-gid="{office.lola.gid}"' in stories[-1]["html_text"]
    assert office.lola.profile in stories[-1]["html_text"]
    assert stories[-1]["type"] == "comment"
    assert {story["type"] for story in stories[:-1]} == {"system"}
    assert office.ask(f"/stories/{stories[0]['gid']}").data["target"]["gid"] == task.gid


def test_a_change_leaves_a_story_with_what_was_and_what_is(office: Office) -> None:
    world, task = office.fake.world, office.task()
    field = world.field(office.web, "Prioridad", "enum", "Alta", "Baja")
    world.fill_in(task, field, "Alta", office.luz)
    world.edit(task, office.luz, name="Cubierta", notes="Otra", due_on=date(2026, 3, 6))
    world.edit(task, office.luz, due_at=datetime(2026, 3, 7, 9, tzinfo=UTC), assignee=office.lola)
    world.put(task, office.doing, office.luz)
    world.complete(task, office.luz)
    world.reopen(task)
    stories = {each["resource_subtype"]: each for each in map(office.story, task.stories)}
    assert stories["name_changed"]["old_name"] == "Portada"
    assert stories["name_changed"]["new_name"] == "Cubierta"
    assert "Otra" not in json.dumps(stories["notes_changed"])
    dates = stories["due_date_changed"]
    assert dates["old_dates"]["due_on"] == "2026-03-06"
    assert dates["new_dates"]["due_at"] == "2026-03-07T09:00:00.000Z"
    assert stories["assigned"]["assignee"]["gid"] == office.lola.gid
    assert stories["section_changed"]["old_section"]["name"] == "Untitled section"
    assert stories["section_changed"]["new_section"]["gid"] == office.doing.gid
    assert stories["enum_custom_field_changed"]["new_enum_value"]["name"] == "Alta"
    assert stories["added_to_project"]["project"]["name"] == "Web"
    assert stories["marked_complete"]["created_by"]["gid"] == office.luz.gid
    assert stories["marked_incomplete"]["created_by"] is None


def test_a_move_leaves_a_task_as_old_as_it_was_and_all_else_does_not(office: Office) -> None:
    world, task = office.fake.world, office.task()
    story = world.comment(task, "hola", office.luz)
    file = world.attach(task, "a.pdf", office.luz)
    acts: dict[str, Callable[[], object]] = {
        "comment": lambda: world.comment(task, "¿y?", office.luz),
        "a comment is gone": lambda: world.delete_story(story),
        "a file is gone": lambda: world.detach(file),
        "notes": lambda: world.edit(task, office.luz, notes="más"),
        "due": lambda: world.edit(task, office.luz, due_on=date(2026, 3, 9)),
        "assigned": lambda: world.edit(task, office.luz, assignee=office.lola),
        "done": lambda: world.complete(task, office.luz),
    }
    for name, act in acts.items():
        office.fake.clock.ahead(minutes=1)
        act()
        assert task.modified_at == office.fake.clock(), name
    office.fake.clock.ahead(minutes=1)
    world.put(task, office.doing, office.luz)
    assert task.modified_at < office.fake.clock()


@pytest.mark.parametrize(
    ("status", "done"),
    [("approved", True), ("rejected", True), ("changes_requested", True), ("pending", False)],
)
def test_an_approval_is_complete_whatever_was_decided(
    office: Office, status: str, done: bool
) -> None:
    task = office.task(kind="approval")
    office.fake.world.edit(task, office.luz, approval_status="approved")
    told = office.ask(f"/tasks/{task.gid}", {"approval_status": status}, method="PUT").data
    assert (told["completed"], told["approval_status"]) == (done, status)


def test_the_first_call_for_events_is_answered_with_a_token(office: Office) -> None:
    answer = office.ask(f"/events?resource={office.web.gid}")
    assert answer.status == 412
    assert "Sync token invalid or too old" in answer.json["errors"][0]["message"]
    told = office.events(answer.json["sync"])
    assert (told.status, told.data, told.json["has_more"]) == (200, [], False)


def test_events_tell_what_happened_since_the_token(office: Office) -> None:
    world, task = office.fake.world, office.task()
    first = office.web.sections[0]
    sync = office.sync()
    comment = world.comment(task, "hola", office.luz)
    world.edit(task, None, assignee=office.lola)
    assigned = task.stories[-1]
    world.put(task, office.doing, office.luz)
    world.delete_task(task, office.luz)
    told = office.events(sync)
    assert summary(told) == [
        ("added", comment.gid, "", "task"),
        ("changed", task.gid, "assignee", ""),
        ("added", assigned.gid, "", "task"),
        ("removed", task.gid, "", "section"),
        ("added", task.stories[-1].gid, "", "task"),
        ("added", task.gid, "", "section"),
        ("deleted", task.gid, "", ""),
    ]
    assert told.data[1]["user"] is None
    assert told.data[1]["change"]["new_value"]["gid"] == office.lola.gid
    assert told.data[3]["parent"]["gid"] == first.gid
    assert office.events(told.json["sync"]).data == []


def test_events_of_subtasks_and_their_stories_bubble_up(office: Office) -> None:
    world, task = office.fake.world, office.task()
    other = world.project(office.acme, "Otro", office.lola)
    part = world.task(task, "Parte", office.luz)
    sync, elsewhere, own = office.sync(), office.sync(other.gid), office.sync(part.gid)
    story = world.comment(part, "hola", office.luz)
    heard = [("added", story.gid, "", "task")]
    assert summary(office.events(sync)) == heard
    assert summary(office.events(own, part.gid)) == heard
    assert office.events(elsewhere, other.gid).data == []


def test_events_tell_of_a_comment_that_is_edited_and_of_one_that_is_gone(office: Office) -> None:
    world, task = office.fake.world, office.task()
    story = world.comment(task, "hola", office.luz)
    sync = office.sync()
    world.edit_comment(story, "adiós")
    edited = office.ask(f"/tasks/{task.gid}/stories").data[-1]
    world.delete_story(story)
    assert edited["text"] == "adiós"
    told = [("changed", story.gid, "text", ""), ("deleted", story.gid, "", "")]
    assert summary(office.events(sync)) == told
    assert office.ask(f"/stories/{story.gid}").status == 404
    assert len(office.ask(f"/tasks/{task.gid}/stories").data) == 1


def test_a_tag_and_a_follower_come_and_go(office: Office) -> None:
    world, task = office.fake.world, office.task()
    sync = office.sync()
    tag = world.tag(task, "urgente", office.luz)
    world.follow(task, office.lola, office.luz)
    told = office.ask(f"/tasks/{task.gid}?opt_fields=tags.name,followers").data
    assert told["tags"] == [{"gid": tag.gid, "name": "urgente"}]
    assert [each["gid"] for each in told["followers"]] == [office.luz.gid, office.lola.gid]
    world.untag(task, tag, office.luz)
    changes = [each["change"] for each in office.events(sync).data if "change" in each]
    assert [(each["field"], each["action"]) for each in changes] == [
        ("tags", "added"),
        ("followers", "added"),
        ("tags", "removed"),
    ]
    assert changes[2]["removed_value"]["gid"] == tag.gid


def test_a_task_that_leaves_a_project_is_told_to_both(office: Office) -> None:
    world, task = office.fake.world, office.task()
    other = world.project(office.acme, "Otro", office.lola)
    here, there = office.sync(), office.sync(other.gid)
    world.put(task, other, office.luz)
    world.take_out(task, office.web, office.luz)
    assert ("removed", task.gid, "", "project") in summary(office.events(here))
    assert ("added", task.gid, "", "project") in summary(office.events(there, other.gid))
    assert [each["name"] for each in office.ask(f"/tasks/{task.gid}").data["projects"]] == ["Otro"]


def test_events_come_by_the_hundred(office: Office) -> None:
    task, sync = office.task(), office.sync()
    said = [office.fake.world.comment(task, str(n), office.luz).gid for n in range(250)]
    heard: list[str] = []
    more, pages = True, 0
    while more:
        told = office.events(sync)
        heard += [each["resource"]["gid"] for each in told.data]
        sync, more, pages = told.json["sync"], told.json["has_more"], pages + 1
    assert (heard, pages) == (said, 3)


def test_a_token_dies_after_a_day_of_another_or_when_the_server_says(office: Office) -> None:
    office.task()
    sync = office.sync()
    other = office.fake.world.project(office.acme, "Otro", office.lola)
    assert office.events(sync, other.gid).status == 412
    office.fake.clock.ahead(hours=23)
    assert office.events(sync).status == 200
    office.fake.clock.ahead(hours=1)
    assert office.events(sync).status == 412
    fresh = office.sync()
    assert office.events(fresh).status == 200
    office.fake.world.feed.expire()
    assert office.events(fresh).status == 412


def test_a_token_may_be_used_again_and_where_told_so_not_backward(office: Office) -> None:
    feed, task, first = office.fake.world.feed, office.task(), office.sync()
    office.fake.world.comment(task, "uno", office.luz)
    second = office.events(first).json["sync"]
    assert len(office.events(first).data) == 1
    assert office.events(second).data == []
    assert len(office.events(first).data) == 1
    feed.backward = False
    assert office.events(first).status == 412
    assert office.events(second).status == 200


def test_an_event_can_be_lost_for_good(office: Office) -> None:
    task, sync = office.task(), office.sync()
    office.fake.world.feed.lose_every = 5
    for number in range(20):
        office.fake.world.comment(task, str(number), office.luz)
    assert len(office.events(sync).data) == 16
    assert len(office.ask(f"/tasks/{task.gid}/stories").data) == 21


def test_a_batch_answers_each_action_in_order(office: Office) -> None:
    task = office.task(assignee=office.lola)
    answer = office.batch(
        {"relative_path": "/events", "method": "get", "data": {"resource": office.web.gid}},
        {
            "relative_path": "/tasks",
            "method": "get",
            "data": {"assignee": "me", "workspace": office.acme.gid},
            "options": {"limit": 1, "fields": ["name"]},
        },
        {"relative_path": "/tasks/1", "method": "get"},
        {"relative_path": f"/tasks/{task.gid}/stories", "method": "post", "data": {"text": "sí"}},
        {"relative_path": "/batch", "method": "post", "data": {"actions": []}},
        {"relative_path": "/tasks?limit=3", "method": "get"},
    )
    assert answer.status == 200
    assert [each["status_code"] for each in answer.data] == [412, 200, 404, 201, 400, 400]
    assert answer.data[0]["body"]["sync"]
    assert answer.data[1]["body"] == {
        "data": [{"gid": task.gid, "name": "Portada"}],
        "next_page": None,
    }
    assert task.stories[-1].text == "sí"


def test_a_batch_is_of_one_to_ten_actions(office: Office) -> None:
    action = {"relative_path": "/users/me", "method": "get"}
    assert [office.batch(*[action] * count).status for count in (0, 1, 10, 11)] == [
        400,
        200,
        200,
        400,
    ]


def test_a_batch_may_refuse_some_routes(office: Office) -> None:
    action = {"relative_path": "/events", "method": "get", "data": {"resource": office.web.gid}}
    office.fake.batch_refuses["/events"] = 400
    answer = office.batch(action, {"relative_path": "/users/me", "method": "get"})
    assert [each["status_code"] for each in answer.data] == [400, 200]
    assert office.sync()


def test_too_many_requests_are_refused_and_count_too(office: Office) -> None:
    office.fake.limit = 5
    assert [office.ask("/users/me").status for _ in range(5)] == [200] * 5
    office.fake.clock.ahead(seconds=20)
    refused = office.ask("/users/me")
    assert (refused.status, refused.headers["retry-after"]) == (429, "40")
    office.fake.sign_up("Otra", "other")
    assert office.ask("/users/me", token="other").status == 200
    office.fake.clock.ahead(seconds=40)
    assert [office.ask("/users/me").status for _ in range(5)] == [200] * 4 + [429]


def test_every_action_counts_and_one_too_many_refuses_the_whole_batch(office: Office) -> None:
    office.fake.limit = 15
    task = office.task()
    said = {"relative_path": f"/tasks/{task.gid}/stories", "method": "post", "data": {"text": "a"}}
    assert office.batch(*[said] * 10).status == 200
    stories = len(task.stories)
    refused = office.batch(*[said] * 6)
    assert refused.status == 429
    assert len(task.stories) == stories
    office.fake.clock.ahead(seconds=int(refused.headers["retry-after"]))
    assert office.batch(*[said] * 6).status == 200


def test_a_revoked_project_is_forbidden_and_a_deleted_one_unknown(office: Office) -> None:
    world, task = office.fake.world, office.task()
    mine = office.task("Mía", assignee=office.lola)
    sync = office.sync()
    paths = [
        f"/projects/{office.web.gid}",
        f"/projects/{office.web.gid}/tasks",
        f"/tasks?project={office.web.gid}",
        f"/tasks/{task.gid}",
        f"/events?resource={office.web.gid}&sync={sync}",
    ]
    world.revoke(office.web, office.lola)
    assert [office.ask(path).status for path in paths] == [403] * 5
    assert office.ask(f"/workspaces/{office.acme.gid}/projects").gids == []
    seen = office.ask(f"/tasks?assignee=me&workspace={office.acme.gid}&opt_fields=memberships")
    assert seen.data == [{"gid": mine.gid, "memberships": []}]
    world.grant(office.web, office.lola)
    assert [office.ask(path).status for path in paths] == [200] * 5
    world.delete_project(office.web)
    assert [office.ask(path).status for path in paths] == [404, 404, 404, 403, 404]


def test_a_file_is_fetched_without_credentials_and_soon(office: Office) -> None:
    file = office.fake.world.attach(office.task(), "plano ñ.pdf", office.luz, b"%PDF-1.4")
    listed = office.ask(f"/attachments?parent={file.task.gid}&opt_fields=name,size,download_url")
    url = listed.data[0]["download_url"]
    assert (listed.data[0]["name"], listed.data[0]["size"]) == ("plano ñ.pdf", 8)
    assert not url.startswith(office.fake.base_url)
    assert office.ask("", url=url, token="").body == b"%PDF-1.4"
    office.fake.clock.ahead(minutes=2, seconds=1)
    assert office.ask("", url=url, token="").status == 403
    again = office.ask(f"/attachments/{file.gid}").data["download_url"]
    assert office.ask("", url=again, token="").status == 200
    assert office.ask("", url=again).status == 400
    assert office.fake.violations.pop() == "credentials were sent to /storage/"


def test_a_link_has_no_file(office: Office) -> None:
    view = "https://files.example/d/1"
    link = office.fake.world.attach(office.task(), "Guion", host="gdrive", view_url=view)
    told = office.ask(f"/attachments/{link.gid}").data
    assert (told["download_url"], told["view_url"], "size" in told) == (None, view, False)


def test_writes_what_a_client_asks_for(office: Office) -> None:
    office.fake.world.task(office.doing, "De antes")
    made = office.ask(
        "/tasks", {"name": "Nueva", "projects": [office.web.gid], "due_on": "2026-03-09"}
    )
    assert (made.status, made.data["due_on"]) == (201, "2026-03-09")
    task = made.data["gid"]
    assert office.ask(f"/tasks/{task}", {"completed": True}, method="PUT").data["completed"]
    assert office.ask(f"/tasks/{task}", {"due_on": None}, method="PUT").data["due_on"] is None
    at = {"due_at": "2026-03-09T10:00:00.000Z"}
    assert office.ask(f"/tasks/{task}", at, method="PUT").data["due_on"] == "2026-03-09"
    said = office.ask(f"/tasks/{task}/stories", {"text": "Listo 🎉\xa0"})
    assert (said.status, said.data["text"]) == (201, "Listo 🎉\xa0")
    assert said.data["created_by"]["gid"] == office.lola.gid
    assert office.ask(f"/sections/{office.doing.gid}/addTask", {"task": task}).data == {}
    assert office.doing.tasks[0].gid == task
    first = office.web.sections[0]
    place = {"project": office.web.gid, "section": first.gid}
    assert office.ask(f"/tasks/{task}/addProject", place).status == 200
    assert first.tasks[-1].gid == task
    assert office.ask(f"/tasks/{task}", method="DELETE").data == {}
    assert office.ask(f"/tasks/{task}").status == 404


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/tasks", {"name": "en ninguna parte"}, 400),
        ("/tasks", {"name": "x", "projects": ["1"]}, 404),
        ("/tasks/{task}/stories", {}, 400),
        ("/tasks/{task}/stories", {"text": "a", "html_text": "<body>a</body>"}, 400),
        ("/tasks/1/stories", {"text": "a"}, 404),
        ("/sections/1/addTask", {"task": "{task}"}, 404),
    ],
)
def test_refuses_a_write_that_makes_no_sense(
    office: Office, path: str, data: dict[str, object], status: int
) -> None:
    task = office.task()
    answer = office.ask(path.replace("{task}", task.gid), data)
    assert (answer.status, list(answer.json)) == (status, ["errors"])


def test_search_is_for_those_who_pay(office: Office) -> None:
    assert office.ask(f"/workspaces/{office.acme.gid}/tasks/search?text=a").status == 402


def test_can_let_a_request_go_wrong(office: Office) -> None:
    page = Reply(200, PORTAL, {"content-type": "text/html"})
    office.fake.fail(lambda request: request.path.endswith("/users/me"), page)
    assert office.ask("/users/me").body == PORTAL
    assert office.ask("/users/me").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/users/me?opt_fields=nickname",
        "/tasks?project={web}&modified_after=2026-01-01T00:00:00Z",
        "/tasks?project={web}&limit=101",
        "/tasks?project={web}&modified_since=yesterday",
        "/events?resource={web}&limit=5",
    ],
)
def test_tells_on_a_client_that_asks_for_what_is_not_there(office: Office, path: str) -> None:
    if not office.fake.judged:
        pytest.skip("the vendor's specification is not at hand")
    office.ask(path.replace("{web}", office.web.gid))
    assert office.fake.violations
    office.fake.violations.clear()


def test_tells_on_a_batch_likewise_and_without_the_specification_too(office: Office) -> None:
    office.fake.judged = None
    office.batch(
        {
            "relative_path": "/tasks",
            "method": "get",
            "data": {"project": office.web.gid, "modified_after": "2026-01-01T00:00:00Z"},
        }
    )
    assert office.fake.violations == ["GET /tasks: takes no parameter modified_after"]
    office.fake.violations.clear()


def test_a_test_that_leaves_a_violation_behind_fails() -> None:
    careless = running()
    office = furnished(careless.__enter__())
    office.ask(f"/tasks?project={office.web.gid}&modified_after=x")
    with pytest.raises(AssertionError):
        careless.__exit__(None, None, None)


def test_the_fixture_is_ready_to_use(asana_server: FakeAsana) -> None:
    office = furnished(asana_server)
    assert office.ask("/users/me").status == 200
    assert [request.status for request in asana_server.log] == [200]


def test_an_example_is_the_same_every_time_and_sound(specification: Path) -> None:
    told = []
    for _ in range(2):
        with running(clock=Watch(lambda: NOON), specification=specification) as fake:
            office = furnished(fake)
            made = asana_example.project(
                fake.world, office.acme, office.lola, office.luz, tasks=120
            )
            fields = "name,notes,completed,due_on,custom_fields.display_value,modified_at"
            path = f"/tasks?project={made.gid}&limit=100&opt_fields={fields}"
            first = office.ask(path)
            rest = office.ask(f"{path}&offset={first.json['next_page']['offset']}")
            stories = office.ask(f"/tasks/{made.tasks[3].gid}/stories").data
            told.append((first.data + rest.data, stories))
    assert told[0] == told[1]
    assert len(told[0][0]) == 120
    assert len({each["completed"] for each in told[0][0]}) == 2


def test_the_vendors_own_library_is_content(office: Office) -> None:
    asana = pytest.importorskip("asana")
    settings = asana.Configuration()
    settings.host, settings.access_token = office.fake.base_url, TOKEN
    task = office.task()
    for number in range(120):
        office.fake.world.comment(task, str(number), office.luz)
    client = asana.ApiClient(settings)
    try:
        me = asana.UsersApi(client).get_user("me", {})
        every = list(asana.StoriesApi(client).get_stories_for_task(task.gid, {}))
        done = asana.TasksApi(client).update_task({"data": {"completed": True}}, task.gid, {})
        said = asana.StoriesApi(client).create_story_for_task(
            {"data": {"text": "hola"}}, task.gid, {}
        )
        asana.TasksApi(client).delete_task(task.gid)
        with pytest.raises(asana.rest.ApiException) as refused:
            asana.TasksApi(client).get_task(task.gid, {})
    finally:
        client.rest_client.pool_manager.clear()
        client.pool.close()
        client.pool.join()
    assert (me["name"], len(every), done["completed"]) == ("Lola Prueba", 121, True)
    assert said["created_by"]["gid"] == office.lola.gid
    assert refused.value.status == 404
