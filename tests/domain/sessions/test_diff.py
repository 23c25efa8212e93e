from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tests.builders.patients import HELD
from tracker.domain.codes import Effect, Severity, WeightUnit
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions.diff import FieldChange
from tracker.domain.sessions.draft import SessionDraft

NEW_YORK = ZoneInfo("America/New_York")
EMPTY = SessionDraft(started_at=None, drug=None, route=None)


def test_every_field_of_a_record_is_told():
    for name in SessionDraft.__struct_fields__:
        value = getattr(HELD, name)
        if value != getattr(EMPTY, name):
            told = session_diff.changes(EMPTY, replace(EMPTY, **{name: value}), NEW_YORK)
            assert told, name


def test_words_units_and_the_clinic_s_time_are_used():
    told = session_diff.facts(HELD, NEW_YORK)
    assert told["Started"] == "2 Mar 2026, 10:00"
    assert told["Dose"] == "35.5 mg"
    assert told["Dose by weight"] == "0.50 mg/kg"
    assert told["Pain before (0 none, 10 worst)"] == "0"
    assert told["Pain after (0 none, 10 worst)"] == ""
    assert told["Dissociative effects"] == "Floating (mild)"
    assert told["Dissociation gone before leaving"] == "Yes"
    assert told["Systolic pressure before"] == "120 mmHg"


def test_only_what_differs_is_a_change():
    after = replace(HELD, after=VitalSigns(), effects={Effect.FLOATING: Severity.SEVERE})
    assert session_diff.changes(HELD, after, NEW_YORK) == [
        FieldChange("Dissociative effects", "Floating (mild)", "Floating (severe)"),
        FieldChange("Heart rate after", "70 beats/min", ""),
    ]
    assert session_diff.changed_fields(HELD, after) == ["effects", "after"]


def test_the_two_readings_of_one_hour_are_told_apart():
    first = replace(HELD, started_at=datetime(2025, 11, 2, 5, 30, tzinfo=UTC))
    second = replace(HELD, started_at=datetime(2025, 11, 2, 6, 30, tzinfo=UTC))
    [change] = session_diff.changes(first, second, NEW_YORK)
    assert "The first" in change.before
    assert "The second" in change.after


def test_a_weight_is_told_in_the_unit_it_was_typed_in_and_in_the_other_one():
    weighed = replace(HELD, weight_kg=Decimal("79.8323"), weight_unit=WeightUnit.LB)
    told = session_diff.facts(weighed, NEW_YORK)
    assert told["Weight"] == "176 lb (79.8 kg)"
    assert "Weight typed in" not in told
    in_kg = replace(weighed, weight_kg=Decimal(80), weight_unit=WeightUnit.KG)
    assert session_diff.changes(weighed, in_kg, NEW_YORK)[0] == FieldChange(
        "Weight", "176 lb (79.8 kg)", "80 kg (176.4 lb)"
    )
