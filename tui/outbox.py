"""What goes out to the clients' tools, one line each: what becomes of it, and her word about it.

Nothing is sent from here without a key of hers about that very write.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Offset

from normalizer.said import SaidError
from store.errors import StoreError
from store.reader import Reader
from store.views import Behind, Outgoing, OutgoingView
from tui import letters
from tui.actions import OUTBOX
from tui.bound import Bound
from tui.burst import clock
from tui.choice import Choice, Option
from tui.keys import Keys
from tui.lines import Line, Span, Tone, fit
from tui.page import Lines, Page, said
from tui.reader import ReaderScreen
from tui.work import start

if TYPE_CHECKING:
    from store.database import Database
    from triage.verbs import Outcome

_MOST: Final = 500
"""Lines that are listed."""

_TICK: Final = 1.0
"""Seconds between two looks at the clock: what can still be taken back counts down."""

_LOOK: Final = 0.7
"""Seconds for which she cannot have seen that another stands under the cursor."""

_NOTHING: Final = Behind(changes=(), tries=())


class OutboxScreen(Bound, inherit_bindings=False):
    """What goes out; with `ended`, what has gone as well."""

    AUTO_FOCUS: ClassVar = ""  # the lists would take the arrows for themselves
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as Textual declares it
    name_of = OUTBOX

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys)
        self._found: list[OutgoingView] = []
        self._read = False
        self._ended = False
        self._here: int | None = None
        """The write under the cursor: the list may move beneath it."""
        self._behind: tuple[int, Behind] = (0, _NOTHING)
        self._stood = 0.0
        """Since when the cursor stands on another by itself, by the clock of keys; else 0."""

    def compose(self) -> ComposeResult:
        """The list, the one under the cursor whole, and the line of keys."""
        yield Lines(self._title, id="header")
        with Container(id="letters"):
            yield Page(id="sent")
            yield Page(id="behind")
        yield Lines(self._footer, id="footer")

    def on_mount(self) -> None:
        """Read it, and look at the clock."""
        if not self._said[0]:
            self.say(*self.app.standing)
        self.renew()
        self.set_interval(_TICK, self._tick)

    def on_resize(self) -> None:
        """What hangs from the width."""
        self.call_after_refresh(self._draw)

    @property
    def one(self) -> OutgoingView | None:
        """The write under the cursor."""
        return next((one for one in self._found if one.id == self._here), None)

    def _hers(self) -> OutgoingView | None:
        """Give the one that a key of hers is about; None, and say so, where the one before has just
        gone from under the cursor: the key was meant for that.
        """
        if self._stood and not self.app.saw(self._stood):
            self.app.say(_("That has changed meanwhile: look at it again."))
            return None
        if self.one is None:
            self.app.say(_("Nothing is waiting to be sent."))
        return self.one

    def say(self, text: str, tone: Tone) -> None:
        """What just happened, instead of the keys; "" brings them back."""
        self._said = text, tone
        for footer in self.query("#footer").results(Lines):  # none: it is only being opened
            footer.redraw()

    def refresh_status(self) -> None:
        """Draw again what ages."""
        self._draw()

    def renew(self) -> None:
        """Read it again."""
        start(self, self._load, "outbox")

    async def _load(self) -> None:
        ended, here = self._ended, self._here

        def read(reader: Reader) -> tuple[list[OutgoingView], int | None, Behind]:
            found = letters.ordered(reader.outgoing(ended=ended, limit=_MOST))
            known = any(one.id == here for one in found)
            number = here if known else found[0].id if found else None
            return found, number, _NOTHING if number is None else reader.behind(number)

        try:
            found, number, behind = await self.app.desk.read(read)
        except StoreError as error:
            self.app.trouble(error)
            return
        moved = number != self._here
        self._found, self._read = found, True
        if self._here == here:  # she has not gone on meanwhile
            self._here, self._behind = number, (number or 0, behind)
            if moved and here is not None:
                self._stood = clock() + _LOOK
        self._draw(top=moved)

    async def _look(self) -> None:
        """Read what stands behind the one under the cursor."""
        if (here := self._here) is None:
            return
        try:
            behind = await self.app.desk.read(lambda reader: reader.behind(here))
        except StoreError as error:
            self.app.trouble(error)
            return
        self._behind = (here, behind)
        self._draw(top=True)

    def _tick(self) -> None:
        if self.app.rests(self, self._tick):
            return
        if any(one.state is Outgoing.QUEUED for one in self._found):
            self._draw()

    def _draw(self, *, top: bool = False) -> None:
        if not self.query("#behind"):
            return
        look, sent, behind = self.app.look(), *map(self._page, ("#sent", "#behind"))
        lines = [
            letters.line(one, look, sent.size.width, here=one.id == self._here)
            for one in self._found
        ]
        lines = lines or self._empty()
        room = self.app.size.height // 3
        sent.styles.max_height = None if self.has_class("-wide") else min(len(lines) + 1, room)
        sent.show(lines, top=None)
        one = self.one
        self.call_after_refresh(self.place_cursor)
        if one is None:
            behind.show(())
        else:
            known = self._behind[1] if self._behind[0] == one.id else _NOTHING
            whole = letters.whole(one, known, self.app.channels, look, behind.size.width)
            behind.show(whole, top=0 if top else None)
        for name in ("#header", "#footer"):
            self.query_one(name, Lines).redraw()

    def place_cursor(self) -> None:
        """Put the terminal's own cursor on the chosen line."""
        if self.is_current and self.query("#sent"):  # none: it is only being opened
            ids = [one.id for one in self._found]
            sent = self._page("#sent")
            at = ids.index(self._here) if self._here in ids else 1
            y = at - int(sent.scroll_offset.y)
            self.app.point(Offset(sent.region.x, sent.region.y + y))

    def on_click(self, event: events.Click) -> None:
        """Choose a line; twice opens its item."""
        sent = self._page("#sent")
        at = event.get_content_offset(sent)
        if at is not None and (y := at.y + int(sent.scroll_offset.y)) < len(self._found):
            if event.chain == 2:
                self.action_open()
            elif self._found[y].id != self._here:
                self._go(y)

    def _page(self, name: str) -> Page:
        return self.query_one(name, Page)

    def _empty(self) -> list[Line]:
        text = _("Nothing is waiting to be sent.") if self._read else _("Reading…")
        return [(), (Span("  " + text, Tone.DIM),)]

    def _title(self, width: int) -> list[Line]:
        text = _("What goes out, and what has gone") if self._ended else _("What goes out")
        return [(Span(" " + fit(f"{text}  {len(self._found)}", width - 2), Tone.STRONG),)]

    def _footer(self, width: int) -> list[Line]:
        return said(*self._said, width) or [self.keys.hints(OUTBOX, width, letters.idle(self.one))]

    def action_move(self, rows: int) -> None:
        """To the next write, or the one before."""
        if self._found:
            ids = [one.id for one in self._found]
            at = ids.index(self._here) if self._here in ids else 0
            self._go(max(0, min(at + rows, len(ids) - 1)))

    def action_go(self, edge: int) -> None:
        """To the first (0) or the last (-1)."""
        if self._found:
            self._go(0 if edge == 0 else len(self._found) - 1)

    def action_page(self, direction: float) -> None:
        """Scroll the one that is shown whole."""
        self._page("#behind").page(direction)

    def _go(self, at: int) -> None:
        self._here, self._stood = self._found[at].id, 0.0
        sent = self._page("#sent")
        top, height = int(sent.scroll_offset.y), max(1, sent.size.height)
        if not top <= at < top + height:
            sent.scroll_to(y=max(0, at - height // 2), animate=False)
        self._draw(top=True)
        start(self, self._look, "behind")

    def action_back(self) -> None:
        """To where she came from."""
        self.dismiss()

    def action_gone(self) -> None:
        """With what has gone, or without."""
        self._ended = not self._ended
        self.renew()

    def action_open(self) -> None:
        """The item it is about."""
        one = self.one
        if one is None or one.item_id is None:
            self.app.say(_("There is nothing to open."))
        else:
            self.app.push_screen(ReaderScreen(self.app.board, one.item_id))

    def action_take_back(self) -> None:
        """Take this one back, while it has not gone."""
        if (one := self._hers()) is None:
            return
        now = self.app.clock()
        if one.state is not Outgoing.QUEUED:
            self.app.say(_("This one cannot be taken back any more."))
            return

        def act(db: Database) -> Outcome:
            from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            return verbs.take_back(db, one.id, now)

        self.app.do(act)

    def action_arrived(self) -> None:
        """Her word: it arrived."""
        if (one := self._asked()) is not None:
            self._settle(one, arrived=True)

    def action_again(self) -> None:
        """Her word: it did not arrive, and goes again; asked once more, for it may be twice."""
        if (one := self._asked()) is None:
            return
        options = (
            Option("n", (Span(_("No, leave it as it is")),), False),
            Option("y", (Span(_("Yes, it did not arrive: send it again")),), True),
        )
        to = ", ".join(one.to) or one.title
        name, color = self.app.look().client(one.client)
        title = _("Send it again? {client}: {to}").format(client=name, to=to)

        def chosen(hers: bool | None) -> None:
            if hers:
                self._settle(one, arrived=False)

        panel = Choice(title, lambda _typed: options, color=color, careful=True)
        self.app.push_screen(panel, chosen)

    def _asked(self) -> OutgoingView | None:
        if (one := self._hers()) is None or one.state is Outgoing.ASK:
            return one
        self.app.say(_("About this one there is no question."))
        return None

    def action_drop(self) -> None:
        """Leave what was refused for good."""
        if (one := self._hers()) is None:
            return
        now = self.app.clock()
        if one.state is not Outgoing.REFUSED:
            self.app.say(_("Only what was not carried out can be left."))
            return

        def act(db: Database) -> bool:
            from store import outbox  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            return outbox.drop(db, one.id, now)

        start(self, partial(self._tell, act, _("Left: nothing more is sent of it.")), "word")

    def action_anyway(self) -> None:
        """Do it all the same: decided anew, on what stands on the screen."""
        now, me = self.app.clock(), self.app.setup.manner.me
        if (one := self._hers()) is None:
            return
        if one.item_id is None or not letters.can_again(one):
            self.app.say(_("This one cannot be decided again from here."))
            return
        item, (number, behind) = one.item_id, self._behind
        if number != one.id:
            return  # what has changed of it is not on the screen yet

        def act(db: Database) -> Outcome:
            from triage import answers  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            return answers.complete(db, [item], now, who=me, seen=behind.seen)

        self.app.do(act)

    def _settle(self, one: OutgoingView, *, arrived: bool) -> None:
        now = self.app.clock()

        def act(db: Database) -> bool:
            from store import outbox  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            return outbox.settle(db, one.id, now, arrived=arrived)

        text = _("Noted: it arrived.") if arrived else _("It goes out again.")
        start(self, partial(self._tell, act, text), "word")

    async def _tell(self, act: Callable[[Database], bool], text: str) -> None:
        try:
            taken = await self.app.desk.write(act, hers=True)
        except SaidError as error:
            self.app.trouble(error)
            return
        self.app.say(text if taken else _("That has changed meanwhile: look at it again."))
        self.renew()
        self.app.board.reload()
