"""`plan` and `day`: what is planned for which day, how long it takes, and how much that is."""

from __future__ import annotations

from dataclasses import replace
from gettext import gettext as _
from gettext import ngettext

from store.day import Load
from store.views import Row
from trastienda import console
from trastienda.commands import queue, verbs
from trastienda.context import Context
from trastienda.exits import Exit
from triage import spans, today
from triage import verbs as deeds
from tui import rows, words
from tui.lines import fit, safe
from tui.rows import Look
from tui.views import Request


def plan(ctx: Context) -> int:
    """Put items into the plan of today or of another day, and note how long they take."""
    items, given, on = ctx.options.items, ctx.options.estimate, ctx.options.on
    minutes = spans.parse(given) if given else None
    day = today.parse_day(on, ctx.now, ctx.zone) if on else today.of(ctx.now, ctx.zone)
    until = None
    if day > today.of(ctx.now, ctx.zone):
        until = today.morning(day, ctx.zone)
    verbs.check(ctx, items)
    with ctx.database() as db:
        if given:
            deeds.estimate(db, items, minutes, ctx.now)
        if until is None:
            return verbs.report(ctx, deeds.plan(db, items, ctx.now))
        outcome = deeds.plan_for(db, items, until, ctx.now)
        name = words.moment(day, today.begins(ctx.now, ctx.zone), ctx.zone)
        outcome = replace(outcome, text=words.planned_for(len(outcome.items), name))
        return verbs.report(ctx, outcome, until if ctx.json else None)


def day(ctx: Context) -> int:
    """Show the plan of the day, in its order, against what fits into it."""
    look = Look(zone=ctx.zone, now=ctx.now)
    hours = _hours(ctx)
    with ctx.reader() as reader:
        ids = Request(view="planned").ids(reader, ctx.now, ctx.zone)
        load = reader.load(ids, today.begins(ctx.now, ctx.zone))
        found = [row for row in reader.rows(ids) if row is not None]
        names = {client.slug: client.name for client in reader.clients()}
    fits = round(60 * hours)
    if ctx.json:
        console.data({
            "day": today.of(ctx.now, ctx.zone).isoformat(),
            "capacity_minutes": fits,
            "planned_minutes": load.minutes,
            "done_minutes": load.done,
            "unestimated": load.unestimated,
            "over_minutes": max(0, load.minutes + load.done - fits),
            "items": [
                {
                    **queue.as_json(row), "estimate_minutes": row.minutes,
                    "planned_at": row.since, "carried_over": bool(rows.carried(row, look)),
                }
                for row in found
            ],
        })  # fmt: skip
        return Exit.OK
    for number, row in enumerate(found, 1):
        console.say(_line(number, row, names.get(row.client, row.client), look))
    console.say(_sum(load, fits) if found or load.done else _("Nothing is planned for today."))
    return Exit.OK


def _hours(ctx: Context) -> float:
    from trastienda.tastes import Day  # noqa: PLC0415 - not every command has a day

    return ctx.config.hours if ctx.configured else Day().hours


def _line(number: int, row: Row, client: str, look: Look) -> str:
    """Its place, its number, whose it is, how long it takes, what it is, and since when."""
    text = (
        f"{number:>2}. {row.id:>5}  {fit(safe(client), 14)} {words.span_cell(row.minutes):>4}"
        f"  {safe(rows.subject(row))}"
    )
    since = rows.carried(row, look)
    return f"{text}  ({since})" if since else text


def _sum(load: Load, fits: int) -> str:
    """What is planned of what fits; over it, by how much."""
    total = load.minutes + load.done
    parts = [_("{planned} of {day}").format(planned=words.span(total), day=words.span(fits))]
    if load.done:
        parts.append(_("{span} done").format(span=words.span(load.done)))
    if load.unestimated:
        text = ngettext("{n} not estimated", "{n} not estimated", load.unestimated)
        parts.append(text.format(n=load.unestimated))
    if total > fits:
        parts.append(_("{span} too much").format(span=words.span(total - fits)))
    return " · ".join(parts)
