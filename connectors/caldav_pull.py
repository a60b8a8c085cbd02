"""One pull of an account's calendars: what their states tell, then each that changed.

What is gone from one calendar may have gone to another. So whatever closes something comes last,
once all calendars that changed were read; where one of them fails, it waits for the next pull.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from connectors import caldav_raws as raws
from connectors import http_said as say
from connectors.base import Batch
from connectors.caldav_asks import BarredError, Dav, Listed, Object
from connectors.caldav_cursor import Left, Seen, dump
from connectors.errors import RefusedError, UnavailableError
from connectors.writing import watched
from normalizer.raw import Census, Raw, canonical, digest_of
from normalizer.said import Said
from normalizer.text import line

_FAILURES: Final = 2
"""Calendars in a row that may fail before the rest is left for later."""

_TOGETHER: Final = 200
"""Records of one batch."""


class Profile(Protocol):
    """What a pull must know of the channel's settings."""

    @property
    def calendars(self) -> tuple[str, ...]:
        """Name the calendars that are watched: by name or path; "*" is all of them."""

    @property
    def timezone(self) -> str:
        """Name the zone of a time that names none."""


@dataclass(frozen=True, slots=True)
class _Closing:
    """What is gone from a calendar, and where it stands after that."""

    seen: Seen
    gone: tuple[Raw, ...] = ()
    census: tuple[Census, ...] = ()


