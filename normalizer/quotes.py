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
    r",? (?:escribi[oó]|wrote|a [eé]crit|ha scritto|escreveu|escribiu|va escriure|ha escrit"
    r"|schreef|skrev)\s?:$",
    re.IGNORECASE,
)
_SCHRIEB: Final = re.compile(r" (?:schrieb|schreef|skrev) (.{1,200}):$")
_STARTS: Final = re.compile(
    r" {0,8}(?:-{2,6} )?(?:El|On|Le|Am|Il|Em|En|O|Op|Den|A las|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})\b"
)
_FIRST: Final = frozenset(" -ELAIOD0123456789")
"""What a line may begin with that `_STARTS` matches: for speed, since hardly any line does."""

_DATED: Final = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2} .{1,300}<[^<>@ ]+@[^<>@ ]+>:$")
# What no program writes above a quote, and what an author who asks for something may.
_SENTENCE: Final = re.compile(
    r"[?!¿¡.;](?:(?<=[¿¡])|(?<=[?!])(?:\s|$)|(?<=\w\w\w[.;]) +[A-ZÁÉÍÓÚÑÜÇ])"
)
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d\d\b")
_TIME: Final = re.compile(r"\b\d{1,2}[:.h]\d\d\b")
_ADDRESS: Final = re.compile(r"[<(\[] ?(?:mailto:)?[^\s<>()\[\]@]+@[^\s<>()\[\]@]+ ?[>)\]]")
_IN_NAMES: Final = frozenset(
    ("de", "del", "la", "las", "los", "el", "y", "i", "e", "da", "do", "dos", "di", "du", "van",
     "von", "der", "den", "und", "via", "vía", "a.", "p.", "m.", "am", "pm", "h")
)  # fmt: skip
_LONGEST_NAME: Final = 8

# «De: … Enviado: … Para: … Asunto: …», as Outlook writes it in the language of its user.
_LABEL: Final = re.compile(r"[ *_]{0,4}([^\W\d_]{1,12}(?: (?:el|em|a))?)[ *_]{0,3}:")
_FROM: Final = frozenset({"de", "from", "von", "da", "van", "fra"})
_OTHERS: Final = {
    **dict.fromkeys(("enviado", "enviado el", "enviado em", "enviada", "enviada em"), "sent"),
    **dict.fromkeys(("enviat", "enviat el", "sent", "gesendet", "envoye", "inviato"), "sent"),
    **dict.fromkeys(("verzonden", "sendt"), "sent"),
    **dict.fromkeys(("fecha", "date", "datum", "data"), "date"),
    **dict.fromkeys(("para", "to", "an", "a", "aan", "til", "per a"), "to"),
    **dict.fromkeys(("asunto", "subject", "betreff", "objet", "oggetto", "assunto"), "subject"),
    **dict.fromkeys(("assumpte", "onderwerp"), "subject"),
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
    r"[ <\[]{0,4}(?:(?:enviado desde mi|sent from my|envoy[eé] de mon|enviado do meu|inviato da)"
    r" (?:iphone|ipad|mac|apple|m[oó]vil|mobile|celular|tel[eé]fono|phone|smartphone|dispositivo"
    r"|device|tablet|android|samsung|galaxy|xiaomi|redmi|huawei|honor|oppo|realme|motorola|moto"
    r"|pixel|oneplus|blackberry|[^\W\d]{0,8}-?\w?\d\w{0,8})"
    r"|(?:enviado (?:desde|con)|sent (?:from|with|via)|mail for)(?: el| la)?(?: aplicaci[oó]n)?"
    r"(?: mail for| correo para| correo(?: electr[oó]nico)?(?: seguro)?(?: de)?)?"
    r" \[?(?:yahoo|outlook|gmail|proton ?mail|windows|samsung|spark|bluemail|zoho)"
    r"|(?:obtener|get) (?:outlook|bluemail) (?:para|for)|von meinem .{1,30} gesendet"
    r")\b(?:[ -][\w'’.-]{1,20}){0,4}[.>\])]{0,2}(?: ?[<(]https?://[^\s<>()]{1,200}[>)])?"
    r"(?:,? (?:correo(?: electr[oó]nico)? seguro|secure e?mail))?[.>\]]{0,2} {0,9}$",
    re.IGNORECASE,
)
_DEVICES: Final = frozenset(
    start
    for word in ("env", "sen", "inv", "mai", "obt", "get", "von")
    for start in (word, word.capitalize(), word.upper())
)
"""How `_DEVICE` begins, for speed."""

