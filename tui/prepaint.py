"""The first rows on the screen before the toolkit is loaded, which takes ten times as long.

POSIX only: elsewhere the rows come with the first paint.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from tui.lines import UNSAFE, Line, Span, Tone, cut, length
from tui.palette import Palette, colorless, sgr
from tui.plain import spoken
from tui.rows import Look, draw
from tui.source import Source
from tui.strip import header
from tui.views import Request

WEIGHTS = {Tone.DIM: "2", Tone.STRONG: "1", Tone.ALERT: "1", Tone.KEY: "1", Tone.BADGE: "7"}
"""Of the tones of these lines, in ECMA-48 SGR; the same looks as in style.tcss."""

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""Told to end; the terminal was closed."""


def first_screen(
    source: Source, look: Look, size: os.terminal_size, palette: Palette, *, demo: bool
) -> str:
    """The header and as many rows as the list will show, on the theme's ground."""
    width, height = size.columns, size.lines
    lines = [header(Request(), len(source), look, width, demo=demo)]
    around = 8 if height >= 16 and width < 140 and not look.plain else 4
    for y in range(min(len(source), max(1, height - around))):
        row = source.row(y)
        if row is not None:
            lines.append(draw(row, look, width, cursor=y == 0))
    if look.plain:
        lines = [spoken(line) for line in lines]
    ground = sgr(palette.ground, ground=True)
    blank = f"\x1b[{ground}m\x1b[2J\x1b[H" if ground else "\x1b[H"
    return blank + "\r\n".join(
        _drawn(line, palette, cursor=y == 1, width=width, plain=look.plain)
        for y, line in enumerate(lines[: height - 1])
    )


def _drawn(line: Line, palette: Palette, *, cursor: bool, width: int, plain: bool) -> str:
    line = cut(line, width)
    parts = []
    for span in (*line, Span(" " * (width - length(line)))):
        weight = WEIGHTS.get(span.tone, "")
        color = palette.tone(span.tone)
        if cursor:  # as `page.strip`: weight stays, colours do not
            weight, color = ("1;7" if weight == "1" else "7"), palette.text
        elif span.color:
            color = palette.client(span.color) if not colorless() else ""
        if weight == "2" and (plain or palette.exact):
            weight, color = "", palette.text if plain else color
        codes = [weight, sgr(color) if not colorless() else "", sgr(palette.ground, ground=True)]
        told = ";".join(code for code in codes if code)
        text = UNSAFE.sub("", span.text)  # ControlGuard's part, while Textual is not there yet
        parts.append(f"\x1b[{told}m{text}\x1b[m" if told else text)
    return "".join(parts)


@contextmanager
def shown(text: str) -> Iterator[None]:
    """Show `text` on the other screen while the toolkit loads; put the terminal back at the end,
    also when told to end (`ENDINGS`), which then raises SystemExit.

    Echo and line mode go off at once, so that what she types meanwhile is neither shown nor lost.
    """
    import termios  # noqa: PLC0415 - POSIX only

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    now = termios.tcgetattr(descriptor)
    now[3] &= ~(termios.ECHO | termios.ICANON)
    handlers = {number: signal.signal(number, _leave) for number in ENDINGS}
    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, now)
        _write("\x1b[?1049h\x1b[2J" + text)
        yield
    finally:
        with suppress(OSError, termios.error):  # the terminal may be gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
            _write("\x1b[?1049l\x1b[?25h")
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(exit_code(number))


def exit_code(number: int) -> int:
    """What shells give for a program that a signal ended (POSIX, sh, 2.8.2)."""
    return 128 + number


def _write(text: str) -> None:
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]
