import json
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from msgspec.structs import replace
from sqlalchemy import select

from tests.builders import courses
from tests.builders.eligibility import DAY, FINE_ESKETAMINE, FINE_KETAMINE, NOON, decided
from tests.stopping import stopped_at
from tracker.domain.access import Actor, Role
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import Drug, Mode
from tracker.domain.eligibility.draft import Decision, EligibilityDraft, HistoryAnswer
from tracker.domain.eligibility.prefill import LineKind
from tracker.domain.eligibility.review import of_kind
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError, StaleError
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.eligibility import Eligibility
from tracker.services import drafts
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.patients import commands as patient_commands
from tracker.services.scores import commands as score_commands
from tracker.services.unit_of_work import AlreadySavedError

on_the_day = stopped_at(NOON)


@pytest.fixture
def made(anna, patient):
    return eligibility_commands.start(patient, FINE_KETAMINE, by=anna)


def asked(anna, patient, at=NOON - timedelta(days=1), **answers):
    given = {f"phq9_{n}": Decimal(1) for n in range(1, 10)} | answers
    draft = AssessmentDraft(
        instrument="phq9", total=None, taken_at=at, answers=given, mode=Mode.STAFF
    )
    return score_commands.record(patient, draft, by=anna)


def sign(made, by, decision=Decision.ELIGIBLE, reason="as discussed", **more):
    view = eligibility_commands.find(made, by=by)
    wanted = {"version": view.version, "seen": view.lines_hash} | more
    return eligibility_commands.decide(made, decision, reason, by=by, **wanted)


def missing(made, by):
    lines = eligibility_commands.find(made, by=by).lines
    return [line.message for line in of_kind(lines, LineKind.MISSING)]


@pytest.mark.both_databases
@pytest.mark.parametrize("draft", [FINE_ESKETAMINE, FINE_KETAMINE])
def test_what_was_answered_comes_back_whole(anna, patient, draft):
    view = eligibility_commands.find(eligibility_commands.start(patient, draft, by=anna), by=anna)
    assert view.draft == draft
    assert view.line.decision is None
    assert (view.line.made_by, view.saved_by, view.version) == (anna.name, anna.name, 1)


@pytest.mark.both_databases
def test_an_empty_assessment_can_be_saved_and_continued(anna, patient):
    bare = EligibilityDraft(drug=Drug.ESKETAMINE, assessed_on=DAY)
    made = eligibility_commands.start(patient, bare, by=anna)
    assert eligibility_commands.find(made, by=anna).draft == bare
    eligibility_commands.change(made, FINE_ESKETAMINE, version=1, by=anna)
    view = eligibility_commands.find(made, by=anna)
    assert (view.draft, view.version) == (FINE_ESKETAMINE, 2)


@pytest.mark.both_databases
def test_what_cannot_be_is_refused_and_nothing_is_stored(anna, patient, made):
    wrong = replace(FINE_KETAMINE, height_cm=3)
    with pytest.raises(InvalidError):
        eligibility_commands.start(patient, wrong, by=anna)
    with pytest.raises(InvalidError):
        eligibility_commands.change(made, wrong, version=1, by=anna)
    assert [line.id for line in eligibility_commands.listing(patient, by=anna).lines] == [made]


def test_the_second_of_two_changes_is_told(anna, made):
    eligibility_commands.change(made, replace(FINE_KETAMINE, notes="first"), version=1, by=anna)
    with pytest.raises(StaleError) as caught:
        eligibility_commands.change(
            made, replace(FINE_KETAMINE, notes="second"), version=1, by=anna
        )
    assert caught.value.current_version == 2
    assert eligibility_commands.find(made, by=anna).draft.notes == "first"


@pytest.mark.both_databases
def test_a_second_click_gives_the_first_result(anna, patient):
    first = eligibility_commands.start(patient, FINE_KETAMINE, by=anna, once="k1")
    with pytest.raises(AlreadySavedError) as caught:
        eligibility_commands.start(patient, FINE_KETAMINE, by=anna, once="k1")
    assert caught.value.result_id == first


@pytest.mark.both_databases
def test_saving_drops_the_draft_of_the_form(anna, patient):
    form = f"eligibility-{patient}"
    drafts.keep(form, {"notes": ["half a sentence"]}, by=anna)
    made = eligibility_commands.start(patient, FINE_KETAMINE, by=anna, form=form)
    assert drafts.find(form, by=anna) is None
    form = f"eligibility-edit-{made}"
    drafts.keep(form, {"notes": ["half a sentence"]}, by=anna)
    eligibility_commands.change(made, FINE_KETAMINE, version=1, by=anna, form=form)
    assert drafts.find(form, by=anna) is None


