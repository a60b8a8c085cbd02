"""One pull of an account's calendars: what their states tell, then each that changed.

What is gone from one calendar may have gone to another. So whatever closes something comes last,
once all calendars that changed were read; where one of them fails, it waits for the next pull.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from connectors import caldav_raws as raws
from connectors import http_said as say
from connectors.base import Batch
from connectors.caldav_asks import BarredError, Dav
from connectors.caldav_cursor import NEWLY, Left, Seen, dump
from connectors.caldav_places import Profile, choose, is_called
from connectors.caldav_told import Listed, Object
from connectors.errors import RefusedError, UnavailableError
from normalizer.raw import Raw, canonical, digest_of
from normalizer.said import Said
from normalizer.text import line

_FAILURES: Final = 2
"""Calendars in a row that may fail before the rest is left for later."""

_TOGETHER: Final = 200
"""Records of one batch."""


Recall: TypeAlias = Callable[[str], Iterable[Raw]]
"""Prefix of the external id → what is kept of this channel under it."""


@dataclass(frozen=True, slots=True)
class _Closing:
    """What is gone from a calendar, and where it stands after that."""

    seen: Seen
    gone: tuple[Raw, ...]


class Pull:
    """What one pull knows."""

    def __init__(self, dav: Dav, left: Left, config: Profile, recall: Recall) -> None:
        self._dav, self._config, self._said, self._recall = dav, config, left, recall
        self._homes, self._alone, self._pins = left.homes, left.alone, left.pins
        self._seen, self._first = dict(left.calendars), not left.calendars
        self._closing: dict[str, _Closing] = {}
        self._brought: set[str] = set()
        """The to-dos that this pull has read. A first one replaces nothing, and counts none."""

        self._told: tuple[Raw, ...] = ()
        """What goes into the next batch before all else."""

        self._notices: list[Said] = []

    def batches(self) -> Iterator[Batch]:
        """Go through the calendars. What fails at one of them is raised after the others."""
        trouble = yield from self._through(self._chosen())
        if trouble is None:
            gone = [raw for one in self._closing.values() for raw in one.gone]
            gone += self._elsewhere({raw.external_id for raw in gone})
            for path, closing in self._closing.items():
                self._seen[path] = closing.seen
        self._notices += [_lost(path, seen) for path, seen in self._seen.items() if seen.lost]
        if trouble is None and gone:
            yield self._batch(tuple(gone))
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
                self._lose(one.path, one.name)
            except (UnavailableError, RefusedError) as error:
                failed += 1
                if failed == _FAILURES or getattr(error, "retry_after", None) is not None:
                    raise
                trouble = trouble or error
        return trouble

    # Which calendars

    def _chosen(self) -> tuple[Listed, ...]:
        """Choose the calendars to read; freeze what is no longer listed, and forget what she took
        off the config.
        """
        listing = self._listing()
        choice = choose(self._config.calendars, self._pins, listing)
        if choice.pins != self._pins:
            self._pins, self._told = choice.pins, (raws.names(choice.pins),)
        self._notices += choice.notices
        chosen, there = ({one.path for one in some} for some in (choice.calendars, listing))
        for path, seen in list(self._seen.items()):
            if path in chosen:
                continue
            if path not in there and self._is_hers(path, seen):
                self._lose(path, seen.name)
            else:
                del self._seen[path]
        for entry in choice.missing:
            if not any(
                path == self._pins.get(entry) or is_called(entry, seen.name, path)
                for path, seen in self._seen.items()
            ):
                self._notices.append(
                    Said(
                        "There is no calendar {calendar} for tasks at {host}.",
                        (("calendar", line(entry, 60)), ("host", self._dav.http.host)),
                    )
                )
        return choice.calendars

    def _is_hers(self, path: str, seen: Seen) -> bool:
        names = self._config.calendars
        return path in self._pins.values() or any(is_called(one, seen.name, path) for one in names)

    def _lose(self, path: str, name: str) -> None:
        """Freeze what is kept of a calendar."""
        seen = self._seen.get(path, Seen(name=line(name, 60)))
        if not seen.lost:
            self._seen[path] = replace(seen, mark=NEWLY, lost=True)

    def _elsewhere(self, going: Container[str]) -> Iterator[Raw]:
        """Let go of what lies in calendars that are not there any more and was read in another:
        who put their lists in order made new ones, and deleted the old ones with what was in them.

        `going`: what goes for another reason.
        """
        lost = {path: seen for path, seen in self._seen.items() if seen.lost}
        newly = any(seen.mark == NEWLY for seen in lost.values())
        live = set(self._brought)
        for path in self._seen.keys() - lost.keys() if newly else ():
            for raw in self._recall(path):
                if raw.external_id not in going:
                    live |= raws.held(raw)
        for path, seen in lost.items() if newly or live else ():
            kept = {raw.external_id: raws.held(raw) for raw in self._recall(path)}
            moved = [one for one, held in kept.items() if held and held <= live]
            try:
                gone = (bool(moved) or not kept) and self._dav.is_gone(path)
            except UnavailableError:
                continue
            yield from map(raws.gone, moved if gone else ())
            if gone and len(moved) == len(kept):
                del self._seen[path]
            elif gone or not moved:
                self._seen[path] = replace(seen, mark="")

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
        self._settle(listed.path, now, list(gone.values()))
        if held:
            yield self._batch(held)

    def _whole(self, listed: Listed, *, unless: str = "") -> Iterator[Batch]:
        """Read all of a calendar. `unless` its etags are those by which it was read before."""
        mark, path = listed.mark, listed.path
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
            ids |= {one.path for one in part if not raws.is_other(one.data)}
            yield self._partly(listed, part)
        yield from self._ended(listed, self._read(listed, mark), ids)

    def _paged(self, listed: Listed) -> Iterator[Batch]:
        """Read all of a calendar that holds more than the server says at once."""
        ids: set[str] = set()
        token = ""
        try:
            for page in self._dav.since(listed.path, ""):
                token = page.token
                for part in _parts(self._dav.complete(listed.path, page.objects)):
                    ids |= {one.path for one in part if not raws.is_other(one.data)}
                    yield self._partly(listed, part)
                ids -= set(page.gone)
        except LookupError:
            raise say.too_large(self._dav.http.host) from None
        mark = f"s{token}" if listed.mark[:1] == "s" else listed.mark
        yield from self._ended(listed, self._read(listed, mark), ids)

    def _partly(self, listed: Listed, part: Iterable[Object]) -> Batch:
        """Hand on a part of a calendar that is read whole. From here on it has no state that the
        server could go back to, until all of it was read.
        """
        if seen := self._seen.get(listed.path):
            self._seen[listed.path] = replace(seen, mark="", lost=False)
        return self._batch(self._records(listed, part))

    def _ended(self, listed: Listed, now: Seen, ids: Container[str]) -> Iterator[Batch]:
        """Ask by name for what is kept of a calendar and was not among what is in it, `ids`: an
        answer that leaves something out must close nothing.
        """
        left = [raw.external_id for raw in self._recall(listed.path) if raw.external_id not in ids]
        gone: list[Raw] = []
        for part in _parts(self._dav.named(listed.path, left)):
            there = [one for one in part if one.data and not raws.is_other(one.data)]
            if there:
                yield self._partly(listed, there)
            gone += [raws.gone(one.path) for one in part if one not in there]
        self._settle(listed.path, now, gone)

    def _settle(self, path: str, now: Seen, gone: Sequence[Raw]) -> None:
        """Note where a calendar stands; where something is gone from it, that waits for the end."""
        if gone:
            self._closing[path] = _Closing(now, tuple(gone))
        else:
            self._seen[path] = now

    def _listed(self, path: str) -> list[Object]:
        found = self._dav.query(path, data=False)
        if found is None:
            raise say.too_large(self._dav.http.host)
        return list(found)

    def _read(self, listed: Listed, mark: str) -> Seen:
        return Seen(name=line(listed.name, 60), called=listed.called, mark=mark)

    # Batches

    def _records(self, listed: Listed, objects: Iterable[Object]) -> tuple[Raw, ...]:
        found = tuple(
            raws.raw(one, listed.name, self._config.timezone)
            for one in objects
            if not raws.is_other(one.data)
        )
        if not self._first:
            self._brought.update(*map(raws.held, found))
        return found

    def _left(self) -> Left:
        return replace(
            self._said, homes=self._homes, alone=self._alone, pins=self._pins,
            calendars=dict(self._seen),
        )  # fmt: skip

    def _batch(self, records: tuple[Raw, ...] = ()) -> Batch:
        self._said = self._left()
        told, self._told = self._told, ()
        notices, self._notices = tuple(self._notices), []
        return Batch((*told, *records), dump(self._said), notices=notices)


def _lost(path: str, seen: Seen) -> Said:
    return Said(
        "The calendar {calendar} is no longer shared with you, or was deleted. What was"
        " fetched from it stays here as it was; nothing was closed.",
        (("calendar", seen.name or path),),
    )


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
