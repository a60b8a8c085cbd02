"""`reply`: an answer laid ready for her to send."""

from __future__ import annotations

from gettext import gettext as _

from trastienda import console
from trastienda.commands.show import no_item
from trastienda.context import Context
from trastienda.exits import Exit
from triage.prepare import prepare
from tui.lines import safe
from tui.link import browse


def reply(ctx: Context) -> int:
    """Lay an answer ready, and open the chat with it where she says so."""
    with ctx.reader() as reader:
        (row,) = reader.rows([ctx.options.item])
        names = {client.slug: client.name for client in reader.clients()}
    if row is None:
        raise no_item(ctx.options.item)
    ready = prepare(row, " ".join(ctx.options.text))
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
