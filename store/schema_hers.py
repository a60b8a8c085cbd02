"""The tables of what she decided: nothing but her keys and her own wake-ups writes here."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text

from store.columns import BIG, ident, number, of, of_client, table, words

triage = table(
    "triage",
    Column("item_id", BIG, primary_key=True, autoincrement=False),
    of_client(),
    number("lane"),
    number("until", null=True),
    number("wake_on_reply"),
    number("since"),
    # The lane that the clock brings it back to; what they write brings it to the inbox.
    number("wakes_to", default=0),
    # Its place in her plan of the day, and how long she thinks it takes.
    number("rank", null=True),
    number("minutes", null=True),
    of("item", "item_id"),
)
_TIMED = text("until IS NOT NULL")
Index("triage_until", triage.c.until, sqlite_where=_TIMED, postgresql_where=_TIMED)

# Every decision, hers and those that follow from a clock or a new message.
undo = table(
    "undo",
    ident(),
    number("at"),
    words("verb"),
    # 1 where she took it, and can take it back.
    number("hers"),
    number("undone"),
)

undo_item = table(
    "undo_item",
    Column("undo_id", BIG, ForeignKey("undo.id"), nullable=False),
    of_client(),
    number("item_id"),
    number("lane_before"),
    number("until_before", null=True),
    number("wake_before"),
    number("lane_after"),
    number("until_after", null=True),
    number("wake_after"),
    number("wakes_to_before", default=0),
    number("rank_before", null=True),
    number("minutes_before", null=True),
    number("matter_before", null=True),
    number("wakes_to_after", default=0),
    number("rank_after", null=True),
    number("minutes_after", null=True),
    number("matter_after", null=True),
    PrimaryKeyConstraint("undo_id", "item_id"),
    of("item", "item_id"),
    rowid=False,
)
Index("undo_item_item", undo_item.c.item_id)

# How far she has looked at an item: the newest of its messages and changes then.
looked = table(
    "looked",
    Column("item_id", BIG, primary_key=True, autoincrement=False),
    of_client(),
    number("message"),
    number("change"),
    number("at"),
    of("item", "item_id"),
)

# Her own views: a query by a name.
saved_view = table(
    "saved_view", ident(), words("name"), words("query"), number("at"), UniqueConstraint("name")
)
