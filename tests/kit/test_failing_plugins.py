"""A connector of somebody else's that fails is a line about that connector: whatever it does, no
other channel notices, nobody is shown a traceback, and no secret is told.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from connectors import discovery
from tests.canary import assert_no_canary
from tests.trastienda.desk import CONFIG, Desk, Ended, until
from trastienda import pull
from trastienda.commands import check

CANARY = "canary-6b1d-never-anywhere"

ODOO = """
[clients.odoo]
name = "Odoo"

[clients.odoo.channels.cosas]
kind = "odoo"
token = {{ env = "ODOO_TOKEN" }}
"""

HANGS = ("import", "construct", "check", "pull", "records", "close", "normalise")
"""Where a plugin may hang. While its settings are read, whoever reads them waits for it."""

SOURCE = """\
import sys, threading
from dataclasses import dataclass
from trastienda.plugin import Account, Batch, Census, Cursor, Raw, Said, Secret, UnavailableError

class Silent(UnavailableError):
    def __init__(self):
        pass

def fail(secret=""):
    {how}

def again():
    again()

class Ends(type):
    def __getattribute__(cls, name):
        if name == "api":
            sys.exit(4)
        return type.__getattribute__(cls, name)

if {at!r} == "import":
    fail()

@dataclass(frozen=True)
class Settings:
    '''Of an Odoo server.'''

    token: Secret
    '''Its key.'''

    place: {hint} = ""
    '''Where it is.'''

    def __post_init__(self):
        if {at!r} == "settings":
            fail(self.token.reveal())

class Plugin({meta}):
    kind = {kind}
    api = {api}
    version = {version}
    Config = Settings

    def __init__(self, config):
        self.config = config
        self.at("construct")

    def at(self, place):
        if {at!r} == place:
            fail(self.config.token.reveal())

    def check(self):
        self.at("check")
        return {account}

    def pull(self, cursor):
        self.at("pull")
        yield Batch((Raw.of_json("thing", "1", {{}}),), Cursor("1"))
        self.at("records")
        {more}

    def close(self):
        self.at("close")

    @staticmethod
    def normalise(raw):
        if {at!r} == "normalise":
            fail()
        return {records}
