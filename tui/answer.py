"""An answer by hand: she writes it here and sends it with the client's own program."""

from __future__ import annotations

from gettext import gettext as _

from store.views import Row
from triage.prepare import Prepared, prepare
from tui.choice import Choice, Option
from tui.lines import Span, Tone, safe
from tui.question import Question
from tui.rows import Look


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
