"""The faults that ship with the connector kit, by the name they have here."""

from connectors.testing_faults import (
    BODIES,
    FAULTS,
    NETWORK,
    PORTAL,
    STATUSES,
    Fault,
    close,
    edited,
    gzip_bomb,
    hang,
    instead,
    raw,
    reset,
    status,
)

__all__ = [
    "BODIES",
    "FAULTS",
    "NETWORK",
    "PORTAL",
    "STATUSES",
    "Fault",
    "close",
    "edited",
    "gzip_bomb",
    "hang",
    "instead",
    "raw",
    "reset",
    "status",
]
