"""What the author wrote now, apart from what was quoted and signed.

Line by line, with no pattern that looks across lines: each line is looked at a bounded number
of times, whatever it holds. Works on cleaned text. In doubt a line is the author's: what is
folded by mistake is one key away, but a VA who answers what she did not see is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from normalizer import text

_QUOTED: Final = re.compile(" {0,3}>")
_LONGEST: Final = 500
_REACH: Final = 4

# «El lun, 2 nov 2026 a las 10:00, Ana escribió:», "On … wrote:", and their like.
_WROTE: Final = re.compile(
    r"(?:escribi[oó]|wrote|a [eé]crit|ha scritto|escreveu|schreef|skrev)\s?:$", re.IGNORECASE
)
_SCHRIEB: Final = re.compile(r"\bschrieb .{1,200}:$")
_STARTS: Final = re.compile(r"(?:El|On|Le|Am|Il|Em|Op|Den|A las|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})\b")
_DATED: Final = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2} .{1,300}<[^<>@ ]+@[^<>@ ]+>:$")

# «De: … Enviado: … Para: … Asunto: …», as Outlook writes it in the language of its user.
_LABEL: Final = re.compile(r"[ *_]{0,4}([^\W\d_]{1,12}(?: (?:el|em))?)[ *_]{0,3}:")
_FROM: Final = frozenset({"de", "from", "von", "da", "van", "fra"})
_OTHERS: Final = {
    **dict.fromkeys(("enviado", "enviado el", "enviado em", "enviada", "enviada em"), "sent"),
    **dict.fromkeys(("fecha", "sent", "date", "gesendet", "datum", "envoye", "inviato"), "sent"),
    **dict.fromkeys(("data", "verzonden", "sendt"), "sent"),
    **dict.fromkeys(("para", "to", "an", "a", "aan", "til"), "to"),
    **dict.fromkeys(("asunto", "subject", "betreff", "objet", "oggetto", "assunto"), "subject"),
}
_ORIGINAL: Final = frozenset(
    {
        "mensaje original",
        "original message",
        "ursprungliche nachricht",
        "original-nachricht",
        "message d'origine",
        "messaggio originale",
        "mensagem original",
    }
)
_FORWARDED: Final = frozenset(
    {
        "mensaje reenviado",
        "forwarded message",
        "begin forwarded message",
        "inicio del mensaje reenviado",
        "weitergeleitete nachricht",
        "message transfere",
        "messaggio inoltrato",
        "mensagem encaminhada",
    }
)
_DEVICE: Final = re.compile(
    r"[ <\[]{0,4}(?:enviado (?:desde|con) (?:mi |el |correo|yahoo|outlook|gmail|proton)"
    r"|sent (?:from|with|via) (?:my |mail for |yahoo|outlook|gmail|proton)"
    r"|obtener outlook para |get outlook for |envoy[eé] de mon |von meinem .{1,40} gesendet"
    r"|inviato da |enviado do meu ).{0,60}$",
    re.IGNORECASE,
)
_SIGNATURE_LINES: Final = 15


def split(said: str, *, forward: bool = False) -> tuple[str, str]:
    """Return (what the author wrote, quotes and signature).

    What is forwarded is the message, so it is never folded: neither below its own heading nor,
    where `forward` says that the subject announces one, below a header block. Answers between
    quoted lines keep what they answer. Where nothing would be left, nothing is folded.
    """
    lines = said.split("\n")
    kept = [True] * len(lines)
    end = _fold_quotes(lines, kept, forward=forward)
    _fold_signatures(lines, kept, end)
    if all(kept):
        return said.strip("\n"), ""
    own = _joined(line for line, keep in zip(lines, kept, strict=True) if keep)
    if not own.strip():
        return said.strip("\n"), ""
    return own, _joined(line for line, keep in zip(lines, kept, strict=True) if not keep)


def unflowed(said: str, *, delsp: bool = False) -> str:
    """Join the soft-broken lines of format=flowed (RFC 3676); quotes and signatures stay."""
    out: list[str] = []
    joins, before = False, 0
    for line in said.splitlines():
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:].removeprefix(" ")
        if joins and depth == before and body != "-- ":
            out[-1] = (out[-1][:-1] if delsp else out[-1]) + body
        else:
            out.append(">" * depth + (" " if depth else "") + body)
        joins, before = body.endswith(" ") and body != "-- ", depth
    return "\n".join(out)


def _fold_quotes(lines: list[str], kept: list[bool], *, forward: bool) -> int:
    """Unmark quotes in `kept`; return where the author's part ends for good."""
    end = len(lines)
    tail: int | None = None
    blocks: list[tuple[int, int]] = []
    for i, line in enumerate(lines):
        if not line or len(line) > _LONGEST:
            continue
        if _QUOTED.match(line):
            if blocks and not any(each.strip() for each in lines[blocks[-1][1] : i]):
                blocks[-1] = (blocks[-1][0], i + 1)
            else:
                blocks.append((_attribution_above(lines, i), i + 1))
        elif line[0] in "-BI" and _named(line) in _FORWARDED:
            end = i
            break
        elif not forward and _begins_tail(lines, i):
            tail = i
            break
    stop = end if tail is None else tail
    _fold_blocks(lines, kept, blocks, stop)
    if tail is not None:
        kept[tail:] = [False] * (len(lines) - tail)
        while tail and not lines[tail - 1].strip("-—_* "):
            tail -= 1
            kept[tail] = False
    return stop


