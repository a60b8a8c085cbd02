"""Bytes to text, where the name of the charset may be wrong, unknown, or missing."""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import Final

# Labels of the WHATWG encoding standard whose real meaning is a wider set, and spellings that
# mailers use and Python does not know. Latin-1 is Windows-1252 in mail: the difference is C1.
_WIDER: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
}
_SPELT: Final = {
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "cp-850": "cp850",
    "utf8mb4": "utf-8",
}
_SINGLE: Final = ("cp125", "iso8859")
_NOT_ASCII: Final = ("utf-7", "utf-16", "utf-32", "hz", "iso2022")
# Codecs of Python's own that are no charsets; punycode takes quadratic time.
_REFUSED: Final = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"}


def decode(data: bytes, charset: str = "", *, cut: bool = False) -> str:
    """Read `data`, said to be in `charset`; never raises.

    `cut`: more came after `data`, so it may end inside of a character, which is then left out.

    What is valid UTF-8 with anything but ASCII in it is UTF-8 whatever a single-byte label
    says, since hardly any text in another charset happens to be. What fits nothing is read as
    Windows-1252.
    """
    codec = _codec(charset)
    if data.isascii() and not codec.startswith(_NOT_ASCII):
        return data.decode("ascii")
    if codec in {"", "utf-8"} or codec.startswith(_SINGLE):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            if codec in {"", "utf-8"}:
                return _broken_utf8(data, error, cut=cut)
    try:
        return data.decode(codec, "replace")
    except (ValueError, LookupError):
        return data.decode("cp1252", "replace")


def _broken_utf8(data: bytes, error: UnicodeDecodeError, *, cut: bool) -> str:
    """Read what is UTF-8 but for some damage; or Windows-1252 that was called UTF-8."""
    if cut and error.reason == "unexpected end of data":
        return data[: error.start].decode("utf-8")
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(not char.isascii() for char in text) - bad
    return text if good >= bad else data.decode("cp1252", "replace")


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """Name Python's codec for a label; "" where there is none."""
    label = charset.strip().strip("'\"").lower().partition("*")[0]
    if not label or len(label) > 40 or not label.isascii() or not label.isprintable():
        return ""
    try:
        name = codecs.lookup(_SPELT.get(label, label)).name
    except (LookupError, ValueError):
        return ""
    return "" if name in _REFUSED else _WIDER.get(name, name)
