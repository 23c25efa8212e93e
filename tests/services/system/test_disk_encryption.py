"""Whether a disk is encrypted, on machines that are laid out here as Linux shows them."""

import os
from pathlib import Path

import pytest

from tracker.services.system import disk_encryption

LUKS, LVM = "CRYPT-LUKS2-0f3c-home", "LVM-Sn8a-root"


DISK = os.makedev(8, 1)


def lay_out(folder: Path, top: str, devices: dict[str, dict[str, object]]) -> Path:
    """Lay out blocks, each over others, with the disk of a path on top."""
    for name, how in devices.items():
        place = folder / "devices" / name
        (place / "slaves").mkdir(parents=True)
        if uuid := how.get("uuid"):
            (place / "dm").mkdir()
            (place / "dm" / "uuid").write_text(f"{uuid}\n")
        for one in how.get("over", ()):
            (place / "slaves" / one).symlink_to(folder / "devices" / one)
    (folder / "block").mkdir()
    (folder / "block" / "8:1").symlink_to(folder / "devices" / top)
    return folder / "block"


@pytest.mark.parametrize(
    ("devices", "top", "expected"),
    [
        ({"sda1": {}}, "sda1", False),
        ({"sda1": {}, "dm-0": {"uuid": LUKS, "over": ("sda1",)}}, "dm-0", True),
        (
            {"sda1": {}, "dm-0": {"uuid": LUKS, "over": ("sda1",)},
             "dm-1": {"uuid": LVM, "over": ("dm-0",)}}, "dm-1", True,
        ),
        (
            {"sda1": {}, "sdb1": {}, "dm-0": {"uuid": LUKS, "over": ("sda1",)},
             "md0": {"over": ("dm-0", "sdb1")}}, "md0", False,
        ),
    ],
)  # fmt: skip
def test_a_disk_is_encrypted_where_all_that_it_lies_on_is(tmp_path, devices, top, expected):
    blocks = lay_out(tmp_path, top, devices)
    assert disk_encryption.is_encrypted(tmp_path, device=DISK, blocks=blocks) is expected


def test_what_cannot_be_seen_is_not_guessed(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"tmpfs / tmpfs rw 0 0\noverlay {tmp_path} overlay rw 0 0\n")
    found = disk_encryption.is_encrypted(
        tmp_path, device=os.makedev(0, 40), blocks=tmp_path / "none", mounts=mounts
    )
    assert found is None
