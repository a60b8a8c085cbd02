from __future__ import annotations

import gettext
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from trastienda import i18n


@pytest.mark.parametrize(
    ("configured", "environ", "language"),
    [
        ("en", {"LANGUAGE": "es"}, "en"),
        ("es", {"LANG": "en_GB.UTF-8"}, "es"),
        (None, {}, "es"),
        (None, {"LANG": "en_GB.UTF-8"}, "en"),
        (None, {"LANG": "en_GB.UTF-8", "LC_ALL": "es_CO.UTF-8"}, "es"),
        (None, {"LANG": "es_ES.UTF-8", "LANGUAGE": "fr:en"}, "en"),
        (None, {"LANG": "C.UTF-8"}, "es"),
        (None, {"LANG": "POSIX"}, "es"),
        (None, {"LANG": "de_DE"}, "es"),
        (None, {"LANG": "en-US"}, "en"),
        ("", {"LC_MESSAGES": "en"}, "en"),
        ("fr", {"LANG": "en"}, "en"),
    ],
)
def test_the_language_is_the_configured_one_then_the_systems_then_spanish(
    configured: str | None, environ: dict[str, str], language: str
) -> None:
    assert i18n.choose(configured, environ) == language


def catalogue(folder: Path, spanish: str) -> Path:
    source = folder / "locale" / "es" / "LC_MESSAGES" / "trastienda.po"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        f'msgid "Nothing here."\nmsgstr "{spanish}"\n',
        "utf-8",
    )
    return source


@pytest.fixture
def checkout_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one message, in the place of the real one."""
    (tmp_path / "trastienda").mkdir()
    monkeypatch.setattr(i18n, "__file__", str(tmp_path / "trastienda" / "i18n.py"))
    return tmp_path


def test_a_checkout_speaks_what_its_catalogue_says_now(checkout_of_ours: Path) -> None:
    source = catalogue(checkout_of_ours, "Aquí no hay nada.")
    i18n.use("es")
    assert gettext.gettext("Nothing here.") == "Aquí no hay nada."
    i18n.use("en")
    assert gettext.gettext("Nothing here.") == "Nothing here."

    compiled = source.with_suffix(".mo")
    before = compiled.read_bytes()
    i18n.use("es")
    assert compiled.read_bytes() == before
    catalogue(checkout_of_ours, "Nada por aquí.")
    later = compiled.stat().st_mtime_ns + 1_000_000_000
    os.utime(source, ns=(later, later))
    i18n.catalogues()
    assert "Nada por aquí.".encode() in compiled.read_bytes()
    assert [file.name for file in sorted(compiled.parent.iterdir())] == [
        "trastienda.mo",
        "trastienda.po",
    ]


def test_a_text_is_looked_for_once_until_the_language_changes(
    checkout_of_ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue(checkout_of_ours, "Aquí no hay nada.")
    looked: list[object] = []
    find = gettext.find

    def counted(*args: Any, **more: Any) -> Any:
        looked.append(args)
        return find(*args, **more)

    monkeypatch.setattr(gettext, "find", counted)
    for language, text in (("es", "Aquí no hay nada."), ("en", "Nothing here.")):
        i18n.use(language)
        looked.clear()
        for _ in range(100):
            assert gettext.gettext("Nothing here.") == text
            assert gettext.ngettext("{n} row", "{n} rows", 2) == "{n} rows"
        assert len(looked) == 2


def test_without_a_compiler_it_speaks_english(
    checkout_of_ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue(checkout_of_ours, "Aquí no hay nada.")
    monkeypatch.setitem(sys.modules, "babel.messages", None)
    i18n.use("es")
    assert gettext.gettext("Nothing here.") == "Nothing here."


def test_where_nothing_can_be_written_it_speaks_english(checkout_of_ours: Path) -> None:
    source = catalogue(checkout_of_ours, "Aquí no hay nada.")
    source.with_suffix(f".{os.getpid()}.mo").mkdir()
    i18n.use("es")
    assert gettext.gettext("Nothing here.") == "Nothing here."


def test_an_installed_wheel_speaks_spanish(checkout: Path, tmp_path: Path) -> None:
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    name = subprocess.check_output(
        [sys.executable, "-c", build, str(tmp_path)], cwd=checkout, text=True
    ).split()[-1]
    with zipfile.ZipFile(tmp_path / name) as wheel:
        names = wheel.namelist()
        assert not [one for one in names if one.startswith(("tests/", "locale/", "benchmarks/"))]
        assert "trastienda/locale/es/LC_MESSAGES/trastienda.mo" in names
        wheel.extractall(tmp_path / "site")
    code = (
        "from trastienda import i18n; import gettext; i18n.use('es');"
        "print(gettext.gettext('usage: ')); print(i18n.__file__)"
    )
    said, where = subprocess.check_output(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        text=True,
    ).splitlines()
    assert where.startswith(str(tmp_path))
    assert said == gettext.translation("trastienda", checkout / "locale", languages=["es"]).gettext(
        "usage: "
    )
