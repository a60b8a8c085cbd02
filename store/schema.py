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
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem

from store.revisions import HEAD

REVISION: Final = HEAD

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


def _int(name: str, *, null: bool = False, default: int | None = None) -> Column[int]:
    return Column(
        name, BIG, nullable=null, server_default=None if default is None else text(str(default))
    )


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _id() -> Column[int]:
    return Column("id", BIG, primary_key=True, autoincrement=False)


def _client() -> Column[int]:
    return Column("client_id", BIG, ForeignKey("client.id"), nullable=False)


def _of(parent: str, column: str) -> ForeignKeyConstraint:
    """Point at a row of the same client."""
    return ForeignKeyConstraint(["client_id", column], [f"{parent}.client_id", f"{parent}.id"])


def _same_client() -> UniqueConstraint:
    return UniqueConstraint("client_id", "id")


def _table(name: str, *items: SchemaItem, rowid: bool = True) -> Table:
    return Table(name, metadata, *items, sqlite_strict=True, sqlite_with_rowid=rowid)


client = _table(
    "client",
    _id(),
    Column("slug", Text, nullable=False, unique=True),
    _text("name"),
    _text("color"),
    _int("sla_hours"),
    _int("position"),
    _int("active"),
)

channel = _table(
    "channel",
    _id(),
    _client(),
    _text("slug"),
    _text("kind"),
    _text("write"),
    _int("position"),
    _int("active"),
    _text("cursor", null=True),
    # The version of the mapping that its rows were made with.
    _int("mapping", null=True),
    # What is said to be gone there and is not believed: [[stream, prefix, how many], …].
    _text("held", null=True),
    _text("health"),
    _int("failures"),
    _int("last_success", null=True),
    _int("last_attempt", null=True),
    _int("next_run", null=True),
    _int("asked_at", null=True),
    _text("error", null=True),
    _text("notices", null=True),
    _text("tally", null=True),
    # JSON: what its connector can write, by the names in store.deeds; NULL before it was built.
    _text("writes", null=True),
    # JSON: by which addresses of hers it goes out there, the usual one first.
    _text("senders", null=True),
    UniqueConstraint("client_id", "slug"),
    _same_client(),
)

identity = _table(
    "identity",
    _client(),
    _int("channel_id"),
    _text("handle"),
    _int("declared"),
    PrimaryKeyConstraint("channel_id", "handle"),
    _of("channel", "channel_id"),
    rowid=False,
)

person = _table(
    "person",
    _id(),
    _client(),
    _text("handle"),
    _text("name"),
    UniqueConstraint("client_id", "handle", "name"),
    _same_client(),
)

