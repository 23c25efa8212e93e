"""What a file is asked about by row: scores whose day has one already, people who may be here.

Each question is told as a finding until the context has the answer for all of its kind.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tracker.domain.access import Actor
from tracker.domain.clinic import dose_slips
from tracker.domain.clinic.dose_slips import DoseAnswer
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.instruments.model import Instrument
from tracker.domain.parsing import clean_identifier, is_blank
from tracker.domain.patients import same_person
from tracker.domain.patients.same_person import PersonMark, SamePersonAnswer
from tracker.domain.problems import Finding
from tracker.domain.scores import same_day
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.scores.same_day import SameDayAnswer, TakenScore
from tracker.domain.series.planned_dose import NOTHING_PLANNED, PlannedDose
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import SessionContext
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.rows import MappedRow, NativeRow, RowProblem, shorten
from tracker.services.imports.checks import OWN_FILE
from tracker.services.imports.existing import KnownScore, KnownSeries
from tracker.services.imports.plan import ImportContext
from tracker.services.patients import formerly
from tracker.services.patients import same_person as same_person_queries
from tracker.services.patients.same_person import KnownPerson
from tracker.services.sessions import rows as session_rows

_TOLD_OF_SCORES = {SameDayAnswer.BOTH: "Both are recorded.", SameDayAnswer.LEAVE_OUT: "Left out."}
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
        # Nearly every day has one: no list is made before the second.
        self._lines: dict[_Day, tuple[tuple[int, TakenScore], ...]] = {}

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
            answer = self._context.answers.same_day
            found = self._context.asked if answer is None else self._context.remarks
            told = "" if answer is None else f" {_TOLD_OF_SCORES[answer]}"
            value = "" if score.total is None else str(score.total)
            found.append(RowProblem(line, column, question + told, shorten(value)))
            if answer is SameDayAnswer.LEAVE_OUT:
                return False
        if isinstance(score, AssessmentDraft):
            self._lines[day] = (*self._lines.get(day, ()), (line, score))
        return True

    def forget_rows(self) -> None:
        """Let go of the scores of the file, all of which were read."""
        self._lines.clear()
        self._there.clear()

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


_TOLD_OF_DOSES = {DoseAnswer.KEEP: "Taken as it stands.", DoseAnswer.LEAVE_OUT: "Left out."}


class Doses:
    """Asks about doses that look like slips, until the context has the answer for all of them."""

    def __init__(self, context: ImportContext) -> None:
        """Start with none asked about."""
        self._context = context
        self._asked: set[int] = set()

    def leave_out_asked(self, line: int, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Leave out that a dose is unusual where its line was asked about: it says no more."""
        for one in findings:
            if one.field != "dose_mg" or line not in self._asked:
                yield one

    def admits(self, line: int, column: str, draft: SessionDraft, about: SessionContext) -> bool:
        """Say whether a session of a line is to be stored; a comment has answered already."""
        if draft.dose_mg is None or not is_blank(draft.comment):
            return True
        about = replace(about, settings=TreatmentSettings(labels=self._context.labels))
        for found in session_findings.slips(draft, about):
            answer = self._context.answers.doses
            where = self._context.asked_doses if answer is None else self._context.remarks
            told = "" if answer is None else f" {_TOLD_OF_DOSES[answer]}"
            where.append(RowProblem(line, column, found.message + told, str(draft.dose_mg)))
            self._asked.add(line)
            return answer is not DoseAnswer.LEAVE_OUT
        return True

    def admits_row(self, row: NativeRow, series: KnownSeries, *, in_order: bool) -> bool:
        """Do so with a row of our own table; one that is `in_order` lies in its usual range."""
        values = row.values
        own = PlannedDose(values["planned_dose_mg"], values["planned_dose_mg_per_kg"])
        wanted = (own or series.planned).for_weight(values["weight_kg"])
        if in_order and not dose_slips.is_far(values["dose_mg"], wanted):
            return True  # most rows: no record is made of them
        draft = session_rows.draft_of(cast("SessionRecord", row.record))
        admitted = self.admits(
            row.row, row.table.heading_of("dose_mg"), draft, planned_of(series, own)
        )
        self._context.left_out += not admitted
        return admitted


