"""A stamp of what stood when a page was opened, where what it changes has no version of its own."""

import hashlib

from tracker.domain.problems import StaleError

_NO_VERSION = 0


def make(*values: object) -> str:
    """Make the stamp of some values."""
    return hashlib.blake2b(repr(values).encode(), digest_size=12).hexdigest()


def refuse_other(opened: str, *values: object) -> None:
    """Raise StaleError where something else stands now; called while it is held for writing.

    Nobody looked at a page where `opened` is empty: a command, a test.
    """
    if opened and opened != make(*values):
        raise StaleError(_NO_VERSION)
