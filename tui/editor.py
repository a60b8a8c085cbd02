"""What she writes, in the editor that she is used to."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from normalizer.said import SaidError
from normalizer.text import BLOCK, typed


class EditorError(SaidError):
    """The text stays as it was."""


def command() -> Sequence[str]:
    """Give the editor that her system names. Raises EditorError."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError:
        words = []
    if not words:
        raise EditorError(
            "No editor is set: put its command into $VISUAL or $EDITOR, for example EDITOR=nano."
        )
    return words


def edited(text: str, aside: Callable[[], AbstractContextManager[None]]) -> str:
    """Have her edit a text; `aside` takes us from the terminal meanwhile.

    The file is hers alone, in a folder that is hers alone, and is removed. Raises EditorError.
    """
    editor = command()
    with tempfile.TemporaryDirectory(prefix="trastienda-") as folder:
        path = Path(folder) / "trastienda.txt"
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123 - born private
            file.write(f"{text}\n".encode())
        with aside():
            failed = _ended([*editor, str(path)])
        try:
            written = path.read_bytes()
        except OSError as error:
            failed = failed or error.strerror or type(error).__name__
    if failed:
        raise EditorError(
            "The editor {editor} could not be used: {reason}. Your text is as it was.",
            editor=editor[0], reason=failed,
        )  # fmt: skip
    if len(written) > 4 * BLOCK:
        raise EditorError("That is more than fits into one message. Your text is as it was.")
    return typed(written.decode("utf-8", "replace")).rstrip("\n")


def _ended(words: Sequence[str]) -> str:
    """Run it to its end, and say what went wrong, "" for nothing. It raises nothing: whoever lent
    the terminal must get it back. Ctrl+C in there is the editor's.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.run(words, check=False).returncode  # noqa: S603 - her own editor
    except OSError as error:
        return error.strerror or type(error).__name__
    finally:
        signal.signal(signal.SIGINT, before)
    return f"exit {code}" if code else ""
