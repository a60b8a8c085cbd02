"""A write to a calendar that is pushed again, since nobody heard whether it was carried out."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.caldav_edit import changed
from connectors.errors import ConflictError, InDoubtError
from connectors.testing_faults import FAULTS
from normalizer.actions import Action, Complete, Create, Reopen, SetDue
from normalizer.model import Ref
from tests.connectors.caldav_desk import NOON, Desk, desk, path, written
from tests.servers.radicale import Radicale, todo

THERE = Ref("todo", "u-1")


@pytest.fixture
def lola(radicale: Radicale) -> Iterator[Desk]:
    with desk(radicale) as made:
        made.lola.put(made.lola.make("web", "Web") + "1.ics", todo("u-1", "Llamar a Ana"))
        yield made


def lost(desk: Desk, action: Action) -> Action:
    """Carry out an action, and never hear of it: give what is pushed again."""
    writes = lambda r: r.method == "PUT"  # noqa: E731
    desk.way.server.fail(writes, FAULTS["resets after the request (N4)"], after=True)
    with pytest.raises(InDoubtError):
        desk.connect().push(action)
    desk.way.server.mend()
    desk.way.asked()
    return dataclasses.replace(action, decided_at=NOON)


@pytest.mark.parametrize("watched", [("*",), ("Web",)])
def test_a_new_task_whose_answer_was_lost_is_looked_for_where_somebody_moved_it(
    lola: Desk, watched: tuple[str, ...]
) -> None:
    other = lola.lola.make("otra", "Otra")
    action = Create(ref=Ref("calendar", "Web"), title="Nueva")
    again = lost(lola, action)
    lola.lola.move(path(lola, f"{action.id}.ics"), f"{other}{action.id}.ics")
    receipt = lola.connect(calendars=watched).push(again)
    assert receipt.external_id == f"{other}{action.id}.ics"
    assert written(lola) == []


@pytest.mark.parametrize("how", ["renamed", "deleted"])
def test_a_new_task_whose_answer_was_lost_is_not_refused_for_what_became_of_its_calendar(
    lola: Desk, how: str
) -> None:
    action = Create(ref=Ref("calendar", "Web"), title="Nueva")
    again = lost(lola, action)
    there = path(lola, f"{action.id}.ics")
    if how == "renamed":
        lola.lola.rename(path(lola, ""), "Página")
    else:
        into = lola.lola.make("otra", "Otra")
        lola.lola.move(there, f"{into}{action.id}.ics")
        there = f"{into}{action.id}.ics"
        lola.lola.delete(path(lola, ""))
    assert lola.connect().push(again).external_id == there
    assert written(lola) == []


def test_an_answer_that_was_lost_is_looked_for_before_it_is_sent_again(lola: Desk) -> None:
    action = Complete(ref=THERE)
    writes = lambda r: r.method == "PUT"  # noqa: E731
    lola.way.server.fail(writes, FAULTS["resets after the request (N4)"], after=True)
    with pytest.raises(InDoubtError):
        lola.connect().push(action)
    lola.way.server.mend()
    lola.way.asked()
    lola.connect().push(action)
    assert written(lola) == []
    assert "STATUS:COMPLETED" in lola.lola.get(path(lola))


_KILLED = """
import sys
from datetime import date
from uuid import UUID
from connectors.base import Secret
from connectors.caldav import CalDavConfig, CalDavConnector
from normalizer.actions import Complete, Create
from normalizer.model import Ref
url, user, password, kind, name = sys.argv[1:]
config = CalDavConfig(base_url=url, user=user, password=Secret(lambda: password), write="all")
action = (Complete(ref=Ref("todo", "u-1"), id=UUID(name)) if kind == "complete"
          else Create(ref=Ref("calendar", "Web"), title="Nueva", id=UUID(name)))
