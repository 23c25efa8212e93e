"""What is to be said of the forms of a file once it has been read: gaps, and dangers by row."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from tracker.domain.alerts import rules as alert_rules
from tracker.domain.codes import AlertKind, Completeness
from tracker.domain.instruments.model import Instrument
from tracker.exchange.rows import RowProblem
from tracker.services.imports.scores import CheckedScore

_LINES_MAX = 20
# What is older was answered for long ago; of what is as new an import offers to raise the alerts.
RECENT = timedelta(days=30)  # clinic default, no published source


class DangerList:
    """Collects each suicide item above zero and each total that is a danger, row by row."""

    def __init__(self, instruments: Mapping[str, Instrument], *, now: datetime) -> None:
        """Start with no form; `now` is the time by which a form is recent."""
        self._instruments = instruments
        self._now = now
        self._found: list[RowProblem] = []
        self._recent = 0

    def note(
        self,
        line: int,
        code: str,
        total: Decimal | None,
        answers: Mapping[str, Decimal | None],
        taken_at: datetime,
    ) -> None:
        """Take a form that would be stored, and the line it stands on."""
        instrument = self._instruments.get(code)
        if instrument is None:
            return
        causes = [*alert_rules.of_total(instrument, total, answers)]
        for cause in alert_rules.of_answers(instrument, answers):
            if cause.kind is AlertKind.SUICIDE_ITEM:
                causes.append(cause)
        for cause in causes:
            sentence = alert_rules.sentence(cause.kind, cause.facts, taken_at.date())
            self._found.append(RowProblem(line, "", sentence))
        self._recent += bool(causes) and is_recent(taken_at, self._now)

    def remarks(self) -> Iterator[RowProblem]:
        """Say how many there are, then name each by its row."""
        if self._found:
            one = len(self._found) == 1
            yield RowProblem(
                0,
                "",
                f"{len(self._found)} {'answer or total is' if one else 'answers and totals are'} "
                f"a danger: {'its row is' if one else 'their rows are'} listed here. "
                f"Of the last {RECENT.days} days: {self._recent}.",
            )
            yield from self._found


def is_recent(taken_at: datetime, now: datetime) -> bool:
    """Say whether a score is so new that somebody may still wait for an answer to it."""
    return taken_at > now - RECENT


class ScoreSummary:
    """Collects what forms have in common: that answers are missing."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        """Start with no form."""
        self._instruments = instruments
        self._missing: defaultdict[tuple[str, Completeness], list[int]] = defaultdict(list)

    def note(self, line: int, code: str, checked: CheckedScore) -> None:
        """Take a form that would be stored, and the line it stands on."""
        if checked.completeness is not Completeness.COMPLETE:
            self._missing[code, checked.completeness].append(line)

    def remarks(self) -> Iterator[RowProblem]:
        """Give one remark for each thing, with the lines it is about."""
        for (code, completeness), lines in self._missing.items():
            instrument = self._instruments[code]
            if completeness is Completeness.INCOMPLETE:
                message = "without a total, because answers are missing"
            else:
                message = f"with a prorated total ({instrument.scoring.missing_source})"
            text = f"{instrument.short_title}: {_forms(lines)} stored {message}. {_lines(lines)}"
            yield RowProblem(0, "", text.strip())


def _forms(lines: list[int]) -> str:
    return "1 form" if len(lines) == 1 else f"{len(lines)} forms"


def _lines(lines: list[int]) -> str:
    named = ", ".join(str(line) for line in lines[:_LINES_MAX] if line)
    more = f" and {len(lines) - _LINES_MAX} more" if len(lines) > _LINES_MAX else ""
    return f"Lines: {named}{more}." if named else ""
