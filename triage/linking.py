"""Which items of one client are probably the same thing, and why. Rules alone: each can be said.

Few and right before many: where two could be meant, or a word is everybody's, nothing is said.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from normalizer import notices, threads
from normalizer.model import Notification
from normalizer.subject import base
from normalizer.text import fold
from store.likely import About, Clues, Near

if TYPE_CHECKING:
    from store.reader import Reader

MOST: Final = 3
"""Suggestions for one item."""


class Reason(enum.StrEnum):
    """Why two items are probably the same thing, the surest first."""

    LINK = "link"
    """One of them links to the other."""

    FILE = "file"
    NUMBER = "number"
    """Both are called by the same number: of an invoice, an order."""

    SUBJECT = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An item that is probably the same thing."""

    id: int
    channel_kind: str
    title: str
    reason: Reason
    detail: str = ""
    """The file or the number."""


_APART: Final = timedelta(days=30)
_SMALLEST: Final = 2_000
"""Bytes: what is smaller hangs from mails as a sign, a card or a pixel."""

_SPELLED: Final = 3
"""Bytes by which a mail may be wrong about the size of its file."""

_EVERYBODYS: Final = re.compile(
    r"(image|img|imagen|logo|firma|banner|icon|icono|outlook|unnamed|adjunto|attachment|captura"
    r"|screenshot|whatsapp|scan|escaneo|documento?|untitled|sin titulo)[-_ ()\d]*\.\w+"
    r"|.*\.(ics|vcf|p7s|p7m|asc|htm|html|eml|txt|gif)"
)
"""Names that say nothing."""

_KNOWN: Final = re.compile(
    r"(?:factura|facturas|presupuesto|pedido|albaran|expediente|contrato|invoice|order|quote"
    r"|ticket|incidencia|proforma|ref|referencia|reference|po)\W{1,3}(?:n[.ºo°]{0,2}\W{0,2}"
    r"|num(?:ero)?\W{1,3}|no\W{1,2})?"
    r"((?=[a-z]{0,4}[-/]?\d)[a-z]{0,4}[-/]?\d+(?:[-/.]\d+)*)"
)
_YEAR: Final = re.compile(r"(19|20)\d\d")
_TRIVIAL: Final = frozenset(
    """
    de del la el los las un una y o a en por para con al que se su lo mi tu es the of and
    for to in on your our an is re hola buenos dias buenas tardes hello hi gracias thanks
    urgente urgent importante pregunta question duda dudas consulta reunion meeting llamada
    call factura facturas invoice invoices informe report presupuesto quote pedido order
    newsletter boletin semanal mensual weekly monthly diario daily recordatorio reminder
    pendiente pendientes tareas tarea task tasks cambios cambio changes update actualizacion
    novedades news info informacion information documento documentos documentacion document
    documents archivo archivos file files foto fotos photo photos nuevo nueva new enero
    febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    january february march april may june july august september october november december
    lunes martes miercoles jueves viernes sabado domingo monday tuesday wednesday thursday
    friday semana week mes month hoy today manana tomorrow
    """.split()  # noqa: SIM905 - two hundred words, one a line otherwise
)
_WORD: Final = re.compile(r"\w+")
_URL: Final = re.compile(r"https?://[^\s<>\"'()\[\]{}«»“”]{4,300}")


def suggest(reader: Reader, item_id: int) -> tuple[Suggestion, ...]:
    """Say what is probably the same thing as an item, the surest first. Raises StoreError."""
    item = reader.about(item_id)
    if item is None:
        return ()
    address = _address(item)
    subject, numbers = _subject(item.title), _numbers(item.title)
    files = _files(item)
    phrases = [one for one in (address, subject, *numbers) if one]
    clues = Clues(keys=_links(item), files=files.keys(), phrases=phrases)
    if not (clues.keys or clues.files or clues.phrases):
        return ()
    found = reader.near(item, clues)
    others = [one for one in found if one.matter is None or one.matter != item.matter]
    known: dict[int, Suggestion] = {}
    for reason, those in (
        (Reason.LINK, _by_link(others, address)),
        (Reason.FILE, _by_file(others, files)),
        (Reason.NUMBER, _by_number(others, numbers)),
        (Reason.SUBJECT, _by_subject(others, item, subject)),
    ):
        for one, detail in those:
            known.setdefault(one.id, Suggestion(
                id=one.id, channel_kind=one.channel_kind, title=one.title, reason=reason,
                detail=detail,
            ))  # fmt: skip
    return tuple(known.values())[:MOST]


def _by_link(others: Iterable[Near], address: str) -> Iterable[tuple[Near, str]]:
    return ((one, "") for one in others if one.named or address in one.phrases)


def _by_file(others: Iterable[Near], files: Mapping[str, int | None]) -> Iterable[tuple[Near, str]]:
    for one in others:
        for name, size in one.files:
            mine = files.get(name)
            if size is not None and mine is not None and abs(size - mine) <= _SPELLED:
                yield one, name
                break


def _by_number(others: Iterable[Near], numbers: Iterable[str]) -> Iterable[tuple[Near, str]]:
    for number in numbers:
        those = [one for one in others if number in _numbers(one.title)]
        if len(those) <= MOST:
            yield from ((one, number) for one in those)


def _by_subject(others: Iterable[Near], item: About, subject: str) -> Iterable[tuple[Near, str]]:
    """Of another channel alone: two mails of one subject that are not one conversation are two
    affairs, as every month's. Where two could be meant, neither is.
    """
    those = [
        one for one in others
        if subject and subject in one.phrases and one.channel_id != item.channel_id
        and _subject(one.title) == subject
        and abs(one.created_at - item.created_at) <= _APART
    ]  # fmt: skip
    return ((one, "") for one in those) if len(those) == 1 else ()


def _links(item: About) -> set[int]:
    """Name the cards and tasks to which what was said links; a list of many is about none."""
    own = set(threads.link_keys(item.url))
    found: set[int] = set()
    for url in (url for text in item.texts for url in _URL.findall(text)):
        for tool in notices.TOOLS:
            key = threads.link_key(Notification(tool=tool, link=notices.link(tool, url)))
            if key is not None:
                found.add(key)
    return found - own if len(found - own) <= MOST else set()


def _address(item: About) -> str:
    """Give the address of a card or task as others write it; "" where it has none."""
    links = (notices.link(tool, item.url or "") for tool in notices.TOOLS)
    return next((link.partition("://")[2] for link in links if link), "")


def _files(item: About) -> dict[str, int | None]:
    return {
        name: size
        for name, size in item.files
        if size is not None and size >= _SMALLEST and not _EVERYBODYS.fullmatch(fold(name))
    }


def _subject(title: str) -> str:
    """Give a subject to be compared; "" where its words are everybody's."""
    subject = base(title)
    telling = [
        word for word in _WORD.findall(subject)
        if word not in _TRIVIAL and len(word) > 2 and not word.isdecimal()
    ]  # fmt: skip
    return subject if len(telling) >= 2 else ""


def _numbers(title: str) -> list[str]:
    """Give the numbers by which a title calls an invoice, an order or the like."""
    return [
        number for number in dict.fromkeys(_KNOWN.findall(fold(title)))
        if sum(char.isdecimal() for char in number) >= 3 and not _YEAR.fullmatch(number)
    ]  # fmt: skip
