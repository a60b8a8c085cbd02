"""The tables of what goes out; part of `store.schema`, and spelled like the rest of it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    text,
)

from store.columns import BIG, CODE, ident, number, of, of_client, table, words

# What goes out to clients' tools, and what became of it. Nothing is deleted: it is her record.
outbox = table(
    "outbox",
    ident(),
    of_client(),
    number("channel_id"),
    # The item it is about; NULL where it makes a new task.
    number("item_id", null=True),
    # The decision it belongs to, which may be taken back till it goes.
    Column("undo_id", BIG, ForeignKey("undo.id"), nullable=True),
    # The action's id, by which a tool knows it again, its name and what it asks for.
    Column("key", Text, nullable=False, unique=True),
    words("action"),
    words("told"),
    Column("stream", CODE, nullable=False),
    Column("external_id", CODE, nullable=False),
    number("state"),
    number("decided_at"),
    # Not before: the end of the undo window, or when she wants it to go.
    number("send_at"),
    # The last change of the item that stood here when she decided.
    number("base"),
    # Not before, after a try that failed.
    number("again_at"),
    number("attempts"),
    number("tried_at", null=True),
    number("ended_at", null=True),
    # JSON: [stream, external id] of what it left there.
    words("receipt", null=True),
    words("error", null=True),
    # Who decided it: the VA's name, for a database that several work on.
    words("who", null=True),
    of("channel", "channel_id"),
    of("item", "item_id"),
)
# For `attempt` to point at. Not by client first: it would be taken for what is asked by channel.
Index("outbox_id_client", outbox.c.id, outbox.c.client_id, unique=True)
# Spelled out where it is asked for: an engine takes this index for no parameter.
UNSENT: Final = text("(state < 4 OR state = 6)")
Index(
    "outbox_open", outbox.c.channel_id, outbox.c.send_at,
    sqlite_where=UNSENT, postgresql_where=UNSENT,
)  # fmt: skip
# What she took back and may let go after all; what was left for good keeps why it was refused.
TAKEN_BACK: Final = text("outbox.state = 5 AND outbox.error IS NULL")
Index("outbox_item", outbox.c.item_id)
_DECIDED = text("undo_id IS NOT NULL")
Index("outbox_undo", outbox.c.undo_id, sqlite_where=_DECIDED, postgresql_where=_DECIDED)

# Every try of a write, and what came of it. Never changed once it has ended: the audit reads it.
attempt = table(
    "attempt",
    ident(),
    of_client(),
    number("outbox_id"),
    number("began_at"),
    # NULL where the process ended before it did.
    number("ended_at", null=True),
    # Of the write after it, as in outbox.state.
    number("state", null=True),
    words("error", null=True),
    of("outbox", "outbox_id"),
)
Index("attempt_outbox", attempt.c.outbox_id)

# What is in files that go out, till they have gone; each content once a client.
blob = table(
    "blob",
    of_client(),
    Column("sha256", CODE, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("client_id", "sha256"),
    rowid=False,
)

# Which files were seen with which client, by their content.
seen_file = table(
    "seen_file",
    of_client(),
    Column("sha256", CODE, nullable=False),
    words("name"),
    number("size"),
    number("at"),
    PrimaryKeyConstraint("client_id", "sha256"),
    rowid=False,
)
Index("seen_file_sha256", seen_file.c.sha256)

# What she is writing, one draft an item; not queued, not sent.
draft = table(
    "draft",
    Column("item_id", BIG, primary_key=True, autoincrement=False),
    of_client(),
    # Becomes the action's id, and with it the Message-ID.
    words("key"),
    words("text"),
    number("to_all"),
    # JSON, as in outbox.told: the files that go with it.
    words("files"),
    # JSON: where on her computer each of them lies, null where that is not known.
    words("paths", null=True),
    number("at"),
    # 1 where a state of it was put into the client's own folder for drafts.
    number("kept_there"),
    of("item", "item_id"),
)

# What she has seen a preview of and let go, by channel and name of action.
previewed = table(
    "previewed",
    of_client(),
    number("channel_id"),
    words("action"),
    number("at"),
    PrimaryKeyConstraint("channel_id", "action"),
    of("channel", "channel_id"),
    rowid=False,
)
