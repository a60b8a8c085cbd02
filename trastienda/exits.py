"""How a command ends."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """The exit codes that scripts may rely on."""

    OK = 0
    FAILED = 1
    """Some channel failed."""

    USAGE = 2
    CONFIG = 3
    SIGN_IN = 4
    OFFLINE = 5
    """No channel was well, each for now only: offline, a server that is busy, a locked keyring."""

    DATABASE = 6
    INTERRUPTED = 130