print("sending", flush=True)
print(CalDavConnector(config).push(action), flush=True)
"""


@pytest.mark.parametrize("kind", ["complete", "create"])
def test_a_process_that_is_killed_between_sending_and_knowing_does_nothing_twice(
    lola: Desk, kind: str
) -> None:
    """The server has carried it out; whoever sent it never heard of it."""
    lola.pull()
    action: Action = Complete(ref=THERE)
    if kind == "create":
        action = Create(ref=Ref("calendar", "Web"), title="Nueva")
    hanging = lola.way.server.fail(lambda r: r.method == "PUT", FAULTS["hangs (N3)"], after=True)
    command = [sys.executable, "-c", _KILLED, lola.way.origin, lola.lola.name, lola.lola.password]
    process = subprocess.Popen([*command, kind, str(action.id)], stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not hanging.happened:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    said, _ = process.communicate()
    assert said == "sending\n"
    lola.way.server.mend()
    lola.way.asked()

    receipt = lola.connect().push(action)
    assert written(lola) == ([] if kind == "complete" else ["PUT"])
    lola.pull()
    assert receipt.external_id in lola.kept
    files = lola.lola.files(f"/{lola.lola.name}/web/")
    if kind == "complete":
        assert [text.count("STATUS:COMPLETED") for text in files.values()] == [1]
    else:
        assert sum("SUMMARY:Nueva" in text for text in files.values()) == 1


DONE = ("STATUS:COMPLETED", "PERCENT-COMPLETE:100")
CHANGES = [
    pytest.param(Complete(ref=THERE), (), ("STATUS:NEEDS-ACTION",), id="completed, then reopened"),
    pytest.param(Reopen(ref=THERE), DONE, DONE, id="reopened, then completed"),
    pytest.param(SetDue(ref=THERE, due=date(2026, 12, 1)), (), ("DUE;VALUE=DATE:20261224",),
                 id="due, then due otherwise"),
]  # fmt: skip


@pytest.mark.parametrize("stamp", ["LAST-MODIFIED", "DTSTAMP"])
@pytest.mark.parametrize(("action", "before", "after"), CHANGES)
def test_what_somebody_did_after_a_write_whose_answer_was_lost_is_not_undone(
    lola: Desk, action: Action, before: tuple[str, ...], after: tuple[str, ...], stamp: str
) -> None:
    lola.lola.put(path(lola), todo("u-1", "Llamar a Ana", *before))
    again = lost(lola, action)
    later = f"{datetime.now(UTC) + timedelta(minutes=1):%Y%m%dT%H%M%SZ}"
    theirs = todo("u-1", "Llamar a Ana", *after, "LAST-MODIFIED:20261101T080000Z")
    theirs = theirs.replace(f"{stamp}:20261101T080000Z", f"{stamp}:{later}")
    if stamp == "DTSTAMP":
        theirs = theirs.replace("LAST-MODIFIED:20261101T080000Z\r\n", "")
    lola.lola.put(path(lola), theirs)
    again = dataclasses.replace(again, decided_at=datetime.now(UTC))
    with pytest.raises(ConflictError, match=r"changed after you decided.* decide again"):
        lola.connect().push(again)
    assert written(lola) == []


def test_a_write_that_never_arrived_is_carried_out_where_nobody_changed_the_task_since(
    lola: Desk,
) -> None:
    lola.connect().push(Complete(ref=THERE, decided_at=datetime.now(UTC)))
    assert "STATUS:COMPLETED" in lola.lola.get(path(lola))


@pytest.mark.parametrize("stamp", ["ayer", "20261127", "99999999T999999Z", ""])
def test_a_stamp_that_cannot_be_read_is_no_change_since(stamp: str) -> None:
    text = todo("u-1", "Llamar", f"LAST-MODIFIED:{stamp}")
    assert changed(text, "u-1") < datetime(1970, 1, 1, tzinfo=UTC)
    assert changed(todo("u-1", "Llamar"), "u-1") == datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_what_is_as_she_wants_it_is_no_conflict_whoever_changed_it(lola: Desk) -> None:
    later = f"LAST-MODIFIED:{datetime.now(UTC) + timedelta(minutes=1):%Y%m%dT%H%M%SZ}"
    lola.lola.put(path(lola), todo("u-1", "Llamar a Ana", *DONE, later))
    lola.connect().push(Complete(ref=THERE, decided_at=datetime.now(UTC)))
    assert written(lola) == []
