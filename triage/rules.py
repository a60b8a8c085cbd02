"""Whose turn an item is, by when she should act, and what brings it back: pure rules.

They read a handful of facts and nothing else, so that they can be put to all that is stored
again whenever one of them improves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from normalizer.model import Kind, State
from store.facts import MOST_HEARD, Derived, Facts, Heard
from store.views import Lane, Turn

CHASE_AFTER = timedelta(days=5)
"""How long the client may take before the item counts as late on their side."""

AUTOMATIC_LATER = timedelta(days=7)
"""Mail from a machine is promised to nobody: it stands below what people wrote."""

PRIORITY_STEP = timedelta(hours=12)
"""By how much one step of a client's priority brings an item forward."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)

_COURTEOUS = """
    ok oka okay okey okei oki okis k vale va bien gracias mil muchas muchisimas grax thanks thank
    you thx ty many a lot very much perfecto perfecta perfect genial great recibido recibida
    received noted anotado entendido understood got it de acuerdo estupendo fenomenal fantastico
    fantastic excelente excellent guay cool nice good todo all super sounds buen trabajo job work
    ti por y and igualmente saludos saludo un abrazo besos best regards cheers
"""
_COURTESIES = frozenset(_COURTEOUS.split())
_THANKS = frozenset(("gracias", "thanks", "you", "thx", "grax"))
_MOST_WORDS = 10
_LONGEST = 400
_APPROVING = frozenset("👍👌🙏🙌👏💪🤝🫶❤♥💙💚💛🧡💜😊🙂😀😃😄😁😉😍🥰😘☺🤗😎🎉🥳✅✔💯✨🌟⭐🚀")
_LETTERS = re.compile(r"[^\W\d_]+")


def derive(facts: Facts) -> Derived:
    """Judge one item. Never raises: a wild date counts as the nearest one we can keep."""
    turn = _turn(facts)
    return Derived(turn=turn, act_by=_act_by(facts, turn), wake=_wakes(facts))


def is_courtesy(text: str) -> bool:
    """Tell whether `text` only acknowledges: "ok", "¡muchas gracias, Lola!", "👍".

    Unsure is no: a question mark, a figure, a link or an unknown word is something to read.
    Nothing at all is no courtesy either, for a file may have come without a word.
    """
    if not text.strip() or len(text) > _LONGEST:
        return False
    folded = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )
    words = _LETTERS.findall(folded)
    if len(words) > _MOST_WORDS:
        return False
    rest = _LETTERS.sub("", folded)
    if not all(_says_nothing(sign) for sign in rest):
        return False
    name_allowed = True
    before = ""
    for word in words:
        plain = word.casefold()
        if plain not in _COURTESIES:
            if not (name_allowed and before in _THANKS and word[0].isupper()):
                return False
            name_allowed = False
        before = plain
    return bool(words) or any(sign in _APPROVING for sign in rest)


def _says_nothing(sign: str) -> bool:
    if sign in _APPROVING or sign.isspace() or sign in "\u200d\ufe0f":
        return True
    if sign in "?¿/@#":
        return False
    return unicodedata.category(sign)[0] == "P" or "\U0001f3fb" <= sign <= "\U0001f3ff"


def _turn(facts: Facts) -> Turn:
    if facts.kind is Kind.TASK:
        hers = facts.state is State.OPEN and (facts.named or not facts.elsewhere)
        return Turn.ME if hers else Turn.CLIENT
    if facts.last_out_at is None or _to_answer(facts):
        return Turn.ME
    return Turn.CLIENT


def _to_answer(facts: Facts) -> bool:
    """Tell whether people said anything but thanks since she last wrote, or may have."""
    since = facts.unanswered
    return len(since) >= MOST_HEARD or any(not (m.automatic or is_courtesy(m.text)) for m in since)


def _act_by(facts: Facts, turn: Turn) -> datetime:
    last = max(
        (at for at in (facts.last_in_at, facts.last_out_at) if at is not None),
        default=facts.created_at,
    )
    try:
        if facts.due is not None:
            by = end_of(facts.due, facts.timezone)
        elif turn is not Turn.ME:
            by = last + CHASE_AFTER
        else:
            asked = facts.last_in_at or facts.created_at
            by = asked + timedelta(hours=facts.sla_hours)
        if facts.last_automatic and facts.due is None and not _by_people(facts.unanswered):
            by += AUTOMATIC_LATER
        by -= PRIORITY_STEP * facts.priority
    except OverflowError:
        by = _LATEST
    return min(max(by, _EARLIEST), _LATEST)


def end_of(due: date | datetime, timezone: str) -> datetime:
    """Give the instant by which `due` has passed: a date lasts till its local midnight.

    Raises OverflowError at the ends of the calendar.
    """
    if isinstance(due, datetime):
        return due.astimezone(UTC)
    return datetime.combine(due, time(23, 59, 59), ZoneInfo(timezone)).astimezone(UTC)


def _wakes(facts: Facts) -> bool:
    """Tell whether what has just come in returns the item to the inbox.

    She asked to hear of any answer where she waits for one, so there a bare "ok" counts and
    an out-of-office does not. What she has put away comes back for anything but a thank-you.
    """
    match facts.lane:
        case Lane.WAITING:
            return _by_people(facts.news)
        case Lane.SNOOZED:
            return facts.wake_on_reply and _by_people(facts.news)
        case Lane.ARCHIVED | Lane.DONE:
            return any(one.automatic or not is_courtesy(one.text) for one in facts.news)
        case Lane.INBOX | Lane.PLANNED:
            return False


def _by_people(heard: Iterable[Heard]) -> bool:
    return any(not one.automatic for one in heard)
