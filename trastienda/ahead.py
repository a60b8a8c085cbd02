"""Taking batches one after the other while the next is fetched and put in our words.

Three things go on at once where much comes that is new: the connector fetches a batch in the
caller's thread, a second process maps the one before, and a thread takes the one before that.
All are taken strictly in the order in which they came, each in one transaction with its cursor:
what a crash leaves untaken is fetched again, as ever.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import Final, Self, TypeAlias

from connectors.base import Batch
from connectors.threads import begun
from normalizer.model import Record
from normalizer.raw import Raw
from store.intake import Normalise, Taken
from trastienda.aside import Answer, Aside, can_help, seldom_collect

log = logging.getLogger(__name__)

LARGE: Final = 40
"""New records in one batch from which on a second process is worth its start: a fifth of a second
of the other processor. A first pull begins with one batch of this kind or has little to come.
Once it runs it maps small batches too: fifty large mails take as long as five hundred.
"""

_WAITING: Final = 3
"""Batches in line behind the one being taken. One of mail has 4 MiB at most."""

Take: TypeAlias = Callable[[Batch, Normalise], Taken]


class Ahead:
    """A line of batches to be taken. Leaving it waits till all are, or one of them failed."""

    def __init__(self, take: Take, normalise: Normalise, *, first: bool = False) -> None:
        """`first`: nothing is known of this channel yet, so all that comes is new."""
        self._take, self._normalise = take, normalise
        self._alone = not can_help(normalise)
        self._aside: Aside | None = None
        self._thread: threading.Thread | None = None
        self._line: queue.Queue[tuple[Batch, Future[Answer] | None] | None] = queue.Queue(_WAITING)
        self._failed: BaseException | None = None
        self._new = first

    def __enter__(self) -> Self:
        return self

    def put(self, batch: Batch) -> None:
        """Take `batch`, after all that came before.

        Raises what taking it, or one before, has raised; nothing is taken after that.
        """
        begins = self._thread is None
        if begins and not (self._new and len(batch.records) >= LARGE and self._begin()):
            self._taken(batch, self._normalise)
            return
        # The first batch is mapped here while that process starts.
        aside = self._aside if self._new and not begins else None
        asked = aside.ask(batch.records) if aside else None
        self._line.put((batch, asked))
        self._raise()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        try:
            if self._thread is not None:
                self._line.put(None)
                self._thread.join()
                self._raise()
        finally:
            self.close()

    def close(self) -> None:
        """End the second process. What was asked of it is done without."""
        aside = self._aside
        if aside is not None:
            aside.close()

    def _begin(self) -> bool:
        """Start the second process and the thread, where they help."""
        if not self._alone:
            self._aside = Aside.start(self._normalise)
            self._alone = self._aside is None
        if self._alone:
            return False
        seldom_collect()
        self._thread = begun(self._run, "taking")
        return True

    def _run(self) -> None:
        while (job := self._line.get()) is not None:
            if self._failed is None:
                try:
                    self._taken(job[0], self._mapping(*job))
                except BaseException as error:  # noqa: BLE001  raised again by whoever put it
                    self._failed = error
            del job  # its memory, before the next has come

    def _taken(self, batch: Batch, normalise: Normalise) -> None:
        taken = self._take(batch, normalise)
        # What is known already is not mapped at all, here or aside.
        self._new = 2 * taken.new > len(batch.records)

    def _mapping(self, batch: Batch, asked: Future[Answer] | None) -> Normalise:
        """Give the mapping that has this batch ready, as far as it was done aside."""
        if asked is None:
            return self._normalise
        try:
            answer = asked.result()
            ready = {
                (raw.stream, raw.external_id): (raw, records)
                for raw, records in zip(batch.records, answer, strict=True)
                if records is not None
            }
        except Exception as error:  # noqa: BLE001  crashed, hung, ended: all is done here
            if self._aside is not None:
                log.warning("Mapping goes on without a second process: %s", type(error).__name__)
            self.close()
            self._aside = None
            return self._normalise

        def mapped(raw: Raw) -> Iterable[Record]:
            same, records = ready.get((raw.stream, raw.external_id), (None, ()))
            return records if same == raw else self._normalise(raw)

        return mapped

    def _raise(self) -> None:
        if self._failed is not None:
            raise self._failed
