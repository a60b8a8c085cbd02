"""[screen] and [day] of the config: how she likes the screen, and how long her day is."""

from __future__ import annotations

from dataclasses import dataclass

from normalizer.said import Said
from trastienda.settings import Problem, Table, build
from tui import quiet
from tui.setup import Taste


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """[day]: how much fits into a day of hers."""

    hours: float = 6.0
    """Hours of work that she plans for."""


def screen(table: Table, found: list[Problem]) -> Taste | None:
    """Read [screen]; None where something in it is wrong."""
    taste = build(Taste, table, found)
    try:
        quiet.hours(taste.quiet if taste else "")
    except ValueError:
        said = Said("{key} must be {expected}.", (("key", "quiet"), ("expected", '"20:00-8:00"')))
        found.append(table.problem("quiet", said))
        return None
    return taste


def hours(table: Table, found: list[Problem]) -> float:
    """Read [day]: the hours that fit into it."""
    day = build(Day, table, found) or Day()
    if not 0 < day.hours <= 24:
        said = Said("{key} must be {expected}.", (("key", "hours"), ("expected", "0.5 … 24")))
        found.append(table.problem("hours", said))
    return day.hours
