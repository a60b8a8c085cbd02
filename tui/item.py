"""One item, whole: the conversation from its oldest message on, files, invitation, changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from gettext import gettext as _
from gettext import ngettext

from normalizer.model import CheckItem, Direction, Invitation, Kind, Person, State
from normalizer.text import fold
from store.views import (
    AttachmentView,
    ChangeView,
    ItemView,
    Lane,
    MessageView,
    OutgoingView,
    Row,
)
from triage import today
from tui import words
from tui.actions import QUEUE, READER
from tui.lines import Line, Span, Tone, fit, length, middle, safe, wrap
from tui.rows import Look, carried, signs

URL = re.compile(r"https?://[^\s<>\"'()\[\]{}«»“”]+")
LINK, FOLD, FILES = "app.press('link')", "app.press('fold')", "app.press('files')"
"""What a click on a link does, on what is folded, and on a file: as their keys."""

WIDEST = 100
"""A line of text longer than this is hard to read."""

MOST_LINKS = 9
"""Addresses that are listed and can be chosen by a digit."""


def title_line(row: Row, look: Look, width: int, screen: str = QUEUE) -> Line:
    """Whose it is, where from, and what state it is in; `screen` is where this stands."""
    name, color = look.client(row.client)
    parts = [words.kind(row.channel_kind), words.container(row.container)]
    left = (
        Span(" " + fit(name, 20).strip(), Tone.STRONG, color),
        *linked(row),
        Span("  " + fit(" · ".join(part for part in parts if part), 60).strip(), Tone.DIM),
    )
    state = state_words(row, look, screen)
    room = width - length(left) - length(state) - 1
    return (*left, Span(" " * max(2, room)), *state) if room > 1 else left


def linked(row: Row) -> Line:
    """How many items are one, and where each comes from; nothing where it is one alone."""
    if not row.others:
        return ()
    told = _("{n} in one: {signs}").format(n=len(row.others) + 1, signs=signs(row))
    return (Span(f"  {told}", Tone.KEY),)


def state_words(row: Row, look: Look, screen: str = QUEUE) -> Line:
    """Her decision, the client's own state where it is closed, and the due date."""
    parts: list[Span] = []
    if row.drafted:
        draft = _("draft: {key}").format(key=look.keys.name("reply", screen))
        parts.append(Span(f"✎ {draft}", Tone.KEY))
    if row.state is not State.OPEN:
        parts.append(Span(words.closed(row.state), Tone.DIM))
    if row.lane is not Lane.INBOX:
        text = words.lane(row.lane)
        if row.until and row.to_plan:
            begun = today.begins(look.now, look.zone)
            day = words.moment(today.of(row.until, look.zone), begun, look.zone)
            text = _("planned for {day}").format(day=day)
        elif row.until:
            when = words.moment(row.until, look.now, look.zone)
            text = _("{lane} until {when}").format(lane=text, when=when)
        elif old := carried(row, look):
            text = _("planned {since}").format(since=old)
        parts.append(Span(text, Tone.KEY))
    if row.minutes is not None:
        parts.append(Span(_("takes {span}").format(span=words.span(row.minutes)), Tone.PLAIN))
    if row.due:
        tone = Tone.ALERT if words.is_due(row.due, look.now, look.zone) else Tone.STRONG
        when = words.moment(row.due, look.now, look.zone)
        parts.append(Span(_("due {when}").format(when=when), tone))
    return tuple(span for part in parts for span in (part, Span(" · ", Tone.DIM)))[:-1]


def ticked(one: CheckItem, look: Look) -> str:
    """A line of a checklist: whether it is done, what, by when and by whom."""
    parts = [one.text]
    if one.due is not None:
        when = words.moment(one.due, look.now, look.zone)
        parts.append(_("due {when}").format(when=when))
    if one.assignee is not None:
        parts.append(one.assignee.name or one.assignee.handle)
    return f"[{'x' if one.done else ' '}] " + " · ".join(parts)


def peek(row: Row | None, look: Look, width: int) -> list[Line]:
    """The few lines under the list: what is under the cursor, where anything is."""
    bar: Line = (Span("─" * width, Tone.DIM),)
    if row is None:
        return [bar, (), (), (), ()]
    lines: list[Line] = [
        bar,
        title_line(row, look, width),
        (Span(" " + fit(row.title, width - 2), Tone.STRONG),),
    ]
    said = wrap(row.snippet, min(width - 2, WIDEST))[:2]
    lines += [(Span(f" {text}"),) for text in said]
    return (lines + [()] * 5)[:5]


