"""Whether she speaks of a file that goes with what she writes: one that was forgotten costs a
second mail, and looks careless. Pure.

In doubt she does: a question too many is one key. Not meant are the other side's files, those on a
board, and those that she says do not go along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from normalizer import quotes
from triage.wording import Token, paragraphs

_HERS: Final = re.compile(
    r"\b(?:"
    r"(?:(?:te|os|le|les|se|lo|la|los|las|he|hemos|va|van) ){0,3}"
    r"adjunt(?:o|a|os|as|e|amos|ado|ada|ados|adas|and\w+)"
    r"|(?:olvid\w+|acabo de) (?:de )?adjuntar\w*"
    r"|(?:(?:i|we|ve|have|please|find|see|is|are|the|forgot to) ){0,3}"
    r"(?:attached|attachments?|attaching)"
    r"|(?:i|we|m|forgot to|let me) (?:also )?attach|pfa"
    r"|(?:please find|find|see|please|is|are|ve|have) enclosed(?! by)"
    r"|the enclosed (?:files?|documents?|forms?|letters?|invoices?|contracts?|copy|copies)"
    r"|(?:i|we) enclose|enclosing"
    r")\b"
)
"""In folded words with one space between them, and " , " for any sign that parts them."""

_FIRST: Final = re.compile(r"^enclosed (?:is|are|you|please|find|the|my|our|a)\b")

_FILE: Final = r"(?:archivos?|documentos?|ficheros?|pdf|fotos?|imagen(?:es)?|files?|documents?)"
_THE: Final = rf"(?: (?:el|los|la|las|del|al|este|ese|the|that|this|{_FILE})){{1,3}}"
_SENT: Final = r"(?:mand|envi|pas|dej|dist|di[eo]|reenvi|lleg|compart|sub|v[ei]n|incl)\w*"
_QUOTED: Final = re.compile(r"^ {0,3}>.*$", re.MULTILINE)
_BOARD: Final = (
    r"(?:tareas?|tarjetas?|trello|asana|tablero|ficha|carpeta|drive|dropbox|chat|whatsapp|cards?"
    r"|tasks?|board|ticket|folder|event|invite)"
)
_OTHERS: Final = tuple(
    re.compile(one)
    for one in (
        # The other side's.
        rf"\b(?:tus?|sus?|vuestr[oa]s?|your|their|his|her) (?:{_FILE} )?(?:adjunt|attach)",
        r"\b(?:me|nos) (?:has |habeis |ha |han |habias |lo |la )*adjunt",
        r"\bdeja(?:ste|s|steis)? (?:\w+ )?adjunt",
        rf"\badjunt\w+ (?:{_FILE} )?que (?:me |nos |has |habeis |ha |habias )+{_SENT}",
        rf"\badjunt\w+ (?:{_FILE} )?que (?:\w+aste|\w+asteis|\w+iste|viene|venia)\b",
        r"\badjunt\w+ (?:de|en|a) (?:tu|su|vuestro|el ultimo|tu ultimo) (?:correo|mail|mensaje)",
        r"\byou (?:ve |have |had |just |also |already )*(?:attach|enclos)",
        (
            rf"\b(?:attachments?|attached(?: {_FILE})?) (?:that |which )?you (?:ve |have |had )*"
            r"(?:sent|mailed|shared|gave|forwarded|passed|included|attached)"
        ),
        # What she says to have got, or not.
        (
            rf"\b(?:he|hemos|podido|puedo|podemos|consigo|logro|gracias por|recibid[oa]|recibi"
            rf"|llegado|llego|llega|falta\w*|visto|veo|leido|descargado|abierto|abrir|olvid\w+)"
            rf"(?: (?:abrir|leer|ver|descargar|recibir|abierto|leido|visto|descargado|recibido"
            rf"|revisado|mirado))?{_THE} adjunt"
        ),
        r"\b(?:thanks|thank you) for(?: the)?(?: \w+)? attach",
        (
            r"\b(?:i|we|ve|have|just) (?:received|opened|got|downloaded|read|saw|seen)"
            rf"{_THE} attach"
        ),
        # What does not go along.
        r"\b(?:no|sin|ningun|ninguna|nunca|tampoco|ni)(?: \w+){0,3} adjunt",
        r"\b(?:no|not|without|missing|nothing|never|t|cannot)(?: \w+){0,3} attach",
        # What somebody is asked for.
        r"^(?:por favor ,? ?)?adjunta(?: \w+)* , por favor\b|\bpor favor ,? ?adjunta\b",
        r"\badjunta ,? ?por favor|\badjunta(?:me|nos|melo|mela)\b",
        r"\b(?:que|si) (?:me |nos |te |os |lo )*adjunte\b|\bque adjuntes?\b",
        # What hangs elsewhere, and what is no file.
        rf"\badjunt\w+ (?:\w+ ){{0,4}}(?:a|en) (?:la |las |el |tu |su |una )?{_BOARD}\b",
        rf"\b(?:attach\w*) (?:\w+ ){{0,4}}(?:to|in|on) (?:the |your |its |a |this )?{_BOARD}\b",
        (
            r"\b(?:emotionally|very|too|quite|deeply|strings) attached\b"
            r"|\battached to (?:it|him|her|them|my|his)\b"
        ),
        r"\b(?:director|editor|profesor|jef|secretari|gerent)[ae]? adjunt",
        r"\badjunt[oa] (?:a|de) (?:la )?(?:direccion|gerencia)",
    )
)


def speaks_of_file(text: str) -> str | None:
    """Give the words by which her text speaks of a file that goes along; None where it does not.

    What she quotes and how she signs does not count.
    """
    own, _ = quotes.split(_QUOTED.sub("", text))
    for sentence in _sentences(own):
        said, places = _joined(own, sentence)
        hers = [*_FIRST.finditer(said), *_HERS.finditer(said)]
        not_meant = _not_meant(said) if hers else b""
        for match in hers:
            if not any(not_meant[match.start() : match.end()]):
                first, last = places[match.start()], _last(places, match.end())
                return own[sentence[first].start : sentence[last].end]
    return None


def _not_meant(said: str) -> bytes:
    """Mark the letters of what is no file of hers."""
    marked = bytearray(len(said))
    for one in _OTHERS:
        for match in one.finditer(said):
            marked[match.start() : match.end()] = b"\1" * len(match[0])
    return bytes(marked)


def _sentences(text: str) -> Iterator[Sequence[Token]]:
    for tokens in paragraphs(text):
        begins = [at for at, token in enumerate(tokens) if token.begins]
        for start, end in pairwise([*begins, len(tokens)]):
            yield tokens[start:end]


def _joined(text: str, sentence: Sequence[Token]) -> tuple[str, dict[int, int]]:
    """Put the words of a sentence together; also say at which place each of them begins."""
    said, places, before = "", {}, None
    for at, token in enumerate(sentence):
        if before is not None:
            between = text[before : token.start]
            said += " , " if any(sign in between for sign in ",;()[]") else " "
        places[len(said)] = at
        said += token.word
        before = token.end
    return said, places


def _last(places: dict[int, int], end: int) -> int:
    return max(at for start, at in places.items() if start < end)
