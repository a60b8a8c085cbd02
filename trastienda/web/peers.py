"""Who is at the other end of a connection within this computer."""

from __future__ import annotations

import os
from ipaddress import IPv4Address
from pathlib import Path

TABLE = Path("/proc/net/tcp")
"""Linux; elsewhere nobody says."""

ROOT = 0


def is_stranger(peer: tuple[str, int] | None, ours: tuple[str, int] | None) -> bool:
    """Tell whether it is known to be another account than the one we run as.

    The link is an argument of the browser that we open, and every account of a computer sees those:
    another one must not be quicker than she is.
    """
    if peer is None or ours is None:
        return False
    ends = [_spelled(*peer), _spelled(*ours)]
    try:
        lines = TABLE.read_text("ascii").splitlines()
    except OSError:
        return False
    for line in lines:
        fields = line.split()
        if fields[1:3] == ends:
            return int(fields[7]) not in {ROOT, os.getuid()}
    return False


def _spelled(address: str, port: int) -> str:
    """An end as the kernel writes it: the bytes of the address in its own order."""
    number = int.from_bytes(IPv4Address(address).packed, "little")
    return f"{number:08X}:{port:04X}"
