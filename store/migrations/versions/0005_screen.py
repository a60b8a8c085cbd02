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
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_item()
    else:
        op.add_column("item", sa.Column("matter", BIG, nullable=True))
        op.create_foreign_key(
            "item_client_id_matter_fkey", "item", "item",
            ["client_id", "matter"], ["client_id", "id"],
        )  # fmt: skip
    linked = sa.text("matter IS NOT NULL")
    op.create_index("item_matter", "item", ["matter"], sqlite_where=linked, postgresql_where=linked)
    still = sa.text("state = 0")
    op.create_index(
        "item_turn", "item", ["turn", "lane", "act_by", "id"],
        sqlite_where=still, postgresql_where=still,
    )  # fmt: skip
    shown = sa.text("inline = 0")
    op.create_index(
        "attachment_name", "attachment", ["client_id", "name", "item_id"],
        sqlite_where=shown, postgresql_where=shown,
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


def _rebuild_item() -> None:
    """Give `item` the column and what keeps it within one client: SQLite adds no such key to a
    table that is there (sqlite.org/lang_altertable.html, section 7). Every other word of the
    table, and its indexes, are made again as they are.
    """
    conn = op.get_bind()
    told = conn.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'item' AND sql IS NOT NULL"
    )
    made = {str(name): str(sql) for name, sql in told}
    table = made.pop("item")
    first = table.index("CONSTRAINT")
    column = "matter INTEGER, \n\t"
    key = (
        "CONSTRAINT item_client_id_matter_fkey FOREIGN KEY(client_id, matter)"
        " REFERENCES item (client_id, id), \n\t"
    )
    columns = ", ".join(
        f'"{name}"' for _, name, *_ in conn.exec_driver_sql("PRAGMA table_info(item)")
    )
    new = (table[:first] + column + key + table[first:]).replace("item", "item_new", 1)
    conn.exec_driver_sql(new)
    conn.exec_driver_sql(f"INSERT INTO item_new ({columns}) SELECT {columns} FROM item")
    conn.exec_driver_sql("DROP TABLE item")
    conn.exec_driver_sql("ALTER TABLE item_new RENAME TO item")
    for sql in made.values():
        conn.exec_driver_sql(sql)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=False, server_default=sa.text("0"))
