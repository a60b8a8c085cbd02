"""keys.toml: what it may say, and what it is told where it is wrong."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.keys import _character_to_key

from normalizer.said import Said
from tests.trastienda.desk import Desk
from trastienda import console
from trastienda.config import ConfigFileError
from trastienda.exits import Exit
from trastienda.keymap import key_of, read
from tui import app
from tui.actions import ACTIONS, QUEUE, SCREENS, of
from tui.keyboard import WRITING, key_name, writes
from tui.keys import DIGITS, hers, shared
from tui.paper import Paper
from tui.presets import PRESETS
from tui.setup import Setup


def write(folder: Path, text: str) -> Path:
    path = folder / "keys.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path


def problems(folder: Path, text: str, preset: str = "normal") -> str:
    path = write(folder, text)
    with pytest.raises(ConfigFileError) as caught:
        read(path, preset)
    return str(caught.value).replace(f"{path}:", "")


def test_a_key_may_be_one_or_several_on_one_screen_or_on_every(tmp_path: Path) -> None:
    text = '[all]\nsync = "f5"\n[queue]\narchive = ["ñ", "?", "Ctrl+E"]\nhelp = []\nsync = "esc"\n'
    text += 'clear = "f9"\n[composer]\nsend = ["f2"]\n'
    assert read(write(tmp_path, text), "normal") == {
        "queue.sync": ("escape",), "reader.sync": ("f5",), "outbox.sync": ("f5",),
        "closing.sync": ("f5",),
        "queue.archive": ("ñ", "question_mark", "ctrl+e"), "queue.help": (),
        "queue.clear": ("f9",), "composer.send": ("f2",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[queu]\narchive = "x"\n', "1:2: [keys.toml] has no setting queu. Did you mean queue?"),
        ('[queue]\narchve = "x"\n', "2:1: [queue] has no setting archve. Did you mean archive?"),
        ("[queue]\narchive = 1\n", '2:1: archive must be "e" | ["e", "ctrl+e"].'),
        ('[queue]\narchive = "d"\n',
         ("2:1: On the screen queue, d would do two things: done and"
         " archive. Give one of them another key.")),
        ('[all]\ninbox = "ñ"\nplan = "ñ"\n',
         ("3:1: On the screen queue, ñ would do two things: plan"
         " and inbox. Give one of them another key.")),
        ('[queue]\nmark = "3"\n',
         ("2:1: On the screen queue, 3 would do two things: mark and"
         " client.")),
        ('[queue]\nclient = "x"\n', "2:1: The keys of client stay 1 to 9."),
        ('[queue]\narchive = "ctrl+i"\n', "2:1: A terminal cannot tell ctrl+i from tab."),
        ('[queue]\narchive = "ctrl+m"\n', "2:1: A terminal cannot tell ctrl+m from enter."),
        ('[queue]\narchive = "ctrl+shift+x"\n',
         ("2:1: A terminal cannot tell ctrl+shift+x from"
         " ctrl+x.")),
        ('[queue]\narchive = "shift+a"\n', "2:1: There is no key shift+a. Did you mean A?"),
        ('[queue]\narchive = "escpe"\n', "2:1: There is no key escpe. Did you mean escape?"),
        ('[queue]\narchive = "alt+x"\n', "2:1: Not every terminal sends alt+x."),
        ('[queue]\narchive = "ctrl+c"\n', "2:1: ctrl+c stays as it is: it says how to leave."),
        ('[queue]\narchive = ""\n', "2:1: There is no key . Write a character,"),
        ('[composer]\nsend = "s"\n', "2:1: Where you write, s is needed for the text."),
        ('[composer]\nsend = "ctrl+v"\n', "2:1: Where you write, ctrl+v is needed for the text."),
        ("[queue]\ncommands = []\n", "2:1: commands needs a key: it leads to everything else."),
        ('[queue]\nclear = "x"\n',
         ("2:1: clear leaves a field too, so it needs a key that writes"
         " nothing there, such as escape.")),
        ('[queue]\narchive = "x\n', "2:13: This is not valid TOML."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_what_would_be_right(
    text: str, said: str, tmp_path: Path
) -> None:
    assert problems(tmp_path, text).startswith(said)


def test_it_goes_over_the_ready_made_set_that_she_has_chosen(tmp_path: Path) -> None:
    text = '[queue]\nwait = "*"\n'
    assert read(write(tmp_path, text), "normal") == {"queue.wait": ("asterisk",)}
    assert "bottom and wait" in problems(tmp_path, text, "correo")


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("name", ["README.md", "README.es.md"])
def test_the_example_of_the_readme_can_be_taken_as_it_stands(
    name: str, preset: str, checkout: Path, tmp_path: Path
) -> None:
    readme = (checkout / name).read_text("utf-8")
    example = readme.split("```toml\n")[1].split("```")[0]
    assert read(write(tmp_path, example), preset)["queue.redo"] == ()


def test_a_file_that_others_can_change_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, '[queue]\narchive = "x"\n')
    path.chmod(0o666)
    with pytest.raises(ConfigFileError, match="Others can change this file"):
        read(path, "normal")


@pytest.mark.parametrize("char", string.punctuation + "ñçÑáª€º¡¿·0")
def test_a_character_is_called_as_the_screen_calls_it_and_printed_as_itself(char: str) -> None:
    assert key_of(char) == _character_to_key(char)
    assert key_name(_character_to_key(char)) == char


def test_what_the_field_for_her_text_takes_is_no_key_of_the_composer() -> None:
    taken = {key for key, _binding in Paper()._bindings}
    sendable = {key for key in taken if not isinstance(key_of(key), Said)}
    assert sendable <= WRITING
    assert not {key for action in of("composer") for key in action.keys} & taken


_POOL = [key for action in of(QUEUE) if action.name != DIGITS for key in action.keys]
_NAMES = [action.name for action in of(QUEUE) if action.keys and action.name != DIGITS]


@given(pool=st.permutations(_POOL), data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_file_is_taken_no_key_does_two_things(
    pool: list[str], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every action has a key of the table, and some of them share one, or not."""
    given_keys = dict(zip(_NAMES, pool, strict=False))
    if data.draw(st.booleans()):
        given_keys[data.draw(st.sampled_from(_NAMES))] = data.draw(st.sampled_from(pool))
    lines = [f"{name} = {json.dumps(key_text(key))}" for name, key in given_keys.items()]
    path = write(tmp_path_factory.mktemp("keys"), "\n".join(["[queue]", *lines]))
    try:
        keymap = read(path, "normal")
    except ConfigFileError:
        assert len(set(given_keys.values())) < len(given_keys) or writes(given_keys["clear"])
        return
    keys = hers("normal", keymap)
    assert not list(shared(keys))
    calls = list(keys.calls(QUEUE))
    assert len({key for key, _call in calls}) == len(calls)
    assert {name: keymap[f"queue.{name}"] for name in given_keys} == {
        name: (key,) for name, key in given_keys.items()
    }


