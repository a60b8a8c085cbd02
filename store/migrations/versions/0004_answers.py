"""What she writes: drafts, the files that go with it, every try, and what she has let go before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, and room for who decided a write and for what "done" is in a channel."""
    op.add_column("channel", sa.Column("completes", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("who", sa.Text(), nullable=True))
    op.create_index("outbox_id_client", "outbox", ["id", "client_id"], unique=True)
    _table(
        "attempt",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        _number("outbox_id"),
        _number("began_at"),
        _number("ended_at", null=True),
        _number("state", null=True),
        sa.Column("error", sa.Text(), nullable=True),
        _of("attempt", "outbox", "outbox_id"),
        sa.PrimaryKeyConstraint("id", name="attempt_pkey"),
    )
    op.create_index("attempt_outbox", "attempt", ["outbox_id"])
    _table(
        "blob",
        sa.Column("sha256", CODE, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "sha256", name="blob_pkey"),
        rowid=False,
    )
    _table(
        "seen_file",
        sa.Column("sha256", CODE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _number("size"),
        _number("at"),
        sa.PrimaryKeyConstraint("client_id", "sha256", name="seen_file_pkey"),
        rowid=False,
    )
    op.create_index("seen_file_sha256", "seen_file", ["sha256"])
    _table(
        "draft",
        sa.Column("item_id", BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _number("to_all"),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("paths", sa.Text(), nullable=True),
        _number("at"),
        _number("kept_there"),
        _of("draft", "item", "item_id"),
        sa.PrimaryKeyConstraint("item_id", name="draft_pkey"),
    )
    _table(
        "previewed",
        _number("channel_id"),
        sa.Column("action", sa.Text(), nullable=False),
        _number("at"),
        _of("previewed", "channel", "channel_id"),
        sa.PrimaryKeyConstraint("channel_id", "action", name="previewed_pkey"),
        rowid=False,
    )


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null)


def _of(table: str, parent: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["client_id", column], [f"{parent}.client_id", f"{parent}.id"],
        name=f"{table}_client_id_{column}_fkey",
    )  # fmt: skip


def _table(name: str, *items: sa.schema.SchemaItem, rowid: bool = True) -> None:
    op.create_table(
        name,
        sa.Column("client_id", BIG, nullable=False),
        *items,
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=f"{name}_client_id_fkey"),
        sqlite_strict=True,
        sqlite_with_rowid=rowid,
    )
