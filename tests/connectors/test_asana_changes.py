"""What a client does to a task in Asana comes with the next pull, spelt as it is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from connectors.errors import RefusedError
from connectors.testing_server import Reply
from normalizer.actions import Comment, Complete, Create, SetDue
from normalizer.model import Attachment, CheckItem, Ref, State
from tests.connectors.asana_desk import EXACT, Desk, questions, seated
from tests.servers.asana import FakeAsana


@pytest.fixture
def desk(asana_server: FakeAsana) -> Iterator[Desk]:
    with seated(asana_server) as desk:
        yield desk


def test_a_changed_task_comes_with_what_was_noted_of_it_in_two_requests(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    desk.world.edit(task, desk.luz, name="Cubierta", due_on=date(2026, 12, 24))
    desk.world.comment(task, "Mejor así", desk.luz, mentions=[desk.lola])
    asked = desk.asked()
    assert [request.path for request in asked] == ["/api/1.0/batch"] * 2
    (batch,) = desk.taken[-1:]
    assert {raw.stream for raw in batch.records} == {"task", "comment", "story"}
    assert (desk.task(task).title, desk.task(task).due) == ("Cubierta", date(2026, 12, 24))
    assert desk.changes(task)[1:] == [
        ("title", "Portada", "Cubierta"),
        ("due", "", "2026-12-24"),
    ]
    assert desk.pull() == []


def test_ten_changed_tasks_are_read_in_two_requests_and_the_look(desk: Desk) -> None:
    tasks = [desk.world.task(desk.web, f"Tarea {n}", desk.luz) for n in range(10)]
    desk.pull()
    for task in tasks:
        desk.world.complete(task, desk.luz)
    assert len(desk.asked()) == 3
    assert all(desk.task(task).state is State.DONE for task in tasks)


def test_a_task_is_completed_and_reopened(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    desk.world.complete(task, desk.luz)
    desk.pull()
    assert desk.task(task).state is State.DONE
    desk.world.reopen(task, desk.luz)
    desk.pull()
    assert desk.task(task).state is State.OPEN
    assert desk.changes(task)[1:] == [("state", "open", "done"), ("state", "done", "open")]


def test_an_approval_that_is_sent_back_is_not_done(desk: Desk) -> None:
    task = desk.world.task(desk.web, "¿Así?", desk.luz, kind="approval")
    desk.pull()
    for status, state, labels in (
        ("changes_requested", State.OPEN, ("changes_requested",)),
        ("approved", State.DONE, ()),
        ("rejected", State.OPEN, ("rejected",)),
        ("pending", State.OPEN, ()),
    ):
        desk.world.edit(task, desk.luz, approval_status=status)
        desk.pull()
        assert (desk.task(task).state, desk.task(task).labels) == (state, labels)
    assert desk.changes(task)[1:] == [
        ("labels", "", "changes_requested"),
        ("state", "open", "done"),
        ("labels", "changes_requested", ""),
        ("state", "done", "open"),
        ("labels", "", "rejected"),
        ("labels", "rejected", ""),
    ]


def test_a_task_is_moved_and_the_move_spelt_as_its_place_is(desk: Desk) -> None:
    sections = [desk.world.section(desk.web, name, desk.luz) for name in ("Ideas", "Hecho")]
    task = desk.world.task(sections[0], "Portada", desk.luz)
    desk.pull()
    desk.world.put(task, sections[1], desk.luz)
    desk.pull()
    assert desk.task(task).container == "Web › Hecho"
    assert desk.changes(task) == [
        ("container", "", "Web › Ideas"),
        ("container", "Web › Ideas", "Web › Hecho"),
    ]


def test_moves_in_two_projects_are_told_apart(desk: Desk) -> None:
    """A note of a move names two sections and no project."""
    shop = desk.world.project(desk.acme, "Tienda", desk.lola)
    web = [desk.world.section(desk.web, name, desk.luz) for name in "ab"]
    store = [desk.world.section(shop, name, desk.luz) for name in "ab"]
    task = desk.world.task(web[0], "Portada", desk.luz)
    desk.world.put(task, store[0], desk.luz)
    for section in (web[1], store[1], web[0], store[0]):
        desk.world.put(task, section, desk.luz)
    desk.pull()
    assert [(before, after) for _, before, after in desk.changes(task)] == [
        ("", "Web › a"),
        ("", "Tienda › a"),
        ("Web › a", "Web › b"),
        ("Tienda › a", "Tienda › b"),
        ("Web › b", "Web › a"),
        ("Tienda › b", "Tienda › a"),
    ]
    desk.world.take_out(task, shop, desk.luz)
    desk.pull()
    assert desk.changes(task)[-1] == ("container", "Tienda", "")
    assert ("container", "a", "b") in desk.changes(task)
    assert desk.same()


def test_a_task_in_two_projects_is_one_and_stays_where_it_is_left(desk: Desk) -> None:
    shop = desk.world.project(desk.acme, "Tienda", desk.lola)
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    desk.world.put(task, shop, desk.luz)
    desk.pull()
    both = {f"p/{desk.web.gid}/{task.gid}", f"p/{shop.gid}/{task.gid}"}
    assert desk.ids() == both
    assert desk.task(task).container == "Web › Untitled section"
    desk.world.take_out(task, desk.web, desk.luz)
    desk.pull()
    assert desk.ids() == {f"p/{shop.gid}/{task.gid}"}
    assert desk.task(task).container == "Tienda › Untitled section"
    assert desk.same()


def test_a_task_lies_in_the_project_that_is_watched(desk: Desk) -> None:
    shop = desk.world.project(desk.acme, "Tienda", desk.lola)
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.world.put(task, shop, desk.luz)
    desk.pull(desk.connect("Tienda"))
    assert desk.task(task).container == "Tienda › Untitled section"


def test_a_task_put_where_it_is_not_watched_goes_and_comes_back_with_it(desk: Desk) -> None:
    shop = desk.world.project(desk.acme, "Tienda", desk.lola, desk.luz)
    connector = desk.connect("Web")
    mine, other = (desk.world.task(desk.web, name, desk.luz) for name in ("a", "b"))
    desk.world.edit(mine, desk.luz, assignee=desk.lola)
    desk.pull(connector)
    for task in (mine, other):
        desk.world.put(task, shop, desk.luz)
        desk.world.take_out(task, desk.web, desk.luz)
    desk.pull()
    assert desk.ids() == set(), "the project it went to may be another client's"
    desk.world.put(mine, desk.web, desk.luz)
    desk.pull()
    assert desk.ids() == {f"p/{desk.web.gid}/{mine.gid}"}


def test_a_deleted_task_is_gone_for_an_event_and_a_look_say_so(desk: Desk) -> None:
    task, other = (desk.world.task(desk.web, name, desk.luz) for name in ("a", "b"))
    desk.pull()
    desk.world.delete_task(task, desk.luz)
    desk.pull()
    assert desk.ids() == {f"p/{desk.web.gid}/{other.gid}"}


def test_subtasks_are_the_checklist_of_their_task(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    one, two = (desk.world.task(task, name, desk.luz) for name in ("uno", "dos"))
    desk.pull()
    assert [(item.text, item.done) for item in desk.task(task).checklist] == [
        ("uno", False),
        ("dos", False),
    ]
    desk.world.complete(two, desk.luz)
    desk.world.edit(two, desk.luz, due_on=date(2026, 12, 1))
    desk.pull()
    assert desk.task(task).checklist[1] == CheckItem(
        external_id=two.gid, text="dos", done=True, due=date(2026, 12, 1)
    )
    desk.world.delete_task(one, desk.luz)
    desk.pull()
    assert [item.text for item in desk.task(task).checklist] == ["dos"]
    desk.world.delete_task(two, desk.luz)
    desk.pull()
    assert desk.task(task).checklist == ()
    assert desk.ids() == {f"p/{desk.web.gid}/{task.gid}"}


def test_a_subtask_comes_and_goes_as_hers(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    line = desk.world.task(task, "uno", desk.luz)
    desk.pull()
    desk.world.edit(line, desk.luz, assignee=desk.lola)
    desk.pull()
    assert f"me/{desk.acme.gid}/{line.gid}" in desk.ids()
    desk.world.edit(line, desk.luz, assignee=None)
    desk.pull()
    assert desk.ids() == {f"p/{desk.web.gid}/{task.gid}"}


def test_comments_are_edited_and_deleted(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    first, second = (desk.world.comment(task, text, desk.luz) for text in ("uno", "dos"))
    desk.pull()
    desk.world.edit_comment(first, "UNO")
    desk.pull()
    assert desk.said(task) == ["UNO", "dos"]
    desk.world.delete_story(second)
    desk.pull()
    assert desk.said(task) == ["UNO"]
    assert desk.pull() == []


def test_more_than_a_hundred_comments_all_come(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    texts = [f"número {n}" for n in range(230)]
    for text in texts[:120]:
        desk.world.comment(task, text, desk.luz)
    desk.pull()
    for text in texts[120:]:
        desk.world.comment(task, text, desk.luz)
    desk.pull()
    assert desk.said(task) == texts


def test_the_longest_text_makes_the_whole_way(desk: Desk) -> None:
    text = (EXACT * 600)[:16_384].strip()
    task = desk.world.task(desk.web, "Portada", desk.luz, notes=text)
    desk.world.comment(task, text, desk.luz)
    desk.pull()
    raw = desk.held["task", f"p/{desk.web.gid}/{task.gid}"].json()
    assert raw["notes"] == text
    assert len(desk.task(task).body) > 15_000
    assert desk.said(task) == [desk.task(task).body]


def test_labels_are_tags_and_custom_fields(desk: Desk) -> None:
    budget = desk.world.field(desk.web, "Presupuesto", "number")
    stage = desk.world.field(desk.web, "Fase", "enum", "Idea", "Arte")
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    tag = desk.world.tag(task, "urgente", desk.luz)
    desk.world.fill_in(task, budget, 300, desk.luz)
    desk.world.fill_in(task, stage, "Idea", desk.luz)
    desk.world.fill_in(task, stage, "Arte", desk.luz)
    desk.pull()
    assert desk.task(task).labels == ("urgente", "Presupuesto: 300", "Fase: Arte")
    desk.world.untag(task, tag, desk.luz)
    desk.pull()
    assert desk.changes(task)[1:] == [
        ("labels", "", "urgente"),
        ("labels", "", "Presupuesto: 300"),
        ("labels", "", "Fase: Idea"),
        ("labels", "Fase: Idea", "Fase: Arte"),
        ("labels", "urgente", ""),
    ]


def test_a_section_and_a_project_under_another_name(desk: Desk) -> None:
    section = desk.world.section(desk.web, "Ideas", desk.luz)
    task = desk.world.task(section, "Portada", desk.luz)
    desk.pull()
    desk.world.rename(section, "Borradores", desk.luz)
    desk.pull()
    assert desk.task(task).container == "Web › Borradores"
    desk.world.rename(desk.web, "Sitio", desk.luz)
    desk.pull()
    assert desk.task(task).container == "Sitio › Borradores"
    assert desk.pull() == []
    desk.world.feed.record(desk.luz, "changed", desk.web, None, "notes")
    assert len(desk.asked()) == 2


def test_who_likes_or_follows_a_task_is_no_change_of_it(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    before = desk.held["task", f"p/{desk.web.gid}/{task.gid}"]
    desk.world.follow(task, desk.lola, desk.luz)
    desk.world.comment(task, "hola", desk.luz)
    desk.pull()
    after = desk.held["task", f"p/{desk.web.gid}/{task.gid}"]
    assert after.payload != before.payload
    assert after.digest == before.digest


# Files


def test_a_file_is_fetched_when_it_is_opened(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    made = desk.world.attach(task, "brief.pdf", desk.luz, b"%PDF-1.4" * 9000)
    desk.pull()
    (name,) = desk.ids("attachment")
    raw = desk.held["attachment", name]
    assert name == f"{task.gid}/{made.gid}"
    assert list(desk.connector.normalise(raw)) == [
        Attachment(external_id=made.gid, name="brief.pdf", size=72_000, about=Ref("task", task.gid))
    ]
    desk.fake.clock.ahead(hours=3)
    assert b"".join(desk.connector.open(Ref("attachment", name), made.gid)) == made.data
    assert ("attachments", "", "brief.pdf") in desk.changes(task)
    desk.world.detach(made, desk.luz)
    desk.pull()
    assert desk.ids("attachment") == set()
    with pytest.raises(RefusedError):
        list(desk.connector.open(Ref("attachment", name), made.gid))


def test_a_file_goes_though_the_note_of_it_went_before(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    made = desk.world.attach(task, "brief.pdf", desk.luz, b"x")
    desk.pull()
    desk.world.delete_story(task.stories[-1])
    desk.pull()
    assert desk.ids("attachment") == {f"{task.gid}/{made.gid}"}
    desk.world.detach(made, desk.luz)
    desk.pull()
    assert desk.ids("attachment") == set()


def test_a_link_is_opened_in_the_browser(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    there = "https://docs.example/d/brief"
    link = desk.world.attach(task, "Brief", desk.luz, host="gdrive", view_url=there)
    desk.pull()
    (name,) = desk.ids("attachment")
    (file,) = desk.connector.normalise(desk.held["attachment", name])
    assert isinstance(file, Attachment)
    assert file.url == there
    elsewhere = {"gid": link.gid, "host": "dropbox", "download_url": f"{desk.fake.base_url}/users"}
    for answer in (None, Reply.json({"data": elsewhere})):
        if answer is not None:
            desk.fake.fail(lambda request: "/attachments/" in request.path, answer)
        with pytest.raises(RefusedError, match="in the browser"):
            list(desk.connector.open(Ref("attachment", name), link.gid))


def test_attachments_are_asked_for_only_where_there_are_some(desk: Desk) -> None:
    with_file, _ = (desk.world.task(desk.web, name, desk.luz) for name in ("a", "b"))
    desk.world.attach(with_file, "brief.pdf", desk.luz, b"x")
    asked = [path for request in desk.asked() for path in questions(request)]
    assert asked.count("/attachments") == 1


# What she did herself


def test_what_she_did_comes_back_under_its_receipt(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    of = Ref("task", task.gid)
    at = datetime(2027, 1, 2, 9, 30, tzinfo=UTC)
    for action, stream in (
        (Comment(ref=of, text="Voy"), "comment"),
        (Complete(ref=of), "task"),
        (SetDue(ref=of, due=at), "task"),
        (Create(ref=Ref("project", desk.web.gid), title="Otra"), "task"),
    ):
        receipt = desk.connector.push(action)
        (batch,) = desk.pull()
        assert receipt.stream == stream
        assert (receipt.stream, receipt.external_id) in {
            (raw.stream, raw.external_id) for raw in batch.records
        }
    assert desk.task(task).due == at
    assert desk.said(task) == ["Voy"]
    assert desk.same()
