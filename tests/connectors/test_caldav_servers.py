"""Servers that can less, say only so much at once, or cannot say one task now, read and written."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from connectors.errors import InDoubtError, RefusedError, UnavailableError
from connectors.testing_server import Reply, Request
from normalizer.actions import Complete
from normalizer.model import Ref
from tests.connectors.caldav_desk import Desk, desk, editing, stripped, told, web
from tests.servers.radicale import Radicale, todo


@pytest.fixture
def lola(radicale: Radicale) -> Iterator[Desk]:
    with desk(radicale) as made:
        yield made


# Servers that can less


@pytest.mark.parametrize(
    ("token", "tag", "data"),
    [(True, True, False), (False, True, True), (False, True, False), (False, False, True),
     (False, False, False)],
)  # fmt: skip
def test_a_server_that_can_less_is_read_all_the_same(
    lola: Desk, *, token: bool, tag: bool, data: bool
) -> None:
    path = web(lola, 7)
    stripped(lola, token=token, tag=tag, data=data)
    lola.pull()
    assert len(lola.tasks()) == 7
    lola.way.asked()
    assert lola.pull() == []
    assert len(lola.way.asked()) == (1 if token or tag else 2)
    lola.lola.put(f"{path}1.ics", todo("u1", "Cambiada"))
    lola.lola.delete(f"{path}2.ics")
    lola.lola.put(f"{path}8.ics", todo("u8", "Nueva"))
    lola.pull()
    assert set(lola.tasks()) == {
        "Tarea 0", "Cambiada", "Tarea 3", "Tarea 4", "Tarea 5", "Tarea 6", "Nueva",
    }  # fmt: skip
    assert lola.pull() == []


def truncating(lola: Desk, most: int) -> None:
    """Say only so much at once, as RFC 6578, 3.6, allows."""
    waiting: dict[str, tuple[list[str], str, str]] = {}

    def cut(request: Request, responses: list[str], token: str, rest: str) -> Reply:
        head, tail = responses[:most], responses[most:]
        if tail:
            name = f"http://way.example/{len(waiting)}"
            waiting[name] = tail, token, rest
            full = "<status>HTTP/1.1 507 Insufficient Storage</status>"
            head = [*head, f"<response><href>{request.path}</href>{full}</response>"]
            token = name
        body = rest.replace("@", "".join(head), 1).replace("#", token, 1)
        return Reply(207, body.encode(), {"content-type": "text/xml"})

    def again(request: Request) -> Reply | None:
        asked = re.search(rb"<sync-token>(http://way\.example/[0-9]+)</sync-token>", request.body)
        return cut(request, *waiting[asked[1].decode()]) if asked else None

    def edit(request: Request, reply: Reply) -> Reply:
        if b"calendar-query" in request.body and b"text-match" not in request.body:
            return Reply(507, b"too many")
        if b"<sync-collection" not in request.body or reply.status != 207:
            return reply
        text = reply.body.decode()
        responses = re.findall("<response>.*?</response>", text, re.DOTALL)
        (token,) = re.findall("<sync-token>([^<]*)</sync-token>", text)
        rest = re.sub("<response>.*</response>", "@", text, flags=re.DOTALL)
        return cut(request, responses, token, rest.replace(token, "#"))

    lola.way.edits.append(edit)
    lola.way.before.append(again)


def test_what_comes_in_parts_is_read_to_the_end(lola: Desk) -> None:
    path = web(lola, 7)
    truncating(lola, 2)
    lola.pull()
    assert len(lola.tasks()) == 7
    for number in range(5):
        lola.lola.put(f"{path}{number}.ics", todo(f"u{number}", f"Cambiada {number}"))
    lola.lola.delete(f"{path}6.ics")
    lola.pull()
    assert {title for title in lola.tasks() if "Cambiada" in title} == {
        f"Cambiada {number}" for number in range(5)
    }
    assert len(lola.tasks()) == 6
    assert lola.pull() == []


def test_a_server_that_never_comes_to_its_end_is_left(lola: Desk) -> None:
    web(lola, 4)
    lola.pull()
    endless = editing(
        "<multistatus([^>]*)>(.*)<sync-token>[^<]*",
        r"<multistatus\1>\2<response><href>/" + lola.lola.name + r"/web/</href>"
        r"<status>HTTP/1.1 507 Full</status></response><sync-token>x",
        having="sync-collection",
    )
    lola.lola.put(f"/{lola.lola.name}/web/9.ics", todo("u9", "Nueva"))
    lola.way.edits.append(endless)
    lola.way.before.append(
        lambda request: None if b"<sync-token>x<" not in request.body else Reply(207, (
            '<multistatus xmlns="DAV:"><response><href>' + request.path + "</href><status>"
            "HTTP/1.1 507 Full</status></response><sync-token>x</sync-token></multistatus>"
        ).encode())
    )  # fmt: skip
    before = dict(lola.tasks())
    lola.way.asked()
    with pytest.raises(UnavailableError):
        lola.pull()
    assert lola.way.asked() == ["PROPFIND", "REPORT", "REPORT"]
    assert before.keys() <= lola.tasks().keys()


def test_what_is_gone_in_one_part_and_back_in_the_next_is_there(lola: Desk) -> None:
    path = web(lola)
    lola.pull()
    lola.lola.put(f"{path}1.ics", todo("u1", "Ha vuelto"))
    part = (
        f'<multistatus xmlns="DAV:"><response><href>{path}1.ics</href><status>HTTP/1.1 404 Gone'
        f"</status></response><response><href>{path}</href><status>HTTP/1.1 507 Full</status>"
        "</response><sync-token>way:1</sync-token></multistatus>"
    )
    first = lola.cursor or ""
    token = re.findall(r"http://radicale[^\"]*", first)[-1]

    def in_parts(request: Request) -> Reply | None:
        if b"way:1" in request.body:
            request.body = request.body.replace(b"way:1", token.encode())
            return None
        return Reply(207, part.encode()) if b"<sync-collection" in request.body else None

    lola.way.before.append(in_parts)
    assert told(lola.pull()) == ["1.ics"]
    assert set(lola.tasks()) == {"Tarea 0", "Ha vuelto", "Tarea 2"}


# What is said of one task alone


ONE = r"(<response><href>[^<]*1\.ics</href>)"


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize(
    ("pattern", "by"),
    [(f"{ONE}.*?</response>", r"\1<status>HTTP/1.1 503 Busy</status></response>"),
     (f"{ONE}.*?</response>", r"\1<status>HTTP/1.1 403 No</status></response>"),
     (f"{ONE}(.*?)HTTP/1.1 200 OK", r"\1\2HTTP/1.1 500 Oops")],
)  # fmt: skip
def test_a_task_that_the_server_cannot_say_now_comes_the_next_time_and_hides_no_other(
    lola: Desk, pattern: str, by: str, *, inline: bool
) -> None:
    path = web(lola)
    lola.pull()
    for number in range(3):
        lola.lola.put(f"{path}{number}.ics", todo(f"u{number}", f"Cambiada {number}"))
    if not inline:
        stripped(lola, data=False)
    lola.way.edits.append(editing(pattern, by, having="multiget"))
    if inline:
        lola.way.edits.append(editing(pattern, by, having="sync-collection"))
    with pytest.raises(UnavailableError, match=rf"what is in {path}1\.ics\. The other tasks of"):
        lola.pull()
    assert set(lola.tasks()) == {"Cambiada 0", "Tarea 1", "Cambiada 2"}
    lola.way.edits.clear()
    lola.pull()
    assert set(lola.tasks()) == {"Cambiada 0", "Cambiada 1", "Cambiada 2"}


def test_a_task_that_the_server_never_says_hides_none_of_what_comes_after_it(lola: Desk) -> None:
    path = web(lola)
    never = r"\1<status>HTTP/1.1 500 Oops</status></response>"
    lola.way.edits.append(editing(f"{ONE}.*?</response>", never, method="REPORT"))
    for number in range(3, 6):
        lola.lola.put(f"{path}{number}.ics", todo(f"u{number}", f"Tarea {number}"))
        with pytest.raises(UnavailableError, match="save it again, or delete it"):
            lola.pull()
        assert f"Tarea {number}" in lola.tasks()
    lola.lola.delete(f"{path}1.ics")
    lola.pull()
    assert len(lola.tasks()) == 5


def test_a_task_that_an_answer_leaves_out_is_looked_at_by_itself(lola: Desk) -> None:
    path = web(lola)
    stripped(lola, data=False)
    lola.way.edits.append(editing(f"{ONE}.*?</response>", "", having="multiget"))
    lola.pull()
    assert len(lola.tasks()) == 3
    lola.lola.put(f"{path}1.ics", todo("u1", "Cambiada"))
    lola.way.before.append(
        lambda r: Reply(200, b"<html>Sign in</html>") if r.method == "GET" else None
    )
    with pytest.raises(UnavailableError):
        lola.pull()
    lola.way.before.clear()
    lola.pull()
    assert set(lola.tasks()) == {"Tarea 0", "Cambiada", "Tarea 2"}


@pytest.mark.parametrize("answer", [Reply(403), Reply(500), Reply(200, b"<html>Sign in</html>")])
def test_a_task_that_is_left_out_and_may_not_be_looked_at_is_not_gone(
    lola: Desk, answer: Reply
) -> None:
    path = web(lola)
    stripped(lola, token=False)
    lola.pull()
    lola.lola.put(f"{path}0.ics", todo("u0", "Cambiada"))
    lola.way.edits.append(editing(f"{ONE}.*?</response>", "", method="REPORT"))
    lola.way.before.append(lambda r: answer if r.method == "GET" else None)
    with pytest.raises((UnavailableError, RefusedError)):
        lola.pull()
    assert set(lola.tasks()) == {"Cambiada", "Tarea 1", "Tarea 2"}


def test_a_listing_that_cannot_say_a_name_now_is_not_believed(lola: Desk) -> None:
    web(lola)
    lola.pull()
    failed = r"</prop><status>HTTP/1.1 200 OK</status></propstat><propstat><prop><displayname/>"
    name = editing("<displayname>Web</displayname>(.*?)</prop>.*?</propstat>",
                   rf"\1{failed}</prop><status>HTTP/1.1 500 Oops</status></propstat>",
                   method="PROPFIND")  # fmt: skip
    lola.way.edits.append(name)
    before = lola.cursor
    with pytest.raises(UnavailableError):
        lola.pull()
    assert lola.cursor == before


# Writing there


def test_a_version_that_is_told_weakly_and_in_lists_alone_is_written_onto(lola: Desk) -> None:
    def weak(_: Request, reply: Reply) -> Reply:
        headers = {name: value for name, value in reply.headers.items() if name != "etag"}
        return Reply(reply.status, reply.body.replace(b"<getetag>", b"<getetag>W/"), headers)

    path = web(lola)
    lola.way.edits.append(weak)
    lola.connect().push(Complete(ref=Ref("todo", "u1")))
    assert "STATUS:COMPLETED" in lola.lola.get(f"{path}1.ics")


def test_a_write_of_which_only_somebody_on_the_way_says_that_it_is_done_is_in_doubt(
    lola: Desk,
) -> None:
    path = web(lola)
    lola.way.before.append(lambda r: Reply(204) if r.method == "PUT" else None)
    action = Complete(ref=Ref("todo", "u1"))
    with pytest.raises(InDoubtError):
        lola.connect().push(action)
    lola.way.before.clear()
    lola.connect().push(action)
    assert "STATUS:COMPLETED" in lola.lola.get(f"{path}1.ics")
