"""What is encrypted is opened by its key alone, and only if it is whole and as it was."""

import base64
import io
import subprocess
import sys

import pytest

from tests.rules.checkout import ROOT
from tracker.services.backups import key as backup_key
from tracker.services.backups.encryption import CHUNK_BYTES, DecryptingReader, EncryptingWriter
from tracker.services.backups.errors import BackupError, DamagedError
from tracker.services.backups.key import BackupKey

KEY = BackupKey(bytes(range(32)))
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]


def encrypt(content, key=KEY):
    target = io.BytesIO()
    writer = EncryptingWriter(target, key.public)
    for at in range(0, len(content), 50_000):
        writer.write(content[at : at + 50_000])
    writer.finish()
    return target.getvalue(), writer.file_key


def decrypt(sealed, key=KEY, **more):
    keys = more or {"private": key.private}
    return io.BufferedReader(DecryptingReader(io.BytesIO(sealed), **keys)).read()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_encrypted_is_opened_by_its_key_and_by_the_key_of_the_file(size):
    content = bytes(n * 7 % 251 for n in range(size))
    sealed, file_key = encrypt(content)
    assert decrypt(sealed) == content
    assert decrypt(sealed, file_key=file_key) == content
    assert content[:16] not in sealed or size < 16


def test_no_two_are_alike():
    assert encrypt(b"the same")[0] != encrypt(b"the same")[0]


def test_another_key_opens_nothing():
    with pytest.raises(BackupError, match="This key does not open this backup"):
        decrypt(encrypt(b"something")[0], backup_key.make())


@pytest.mark.parametrize("size", SIZES)
def test_whatever_is_cut_off_is_noticed(size):
    sealed, _ = encrypt(b"x" * size)
    header = len(sealed) - size - 16 * max(1, -(-size // CHUNK_BYTES))
    full = CHUNK_BYTES + 16
    cuts = {1, 16, 17, len(sealed) - header, *range(full, len(sealed) - header, full)}
    for cut in cuts:
        with pytest.raises(DamagedError):
            decrypt(sealed[: len(sealed) - cut])


def test_whatever_is_added_is_noticed():
    sealed, _ = encrypt(b"x" * (CHUNK_BYTES + 5))
    for more in (b"\0", sealed, b"x" * CHUNK_BYTES):
        with pytest.raises(DamagedError):
            decrypt(sealed + more)


def test_each_bit_that_is_changed_is_noticed():
    sealed, _ = encrypt(b"a short secret")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(BackupError):
            decrypt(bytes(changed))


def test_chunks_that_change_places_are_noticed():
    sealed, _ = encrypt(b"a" * CHUNK_BYTES + b"b" * CHUNK_BYTES + b"c")
    full = CHUNK_BYTES + 16
    start = len(sealed) - 2 * full - 17
    swapped = (
        sealed[:start] + sealed[start + full : start + 2 * full]
        + sealed[start : start + full] + sealed[start + 2 * full :]
    )  # fmt: skip
    assert len(swapped) == len(sealed)
    with pytest.raises(DamagedError):
        decrypt(swapped)


@pytest.mark.parametrize("content", [b"", b"not a backup", b"\0" * 5000, b"PK\3\4" + b"x" * 9000])
def test_another_file_is_told_from_a_backup(content):
    with pytest.raises(BackupError, match="no backup of the tracker"):
        decrypt(content)


# Written by rage (pyrage 1.4) for two keys, the second of which is KEY.
THEIRS = """
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSB3TDBHTDIzbDVvQTBucjJtdTBsR0hiVERwWjNrT0pGRlVZRXErekhr
a2d3CmVPZis3TVM1N0JJWnlXeUJPelJmZGlOODNEV3Q1ckd6QkpwdjR4NnRncHMKLT4gWDI1NTE5IENzOXpLektxbnorbnZI
a1hrMXJCQzdsRU1IZnRhSGdOL2dJR2lCcVE0VDQKaVlkL0RYeGxFcno1MitCRm1UU3R2TkRPM2E2QWlwS1NkSTFnU1dzWnl4
ZwotPiBmTzxzLWdyZWFzZSA8ZCZlQF5uIEIgPwo0MUt5YTdzOWg2cHVma1cwZjFhY1dNUUxScU5xY3hYQ1dINEhnYzJwd0lK
NmN3eW02d2dob2lkZjJFRWNBWUxoClF1cThHTXNmM3lPbERKTmUyUXp1QklRaHo5dWY4NFUvOFNhc3I4NlV6WTFSS3VReWc4
d3gwVE9mCi0tLSBvWVZTTzRuakd5TmJ5RE56Ym1WUHRJeS9MQkpPOFltd0pQclFxcmswV05VCn6qB9OSjZuh0CbIG1uTe7v/
kMjrPfj0YOlXdM1FNL7N2KU0mHVsQElh21xRzRMyCS/Of+c5aeAGUvqT
"""


def test_what_another_program_wrote_in_this_format_is_opened():
    assert decrypt(base64.b64decode(THEIRS)) == b"Written by another program."


def test_keys_are_spelt_as_the_age_program_spells_them():
    """Both halves as pyrage prints them."""
    spelt = "AGE-SECRET-KEY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SWRYDWG"
    assert KEY.text == spelt
    public = backup_key._spell("age", KEY.public)
    assert public == "age13aqvttdk3ujkyjh9kg2w5an6dmy5mq5a84a4uxk3hfhnugfc9p0sy5p2wh"


MEMORY = """
import resource, sys
from tracker.services.backups.encryption import DecryptingReader, EncryptingWriter
from tracker.services.backups.key import BackupKey
key = BackupKey(bytes(range(32)))
with open(sys.argv[1], "wb") as target:
    writer = EncryptingWriter(target, key.public)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(1000):
        writer.write(b"x" * 100_000)
    writer.finish()
with open(sys.argv[1], "rb") as source:
    reader = DecryptingReader(source, private=key.private)
    count = 0
    while part := reader.read(100_000):
        count += len(part)
assert count == 100_000_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_stays_flat(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "file")],
        check=True, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    unit = 1024 if sys.platform != "darwin" else 1
    assert int(told.stdout) * unit < 8 * 1024 * 1024
