"""What is shown of what goes out, and taken back of it, is the same on both engines."""

from __future__ import annotations

from datetime import timedelta

from normalizer.actions import Comment, Complete
from normalizer.said import Said
from store import against, outbox, previews
from store.database import open_database
from store.directory import declare
from store.outbox import Letter
from store.reader import Reader
from store.triage import place, set_aside, take_back
from store.views import Lane, Outgoing
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, bring, items, mail, raw


def test_it_is_shown_divided_and_taken_back_on_both_engines(target: str) -> None:
    db = open_database(target)
    key = declare(db, CLIENTS, NOW)["acme", "correo"]
    bring(db, key, *(raw(str(n), mail(n)) for n in range(2)))
    one, two = items(db)
    address = outbox.addresses(db, [one])[0]
    letters = [
        Letter(key=key, item_id=item, action=action, send_at=NOW, who="Lola")
        for item, action in (
            (one, Complete(ref=address.ref)), (two, Comment(ref=address.ref, text="va")),
        )
    ]  # fmt: skip
    place(db, [one, two], Lane.DONE, verb="done", now=NOW, letters=letters)
    assert against.under_way(db, [one, two]) == {(one, "complete", ""), (two, "comment", "va")}
    claimed = outbox.claim(db, key, NOW + timedelta(seconds=1))
    assert claimed is not None
    assert claimed.against is None
    set_aside(db, claimed.id, Said("It is closed."), NOW)
    assert against.under_way(db, [one, two]) == {(two, "comment", "va")}
    previews.shown(db, key, "complete", NOW)
    assert previews.was_shown(db, key, "complete")
    reader = Reader(target)
    first, second = reversed(reader.outgoing(ended=True, limit=5))
    assert (first.state, first.who, second.text) == (Outgoing.REFUSED, "Lola", "va")
    behind = reader.behind(first.id)
    assert behind.changes == ()
    (tried,) = behind.tries
    assert (tried.state, tried.error) == (Outgoing.REFUSED, Said("It is closed."))
    assert reader.unsent() == {Outgoing.QUEUED: 1, Outgoing.REFUSED: 1}
    back = take_back(db, second.id, NOW)
    assert back is not None
    assert (back.items, back.writes) == ((two,), 1)
    item = reader.item(two)
    assert item is not None
    assert (item.row.lane, item.outgoing, item.gone) == (Lane.INBOX, (), ())
    reader.close()
    db.close()
