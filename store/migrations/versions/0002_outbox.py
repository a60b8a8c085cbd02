"""What goes out to clients' tools."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table, and room for what each channel can take."""
    op.add_column("channel", sa.Column("writes", sa.Text(), nullable=True))
    op.create_table(
        "outbox",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=True),
        sa.Column("undo_id", BIG, nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("stream", CODE, nullable=False),
        sa.Column("external_id", CODE, nullable=False),
        sa.Column("state", BIG, nullable=False),
        sa.Column("decided_at", BIG, nullable=False),
        sa.Column("send_at", BIG, nullable=False),
        sa.Column("base", BIG, nullable=False),
        sa.Column("again_at", BIG, nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("tried_at", BIG, nullable=True),
        sa.Column("ended_at", BIG, nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="outbox_client_id_fkey"),
        sa.ForeignKeyConstraint(
            ["client_id", "channel_id"],
            ["channel.client_id", "channel.id"],
            name="outbox_client_id_channel_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"],
            ["item.client_id", "item.id"],
            name="outbox_client_id_item_id_fkey",
        ),
        sa.ForeignKeyConstraint(["undo_id"], ["undo.id"], name="outbox_undo_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="outbox_pkey"),
        sa.UniqueConstraint("key", name="outbox_key_key"),
        sqlite_strict=True,
    )
    _index("outbox_open", ["channel_id", "send_at"], "state < 4")
    _index("outbox_item", ["item_id"], None)
    _index("outbox_undo", ["undo_id"], "undo_id IS NOT NULL")


def _index(name: str, columns: list[str], where: str | None) -> None:
    which = None if where is None else sa.text(where)
    op.create_index(name, "outbox", columns, sqlite_where=which, postgresql_where=which)
