"""HTML to text that can be read, without executing or fetching anything."""

from __future__ import annotations


def to_text(html: str) -> str:
    """Return what a reader would see of `html`."""
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415  # half of all mail has no HTML

    body = LexborHTMLParser(html[: 1 << 20]).body
    return body.text(separator="\n", strip=True) if body else ""