"""

WAYS = {
    "an error that holds the secret": "raise RuntimeError(secret)",
    "a missing dependency": "import nowhere_at_all",
    "sys.exit": "sys.exit(secret or 3)",
    "any BaseException": "raise BaseException(secret)",
    "endless recursion": "again()",
    "an error that cannot be shown": (
        "raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})()"
    ),
}

CELLS = [
    *(("import", way) for way in WAYS),
    *(("pull", way) for way in WAYS),
    *itertools.product(
        ("settings", "construct", "check", "close", "normalise"),
        ("an error that holds the secret", "sys.exit", "any BaseException"),
    ),
]

HANG = "threading.Event().wait()"

NONSENSE = {
    "no account": {"account": "None"},
    "an account of other types": {"account": "Account(7, handles=[7], places=7, rights='x')"},
    "the rights are texts": {"account": "Account('Odoo', rights=('all',))"},
    "a number for a batch": {"more": "yield 7"},
    "nothing for a batch": {"more": "yield None"},
    "records that are none": {"more": "yield Batch(('x',), Cursor('2'))"},
    "a census that is none": {"more": "yield Batch((), Cursor('2'), census=('x',))"},
    "a cursor that is a list": {"more": "yield Batch((), ['2'])"},
    "a notice that is a text": {"more": "yield Batch((), Cursor('2'), notices=('x',))"},
    "what it maps to is no record": {"records": "[7]"},
    "what it maps to is nothing at all": {"records": "None"},
    "a version that is a text": {"version": "'x'"},
    "for another version of the kit": {"api": "2"},
}

TOUCHY = {
    "an api that cannot be shown": {
        "api": "type('A', (), {'__str__': lambda a: 1 / 0, '__ne__': lambda a, b: True})()"
    },
    "a kind that cannot be compared": {
        "kind": "type('K', (str,), {'__ne__': lambda a, b: 1 / 0})('odoo')"
    },
    "an attribute that ends the program": {"meta": "metaclass=Ends"},
    "a type of a setting that ends the program": {"hint": "'sys.exit(7)'"},
}

BADLY = {
    "an error with JSON in it": (
        """raise UnavailableError('Odoo says {"error": "no {that}"}')""", "later", 1,
    ),
    "an error whose places nobody fills": (
        "raise UnavailableError('{nowhere} {0} {x.__class__} {x!r:>999999999}', x=1)", "later", 1,
    ),
    "an error that holds the secret in its sentence": (
        "raise UnavailableError('not ' + self.config.token.reveal())", "later", 1,
    ),
    "an error that does not call the one above it": ("raise Silent", "broken", 1),
    "a number for how long to wait": (
        "raise UnavailableError('Odoo rests', retry_after=30)", "later", 1,
    ),
    "a notice with half a place": (
        "yield Batch((), Cursor('2'), notices=(Said('list {gone'),))", "ok", 0,
    ),
    "a notice that holds the secret": (
        "yield Batch((), Cursor('2'), notices=(Said(self.config.token.reveal()),))", "ok", 0,
    ),
    "a notice of other types": (
        "yield Batch((), Cursor('2'), notices=(Said(7, {'a': 1}),))", "broken", 1,
    ),
    "a count of requests that ends the program": (
        "type(self).requests = property(lambda self: sys.exit(9))", "ok", 0,
    ),
}  # fmt: skip

NOISE = {
    "prints": "print('noise', secret); print('noise', secret, file=sys.stderr)",
    "lets a thread fail": (
        "t = threading.Thread(target=exec, args=('raise RuntimeError(s)', {'s': secret}));"
        " t.start(); t.join()"
    ),
    "lets an object fail as it goes": (
        "type('D', (), {'__del__': lambda d: exec('raise RuntimeError(s)', {'s': secret})})()"
    ),
    "logs to the terminal": (
        "import logging; logging.getLogger().addHandler(logging.StreamHandler());"
        " logging.error('noise %s', secret)"
    ),
    "warns": "import warnings; warnings.warn(secret)",
    "closes both outputs": "sys.stdout.close(); sys.stderr.close()",
    "asks the outputs what they are": (
        "import faulthandler; faulthandler.enable(); sys.stdout.encoding.lower();"
        " sys.stdout.reconfigure(line_buffering=True); sys.stdout.isatty()"
    ),
    "writes bytes": "sys.stdout.buffer.write(secret.encode())",
    "writes to the first outputs": (
        "[print('noise', secret, file=to) for to in (sys.__stdout__, sys.__stderr__)]"
    ),
    "logs to the first output": (
        "logging.getLogger().addHandler(logging.StreamHandler(sys.__stderr__));"
        " logging.error('noise %s', secret)"
    ),
    "writes by number": "import os; [os.write(n, b'noise ' + secret.encode()) for n in (1, 2)]",
    "runs another program": (
        "import subprocess; subprocess.run([sys.executable, '-S', '-c', 'print(1)'], check=True)"
    ),
    "wraps an output anew": "import io; sys.stdout = io.TextIOWrapper(sys.stdout.detach())",
    "has no outputs": "sys.stdout = sys.stderr = None; print('noise')",
    "closes what the system has": "os.close(1); os.close(2)",
}
"""All in one: each further process takes a second."""

TAKEN = {
    "no depth for anybody's calls": "sys.setrecursionlimit(60)",
    "no hook for what a thread raises": "threading.excepthook = None",
    "no hook at all": "sys.excepthook = None; del threading.excepthook",
}

RUNNING = {
    "a thread": "threading.Thread(target=threading.Event().wait, daemon=False).start()",
    "a pool of them": (
        "from concurrent.futures import ThreadPoolExecutor;"
        " ThreadPoolExecutor(1).submit(threading.Event().wait)"
    ),
    "something for the end": "import atexit; atexit.register(threading.Event().wait)",
}

numbers = itertools.count(1)

Plug: TypeAlias = Callable[..., Desk]


@pytest.fixture
def plug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Desk]]:
    """Give a function that installs a plugin as pip would leave it, with a channel of its kind."""
    desk, folder = Desk(tmp_path, capsys), tmp_path / "site"
    module = f"odoo_{next(numbers)}"  # one that hangs is never left: its name is taken for good
    info = folder / "trastienda_odoo-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: trastienda-odoo\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{discovery.GROUP}]\nodoo = {module}:Plugin\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("ODOO_TOKEN", CANARY)
    desk.write_config((CONFIG + ODOO).format(folder=desk.folder))

    def plugged(at: str = "", how: str = "pass", **parts: str) -> Desk:
        whole = {
            "account": "Account('Odoo')", "more": "pass", "records": "()", "api": "1",
            "version": "1", "meta": "", "hint": "str", "kind": "'odoo'",
        } | parts  # fmt: skip
        (folder / f"{module}.py").write_text(SOURCE.format(at=at, how=how, **whole))
        return desk

    yield plugged
    sys.modules.pop(module, None)


def others_are_well(desk: Desk, ended: Ended) -> None:
    """Assert that the two other clients' channels were fetched."""
    states = {one["client"]: one["state"] for one in ended.json["channels"]}
    assert {states["acme"], states["luz"]} == {"ok"}, states
    assert {one["client"] for one in desk.run("queue", "--json").json["items"]} >= {"acme", "luz"}


