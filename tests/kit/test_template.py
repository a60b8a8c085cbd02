"""The template is a connector that works, whatever the answers, and the page that explains it
shows what is really in it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from connectors.discovery import GROUP
from tests.kit.packages import BIN, PLUGINS, QUICKLY, passes, render, run
from trastienda import plugin

ANSWERS = {
    "mi-lista": {"tool": "Mi Lista", "author": 'Ana "la de web"'},
    "d-nino": {"tool": "3D Niño"},
    "my-tool": {"tool": "¿…?"},
    "cafe-co-x": {"tool": 'Café & Co "X"', "author": 'Núñez "el\\x" 🎉'},
    "a": {"tool": "Ana's C:\\new {{ 7*7 }}", "kind": "a"},
    "any": {"tool": '"""' * 13, "kind": "any", "base_url": "https://x.example/" + "v" * 50},
    "class-of-24-letters-this": {"tool": "W" * 40, "kind": "class-of-24-letters-this"},
}

OURS = [one.name for one in entry_points(group=GROUP) if one.dist and one.dist.name == "trastienda"]

URLS = (
    'https://x/"y"', "ftp://x", "https://", "https://x y/", "https://x/\n", "https://x/ñ",
    "http://api.example/v1", "http://localhost.example/v1", "http://127.0.0.256/", "https://x/?a=1",
    "https://x/#f", "https://ana:pw@x/", "https://ana@x/", "https://x:0/", "https://x:65536/",
    "https://x/" + "v" * 59,
)  # fmt: skip


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
        [BIN / "pytest", *PLUGINS, "-q", "-x", "-k", caught_by, "tests/test_faults.py"],
        cwd=folder, env=os.environ | QUICKLY, capture_output=True, text=True, check=False,
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
    text = "".join(file.read_text("utf-8") for file in folder.rglob("*") if file.is_file())
    assert not re.search(r"\{\{|\{%|[Nn]otes", text)


def test_what_people_really_answer_is_rendered_as_files_that_are_fit(
    checkout: Path, tmp_path: Path
) -> None:
    look = ["import sys"]
    for kind, answers in ANSWERS.items():
        folder = tmp_path / kind
        render(checkout, folder, **answers)
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        assert project["name"] == f"trastienda-{kind}"
        assert project["description"] == f"{answers['tool']} in Trastienda"
        assert project["authors"] == [{"name": answers.get("author", "Somebody")}]
        (value,) = project["entry-points"]["trastienda.connectors"].values()
        module, _, name = value.partition(":")
        look.append(f"sys.path.append({str(folder)!r})")
        look.append(f"from {module} import {name}; assert {name}.kind == {kind!r}")
    run(tmp_path, "ruff", "check", "--no-cache", ".")
    run(tmp_path, "ruff", "format", "--no-cache", "--check", ".")
    run(tmp_path, "python", "-c", "\n".join(look))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        *(("kind", kind) for kind in ("Ñandú", 'a"b', "a-", "a--b", "a\n", "9a", "http", "a" * 25)),
        *(("kind", kind) for kind in OURS),
        *(("tool", tool) for tool in ("", " ", "Lista\nde dos", "a" * 41)),
        ("author", "Ana\n]"),
        *(("base_url", url) for url in URLS),
    ],
)
def test_an_answer_that_could_not_work_is_refused(
    checkout: Path, tmp_path: Path, question: str, answer: str
) -> None:
    with pytest.raises(ValueError, match=f"Validation error for question '{question}'"):
        render(checkout, tmp_path / "made", **{question: answer})
    assert not list((tmp_path / "made").glob("**/*.py"))


@pytest.mark.parametrize(
    "url", ["http://localhost:8080/v1", "http://127.0.0.1/", "https://[::1]:65499/a@b;c=1,2~"]
)
def test_an_address_that_the_settings_take_is_one_for_the_template_too(
    checkout: Path, tmp_path: Path, url: str
) -> None:
    render(checkout, tmp_path / "made", base_url=plugin.HttpConfig(base_url=url).base_url)
    assert f"base_url: {url}\n" in (tmp_path / "made" / ".copier-answers.yml").read_text("utf-8")


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
