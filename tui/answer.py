"""An answer: where it begins, what warns of the wrong client, and what she sends by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from gettext import gettext as _
from typing import TYPE_CHECKING

from store.views import Member, Row
from triage.guard import Finding, is_called
from triage.prepare import Prepared, prepare
from tui import careful, words
from tui.choice import Choice, Option
from tui.lines import Line, Span, Tone, fit, safe, wrap
from tui.reader import ReaderScreen
from tui.rows import Look

if TYPE_CHECKING:
    from triage.adding import Spot
    from tui.board import Board
    from tui.main import Trastienda


def ask(
    app: Trastienda, top: Board | ReaderScreen, browse: Callable[[str | None], None], *,
    texts: bool,
) -> None:  # fmt: skip
    """Answer what is chosen; of a matter ask first which of it, what was said last before the
    rest.
    """
    number = top.number
    row = top.row if isinstance(top, ReaderScreen) else top.queue.row
    if number is None:
        app.say(_("There is nothing to do that to."))
        return
    if row is None or row.id != number or not row.others:
        begin(app, top, browse, number=number, client=top.client, texts=texts)
        return
    client = row.client

    def chosen(item: int | None) -> None:
        if item is not None:
            begin(app, top, browse, number=item, client=client, texts=texts)

    app.push_screen(_which(row, app.look()), chosen)


def _which(row: Row, look: Look) -> Choice[int]:
    client, color = look.client(row.client)
    members = sorted(row.members, key=lambda one: one.updated_at, reverse=True)
    options = [
        Option(str(n) if n < 10 else "", _member(one, look), one.id)
        for n, one in enumerate(members, 1)
    ]
    title = _("Which of them do you answer? All are of {client}.").format(client=client)
    return Choice(title, lambda _typed: options, color=color)


def _member(one: Row | Member, look: Look) -> Line:
    about = [words.kind(one.channel_kind), one.who or words.container(one.container)]
    return (
        Span(fit(" · ".join(part for part in about if part), 28), Tone.STRONG),
        Span(" " + fit(one.title, 34)),
        Span(f" {words.age(one.updated_at, look.now):>4}", Tone.DIM),
    )


def begin(
    app: Trastienda, top: Board | ReaderScreen, browse: Callable[[str | None], None], *,
    number: int, client: str, texts: bool,
) -> None:  # fmt: skip
    """Open the composer on an item of a client, a slug, whatever the list does meanwhile; with
    `texts` choose a text of hers first. `browse` opens a chat.
    """
    from tui.composer import Composer  # noqa: PLC0415 - the field for text: after the first paint

    app.looking.answers(number)
    composer = Composer(number, client, browse, app.keys)
    app.push_screen(composer, lambda _result: top.came_back())
    if texts:
        composer.action_texts()


def warning(
    row: Row | Spot, found: Sequence[Finding], names: Mapping[str, str], look: Look
) -> Choice[bool]:
    """Say what of other clients stands in what goes to that of `row`. Enter alone leaves: it takes
    a y, or where it stops, the name of the client.
    """
    client, color = names.get(row.client, row.client), look.client(row.client)[1]
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
        return [*told, *([on] if is_called(row.client, client, typed) else [])]

    title = _("This may be meant for another client. Is it for {client}?")
    if stops:
        title = _("This may be meant for another client. Type {client} to go on.")
    return Choice(title.format(client=client), options, typing=stops, color=color, careful=True)


def lay_ready(
    app: Trastienda, row: Row, text: str, browse: Callable[[str | None], None],
    sent: Callable[[], None] | None = None,
) -> None:  # fmt: skip
    """Copy an answer that she sends herself, and show where it goes; `browse` opens the chat.

    With `sent` there is a draft of it: it stays till she says that it is sent, and then that is
    called.
    """
    ready = prepare(row, text)
    app.copy_to_clipboard(ready.text)

    def chosen(what: str | None) -> None:
        if what == ready.link and ready.link:
            browse(ready.link)
            if sent is not None:
                app.push_screen(_asked(row, app.look()), told)
        else:
            told(what == _SENT)

    def told(is_sent: bool | None) -> None:
        if is_sent and sent is not None:
            sent()
        elif sent is not None:
            text = _("Copied. The draft is kept till you say that it is sent: {key}.")
            app.say(text.format(key=app.key("reply")))

    app.push_screen(_panel(row, ready, app.look(), drafted=sent is not None), chosen)


_SENT = "sent"


def _panel(row: Row, ready: Prepared, look: Look, *, drafted: bool) -> Choice[str]:
    """Say where it goes before it is opened."""
    client, color = look.client(row.client)
    places = {"title": row.title, "client": client}
    lines: list[Option[str]] = []
    if ready.link is None:
        where = _("Copied. The chat {title}, for {client}, has no number here: paste it there.")
    else:
        where = _("Copied. Enter opens the chat of {title}, for {client}; press send there")
        lines.append(Option("1", (Span(safe(ready.link)),), ready.link))
    if drafted:
        lines.append(Option("y", (Span(_("It is sent: forget the draft")),), _SENT))
    lines += [Option("", (Span(line, Tone.DIM),), None) for line in wrap(ready.text, 76)[:8]]
    return Choice(where.format(**places), lambda _typed: lines, color=color)


def _asked(row: Row, look: Look) -> Choice[bool]:
    """Ask whether it went: nobody else could tell."""
    options = [
        Option("n", (Span(_("Not yet: keep the draft")),), False),
        Option("y", (Span(_("It is sent: forget the draft")),), True),
    ]
    title = _("Did you send it to {title}?").format(title=row.title)
    return Choice(title, lambda _typed: options, color=look.client(row.client)[1])
