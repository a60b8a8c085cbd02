"""How what goes out is drawn: a line a write, and one of them whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from gettext import gettext as _
from gettext import ngettext
from typing import Final

from store.views import Behind, ChannelView, Outgoing, OutgoingView
from tui import versions, words
from tui.actions import OUTBOX
from tui.keys import Keys
from tui.lines import Line, Span, Tone, fit, wrap
from tui.rows import Look

HERS: Final = frozenset({Outgoing.ASK, Outgoing.REFUSED})
"""What waits for her word."""

_MARKS: Final = {
    Outgoing.QUEUED: ("↑", Tone.KEY), Outgoing.SENDING: ("↑", Tone.KEY),
    Outgoing.DOUBT: ("?", Tone.KEY), Outgoing.ASK: ("?", Tone.ALERT),
    Outgoing.REFUSED: ("!", Tone.ALERT), Outgoing.DONE: ("✓", Tone.GOOD),
    Outgoing.CANCELLED: ("×", Tone.DIM),
}  # fmt: skip


def ordered(found: Sequence[OutgoingView]) -> list[OutgoingView]:
    """Put what waits for her word first, else the newest."""
    return sorted(found, key=lambda one: (one.state not in HERS, -one.id))


def line(one: OutgoingView, look: Look, width: int, *, here: bool) -> Line:
    """Whose, what, to whom or about what, and what becomes of it."""
    name, color = look.client(one.client)
    mark, tone = _MARKS[one.state]
    said = words.outlook(one, look.now, look.zone)
    client = 10 if width < 88 else 14
    deed = 10 if width < 88 else 14
    state = min(24, max(12, width // 4))
    about = max(4, width - client - deed - state - 9)
    text = Tone.DIM if one.state in {Outgoing.DONE, Outgoing.CANCELLED} else Tone.PLAIN
    return (
        Span("›" if here else " ", Tone.KEY),
        Span(mark + " ", tone),
        Span(fit(name, client), text, color if text is Tone.PLAIN else ""),
        Span(f" {words.letter(one.channel_kind)} ", Tone.DIM),
        Span(fit(words.deed(one.action), deed) + " ", text),
        Span(fit(one.title or ", ".join(one.to) or one.text, about), _weight(text, here=here)),
        Span(" " + fit(said, state), tone if one.state in HERS else Tone.DIM),
    )


def _weight(tone: Tone, *, here: bool) -> Tone:
    return Tone.STRONG if here else tone


def whole(
    one: OutgoingView, behind: Behind, channels: Iterable[ChannelView], look: Look, width: int
) -> list[Line]:  # fmt: skip
    """Everything about one, and what she can do with it."""
    of = next((it for it in channels if (it.client, it.channel) == (one.client, one.channel)), None)
    return list(_whole(one, behind, of, look, max(10, width - 2)))


def _whole(
    one: OutgoingView, behind: Behind, channel: ChannelView | None, look: Look, width: int
) -> Iterator[Line]:  # fmt: skip
    name, color = look.client(one.client)
    kind = words.kind(one.channel_kind)
    where = kind if kind == one.channel else f"{one.channel} · {kind}"
    yield Span(" " + fit(name, 30).strip(), Tone.STRONG, color), Span(f"  {where}", Tone.DIM)
    if one.title:
        yield (Span(" " + fit(one.title, width).rstrip(), Tone.STRONG),)
    said = words.outlook(one, look.now, look.zone)
    decided = words.moment(one.decided_at, look.now, look.zone)
    by = f"{one.who}, {decided}" if one.who else decided
    yield from _said(f"{words.deed(one.action)} · {said}", width)
    yield from _said(_("decided: {by}").format(by=by), width, Tone.DIM)
    for text in words.addressed(one.sender, one.to):
        yield from _said(text, width, Tone.DIM)
    for file in one.files:
        yield Span(" + ", Tone.KEY), Span(fit(file, width - 2).rstrip())
    if one.error is not None:
        yield ()
        yield from _said("! " + one.error.text(_), width, Tone.ALERT)
    yield from _waiting(one, channel, look, width)
    for text in _answers(one, look.keys):
        yield from _said(text, width, Tone.KEY)
    if one.state is Outgoing.REFUSED and behind.changes:
        yield ()
        yield from versions.lines(behind.changes, look, width)
    if one.text:
        yield ()
        yield from ((Span(" │ ", Tone.DIM), Span(text)) for text in wrap(one.text, width - 3))
    yield from _tries(one, behind, look, width)


def _waiting(
    one: OutgoingView, channel: ChannelView | None, look: Look, width: int
) -> Iterator[Line]:  # fmt: skip
    """Say why one whose time has come has not gone, and when it is tried."""
    if one.state not in {Outgoing.QUEUED, Outgoing.DOUBT} or one.send_at > look.now:
        return
    if one.again_at is not None and one.again_at > look.now:
        when = words.moment(one.again_at, look.now, look.zone)
        yield from _said(_("tried again {when}").format(when=when), width, Tone.DIM)
    elif channel is not None and channel.error is not None:
        yield ()
        yield from _said("! " + channel.error.text(_), width, Tone.ALERT)
    elif one.error is None:
        text = _("goes as soon as what is before it in this channel has gone")
        yield from _said(text, width, Tone.DIM)


def _tries(one: OutgoingView, behind: Behind, look: Look, width: int) -> Iterator[Line]:
    if behind.tries:
        yield ()
    for each in behind.tries:
        when = words.moment(each.began_at, look.now, look.zone)
        state = words.outgoing(each.state) if each.state else _("was not ended")
        told = each.error if each.error != one.error else None  # which stands above, whole
        why = "" if told is None else f": {told.text(_)}"
        yield from _said(f"{when} {state}{why}", width, Tone.DIM)
    if one.attempts and not behind.tries:
        tries = ngettext("tried {n} time", "tried {n} times", one.attempts)
        yield from _said(tries.format(n=one.attempts), width, Tone.DIM)


def _answers(one: OutgoingView, keys: Keys) -> Iterator[str]:
    """What she can do about it, with the keys for it."""
    key = partial(keys.name, screen=OUTBOX)
    if one.state is Outgoing.QUEUED:
        yield _("{key} takes it back").format(key=key("take_back"))
    elif one.state is Outgoing.ASK:
        text = _("Only you can tell. {yes}: it arrived · {no}: it did not, send it again")
        yield text.format(yes=key("arrived"), no=key("again"))
    elif one.state is Outgoing.REFUSED and can_again(one):
        text = _("{do} does it all the same, on what it is now · {drop} leaves it · {key} opens it")
        yield text.format(do=key("anyway"), drop=key("drop"), key=key("open"))
    elif one.state is Outgoing.REFUSED:
        text = _("{key} opens it, to answer anew · {drop} leaves it")
        yield text.format(key=key("open"), drop=key("drop"))


def can_again(one: OutgoingView) -> bool:
    """Whether she can decide it again as it is."""
    return one.state is Outgoing.REFUSED and one.action == "complete" and one.item_id is not None


def idle(one: OutgoingView | None) -> set[str]:
    """The actions of the screen that can do nothing about it as it is."""
    if one is None:
        return {"open", "take_back", "arrived", "again", "anyway", "drop"}
    able = {
        "open": one.item_id is not None,
        "take_back": one.state is Outgoing.QUEUED,
        "arrived": one.state is Outgoing.ASK,
        "again": one.state is Outgoing.ASK,
        "anyway": can_again(one),
        "drop": one.state is Outgoing.REFUSED,
    }
    return {name for name, is_able in able.items() if not is_able}


def _said(text: str, width: int, tone: Tone = Tone.PLAIN) -> Iterator[Line]:
    return ((Span(" " + part, tone),) for part in wrap(text, width))
