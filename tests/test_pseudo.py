"""Nothing that she can see is left in English: a language of strange letters shows what is.

Every text of the catalogue is spelled in mathematical letters, and all data in Cyrillic ones.
Whatever still stands there in Latin letters was never given to the translator.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import gettext
import re
import string
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from babel.messages import Catalog, mofile, pofile
from textual.pilot import Pilot

from connectors.errors import UnavailableError
from normalizer.said import Said
from store.database import open_database
from store.directory import declare, failed, succeeded
from store.views import Health
from store.vocabulary import FIELDS, VALUES
from tests.tui import world
from tests.tui.world import NOW, app_on, build, drive, press, screen
from tests.tui.world import fill as take_in
from trastienda import i18n
from trastienda.cli import main
from tui import board

STRANGE: Final = str.maketrans(
    string.ascii_letters, "".join(map(chr, (*range(0x1D5BA, 0x1D5D4), *range(0x1D5A0, 0x1D5BA))))
)
"""Sans-serif letters: as wide as ours, and printable."""

CYRILLIC: Final = str.maketrans(
    string.ascii_letters, "абвгдежзийклмнопрстуфхцчшщ" + "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩ"
)
PLACES: Final = re.compile(r"\{\{|\}\}|\{\w*\}|%\(\w+\)[sdr]|%[sdr]")
LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}")
"""A key is one letter; so is the mark of a channel."""

FOREIGN_HOST: Final = re.compile(r"xn--[a-z0-9-]+")
"""Cyrillic letters in a host, as the network spells them (RFC 3492)."""

NAMES: Final = {
    "Trello", "Asana", "WhatsApp", "correo", "tablero", "https", "ht", "KB", "imap",
}  # fmt: skip
"""What is called the same in every language: tools, units, and names that stand in a config."""


def strange(text: str) -> str:
    """Spell a text in strange letters, its places as they are."""
    spelled, at = "", 0
    for place in PLACES.finditer(text):
        spelled += text[at : place.start()].translate(STRANGE) + place.group()
        at = place.end()
    return spelled + text[at:].translate(STRANGE)


def foreign(value: Any, name: str = "") -> Any:
    """Spell what strangers wrote in Cyrillic letters; what programs read stays."""
    if isinstance(value, enum.Enum) or name in {"ref", "thread", "media_type", "method", "about"}:
        return value
    if isinstance(value, str):
        plain = unicodedata.normalize("NFD", value)
        bare = "".join(char for char in plain if not unicodedata.combining(char))
        # A link is known by how it begins.
        return re.sub(r"https://|[A-Za-z]+", cyrillic, bare) if bare != "INBOX" else bare
    if isinstance(value, tuple | list):
        return type(value)(foreign(one) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value, **{f.name: foreign(getattr(value, f.name), f.name)
                      for f in dataclasses.fields(value) if f.name != "external_id"}
        )  # fmt: skip
    return value


def cyrillic(found: re.Match[str]) -> str:
    word = found.group()
    return word if word == "https://" else word.translate(CYRILLIC)


def untranslated(shown: str, *names: Iterable[str]) -> list[str]:
    """The Latin words in what is shown, but for names."""
    known = NAMES.union(*names)
    return [word for word in LATIN.findall(FOREIGN_HOST.sub("", shown)) if word not in known]


@pytest.fixture(autouse=True)
def _strange(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Iterator[None]:
    """Speak the language of strange letters, under the name of Spanish."""
    with (checkout / "locale/es/LC_MESSAGES/trastienda.po").open("rb") as file:
        spanish = pofile.read_po(file, locale="es", domain="trastienda")
    catalogue = Catalog(locale="es", domain="trastienda")
    for message in spanish:
        if message.id:
            ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
            spelled = tuple(map(strange, ids))
            catalogue.add(message.id, spelled if len(spelled) > 1 else spelled[0])
    folder = tmp_path_factory.mktemp("locale")
    compiled = folder / "es" / "LC_MESSAGES" / "trastienda.mo"
    compiled.parent.mkdir(parents=True)
    with compiled.open("wb") as file:
        mofile.write_mo(file, catalogue)
    domain = gettext.textdomain()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGUAGE", "en")
        patch.setattr(i18n, "catalogues", lambda: str(folder))
        patch.setattr(board, "TYPING", 0)
        for name in ("CLIENTS", "MAIL", "CARDS", "LOLA"):
            patch.setattr(world, name, data(getattr(world, name)))
        i18n.use("es")
        yield
    i18n.use("en")
    gettext.textdomain(domain)


def data(table: Any) -> Any:
    """A table of the world, in Cyrillic letters; its short names stay."""
    if isinstance(table, dict):
        return {slug: foreign(rows) for slug, rows in table.items()}
    if isinstance(table, tuple):
        return tuple((slug, foreign(name), color) for slug, name, color in table)
    return foreign(table)


def filled(folder: Path, **more: Any) -> Path:
    """Everything that a screen can say something about."""
    path = build(folder, **more)
    if more:
        return path
    db = open_database(path)
    keys = declare(db, world.clients(), NOW)
    card = foreign(world.card("t9", "Cartel", "Texto", NOW + timedelta(days=4)))
    for version, changes in enumerate(
        ({}, {"title": "Ж", "body": "Ж", "due": NOW + timedelta(days=9), "labels": ("Ж",)}), 2
    ):
        take_in(db, keys["luz", "tablero"], "card", [dataclasses.replace(card, **changes)],
                str(version))  # fmt: skip
    gone = Said("The folder {folder} is no longer there. What was fetched from it stays, and "
                "nothing was closed.", (("folder", "Ж"),))  # fmt: skip
    succeeded(db, keys["luz", "correo"], NOW, NOW, (gone,))
    error = UnavailableError("{host} does not answer in time. Nothing was lost; it will be tried "
                             "again.", host="ж")  # fmt: skip
    failed(db, keys["faro", "correo"], NOW, Health.LATER, error.said, NOW + timedelta(minutes=4))
    db.close()
    return path


WALK: Final[tuple[tuple[str, ...], ...]] = (
    (), ("j",), ("v",), ("V",), ("escape",),
    ("question_mark",), ("pagedown",), ("pagedown",), (*"жжж",), ("escape",),
    ("c",), ("escape",), ("o",), ("escape",), ("y",), ("S",), ("full_stop",), ("R",),
    ("l",), ("escape",), ("v", "j", "v", "l"), ("escape",), ("colon",), ("pagedown",), ("escape",),
    ("D",), ("escape",), ("F",), ("0",), ("F",), ("escape",), ("F", "enter"),
    ("d",), ("escape",), ("O",), ("question_mark",), ("escape",), ("escape",),
    ("s",), ("f",), (*"жж", "enter"), ("escape",),
    ("e",), ("s", "m"), ("w",), ("p",), ("E",), ("ж",), ("backspace", *"1h", "enter"),
    ("J",), ("plus",), ("f",), ("ж",), ("escape",), ("u",), ("ctrl+r",), ("b",), ("L",),
    ("escape",),
    ("p",), ("tab",), ("J",), ("E", *"10h", "enter"), ("K",), ("h", "J"), ("h",), ("enter",),
    ("escape",), ("C",), ("space",), ("escape",), ("plus", "m"), ("C",), ("escape",),
    ("tab",), ("tab",), ("tab",), ("tab",), ("tab",), ("3",), ("3",),
    ("slash", "ж", "ж"), ("escape",), ("slash", "escape"), ("slash", "ж", "enter"), ("escape",),
    ("f", "ж", "ж", "enter"), ("escape",), ("f", *"xx:ж", "enter"), ("escape", "escape"),
    ("ctrl+s",), ("slash", "ctrl+s"), ("escape",), ("f", "ж", "ctrl+s", "ж"), ("enter",),
)  # fmt: skip


def walk(path: Path, keys: Sequence[tuple[str, ...]], names: Iterable[str] = ()) -> dict[str, str]:
    """What is left in Latin letters after each step."""
    left: dict[str, str] = {}
    app = app_on(path, demo=True)

    async def script(pilot: Pilot[int]) -> None:
        for number, step in enumerate(keys):
            await press(pilot, *step)
            shown = screen(app)
            if words := untranslated(shown, names):
                left[f"{number}: {' '.join(step)}"] = f"{words}\n{shown}"

    drive(app, script)
    return left


def test_no_word_of_the_screens_is_left_in_english(tmp_path: Path) -> None:
    left = walk(filled(tmp_path), WALK, {"xx", "snoozed", "open", *FIELDS})
    assert not left, "\n".join(f"after {step}: {words}" for step, words in left.items())


def test_no_word_of_the_reader_is_left_in_english(tmp_path: Path) -> None:
    path = filled(tmp_path)
    steps = [("enter",), ("z",), ("z",), ("slash", *"жж", "enter"), ("escape",), ("n",), ("o",)]
    steps += [("escape",), *[("J",)] * 12, ("K",), ("question_mark",), ("escape",)]
    left = walk(path, steps)
    assert not left, "\n".join(f"after {step}: {words}" for step, words in left.items())


def test_no_word_of_the_composer_is_left_in_english(tmp_path: Path) -> None:
    path = filled(tmp_path)
    db = open_database(path)
    with db.write() as conn:
        conn.exec_driver_sql(
            "UPDATE channel SET write = 'comment', writes = '[\"comment\"]' WHERE kind = 'trello'"
        )
    db.close()
    steps = [
        ("r",), ("escape",), ("f", *"canal:trello", "enter"), ("semicolon",), ("escape",), ("ж",),
        ("ctrl+f",), ("ctrl+r",), ("ctrl+g",), ("ctrl+o",), ("ctrl+p",), ("escape",), ("ctrl+l",),
        ("escape",), ("ctrl+s",), ("l",), (*"жж", "enter"), ("escape",), ("escape",),
        ("escape",), ("enter",), ("r",), ("ctrl+s", "enter"), ("u",), ("r", "ctrl+l", "y"),
    ]  # fmt: skip
    names = {"Lola", "canal", "trello", "snippets", "config", "EDITOR", "VISUAL", "nano", "write",
             "comment", "all"}  # fmt: skip
    left = walk(path, steps, names)
    assert not left, "\n".join(f"after {step}: {words}" for step, words in left.items())


@pytest.mark.parametrize("more", [{"empty": True}, {"empty": True, "configured": False}])
def test_no_word_of_an_empty_screen_is_left_in_english(
    more: dict[str, bool], tmp_path: Path
) -> None:
    left = walk(filled(tmp_path, **more), [(), ("c",), ("escape",), ("enter",), ("e",), ("o",)],
                {"config", "toml"})  # fmt: skip
    assert not left, "\n".join(f"after {step}: {words}" for step, words in left.items())


def test_a_word_that_was_forgotten_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.strip.title", lambda _view: "Queue")
    assert walk(filled(tmp_path), [()])


COMMANDS: Final = (
    "demo", "check", "status", "sync", "queue", "search", "show", "archive", "snooze", "wait",
    "plan", "undo", "redo", "backup", "restore", "reply", "import",
    "done", "outbox", "save", "export", "day", "views", "web", "link", "unlink", "add",
)  # fmt: skip
OPTION: Final = re.compile(r"(?<!\w)--?[a-z][a-z-]*|\{es,en\}|'(es|en)'|python\s+-m\s+\w+\s+\w+")
SPOKEN: Final = {"trastienda", "Trastienda", "Python", "SQLite", "memory", "db", "gz", "config",
                 "toml", "logs", "backups", "example", "asana", "trello", "matrix", "caldav",
                 "whatsapp", "export", "dmy", "mdy", "ymd", "txt", "zip", "WhatsApp"}  # fmt: skip


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder with so short a name that no line breaks within it."""
    with tempfile.TemporaryDirectory(prefix="1") as folder:
        yield Path(folder)


