"""How the screen says times, sizes and states, in her language."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING

from normalizer.kinds import State
from normalizer.said import Said
from store.row import Health, Lane, Outgoing
from tui.lines import safe, wrap

if TYPE_CHECKING:
    from store.views import OutgoingView

MINUTE, HOUR, DAY = 60, 3600, 86400


def told(said: Said, width: int) -> list[str]:
    """The lines of what is said. A command with which it ends stands in one of its own, however
    long: she pastes it into a terminal.
    """
    text, command = safe(said.text(_)), safe(str(dict(said.details).get("command", "")))
    if not command or not text.endswith(command):
        return wrap(text, width)
    return [*wrap(text.removesuffix(command), width), command]


def age(then: datetime | None, now: datetime) -> str:
    """How long ago, in at most four cells: "40s", "12m", "3h", "5d", "7mo", "2y"."""
    if then is None:
        return "–"
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < MINUTE:
        return _("{n}s").format(n=seconds)
    if seconds < HOUR:
        return _("{n}m").format(n=seconds // MINUTE)
    if seconds < DAY:
        return _("{n}h").format(n=seconds // HOUR)
    if seconds < 100 * DAY:
        return _("{n}d").format(n=seconds // DAY)
    if seconds < 365 * DAY:
        return _("{n}mo").format(n=seconds // (30 * DAY))
    return _("{n}y").format(n=seconds // (365 * DAY))


def fresh(then: datetime | None, now: datetime) -> str:
    """How long ago a channel was read, by our own clock; "?" where that was set back since."""
    return "?" if is_ahead(then, now) else age(then, now)


def is_ahead(then: datetime | None, now: datetime) -> bool:
    """Whether what our own clock said then is still to come."""
    return then is not None and then - now > timedelta(seconds=MINUTE)


def span(minutes: int) -> str:
    """A length of time, with its units: "30 min", "1 h", "4 h 30"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("{n} min").format(n=rest)
    if not rest:
        return _("{n} h").format(n=hours)
    return _("{hours} h {minutes}").format(hours=hours, minutes=f"{rest:02}")


def span_cell(minutes: int | None) -> str:
    """A length of time in at most four cells: "30m", "1h", "1h30"; "–" where nobody knows."""
    if minutes is None:
        return "–"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("{n}m").format(n=rest)
    whole = _("{n}h").format(n=hours)
    return f"{whole}{rest:02}" if rest and hours < 10 else whole


def since(day: date, today: date) -> str:
    """From which day on; within a year in eleven cells."""
    name = weekday(day) if (today - day).days < 7 else day_name(day, today)
    return _("since {day}").format(day=name)


def planned_for(count: int, day: str) -> Said:
    """What was done to things that went into the plan of another day."""
    if count == 1:
        return Said("Planned for {day}.", (("day", day),))
    return Said("{n} planned for {day}.", (("n", count), ("day", day)))


def weekday(day: date) -> str:
    """The short name of a day of the week."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return names[day.weekday()]


def month(day: date) -> str:
    """The short name of a month."""
    names = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
    return names[day.month - 1]


def day_name(day: date, today: date) -> str:
    """A day as she would say it, in at most eight cells."""
    away = (day - today).days
    near = {-1: _("yesterd."), 0: _("today"), 1: _("tomorrow")}
    if away in near:
        return near[away]
    if 1 < away < 7:
        return weekday(day)
    if abs(away) < 300:
        return _("{day} {month}").format(day=day.day, month=month(day))
    return _("{month} {year}").format(month=month(day), year=day.year)


def due(when: date | datetime | None, now: datetime, zone: tzinfo) -> str:
    """A due date for a narrow column; its time where it is today."""
    if when is None:
        return ""
    today = now.astimezone(zone).date()
    if isinstance(when, datetime):
        local = when.astimezone(zone)
        if local.date() == today:
            return f"{local:%H:%M}"
        return day_name(local.date(), today)
    return day_name(when, today)


def is_due(when: date | datetime | None, now: datetime, zone: tzinfo) -> bool:
    """Today, or past."""
    if when is None:
        return False
    day = when.astimezone(zone).date() if isinstance(when, datetime) else when
    return day <= now.astimezone(zone).date()


def moment(when: date | datetime, now: datetime, zone: tzinfo) -> str:
    """A day and its time, where there is room: "Mon 23 Nov 10:32"."""
    local = when.astimezone(zone) if isinstance(when, datetime) else when
    day = local.date() if isinstance(local, datetime) else local
    today = now.astimezone(zone).date()
    if abs((day - today).days) <= 1:
        text = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}[(day - today).days]
    else:
        text = _("{weekday} {day} {month}").format(
            weekday=weekday(day), day=day.day, month=month(day)
        )
        if abs(day - today) > timedelta(days=300):
            text = f"{text} {day.year}"
    return f"{text} {local:%H:%M}" if isinstance(local, datetime) else text


def size(count: int | None) -> str:
    """Bytes for people."""
    if count is None:
        return ""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count // 1024} KB"
    whole, tenth = f"{count / 1024 / 1024:.1f}".split(".")
    return _("{whole}.{tenth} MB").format(whole=whole, tenth=tenth)


def kind(channel_kind: str) -> str:
    """A kind of channel, by its everyday name."""
    names = {
        "imap": _("mail"), "trello": "Trello", "asana": "Asana", "matrix": "Matrix",
        "caldav": _("calendar"),
    }  # fmt: skip
    return names.get(channel_kind, "WhatsApp" if "whatsapp" in channel_kind else channel_kind)


def container(name: str) -> str:
    """A board or folder; "" for the inbox, where all mail is."""
    return "" if name.upper() == "INBOX" else name


def letter(channel_kind: str) -> str:
    """A kind of channel in one cell: `@` mail, `T` Trello, `A` Asana, `W` WhatsApp, `M` Matrix."""
    return "@" if channel_kind in ("imap", "email") else (channel_kind[:1].upper() or "?")


def lane(value: Lane) -> str:
    """Where she put an item."""
    names = {
        Lane.INBOX: _("in the queue"),
        Lane.PLANNED: _("planned for today"),
        Lane.WAITING: _("waiting on the client"),
        Lane.SNOOZED: _("snoozed"),
        Lane.ARCHIVED: _("archived"),
        Lane.DONE: _("done"),
    }
    return names[value]


def closed(value: State) -> str:
    """How an item ended in the client's tool."""
    names = {
        State.DONE: _("done at the client’s"), State.ARCHIVED: _("archived at the client’s"),
        State.GONE: _("gone at the client’s"),
    }  # fmt: skip
    return names[value]