_SIGNATURE_LINES: Final = 15
_LONG_SIGNATURE: Final = 60
# Below a signature: «PD: cambia el precio», or a question.
_MORE: Final = re.compile(
    r" {0,4}(?:p\.? ?[ds]\.?|n\.? ?b\.?|posdata)[ .:]|.{0,300}(?:¿|\?(?:\s|$))", re.IGNORECASE
)
# An author who answered inside of what is quoted, or hands it on, says so.
_BELOW: Final = re.compile(
    r"\b(?:abajo|debajo|entre l[ií]neas|intercalad[oa]s?|below|inline"
    r"|en (?:rojo|azul|negrita|may[uú]sculas)|in (?:red|blue))\b"
)
_BELOW_PARTS: Final = (
    *("abajo", "intercal", "entre l", "below", "inline"),
    *("rojo", "azul", "negrita", "en may", "in red", "in blue"),
)
"""One of them is in all that `_BELOW` finds, and looking for them takes a tenth of its time."""

_HANDS_ON: Final = re.compile(r"\b(?:reenv[ií]|forward|fyi\b|te paso |os paso )", re.IGNORECASE)


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
    blocks, stop, tail = _quotes(lines, forward=forward)
    if not (blocks or tail) or _answers_below(lines, blocks, stop):
        return stop
    _fold_blocks(lines, kept, blocks, stop)
    if tail:
        kept[stop:] = [False] * (len(lines) - stop)
        while stop and not lines[stop - 1].strip("-—_* "):
            stop -= 1
            kept[stop] = False
    return stop


def _quotes(lines: list[str], *, forward: bool) -> tuple[list[tuple[int, int]], int, bool]:
    """Return the prefixed quotes, where they end for good, and whether a quote begins there."""
    found: list[list[int]] = []
    stop, tail, last = len(lines), False, 0
    for i, line in enumerate(lines):
        if not line or len(line) > _LONGEST:
            continue
        if line[0] in " >" and _QUOTED.match(line):
            if last and (last == i or not any(each.strip() for each in lines[last:i])):
                last = found[-1][1] = i + 1
            else:
                first, last = _attribution_above(lines, i), i + 1
                glued = first == i and not found
                found.append([first, last, _introduced(lines, first, glued=glued)])
        elif line[0] in "-BI" and _named(line) in _FORWARDED:
            stop = i
            break
        elif (
            (line[0] in _FIRST or ":" in line[:30])
            and not forward
            and _begins_tail(lines, i)
            and not _introduced(lines, i)
        ):
            stop, tail = i, True
            break
    return [(first, last) for first, last, own in found if not own], stop, tail


def _answers_below(lines: list[str], blocks: list[tuple[int, int]], stop: int) -> bool:
    """Tell whether the author says that something of theirs stands in what is quoted."""
    own: list[str] = []
    at = 0
    for first, last in [*blocks, (stop, stop)]:
        own += lines[at:first]
        at = last
    said = "\n".join(own).lower()
    for part in _BELOW_PARTS:
        if part in said:
            return _BELOW.search(said) is not None
    return False


def _introduced(lines: list[str], i: int, *, glued: bool = False) -> bool:
    """Tell whether the author leads up to the quote at line `i`: «Mira lo que dice Ana:».

    `glued`: a line right above it does so too, since programs leave one blank; it is a list.
    """
    for above in reversed(lines[max(0, i - 4) : i]):
        if above.strip("-—_* "):
            said = above[-_LONGEST:].rstrip()
            leads = said.endswith(":") or (glued and above is lines[i - 1])
            return leads and not (_is_dated(said) or "@" in said)
    return False


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
    if _label(line) in _FROM and _is_header(lines, i):
        return not any(_HANDS_ON.search(each[:_LONGEST]) for each in lines[:i])
    if not _STARTS.match(line):
        return False
    after, whole = _attribution(lines, i)
    if after == i or not _attributes(whole, alone=True):
        return False
    below = next((each for each in lines[after : after + 3] if each.strip()), "")
    return bool(below) and not _QUOTED.match(below)


