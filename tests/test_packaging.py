"""What we ship: whole, ours alone, and light until somebody asks for more."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOMS = ["connectors", "normalizer", "store", "triage", "tui", "trastienda"]
HEAVY = "sqlalchemy alembic httpx trello asana imapclient textual rich apscheduler keyring asyncio"


def _tracked(checkout: Path) -> list[Path]:
    """Every tracked file that is still there, or every file where this is no clone."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=checkout, check=True, capture_output=True, text=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [checkout / name for name in listed if name and (checkout / name).is_file()]


def _lines_with(pattern: str, checkout: Path) -> list[str]:
    found = []
    for path in _tracked(checkout):
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(pattern, line, re.IGNORECASE):
                found.append(f"{path.relative_to(checkout)}:{number}: {line.strip()[:120]}")
    return found


def _python(code: str, *args: str) -> str:
    return subprocess.run(
        [sys.executable, *args, "-c", code], check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_installs_a_room_of_ours(room: str) -> None:
    """Everyday names: a stranger's `store` would overwrite ours without a word."""
    assert set(packages_distributions().get(room, ["trastienda"])) == {"trastienda"}


@pytest.mark.parametrize(
    "module",
    [
        "connectors",
        "connectors.base",
        "normalizer",
        "normalizer.model",
        "store",
        "store.driver",
        "store.errors",
        "store.query",
        "store.reader",
        "store.views",
        "triage",
        "triage.rules",
        "triage.when",
        "trastienda",
        "trastienda.cli",
        "trastienda.config",
        "trastienda.plugin",
        "tui",
    ],
)
def test_importing_a_room_leaves_the_heavy_libraries_alone(module: str) -> None:
    """An import that stops being lazy shows at run time only."""
    code = f"import sys, {module}; print(*[m for m in {HEAVY!r}.split() if m in sys.modules])"
    assert _python(code).split() == []


def test_the_version_costs_no_heavy_import() -> None:
    code = (
        "import sys\n"
        "from trastienda.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print(*[m for m in {HEAVY!r}.split() if m in sys.modules])"
    )
    said, loaded = _python(code).splitlines()
    assert re.search(r"\d+\.\d+\.\d+", said)
    assert loaded.split() == []


def test_no_tracked_file_names_a_package_registry(checkout: Path) -> None:
    """Whoever builds this chooses where packages come from, and no lock may choose for them."""
    hosts = [
        r"py[p]i\.(org|io|python)",
        r"python[h]osted\.",
        r"registry\.n[p]mjs",
        r"np[m]js\.(com|org)",
        r"deb\.deb[i]an\.org",
        r"deb[i]an\.org/deb[i]an",
        r"archive\.ub[u]ntu",
        r"crates\.[i]o",
        r"prox[y]\.golang",
        r"files\.python[h]",
        r"conda\.an[a]conda",
    ]
    assert _lines_with("|".join(hosts), checkout) == []


def test_no_tracked_file_names_a_path_of_the_machine_it_was_written_on(checkout: Path) -> None:
    assert _lines_with(r"(?<![\w.])/(w[o]rk|r[o]ot)/", checkout) == []


def test_the_lock_has_a_hash_for_everything_and_an_address_for_nothing(checkout: Path) -> None:
    text = (checkout / "requirements.txt").read_text()
    assert not re.search(r"://|^\s*-|@ ", text.replace("    --hash=sha256:", ""), re.MULTILINE)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(
            r"[a-z0-9-]+==[^\s;]+( ;.*)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\\n)?)+$", entry
        )


def test_the_lock_holds_every_dependency_we_declare(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())
    groups = project["project"]["optional-dependencies"]
    declared = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    declared += [one for group in groups.values() for one in group]
    names = {_normal(re.match(r"[\w.-]+", one)) for one in declared} - {"trastienda"}
    locked = set(
        re.findall(r"^([\w.-]+)==", (checkout / "requirements.txt").read_text(), re.MULTILINE)
    )
    assert names <= locked, f"run `make lock`: {names - locked} is declared and not locked"


def _normal(name: re.Match[str] | None) -> str:
    assert name
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def test_files_stay_short_enough_to_be_read_whole(checkout: Path) -> None:
    long = {
        str(path.relative_to(checkout)): lines
        for path in _tracked(checkout)
        if path.suffix == ".py"
        and not {"tests", "versions"} & set(path.parts)  # versions: what a migration was, it stays
        and (lines := len(path.read_text().splitlines())) > 450
    }
    assert long == {}


def test_every_ignore_says_which_rule_it_ignores(checkout: Path) -> None:
    assert _lines_with(r"#\s*(type:\s*ignore|no[q]a)\s*(#|$)", checkout) == []


def test_ci_runs_what_the_makefile_says(checkout: Path) -> None:
    script = checkout / ".ci" / "run"
    assert "make test" in script.read_text()
    assert script.stat().st_mode & stat.S_IXUSR
    made = subprocess.run(
        ["make", "--dry-run", "test"], cwd=checkout, check=True, capture_output=True, text=True
    ).stdout
    for step in (
        "servers.sh",
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "pytest",
    ):
        assert step in made


@pytest.mark.parametrize("page", ["README.md", "README.es.md", "CONTRIBUTING.md"])
def test_every_command_a_page_tells_you_to_type_exists(page: str, checkout: Path) -> None:
    text = (checkout / page).read_text()
    typed = re.findall(r"(?:^|`)(?:\$ )?(make|trastienda)(?: ([a-z][a-z-]*))?", text, re.MULTILINE)
    assert typed
    targets = re.findall(r"^([a-z]+):", (checkout / "Makefile").read_text(), re.MULTILINE)
    assert {name for tool, name in typed if tool == "make" and name} <= set(targets)
    for command in sorted({name for tool, name in typed if tool == "trastienda" and name}):
        asked = [Path(sys.executable).with_name("trastienda"), command, "--help"]
        answer = subprocess.run(asked, check=False, capture_output=True, text=True)
        assert answer.returncode == 0, f"{page}: `trastienda {command}`: {answer.stderr}"


def test_every_link_and_every_test_that_a_page_names_is_there(checkout: Path) -> None:
    pages = [path for path in _tracked(checkout) if path.suffix == ".md"]
    missing = []
    for page in pages:
        text = page.read_text()
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        tests = re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", text)
        missing += [f"{page.name}: {to}" for to in links if not (page.parent / to).exists()]
        for file, name in tests:
            there = checkout / file
            if not there.exists() or (name and f"def {name}(" not in there.read_text()):
                missing.append(f"{page.name}: {file} {name}")
    assert missing == []


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release is, of tracked and new files alike."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_every_room_and_nothing_else(wheel: Path, checkout: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in held if ".dist-info/" not in name} == set(ROOMS)
    assert {f"{room}/py.typed" for room in ROOMS} <= held
    ours = {str(path.relative_to(checkout)) for path in _tracked(checkout)}
    assert {name for name in ours if name.split("/")[0] in ROOMS} <= held
    assert any(name.endswith("es/LC_MESSAGES/trastienda.mo") for name in held)
    assert any(name.endswith("licenses/LICENSE") for name in held)


def test_the_wheel_installs_and_runs_where_nothing_else_is(wheel: Path, tmp_path: Path) -> None:
    """The version needs no dependency; a room left behind would show here."""
    venv.create(tmp_path / "venv")
    scripts = tmp_path / "venv" / "bin"
    uv = Path(sys.executable).with_name("uv")
    install = [str(uv), "pip", "install", "--quiet", "--offline", "--no-deps", "--no-config"]
    subprocess.run([*install, "--python", str(scripts / "python"), str(wheel)], check=True)
    said = subprocess.run(
        [scripts / "trastienda", "--version"],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert re.search(r"\d+\.\d+\.\d+", said.stdout)
