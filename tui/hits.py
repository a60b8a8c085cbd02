"""The words that she looks for, where they stand in what is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui.lines import Line, Span, Tone


def lit(span: Span, words: Sequence[str]) -> Line:
    """A piece of a line with the beginnings of words that are looked for lit up, where folding
    keeps the length.
    """
    from normalizer.text import fold  # noqa: PLC0415 - not before the first rows

    plain = fold(span.text)
    found = "|".join(re.escape(fold(word)) for word in words if word.strip())
    if not found or len(plain) != len(span.text):
        return (span,)
    spans: list[Span] = []
    at = 0
    for hit in re.finditer(rf"(?<!\w)(?:{found})", plain):
        spans.append(span._replace(text=span.text[at : hit.start()]))
        spans.append(Span(span.text[hit.start() : hit.end()], Tone.HIT))
        at = hit.end()
    spans.append(span._replace(text=span.text[at:]))
    return tuple(one for one in spans if one.text)
