"""Scores of a file whose day has one of their scale already, here or further up: each is asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from tracker.domain.instruments.model import Instrument
from tracker.domain.scores import same_day
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.scores.same_day import SameDayAnswer, TakenScore
from tracker.exchange.rows import RowProblem, shorten
from tracker.services.imports.existing import KnownScore
from tracker.services.imports.plan import ImportContext

_TOLD = {SameDayAnswer.BOTH: "Both are recorded.", SameDayAnswer.LEAVE_OUT: "Left out."}
_Day = tuple[str, str, date]  # record number, instrument, day in the clinic


class SameDayScores:
    """Asks about scores by row, until the context has the answer for all of them."""

    def __init__(
        self, instruments: Mapping[str, Instrument], context: ImportContext, zone: ZoneInfo
    ) -> None:
        """Start with no score known."""
        self._instruments = instruments
        self._context = context
        self._zone = zone
        self._there: defaultdict[_Day, dict[int, TakenScore]] = defaultdict(dict)
        self._lines: defaultdict[_Day, list[tuple[int, TakenScore]]] = defaultdict(list)

    def learn(self, known: Iterable[KnownScore]) -> None:
        """Remember what the tracker has; one that was voided is not there."""
        for score in known:
            record = score.record
            if not score.is_voided:
                self._there[self._day(record.record_number, record)][record.score_id] = record

    def admits(self, line: int, column: str, record_number: str, score: TakenScore) -> bool:
        """Say whether the score of a line is to be stored; what is asked names the column.

        Scores of a file of our own are not held against each other: whoever recorded them was
        asked then.
        """
        day = self._day(record_number, score)
        question = self._question(day, score)
        if question:
            answer = self._context.same_day
            found = self._context.asked if answer is None else self._context.remarks
            told = "" if answer is None else f" {_TOLD[answer]}"
            value = "" if score.total is None else str(score.total)
            found.append(RowProblem(line, column, question + told, shorten(value)))
            if answer is SameDayAnswer.LEAVE_OUT:
                return False
        if isinstance(score, AssessmentDraft):
            self._lines[day].append((line, score))
        return True

    def _question(self, day: _Day, score: TakenScore) -> str:
        """Ask about the first one that it repeats, in the tracker or else in the file."""
        instrument = self._instruments[score.instrument]
        there = self._there.get(day, {}).values()
        for other in same_day.find_twins(score, there, instrument, self._zone):
            return same_day.question(other, instrument, self._zone)
        for above, other in self._lines.get(day, ()):
            if same_day.find_twins(score, [other], instrument, self._zone):
                where = f"on line {above}" if above else "in this file"
                return same_day.question(other, instrument, self._zone, of=where)
        return ""

    def _day(self, record_number: str, score: TakenScore) -> _Day:
        assert score.taken_at is not None  # noqa: S101 - a score without a time was refused
        return record_number, score.instrument, score.taken_at.astimezone(self._zone).date()
