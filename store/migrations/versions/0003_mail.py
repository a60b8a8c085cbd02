"""From which addresses mail goes out, and writes that only she can settle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the addresses, and count what is hers to settle among what is open."""
    op.add_column("channel", sa.Column("senders", sa.Text(), nullable=True))
    op.drop_index("outbox_open", table_name="outbox")
    which = sa.text("(state < 4 OR state = 6)")
    op.create_index(
        "outbox_open", "outbox", ["channel_id", "send_at"],
        sqlite_where=which, postgresql_where=which,
    )  # fmt: skip
