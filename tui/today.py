"""Her plan of the day: its order, how long things take, how much fits, what goes to another day."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Final

from store.day import Load
from store.errors import StoreError
from store.views import Lane, SavedView
from triage import spans
from triage import today as days
from tui import words
from tui.actions import QUEUE
from tui.choice import Choice, Option
from tui.lines import Line, Span, Tone, length
from tui.question import Question
from tui.rows import Look
from tui.views import Request, counts

if TYPE_CHECKING:
    from store.database import Database
    from store.reader import Reader
    from triage.verbs import Outcome
    from tui.board import Board
    from tui.keys import Keys
    from tui.main import Trastienda

_BAR: Final = 10
"""Cells of the bar that stands for her day."""


def is_plan(request: Request) -> bool:
    """Whether a list is the plan of the day, or a part of it."""
    return request.view == "planned" and request.search is None


def load(reader: Reader, request: Request, look: Look) -> Load | None:
    """How much the whole plan is, where a list shows it or a part of it. Raises StoreError."""
    if not is_plan(request):
        return None
    ids = Request(view="planned").ids(reader, look.now, look.zone)
    return reader.load(ids, days.begins(look.now, look.zone))


def counted(
    reader: Reader, request: Request, own: Sequence[SavedView], look: Look
) -> tuple[Mapping[str, int], Load | None]:
    """How many there are in each view, and how much the plan is. Raises StoreError."""
    return counts(reader, request, own, look.now, look.zone), load(reader, request, look)


def capacity(
    load: Load | None, hours: float, keys: Keys, width: int, *, plain: bool = False
) -> list[Line]:  # fmt: skip
    """What is planned against what fits into her day, in words, and in a calm bar but for `plain`;
    nothing where nothing is planned.
    """
    if load is None or not (load.minutes or load.done or load.unestimated):
        return []
    fits, total = round(60 * hours), load.minutes + load.done
    texts: list[tuple[Sequence[str], Tone]] = []
    if total:
        text = _("{planned} of {day}").format(planned=words.span(total), day=words.span(fits))
        texts.append(([text], Tone.STRONG))
    else:
        count = load.unestimated
        text = ngettext("{n} planned, not estimated: {key}", "{n} planned, none estimated: {key}",
                        count)  # fmt: skip
        texts.append(([text.format(n=count, key=keys.name("estimate", QUEUE))], Tone.PLAIN))
    if total > fits:
        over = words.span(total - fits)
        text = _("{span} too much: {key} puts one off").format(
            span=over, key=keys.name("tomorrow", QUEUE)
        )
        texts.append(([text, _("{span} too much").format(span=over)], Tone.ALERT))
    if total and load.unestimated:
        text = ngettext("{n} not estimated", "{n} not estimated", load.unestimated)
        texts.append(([text.format(n=load.unestimated)], Tone.DIM))
    if load.done:
        texts.append(([_("{span} done").format(span=words.span(load.done))], Tone.DIM))
    room = width - 4
    told: list[Span] = []
    for ways, tone in texts:
        for text in ways:
            piece = (Span(" · ", Tone.DIM), Span(text, tone)) if told else (Span(text, tone),)
            if length(piece) <= room:
                told += piece
                room -= length(piece)
                break
    if plain:
        return [(Span(" "), *told)]
    bar = (Span(_bar(load, fits) + " ", Tone.DIM),) if total and room > _BAR else ()
    left = (Span("─ ", Tone.DIM), *bar, *told, Span(" ", Tone.DIM))
    return [(*left, Span("─" * max(0, width - length(left)), Tone.DIM))]


def line(board: Board, width: int) -> list[Line]:
    """What stands beneath the plan of the day, and beneath no other list."""
    if not is_plan(board.request):
        return []
    setup = board.app.setup
    return capacity(board.load, setup.hours, board.keys, width, plain=setup.taste.plain)


def _bar(load: Load, fits: int) -> str:
    """What is done, what is planned, and what is free of her day."""
    of = max(fits, load.minutes + load.done)
    done = round(_BAR * load.done / of)
    planned = round(_BAR * (load.done + load.minutes) / of) - done
    return "█" * done + "▒" * planned + "░" * (_BAR - done - planned)


def move(app: Trastienda, step: int) -> None:
    """Move what is chosen down the plan, or up; it moves at once."""
    queue = app.board.queue
    before = list(queue.source.ids)
    after = moved(before, set(queue.chosen), step)
    if after == before:
        app.say(_("It is there already."))
        return
    queue.replace(array("q", after))
    now = app.clock()

    def act(db: Database) -> Outcome:
        from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return verbs.order(db, after, now)

    # Where it fails, these bring back the order that stands.
    app.do(act, after, verb=True)


def unordered(board: Board) -> str:
    """Say why a list has no order of hers; "" where it has one."""
    request = board.request
    if not is_plan(request):
        text, key = _("Only “Today” has an order of yours: {key} goes there."), "view_next"
    elif request.grouped:
        text = _("Client by client there is no order of the day: {key} shows all in one.")
        key = "group"
    elif board.app.alone or request.client or request.words:
        text = _("The order is that of the whole day: {key} shows all of it.")
        key = "focus" if board.app.alone else "clear"
    elif not board.queue.source.ids:
        return _("This list is empty.")
    else:
        return "" if board.whole else _("Reading…")
    return text.format(key=board.keys.name(key, QUEUE))


def moved(ids: Sequence[int], chosen: set[int], step: int) -> list[int]:
    """Move what is chosen by one place, each over its next one that is not; the edges hold."""
    order = list(ids) if step < 0 else list(reversed(ids))
    for at in range(1, len(order)):
        if order[at] in chosen and order[at - 1] not in chosen:
            order[at - 1], order[at] = order[at], order[at - 1]
    return order if step < 0 else list(reversed(order))


def estimate(app: Trastienda, items: Sequence[int]) -> None:
    """Ask how long something takes."""
    now = app.clock()

    def answered(minutes: int | None) -> None:
        if minutes is None:
            return

        def act(db: Database) -> Outcome:
            from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            return verbs.estimate(db, items, minutes or None, now)

        app.board.queue.marked.clear()
        app.do(act, items, verb=True)

    app.push_screen(_question(len(items)), answered)


def _question(count: int) -> Question[int]:
    """Ask for minutes; 0 for nobody knows."""
    one = _("How long does it take? (“30”, “1h30”, “half an hour”, “none”)")
    many = _("How long does each of the {n} take? (“30”, “1h30”, “none”)").format(n=count)

    def hint(minutes: int) -> str:
        return words.span(minutes) if minutes else _("not estimated")

    return Question(one if count == 1 else many, lambda text: spans.parse(text) or 0, hint)


def another_day(app: Trastienda, items: Sequence[int]) -> None:
    """Ask for the day to whose plan something goes."""
    look = app.look()
    begun = days.begins(look.now, look.zone)
    near = {
        "m": days.tomorrow(look.now, look.zone), "l": days.monday(look.now, look.zone)
    }  # fmt: skip

    def chosen(key: str | None) -> None:
        if key == "f":
            app.push_screen(_date(look), dated)
        elif key is not None:
            later(app, near[key], items)

    def dated(day: date | None) -> None:
        if day is not None:
            later(app, day, items)

    def option(key: str, label: str) -> Option[str]:
        day = words.moment(near[key], begun, look.zone) if key in near else ""
        return Option(key, (Span(f"{label:<22}"), Span(day, Tone.DIM)), key)

    options = (
        option("m", _("tomorrow")), option("l", _("Monday")), option("f", _("a date…"))
    )  # fmt: skip
    title = _("Plan for") if len(items) == 1 else _("Plan {n} for").format(n=len(items))
    app.push_screen(Choice(title, lambda _typed: options), chosen)


def _date(look: Look) -> Question[date]:
    return Question(
        _("Plan for which day? (“friday”, “in 3 days”, “24/12”)"),
        lambda text: days.parse_day(text, look.now, look.zone),
        lambda day: words.moment(day, days.begins(look.now, look.zone), look.zone),
    )


def later(app: Trastienda, day: date, items: Sequence[int]) -> None:
    """Put something into the plan of a day; `.` does the same again."""
    look = app.look()
    app.last = partial(later, app, day)
    today = day <= days.of(look.now, look.zone)
    name = words.moment(day, days.begins(look.now, look.zone), look.zone)

    def act(db: Database) -> Outcome:
        from triage import verbs  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        if today:
            return verbs.plan(db, items, look.now)
        outcome = verbs.plan_for(db, items, days.morning(day, look.zone), look.now)
        return replace(outcome, text=words.planned_for(len(outcome.items), name))

    app.decide(act, items, Lane.PLANNED if today else Lane.SNOOZED)


async def greet(app: Trastienda) -> None:
    """Say what is left of earlier days' plans, as long as she has not begun with this one."""
    look = app.look()
    plan = Request(view="planned")
    try:
        found = await app.desk.read(lambda reader: load(reader, plan, look))
    except StoreError:
        return  # whatever she does next says what is wrong
    if found is None or found.begun or not found.carried:
        return
    yesterday = days.of(look.now, look.zone) - timedelta(days=1)
    count = len(found.carried)
    if all(days.of(then, look.zone) == yesterday for then in found.carried):
        text = ngettext("{n} carried over from yesterday.", "{n} carried over from yesterday.",
                        count)  # fmt: skip
    else:
        text = ngettext("{n} carried over from earlier days.",
                        "{n} carried over from earlier days.", count)  # fmt: skip
    app.say(text.format(n=count))


ACTS: Final[dict[str, Callable[[Trastienda, Sequence[int]], None]]] = {
    "down": lambda app, _items: move(app, 1),
    "up": lambda app, _items: move(app, -1),
    "estimate": estimate,
    "tomorrow": another_day,
}
"""What a key of hers does about the plan, by name."""
