"""Memory connectors with one bug each, and the contract run on all of them.

Not collected by itself: `test_seeded_bugs.py` runs it and expects every class but one to fail.
"""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone
from typing import Any, ClassVar

import pytest

from connectors import probe
from connectors.base import Account, Batch, Connector, Cursor, Receipt, Secret
from connectors.errors import CursorExpiredError, UnavailableError
from connectors.memory import MemoryConfig, MemoryConnector, MemoryTool
from connectors.testing import ConnectorContract
from normalizer import memory
from normalizer.actions import Action, Comment
from normalizer.model import Message, Record, Ref, Task
from normalizer.raw import Raw
from tests.contract import samples

probe.PATIENCE = 1.0
CANARY = "canary-3f9a"


@dataclass(frozen=True)
class SealedConfig(MemoryConfig):
    """A memory tool with a password."""

    password: Secret = field(default_factory=lambda: Secret(lambda: CANARY))
    """What it asks for."""


class Sound(MemoryConnector):
    """No bug: the control."""

    Config = SealedConfig


MUTANTS: dict[str, tuple[type[MemoryConnector], str]] = {}
"""The mutant's name → its class, and the test that must catch it."""


def caught_by(test: str) -> Callable[[type[MemoryConnector]], type[MemoryConnector]]:
    def note(mutant: type[MemoryConnector]) -> type[MemoryConnector]:
        MUTANTS[mutant.__name__] = (mutant, test)
        return mutant

    return note


class Rewriting(Sound):
    """Whose batches are rewritten on the way."""

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        for batch in super().pull(cursor):
            yield self.rewrite(batch)

    def rewrite(self, batch: Batch) -> Batch:
        return batch


# What it is


@caught_by("test_it_is_a_connector_and_says_which")
class ShoutsItsKind(Sound):
    kind = "Memory!"


@caught_by("test_its_settings_are_a_frozen_dataclass_that_documents_each")
class SettingsAreADict(Sound):
    Config = dict  # type: ignore[assignment]  # the bug


@caught_by("test_its_settings_are_a_frozen_dataclass_that_documents_each")
class SettingsCanChange(Sound):
    @dataclass
    class Config:
        """Thawed."""


@caught_by("test_its_settings_are_a_frozen_dataclass_that_documents_each")
class SettingsAreNotDocumented(Sound):
    @dataclass(frozen=True)
    class Config(SealedConfig):
        """Says nothing of what is in it."""

        colour: str = ""


@caught_by("test_its_settings_are_of_types_that_a_config_file_holds")
class SettingsAreOfAnyType(Sound):
    @dataclass(frozen=True)
    class Config(SealedConfig):
        """Has one that no file can hold."""

        hook: Callable[[], None] | None = None
        """Called, by nobody."""


@caught_by("test_no_secret_shows")
class KeepsItsPassword(Sound):
    def __init__(self, config: SealedConfig, tool: MemoryTool | None = None) -> None:
        super().__init__(config, tool)
        self.password = config.password.reveal()


# check and close


@caught_by("test_check_names_the_account")
class AccountWithoutName(Sound):
    def check(self) -> Account:
        return Account("")


@caught_by("test_check_names_the_account")
class HandlesInCapitals(Sound):
    def check(self) -> Account:
        return Account("Lola", handles=frozenset({"Lola@Luz.example"}))


@caught_by("test_check_changes_nothing")
class CheckMarksEverything(Sound):
    def check(self) -> Account:
        tool = self._tool()
        tool.put(Raw(stream="task", external_id="t1", meta=f'{{"seen":{tool.changes}}}'))
        return super().check()


@caught_by("test_it_closes_twice_and_opens_again")
class ClosesOnce(Sound):
    closed = False

    def close(self) -> None:
        assert not self.closed
        self.closed = True


@caught_by("test_it_closes_twice_and_opens_again")
class StaysClosed(Sound):
    closed = False

    def close(self) -> None:
        self.closed = True

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        return iter(()) if self.closed else super().pull(cursor)


@caught_by("test_it_works_in_another_thread")
class BoundToItsThread(Sound):
    def __init__(self, config: MemoryConfig, tool: MemoryTool | None = None) -> None:
        super().__init__(config, tool)
        self.thread = threading.get_ident()

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        if threading.get_ident() != self.thread:
            raise UnavailableError("Created in another thread.")
        return super().pull(cursor)


# pull


