"""What the body of an exported message is: words, a file, a file left out, a message taken back.

The app says it in the phone's language (`normalizer.whatsapp_words`), and Android writes it just
as people write; what is not known to the letter stays text.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from normalizer.whatsapp_stamp import MARKS
from normalizer.whatsapp_words import is_notice, words

_LONGEST_SAID: Final = 300
"""Characters of a first line in which the app, and not a person, could be speaking."""

_FEW: Final = 3
"""Letters by which most of what people write is told from all that the app does."""

_MENTION: Final = re.compile("@\u2068([^\u2068\u2069\n]{1,160})\u2069")
_NUMBER: Final = re.compile("\u202a([+\\d\\s()-]{4,30})\u202c")
_UNSEEN: Final = re.compile(f"[{MARKS}]")
_VOTES: Final = re.compile(r"\([^()]{0,30}\d[^()]{0,30}\)")
_NAME: Final = r"(?P<file>[^\s/\\<>\x00-\x1f][^/\\<>\x00-\x1f]{0,250}\.[0-9A-Za-z]{1,10})"
_UNKNOWN: Final = re.compile(rf"<[^\W\d][^<>:\n]{{0,40}}\s?:\s?{_NAME}>")
"""The app attached a file, in a language that is not known."""

_ALL_NAME: Final = re.compile(_NAME)
"""Of a document that was left out, Android may name the file where captions stand."""

_BETWEEN: Final = " \t\n\xa0\u202f\u200e\u200f"
"""What stands between a text and what says that it was edited."""

_LINK: Final = re.compile(r"https?://\S+")


class BodyKind(enum.StrEnum):
    """What a body is."""

    TEXT = "text"
    FILE = "file"
    OMITTED = "omitted"
    """A file that this export leaves out."""

    DELETED = "deleted"
    POLL = "poll"
    CALL = "call"
    LOCATION = "location"
    SYSTEM = "system"
    EMPTY = "empty"
    """Nothing is exported of it: to be seen once, or of a kind that exports do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body understood."""

    kind: BodyKind
    text: str = ""
    """What the author wrote, alike in every export of the same message: a caption, a poll without
    its votes, a location's link. "" where the words are the app's: they differ by language. Of a
    line of the system's, the line."""

    edited: bool = False
    file: str = ""
    """The file's name, never a path."""

    own: bool = False
    """Its words show that the owner of the phone is its author: "You deleted this message"."""


def understand(body: str, sender: str, *, app: bool | None = None, group: str = "") -> Body:
    """Say what a body is.

    `sender`, `body` and `app` are those of a `Line`. `group` is the chat's name where it is a
    group: on an iPhone what bears the group's own name was written by the app.
    """
    if not sender:
        # Of a missed call, some phones do not say whose it was.
        if _said().call.fullmatch(bare(body)):
            return Body(kind=BodyKind.CALL)
        return Body(kind=BodyKind.SYSTEM, text=told(body))
    said, edited = _unedited(body)
    written = app is False and said.strip() and not _UNSEEN.search(said)
    known = None if written else _known(said, app)
    if known is None:
        by_app = app is True and (sender == group or is_notice(body))
        known = Body(kind=BodyKind.SYSTEM if by_app else BodyKind.TEXT, text=told(said))
    return replace(known, edited=True) if edited else known


def told(text: str) -> str:
    """Take the marks away with which the app wraps a mentioned name and a number."""
    if "\u2068" in text:
        text = _MENTION.sub(r"@\1", text)
    return _NUMBER.sub(r"\1", text) if "\u202a" in text else text


def bare(text: str) -> str:
    """Take every mark away by which the app says which way its words run."""
    return text.strip() if text.isascii() else _UNSEEN.sub("", text).strip()


def mentioned(text: str) -> tuple[str, ...]:
    """Name those whom a body, still untouched, mentions."""
    return tuple(dict.fromkeys(_MENTION.findall(text)))


def chat_name(file_name: str) -> str | None:
    """Tell whose chat a file is, by the name that the app gave it; None where it does not say."""
    stem = file_name.replace("\\", "/").rpartition("/")[2]
    for _ in range(2):
        stem = re.sub(r"\.(?:txt|zip)$", "", stem.strip(), flags=re.IGNORECASE)
    stem = re.sub(r"(?: ?\(\d{1,3}\))+$", "", " ".join(_UNSEEN.sub("", stem).split()))
    for spelled in (stem, stem.replace("_", " ")):
        for pattern in _said().chat:
            if (found := pattern.fullmatch(spelled)) and (name := found[1].strip()):
                return name
    return None


def _unedited(body: str) -> tuple[str, bool]:
    """Take away what says that a text was edited, and tell whether it did."""
    begins = body.rfind("<") if body.endswith(">") else -1
    if begins < 0 or not _said().edited.fullmatch(body, begins):
        return body, False
    return body[:begins].rstrip(_BETWEEN), True


def _known(said: str, app: bool | None) -> Body | None:
    """Say what the app tells here; None where a person speaks."""
    plain = bare(said)
    if not plain or (plain == "null" and app is not False):
        return Body(kind=BodyKind.EMPTY)
    if plain.endswith(">") and (begins := plain.rfind("<")) >= 0:
        found = _said().attached.fullmatch(plain, begins)
        if found is None and app and begins == 0:
            found = _UNKNOWN.fullmatch(plain)
        if found is not None:
            return Body(kind=BodyKind.FILE, text=plain[:begins].strip(), file=found["file"])
    first, _, rest = plain.partition("\n")
    if app is False or len(first) > _LONGEST_SAID:
        return None
    return _with_more(first, rest)


