"""Run every benchmark, or those that are named: what docs/benchmarks.md holds."""

from __future__ import annotations

import subprocess
import sys

SCRIPTS = (
    "version", "idle_poll", "first_pull", "open_screen", "tui", "boards", "limits_hour", "whatsapp",
    "wrong_client",
)  # fmt: skip


def main() -> int:
    failed = 0
    wanted = sys.argv[1:] or SCRIPTS
    if unknown := [name for name in wanted if name not in SCRIPTS]:
        print(f"no benchmark is called {', '.join(unknown)}; there are: {', '.join(SCRIPTS)}")
        return 2
    for script in wanted:
        print(f"\n## {script}\n", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{script}"], check=False)
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
