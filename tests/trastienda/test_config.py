from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Secret
from connectors.errors import ConfigError, ConnectorError
from connectors.memory import MemoryConfig, MemoryConnector
from normalizer.said import SaidError
from tests.trastienda.problems import CHANNEL, PROBLEMS
from trastienda import config
from trastienda.config import ConfigFileError, VaConfig
from trastienda.places import places
from trastienda.settings import Document, Problem, Table, build


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


TIMEZONE = '[va]\ntimezone = "Europe/Madrid"\n'


def load_and_check(path: Path) -> None:
    raise ConfigFileError(config.problems(config.load(path)))


def refusal(folder: Path, text: str) -> list[str]:
    """Load what cannot be loaded, and return its problems without the folder's name."""
    path = write(folder, text)
    with pytest.raises(ConfigFileError) as caught:
        load_and_check(path)
    assert isinstance(caught.value, SaidError)
    assert isinstance(caught.value, ConnectorError)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_the_example_is_a_valid_config_that_shows_every_setting(
    checkout: Path, tmp_path: Path
) -> None:
    text = (checkout / "config.example.toml").read_text("utf-8")
    loaded = config.load(write(tmp_path, text))
    assert config.problems(loaded) == ()
    shown = set(re.findall(r"(?m)^\W*([a-z_]+) = ", text))
    wanted = {"url", "color", "sla_hours", "identities", "write"}
    wanted |= {field.name for field in fields(VaConfig)}
    for channel in loaded.channels():
        wanted |= {field.name for field in fields(config.settings(channel))}
    assert wanted <= shown, f"the example does not show {sorted(wanted - shown)}"


def test_quiet_hours_are_two_times_of_a_day(tmp_path: Path) -> None:
    assert refusal(tmp_path, f'{TIMEZONE}[screen]\nquiet = "at night"\n') == [
        '4:1: quiet must be "20:00-8:00".'
    ]
    loaded = config.load(write(tmp_path, f'{TIMEZONE}[screen]\nquiet = "20:00-8:00"\n'))
    assert config.problems(loaded) == ()


def test_an_empty_file_is_a_config_without_clients(tmp_path: Path) -> None:
    loaded = config.load(write(tmp_path, ""))
    assert loaded.clients == ()
    assert loaded.va == VaConfig(timezone="UTC")


def test_clients_and_channels_keep_the_order_of_the_file(tmp_path: Path) -> None:
    text = "".join(
        f'[clients.{client}]\n[clients.{client}.channels.{channel}]\nkind = "memory"\n'
        for client, channel in [("luz", "b"), ("acme", "a")]
    )
    loaded = config.load(write(tmp_path, text))
    assert [client.slug for client in loaded.clients] == ["luz", "acme"]
    assert [channel.slug for channel in loaded.channels()] == ["b", "a"]
    assert [channel.slug for channel in loaded.channels(client="acme")] == ["a"]
    assert [channel.client for channel in loaded.channels(channel="b")] == ["luz"]


def test_a_channel_writes_nothing_unless_told_to(tmp_path: Path) -> None:
    (channel,) = config.load(write(tmp_path, CHANNEL)).channels()
    assert channel.write == "no"


def test_clients_without_a_color_get_one_that_is_free(tmp_path: Path) -> None:
    text = '[clients.a]\n[clients.b]\ncolor = "orange"\n[clients.c]\ncolor = "#A0b1C2"\n'
    colors = [client.color for client in config.load(write(tmp_path, text)).clients]
    assert colors == ["teal", "orange", "#A0b1C2"]


def test_identities_are_compared_in_lower_case_and_once(tmp_path: Path) -> None:
    text = '[va]\nidentities = ["Lola@X.example", " lola@x.example ", ""]\n'
    assert config.load(write(tmp_path, text)).va.identities == ("lola@x.example",)


@pytest.mark.parametrize(("text", "problem"), PROBLEMS)
def test_a_problem_says_where_and_what_and_what_is_nearest(
    tmp_path: Path, text: str, problem: str
) -> None:
    assert refusal(tmp_path, text) == [problem]


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = "[va]\nnam = 1\nlanguage = 2\n" + CHANNEL + 'write = "x"\n'
    assert [line.split(": ")[0] for line in refusal(tmp_path, text)] == ["2:1", "3:1", "6:1"]


