"""The queue's screen: views, list, what is under the cursor, and who is how fresh."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Mapping, Sequence
from functools import partial
from gettext import gettext as _
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from store.day import Load
from store.errors import QueryError, StoreError
from store.reader import Reader
from store.views import Lane
from tui import clients, empty, likely, matter, own, strip, today
from tui.actions import QUEUE
from tui.bar import TYPING, Bar
from tui.bound import Bound
from tui.detail import Detail
from tui.keys import Keys
from tui.lines import Line, Span, Tone, length, wrap
from tui.page import Lines, said
from tui.queue import Queue
from tui.reader import ReaderScreen
from tui.rows import Look
from tui.source import FIRST, Source, news
from tui.views import OWN, VIEWS, Request, names
from tui.work import start

IDLE = 10
"""Seconds without a key after which new items may join a list whose top is under the cursor."""


class Board(Bound, inherit_bindings=False):
    """One list at a time; `request` says which."""

    AUTO_FOCUS: ClassVar = "Queue"  # or a key that comes early is written into the field
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012 - as Textual declares it
    name_of = QUEUE

    def __init__(self, source: Source, keys: Keys) -> None:
        super().__init__(keys)
        self.request = Request()
        self.queue = Queue(source, self._look, self._empty)
        self.whole = len(source) < FIRST
        self.loaded = bool(source.ids)
        self.counts: Mapping[str, int] = {}
        self.load: Load | None = None
        self.hints = likely.Hints()
        self._fresh: array[int] | None = None
        self._badge = 0
        self._restart = False
        self._aim: Sequence[int] = ()
        """Items at whose first the next list read is to be shown; one asked for later keeps it."""
        self._aimed = 0.0
        self._pause = 0.0
        self.bar = Bar(self)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Lines(self._header, id="header")
        yield self.bar
        yield self.bar.told
        with Horizontal(id="middle"):
            yield self.queue
            yield Detail(id="detail")
        yield Lines(partial(today.line, self), id="capacity")
        yield Lines(partial(matter.beneath, self), id="peek")
        yield Lines(self._strip, id="strip")
        yield Lines(self._footer, id="footer")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.show_bar(visible=False)
        self.queue.focus()
        self.reload()

    @property
    def chosen(self) -> list[int]:
        """What a verb is about."""
        return self.queue.chosen

    @property
    def news(self) -> int:
        """How many have come in that the list does not show yet."""
        return self._badge

    @property
    def number(self) -> int | None:
        """The item that is answered."""
        return self.queue.here

    @property
    def client(self) -> str:
        """Whose it is, a slug; "" where it is only being read."""
        row = self.queue.row
        return row.client if row is not None and row.id == self.number else ""

    def came_back(self) -> None:
        """What was opened over the list is closed."""
        self.queue.renew()

    @property
    def links(self) -> list[str]:
        """The item's own address."""
        row = self.queue.row
        return [row.url] if row and row.url else []

    def reload(
        self, *, restart: bool = False, at: Sequence[int] = (), asked: float | None = None,
        wait: float = 0,
    ) -> None:  # fmt: skip
        """Read the list again in the background; `restart` where it is another list.

        The items `at` come back at once, and the cursor goes to the first of them, unless she
        has moved on by herself since this was `asked`: now, or by the monotonic clock.
        """
        self._restart = self._restart or restart
        if restart or at:
            self._aim, self._aimed = at, time.monotonic() if asked is None else asked
        start(self, partial(self._load, wait), "load")

    def _at(self, ids: array[int]) -> int | None:
        if not self._aim or self.app.last_key > self._aimed:
            return None
        aim = set(self._aim)
        return next((number for number in (self.queue.here, *ids) if number in aim), self._aim[0])

    async def _load(self, wait: float) -> None:
        await asyncio.sleep(wait)
        request, restart, app = self.request, self._restart, self.app
        shown = array("q") if restart else self.queue.source.ids[:]
        look = app.look()
        started = time.monotonic()

        def read(reader: Reader, limit: int | None) -> tuple[array[int], int]:
            ids = request.ids(reader, look.now, look.zone, limit)
            return ids, 0 if restart else news(shown, ids)

        try:
            await app.look_for_changes(since_now=True)
            if restart:
                ids, _count = await app.desk.read(lambda reader: read(reader, FIRST))
                self._take(ids, at=self._at(ids), whole=len(ids) < FIRST)
            app.clients, app.channels, app.unsent, app.own_views = await app.desk.read(
                lambda reader: (
                    reader.clients(), reader.channels(), reader.unsent(), reader.saved_views()
                )
            )  # fmt: skip
            ids, count = await app.desk.read(lambda reader: read(reader, None))
        except QueryError as error:
            self._aim = ()
            self.bar.refuse(error)
            if not self.bar.display:
                self._broken(error)
            self._restart = False
            self.refresh_status()
            return
        except StoreError as error:
            self._aim = ()
            app.trouble(error)
            return
        self._pause = time.monotonic() + 4 * (time.monotonic() - started)
        self.bar.accept()
        if app.pending:
            ids = array("q", (number for number in ids if number not in app.pending))
        self._merge(ids, count, restart=restart)
        self.counts, self.load = await app.desk.read(
            lambda reader: today.counted(reader, request, app.own_views, look)
        )
        self.refresh_status()

    def _broken(self, error: QueryError) -> None:
        """A view cannot be read: nothing of another list stays under its name."""
        if self._restart:
            self.app.trouble(error)
            self._take(array("q"))

    def _merge(self, ids: array[int], count: int, *, restart: bool) -> None:
        """Take the new order now where nothing moves under her eyes; else only say how many."""
        queue = self.queue
        first = not self.whole or not queue.source.ids or not self.loaded
        self.loaded = True
        idle = (
            queue.cursor == 0
            and not queue.marked
            and time.monotonic() - self.app.last_key > IDLE
            and self.is_current
            and not self.app.plain
        )
        at, aimed = self._at(ids), bool(self._aim)
        self._restart, self._aim = False, ()
        if restart or first or aimed or (idle and count):
            self._take(ids, at=at if at is not None else (ids[0] if idle and count else None))
        else:
            self.app.tell_news(count, self._badge)
            self._fresh, self._badge = ids, count
            queue.renew()
        self.refresh_status()

    def _take(self, ids: array[int], *, at: int | None = None, whole: bool = True) -> None:
        self._fresh, self._badge, self.whole = None, 0, whole
        self.queue.grouped = self.request.grouped
        self.queue.planned = today.is_plan(self.request)
        if self._restart:
            self.loaded = True
            self._restart = False
            self.queue.restart(ids)
            if at is not None:
                self.queue.replace(ids, at=at)
        else:
            self.queue.replace(ids, at=at)
        self.refresh_status()

    def noticed(self) -> None:
        """The database has changed."""
        if time.monotonic() >= self._pause or not self.loaded:
            self.reload()
        else:
            self.set_timer(self._pause - time.monotonic(), self.reload)

    def placed(self, items: Sequence[int], lane: Lane) -> None:
        """A verb was asked for: what leaves this list leaves at once."""
        if not self.request.keeps(lane):
            self.queue.drop(items)
        self.queue.marked.clear()
        self.queue.refresh()
        self.refresh_status()

    def say(self, text: str, tone: Tone) -> None:
        """What just happened, instead of the keys; "" brings them back."""
        self._said = text, tone
        self.query_one("#footer", Lines).redraw()

    def refresh_status(self) -> None:
        """Draw again what is counted and what ages."""
        for name in ("#header", "#prompt", "#strip", "#footer", "#capacity", "#peek"):
            self.query_one(name, Lines).redraw()
        if not self.queue.source.ids:
            self.queue.refresh()

    def show_bar(self, *, visible: bool) -> None:
        """The field for search and filter."""
        self.bar.show(visible=visible)

    def on_queue_moved(self) -> None:
        """The lines about the row follow, when she rests on it."""
        start(self, self._follow, "follow")

    async def _follow(self) -> None:
        await asyncio.sleep(TYPING)
        self.query_one("#peek", Lines).redraw()
        await self.query_one(Detail).show(self.queue.here)
        await self.hints.rest(self.app, self.queue.here, self.query_one("#peek", Lines).redraw)

    def action_detail(self, direction: int) -> None:
        """Scroll what stands beside the list."""
        self.query_one(Detail).page.page(direction)

    def on_queue_chosen(self) -> None:
        """A double click opens."""
        self.action_open()

    def on_resize(self) -> None:
        """What hangs from the width."""
        self.call_after_refresh(self.refresh_status)
        self.on_queue_moved()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.queue.move(rows)

    def action_page(self, direction: float) -> None:
        """Move by a screen."""
        self.queue.page(direction)

    def action_go(self, edge: int) -> None:
        """To the first or last row."""
        self.queue.go(edge)

    def action_match(self, direction: int) -> None:
        """The next or previous of what was found."""
        self.queue.move(direction)

    def action_open(self) -> None:
        """Read the item under the cursor."""
        if self.queue.here is not None:
            self.app.push_screen(ReaderScreen(self))

    def action_mark(self) -> None:
        """Mark and go on."""
        self.queue.toggle()
        self.refresh_status()

    def action_mark_all(self) -> None:
        """Mark all or none."""
        self.queue.toggle_all()
        self.refresh_status()

    def action_merge(self) -> None:
        """Show what has come in."""
        if self._fresh is not None:
            self._take(self._fresh)

    def action_filter(self) -> None:
        """Narrow this list."""
        self.bar.open(self.request.words)

    def action_search(self) -> None:
        """Search everything."""
        self.bar.search()

    def action_save_view(self) -> None:
        """Keep what she looks at by a name."""
        own.keep(self)

    def action_views(self) -> None:
        """Her own views: open, call otherwise, remove."""
        own.show(self)

    def action_clear(self) -> None:
        """Out of the search, then the marks, then the filter, then the client."""
        self.bar.drop()

    def ask_for(self, request: Request, at: int | None = None) -> None:
        """Show another list; `at` is the item to go to."""
        self.request = request
        self.refresh_status()
        self.reload(restart=True, at=() if at is None else (at,))

    def begin(self, request: Request, at: int | None) -> None:
        """Show another list, and nothing of this one from now on."""
        self.show_bar(visible=False)
        self.queue.focus()
        self.bar.forget()
        self._fresh, self._badge, self.counts, self.load = None, 0, {}, None
        self.loaded = False
        self.queue.restart(array("q"))
        self.ask_for(request, at)

    def action_view(self, step: int) -> None:
        """The next or previous view; from a text field, to the list."""
        if self.bar.has_focus:
            self.queue.focus()
            return
        every = names(self.app.own_views)
        at = every.index(self.request.view) if self.request.view in every else 0
        self.action_view_to(every[(at + step) % len(every)])

    def action_view_to(self, name: str) -> None:
        """That view; of those of hers by `OWN` and its name."""
        hers = {OWN + one.name: one.query for one in self.app.own_views}
        if name in VIEWS or name in hers:
            asked = self.request._replace(view=name, own=hers.get(name, ""), search=None)
            self.ask_for(asked)

    def action_group(self) -> None:
        """Client by client, or all in one."""
        self.ask_for(self.request._replace(grouped=not self.request.grouped), self.queue.here)

    def action_client(self, number: int) -> None:
        """Only that client; the same again for all of them."""
        if number <= len(self.app.clients):
            self.only(self.app.clients[number - 1].slug)

    def action_clients(self) -> None:
        """Choose a client; see how each channel is."""
        panel = clients.panel(
            self.app.clients, self.app.channels, self.app.look(), self.app.size.width
        )
        self.app.push_screen(panel, self.only)

    def only(self, slug: str | None) -> None:
        """Only that client; "" for all of them."""
        if slug is not None:
            client = slug if slug and slug != self.request.client else None
            self.ask_for(self.request._replace(client=client, search=None))

    def action_leave(self) -> None:
        """Out of the search first, then out of the program."""
        if self.request.search is not None:
            self.action_clear()
        else:
            self.app.exit(0)

    def _look(self) -> Look:
        return self.app.look()._replace(sought=self.bar.sought)

    def _header(self, width: int) -> list[Line]:
        shown = len(self.queue.source)
        demo, whole = self.app.setup.demo, self.whole
        look = self.app.look()
        return [
            strip.header(
                self.request, shown, look, width, demo=demo, whole=whole, sent=self.app.unsent,
                counts=self.counts, own=self.app.own_views,
            )
        ]  # fmt: skip

    def _strip(self, width: int) -> list[Line]:
        rows = 3 if self.app.size.height >= 16 else 1
        look = self.app.look()
        return strip.channels(self.app.channels, look, width, badge=self._badge, rows=rows)

    def _footer(self, width: int) -> list[Line]:
        count = len(self.queue.marked)
        marked = _("{n} marked").format(n=count)
        badge = (Span(f" {marked} ", Tone.BADGE),) if count else ()
        first, *more = said(*self._said, width - length(badge)) or [
            self.keys.hints(QUEUE, width - length(badge))
        ]
        return [(*badge, *first), *more]

    def _empty(self) -> list[Line]:
        if not self.loaded:
            return [(Span(_("Reading…"), Tone.DIM),)]
        if self.bar.problem:
            # Where the field is, the lines under it say so.
            text = "" if self.bar.display else self.bar.problem
            return [(Span(line),) for line in wrap(text, min(60, self.app.size.width - 2))]
        return empty.lines(
            self.request, self.app.clients, self.app.channels, self.app.unsent, self.keys
        )
