"""Waiting for a channel's own word that there is news, where its tool can give it (IMAP IDLE)."""

from __future__ import annotations

import logging
import queue
import random
import threading

from connectors.base import Watcher
from connectors.errors import ConnectorError
from connectors.threads import begun
from store.directory import ChannelKey
from trastienda.pull import Build, Job, let_go
from trastienda.schedule import Pace

log = logging.getLogger(__name__)

LONGEST = 25 * 60.0
"""Seconds one wait may last: servers drop a client that is silent for 30 minutes (RFC 2177)."""

BREATH = 1.0
"""Seconds between two waits: a connection that died can say “news” without end."""


class Listener:
    """Waits in a thread of its own, with a connection of its own, until `end`.

    Its failures are nobody's business: the channel is pulled by the clock all the same, and
    that pull says what is wrong.
    """

    def __init__(self, job: Job, build: Build, called: queue.SimpleQueue[ChannelKey]) -> None:
        self._job, self._build, self._called = job, build, called
        self._halt = threading.Event()
        begun(self._run, f"listen {job.key.channel_id}")

    def end(self) -> None:
        """Wait no longer; the thread goes as soon as its connector lets it."""
        self._halt.set()

    def _run(self) -> None:
        pace = Pace()
        while not self._halt.is_set():
            connector = None
            try:
                connector = self._build(self._job.channel)
                if not isinstance(connector, Watcher):
                    return
                while not self._halt.is_set():
                    if connector.wait(LONGEST, self._halt):
                        self._called.put(self._job.key)
                    pace = Pace()
                    self._halt.wait(BREATH)
            except ConnectorError as error:
                log.debug("%s/%s: %s", self._job.channel.client, self._job.channel.slug, error)
            except Exception:
                if not pace.failures:
                    log.exception("%s/%s: bug", self._job.channel.client, self._job.channel.slug)
            finally:
                if connector is not None:
                    let_go(connector)
            pace = pace.failed()
            self._halt.wait(pace.delay(random.uniform))
