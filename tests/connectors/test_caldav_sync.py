"""Reading calendars: what comes, what it costs, and that nothing closes but what is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from connectors.base import Cursor
from connectors.errors import UnavailableError
from connectors.testing_server import Reply
from normalizer.model import State
from tests.connectors.caldav_desk import Desk, desk, editing, notices, stripped, told, web
from tests.servers.radicale import Radicale, calendar, todo


@pytest.fixture
def lola(radicale: Radicale) -> Iterator[Desk]:
    with desk(radicale) as made:
        yield made


# The first pull, and the ones after it


def test_all_tasks_come_with_the_name_of_their_calendar_and_nothing_else(lola: Desk) -> None:
    web(lola)
    lola.lola.make("eventos", "Eventos", "VEVENT")
    mixed = lola.lola.make("mixto", "Mixto", "VEVENT VTODO")
    lola.lola.put(f"{mixed}t.ics", todo("t", "Otra", "DUE:20261123T170000"))
    event = ["BEGIN:VEVENT", "UID:e", "DTSTAMP:20261101T080000Z", "DTSTART:20261101T080000Z"]
    lola.lola.put(f"{mixed}e.ics", calendar(*event, "SUMMARY:Cita", "END:VEVENT"))
    lola.pull()
    assert {task.title: task.container for task in lola.tasks().values()} == {
        "Tarea 0": "Web", "Tarea 1": "Web", "Tarea 2": "Web", "Otra": "Mixto",
    }  # fmt: skip


def test_nothing_new_costs_one_request_and_brings_no_batch(lola: Desk) -> None:
    web(lola)
    for number in range(4):
        lola.lola.make(f"c{number}")
    lola.pull()
    lola.way.asked()
    assert lola.pull() == []
    assert lola.way.asked() == ["PROPFIND"]


def test_news_cost_one_request_more_for_each_calendar_that_changed(lola: Desk) -> None:
    path = web(lola)
    lola.lola.make("otra")
    lola.pull()
    lola.lola.put(f"{path}1.ics", todo("u1", "Tarea cambiada"))
    lola.lola.put(f"{path}9.ics", todo("u9", "Tarea nueva"))
    lola.lola.delete(f"{path}0.ics")
    lola.way.asked()
    got = lola.pull()
    assert lola.way.asked() == ["PROPFIND", "REPORT"]
    assert sorted(told(got)) == ["-0.ics", "1.ics", "9.ics"]
    assert all(raw.certain for batch in got for raw in batch.records if raw.deleted)
    assert set(lola.tasks()) == {"Tarea cambiada", "Tarea 2", "Tarea nueva"}


def test_a_task_done_elsewhere_is_done_here(lola: Desk) -> None:
    path = web(lola)
    lola.pull()
    lola.lola.put(f"{path}1.ics", todo("u1", "Tarea 1", "STATUS:COMPLETED"))
    lola.pull()
    assert lola.tasks()["Tarea 1"].state is State.DONE


def test_a_task_that_went_to_another_calendar_comes_before_it_goes(lola: Desk) -> None:
    path, other = web(lola), lola.lola.make("abc", "Antes por orden")
    later = lola.lola.make("zzz", "Después por orden")
    lola.pull()
    lola.lola.move(f"{path}0.ics", f"{other}0.ics")
    lola.lola.move(f"{path}1.ics", f"{later}1.ics")
    got = lola.pull()
    assert sorted(told(got)[:2]) == ["0.ics", "1.ics"]
    assert sorted(told(got)[2:]) == ["-0.ics", "-1.ics"]
    assert lola.tasks()["Tarea 0"].container == "Antes por orden"
    assert lola.tasks()["Tarea 1"].ref.external_id == "u1"


def test_what_programs_write_anew_each_time_is_no_change(lola: Desk) -> None:
    path = web(lola, 1)
    lola.pull()
    (before,) = lola.kept.values()
    again = todo("u0", "Tarea 0", "SEQUENCE:5", "LAST-MODIFIED:20261109T101010Z")
    lola.lola.put(f"{path}0.ics", again.replace("DTSTAMP:20261101", "DTSTAMP:20261109"))
    assert told(lola.pull()) == ["0.ics"]
    (after,) = lola.kept.values()
    assert after.payload != before.payload
    assert (after.digest, after.meta) == (before.digest, before.meta)


def test_a_calendar_that_is_renamed_is_read_again_under_its_name(lola: Desk) -> None:
    path = web(lola)
    lola.pull()
    (digest,) = {raw.digest for raw in lola.kept.values() if raw.external_id.endswith("0.ics")}
    lola.lola.rename(path, "Web nueva")
    lola.pull()
    assert {task.container for task in lola.tasks().values()} == {"Web nueva"}
    assert digest in {raw.digest for raw in lola.kept.values()}
    assert lola.pull() == []


def test_an_event_that_changes_brings_nothing_and_a_task_that_becomes_one_goes(lola: Desk) -> None:
    mixed = lola.lola.make("mixto", "Mixto", "VEVENT VTODO")
    lola.lola.put(f"{mixed}t.ics", todo("t", "Tarea"))
    event = ["BEGIN:VEVENT", "UID:e", "DTSTAMP:20261101T080000Z", "DTSTART:20261101T080000Z"]
    lola.pull()
    lola.lola.put(f"{mixed}e.ics", calendar(*event, "SUMMARY:Cita", "END:VEVENT"))
    lola.pull()
    assert list(lola.tasks()) == ["Tarea"]
    lola.lola.delete(f"{mixed}t.ics")
    lola.lola.put(f"{mixed}t.ics", calendar(*event, "END:VEVENT").replace("UID:e", "UID:t"))
    lola.pull()
    assert lola.kept == {}


def test_a_control_character_in_one_task_hides_no_other(lola: Desk) -> None:
    """XML cannot carry one, and some servers send it all the same."""
    web(lola)
    lola.way.edits.append(editing("Tarea 1", "Malo \x1b[31m \x07 &#27; &#x0; aquí"))
    lola.pull()
    assert len(lola.tasks()) == 3
    assert all(title.isprintable() for title in lola.tasks())
    assert any("aquí" in title for title in lola.tasks())


def test_a_task_that_cannot_be_read_is_brought_all_the_same(lola: Desk) -> None:
    web(lola)
    edit = editing("BEGIN:VTODO.{0,80}SUMMARY:Tarea 1.*?END:VTODO", "BEGIN:VTODO", having="data")
    lola.way.edits.append(edit)
    got = lola.pull()
    assert sorted(told(got)) == ["0.ics", "1.ics", "2.ics"]
    with pytest.raises(ValueError, match="part"):
        lola.tasks()


def test_only_the_calendars_that_are_named_are_read(lola: Desk) -> None:
    web(lola)
    other = lola.lola.make("casa", "Casa")
    lola.lola.put(f"{other}x.ics", todo("x", "Personal"))
    for name in ("WEB", "web", f"/{lola.lola.name}/web/"):
        named = lola.connect(calendars=(name,)).pull(None)
        assert sorted(told(named)) == ["0.ics", "1.ics", "2.ics"]
    got = list(lola.connect(calendars=("Web", "Nadie")).pull(None))
    assert any("There is no calendar Nadie" in one for one in notices(got))


def test_a_calendar_taken_off_the_config_stays_as_it_was_and_is_not_asked_for(lola: Desk) -> None:
    web(lola)
    lola.lola.make("casa", "Casa")
    lola.pull()
    got = lola.pull(lola.connect(calendars=("Casa",)))
    assert told(got) == []
    assert len(lola.tasks()) == 3
    assert notices(got) == []


# What the server has forgotten, and what is lost


@pytest.mark.parametrize("status", [400, 403, 409, 410, 412])
def test_where_a_token_is_forgotten_that_calendar_is_read_whole_and_what_it_lacks_asked_for(
    lola: Desk, status: int
) -> None:
    path = web(lola, 5)
    other = lola.lola.make("casa", "Casa")
    lola.lola.put(f"{other}x.ics", todo("x", "Otra"))
    lola.pull()
    lola.lola.delete(f"{path}3.ics")
    lola.lola.put(f"{path}4.ics", todo("u4", "Cambiada"))
    body = b'<?xml version="1.0"?><error xmlns="DAV:"><valid-sync-token/></error>'
    lola.way.before.append(
        lambda request: Reply(status, body) if b"<sync-collection" in request.body else None
    )
    lola.way.server.log.clear()
    lola.pull()
    asked = [request.body.decode() for request in lola.way.server.log]
    assert re.findall("<href>(.*?)</href>", asked[-1]) == [f"{path}3.ics"]
    assert set(lola.tasks()) == {"Tarea 0", "Tarea 1", "Tarea 2", "Cambiada", "Otra"}
    lola.way.before.clear()
    assert lola.pull() == []


def test_a_count_that_leaves_something_out_once_closes_nothing(lola: Desk) -> None:
    web(lola, 4)
    lola.pull()
    lola.cursor = None
    forgetful = editing(r"<response><href>[^<]*1\.ics.*?</response>", "", having="query")
    lola.way.edits.append(forgetful)
    got = lola.pull()
    assert sorted(told(got)) == ["0.ics", "1.ics", "2.ics", "3.ics"]
    assert len(lola.tasks()) == 4


@pytest.mark.parametrize("leaves_out", [False, True])
@pytest.mark.parametrize("tag", [False, True])
def test_what_most_of_a_calendar_lost_without_a_word_is_gone_for_sure(
    lola: Desk, *, tag: bool, leaves_out: bool
) -> None:
    path = web(lola, 10)
    stripped(lola, token=False, tag=tag)
    lola.pull()
    for number in range(2, 10):
        lola.lola.delete(f"{path}{number}.ics")
    if leaves_out:
        absent = "<response><href>[^<]*</href><status>HTTP/1.1 404[^<]*</status></response>"
        lola.way.edits.append(editing(absent, "", having="multiget"))
    gone = [raw for batch in lola.pull() for raw in batch.records if raw.deleted]
    assert len(gone) == 8
    assert all(raw.certain for raw in gone)
    assert set(lola.tasks()) == {"Tarea 0", "Tarea 1"}
    assert lola.pull() == []


@pytest.mark.parametrize("status", [403, 500, 503])
def test_what_the_server_will_not_say_by_name_is_not_gone(lola: Desk, status: int) -> None:
    path = web(lola)
    stripped(lola, token=False)
    lola.pull()
    lola.lola.delete(f"{path}1.ics")
    lola.way.edits.append(editing("404 Not Found", f"{status} No", having="multiget"))
    for _ in range(2):
        with pytest.raises(UnavailableError):
            lola.pull()
        assert len(lola.tasks()) == 3
    lola.way.edits.pop()
    lola.pull()
    assert set(lola.tasks()) == {"Tarea 0", "Tarea 2"}


def test_a_calendar_that_is_as_it_was_again_after_a_pull_cut_short_is_read_again(
    lola: Desk,
) -> None:
    """A ctag of what is in a calendar goes back with it."""
    path, other = web(lola), lola.lola.make("zzz", "Otra")
    stripped(lola, token=False)
    lola.pull()
    lola.lola.put(f"{path}9.ics", todo("u9", "Fugaz"))
    lola.lola.delete(f"{path}0.ics")
    lola.lola.put(f"{other}x.ics", todo("x", "De la otra"))
    lola.way.before.append(
        lambda r: Reply(500) if r.method == "REPORT" and r.path == other else None
    )
    with pytest.raises(UnavailableError):
        lola.pull()
    assert "Fugaz" in lola.tasks()
    lola.way.before.clear()
    lola.lola.delete(f"{path}9.ics")
    lola.lola.put(f"{path}0.ics", todo("u0", "Tarea 0"))
    lola.pull()
    assert set(lola.tasks()) == {"Tarea 0", "Tarea 1", "Tarea 2", "De la otra"}


def test_a_calendar_that_is_lost_freezes_its_tasks_and_says_so(lola: Desk) -> None:
    path = web(lola)
    other = lola.lola.make("casa", "Casa")
    lola.lola.put(f"{other}x.ics", todo("x", "Otra"))
    lola.pull()
    lola.way.edits.append(editing(f"<response><href>{path}</href>.*?</response>", ""))
    for _ in range(2):
        got = lola.pull()
        assert told(got) == []
        assert any("The calendar Web is no longer shared" in one for one in notices(got))
    assert len(lola.tasks()) == 4
    lola.way.edits.clear()
    lola.lola.delete(f"{path}0.ics")
    assert notices(lola.pull()) == []
    assert set(lola.tasks()) == {"Tarea 1", "Tarea 2", "Otra"}


def test_tasks_that_were_moved_before_their_list_was_deleted_stay_in_the_new_one_alone(
    lola: Desk,
) -> None:
    path, new = web(lola), lola.lola.make("nueva", "Nueva")
    lola.pull()
    for number in range(3):
        lola.lola.move(f"{path}{number}.ics", f"{new}{number}.ics")
    lola.lola.delete(path)
    got = lola.pull()
    assert sorted(told(got)) == ["-0.ics", "-1.ics", "-2.ics", "0.ics", "1.ics", "2.ics"]
    assert notices(got) == []
    assert set(lola.kept) == {f"{new}{number}.ics" for number in range(3)}
    lola.way.asked()
    assert lola.pull() == []
    assert lola.way.asked() == ["PROPFIND"]


def test_what_cannot_be_read_is_not_taken_for_moved_when_its_list_is_deleted(lola: Desk) -> None:
    path, new = web(lola), lola.lola.make("nueva", "Nueva")
    edit = editing("BEGIN:VTODO.{0,80}SUMMARY:Tarea 1.*?END:VTODO", "BEGIN:VTODO", having="data")
    lola.way.edits.append(edit)
    lola.pull()
    lola.lola.move(f"{path}0.ics", f"{new}0.ics")
    lola.lola.delete(path)
    lola.pull()
    assert set(lola.kept) == {f"{new}0.ics", f"{path}1.ics", f"{path}2.ics"}


def test_what_was_not_moved_stays_as_it_was_when_its_list_is_deleted(lola: Desk) -> None:
    path, new = web(lola), lola.lola.make("nueva", "Nueva")
    lola.lola.put(f"{new}0.ics", todo("u0", "Tarea 0"))
    lola.pull()
    lola.lola.delete(path)
    got = lola.pull()
    assert told(got) == ["-0.ics"]
    assert any("The calendar Web is no longer shared" in one for one in notices(got))
    lola.lola.put(f"{new}1.ics", todo("u1", "Tarea 1"))
    assert sorted(told(lola.pull())) == ["-1.ics", "1.ics"]
    assert set(lola.kept) == {f"{new}0.ics", f"{new}1.ics", f"{path}2.ics"}


def test_a_copy_that_was_deleted_elsewhere_frees_none_in_a_calendar_that_is_lost(
    lola: Desk,
) -> None:
    """Whoever withdrew the calendar may go on with the task in there."""
    path, new = web(lola), lola.lola.make("nueva", "Nueva")
    lola.lola.put(f"{new}0.ics", todo("u0", "Tarea 0"))
    lola.pull()
    lola.lola.delete(f"{new}0.ics")
    lola.lola.delete(path)
    assert told(lola.pull()) == ["-0.ics"]
    assert set(lola.kept) == {f"{path}{number}.ics" for number in range(3)}


def test_a_lost_calendar_that_held_nothing_is_forgotten(lola: Desk) -> None:
    web(lola)
    empty = lola.lola.make("vacia", "Vacía")
    lola.pull()
    lola.way.before.append(lambda r: Reply(403) if r.path == empty else None)
    lola.lola.delete(empty)
    assert any("The calendar Vacía is no longer shared" in one for one in notices(lola.pull()))
    lola.way.before.clear()
    lola.way.asked()
    lola.pull()
    assert lola.way.asked() == ["PROPFIND"]
    lola.lola.put(f"/{lola.lola.name}/web/9.ics", todo("u9", "Nueva"))
    assert notices(lola.pull()) == []


@pytest.mark.parametrize("status", [403, 500])
def test_a_copy_in_a_calendar_that_may_be_there_still_is_kept(lola: Desk, status: int) -> None:
    path, new = web(lola), lola.lola.make("nueva", "Nueva")
    lola.pull()
    for number in range(3):
        lola.lola.move(f"{path}{number}.ics", f"{new}{number}.ics")
    lola.lola.delete(path)
    lola.way.before.append(lambda r: Reply(status) if r.path == path else None)
    for _ in range(2):
        got = lola.pull()
        assert any("The calendar Web is no longer shared" in one for one in notices(got))
        assert len(lola.kept) == 6
    lola.way.before.clear()
    assert notices(lola.pull()) == []
    assert len(lola.kept) == 3


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_calendar_that_is_listed_and_may_not_be_read_is_lost_too(lola: Desk, status: int) -> None:
    path = web(lola)
    other = lola.lola.make("casa", "Casa")
    lola.pull()
    lola.lola.put(f"{path}9.ics", todo("u9", "Nueva"))
    lola.lola.put(f"{other}x.ics", todo("x", "Otra"))
    lola.way.before.append(
        lambda r: Reply(status) if r.method == "REPORT" and r.path == path else None
    )
    got = lola.pull()
    assert told(got) == ["x.ics"]
    assert any("The calendar Web is no longer shared" in one for one in notices(got))
    assert len(lola.tasks()) == 4
    lola.way.before.clear()
    lola.pull()
    assert len(lola.tasks()) == 5


def test_while_one_calendar_fails_nothing_goes_from_the_others(lola: Desk) -> None:
    """It may have gone there."""
    path, other = web(lola), lola.lola.make("casa", "Casa")
    lola.pull()
    lola.lola.move(f"{path}0.ics", f"{other}0.ics")
    lola.lola.put(f"{path}1.ics", todo("u1", "Cambiada"))
    lola.way.before.append(
        lambda r: Reply(500) if r.method == "REPORT" and r.path == other else None
    )
    with pytest.raises(UnavailableError):
        lola.pull()
    assert set(lola.tasks()) == {"Tarea 0", "Cambiada", "Tarea 2"}
    lola.way.before.clear()
    lola.pull()
    assert lola.tasks()["Tarea 0"].container == "Casa"
    assert len(lola.kept) == 3


def test_a_listing_that_says_nothing_of_the_home_itself_is_not_believed(lola: Desk) -> None:
    web(lola)
    lola.pull()
    lola.way.edits.append(editing("<response>.*</response>", "", method="PROPFIND"))
    with pytest.raises(UnavailableError):
        lola.pull()
    assert len(lola.tasks()) == 3


def test_another_address_in_the_config_trusts_no_state_of_the_old_one(lola: Desk) -> None:
    """Short numbers are states, too, and mean something else elsewhere."""
    web(lola)
    lola.pull()
    lola.way.asked()
    got = lola.pull(lola.connect(f"/{lola.lola.name}/"))
    assert len(told(got)) == 3
    assert lola.pull(lola.connect(f"/{lola.lola.name}/")) == []


def test_a_home_that_moved_is_looked_for_again(lola: Desk) -> None:
    path = web(lola)
    lola.pull()
    assert lola.cursor is not None
    lola.cursor = Cursor(lola.cursor.replace(f'["/{lola.lola.name}/"]', '["/gone/"]'))
    lola.lola.put(f"{path}9.ics", todo("u9", "Nueva"))
    assert told(lola.pull()) == ["9.ics"]
