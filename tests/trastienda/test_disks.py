"""Where a database is not safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from trastienda.disks import network, synced

MOUNTS = r"""/dev/sda1 / ext4 rw 0 0
proc /proc proc rw 0 0
nas:/lola /srv/nas nfs4 rw 0 0
/dev/sdb1 /srv/nas/local ext4 rw 0 0
//nas/mi\040casa /home/lola/mi\040casa cifs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/lola/.local/share/trastienda", ""),
        ("/srv/nas/trastienda", "nfs4"),
        ("/srv/nasty", ""),
        ("/srv/nas/local/trastienda", ""),
        ("/home/lola/mi casa/datos", "cifs"),
    ],
)
def test_a_folder_on_a_network_is_known_by_what_is_mounted(
    tmp_path: Path, folder: str, kind: str
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert network(Path(folder), mounts) == kind


def test_where_the_system_does_not_tell_nothing_is_said(tmp_path: Path) -> None:
    assert network(tmp_path, tmp_path / "nothing") == ""


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/home/lola/Dropbox/trastienda", "Dropbox"),
        ("/home/lola/OneDrive - ACME/datos", "OneDrive - ACME"),
        ("/Users/lola/Library/Mobile Documents/x", "Mobile Documents"),
        ("/Users/lola/Library/CloudStorage/GoogleDrive-lola/x", "GoogleDrive-lola"),
        ("/home/lola/.local/share/trastienda", ""),
        ("/home/lola/dropboxes/x", ""),
    ],
)
def test_a_folder_that_is_copied_to_a_cloud_is_known_by_its_name(folder: str, name: str) -> None:
    assert synced(Path(folder)) == name
