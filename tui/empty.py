"""What an empty list says: why it is empty, and what to press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from gettext import gettext as _
from gettext import ngettext

from store.search import searchable
from store.views import ChannelView, ClientView, Health, Outgoing
from tui.lines import Line, Span, Tone, safe
from tui.views import Request


def lines(
    request: Request, clients: Sequence[ClientView], channels: Sequence[ChannelView],
    unsent: Mapping[Outgoing, int],
) -> list[Line]:  # fmt: skip
    """A headline, and the next step."""
    head, *rest = _said(request, clients, channels)
    if (count := sum(unsent.values())) and request == Request(client=request.client):
        waits = ngettext(
            "{n} of yours has not arrived there yet: O", "{n} of yours have not arrived there"
            " yet: O", count,
        )  # fmt: skip
        rest.append(waits.format(n=count))
    return [(Span(head, Tone.STRONG),), (), *((Span(text, Tone.DIM),) for text in rest)]


def wordless(text: str) -> str:
    """Why nothing is found by a question of nothing but signs."""
    return _("“{words}” has no letter, digit or emoji to look for.").format(words=safe(text))


def _said(
    request: Request, clients: Sequence[ClientView], channels: Sequence[ChannelView]
) -> tuple[str, ...]:
    if request.search is not None:
        if not request.search.strip():
            return (
                _("What are you looking for?"),
                _("Words, “an exact phrase”, or client:acme age:>5d has:attachment"),
            )
        if not searchable(request.search):
            return wordless(request.search), _("Esc goes back.")
        return (
            _("Nothing found for “{words}”.").format(words=safe(request.search)),
            _("Accents and capitals do not matter. Esc goes back."),
        )
    if request.words.strip():
        if not searchable(request.words):
            return wordless(request.words), _("Esc drops the filter · / searches everything")
        return (
            _("Nothing here matches “{words}”.").format(words=safe(request.words)),
            _("Esc drops the filter · / searches everything"),
        )
    if not clients:
        return (
            _("There is no client yet."),
            _("Leave with q. Describe your clients in config.toml;"),
            _("“trastienda check” says where it is and whether it works,"),
            _("and “trastienda demo” shows an example."),
        )
    if channels and all(channel.last_success is None for channel in channels):
        if any(channel.health not in (Health.NEVER, Health.SYNCING) for channel in channels):
            return (
                _("Nothing could be read yet."),
                _("c shows what is wrong with each channel · S tries again now"),
            )
        return (
            _("Reading for the first time…"),
            _("The first messages will be here in a moment. S asks for them now."),
        )
    headlines = {
        "inbox": (_("Nothing pending"), _("All is decided. Tab shows what waits and what sleeps.")),
        "planned": (_("Nothing planned for today"), _("p on a row of the queue plans it.")),
        "waiting": (_("You wait for nobody"), _("w on a row leaves it with the client.")),
        "owed": (_("Nobody owes you anything"), _("What the client has to answer is here.")),
        "changed": (_("Nothing changed there"), _("What clients change in silence is here.")),
        "snoozed": (_("Nothing snoozed"), _("s on a row hides it until a better moment.")),
        "archived": (_("Nothing archived"), _("e on a row puts it away.")),
        "all": (_("Nothing here yet"), _("S fetches now · c shows the channels")),
    }
    nothing = (_("Nothing in this view"), _("Its question finds nothing just now."))
    return headlines.get(request.view, nothing)
