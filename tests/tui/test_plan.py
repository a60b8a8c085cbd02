"""Her plan of the day on the screen: its order, how long things take, what goes to another day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store.database import open_database
from store.day import Load
from store.reader import Reader
from store.views import Lane, Row
from tests.tui.world import MADRID, NOW, app_on, build, drive, press, screen, settle
from triage import today as days
from triage import verbs
from tui import today
from tui.closing import Closing
from tui.keys import NORMAL
from tui.main import Trastienda
from tui.views import Request

EARLIER = NOW - timedelta(days=3)


def planned(folder: Path) -> tuple[Path, list[int]]:
    """A day in the middle: two of an earlier plan, three of this one; give all in their order."""
    path = build(folder)
    reader, db = Reader(str(path)), open_database(path)
    ids = list(Request().ids(reader, NOW, MADRID))
    verbs.plan(db, ids[:2], EARLIER)
    verbs.plan(db, ids[2:5], NOW)
    verbs.estimate(db, ids[:3], 90, EARLIER)
    reader.close()
    db.close()
    return path, ids


@pytest.fixture
def day(tmp_path: Path) -> tuple[Trastienda, list[int]]:
    path, ids = planned(tmp_path)
    return app_on(path), ids


def row_of(app: Trastienda, item: int) -> Row:
    reader = Reader(app.setup.target)
    row = reader.rows([item])[0]
    reader.close()
    assert row
    return row


def kept(app: Trastienda) -> list[int]:
    """The plan as the database has it."""
    reader = Reader(app.setup.target)
    found = list(Request(view="planned").ids(reader, NOW, MADRID))
    reader.close()
    return found


def test_j_and_k_move_things_in_the_plan_and_undo_moves_them_back(
    day: tuple[Trastienda, list[int]],
) -> None:
    app, ids = day
    one, two, three, four, five = ids[:5]

    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        await press(pilot, "tab", "J", "J")
        assert list(queue.source.ids) == [two, three, one, four, five] == kept(app)
        assert queue.here == one
        await press(pilot, "u")
        assert list(queue.source.ids) == [two, one, three, four, five] == kept(app)
        assert queue.here == one
        await press(pilot, "u", "g", "v", "j", "v", "g", "J")
        assert list(queue.source.ids) == [two, one, four, three, five] == kept(app)
        assert queue.marked == {one, three}
        await press(pilot, "K", "K")
        assert list(queue.source.ids) == [one, three, two, four, five] == kept(app)
        await press(pilot, "K")
        assert "It is there already." in screen(app)

    drive(app, script)


def test_where_there_is_no_order_of_hers_a_key_for_it_says_so_and_does_nothing(
    day: tuple[Trastienda, list[int]],
) -> None:
    app, ids = day

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "J")
        assert "Only “Today” has an order of yours: Tab goes there." in screen(app)
        await press(pilot, "tab", "h", "K")
        assert "h shows all in one." in screen(app)
        await press(pilot, "h", "2", "J")
        assert "Esc shows all of it." in screen(app)
        await press(pilot, "escape", "slash", *"abril", "enter", "J")
        assert "Only “Today”" in screen(app)
        assert kept(app) == ids[:5]

    drive(app, script)


def test_an_order_that_cannot_be_kept_does_not_stay_on_the_screen(
    day: tuple[Trastienda, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, ids = day

    def fail(*_args: object, **_more: object) -> None:
        from store.errors import StoreError

        raise StoreError("The disk is full.")

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "tab")
        monkeypatch.setattr(verbs, "order", fail)
        await press(pilot, "J")
        assert "The disk is full." in screen(app)
        assert list(app.board.queue.source.ids) == ids[:5]

    drive(app, script)


def test_an_estimate_stands_in_the_plan_in_the_reader_and_in_what_fits(
    day: tuple[Trastienda, list[int]],
) -> None:
    app, ids = day

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "tab")
        shown = screen(app)
        assert "4 h 30 of 6 h · 2 not estimated" in shown
        assert "since Fri" in shown.splitlines()[1]
        assert shown.splitlines()[1].endswith("1h30")
        await press(pilot, "j", "j", "j", "v", "v", "E", *"2", "enter")
        assert "“2” can be minutes or hours" in screen(app)
        await press(pilot, "h", "enter")
        shown = screen(app)
        assert "8 h 30 of 6 h · 2 h 30 too much: + puts one off" in shown
        assert "2 estimated · u undoes it" in shown
        await press(pilot, "u", "g", "enter")
        assert "planned since Fri · takes 1 h 30" in screen(app)
        await press(pilot, "E", *"none", "enter")
        assert row_of(app, ids[0]).minutes is None
        await press(pilot, "escape", "j", "e")
        assert "1 h 30 done" in screen(app)

    drive(app, script)


def test_plus_puts_things_into_the_plan_of_another_day_and_the_dot_does_so_again(
    day: tuple[Trastienda, list[int]],
) -> None:
    app, ids = day
    tomorrow = days.morning(days.tomorrow(NOW, MADRID), MADRID)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "tab", "plus", "m")
        assert "Planned for tomorrow · u undoes it" in screen(app)
        moved = row_of(app, ids[0])
        assert (moved.lane, moved.until, moved.to_plan) == (Lane.SNOOZED, tomorrow, True)
        await press(pilot, "full_stop")
        assert row_of(app, ids[1]).until == tomorrow
        assert list(app.board.queue.source.ids) == ids[2:5]
        await press(pilot, "u")
        back = row_of(app, ids[1])
        assert (back.lane, back.since) == (Lane.PLANNED, EARLIER), "it is as old as it was"
        await press(pilot, "enter", "plus", "f", *"viernes", "enter")
        assert f"{row_of(app, ids[1]).until:%d %H}" == "27 05"
        await press(pilot, "plus", "f", *"hoy", "enter", "escape")
        assert row_of(app, ids[2]).lane is Lane.PLANNED

    drive(app, script)


def test_the_end_of_the_day_moves_what_she_lets_move_and_one_undo_brings_it_back(
    day: tuple[Trastienda, list[int]],
) -> None:
    app, ids = day
    one, two, three, four, five, six = ids[:6]

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "e", "tab", "j", "j", "e", "C")
        shown = screen(app)
        assert isinstance(app.screen, Closing)
        assert "planned 4 h 30 · done 1 h 30" in shown
        assert shown.count("1 archived") == 2
        assert shown.count("[x]") == 4
        await press(pilot, "j", "space")
        assert screen(app).count("[ ]") == 1
        await press(pilot, "escape")
        assert kept(app) == [one, two, four, five], "nothing moves before she says so"
        await press(pilot, "C", "j", "space", "enter")
        assert "3 planned for tomorrow · u undoes it" in screen(app)
        assert kept(app) == [two]
        assert {row_of(app, item).lane for item in (one, four, five)} == {Lane.SNOOZED}
        assert row_of(app, six).lane is row_of(app, three).lane is Lane.ARCHIVED
        await press(pilot, "u")
        assert kept(app) == [one, two, four, five]
        await press(pilot, "C", "l")
        until = row_of(app, one).until
        assert until
        assert until.astimezone(MADRID).date() == days.monday(NOW, MADRID)
        await press(pilot, "C")
        assert "Nothing is left of today’s plan." in screen(app)
        await press(pilot, "enter")
        assert len(app.screen_stack) == 1

    drive(app, script)


def test_what_is_left_of_an_earlier_day_is_said_when_she_begins_and_not_again(
    day: tuple[Trastienda, list[int]],
) -> None:
    app, _ids = day
    path = Path(app.setup.target)

    async def first(pilot: Pilot[int]) -> None:
        assert "2 carried over from earlier days." in screen(app)
        await press(pilot, "G", "e")

    async def second(pilot: Pilot[int]) -> None:
        await settle(pilot)
        assert "carried over" not in screen(again)

    db = open_database(path)
    while verbs.undo(db, NOW).items:
        pass
    verbs.plan(db, [1, 2], EARLIER)
    db.close()
    drive(app, first)
    again = app_on(path)
    drive(again, second)


@pytest.mark.parametrize(
    ("load", "width", "said"),
    [
        (Load(), 80, None), (None, 80, None),
        (Load(minutes=270, unestimated=2), 80, "4 h 30 of 6 h · 2 not estimated"),
        (Load(minutes=270, done=90), 80, "6 h of 6 h · 1 h 30 done"),
        (Load(minutes=370, done=60, unestimated=1), 80,
         "7 h 10 of 6 h · 1 h 10 too much: + puts one off · 1 not estimated · 1 h done"),
        (Load(minutes=370, done=60, unestimated=1), 40, "7 h 10 of 6 h · 1 h 10 too much"),
        (Load(unestimated=3), 80, "3 planned, none estimated: E"),
        (Load(minutes=60), 5, ""),
    ],
)  # fmt: skip
def test_what_fits_is_said_in_words_as_far_as_there_is_room(
    load: Load | None, width: int, said: str | None
) -> None:
    def text(*, plain: bool) -> list[str]:
        lines = today.capacity(load, 6.0, NORMAL, width, plain=plain)
        return ["".join(span.text for span in line) for line in lines]

    assert text(plain=True) == ([] if said is None else [f" {said}"])
    for line in text(plain=False):
        assert said is not None
        assert said in line
        assert len(line) <= max(width, 3)


@pytest.mark.parametrize("step", [1, -1])
def test_things_that_are_moved_together_stay_together_at_the_edge(step: int) -> None:
    turn: Callable[[list[int]], list[int]] = lambda ids: ids[::step]  # noqa: E731 - said once
    assert today.moved(turn([1, 2, 3, 4]), {1, 2}, step) == turn([3, 1, 2, 4])
    assert today.moved(turn([1, 2, 3, 4]), {3, 4}, step) == turn([1, 2, 3, 4])
    assert today.moved(turn([1, 2, 3, 4]), {1, 4}, step) == turn([2, 1, 3, 4])
    assert today.moved([], set(), step) == []
