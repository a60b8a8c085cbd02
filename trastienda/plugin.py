"""All that a connector written elsewhere needs, under one name that will not move.

A package brings a connector by the entry point `KIND = "its.module:ItsConnector"` in the group
`trastienda.connectors`, and tests it with `connectors.testing.ConnectorContract`.
"""

from typing import Final

from connectors.base import (
    Account,
    Batch,
    Connector,
    Cursor,
    Opener,
    Receipt,
    Secret,
    Watcher,
    Writer,
)
from connectors.errors import (
    AuthError,
    ConfigError,
    ConflictError,
    ConnectorError,
    CursorExpiredError,
    RefusedError,
    UnavailableError,
)
from normalizer.actions import Action, Comment, Complete, Reopen
from normalizer.model import (
    Attachment,
    Change,
    CheckItem,
    Conversation,
    Direction,
    Invitation,
    Message,
    Notification,
    Person,
    Record,
    Ref,
    State,
    Task,
    Thread,
)
from normalizer.raw import Census, Raw, canonical
from normalizer.said import Said
from normalizer.text import block, file_name, line

API: Final = 1
"""Goes up when a connector that worked would no longer do so; names may be added before that."""

__all__ = [
    "API",
    "Account",
    "Action",
    "Attachment",
    "AuthError",
    "Batch",
    "Census",
    "Change",
    "CheckItem",
    "Comment",
    "Complete",
    "ConfigError",
    "ConflictError",
    "Connector",
    "ConnectorError",
    "Conversation",
    "Cursor",
    "CursorExpiredError",
    "Direction",
    "Invitation",
    "Message",
    "Notification",
    "Opener",
    "Person",
    "Raw",
    "Receipt",
    "Record",
    "Ref",
    "RefusedError",
    "Reopen",
    "Said",
    "Secret",
    "State",
    "Task",
    "Thread",
    "UnavailableError",
    "Watcher",
    "Writer",
    "block",
    "canonical",
    "file_name",
    "line",
]
