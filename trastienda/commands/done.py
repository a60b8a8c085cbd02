"""`done`: have done with items, in the clients' own tools as well where that is possible."""

from __future__ import annotations

from datetime import UTC, datetime
from gettext import gettext as _

from normalizer.actions import Mail
from normalizer.said import SaidError
from trastienda import console
from trastienda.commands.outbox import say_who_sends
from trastienda.commands.show import no_item
from trastienda.context import Context
from trastienda.exits import Exit
from triage import finishing
from triage.finishing import Part, Plan, Way
from triage.prepare import prepare
from tui import careful, words
from tui.lines import safe, wrap


class NotDoneError(SaidError):
    """She has not said that it is to be done."""


def done(ctx: Context) -> int:
    """Say what happens at each client, ask where that is new, and do it.

    A task that would stay open in the client's tool is done here alone only when she has seen
    that, or says so with --yes.
    """
    with ctx.reader() as reader:
        for number, row in zip(ctx.options.items, reader.rows(ctx.options.items), strict=True):
            if row is None:
                raise no_item(number)
        what = finishing.chosen(reader, ctx.options.items, ctx.manner)
        with ctx.database() as db:
            plan = finishing.plan(db, what, ctx.now.astimezone(ctx.zone))
            if not ctx.json:
                for part in plan.parts:
                    _say(part, what.names.get(part.rows[0].client, part.rows[0].client))
            odd = [
                careful.finding(one, what.names.get(one.owner, ""), what.names[row.client])
                for part, found in finishing.findings(reader, plan)
                for one in found
                for row in part.rows
            ]
            _ask(ctx, plan, odd)
            outcome = finishing.finish(db, plan, datetime.now(UTC))  # she may have been asked
    text = outcome.text.text(_)
    if ctx.json:
        console.data({
            "items": outcome.items, "until": None, "text": text,
            "parts": [_json(part) for part in plan.parts],
        })  # fmt: skip
        return Exit.OK
    console.say(text)
    if plan.letters:
        say_who_sends(ctx)
    return Exit.OK


def _ask(ctx: Context, plan: Plan, odd: list[str]) -> None:
    """Have her say that it is to be done, where she must. Raises NotDoneError."""
    may_ask = ctx.may_ask and not ctx.json and console.is_terminal()
    if odd:
        console.warn(_("Careful: this may be meant for another client."))
        for text in odd:
            console.warn("  " + text)
        raise NotDoneError(
            "Nothing was sent and nothing is done. Answer it by itself: “trastienda reply”."
        )
    if not plan.unseen or ctx.options.yes:
        return
    if may_ask:
        if not console.ask(_("Do it? [y/N]")):
            raise NotDoneError("Nothing was sent and nothing is done.")
        return
    for part in plan.parts:
        if part.lacks:
            raise NotDoneError(
                "{why} To have done with it here alone, add --yes.", why=part.said.text(_)
            )


def _say(part: Part, client: str) -> None:
    """Write what happens to some items, and where."""
    where = f"{client} · {part.rows[0].channel}"
    console.say(safe(f"{where}: {words.way(part.way, part.said, len(part.rows))}"))
    for row in part.rows:
        console.say(safe(f"  {row.title}"))
    for error in part.refused:
        for line in wrap("! " + safe(error.text(_)), console.width() - 2):
            console.say("  " + line)
    for mail in [one.action for one in part.letters if isinstance(one.action, Mail)]:
        for line in words.addressed(mail.sender, (*mail.to, *mail.cc)):
            console.say(safe(f"  {line}"))
    if part.text:
        for line in wrap(part.text, console.width() - 4):
            console.say("    " + line)
    if part.way is Way.BY_HAND:
        ready = prepare(part.rows[0], part.text)
        console.say(ready.link or _("The chat has no number here: open it in WhatsApp and paste "
                                    "the text."))  # fmt: skip


def _json(part: Part) -> dict[str, object]:
    return {
        "client": part.rows[0].client,
        "channel": part.rows[0].channel,
        "way": part.way,
        "items": [row.id for row in part.rows],
        "text": part.said.text(_),
        "words": part.text,
    }
