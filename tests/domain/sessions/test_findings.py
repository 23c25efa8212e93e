from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tracker.domain.codes import Drug, Route
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import UncommentedError

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
USUAL = SessionDraft(
    started_at=START, drug=Drug.KETAMINE, route=Route.IV, dose_mg=Decimal(35), weight_kg=Decimal(70)
)


def fields(draft, last=None):
    return [finding.field for finding in session_findings.review(draft, last=last)]


def test_a_usual_session_is_not_remarked_on():
    calm = replace(USUAL, before=VitalSigns(systolic_mmhg=140, diastolic_mmhg=90))
    assert fields(calm) == []


@pytest.mark.parametrize("dose", ["3.5", "350", "77.1", "35000"])
def test_a_slipped_point_or_unit_is_noticed(dose):
    assert fields(replace(USUAL, dose_mg=Decimal(dose))) == ["dose_mg"]


def test_a_slipped_point_is_noticed_without_a_weight():
    assert fields(replace(USUAL, weight_kg=None)) == []
    [finding] = session_findings.review(replace(USUAL, weight_kg=None, dose_mg=Decimal(350)))
    assert "at any weight from 40 to 150 kg" in finding.message


def test_a_weight_in_pounds_and_a_doubled_dose_are_noticed_as_changes():
    assert fields(replace(USUAL, weight_kg=Decimal("154.3")), USUAL) == ["weight_kg"]
    doubled = replace(USUAL, dose_mg=Decimal("70.5"), weight_kg=Decimal(80))
    assert fields(doubled, replace(USUAL, weight_kg=Decimal(80))) == ["dose_mg"]


def test_another_route_is_not_compared_with_the_last_dose():
    last = replace(USUAL, route=Route.ORAL, dose_mg=Decimal(200))
    assert fields(USUAL, last) == []


def test_half_a_device_and_an_unusual_route_are_noticed():
    spray = replace(USUAL, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(60))
    assert fields(spray) == ["dose_mg"]
    assert fields(replace(spray, route=Route.ORAL, dose_mg=Decimal(56))) == ["dose_mg"]


def test_readings_outside_their_limits_name_their_source():
    draft = replace(USUAL, before=VitalSigns(systolic_mmhg=141), after=VitalSigns(spo2_percent=92))
    found = session_findings.review(draft)
    assert [finding.field for finding in found] == ["before_systolic_mmhg", "after_spo2_percent"]
    assert all(finding.source for finding in found)


def test_leaving_before_dissociation_has_passed_is_noticed():
    left = replace(USUAL, dissociation_resolved=False, discharged_at=START + timedelta(hours=2))
    assert fields(left) == ["dissociation_resolved"]


def test_an_unanswered_finding_asks_for_the_comment():
    error = UncommentedError(session_findings.review(replace(USUAL, dose_mg=Decimal(350))))
    assert [problem.field for problem in error.problems] == ["comment"]
    assert "5.00 mg/kg is outside the usual 0.1 to 1.0 mg/kg" in error.problems[0].message