def test_a_decision_is_signed_with_name_and_time_and_then_nothing_changes(anna, made):
    asked(anna, db.session.get_one(Eligibility, made).patient_id)
    sign(made, anna)
    signed = eligibility_commands.find(made, by=anna)
    line = signed.line
    assert (line.decision, line.reason) == (Decision.ELIGIBLE, "as discussed")
    assert (line.decided_by, line.decided_at) == (anna.name, NOON)
    with pytest.raises(InvalidError, match="signed"):
        eligibility_commands.change(made, FINE_KETAMINE, version=signed.version, by=anna)
    with pytest.raises(InvalidError, match="signed"):
        sign(made, anna, Decision.NOT_ELIGIBLE)
    assert eligibility_commands.find(made, by=anna) == signed


def test_what_was_signed_beneath_stays_whatever_comes_later(anna, patient, made):
    score = asked(anna, patient)
    before = eligibility_commands.find(made, by=anna).lines
    sign(made, anna)
    score_commands.void(score, "of somebody else", by=anna)
    assert eligibility_commands.find(made, by=anna).lines == before


def test_a_reason_is_asked_for_where_something_is_missing(anna, made):
    with pytest.raises(InvalidError) as caught:
        sign(made, anna, reason=" ")
    assert [problem.field for problem in caught.value.problems] == ["reason"]
    assert eligibility_commands.find(made, by=anna).line.decision is None


def test_with_everything_fine_eligible_needs_no_reason(anna, patient, made):
    asked(anna, patient, phq9_9=Decimal(0))
    assert missing(made, anna) == []
    sign(made, anna, reason="")
    assert eligibility_commands.find(made, by=anna).line.decision is Decision.ELIGIBLE


def test_nothing_is_signed_over_what_came_up_since_the_page_was_opened(anna, patient, made):
    seen = eligibility_commands.find(made, by=anna).lines_hash
    asked(anna, patient, phq9_9=Decimal(2))
    with pytest.raises(InvalidError, match="has changed since you opened"):
        sign(made, anna, seen=seen)
    sign(made, anna)


def test_nothing_is_signed_over_what_somebody_else_saved(anna, made):
    view = eligibility_commands.find(made, by=anna)
    eligibility_commands.change(made, replace(FINE_KETAMINE, notes="x"), version=1, by=anna)
    with pytest.raises(StaleError):
        sign(made, anna, version=view.version)


@pytest.mark.both_databases
def test_a_second_click_on_sign_is_no_second_decision(anna, made):
    view = eligibility_commands.find(made, by=anna)
    sign(made, anna, once="k2")
    with pytest.raises(AlreadySavedError):
        eligibility_commands.decide(
            made,
            Decision.ELIGIBLE,
            "x",
            version=view.version,
            seen=view.lines_hash,
            by=anna,
            once="k2",
        )


@pytest.mark.both_databases
def test_a_reassessment_stands_beside_the_old_one_and_starts_from_it(anna, patient):
    yes = FINE_KETAMINE.history | {"psychosis": HistoryAnswer(YesNoUnknown.YES, "2011")}
    old = decided(anna, patient, Decision.NOT_YET, replace(FINE_KETAMINE, history=yes))
    start = eligibility_commands.begin_with(patient, Drug.KETAMINE, by=anna)
    assert start.carried_from.id == old
    assert start.draft.answer("psychosis") == HistoryAnswer(YesNoUnknown.YES, "2011")
    assert start.draft.resistance is None
    assert start.unsigned is None
    with time_machine.travel(NOON + timedelta(days=30), tick=False):
        new = eligibility_commands.start(
            patient, replace(FINE_KETAMINE, assessed_on=DAY + timedelta(days=30)), by=anna
        )
        lines = eligibility_commands.listing(patient, by=anna).lines
        assert eligibility_commands.begin_with(patient, Drug.KETAMINE, by=anna).unsigned.id == new
    assert [line.id for line in lines] == [new, old]
    assert [line.decision for line in lines] == [None, Decision.NOT_YET]


def test_the_first_assessment_starts_from_what_the_patient_is_treated_for(anna, patient):
    start = eligibility_commands.begin_with(patient, Drug.ESKETAMINE, by=anna)
    assert (start.draft.drug, start.draft.assessed_on) == (Drug.ESKETAMINE, DAY)
    assert (start.carried_from, start.draft.history) == (None, {})


def test_scales_are_those_of_the_fortnight_before_that_stand(anna, patient, made):
    assert "PHQ-9: none in the 14 days before" in missing(made, anna)
    asked(anna, patient, at=NOON - timedelta(days=15))
    assert "PHQ-9: none in the 14 days before" in missing(made, anna)
    voided = asked(anna, patient, at=NOON - timedelta(days=3))
    score_commands.void(voided, "of somebody else", by=anna)
    assert "PHQ-9: none in the 14 days before" in missing(made, anna)
    asked(anna, patient, at=NOON - timedelta(days=14), phq9_9=Decimal(0))
    assert missing(made, anna) == []
    fine = [line.message for line in eligibility_commands.find(made, by=anna).lines]
    assert "PHQ-9 of 16 Feb 2026: 8, mild" in fine
    assert "PHQ-9, nothing about suicide answered above zero, 16 Feb 2026" in fine