def _fold_blocks(
    lines: list[str], kept: list[bool], blocks: list[tuple[int, int]], stop: int
) -> None:
    """Unmark prefixed quotes, but not those that an answer between two stands below."""
    after = [first for first, _ in blocks[1:]] + [stop]
    answered = [
        any(line.strip() for line in lines[last:following])
        for (_, last), following in zip(blocks, after, strict=False)
    ]
    interleaved = sum(answered) > 1
    for (first, last), answer in zip(blocks, answered, strict=True):
        if not (interleaved and answer):
            kept[first:last] = [False] * (last - first)


def _begins_tail(lines: list[str], i: int) -> bool:
    """Tell whether everything from line `i` on was written before."""
    line = lines[i]
    if line[0] == "-" and _named(line) in _ORIGINAL:
        return True
    if _label(line) in _FROM:
        others = {_OTHERS.get(_label(each)) for each in lines[i + 1 : i + 9]}
        if len(others - {None}) >= 2:
            return True
    after = _attribution_end(lines, i) if _STARTS.match(line) else i
    if after == i or not any(each.isdigit() for each in "".join(lines[i:after])):
        return False
    below = next((each for each in lines[after : after + 3] if each.strip()), "")
    return bool(below) and not _QUOTED.match(below)


def _attribution_end(lines: list[str], i: int) -> int:
    """Return the line after the attribution that begins at line `i`; `i` where none does."""
    whole = ""
    for at, line in enumerate(lines[i : i + _REACH], start=i + 1):
        if not line.strip() or len(line) > _LONGEST or _QUOTED.match(line):
            break
        whole = f"{whole} {line.strip()}"
        if _WROTE.search(whole[-40:]) or (whole.endswith(":") and _SCHRIEB.search(whole[-300:])):
            return at
    return i


def _attribution_above(lines: list[str], i: int) -> int:
    """Return where the quote at line `i` begins, with the line that says whose words it holds."""
    last = i
    while last and i - last < 2 and not lines[last - 1].strip():
        last -= 1
    for first in range(last - 1, max(-1, last - 1 - _REACH), -1):
        line = lines[first]
        if not line.strip() or _QUOTED.match(line):
            break
        if _STARTS.match(line) and _attribution_end(lines, first) == last:
            return first
    if last and (_WROTE.search(lines[last - 1][-40:].rstrip()) or _DATED.match(lines[last - 1])):
        return last - 1
    return i


def _fold_signatures(lines: list[str], kept: list[bool], end: int) -> None:
    """Unmark the signature of each run of the author's lines before `end`."""
    first = 0
    for i in range(end + 1):
        if i == end or not kept[i]:
            _fold_signature(lines, kept, first, i)
            first = i + 1


def _fold_signature(lines: list[str], kept: list[bool], first: int, end: int) -> None:
    for i in range(first, end):
        line = lines[i]
        if line == "-- " or (line == "--" and end - i <= _SIGNATURE_LINES):
            kept[i:end] = [False] * (end - i)
            return
        if len(line) < 100 and _DEVICE.match(line):
            kept[i] = False


def _named(line: str) -> str:
    """Return what a line of dashes says, folded."""
    return text.fold(line.strip("-_—:* ")) if len(line) < 100 else ""


def _label(line: str) -> str:
    found = _LABEL.match(line)
    return text.fold(found.group(1)) if found else ""


def _joined(lines: Iterable[str]) -> str:
    """Put lines together again, without the gaps that what was taken out leaves."""
    out: list[str] = []
    for line in lines:
        if line.strip() or (out and out[-1]):
            out.append(line.rstrip())
    return "\n".join(out).strip("\n")