def discreet(desk: Desk, *ended: Ended) -> None:
    for one in ended:
        assert "Traceback" not in one.out + one.err
        assert CANARY not in one.out + one.err
    assert_no_canary(desk.home, CANARY)


def blamed(ended: Ended) -> list[str]:
    """The findings of `check` that are bad."""
    return [one["text"] for one in ended.json["findings"] if one["level"] == "bad"]


def test_a_plugin_that_works_is_named_with_the_package_it_comes_with(plug: Plug) -> None:
    desk = plug()
    told = desk.run("check", "--json")
    assert (told.code, blamed(told)) == (0, [])
    lines = [one["text"] for one in told.json["findings"] if one["area"] == "connectors"]
    assert lines[0].startswith("odoo comes with trastienda-odoo 1.0")
    assert "odoo" not in lines[1]
    synced = desk.run("sync", "--json")
    assert synced.code == 0
    others_are_well(desk, synced)
    discreet(desk, told, synced)


@pytest.mark.parametrize(("place", "way"), CELLS)
def test_a_plugin_that_crashes_is_a_line_about_it_and_harms_nothing(
    plug: Plug, place: str, way: str
) -> None:
    desk = plug(place, WAYS[way])
    told = desk.run("check", "--json")
    synced = desk.run("sync", "--json")
    others_are_well(desk, synced)
    odoo = {one["client"]: one["state"] for one in synced.json["channels"]}["odoo"]
    if place in {"import", "settings", "construct", "check"}:
        assert told.code in {1, 3}
        assert any("odoo" in line for line in blamed(told))
        assert synced.code in {1, 3}
        assert odoo in {"broken", "config"}
    elif place == "pull":
        assert (synced.code, odoo) == (1, "broken")
    elif place == "close":
        assert (told.code, synced.code, odoo) == (0, 0, "ok")
    else:
        assert odoo in {"ok", "broken"}
    discreet(desk, told, synced)