def field(name: str) -> str:
    """What of an item changed, by its everyday name."""
    names = {
        "title": _("title"), "body": _("description"), "description": _("description"),
        "due": _("due date"), "container": _("place"), "labels": _("labels"),
        "people": _("people"), "checklist": _("checklist"), "attachments": _("files"),
        "state": _("state"), "message": _("message"),
    }  # fmt: skip
    return names.get(name, name)


def changed(name: str, value: str, now: datetime, zone: tzinfo) -> str:
    """What a field held before or after a change: a due date and a state in her words."""
    if name == "state":
        states = {
            "open": _("to do"), "done": _("done"), "archived": _("archived"), "gone": _("gone")
        }  # fmt: skip
        return states.get(value, value)
    if name == "due":
        with contextlib.suppress(ValueError):
            return moment(date.fromisoformat(value), now, zone)
        with contextlib.suppress(ValueError):
            when = datetime.fromisoformat(value)
            return moment(when if when.tzinfo else when.replace(tzinfo=UTC), now, zone)
    return value


def untold() -> str:
    """What stands for a change of which the tool says who made it and when, and no more."""
    return _("changed; the tool does not say what")


def health(value: Health) -> str:
    """How a channel is, in two or three words."""
    names = {
        Health.NEVER: _("not read yet"),
        Health.OK: _("up to date"),
        Health.SYNCING: _("reading now"),
        Health.LATER: _("not reachable"),
        Health.SIGN_IN: _("sign in again"),
        Health.CONFIG: _("settings to mend"),
        Health.BROKEN: _("failed"),
    }
    return names[value]


def outgoing(value: Outgoing) -> str:
    """What has become of something that goes out."""
    return {
        Outgoing.QUEUED: _("waits"),
        Outgoing.SENDING: _("being sent"),
        Outgoing.DOUBT: _("may have arrived"),
        Outgoing.ASK: _("did it arrive?"),
        Outgoing.REFUSED: _("not carried out"),
        Outgoing.DONE: _("sent"),
        Outgoing.CANCELLED: _("taken back"),
    }[value]


def outlook(one: OutgoingView, now: datetime, zone: tzinfo) -> str:
    """What has become of it and when, or when it goes."""
    if one.state is Outgoing.QUEUED and one.send_at > now:
        seconds = math.ceil((one.send_at - now).total_seconds())
        if seconds <= MINUTE:
            return _("goes in {n} s").format(n=seconds)
        return _("goes {when}").format(when=moment(one.send_at, now, zone))
    return f"{outgoing(one.state)} {age(one.ended_at or one.decided_at, now)}"


def way(value: str, said: Said, count: int) -> str:
    """What is done to some items at a client, by its name in `triage.finishing`."""
    texts = {
        "complete": ngettext("{n} task: {what}", "{n} tasks: {what}", count),
        "here": ngettext("{n} here alone: {what}", "{n} here alone: {what}", count),
        "answer": _("an answer goes out, and it is done here"),
        "by_hand": _("the answer is laid ready, you send it, and it is done here"),
    }
    return texts[value].format(n=count, what=said.text(_))


def addressed(sender: str, to: Sequence[str]) -> list[str]:
    """As whom and to whom it goes, where it goes to addresses."""
    if not to:
        return []
    return [_("To: {to}").format(to=", ".join(to)), _("As: {sender}").format(sender=sender)]


def deed(action: str) -> str:
    """What is done to an item over there, by its name in the outbox."""
    return {
        "comment": _("answer"),
        "complete": _("done"),
        "reopen": _("reopen"),
        "move": _("move"),
        "due": _("due date"),
        "check": _("tick"),
        "archive": _("archive"),
        "create": _("new task"),
        "mail": _("answer"),
        "draft": _("draft"),
    }.get(action, action)
