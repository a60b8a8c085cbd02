"""What a command says: lines for people, one JSON object for programs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from normalizer.said import SaidError
from normalizer.text import block, line

WIDEST = 120
"""Columns; longer lines are hard to follow with the eyes."""


class OutputError(SaidError):
    """What we had to say found no room where it was sent."""


def width() -> int:
    """Give the columns to write in: the terminal's, else 80."""
    return max(40, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


def say(text: str = "") -> None:
    """Write one line for people. `text` is clean, or comes from us."""
    _write(sys.stdout, text)


def warn(text: str) -> None:
    """Write to standard error what went wrong, made safe: a path or a server may be in it."""
    with contextlib.suppress(OSError, OutputError):
        _write(sys.stderr, block(text))


def data(value: Mapping[str, Any]) -> None:
    """Write one JSON object, stamped with the version of its shape."""
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps({"schema": 1, **value}, ensure_ascii=plain, default=_plain, indent=2)
    _write(sys.stdout, text)


def ask(question: str) -> bool:
    """Ask the VA for a yes. No answer is no."""
    _write(sys.stderr, line(question), end=" ")
    try:
        answer = input()
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes", "s", "si", "sí"}


def answer(question: str, answers: Sequence[str]) -> str | None:
    """Ask the VA for one of a few answers; None where she gives none of them."""
    for _ in range(3):
        _write(sys.stderr, line(question), end=" ")
        try:
            given = input().strip().lower()
        except EOFError:
            return None
        if given in answers:
            return given
    return None


def is_terminal() -> bool:
    """Tell whether a person sits at both ends."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def prepare() -> None:
    """Let what a terminal cannot spell be replaced rather than end the program.

    Where an output is closed (a service, `>&-`) Python has none: what goes there is lost.
    """
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a TextIOWrapper


def abandon() -> None:
    """Be done with an output that nobody reads any more, as with `| head`."""
    null = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):
        os.dup2(null, sys.stdout.fileno())


def _write(stream: TextIO, text: str, end: str = "\n") -> None:
    try:
        stream.write(text + end)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("The answer could not be written ({reason}).", reason=reason) from None


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
