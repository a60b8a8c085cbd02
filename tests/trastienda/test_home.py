from __future__ import annotations

import stat
from pathlib import Path

import pytest

from trastienda import home
from trastienda.home import Home, HomeError


def test_one_folder_holds_everything(tmp_path: Path) -> None:
    found = home.find(tmp_path / "home", {"TRASTIENDA_HOME": "/elsewhere"})
    assert found == Home.at(tmp_path / "home")
    assert found.config == tmp_path / "home" / "config.toml"
    assert all(folder.is_relative_to(tmp_path / "home") for folder in found.folders)


def test_the_variable_chooses_where_no_option_does(tmp_path: Path) -> None:
    assert home.find(None, {"TRASTIENDA_HOME": str(tmp_path)}) == Home.at(tmp_path)
    assert home.find(None, {"TRASTIENDA_HOME": ""}) == Home.of_platform()


def test_the_platform_has_a_folder_for_each_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", f"/x/{name.lower()}")
    found = home.find(None, {})
    assert found.config == Path("/x/config/trastienda/config.toml")
    assert found.database == Path("/x/data/trastienda/trastienda.db")
    assert found.cache == Path("/x/cache/trastienda")


def test_what_is_made_is_for_its_owner_only(tmp_path: Path) -> None:
    made = home.find(tmp_path / "a" / "b")
    made.create()
    made.create()
    for folder in (*made.folders, tmp_path / "a"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "shared").chmod(0o755)
    home.find(tmp_path / "shared").create()
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match=r"file.*--home"):
        home.find(tmp_path / "file" / "home").create()
