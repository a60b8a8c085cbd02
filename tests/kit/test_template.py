"""The template is a connector that works, whatever the answers, and the page that explains it
shows what is really in it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.kit.packages import BIN, passes, render, run
from trastienda import plugin


@pytest.mark.timeout(400)  # hundreds of tests of its own
def test_what_is_rendered_passes_its_own_tests(rendered: Path) -> None:
    passes(rendered)


@pytest.mark.parametrize(
    ("code", "seeded", "caught_by"),
    [
        ('listed(heard["changes"])', 'heard.get("changes") or []', "without_one_of_its_parts"),
        ("listed(heard[one])", "heard.get(one) or []", "without_one_of_its_parts"),
        ('"key": str(action.id)', '"key": str(id(self))', "made_once and closes"),
        ("self._config.token,", "Secret(self._config.base_url),", "made_once and closes"),
    ],
)
def test_the_faults_catch_a_bug_that_is_seeded_into_it(
    rendered: Path, tmp_path: Path, code: str, seeded: str, caught_by: str
) -> None:
    folder = tmp_path / "seeded"
    shutil.copytree(rendered, folder)
    connector = folder / "trastienda_notes" / "connector.py"
    text = connector.read_text("utf-8")
    assert text.count(code) == 1
    connector.write_text(text.replace(code, seeded), "utf-8")
    done = subprocess.run(
        [BIN / "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", caught_by,
         "tests/test_faults.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout


def test_it_is_written_for_this_version_of_what_it_builds_on(rendered: Path) -> None:
    text = (rendered / "trastienda_notes" / "connector.py").read_text("utf-8")
    assert f"    api: ClassVar[int] = {plugin.API}\n" in text


def test_a_tool_of_two_words_is_rendered_too(checkout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    render(checkout, folder, tool="Mi Lista", author='Ana "la de web"')
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == "trastienda-mi-lista"
    assert project["authors"] == [{"name": 'Ana "la de web"'}]
    assert project["entry-points"]["trastienda.connectors"] == {
        "mi-lista": "trastienda_mi_lista:MiListaConnector"
    }
    run(folder, "python", "-c", "from trastienda_mi_lista import MiListaConfig, MiListaConnector")
    text = "".join(file.read_text("utf-8") for file in folder.rglob("*") if file.is_file())
    assert not re.search(r"\{\{|\{%|[Nn]otes", text)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"tool": "3D Niño"}, "d-nino"),
        ({"tool": "¿…?"}, "my-tool"),
        ({"tool": 'Café & Co "X"', "author": 'Núñez "el\\x" 🎉'}, "cafe-co-x"),
        ({"tool": "Ana's C:\\new {{ 7*7 }}", "kind": "a"}, "a"),
        ({"tool": '"""' * 13, "kind": "any", "base_url": "https://x.example/" + "v" * 50}, "any"),
        ({"tool": "W" * 40, "kind": "class-of-24-letters-this"}, "class-of-24-letters-this"),
    ],
)
def test_what_people_really_answer_is_rendered_as_files_that_are_fit(
    checkout: Path, tmp_path: Path, answers: dict[str, str], kind: str
) -> None:
    folder = tmp_path / "made"
    render(checkout, folder, **answers)
    run(folder, "ruff", "check", "--no-cache", ".")
    run(folder, "ruff", "format", "--no-cache", "--check", ".")
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == f"trastienda-{kind}"
    assert project["description"] == f"{answers['tool']} in Trastienda"
    assert project["authors"] == [{"name": answers.get("author", "Somebody")}]
    (value,) = project["entry-points"]["trastienda.connectors"].values()
    module, _, name = value.partition(":")
    run(folder, "python", "-c", f"from {module} import {name}; assert {name}.kind == {kind!r}")


@pytest.mark.parametrize(
    "answer",
    [
        "kind=Ñandú", 'kind=a"b', "kind=a-", "kind=a--b", "kind=a\n", "kind=9a", "kind=http",
        f"kind={'a' * 25}", "tool=", "tool= ", "tool=Lista\nde dos", f"tool={'a' * 41}",
        "author=Ana\n]", 'base_url=https://x/"y"', "base_url=ftp://x",
    ],
)  # fmt: skip
def test_an_answer_that_no_file_could_hold_is_refused(
    checkout: Path, tmp_path: Path, answer: str
) -> None:
    done = subprocess.run(
        [BIN / "copier", "copy", "--defaults", "--quiet", "--data", answer,
         "templates/connector", tmp_path / "made"],
        cwd=checkout, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert not list((tmp_path / "made").glob("**/*.py"))


def test_every_piece_of_code_on_the_page_is_in_the_template(rendered: Path, checkout: Path) -> None:
    page = (checkout / "docs" / "connectors.md").read_text("utf-8")
    shown = re.findall(r"<!-- (\S+) -->\n```python\n(.*?)```", page, re.DOTALL)
    assert len(shown) == page.count("```python") >= 8
    for name, code in shown:
        assert code in (rendered / name).read_text("utf-8"), f"{name} has no\n{code}"
    entry = re.search(r"```toml\n(\[project\.entry-points.*?)```", page, re.DOTALL)
    assert entry
    assert entry[1] in (rendered / "pyproject.toml").read_text("utf-8")
    files = re.findall(r"^\| `(\S+\.\S+?)`", page, re.MULTILINE)
    assert files
    assert all((rendered / name).is_file() for name in files)
