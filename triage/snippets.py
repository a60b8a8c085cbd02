"""Texts of hers to write with, and what is filled in where they stand. Pure.

`{nombre}` is filled by what is known, `{?fecha}` by what she is asked, and `{{` and `}}` are
braces. Case and accents never matter: `{Título}` is `{titulo}`. What is filled in is a stranger's
often, so it becomes one clean line, and braces in it are never read again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Final

from normalizer.model import Direction
from normalizer.text import LINE, NAME, fold, line, original
from store.views import ItemView
from triage.profile import Manner, Snippet

VARIABLES: Final = (
    ("nombre", "name"),
    ("cliente", "client"),
    ("titulo", "title"),
    ("hoy", "today"),
    ("yo", "me"),
)
"""What is filled in by itself, as it is called in Spanish and in English: the first name of
whoever spoke last on their side, the client, the item's title, the date, and she."""

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_PLACE: Final = re.compile(r"\{\{|\}\}|\{(\??)([^{}\n]*)\}")
_CALLED: Final = {english: spanish for spanish, english in VARIABLES} | {
    spanish: spanish for spanish, _ in VARIABLES
}
_TITLES: Final = frozenset((
    "d", "da", "dr", "dra", "don", "dona", "ing", "lic", "miss", "mr", "mrs", "ms", "mx", "prof",
    "profa", "sr", "sra", "srta",
))  # fmt: skip
_MONTHS: Final = {
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
        "octubre", "noviembre", "diciembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip


def names() -> tuple[str, ...]:
    """List what the variables are called, in both languages."""
    return tuple(name for pair in VARIABLES for name in pair)


def unknown(text: str) -> tuple[str, ...]:
    """List what stands in single braces and is no variable of ours, in order, once each."""
    found = (name for ask, name in _places(text) if not (ask and _key(name)))
    return tuple(dict.fromkeys(name for name in found if not _is_variable(name)))


def asked(text: str) -> tuple[str, ...]:
    """List what `text` asks her for, in order, once each. A `?` before a variable of ours changes
    nothing: it is filled in, and asked for where it has no value, like the others.
    """
    found: dict[str, str] = {}
    for ask, name in _places(text):
        if ask and (key := _key(name)) and key not in _CALLED:
            found.setdefault(key, " ".join(name.split()))
    return tuple(found.values())


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in their places, each cleaned to one line; what has none stands as it is."""
    known = _known(values)

    def put(place: re.Match[str]) -> str:
        whole, ask, name = place[0], place[1], place[2]
        if name is None:
            return whole[0]
        return known.get(_key(name), whole) if ask or _is_variable(name) else whole

    return _PLACE.sub(put, text)


def open_in(text: str, values: Mapping[str, str] = _NONE) -> tuple[str, ...]:
    """List what in `text` is still empty, as it stands there: `{?fecha}`, `{nombre}`. While there
    is any, nothing is sent.

    Of a text that is not filled in yet, `values` say what will not be.
    """
    known = _known(values)
    found = (
        f"{{{'?' if ask else ''}{name}}}"
        for ask, name in _places(text)
        if (ask or _is_variable(name)) and _key(name) not in known
    )
    return tuple(dict.fromkeys(found))


def stack(texts: Iterable[str]) -> str:
    """Make one message of several texts, a blank line between; empty ones leave none."""
    return "\n\n".join(text for one in texts if (text := one.strip()))


def choose(snippet: Snippet, language: str) -> str:
    """Give its text in the client's language, or else in the other."""
    return snippet.texts.get(language) or next(iter(snippet.texts.values()))


def values(
    item: ItemView, client: str, manner: Manner, now: datetime, zone: tzinfo
) -> dict[str, str]:
    """Give what is known for an item, by its Spanish names; of what is not known, nothing. What is
    put over it by either name counts.

    `client` is the client's name, and the date is written in the client's language.
    """
    language = manner.profile(item.row.client).language
    today = now.astimezone(zone).date()
    month = _MONTHS.get(language, _MONTHS["es"])[today.month - 1]
    of = " " if language == "en" else " de "
    found = {
        "nombre": _spoke_last(item, manner.me),
        "cliente": _tidy(client, NAME),
        "titulo": _tidy(item.row.title, LINE),
        "hoy": of.join((str(today.day), month, str(today.year))),
        "yo": _tidy(manner.me, NAME),
    }
    return {name: value for name, value in found.items() if value}


def first_name(name: str) -> str:
    """Give what somebody is greeted by: "Ana" of "Dra. Ana Pérez", "Pérez, Ana" or "ANA PÉREZ".

    "" where it is no name: an address, a number, or something with hidden signs in it.
    """
    if "@" in name or _tidy(name, NAME) != line(name, NAME):
        return ""
    before, comma, after = name.partition(",")
    for word in re.split(r"[\s/|()\[\]]+", after if comma and after.strip() else before):
        bare = word.strip("~.,;:-_'\"«»“”*")
        if not re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", bare) or fold(bare) in _TITLES:
            continue
        return bare.title() if len(bare) > 1 and bare in (bare.upper(), bare.lower()) else bare
    return ""


def _spoke_last(item: ItemView, me: str) -> str:
    """Name who spoke last on their side, or who wrote the task where nobody spoke."""
    for message in reversed(item.messages):
        if message.direction is Direction.IN and not message.automatic:
            return first_name(message.author.name)
    if item.messages:
        return ""
    wrote = first_name(item.row.who)
    return "" if fold(wrote) == fold(first_name(me)) else wrote


def _places(text: str) -> Iterator[tuple[bool, str]]:
    for place in _PLACE.finditer(text):
        if place[2] is not None:
            yield bool(place[1]), place[2]


def _key(name: str) -> str:
    folded = " ".join(fold(name).split())
    return _CALLED.get(folded, folded)


def _is_variable(name: str) -> bool:
    """Tell it from braces that are meant: `{ nombre }` is none."""
    return name == name.strip() and fold(name) in _CALLED


def _known(values: Mapping[str, str]) -> dict[str, str]:
    tidied = {_key(name): _tidy(value, LINE) for name, value in values.items()}
    return {key: value for key, value in tidied.items() if value}


def _tidy(value: str, cap: int) -> str:
    """Make it one line, without what cannot be seen: nobody is written a marker."""
    whole = unicodedata.normalize("NFC", original(value[: 4 * cap]))
    seen = "".join(sign if sign.isprintable() else " " * sign.isspace() for sign in whole)
    return line(seen, cap)
