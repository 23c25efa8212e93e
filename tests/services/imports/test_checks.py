"""The quick look at a session and the whole one never disagree."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.exchange import records
from tracker.domain.codes import Effect, SeriesState, SessionState, Severity
from tracker.domain.measures import VitalSigns
from tracker.domain.parsing import LINE_MAX, TEXT_MAX
from tracker.domain.sessions.fields import DRAFTED
from tracker.exchange.columns import Table
from tracker.exchange.tables import SESSIONS
from tracker.services.imports import checks as import_checks
from tracker.services.imports.fast_path import FastCheck

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CLEAR = records.a_session(
    effects={}, before=VitalSigns(systolic_mmhg=120, diastolic_mmhg=80, spo2_percent=98)
)
# Texts on both sides of every limit, each letter of which is not worth drawing.
LENGTHS = st.sampled_from(
    [0, 1, *(limit + more for limit in (LINE_MAX, TEXT_MAX) for more in (-1, 0, 1, 500))]
)
unhurried = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def values_of(record, table: Table = SESSIONS):
    """Lay a record out as a row of the file gives it."""
    return dict(zip((column.field for column in table.columns), next(table.rows([record])),
                    strict=True))  # fmt: skip


def is_clear(record):
    draft = import_checks.session_rows.draft_of(record)
    return not import_checks.check_session(record, now=NOW) and not (
        import_checks.findings_of(draft)
    )


def passes(record):
    [passed] = FastCheck(now=NOW, zone=ZONE).passes([values_of(record)])
    return passed


# One or two fields of an ordinary session take any value at all.
CHANGES = st.lists(st.sampled_from(list(records.SessionRecord.__struct_fields__)), max_size=2)


@unhurried
@given(names=CHANGES, other=records.SESSIONS)
def test_what_passes_the_sieve_is_clear_when_looked_at_whole(names, other):
    record = replace(CLEAR, **{name: getattr(other, name) for name in names})
    if passes(record):
        assert is_clear(record)


NEARLY = {
    "mood_before": st.integers(-1, 11),
    "dose_mg": st.decimals(0, 200, places=1),
    "weight_kg": st.decimals(30, 200, places=1),
    "duration_minutes": st.none() | st.integers(-1, 200),
    "dissociation_onset_minute": st.integers(-1, 100),
    "dissociation_end_minute": st.none() | st.integers(0, 100),
    "before": st.builds(VitalSigns, systolic_mmhg=st.integers(60, 200), diastolic_mmhg=st.just(80)),
    "discharged_at": st.integers(-10, 4000).map(
        lambda minutes: CLEAR.started_at + timedelta(minutes=minutes)
    ),
}


@unhurried
@given(changes=st.fixed_dictionaries({}, optional=NEARLY))
def test_the_sieve_and_the_rules_agree_on_nearly_ordinary_sessions(changes):
    record = replace(CLEAR, **changes)
    assert passes(record) == is_clear(record)


@unhurried
@given(
    changes=st.dictionaries(
        st.sampled_from([one.name for one in DRAFTED if one.longest is not None]), LENGTHS
    )
)
def test_the_sieve_and_the_rules_agree_on_texts_of_any_length(changes):
    record = replace(CLEAR, **{name: "x" * length for name, length in changes.items()})
    assert passes(record) == (not import_checks.check_session(record, now=NOW))


def test_an_ordinary_session_passes():
    assert passes(CLEAR)
    assert is_clear(CLEAR)


@pytest.mark.parametrize(
    "changes",
    [
        {"started_at": None},
        {"state": SessionState.CANCELLED},
        {"state_reason": "x" * 2000},
        {"started_at": NOW, "discharged_at": None},
        {"started_at": datetime(1812, 1, 1, tzinfo=UTC), "discharged_at": None},
        {"planned_on": date(1, 1, 1)},
        {"session_id": 0},
        {"session_id": 2**53},
        {"number": 0},
        {"private_notes": "x" * 10_001},
        {"escort": "x" * 201},
        {"effects": {Effect.OTHER: Severity.MILD}},
        {"dissociation_resolved": False},
        {"dose_mg": Decimal(350)},
    ],
    ids=str,
)
def test_what_is_out_of_order_does_not_pass(changes):
    assert not passes(replace(CLEAR, **changes))


@pytest.mark.parametrize("state", [SessionState.CANCELLED, SessionState.MISSED])
def test_a_session_not_held_needs_a_reason_and_no_start(state):
    record = replace(CLEAR, state=state, started_at=None, discharged_at=None, duration_minutes=None)
    fields_of = [p.field for p in import_checks.check_session(record, now=NOW)]
    assert fields_of == ["state_reason"]
    assert not import_checks.check_session(replace(record, state_reason="unwell"), now=NOW)


def test_a_planned_session_needs_its_day():
    record = replace(
        CLEAR, state=SessionState.PLANNED, started_at=None, discharged_at=None, planned_on=None,
        duration_minutes=None,
    )  # fmt: skip
    assert [p.field for p in import_checks.check_session(record, now=NOW)] == ["planned_on"]


def test_a_session_under_way_may_wait_for_its_first_dose():
    record = replace(
        CLEAR, state=SessionState.UNDER_WAY, started_at=None, discharged_at=None,
        duration_minutes=None,
    )  # fmt: skip
    assert not import_checks.check_session(record, now=NOW)
    recorded = replace(record, state=SessionState.COMPLETED)
    assert [p.field for p in import_checks.check_session(recorded, now=NOW)] == ["started_at"]


def test_a_stopped_series_needs_a_reason_and_one_dose():
    told = records.SeriesRecord(
        record_number="R-1", number=0, indication=records.Indication.PTSD, drug=CLEAR.drug,
        route=CLEAR.route, phase=records.Phase.BOOSTER, template="none", planned_dose_mg=Decimal(1),
        planned_dose_mg_per_kg=Decimal(1), starts_on=date(1950, 1, 1), state=SeriesState.STOPPED,
        state_reason="",
    )  # fmt: skip
    assert {problem.field for problem in import_checks.check_series(told)} == {
        "number", "template", "planned_dose_mg_per_kg", "starts_on", "state_reason",
    }  # fmt: skip
