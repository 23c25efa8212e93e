"""What sends letters in tests: it keeps them, and runs the reminders."""

from tracker.services.letters import reminders

HERE = "https://tracker.example.org"
BEN = "ben@example.org"


class Post:
    """Keeps what it is given, or fails with what it is told to fail with."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, str]] = []
        self.fail: Exception | None = None
        self.tried = 0

    def __call__(self, address: str, subject: str, text: str) -> None:
        """Keep a letter, or fail."""
        self.tried += 1
        if self.fail is not None:
            raise self.fail
        self.mails.append((address, subject, text))

    def run(self) -> tuple[int, int, int, int, int]:
        """Let the reminders run once: how many were queued, sent, dropped, failed, and wait."""
        report = reminders.run(self, base_address=HERE)
        return report.queued, report.sent, report.dropped, report.failed, report.waiting