def test_the_suicide_question_is_told_with_its_answer(anna, patient, made):
    asked(anna, patient, phq9_9=Decimal(2))
    lines = eligibility_commands.find(made, by=anna).lines
    [said] = [x for x in of_kind(lines, LineKind.CAUTION) if "question 9" in x.message]
    assert said.message == (
        "PHQ-9 question 9 answered 'More than half the days' (2 of 3), 1 Mar 2026"
    )
    assert said.source


def test_a_total_alone_says_nothing_about_suicide(anna, patient, made):
    draft = AssessmentDraft(instrument="phq9", total=Decimal(12), taken_at=NOON)
    score_commands.record(patient, draft, by=anna)
    assert missing(made, anna) == ["Suicidal thoughts: no answer on record from the 14 days before"]


@pytest.mark.parametrize(
    ("code", "total", "words"),
    [
        ("c-ssrs-screener", 3, "C-SSRS screener 3, high, 2 Mar 2026"),
        ("phq9", 26, "PHQ-9 26: question 9 must have been answered above zero, 2 Mar 2026"),
    ],
)
def test_a_total_that_tells_of_suicide_is_a_caution(anna, patient, made, code, total, words):
    draft = AssessmentDraft(instrument=code, total=Decimal(total), taken_at=NOON)
    score_commands.record(patient, draft, by=anna)
    lines = eligibility_commands.find(made, by=anna).lines
    assert words in [line.message for line in of_kind(lines, LineKind.CAUTION)]
    assert not any("Suicidal thoughts: no answer" in message for message in missing(made, anna))


def test_a_suicide_question_left_out_is_missing(anna, patient, made):
    asked(anna, patient, phq9_9=None)
    assert any("question 9, the suicide item, not answered" in m for m in missing(made, anna))


def test_the_patients_page_knows_of_the_newest(anna, patient):
    assert patient_commands.look_up(patient, by=anna).eligibility is None
    decided(anna, patient)
    mark = patient_commands.look_up(patient, by=anna).eligibility
    assert (mark.drug, mark.decision, mark.assessed_on) == (Drug.KETAMINE, Decision.ELIGIBLE, DAY)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        eligibility_commands.start(patient, FINE_ESKETAMINE, by=anna)
    mark = patient_commands.look_up(patient, by=anna).eligibility
    assert (mark.drug, mark.decision) == (Drug.ESKETAMINE, None)


def test_nothing_is_assessed_for_an_archived_patient(anna, patient):
    patient_commands.archive(patient, "moved away", by=anna)
    with pytest.raises(InvalidError, match="archived"):
        eligibility_commands.start(patient, FINE_KETAMINE, by=anna)


def test_strangers_find_nothing_and_others_may_not(cast, patient, made):
    themself = Actor(1, cast.clinic_id, "Ben", frozenset({Role.PATIENT}), patient)
    sees = {cast.cleo: NotFoundError, themself: ForbiddenError}
    for by, error in sees.items():
        for deed in (
            lambda by: eligibility_commands.start(patient, FINE_KETAMINE, by=by),
            lambda by: eligibility_commands.change(made, FINE_KETAMINE, version=1, by=by),
            lambda by: eligibility_commands.decide(
                made, Decision.ELIGIBLE, "x", version=1, seen="", by=by
            ),
            lambda by: eligibility_commands.find(made, by=by),
            lambda by: eligibility_commands.listing(patient, by=by),
            lambda by: eligibility_commands.begin_with(patient, Drug.KETAMINE, by=by),
        ):
            with pytest.raises(error):
                deed(by)


def test_the_trail_tells_of_every_step_and_of_no_answer(anna, patient, made):
    eligibility_commands.change(made, FINE_KETAMINE, version=1, by=anna)
    sign(made, anna)
    eligibility_commands.listing(patient, by=anna)
    rows = db.session.execute(
        select(AuditEvent.action, AuditEvent.subject, AuditEvent.detail).where(
            AuditEvent.action.like("eligibilit%")
        )
    ).all()
    assert [row.action for row in rows] == [
        "eligibility.started", "eligibility.changed", "eligibility.viewed", "eligibility.decided",
        "eligibilities.viewed",
    ]  # fmt: skip
    told = json.dumps([list(row) for row in rows])
    assert "Sertraline" not in told
    assert Decision.ELIGIBLE.value not in told.replace("eligibilit", "")


def test_a_course_without_an_assessment_has_none(cast):
    treated = courses.treat(cast.console)
    assert eligibility_commands.listing(treated.patient_id, by=cast.anna).lines == ()