def test_a_problem_is_shown_in_her_language(tmp_path: Path) -> None:
    path = write(tmp_path, "[va]\nnam = 1\n")
    with pytest.raises(ConfigFileError) as caught:
        config.load(path)
    spanish = {"[{table}] has no setting {key}. Did you mean {near}?": "¿{near} en vez de {key}?"}
    assert caught.value.text(spanish.__getitem__) == f"{path}:2:1: ¿name en vez de nam?"


def test_bytes_that_are_no_text_are_pointed_at(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'[va]\nname = "\xff"\n')
    with pytest.raises(ConfigFileError, match=r":2:9: The file is not UTF-8 text\."):
        config.load(path)


def test_a_file_of_another_editor_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('\ufeff[va]\r\nname = "Lola"\r\n'.encode())
    assert config.load(path).va.name == "Lola"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match="No such file"):
        config.load(tmp_path / "config.toml")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_config_that_others_can_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path, "", mode)
    with pytest.raises(ConfigFileError, match=f"Run: chmod 600 {path}"):
        config.load(path)


def test_a_connector_is_made_from_its_table(tmp_path: Path) -> None:
    text = CHANNEL + 'name = "Chat"\nhandle = "lola"\n'
    (channel,) = config.load(write(tmp_path, text)).channels()
    assert config.settings(channel) == MemoryConfig(name="Chat", handle="lola")
    connector = config.connect(channel)
    assert isinstance(connector, MemoryConnector)
    assert connector.check().name == "Chat"


def test_one_bad_channel_leaves_the_others_alone(tmp_path: Path) -> None:
    text = CHANNEL + "pages = 1\n" + '[clients.luz.channels.chat]\nkind = "memory"\n'
    bad, good = config.load(write(tmp_path, text)).channels()
    with pytest.raises(ConfigError, match="Did you mean page"):
        config.connect(bad)
    assert config.connect(good).check().name == "memory"


def test_reading_the_config_imports_no_connector(tmp_path: Path) -> None:
    path = write(tmp_path, TIMEZONE + CHANNEL.replace("memory", "imap"))
    code = (
        "import sys; from pathlib import Path; from trastienda import config;"
        f"config.load(Path({str(path)!r}));"
        "print(*sys.modules)"
    )
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert "trastienda.config" in loaded
    heavy = {"imapclient", "connectors.imap", "connectors.memory", "keyring", "subprocess"}
    assert not heavy & set(loaded)
    assert not {"sqlalchemy", "textual", "httpx", "platformdirs", "tzlocal"} & set(loaded)


@dataclass(frozen=True)
class Everything:
    """One field of each type that a config can hold."""

    text: str
    number: int = 1
    part: float = 0.5
    yes: bool = False
    choice: Literal["a", "b", 3] = "a"
    words: tuple[str, ...] = ()
    maybe: str | None = None
    sealed: Secret | None = None


def table(tmp_path: Path, values: dict[str, Any], *, private: bool = True) -> Table:
    return Table(Document(tmp_path / "config.toml", "", private), ("t",), values)


def test_every_type_of_setting_is_read(tmp_path: Path) -> None:
    found: list[Problem] = []
    values = {"text": "x", "number": 2, "part": 3, "yes": True, "choice": 3, "words": ["a", "b"]}
    made = build(Everything, table(tmp_path, {**values, "maybe": "m", "sealed": "s"}), found)
    assert not found
    assert made is not None
    assert (made.number, made.part, made.yes, made.choice) == (2, 3, True, 3)
    assert made.words == ("a", "b")
    assert made.sealed is not None
    assert made.sealed.reveal() == "s"
    assert "'s'" not in repr(made)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"text": None},
        {"text": ["x"]},
        {"text": "x", "number": True},
        {"text": "x", "number": 1.5},
        {"text": "x", "yes": 1},
        {"text": "x", "choice": "c"},
        {"text": "x", "choice": 3.0},
        {"text": "x", "words": ["a", 1]},
        {"text": "x", "maybe": 1},
        {"text": "x", "sealed": 1},
        {"text": "x", "sealed": ""},
        {"text": "x", "sealed": {}},
        {"text": "x", "sealed": {"keyring": False}},
        {"text": "x", "sealed": {"keyring": True, "env": "X"}},
        {"text": "x", "sealed": {"command": "pass show x"}},
        {"text": "x", "sealed": {"command": []}},
        {"text": "x", "sealed": {"command": ["pass", 1]}},
        {"text": "x", "sealed": {"file": ""}},
        {"text": "x", "sealed": {"vault": "x"}},
    ],
)
def test_a_value_of_the_wrong_type_is_refused(tmp_path: Path, values: dict[str, Any]) -> None:
    found: list[Problem] = []
    assert build(Everything, table(tmp_path, values), found) is None
    assert len(found) == 1


