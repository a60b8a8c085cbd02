"""A line of a chat as it is kept: its record, what it looks like, and how it takes news of itself.

An export is a snapshot in another's words. Of one message, what was edited is newer than what was
not, and what was taken back is newer than both; of two edits, the later export's is. Nothing ever
goes back: what an older export shows is noted beside what is known already.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.whatsapp_align import Face
from connectors.whatsapp_clock import spelled, unspelled
from normalizer.raw import Raw
from normalizer.whatsapp_body import Body, BodyKind, understand
from normalizer.whatsapp_stamp import MARKS

STREAM: Final = "line"

_MENTION: Final = re.compile("@\u2068[^\u2068\u2069\n]{1,160}\u2069|@~?\\+?\\d[\\d ]{5,18}")
_DRAWN: Final = re.compile(f"[{MARKS}\ufe00-\ufe0f]")
_COUNTED: Final = re.compile(r"^\d{6,10}-")
_SORTS: Final = {
    "image": ("jpg", "jpeg", "png", "heic", "gif"),
    "video": ("mp4", "mov", "3gp", "mkv"),
    "audio": ("opus", "m4a", "mp3", "aac", "ogg", "amr"),
    "sticker": ("webp",),
    "contact": ("vcf",),
}
_SORT_OF: Final = {end: sort for sort, ends in _SORTS.items() for end in ends}
_MOST_SEEN: Final = 50

_KINDS: Final = {
    BodyKind.TEXT: "text",
    BodyKind.FILE: "media",
    BodyKind.OMITTED: "media",
    BodyKind.DELETED: "deleted",
    BodyKind.POLL: "poll",
    BodyKind.CALL: "system",
    BodyKind.LOCATION: "place",
    BodyKind.SYSTEM: "system",
    BodyKind.EMPTY: "empty",
}


@dataclass(slots=True, kw_only=True)
class Entry:
    """One line, kept or new. `at` is in minutes of UTC, `place` in milliseconds within it."""

    id: str
    at: int
    sender: str
    body: str
    place: int = 0
    second: int | None = None
    app: bool | None = None
    back: bool = False
    """An export has it where its time does not fit: it came late, or is quoted or forged."""

    caption: str = ""
    """What an export told that names the file in other words, or not at all."""

    until: str = ""
    """Of what was edited: the last minute of the export that shows it so."""

    seen: list[str] = field(default_factory=list)
    """What else it said in other exports."""

    late: list[str] = field(default_factory=list)
    """Those of them that came to light when what followed was known: nobody noted them."""

    mine: bool = False
    news: bool = False
    """It is not kept like this yet."""

    def raw(self, chat: str, group: str) -> Raw:
        """Make its raw record."""
        told: dict[str, Any] = {
            "at": spelled(self.at), "place": self.place, "sender": self.sender,
            "body": self.body,
        }  # fmt: skip
        more = {
            "second": self.second, "app": self.app, "caption": self.caption or None,
            "until": self.until or None, "seen": self.seen or None, "late": self.late or None,
            "back": self.back or None,
        }  # fmt: skip
        told.update({key: value for key, value in more.items() if value is not None})
        return Raw.of_json(STREAM, self.id, told, chat=chat, group=group, mine=self.mine)

    @classmethod
    def of(cls, raw: Raw) -> Entry:
        """Read a kept one back. Raises LookupError, TypeError or ValueError where it is none."""
        told = raw.json()
        return cls(
            id=raw.external_id,
            at=unspelled(told["at"]),
            sender=told["sender"],
            body=told["body"],
            place=int(told["place"]),
            second=told.get("second"),
            app=told.get("app"),
            back=told.get("back") is True,
            caption=told.get("caption", ""),
            until=told.get("until", ""),
            seen=list(told.get("seen", ())),
            late=list(told.get("late", ())),
            mine=raw.about().get("mine") is True,
        )

    def understood(self, group: str) -> Body:
        """Say what its body is."""
        return understand(self.body, self.sender, app=self.app, group=group)


def face_of(entry: Entry, who: str, group: str) -> Face:
    """Say what a line looks like. `who`: its author, by the name that both exports go by."""
    body = understand(_MENTION.sub("@", entry.body), entry.sender, app=entry.app, group=group)
    kind = _KINDS[body.kind]
    name = _COUNTED.sub("", body.file)
    return Face(
        who="" if kind == "system" else who,
        kind=kind,
        key=key_of(entry.caption or body.text),
        older=frozenset(map(key_of, entry.seen)),
        edited=body.edited or bool(entry.until),
        media=_SORT_OF.get(name.rpartition(".")[2].casefold(), "") if name else "",
        name=name.casefold(),
        second=entry.second,
    )


def key_of(text: str) -> str:
    """Spell a text for comparing, alike on every phone."""
    if text.isascii():
        return " ".join(text.split())
    plain = _DRAWN.sub("", _MENTION.sub("@", text))
    return " ".join(unicodedata.normalize("NFC", plain).split())


def renew(kept: Entry, new: Entry, group: str, until: str) -> None:
    """Let a kept line take from another export of the same message what is news in it."""
    if new.back and not kept.back:
        kept.back = kept.news = True
    if kept.body == new.body:
        return
    was, now = kept.understood(group), new.understood(group)
    if now.kind is BodyKind.DELETED or was.kind is BodyKind.DELETED:
        _taken_back(kept, new, was, now)
    elif "media" in (_KINDS[was.kind], _KINDS[now.kind]):
        _media(kept, new, was, now, until)
    elif was.kind is now.kind is BodyKind.TEXT:
        _text(kept, new, was, now, until)


def _taken_back(kept: Entry, new: Entry, was: Body, now: Body) -> None:
    if was.kind is now.kind:
        return
    shown = was if now.kind is BodyKind.DELETED else now
    if _KINDS[shown.kind] == "media":
        _note(kept, "")  # some exports have it without its caption
    if now.kind is BodyKind.DELETED:
        _note(kept, kept.caption or was.text)
        kept.body, kept.app, kept.caption, kept.until = new.body, new.app, "", ""
        kept.news = True
    elif _note(kept, now.text) and now.text:
        kept.late.append(now.text)


def _text(kept: Entry, new: Entry, was: Body, now: Body, until: str) -> None:
    if key_of(was.text) == key_of(now.text):
        if now.edited and not was.edited:
            _replace(kept, new, until)
        return
    if now.edited and (not was.edited or until > kept.until) and _unseen(kept, now.text):
        _note(kept, was.text)
        _replace(kept, new, until)
    elif (now.edited or was.edited) and _note(kept, now.text):
        kept.late.append(now.text)


def _media(kept: Entry, new: Entry, was: Body, now: Body, until: str) -> None:
    said, edited = kept.caption or was.text, was.edited or bool(kept.until)
    if now.text and key_of(now.text) != key_of(said):
        later = now.edited and (not edited or until > kept.until)
        if not said or (later and _unseen(kept, now.text)):
            if said:
                _note(kept, said)
            kept.caption = now.text
            kept.until = until if now.edited else kept.until
            kept.news = True
        elif (now.edited or edited) and _note(kept, now.text):
            kept.late.append(now.text)
    if now.file and not was.file:
        kept.caption = kept.caption or was.text
        kept.body, kept.app = new.body, new.app
        kept.news = True


def _replace(kept: Entry, new: Entry, until: str) -> None:
    kept.body, kept.app, kept.until = new.body, new.app, until
    kept.news = True


def _unseen(kept: Entry, text: str) -> bool:
    return key_of(text) not in map(key_of, kept.seen)


def _note(kept: Entry, text: str) -> bool:
    """Keep what a line said besides; False where that is known."""
    if not _unseen(kept, text) or len(kept.seen) >= _MOST_SEEN:
        return False
    kept.seen.append(text)
    kept.news = True
    return True
