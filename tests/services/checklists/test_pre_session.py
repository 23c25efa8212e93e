"""Checks before a session in a real database, and what their page starts with."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders import live
from tests.builders.entries import under_way
from tests.builders.live import CLEAR, START, at
from tests.builders.patients import a_patient, a_series, planned
from tests.people import PASSWORD
from tests.stopping import stopped_at
from tracker.domain.access import Role
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy, PreSession
from tracker.domain.checklists.suicide import SuicideFacts
from tracker.domain.codes import Drug, Mode, Route, WeightUnit
from tracker.domain.live import signing as signing_rules
from tracker.domain.live.entries import EntryKind, effective, latest_form
from tracker.domain.people.second_person import SecondPersonHow
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError, StaleError
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import queries as audit_queries
from tracker.services.checklists import pre_session as pre_session_checklist
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.people import accounts, logins
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import life as life_steps

clock = stopped_at(START)


@pytest.fixture
def chair(anna):
    """A session of Ben's that has begun."""
    return under_way(anna)


@pytest.mark.both_databases
def test_checks_come_back_whole_with_their_reading_in_one_piece(anna, chair):
    gate = replace(CLEAR, dose_mg=Decimal("34.5"), weight_kg=Decimal("69.25"))
    live.check_before(chair, gate, by=anna)
    log = entry_log.of_session(chair)
    # The second person has no account here.
    expected = replace(gate, dose_check_how=SecondPersonHow.WITHOUT_ACCOUNT)
    assert signing_rules.pre_session_of(log) == expected
    assert [entry.at for entry in log] == [at(-10), START]
    assert db.session.get_one(TreatmentSession, chair).weight_kg == Decimal("69.25")


@pytest.mark.both_databases
def test_the_last_answer_about_suicide_is_found_by_its_answers(anna):
    patient = a_patient(anna)
    assert pre_session_checklist.suicide_facts(patient, by=anna) == SuicideFacts()
    for day, answers in enumerate(({"phq9_9": 1}, {"phq9_9": 2}, {}), 1):
        every = {f"phq9_{n}": Decimal(1) for n in range(1, 9)}
        draft = AssessmentDraft(
            instrument="phq9", total=None if answers else Decimal(9),
            taken_at=at(-60 * 24 * (4 - day)),
            answers=every | {k: Decimal(v) for k, v in answers.items()} if answers else {},
            mode=Mode.STAFF if answers else Mode.TOTAL,
        )  # fmt: skip
        score_commands.record(patient, draft, by=anna)
    found = pre_session_checklist.suicide_facts(patient, by=anna)
    assert [(one.words, one.is_positive) for one in found.answers] == [("PHQ-9 item 9, 2", True)]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("code", "total", "words", "is_positive"),
    [
        ("c-ssrs-screener", 3, "C-SSRS screener 3, high", True),
        ("c-ssrs-last-visit", 1, "C-SSRS since last visit 1, low", True),
        ("c-ssrs-screener", 0, "C-SSRS screener 0, no item", False),
        ("phq9", 26, "PHQ-9 26: question 9 must have been answered above zero", True),
        ("phq9", 24, None, None),
    ],
)
def test_a_total_that_tells_of_suicide_is_found_before_a_session(
    anna, code, total, words, is_positive
):
    patient = a_patient(anna)
    earlier = {f"phq9_{n}": Decimal(2) for n in range(1, 10)}
    for draft in (
        AssessmentDraft(
            instrument="phq9", total=None, taken_at=at(-60 * 24 * 11), answers=earlier,
            mode=Mode.STAFF,
        ),
        AssessmentDraft(instrument=code, total=Decimal(total), taken_at=at(-60 * 24)),
    ):  # fmt: skip
        score_commands.record(patient, draft, by=anna)
    found = pre_session_checklist.suicide_facts(patient, by=anna)
    shown = [(one.words, one.is_positive) for one in found.answers]
    assert shown[:1] == [(words, is_positive) if words else ("PHQ-9 item 9, 2", True)]
    assert ("PHQ-9 item 9, 2" in dict(shown)) is (code != "phq9" or words is None)
    assert any("PHQ-9 question 9" in alert for alert in found.alerts)


def test_nothing_is_saved_while_a_line_wants_a_word(anna, chair):
    with pytest.raises(InvalidError) as caught:
        live.check_before(chair, PreSession(), by=anna)
    lines = pre_session_checklist.review(
        PreSession(), pre_session_checklist.prepare_page(chair, by=anna), by=anna
    )
    assert [problem.field for problem in caught.value.problems] == [line.field for line in lines]
    assert entry_log.of_session(chair) == []


def test_who_opened_an_older_version_is_told(anna, chair):
    live.check_before(chair, by=anna)
    with pytest.raises(StaleError) as caught:
        live.check_before(chair, by=anna)
    assert caught.value.current_version == 2
    live.check_before(chair, replace(CLEAR, prescriber="Dr Ito"), by=anna, opened=2)
    assert len(entry_log.of_session(chair)) == 3  # the reading is the same one


