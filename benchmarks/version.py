"""What `trastienda --version` imports: modules and processor time, beside a bare interpreter.

python -m benchmarks.version
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.timing import cost, machine, table

ASK = "import sys; from trastienda.cli import main; main(['--version'])"
LIST = "import sys; print(*sorted(sys.modules))"


def main() -> None:
    print(f"The cost of --version. {machine()}\n")
    bare = _modules(LIST)
    code = f"import sys\ntry:\n exec({ASK!r})\nexcept SystemExit: pass\n{LIST}"
    ours = _modules(code)
    runs = [
        ("python -c pass", [sys.executable, "-c", "pass"], len(bare)),
        ("trastienda --version", [sys.executable, "-c", ASK], len(ours)),
    ]
    rows = []
    for name, command, modules in runs:
        costs = [cost(command) for _ in range(9)]
        rows.append([name, modules, min(c.cpu for c in costs) * 1e3, min(c.peak for c in costs)])
    print(table(["command", "modules", "CPU ms, best of 9", "peak MiB"], rows))
    rooms = ("trastienda", "tui", "triage", "connectors", "store", "normalizer")
    print("\nOf our own:", *[name for name in sorted(ours) if name.split(".")[0] in rooms])
    print("Others beyond a bare interpreter:", *sorted(name for name in ours - bare
          if name.split(".")[0] not in rooms))  # fmt: skip


def _modules(code: str) -> set[str]:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


if __name__ == "__main__":
    main()
