"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_SQLITE_SEARCH = (
    (
        "CREATE TABLE search_doc(id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL, "
        "item_id INTEGER NOT NULL, "
        "FOREIGN KEY(client_id, item_id) REFERENCES item(client_id, id)) STRICT"
    ),
    (
        "CREATE VIRTUAL TABLE search_word USING fts5(words, content='', "
        'contentless_delete=1, tokenize="unicode61 remove_diacritics 2")'
    ),
)
_POSTGRESQL_SEARCH = (
    (
        "CREATE TABLE search_doc(id BIGINT PRIMARY KEY, client_id BIGINT NOT NULL, "
        "item_id BIGINT NOT NULL, words TSVECTOR NOT NULL, "
        "FOREIGN KEY(client_id, item_id) REFERENCES item(client_id, id))"
    ),
    "CREATE INDEX search_word ON search_doc USING gin(words)",
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "client",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("sla_hours", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("active", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="client_pkey"),
        sa.UniqueConstraint("slug", name="client_slug_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "undo",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("hers", BIG, nullable=False),
        sa.Column("undone", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="undo_pkey"),
        sqlite_strict=True,
    )
    op.create_table(
        "channel",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("write", sa.Text(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("active", BIG, nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("mapping", BIG, nullable=True),
        sa.Column("held", sa.Text(), nullable=True),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("failures", BIG, nullable=False),
        sa.Column("last_success", BIG, nullable=True),
        sa.Column("last_attempt", BIG, nullable=True),
        sa.Column("next_run", BIG, nullable=True),
        sa.Column("asked_at", BIG, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("notices", sa.Text(), nullable=True),
        sa.Column("tally", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="channel_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="channel_pkey"),
        sa.UniqueConstraint("client_id", "id", name="channel_client_id_id_key"),
        sa.UniqueConstraint("client_id", "slug", name="channel_client_id_slug_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "payload",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="payload_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="payload_pkey"),
        sa.UniqueConstraint("client_id", "digest", name="payload_client_id_digest_key"),
        sa.UniqueConstraint("client_id", "id", name="payload_client_id_id_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "person",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="person_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="person_pkey"),
        sa.UniqueConstraint("client_id", "handle", "name", name="person_client_id_handle_name_key"),
        sa.UniqueConstraint("client_id", "id", name="person_client_id_id_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "identity",
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("declared", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "channel_id"],
            ["channel.client_id", "channel.id"],
            name="identity_client_id_channel_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="identity_client_id_fkey"),
        sa.PrimaryKeyConstraint("channel_id", "handle", name="identity_pkey"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("kind", BIG, nullable=False),
        sa.Column("scope", BIG, nullable=False),
        sa.Column("stream", CODE, nullable=False),
        sa.Column("external_id", CODE, nullable=False),
        sa.Column("described", BIG, nullable=False),
        sa.Column("merged_into", BIG, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("container", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=True),
        sa.Column("people_ids", sa.Text(), nullable=True),
        sa.Column("checklist", sa.Text(), nullable=True),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.Column("state", BIG, nullable=False),
        sa.Column("who", BIG, nullable=True),
        sa.Column("snippet", sa.Text(), nullable=False),
        sa.Column("last_at", BIG, nullable=True),
        sa.Column("last_in_at", BIG, nullable=True),
        sa.Column("last_out_at", BIG, nullable=True),
        sa.Column("unread", BIG, nullable=False),
        sa.Column("attachments", BIG, nullable=False),
        sa.Column("automatic", BIG, nullable=False),
        sa.Column("turn", BIG, nullable=False),
        sa.Column("act_by", BIG, nullable=False),
        sa.Column("lane", BIG, server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "channel_id"],
            ["channel.client_id", "channel.id"],
            name="item_client_id_channel_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "merged_into"],
            ["item.client_id", "item.id"],
            name="item_client_id_merged_into_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "who"], ["person.client_id", "person.id"], name="item_client_id_who_fkey"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="item_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="item_pkey"),
        sa.UniqueConstraint(
            "client_id",
            "scope",
            "stream",
            "external_id",
            name="item_client_id_scope_stream_external_id_key",
        ),
        sa.UniqueConstraint("client_id", "id", name="item_client_id_id_key"),
        sqlite_strict=True,
    )
    op.create_index(
        "item_merged",
        "item",
        ["merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "item_queue",
        "item",
        ["act_by", "id", "client_id", "channel_id", "kind", "turn", "lane", "unread"],
        unique=False,
        sqlite_where=sa.text("state = 0 AND lane < 2"),
        postgresql_where=sa.text("state = 0 AND lane < 2"),
    )
    op.create_index(
        "item_queue_client",
        "item",
        ["client_id", "lane"],
        unique=False,
        sqlite_where=sa.text("state = 0 AND lane < 2"),
        postgresql_where=sa.text("state = 0 AND lane < 2"),
    )
    op.create_table(
        "raw",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("stream", CODE, nullable=False),
        sa.Column("external_id", CODE, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("payload_id", BIG, nullable=False),
        sa.Column("meta", sa.Text(), nullable=False),
        sa.Column("deleted_at", BIG, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id", "channel_id"],
            ["channel.client_id", "channel.id"],
            name="raw_client_id_channel_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "payload_id"],
            ["payload.client_id", "payload.id"],
            name="raw_client_id_payload_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="raw_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="raw_pkey"),
        sa.UniqueConstraint(
            "channel_id", "stream", "external_id", name="raw_channel_id_stream_external_id_key"
        ),
        sa.UniqueConstraint("client_id", "id", name="raw_client_id_id_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "change",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("author", BIG, nullable=True),
        sa.Column("at", BIG, nullable=False),
        sa.Column("stream", CODE, nullable=True),
        sa.Column("external_id", CODE, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id", "author"],
            ["person.client_id", "person.id"],
            name="change_client_id_author_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"],
            ["item.client_id", "item.id"],
            name="change_client_id_item_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="change_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="change_pkey"),
        sa.UniqueConstraint(
            "channel_id", "stream", "external_id", name="change_channel_id_stream_external_id_key"
        ),
        sqlite_strict=True,
    )
    op.create_index("change_item", "change", ["item_id"], unique=False)
    op.create_table(
        "item_copy",
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("raw_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("state", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"],
            ["item.client_id", "item.id"],
            name="item_copy_client_id_item_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "raw_id"],
            ["raw.client_id", "raw.id"],
            name="item_copy_client_id_raw_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="item_copy_client_id_fkey"),
        sa.PrimaryKeyConstraint("raw_id", "item_id", name="item_copy_pkey"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("item_copy_item", "item_copy", ["item_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("scope", BIG, nullable=False),
        sa.Column("stream", CODE, nullable=False),
        sa.Column("external_id", CODE, nullable=False),
        sa.Column("author", BIG, nullable=False),
        sa.Column("to_ids", sa.Text(), nullable=True),
        sa.Column("cc_ids", sa.Text(), nullable=True),
        sa.Column("sent_at", BIG, nullable=False),
        sa.Column("flags", BIG, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", BIG, nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("folded", sa.LargeBinary(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id", "author"],
            ["person.client_id", "person.id"],
            name="message_client_id_author_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"],
            ["item.client_id", "item.id"],
            name="message_client_id_item_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="message_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="message_pkey"),
        sa.UniqueConstraint(
            "client_id",
            "scope",
            "stream",
            "external_id",
            name="message_client_id_scope_stream_external_id_key",
        ),
        sa.UniqueConstraint("client_id", "id", name="message_client_id_id_key"),
        sqlite_strict=True,
    )
    op.create_index("message_item", "message", ["item_id", "sent_at", "flags"], unique=False)
    op.create_index(
        "message_subject",
        "message",
        ["client_id", "subject_key", "sent_at"],
        unique=False,
        sqlite_where=sa.text("subject_key IS NOT NULL"),
        postgresql_where=sa.text("subject_key IS NOT NULL"),
    )
    op.create_table(
        "raw_version",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("raw_id", BIG, nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("payload_id", BIG, nullable=False),
        sa.Column("meta", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "payload_id"],
            ["payload.client_id", "payload.id"],
            name="raw_version_client_id_payload_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "raw_id"],
            ["raw.client_id", "raw.id"],
            name="raw_version_client_id_raw_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="raw_version_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="raw_version_pkey"),
        sqlite_strict=True,
    )
    op.create_index("raw_version_raw", "raw_version", ["raw_id"], unique=False)
    op.create_table(
        "thread_key",
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("key", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"],
            ["item.client_id", "item.id"],
            name="thread_key_client_id_item_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="thread_key_client_id_fkey"),
        sa.PrimaryKeyConstraint("client_id", "key", name="thread_key_pkey"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "triage",
        sa.Column("item_id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("lane", BIG, nullable=False),
        sa.Column("until", BIG, nullable=True),
        sa.Column("wake_on_reply", BIG, nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"],
            ["item.client_id", "item.id"],
            name="triage_client_id_item_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="triage_client_id_fkey"),
        sa.PrimaryKeyConstraint("item_id", name="triage_pkey"),
        sqlite_strict=True,
    )
    op.create_index(
        "triage_until",
        "triage",
        ["until"],
        unique=False,
        sqlite_where=sa.text("until IS NOT NULL"),
        postgresql_where=sa.text("until IS NOT NULL"),
    )
    op.create_table(
        "undo_item",
        sa.Column("undo_id", BIG, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("lane_before", BIG, nullable=False),
        sa.Column("until_before", BIG, nullable=True),
        sa.Column("wake_before", BIG, nullable=False),
        sa.Column("lane_after", BIG, nullable=False),
        sa.Column("until_after", BIG, nullable=True),
        sa.Column("wake_after", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"],
            ["item.client_id", "item.id"],
            name="undo_item_client_id_item_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="undo_item_client_id_fkey"),
        sa.ForeignKeyConstraint(["undo_id"], ["undo.id"], name="undo_item_undo_id_fkey"),
        sa.PrimaryKeyConstraint("undo_id", "item_id", name="undo_item_pkey"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("undo_item_item", "undo_item", ["item_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=True),
        sa.Column("raw_id", BIG, nullable=True),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("inline", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "item_id"],
            ["item.client_id", "item.id"],
            name="attachment_client_id_item_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "message_id"],
            ["message.client_id", "message.id"],
            name="attachment_client_id_message_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "raw_id"],
            ["raw.client_id", "raw.id"],
            name="attachment_client_id_raw_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="attachment_client_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="attachment_pkey"),
        sqlite_strict=True,
    )
    op.create_index("attachment_item", "attachment", ["item_id"], unique=False)
    op.create_index(
        "attachment_message",
        "attachment",
        ["message_id"],
        unique=False,
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(
        "attachment_raw",
        "attachment",
        ["raw_id"],
        unique=False,
        sqlite_where=sa.text("raw_id IS NOT NULL"),
        postgresql_where=sa.text("raw_id IS NOT NULL"),
    )
    op.create_table(
        "message_copy",
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("raw_id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("flags", BIG, nullable=False),
        sa.Column("container", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "message_id"],
            ["message.client_id", "message.id"],
            name="message_copy_client_id_message_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "raw_id"],
            ["raw.client_id", "raw.id"],
            name="message_copy_client_id_raw_id_fkey",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="message_copy_client_id_fkey"),
        sa.PrimaryKeyConstraint("raw_id", "message_id", name="message_copy_pkey"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("message_copy_message", "message_copy", ["message_id"], unique=False)
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_SEARCH if sqlite else _POSTGRESQL_SEARCH:
        op.execute(statement)
