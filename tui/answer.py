"""An answer by hand: she writes it here and sends it with the client's own program."""

from __future__ import annotations

from collections.abc import Callable
from gettext import gettext as _
from typing import TYPE_CHECKING

from store.views import Row
from triage.prepare import NotByHandError, Prepared, prepare
from tui.choice import Choice, Option
from tui.lines import Span, Tone, safe
from tui.question import Question
from tui.rows import Look

if TYPE_CHECKING:
    from tui.main import Trastienda


def begin(app: Trastienda, row: Row | None, browse: Callable[[str | None], None]) -> None:
    """Ask for the text, copy it, and show where it goes; `browse` opens what she chooses."""

    def ready(answer: Prepared | None) -> None:
        if row is None or answer is None:
            return
        app.copy_to_clipboard(answer.text)
        if answer.link is None:
            app.say(_("Copied. The chat has no number here: open it in WhatsApp and paste."))
        else:
            app.push_screen(panel(row, answer, app.look()), browse)

    if row is None:
        app.say(_("There is nothing to do that to."))
        return
    try:
        app.push_screen(question(row, app.look()), ready)
    except NotByHandError as error:
        app.trouble(error)


def question(row: Row, look: Look) -> Question[Prepared]:
    """Ask for the text. Raises NotByHandError where the item is answered elsewhere."""
    prepare(row, "")
    title = _("To {title}, for {client}").format(title=row.title, client=look.client(row.client)[0])
    return Question(
        title,
        lambda text: prepare(row, text.strip()),
        lambda _ready: _("Enter copies it; nothing is sent from here"),
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
    return Choice(where, lambda _typed: lines)
