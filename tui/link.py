"""Links leave the terminal only after she has seen where they really go."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Sequence
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.choice import Choice, Option
from tui.lines import Span, Tone, safe

if TYPE_CHECKING:
    from tui.main import Trastienda


def choose(app: Trastienda, links: Sequence[str]) -> None:
    """Show where each really goes, then open the one she takes."""
    if links:
        app.push_screen(panel(links), partial(go, app))
    else:
        app.say(_("No link in here."))


def go(app: Trastienda, address: str | None) -> None:
    """Open what she has chosen, off the screen's thread."""

    def work(address: str) -> None:
        opened = browse(address)
        text = _("Opened in the browser.")
        if not opened:
            text = _("No browser here: {key} copies the link.").format(key=app.key("copy"))
        app.call_from_thread(app.say, text)

    if address is None:
        return
    if app.setup.browser and _is_web(address):
        app.open_url(address)
        app.say(_("Opened in the browser."))
    else:
        app.run_worker(lambda: work(address), thread=True, group="browser")


def copy(app: Trastienda, links: Sequence[str]) -> None:
    """Copy the first link through the terminal (OSC 52)."""
    if links:
        app.copy_to_clipboard(links[0])
        app.say(_("Copied: {link}").format(link=links[0]))
    else:
        app.say(_("No link in here."))


def panel(links: Sequence[str]) -> Choice[str]:
    """The addresses in full; a host with letters beyond ASCII also as what it resolves to."""

    def options(_typed: str) -> Sequence[Option[str]]:
        lines: list[Option[str]] = []
        for number, link in enumerate(links, 1):
            lines.append(Option(str(number), (Span(safe(link)),), link))
            real = disguised(link)
            if real:
                text = _("careful: this goes to {host}").format(host=safe(real))
                lines.append(Option("", (Span(f"   ! {text}", Tone.ALERT),), None))
        return lines

    return Choice(_("Open in the browser: Enter or its number; Esc leaves"), options)


def disguised(link: str) -> str:
    """The host a link really names, where it shows other letters than ASCII; else "".

    A Cyrillic "а" in a Latin name looks the same and is another host (RFC 3490, UTS 39). One that
    no browser would agree about (a “℀” is “a/c” to some) is shown letter by letter.
    """
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return ascii(link.split("/")[2])[1:-1]
    if host.isascii():
        return host if "xn--" in host or "@" in parts.netloc else ""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ascii(host)[1:-1]


def browse(link: str) -> bool:
    """Open it. False: not a web address, or no browser but one that would draw over us."""
    if not _is_web(link):
        return False
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    return webbrowser.open(link)


def _is_web(link: str) -> bool:
    try:
        return urlsplit(link).scheme in ("http", "https")
    except ValueError:  # as in `disguised`
        return False
