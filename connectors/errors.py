"""What can go wrong at a client's tool, sorted by what we do next.

ConnectorError
├── ConfigError         the VA mends the config; looked at again now and then, and when she asks
├── AuthError           the VA signs in again; the channel rests till then
├── UnavailableError    nobody's fault; tried again later
│   └── InDoubtError    a write that may have been carried out: look before it is tried again
├── AskError            a write that may have been carried out, and nobody there can tell: she says
├── CursorExpiredError  pulled again from the beginning, at once
└── RefusedError        never works as asked; set aside and shown
    └── ConflictError   the record changed since we last saw it
"""

from __future__ import annotations

from datetime import timedelta

from normalizer.said import SaidError


class ConnectorError(SaidError):
    """Base of all that a connector raises on purpose."""


class ConfigError(ConnectorError):
    """A setting is missing or does not fit."""


class AuthError(ConnectorError):
    """The tool no longer accepts our credentials."""


class UnavailableError(ConnectorError):
    """The tool does not answer, answers nonsense, or asks us to slow down."""

    def __init__(
        self, message: str, /, *, retry_after: timedelta | None = None, **details: str | int
    ) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class InDoubtError(UnavailableError):
    """A write left, and no answer says whether it was carried out."""


class AskError(ConnectorError):
    """A write may have been carried out, and the tool cannot tell whether it was: she is asked.

    To be raised where a push looked for its own traces (`Action.doubted`), found none, and could
    not be sure to find them.
    """


class CursorExpiredError(ConnectorError):
    """The tool no longer knows the point we left off at."""


class RefusedError(ConnectorError):
    """The tool understood, and will never do it."""


class ConflictError(RefusedError):
    """The record changed since we last saw it."""
