"""Twenty accounts at one vendor, each polled every minute, in a time that nobody waits for."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import random
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from connectors import asana, trello
from connectors.asana import AsanaConfig, AsanaConnector
from connectors.base import Connector, Cursor, Secret
from connectors.errors import UnavailableError
from connectors.http_limits import Limits, digest
from connectors.testing_server import HttpServer, Reply, Request
from connectors.trello import TrelloConfig, TrelloConnector
from tests.servers import trello_limits
from tests.servers.asana import FakeAsana, Watch, running
from tests.servers.asana_things import Project, User
from tests.servers.trello import Trello
from tests.servers.trello_boards import made
from trastienda.schedule import Pace

ACCOUNTS = 20
PLACES = 5
"""Boards or projects of each account."""

MANY = 25
"""Boards of Trello's last account: enough to reach the limit of its token alone."""

KEYS = (15, 5)
"""How many accounts share each of Trello's API keys."""

HOUR = (*range(61), *range(361, 364))
"""Minutes at which all accounts are polled at once: an hour, after which Trello's boards are
compared whole for the first time, and then, as after a rest of five hours, Asana's projects."""


class Time:
    """A clock that stands still while anybody works, and then goes on to when the next one wants
    to: as hard on the limits as a network and a computer that take no time at all.
    """

    def __init__(self, start: datetime = datetime(2026, 11, 2, 8, tzinfo=UTC)) -> None:
        self.waits = 0
        """How often somebody waited for a turn under the limits."""

        self._start, self._now = start, 0.0
        self._turn = threading.Lock()
        self._working = 0
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=self._now)

    def seconds(self) -> float:
        return self._now

    def wait(self, over: threading.Event, seconds: float) -> bool:
        """As `Timing.wait`."""
        self.waits += 1
        self.sleep(self._now + seconds)
        return over.is_set()

    def sleep(self, until: float) -> None:
        woken = threading.Event()
        with self._turn:
            heapq.heappush(self._sleepers, (until, next(self._numbers), woken))
            self._leave()
        woken.wait()

    def together(self, lives: Sequence[Callable[[], None]]) -> None:
        """Live all of them at once, each in a thread of its own, to their ends."""
        self._working = len(lives)

        def lived(life: Callable[[], None]) -> None:
            try:
                life()
            finally:
                with self._turn:
                    self._leave()

        with ThreadPoolExecutor(len(lives)) as threads:
            for ended in [threads.submit(lived, life) for life in lives]:
                ended.result()

    def _leave(self) -> None:
        """One fewer works; the last one lets time pass."""
        self._working -= 1
        if self._working or not self._sleepers:
            return
        self._now = max(self._now, self._sleepers[0][0])
        while self._sleepers and self._sleepers[0][0] <= self._now:
            self._working += 1
            heapq.heappop(self._sleepers)[2].set()


@dataclass
class Account:
    """One account as the engine keeps it: its connector, and where it was left."""

    time: Time
    connector: Connector
    dice: random.Random
    cursor: Cursor | None = None
    polls: int = 0
    put_off: int = 0
    """Polls that ended because a turn under the limits was too far away."""

    def live(self, minutes: Sequence[int]) -> None:
        """Be polled at each of `minutes`; what is put off is tried again as the engine does it."""
        for minute in minutes:
            if minute * 60 < self.time.seconds():
                continue  # still busy with the one before
            self.time.sleep(minute * 60)
            pace = Pace()
            while (again := self._poll(pace)) is not None:
                pace, delay = again
                self.time.sleep(self.time.seconds() + delay)
        self.connector.close()

    def _poll(self, pace: Pace) -> tuple[Pace, float] | None:
        try:
            if self.cursor is None:
                self.connector.check()
            for batch in self.connector.pull(self.cursor):
                self.cursor = batch.cursor
        except UnavailableError as error:
            self.put_off += 1
            self.connector.close()
            pace = pace.failed()
            return pace, pace.delay(self.dice.uniform, error.retry_after)
        self.polls += 1
        return None


@dataclass
class Office:
    """A vendor's stand-in, who is there, and what it heard."""

    time: Time
    server: HttpServer
    happen: Callable[[int, int], None]
    """Let something change in an account; `happen(account, minute)`."""

    accounts: list[Account] = field(default_factory=list)
    heard: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    """By whose limit it counts → when something was asked, and as how much it counts."""

    @property
    def requests(self) -> int:
        return len(self.server.log)

    @property
    def refused(self) -> int:
        return sum(request.status == 429 for request in self.server.log)

    @property
    def statuses(self) -> set[int]:
        return {request.status for request in self.server.log}

    def live(self, minutes: Sequence[int]) -> None:
        """Poll every account at each of `minutes`, while things change in all of them before."""

        def people() -> None:
            for minute in minutes[1:]:
                self.time.sleep(minute * 60 - 20)
                with self.server._turn:
                    for number in range(len(self.accounts)):
                        self.happen(number, minute)

        lives = [partial(one.live, minutes) for one in self.accounts]
        self.time.together([people, *lives])

    def listen(self, whose: Callable[[Request], Iterator[tuple[str, int]]]) -> None:
        """Note whatever is asked from now on."""
        answer = self.server._answer

        def noting(request: Request) -> Reply:
            for name, cost in whose(request):
                self.heard[name].append((self.time.seconds(), cost))
            return answer(request)

        self.server._answer = noting

    def busiest(self, kind: str, seconds: float) -> int:
        """The most that counted against one limit of a kind within so many seconds."""
        return max(_most(row, seconds) for who, row in self.heard.items() if who.startswith(kind))


