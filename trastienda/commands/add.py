"""`add`: a new task, in the client's own tool."""

from __future__ import annotations

from datetime import UTC, datetime
from gettext import gettext as _

from normalizer.text import line
from trastienda import console
from trastienda.commands.outbox import say_who_sends
from trastienda.commands.sync import known_names
from trastienda.context import Context
from trastienda.exits import Exit
from triage import adding
from triage.adding import Spot
from triage.answers import NotWrittenError
from triage.today import parse_due
from tui import words
from tui.lines import safe


def add(ctx: Context) -> int:
    """Say where it goes, and queue it. Whose it is she says herself: that is not guessed."""
    options = ctx.options
    known_names(ctx.config, options.client, options.channel)
    due = parse_due(options.due, ctx.now, ctx.zone) if options.due else None
    now = datetime.now(UTC)
    with ctx.database() as db:
        spot = _spot(adding.spots(db, options.client, channel=options.channel), options.place)
        title = line(" ".join(options.text))
        letter = adding.draft(spot, " ".join(options.text), due, now, who=ctx.manner.me)
        outcome = adding.post(db, letter, now)
    text = outcome.text.text(_)
    if ctx.json:
        console.data({
            "client": spot.client, "channel": spot.channel, "place": spot.name,
            "title": title, "due": None if due is None else due.isoformat(),
            "send_at": letter.send_at, "text": text,
        })  # fmt: skip
        return Exit.OK
    names = {one.slug: one.name for one in ctx.config.clients}
    console.say(safe(f"{names[spot.client]} · {spot.channel} · {spot.name}"))
    when = f"  ({words.moment(due, ctx.now, ctx.zone)})" if due else ""
    console.say(safe(f"  {title}{when}"))
    console.say(text)
    say_who_sends(ctx)
    return Exit.OK


def _spot(found: list[Spot], wanted: str | None) -> Spot:
    """Take the place that she names, or the only one. Raises NotWrittenError."""
    if wanted is not None:
        return adding.choose(found, wanted)
    if len(found) > 1:
        raise NotWrittenError(
            "There are several places for it: {places}. Say which: --in.",
            places=adding.listed(found),
        )
    return found[0]
