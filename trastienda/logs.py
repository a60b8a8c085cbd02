"""Where log lines go: a private file of the home, through the redactor, never the terminal."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final, cast

from trastienda.redact import redact

CHATTY: Final = (
    "alembic",
    "apscheduler",
    "asana",
    "httpcore",
    "httpx",
    "imapclient",
    "oauthlib",
    "requests_oauthlib",
    "urllib3",
)
"""Libraries that log URLs, headers, signing keys or their own steps below WARNING."""

LONGEST: Final = 100_000
"""Characters of a message, and of a traceback: a stranger's error may hold a whole download."""

log = logging.getLogger(__name__)

_CONTROLS: Final = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    ord("\t"): "\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_CONTROLS_BUT_LINES: Final = {**_CONTROLS, ord("\n"): "\n"}


class Redactor(logging.Filter):
    """Cleans a record whole: its message, its traceback, and the control characters of both."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, cleaned in place."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)
        record.msg, record.args = _safe(message, _CONTROLS), ()
        if record.exc_info and not record.exc_text:
            # A Formatter takes exc_text, where it is there, rather than format exc_info.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = _safe(record.exc_text, _CONTROLS_BUT_LINES)
        if record.stack_info:
            record.stack_info = _safe(record.stack_info, _CONTROLS_BUT_LINES)
        return True


def _safe(text: str, controls: Mapping[int, str]) -> str:
    # Half a surrogate pair cannot be written, and would take its whole line along.
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return redact(whole, LONGEST).translate(controls)


class _PrivateFile(RotatingFileHandler):
    """A rotating log that only its owner can read."""

    def _open(self) -> TextIOWrapper:
        def private(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return cast(
            "TextIOWrapper",
            open(self.baseFilename, self.mode, encoding="utf-8", opener=private),
        )


def take_uncaught() -> None:
    """Log what a thread raises, or an object that goes away, where Python would print it with all
    it holds; unless somebody takes that already.
    """
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _of_a_thread
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _of_an_object


def _of_a_thread(raised: threading.ExceptHookArgs) -> None:
    if raised.exc_type is not SystemExit:
        _uncaught("a thread", raised.exc_value, raised.exc_traceback)


def _of_an_object(raised: sys.UnraisableHookArgs) -> None:
    _uncaught("what nobody called", raised.exc_value, raised.exc_traceback)


def _uncaught(where: str, error: BaseException | None, trace: TracebackType | None) -> None:
    # Raised here, it would be printed after all.
    with contextlib.suppress(BaseException):
        about = None if error is None else (type(error), error, trace)
        log.error("uncaught in %s", where, exc_info=about)


def log_to(folder: Path, name: str, *, debug: bool = False) -> None:
    """Send every log line of this process to `folder`/`name`.log, and none to the terminal.

    Each long-lived process has its own `name`, since two cannot rotate one file. A log grows to
    1 MB and one older part is kept. `debug` writes our own DEBUG lines; the libraries that print
    credentials stay at WARNING even then. Raises OSError where the file cannot be written.
    """
    handler = _PrivateFile(folder / f"{name}.log", maxBytes=1_000_000, backupCount=1)
    handler.addFilter(Redactor())
    formatter = logging.Formatter(
        "{asctime}.{msecs:03.0f}Z {levelname} {name} {message}", "%Y-%m-%dT%H:%M:%S", style="{"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)

    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old, _PrivateFile):
            root.removeHandler(old)
            old.close()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    # A log line that cannot be written must not be dumped, unredacted, over the screen.
    logging.raiseExceptions = False
