"""The revisions of the schema, by name: enough to know whether a database is current.

Alembic takes longer to import than the first rows take to show, so it is asked only when one
of these is missing.
"""

from __future__ import annotations

from typing import Final

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005")
"""Oldest first; the files in `store/migrations/versions`."""

HEAD: Final = REVISIONS[-1]
