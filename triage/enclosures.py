"""The files that she sends: read from her disk, and whether they may be another client's.

A file inside a folder of another client's stops, and so does one whose content was seen with
others and never with this client. Of the files that hang from messages nobody has the content: one
called like theirs, and as large, is a warning, where the name is no everyday one. What stands in
the name of a file is looked at as in a draft.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, Protocol

from normalizer.actions import MOST_BYTES, Enclosure
from normalizer.said import SaidError
from normalizer.text import file_name, fold
from store.lexicon import Lexicon
from store.seen import Like, Sight
from triage import guard
from triage.belongings import Sort
from triage.everyday import FILES, MACHINE_MADE
from triage.guard import Finding, Memory
from triage.mentions import speaks_of_file
from triage.profile import Manner
from triage.wording import is_everyday

__all__ = ["Chosen", "Files", "NotChosenError", "choose", "findings", "owner_of", "speaks_of_file"]

_NEAR: Final = 50
"""Sizes are alike that differ by less than one part in so many: a mail tells its own roughly."""

_ROUGH: Final = 4
"""Bytes by which a mail may tell the size of its own files wrongly."""

_COPY: Final = re.compile(r"(?: ?\(\d{1,3}\)| - cop(?:y|ia)| copy| copia)+$", re.IGNORECASE)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_HUMP: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|_")


class NotChosenError(SaidError):
    """The file cannot be sent, and nothing was taken."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that goes with a mail."""

    path: Path | None
    """Where it lies on her disk; None where only its content was kept."""

    file: Enclosure
    """With its content, where it was read from there."""


class Files(Memory, Protocol):
    """What is known of clients' files; `store.reader.Reader` is one."""

    def lexicon(self) -> Lexicon:
        """Give what is known of all clients by name."""

    def seen(self, sha256s: Sequence[str]) -> list[Sight]:
        """Say with which clients these contents were seen, the first one first."""

    def named(self, files: Sequence[str]) -> list[Like]:
        """Give the files of all clients that are called so."""


def choose(path: Path | str) -> Chosen:
    """Read a file that she wants to send. Raises NotChosenError, which says what to do."""
    try:
        where = Path(path).expanduser()
        content = _read(where)
    except (OSError, ValueError, RuntimeError) as error:
        raise NotChosenError(
            "{file} cannot be read ({reason}). Choose another file, or make a copy of it that is"
            " yours.",
            file=str(path),
            reason=getattr(error, "strerror", None) or type(error).__name__,
        ) from None
    name = file_name(where.name).lstrip(". -") or "file"
    return Chosen(
        where.absolute(),
        Enclosure(
            name=name, media_type=_media_type(name), size=len(content), content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        ),
    )  # fmt: skip


def _read(where: Path) -> bytes:
    try:
        found = where.stat()
    except FileNotFoundError:
        raise NotChosenError(
            "There is no file {file}. Look at how it is spelled, or choose another.",
            file=str(where),
        ) from None
    if stat.S_ISDIR(found.st_mode):
        raise NotChosenError(
            "{file} is a folder. Choose the files in it one by one, or pack it into a .zip first.",
            file=str(where),
        )
    if not stat.S_ISREG(found.st_mode):
        raise NotChosenError("{file} is no file that can be sent. Choose another.", file=str(where))
    with where.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if not content:
        raise NotChosenError("{file} is empty. Look whether it was saved whole.", file=str(where))
    if len(content) > MOST_BYTES:
        raise NotChosenError(
            "{file} is larger than {megabytes} MB, which most mail servers refuse. Share it by a"
            " link in the text, or make it smaller.",
            file=str(where),
            megabytes=MOST_BYTES // 1_000_000,
        )
    return content


def _media_type(name: str) -> str:
    """Guess by the name. What is packed is what it is packed by, and a mail inside is bytes."""
    guessed, packed = mimetypes.guess_type(name, strict=False)
    if packed:
        return "application/gzip" if packed == "gzip" else "application/octet-stream"
    if guessed is None or guessed.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return guessed


def findings(
    chosen: Iterable[Chosen], client: str, manner: Manner, known: Files,
    lexicon: Lexicon | None = None,
) -> list[Finding]:  # fmt: skip
    """Say what speaks against sending these files to `client`, a slug, those that stop first.

    `lexicon` is what `known` tells of all clients, where it is at hand; else it is asked for.
    """
    files = list(chosen)
    if not files:
        return []
    sights = known.seen([one.file.sha256 for one in files])
    found: list[Finding] = []
    for one in files:
        found += _stopped(one, client, manner, sights)
    by_name = [one for one in files if not any(s.sha256 == one.file.sha256 for s in sights)]
    found += _alike([one.file for one in by_name], client, known)
    clients = known.lexicon() if lexicon is None else lexicon
    for one in files:
        found += _worded(one.file, client, clients, known)
    return sorted(dict.fromkeys(found), key=lambda one: not one.stops)


