"""Look for secrets where none may be: logs, database, backups, exports."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote


def assert_no_canary(home: Path, *canaries: str) -> None:
    """Assert that no file below `home` holds a canary, plain, URL-quoted or in base64.

    The config and the files that are a secret themselves (*.secret) are left out.
    """
    for file in sorted(home.rglob("*")):
        if not file.is_file() or file.name == "config.toml" or file.suffix == ".secret":
            continue
        data = file.read_bytes()
        for canary in canaries:
            plain = canary.encode()
            for spelled in (plain, quote(canary, safe="").encode(), base64.b64encode(plain)):
                assert spelled not in data, f"{file} holds the secret {canary}"
