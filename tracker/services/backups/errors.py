"""What can go wrong with a backup, each told in words that say what to do."""


class BackupError(Exception):
    """It cannot be backed up or restored; the message says what to do."""


class DamagedError(BackupError):
    """A backup was changed, cut short, or does not hold what it says."""
