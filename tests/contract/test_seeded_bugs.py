"""A contract that lets a bug through is no contract: forty of them are seeded here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.contract import mutants


def test_the_contract_catches_every_seeded_bug_by_the_test_meant_for_it(
    checkout: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "tests/contract/mutants.py", "-q", "--tb=line"),
            *("-p", "no:cacheprovider", "-p", "no:xdist", f"--junitxml={report}"),
        ],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout[-5000:] + done.stderr[-5000:]

    ran: dict[str, set[str]] = {}
    failed: dict[str, set[str]] = {}
    for case in ET.parse(report).iter("testcase"):
        name = case.attrib["classname"].rpartition(".Test")[2]
        ran.setdefault(name, set()).add(case.attrib["name"])
        if case.find("failure") is not None:
            failed.setdefault(name, set()).add(case.attrib["name"].partition("[")[0])

    assert "Sound" not in failed, failed["Sound"]
    assert set(ran) == {"Sound", *mutants.MUTANTS}
    assert all(tests == ran["Sound"] for tests in ran.values())
    missed = [
        name for name, (_, test) in mutants.MUTANTS.items() if test not in failed.get(name, set())
    ]
    assert not missed
    assert len(mutants.MUTANTS) >= 45