def _stopped(
    one: Chosen, client: str, manner: Manner, sights: Sequence[Sight]
) -> Iterator[Finding]:  # fmt: skip
    if one.path is not None:
        for path, owner in _owners(one.path, client, manner):
            yield Finding(Sort.FOLDER, str(path), owner)
            break
    owners = [sight.client for sight in sights if sight.sha256 == one.file.sha256]
    if owners and client not in owners:
        yield Finding(Sort.FILE, one.file.name, owners[0])


def owner_of(path: Path, client: str, manner: Manner) -> str | None:
    """Say in which other client's folder a file lies, or would lie; None: in nobody else's."""
    return next((owner for _path, owner in _owners(path, client, manner)), None)


def _owners(path: Path, client: str, manner: Manner) -> Iterator[tuple[Path, str]]:
    # A link in her own folder to a file in another's, and one in another's to anywhere.
    for one in dict.fromkeys((Path(os.path.normpath(path)), Path(os.path.realpath(path)))):
        owner = _owner(one, client, manner)
        if owner is not None:
            yield one, owner


def _owner(path: Path, client: str, manner: Manner) -> str | None:
    """Say in whose folder a file lies, if it is not this client's: the innermost one counts."""
    inside: list[tuple[int, bool, str]] = []
    for slug, profile in manner.profiles.items():
        depths = [_depth(path, Path(folder).expanduser()) for folder in profile.folders]
        if max(depths, default=0):
            inside.append((max(depths), slug == client, slug))
    deepest = max(inside, default=(0, True, ""))
    return None if deepest[1] else deepest[2]


def _depth(path: Path, folder: Path) -> int:
    """Say how deep the folder lies that a file is in; 0: it is not in it.

    A folder that is there is known for what it is, however it is spelled. One that is not may be
    spelled in another case than the disk has it.
    """
    here = [*path.parents]
    try:
        found = folder.stat()
    except (OSError, ValueError):
        wanted = [fold(part) for part in PurePath(os.path.normpath(folder)).parts]
        parts = [fold(part) for part in path.parent.parts]
        return len(wanted) if wanted == parts[: len(wanted)] else 0
    for parent in here:
        try:
            if os.path.samestat(parent.stat(), found):
                return len(parent.parts)
        except OSError:
            continue
    return 0


def _alike(files: Sequence[Enclosure], client: str, known: Files) -> Iterator[Finding]:
    """Find those that are called like a file that other clients alone have."""
    told = {one.name: _spellings(one.name) for one in files if _is_called_something(one.name)}
    likes = known.named(sorted({name for names in told.values() for name in names}))
    for one in files:
        names = set(map(fold, told.get(one.name, ())))
        alike = [like for like in likes if fold(like.name) in names and _is_like(like, one)]
        owners = sorted({like.client for like in alike})
        if owners and client not in owners:
            yield Finding(Sort.LIKE_FILE, one.name, owners[0])


def _is_like(like: Like, file: Enclosure) -> bool:
    """Tell whether it is probably the same file: of a common name, by its size to a few bytes."""
    telling = any(not _is_plain(word) for word in _words(file.name))
    if like.size is None:
        return telling
    return abs(like.size - file.size) <= max(_ROUGH, file.size // _NEAR if telling else 0)


def _spellings(name: str) -> list[str]:
    """Give a name as it may have been called before it was saved beside another like it."""
    path = PurePath(name)
    return list(dict.fromkeys([name, _COPY.sub("", path.stem) + path.suffix]))


def _is_called_something(name: str) -> bool:
    """Tell whether somebody gave it its name: a word that is none of every day, or two."""
    given = [word for word in _words(name) if fold(word) not in MACHINE_MADE]
    return len(given) > 1 or any(not _is_plain(word) for word in given)


def _words(name: str) -> list[str]:
    """Give the longer words of a name, parted at capitals too where both parts are plain."""
    words: list[str] = []
    for word in _LETTERS.findall(PurePath(name).stem):
        parts = _HUMP.split(word)
        words += parts if all(map(_is_plain, parts)) else [word]
    return [word for word in words if len(word) > 3]


def _is_plain(word: str) -> bool:
    spelled = fold(word)
    return len(spelled) <= 3 or spelled in FILES | MACHINE_MADE or is_everyday([spelled])


def _worded(
    file: Enclosure, client: str, lexicon: Lexicon, known: Files
) -> Iterator[Finding]:  # fmt: skip
    """Look at the words of a name as in a draft where she writes no capitals: a file's name has
    them anywhere.
    """
    words = _HUMP.sub(" ", PurePath(file.name).stem).replace(".", " ").lower()
    for one in guard.findings(f"es {words}", client, lexicon, known):
        yield Finding(Sort.FILE_NAME, file.name, one.owner)
