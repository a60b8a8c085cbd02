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
    Kept,
    Opener,
    Recaller,
    Receipt,
    Secret,
    Watcher,
    Write,
    Writer,
)
from connectors.errors import (
    AuthError,
    ConfigError,
    ConflictError,
    ConnectorError,
    CursorExpiredError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from normalizer.actions import (
    Action,
    Archive,
    Check,
    Comment,
    Complete,
    Create,
    Move,
    Reopen,
    SetDue,
)
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
    "Archive",
    "Attachment",
    "AuthError",
    "Batch",
    "Census",
    "Change",
    "Check",
    "CheckItem",
    "Comment",
    "Complete",
    "ConfigError",
    "ConflictError",
    "Connector",
    "ConnectorError",
    "Conversation",
    "Create",
    "Cursor",
    "CursorExpiredError",
    "Direction",
    "InDoubtError",
    "Invitation",
    "Kept",
    "Message",
    "Move",
    "Notification",
    "Opener",
    "Person",
    "Raw",
    "Recaller",
    "Receipt",
    "Record",
    "Ref",
    "RefusedError",
    "Reopen",
    "Said",
    "Secret",
    "SetDue",
    "State",
    "Task",
    "Thread",
    "UnavailableError",
    "Watcher",
    "Write",
    "Writer",
    "block",
    "canonical",
    "file_name",
    "line",
]
