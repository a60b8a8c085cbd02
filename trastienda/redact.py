"""What keeps secrets out of the logs: every line passes here before it is written."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote, quote_plus

MASK: Final = "•••"
SHORTEST: Final = 4
"""A value shorter than this is also an everyday word; hiding it would hide everything."""

CHATTY: Final = (
    "apscheduler",
    "asana",
    "httpcore",
    "httpx",
    "imapclient",
    "oauthlib",
    "requests_oauthlib",
    "urllib3",
)
"""Libraries that log URLs, headers or signing keys below WARNING."""

_lock = threading.Lock()
_known: tuple[str, ...] = ()

_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # The whole value of a header, which may hold several words.
        r"""((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^"'\r\n,}\]]+(?:,\s*oauth_[^\r\n}\]]*)?""",
        r"(\b(?:bearer|basic|oauth2?)\s+)[\w.~+/=:-]{6,}",
        # A field of a query string, of JSON, of a command's arguments.
        r"""(\b(?:[\w-]*(?:token|secret|passwo?r?d|api_?key)|key|sig|signature|oauth_\w+)["']?\s*[:=]\s*["']?)[^\s"'&;,}\])]+""",
        # What a database server or a proxy is addressed by.
        r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)",
    )
)

_CONTROLS: Final = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    ord("\t"): "\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_CONTROLS_BUT_LINES: Final = {**_CONTROLS, ord("\n"): "\n"}


def register(value: str) -> None:
    """Hide `value` from now on, as it is and as libraries spell it in URLs and dumps."""
    global _known  # noqa: PLW0603 - one list for the process: a secret is secret everywhere
    if len(value) < SHORTEST:
        return
    spellings = {
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
    }
    with _lock:
        # Longest first: a secret may begin with another one.
        _known = tuple(sorted({*_known, *spellings}, key=len, reverse=True))


def redact(text: str) -> str:
    """Return `text` without any secret revealed so far, nor anything that looks like one."""
    for value in _known:
        text = text.replace(value, MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


class Redactor(logging.Filter):
    """Cleans a record whole: its message, its traceback, and the control characters of both."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, cleaned in place."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)
        record.msg, record.args = redact(message).translate(_CONTROLS), ()
        if record.exc_info and not record.exc_text:
            # A Formatter takes exc_text, where it is there, rather than format exc_info.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text).translate(_CONTROLS_BUT_LINES)
        if record.stack_info:
            record.stack_info = redact(record.stack_info).translate(_CONTROLS_BUT_LINES)
        return True


class _PrivateFile(RotatingFileHandler):
    """A rotating log that only its owner can read."""

    def _open(self) -> TextIOWrapper:
        def private(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return cast(
            "TextIOWrapper",
            open(self.baseFilename, self.mode, encoding="utf-8", opener=private),
        )


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
