"""Writing to calendars: done once, onto what was looked at, and nothing of others' is touched."""

from __future__ import annotations

import difflib
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.caldav_edit import edited
from connectors.errors import ConflictError, RefusedError
from connectors.testing_server import Reply
from normalizer.actions import Action, Archive, Comment, Complete, Create, Reopen, SetDue
from normalizer.model import Ref, State
from tests.connectors.caldav_desk import NOON, Desk, desk, editing, path, told, written
from tests.servers.radicale import PYTHON, Radicale, todo

THERE = Ref("todo", "u-1")


@pytest.fixture
def lola(radicale: Radicale) -> Iterator[Desk]:
    with desk(radicale) as made:
        made.lola.put(made.lola.make("web", "Web") + "1.ics", todo("u-1", "Llamar a Ana"))
        yield made


_READER = """
import json, sys, urllib.request, vobject
url, user, password = sys.argv[1:]
doors = urllib.request.HTTPPasswordMgrWithDefaultRealm()
doors.add_password(None, url, user, password)
opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(doors))
todo = vobject.readOne(opener.open(url).read().decode()).vtodo
print(json.dumps({name: str(getattr(todo, name).value) for name in sys.stdin.read().split()
                  if hasattr(todo, name)}))
"""


def elsewhere(desk: Desk, at: str, *names: str) -> dict[str, str]:
    """Read properties of a to-do as another program does, which shares nothing with ours."""
    who = (desk.lola.name, desk.lola.password)
    command = [str(PYTHON), "-c", _READER, desk.lola.server.origin + at, *who]
    done = subprocess.run(
        command, input=" ".join(names), capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_a_task_completed_here_is_completed_there(lola: Desk) -> None:
    lola.pull()
    receipt = lola.connect().push(Complete(ref=THERE))
    assert (receipt.stream, receipt.external_id) == ("todo", path(lola))
    file = lola.lola.files(f"/{lola.lola.name}/web/")["1.ics"]
    for said in ("STATUS:COMPLETED", "PERCENT-COMPLETE:100", "COMPLETED:20261127T120000Z"):
        assert said in file.splitlines()
    names = ("status", "percent_complete", "completed", "summary")
    assert elsewhere(lola, path(lola), *names) == {
        "status": "COMPLETED", "percent_complete": "100", "summary": "Llamar a Ana",
        "completed": "2026-11-27 12:00:00+00:00",
    }  # fmt: skip
    assert told(lola.pull()) == ["1.ics"]
    assert lola.tasks()["Llamar a Ana"].state is State.DONE


def test_a_task_that_was_done_is_open_again(lola: Desk) -> None:
    done = todo("u-1", "Llamar", "STATUS:COMPLETED", "PERCENT-COMPLETE:100",
                "COMPLETED:20261101T080000Z")  # fmt: skip
    lola.lola.put(path(lola), done)
    lola.connect().push(Reopen(ref=THERE))
    assert elsewhere(lola, path(lola), "status", "percent_complete", "completed") == {
        "status": "NEEDS-ACTION"
    }


@pytest.mark.parametrize(
    ("due", "line"),
    [
        (date(2026, 12, 24), "DUE;VALUE=DATE:20261224"),
        (datetime(2026, 12, 24, 17, tzinfo=UTC), "DUE:20261224T170000Z"),
        (None, None),
    ],
)
def test_a_task_is_due_when_she_says(lola: Desk, due: date | None, line: str | None) -> None:
    lola.lola.put(path(lola), todo("u-1", "Llamar", "DUE;TZID=Europe/Madrid:20261101T100000"))
    lola.connect().push(SetDue(ref=THERE, due=due))
    held = lola.lola.get(path(lola)).splitlines()
    assert [one for one in held if one.startswith("DUE")] == ([line] if line else [])
    lola.pull()
    assert lola.tasks()["Llamar"].due == due


def test_a_new_task_is_made_once_under_the_name_of_its_action(lola: Desk) -> None:
    into, due = Ref("calendar", "WEB"), date(2026, 12, 1)
    action = Create(ref=into, title="Nueva; con, coma", body="dos\nlíneas", due=due)
    receipts = {lola.connect().push(action) for _ in range(3)}
    assert {one.external_id for one in receipts} == {path(lola, f"{action.id}.ics")}
    lola.pull()
    assert len(lola.kept) == 2
    task = lola.tasks()["Nueva; con, coma"]
    assert (task.body, task.due, task.state) == ("dos\nlíneas", date(2026, 12, 1), State.OPEN)
    made = elsewhere(lola, path(lola, f"{action.id}.ics"), "summary", "description")
    assert made == {"summary": "Nueva; con, coma", "description": "dos\nlíneas"}


def test_a_new_task_that_somebody_has_changed_since_is_not_made_over_theirs(lola: Desk) -> None:
    action = Create(ref=Ref("calendar", "Web"), title="Nueva")
    lola.connect().push(action)
    lola.lola.put(path(lola, f"{action.id}.ics"), todo(str(action.id), "Nueva y cambiada"))
    assert lola.connect().push(action).external_id == path(lola, f"{action.id}.ics")
    assert "Nueva y cambiada" in lola.lola.get(path(lola, f"{action.id}.ics"))


def test_a_new_task_goes_where_she_says_or_nowhere(lola: Desk) -> None:
    lola.lola.make("casa", "Casa")
    for ref in (Ref("calendar", "Nadie"), Ref("calendar", ""), Ref("list", "Web")):
        with pytest.raises(RefusedError, match=r"There are: .*“Web”"):
            lola.connect().push(Create(ref=ref, title="x"))
    with pytest.raises(RefusedError, match="no calendar"):
        lola.connect(calendars=("Casa",)).push(Create(ref=Ref("calendar", "Web"), title="x"))
    assert written(lola) == []


def test_a_new_task_that_the_server_keeps_under_another_name_is_found_by_its_own(
    lola: Desk,
) -> None:
    action = Create(ref=Ref("calendar", "Web"), title="Nueva")
    lola.connect().push(action)
    lola.lola.move(path(lola, f"{action.id}.ics"), path(lola, "otro.ics"))
    lola.way.before.append(lambda r: Reply(409) if r.method == "PUT" else None)
    assert lola.connect().push(action).external_id == path(lola, "otro.ics")


def test_a_first_push_of_a_new_task_looks_into_no_calendar_but_its_own(lola: Desk) -> None:
    lola.lola.make("otra", "Otra")
    lola.connect().push(Create(ref=Ref("calendar", "Web"), title="Nueva"))
    asked = [r.path for r in lola.way.server.log if r.method == "REPORT"]
    assert asked == [path(lola, "")]


def test_half_a_character_is_left_out_of_a_new_task(lola: Desk) -> None:
    lola.connect().push(Create(ref=Ref("calendar", "Web"), title="a\ud800", body="b\udcff\x00c"))
    lola.pull()
    assert "bc" in {task.body for task in lola.tasks().values()}


def test_what_cannot_be_done_in_a_calendar_is_not_offered_and_refused(lola: Desk) -> None:
    connector = lola.connect()
    assert connector.writes == {Complete, Reopen, SetDue, Create}
    for action in (Comment(ref=THERE, text="hola"), Archive(ref=THERE)):
        with pytest.raises(RefusedError):
            connector.push(action)
    assert lola.way.asked() == []


@pytest.mark.parametrize("write", ["no", "comment"])
def test_without_leave_not_one_request_that_changes_anything_goes_out(
    lola: Desk, write: str
) -> None:
    connector = lola.connect(write=write)
    connector.check()
    list(connector.pull(None))
    actions: list[Action] = [Complete(ref=THERE), Reopen(ref=THERE), SetDue(ref=THERE, due=None),
                             Create(ref=Ref("calendar", "Web"), title="x")]  # fmt: skip
    for action in actions:
        with pytest.raises(RefusedError, match="write ="):
            connector.push(action)
    assert written(lola) == []


# Onto what was looked at


def test_what_is_so_already_is_not_written_again(lola: Desk) -> None:
    lola.connect().push(Complete(ref=THERE))
    lola.connect().push(SetDue(ref=THERE, due=date(2026, 12, 1)))
    lola.way.asked()
    lola.connect().push(Complete(ref=THERE))
    lola.connect().push(SetDue(ref=THERE, due=date(2026, 12, 1)))
    assert written(lola) == []


def test_a_task_that_somebody_changed_meanwhile_is_left_as_they_made_it(lola: Desk) -> None:
    theirs = todo("u-1", "Llamar a Ana mañana")

    def meanwhile(request: object) -> None:
        if getattr(request, "method", "") == "PUT":
            lola.lola.put(path(lola), theirs)

    lola.way.before.append(meanwhile)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        lola.connect().push(Complete(ref=THERE))
    assert lola.lola.get(path(lola)).count("mañana") == 1
    assert "COMPLETED" not in lola.lola.get(path(lola))


def test_a_task_that_somebody_completed_meanwhile_is_completed(lola: Desk) -> None:
    theirs = todo("u-1", "Llamar a Ana", "STATUS:COMPLETED")

    def meanwhile(request: object) -> None:
        if getattr(request, "method", "") == "PUT":
            lola.lola.put(path(lola), theirs)

    lola.way.before.append(meanwhile)
    assert lola.connect().push(Complete(ref=THERE)).external_id == path(lola)
    assert "PERCENT-COMPLETE" not in lola.lola.get(path(lola))


@pytest.mark.parametrize(
    "ref",
    [Ref("todo", "nobody"), Ref("card", "u-1"), Ref("todo", "u"), Ref("todo", "<x>&"),
     Ref("todo", "u-1 "), Ref("todo", "")],
)  # fmt: skip
def test_what_is_not_there_is_refused(lola: Desk, ref: Ref) -> None:
    with pytest.raises(RefusedError):
        lola.connect().push(Complete(ref=ref))
    assert written(lola) == []


def test_a_version_that_the_server_does_not_tell_is_not_written_onto(lola: Desk) -> None:
    def bare(_: object, reply: Reply) -> Reply:
        body = reply.body.replace(b"getetag", b"gettag")
        return Reply(reply.status, body, {"content-type": reply.headers.get("content-type", "")})

    lola.way.edits.append(bare)
    with pytest.raises(RefusedError, match="which version"):
        lola.connect().push(Complete(ref=THERE))
    assert written(lola) == []


def test_what_a_server_refuses_is_said_and_left(lola: Desk) -> None:
    for status in (403, 404, 409, 415, 423):
        lola.way.server.fail(lambda r: r.method == "PUT", Reply(status))
        with pytest.raises(RefusedError):
            lola.connect().push(Complete(ref=THERE))
    assert "COMPLETED" not in lola.lola.get(path(lola))


# Line by line

RICH = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Otro//ES
X-WR-CALNAME:Ñandú
BEGIN:VTIMEZONE
TZID:Oficina
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VTODO
DTSTAMP:20261101T080000Z
UID:u-1
SUMMARY;LANGUAGE=es:Una línea larga
  que sigue\\, y sigue
X-APPLE-SORT-ORDER:42
X-FOO;X-BAR="a:b;c":valor;crudo
STATUS:NEEDS-ACTION
PERCENT-COMPLETE:20
RELATED-TO;RELTYPE=PARENT:otro
ATTACH;VALUE=BINARY;ENCODING=BASE64:JVBE
 Ri0xLjQK
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT10M
STATUS:NEEDS-ACTION
DESCRIPTION:Aviso
END:VALARM
END:VTODO
END:VCALENDAR
""".replace("\n", "\r\n")


def changed(before: str, after: str) -> list[str]:
    """Name the lines that went and came."""
    lines = difflib.ndiff(before.split("\n"), after.split("\n"))
    return sorted(one.rstrip("\r") for one in lines if one[0] in "+-")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_change_touches_its_own_lines_and_no_byte_of_any_other(end: str) -> None:
    text = RICH.replace("\r\n", end)
    assert changed(text, edited(text, "u-1", Complete(ref=THERE), NOON)) == [
        "+ COMPLETED:20261127T120000Z",
        "+ DTSTAMP:20261127T120000Z",
        "+ LAST-MODIFIED:20261127T120000Z",
        "+ PERCENT-COMPLETE:100",
        "+ STATUS:COMPLETED",
        "- DTSTAMP:20261101T080000Z",
        "- PERCENT-COMPLETE:20",
        "- STATUS:NEEDS-ACTION",
    ]
    due = edited(text, "u-1", SetDue(ref=THERE, due=date(2026, 12, 1)), NOON)
    assert "+ DUE;VALUE=DATE:20261201" in changed(text, due)
    assert due.index("DUE;VALUE") < due.index("BEGIN:VALARM")
    assert due.count("\r\n") == (due.count("\n") if end == "\r\n" else 0)


def test_undone_it_is_as_it_was_but_for_when_it_was_changed() -> None:
    text = RICH.replace("PERCENT-COMPLETE:20\r\n", "")
    done = edited(text, "u-1", Complete(ref=THERE), NOON)
    undone = edited(done, "u-1", Reopen(ref=THERE), NOON)
    assert changed(text, undone) == [
        "+ DTSTAMP:20261127T120000Z", "+ LAST-MODIFIED:20261127T120000Z",
        "- DTSTAMP:20261101T080000Z",
    ]  # fmt: skip


@pytest.mark.parametrize("action", [Complete(ref=THERE), SetDue(ref=THERE, due=date(2026, 12, 1))])
def test_a_task_whose_end_is_on_two_lines_is_refused_rather_than_broken(
    lola: Desk, action: Action
) -> None:
    folded = todo("u-1", "Llamar").replace("END:VTODO", "END:VTO\r\n DO")
    with pytest.raises(ValueError, match="two lines"):
        edited(folded, "u-1", action, NOON)
    lola.way.edits.append(editing("END:VTODO", "END:VTO\r\n DO", method="GET"))
    with pytest.raises(RefusedError, match="cannot be read whole"):
        lola.connect().push(action)
    assert written(lola) == []


def test_what_is_sent_is_what_was_read_but_for_those_lines(lola: Desk) -> None:
    lola.lola.put(path(lola), RICH)
    held = lola.lola.get(path(lola))
    lola.connect().push(Complete(ref=THERE))
    (sent,) = [r.body.decode() for r in lola.way.server.log if r.method == "PUT"]
    assert len(changed(held, sent)) == 8
    assert changed(held, lola.lola.get(path(lola))).count("- X-APPLE-SORT-ORDER:42") == 0


def test_a_link_is_no_file_and_what_lies_in_the_task_is(lola: Desk) -> None:
    link = "ATTACH;FMTTYPE=text/html:https://docs.example/brief"
    inside = "ATTACH;VALUE=BINARY;ENCODING=BASE64:SG9sYQ=="
    lola.lola.put(path(lola), todo("u-1", "x", link, inside))
    lola.pull()
    copy = Ref("todo", path(lola))
    web, file = lola.tasks()["x"].attachments
    assert b"".join(lola.connect().open(copy, file.external_id)) == b"Hola"
    with pytest.raises(RefusedError, match="link and no file"):
        list(lola.connect().open(copy, web.external_id))
    for other in (Ref("todo", "/../../etc/passwd"), Ref("todo", "https://evil.example/1.ics")):
        with pytest.raises(RefusedError):
            list(lola.connect().open(other, file.external_id))


def test_nothing_that_replaces_parts_of_other_libraries_is_installed(checkout: Path) -> None:
    """The package `caldav` brings an urllib3 of its own, which takes the place of the real one."""
    import importlib.util

    for name in ("caldav", "niquests", "urllib3_future"):
        assert importlib.util.find_spec(name) is None
    lock = (checkout / "requirements.txt").read_text()
    assert "urllib3==" in lock
    assert not any(f"\n{name}==" in lock for name in ("caldav", "niquests", "urllib3-future"))
