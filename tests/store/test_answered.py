"""The mails of a conversation that can be answered: the client's own, as they came."""

from __future__ import annotations

import pickle

import pytest
from sqlalchemy import update

from normalizer.model import Direction
from store import schema
from store.answered import received
from store.codes import NOTICE
from store.database import Database
from store.directory import ChannelKey
from tests.store.mailbox import bring, deleted, items, mail, raw


def test_the_last_mails_that_came_are_given_newest_first_and_no_other_clients(
    db: Database, acme: ChannelKey, sales: ChannelKey, luz: ChannelKey
) -> None:
    thread = [mail(1), mail(2, refs=["id1"]), mail(3, refs=["id1"], direction=Direction.OUT)]
    bring(db, acme, *(raw(str(n), one) for n, one in enumerate(thread)))
    bring(db, sales, raw("again", thread[1]))
    bring(db, luz, raw("0", mail(1, text="De otro")))
    ours = [one for one in items(db) if received(db, acme, one)]
    theirs = [one for one in items(db) if received(db, luz, one)]
    assert (len(ours), len(theirs), set(ours) & set(theirs)) == (1, 1, set())
    for key in (acme, sales):
        found = received(db, key, ours[0])
        assert [one.said for one in found] == ["Texto del correo 2", "Texto del correo 1"]
        assert [pickle.loads(one.payload)[0].ref for one in found] == [
            thread[1].ref, thread[0].ref,
        ]  # fmt: skip
    assert [one.said for one in received(db, luz, theirs[0])] == ["De otro"]


@pytest.mark.parametrize("how", ["deleted there", "a tool's notification"])
def test_what_is_no_longer_there_or_no_person_wrote_is_not_answered(
    db: Database, acme: ChannelKey, how: str
) -> None:
    bring(db, acme, raw("0", mail(1)), raw("1", mail(2, refs=["id1"])))
    if how == "deleted there":
        bring(db, acme, deleted("1"))
    else:
        m = schema.message.c
        with db.write() as conn:
            flags = update(schema.message).where(m.external_id == "m0002")
            conn.execute(flags.values(flags=m.flags.op("|")(NOTICE)))
    (item,) = items(db)
    assert [one.said for one in received(db, acme, item)] == ["Texto del correo 1"]
