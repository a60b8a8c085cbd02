"""Kills a process in the middle of its database work, at a point given by number.

There is a point before every statement (which is after the one before it), before every
commit and after it. The points are put there by the test, through SQLAlchemy's own events: the
product knows nothing of them. Point 0 is none: they are only counted.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event

from normalizer.model import Attachment, Message, Ref
from normalizer.raw import Census, Raw
from store.database import Database
from store.directory import ChannelKey, cursor
from tests.store.mailbox import ANA, LOLA, NOW, bring, deleted, mail, patch, raw, task


class Points:
    """Counts the points passed, and dies at one of them."""

    def __init__(self, db: Database, at: int) -> None:
        self.passed = 0
        self.at = at
        event.listen(db.engine, "before_cursor_execute", self._pass)
        commit = db.engine.dialect.do_commit

        def do_commit(connection: Any) -> None:
            self._pass()
            commit(connection)
            self._pass()

        db.engine.dialect.do_commit = do_commit  # type: ignore[assignment,method-assign]  # no event tells

    def here(self) -> None:
        """Pass a point that is none of the database's."""
        self._pass()

    def _pass(self, *_: Any) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def batches() -> Iterator[tuple[str, list[Raw], list[Census]]]:
    """A pull that does a bit of everything, as (cursor, records, census)."""
    yield "1", [raw(f"INBOX/{n}", mail(n, title=f"Asunto {n}"), unread=True) for n in range(8)], []
    yield "2", [
        raw("INBOX/8", mail(8, refs=["id1", "id2"], author=LOLA, to=(ANA,))),
        raw("INBOX/9", mail(9, attachments=(Attachment(external_id="2", name="a.pdf"),))),
        raw("c1", task(1, "Web"), stream="card"),
        raw("k1", Message(ref=Ref("comment", "k1"), author=ANA, sent_at=NOW, text="¿?",
            about=Ref("card", "c1")), stream="comment"),
    ], []  # fmt: skip
    yield "3", [
        patch("INBOX/0", unread=False), deleted("INBOX/3"),
        raw("c1", task(1, "Tienda"), stream="card"),
        Raw(stream="mail", external_id="INBOX/10", payload=b"nonsense"),
    ], []  # fmt: skip
    there = frozenset(f"INBOX/{n}" for n in range(11) if n not in {3, 4})
    yield (
        "4",
        [raw("INBOX/11", mail(11, refs=["id5"]))],
        [Census(stream="mail", prefix="INBOX/", external_ids=there | {"INBOX/11"})],
    )


def pull(db: Database, key: ChannelKey) -> None:
    """Go on from where the cursor says, as the engine does."""
    done = int(cursor(db, key) or 0)
    for name, records, census in batches():
        if int(name) > done:
            bring(db, key, *records, cursor=name, census=census)