item = _table(
    "item",
    _id(),
    _client(),
    # Of a conversation: where its newest message lies. Of a task: where it is.
    _int("channel_id"),
    _int("kind"),
    # Where its name means something: a channel's id, or 0 for the whole client.
    _int("scope"),
    Column("stream", CODE, nullable=False),
    Column("external_id", CODE, nullable=False),
    # 1 where the tool itself described it; 0 where only messages speak of it.
    _int("described"),
    _int("merged_into", null=True),
    # What the tool says, or what its messages add up to.
    _text("title"),
    Column("body", LargeBinary),
    _text("url", null=True),
    _text("container"),
    _text("labels", null=True),
    _text("people_ids", null=True),
    _text("checklist", null=True),
    _text("due", null=True),
    _int("created_at"),
    _int("updated_at"),
    _int("state"),
    # What follows from its messages and from the rules.
    _int("who", null=True),
    _text("snippet"),
    _int("last_at", null=True),
    _int("last_in_at", null=True),
    _int("last_out_at", null=True),
    _int("unread"),
    _int("attachments"),
    _int("automatic"),
    _int("turn"),
    _int("act_by"),
    # A copy of `triage.lane`, so that the queue is one index. Never named by an upsert.
    _int("lane", default=0),
    UniqueConstraint("client_id", "scope", "stream", "external_id"),
    _same_client(),
    _of("channel", "channel_id"),
    _of("item", "merged_into"),
    _of("person", "who"),
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
_MERGED = text("merged_into IS NOT NULL")
Index("item_merged", item.c.merged_into, sqlite_where=_MERGED, postgresql_where=_MERGED)

message = _table(
    "message",
    _id(),
    _client(),
    _int("item_id"),
    _int("scope"),
    Column("stream", CODE, nullable=False),
    Column("external_id", CODE, nullable=False),
    _int("author"),
    _text("to_ids", null=True),
    _text("cc_ids", null=True),
    _int("sent_at"),
    _int("flags"),
    _text("subject"),
    # 8 bytes of the base subject's hash with the scope, for mails that may be joined by it.
    _int("subject_key", null=True),
    Column("text", LargeBinary, nullable=False),
    Column("folded", LargeBinary),
    # JSON: invitation, notification, problem; see store.spelling.
    _text("extra", null=True),
    UniqueConstraint("client_id", "scope", "stream", "external_id"),
    _same_client(),
    _of("item", "item_id"),
    _of("person", "author"),
)
Index("message_item", message.c.item_id, message.c.sent_at, message.c.flags)
_KEYED = text("subject_key IS NOT NULL")
Index(
    "message_subject", message.c.client_id, message.c.subject_key, message.c.sent_at,
    sqlite_where=_KEYED, postgresql_where=_KEYED,
)  # fmt: skip

# 8 bytes of the hash of an id with its scope; see normalizer.threads.
thread_key = _table(
    "thread_key",
    _client(),
    _int("key"),
    _int("item_id"),
    PrimaryKeyConstraint("client_id", "key"),
    _of("item", "item_id"),
    rowid=False,
)

attachment = _table(
    "attachment",
    _id(),
    _client(),
    _int("item_id"),
    _int("message_id", null=True),
    # The raw record it came in on its own, where it did; else it came inside its owner.
    _int("raw_id", null=True),
    _text("external_id"),
    _text("name"),
    _text("media_type"),
    _int("size", null=True),
    _text("url", null=True),
    _int("inline"),
    _of("item", "item_id"),
    _of("message", "message_id"),
    _of("raw", "raw_id"),
)
Index("attachment_item", attachment.c.item_id)
_HUNG = text("message_id IS NOT NULL")
Index("attachment_message", attachment.c.message_id, sqlite_where=_HUNG, postgresql_where=_HUNG)
_ALONE = text("raw_id IS NOT NULL")
Index("attachment_raw", attachment.c.raw_id, sqlite_where=_ALONE, postgresql_where=_ALONE)

change = _table(
    "change",
    _id(),
    _client(),
    _int("channel_id"),
    _int("item_id"),
    _text("field"),
    _text("before"),
    _text("after"),
    _int("author", null=True),
    _int("at"),
    # The tool's own name for it, where the tool reported it; NULL where we noticed.
    Column("stream", CODE),
    Column("external_id", CODE),
    UniqueConstraint("channel_id", "stream", "external_id"),
    _of("item", "item_id"),
    _of("person", "author"),
)
Index("change_item", change.c.item_id)

payload = _table(
    "payload",
    _id(),
    _client(),
    Column("digest", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("client_id", "digest"),
    _same_client(),
)

raw = _table(
    "raw",
    _id(),
    _client(),
    _int("channel_id"),
    Column("stream", CODE, nullable=False),
    Column("external_id", CODE, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    _int("payload_id"),
    _text("meta"),
    _int("deleted_at", null=True),
    _text("problem", null=True),
    UniqueConstraint("channel_id", "stream", "external_id"),
    _same_client(),
    _of("channel", "channel_id"),
    _of("payload", "payload_id"),
)

raw_version = _table(
    "raw_version",
    _id(),
    _client(),
    _int("raw_id"),
    _int("until"),
    Column("digest", LargeBinary, nullable=False),
    _int("payload_id"),
    _text("meta"),
    _of("raw", "raw_id"),
    _of("payload", "payload_id"),
)
Index("raw_version_raw", raw_version.c.raw_id)

# Which raw copies stand for a record. It is gone when none of them is left.
message_copy = _table(
    "message_copy",
    _client(),
    _int("raw_id"),
    _int("message_id"),
    _int("flags"),
    _text("container"),
    PrimaryKeyConstraint("raw_id", "message_id"),
    _of("raw", "raw_id"),
    _of("message", "message_id"),
    rowid=False,
)
Index("message_copy_message", message_copy.c.message_id)

item_copy = _table(
    "item_copy",
    _client(),
    _int("raw_id"),
    _int("item_id"),
    _int("state"),
    PrimaryKeyConstraint("raw_id", "item_id"),
    _of("raw", "raw_id"),
    _of("item", "item_id"),
    rowid=False,
)
Index("item_copy_item", item_copy.c.item_id)

triage = _table(
    "triage",
    Column("item_id", BIG, primary_key=True, autoincrement=False),
    _client(),
    _int("lane"),
    _int("until", null=True),
    _int("wake_on_reply"),
    _int("since"),
    _of("item", "item_id"),
)
_TIMED = text("until IS NOT NULL")
Index("triage_until", triage.c.until, sqlite_where=_TIMED, postgresql_where=_TIMED)

# Every decision, hers and those that follow from a clock or a new message.
undo = _table(
    "undo",
    _id(),
    _int("at"),
    _text("verb"),
    # 1 where she took it, and can take it back.
    _int("hers"),
    _int("undone"),
)

undo_item = _table(
    "undo_item",
    Column("undo_id", BIG, ForeignKey("undo.id"), nullable=False),
    _client(),
    _int("item_id"),
    _int("lane_before"),
    _int("until_before", null=True),
    _int("wake_before"),
    _int("lane_after"),
    _int("until_after", null=True),
    _int("wake_after"),
    PrimaryKeyConstraint("undo_id", "item_id"),
    _of("item", "item_id"),
    rowid=False,
)
Index("undo_item_item", undo_item.c.item_id)

# What goes out to clients' tools, and what became of it. Nothing is deleted: it is her record.
outbox = _table(
    "outbox",
    _id(),
    _client(),
    _int("channel_id"),
    # The item it is about; NULL where it makes a new task.
    _int("item_id", null=True),
    # The decision it belongs to, which may be taken back till it goes.
    Column("undo_id", BIG, ForeignKey("undo.id"), nullable=True),
    # The action's id, by which a tool knows it again, its name and what it asks for.
    Column("key", Text, nullable=False, unique=True),
    _text("action"),
    _text("told"),
    Column("stream", CODE, nullable=False),
    Column("external_id", CODE, nullable=False),
    _int("state"),
    _int("decided_at"),
    # Not before: the end of the undo window, or when she wants it to go.
    _int("send_at"),
    # The last change of the item that stood here when she decided.
    _int("base"),
    # Not before, after a try that failed.
    _int("again_at"),
    _int("attempts"),
    _int("tried_at", null=True),
    _int("ended_at", null=True),
    # JSON: [stream, external id] of what it left there.
    _text("receipt", null=True),
    _text("error", null=True),
    _of("channel", "channel_id"),
    _of("item", "item_id"),
)
# Spelled out where it is asked for: an engine takes this index for no parameter.
UNSENT: Final = text("(state < 4 OR state = 6)")
Index(
    "outbox_open", outbox.c.channel_id, outbox.c.send_at,
    sqlite_where=UNSENT, postgresql_where=UNSENT,
)  # fmt: skip
Index("outbox_item", outbox.c.item_id)
_DECIDED = text("undo_id IS NOT NULL")
Index("outbox_undo", outbox.c.undo_id, sqlite_where=_DECIDED, postgresql_where=_DECIDED)
