"""What stands below a mail's header: its words, its files, and the mails it forwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from normalizer import headers, html, mime, quotes, subject, text
from normalizer.charset import decode
from normalizer.model import Attachment
from normalizer.said import Said

_MOST_TEXTS: Final = 20
_TEXT_BYTES: Final = 512 << 10
_TOO_LONG: Final = Said(
    "This message is longer than is shown here. Open it in the client's own mail program to read "
    "the rest."
)
_SEALED: Final = Said(
    "The text of this message is sealed in winmail.dat, which only Outlook reads. Open it there, "
    "or ask the sender for plain text."
)
_OUTLOOKS_OWN: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """All of it, cleaned; `text` is not yet split into what is new and what is quoted."""

    text: str = ""
    forwarded: str = ""
    """The words of the mails that hang from it, each below a line that says whose they are."""

    folded: str = ""
    """What those quote."""

    attachments: tuple[Attachment, ...] = ()
    calendar: str = ""
    markup: Callable[[], str] = str
    """The HTML as it came, decoded if somebody wants the links in it."""

    problem: Said | None = None


def read(parts: Sequence[mime.Part]) -> Body:
    """Choose what to read and what hangs from it."""
    budget = _Budget()
    own: list[mime.Part] = []
    files: list[mime.Part] = []
    calendar: mime.Part | None = None
    for part in parts:
        if mime.is_said(part.type, part.disposition, part.name):
            if not part.within:
                own.append(part)
        elif part.type == "text/calendar" and not part.within and calendar is None:
            calendar = part
            if part.name:
                files.append(part)
        else:
            files.append(part)
    said = budget.cleaned(_read(own, budget))
    forwarded, folded = _forwarded(parts, budget) if files else ("", "")
    markup = next((part for part in own if part.type == "text/html"), None)
    pages = _called(parts) if files else b""
    problem = None
    if budget.exceeded or (calendar and calendar.cut):
        problem = _TOO_LONG
    elif not said and any(part.type in _OUTLOOKS_OWN for part in files):
        problem = _SEALED
    return Body(
        text=said,
        forwarded=forwarded,
        folded=folded,
        attachments=tuple(_attachment(part, pages) for part in files),
        calendar=_decoded(calendar) if calendar else "",
        markup=partial(_decoded, markup) if markup else str,
        problem=problem,
    )


def joined(texts: Iterable[str]) -> str:
    """Put texts below each other, with a blank line between two."""
    return "\n\n".join(said for said in texts if said and not said.isspace())


@dataclass(slots=True)
class _Budget:
    """How much of a mail may still be read, and whether it has more than that."""

    texts: int = _MOST_TEXTS
    room: int = text.BLOCK
    exceeded: bool = False

    def cleaned(self, said: str) -> str:
        """Clean `said`, as far as there is room for it."""
        if not said:
            return ""
        clean = text.block(said, max(self.room, 1))
        if clean.endswith("…") and (len(said) > self.room or not said.rstrip().endswith("…")):
            self.exceeded = True
        self.room -= len(clean)
        return clean


def _texts(parts: Iterable[mime.Part]) -> list[mime.Part]:
    return [part for part in parts if mime.is_said(part.type, part.disposition, part.name)]


def _read(texts: Sequence[mime.Part], budget: _Budget) -> str:
    """Put together the words of one mail: what is plain, or where that is blank, the HTML."""
    for kind in ("text/plain", "text/html"):
        chosen = _preferred(texts, kind)
        budget.exceeded |= len(chosen) > budget.texts
        said = joined(_readable(part, budget).strip("\r\n") for part in chosen[: budget.texts])
        if said:
            budget.texts -= min(len(chosen), budget.texts)
            return said
    return ""


def _preferred(texts: Sequence[mime.Part], kind: str) -> list[mime.Part]:
    """Of each multipart/alternative keep one branch: the first with a part of `kind`, if any.

    RFC 2046 §5.1.4 puts the richest last; plain text is what an author sees of their own words.
    """
    branches: dict[int, int] = {}
    for wanted in ((kind,), ("text/plain", "text/html")):
        for part in texts:
            if part.type in wanted:
                for place in part.places:
                    if place.kind == "alternative":
                        branches.setdefault(place.number, place.position)
    return [
        part
        for part in texts
        if all(
            place.kind != "alternative" or branches[place.number] == place.position
            for place in part.places
        )
    ]


def _readable(part: mime.Part, budget: _Budget) -> str:
    data = part.body()
    cut = part.cut or len(data) > _TEXT_BYTES
    budget.exceeded |= cut
    said = decode(data[:_TEXT_BYTES], part.parameters.get("charset", ""), cut=cut)
    if part.type == "text/html":
        return html.to_text(said)
    if part.parameters.get("format", "").lower() == "flowed":
        return quotes.unflowed(said, delsp=part.parameters.get("delsp", "").lower() == "yes")
    return said


def _decoded(part: mime.Part) -> str:
    return decode(part.body(), part.parameters.get("charset", ""))


def _forwarded(parts: Sequence[mime.Part], budget: _Budget) -> tuple[str, str]:
    """Read the mails within the mail, in order: their own words, and what they quote."""
    said: list[str] = []
    folded: list[str] = []
    for mail in (part for part in parts if part.type == "message/rfc822"):
        inner = [part for part in parts if part.within == mail.id]
        if not inner:
            continue
        if budget.room <= 0:
            budget.exceeded = True
            break
        fields = mime.read_fields(mail.mail, mail.start, mail.end)
        title = headers.unstructured(fields.first(b"subject"))
        words = budget.cleaned(_read(_texts(inner), budget))
        own, quoted = quotes.split(words, forward=subject.is_forward(title))
        said += (_heading(fields, title), own)
        folded.append(quoted)
    return joined(said), joined(folded)


def _heading(fields: mime.Fields, title: str) -> str:
    """Say whose words follow, and when and about what they were written, in no language."""
    people = headers.people(fields.every(b"from")[:1] or fields.every(b"sender")[:1])
    name, address = people[0] if people else ("", "")
    written = headers.date(fields.first(b"date"))
    about = (
        f"{name} <{address}>" if name and address else name or address,
        f"{written:%Y-%m-%d %H:%M} UTC" if written else "",
        title,
    )
    return "——— " + " · ".join(each for each in map(text.line, about) if each)


def _called(parts: Sequence[mime.Part]) -> bytes:
    """Return all HTML that may call a picture by its Content-ID; b"" where there is no picture."""
    if not any(p.type.startswith("image/") and p.disposition != "attachment" for p in parts):
        return b""
    return b"\n".join(part.body() for part in _texts(parts) if part.type == "text/html")


def _attachment(part: mime.Part, pages: bytes) -> Attachment:
    name = part.name
    if not name and part.type == "message/rfc822":
        inner = mime.read_fields(part.mail, part.start, part.end)
        name = headers.unstructured(inner.first(b"subject")).replace("/", "-") + ".eml"
    return Attachment(
        external_id=text.line(part.id, 200),
        name=text.file_name(name),
        media_type=text.line(part.type, text.NAME),
        size=part.size(),
        inline=_is_inline(part, pages),
    )


def _is_inline(part: mime.Part, pages: bytes) -> bool:
    """Tell what belongs to the text or seals it from what somebody attached.

    A picture is part of the text where its HTML calls it by its Content-ID (RFC 2392), or may
    call it by another name: within multipart/related and without one (RFC 2557). Phones send
    photos as inline, too.
    """
    if part.type.endswith(("-signature", "/delivery-status")):
        return True
    if part.disposition == "attachment":
        return False
    if part.type.startswith("image/"):
        called = part.content_id.strip(b" \t\r\n<>").partition(b"@")[0]
        if called:
            return b"cid:" + called in pages
        return any(place.kind == "related" for place in part.places)
    return part.type.startswith("text/") and not part.name
