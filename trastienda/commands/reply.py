"""`reply`: an answer, in the client's own tool or laid ready for her to send."""

from __future__ import annotations

from gettext import gettext as _

from store.views import Row
from trastienda import console
from trastienda.commands.outbox import say_who_sends
from trastienda.commands.show import no_item
from trastienda.context import Context
from trastienda.exits import Exit
from triage import answers
from triage.prepare import BY_HAND, prepare
from tui.lines import safe
from tui.link import browse


def reply(ctx: Context) -> int:
    """Queue an answer; where the channel takes none from us lay it ready, and open the chat with
    it where she says so.
    """
    with ctx.reader() as reader:
        (row,) = reader.rows([ctx.options.item])
        names = {client.slug: client.name for client in reader.clients()}
    if row is None:
        raise no_item(ctx.options.item)
    text = " ".join(ctx.options.text)
    if row.channel_kind not in BY_HAND:
        return _send(ctx, row, names.get(row.client, row.client), text)
    ready = prepare(row, text)
    opened = bool(ctx.options.open and ready.link and browse(ready.link))
    if ctx.json:
        console.data({"text": ready.text, "link": ready.link, "opened": opened})
        return Exit.OK
    console.say(
        safe(
            _("For {client}, chat {title}, to be sent by you:").format(
                client=names.get(row.client, row.client), title=row.title
            )
        )
    )
    console.say(safe(ready.text))
    if opened:
        console.say(_("The chat is open in the browser: press send there."))
    elif ready.link:
        console.say(_("This link opens the chat with it; press send there:"))
        console.say(ready.link)
    else:
        console.say(_("The chat has no number here: open it in WhatsApp and paste the text."))
    return Exit.OK


def _send(ctx: Context, row: Row, client: str, text: str) -> int:
    with ctx.database() as db:
        now = ctx.now.astimezone(ctx.zone)
        outcome = answers.reply(db, row.id, text, now, language=ctx.language)
    said = outcome.text.text(_)
    if ctx.json:
        console.data({"items": outcome.items, "text": said})
        return Exit.OK
    about = _("For {client}, in {channel}: {title}")
    console.say(safe(about.format(client=client, channel=row.channel, title=row.title)))
    console.say(safe(text))
    console.say(said)
    say_who_sends(ctx)
    return Exit.OK
