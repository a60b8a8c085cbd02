"""What a question that is being typed may go on with. Pure.

Fields and values are offered in her language, and in the other one only where hers has none that
begins so. What is offered is always understood: each is read back before it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from normalizer.text import fold
from store.query import LONGEST
from store.tokens import Token, tokens
from store.vocabulary import FIELDS, FieldName

MOST: Final = 40
"""As many as are offered at once."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("client", "channel", "state", "kind", "age", "turn", "has", "due", "label", "is",
           "changed", "text"),
    "es": ("cliente", "canal", "estado", "tipo", "edad", "toca", "tiene", "vence", "etiqueta", "es",
           "cambio", "texto"),
}  # fmt: skip

_VALUES: Final[Mapping[str, Mapping[FieldName, tuple[str, ...]]]] = {
    "en": {
        "state": ("inbox", "planned", "waiting", "snoozed", "archived", "done", "open", "gone",
                  "any"),
        "kind": ("task", "conversation"),
        "turn": ("me", "client", "third"),
        "has": ("attachment",),
        "is": ("unread", "new", "linked", "automatic"),
        "changed": ("new", "title", "text", "due", "place", "state", "labels", "people",
                    "checklist", "files", "message"),
        "age": (">1d", ">3d", ">1w", ">2w", ">1m", "<1d", "<1w"),
        "due": ("today", "tomorrow", "yesterday", "<today", "<=7d", "monday", "tuesday",
                "wednesday", "thursday", "friday", "saturday", "sunday"),
    },
    "es": {
        "state": ("bandeja", "planificado", "esperando", "pospuesto", "archivado", "hecho",
                  "abierto", "desaparecido", "todos"),
        "kind": ("tarea", "conversación"),
        "turn": ("yo", "cliente", "tercero"),
        "has": ("adjunto",),
        "is": ("no-leído", "nuevo", "enlazado", "automático"),
        "changed": ("nuevo", "título", "texto", "fecha", "sitio", "estado", "etiquetas", "personas",
                    "lista", "archivos", "mensaje"),
        "age": (">1d", ">3d", ">1s", ">2s", ">1m", "<1d", "<1s"),
        "due": ("hoy", "mañana", "ayer", "<hoy", "<=7d", "lunes", "martes", "miércoles", "jueves",
                "viernes", "sábado", "domingo"),
    },
}  # fmt: skip
"""As they are spelled where they are offered; one for each meaning."""

_QUOTES: Final = ("{}", '"{}"', "«{}»", "“{}”")


@dataclass(frozen=True, slots=True)
class Names:
    """What there is to be named: only that of the client she looks at."""

    clients: Sequence[tuple[str, str]] = ()
    """(slug, name)."""

    channels: Sequence[str] = ()
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand between two places of a question instead of what stands there now."""

    start: int
    end: int
    offered: tuple[str, ...] = ()

    def taken(self, text: str, number: int) -> tuple[str, int]:
        """Give the question with one of them in its place, and where the cursor is then."""
        one = self.offered[number]
        return text[: self.start] + one + text[self.end :], self.start + len(one)


def complete(text: str, cursor: int, names: Names, language: str) -> Completion:
    """Say what the word that ends at the cursor may become."""
    token = next((one for one in tokens(text) if one.end == cursor), None)
    if token is None or token.kind not in ("word", "field"):
        return Completion(cursor, cursor)
    start = token.position - 1
    found = _fields(token.text, language) if token.kind == "word" else _values(token, names,
                                                                              language)  # fmt: skip
    room = LONGEST - len(text) + cursor - start
    written = text[start:cursor]
    fitting = [one for one in dict.fromkeys(found) if len(one) <= room]
    # What stands there whole already needs no help, whatever else begins with it.
    if any(fold(one) == fold(written) for one in fitting):
        return Completion(cursor, cursor)
    return Completion(start, cursor, tuple(fitting[:MOST]))


def mended(text: str, position: int, nearest: str) -> Completion:
    """Put the nearest name in the place of one that does not exist, as an error tells both."""
    for token in tokens(text):
        if token.position == position and token.kind == "field":
            start = token.position - 1
            colon = text.index(":", start)
            if fold(token.name) in FIELDS:
                return Completion(colon + 1, token.end, (nearest,))
            return Completion(start, colon, (nearest,))
    return Completion(0, 0)


def _fields(typed: str, language: str) -> Iterator[str]:
    begun = fold(typed)
    for names in (_FIELDS[language], *_FIELDS.values()):
        found = [f"{name}:" for name in names if name.startswith(begun)]
        if found:
            yield from found
            return


def _values(token: Token, names: Names, language: str) -> Iterator[str]:
    field = FIELDS.get(fold(token.name))
    if field is None or token.exact:
        return
    begun = fold(token.text)
    match field:
        case "client":
            found = [slug for slug, _name in names.clients if fold(slug).startswith(begun)]
            found += _beginning((name for slug, name in names.clients if slug not in found), begun)
        case "channel":
            found = _beginning(names.channels, begun)
        case "label":
            found = _beginning(names.labels, begun)
        case _:
            found = _known(field, begun, language)
    for value in found:
        for quotes in _QUOTES:
            if _is(whole := f"{token.name}:{quotes.format(value)}", value):
                yield whole
                break


def _known(field: FieldName, begun: str, language: str) -> list[str]:
    """Find the values of one of the few; what compares stands before the value as well."""
    sign = begun[: len(begun) - len(begun.lstrip("<>="))] if field == "due" else ""
    for values in (_VALUES[language], *_VALUES.values()):
        every = values.get(field, ())
        found = [one for one in every if fold(one).startswith(begun)]
        if sign:
            rest = begun.removeprefix(sign)
            found += [sign + one for one in every
                      if one[0] not in "<>=" and fold(one).startswith(rest)]  # fmt: skip
        if found:
            return found
    return []


def _beginning(names: Iterable[str], begun: str) -> list[str]:
    """Find the names that begin so, before those of which another word does."""
    every = list(names)
    first = [name for name in every if fold(name).startswith(begun)]
    return first + [
        name
        for name in every
        if name not in first and any(word.startswith(begun) for word in fold(name).split())
    ]


def _is(written: str, value: str) -> bool:
    """Whether it is read as that value of a field, whole."""
    read = list(tokens(written))
    return (
        len(read) == 1
        and read[0].kind == "field"
        and read[0].text == value
        and not read[0].lacks
        and bool(value.strip())
    )