@pytest.mark.parametrize("place", HANGS)
def test_a_plugin_that_hangs_is_left_behind(
    plug: Plug, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == "import":
        monkeypatch.setattr(discovery, "PATIENCE", 0.5)
    monkeypatch.setattr(pull, "STALL", 1.5)
    monkeypatch.setattr(pull, "WRITTEN", 0.2)
    monkeypatch.setattr(check, "PATIENCE", 1.5)
    desk = plug(place, HANG)
    told = desk.run("check", "--json")
    synced = desk.run("sync", "--json")
    others_are_well(desk, synced)
    odoo = {one["client"]: one["state"] for one in synced.json["channels"]}["odoo"]
    if place in {"import", "construct", "check"}:
        assert told.code in {3, 5}
        assert any("odoo" in line for line in blamed(told))
    assert odoo == ("ok" if place == "close" else "config" if place == "import" else "later")
    discreet(desk, told, synced)


@pytest.mark.parametrize("way", TAKEN)
def test_a_plugin_that_takes_away_what_threads_need_stops_none(
    plug: Plug, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.excepthook)
    desk = plug("import", TAKEN[way])
    told, synced, again = (desk.run(*words, "--json") for words in (["check"], ["sync"], ["sync"]))
    assert (told.code, blamed(told)) == (0, [])
    assert (synced.code, again.code) == (0, 0)
    others_are_well(desk, synced)
    discreet(desk, told, synced, again)


@pytest.mark.parametrize("what", NONSENSE)
def test_a_plugin_that_talks_nonsense_harms_nothing(plug: Plug, what: str) -> None:
    desk = plug(**NONSENSE[what])
    told = desk.run("check", "--json")
    synced = desk.run("sync", "--json")
    others_are_well(desk, synced)
    if "account" in NONSENSE[what] or "api" in NONSENSE[what]:
        assert told.code in {1, 3}
        assert any("odoo" in line for line in blamed(told))
    again = desk.run("sync", "--json")
    others_are_well(desk, again)
    shown = desk.run("status", "--json")
    assert shown.code in {0, 1}
    discreet(desk, told, synced, again, shown)


@pytest.mark.parametrize("what", TOUCHY)
def test_a_plugin_that_cannot_even_be_looked_at_ends_no_command(plug: Plug, what: str) -> None:
    desk = plug(**TOUCHY[what])
    told = desk.run("check", "--json")
    assert told.code in {1, 3}
    assert any("The connector odoo (trastienda-odoo 1.0)" in line for line in blamed(told))
    synced = desk.run("sync", "--json")
    others_are_well(desk, synced)
    assert synced.code == 3
    discreet(desk, told, synced)


@pytest.mark.parametrize("what", BADLY)
def test_a_plugin_that_says_badly_what_is_wrong_silences_nobody_else(plug: Plug, what: str) -> None:
    more, state, code = BADLY[what]
    desk = plug(more=more)
    ended = []
    for _ in range(2):
        synced = desk.run("sync", "--json")
        others_are_well(desk, synced)
        odoo = {one["client"]: one["state"] for one in synced.json["channels"]}["odoo"]
        assert (odoo, synced.code) == (state, code)
        ended += [synced, desk.run("status", "--json"), desk.run("sync"), desk.run("status")]
    assert {one.code for one in ended[1::2]} <= {0, code}
    discreet(desk, *ended)


def test_what_a_plugin_says_of_its_account_tells_no_secret(plug: Plug) -> None:
    secret = "self.config.token.reveal()"
    said = f"(Said('as ' + {secret}), Said('all of {{what}}', (('what', {secret}),)))"
    called = f"'Odoo ' + {secret}, places=('Web', {secret})"
    desk = plug(account=f"Account({called}, rights={said})")
    ended = [desk.run("check", "--json"), desk.run("check")]
    assert [one.code for one in ended] == [0, 0]
    assert all("all of" in one.out for one in ended)
    discreet(desk, *ended)


def test_of_an_error_that_holds_a_whole_download_the_log_has_the_begin(plug: Plug) -> None:
    desk = plug("pull", "raise RuntimeError(secret + 'x' * 5_000_000 + ' ' + secret)")
    synced = desk.run("sync", "--json")
    others_are_well(desk, synced)
    logged = (desk.home / "logs" / "sync.log").read_text()
    assert "RuntimeError: •••xxx" in logged
    assert len(logged) < 200_000
    discreet(desk, synced)


def test_a_plugin_that_brings_a_kind_of_ours_is_a_line_and_our_channels_go_on(
    plug: Plug, tmp_path: Path
) -> None:
    desk = plug("import", "raise RuntimeError")
    (entries,) = (tmp_path / "site").glob("*/entry_points.txt")
    entries.write_text(entries.read_text().replace("odoo =", "memory ="))
    desk.write_config(CONFIG.format(folder=desk.folder))
    told, synced = desk.run("check", "--json"), desk.run("sync", "--json")
    assert told.code == 1
    (line,) = blamed(told)
    assert line.startswith("trastienda-odoo 1.0 also brings a connector memory, which is not used")
    assert synced.code == 0
    others_are_well(desk, synced)


def alone(desk: Desk, *words: str) -> Ended:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "trastienda", "--home", str(desk.home), *words],
        env=os.environ | {"PYTHONPATH": str(desk.folder / "site")},
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("place", ["import", "check"])
def test_what_a_plugin_prints_goes_into_the_log_and_not_between_our_words(
    plug: Plug, place: str
) -> None:
    desk = plug(place, "\n    ".join(NOISE.values()))
    for command in ("check", "sync"):
        ended = alone(desk, command, "--json")
        assert (ended.code, ended.err) == (0, ""), ended
        assert ended.json
        discreet(desk, ended)
    logged = (desk.home / "logs" / "sync.log").read_text()
    assert logged.count("printed: noise") >= (0 if place == "import" else 2)
    assert place == "import" or "•••" in logged


@pytest.mark.parametrize(("command", "place"), [("check", "import"), ("sync", "pull")])
def test_what_a_plugin_leaves_running_keeps_no_command_from_its_end(
    plug: Plug, command: str, place: str
) -> None:
    desk = plug(place, "\n    ".join(RUNNING.values()))
    ended = alone(desk, command, "--json")
    assert (ended.code, ended.err) == (0, ""), ended
    assert ended.json
    discreet(desk, ended)


@pytest.mark.parametrize("place", ["import", "pull"])
def test_in_a_process_of_its_own_it_ends_with_the_right_code(plug: Plug, place: str) -> None:
    desk = plug(place, WAYS["sys.exit"])
    told, synced = alone(desk, "check"), alone(desk, "sync")
    assert (told.code, synced.code) == ((3, 3) if place == "import" else (0, 1)), (told, synced)
    discreet(desk, told, synced)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send to one process")
def test_ctrl_c_ends_a_command_whose_plugin_hangs(plug: Plug) -> None:
    hangs = f"{RUNNING['a thread']}; open('hangs', 'x').close(); {HANG}"
    desk = plug("pull", hangs)
    there = os.environ | {"PYTHONPATH": str(desk.folder / "site")}
    process = desk.start("sync", cwd=desk.folder, env=there)
    try:
        until((desk.folder / "hangs").exists)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (130, "", "trastienda: Interrupted.\n")
