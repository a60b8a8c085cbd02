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

from tui.lines import CODES, UNSAFE, Line, Tone
from tui.rows import Look, draw
from tui.source import Source
from tui.strip import header
from tui.views import Request

# ECMA-48 SGR; the same looks as in style.tcss.
LOOKS = {
    Tone.DIM: "2", Tone.STRONG: "1", Tone.ALERT: "1;31", Tone.GOOD: "32", Tone.KEY: "1;36",
    Tone.QUOTE: "2;3", Tone.HIT: "1;7", Tone.BADGE: "7",
}  # fmt: skip
PLAIN_LOOKS = {
    Tone.DIM: "2", Tone.STRONG: "1", Tone.ALERT: "1", Tone.KEY: "1", Tone.BADGE: "7",
}  # fmt: skip

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""Told to end; the terminal was closed."""


def first_screen(source: Source, look: Look, size: os.terminal_size, *, demo: bool) -> str:
    """The header and as many rows as the list will show."""
    width, height = size.columns, size.lines
    lines = [header(Request(), len(source), look, width, demo=demo)]
    around = 8 if height >= 16 and width < 140 else 4
    for y in range(min(len(source), max(1, height - around))):
        row = source.row(y)
        if row is not None:
            lines.append(draw(row, look, width, cursor=y == 0))
    color = "NO_COLOR" not in os.environ
    return "\x1b[H" + "\r\n".join(
        _sgr(line, color=color, reverse=y == 1) for y, line in enumerate(lines[: height - 1])
    )


def _sgr(line: Line, *, color: bool, reverse: bool) -> str:
    parts = []
    for span in line:
        looks = PLAIN_LOOKS if reverse or not color else LOOKS
        codes = [looks.get(span.tone, "")]
        if reverse:
            codes = ["1;7" if codes == ["1"] else "7"]
        elif color and span.color:
            codes.append(str(CODES[span.color]))
        codes = [code for code in codes if code]
        text = UNSAFE.sub("", span.text)  # ControlGuard's part, while Textual is not there yet
        parts.append(f"\x1b[{';'.join(codes)}m{text}\x1b[m" if codes else text)
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