@caught_by("test_batches_are_well_formed")
class RecordsInAList(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        return replace(batch, records=list(batch.records))  # type: ignore[arg-type]  # the bug


@caught_by("test_batches_are_well_formed")
class MetaAsItComes(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        return replace(batch, records=tuple(replace(r, meta='{"a": 1}') for r in batch.records))


@caught_by("test_ids_are_unique_within_a_batch")
class SaysItTwice(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        return replace(batch, records=batch.records * 2)


@caught_by("test_a_census_names_all_that_was_pulled")
class CensusForgetsOne(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        return replace(
            batch,
            census=tuple(
                replace(one, external_ids=frozenset(sorted(one.external_ids)[1:]))
                for one in batch.census
            ),
        )


@caught_by("test_a_whole_pull_repeated_brings_the_same")
class NamesThingsAnew(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        records = tuple(
            replace(raw, external_id=f"{raw.external_id}-{uuid.uuid4()}") for raw in batch.records
        )
        return replace(batch, records=records, census=())


@caught_by("test_a_pull_cut_short_anywhere_loses_nothing")
class CursorOneAhead(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        epoch, change, count, midway = batch.cursor.split("/")
        ahead = min(int(change) + 1, self._tool().changes)
        return replace(batch, cursor=Cursor(f"{epoch}/{ahead}/{count}/{midway}"))


@caught_by("test_a_pull_cut_short_anywhere_loses_nothing")
class PatchesWhatWasNeverSent(Sound):
    """A record that was patched while the pull was under way comes without its payload."""

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        for batch in super().pull(cursor):
            patched = [
                replace(raw, payload=None) if cursor and raw.external_id == "t3" else raw
                for raw in batch.records
            ]
            yield replace(batch, records=tuple(patched))


@caught_by("test_a_pull_cut_short_anywhere_loses_nothing")
class OffsetsInsteadOfKeys(Sound):
    """Pages by offset, and counts the pages from one."""

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        batches = list(super().pull(None))
        page = int(cursor) + 1 if cursor and cursor.isdigit() else 0
        for number, batch in enumerate(batches[page:], page):
            yield replace(batch, cursor=Cursor(str(number + 1)))


@caught_by("test_nothing_new_brings_no_strangers")
class CursorStandsStill(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        epoch = batch.cursor.split("/")[0]
        return replace(batch, cursor=Cursor(f"{epoch}/0/0/1"))


@caught_by("test_a_cursor_is_short_text_that_outlives_the_process")
class CursorCarriesEverything(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        return replace(batch, cursor=Cursor(batch.cursor + "/" + "x" * 20_000))

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        return super().pull(cursor and Cursor(cursor.rsplit("/", 1)[0]))


@caught_by("test_a_cursor_is_short_text_that_outlives_the_process")
class CursorIsAnObject(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        return replace(batch, cursor=("at", batch.cursor))  # type: ignore[arg-type]  # the bug

    def pull(self, cursor: Any) -> Iterator[Batch]:
        return super().pull(Cursor(cursor[1]) if isinstance(cursor, tuple) else cursor)


@caught_by("test_a_cursor_that_is_not_its_own_expires_or_pulls_whole")
class TripsOverAStrangeCursor(Sound):
    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        if cursor is not None:
            int(cursor.split("/")[1])
        return super().pull(cursor)


@caught_by("test_a_cursor_that_is_not_its_own_expires_or_pulls_whole")
class AStrangeCursorIsNoNews(Sound):
    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        try:
            yield from super().pull(cursor)
        except CursorExpiredError:
            return


@caught_by("test_after_a_forgotten_cursor_all_comes_again_and_nothing_is_doubled")
class GuessesWhenForgotten(Sound):
    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        if cursor is not None and cursor.count("/") == 3:
            cursor = Cursor(f"{self._tool().epoch}/{cursor.split('/', 1)[1]}")
        return super().pull(cursor)


@caught_by("test_what_somebody_adds_comes_with_the_next_pull")
class NothingIsEverNew(Sound):
    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        if cursor is None or cursor.endswith("/1") or "/" not in cursor:
            yield from super().pull(cursor)


@caught_by("test_what_somebody_deletes_is_said_to_be_gone")
class NothingIsEverGone(Rewriting):
    def rewrite(self, batch: Batch) -> Batch:
        kept = tuple(raw for raw in batch.records if not raw.deleted)
        return replace(batch, records=kept, census=())


@caught_by("test_only_connector_errors_leave_it")
class LetsATimeoutOut(Sound):
    def check(self) -> Account:
        try:
            return super().check()
        except UnavailableError as error:
            raise TimeoutError from error


@caught_by("test_only_connector_errors_leave_it")
class PrintsThePasswordInItsError(Sound):
    def check(self) -> Account:
        try:
            return super().check()
        except UnavailableError:
            raise UnavailableError("{url} does not answer.", url=f"http://{CANARY}@x") from None


@caught_by("test_only_connector_errors_leave_it")
class AnEmptyAnswerIsNoError(Sound):
    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        try:
            yield from super().pull(cursor)
        except UnavailableError:
            return


# normalise


@caught_by("test_normalise_needs_nothing_but_the_stored_record")
class NormaliseNeedsItself(Sound):
    def normalise(self, raw: Raw | None = None) -> Iterator[Record]:  # type: ignore[override]  # the bug
        return memory.normalise(raw or self)  # type: ignore[arg-type]  # called on the class


@caught_by("test_normalise_needs_nothing_but_the_stored_record")
class NormaliseCounts(Sound):
    numbers = itertools.count()

    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        for record in memory.normalise(raw):
            if isinstance(record, Task):
                yield replace(record, title=f"{record.title} {next(NormaliseCounts.numbers)}")
            else:
                yield record


@caught_by("test_a_stream_it_does_not_know_yields_nothing")
class NormaliseGuesses(Sound):
    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        found = list(memory.normalise(raw))
        yield from found or [Task(ref=Ref(raw.stream, raw.external_id), title="?")]


def _in_madrid(record: Any) -> Any:
    if isinstance(record, Message):
        return replace(record, sent_at=record.sent_at.astimezone(timezone(timedelta(hours=1))))
    return record


def _naive(record: Any) -> Any:
    if isinstance(record, Task) and record.created_at:
        return replace(record, created_at=record.created_at.replace(tzinfo=None))
    return record


def _nameless(record: Any) -> Any:
    return replace(record, ref=Ref("task", "")) if isinstance(record, Task) else record


@caught_by("test_records_are_well_formed")
class TimesInMadrid(Sound):
    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        return map(_in_madrid, memory.normalise(raw))


@caught_by("test_records_are_well_formed")
class TimesWithoutZone(Sound):
    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        return map(_naive, memory.normalise(raw))


@caught_by("test_records_are_well_formed")
class RecordsWithoutId(Sound):
    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        return map(_nameless, memory.normalise(raw))


@caught_by("test_hostile_text_arrives_harmless")
class TextAsItComes(Sound):
    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        for record in memory.normalise(raw):
            if isinstance(record, Message) and raw.stream == "message":
                yield replace(record, text=raw.json()["text"])
            else:
                yield record


@caught_by("test_hostile_text_arrives_harmless")
class TextCutAtTheFirstOddity(Sound):
    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        for record in memory.normalise(raw):
            if isinstance(record, Message):
                yield replace(
                    record,
                    text=record.text.split("[")[0],
                    author=replace(record.author, name=record.author.name.split("[")[0]),
                )
            else:
                yield record


# Watcher, Opener, Writer


@caught_by("test_it_waits_until_something_happens")
class CriesWolf(Sound):
    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return True


@caught_by("test_it_waits_until_something_happens")
class SleepsThroughIt(Sound):
    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return False


@caught_by("test_it_waits_until_something_happens")
class WillNotStop(Sound):
    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return super().wait(seconds, threading.Event())


@caught_by("test_it_opens_every_attachment_it_announced")
class OpensNothing(Sound):
    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        list(super().open(copy, attachment))
        yield b""


@caught_by("test_it_refuses_to_open_what_is_not_there")
class OpensAnything(Sound):
    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        yield b"<html>404</html>"


@caught_by("test_what_it_writes_is_a_set_of_actions")
class WritesAListOfNames(Sound):
    writes: ClassVar[Any] = ["comment"]


@caught_by("test_it_refuses_an_action_it_does_not_know")
class SwallowsAnyAction(Sound):
    def push(self, action: Action) -> Receipt:
        return super().push(Comment(ref=action.ref, id=action.id, text=""))


@caught_by("test_it_refuses_to_comment_on_what_is_not_there")
class CommentsOnNothing(Sound):
    def push(self, action: Action) -> Receipt:
        return super().push(replace(action, ref=Ref("task", "t1")))


@caught_by("test_a_comment_pushed_twice_is_made_once_and_known_for_our_own")
class CommentsEveryTime(Sound):
    def push(self, action: Action) -> Receipt:
        return super().push(replace(action, id=uuid.uuid4()))


@caught_by("test_a_comment_pushed_twice_is_made_once_and_known_for_our_own")
class ReceiptOfSomethingElse(Sound):
    def push(self, action: Action) -> Receipt:
        return replace(super().push(action), external_id="m1")


@caught_by("test_two_comments_of_the_same_words_are_two")
class TakesTheSameWordsForTheSameComment(Sound):
    def push(self, action: Action) -> Receipt:
        text = action.text if isinstance(action, Comment) else ""
        return super().push(replace(action, id=uuid.uuid5(uuid.NAMESPACE_OID, text)))


class Contract(ConnectorContract):
    __test__ = False
    mutant: ClassVar[type[MemoryConnector]] = Sound
    secrets = (CANARY,)

    tool: MemoryTool

    @pytest.fixture
    def connector(self) -> Connector:
        self.tool = samples.tool()
        return self.again(None)

    @pytest.fixture
    def broken_connector(self) -> Connector:
        tool = samples.tool()
        tool.fail(UnavailableError("{host} does not answer.", host="tool.example"))
        return self.mutant(SealedConfig(), tool)

    def again(self, connector: object) -> Connector:
        return self.mutant(SealedConfig(page=2), self.tool)

    def say(self, connector: object, text: str) -> None:
        about = {"stream": "conversation", "id": "c1"}
        said = {"about": about, "sent_at": "2026-03-02T10:00:00+00:00", "text": text}
        self.tool.put(Raw.of_json("message", "m-new", {**said, "author": {"name": text}}))

    def remove(self, connector: object) -> None:
        self.tool.put(Raw(stream="task", external_id="t1", deleted=True))

    def forget(self, connector: object) -> None:
        self.tool.forget()


for _name, _mutant in [("Sound", Sound), *((name, one) for name, (one, _) in MUTANTS.items())]:
    globals()[f"Test{_name}"] = type(
        f"Test{_name}", (Contract,), {"__test__": True, "mutant": _mutant}
    )