class Pull:
    """What one pull knows."""

    def __init__(self, dav: Dav, left: Left, config: Profile) -> None:
        self._dav, self._config, self._said = dav, config, left
        self._homes, self._alone = left.homes, left.alone
        self._seen = dict(left.calendars)
        self._closing: dict[str, _Closing] = {}
        self._notices: list[Said] = []

    def batches(self) -> Iterator[Batch]:
        """Go through the calendars. What fails at one of them is raised after the others."""
        listing = self._listing()
        self._missing(listing)
        wanted = [one for one in listing if is_wanted(self._config, one)]
        trouble = yield from self._through(wanted)
        if trouble is None:
            for path, closing in self._closing.items():
                self._seen[path] = closing.seen
            gone = tuple(raw for one in self._closing.values() for raw in one.gone)
            census = tuple(count for one in self._closing.values() for count in one.census)
            if gone or census:
                yield self._batch(gone, census)
        if self._left() != self._said or self._notices:
            yield self._batch()
        if trouble is not None:
            raise trouble

    def _listing(self) -> list[Listed]:
        """List the calendars; where their home is not where it was, look for it again."""
        if self._homes:
            try:
                return self._dav.calendars(self._homes, alone=self._alone)
            except BarredError:
                pass
        me = self._dav.me()
        self._homes, self._alone = me.homes, me.alone
        try:
            return self._dav.calendars(self._homes, alone=self._alone)
        except BarredError:
            raise RefusedError(
                "{host} does not let us see the calendars. Whoever owns them can share them.",
                host=self._dav.http.host,
            ) from None

    def _through(
        self, wanted: Iterable[Listed]
    ) -> Generator[Batch, None, UnavailableError | RefusedError | None]:
        """Read each calendar, and return the first thing that went wrong."""
        trouble: UnavailableError | RefusedError | None = None
        failed = 0
        for one in wanted:
            try:
                yield from self._calendar(one)
                failed = 0
            except BarredError:
                self._lost(one.path, one.name)
            except (UnavailableError, RefusedError) as error:
                failed += 1
                if failed == _FAILURES or getattr(error, "retry_after", None) is not None:
                    raise
                trouble = trouble or error
        return trouble

    # Which calendars

    def _missing(self, listing: Sequence[Listed]) -> None:
        """Freeze what is no longer listed; forget what she took off the config."""
        there = {one.path: one for one in listing}
        for path, seen in list(self._seen.items()):
            one = there.get(path)
            if one is not None and not is_wanted(self._config, one):
                del self._seen[path]
            elif one is None and watched(self._config.calendars, seen.name, *_ids(path)):
                self._lost(path, seen.name)
            elif one is None:
                del self._seen[path]
        for name in unmatched(self._config, listing):
            if not any(watched((name,), seen.name, *_ids(p)) for p, seen in self._seen.items()):
                self._notices.append(
                    Said(
                        "There is no calendar {calendar} for tasks at {host}.",
                        (("calendar", line(name, 60)), ("host", self._dav.http.host)),
                    )
                )

    def _lost(self, path: str, name: str) -> None:
        """Freeze what is kept of a calendar, and say so as long as that lasts."""
        self._seen[path] = replace(self._seen.get(path, Seen(name=line(name, 60))), lost=True)
        self._notices.append(
            Said(
                "The calendar {calendar} is no longer shared with you, or was deleted. What was"
                " fetched from it stays here as it was; nothing was closed.",
                (("calendar", line(name, 60) or path),),
            )
        )

    # What is in them

    def _calendar(self, listed: Listed) -> Iterator[Batch]:
        """Read what may be news in a calendar: nothing, what changed, or all of it."""
        seen = self._seen.get(listed.path)
        fresh = seen is None or seen.lost or seen.called != listed.called
        if seen is None or fresh or seen.mark[:1] != (listed.mark[:1] or "e"):
            yield from self._whole(listed)
        elif listed.mark[:1] == "s":
            if seen.mark != listed.mark:
                yield from self._changed(listed, seen)
        elif listed.mark != seen.mark:
            yield from self._whole(listed, unless=seen.mark)

    def _changed(self, listed: Listed, seen: Seen) -> Iterator[Batch]:
        """Read what changed since the last time, or all where the server has forgotten when."""
        gone: dict[str, Raw] = {}
        held: tuple[Raw, ...] = ()
        token = seen.mark[1:]
        try:
            for page in self._dav.since(listed.path, token):
                token = page.token
                gone.update((path, raws.gone(path)) for path in page.gone)
                for part in _parts(self._dav.complete(listed.path, page.objects)):
                    if held:
                        yield self._batch(held)
                    held = self._records(listed, part)
                    for raw in held:
                        gone.pop(raw.external_id, None)
                    gone.update((o.path, raws.gone(o.path)) for o in part if raws.is_other(o.data))
        except LookupError:
            yield from self._whole(listed)
            return
        except UnavailableError:
            if held:
                yield self._batch(held)
            raise
        now = self._read(listed, f"s{token}")
        if gone:
            self._closing[listed.path] = _Closing(now, tuple(gone.values()))
        else:
            self._seen[listed.path] = now
        if held:
            yield self._batch(held)

    def _whole(self, listed: Listed, *, unless: str = "") -> Iterator[Batch]:
        """Read all of a calendar, and count what is in it twice: one answer that leaves something
        out must close nothing. `unless` its etags are those by which it was read before.
        """
        mark, path = listed.mark, listed.path
        bare: list[Object] | None = None
        if not mark:
            bare = self._listed(path)
            mark = "e" + digest_of(canonical(sorted((o.path, o.etag) for o in bare)).encode()).hex()
            if mark == unless:
                return
        found = self._dav.query(path)
        if found is None:
            yield from self._paged(listed)
            return
        ids: set[str] = set()
        for part in _parts(self._dav.complete(path, found)):
            records = self._records(listed, part)
            ids |= {raw.external_id for raw in records}
            yield self._batch(records)
        ids |= {one.path for one in (self._listed(path) if bare is None else bare)}
        self._counted(self._read(listed, mark), path, ids)

    def _paged(self, listed: Listed) -> Iterator[Batch]:
        """Read all of a calendar that holds more than the server says at once."""
        ids: set[str] = set()
        token = ""
        try:
            for page in self._dav.since(listed.path, ""):
                token = page.token
                for part in _parts(self._dav.complete(listed.path, page.objects)):
                    records = self._records(listed, part)
                    ids |= {raw.external_id for raw in records}
                    yield self._batch(records)
                ids -= set(page.gone)
        except LookupError:
            raise say.too_large(self._dav.http.host) from None
        mark = f"s{token}" if listed.mark[:1] == "s" else listed.mark
        self._counted(self._read(listed, mark), listed.path, ids)

    def _counted(self, now: Seen, path: str, ids: set[str]) -> None:
        census = Census(stream="todo", prefix=path, external_ids=frozenset(ids))
        self._closing[path] = _Closing(now, census=(census,))

    def _listed(self, path: str) -> list[Object]:
        found = self._dav.query(path, data=False)
        if found is None:
            raise say.too_large(self._dav.http.host)
        return list(found)

    def _read(self, listed: Listed, mark: str) -> Seen:
        return Seen(name=line(listed.name, 60), called=listed.called, mark=mark)

    # Batches

    def _records(self, listed: Listed, objects: Iterable[Object]) -> tuple[Raw, ...]:
        return tuple(
            raws.raw(one, listed.name, self._config.timezone)
            for one in objects
            if not raws.is_other(one.data)
        )

    def _left(self) -> Left:
        return replace(self._said, homes=self._homes, alone=self._alone, calendars=dict(self._seen))

    def _batch(self, records: tuple[Raw, ...] = (), census: tuple[Census, ...] = ()) -> Batch:
        self._said = self._left()
        notices, self._notices = tuple(self._notices), []
        return Batch(records, dump(self._said), census, notices)


def is_wanted(config: Profile, one: Listed) -> bool:
    """Tell whether a calendar is one of those in the config."""
    return watched(config.calendars, one.name, *_ids(one.path))


def unmatched(config: Profile, listing: Iterable[Listed]) -> list[str]:
    """Name what the config names and the server does not."""
    held = list(listing)
    return [
        name
        for name in config.calendars
        if name != "*" and not any(watched((name,), one.name, *_ids(one.path)) for one in held)
    ]


def _ids(path: str) -> tuple[str, ...]:
    """Spell a path as it may stand in the config: whole, or its last part."""
    bare = path.rstrip("/")
    return path, bare, bare.rpartition("/")[2]


def _parts(objects: Iterable[Object]) -> Iterator[list[Object]]:
    """Put objects together. What came before something went wrong comes all the same."""
    part: list[Object] = []
    try:
        for one in objects:
            part.append(one)
            if len(part) == _TOGETHER:
                yield part
                part = []
    except UnavailableError:
        if part:
            yield part
        raise
    if part:
        yield part
