"""What the to-dos of calendars are in our words."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.caldav import normalise
from normalizer.ical import escaped, parse
from normalizer.model import Person, Ref, State, Task
from normalizer.raw import Raw, canonical
from normalizer.repeats import EndlessError, occurrences
from tests.servers.radicale import calendar, todo

MADRID = "Europe/Madrid"


def read(text: str, *, timezone: str = MADRID, path: str = "/lola/web/1.ics") -> list[Task]:
    meta = canonical({"calendar": "Web", "timezone": timezone})
    raw = Raw(stream="todo", external_id=path, payload=text.encode(), meta=meta)
    found = list(normalise(raw))
    assert all(isinstance(one, Task) for one in found)
    return [one for one in found if isinstance(one, Task)]


def one(*lines: str, **more: str) -> Task:
    (task,) = read(todo("u-1", "Llamar a Ana", *lines), **more)
    return task


def test_a_to_do_becomes_a_task_with_all_that_it_says() -> None:
    task = one(
        "DESCRIPTION:Con fotos\\, y\\nsin prisa",
        "DUE;VALUE=DATE:20261123",
        "STATUS:IN-PROCESS",
        "CATEGORIES:Web,Fotos\\, vídeos",
        "CATEGORIES:Web",
        "PRIORITY:1",
        "URL:https://docs.example/brief",
        'ATTENDEE;CN="Muñoz, Ana":mailto:Ana@Acme.example',
        "ATTACH;FMTTYPE=application/pdf;FILENAME=brief.pdf:https://files.example/x/9",
        "CREATED:20261101T080000Z",
        "LAST-MODIFIED:20261102T090000Z",
    )
    (file,) = task.attachments
    assert task == Task(
        ref=Ref("todo", "u-1"),
        title="Llamar a Ana",
        body="Con fotos, y\nsin prisa",
        due=date(2026, 11, 23),
        url="https://docs.example/brief",
        container="Web",
        labels=("Web", "Fotos, vídeos", "P1"),
        assignees=(Person("Muñoz, Ana", "ana@acme.example"),),
        attachments=(file,),
        created_at=datetime(2026, 11, 1, 8, tzinfo=UTC),
        updated_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    )
    assert (file.name, file.media_type) == ("brief.pdf", "application/pdf")
    assert file.url == "https://files.example/x/9"


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("DUE;VALUE=DATE:20261123", date(2026, 11, 23)),
        ("DUE:20261123", date(2026, 11, 23)),
        ("DUE:20261123T170000Z", datetime(2026, 11, 23, 17, tzinfo=UTC)),
        ("DUE;TZID=America/Bogota:20261123T170000", datetime(2026, 11, 23, 22, tzinfo=UTC)),
        ("DUE;TZID=Romance Standard Time:20260723T170000", datetime(2026, 7, 23, 15, tzinfo=UTC)),
        ('DUE;TZID="Romance Standard Time":20260723T1700', None),
        ("DUE:20260723T170000", datetime(2026, 7, 23, 15, tzinfo=UTC)),
        ("DUE;TZID=Nobody/Knows:20260723T170000", date(2026, 7, 23)),
        ("DUE;TZID=../../etc/passwd:20260723T170000", date(2026, 7, 23)),
    ],
)
def test_a_due_date_is_a_day_or_an_instant_and_never_a_guess(line: str, due: object) -> None:
    """A time that names no zone is by her own clock."""
    assert one(line).due == due


def test_a_time_without_a_zone_is_its_day_where_nobody_knows_hers() -> None:
    assert one("DUE:20260723T170000", timezone="").due == date(2026, 7, 23)
    assert one("DUE:20260723T170000", timezone="Nobody/Knows").due == date(2026, 7, 23)


def test_a_zone_that_the_object_itself_tells_is_followed() -> None:
    zone = ["BEGIN:VTIMEZONE", "TZID:Oficina", "BEGIN:STANDARD", "DTSTART:19700101T000000",
            "TZOFFSETFROM:+0300", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE"]  # fmt: skip
    inner = ["BEGIN:VTODO", "UID:1", "DUE;TZID=Oficina:20260723T170000", "END:VTODO"]
    (task,) = read(calendar(*zone, *inner))
    assert task.due == datetime(2026, 7, 23, 14, tzinfo=UTC)


def test_what_lasts_from_a_beginning_on_is_due_at_its_end() -> None:
    assert one("DTSTART;VALUE=DATE:20261123", "DURATION:P2D").due == date(2026, 11, 25)
    assert one("DTSTART:20261123T100000Z", "DURATION:PT90M").due == datetime(
        2026, 11, 23, 11, 30, tzinfo=UTC
    )
    assert one("DTSTART:20261123T100000Z").due is None


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([], State.OPEN),
        (["STATUS:NEEDS-ACTION"], State.OPEN),
        (["STATUS:IN-PROCESS", "PERCENT-COMPLETE:60"], State.OPEN),
        (["STATUS:COMPLETED"], State.DONE),
        (["PERCENT-COMPLETE:100"], State.DONE),
        (["COMPLETED:20261101T080000Z"], State.DONE),
        (["STATUS:CANCELLED"], State.ARCHIVED),
        (["STATUS:NEEDS-ACTION", "PERCENT-COMPLETE:100"], State.OPEN),
        (["STATUS:NEEDS-ACTION", "COMPLETED:20261101T080000Z"], State.OPEN),
        (["STATUS:WHO-KNOWS"], State.OPEN),
        (["status:completed"], State.DONE),
    ],
)
def test_its_status_decides_and_only_without_one_what_else_it_says(
    lines: list[str], state: State
) -> None:
    assert one(*lines).state is state


# What repeats


def repeating(rule: str, *parts: str, start: str = "DUE;VALUE=DATE:20261102") -> Task:
    inner = ["BEGIN:VTODO", "UID:1", "SUMMARY:Informe", start, *rule.split(), "END:VTODO"]
    (task,) = read(calendar(*inner, *parts))
    return task


def time_of(at: str, *lines: str) -> list[str]:
    return ["BEGIN:VTODO", "UID:1", f"RECURRENCE-ID;VALUE=DATE:{at}", *lines, "END:VTODO"]


def test_of_what_repeats_the_next_open_time_stands_for_all() -> None:
    weekly = "RRULE:FREQ=WEEKLY;COUNT=4"
    assert repeating(weekly).due == date(2026, 11, 2)
    done = [*time_of("20261102", "STATUS:COMPLETED"), *time_of("20261109", "STATUS:COMPLETED")]
    task = repeating(weekly, *done)
    assert (task.due, task.state, task.title) == (date(2026, 11, 16), State.OPEN, "Informe")
    moved = time_of("20261116", "SUMMARY:Informe largo", "DUE;VALUE=DATE:20261118")
    task = repeating(weekly, *done, *moved)
    assert (task.due, task.title) == (date(2026, 11, 18), "Informe largo")
    task = repeating(f"{weekly} EXDATE;VALUE=DATE:20261116", *done)
    assert task.due == date(2026, 11, 23)


def test_what_repeats_is_done_once_its_last_time_is() -> None:
    times = [f"202611{day:02}" for day in (2, 9)]
    done = [line for at in times for line in time_of(at, "STATUS:COMPLETED")]
    assert repeating("RRULE:FREQ=WEEKLY;COUNT=2", *done).state is State.DONE
    assert repeating("RRULE:FREQ=WEEKLY;UNTIL=20261110", *done).state is State.DONE
    assert repeating("RRULE:FREQ=WEEKLY;COUNT=3", *done).state is State.OPEN
    first, rule = time_of(times[0], "STATUS:COMPLETED"), "RRULE:FREQ=WEEKLY;COUNT=2"
    assert repeating(f"{rule} EXDATE;VALUE=DATE:{times[1]}", *first).state is State.DONE


def test_a_rule_ends_behind_the_time_that_it_names_by_the_clock_of_its_task() -> None:
    start = "DUE;TZID=Europe/Madrid:20261102T100000"
    rule = "RRULE:FREQ=DAILY;UNTIL=20261103T{}Z EXDATE:20261102T090000Z"
    task = repeating(rule.format("090000"), start=start)
    assert (task.due, task.state) == (datetime(2026, 11, 3, 9, tzinfo=UTC), State.OPEN)
    assert repeating(rule.format("085959"), start=start).state is State.ARCHIVED


def test_the_hour_of_what_repeats_stays_that_of_its_own_clock() -> None:
    start = "DUE;TZID=Europe/Madrid:20261020T100000"
    task = repeating("RRULE:FREQ=WEEKLY EXDATE:20261020T080000Z", start=start)
    assert task.due == datetime(2026, 10, 27, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=-1;UNTIL=x",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "nonsense",
        "",
        "FREQ=DAILY;BYMONTHDAY=" + ",".join(["31"] * 9999),
    ],
)
def test_a_rule_that_nobody_can_follow_closes_nothing(rule: str) -> None:
    task = repeating(f"RRULE:{rule}", *time_of("20261102", "STATUS:COMPLETED"))
    assert (task.state, task.due) == (State.OPEN, date(2026, 11, 2))


RULES = [
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;BYDAY=MO,FR", "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU", "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,MO;WKST=MO", "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=2TU",
    "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYMONTHDAY=1,15",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;INTERVAL=2;COUNT=4", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;INTERVAL=4",
    "FREQ=DAILY;UNTIL=20270101T000000", "FREQ=DAILY;BYMONTH=6,7;INTERVAL=2",
]  # fmt: skip


def _for_forty_years(times: Iterator[datetime]) -> Iterator[datetime]:
    try:
        yield from times
    except EndlessError:
        return


@pytest.mark.parametrize("rule", RULES)
def test_rules_that_people_make_are_followed_as_another_program_follows_them(rule: str) -> None:
    rrule = pytest.importorskip("dateutil.rrule")  # icalendar brings it
    chance = random.Random(rule)
    for _ in range(10):
        start = datetime(2026, chance.randint(1, 12), chance.randint(1, 28), 10, 30)  # noqa: DTZ001
        got = list(itertools.islice(_for_forty_years(occurrences(start, rule, None)), 30))
        assert got
        assert got == list(itertools.islice(rrule.rrulestr(rule, dtstart=start), len(got)))


# What is no to-do, or a bad one


def test_a_week_before_all_weeks_is_none() -> None:
    with pytest.raises(EndlessError):
        list(occurrences(datetime(1, 1, 1), "FREQ=WEEKLY;WKST=SU", None))  # noqa: DTZ001


def test_events_and_journals_are_no_tasks() -> None:
    other = ["BEGIN:VEVENT", "UID:1", "END:VEVENT", "BEGIN:VJOURNAL", "UID:2", "END:VJOURNAL"]
    assert read(calendar(*other)) == []


def test_several_to_dos_in_one_object_are_each_a_task() -> None:
    inner = [["BEGIN:VTODO", f"UID:{n}", f"SUMMARY:T{n}", "END:VTODO"] for n in range(2)]
    assert [task.title for task in read(calendar(*inner[0], *inner[1]))] == ["T0", "T1"]


@pytest.mark.parametrize(
    "text",
    ["", "7", "BEGIN:VTODO\nEND:VTODO", "BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VCALENDAR", "\x00" * 99,
     "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1", "BEGIN:VCALENDAR\n" * 50, "END:VCALENDAR"],
)  # fmt: skip
def test_what_is_no_whole_calendar_is_set_aside(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)


@pytest.mark.parametrize(
    "lines",
    [["DUE:20261399"], ["DUE:mañana"], ["DUE:20261123T100000Z/PT1H"], ["DUE:"],
     ["DUE;VALUE=DATE:2026-12-01"], ["DUE:P99999999999999D"],
     ["DUE;TZID=Asia/Tokyo:00010101T000000"], ["DTSTART:99991231", "DURATION:P9D"],
     ["DTSTART:20261101", "DURATION:P99999999999999D"],
     ["DTSTART:99900101T000000Z", "RRULE:FREQ=WEEKLY;INTERVAL=99999", "EXDATE:99900101T000000Z"],
     ["DTSTART:00010101T000000Z", "RRULE:FREQ=WEEKLY;WKST=SU", "EXDATE:00010101T000000Z"],
     ["DTSTART:20260101", "RRULE:FREQ=DAILY", "EXDATE:ayer"],
     ["DTSTART:20260101", "RRULE:FREQ=DAILY", "EXDATE:" + "20260101," * 3000]],
)  # fmt: skip
def test_a_time_that_nobody_can_read_hides_nothing_else_of_the_task(lines: list[str]) -> None:
    task = one(*lines, "CATEGORIES:web")
    assert (task.title, task.state, task.due) == ("Llamar a Ana", State.OPEN, None)
    assert task.labels == ("web",)


def test_an_instant_beyond_the_calendar_in_a_zone_of_their_own_is_left_out() -> None:
    zone = ["BEGIN:VTIMEZONE", "TZID:Mine", "BEGIN:STANDARD", "DTSTART:19700101T000000",
            "TZOFFSETFROM:-1200", "TZOFFSETTO:-1200", "END:STANDARD", "END:VTIMEZONE"]  # fmt: skip
    inner = ["BEGIN:VTODO", "UID:x", "SUMMARY:T", "CREATED;TZID=Mine:99991231T235959", "END:VTODO"]
    (task,) = read(calendar(*zone, *inner))
    assert (task.title, task.created_at) == ("T", None)


def test_an_object_with_more_to_dos_than_any_has_is_set_aside() -> None:
    rule = ["DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
            "EXDATE:20260101T000000Z"]  # fmt: skip
    inner = [["BEGIN:VTODO", f"UID:{n}", *rule, "END:VTODO"] for n in range(51)]
    assert len(read(calendar(*(part for lines in inner[:50] for part in lines)))) == 50
    with pytest.raises(ValueError, match="more to-dos"):
        read(calendar(*(part for lines in inner for part in lines)))


def test_lines_that_say_nothing_are_passed_over() -> None:
    task = one("nonsense", ";:", "X-EVIL", "CREATED:never", 'X-A;B="c:d')
    assert (task.title, task.created_at) == ("Llamar a Ana", None)


def test_hostile_text_arrives_harmless_wherever_it_stands() -> None:
    evil = "a\x1b]0;PWN\x07\u202egpj\u200b[/]\\nb"
    text = todo(
        "u\u202e1", evil, f"DESCRIPTION:{evil}", f"CATEGORIES:{evil}", f"URL:javascript:{evil}",
        f'ATTENDEE;CN="{evil}":mailto:{evil}', f'ATTACH;FILENAME="../../{evil}":{evil}',
    )  # fmt: skip
    (task,) = read(text)
    (person,), (file,) = task.assignees, task.attachments
    texts = [task.ref.external_id, task.title, *task.body.split("\n"), *task.labels, person.name,
             person.handle, file.name, file.media_type, file.external_id]  # fmt: skip
    assert all(text.isprintable() for text in texts)
    assert task.url is None
    assert "/" not in file.name


def test_a_to_do_without_a_name_of_its_own_goes_by_its_place() -> None:
    (task,) = read(calendar("BEGIN:VTODO", "SUMMARY:Sin UID", "END:VTODO"), path="/a/b.ics")
    assert task.ref == Ref("todo", "/a/b.ics")


def test_a_long_name_is_told_from_another_by_all_of_it() -> None:
    names = {read(todo("x" * 9000 + end, "T"))[0].ref.external_id for end in "ab"}
    assert len(names) == 2
    assert all(len(name) <= 250 for name in names)


def test_a_folded_line_is_one_and_a_text_is_spelled_as_it_was() -> None:
    whole = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:Ho\r\n la\\, t\r\n\tú\r\nEND:VTODO\r\n"
    (todo,) = parse(whole + "END:VCALENDAR\r\n").parts
    assert todo.text("SUMMARY") == "Hola, tú"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_a_text_that_is_spelled_reads_back(text: str) -> None:
    whole = f"BEGIN:VCALENDAR\nSUMMARY:{escaped(text)}\nEND:VCALENDAR"
    assert parse(whole).text("SUMMARY") == text


@given(st.lists(st.sampled_from(["BEGIN:VCALENDAR", "BEGIN:VTODO", "END:VTODO", "END:VCALENDAR",
       "DUE:20260101", "RRULE:FREQ=DAILY", "UID:1", " x", "RECURRENCE-ID:20260101", "EXDATE:x",
       "\x00", "DTSTART:20260101T000000", "DURATION:P1D", "DURATION:x", "DTSTART:99991231T235959",
       "DTSTART:00010101", "RRULE:FREQ=WEEKLY;INTERVAL=9999", "EXDATE:99991231T235959", "DUE:P9D",
       "EXDATE:00010101", "DUE;VALUE=DATE:2026-12-01", "CREATED;TZID=Asia/Tokyo:00010101T000000",
       "RECURRENCE-ID:00010101"])))  # fmt: skip
def test_nothing_that_a_stranger_writes_breaks_more_than_its_own_record(lines: list[str]) -> None:
    with contextlib.suppress(ValueError):
        read("\n".join(lines))


def test_reading_a_due_date_again_never_changes_it() -> None:
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    for hours in range(48):
        when = at + timedelta(hours=hours)
        assert one(f"DUE:{when:%Y%m%dT%H%M%SZ}").due == when
