"""The contract every connector keeps, as tests that its author inherits.

    class TestTrello(ConnectorContract):
        @pytest.fixture
        def connector(self) -> TrelloConnector:
            return TrelloConnector(TrelloConfig(...))

Every promise of `connectors.base` has its test here. The hooks below the fixture let more of
them run; a test whose hook is missing is skipped and says so.
"""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import re
import threading
import typing
from collections.abc import Callable, Iterable
from typing import ClassVar

import pytest

from connectors.base import (
    Account,
    Batch,
    Connector,
    Cursor,
    Opener,
    Receipt,
    Watcher,
    Writer,
)
from connectors.errors import ConnectorError, CursorExpiredError, RefusedError
from connectors.probe import (
    configurable,
    documented,
    held,
    in_thread,
    inside,
    key,
    records,
    well_formed,
)
from normalizer.actions import Action, Comment
from normalizer.model import Attachment, Change, Conversation, Message, Ref, Task
from normalizer.raw import Raw, canonical
from normalizer.said import Said

HOSTILE = (
    "trastienda-probe [/] [@click=app.quit]x[/] \x1b]0;PWN\x07 \x9b31m \u202egpj.exe\u2069"
    " \u200b\x00 <script>alert(1)</script> =cmd|'/c calc'!A1 trastienda-end"
)
"""Text that tries a terminal, a markup, a spreadsheet; NUL and bidi tricks included."""

STRANGE_CURSORS = (
    "",
    "nonsense",
    "{}",
    "[]",
    "null",
    "-1",
    "9" * 30,
    '{"v":999}',
    "\x00",
    "ñ" * 99,
)


