"""What is asked of a CalDAV server (RFC 4791, RFC 6578), and what of its answers is believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urljoin

from connectors import http_said as say
from connectors.caldav_told import (
    GONE,
    Listed,
    Me,
    Object,
    Page,
    asked_for,
    folder,
    is_calendar,
    listed,
    objects,
    takes_todos,
)
from connectors.caldav_xml import (
    C,
    D,
    Found,
    Multistatus,
    Node,
    body,
    element,
    multistatus,
    path_of,
    spelled,
)
from connectors.errors import AuthError, ConfigError, ConnectorError, UnavailableError
from connectors.http import Answer, Http
from connectors.http_rules import sound
from normalizer.text import NAME, line

_XML: Final = {
    "Content-Type": "application/xml; charset=utf-8",
    "Accept": "application/xml, text/xml",
}
_OBJECT: Final = {"Content-Type": "text/calendar; charset=utf-8", "Accept": "*/*"}
_WHOLE: Final = {"Accept": "text/calendar, */*", "Accept-Encoding": "identity"}
"""What packs an answer may give it another etag than that by which it is changed."""

_CALENDAR: Final = re.compile(r"\ufeff?\s*BEGIN:VCALENDAR\b", re.IGNORECASE)

_MOST_HOMES: Final = 5
_MOST_PAGES: Final = 1000
_TOGETHER: Final = 50
"""Objects that are asked for by name at once."""

_ETAG: Final = element("getetag")
_DATA: Final = _ETAG + element("C:calendar-data")
_HOME: Final = "".join(
    map(element, ("resourcetype", "displayname", "current-user-principal", "C:calendar-home-set"))
) + element("C:calendar-user-address-set")
_LISTED: Final = "".join(
    map(element, ("resourcetype", "displayname", "sync-token", "S:getctag"))
) + "".join(map(element, ("C:supported-calendar-component-set", "current-user-privilege-set")))


class BarredError(Exception):
    """A calendar is not there, or not for us; it never leaves the connector."""


class Dav:
    """The requests, each one made once."""

    def __init__(self, http: Http, base_url: str) -> None:
        """`http` asks by paths below the host of `base_url`."""
        self.http, self.base_url = http, base_url
        self._base = path_of(base_url, base_url) or "/"

    # Whose calendars, and which

    def me(self) -> Me:
        """Find our calendars from the address in the config (RFC 6764, 6).

        Raises ConfigError where there are none, or they are at another address.
        """
        told = self._here()
        if is_calendar(told):
            return Me(homes=(folder(told.path),), alone=True)
        homes = self._hrefs(told, f"{C}calendar-home-set")
        if not homes and (principals := self._hrefs(told, f"{D}current-user-principal")):
            own = self._propfind(principals[0], _HOME)
            told = own.found.get(principals[0], told)
            homes = self._hrefs(told, f"{C}calendar-home-set")
        if not homes:
            raise self._no_calendars()
        addresses = told.props.get(f"{C}calendar-user-address-set", Node(""))
        return Me(
            name=line(told.text(f"{D}displayname"), NAME),
            addresses=tuple(one.text.strip() for one in addresses.all(f"{D}href")),
            homes=tuple(map(folder, homes[:_MOST_HOMES])),
        )

    def calendars(self, homes: Iterable[str], *, alone: bool) -> list[Listed]:
        """List the calendars that take to-dos, each with its state: one request a home.

        Raises BarredError where a home is not there any more.
        """
        found: dict[str, Listed] = {}
        for home in homes:
            answer = self._asked("PROPFIND", home, body("propfind", element("prop", _LISTED)),
                                 depth=0 if alone else 1)  # fmt: skip
            if answer.status in {403, 404, 410}:
                raise BarredError
            told = self._read(answer, home)
            if home not in map(folder, told.found):
                # Every answer tells of what was asked for; one that does not leaves something out.
                raise say.unreadable(self.http.host, wrote=False)
            for one in told.found.values():
                if one.path and is_calendar(one) and takes_todos(one):
                    found[folder(one.path)] = listed(one)
        return list(found.values())

    def _here(self) -> Found:
        """Ask at the address in the config; where nobody knows it, at the well-known one."""
        for path in (self._base, "/.well-known/caldav"):
            answer = self._asked("PROPFIND", path, body("propfind", element("prop", _HOME)))
            if 300 <= answer.status < 400:
                raise self._elsewhere(path, answer)
            if answer.status in {400, 403, 404, 405, 410, 501}:
                continue
            told = self._read(answer, path)
            here = told.found.get(path)
            here = here or next(iter(told.found.values()), None)
            if here is not None and (
                is_calendar(here) or _HOMES & here.props.keys() or path != self._base
            ):
                return here
        raise self._no_calendars()

    def _hrefs(self, told: Found, name: str) -> list[str]:
        """Read the addresses in a property. Raises ConfigError where they are at another host."""
        inside = told.props.get(name, Node(""))
        given = [one.text.strip() for one in inside.all(f"{D}href") if one.text.strip()]
        found = [path_of(one, self._at(told.path)) for one in given]
        for href, path in zip(given, found, strict=True):
            if not path:
                raise self._moved(href)
        return found

    def _elsewhere(self, path: str, answer: Answer) -> ConnectorError:
        location = answer.headers.get("location", "")
        try:
            there = urljoin(self._at(path), location) if location else ""
        except ValueError:
            there = ""
        return self._moved(there) if there else answer.problem() or self._no_calendars()

    def _moved(self, url: str) -> ConfigError:
        bare = url.partition("#")[0].partition("?")[0]
        if not sound(bare):
            return self._no_calendars()
        return ConfigError(
            '{host} keeps the calendars at another address. Write base_url = "{url}" in the'
            " config.",
            host=self.http.host,
            url=line(bare, 300),
        )

    def _no_calendars(self) -> ConfigError:
        return ConfigError(
            '{host} shows no calendars at the address in "base_url". Its help pages name the right'
            " one, often under “CalDAV”.",
            host=self.http.host,
        )

    def is_gone(self, path: str) -> bool:
        """Tell whether the server says that nothing is at an address."""
        asked = body("propfind", element("prop", element("resourcetype")))
        return self._asked("PROPFIND", path, asked).status in GONE

    # What is in one

    def query(self, calendar: str, *, uid: str = "", data: bool = True) -> Iterable[Object] | None:
        """List the objects with a to-do in a calendar, or those of one `uid`, and what they say.

        None where it is more than the server says at once. Raises BarredError.
        """
        match = f'<C:text-match collation="i;octet">{spelled(uid)}</C:text-match>'
        which = element('C:prop-filter name="UID"', match) if uid else ""
        todos = element('C:comp-filter name="VTODO"', which)
        inside = element("C:filter", element('C:comp-filter name="VCALENDAR"', todos))
        told = element("prop", _DATA if data else _ETAG)
        answer = self._report(calendar, body("C:calendar-query", told, inside))
        if answer.status == 507:
            return None
        found = self._read(answer, calendar)
        if any(folder(one.path) == calendar and one.status == 507 for one in found.found.values()):
            return None
        return objects(self._inside(found, calendar))

    def since(self, calendar: str, token: str) -> Iterator[Page]:
        """Yield what changed in a calendar since `token`, or all where it is "", part by part.

        Raises LookupError where the server says nothing of it: mostly it no longer knows `token`.
        """
        for _ in range(_MOST_PAGES):
            asked = body(
                "sync-collection",
                element("sync-token", spelled(token)),
                element("sync-level", "1"),
                element("prop", _DATA),
            )
            page = self._page(self._asked("REPORT", calendar, asked), calendar)
            yield page
            if not page.more:
                return
            if page.token == token:
                break
            token = page.token
        raise say.unreadable(self.http.host, wrote=False)

    def _page(self, answer: Answer, calendar: str) -> Page:
        if 400 <= answer.status < 500 and answer.status not in {401, 429}:
            raise LookupError
        told = self._read(answer, calendar)
        inside = self._inside(told, calendar)
        more = any(one.status == 507 for one in told.found.values() if folder(one.path) == calendar)
        if not told.token:
            raise say.unreadable(self.http.host, wrote=False)
        gone = tuple(one.path for one in inside if one.status in GONE)
        return Page(tuple(objects(inside)), gone, told.token, more)

    def _inside(self, told: Multistatus, calendar: str) -> list[Found]:
        """Take what is said of a calendar's objects. Of no other address anything is said in such
        an answer; one that does it is not believed.
        """
        own = [one for path, one in told.found.items() if path.startswith(calendar)]
        if {folder(path) for path in told.found} - {calendar, *(folder(o.path) for o in own)}:
            raise say.unreadable(self.http.host, wrote=False)
        return [one for one in own if re.fullmatch("[^/]{1,500}", one.path[len(calendar) :])]

    def complete(self, calendar: str, objects: Iterable[Object]) -> Iterator[Object]:
        """Yield objects with what they say: those that were listed without it are asked for."""
        bare = []
        for one in objects:
            if one.data:
                yield one
            else:
                bare.append(one.path)
        for one in self.named(calendar, bare):
            if one.data:
                yield one

    def named(self, calendar: str, paths: Sequence[str]) -> Iterator[Object]:
        """Yield objects of a calendar that are asked for by name; without data those that the
        server says are no longer there.

        Raises UnavailableError, after the others, where it says neither of one of them.
        """
        unknown: list[str] = []
        for first in range(0, len(paths), _TOGETHER):
            wanted = paths[first : first + _TOGETHER]
            hrefs = (element("href", spelled(path)) for path in wanted)
            asked = body("C:calendar-multiget", element("prop", _DATA), *hrefs)
            told = self._read(self._report(calendar, asked), calendar)
            found = {one.path: one for one in self._inside(told, calendar)}
            for path in wanted:
                one = found.get(path)
                made = self._looked_at(path) if one is None else asked_for(one)
                if made is None:
                    unknown.append(path)
                else:
                    yield made
        if unknown:
            raise UnavailableError(
                "{host} does not say what is in {address}. The other tasks of that calendar were"
                " fetched. Open that one in your calendar program and save it again, or delete it"
                " there.",
                host=self.http.host,
                address=line(unknown[0], 300),
            )

    def _looked_at(self, path: str) -> Object | None:
        """Look at an object of which an answer says nothing; None where that tells nothing either.

        Some servers leave out what is not there, and some what they have.
        """
        answer = self._unconditional(self._sent("GET", path, headers=_WHOLE))
        if answer.status in GONE:
            return Object(path, "", "")
        if problem := answer.problem():
            raise problem
        text = answer.body.decode(errors="replace")
        return Object(path, "", text) if _CALENDAR.match(text) else None

    # One object

    def get(self, path: str) -> Object:
        """Read an object as it is kept. Raises RefusedError where it is no longer there."""
        answer = self._unconditional(self._sent("GET", path, headers=_WHOLE))
        if problem := answer.problem():
            raise problem
        try:
            data = answer.body.decode()
        except UnicodeDecodeError:
            raise say.unreadable(self.http.host, wrote=False) from None
        return Object(path, answer.headers.get("etag", "").strip().removeprefix("W/"), data)

    def put(self, path: str, data: str, condition: Mapping[str, str]) -> Answer:
        """Write an object under a condition, If-Match or If-None-Match."""
        return self._sent("PUT", path, content=data.encode(), headers=_OBJECT | dict(condition))

    def _report(self, calendar: str, asked: bytes) -> Answer:
        """Ask for a report. Raises BarredError where the calendar is not there, or not for us."""
        answer = self._asked("REPORT", calendar, asked, depth=1)
        if answer.status in {403, 404, 410}:
            raise BarredError
        return answer

    def _propfind(self, path: str, props: str) -> Multistatus:
        asked = body("propfind", element("prop", props))
        return self._read(self._asked("PROPFIND", path, asked), path)

    def _asked(self, method: str, path: str, asked: bytes, *, depth: int = 0) -> Answer:
        headers = _XML | {"Depth": str(depth)}
        return self._sent(method, path, content=asked, headers=headers)

    def _sent(
        self, method: str, path: str, *, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        """Send a request. Raises AuthError where we are not known there."""
        answer = self.http.send(method, path, content=content, headers=headers)
        if answer.status == 401:
            raise AuthError(
                "{host} does not accept the name or the password of this channel. Many servers want"
                " an app password, which is made in their settings. Put the right one in the place"
                " of the old one, then sync again.",
                host=self.http.host,
            )
        return answer

    def _unconditional(self, answer: Answer) -> Answer:
        """Take an answer to what was asked under no condition: one that none was met with is no
        word about where we left off.
        """
        if answer.status == 412:
            raise say.broken(self.http.host, answer.status, None)
        return answer

    def _read(self, answer: Answer, path: str) -> Multistatus:
        """Read an answer; one that could not say what a place is, or is called, is of no use."""
        told = multistatus(self._unconditional(answer), self._at(path))
        if any(one.failed & _NEEDED for one in told.found.values()):
            raise say.unreadable(self.http.host, wrote=False)
        return told

    def _at(self, path: str) -> str:
        return urljoin(self.base_url, path)


_HOMES: Final = frozenset({f"{C}calendar-home-set", f"{D}current-user-principal"})
_NEEDED: Final = _HOMES | {f"{D}resourcetype", f"{D}displayname"}
