"""Words of hers that are probably misspelled, in the language of the client.

Names, addresses, figures and what stands in quotes are nobody's misspelling and are left alone.
A dictionary takes 0.1 s and some 12 MB, once: call `unknown` where nobody waits for it.
"""

from __future__ import annotations

import importlib
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, Protocol

DICTIONARIES: Final = Path(__file__).parent / "dictionaries"

_LONGEST: Final = 20_000
"""Characters that are looked at: nobody writes more, and what is pasted is no spelling of hers."""

_LONGEST_WORD: Final = 40
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ASIDE: Final = re.compile(
    r"""(?mx)
      ^[ \t]*>.*$                                # what somebody wrote before
    | \{\??[^{}\n]{,80}\}                       # a place in a snippet
    | «[^»\n]{,200}» | “[^”\n]{,200}” | "[^"\n]{,200}"
    | \S+                                       # by spaces: what `_NO_WORD` is found in
    """
)
_NO_WORD: Final = re.compile(r"[\d@#]|\w[./\\:]+\w|www\.")
"""A figure, an address, a tag, a file, a path."""

_BEGINS: Final = re.compile(r"(?:^|[.!?…:\n])[\s¿¡\"'(\[«“*•–—-]*$")
"""What stands before a word that is capital for its place."""

_LOANS: Final = frozenset((
    "app", "apps", "backup", "banner", "banners", "blog", "blogs", "brief", "briefing", "briefings",
    "chat", "chats", "clic", "coach", "coaching", "community", "copy", "copys", "dashboard",
    "deadline", "drive", "ebook", "email", "emails", "engagement", "euro", "euros", "excel", "feed",
    "feedback", "follow", "freelance", "freelancer", "freelancers", "funnel", "hashtag", "hashtags",
    "hosting", "inbox", "landing", "lead", "leads", "like", "likes", "link", "links", "login",
    "mail", "mailing", "mails", "marketing", "meet", "newsletter", "newsletters", "ok",
    "onboarding", "online", "pack", "packs", "password", "pdf", "pdfs", "pixelada", "pixelado",
    "planning", "plugin", "plugins", "podcast", "podcasts", "post", "posts", "prompt", "reel",
    "reels", "script", "software", "spam", "stock", "stories", "story", "streaming", "tag", "tags",
    "ticket", "tickets", "tip", "tips", "unsubscribe", "unsubscribed", "up", "url", "wasap", "web",
    "webinar", "webinars", "webs", "wifi", "zoom",
))  # fmt: skip
"""Words of the trade that dictionaries lack."""

_PRONOUNS: Final = ("nos", "les", "los", "las", "me", "te", "se", "os", "le", "lo", "la")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzáéíóúñ"
_VOWELS: Final = re.compile("[aeiouáéíóúü]+")
_BRITISH: Final = (
    ("our", "or"), ("is", "iz"), ("ys", "yz"), ("ll(?=[ei])", "l"), ("(?<=[bt])re(?=s?$)", "er"),
    ("ogue", "og"), ("(?<=[ef]f)ence", "ense"), ("(?<=lic)ence", "ense"), ("gramme", "gram"),
    ("dgement", "dgment"), ("(?<=fulfi)l(?=s?$|ment)", "ll"), ("(?<=enro)l(?=s?$|ment)", "ll"),
    ("(?<=ski)l(?=ful)", "ll"), ("cheque", "check"), ("catalogu", "catalog"), ("grey", "gray"),
)  # fmt: skip
"""What the American dictionary spells otherwise."""


class _Speller(Protocol):
    """A Hunspell dictionary."""

    def spell(self, word: str) -> bool: ...


_lock: Final = threading.Lock()
"""A dictionary answers one thread at a time."""


def unknown(text: str, language: str) -> list[tuple[int, int]]:
    """Find the words in `text` that are in no dictionary of `language`: where each begins and ends.

    Nothing is found where there is no dictionary: for another language, or on a machine for which
    the library is not made.
    """
    with _lock:
        speller = _speller(language)
        if speller is None:
            return []
        is_known = cache(_judge(speller, language))
        return [
            (start, end)
            for start, end, begins in _words(text[:_LONGEST])
            if not is_known(text[start:end].replace("’", "'"), begins)
        ]