def _is_header(lines: list[str], i: int) -> bool:
    """Tell a mail's header from a form somebody filled in («De: Madrid, Fecha: …, A: Lisboa»).

    "Sent" with a date and a subject is a mail; "date" is one where it has a time of day and an
    address stands beside it.
    """
    found: dict[str, str] = {}
    for line in lines[i + 1 : i + 9]:
        if kind := _OTHERS.get(_label(line)):
            found.setdefault(kind, line[:_LONGEST])
    addressed = "@" in lines[i]
    if sent := found.get("sent"):
        return _is_dated(sent) and ("subject" in found or (addressed and "to" in found))
    return (
        addressed
        and _TIME.search(found.get("date", "")) is not None
        and ("subject" in found or "to" in found)
    )


def _attribution(lines: list[str], i: int) -> tuple[int, str]:
    """Return the line after the attribution that begins at line `i`, and all it says.

    The line is `i` where none begins there.
    """
    whole = ""
    for at, line in enumerate(lines[i : i + _REACH], start=i + 1):
        if not line.strip() or len(line) > _LONGEST or _QUOTED.match(line):
            break
        whole = f"{whole} {line.strip()}"
        if at == i + 1 and whole.startswith(" --") and whole.endswith("--"):
            whole = f" {whole.strip('- ')}:"
        if whole.endswith(":") and (_WROTE.search(whole[-40:]) or _SCHRIEB.search(whole[-300:])):
            return at, whole
    return i, ""


def _attributes(whole: str, *, alone: bool) -> bool:
    """Tell whether `whole` says who wrote what follows, and asks for nothing itself.

    `alone`: nothing else marks what follows as a quote, so it must be sure to be a program's.
    """
    if _SENTENCE.search(whole):
        return False
    if verb := _WROTE.search(whole, len(whole) - 40 if len(whole) > 40 else 0):
        before = whole[: verb.start()]
    elif verb := _SCHRIEB.search(whole[-300:]):
        before = verb.group(1)
    else:
        return False
    if before.endswith((">", ")", "]")) and _ADDRESS.search(before, max(0, len(before) - 300)):
        return not alone or (_is_dated(whole) and (">" in before or "]" in before))
    who = before[max(map(before.rfind, ",0123456789")) + 1 :]
    if not _is_name(who):
        return False
    if alone:
        return _YEAR.search(whole) is not None and _TIME.search(whole) is not None
    return who == before or _is_dated(whole)


def _is_dated(said: str) -> bool:
    return _YEAR.search(said) is not None or _TIME.search(said) is not None


def _is_name(said: str) -> bool:
    words = said.replace('"', " ").replace("(", " ").split()
    return 1 <= len(words) <= _LONGEST_NAME and all(
        not word[0].islower() or word in _IN_NAMES or "@" in word for word in words
    )


def _attribution_above(lines: list[str], i: int) -> int:
    """Return where the quote at line `i` begins, with the line that says whose words it holds."""
    last = i
    while last and i - last < 2 and not lines[last - 1].strip():
        last -= 1
    for first in range(last - 1, max(-1, last - 1 - _REACH), -1):
        line = lines[first]
        if not line.strip() or _QUOTED.match(line):
            break
        if _STARTS.match(line):
            after, whole = _attribution(lines, first)
            if after == last and _attributes(whole, alone=False):
                return first
    if last and len(line := lines[last - 1]) <= _LONGEST:
        after, whole = _attribution(lines, last - 1)
        if (after == last and _attributes(whole, alone=False)) or _DATED.match(line):
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
            above = next((each for each in reversed(lines[first:i]) if each.strip()), "")
            if end - i <= _LONG_SIGNATURE and not above.rstrip().endswith(":"):
                added = _added(lines, i, end)
                kept[i:added] = [False] * (added - i)
            return
        if (line[:3] in _DEVICES or line[:1] in {" ", "<", "["}) and (
            len(line) < 300 and _DEVICE.match(line)
        ):
            kept[i] = False


def _added(lines: list[str], first: int, end: int) -> int:
    """Return where the signature at line `first` ends, and what somebody put below it begins."""
    start = first + 1
    for i in range(first + 1, end):
        if not lines[i].strip():
            start = i + 1
        elif _MORE.match(lines[i]):
            blank = any(not line.strip() for line in lines[first:i])
            return start if blank else i
    return end


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
        said = line.rstrip()
        if said or (out and out[-1]):
            out.append(said)
    return "\n".join(out).strip("\n")
