"""How the desktop is told something, by whatever it has for that."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

from tui.lines import safe

NAME = "Trastienda"
LONGEST = 200
PATIENCE = 5
"""Seconds after which the desktop's own tool is left alone."""

_SCRIPT = ("on run argv", f'display notification (item 1 of argv) with title "{NAME}"', "end run")
"""AppleScript: what is said is handed to it, and never a part of it."""


def tell(text: str, terminal: Callable[[str], object]) -> None:
    """Say a line. Without a tool, and from another computer, the `terminal` is asked to. Takes its
    time.
    """
    told = safe(text)[:LONGEST]
    words = command(told)
    if words is None:
        terminal(escape(told))
        return
    try:
        subprocess.run(  # noqa: S603 - a tool of the desktop, and no shell
            words, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        terminal(escape(told))


def command(text: str) -> Sequence[str] | None:
    """What to run to say `text`; None where there is nothing."""
    if "SSH_CONNECTION" in os.environ:
        return None  # the desktop is another computer's
    if sys.platform == "darwin":
        script = [word for line in _SCRIPT for word in ("-e", line)]
        return ["/usr/bin/osascript", *script, text]
    tool = shutil.which("notify-send")
    if tool is None or not ({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)):
        return None
    # The text is read as markup there.
    return [tool, f"--app-name={NAME}", "--", NAME, html.escape(text, quote=False)]


def escape(text: str) -> str:
    """As many terminals understand it (OSC 9), and the others pass over it. A “;” would begin
    something else in some.
    """
    plain = "".join(char for char in text if char.isprintable()).replace(";", ",")
    return "" if os.environ.get("TERM") == "linux" else f"\x1b]9;{plain}\x07"
