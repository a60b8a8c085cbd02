"""All that a connector written elsewhere needs, under one name that will not move.

A package brings a connector by the entry point `KIND = "its.module:ItsConnector"` in the group
`trastienda.connectors`, and tests it with `trastienda.testing`. See docs/connectors.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from connectors.base import (
    Account,
    Batch,
    Connector,
    Cursor,
    Importer,
    Kept,
    Look,
    Opener,
    Recaller,
    Receipt,
    Secret,
    Watcher,
    Write,
    Writer,
)
from connectors.discovery import API
from connectors.errors import (
    AskError,
    AuthError,
    ConfigError,
    ConflictError,
    ConnectorError,
    CursorExpiredError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.http_limits import Limits, Rate, digest
from connectors.http_rules import READING, HttpConfig, Level
from normalizer.actions import (
    Action,
    Archive,
    Check,
    Comment,
    Complete,
    Create,
    Draft,
    Enclosure,
    Mail,
    Move,
    Reopen,
    SetDue,
)
from normalizer.boards import (
    called,
    container,
    due_shown,
    identifier,
    instant,
    is_id,
    items,
    link,
    maybe_date,
    maybe_instant,
    person,
    table,
    tables,
    taken_and_added,
    ticked,
    words,
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
from normalizer.text import NAME, block, file_name, line

if TYPE_CHECKING:
    from connectors.http import Answer, Http, Timing, by_token
    from connectors.writing import (
        Place,
        ident,
        listed,
        may,
        named,
        permit,
        pick,
        sense,
        target,
        watched,
    )

_LATER: Final = {
    "connectors.http": ("Answer", "Http", "Timing", "by_token"),
    "connectors.writing": (
        "Place", "ident", "listed", "may", "named", "permit", "pick", "sense", "target", "watched",
    ),
}  # fmt: skip
"""What brings the HTTP library with it: imported by who asks for it. `normalise` never does."""


def __getattr__(name: str) -> object:
    for module, names in _LATER.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"trastienda.plugin has no {name}")


__all__ = [
    "API",
    "NAME",
    "READING",
    "Account",
    "Action",
    "Answer",
    "Archive",
    "AskError",
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
    "Draft",
    "Enclosure",
    "Http",
    "HttpConfig",
    "Importer",
    "InDoubtError",
    "Invitation",
    "Kept",
    "Level",
    "Limits",
    "Look",
    "Mail",
    "Message",
    "Move",
    "Notification",
    "Opener",
    "Person",
    "Place",
    "Rate",
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
    "Timing",
    "UnavailableError",
    "Watcher",
    "Write",
    "Writer",
    "block",
    "by_token",
    "called",
    "canonical",
    "container",
    "digest",
    "due_shown",
    "file_name",
    "ident",
    "identifier",
    "instant",
    "is_id",
    "items",
    "line",
    "link",
    "listed",
    "may",
    "maybe_date",
    "maybe_instant",
    "named",
    "permit",
    "person",
    "pick",
    "sense",
    "table",
    "tables",
    "taken_and_added",
    "target",
    "ticked",
    "watched",
    "words",
]
