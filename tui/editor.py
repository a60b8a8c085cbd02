"""What she writes, in the editor that she is used to."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from normalizer.said import SaidError
from normalizer.text import BLOCK, block, original


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
        try:
            with aside():
                ended = subprocess.run([*editor, str(path)], check=False)  # noqa: S603 - hers
            written = path.read_bytes()
        except OSError as error:
            raise EditorError(
                "The editor {editor} could not be used: {reason}. Your text is as it was.",
                editor=editor[0], reason=error.strerror or type(error).__name__,
            ) from error  # fmt: skip
    if ended.returncode:
        raise EditorError(
            "The editor {editor} ended with an error. Your text is as it was.", editor=editor[0]
        )
    if len(written) > 4 * BLOCK:
        raise EditorError("That is more than fits into one message. Your text is as it was.")
    return block(original(written.decode("utf-8", "replace"))).rstrip("\n")
