"""What she did, from the undo journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.choice import Option
from tui.rows import Look

if TYPE_CHECKING:
    from store.database import Database


def panel(db: Database, look: Look) -> Sequence[Option[None]]:
    return ()
