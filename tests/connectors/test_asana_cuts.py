"""Wherever a pull is cut off, and whatever happens between two, nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.probe import held
from tests.connectors.asana_desk import Desk, seated
from tests.servers.asana import FakeAsana, running


@pytest.fixture
def desk(asana_server: FakeAsana) -> Iterator[Desk]:
    with seated(asana_server) as desk:
        yield desk


def crowded(desk: Desk) -> list[Any]:
    """Fill two projects with more than one page each holds, most of it long at rest."""
    shop = desk.world.project(desk.acme, "Tienda", desk.lola)
    with desk.world.as_of(desk.fake.clock() - timedelta(days=60)):
        tasks = [
            desk.world.task(project, f"{project.name} {n}", desk.luz)
            for project in (desk.web, shop)
            for n in range(120)
        ]
        desk.world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
    for task in tasks[::40]:
        desk.world.task(task, "una línea", desk.luz)
        desk.world.comment(task, "hola", desk.luz)
    return tasks


def cut_everywhere(desk: Desk, *, least: int) -> None:
    """Cut the next pull after each of its batches, and go on from there."""
    before, whole = list(desk.taken), desk.whole()
    count = len(list(desk.connect().pull(desk.cursor)))
    assert count >= least
    for cut in range(count):
        pull = desk.connect().pull(desk.cursor)
        # What was read once from a token may make it too old: then all is compared instead.
        taken = list(islice(pull, cut + 1))
        pull.close()  # type: ignore[attr-defined]
        rest = list(desk.connect().pull(taken[-1].cursor))
        assert held([*before, *taken, *rest]) == whole, f"after batch {cut}"


def test_a_first_pull_is_cut_off(desk: Desk) -> None:
    crowded(desk)
    cut_everywhere(desk, least=5)


def test_a_project_that_was_read_is_not_read_again(desk: Desk) -> None:
    crowded(desk)
    pull = desk.connector.pull(None)
    desk.taken = [next(pull), next(pull)]
    assert len(desk.ids()) == 120
    before = len(desk.fake.log)
    desk.pull(desk.connect())
    pages = [r for r in desk.fake.log[before:] if r.query.get("project") == desk.web.gid]
    assert pages == []
    assert len(desk.ids()) == 241


@pytest.mark.parametrize("backward", [True, False])
def test_a_pull_of_many_changes_is_cut_off(desk: Desk, backward: bool) -> None:
    desk.world.feed.backward = backward
    tasks = crowded(desk)
    desk.pull()
    for task in tasks[:100]:
        desk.world.edit(task, desk.luz, name=f"{task.name} bis")
        desk.world.comment(task, "cambiado", desk.luz)
    cut_everywhere(desk, least=3)


def test_a_comparison_is_cut_off(desk: Desk) -> None:
    tasks = crowded(desk)
    desk.pull()
    desk.world.feed.lose_every = 1
    for task in tasks[::30]:
        desk.world.edit(task, desk.luz, name=f"{task.name} bis")
    desk.world.take_out(tasks[1], desk.web, desk.luz)
    desk.fake.clock.ahead(hours=7)
    cut_everywhere(desk, least=5)


def test_an_archiving_is_cut_off(desk: Desk) -> None:
    tasks = crowded(desk)
    desk.pull()
    desk.world.archive(desk.web, desk.luz)
    desk.world.edit(tasks[0], desk.luz, name="Otra")
    pull = desk.connect().pull(desk.cursor)
    desk.taken.append(next(pull))
    pull.close()  # type: ignore[attr-defined]
    desk.pull(desk.connect())
    raws = [
        raw for (stream, name), raw in desk.held.items() if name.startswith(f"p/{desk.web.gid}")
    ]
    assert len(raws) == 120
    assert all(raw.about()["archived"] for raw in raws)


# What anybody does, in any order


def edit_comment(desk: Desk, task: Any) -> None:
    for story in task.stories:
        if story.kind == "comment_added":
            desk.world.edit_comment(story, story.text + "!")
            return


def delete_comment(desk: Desk, task: Any) -> None:
    for story in task.stories:
        if story.kind == "comment_added":
            desk.world.delete_story(story)
            return


def take_out(desk: Desk, task: Any, section: Any) -> None:
    if section.project in task.projects:
        desk.world.take_out(task, section.project, desk.luz)


Act = Callable[[Desk, Any, Any], object]

ACTS: list[Act] = [
    lambda d, a, _: d.world.edit(a, d.luz, name=a.name + "!"),
    lambda d, a, _: d.world.edit(a, d.luz, notes=a.notes + "?"),
    lambda d, a, _: d.world.edit(a, d.luz, due_on=date(2027, 1, 1)),
    lambda d, a, _: d.world.edit(a, d.luz, completed=not a.completed),
    lambda d, a, _: d.world.edit(a, d.luz, assignee=None if a.assignee else d.lola),
    lambda d, a, _: d.world.comment(a, "hola", d.luz),
    lambda d, a, _: edit_comment(d, a),
    lambda d, a, _: delete_comment(d, a),
    lambda d, a, b: d.world.task(a, "línea", d.luz) if a.parent is None else None,
    lambda d, a, b: d.world.task(d.web, "nueva", d.luz),
    lambda d, a, b: d.world.task(d.acme, "suya", d.luz, assignee=d.lola),
    lambda d, a, _: d.world.delete_task(a, d.luz),
    lambda d, a, b: d.world.put(a, b, d.luz) if a.parent is None else None,
    take_out,
    lambda d, a, _: d.world.attach(a, f"{len(a.attachments)}.pdf", d.luz, b"x"),
    lambda d, a, _: d.world.detach(a.attachments[0], d.luz) if a.attachments else None,
    lambda d, a, _: d.world.tag(a, f"t{len(a.tags)}", d.luz),
]

PULL = -1
STEPS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, len(ACTS) - 1), st.integers(0, 99), st.integers(0, 99)),
        st.just((PULL, 0, 0)),
    ),
    min_size=4,
    max_size=30,
)


@given(steps=STEPS, backward=st.booleans())
@settings(max_examples=30)
def test_what_is_pulled_bit_by_bit_is_what_a_first_pull_brings(
    steps: list[tuple[int, int, int]], backward: bool
) -> None:
    with running() as fake, seated(fake) as desk:
        world = desk.world
        world.feed.backward = backward
        shop = world.project(desk.acme, "Tienda", desk.lola, desk.luz)
        sections = [
            world.section(project, name, desk.luz)
            for project in (desk.web, shop)
            for name in ("Ideas", "Hecho")
        ]
        for section in sections:
            world.comment(world.task(section, section.name, desk.luz), "¿Así?", desk.luz)
        world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
        desk.pull()
        for act, one, other in steps:
            tasks = [t for t in world.things.values() if type(t).__name__ == "Task"]
            alive = [task for task in tasks if task.gid not in world.gone]
            if act == PULL:
                desk.pull()
            elif alive:
                ACTS[act](desk, alive[one % len(alive)], sections[other % len(sections)])
            fake.clock.ahead(seconds=1)
        desk.pull()
        # Of a task of hers in no project, nobody tells that it was deleted or is another's now,
        # nor what happens to its subtasks.
        assert desk.same(late="me/")
        assert desk.pull() == []
        fake.clock.ahead(hours=7)
        desk.pull()
        assert desk.same()
        assert desk.pull() == []