def links(item: ItemView, messages: Sequence[MessageView]) -> list[str]:
    """The addresses an item names: its own first, then those of its `messages`, the last one
    first.
    """
    own = [item.row.url] if item.row.url and URL.fullmatch(item.row.url) else []
    told = [one.text for one in reversed(messages) if not is_folded(one, item)]
    found = [url for text in (*told, item.body) for url in addresses(text)]
    return list(dict.fromkeys([*own, *found]))[:MOST_LINKS]


def addresses(text: str) -> list[str]:
    """The web addresses in a text, without what ends the sentence."""
    found = (url.rstrip(".,;:!?…") for url in URL.findall(text))
    return [url for url in dict.fromkeys(found) if URL.fullmatch(url)]


def is_folded(message: MessageView, item: ItemView) -> bool:
    """Whether it only announces by mail what the card or task it lies in tells itself."""
    return message.notification is not None and item.row.kind is Kind.TASK


def announced(message: MessageView, look: Look) -> str:
    """What stands for a folded notification: whose it is, and when it came."""
    assert message.notification is not None  # noqa: S101  as `is_folded` says
    return _("Notification mail from {tool}, {when}").format(
        tool=words.kind(message.notification.tool),
        when=words.moment(message.sent_at, look.now, look.zone),
    )


def outgoing_lines(sent: Iterable[OutgoingView], look: Look, width: int) -> Iterable[Line]:
    """What has not arrived, beneath what has."""
    for one in sent:
        yield ()
        said = words.outlook(one, look.now, look.zone)
        yield rule(f"→ {words.deed(one.action)}", said, width, Tone.KEY)
        if one.text:
            yield from text_lines(one.text, width, Tone.DIM)
        if one.error is not None:
            yield from text_lines("! " + one.error.text(_), width, Tone.ALERT)


def arrived(gone: Iterable[OutgoingView], look: Look, width: int) -> Iterable[Line]:
    """What she did over there, a line each: when it arrived, and who decided it."""
    for number, one in enumerate(gone):
        if not number:
            yield ()
        when = words.moment(one.ended_at or one.decided_at, look.now, look.zone)
        about = " · ".join(part for part in (when, fit(one.who, 24).strip()) if part)
        text = fit(one.text, max(8, width - 40)).strip()
        said = f"{words.deed(one.action)}: {text}" if text else words.deed(one.action)
        yield Span(" ✓ ", Tone.GOOD), Span(f"{said}  "), Span(about, Tone.DIM)


def announced_line(message: MessageView, look: Look, width: int) -> Line:
    """Stand for a folded notification."""
    text = fit(announced(message, look), width - 6).rstrip()
    key = Span(look.keys.name("fold", READER), Tone.KEY, act=FOLD)
    return Span(f" [{text}: ", Tone.DIM, act=FOLD), key, Span("]", Tone.DIM)


def text_lines(text: str, width: int, tone: Tone = Tone.PLAIN) -> Iterable[Line]:
    """Wrap a text."""
    return (
        (Span(f" {line}", tone, act=LINK if URL.search(line) else ""),)
        for line in wrap(text, width - 1)
    )


def rule(left: str, right: str, width: int, tone: Tone = Tone.STRONG) -> Line:
    """A heading: what stands at the left, a bar, and what stands at the right."""
    left, right = fit(left, min(len(left), max(8, width - len(right) - 6))), safe(right)
    bar = "─" * max(1, width - length((Span(left + right),)) - (5 if right else 3))
    spans = (Span(" "), Span(left, tone), Span(f" {bar} ", Tone.DIM))
    return (*spans, Span(right, Tone.DIM)) if right else spans


def person(who: Person) -> str:
    """A name and its address; the address alone where no name is known."""
    return f"{who.name} <{who.handle}>" if who.name and who.handle else who.name or who.handle


def facts(item: ItemView, look: Look, width: int) -> Iterable[Line]:
    """What is known of an item beside its texts."""
    row = item.row
    if row.labels:
        yield from text_lines(
            _("Labels: {labels}").format(labels=", ".join(row.labels)), width, Tone.DIM
        )
    if row.url:
        key, address = look.keys.name("link", READER), fit(row.url, width - 4).rstrip()
        yield (Span(f" {key} ", Tone.KEY, act=LINK), Span(address, Tone.DIM, act=LINK))
    if row.kind is Kind.TASK and item.people:
        names = ", ".join(one.name or one.handle for one in item.people)
        yield from text_lines(_("People: {names}").format(names=names), width, Tone.DIM)


