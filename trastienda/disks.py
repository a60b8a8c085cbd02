"""Folders in which a SQLite database is not safe: on a network, or copied behind its back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

NETWORK: Final = frozenset({
    "9p", "afpfs", "afs", "ceph", "cifs", "davfs", "fuse.davfs2", "fuse.glusterfs",
    "fuse.gvfsd-fuse", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "lustre", "ncpfs",
    "nfs", "nfs4", "smb2", "smb3", "smbfs", "webdav",
})  # fmt: skip
"""Types of /proc/mounts whose files lie on another computer. SQLite's write-ahead log needs
memory shared between processes, which they do not have (sqlite.org/wal.html)."""

SYNCED: Final = (
    "dropbox", "onedrive", "google drive", "googledrive", "my drive", "mi unidad", "icloud drive",
    "mobile documents", "cloudstorage", "nextcloud", "owncloud", "syncthing", "megasync", "pcloud",
)  # fmt: skip
"""What the folders of programs that copy files to a cloud are called."""

MOUNTS: Final = Path("/proc/mounts")
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


def network(folder: Path, mounts: Path = MOUNTS) -> str:
    """Name the network file system that `folder` lies on; "" where it is a disk of this computer,
    or where the system does not tell.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    folder = folder.resolve()
    kind, depth = "", -1
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[1]))
        # The last of two mounts on one place hides the first.
        if folder.is_relative_to(place) and len(place.parts) >= depth:
            kind, depth = fields[2], len(place.parts)
    return kind if kind in NETWORK else ""


def synced(folder: Path) -> str:
    """Name the folder above `folder` that a program copies to a cloud; "" where there is none."""
    for part in reversed(folder.resolve().parts):
        name = part.casefold()
        if any(name == known or name.startswith((f"{known} ", f"{known}-")) for known in SYNCED):
            return part
    return ""
