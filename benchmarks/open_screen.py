"""Opening the screen on a big mailbox, fetched from a server, beside neomutt.

Ours opens its database; neomutt opens the same mail as a Maildir with a warm header cache that it
need not verify, its fastest way. Rounds alternate. "Shown" is when a row of data, not a frame or
a logo, has been written to the terminal of 160 by 45. The engine starts meanwhile.

    python -m benchmarks.open_screen [MAILS]
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence

from benchmarks import queues
from benchmarks.mailbox import OURS, Bench, bench
from benchmarks.terminal import Program, Terminal, terminal
from benchmarks.timing import machine, table

SUBJECT = "Encargo"
SHOWN = SUBJECT.encode()
TAKEN_OVER = b"\x1b[?1004h"
"""Textual asks for focus events as it starts; what is drawn before that is drawn without it."""

ROUNDS = 9


def main(mails: int) -> None:
    print(f"Opening {mails} conversations. {machine()}\n")
    with bench(mails, make=_short) as box:
        box.sync()
        ours = Program("trastienda", [OURS, "--home", box.home], box.env)
        theirs = _neomutt(box)
        _open(theirs)  # fills its header cache
        _open(ours)
        print(_opening([theirs, ours]))


def _short(seed: int) -> bytes:
    """Make a small mail that is a conversation of its own."""
    who = seed % 500
    head = (
        f"From: Persona {who} <p{who}@cliente.example>\r\nTo: ana@test.local\r\n"
        f"Message-ID: <{seed}@cliente.example>\r\nDate: Mon, 05 Jan 2026 10:00:00 +0000\r\n"
        f"Subject: {SUBJECT} {seed:07}\r\n\r\n"
    )
    return (head + f"Hola, te paso lo del encargo {seed}. Un saludo.\r\n").encode()


def _neomutt(box: Bench) -> Program:
    settings = box.root / "neomuttrc"
    settings.write_text(
        queues.NEOMUTT.format(maildir=box.server.maildir("ana"), cache=box.root / "header-cache")
    )
    return Program("neomutt", ["neomutt", "-n", "-R", "-F", settings], box.env)


def _open(program: Program) -> tuple[float, float | None, float]:
    """Give the ms till the first row, till Textual drew it too, and the peak MiB."""
    with terminal(program.command, program.env) as screen:
        shown = screen.until(SHOWN, seconds=300)
        drawn = None
        if program.name == "trastienda":
            screen.until(TAKEN_OVER)
            drawn = screen.until(SHOWN, after=screen.seen.find(TAKEN_OVER)) * 1e3
        screen.settle()
        peak = screen.peak()
        _quit(screen)
    return shown * 1e3, drawn, peak


def _quit(screen: Terminal) -> None:
    screen.key(b"q", quiet=0.2)


def _opening(programs: Sequence[Program]) -> str:
    seen: dict[str, list[tuple[float, float | None, float]]] = {p.name: [] for p in programs}
    for _ in range(ROUNDS):
        for program in programs:
            seen[program.name].append(_open(program))
    rows: list[list[object]] = []
    best: dict[str, float] = {}
    for name, rounds in seen.items():
        peak = max(peak for *_, peak in rounds)
        shown = [shown for shown, *_ in rounds]
        best[name] = statistics.median(shown)
        rows.append([f"{name}: first row shown", min(shown), best[name], peak])
        drawn = [drawn for _, drawn, _ in rounds if drawn is not None]
        if drawn:
            rows.append([f"{name}: keys work", min(drawn), statistics.median(drawn), peak])
    ratio = best["trastienda"] / best["neomutt"]
    rows.append(["ratio of the first rows", "", ratio, ""])
    return table(["what", "best ms", "median ms", "peak MiB"], rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
