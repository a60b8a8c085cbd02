"""What an empty list says: why it is empty, and what to press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from gettext import gettext as _
from gettext import ngettext

from store.search import searchable
from store.views import ChannelView, ClientView, Health, Outgoing
from tui.actions import QUEUE
from tui.keys import Keys
from tui.lines import Line, Span, Tone, safe
from tui.views import Request


def lines(
    request: Request, clients: Sequence[ClientView], channels: Sequence[ChannelView],
    unsent: Mapping[Outgoing, int], keys: Keys,
) -> list[Line]:  # fmt: skip
    """A headline, and the next step."""
    head, *rest = _said(request, clients, channels, keys)
    if (count := sum(unsent.values())) and request == Request(client=request.client):
        waits = ngettext(
            "{n} of yours has not arrived there yet: {key}", "{n} of yours have not arrived there"
            " yet: {key}", count,
        )  # fmt: skip
        rest.append(waits.format(n=count, key=keys.name("outbox", QUEUE)))
    return [(Span(head, Tone.STRONG),), (), *((Span(text, Tone.DIM),) for text in rest)]


def wordless(text: str) -> str:
    """Why nothing is found by a question of nothing but signs."""
    return _("“{words}” has no letter, digit or emoji to look for.").format(words=safe(text))


def _said(
    request: Request, clients: Sequence[ClientView], channels: Sequence[ChannelView], keys: Keys
) -> tuple[str, ...]:
    key = partial(keys.name, screen=QUEUE)
    leave = keys.name("clear", QUEUE, typing=True)
    back = _("{key} goes back.").format(key=leave)
    drop = _("{key} drops the filter · {search} searches everything")
    drop = drop.format(key=leave, search=key("search"))
    if request.search is not None:
        if not request.search.strip():
            return (
                _("What are you looking for?"),
                _("Words, “an exact phrase”, or client:acme age:>5d has:attachment"),
            )
        if not searchable(request.search):
            return wordless(request.search), back
        return (
            _("Nothing found for “{words}”.").format(words=safe(request.search)),
            _("Accents and capitals do not matter.") + " " + back,
        )
    if request.words.strip():
        if not searchable(request.words):
            return wordless(request.words), drop
        return (
            _("Nothing here matches “{words}”.").format(words=safe(request.words)),
            drop,
        )
    if not clients:
        return (
            _("There is no client yet."),
            _("Leave with {key}. Describe your clients in config.toml;").format(key=key("leave")),
            _("“trastienda check” says where it is and whether it works,"),
            _("and “trastienda demo” shows an example."),
        )
    if channels and all(channel.last_success is None for channel in channels):
        if any(channel.health not in (Health.NEVER, Health.SYNCING) for channel in channels):
            return (
                _("Nothing could be read yet."),
                _("{key} shows what is wrong with each channel · {sync} tries again now").format(
                    key=key("clients"), sync=key("sync")
                ),
            )
        return (
            _("Reading for the first time…"),
            _("The first messages will be here in a moment. {key} asks for them now.").format(
                key=key("sync")
            ),
        )
    headlines = {
        "inbox": (
            _("Nothing pending"), _("All is decided. {key} shows what waits and what sleeps."),
            "view_next",
        ),
        "planned": (
            _("Nothing planned for today"), _("{key} on a row of the queue plans it."), "plan",
        ),
        "waiting": (
            _("You wait for nobody"), _("{key} on a row leaves it with the client."), "wait",
        ),
        "owed": (_("Nobody owes you anything"), _("What the client has to answer is here."), ""),
        "changed": (
            _("Nothing changed there"), _("What clients change in silence is here."), "",
        ),
        "snoozed": (
            _("Nothing snoozed"), _("{key} on a row hides it until a better moment."), "snooze",
        ),
        "archived": (_("Nothing archived"), _("{key} on a row puts it away."), "archive"),
        "all": (
            _("Nothing here yet"), _("{key} fetches now · {clients} shows the channels"), "sync",
        ),
    }  # fmt: skip
    nothing = (_("Nothing in this view"), _("Its question finds nothing just now."), "")
    head, next_step, action = headlines.get(request.view, nothing)
    if request.client and len(clients) > 1:  # else she sees this one alone till the focus ends
        next_step, action = _("Only one client is shown: {key} shows them all."), "everybody"
    return head, next_step.format(key=key(action) if action else "", clients=key("clients"))
