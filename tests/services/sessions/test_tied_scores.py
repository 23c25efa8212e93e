"""Scores that hang on a session: voided with it, taken along, and standing again with it."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.domain.codes import Mode
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.alerts import commands as alert_commands
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import tied_scores, voiding
from tracker.services.sessions.voiding import Transfer

pytestmark = pytest.mark.both_databases
clock = stopped_at(START + timedelta(hours=6))
WHY = "Entered twice"


@pytest.fixture
def patient(anna):
    return a_patient(anna)


@pytest.fixture
def series(anna, patient):
    return a_series(anna, patient, sessions=3)


@pytest.fixture
def held(anna, series):
    return session_commands.record(HELD, series_id=series, session_id=planned(series)[0], by=anna)


def row(session_id):
    db.session.rollback()
    return db.session.get_one(TreatmentSession, session_id)


def tied(session_id, by):
    return tied_scores.of_session(session_id, START, ZoneInfo("America/New_York"), by=by)


class TestScores:
    @pytest.fixture
    def there(self, anna):
        return a_series(anna, a_patient(anna, "C-9", given_name="Cleo", family_name="Other"))

    @pytest.fixture
    def scored(self, anna, patient, held):
        """Two scores tied to the session: one of the sitting, one of the day after."""
        return [
            score_commands.record(patient, draft, session_id=held, by=anna)
            for draft in (
                AssessmentDraft(instrument="madrs", total=Decimal(31), taken_at=START),
                AssessmentDraft(
                    instrument="phq9", total=None, taken_at=START - timedelta(days=1),
                    answers=dict.fromkeys([f"phq9_{n}" for n in range(1, 10)], Decimal(1)),
                    mode=Mode.STAFF,
                ),
            )
        ]  # fmt: skip

    def standing(self, patient_id, by):
        found = score_commands.of_patient(patient_id, by=by)
        return [(one.instrument, one.session_id) for one in found]

    def test_those_of_the_sitting_are_told_from_the_others(self, anna, held, scored):
        told = {one.score_id: one.is_of_sitting for one in tied(held, anna)}
        assert told == {scored[0]: True, scored[1]: False}

    def test_the_named_ones_are_voided_with_it_and_stand_again_with_it(
        self, anna, patient, held, scored
    ):
        voiding.void(held, WHY, version=1, by=anna, score_ids=[scored[0]])
        assert self.standing(patient, anna) == [("phq9", held)]
        score_commands.void(scored[1], "By hand", by=anna)
        voiding.restore(held, "It was held", version=2, by=anna)
        assert self.standing(patient, anna) == [("madrs", held)]  # not the one voided by hand

    def test_they_go_along_to_the_right_patient_and_come_back(
        self, anna, patient, held, scored, there
    ):
        target = Transfer(there, None, reason="Wrong patient", score_ids=tuple(scored))
        made = voiding.transfer(held, target, version=1, by=anna)
        other = row(made).patient_id
        assert self.standing(patient, anna) == []
        assert self.standing(other, anna) == [("phq9", made), ("madrs", made)]
        asked = {one.kind.value for one in alert_commands.of_patient(other, by=anna)}
        assert asked == {"suicide-item"}
        ids = [one.score_id for one in tied(made, anna)]
        voiding.void(made, "Not theirs", version=row(made).version, by=anna, score_ids=ids)
        voiding.restore(held, "Not theirs", version=2, by=anna)
        assert (self.standing(patient, anna), self.standing(other, anna)) == (
            [("phq9", held), ("madrs", held)], [],
        )  # fmt: skip

    def test_scores_of_another_session_are_left_alone(self, anna, patient, series, held):
        second = planned(series)[1]
        later = structs.replace(HELD, started_at=START + timedelta(hours=3), discharged_at=None)
        later = structs.replace(later, comment="Twice a day")
        session_commands.record(later, series_id=series, session_id=second, by=anna)
        draft = AssessmentDraft(instrument="madrs", total=Decimal(31), taken_at=START)
        other = score_commands.record(patient, draft, session_id=second, by=anna)
        voiding.void(held, WHY, version=1, by=anna, score_ids=[other])
        assert self.standing(patient, anna) == [("madrs", second)]
