"""Any session and any score, through the database and out again byte for byte."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import patients
from tests.exchange import records
from tracker.domain import parsing
from tracker.domain.clinic.dose_slips import DoseAnswer
from tracker.domain.codes import Completeness, Effect, Mode, Occasion, SessionState, SideEffect
from tracker.domain.instruments import scoring
from tracker.domain.measures import VitalSigns
from tracker.domain.scores.record import ScoreRecord
from tracker.exchange.csv.writer import write_csv
from tracker.exchange.tables import SCORES, SESSIONS
from tracker.instruments import library
from tracker.models import db
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import run as import_run
from tracker.services.imports.plan import ImportAnswers

pytestmark = pytest.mark.both_databases

PHQ9 = library()["phq9"]
ZONE = ZoneInfo("America/New_York")  # of the Harbour Clinic
FEW = settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
IDS = st.integers(1, 2**53 - 1)
SINCE = datetime.fromisoformat("1971-01-02")
UNTIL = datetime.fromisoformat("2026-01-01")
STARTS = st.datetimes(SINCE, UNTIL, timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
DOSES = st.none() | st.decimals("0.0001", 5000, places=4)
RATINGS = st.none() | st.integers(0, 10)

RIGHT = ImportAnswers(doses=DoseAnswer.KEEP)  # drawn doses may be anything


def signs():
    ranges = {
        "systolic_mmhg": (120, 300), "diastolic_mmhg": (10, 119), "heart_rate_bpm": (15, 300),
        "spo2_percent": (30, 100), "respiratory_rate_per_min": (1, 80),
    }  # fmt: skip
    return st.builds(
        VitalSigns, **{name: st.none() | st.integers(*ends) for name, ends in ranges.items()}
    )


@st.composite
def held_sessions(draw):
    """Draw a session that the rules let pass, with any text in it."""
    told, start = draw(records.SESSIONS), draw(STARTS)
    stay = draw(st.none() | st.integers(0, 48 * 60))
    return replace(
        told, record_number="B-17", series_number=1, session_id=draw(IDS),
        number=draw(st.integers(1, 9_999)), state=SessionState.COMPLETED, started_at=start,
        planned_on=draw(st.none() | st.dates(date(1970, 1, 1), date(2199, 12, 31))),
        chair=told.chair[:60], planned_dose_mg=draw(st.none() | DOSES), planned_dose_mg_per_kg=None,
        dose_mg=draw(DOSES), weight_kg=draw(st.none() | st.decimals(1, 635, places=4)),
        duration_minutes=draw(st.none() | st.integers(0, stay if stay is not None and stay < 1440
                                                      else 1440)),
        discharged_at=None if stay is None else start + timedelta(minutes=stay),
        dissociation_peak=draw(st.none() | st.integers(1, 10)), dissociation_onset_minute=3,
        dissociation_end_minute=draw(st.none() | st.integers(3, 1440)),
        before=draw(signs()), after=draw(signs()),
        effects_other=parsing.visible_text(told.effects_other) or "x",
        side_effects_other=parsing.visible_text(told.side_effects_other) or "x",
    )  # fmt: skip


def _every(words, severity):
    return {word: severity for word in words if word.value != "none"}


@st.composite
def kept_scores(draw):
    """Draw a score that the rules let pass, with any text in it."""
    time_known, at = draw(st.booleans()), draw(STARTS)
    if not time_known:
        at = at.astimezone(ZONE).replace(hour=12, minute=0, second=0).astimezone(UTC)
    answers = draw(
        st.dictionaries(
            st.sampled_from(PHQ9.items).map(lambda item: item.code), st.integers(0, 3).map(Decimal)
        )
    )
    result = scoring.score(PHQ9, answers)
    stated = draw(st.decimals(0, 27, places=4))
    return ScoreRecord(
        record_number="B-17", series_number=draw(st.none() | st.just(1)), session_id=None,
        score_id=draw(IDS), instrument="phq9", instrument_version=PHQ9.version,
        total=result.total if answers else Decimal(draw(st.integers(0, 27))),
        completeness=result.completeness if answers else Completeness.COMPLETE,
        stated_total=stated if answers else None, answers=answers,
        mode=draw(st.sampled_from(Mode)) if answers else Mode.TOTAL,
        seconds_taken=draw(st.none() | st.integers(0, 9_999)),
        taken_at=at, time_known=time_known, occasion=draw(st.sampled_from(Occasion)),
        hours_after=draw(st.none() | st.decimals(0, 336, places=4)), note=draw(records.TEXTS),
    )  # fmt: skip


@pytest.fixture
def series(cast):
    return patients.a_series(cast.anna, patients.a_patient(cast.anna), sessions=0)


def check(table, drawn, order, safe, by):
    """Bring the rows in, in the order of an export, and see that the same bytes come out."""
    for name in ("reading", "assessment", "treatment_session"):
        db.session.execute(db.text(f"DELETE FROM {name}"))
    db.session.commit()
    ordered = table.rows(sorted(drawn, key=order))
    data = b"".join(write_csv(table, ordered, zone=ZONE, safe=safe))
    mapping = f'table = "{table.name}"\n[file]\nformula_guard = {str(safe).lower()}\n'
    planned = import_run.plan(data, mapping=mapping, answers=RIGHT, by=by)
    assert planned.problems == ()
    import_run.apply(planned, by=by)
    assert b"".join(export_stream.stream(ExportChoice(table.name, safe=safe), by=by)) == data
    again = import_run.plan(data, mapping=mapping, answers=RIGHT, by=by)
    assert (again.rows_duplicate, again.problems) == (len(drawn), ())


@FEW
@given(
    drawn=st.lists(held_sessions(), min_size=1, max_size=3, unique_by=(
        lambda told: told.session_id, lambda told: told.number)),
    safe=st.booleans(),
)  # fmt: skip
def test_any_session_goes_in_and_comes_out_byte_for_byte(cast, series, drawn, safe):
    check(SESSIONS, drawn, lambda told: told.number, safe, cast.anna)


@FEW
@given(
    drawn=st.lists(kept_scores(), min_size=1, max_size=3, unique_by=lambda told: told.score_id),
    safe=st.booleans(),
)
def test_any_score_goes_in_and_comes_out_byte_for_byte(cast, series, drawn, safe):
    check(SCORES, drawn, lambda told: (told.taken_at, told.score_id), safe, cast.anna)


def test_the_smallest_and_the_largest_of_everything_come_back(cast, series):
    full = records.a_session(
        record_number="B-17", session_id=2**53 - 1, number=9_999, dose_mg=Decimal("0.0001"),
        weight_kg=Decimal(635), effects=_every(Effect, records.Severity.MILD),
        effects_other="x" * 200, side_effects=_every(SideEffect, records.Severity.SEVERE),
        side_effects_other="y", private_notes="é" * 10_000,
    )  # fmt: skip
    check(SESSIONS, [full], lambda told: told.number, True, cast.anna)