def _most(row: Sequence[tuple[float, int]], seconds: float) -> int:
    found, total, first = 0, 0, 0
    for at, cost in row:
        total += cost
        while row[first][0] <= at - seconds:
            total -= row[first][1]
            first += 1
        found = max(found, total)
    return found


class Silent(trello_limits.Limits):
    """Limits that no answer tells anything of."""

    def headers(self, *_: str) -> dict[str, str]:
        return {}


@contextlib.contextmanager
def trello_office(*, paced: bool = True, silent: bool = False) -> Iterator[Office]:
    """Accounts at Trello, on two keys; every board is too large to be told in one answer.

    Not `paced`: without limits of our own. `silent`: it does not say how much is left.
    """
    time = Time()
    with Trello(time, specification=Path("/nonexistent")) as fake:
        fake.most_cards = 10
        fake.limits = Silent(time) if silent else fake.limits
        people = [fake.account(f"persona{number}") for number in range(ACCOUNTS)]
        boards = list(_boards(fake, people))
        ana = fake.account("ana")

        def happen(number: int, minute: int) -> None:
            board = boards[number][minute % PLACES]
            cards = list(fake.world.boards[board].cards)
            fake.people.comment(cards[0], f"Dicho {minute}", by=ana)
            fake.people.edit_card(cards[1], by=ana, name=f"Tarea {minute}")
            if minute % 10 == number % 10:
                fake.people.delete_card(cards[-1], by=ana)

        office = Office(time, fake.server, happen)
        keys = [f"{number:032x}" for number, share in enumerate(KEYS) for _ in range(share)]
        fake.keys.update(keys)

        def stamp() -> float:
            return time().timestamp()

        timing = replace(trello._PATIENT, wait=time.wait, now=time)
        clock: Callable[[], float] = time.seconds if paced else itertools.count(0, 10**6).__next__
        for number, (key, member) in enumerate(zip(keys, people, strict=True)):
            token = f"token-{number}"
            fake.world.add_token(token, member)
            config = TrelloConfig(base_url=fake.base_url, key=_secret(key), token=_secret(token))
            connector = TrelloConnector(config, timing=timing, now=stamp, clock=clock)
            office.accounts.append(Account(time, connector, random.Random(number)))
        office.listen(_by_key_and_token)
        yield office


def _boards(fake: Trello, members: Sequence[str]) -> Iterator[list[str]]:
    """Give every member boards of their own."""
    numbers = itertools.count()
    for member in members:
        count = MANY if member == members[-1] else PLACES
        boards = [made(12, closed=0.0, seed=next(numbers), name=f"{n}") for n in range(count)]
        yield [fake.world.load(board, member).id for board in boards]


def _by_key_and_token(request: Request) -> Iterator[tuple[str, int]]:
    said = request.headers["authorization"]
    for name, value in re.findall('(key|token)="(.+?)"', said):
        yield f"{name} {value}", 1


@contextlib.contextmanager
def asana_office(*, paced: bool = True) -> Iterator[Office]:
    """Accounts at Asana, on its free plan; the last two are one account of two clients, by one
    token. Not `paced`: without limits of our own.
    """
    time = Time()
    with running(clock=Watch(time)) as fake:
        ana = fake.world.user("Ana Prueba")
        tokens = [f"token-{min(number, ACCOUNTS - 2)}" for number in range(ACCOUNTS)]
        projects = {token: _projects(fake, token, ana) for token in dict.fromkeys(tokens)}

        def happen(number: int, minute: int) -> None:
            tasks = projects[tokens[number]][minute % PLACES].tasks
            task = tasks[minute % len(tasks)]
            fake.world.comment(task, f"Dicho {minute}", ana)
            fake.world.edit(task, ana, name=f"Tarea {minute}")
            if minute % 10 == number % 10:
                fake.world.delete_task(tasks[-1], ana)

        office = Office(time, fake.server, happen)
        timing = replace(asana._PATIENCE, wait=time.wait, now=time)
        for number, token in enumerate(tokens):
            config = AsanaConfig(base_url=fake.base_url, token=_secret(token))
            whose = digest(config.base_url, token)
            limits = Limits([(whose, asana._RATE)] if paced else [], time.seconds)
            connector = AsanaConnector(config, limits=limits, timing=timing)
            office.accounts.append(Account(time, connector, random.Random(number)))
        office.listen(_by_token)
        yield office


def _projects(fake: FakeAsana, token: str, ana: User) -> list[Project]:
    """Give an account projects of its own; on every task somebody has said something."""
    world, user = fake.world, fake.sign_up("Lola Prueba", token)
    workspace = world.workspace("Acme", user, ana)
    found = [world.project(workspace, f"Web {n}", user, ana) for n in range(PLACES)]
    for project in found:
        for n in range(30):
            world.comment(world.task(project, f"Tarea {n}", by=ana), "Hola", ana)
    return found


def _by_token(request: Request) -> Iterator[tuple[str, int]]:
    sent = request.json() if request.path.endswith("/batch") else {"data": {"actions": [None]}}
    yield request.headers["authorization"].replace("Bearer", "token"), len(sent["data"]["actions"])


def _secret(text: str) -> Secret:
    return Secret(lambda: text)
