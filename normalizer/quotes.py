"""What the author wrote now, apart from what was quoted and signed."""

from __future__ import annotations


def split(text: str) -> tuple[str, str]:
    """Return (what the author wrote, quotes and signature)."""
    return text, ""


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Join the soft-broken lines of format=flowed (RFC 3676); quotes and signatures stay."""
    out: list[str] = []
    joins, last_depth = False, 0
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:].removeprefix(" ")
        if joins and depth == last_depth and body != "-- ":
            out[-1] = (out[-1][:-1] if delsp else out[-1]) + body
        else:
            out.append(">" * depth + (" " if depth else "") + body)
        joins = body.endswith(" ") and body != "-- "
        last_depth = depth
    return "\n".join(out)
