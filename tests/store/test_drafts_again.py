"""Her words through undo, redo, refusals, merges and two screens: never lost, never doubled."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from normalizer.said import Said
from store import drafts, outbox, triage
from store.database import Database
from store.directory import ChannelKey
from store.views import Draft, Lane
from tests.store.mailbox import NOW, bring, items, mail, raw, rows
from tests.store.test_drafts import FILE, letter

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def item(db: Database, acme: ChannelKey) -> int:
    bring(db, acme, raw("1", mail(1)))
    (one,) = items(db)
    return one


def say(db: Database, key: ChannelKey, item: int, draft: Draft, verb: str = "answer") -> int:
    triage.send(db, [letter(key, item, draft)], verb=verb, now=NOW)
    return int(max(row.id for row in rows(db, "outbox")))


def text(db: Database, item: int) -> str | None:
    found = drafts.get(db, item)
    return None if found is None else found.text


def refuse(db: Database, key: ChannelKey) -> int:
    claimed = outbox.claim(db, key, LATER)
    assert claimed is not None
    triage.set_aside(db, claimed.id, Said("No."), LATER)
    return claimed.id


def queued(db: Database) -> int:
    return sum(row.state == outbox.QUEUED for row in rows(db, "outbox"))


def test_undoing_and_redoing_often_leaves_one_copy_of_her_words(
    db: Database, item: int, acme: ChannelKey
) -> None:
    say(db, acme, item, Draft(text="Primero"))
    drafts.keep(db, item, Draft(text="Luego"), NOW)
    for _ in range(3):
        triage.undo(db, NOW)
        assert text(db, item) == "Luego\n\nPrimero"
        triage.redo(db, NOW)
        assert text(db, item) == "Luego", "the rest goes, and is no draft as well"


def test_a_file_that_she_has_added_since_stays_when_the_words_go_after_all(
    db: Database, item: int, acme: ChannelKey
) -> None:
    say(db, acme, item, Draft(text="Hola"))
    triage.undo(db, NOW)
    found = drafts.get(db, item)
    assert found is not None
    drafts.keep(db, item, Draft(key=found.key, text="Hola", files=(FILE,)), NOW)
    triage.redo(db, NOW)
    found = drafts.get(db, item)
    assert found is not None
    assert (found.text, found.files[0].content) == ("", b"pdf")


def test_what_she_decided_anew_after_a_refusal_brings_no_earlier_version_with_it(
    db: Database, item: int, acme: ChannelKey
) -> None:
    say(db, acme, item, Draft(text="Una"))
    refuse(db, acme)
    say(db, acme, item, Draft(text="Otra"))
    triage.undo(db, NOW)
    triage.undo(db, NOW)
    triage.redo(db, NOW)
    triage.redo(db, NOW)
    assert queued(db) == 1


def test_what_was_left_for_good_goes_no_more(db: Database, item: int, acme: ChannelKey) -> None:
    say(db, acme, item, Draft(text="Una"))
    outbox.drop(db, refuse(db, acme), NOW)
    triage.undo(db, NOW)
    triage.redo(db, NOW)
    assert queued(db) == 0


def test_what_was_refused_is_a_draft_again(db: Database, item: int, acme: ChannelKey) -> None:
    say(db, acme, item, Draft(text="Treinta líneas", files=(FILE,)))
    refuse(db, acme)
    for _ in range(2):
        found = drafts.get(db, item)
        assert found is not None
        assert (found.text, found.files[0].content) == ("Treinta líneas", b"pdf")
        triage.undo(db, NOW)  # which has nothing more to bring


def test_redo_after_taking_one_back_lets_that_one_go_and_no_other(
    db: Database, item: int, acme: ChannelKey
) -> None:
    first = say(db, acme, item, Draft(text="Primero"))
    second = say(db, acme, item, Draft(text="Segundo"))
    triage.undo(db, NOW)
    triage.take_back(db, first, NOW)
    triage.redo(db, NOW)
    triage.redo(db, NOW)
    states = {row.id: row.state for row in rows(db, "outbox")}
    assert states[first] == outbox.QUEUED
    assert states[second] != outbox.QUEUED


def test_a_text_that_done_sends_is_no_draft_of_hers(
    db: Database, item: int, acme: ChannelKey
) -> None:
    triage.place(
        db, [item], Lane.DONE, verb="done", now=NOW,
        letters=[letter(acme, item, Draft(text="Hecho, un saludo"))],
    )  # fmt: skip
    triage.undo(db, NOW)
    assert text(db, item) is None


@pytest.mark.parametrize("later", [False, True])
def test_of_a_file_that_goes_twice_one_may_be_taken_back_and_it_is_still_seen(
    db: Database, item: int, acme: ChannelKey, *, later: bool
) -> None:
    first = say(db, acme, item, Draft(text="Una", files=(FILE,)))
    if later:
        say(db, acme, item, Draft(text="Dos", files=(FILE,)))
    triage.take_back(db, first, NOW)
    assert bool(rows(db, "seen_file")) is later


@pytest.mark.parametrize("winner", [False, True])
def test_writing_on_while_two_conversations_become_one_loses_the_words_of_neither(
    db: Database, acme: ChannelKey, *, winner: bool
) -> None:
    bring(db, acme, raw("1", mail(1)), raw("3", mail(3, refs=["id2"])))
    here, other = items(db) if winner else list(items(db))[::-1]
    there = Draft(text="De allí", files=(FILE,))
    mine = Draft(text="De aquí")
    drafts.keep(db, other, there, NOW)
    drafts.keep(db, here, mine, NOW, over=Draft())
    bring(db, acme, raw("2", mail(2, refs=["id1"])))
    more = Draft(key=mine.key, text="De aquí, y más")
    both = drafts.keep(db, here, more, NOW, over=mine)
    assert both is not None
    assert both.text == "De allí\n\nDe aquí, y más"
    assert both.files == (FILE,)
    found = drafts.get(db, other)
    assert found is not None
    assert (found.text, found.files[0].content) == (both.text, b"pdf")
    last = Draft(key=mine.key, text="De allí\n\nDe aquí, y ya", files=both.files)
    assert drafts.keep(db, here, last, NOW, over=both) is None
    assert text(db, here) == "De allí\n\nDe aquí, y ya"


def test_sent_while_two_conversations_become_one_the_words_of_the_other_stay(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)), raw("3", mail(3, refs=["id2"])))
    one, other = items(db)
    first, second = Draft(text="De la primera"), Draft(text="De la segunda")
    drafts.keep(db, one, first, NOW)
    drafts.keep(db, other, second, NOW)
    bring(db, acme, raw("2", mail(2, refs=["id1"])))
    say(db, acme, one, first)
    found = drafts.get(db, one)
    assert found is not None
    assert found.text == "De la segunda"
    assert found.key not in {first.key, second.key}
    say(db, acme, other, second)
    assert text(db, one) is None


def test_after_its_conversation_became_part_of_another_redo_leaves_no_draft_of_it(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)), raw("3", mail(3, refs=["id2"])))
    one, other = items(db)
    say(db, acme, other, Draft(text="Hola"))
    triage.undo(db, NOW)
    bring(db, acme, raw("2", mail(2, refs=["id1"])))
    assert text(db, one) == "Hola"
    triage.redo(db, NOW)
    assert text(db, one) is None


def test_a_draft_kept_after_it_went_from_another_screen_gets_a_name_of_its_own(
    db: Database, item: int, acme: ChannelKey
) -> None:
    mine = Draft(text="Hola")
    drafts.keep(db, item, mine, NOW)
    say(db, acme, item, mine)
    drafts.keep(db, item, Draft(key=mine.key, text="Hola, y más"), NOW, over=mine)
    found = drafts.get(db, item)
    assert found is not None
    assert found.key != mine.key, "by the old one it could never go"


def test_what_another_screen_wrote_last_is_kept_when_this_one_sends(
    db: Database, item: int, acme: ChannelKey
) -> None:
    mine = Draft(text="Hola")
    drafts.keep(db, item, Draft(key=mine.key, text="Hola, desde el otro"), NOW)
    say(db, acme, item, mine)
    assert text(db, item) == "Hola, desde el otro"


def test_an_earlier_state_that_was_kept_last_ends_with_what_goes(
    db: Database, item: int, acme: ChannelKey
) -> None:
    key = uuid4()
    drafts.keep(db, item, Draft(key=key, text="Hol"), NOW)
    say(db, acme, item, Draft(key=key, text="Hola"))
    assert text(db, item) is None