def test_a_reading_that_was_not_taken_is_not_written(anna, chair):
    why = {"blood-pressure": "Refused.", "vital-signs": "Refused."}
    live.check_before(chair, replace(CLEAR, baseline=PreSession().baseline, comments=why), by=anna)
    [only] = entry_log.of_session(chair)
    assert only.kind.value == "gate"


def test_the_page_starts_with_the_plan_and_what_seldom_changes(anna):
    series = a_series(anna, a_patient(anna))
    first, second = planned(series)
    start = pre_session_checklist.prepare_page(first, by=anna).pre_session
    assert start == PreSession(
        weight_unit=WeightUnit.KG, dose_mg_per_kg=Decimal("0.5"), monitor="Anna Clinician",
        pregnancy=Pregnancy.NOT_APPLICABLE,
    )  # fmt: skip
    live_commands.begin(first, by=anna, reason="Moved.")
    live.check_before(first, replace(CLEAR, enrolled=YesNoUnknown.YES), by=anna)
    sheet = pre_session_checklist.prepare_page(second, by=anna)
    assert sheet.pre_session == PreSession(
        weight_unit=WeightUnit.KG, dose_mg_per_kg=Decimal("0.5"),
        concentration_mg_per_ml=Decimal(50),
        suicide_asked="in words", monitor="Anna Clinician", enrolled=YesNoUnknown.YES,
        pregnancy=Pregnancy.NOT_APPLICABLE,
    )  # fmt: skip
    assert (sheet.last.escort_name, sheet.last_at, sheet.opened_sequence) == ("Maria", START, 0)


@pytest.mark.both_databases
def test_the_page_leaves_an_audit_line(anna, cast, chair):
    pre_session_checklist.audit_view(pre_session_checklist.prepare_page(chair, by=anna), by=anna)
    [line] = [one for one in audit_queries.read(by=cast.adam).lines if one.action == "gate.viewed"]
    assert line.subject == f"session:{chair}"


def test_strangers_and_patients_do_not_check_anybody(cast, chair):
    with pytest.raises(NotFoundError):
        live.check_before(chair, by=cast.cleo)
    patient_id = db.session.get_one(TreatmentSession, chair).patient_id
    ben = logins.actor_of(
        accounts.enrol(name="Ben", email="ben@example.org", roles=[Role.PATIENT], password=PASSWORD,
                     patient_id=patient_id, by=cast.console)
    )  # fmt: skip
    with pytest.raises(ForbiddenError):
        live.check_before(chair, by=ben)


class TestBegunAgain:
    @pytest.mark.both_databases
    def test_checks_of_another_day_hold_no_more_and_are_asked_again(self, anna, chair, clock):
        live.check_before(chair, by=anna)
        life_steps.undo_begin(chair, take_back=False, by=anna)
        clock.shift(timedelta(days=3))
        live_commands.begin(chair, by=anna, reason="Came three days later")
        log = entry_log.of_session(chair)
        assert latest_form(log, EntryKind.GATE) is None
        assert signing_rules.summarise(log, drug=Drug.KETAMINE, route=Route.IV).weight_kg is None
        assert db.session.get_one(TreatmentSession, chair).weight_kg is None
        assert [one.kind.value for one in effective(log)] == []
        page = pre_session_checklist.prepare_page(chair, by=anna)
        assert (page.filled, page.is_asked_again, page.last_at) == (None, True, START)
        assert page.last.weight_kg == CLEAR.weight_kg  # offered, and not filled in
        assert page.pre_session.weight_kg is None
        today = replace(
            CLEAR, measured_at=START + timedelta(days=3), last_food_at=None, last_drink_at=None,
            comments={"food": "Asked", "drink": "Asked"},
        )  # fmt: skip
        live.check_before(chair, today, by=anna)
        page = pre_session_checklist.prepare_page(chair, by=anna)
        assert (page.is_asked_again, page.filled.at) == (False, START + timedelta(days=3))

    def test_on_the_same_day_they_hold(self, anna, chair, clock):
        live.check_before(chair, by=anna)
        life_steps.undo_begin(chair, take_back=False, by=anna)
        clock.shift(timedelta(hours=2))
        live_commands.begin(chair, by=anna)
        page = pre_session_checklist.prepare_page(chair, by=anna)
        assert (page.is_asked_again, page.filled.at) == (False, START)

    def test_those_of_somebody_else_are_nobodys_last_time(self, anna, chair):
        live.check_before(chair, by=anna)
        life_steps.undo_begin(chair, take_back=True, by=anna)
        assert db.session.get_one(TreatmentSession, chair).weight_kg is None
        series_id = db.session.get_one(TreatmentSession, chair).series_id
        other = planned(series_id)[1]
        live_commands.begin(chair, by=anna)
        live_commands.begin(other, by=anna, reason="Both")
        for one in (chair, other):
            page = pre_session_checklist.prepare_page(one, by=anna)
            assert (page.filled, page.last, page.is_asked_again) == (None, None, False)
        live.check_before(chair, by=anna)
        page = pre_session_checklist.prepare_page(chair, by=anna)
        assert [one.is_taken_back for one in (page.filled, *page.filled.earlier)] == [False, True]
