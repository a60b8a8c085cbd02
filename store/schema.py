"""The tables. SQLite and PostgreSQL have the same ones; `store.search` has its own.

`client_id` is in every row and in every foreign key, so that the database itself refuses a row
of one client that points at another's. All ids are given out by us (`store.sql.next_ids`), in
order, by the one writer there is at a time. Instants are milliseconds, enums and bits are in
`store.codes`, text named `*_ids`, `labels` and `checklist` is JSON.

Nothing that came from a client's tool is deleted: what is gone is marked. The exceptions are
rows that only repeat what `raw` holds (a message's attachments, the index of words).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

from store.columns import (
    CODE,
    ident,
    metadata,
    number,
    of,
    of_client,
    same_client,
    table,
    words,
)
from store.revisions import HEAD
from store.schema_hers import looked, saved_view, triage, undo, undo_item
from store.schema_out import TAKEN_BACK, UNSENT, attempt, blob, draft, outbox, previewed, seen_file

__all__ = [
    "TAKEN_BACK",
    "UNSENT",
    "attempt",
    "blob",
    "draft",
    "looked",
    "metadata",
    "outbox",
    "previewed",
    "saved_view",
    "seen_file",
    "triage",
    "undo",
    "undo_item",
]

REVISION: Final = HEAD

client = table(
    "client",
    ident(),
    Column("slug", Text, nullable=False, unique=True),
    words("name"),
    words("color"),
    number("sla_hours"),
    number("position"),
    number("active"),
)

channel = table(
    "channel",
    ident(),
    of_client(),
    words("slug"),
    words("kind"),
    words("write"),
    number("position"),
    number("active"),
    words("cursor", null=True),
    # The version of the mapping that its rows were made with.
    number("mapping", null=True),
    # What is said to be gone there and is not believed: [[stream, prefix, how many], …].
    words("held", null=True),
    words("health"),
    number("failures"),
    number("last_success", null=True),
    number("last_attempt", null=True),
    number("next_run", null=True),
    number("asked_at", null=True),
    words("error", null=True),
    words("notices", null=True),
    words("tally", null=True),
    # JSON: what its connector can write, by the names in store.deeds; NULL before it was built.
    words("writes", null=True),
    # JSON: by which addresses of hers it goes out there, the usual one first.
    words("senders", null=True),
    # JSON: what it is there that a task is done, as a sentence.
    words("completes", null=True),
    UniqueConstraint("client_id", "slug"),
    same_client(),
)

identity = table(
    "identity",
    of_client(),
    number("channel_id"),
    words("handle"),
    number("declared"),
    PrimaryKeyConstraint("channel_id", "handle"),
    of("channel", "channel_id"),
    rowid=False,
)

person = table(
    "person",
    ident(),
    of_client(),
    words("handle"),
    words("name"),
    UniqueConstraint("client_id", "handle", "name"),
    same_client(),
)

item = table(
    "item",
    ident(),
    of_client(),
    # Of a conversation: where its newest message lies. Of a task: where it is.
    number("channel_id"),
    number("kind"),
    # Where its name means something: a channel's id, or 0 for the whole client.
    number("scope"),
    Column("stream", CODE, nullable=False),
    Column("external_id", CODE, nullable=False),
    # 1 where the tool itself described it; 0 where only messages speak of it.
    number("described"),
    number("merged_into", null=True),
    # What the tool says, or what its messages add up to.
    words("title"),
    Column("body", LargeBinary),
    words("url", null=True),
    words("container"),
    words("labels", null=True),
    words("people_ids", null=True),
    words("checklist", null=True),
    words("due", null=True),
    number("created_at"),
    number("updated_at"),
    number("state"),
    # What follows from its messages and from the rules.
    number("who", null=True),
    words("snippet"),
    number("last_at", null=True),
    number("last_in_at", null=True),
    number("last_out_at", null=True),
    number("unread"),
    number("attachments"),
    number("automatic"),
    number("turn"),
    number("act_by"),
    # A copy of `triage.lane`, so that the queue is one index. Never named by an upsert.
    number("lane", default=0),
    # The matter that she has linked it into: the id of one of its items. Never named by an upsert.
    number("matter", null=True),
    UniqueConstraint("client_id", "scope", "stream", "external_id"),
    same_client(),
    of("channel", "channel_id"),
    of("item", "merged_into"),
    of("item", "matter"),
    of("person", "who"),
)

_QUEUED = text("state = 0 AND lane < 2")
Index(
    "item_queue",
    item.c.act_by, item.c.id, item.c.client_id, item.c.channel_id, item.c.kind, item.c.turn,
    item.c.lane, item.c.unread,
    sqlite_where=_QUEUED, postgresql_where=_QUEUED,
)  # fmt: skip
# What the strip counts; grouping the other index would sort it.
Index(
    "item_queue_client", item.c.client_id, item.c.lane,
    sqlite_where=_QUEUED, postgresql_where=_QUEUED,
)  # fmt: skip
_LINKED = text("matter IS NOT NULL")
Index("item_matter", item.c.matter, sqlite_where=_LINKED, postgresql_where=_LINKED)
# What the ball is with others of.
_STILL = text("state = 0")
Index(
    "item_turn", item.c.turn, item.c.lane, item.c.act_by, item.c.id,
    sqlite_where=_STILL, postgresql_where=_STILL,
)  # fmt: skip
_MERGED = text("merged_into IS NOT NULL")
Index("item_merged", item.c.merged_into, sqlite_where=_MERGED, postgresql_where=_MERGED)

message = table(
    "message",
    ident(),
    of_client(),
    number("item_id"),
    number("scope"),
    Column("stream", CODE, nullable=False),
    Column("external_id", CODE, nullable=False),
    number("author"),
    words("to_ids", null=True),
    words("cc_ids", null=True),
    number("sent_at"),
    number("flags"),
    words("subject"),
    # 8 bytes of the base subject's hash with the scope, for mails that may be joined by it.
    number("subject_key", null=True),
    Column("text", LargeBinary, nullable=False),
    Column("folded", LargeBinary),
    # JSON: invitation, notification, problem; see store.spelling.
    words("extra", null=True),
    UniqueConstraint("client_id", "scope", "stream", "external_id"),
    same_client(),
    of("item", "item_id"),
    of("person", "author"),
)
Index("message_item", message.c.item_id, message.c.sent_at, message.c.flags)
_KEYED = text("subject_key IS NOT NULL")
Index(
    "message_subject", message.c.client_id, message.c.subject_key, message.c.sent_at,
    sqlite_where=_KEYED, postgresql_where=_KEYED,
)  # fmt: skip

# 8 bytes of the hash of an id with its scope; see normalizer.threads.
thread_key = table(
    "thread_key",
    of_client(),
    number("key"),
    number("item_id"),
    PrimaryKeyConstraint("client_id", "key"),
    of("item", "item_id"),
    rowid=False,
)

attachment = table(
    "attachment",
    ident(),
    of_client(),
    number("item_id"),
    number("message_id", null=True),
    # The raw record it came in on its own, where it did; else it came inside its owner.
    number("raw_id", null=True),
    words("external_id"),
    words("name"),
    words("media_type"),
    number("size", null=True),
    words("url", null=True),
    number("inline"),
    of("item", "item_id"),
    of("message", "message_id"),
    of("raw", "raw_id"),
)
Index("attachment_item", attachment.c.item_id)
# The same file in several places of one client.
_SHOWN = text("inline = 0")
Index(
    "attachment_name", attachment.c.client_id, attachment.c.name, attachment.c.item_id,
    sqlite_where=_SHOWN, postgresql_where=_SHOWN,
)  # fmt: skip
_HUNG = text("message_id IS NOT NULL")
Index("attachment_message", attachment.c.message_id, sqlite_where=_HUNG, postgresql_where=_HUNG)
_ALONE = text("raw_id IS NOT NULL")
Index("attachment_raw", attachment.c.raw_id, sqlite_where=_ALONE, postgresql_where=_ALONE)

change = table(
    "change",
    ident(),
    of_client(),
    number("channel_id"),
    number("item_id"),
    words("field"),
    words("before"),
    words("after"),
    number("author", null=True),
    number("at"),
    # The tool's own name for it, where the tool reported it; NULL where we noticed.
    Column("stream", CODE),
    Column("external_id", CODE),
    UniqueConstraint("channel_id", "stream", "external_id"),
    of("item", "item_id"),
    of("person", "author"),
)
Index("change_item", change.c.item_id)

payload = table(
    "payload",
    ident(),
    of_client(),
    Column("digest", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("client_id", "digest"),
    same_client(),
)

raw = table(
    "raw",
    ident(),
    of_client(),
    number("channel_id"),
    Column("stream", CODE, nullable=False),
    Column("external_id", CODE, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    number("payload_id"),
    words("meta"),
    number("deleted_at", null=True),
    words("problem", null=True),
    UniqueConstraint("channel_id", "stream", "external_id"),
    same_client(),
    of("channel", "channel_id"),
    of("payload", "payload_id"),
)

raw_version = table(
    "raw_version",
    ident(),
    of_client(),
    number("raw_id"),
    number("until"),
    Column("digest", LargeBinary, nullable=False),
    number("payload_id"),
    words("meta"),
    of("raw", "raw_id"),
    of("payload", "payload_id"),
)
Index("raw_version_raw", raw_version.c.raw_id)

# Which raw copies stand for a record. It is gone when none of them is left.
message_copy = table(
    "message_copy",
    of_client(),
    number("raw_id"),
    number("message_id"),
    number("flags"),
    words("container"),
    PrimaryKeyConstraint("raw_id", "message_id"),
    of("raw", "raw_id"),
    of("message", "message_id"),
    rowid=False,
)
Index("message_copy_message", message_copy.c.message_id)

item_copy = table(
    "item_copy",
    of_client(),
    number("raw_id"),
    number("item_id"),
    number("state"),
    PrimaryKeyConstraint("raw_id", "item_id"),
    of("raw", "raw_id"),
    of("item", "item_id"),
    rowid=False,
)
Index("item_copy_item", item_copy.c.item_id)
