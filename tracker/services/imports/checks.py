"""The domain's rules for rows of our own tables.

A file may say what no form lets anybody type: a state without its reason, a number already given
away. Everything else is checked by the same rules as a form.
"""

from collections.abc import Iterator
from datetime import date, datetime
from operator import attrgetter
from typing import Any, cast

from msgspec.structs import replace

from tracker.domain.clinic.labels import UNTIL_CHOSEN, Labels
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import SeriesState, SessionState
from tracker.domain.parsing import check_reason, is_blank
from tracker.domain.patients import draft as patient_rules
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.patients.record import PatientRecord
from tracker.domain.problems import Finding, Problem
from tracker.domain.series import placing, planned_dose
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesChange, SeriesDraft
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.series.record import SeriesRecord
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import SessionContext
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.columns import Table
from tracker.exchange.rows import NativeRow
from tracker.models.database import ID_MAX
from tracker.services.sessions import rows as session_rows

NUMBER_MAX = 9_999
HELD = frozenset({SessionState.UNDER_WAY, SessionState.COMPLETED})
_NOT_HELD = frozenset({SessionState.CANCELLED, SessionState.MISSED})


def differing(table: Table, stored: object, record: object) -> list[str]:
    """Name the columns in which two records of a table differ; a file keeps whole seconds."""
    return [
        column.name
        for column in table.columns
        if not column.computed
        and _whole(attrgetter(column.path)(stored)) != _whole(attrgetter(column.path)(record))
    ]


def _whole(value: Any) -> Any:
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def check_patient(record: PatientRecord, *, today: date) -> list[Problem]:
    """List everything that cannot be of a patient."""
    problems = patient_rules.check(patient_draft(record), today=today)
    if record.archived_on is not None and not date(1970, 1, 1) <= record.archived_on <= today:
        problems.append(Problem("archived_on", "Give a day from 1970 to today."))
    return problems


def patient_draft(record: PatientRecord) -> PatientDraft:
    """Take from a record what a draft can say."""
    names = PatientDraft.__struct_fields__
    return PatientDraft(**{name: getattr(record, name) for name in names})


def check_series(record: SeriesRecord) -> list[Problem]:
    """List everything that cannot be of a series."""
    # How many sessions it has, and how far apart, is for the file of sessions to say.
    draft = SeriesDraft(
        **{
            name: getattr(record, name)
            for name in (*SeriesChange.__struct_fields__, "starts_on", "template")
        },
        session_count=1,
    )
    problems = series_plan.check(draft)
    problems += check_number("number", record.number, NUMBER_MAX)
    stopped = record.state is SeriesState.STOPPED
    return problems + check_reason(
        record.state_reason, needed=stopped, ask="Say why the series is stopped",
        field="state_reason",
    )  # fmt: skip


def check_session(record: SessionRecord, *, now: datetime) -> list[Problem]:
    """List everything that cannot be of a session, held or not."""
    draft = session_rows.draft_of(record)
    over = record.state is SessionState.COMPLETED
    return [
        *check_number("session_id", record.session_id, ID_MAX),
        *check_number("number", record.number, NUMBER_MAX),
        *(
            problem
            for problem in session_draft.check(draft, now=now)
            # What was not held has not started; one under way may wait for its first dose.
            if over or problem.field != "started_at" or draft.started_at is not None
        ),
        *check_year("started_at", record.started_at),
        *check_year("planned_on", record.planned_on),
        *placing.check_place(record.chair),
        *planned_dose.check(PlannedDose(record.planned_dose_mg, record.planned_dose_mg_per_kg)),
        *_check_state(record),
    ]


def check_session_row(row: NativeRow, *, now: datetime) -> list[Problem]:
    """List everything that cannot be of a session, given its row."""
    return check_session(cast("SessionRecord", row.record), now=now)


# A file of our own names the unit in its heading, so no weight of it is asked about.
OWN_FILE = SessionContext(had_weight=True)


def findings_of(
    draft: SessionDraft, about: SessionContext = OWN_FILE, labels: Labels = UNTIL_CHOSEN
) -> list[Finding]:
    """List what is unusual about a session and was not commented on.

    `labels` are those that apply in the clinic, whose names the findings bear.
    """
    if not is_blank(draft.comment):
        return []
    return session_findings.review(draft, replace(about, settings=TreatmentSettings(labels=labels)))


def check_year(field: str, at: date | None) -> Iterator[Problem]:
    """Yield a problem where a year is a slip: ketamine was licensed in 1970."""
    if at is not None and at.year not in series_plan.STARTS_IN_YEARS:
        yield Problem(field, "Give a day between the years 1970 and 2199.")


def _check_state(record: SessionRecord) -> Iterator[Problem]:
    if record.state is SessionState.PLANNED and record.planned_on is None:
        yield Problem("planned_on", "Give the day it is planned for.")
    yield from check_reason(
        record.state_reason, needed=record.state in _NOT_HELD, field="state_reason",
        ask=f"Say why it was {record.state.label.lower()}",
    )  # fmt: skip


def check_number(field: str, number: int, highest: int) -> Iterator[Problem]:
    """Yield a problem where a number cannot be one of ours."""
    if not 1 <= number <= highest:
        yield Problem(field, f"Give a whole number from 1 to {highest}.")
