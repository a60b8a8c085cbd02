"""Where calendars are found, whom they belong to, and what settings are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from connectors.errors import AuthError, ConfigError, ConnectorError, UnavailableError
from connectors.testing_server import Reply, Request
from tests.connectors.caldav_desk import Desk, desk, editing, notices, told, web
from tests.servers.radicale import Radicale, todo


@pytest.fixture
def lola(radicale: Radicale) -> Iterator[Desk]:
    with desk(radicale) as made:
        yield made


@pytest.mark.parametrize("path", ["", "/", "/{}/", "/{}", "/{}/web/", "/{}/web"])
def test_calendars_are_found_from_the_server_the_principal_or_the_calendar(
    lola: Desk, path: str
) -> None:
    web(lola)
    connector = lola.connect(path.format(lola.lola.name))
    assert connector.check().places == ("Web",)
    assert sorted(told(connector.pull(None))) == ["0.ics", "1.ics", "2.ics"]


def test_check_says_who_she_is_and_what_she_may(lola: Desk) -> None:
    web(lola)
    lola.way.edits.append(
        editing("<C:calendar-user-address-set>.*?</C:calendar-user-address-set>",
                "<C:calendar-user-address-set><href>mailto:Lola@Acme.example</href>"
                "</C:calendar-user-address-set>")
    )  # fmt: skip
    lola.way.edits.append(editing("<privilege><(all|write|write-content) /></privilege>", ""))
    account = lola.connect().check()
    assert account.handles == {lola.lola.name, "lola@acme.example"}
    said = [right.text() for right in account.rights]
    assert said == [
        "Changes are written back here. A calendar has no comments.",
        "In the calendar Web you may look, and change nothing.",
    ]


def test_a_calendar_that_check_cannot_find_is_named_with_those_there_are(lola: Desk) -> None:
    web(lola)
    with pytest.raises(ConfigError, match=r"no calendar Wbe for tasks\. There are: Web"):
        lola.connect(calendars=("Wbe",)).check()


def test_another_calendar_that_comes_to_be_called_so_is_not_read(lola: Desk) -> None:
    path, other = web(lola), lola.lola.make("beta", "Beta")
    lola.lola.put(f"{other}b.ics", todo("b", "De otro cliente"))
    named = lola.connect(calendars=("Web",))
    lola.pull(named)
    lola.lola.rename(other, "Web")
    assert lola.pull(named) == []
    lola.lola.delete(path)
    for _ in range(2):
        (lost, taken) = sorted(notices(lola.pull(named)), reverse=True)
        assert "The calendar Web is no longer shared" in lost
        assert f"name it by its address: {other}." in taken
    assert len(lola.tasks()) == 3
    lola.pull(lola.connect(calendars=("Web", other)))
    assert "De otro cliente" in lola.tasks()


def test_a_calendar_that_is_called_otherwise_now_is_read_on(lola: Desk) -> None:
    path = web(lola)
    lola.lola.rename(path, "Tienda")
    named = lola.connect(calendars=("Tienda",))
    lola.pull(named)
    lola.lola.rename(path, "Página")
    lola.lola.put(f"{path}9.ics", todo("u9", "Nueva"))
    (said,) = notices(lola.pull(named))
    assert said == (
        "The calendar Tienda is called Página now, and read as before. Write that name in the"
        " config."
    )
    assert {task.container for task in lola.tasks().values()} == {"Página"}
    assert len(lola.tasks()) == 4
    assert notices(lola.pull(lola.connect(calendars=("Página",)))) == []


def test_of_several_calendars_of_one_name_none_is_read_till_she_says_which(lola: Desk) -> None:
    path, other = web(lola), lola.lola.make("otra", "WEB")
    lola.lola.rename(path, "web")
    lola.lola.put(f"{other}x.ics", todo("x", "De la otra"))
    named = lola.connect(calendars=("Wéb",))
    got = lola.pull(named)
    assert told(got) == []
    assert any("Several calendars are called Wéb" in one for one in notices(got))
    assert any(other in right.text() for right in named.check().rights)
    lola.lola.rename(path, other)
    lola.pull(lola.connect(calendars=(other,)))
    assert list(lola.tasks()) == ["De la otra"]


def test_a_wrong_password_asks_to_sign_in_and_shows_nowhere(lola: Desk) -> None:
    lola.lola.password = "wrong-s3cret"
    for work in (lambda c: c.check(), lambda c: list(c.pull(None))):
        with pytest.raises(AuthError, match="app password") as caught:
            work(lola.connect())
        assert "s3cret" not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("/remote.php/dav/", "http://127.0.0.1:{}/remote.php/dav/"),
        ("https://dav.acme.example/x?token=1#y", "https://dav.acme.example/x"),
    ],
)
def test_an_address_that_points_on_is_not_followed_and_told(
    lola: Desk, location: str, says: str
) -> None:
    lola.way.before.append(lambda _: Reply(301, b"", {"location": location}))
    with pytest.raises(ConfigError) as caught:
        lola.connect().check()
    assert f'base_url = "{says.format(lola.way.server.port)}"' in str(caught.value)
    assert len(lola.way.server.log) == 1


@pytest.mark.parametrize(
    "location", ["http://evil.example/", "ftp://x", "https://[", "https://u:p@x.example/"]
)
def test_an_address_that_no_password_may_go_to_is_not_told(lola: Desk, location: str) -> None:
    lola.way.before.append(lambda _: Reply(301, b"", {"location": location}))
    with pytest.raises(ConnectorError) as caught:
        lola.connect().check()
    assert "evil" not in str(caught.value)
    assert "base_url =" not in str(caught.value)


@pytest.mark.parametrize("there", ["https://p42.acme.example/9/", "http://127.0.0.1:9/9/"])
def test_calendars_at_another_host_are_told_and_not_asked_for(lola: Desk, there: str) -> None:
    web(lola)
    home = editing("<C:calendar-home-set>.*?</C:calendar-home-set>",
                   f"<C:calendar-home-set><href>{there}</href></C:calendar-home-set>")  # fmt: skip
    lola.way.edits.append(home)
    with pytest.raises(ConfigError, match=re.escape(there)):
        lola.connect().check()
    assert {request.path for request in lola.way.server.log} <= {"/", f"/{lola.lola.name}/"}


def test_an_address_without_calendars_is_looked_up_at_the_well_known_one(lola: Desk) -> None:
    lola.way.before.append(
        lambda r: Reply(301, b"", {"location": "/dav/"}) if "well-known" in r.path else Reply(405)
    )
    with pytest.raises(ConfigError, match="/dav/"):
        lola.connect("/index.php").check()
    lola.way.before[:] = [lambda _: Reply(404)]
    with pytest.raises(ConfigError, match="shows no calendars"):
        lola.connect("/index.php").check()


def test_another_clock_of_hers_reads_times_anew(lola: Desk) -> None:
    path = lola.lola.make("web", "Web")
    lola.lola.put(f"{path}1.ics", todo("u1", "Tarea", "DUE:20261123T170000"))
    lola.pull()
    assert lola.tasks()["Tarea"].due == datetime(2026, 11, 23, 17, tzinfo=UTC)
    lola.pull(lola.connect(timezone="America/Bogota"))
    assert lola.tasks()["Tarea"].due == datetime(2026, 11, 23, 22, tzinfo=UTC)


def test_by_another_clock_a_name_stands_for_the_calendar_it_stood_for(lola: Desk) -> None:
    path, other = lola.lola.make("pagina", "Web"), lola.lola.make("beta", "Beta")
    lola.lola.put(f"{path}a.ics", todo("a", "De ACME"))
    lola.lola.put(f"{other}b.ics", todo("b", "De otro cliente"))
    lola.pull(lola.connect(calendars=("Web",)))
    lola.lola.rename(path, "Web antigua")
    lola.lola.rename(other, "Web")
    bogota = lola.connect(calendars=("Web",), timezone="America/Bogota")
    (said,) = notices(lola.pull(bogota))
    assert "The calendar Web is called Web antigua now" in said
    assert list(lola.tasks()) == ["De ACME"]


def test_an_answer_under_a_condition_that_nobody_set_makes_no_name_stand_for_another(
    lola: Desk,
) -> None:
    web(lola)
    lola.pull()
    for method in ("PROPFIND", "REPORT"):
        for one in ("a", "b"):
            lola.lola.put(f"/{lola.lola.name}/web/0.ics", todo("u0", f"{method} {one}"))
        lola.way.server.fail(partial(_is, method), Reply(412), times=None)
        with pytest.raises(UnavailableError):
            lola.pull()
        lola.way.server.mend()
    lola.pull()
    assert "REPORT b" in lola.tasks()


def _is(method: str, request: Request) -> bool:
    return request.method == method


def test_a_clock_that_nobody_has_is_refused(lola: Desk) -> None:
    with pytest.raises(ConfigError, match="timezone"):
        lola.connect(timezone="Madrid")


@pytest.mark.parametrize("user", ["", " ", "a:b"])
def test_a_name_that_cannot_sign_in_is_refused(lola: Desk, user: str) -> None:
    with pytest.raises(ConfigError, match="user"):
        lola.connect(user=user)
