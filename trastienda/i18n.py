"""Which language the VA reads, and where its words are."""

from __future__ import annotations

import contextlib
import functools
import gettext
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

DOMAIN: Final = "trastienda"
LANGUAGES: Final = ("es", "en")
"""The first is what she gets when nothing says otherwise."""

_look_up: Final = gettext.dgettext
_look_up_counted: Final = gettext.dngettext


def choose(configured: str | None, environ: Mapping[str, str] | None = None) -> str:
    """Choose a language: what is configured, else the system's where we have it, else Spanish."""
    environ = os.environ if environ is None else environ
    wanted = [configured or ""]
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        wanted += environ.get(variable, "").split(":")
    for name in wanted:
        language = name.replace("-", "_").split("_")[0].split(".")[0].lower()
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def use(language: str) -> None:
    """Speak `language` from now on, in this process and in those it starts.

    The standard library looks for the catalogue's file again for every text (20 to 40 µs), and one
    screen says hundreds: what was once found is remembered until the language changes. Every room
    keeps to the library's own `gettext` and `ngettext`, and so does argparse; both go through here.
    """
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, catalogues())
    gettext.textdomain(DOMAIN)
    gettext.dgettext = functools.lru_cache(4096)(_look_up)
    gettext.dngettext = functools.lru_cache(4096)(_look_up_counted)


def catalogues() -> Path:
    """Return the folder of the catalogues: the wheel's own, or the checkout's.

    A checkout holds only sources (.po); what was edited since is compiled on the way.
    """
    here = Path(__file__).parent
    if (here / "locale").is_dir():
        return here / "locale"
    folder = here.parent / "locale"
    for source in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"):
        if _older(source.with_suffix(".mo"), source):
            _compile(source)
    return folder


def _older(compiled: Path, source: Path) -> bool:
    try:
        return compiled.stat().st_mtime_ns < source.stat().st_mtime_ns
    except FileNotFoundError:
        return True


def _compile(source: Path) -> None:
    """Write the .mo beside its .po; without Babel, or on a read-only disk, it stays as it is."""
    try:
        from babel.messages import mofile, pofile  # noqa: PLC0415 - only in a checkout
    except ImportError:
        return
    with source.open("rb") as file:
        catalogue = pofile.read_po(file, domain=DOMAIN)
    # Another process may be doing the same: each writes its own file and moves it in place.
    draft = source.with_suffix(f".{os.getpid()}.mo")
    try:
        with draft.open("wb") as file:
            mofile.write_mo(file, catalogue)
        draft.replace(source.with_suffix(".mo"))
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
