"""Any patient, series, session or score, drawn by Hypothesis."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from tracker.domain.codes import (
    NONE_OF_THESE,
    Completeness,
    CourseRole,
    Drug,
    Effect,
    Indication,
    Mode,
    Occasion,
    Phase,
    Route,
    SeriesState,
    SessionState,
    Severity,
    Sex,
)
from tracker.domain.measures import VitalSigns
from tracker.domain.patients.record import PatientRecord
from tracker.domain.scores.record import ScoreRecord
from tracker.domain.series.record import SeriesRecord
from tracker.domain.sessions.fields import DRAFTED, FieldKind
from tracker.domain.sessions.record import SessionRecord

# NUL cannot be stored or written, surrogates are no text.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = (
    st.text(CHARACTERS, max_size=30)
    | st.sampled_from(
        ["=1+1", "'=1", "''-", " @x", "\t", "a,b;c", 'say "x"', "line\r\nbreak", "\r"]
    )
    | st.text(st.sampled_from("'=+-@ \t\r\n\",;a"), max_size=6)
)
GIVEN_TEXTS = TEXTS.filter(bool)
NUMBERS = st.decimals(0, 5000, places=3)
WHOLE = st.integers(0, 10**9)
DAYS = st.dates(date(1900, 1, 1), date(2199, 1, 1))
# Hypothesis takes its limits without a zone.
UNZONED = (datetime.fromisoformat("1971-01-02"), datetime.fromisoformat("2199-01-01"))
MINUTES = st.datetimes(*UNZONED, timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))


def maybe(strategy):
    return st.none() | strategy


VITALS = st.builds(
    VitalSigns, **{name: maybe(st.integers(0, 300)) for name in VitalSigns.__struct_fields__}
)

PATIENTS = st.builds(
    PatientRecord,
    record_number=GIVEN_TEXTS,
    given_name=TEXTS,
    family_name=TEXTS,
    birth_date=maybe(DAYS),
    sex=st.sampled_from(Sex),
    email=TEXTS,
    phone=TEXTS,
    indications=st.lists(st.sampled_from(Indication), unique=True).map(tuple),
    notes=TEXTS,
    archived_on=maybe(DAYS),
)

SERIES = st.builds(
    SeriesRecord,
    record_number=GIVEN_TEXTS,
    number=WHOLE,
    indication=st.sampled_from(Indication),
    drug=st.sampled_from(Drug),
    route=st.sampled_from(Route),
    phase=st.sampled_from(Phase),
    course_role=st.none() | st.sampled_from(CourseRole),
    template=GIVEN_TEXTS,
    planned_dose_mg=maybe(NUMBERS),
    planned_dose_mg_per_kg=maybe(NUMBERS),
    starts_on=DAYS,
    state=st.sampled_from(SeriesState),
    state_reason=TEXTS,
)

# By what a field holds, so that a new one is drawn as well.
BY_KIND = {
    FieldKind.TIME: lambda _one: maybe(MINUTES),
    FieldKind.CODE: lambda one: st.sampled_from(one.words),
    FieldKind.NUMBER: lambda _one: maybe(NUMBERS),
    FieldKind.WHOLE: lambda _one: maybe(WHOLE),
    FieldKind.SCALE: lambda _one: maybe(st.integers(0, 10)),
    FieldKind.YES_NO: lambda _one: maybe(st.booleans()),
    FieldKind.GRADED: lambda one: st.one_of(
        st.just({one.words(NONE_OF_THESE): None}),
        st.dictionaries(
            st.sampled_from([word for word in one.words if word != NONE_OF_THESE]),
            st.sampled_from(Severity),
        ),
    ),
    FieldKind.SIGNS: lambda _one: VITALS,
    FieldKind.LINE: lambda _one: TEXTS,
    FieldKind.TEXT: lambda _one: TEXTS,
}

SESSIONS = st.builds(
    SessionRecord,
    record_number=GIVEN_TEXTS,
    series_number=WHOLE,
    session_id=WHOLE,
    number=WHOLE,
    state=st.sampled_from(SessionState),
    state_reason=TEXTS,
    planned_on=maybe(DAYS),
    planned_time=maybe(st.times().map(lambda at: at.replace(second=0, microsecond=0))),
    chair=TEXTS,
    planned_dose_mg=maybe(NUMBERS),
    planned_dose_mg_per_kg=st.none(),  # in one unit or the other
    **{one.name: BY_KIND[one.kind](one) for one in DRAFTED}
    | {"weight_kg": maybe(st.decimals(1, 600, places=1))},
)


def scores(zone):
    """Any score; where only the day is known it stands at the clinic's noon."""

    def score(time_known, at, **fields):
        if not time_known:
            there = at.astimezone(zone).replace(hour=12, minute=0, second=0)
            at = there.astimezone(UTC)
        return ScoreRecord(time_known=time_known, taken_at=at, **fields)

    return st.builds(
        score,
        time_known=st.booleans(),
        at=MINUTES,
        record_number=GIVEN_TEXTS,
        series_number=maybe(WHOLE),
        session_id=maybe(WHOLE),
        score_id=WHOLE,
        instrument=GIVEN_TEXTS,
        total=maybe(NUMBERS),
        occasion=st.sampled_from(Occasion),
        hours_after=maybe(NUMBERS),
        note=TEXTS,
        instrument_version=TEXTS,
        mode=st.sampled_from(Mode),
        completeness=st.sampled_from(Completeness),
        stated_total=maybe(NUMBERS),
        seconds_taken=maybe(WHOLE),
        answers=st.dictionaries(
            st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True), NUMBERS, max_size=12
        ),
    )


def a_session(**changes):
    """One ordinary session."""
    fields = {
        "record_number": "R-1",
        "series_number": 1,
        "session_id": 7,
        "number": 3,
        "state": SessionState.COMPLETED,
        "state_reason": "",
        "planned_on": date(2026, 3, 2),
        "started_at": datetime(2026, 3, 2, 14, 30, tzinfo=UTC),
        "drug": Drug.KETAMINE,
        "route": Route.IV,
        "dose_mg": Decimal("35.0"),
        "weight_kg": Decimal("70.5"),
        "duration_minutes": 40,
        "dose_notes": "",
        "mood_before": 0,
        "mood_after": 6,
        "pain_before": None,
        "pain_after": None,
        "dissociation_peak": 5,
        "dissociation_onset_minute": 10,
        "dissociation_end_minute": 50,
        "dissociation_resolved": True,
        "effects": {Effect.TIME: Severity.SEVERE, Effect.FLOATING: Severity.MILD},
        "effects_other": "",
        "side_effects": {},
        "side_effects_other": "",
        "before": VitalSigns(systolic_mmhg=120, diastolic_mmhg=80),
        "after": VitalSigns(),
        "discharged_at": datetime(2026, 3, 2, 16, 30, tzinfo=UTC),
        "escort": "Sister",
        "private_notes": "",
        "patient_notes": "",
        "comment": "",
    }
    return SessionRecord(**fields | changes)
