"""The program on the screen: verbs, notices, and the clock; the screens do the rest."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.driver import Driver

from normalizer.said import SaidError
from store.driver import is_server
from store.errors import StoreError
from store.narrowed import Narrowed
from store.views import ChannelView, ClientView, Draft, Lane, Outgoing, Row, SavedView
from tui import (
    adding,
    answer,
    changes,
    clicks,
    closing,
    commands,
    done,
    focus,
    link,
    linking,
    live,
    log,
    snooze,
    today,
)
from tui import help as key_help
from tui.actions import QUEUE, READER
from tui.board import Board
from tui.burst import Burst
from tui.desk import Desk
from tui.fetching import LOOK, Fetching
from tui.files import Files
from tui.keys import hers
from tui.lines import Tone
from tui.looked import Looking
from tui.outbox import OutboxScreen
from tui.page import Speaker
from tui.reader import ReaderScreen
from tui.rows import Look
from tui.setup import Setup
from tui.source import Source
from tui.taste import Tasted
from tui.work import start

if TYPE_CHECKING:
    from store.database import Database
    from triage.verbs import Outcome

POLL = 0.25
"""Seconds between two looks at whether the database has changed."""

SILENT = 5.0
"""Seconds without an answer after which the screen says that the database gives none."""

AGAIN = 2.0
"""Seconds between two tries to reach a database that could not be."""

LANES = {
    "archive": Lane.ARCHIVED, "snooze": Lane.SNOOZED, "wait": Lane.WAITING,
    "plan": Lane.PLANNED, "inbox": Lane.INBOX,
}  # fmt: skip


class Trastienda(Tasted):
    """The queue and the reader over one database."""

    CSS_PATH = "style.tcss"
    TITLE = "Trastienda"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [Binding("ctrl+c", "how_to_leave", show=False, priority=True)]

    def __init__(
        self, setup: Setup, reader: Narrowed, source: Source, *,
        clients: Sequence[ClientView] = (), channels: Sequence[ChannelView] = (),
        driver_class: type[Driver] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        super().__init__(setup, clock, driver_class)
        self.reader = reader
        self.desk = Desk(setup.target)
        self.desk.only = reader.only
        self.alone = reader.only or ""
        """The client, a slug, who alone is there, for others see the screen; "": all are."""

        self.looking = Looking(self)
        self.clients, self.channels = clients, channels
        self.own_views: Sequence[SavedView] = ()
        self.unsent: Mapping[Outgoing, int] = {}
        self.pending: set[int] = set()
        self.unkept: dict[int, tuple[Draft, Callable[[Database], object]]] = {}
        """What she wrote about items and the database did not take yet; the latest of each."""
        self.files = Files(self)
        self._burst = Burst(self, super().on_event)
        self.last_key = time.monotonic()
        self.keys = hers(setup.taste.keys, setup.keymap)
        self.board = Board(source, self.keys)
        self.used: list[str] = []
        """The commands that she has chosen by name, the last one first."""
        self._version: int | None = None
        self.fetching = Fetching(setup.start_engine) if setup.start_engine else None
        self._unreachable_until = 0.0
        self._troubles: dict[str, str] = {}
        self.last: Callable[[Sequence[int]], None] | None = None
        """Decides about something what she decided last."""

        self._said = self._hush = 0
        """How often something was said, and which of it is still on the screen; 0: none."""

    def get_default_screen(self) -> Board:
        """The queue."""
        return self.board

    def look(self) -> Look:
        """What rows are drawn with, now."""
        return Look(
            clients={client.slug: client for client in self.clients}, zone=self.setup.timezone,
            now=self.seen_at, plain=self.plain, keys=self.keys, focus=self.alone,
        )  # fmt: skip

    def on_ready(self) -> None:
        """The first rows are on the screen: now load the rest, and fetch."""
        if self._driver is not None:
            self._driver.write("\x1b[?25h")  # screen readers follow the terminal's own cursor
        self.board.queue.place_cursor()
        if is_server(self.setup.target):
            self.board.queue.source.ask = self._ask
        self.desk.warm()
        if self.fetching is not None:
            start(self, self._fetch_on, "engine")
            self.set_interval(LOOK, lambda: start(self, self._fetch_on, "engine"))
        start(self, partial(today.greet, self), "greet")
        live.begin(self)
        self.set_interval(POLL, self._poll)
        self.set_interval(10, self.board.refresh_status)

    async def _fetch_on(self) -> None:
        """Keep the fetching going, and say where it does not go."""
        assert self.fetching is not None  # noqa: S101 - asked by the caller
        await asyncio.to_thread(self.fetching.look)
        self._stands("engine", self.fetching.problem)

    def on_unmount(self) -> None:
        """What she decided is written before we leave."""
        stopping = threading.Thread(target=self.fetching.stop) if self.fetching else None
        if stopping is not None:
            stopping.start()
        for _draft, keep in self.unkept.values():
            self.desk.write(keep, hers=True)
        if not self.desk.close():
            text = _("The database did not answer: what you decided last may not be saved.")
            self._exit_renderables.append(Text(text))
        if stopping is not None:
            stopping.join()

    async def on_event(self, event: events.Event) -> None:
        """Remember when she last pressed a key or a button: nothing moves under busy hands."""
        if isinstance(event, events.Key | events.MouseDown | events.MouseScrollUp
                      | events.MouseScrollDown):  # fmt: skip
            self.last_key = time.monotonic()
            self.stirred()
        if isinstance(event, events.MouseDown):
            self._burst.pressed = event.time
        if isinstance(event, events.Key):
            await self._burst.take(event)
        else:
            await super().on_event(event)

    def saw(self, stood: float) -> bool:
        """Tell whether what she has pressed came when something stood there, since `stood`."""
        return 0 < stood < self._burst.pressed

    def _poll(self) -> None:
        if self.desk.silence > SILENT:
            text = _("The database does not answer. What you see is as it was last read.")
            self._stands("database", text)
        if time.monotonic() >= self._unreachable_until:
            start(self, self.look_for_changes, "poll")

    async def look_for_changes(self, *, since_now: bool = False) -> None:
        """Notice what others committed; `since_now`: the list is about to be read anyway."""
        try:
            version = await self.desk.read(lambda reader: reader.version())
        except StoreError as error:
            self._unreachable_until = time.monotonic() + AGAIN
            self._stands("database", error.said.text(_))
            return
        if version != self._version or self._stands("database", ""):
            if not since_now:
                self.board.noticed()
            if isinstance(self.screen, ReaderScreen | OutboxScreen | closing.Closing):
                self.unless_still(self.screen, self.screen.renew)
        self._version = version

    def _ask(self, number: int, wanted: Sequence[int]) -> None:
        start(self, partial(self._fetch, number, wanted), "pages", alone=False)

    async def _fetch(self, number: int, wanted: Sequence[int]) -> None:
        """Bring a page of rows from a server, which may take its time."""
        queue = self.board.queue
        rows: Sequence[Row | None] | StoreError
        try:
            rows = await self.desk.read(lambda reader: reader.rows(wanted))
        except StoreError as error:
            rows = error
        # After an error nothing is drawn: the next key asks again.
        if queue.source.arrived(number, wanted, rows) and not isinstance(rows, StoreError):
            queue.refresh()
            queue.post_message(queue.Moved())

    def say(self, text: str, tone: Tone = Tone.GOOD) -> int:
        """Say what happened, on the last line, for a while; return the number of what is said."""
        self._said += 1
        number = self._hush = self._said
        self._show(text, tone)
        self.fade(8 if tone is Tone.GOOD else 20, lambda: self._quiet(number))
        return number

    def is_said(self, number: int) -> bool:
        """Tell whether that still stands there."""
        return number == self._hush

    def _show(self, text: str, tone: Tone) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Speaker):
                screen.say(text, tone)

    def _quiet(self, number: int) -> None:
        if number == self._hush:
            self._hush = 0
            self._show(*self.standing)

    @property
    def standing(self) -> tuple[str, Tone]:
        """What is wrong for as long as it is; "" where nothing is."""
        text = next(iter(self._troubles.values()), "")
        return (f"! {text}", Tone.ALERT) if text else ("", Tone.PLAIN)

    def _stands(self, what: str, text: str) -> bool:
        """Say for as long as it stands what is wrong with `what`; True where that is news."""
        if self._troubles.get(what, "") == text:
            return False
        self._troubles[what] = text
        if not text:
            del self._troubles[what]
        if not self._hush:
            self._show(*self.standing)
        return True

    def trouble(self, error: Exception) -> None:
        """Say what went wrong and what to do next; never a traceback."""
        said = error.said.text(_) if isinstance(error, SaidError) else str(error)
        self.say("! " + said, Tone.ALERT)

    @property
    def top(self) -> Board | ReaderScreen:
        """What a verb is given on: the list, or an item."""
        return cast("Board | ReaderScreen", self.screen)

    def action_verb(self, name: str) -> None:
        """Do one of her five decisions to what is chosen."""
        items = self.top.chosen
        if not items:
            self.say(_("There is nothing to do that to."))
        elif name == "snooze":
            snooze.begin(self, len(items), partial(self._decide, name, items))
        else:
            self._decide(name, items)

    def action_repeat(self) -> None:
        """Decide the same again, about what is chosen now."""
        if self.last is not None and (items := self.top.chosen):
            self.last(items)

    def action_today(self, name: str) -> None:
        """Do something about her plan of the day."""
        if name == "close":
            closing.begin(self)
        else:
            today.ACTS[name](self, self.top.chosen)

    def _decide(self, name: str, items: Sequence[int], until: snooze.Until | None = None) -> None:
        lane = LANES[name]
        now = self.clock()
        self.last = partial(self._decide, name, until=until)

        def act(db: Database) -> Outcome:
            from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            if until is not None:
                return verbs.snooze(db, items, until.at, now, hard=until.hard)
            verb: Callable[[Database, Sequence[int], datetime], Outcome] = getattr(verbs, name)
            return verb(db, items, now)

        self.decide(act, items, lane)

    def decide(self, act: Callable[[Database], Outcome], items: Sequence[int], lane: Lane) -> None:
        """Do what puts items in a lane: what leaves the list leaves it at once."""
        if not self.board.request.keeps(lane):
            self.pending.update(items)
        self.top.placed(items, lane)
        self.do(act, items, verb=True)

    def do(
        self, act: Callable[[Database], Outcome], items: Sequence[int] = (), *, verb: bool = False
    ) -> None:
        """Do something to the database and say what came of it; `verb`: undo takes it back."""
        # Handed over here and now: leaving at once afterwards must not lose it.
        done = self.desk.write(act, hers=True)
        work = partial(self._done, done, items, self._stand, verb=verb)
        start(self, work, "verbs", alone=False)

    @property
    def _stand(self) -> tuple[object, ...]:
        """Where she is: it is another once she goes on, also by keys that wait for their turn."""
        return self.last_key, self.screen, self.board.queue.here

    async def _done(
        self, done: Awaitable[Outcome], items: Sequence[int], stood: tuple[object, ...], *,
        verb: bool,
    ) -> None:  # fmt: skip
        try:
            outcome = await done
        except SaidError as error:
            self.pending.difference_update(items)
            self._lead(items, stood)
            self.trouble(error)
            return
        self.pending.difference_update(items)
        text = outcome.text.text(_)
        if verb and outcome.items:
            undone = _("{key} undoes it").format(key=self.key("undo"))
            self.say("✓ " + text.rstrip(".") + " · " + undone)
        else:
            self.say(text)
        self._lead(() if items else outcome.items, stood)

    def _lead(self, items: Sequence[int], stood: tuple[object, ...]) -> None:
        """Read the list again, and go to what came back to it, unless she has gone on since."""
        stays = stood == self._stand
        self.board.reload(at=items, asked=self.last_key if stays else 0.0)
        if items and stays and isinstance(self.screen, ReaderScreen):
            self.screen.show(items[0])

    def action_undo(self) -> None:
        """Take the last decision back."""
        self._again("undo")

    def action_redo(self) -> None:
        """Take the one undone again."""
        self._again("redo")

    def _again(self, name: str) -> None:
        # While others see the screen, nothing happens to what is not there.
        now, client = self.clock(), self.alone or None

        def act(db: Database) -> Outcome:
            from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            turn = verbs.undo if name == "undo" else verbs.redo
            return turn(db, now, client)

        self.do(act)

    def action_see(self, tab: int) -> None:
        """Show a view whose tab was clicked."""
        clicks.see(self, tab)

    def action_log(self) -> None:
        """What she did."""
        start(self, partial(log.show, self), "log")

    async def action_done(self) -> None:
        """Have done with what is chosen, at the clients' as well; later keys wait for it."""
        await done.begin(self, self.top.chosen)

    async def action_add(self) -> None:
        """Make a new task; later keys wait for the question."""
        await adding.press(self)

    def action_outbox(self) -> None:
        """What goes out to the clients' tools."""
        self.push_screen(OutboxScreen(self.keys))

    def action_changes(self) -> None:
        """What changed at the client's."""
        changes.show(self)

    def action_link(self) -> None:
        """Show where a link really goes, then open it."""
        link.choose(self, self.top.links)

    def action_copy(self) -> None:
        """Copy the first link."""
        link.copy(self, self.top.links)

    def action_reply(self, texts: bool = False) -> None:
        """Write an answer; `texts`: with a text of hers."""
        answer.ask(self, self.top, partial(link.go, self), texts=texts)

    def key(self, action: str) -> str:
        """The key of something that is done to an item, as a sentence names it."""
        return self.keys.name(action, READER if isinstance(self.screen, ReaderScreen) else QUEUE)

    action_press = commands.press
    action_join = linking.join
    action_sync = live.sync
    action_alone = focus.press
    action_everybody = focus.everybody
    action_commands = commands.show
    action_help = key_help.show

    def _fatal_error(self) -> None:
        """Leave after a mistake of ours: the log has it all, the terminal none of her data."""
        logging.getLogger(__name__).error("The screen broke.", exc_info=self._exception)
        text = _("Something broke in the screen. Nothing is lost; the log says what it was.")
        self._exit_renderables.append(Text(text))
        self._close_messages_no_wait()

    def action_how_to_leave(self) -> None:
        """Ctrl+C says how."""
        leave = self.keys.name("leave", QUEUE), self.keys.name("quit", QUEUE)
        self.say(_("{key} or {other} leaves.").format(key=leave[0], other=leave[1]))
