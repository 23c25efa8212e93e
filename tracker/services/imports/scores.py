"""Scores of files: checked, their totals worked out again from the answers, and compared."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain import measures
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.codes import AlertKind, Completeness, Mode
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Instrument
from tracker.domain.problems import Problem
from tracker.domain.scores import draft as score_draft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.scores.record import ScoreRecord
from tracker.exchange.cells.numbers import write_number
from tracker.exchange.rows import RowProblem
from tracker.models.database import ID_MAX
from tracker.services.imports import checks as import_checks

STATED_MAX = 1_000_000
SECONDS_MAX = 30 * 24 * 3600
ANSWERS_MAX = 200
_NO_ANSWERS: dict[str, str] = {}  # of every score that is a total; never added to
_LABEL_MAX = {"instrument_version": 20}
_CODE_MAX = 40


class CheckedScore(Struct, frozen=True):
    """What a score of a file comes to here; `stated_total` is the file's own beside answers."""

    total: Decimal | None
    completeness: Completeness = Completeness.COMPLETE
    stated_total: Decimal | None = None
    answers: Mapping[str, Decimal] | None = None

    @property
    def disagrees(self) -> bool:
        """Say whether the file states another total than its answers have."""
        return self.stated_total is not None and self.stated_total != self.total

    def differs(self, there: ScoreRecord) -> bool:
        """Say whether the tracker has something else; it may lack what the file has."""
        if there.total != self.total:
            return True
        return bool(there.answers and self.answers) and there.answers != self.answers


def reckon(draft: AssessmentDraft, instruments: Mapping[str, Instrument]) -> CheckedScore:
    """Work the total of a checked draft out; without answers it is what the file states."""
    answers = draft.given_answers
    if not answers:
        return CheckedScore(draft.total)
    result = scoring.score(instruments[draft.instrument], answers)
    return CheckedScore(result.total, result.completeness, draft.total, answers)


def stored_answers(answers: Mapping[str, Decimal | None] | None) -> dict[str, str]:
    """Write answers as they are stored: one left out is not there."""
    if not answers:
        return _NO_ANSWERS
    given = answers.items()
    return {code: str(write_number(value)) for code, value in given if value is not None}


def disagreement(checked: CheckedScore) -> str:
    """Say that a stated total is not what the answers come to."""
    if checked.total is None:
        return (
            f"The file states a total of {checked.stated_total}, but answers are missing: the "
            "form is kept without a total, and what the file states beside it."
        )
    return (
        f"The file states a total of {checked.stated_total}; its answers come to "
        f"{checked.total}. {checked.total} counts, and what the file states is kept beside it."
    )


def check_draft(
    draft: AssessmentDraft, instruments: Mapping[str, Instrument], *, now: datetime
) -> Iterator[Problem]:
    """Yield everything that cannot be of a score that a file gives."""
    # Beside answers a stated total may be anything: it is compared, and counts for nothing.
    about = replace(draft, total=None) if draft.given_answers else draft
    for problem in score_draft.check(about, instruments.get(draft.instrument), now=now):
        if problem.field == "instrument":
            known = ", ".join(instruments)
            yield Problem("instrument", f"There is no such scale here. Known are: {known}.")
        else:
            yield problem
    if draft.given_answers:
        yield from _check_stated("total", draft.total)
    yield from import_checks.check_year("taken_at", draft.taken_at)


def check_record(
    record: ScoreRecord, instruments: Mapping[str, Instrument], *, now: datetime
) -> list[Problem]:
    """List everything that cannot be of a score of our own files.

    Answers to another version of a scale than the one here cannot be added up here: they stand as
    they were told.
    """
    instrument = instruments.get(record.instrument)
    is_other = instrument is not None and record.instrument_version not in ("", instrument.version)
    draft = AssessmentDraft(
        **{name: getattr(record, name) for name in AssessmentDraft.__struct_fields__}
    )
    if record.answers and instrument is not None and is_other:
        total = instrument.minimum if record.total is None else record.total
        draft = replace(draft, answers={}, mode=Mode.TOTAL, total=total)
    problems = [
        *import_checks.check_number("score_id", record.score_id, ID_MAX),
        *(_of_answer(problem, record) for problem in check_draft(draft, instruments, now=now)),
        *_check_form(record),
    ]
    if record.answers and not is_other and not problems:
        problems += _check_total(record, reckon(draft, instruments))
    return problems


def _of_answer(problem: Problem, record: ScoreRecord) -> Problem:
    """Name the column of the answers, where a question has the problem."""
    if problem.field and problem.field not in record.answers:
        return problem
    return Problem("answers", f"{problem.field}: {problem.message}".removeprefix(": "))


def _check_form(record: ScoreRecord) -> Iterator[Problem]:
    if (record.total is None) != (record.completeness is Completeness.INCOMPLETE):
        yield Problem("total", "An incomplete form has no total, and any other has one.")
    yield from _check_stated("stated_total", record.stated_total)
    if record.seconds_taken is not None and record.seconds_taken > SECONDS_MAX:
        yield Problem("seconds_taken", f"Give at most {SECONDS_MAX} seconds.")
    if len(record.answers) > ANSWERS_MAX or any(len(code) > _CODE_MAX for code in record.answers):
        yield Problem("answers", f"Give at most {ANSWERS_MAX} answers.")
    for name, most in _LABEL_MAX.items():
        if len(getattr(record, name)) > most:
            yield Problem(name, f"Give at most {most} characters.")


def _check_stated(field: str, total: Decimal | None) -> Iterator[Problem]:
    if total is None:
        return
    if not (total.is_finite() and abs(total) < STATED_MAX and measures.is_kept_exactly(total)):
        yield Problem(field, "Give a number with at most 4 digits after the decimal point.")


def _check_total(record: ScoreRecord, checked: CheckedScore) -> Iterator[Problem]:
    if checked.completeness is not record.completeness:
        message = f"By its answers the form is {checked.completeness.label.lower()}."
        yield Problem("completeness", message)
    elif checked.total != record.total:
        message = f"The answers come to {checked.total}. Correct the answers, or the total."
        yield Problem("total", message)


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
