"""The domain of an address, spelt in ASCII: so it is dialled, and look-alike letters are seen."""

from __future__ import annotations

from typing import Final

_OTHERS: Final = frozenset("ßẞς\u200c\u200d")
"""Signs that the standard library replaces or leaves out, as the first rules had it (RFC 3490).
Today these make a domain of their own (RFC 5894 §7.2), which may be somebody else's.
"""


def in_ascii(domain: str) -> str:
    """Spell a domain in ASCII; "" where that cannot be done, or would be another domain."""
    if domain.isascii():
        return domain
    if not _OTHERS.isdisjoint(domain):
        return ""
    try:
        return domain.encode("idna").decode()
    except ValueError:
        return ""
