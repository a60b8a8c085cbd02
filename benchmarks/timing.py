"""Run a command and say what it cost: wall clock, processor time, peak memory."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one command cost, its own children included."""

    wall: float
    """Seconds."""

    cpu: float
    """Seconds of processor time, user and system."""

    peak: float
    """MiB of resident memory of the largest process; about 10 is the least that can be told."""

    output: str = ""


def cost(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    accept: Iterable[int] = (0,),
) -> Cost:
    """Run `command` to its end. Raises RuntimeError where its exit code is not in `accept`."""
    if hasattr(os, "sync"):
        os.sync()  # what the one before left to be written, it pays for itself
    launcher = [sys.executable, "-I", "-S", str(LAUNCH), *map(str, command)]
    done = subprocess.run(
        launcher,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    *_, last = done.stderr.splitlines()
    said = json.loads(last)
    if said["code"] not in accept:
        tail = (done.stdout + done.stderr).decode(errors="replace")[-3000:]
        raise RuntimeError(f"{command[0]} ended with {said['code']}:\n{tail}")
    return Cost(said["wall"], said["cpu"], said["peak"], done.stdout.decode(errors="replace"))


def median(costs: Sequence[Cost]) -> Cost:
    """Give the median of each figure."""
    return Cost(*(statistics.median(getattr(c, n) for c in costs) for n in ("wall", "cpu", "peak")))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a Markdown table; numbers to the right, floats with two figures."""
    text = [[f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in r] for r in rows]
    widths = [max(len(line[at]) for line in [list(head), *text]) for at in range(len(head))]
    rule = ["-" * (width - 1) + (":" if at else "-") for at, width in enumerate(widths)]
    lines = [list(head), rule, *text]
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )


def machine() -> str:
    """Name where and when this was measured."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    today = dt.datetime.now(dt.UTC).date()
    load = os.getloadavg()[0]
    return (
        f"{today}, {os.cpu_count()} × {model}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {load:.1f} at the start"
    )
