"""Words of hers that are probably misspelled, in the language of the client.

Names, addresses, figures and what stands in quotes are nobody's misspelling and are left alone.
The words of a language take most of a second to read and some 100 MB: ask in another process.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, TextIO

_LANGUAGES: Final = frozenset({"es", "en"})

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
    "ahorita", "antes", "app", "apps", "backup", "banner", "banners", "blog", "blogs", "brief",
    "briefing", "briefings",
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
"""Words, most of them of the trade, that the lists lack."""

_PRONOUNS: Final = ("nos", "les", "los", "las", "me", "te", "se", "os", "le", "lo", "la")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzáéíóúñ"
_VOWELS: Final = re.compile("[aeiouáéíóúü]+")

_Known = Callable[[str], bool]
"""Whether a word is in the dictionary, as it stands."""

_lock: Final = threading.Lock()
"""One thread at a time reads the words."""


def unknown(text: str, language: str) -> list[tuple[int, int]]:
    """Find the words in `text` that are in no dictionary of `language`: where each begins and ends.

    Nothing is found in a language that she does not write in.
    """
    if language not in _LANGUAGES:
        return []
    import simplemma  # noqa: PLC0415 - reads its lists when it is first asked

    with _lock:
        is_known = cache(_judge(lambda word: simplemma.is_known(word, language), language))
        return [
            (start, end)
            for start, end, begins in _words(text[:_LONGEST])
            if not is_known(text[start:end].replace("’", "'"), begins)
        ]


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


def _judge(spell: _Known, language: str) -> Callable[[str, bool], bool]:
    """Give what tells whether a word is none to mark."""

    def is_known(word: str, begins: bool) -> bool:
        low = word.lower().removesuffix("'s")
        if low in _LOANS or spell(word) or spell(low):
            return True
        if language == "es" and _spanish(low, spell):
            return True
        # A name may begin a sentence too; but a slip has a word close by.
        return begins and not any(map(spell, _close(low)))

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


def _spanish(word: str, spell: _Known) -> bool:
    """Tell whether it is a verb with pronouns behind it ("súbelo", "confirmármelo") with the
    accent it then has, or an adverb in -mente.
    """
    if word.endswith("mente") and spell(word.removesuffix("mente")):
        return True
    again = word.removeprefix("re") if len(word) > 7 else word
    if again != word and (spell(again) or _spanish(again, spell)):
        return True  # reagendarla
    stem, last = word, ""
    for behind in range(1, 4):
        found = next((one for one in _PRONOUNS if stem.endswith(one)), "")
        if not found:
            return False
        stem, last = stem.removesuffix(found), found
        if len(stem) < 2:
            return False
        if _is_verb(stem, last, behind, spell):
            return True
    return False


def _is_verb(stem: str, pronoun: str, behind: int, spell: _Known) -> bool:
    plain = _unaccented(stem)
    forms = [plain]
    if plain.endswith("mo") and pronoun in {"nos", "se"}:
        forms.append(plain + "s")  # vámonos, digámoselo
    if pronoun == "os" and plain[-1] in "aei":
        forms.append(plain + "d")  # acordaos
    for form in forms:
        if spell(form):
            lone = len(_VOWELS.findall(form)) == 1
            after = 0 if lone or form[-1] not in "aeions" else 1
            if (after + behind >= 2) == (stem != plain):
                return True
    return stem != plain and spell(stem)  # oírlo


def _unaccented(word: str) -> str:
    apart = unicodedata.normalize("NFD", word).replace("\u0301", "")
    return unicodedata.normalize("NFC", apart)


def serve(asked: TextIO, told: TextIO) -> None:
    """Answer, for each line of JSON [text, language], with a line of JSON: what `unknown` finds.

    It is nobody's hurry: everything else on the machine goes first.
    """
    if hasattr(os, "nice"):
        os.nice(10)
    for line in asked:
        text, language = json.loads(line)
        print(json.dumps(unknown(text, language)), file=told, flush=True)


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
