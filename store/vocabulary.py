"""The words of the query language, in English and Spanish: fields, values, spans and days.

All are compared folded: without case and accents.
"""

from __future__ import annotations

import re
from calendar import isleap
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

FieldName: TypeAlias = Literal[
    "client",
    "channel",
    "state",
    "kind",
    "age",
    "turn",
    "has",
    "due",
    "label",
    "is",
    "changed",
    "text",
]

FIELDS: Final[dict[str, FieldName]] = {
    "client": "client",
    "channel": "channel",
    "state": "state",
    "kind": "kind",
    "age": "age",
    "turn": "turn",
    "has": "has",
    "due": "due",
    "label": "label",
    "is": "is",
    "changed": "changed",
    "text": "text",
    "cliente": "client",
    "canal": "channel",
    "estado": "state",
    "tipo": "kind",
    "edad": "age",
    "toca": "turn",
    "tiene": "has",
    "vence": "due",
    "etiqueta": "label",
    "es": "is",
    "cambio": "changed",
    "texto": "text",
}

VALUES: Final[dict[FieldName, dict[str, str]]] = {
    "state": {
        "open": "open",
        "done": "done",
        "archived": "archived",
        "gone": "gone",
        "inbox": "inbox",
        "planned": "planned",
        "waiting": "waiting",
        "snoozed": "snoozed",
        "any": "any",
        "abierto": "open",
        "hecho": "done",
        "archivado": "archived",
        "desaparecido": "gone",
        "bandeja": "inbox",
        "planificado": "planned",
        "esperando": "waiting",
        "pospuesto": "snoozed",
        "todos": "any",
    },
    "kind": {
        "task": "task",
        "conversation": "conversation",
        "tarea": "task",
        "tarjeta": "task",
        "conversacion": "conversation",
        "hilo": "conversation",
    },
    "turn": {
        "me": "me",
        "client": "client",
        "third": "third",
        "yo": "me",
        "cliente": "client",
        "tercero": "third",
    },
    "has": {"attachment": "attachment", "file": "attachment", "adjunto": "attachment"}
    | {"archivo": "attachment", "fichero": "attachment"},
    "changed": {
        "new": "new",
        "title": "title",
        "text": "body",
        "due": "due",
        "place": "container",
        "state": "state",
        "labels": "labels",
        "people": "people",
        "checklist": "checklist",
        "files": "attachments",
        "message": "message",
        "nuevo": "new",
        "titulo": "title",
        "texto": "body",
        "fecha": "due",
        "sitio": "container",
        "estado": "state",
        "etiquetas": "labels",
        "personas": "people",
        "lista": "checklist",
        "archivos": "attachments",
        "mensaje": "message",
    },
    "is": {"unread": "unread", "automatic": "automatic", "noleido": "unread"}
    | {"sinleer": "unread", "automatico": "automatic", "new": "new", "nuevo": "new"}
    | {"linked": "linked", "enlazado": "linked"},
}
"""Values that are one of a few, spelled without blanks, "-" and "_"."""

CHANNEL_KINDS: Final = {"correo": "imap", "email": "imap", "mail": "imap"}
"""What else people call a kind of channel."""

_UNITS: Final = {"min": 1, "h": 60, "d": 1440, "w": 10080, "s": 10080, "m": 43200}
"""Minutes: hours, days, weeks (*semanas*), months of 30 days."""

_DAYS: Final = {"today": 0, "tomorrow": 1, "yesterday": -1, "hoy": 0, "manana": 1, "ayer": -1}
_WEEKDAYS: Final = {
    name: number
    for names in (
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
    )
    for number, name in enumerate(names)
}

_SPAN: Final = re.compile(r"(\d{1,5})\s*(min|[hdwsm])[a-z]*", re.ASCII)
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_OUR_DATE: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?", re.ASCII)


def span(value: str) -> timedelta | None:
    """Read "5d", "2 weeks". Raises OverflowError where time itself ends."""
    match = _SPAN.fullmatch(value)
    return timedelta(minutes=int(match[1]) * _UNITS[match[2]]) if match else None


def day(value: str, today: date) -> date | None:
    """Read a day. A weekday is the first from today on; a day without a year, the nearest one.

    Raises ValueError or OverflowError for a day that no calendar has.
    """
    if value in _DAYS:
        return today + timedelta(days=_DAYS[value])
    if value in _WEEKDAYS:
        return today + timedelta(days=(_WEEKDAYS[value] - today.weekday()) % 7)
    if (ahead := span(value)) is not None and not ahead.seconds:
        return today + ahead
    if iso := _ISO_DATE.fullmatch(value):
        return date(int(iso[1]), int(iso[2]), int(iso[3]))
    if ours := _OUR_DATE.fullmatch(value):
        number, month = int(ours[1]), int(ours[2])
        if ours[3]:
            return date(int(ours[3]), month, number)
        # 29 February is not in every year.
        return min(
            (
                date(year, month, number)
                for year in range(today.year - 4, today.year + 5)
                if month != 2 or number != 29 or isleap(year)
            ),
            key=lambda candidate: abs(candidate - today),
        )
    return None
