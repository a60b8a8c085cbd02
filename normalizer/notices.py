"""Mail that a machine wrote: lists, auto-replies, bounces, and other tools' notifications."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from normalizer.mime import Fields
from normalizer.model import Notification

_BULK: Final = {b"bulk", b"list", b"junk", b"auto_reply", b"auto-reply"}
_MACHINE: Final = (
    b"list-id",
    b"list-unsubscribe",
    b"x-autoreply",
    b"x-autorespond",
    b"x-autoresponse",
    b"x-failed-recipients",
    b"x-loop",
    b"feedback-id",
)
_DOMAINS: Final = {"trello.com": "trello", "asana.com": "asana"}
_LINKS: Final = {
    "trello": re.compile(r"https?://(?:www\.)?trello\.com/c/([0-9A-Za-z]{8})(?![0-9A-Za-z])"),
    "asana": re.compile(
        r"https?://app\.asana\.com/(?:0/\d{1,20}/(\d{5,20})"
        r"|1/\d{1,20}/(?:[a-z]{1,20}/\d{1,20}/)?task/(\d{5,20}))(?!\d)"
    ),
}
_CANONICAL: Final = {
    "trello": "https://trello.com/c/{}",
    "asana": "https://app.asana.com/0/0/{}",
}

TOOLS: Final = tuple(_LINKS)
"""Whose notifications are known."""


def automatic(fields: Fields) -> bool:
    """Tell whether no person sent this to be answered (RFC 3834, RFC 2919, RFC 2369, bounces)."""
    if fields.first(b"return-path").strip() == b"<>":
        return True
    submitted = fields.first(b"auto-submitted").strip().lower()
    if submitted and not submitted.startswith(b"no"):
        return True
    if fields.first(b"precedence").strip().lower() in _BULK:
        return True
    return any(name in fields for name in _MACHINE)


def notification(sender: str, said: str, markup: Callable[[], str]) -> Notification | None:
    """Recognise a notification of Trello or Asana by its sender, and the card or task it is about.

    `markup` is asked only where the text itself names none. A sender is easily forged: this
    says what a mail claims, never that it is true.
    """
    domain = sender.rpartition("@")[2]
    while domain and domain not in _DOMAINS:
        domain = domain.partition(".")[2]
    if not domain:
        return None
    tool = _DOMAINS[domain]
    return Notification(tool=tool, link=link(tool, said) or link(tool, markup()))


def link(tool: str, said: str) -> str:
    """Return the first card or task of `tool` that `said` links to, canonical; "" where none."""
    if found := _LINKS[tool].search(said):
        return _CANONICAL[tool].format(next(filter(None, found.groups())))
    return ""
