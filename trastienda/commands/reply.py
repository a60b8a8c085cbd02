"""`reply`: an answer, in the client's own tool or laid ready for her to send."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from gettext import gettext as _

from normalizer.actions import Mail
from normalizer.said import SaidError
from store.outbox import Letter
from store.views import ClientView, Row
from trastienda import console
from trastienda.commands.outbox import say_who_sends
from trastienda.commands.show import no_item
from trastienda.context import Context
from trastienda.exits import Exit
from triage import answers, guard
from triage.answers import Wish
from triage.guard import Finding
from triage.prepare import BY_HAND, prepare
from tui import careful
from tui.lines import CODES, COLORS, safe
from tui.link import browse


class HeldBackError(SaidError):
    """It may be meant for another client, and nobody has said that it is not."""


def reply(ctx: Context) -> int:
    """Queue an answer; where the channel takes none from us lay it ready, and open the chat with
    it where she says so. What may be meant for another client goes no further without her word.
    """
    text = " ".join(ctx.options.text)
    with ctx.reader() as reader:
        (row,) = reader.rows([ctx.options.item])
        if row is None:
            raise no_item(ctx.options.item)
        letter = None if row.channel_kind in BY_HAND else _drafted(ctx, row, text)
        to, lexicon = answers.addressed(letter) if letter else (), reader.lexicon()
        found = guard.findings(text, row.client, lexicon, reader, to)
        clients = {client.slug: client for client in reader.clients()}
    names = {one.slug: one.name for one in lexicon.clients}
    if not ctx.json:
        console.say(_about(row, names[row.client], clients.get(row.client), letter))
    refused = _refused(ctx, row, names, found)
    if refused is not None:
        return _held_back(ctx, refused, found)
    return _lay_ready(ctx, row, text) if letter is None else _send(ctx, letter, text)


def _drafted(ctx: Context, row: Row, text: str) -> Letter:
    with ctx.database() as db:
        now = ctx.now.astimezone(ctx.zone)
        manner = ctx.manner
        wish = Wish(text=text, language=manner.profile(row.client).language, who=manner.me)
        return answers.draft(db, row.id, wish, now)


def _about(row: Row, name: str, client: ClientView | None, letter: Letter | None) -> str:
    """Say whom it is for, where it goes, as whom and to whom: in the client's colour, on a
    terminal.
    """
    places = {"client": name, "channel": row.channel, "title": row.title}
    if letter is None:
        text = _("For {client}, chat {title}, to be sent by you:")
    elif isinstance(letter.action, Mail):
        to = ", ".join((*letter.action.to, *letter.action.cc))
        places |= {"to": to, "sender": letter.action.sender}
        text = _("For {client}, in {channel}, as {sender}, to {to}: {title}")
    else:
        text = _("For {client}, in {channel}: {title}")
    text = safe(text.format(**places))
    code = CODES.get(COLORS.get(client.color, "")) if client else None
    if code is None or "NO_COLOR" in os.environ or not console.is_terminal():
        return text
    return f"\x1b[{code}m{text}\x1b[m"


def _refused(
    ctx: Context, row: Row, names: Mapping[str, str], found: Sequence[Finding]
) -> HeldBackError | None:  # fmt: skip
    """Have her say that it is for this client, where anything speaks against it."""
    client = names[row.client]
    given = ctx.options.to_client
    if found:
        console.warn(_("Careful: this may be meant for another client."))
    for one in found:
        console.warn("  " + careful.finding(one, names.get(one.owner, ""), client))
    if given is None and found and ctx.may_ask and not ctx.json and console.is_terminal():
        if not any(one.stops for one in found):
            if console.ask(_("Is it for {client} all the same? [y/N]").format(client=client)):
                return None
            return HeldBackError("Nothing was sent.")
        given = console.typed(_("To go on, type the name of the client that it is for:"))
    if given is not None:
        if guard.is_called(row.client, client, given):
            return None
        return HeldBackError(
            "Nothing was sent: this is an item of {client}, and you named another client.",
            client=client,
        )
    if not found:
        return None
    return HeldBackError(
        "Nothing was sent. If it is for {client}, say so: {command}",
        client=client, command=f"--to-client {row.client}",
    )  # fmt: skip


def _held_back(ctx: Context, refused: HeldBackError, found: Sequence[Finding]) -> int:
    if not ctx.json:
        raise refused
    text = refused.said.text(_)
    console.warn(f"trastienda: {text}")
    console.data({"error": text, "exit": int(Exit.USAGE), "findings": _json(found)})
    return Exit.USAGE


def _json(found: Sequence[Finding]) -> list[dict[str, str]]:
    return [{"sort": one.sort, "words": one.words, "client": one.owner} for one in found]


def _lay_ready(ctx: Context, row: Row, text: str) -> int:
    ready = prepare(row, text)
    opened = bool(ctx.options.open and ready.link and browse(ready.link))
    if ctx.json:
        console.data({"text": ready.text, "link": ready.link, "opened": opened})
        return Exit.OK
    console.say(safe(ready.text))
    if opened:
        console.say(_("The chat is open in the browser: press send there."))
    elif ready.link:
        console.say(_("This link opens the chat with it; press send there:"))
        console.say(ready.link)
    else:
        console.say(_("The chat has no number here: open it in WhatsApp and paste the text."))
    return Exit.OK


def _send(ctx: Context, letter: Letter, text: str) -> int:
    with ctx.database() as db:
        outcome = answers.post(db, letter, datetime.now(UTC))  # she may have been asked meanwhile
    said = outcome.text.text(_)
    if ctx.json:
        console.data({"items": outcome.items, "text": said})
        return Exit.OK
    console.say(safe(text))
    console.say(said)
    say_who_sends(ctx)
    return Exit.OK
