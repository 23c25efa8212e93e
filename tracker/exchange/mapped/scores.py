"""The scores of a row: a total or answers from some columns; when, on what and why from others."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.codes import Mode, Occasion
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores.draft import AssessmentDraft
from tracker.exchange.cells import dates, numbers
from tracker.exchange.cells.answers import AnswerCells
from tracker.exchange.cells.dates import Instant
from tracker.exchange.cells.kinds import DISTINCT_MAX, find_word
from tracker.exchange.mapped.cells import RowCells
from tracker.exchange.mapping.model import Anchor, FileFacts, ScoreColumns
from tracker.exchange.rows import IncomingScore

_NO_ANSWERS: dict[str, Decimal] = {}  # of every score that is a total; never added to
AnchorReader = Callable[[RowCells], Instant | None]


def anchor_reader(anchor: Anchor, facts: FileFacts, zone: ZoneInfo) -> AnchorReader:
    """Make the function that finds the moment from which a row's offsets count."""
    if anchor.column:
        return lambda row: row.read(
            anchor.column, lambda text: dates.read_instant(text, zone, order=facts.date_order)
        )
    fixed = fixed_anchor(anchor.at, zone)
    return lambda _row: fixed


def fixed_anchor(at: date | datetime | None, zone: ZoneInfo) -> Instant | None:
    """Place the one anchor of a file in time; a day without a time stands at noon."""
    if isinstance(at, datetime):
        aware = at if at.tzinfo else dates.local(at, zone)
        return Instant(aware.astimezone(UTC), time_known=True)
    return Instant(dates.noon(at, zone), time_known=False) if at else None


class ScoreReader:
    """Reads one score of a row; `cells` remembers how the answers of the file are coded."""

    def __init__(
        self,
        score: ScoreColumns,
        facts: FileFacts,
        zone: ZoneInfo,
        instruments: Mapping[str, Instrument],
    ) -> None:
        """Settle what does not change from row to row."""
        self.cells = answer_cells(score, facts, instruments) if score.items else None
        self._score = score
        self._facts = facts
        self._zone = zone
        named = {
            "total": score.column,
            "instrument": score.instrument_column,
            "occasion": score.occasion_column,
            "taken_at": score.date_column,
            "note": score.note_column,
        }
        self.columns = {field: heading for field, heading in named.items() if heading}
        # The same text is read once: totals and days come again and again.
        self._number = lru_cache(DISTINCT_MAX)(self.number)
        self._instant = lru_cache(DISTINCT_MAX)(
            lambda text: dates.read_instant(text, zone, order=facts.date_order)
        )
        if self.cells:
            for item, heading in zip(self.cells.instrument.items, score.items, strict=False):
                if heading:
                    in_rows = score.answer_column or score.number_column
                    self.columns[item.code] = in_rows or heading
            self.columns.setdefault("total", score.label)
        self._headings = tuple(self.columns.values())

    def __call__(self, row: RowCells, anchor: Instant | None) -> IncomingScore | None:
        """Read the score; None where nothing is told, and where something is wrong with it."""
        score = self._score
        total = row.read(score.column, self._number) if score.column else None
        answers = self._answers(row)
        if total is None and not answers:
            return None
        return self.finish(row, anchor, total, answers)

    def finish(
        self,
        row: RowCells,
        anchor: Instant | None,
        total: Decimal | None,
        answers: Mapping[str, Decimal],
    ) -> IncomingScore | None:
        """Put the score together with when, on what and why."""
        score = self._score
        occasion = self._occasion(row)
        fields: dict[str, Any] = {
            "instrument": self._instrument(row),
            "total": total,
            "occasion": occasion,
            "hours_after": score.hours_after if occasion is Occasion.HOURS_AFTER else None,
            "note": row.text(score.note_column) if score.note_column else "",
            "answers": answers,
            "mode": Mode.FILE,
        }
        taken = self.taken_at(row, anchor)
        if taken is None or row.complains_of(self._headings):
            return None
        draft = AssessmentDraft(taken_at=taken.at, time_known=taken.time_known, **fields)
        return IncomingScore(draft=draft, columns=self.columns)

    def number(self, text: str) -> Decimal:
        """Read a number as this file writes them."""
        return numbers.read_number(text, decimal_comma=self._facts.decimal_comma)

    def _answers(self, row: RowCells) -> dict[str, Decimal]:
        """Read the answers that were given; what was left out is not there, and no 0."""
        if self.cells is None:
            return _NO_ANSWERS
        answers: dict[str, Decimal] = {}
        for item, heading in zip(self.cells.instrument.items, self._score.items, strict=False):
            if heading:
                value = row.read(heading, partial(self.cells.read, item))
                if value is not None:
                    answers[item.code] = value
        return answers

    def _instrument(self, row: RowCells) -> str:
        if self._score.instrument:
            return self._score.instrument
        text = row.text(self._score.instrument_column)
        if not text:
            row.complain(self._score.instrument_column, "The row does not name the scale.")
        return self._score.values.get(text, text)

    def _occasion(self, row: RowCells) -> Occasion:
        stated = self._score.occasion or Occasion.UNSCHEDULED
        if not self._score.occasion_column:
            return stated

        def read(text: str) -> Occasion:
            return find_word(Occasion, self._score.values.get(text, text))

        return row.read(self._score.occasion_column, read) or stated

    def taken_at(self, row: RowCells, anchor: Instant | None) -> Instant | None:
        """Find out when; None, with a problem, where the row does not say."""
        score = self._score
        if score.date_column:
            if not row.text(score.date_column):
                row.complain(score.date_column, f"'{score.label}' has a score but no date.")
            return row.read(score.date_column, self._instant)
        if anchor is None:
            row.complain(score.label, "The row has no day from which this score counts.")
            return None
        try:
            return later(anchor, score, self._zone)
        except (ValueError, OverflowError):
            row.complain(score.label, "This score falls on no possible date.")
            return None


def answer_cells(
    score: ScoreColumns, facts: FileFacts, instruments: Mapping[str, Instrument]
) -> AnswerCells:
    """Make what reads the answers of a scale as the mapping says."""
    return AnswerCells(
        instruments[score.instrument],
        words=score.answers,
        not_answered=score.not_answered,
        subtract=score.subtract,
        decimal_comma=facts.decimal_comma,
    )


def later(anchor: Instant, score: ScoreColumns, zone: ZoneInfo) -> Instant:
    """Count the offset of a score on from the anchor.

    Hours after a time give a time. Hours after a day count from its noon and give a day; days and
    months always give a day, because nobody comes back to the minute.
    """
    there = anchor.at.astimezone(zone)
    if score.hours_after is not None:
        step = timedelta(hours=float(score.hours_after))
        if anchor.time_known:
            return Instant(anchor.at + step, time_known=True)
        day = (there.replace(tzinfo=None) + step).date()
    elif score.days_after is not None:
        day = there.date() + timedelta(days=score.days_after)
    else:
        day = dates.add_months(there.date(), score.months_after or 0)
    return Instant(dates.noon(day, zone), time_known=False)