def test_a_secret_in_a_config_that_others_can_read_is_refused(tmp_path: Path) -> None:
    found: list[Problem] = []
    values = {"text": "x", "sealed": "canary-7d1e"}
    assert build(Everything, table(tmp_path, values, private=False), found) is None
    assert "chmod 600" in found[0].text()
    assert "canary" not in found[0].text()


def test_a_secret_may_stand_in_a_config_that_is_hers_alone(tmp_path: Path) -> None:
    text = CHANNEL.replace("memory", "imap") + 'host = "x"\nuser = "x"\npassword = "s3cret"\n'
    for mode, refused in [(0o600, 0), (0o640, 1), (0o604, 1)]:
        loaded = config.load(write(tmp_path, text, mode))
        assert len(config.problems(loaded)) == refused
    (channel,) = loaded.channels()
    assert [source.kind for source in config.secrets(channel)] == ["literal"]


def test_nothing_shows_what_stands_in_the_file(tmp_path: Path) -> None:
    text = '[va]\nname = 5\n[clients.a.channels.b]\nkind = "imap"\npassword = "canary-7d1e"\n'
    path = write(tmp_path, text.replace("name = 5", 'name = "x"'))
    (channel,) = config.load(path).channels()
    assert "canary" not in repr(config.load(path)) + repr(channel) + repr(channel.table)
    assert not any("canary" in line for line in refusal(tmp_path, text + 'port = "canary-7d1e"\n'))
    assert not any("canary" in line for line in refusal(tmp_path, text + 'x = "canary-7d1e\n'))


TOML = r"""
top.a = 1  # [no.table]
'quoted key' = 3*
[not.a.table]
x = 13*
[one."two.three"]
a = { b = { c = 1, d = [ { e = 1 } ] }, f = "}" }
s = "= \" [x] # "
m = 3+
k = 1 \3+ [y]3+
list = [
  "x = 1", # y = 2
  [ 1 ], { wrong = 2 },
]
last = 2026-01-01
[[array.of]]
z = 1
  [ one . four ]
  w=1.5
""".replace("3*", "'" * 3).replace("3+", '"' * 3)


def test_every_key_is_found_where_it_stands() -> None:
    tomllib.loads(TOML)
    assert places(TOML) == {
        ("top",): (2, 1),
        ("top", "a"): (2, 1),
        ("quoted key",): (3, 1),
        ("one", "two.three"): (6, 2),
        ("one", "two.three", "a"): (7, 1),
        ("one", "two.three", "a", "b"): (7, 7),
        ("one", "two.three", "a", "b", "c"): (7, 13),
        ("one", "two.three", "a", "b", "d"): (7, 20),
        ("one", "two.three", "a", "f"): (7, 41),
        ("one", "two.three", "s"): (8, 1),
        ("one", "two.three", "m"): (9, 1),
        ("one", "two.three", "list"): (11, 1),
        ("one", "two.three", "last"): (15, 1),
        ("array", "of"): (16, 3),
        ("array", "of", "z"): (17, 1),
        ("one", "four"): (18, 5),
        ("one", "four", "w"): (19, 3),
    }


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab.=[]{}\"'#\n ,1\\", max_size=60))
def test_looking_for_places_never_fails_on_what_is_toml(text: str) -> None:
    try:
        tomllib.loads(text)
    except ValueError:
        return
    places(text)
