"""Opening a file of a client's: never one that does something by being opened, unless she says so.

A file is passed to the system's own opener as one argument, by its whole path, without a shell.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

_ENDINGS: Final = (
    "ade app appimage appref-ms apk bash bat bin chm cmd com command cpl deb desktop dll dmg "
    "docm dotm exe fish gadget hta htm html img inf iqy iso jar js jse jnlp ksh lnk mde mht "
    "mhtml mjs msc msi msp odb pif pkg php pl potm ppam ppsm pptm ps1 psm1 py pyw rb reg rpm "
    "run scf scr settingcontent-ms sh shtml sldm slk svg swf sys terminal url vb vbe vbs vhd "
    "vhdx webloc wsf wsh xbap xhtml xht xlam xll xlsb xlsm xltm xml xsl zsh"
)
RISKY: Final = frozenset(_ENDINGS.split())
"""Endings of programs, scripts, pages, shortcuts, images of disks and documents with macros."""

_MAGIC: Final = {
    "pdf": (b"%PDF",), "png": (b"\x89PNG",), "jpg": (b"\xff\xd8",), "jpeg": (b"\xff\xd8",),
    "gif": (b"GIF8",), "webp": (b"RIFF",), "zip": (b"PK",), "docx": (b"PK",), "xlsx": (b"PK",),
    "pptx": (b"PK",), "odt": (b"PK",), "ods": (b"PK",), "odp": (b"PK",),
    "doc": (b"\xd0\xcf\x11\xe0", b"{\\rtf"), "xls": (b"\xd0\xcf\x11\xe0",),
    "ppt": (b"\xd0\xcf\x11\xe0",), "rtf": (b"{\\rtf",),
}  # fmt: skip
"""How files of these endings begin."""

_DOES: Final = (
    b"mz", b"\x7felf", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa",
    b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml", b"[desktop entry]",
    b"[internetshortcut]", b"l\0\0\0\x01\x14\x02\0",
)  # fmt: skip
"""How programs, pages and shortcuts begin, in small letters."""


def is_risky(name: str) -> bool:
    """Tell by its name whether a file may do something by being opened; one without an ending may
    be anything.
    """
    stem, dot, ending = name.rstrip(". ").lower().rpartition(".")
    return not (stem and dot) or ending.strip() in RISKY


def is_disguised(path: Path) -> bool:
    """Tell by how it begins whether a saved file is something else than its name says. What cannot
    be read is.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return True
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if begins.startswith(_DOES):
        return True
    wanted = _MAGIC.get(path.suffix[1:].lower())
    if wanted is None or head.startswith(wanted):
        return False
    return b"%PDF" not in wanted or b"%PDF" not in head  # a PDF may begin with something else


def hand_over(path: Path) -> bool:
    """Open a file with what the system opens its like with. False: there is nothing to do it."""
    import subprocess  # noqa: PLC0415 - after the first rows

    whole = path.absolute()
    try:
        if sys.platform == "win32":
            os.startfile(whole)  # noqa: S606 - the system's opener
            return True
        opener = "open" if sys.platform == "darwin" else "xdg-open"
        if opener == "xdg-open" and not (
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        ):
            return False
        subprocess.Popen(  # noqa: S603 - one argument, no shell
            [opener, str(whole)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    except OSError:
        return False
    return True