def said(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """All that a command says, but for where the home is."""
    main(["--home", str(home), "--lang", "es", "--no-input", *words])
    out, err = capsys.readouterr()
    return (out + err).replace(str(home), "")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_no_word_of_the_help_is_left_in_english(
    command: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(home, capsys, *command.split(), "--help")
    assert shown.count("\n") > 5
    assert untranslated(OPTION.sub("", shown), SPOKEN, COMMANDS) == [], shown


CONFIG: Final = """
[clients.acme]
name = "Ж"

[clients.acme.channels.correo]
kind = "memory"
"""
MAILBOX: Final = CONFIG.replace("memory", "imap") + "host = 'xx.invalid'\nuser = 'ж'\n"

BOARDS: Final = CONFIG.replace("memory", "trello") + (
    "key = { env = 'ЖЖ' }\ntoken = { env = 'ЖЖ' }\nboards = ['ж']\n"
)


@pytest.mark.parametrize(
    "line",
    [
        "queue", "queue --limit 1", "queue client:acme", "queue state:done", "queue xx:ж",
        "queue state:xx", "queue age:xx", "queue due:xx", "queue (ж", "queue client:",
        "search жж", "status", "check", "show 1", "show 6", "show 9", "show 10", "show 11",
        "show 999", "archive 1", "undo", "redo", "snooze 1 tomorrow",
        "snooze 2 reply", "snooze 2 xx", "snooze 2 2001-01-01", "wait 1 2", "wait 3 --until monday",
        "plan 4", "plan 4 --estimate 1h30", "day", "plan 5 --on tomorrow", "plan 5 --on xx",
        "plan 5 --estimate 2", "plan 5 --estimate xx", "plan xx", "archive", "sync",
        "sync --client", "sync --client xx", "xx",
        "restore xx", "--lang xx", "backup", "sync --xx", "wait 999",
    ],
)  # fmt: skip
def test_no_word_of_a_command_is_left_in_english(
    line: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(home)
    names = {"xx", "acme", *COMMANDS}
    for config in ("", CONFIG):
        if config:
            (home / "config.toml").write_text(config, "utf-8")
        if line.startswith("queue "):
            names |= {*FIELDS, *(word for words in VALUES.values() for word in words)}
        shown = said(home, capsys, *line.split())
        assert untranslated(OPTION.sub("", shown), SPOKEN, names) == [], shown


@pytest.mark.parametrize(
    "config",
    [
        "ж", "[va]\nlanguaje = 'es'", "[va]\ntimezone = 'ж'", "[va]\ntimezone = 'Europe/Madrit'",
        "[xx]", "[clients]\nxx = 1", "[clients.A]\nname = 'ж'", "[clients.acme]\nsla_hours = 'ж'",
        "[clients.acme]\nname = 'ж'\ncolor = 'ж'", "[database]\nurl = 'ж'",
        CONFIG.replace("memory", "imab"), CONFIG.replace("memory", "imap"),
        CONFIG + "page = 0", CONFIG + "file = 'ж'", CONFIG + "write = 'xx'",
        MAILBOX + "password = 'ж'",
        MAILBOX + "password = { env = 'ЖЖ' }",
        CONFIG.replace("memory", "trello"), BOARDS, BOARDS + "done = 'ж'", BOARDS + "write = 'ж'",
        BOARDS + "base_url = 'http://api.invalid/1'", BOARDS + "proxy = 'ж'",
        CONFIG.replace("memory", "asana"),
    ],
)  # fmt: skip
def test_no_word_of_what_is_wrong_with_a_config_is_left_in_english(
    config: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "python")  # where it lies is no word
    (home / "config.toml").write_text(config, "utf-8")
    (home / "config.toml").chmod(0o600)
    written = set(LATIN.findall(config)) | KNOWN
    shown = said(home, capsys, "check")
    assert "!" in shown
    assert untranslated(OPTION.sub("", shown), SPOKEN, written) == [], shown


KNOWN: Final = {
    "va", "clients", "acme", "name", "language", "timezone", "database", "identities", "text",
    "snippets", "token", "folder", "chats", "numbers", "intake", "rooms", "calendars",
    "true", "false", "env", "command", "keyring", "file", "host", "user", "key", "kind", "channels",
    "invalid", "Madrid", "America", "Bogota", "color", "sla", "hours", "password", "no", "comment",
    "all", "orange", "teal", "purple", "green", "pink", "blue", "yellow", "red", "brown", "gray",
    "rrggbb", "day", "screen",
}  # fmt: skip
"""What a config may hold, as it is written in it."""


SHOWING: Final = {"Span", "say", "warn", "ask", "fit", "wrap", "Lines", "Finding"}


def test_no_text_reaches_the_screen_but_through_the_translator(checkout: Path) -> None:
    found = []
    for folder in ("tui", "triage", "trastienda"):
        for file in sorted((checkout / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    called = ast.unparse(node.func).rpartition(".")[2]
                    if called in SHOWING:
                        found += [
                            f"{file.relative_to(checkout)}:{node.lineno}: {text!r}"
                            for text in literals(node.args[:2])
                            if untranslated(text, SPOKEN, ["alert", "good", "dim"])
                        ]
    assert not found, "\n".join(found)


def literals(args: Iterable[ast.expr]) -> Iterator[str]:
    """The texts that stand in an expression itself, not in a call within it."""
    for arg in args:
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
            yield arg.value
        elif isinstance(arg, ast.JoinedStr):
            yield from literals(part for part in arg.values if isinstance(part, ast.Constant))
        elif isinstance(arg, ast.BinOp):
            yield from literals((arg.left, arg.right))
        elif isinstance(arg, ast.IfExp):
            yield from literals((arg.body, arg.orelse))
        elif isinstance(arg, ast.Tuple | ast.List):
            yield from literals(arg.elts)
