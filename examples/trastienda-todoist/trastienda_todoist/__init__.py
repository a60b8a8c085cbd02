"""Todoist in Trastienda."""

from trastienda_todoist.connector import (
    TodoistConfig,
    TodoistConnector,
)

__all__ = ["TodoistConfig", "TodoistConnector"]
