from __future__ import annotations

import logging
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canary import assert_no_canary
from trastienda import logs, redact

CANARY = "canary/77=&\"'\\ñ x"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_known", ())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder for logs, and leave logging as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    levels = {name: logging.getLogger(name).level for name in logs.CHATTY}
    yield tmp_path
    for handler in root.handlers[:]:
        if handler not in before[0]:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(before[1])
    logging.raiseExceptions = before[2]
    logging.captureWarnings(capture=False)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    "spelled", [CANARY, quote(CANARY), quote(CANARY, safe=""), repr(CANARY), f"<{CANARY}>"]
)
def test_a_secret_once_revealed_is_hidden_however_it_is_spelled(spelled: str) -> None:
    redact.register(CANARY)
    assert "canary" not in redact.redact(f"GET /x?q={spelled} HTTP")


@pytest.mark.parametrize(
    "line",
    [
        "GET https://api.example/1/boards?key=canary77&token=canary78 200",
        "Authorization: Bearer canary77",
        "Authorization: Basic Y2FuYXJ5Nzc= canary77",
        'Authorization: OAuth oauth_consumer_key="canary77", oauth_token="canary78"',
        "{'Authorization': 'Bearer canary77'}",
        '{"access_token": "canary77", "refresh_token":"canary78"}',
        "password=canary77",
        "Password: canary77",
        "login(passwd='canary77')",
        "oauth_signature=canary77",
        "client_secret: canary77",
        "x-api-key: canary77",
        "bearer canary77canary77",
        "postgresql://lola:canary77@db.example/x",
        "http://canary77:canary78@proxy.example",
    ],
)
def test_what_looks_like_a_secret_is_hidden_unseen(line: str) -> None:
    hidden = redact.redact(line.replace("http://canary77:", "http://lola:"))
    assert "canary" not in hidden
    assert redact.MASK in hidden


def test_everyday_text_stays_readable() -> None:
    line = "luz/correo: 14 new, 0 changed in 0.3 s (imap.luz.example:993, folder INBOX)"
    assert redact.redact(line) == line


def test_a_word_of_three_letters_is_not_hidden_everywhere() -> None:
    redact.register("abc")
    assert redact.redact("abcde") == "abcde"


def test_a_secret_within_a_secret_leaves_nothing_behind() -> None:
    redact.register("canary")
    redact.register("canary-and-more")
    assert redact.redact("canary-and-more") == redact.MASK


@pytest.mark.parametrize(
    "unit", ["a-", "a.", "key ", "token", "authorization ", "x:", "bearer ", "://"]
)
def test_a_long_line_costs_no_square(unit: str) -> None:
    """It would take minutes where a pattern backtracked: the suite's own time-out would say so."""
    redact.redact(unit * (200_000 // len(unit)))


@given(st.text(min_size=4), st.text(), st.text())
def test_no_registered_value_survives(value: str, before: str, after: str) -> None:
    redact._known = ()
    redact.register(value)
    if value not in redact.MASK * 2 and value not in before + redact.MASK + after:
        assert value not in redact.redact(before + value + after)


def test_a_log_is_private_and_holds_no_secret(folder: Path) -> None:
    redact.register("canary-1a2b")
    logs.log_to(folder, "engine", debug=True)
    log = logging.getLogger("trastienda.test")
    log.info("signing in with %s", "canary-1a2b")
    log.debug("GET /x?token=%s", "canary-3c4d")
    try:
        int("canary-1a2b at https://x/?key=canary-3c4d")
    except ValueError:
        log.exception("it broke", stack_info=True)
    log.info("%d", "not a number")
    logging.getLogger("httpx").info("GET https://x/canary-path")
    logging.getLogger("urllib3.connectionpool").debug("canary-path")
    text = (folder / "engine.log").read_text("utf-8")
    assert "signing in with •••" in text
    assert "ValueError: invalid literal" in text
    assert "••• at https" in text
    assert_no_canary(folder, "canary-1a2b", "canary-3c4d", "canary-path")
    assert stat.S_IMODE((folder / "engine.log").stat().st_mode) == 0o600


def test_no_log_line_can_be_forged_or_reach_the_terminal(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.log_to(folder, "screen")
    logging.getLogger("x").warning("subject: %s", "a\nb\x1b]0;PWN\x07\x9b31m\u2028c")
    (line, *_) = (folder / "screen.log").read_text("utf-8").splitlines()
    assert line.endswith(r"x subject: a\x0ab\x1b]0;PWN\x07\x9b31m\u2028c")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING x ", line)
    assert capfd.readouterr() == ("", "")


def test_half_a_character_does_not_lose_its_line() -> None:
    record = logging.makeLogRecord({"msg": "half \ud800", "exc_text": "Error: \udcff"})
    assert logs.Redactor().filter(record)
    assert (record.msg, record.exc_text) == (r"half \ud800", r"Error: \udcff")


def test_logging_anew_goes_to_the_new_file_only(folder: Path) -> None:
    logs.log_to(folder, "a")
    logs.log_to(folder, "b")
    logging.getLogger("x").info("hello")
    assert (folder / "a.log").read_text("utf-8") == ""
    assert "hello" in (folder / "b.log").read_text("utf-8")


def test_a_log_does_not_grow_for_ever(folder: Path) -> None:
    logs.log_to(folder, "engine")
    for _ in range(30):
        logging.getLogger("x").info("x" * 100_000)
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["engine.log", "engine.log.1"]
    assert all(file.stat().st_size < 1_100_000 for file in files)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_the_canary_helper_finds_what_it_looks_for(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "x.db").write_bytes(b"\x00canary\x00")
    assert_no_canary(tmp_path, "another")
    with pytest.raises(AssertionError, match=r"x\.db"):
        assert_no_canary(tmp_path, "canary")


def test_of_a_text_that_is_too_long_both_ends_are_kept_and_no_half_of_a_secret() -> None:
    redact.register(CANARY)
    text = "a" * 490 + CANARY + "b" * 5000 + "\n" + CANARY + "c" * 485
    kept = redact.redact(text, 1000)
    assert kept.startswith("a" * 490 + redact.MASK + "b")
    assert kept.endswith("\n" + redact.MASK + "c" * 485)
    assert "canary" not in kept
    assert len(kept) <= 1010
