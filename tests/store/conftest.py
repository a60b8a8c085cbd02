"""What every test of the store starts from: an open database with two clients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare
from store.reader import Reader
from tests.store.shelf import Shelf

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

CLIENTS = (
    ClientSpec(
        slug="acme", name="ACME", color="orange", identities=("lola@acme.example",),
        channels=(
            ChannelSpec(slug="correo", kind="imap"), ChannelSpec(slug="tablero", kind="trello"),
            ChannelSpec(slug="ventas", kind="imap"),
        ),
    ),
    ClientSpec(
        slug="luz", name="Luz", color="blue", identities=("lola@luz.example",),
        channels=(ChannelSpec(slug="correo", kind="imap"),),
    ),
)  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A fresh SQLite database."""
    database = open_database(tmp_path / "trastienda.db")
    declare(database, CLIENTS, NOW)
    yield database
    database.close()


@pytest.fixture
def acme(db: Database) -> ChannelKey:
    """The mailbox of the first client."""
    return declare(db, CLIENTS, NOW)["acme", "correo"]


@pytest.fixture
def sales(db: Database) -> ChannelKey:
    """The other mailbox of the first client."""
    return declare(db, CLIENTS, NOW)["acme", "ventas"]


@pytest.fixture
def board(db: Database) -> ChannelKey:
    """The board of the first client."""
    return declare(db, CLIENTS, NOW)["acme", "tablero"]


@pytest.fixture
def luz(db: Database) -> ChannelKey:
    """The mailbox of the second client."""
    return declare(db, CLIENTS, NOW)["luz", "correo"]


@pytest.fixture(params=("sqlite", "postgresql"))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that is not there yet, on each engine."""
    if request.param == "sqlite":
        return str(tmp_path / "shelf.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def shelf(target: str) -> Iterator[Shelf]:
    """That database, made, and empty."""
    shelf = Shelf(target)
    yield shelf
    shelf.close()


@pytest.fixture
def reader(shelf: Shelf, target: str) -> Iterator[Reader]:
    """A reader of that database."""
    reader = Reader(target)
    yield reader
    reader.close()
