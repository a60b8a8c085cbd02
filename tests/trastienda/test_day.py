"""`plan` and `day`: the plan of the day without the screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.trastienda.desk import CONFIG, Desk
from triage import today


@pytest.fixture
def ids(desk: Desk) -> list[str]:
    desk.run("sync")
    return [str(one["id"]) for one in desk.run("queue", "--json").json["items"]]


def test_the_day_tells_what_is_planned_and_how_much_of_it_fits(desk: Desk, ids: list[str]) -> None:
    assert desk.run("day").out == "Nothing is planned for today.\n"
    assert "2 planned for today." in desk.run("plan", *ids[:2], "--estimate", "1h30").out
    assert desk.run("plan", ids[2]).code == 0
    shown = desk.run("day").out.splitlines()
    assert len(shown) == 4
    assert shown[0].split()[:2] == ["1.", ids[0]]
    assert "1h30" in shown[0]
    assert shown[3] == "3 h of 6 h · 1 not estimated"
    desk.run("archive", ids[0])
    desk.write_config(CONFIG.format(folder=desk.folder) + "\n[day]\nhours = 2.5\n")
    assert desk.run("day").out.splitlines()[-1] == (
        "3 h of 2 h 30 · 1 h 30 done · 1 not estimated · 30 min too much"
    )
    found = desk.run("day", "--json").json
    sums = {key: value for key, value in found.items() if key.endswith(("minutes", "estimated"))}
    assert sums == {
        "capacity_minutes": 150, "planned_minutes": 90, "done_minutes": 90, "unestimated": 1,
        "over_minutes": 30,
    }  # fmt: skip
    assert found["day"] == today.of(datetime.now(UTC), UTC).isoformat()
    assert [str(one["id"]) for one in found["items"]] == ids[1:3]
    assert [one["estimate_minutes"] for one in found["items"]] == [90, None]
    assert {one["carried_over"] for one in found["items"]} == {False}


def test_things_go_into_the_plan_of_another_day(desk: Desk, ids: list[str]) -> None:
    ended = desk.run("plan", ids[0], "--on", "tomorrow", "--estimate", "20")
    assert ended.out == "Planned for tomorrow.\n"
    assert desk.run("day", "--json").json["items"] == []
    found = desk.run("search", "state:snoozed", "--json").json["items"]
    assert [str(one["id"]) for one in found] == ids[:1]
    until = desk.run("plan", ids[1], "--on", "in 2 days", "--json").json["until"]
    now = datetime.now(UTC)
    day = today.of(now, UTC) + timedelta(days=2)
    assert datetime.fromisoformat(until) == today.morning(day, UTC)
    assert desk.run("plan", ids[2], "--on", "hoy").out == "Planned for today.\n"
    assert desk.run("undo").code == 0
    assert desk.run("day", "--json").json["items"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--estimate", "2"), "minutes or hours"), (("--estimate", "xx"), "no length of time"),
        (("--on", "xx"), "is no date"),
    ],
)  # fmt: skip
def test_words_that_mean_nothing_plan_nothing(
    desk: Desk, ids: list[str], words: tuple[str, ...], said: str
) -> None:
    ended = desk.run("plan", ids[0], *words)
    assert ended.code == 2
    assert said in ended.err
    assert desk.run("plan", "999").code != 0
    assert desk.run("day", "--json").json["items"] == []