def _with_more(first: str, rest: str) -> Body | None:
    """Say what the app tells in a first line behind which a person may go on: a caption."""
    known, word = _said(), _word(first)
    if first.endswith((")", "]")) and (found := known.attached_after.fullmatch(first)):
        return Body(kind=BodyKind.FILE, text=rest, file=found["file"])
    if word in known.omitted or (
        word.endswith(known.document) and known.omitted_document.fullmatch(first)
    ):
        named = _ALL_NAME.fullmatch(rest)
        return Body(kind=BodyKind.OMITTED, text="" if named else rest, file=rest if named else "")
    if word[:_FEW] not in known.begins:
        return None
    if known.poll.match(first):
        lines = (_uncounted(one.strip()) for one in (first, *rest.split("\n")))
        asked = (known.poll_word.sub("", one) for one in lines)
        return Body(kind=BodyKind.POLL, text="\n".join(filter(None, asked)))
    return None if rest else _alone(first)


def _uncounted(option: str) -> str:
    """Take away how many chose an option: it is another number in every export."""
    begins = option.rfind("(")
    return option[:begins].rstrip() if begins > 0 and _VOTES.fullmatch(option, begins) else option


def _alone(line: str) -> Body | None:
    """Say what the app tells in a line that is all."""
    known = _said()
    if own := known.deleted_own.fullmatch(line) or known.deleted.fullmatch(line):
        return Body(kind=BodyKind.DELETED, own=own.re is known.deleted_own)
    if known.hidden.fullmatch(line):
        return Body(kind=BodyKind.EMPTY)
    if known.call.fullmatch(line):
        return Body(kind=BodyKind.CALL)
    if known.live_location.fullmatch(line):
        return Body(kind=BodyKind.LOCATION)
    if known.location.match(line) and (link := _LINK.search(line)):
        return Body(kind=BodyKind.LOCATION, text=link[0])
    return None


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The words of all languages, in the form in which each is asked for."""

    attached: re.Pattern[str]
    attached_after: re.Pattern[str]
    omitted: frozenset[str]
    omitted_document: re.Pattern[str]
    document: tuple[str, ...]
    """How a line ends that `omitted_document` may match."""

    edited: re.Pattern[str]
    deleted: re.Pattern[str]
    deleted_own: re.Pattern[str]
    hidden: re.Pattern[str]
    poll: re.Pattern[str]
    poll_word: re.Pattern[str]
    location: re.Pattern[str]
    live_location: re.Pattern[str]
    call: re.Pattern[str]
    begins: frozenset[str]
    """With what begins a line in which the app tells anything but of files: most lines of a chat
    do not, and need no closer look."""

    chat: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=1)
def _said() -> _Vocabulary:
    known = words()
    ends = rf"(?:{_any(known.call_end)}|[^\n]{{0,12}}\d[^\n]{{0,20}})"
    return _Vocabulary(
        attached=_pattern(rf"<\s?{_any(known.attached)}\s?:\s?{_NAME}\s?>"),
        attached_after=_pattern(rf"{_NAME}(?:\s•[^\n]*)?\s{_any(known.attached_after)}"),
        omitted=frozenset(map(_word, known.omitted)),
        omitted_document=_pattern(
            rf"[^\n]*?(?:\.\w{{1,10}}|•[^\n•]*)\s{_any(known.omitted_document)}"
        ),
        document=tuple(map(_word, known.omitted_document)),
        edited=_pattern(rf"<{_any(known.edited)}\.?>"),
        deleted=_whole(known.deleted),
        deleted_own=_whole(known.deleted_own),
        hidden=_whole(known.hidden),
        poll=_pattern(_any(known.poll)),
        poll_word=_pattern(rf"^{_any((*known.poll, *known.option))}\s*"),
        location=_pattern(_any(known.location)),
        live_location=_whole(known.live_location),
        call=_pattern(rf"{_any(known.call)}(?:[,.]?\s{ends})?\.?"),
        begins=frozenset(
            _word(one)[:_FEW]
            for told in (
                known.poll,
                known.deleted,
                known.deleted_own,
                known.hidden,
                known.call,
                known.live_location,
                known.location,
            )
            for one in told
        ),
        chat=tuple(
            _pattern(re.escape(one).replace(r"\{\}", "(.+)"))
            for one in sorted(known.chat, key=len, reverse=True)
        ),
    )


def _any(alternatives: Iterable[str]) -> str:
    longest_first = sorted(alternatives, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(one).replace(r"\ ", r"\s") for one in longest_first) + ")"


def _whole(alternatives: Iterable[str]) -> re.Pattern[str]:
    """Match a whole line, its last full stop or none, where {} stands for any name."""
    return _pattern(rf"{_any(alternatives)}[.。।]?".replace(r"\{\}", r"[^\n]{1,200}?"))


def _pattern(spelled: str) -> re.Pattern[str]:
    return re.compile(spelled, re.IGNORECASE)


def _word(text: str) -> str:
    """Spell what the app says for comparing: without case, kinds of spaces and the last stop."""
    return " ".join(text.split()).rstrip(".。।").casefold()