def message_lines(
    message: MessageView, item: ItemView, look: Look, width: int, *, unfolded: bool
) -> Iterable[Line]:
    """A message, whole; its quotes where they are `unfolded`."""
    own = message.direction is Direction.OUT
    who = _("You") if own else message.author.name or message.author.handle
    mark = "→ " if own else "• " if message.unread else ""
    ago = words.age(message.sent_at, look.now)
    when = f"{words.moment(message.sent_at, look.now, look.zone)} · {ago}"
    yield rule(mark + who, when, width, Tone.KEY if own else Tone.STRONG)
    to = ", ".join(one.name or one.handle for one in (*message.to, *message.cc))
    # In an exported chat the name is all that there is of an address.
    address = (
        "" if fold(message.author.handle) == fold(message.author.name) else message.author.handle
    )
    if width >= 60 and item.row.kind is Kind.CONVERSATION and (address or to):
        text = (f"{address} → {to}" if to else address).strip()
        yield (Span(f" {fit(text, width - 2).rstrip()}", Tone.DIM),)
    if message.subject and _bare(message.subject) != _bare(item.row.title):
        yield from text_lines(message.subject, width, Tone.STRONG)
    if message.gone:
        yield from text_lines(_("Deleted at the client’s; kept here."), width, Tone.DIM)
    if message.automatic:
        yield from text_lines(_("Sent by a machine."), width, Tone.DIM)
    if message.problem:
        yield from text_lines("! " + message.problem.text(_), width, Tone.ALERT)
    if message.invitation:
        yield from invitation(message.invitation, look, width)
    if message.text.strip():
        yield from text_lines(message.text.strip("\n"), width)
    if folded := message.folded.strip("\n").rstrip():
        if unfolded:
            quoted = wrap(folded, width - 3)
            yield from ((Span(" │ ", Tone.DIM), Span(line, Tone.QUOTE)) for line in quoted)
        else:
            count = folded.count("\n") + 1
            text = ngettext("{n} quoted line", "{n} quoted lines", count).format(n=count)
            key = Span(look.keys.name("fold", READER), Tone.KEY, act=FOLD)
            yield Span(f" [{text}: ", Tone.DIM, act=FOLD), key, Span("]", Tone.DIM)
    yield from file_lines(message.attachments, width)


def _bare(subject: str) -> str:
    return re.sub(r"^((re|rv|fwd?|aw|resp?)\s*:\s*)+", "", subject.strip().casefold())


def file_lines(files: Iterable[AttachmentView], width: int) -> Iterable[Line]:
    """A line for each file that is no part of a text."""
    for file in files:
        if not file.inline:
            kind = "" if "." in file.name else file.media_type
            about = " · ".join(part for part in (words.size(file.size), kind) if part)
            name = middle(file.name, max(12, width - len(about) - 6))
            yield (
                Span(" + ", Tone.KEY, act=FILES), Span(name, act=FILES),
                Span(f"  {about}", Tone.DIM, act=FILES),
            )  # fmt: skip


def invitation(sent: Invitation, look: Look, width: int) -> Iterable[Line]:
    """What is invited to, when, where, and by whom."""
    titles = {
        "REQUEST": _("Invitation"), "CANCEL": _("Cancelled"), "REPLY": _("Answer to an invitation"),
    }  # fmt: skip
    title = titles.get(sent.method.upper(), _("Calendar entry"))
    yield from text_lines(f"▸ {title}: {sent.summary}", width, Tone.KEY)
    if sent.starts:
        text = words.moment(sent.starts, look.now, look.zone)
        if isinstance(sent.starts, datetime) and isinstance(sent.ends, datetime):
            same = (
                sent.starts.astimezone(look.zone).date() == sent.ends.astimezone(look.zone).date()
            )
            ends = sent.ends
            end = (
                f"{ends.astimezone(look.zone):%H:%M}"
                if same
                else words.moment(ends, look.now, look.zone)
            )
            text = f"{text} – {end}"
        yield from text_lines(f"  {text}", width)
    for part in (sent.place, sent.organiser):
        if part:
            yield from text_lines(f"  {part}", width, Tone.DIM)


def change_lines(change: ChangeView, look: Look, width: int) -> Iterable[Line]:
    """What was changed, when, by whom, and what it was before and after."""
    who = change.author.name or change.author.handle if change.author else ""
    when = words.moment(change.at, look.now, look.zone)
    about = " · ".join(part for part in (when, fit(who, 24).strip()) if part)
    yield (Span(f" {fit(words.field(change.field), 14)}", Tone.STRONG), Span(about, Tone.DIM))
    if not change.before and not change.after:
        yield from text_lines("  " + words.untold(), width, Tone.DIM)
        return
    for sign, value in (("−", change.before), ("+", change.after)):
        text = words.changed(change.field, value, look.now, look.zone)
        for line in wrap(text, width - 5)[:6]:
            yield (
                Span(f"   {sign} ", Tone.DIM),
                Span(line, Tone.QUOTE if sign == "−" else Tone.PLAIN),
            )