class ConnectorContract:
    """Subclass it, and give it a `connector` fixture whose tool holds several batches."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """The secrets that the fixture's settings hold: none may ever show."""

    quiet: ClassVar[bool] = True
    """False for a tool so coarse that a pull with nothing new repeats some records."""

    @pytest.fixture
    def connector(self) -> Connector:
        """Make the connector under test."""
        raise NotImplementedError

    @pytest.fixture
    def broken_connector(self) -> Connector:
        """Make one whose tool does not answer, or answers nonsense."""
        pytest.skip("no broken_connector fixture")

    def again(self, connector: Connector) -> Connector:
        """Make another connector of the same tool, as after a restart."""
        connector.close()
        return connector

    def say(self, connector: Connector, text: str) -> None:
        """Have somebody else put one more record with `text` in it into the tool."""
        pytest.skip("no say hook")

    def remove(self, connector: Connector) -> None:
        """Have somebody else delete one record in the tool."""
        pytest.skip("no remove hook")

    def forget(self, connector: Connector) -> None:
        """Have the tool forget every cursor."""
        pytest.skip("no forget hook")

    @pytest.fixture
    def batches(self, connector: Connector) -> list[Batch]:
        """Pull everything."""
        got = list(connector.pull(None))
        assert any(batch.records for batch in got), "the fixture's tool must hold some records"
        return got

    # What it is

    def test_it_is_a_connector_and_says_which(self, connector: Connector) -> None:
        assert isinstance(connector, Connector)
        assert re.fullmatch(r"[a-z][a-z0-9-]*", type(connector).kind)

    def test_its_settings_are_a_frozen_dataclass_that_documents_each(
        self, connector: Connector
    ) -> None:
        config = type(connector).Config
        assert dataclasses.is_dataclass(config)
        assert config.__dataclass_params__.frozen  # type: ignore[attr-defined]  # not in typeshed
        assert config.__doc__
        assert not config.__doc__.startswith(f"{config.__name__}("), "document the class"
        names = {field.name for field in dataclasses.fields(config)}
        assert names <= documented(config), f"document {sorted(names - documented(config))}"

    def test_its_settings_are_of_types_that_a_config_file_holds(self, connector: Connector) -> None:
        hints = typing.get_type_hints(type(connector).Config)
        for field in dataclasses.fields(type(connector).Config):
            assert configurable(hints[field.name]), f"{field.name}: {hints[field.name]}"

    def test_no_secret_shows(self, connector: Connector, batches: list[Batch]) -> None:
        shown = [repr(connector), str(connector), repr(connector.check())]
        shown += [repr(value) for value in vars(connector).values()]
        shown += [batch.cursor + repr(batch.notices) for batch in batches]
        for secret in self.secrets:
            assert not any(secret in text for text in shown)

    # check and close

    def test_check_names_the_account(self, connector: Connector) -> None:
        account = connector.check()
        assert isinstance(account, Account)
        assert account.name.strip()
        assert isinstance(account.handles, frozenset)
        assert all(handle and handle == handle.lower() for handle in account.handles)
        assert isinstance(account.places, tuple)
        for text in (account.name, *account.handles, *account.places):
            assert text.isprintable()

    def test_check_changes_nothing(self, connector: Connector, batches: list[Batch]) -> None:
        assert connector.check() == connector.check()
        assert held(connector.pull(None)) == held(batches)

    def test_it_closes_twice_and_opens_again(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        connector.close()
        connector.close()
        assert held(connector.pull(None)) == held(batches)
        connector.close()

    def test_it_works_in_another_thread(self, connector: Connector, batches: list[Batch]) -> None:
        assert in_thread(lambda: held(connector.pull(None))) == held(batches)

    def test_it_counts_its_requests_upwards_if_at_all(self, connector: Connector) -> None:
        before = getattr(connector, "requests", 0)
        connector.check()
        assert type(before) is int
        assert getattr(connector, "requests", 0) >= before >= 0

    # pull

    def test_batches_are_well_formed(self, batches: list[Batch]) -> None:
        for batch in batches:
            assert type(batch) is Batch
            assert type(batch.records) is tuple
            assert all(type(notice) is Said and notice.text() for notice in batch.notices)
            for raw in batch.records:
                assert type(raw) is Raw
                assert raw.stream
                assert raw.external_id
                assert b"\x00" not in raw.external_id.encode(), "a database could not keep it"
                assert raw.meta == canonical(raw.about()), "meta is one canonical JSON object"
                assert raw.payload is None or isinstance(raw.payload, bytes)
                assert not (raw.deleted and raw.payload), "what is gone has no payload"

    def test_ids_are_unique_within_a_batch(self, batches: list[Batch]) -> None:
        for batch in batches:
            ids = [(raw.stream, raw.external_id) for raw in batch.records]
            assert len(ids) == len(set(ids))

    def test_a_census_names_all_that_was_pulled(self, batches: list[Batch]) -> None:
        """What it leaves out would be closed as gone."""
        for batch in batches:
            prefixes = [(census.stream, census.prefix) for census in batch.census]
            assert len(prefixes) == len(set(prefixes))
        ever = {key(raw) for batch in batches for raw in batch.records if not raw.deleted}
        gone = {key(raw) for batch in batches for raw in batch.records if raw.deleted}
        assert set(held(batches)) >= ever - gone

    def test_a_whole_pull_repeated_brings_the_same(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        assert held(connector.pull(None)) == held(batches)

    def test_a_pull_cut_short_anywhere_loses_nothing(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        whole = held(batches)
        for cut in range(len(batches)):
            pull = connector.pull(None)
            taken = [next(pull) for _ in range(cut + 1)]
            getattr(pull, "close", lambda: None)()
            connector = self.again(connector)
            rest = list(connector.pull(taken[-1].cursor))
            assert held([*taken, *rest]) == whole, f"lost or doubled after batch {cut}"

    def test_nothing_new_brings_no_strangers(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        again = list(connector.pull(batches[-1].cursor))
        assert held([*batches, *again]) == held(batches)
        if self.quiet:
            assert not [raw for batch in again for raw in batch.records]

    def test_a_cursor_is_short_text_that_outlives_the_process(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        for batch in batches:
            assert type(batch.cursor) is str
            assert 0 < len(batch.cursor) < 16_384
            assert batch.cursor.isprintable()
        kept = Cursor(batches[-1].cursor.encode("utf-8").decode("utf-8"))
        after = list(self.again(connector).pull(kept))
        assert held([*batches, *after]) == held(batches)

    @pytest.mark.parametrize("strange", STRANGE_CURSORS)
    def test_a_cursor_that_is_not_its_own_expires_or_pulls_whole(
        self, connector: Connector, batches: list[Batch], strange: str
    ) -> None:
        try:
            got = list(connector.pull(Cursor(strange)))
        except CursorExpiredError:
            return
        assert set(held(got)) >= set(held(batches))

    def test_after_a_forgotten_cursor_all_comes_again_and_nothing_is_doubled(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        """It expires, or the connector begins anew by itself, and keeps what it knows besides."""
        self.forget(connector)
        try:
            again = list(connector.pull(batches[-1].cursor))
        except CursorExpiredError:
            again = list(connector.pull(None))
        assert set(held(again)) >= set(held(batches))
        assert held([*batches, *again]) == held(batches)

    def test_what_somebody_adds_comes_with_the_next_pull(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        self.say(connector, "trastienda-probe")
        news = list(connector.pull(batches[-1].cursor))
        now = held([*batches, *news])
        assert set(now) > set(held(batches))
        assert now == held(connector.pull(None))

    def test_what_somebody_deletes_is_said_to_be_gone(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        self.remove(connector)
        news = list(connector.pull(batches[-1].cursor))
        now = held([*batches, *news])
        assert set(now) < set(held(batches))
        assert now == held(connector.pull(None))

    def test_only_connector_errors_leave_it(self, broken_connector: Connector) -> None:
        attempts: list[Callable[[], object]] = [
            broken_connector.check,
            lambda: list(broken_connector.pull(None)),
        ]
        if isinstance(broken_connector, Writer):
            writer = broken_connector
            attempts.append(lambda: writer.push(Comment(ref=Ref("x", "y"), text="hola")))
        for attempt in attempts:
            with pytest.raises(ConnectorError) as caught:
                attempt()
            for text in (str(caught.value), repr(caught.value)):
                assert text.isprintable()
                assert not any(secret in text for secret in self.secrets)
        broken_connector.close()

    # normalise

    def test_normalise_needs_nothing_but_the_stored_record(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        """What was stored a year ago can be put in today's words, offline."""
        assert isinstance(inspect.getattr_static(type(connector), "normalise"), staticmethod)
        normalise = type(connector).normalise
        for raw in held(batches).values():
            stored = pickle.loads(pickle.dumps(raw))
            assert list(normalise(raw)) == list(normalise(stored))

    def test_a_stream_it_does_not_know_yields_nothing(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        """What a later version fetched is kept until a mapping knows it."""
        for raw in held(batches).values():
            later = dataclasses.replace(raw, stream="trastienda-no-such-stream")
            assert not list(type(connector).normalise(later))

    def test_records_are_well_formed(self, connector: Connector, batches: list[Batch]) -> None:
        found = records(connector, batches)
        assert found, "nothing that was pulled became a record"
        for record in found:
            assert isinstance(record, Task | Conversation | Message | Attachment | Change)
            for value in inside(record):
                well_formed(value)

    def test_hostile_text_arrives_harmless(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        self.say(connector, HOSTILE)
        news = list(connector.pull(batches[-1].cursor))
        texts = [
            value
            for record in records(connector, [*batches, *news])
            for value in inside(record)
            if isinstance(value, str)
        ]
        assert any("trastienda-probe" in text and "trastienda-end" in text for text in texts)
        assert all(text.replace("\n", "").isprintable() for text in texts)

    # Watcher, Opener, Writer: where it is one

    def test_it_waits_until_something_happens(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        watcher = _watcher(connector)
        stop = threading.Event()
        assert in_thread(lambda: watcher.wait(0.0, stop)) is False, f"{len(batches)} are no news"
        stop.set()
        assert in_thread(lambda: watcher.wait(3600.0, stop)) is False
        stop.clear()
        self.say(connector, "trastienda-probe")
        assert in_thread(lambda: watcher.wait(30.0, stop)) is True

    def test_it_opens_every_attachment_it_announced(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        opener = _opener(connector)
        for raw in held(batches).values():
            for record in type(connector).normalise(raw):
                for attachment in getattr(record, "attachments", ()):
                    copy = Ref(raw.stream, raw.external_id)
                    chunks = list(opener.open(copy, attachment.external_id))
                    assert all(isinstance(chunk, bytes) for chunk in chunks)
                    assert b"".join(chunks)

    def test_it_refuses_to_open_what_is_not_there(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        opener = _opener(connector)
        stream = batches[0].records[0].stream
        with pytest.raises(RefusedError):
            list(opener.open(Ref(stream, "trastienda-no-such-record"), "1"))

    def test_what_it_writes_is_a_set_of_actions(self, connector: Connector) -> None:
        writes = _writer(connector).writes
        assert isinstance(writes, frozenset)
        assert writes
        assert all(issubclass(action, Action) for action in writes)

    def test_it_refuses_an_action_it_does_not_know(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
        class Unheard(Action):
            """An action of some later version."""

        with pytest.raises(RefusedError):
            _writer(connector).push(Unheard(ref=_item(connector, batches)))
        assert held(connector.pull(None)) == held(batches)

    def test_it_refuses_to_comment_on_what_is_not_there(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        push = _commenter(connector).push
        ref = dataclasses.replace(_item(connector, batches), external_id="trastienda-none")
        with pytest.raises(RefusedError):
            push(Comment(ref=ref, text="hola"))

    def test_a_comment_pushed_twice_is_made_once_and_known_for_our_own(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        writer = _commenter(connector)
        comment = Comment(ref=_item(connector, batches), text="hola")
        receipt = writer.push(comment)
        assert isinstance(receipt, Receipt)
        assert writer.push(comment) == receipt
        back = held([*batches, *connector.pull(batches[-1].cursor)])
        new = set(back) - set(held(batches))
        assert new == {(receipt.stream, receipt.external_id)}

    def test_two_comments_of_the_same_words_are_two(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        push, ref = _commenter(connector).push, _item(connector, batches)
        assert push(Comment(ref=ref, text="hola")) != push(Comment(ref=ref, text="hola"))


def _item(connector: Connector, batches: Iterable[Batch]) -> Ref:
    """Find something that can be commented on."""
    for record in records(connector, batches):
        if isinstance(record, Task | Conversation):
            return record.ref
        if isinstance(record, Message):
            return record.about or record.ref
    pytest.skip("the fixture's tool holds nothing to comment on")


def _watcher(connector: Connector) -> Watcher:
    if not isinstance(connector, Watcher):
        pytest.skip("it is no Watcher")
    return connector


def _opener(connector: Connector) -> Opener:
    if not isinstance(connector, Opener):
        pytest.skip("it is no Opener")
    return connector


def _writer(connector: Connector) -> Writer:
    if not isinstance(connector, Writer):
        pytest.skip("it is no Writer")
    return connector


def _commenter(connector: Connector) -> Writer:
    writer = _writer(connector)
    if Comment not in writer.writes:
        pytest.skip("it does not write comments")
    return writer