def planned_of(series: KnownSeries | None, own: PlannedDose = NOTHING_PLANNED) -> SessionContext:
    """Say what is planned of a session of a series that is here, for its dose to be held against.

    `own` is the session's own planned dose, where it has one.
    """
    if series is None or not (planned := own or series.planned):
        return OWN_FILE
    return replace(
        OWN_FILE,
        planned_mg=planned.mg,
        planned_mg_per_kg=planned.mg_per_kg,
        planned_for=(Drug(series.drug), Route(series.route)),
    )


_TOLD_OF_PEOPLE = {
    SamePersonAnswer.SAME: "Taken as the one who is here.",
    SamePersonAnswer.NEW: "Entered as somebody else.",
    SamePersonAnswer.LEAVE_OUT: "Left out.",
}
_SEVERAL = "Several people here may be the same: {}. Write the right record number into the file."


class SamePeople:
    """Asks about people, until the context has the answer for all of them."""

    def __init__(self, context: ImportContext, *, by: Actor, column: str = "") -> None:
        """Start with nobody known; `column` is the heading of the record number."""
        self._context = context
        self._by = by
        self._column = column
        self._settled: dict[str, str | None] = {}  # by number: the one to use, None for no row
        self._series: dict[
            tuple[str, int], int
        ] = {}  # of merged records: the numbers they have now
        self._first: dict[str, tuple[int, PersonMark]] = {}  # of the file, by folded number or name

    def settle_native(self, rows: Sequence[NativeRow], *, are_people: bool) -> list[NativeRow]:
        """Write the numbers of rows as they are here; leave out rows of whom nothing is wanted.

        `are_people` of the table of patients, where somebody may be new.
        """
        marks: dict[str, tuple[int, PersonMark]] = {}
        for row in rows:
            number = row.values["record_number"] = clean_identifier(row.values["record_number"])
            if number not in self._settled and number not in marks:
                marks[number] = (row.row, _mark_of_values(row))
        self._look_up(marks, may_be_new=are_people, follow=not are_people)
        kept = []
        for row in rows:
            settled = self._settled[row.values["record_number"]]
            if settled is None:
                self._context.left_out += 1
            else:
                if self._series:
                    self._renumber(row)
                row.values["record_number"] = settled
                kept.append(row)
        return kept

    def settle_mapped(self, rows: Iterable[MappedRow]) -> list[MappedRow]:
        """Do so with the rows of another clinic's file; whoever is new there is compared, too."""
        cleaned = [_clean(row) for row in rows]
        marks: dict[str, tuple[int, PersonMark]] = {}
        for row in cleaned:
            if row.patient is not None:
                mark = same_person_queries.mark_of(row.patient)
                marks.setdefault(mark.record_number, (row.row, mark))
        self._look_up(marks, may_be_new=True, follow=True)
        self._compare_in_file(marks)
        kept = []
        for row in cleaned:
            number = self._settled[row.patient.record_number] if row.patient else ""
            if number is None:
                self._context.left_out += row.rows
            elif row.patient is None or number == row.patient.record_number:
                kept.append(row)
            else:
                kept.append(replace(row, patient=replace(row.patient, record_number=number)))
        return kept

    def _look_up(
        self, marks: dict[str, tuple[int, PersonMark]], *, may_be_new: bool, follow: bool
    ) -> None:
        """Settle the numbers that were not met before by who is here.

        The number of a record that was merged leads to the one that is kept, but in a table of
        people, where the merged record has a row of its own.
        """
        new = {number: told for number, told in marks.items() if number not in self._settled}
        known = same_person_queries.alike((mark for _, mark in new.values()), by=self._by)
        here = {one.mark.record_number: one.kept_number for one in known}
        self._settled |= {number: here.get(number, number) if follow else number for number in new}
        if led_on := [number for number in new if self._settled[number] != number]:
            self._series |= formerly.series_numbers(led_on, by=self._by)
        unknown = {number: told for number, told in new.items() if number not in here}
        by_key = _by_key(known) if unknown else {}
        for number, (line, mark) in unknown.items():
            there = {one.id: one for key in _keys(mark) for one in by_key.get(key, ())}
            alike = [one for one in there.values() if same_person.is_alike(mark, one.mark)]
            like = [*{one.kept_id: one for one in alike}.values()]
            if like:
                self._settled[number] = self._answer(line, mark, like, may_be_new=may_be_new)

    def forget_rows(self) -> None:
        """Let go of the people of the file, all of whose rows were read."""
        self._first.clear()
        self._settled.clear()

    def _renumber(self, row: NativeRow) -> None:
        """Write the number of a merged record's series as it is now."""
        field = "series_number" if "series_number" in row.values else "number"
        before = (row.values["record_number"], row.values.get(field))
        if before in self._series:
            row.values[field] = self._series[before]

    def _answer(
        self, line: int, mark: PersonMark, like: Sequence[KnownPerson], *, may_be_new: bool
    ) -> str | None:
        answer = self._context.answers.same_person
        self._context.named |= {one.id for one in like}
        if len(like) > 1 and answer is not SamePersonAnswer.NEW:
            numbers = ", ".join(sorted(one.kept_number for one in like))
            self._say(line, mark, _SEVERAL.format(numbers), self._context.problems)
            return mark.record_number
        self._tell(line, mark, same_person.question(mark, like[0].mark))
        if answer is SamePersonAnswer.LEAVE_OUT:
            return None
        # Rows of somebody who must be here are shown as they will be once the answer is given.
        is_same = answer is SamePersonAnswer.SAME or (answer is None and not may_be_new)
        return like[0].kept_number if is_same else mark.record_number

    def _compare_in_file(self, marks: dict[str, tuple[int, PersonMark]]) -> None:
        """Ask about people whom the file itself has under two numbers."""
        for number, (line, mark) in marks.items():
            if self._settled.get(number) != number:
                continue
            keys = _keys(mark)
            before = next((self._first[key] for key in keys if key in self._first), None)
            if before and before[1].record_number != number:
                first, other = before
                if same_person.is_alike(mark, other):
                    asked = same_person.question(mark, other, where=f"on line {first} already")
                    self._tell(line, mark, asked)
                    self._settle_in_file(number, other.record_number)
            for key in keys:
                self._first.setdefault(key, (line, mark))

    def _settle_in_file(self, number: str, other: str) -> None:
        answer = self._context.answers.same_person
        if answer is SamePersonAnswer.SAME:
            self._settled[number] = other
        elif answer is SamePersonAnswer.LEAVE_OUT:
            self._settled[number] = None

    def _tell(self, line: int, mark: PersonMark, asked: str) -> None:
        answer = self._context.answers.same_person
        where = self._context.asked_people if answer is None else self._context.remarks
        self._say(
            line, mark, asked if answer is None else f"{asked} {_TOLD_OF_PEOPLE[answer]}", where
        )

    def _say(self, line: int, mark: PersonMark, text: str, where: list[RowProblem]) -> None:
        where.append(RowProblem(line, self._column, text, shorten(mark.record_number)))


def _keys(mark: PersonMark) -> tuple[str, str]:
    """Give what two records of one person share: the folded number, or the folded name."""
    return f"number {mark.number_key}", f"name {mark.name_key}"


def _by_key(known: Iterable[KnownPerson]) -> dict[str, list[KnownPerson]]:
    """File people by what others may share with them: each key is folded once."""
    found: defaultdict[str, list[KnownPerson]] = defaultdict(list)
    for one in known:
        for key in _keys(one.mark):
            found[key].append(one)
    return found


def _mark_of_values(row: NativeRow) -> PersonMark:
    values = row.values
    return PersonMark(
        record_number=values["record_number"],
        given_name=values.get("given_name") or "",
        family_name=values.get("family_name") or "",
        birth_date=values.get("birth_date"),
    )


def _clean(row: MappedRow) -> MappedRow:
    if row.patient is None:
        return row
    number = clean_identifier(row.patient.record_number)
    if number == row.patient.record_number:
        return row
    return replace(row, patient=replace(row.patient, record_number=number))
