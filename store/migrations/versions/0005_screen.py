"""What the screen decides beside lanes: the plan of a day, matters, what she has looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SET_APART = ("rank", "minutes", "matter")


def upgrade() -> None:
    """Make room for plans, matters, her own views, and how far she has looked at an item."""
    op.add_column("item", sa.Column("matter", BIG, nullable=True))
    linked = sa.text("matter IS NOT NULL")
    op.create_index("item_matter", "item", ["matter"], sqlite_where=linked, postgresql_where=linked)
    still = sa.text("state = 0")
    op.create_index(
        "item_turn", "item", ["turn", "lane", "act_by", "id"],
        sqlite_where=still, postgresql_where=still,
    )  # fmt: skip
    op.add_column("triage", _number("wakes_to"))
    for name in ("rank", "minutes"):
        op.add_column("triage", sa.Column(name, BIG, nullable=True))
    for side in ("before", "after"):
        op.add_column("undo_item", _number(f"wakes_to_{side}"))
        for name in _SET_APART:
            op.add_column("undo_item", sa.Column(f"{name}_{side}", BIG, nullable=True))
    op.create_table(
        "looked",
        sa.Column("item_id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("message", BIG, nullable=False),
        sa.Column("change", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="looked_client_id_fkey"),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"], ["item.client_id", "item.id"],
            name="looked_client_id_item_id_fkey",
        ),
        sa.PrimaryKeyConstraint("item_id", name="looked_pkey"),
        sqlite_strict=True,
    )  # fmt: skip
    op.create_table(
        "saved_view",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="saved_view_pkey"),
        sa.UniqueConstraint("name", name="saved_view_name_key"),
        sqlite_strict=True,
    )
    # What is there already is nothing new to her.
    op.execute(
        "INSERT INTO looked (item_id, client_id, message, change, at)"
        " SELECT item.id, item.client_id,"
        " coalesce((SELECT max(id) FROM message WHERE message.item_id = item.id), 0),"
        ' coalesce((SELECT max(id) FROM "change" WHERE "change".item_id = item.id), 0),'
        " item.updated_at FROM item WHERE item.merged_into IS NULL AND item.unread = 0"
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=False, server_default=sa.text("0"))
