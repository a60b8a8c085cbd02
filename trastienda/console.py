"""What a command says: lines for people, one JSON object for programs."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from normalizer.said import SaidError
from normalizer.text import block, line

log = logging.getLogger(__name__)

WIDEST = 120
"""Columns; longer lines are hard to follow with the eyes."""


class OutputError(SaidError):
    """What we had to say found no room where it was sent."""


_ours: tuple[TextIO, TextIO] | None = None
"""Both outputs, while they are kept apart."""


class _Strays(io.RawIOBase):
    """What stands in the place of one: what is written there becomes lines of the log."""

    _within = threading.local()

    def __init__(self, place: TextIO) -> None:
        self._place = place

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._place.fileno()

    def write(self, data: Any) -> int:
        text = bytes(data).decode("utf-8", "replace")
        # A stranger's handler of log lines may print each one again.
        if text.strip() and not getattr(self._within, "busy", False):
            self._within.busy = True
            try:
                log.info("printed: %s", text.rstrip())
            finally:
                self._within.busy = False
        return len(data)

    def close(self) -> None:
        """Stay open: there may be others who print."""


class _Printed(io.TextIOWrapper):
    """The same, as `print` and all else that knows an output by its methods wants it.

    There is no buffer between: it would have a lock, and a thread that holds that one and logs
    could wait for ever for a thread that holds the log's and prints.
    """

    def __init__(self, place: TextIO) -> None:
        super().__init__(_Strays(place), "utf-8", "replace", line_buffering=True)  # type: ignore[arg-type]  # raw, as Python's own are with -u

    def close(self) -> None:
        """Stay open, likewise."""
        self.flush()


@contextlib.contextmanager
def apart(*, to_the_end: bool) -> Iterator[None]:
    """Keep both outputs for what we say here: what somebody else's connector prints meanwhile may
    hold anything, and would stand in the middle of our JSON. It goes into the log.

    `to_the_end`: the program ends after this. What is still printed then counts as well, and what
    is written to the outputs by their numbers (by another program, say) is lost.
    """
    global _ours  # noqa: PLW0603 - as `sys.stdout` itself, one for the process
    before = (sys.stdout, sys.stderr)
    _ours = (_moved(sys.stdout), _moved(sys.stderr)) if to_the_end else before
    sys.stdout, sys.stderr = map(_Printed, before)
    try:
        yield
    finally:
        if not to_the_end:
            (sys.stdout, sys.stderr), _ours = before, None


def kept_apart() -> bool:
    """Tell whether both outputs are kept for us."""
    return _ours is not None


def _moved(stream: TextIO) -> TextIO:
    """Give an output that goes where `stream` went, and let what has its number lead nowhere."""
    try:
        stream.flush()
        number = stream.fileno()
        own = os.fdopen(os.dup(number), "w", encoding=stream.encoding, errors=stream.errors)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)
    except (OSError, ValueError):  # none of the system's
        return stream
    return own


@contextlib.contextmanager
def lent() -> Iterator[None]:
    """Let a program of hers that we start have both outputs: an editor draws on them."""
    numbers = []
    for number, stream in ((1, _output()), (2, _errors())):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
            numbers.append((number, os.dup(number)))
            os.dup2(stream.fileno(), number)
    try:
        yield
    finally:
        for number, before in numbers:
            os.dup2(before, number)
            os.close(before)


def _output() -> TextIO:
    return _ours[0] if _ours else sys.stdout


def _errors() -> TextIO:
    return _ours[1] if _ours else sys.stderr


def width() -> int:
    """Give the columns to write in: the terminal's, else 80."""
    try:
        told = int(os.environ.get("COLUMNS", "0"))
        columns = told or os.get_terminal_size(_output().fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(40, min(WIDEST, columns or 80))


def say(text: str = "") -> None:
    """Write one line for people. `text` is clean, or comes from us."""
    _write(_output(), text)


def warn(text: str) -> None:
    """Write to standard error what went wrong, made safe: a path or a server may be in it."""
    with contextlib.suppress(OSError, OutputError):
        _write(_errors(), block(text))


def data(value: Mapping[str, Any]) -> None:
    """Write one JSON object, stamped with the version of its shape."""
    plain = not (_output().encoding or "").lower().startswith("utf")
    text = json.dumps({"schema": 1, **value}, ensure_ascii=plain, default=_plain, indent=2)
    _write(_output(), text)


def ask(question: str) -> bool:
    """Ask the VA for a yes. No answer is no."""
    _write(_errors(), line(question), end=" ")
    try:
        answer = input()
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes", "s", "si", "sí"}


def answer(question: str, answers: Sequence[str]) -> str | None:
    """Ask the VA for one of a few answers; None where she gives none of them."""
    for _ in range(3):
        _write(_errors(), line(question), end=" ")
        try:
            given = input().strip().lower()
        except EOFError:
            return None
        if given in answers:
            return given
    return None


def typed(question: str) -> str:
    """Ask the VA for a few words; no answer is ""."""
    _write(_errors(), line(question), end=" ")
    try:
        return input().strip()
    except EOFError:
        return ""


def is_terminal() -> bool:
    """Tell whether a person sits at both ends."""
    return sys.stdin is not None and sys.stdin.isatty() and _output().isatty()


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
        os.dup2(null, _output().fileno())


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
