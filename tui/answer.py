"""An answer by hand: she writes it here and sends it with the client's own program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING

from store.errors import StoreError
from store.reader import Reader
from store.views import Row
from triage import guard
from triage.guard import Finding
from triage.prepare import NotByHandError, Prepared, prepare
from tui import careful
from tui.choice import Choice, Option
from tui.lines import Line, Span, Tone, safe, wrap
from tui.question import Question
from tui.rows import Look
from tui.work import start

if TYPE_CHECKING:
    from tui.main import Trastienda


def begin(app: Trastienda, row: Row | None, browse: Callable[[str | None], None]) -> None:
    """Ask for the text, copy it, and show where it goes; `browse` opens what she chooses.

    What may be meant for another client is copied only after she has said that it is not.
    """

    def asked(answer: Prepared | None) -> None:
        if row is not None and answer is not None:
            start(app, partial(_look, app, row, answer, partial(ready, row, answer)), "answer")

    def ready(row: Row, answer: Prepared, hers: bool | None) -> None:
        if hers:
            lay_ready(app, row, answer.text, browse)
        else:
            app.say(_("Nothing was copied."))

    if row is None:
        app.say(_("There is nothing to do that to."))
        return
    try:
        app.push_screen(question(row, app.look()), asked)
    except NotByHandError as error:
        app.trouble(error)


def lay_ready(app: Trastienda, row: Row, text: str, browse: Callable[[str | None], None]) -> None:
    """Copy a text, and show where it goes; `browse` opens what she chooses."""
    answer = prepare(row, text)
    app.copy_to_clipboard(answer.text)
    if answer.link is None:
        app.say(_("Copied. The chat has no number here: open it in WhatsApp and paste."))
    else:
        app.push_screen(panel(row, answer, app.look()), browse)


async def _look(
    app: Trastienda, row: Row, answer: Prepared, ready: Callable[[bool | None], None]
) -> None:
    """Compare the text with what is known of all clients, and ask her where anything is odd."""

    def ask(reader: Reader) -> tuple[list[Finding], dict[str, str]]:
        lexicon = reader.lexicon()
        found = guard.findings(answer.text, row.client, lexicon, reader)
        return found, {one.slug: one.name for one in lexicon.clients}

    try:
        found, names = await app.desk.read(ask)
    except StoreError as error:
        app.trouble(error)
        return
    if found:
        await app.push_screen(warning(row, found, names, app.look()), ready)
    else:
        ready(True)


def warning(
    row: Row, found: Sequence[Finding], names: Mapping[str, str], look: Look
) -> Choice[bool]:
    """Say what of other clients stands in it. Enter alone leaves: it takes a y, or where it stops,
    the name of the client.
    """
    client, color = names[row.client], look.client(row.client)[1]
    stops = any(one.stops for one in found)
    width = 76
    lines: list[Line] = [
        (Span(part, Tone.ALERT),)
        for one in found
        for part in wrap(careful.finding(one, names.get(one.owner, ""), client), width)
    ]
    told: list[Option[bool]] = [Option("", line, None) for line in lines]
    back = Option("n", (Span(_("No, nothing goes on")),), False)
    on = Option("y", (Span(_("Yes, it is for {client}").format(client=client)),), True)

    def options(typed: str) -> Sequence[Option[bool]]:
        if not stops:
            return [*told, back, on]
        return [*told, *([on] if guard.is_called(row.client, client, typed) else [])]

    title = _("This may be meant for another client. Is it for {client}?")
    if stops:
        title = _("This may be meant for another client. Type {client} to go on.")
    return Choice(title.format(client=client), options, typing=stops, color=color)


def question(row: Row, look: Look) -> Question[Prepared]:
    """Ask for the text. Raises NotByHandError where the item is answered elsewhere."""
    prepare(row, "")
    client, color = look.client(row.client)
    title = _("To {title}, for {client}").format(title=row.title, client=client)
    return Question(
        title,
        lambda text: prepare(row, text.strip()),
        lambda _ready: _("Enter copies it; nothing is sent from here"),
        color=color,
    )


def panel(row: Row, ready: Prepared, look: Look) -> Choice[str]:
    """Say where it goes before it is opened."""
    where = _("Copied. Enter opens the chat of {title}, for {client}; press send there").format(
        title=row.title, client=look.client(row.client)[0]
    )
    lines = [
        Option("1", (Span(safe(ready.link or "")),), ready.link),
        Option("", (Span(safe(ready.text), Tone.DIM),), None),
    ]
    return Choice(where, lambda _typed: lines, color=look.client(row.client)[1])
