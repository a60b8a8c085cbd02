"""How tables and columns are spelled here, on SQLite and on PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem

BIG = BigInteger().with_variant(Integer(), "sqlite")
# Compared byte by byte on both engines: a prefix is then a range of the index.
CODE = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)


def number(name: str, *, null: bool = False, default: int | None = None) -> Column[int]:
    """Give a column of whole numbers: an id, milliseconds, bits."""
    return Column(
        name, BIG, nullable=null, server_default=None if default is None else text(str(default))
    )


def words(name: str, *, null: bool = False) -> Column[str]:
    """Give a column of text."""
    return Column(name, Text, nullable=null)


def ident() -> Column[int]:
    """Give the id of a row, given out by us."""
    return Column("id", BIG, primary_key=True, autoincrement=False)


def of_client() -> Column[int]:
    """Say whose a row is."""
    return Column("client_id", BIG, ForeignKey("client.id"), nullable=False)


def of(parent: str, column: str) -> ForeignKeyConstraint:
    """Point at a row of the same client."""
    return ForeignKeyConstraint(["client_id", column], [f"{parent}.client_id", f"{parent}.id"])


def same_client() -> UniqueConstraint:
    """Let rows of the same client point at this one."""
    return UniqueConstraint("client_id", "id")


def table(name: str, *items: SchemaItem, rowid: bool = True) -> Table:
    """Make a table, strict on SQLite."""
    return Table(name, metadata, *items, sqlite_strict=True, sqlite_with_rowid=rowid)
