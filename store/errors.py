"""What can go wrong with what is remembered, each with its next step.

StoreError
├── LockedError      another program holds the database; try again
├── FullError        no room on the disk; nothing was written
├── ReadOnlyError    the file or its folder cannot be written
├── CorruptError     not a database, or a damaged one; restore a backup
├── NewerError       written by a newer version of Trastienda
├── UnreachableError the database server, or the folder, is not there
├── ReplacedError    the file was removed or replaced while it was open; start again
└── QueryError       the search text does not parse
"""

from __future__ import annotations

from normalizer.said import SaidError


class StoreError(SaidError):
    """Base of all that the store raises on purpose."""


class LockedError(StoreError):
    """Another program holds the database."""


class FullError(StoreError):
    """There is no room on the disk."""


class ReadOnlyError(StoreError):
    """The file or its folder cannot be written."""


class CorruptError(StoreError):
    """The file is damaged, or no database of ours."""


class NewerError(StoreError):
    """The file was written by a newer version."""


class UnreachableError(StoreError):
    """The server or the folder is not there."""


class ReplacedError(StoreError):
    """The file was removed or replaced while it was open."""


class QueryError(StoreError):
    """The search text does not parse."""
