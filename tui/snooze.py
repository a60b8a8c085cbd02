"""Until when: one more key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING

from triage import when
from tui import words
from tui.choice import Choice, Option
from tui.lines import Span, Tone
from tui.question import Question
from tui.rows import Look

if TYPE_CHECKING:
    from tui.main import Trastienda


@dataclass(frozen=True, slots=True)
class Until:
    """What a snooze waits for, besides that they write."""

    at: datetime | None = None
    hard: bool = False
    """It stays away till then even if they write."""

    asks: bool = False
    """She wants to write a date."""


def begin(app: Trastienda, count: int, decide: Callable[[Until], None]) -> None:
    """Ask her, in a second question where she wants to write a date, and `decide` it."""
    look = app.look()

    def chosen(until: Until | None) -> None:
        if until is None:
            return
        if until.asks:
            app.push_screen(question(look), partial(dated, until.hard))
        else:
            decide(until)

    def dated(hard: bool, moment: datetime | None) -> None:
        if moment is not None:
            decide(Until(moment, hard))

    app.push_screen(panel(count, look), chosen)


def panel(count: int, look: Look) -> Choice[Until]:
    """The ways to snooze, each with the moment it means; a capital letter is the hard one."""
    now, zone = look.now, look.zone

    def option(key: str, label: str, until: Until) -> Option[Until]:
        moment = words.moment(until.at, now, zone) if until.at else ""
        return Option(key, (Span(f"{label:<22}"), Span(moment, Tone.DIM)), until)

    soon = when.this_afternoon(now, zone)
    late = soon.astimezone(zone).time() != when.AFTERNOON
    soon_name = _("in three hours") if late else _("this afternoon")
    moments = (
        ("t", soon_name, soon), ("m", _("tomorrow"), when.tomorrow(now, zone)),
        ("l", _("Monday"), when.monday(now, zone)),
    )  # fmt: skip

    def options(_typed: str) -> Sequence[Option[Until]]:
        soft = [option(key, name, Until(at)) for key, name, at in moments]
        hard = [option(key.upper(), name, Until(at, hard=True)) for key, name, at in moments]
        heading = Span(_("It comes back sooner if they write. Not so with a capital letter:"))
        return (
            *soft,
            option("r", _("until they reply"), Until()),
            option("f", _("a date…"), Until(asks=True)),
            Option("", (heading._replace(tone=Tone.DIM),), None),
            *hard,
            option("F", _("a date…"), Until(hard=True, asks=True)),
        )

    title = _("Snooze until") if count == 1 else _("Snooze {n} until").format(n=count)
    return Choice(title, options)


def question(look: Look, title: str = "") -> Question[datetime]:
    """Ask for a moment in her own words, of a snooze unless `title` says what for."""
    return Question(
        title or _("Snooze until (“friday 17:00”, “in 3 days”, “24/12”)"),
        lambda text: when.parse_date(text, look.now, look.zone),
        lambda moment: words.moment(moment, look.now, look.zone),
    )