def key_text(key: str) -> str:
    """A key as she writes it."""
    name = key_name(key)
    return name if len(name) == 1 and writes(key) and key != "space" else key


def test_every_action_has_a_name_of_its_own_on_each_screen() -> None:
    for screen in SCREENS:
        names = [action.name for action in of(screen)]
        assert len(names) == len(set(names))
    assert all(action.screens for action in ACTIONS)


def test_check_looks_at_the_file_and_the_screen_opens_with_it_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Setup] = []

    def run(setup: Setup, _first: object) -> int:
        opened.append(setup)
        return 0

    monkeypatch.setattr(console, "is_terminal", lambda: True)
    monkeypatch.setattr(app, "run", run)
    write(desk.home, '[queue]\narchive = ["x", "e"]\nredo = []\n')
    told = desk.run("check")
    assert told.code == Exit.OK
    assert "without a key, only among the commands: queue.redo" in " ".join(told.out.split())
    assert desk.run().code == Exit.OK
    assert opened[0].keymap == {"queue.archive": ("x", "e"), "queue.redo": ()}
    path = write(desk.home, '[queue]\narchive = "d"\n')
    told = desk.run("check")
    assert told.code == Exit.CONFIG
    assert "archive" in told.out
    told = desk.run()
    assert told.code == Exit.CONFIG
    assert f"{path}:2:1: On the screen queue, d would do two things: done and archive" in told.err
    assert len(opened) == 1
