"""The record of one client is read the same from both databases."""

from __future__ import annotations

from datetime import timedelta

from normalizer.actions import Comment
from normalizer.model import Ref
from store import audit, outbox
from store.database import open_database
from store.directory import declare
from store.outbox import Letter
from store.triage import send
from store.views import Outgoing
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW


def test_each_client_has_its_own_writes_and_tries_on_both_engines(target: str) -> None:
    db = open_database(target)
    keys = declare(db, CLIENTS, NOW)
    for client, text in (("acme", "a"), ("luz", "b"), ("acme", "c")):
        key = keys[client, "correo"]
        one = Letter(
            key=key, item_id=None, action=Comment(ref=Ref("mail", "1"), text=text), send_at=NOW
        )
        send(db, [one], verb="answer", now=NOW)
        claimed = outbox.claim(db, key, NOW)
        assert claimed is not None
        outbox.done(db, claimed.id, ("mail", text), NOW)
    for client, texts in (("acme", ["a", "c"]), ("luz", ["b"])):
        found = audit.written(db, client)
        assert [(one.text, one.receipt) for one in found] == [(t, ("mail", t)) for t in texts]
        assert [[each.state for each in one.tries] for one in found] == [[Outgoing.DONE]] * len(
            found
        )
    assert audit.written(db, "acme", NOW + timedelta(seconds=1)) == []
    assert list(audit.clients(db)) == ["acme", "luz"]
    db.close()