@cache
def _speller(language: str) -> _Speller | None:
    place = {"es": ("es", {"hunspell_data_dir": str(DICTIONARIES)}), "en": ("en_US", {})}
    if language not in place:
        return None
    try:
        # No import statement: where the library is not made for a machine, there is none.
        hunspell = importlib.import_module("hunspell")
    except ImportError:
        return None
    name, where = place[language]
    made: _Speller = hunspell.Hunspell(name, **where)
    return made


def _words(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield what is a word of hers: start, end, and whether it begins a sentence."""
    hers = _ASIDE.sub(_without, text)
    for word in _WORD.finditer(hers):
        spelled, begins = word[0], False
        if not (2 <= len(spelled) <= _LONGEST_WORD and spelled[1:].islower()):
            continue  # an initial, CAPITALS, or camelCase
        if spelled[0].isupper():
            begins = bool(_BEGINS.search(hers, max(0, word.start() - 40), word.start()))
            if not begins:
                continue  # a name
        yield word.start(), word.end(), begins


def _without(part: re.Match[str]) -> str:
    """Give words as they are, and of anything else its room."""
    text = part[0]
    stays = text.lstrip()[0] not in '>{«“"' and not _NO_WORD.search(text)
    return text if stays else "\0" * len(text)


def _judge(speller: _Speller, language: str) -> Callable[[str, bool], bool]:
    """Give what tells whether a word is none to mark."""
    derived = _spanish if language == "es" else _british

    def is_known(word: str, begins: bool) -> bool:
        low = word.lower()
        if (
            low.removesuffix("'s") in _LOANS
            or speller.spell(word)
            or speller.spell(low)
            or derived(low, speller)
        ):
            return True
        # A name may begin a sentence too; but a slip has a word close by.
        return begins and not any(map(speller.spell, _close(low)))

    return is_known


def _close(word: str) -> Iterator[str]:
    """Yield what is one slip away: a letter too many, another, one missing, two swapped."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in _LETTERS:
            yield before + letter + after[1:]
            yield before + letter + after


def _spanish(word: str, speller: _Speller) -> bool:
    """Tell whether it is a verb with pronouns behind it ("súbelo", "confirmármelo") with the
    accent it then has, or an adverb in -mente.
    """
    if word.endswith("mente") and speller.spell(word.removesuffix("mente")):
        return True
    if word.startswith("re") and len(word) > 7 and speller.spell(word.removeprefix("re")):
        return True  # reagendar
    stem, last = word, ""
    for behind in range(1, 4):
        found = next((one for one in _PRONOUNS if stem.endswith(one)), "")
        if not found:
            return False
        stem, last = stem.removesuffix(found), found
        if len(stem) < 2:
            return False
        if _is_verb(stem, last, behind, speller):
            return True
    return False


def _is_verb(stem: str, pronoun: str, behind: int, speller: _Speller) -> bool:
    plain = _unaccented(stem)
    forms = [plain]
    if plain.endswith("mo") and pronoun in {"nos", "se"}:
        forms.append(plain + "s")  # vámonos, digámoselo
    if pronoun == "os" and plain[-1] in "aei":
        forms.append(plain + "d")  # acordaos
    for form in forms:
        if speller.spell(form):
            lone = len(_VOWELS.findall(form)) == 1
            after = 0 if lone or form[-1] not in "aeions" else 1
            if (after + behind >= 2) == (stem != plain):
                return True
    return stem != plain and speller.spell(stem)  # oírlo


def _unaccented(word: str) -> str:
    apart = unicodedata.normalize("NFD", word).replace("\u0301", "")
    return unicodedata.normalize("NFC", apart)


def _british(word: str, speller: _Speller) -> bool:
    word = word.removesuffix("'s")
    return any(
        speller.spell(word[: found.start()] + american + word[found.end() :])
        for british, american in _BRITISH
        for found in re.finditer(british, word)
    )
