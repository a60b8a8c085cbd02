"""The program on the screen: verbs, notices, and the clock; the screens do the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from gettext import gettext as _
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.driver import Driver
from textual.filter import LineFilter

from normalizer.said import SaidError
from store.reader import Reader
from store.views import ChannelView, ClientView, Lane
from tui import help as commands
from tui import link, snooze
from tui.actions import Action
from tui.board import Board
from tui.choice import Choice
from tui.desk import Desk
from tui.guard import ControlGuard
from tui.lines import Span, Tone, safe
from tui.log import panel as log_panel
from tui.reader import ReaderScreen
from tui.rows import Look
from tui.setup import Engine, Setup
from tui.source import Source

if TYPE_CHECKING:
    from store.database import Database
    from triage.verbs import Outcome

POLL = 0.25
"""Seconds between two looks at whether the database has changed."""

LANES = {
    "archive": Lane.ARCHIVED, "snooze": Lane.SNOOZED, "wait": Lane.WAITING,
    "plan": Lane.PLANNED, "inbox": Lane.INBOX,
}  # fmt: skip


class Trastienda(App[int]):
    """The queue and the reader over one database."""

    CSS_PATH = "style.tcss"
    TITLE = "Trastienda"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [Binding("ctrl+c", "how_to_leave", show=False, priority=True)]

    def __init__(
        self, setup: Setup, reader: Reader, source: Source, *,
        clients: Sequence[ClientView] = (), channels: Sequence[ChannelView] = (),
        driver_class: type[Driver] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        super().__init__(driver_class=driver_class)
        self.setup, self.reader, self.clock = setup, reader, clock
        self.desk = Desk(setup.target)
        self.clients, self.channels = clients, channels
        self.pending: set[int] = set()
        self.last_key = time.monotonic()
        self.board = Board(source)
        self._version: int | None = None
        self._engine: Engine | None = None
        self._hush = 0
        self.theme = "ansi-dark"

    def get_default_screen(self) -> Board:
        """The queue."""
        return self.board

    def get_line_filters(self) -> list[LineFilter]:
        """Ours last: nothing is added to a line after it."""
        return [*super().get_line_filters(), ControlGuard()]

    def look(self) -> Look:
        """What rows are drawn with, now."""
        clients = {client.slug: client for client in self.clients}
        return Look(clients=clients, zone=self.setup.timezone, now=self.clock())

    def on_ready(self) -> None:
        """The first rows are on the screen: now load the rest, and fetch."""
        if self._driver is not None:
            self._driver.write("\x1b[?25h")  # screen readers follow the terminal's own cursor
        self.board.queue.place_cursor()
        self.desk.warm()
        if self.setup.start_engine is not None:
            self.run_worker(self._start_engine, thread=True, group="engine")
        self.set_interval(POLL, self._poll)
        self.set_interval(10, self._tick)

    def _start_engine(self) -> None:
        assert self.setup.start_engine is not None  # noqa: S101 - asked by the caller
        try:
            self._engine = self.setup.start_engine()
        except (OSError, SaidError) as error:
            self.call_from_thread(self.trouble, error)

    def on_unmount(self) -> None:
        """What she decided is written before we leave."""
        if self._engine is not None:
            self._engine.stop()
        self.desk.close()

    async def on_event(self, event: events.Event) -> None:
        """Remember when she last pressed a key: nothing moves under busy hands."""
        if isinstance(event, events.Key):
            self.last_key = time.monotonic()
        await super().on_event(event)

    def _poll(self) -> None:
        self.run_worker(self._look_for_changes(), group="poll", exclusive=True)

    async def _look_for_changes(self) -> None:
        try:
            version = await self.desk.read(lambda reader: reader.version())
        except SaidError:
            return
        if self._version is not None and version != self._version:
            self.board.noticed()
            if isinstance(self.screen, ReaderScreen):
                self.screen.renew()
        self._version = version

    def _tick(self) -> None:
        self.board.refresh_status()

    def say(self, text: str, tone: Tone = Tone.GOOD) -> None:
        """Say what happened, on the last line, for a while."""
        self._hush += 1
        number = self._hush
        self._show(text, tone)
        self.set_timer(8 if tone is Tone.GOOD else 20, lambda: self._quiet(number))

    def _show(self, text: str, tone: Tone) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Board | ReaderScreen):
                screen.say((Span(" " + safe(text), tone),) if text else ())

    def _quiet(self, number: int) -> None:
        if number == self._hush:
            self._show("", Tone.PLAIN)

    def trouble(self, error: Exception) -> None:
        """Say what went wrong and what to do next; never a traceback."""
        said = error.said.text(_) if isinstance(error, SaidError) else str(error)
        self.say("! " + said, Tone.ALERT)

    @property
    def _top(self) -> Board | ReaderScreen:
        return cast("Board | ReaderScreen", self.screen)

    def action_verb(self, name: str) -> None:
        """Do one of her five decisions to what is chosen."""
        items = self._top.chosen
        if not items:
            self.say(_("There is nothing to do that to."))
        elif name == "snooze":
            self.push_screen(snooze.panel(len(items), self.look()), self._until(items))
        else:
            self._decide(name, items)

    def _until(self, items: Sequence[int]) -> Callable[[snooze.Until | None], None]:
        def chosen(until: snooze.Until | None) -> None:
            if until is None:
                return
            if until.at is None and not until.reply:
                self.push_screen(snooze.question(self.look()), dated)
            else:
                self._decide("snooze", items, until)

        def dated(moment: datetime | None) -> None:
            if moment is not None:
                self._decide("snooze", items, snooze.Until(moment))

        return chosen

    def _decide(self, name: str, items: Sequence[int], until: snooze.Until | None = None) -> None:
        lane = LANES[name]
        now = self.clock()

        def act(db: Database) -> Outcome:
            from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            if until is not None:
                return verbs.snooze(db, items, until.at, now, wake_on_reply=until.reply)
            verb: Callable[[Database, Sequence[int], datetime], Outcome] = getattr(verbs, name)
            return verb(db, items, now)

        if not self.board.request.keeps(lane):
            self.pending.update(items)
        self._top.placed(items, lane)
        self.run_worker(self._act(act, items), group="verbs")

    async def _act(
        self, act: Callable[[Database], Outcome], items: Sequence[int] = (), *, back: bool = False
    ) -> None:
        try:
            outcome = await self.desk.write(act)
        except SaidError as error:
            self.pending.difference_update(items)
            self.board.reload(at=items[0] if items else None)
            self.trouble(error)
            return
        self.pending.difference_update(items)
        text = outcome.text.text(_)
        if not outcome.items or back:
            self.say(text)
        else:
            self.say("✓ " + text.rstrip(".") + " · " + _("u undoes it"))
        self.board.reload(at=outcome.items[0] if back and outcome.items else None)

    def action_undo(self) -> None:
        """Take the last decision back."""
        self._again("undo")

    def action_redo(self) -> None:
        """Take the one undone again."""
        self._again("redo")

    def _again(self, name: str) -> None:
        now = self.clock()

        def act(db: Database) -> Outcome:
            from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            return verbs.undo(db, now) if name == "undo" else verbs.redo(db, now)

        self.run_worker(self._act(act, back=True), group="verbs")

    def action_log(self) -> None:
        """What she did."""
        self.run_worker(self._show_log(), group="log", exclusive=True)

    async def _show_log(self) -> None:
        look = self.look()
        try:
            options = await self.desk.write(lambda db: log_panel(db, look))
        except SaidError as error:
            self.trouble(error)
            return
        await self.push_screen(Choice[None](_("What you did, newest first"), lambda _t: options))

    def action_sync(self) -> None:
        """Ask for everything to be fetched now."""
        self.run_worker(self._sync(), group="sync", exclusive=True)

    async def _sync(self) -> None:
        now, client = self.clock(), self.board.request.client

        def ask(db: Database) -> None:
            from store import directory  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            directory.ask(db, now, client)

        try:
            await self.desk.write(ask)
        except SaidError as error:
            self.trouble(error)
        else:
            self.say(_("Asked for. The line above says how fresh each channel is."))

    def action_link(self) -> None:
        """Show where a link really goes, then open it."""
        links = self._top.links
        if links:
            self.push_screen(link.panel(links), self._browse)
        else:
            self.say(_("No link in here."))

    def _browse(self, address: str | None) -> None:
        if address is not None:
            self.run_worker(lambda: self._open(address), thread=True, group="browser")

    def _open(self, address: str) -> None:
        opened = link.browse(address)
        text = _("Opened in the browser.") if opened else _("No browser here: y copies the link.")
        self.call_from_thread(self.say, text)

    def action_copy(self) -> None:
        """Copy the first link through the terminal (OSC 52)."""
        links = self._top.links
        if links:
            self.copy_to_clipboard(links[0])
            self.say(_("Copied: {link}").format(link=links[0]))
        else:
            self.say(_("No link in here."))

    def action_commands(self) -> None:
        """The keys of this screen, and what they do."""
        screen = self._top
        self.push_screen(commands.panel(screen.name_of), self._command)

    def _command(self, action: Action | None) -> None:
        if action is not None:
            call = action.call or action.name
            self.run_worker(self.run_action(call, self._top), group="command")

    def action_how_to_leave(self) -> None:
        """Ctrl+C says how."""
        self.say(_("q or Ctrl+Q leaves."))
