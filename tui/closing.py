"""The end of her day: what she did, what waits, and what goes on tomorrow.

Nothing moves before she says so, and what then moves is one decision: undo brings all of it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult

from store.day import Day
from store.errors import StoreError
from store.reader import Reader
from store.views import Outgoing, Row
from triage import today as days
from tui import strip, today, words
from tui.actions import CLOSING
from tui.bound import Bound
from tui.keys import Keys
from tui.lines import Line, Span, Tone, cut, fit, length, spread
from tui.page import Lines, Page, said
from tui.rows import Look, carried, subject
from tui.views import Request
from tui.work import start

if TYPE_CHECKING:
    from tui.main import Trastienda

_TITLES: Final = 5
"""Of what she did for a client, how many are named."""

_FIRST: Final = 3
"""Of tomorrow's plan, how many are named."""

_SATURDAY: Final = 5


def begin(app: Trastienda) -> None:
    """Show how the day went, and move on what she wants moved."""
    screen = Closing(app.keys)

    def left(_none: None) -> None:
        if screen.answer is not None:
            today.later(app, *screen.answer)

    app.push_screen(screen, left)


class Closing(Bound, inherit_bindings=False):
    """Three parts, one beneath the other; the cursor is in the last one."""

    AUTO_FOCUS: ClassVar = ""  # the page would take the arrows for itself
    name_of = CLOSING

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys)
        self.answer: tuple[date, Sequence[int]] | None = None
        """The day to whose plan something goes on, and what."""

        self._day: Day | None = None
        self._unsent: Mapping[Outgoing, int] = {}
        self._here = 0
        self._stays: set[int] = set()
        """What she does not want moved."""

    def compose(self) -> ComposeResult:
        """The day, its three parts, and the line of keys."""
        yield Lines(self._title, id="header")
        yield Page(id="page")
        yield Lines(self._footer, id="footer")

    def on_mount(self) -> None:
        """Read it."""
        if not self._said[0]:
            self.say(*self.app.standing)
        self.renew()

    def on_resize(self) -> None:
        """The lines are as wide as the screen."""
        self.call_after_refresh(self._draw)

    def say(self, text: str, tone: Tone) -> None:
        """What just happened, instead of the keys; "" brings them back."""
        self._said = text, tone
        for footer in self.query("#footer").results(Lines):  # none: it is only being opened
            footer.redraw()

    def renew(self) -> None:
        """Read it again; her marks stay."""
        start(self, self._load, "closing")

    async def _load(self) -> None:
        look = self.app.look()
        begun = days.begins(look.now, look.zone)
        ends = days.morning(days.tomorrow(look.now, look.zone), look.zone) + timedelta(days=1)

        def read(reader: Reader) -> tuple[Day, Mapping[Outgoing, int]]:
            ids = Request(view="planned").ids(reader, look.now, look.zone)
            return reader.day(ids, begun, ends), reader.unsent()

        try:
            self._day, self._unsent = await self.app.desk.read(read)
        except StoreError as error:
            self.app.trouble(error)
            return
        self._draw()

    @property
    def _left(self) -> Sequence[Row]:
        return self._day.left if self._day else ()

    def _draw(self) -> None:
        if not self.query("#page"):
            return
        page = self.query_one("#page", Page)
        self._here = max(0, min(self._here, len(self._left) - 1))
        lines, first = self._lines(page.size.width)
        page.show(lines, top=None)
        at, top = first + self._here, int(page.scroll_offset.y)
        if self._here and not top <= at < top + page.size.height:
            page.scroll_to(y=max(0, at - page.size.height // 2), animate=False)
        for name in ("#header", "#footer"):
            self.query_one(name, Lines).redraw()

    def _lines(self, width: int) -> tuple[list[Line], int]:
        """All lines, and which of them is the first that can be moved."""
        if self._day is None:
            return [(), (Span("  " + _("Reading…"), Tone.DIM),)], 0
        look = self.app.look()
        lines = [
            _rule(_("Done today"), width), *_done(self._day, look, width), (),
            _rule(_("It waits"), width), *_waits(self._day, self._unsent, look, width), (),
            _rule(_("On to tomorrow"), width),
        ]  # fmt: skip
        if self._left:
            text = _("{key} lets one stay in today’s plan: tomorrow it counts as left over.")
            lines.append((Span(" " + text.format(key=self.keys.name("mark", CLOSING)), Tone.DIM),))
        first = len(lines)
        for number, row in enumerate(self._left):
            stays = row.id in self._stays
            lines.append(_row(row, look, width, here=number == self._here, stays=stays))
        if not self._left:
            lines.append((Span(" " + _("Nothing is left of today’s plan."), Tone.GOOD),))
        return [*lines, (), *self._tomorrow(self._day, look, width)], first

    def _tomorrow(self, day: Day, look: Look, width: int) -> Iterator[Line]:
        """What tomorrow begins with, if these go on; and whether it is a day for it."""
        moved = sorted((*self._moving, *day.tomorrow), key=lambda row: (row.act_by, row.id))
        stays = [row for row in self._left if row.id in self._stays]
        first = (*stays, *moved)[:_FIRST]
        if first:
            names = " · ".join(fit(subject(row), 40).rstrip() for row in first)
            told = Span(fit(names, max(8, width - 20)).rstrip())
            yield Span(" " + _("First tomorrow:") + " ", Tone.STRONG), told
        when = days.tomorrow(look.now, look.zone)
        if when.weekday() >= _SATURDAY and self._moving:
            text = _("Tomorrow is Saturday: {key} moves them to Monday instead.")
            if when.weekday() > _SATURDAY:
                text = _("Tomorrow is Sunday: {key} moves them to Monday instead.")
            key = self.keys.name("on_monday", CLOSING)
            yield (Span(" " + text.format(key=key), Tone.KEY),)

    @property
    def _moving(self) -> Sequence[Row]:
        return [row for row in self._left if row.id not in self._stays]

    def _title(self, width: int) -> list[Line]:
        look = self.app.look()
        day = days.of(look.now, look.zone)
        date_ = _("{weekday} {day} {month}").format(
            weekday=words.weekday(day), day=day.day, month=words.month(day)
        )
        left = (Span(" " + _("The end of the day"), Tone.STRONG), Span(f"  {date_}", Tone.DIM))
        load = self._day.load if self._day else None
        if load is None or not load.minutes + load.done:
            return [left]
        text = _("planned {planned} · done {done}").format(
            planned=words.span(load.minutes + load.done), done=words.span(load.done)
        )
        right = (Span(text + " ", Tone.STRONG),)
        return [spread(left, right, width) if length((*left, *right)) < width else left]

    def _footer(self, width: int) -> list[Line]:
        return said(*self._said, width) or [self.keys.hints(CLOSING, width)]

    def action_move(self, rows: int) -> None:
        """To another thing that is left; where none is, scroll."""
        if self._left:
            self._here += rows
            self._draw()
        else:
            self.query_one("#page", Page).move(rows)

    def action_page(self, direction: int) -> None:
        """Scroll by a screen."""
        self.query_one("#page", Page).page(direction)

    def action_mark(self) -> None:
        """Let this one go on, or stay; and to the next."""
        if self._left:
            self._stays ^= {self._left[self._here].id}
            self._here += 1
            self._draw()

    def action_mark_all(self) -> None:
        """Let all go on, or none."""
        self._stays = set() if self._stays else {row.id for row in self._left}
        self._draw()

    def action_on(self, day: str) -> None:
        """Let what is marked go on, and leave."""
        if self._day is None:
            return  # she has not seen yet what that would be
        look = self.app.look()
        when = {"tomorrow": days.tomorrow, "monday": days.monday}[day](look.now, look.zone)
        ids = [row.id for row in self._moving]
        self.answer = (when, ids) if ids else None
        self.dismiss()

    def action_back(self) -> None:
        """Leave all as it is."""
        self.dismiss()


def _rule(text: str, width: int) -> Line:
    head = Span(f"─ {text} ", Tone.STRONG)
    return head, Span("─" * max(0, width - length((head,))), Tone.DIM)


def _done(day: Day, look: Look, width: int) -> Iterator[Line]:
    """Client by client how much, and of what is done and answered what."""
    parts = (("✓", day.done), ("→", day.answered), ("", day.archived))
    of: defaultdict[str, list[list[Row]]] = defaultdict(lambda: [[] for _part in parts])
    for number, (_mark, rows) in enumerate(parts):
        for row in rows:
            of[row.client][number].append(row)
    order = {slug: number for number, slug in enumerate(look.clients)}
    for slug in sorted(of, key=lambda one: (order.get(one, len(order)), one)):
        done, answered, archived = of[slug]
        counts = [
            ngettext("{n} done", "{n} done", len(done)).format(n=len(done)) if done else "",
            ngettext("{n} answered", "{n} answered", len(answered)).format(n=len(answered))
            if answered else "",
            ngettext("{n} archived", "{n} archived", len(archived)).format(n=len(archived))
            if archived else "",
        ]  # fmt: skip
        name, color = look.client(slug)
        about = " · ".join(filter(None, counts))
        yield Span(" " + fit(name, 24).rstrip(), Tone.STRONG, color), Span(f"  {about}", Tone.DIM)
        named = [("✓", row) for row in done] + [("→", row) for row in answered]
        for mark, row in named[:_TITLES]:
            spent = words.span(row.minutes) if row.minutes is not None else ""
            title = fit(subject(row), max(8, width - 16)).rstrip()
            yield Span(f"   {mark} ", Tone.GOOD), Span(title), Span(f"  {spent}", Tone.DIM)
        if len(named) > _TITLES:
            text = _("and {n} more").format(n=len(named) - _TITLES)
            yield (Span(f"     {text}", Tone.DIM),)
    if not of:
        yield (Span(" " + _("Nothing yet."), Tone.DIM),)


def _waits(
    day: Day, unsent: Mapping[Outgoing, int], look: Look, width: int
) -> Iterator[Line]:  # fmt: skip
    """What lies with the clients, what has not gone out, and what she has begun to write."""
    if day.waiting:
        names = [f"{fit(look.client(one)[0], 20).rstrip()} {n}" for one, n in day.waiting.items()]
        text = _("With the clients: {names}").format(names=" · ".join(names))
        yield (Span(" " + fit(text, max(8, width - 2)).rstrip()),)
    if unsent:
        yield cut(strip.unsent(unsent, width, "")[:-1], width)
    if day.drafts:
        text = ngettext("{n} draft:", "{n} drafts:", len(day.drafts)).format(n=len(day.drafts))
        names = [fit(subject(row), 30).rstrip() for row in day.drafts]
        told = fit(" · ".join(names), max(8, width - len(text) - 5)).rstrip()
        yield Span(f" ✎ {text} ", Tone.KEY), Span(told)
    if not (day.waiting or unsent or day.drafts):
        yield (Span(" " + _("Nothing waits."), Tone.DIM),)


def _row(row: Row, look: Look, width: int, *, here: bool, stays: bool) -> Line:
    name, color = look.client(row.client)
    since = carried(row, look)
    room = max(8, width - 28 - (12 if since else 0))
    return (
        Span("›" if here else " ", Tone.KEY),
        Span("[ ] " if stays else "[x] ", Tone.DIM if stays else Tone.KEY),
        Span(fit(name, 14) + " ", Tone.PLAIN, color),
        Span(fit(subject(row), room), Tone.DIM if stays else Tone.STRONG if here else Tone.PLAIN),
        Span(f" {since:<11}" if since else "", Tone.KEY),
        Span(f" {words.span_cell(row.minutes):>4}", Tone.DIM),
    )
