"""Scores by answers: total, completeness, edition, alerts, check-ins; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders.patients import HELD, START, a_patient, a_series
from tracker.domain.access import Actor, Role
from tracker.domain.codes import AlertKind, CheckInState, Completeness, Mode, Occasion
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library
from tracker.models import db
from tracker.models.assessments import Assessment, Edition
from tracker.models.audit import AuditEvent
from tracker.services import clock, drafts
from tracker.services.alerts import commands as alert_commands
from tracker.services.alerts import raising as alert_raising
from tracker.services.check_ins import answer_page
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.instruments import editions as instrument_editions
from tracker.services.patients import page as patient_page
from tracker.services.scores import commands as score_commands
from tracker.services.scores import queries as score_queries
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import AlreadySavedError, SentForm

PHQ9 = library()["phq9"]
SCORED = [item.code for item in PHQ9.scored_items]


def paper(digits, **values):
    """PHQ-9 as typed from paper: a digit for each question, `-` where there is none."""
    answers = {
        code: None if digit == "-" else Decimal(digit)
        for code, digit in zip(SCORED, digits, strict=True)
    }
    told = {"total": None, "taken_at": START, "mode": Mode.STAFF} | values
    return AssessmentDraft(instrument="phq9", answers=answers, **told)


def test_the_total_comes_from_the_answers(anna, patient):
    made = score_commands.record(patient, paper("213201100"), by=anna)
    [told] = score_commands.of_patient(patient, by=anna)
    assert (told.score_id, told.total, told.completeness) == (made, 10, Completeness.COMPLETE)
    assert (told.mode, told.stated_total) == (Mode.STAFF, None)
    assert told.answers["phq9_1"] == 2
    assert told.answers["phq9_9"] == 0


def test_a_total_on_the_form_that_differs_is_kept_beside_and_changes_nothing(anna, patient):
    score_commands.record(patient, paper("213201100", total=Decimal(13)), by=anna)
    [line] = score_commands.listing(patient, by=anna)
    assert (line.record.total, line.record.stated_total) == (10, 13)
    assert line.disagreement.startswith("The form states a total of 13, but the answers add up")


@pytest.mark.both_databases
def test_an_incomplete_one_has_no_total_and_is_never_a_zero(anna, patient):
    made = score_commands.record(patient, paper("00-------"), by=anna)
    [line] = score_commands.listing(patient, by=anna)
    assert (line.record.total, line.record.answers) == (None, {"phq9_1": 0, "phq9_2": 0})
    assert line.completeness_text == "Incomplete: 2 of 9 answered"
    assert db.session.get(Assessment, made).total is None
    page = patient_page.show(patient, by=anna)
    [row] = page.scores
    assert (row.total, row.meaning, row.completeness_text) == (None, "", line.completeness_text)
    assert page.progress.trend().scales == ()


@pytest.mark.both_databases
def test_a_prorated_one_says_so_with_its_source(anna, patient):
    made = score_commands.record(patient, paper("2222222--"), by=anna)
    view = score_queries.find(made, by=anna)
    assert (view.line.record.total, view.line.completeness_text) == (
        18,
        "Prorated: 7 of 9 answered",
    )
    assert view.proration.startswith("2 questions of 9 were not answered.")
    assert view.instrument.scoring.missing_source


def test_everything_wrong_is_telling_moment_once_and_nothing_is_stored(anna, patient):
    draft = paper("400000000", total=Decimal(28), taken_at=clock.now() + timedelta(days=1))
    with pytest.raises(InvalidError) as caught:
        score_commands.record(patient, draft, by=anna)
    assert {problem.field for problem in caught.value.problems} == {
        "phq9_1", "total", "taken_at",
    }  # fmt: skip
    assert score_commands.of_patient(patient, by=anna) == []


def test_a_form_without_any_answer_is_no_score(anna, patient):
    with pytest.raises(InvalidError, match="Nothing is answered"):
        score_commands.record(patient, paper("---------"), by=anna)


def test_every_score_keeps_the_words_it_was_asked_in(anna, patient):
    by_answers = score_commands.record(patient, paper("213201100"), by=anna)
    total = AssessmentDraft(instrument="madrs", total=Decimal(31), taken_at=START)
    by_total = score_commands.record(patient, total, by=anna)
    again = score_commands.record(patient, paper("111111111"), by=anna)
    kept = {made: db.session.get(Assessment, made).edition_id for made in (by_answers, by_total)}
    assert instrument_editions.read(kept[by_answers]).items == PHQ9.items
    assert instrument_editions.read(kept[by_total]).code == "madrs"
    assert db.session.get(Assessment, again).edition_id == kept[by_answers]
    assert db.session.scalar(db.select(db.func.count(Edition.id))) == 2


def test_the_suicide_item_raises_an_alert_in_the_same_breath(anna, patient):
    score_commands.record(patient, paper("000000001"), by=anna)
    [alert] = alert_commands.open_alerts(by=anna)
    assert (alert.kind, alert.patient_id) == (AlertKind.SUICIDE_ITEM, patient)


def test_a_suicide_item_left_out_is_an_alert_of_its_own(anna, patient):
    score_commands.record(patient, paper("00000000-"), by=anna)
    [alert] = alert_commands.open_alerts(by=anna)
    assert alert.kind is AlertKind.SUICIDE_ITEM_MISSING


@pytest.mark.both_databases
def test_when_the_alert_fails_nothing_is_stored(anna, patient, monkeypatch):
    def fail(*_):
        raise RuntimeError("no alert")

    monkeypatch.setattr(alert_raising, "raise_for_score", fail)
    with pytest.raises(RuntimeError):
        score_commands.record(patient, paper("000000001"), by=anna)
    assert score_commands.of_patient(patient, by=anna) == []


def test_the_audit_line_names_the_scale_and_no_answer(anna, patient):
    made = score_commands.record(patient, paper("000000003"), by=anna)
    wanted = db.select(AuditEvent.detail).where(AuditEvent.subject == f"score:{made}")
    assert list(db.session.scalars(wanted)) == ["phq9"]


@pytest.mark.both_databases
def test_treatment_in_the_time_asked_about_is_said(anna, patient):
    session_commands.record(HELD, series_id=a_series(anna, patient), by=anna)
    score_commands.record(patient, paper("111111110", taken_at=START + timedelta(days=3)), by=anna)
    score_commands.record(patient, paper("111111110", taken_at=START - timedelta(days=3)), by=anna)
    before, after = score_commands.listing(patient, by=anna)
    assert before.recall == ""
    assert after.recall == "A treatment day (2 Mar) falls within the 2 weeks this asks about."
    newest, _ = patient_page.show(patient, by=anna).scores
    assert newest.recall == after.recall


@pytest.mark.both_databases
def test_the_page_of_a_score_says_what_was_asked_answered_and_what_it_means(anna, patient):
    score_commands.record(patient, paper("222222222", occasion=Occasion.BASELINE), by=anna)
    session_commands.record(HELD, series_id=a_series(anna, patient), by=anna)
    later = paper("111111110", taken_at=START + timedelta(days=20))
    view = score_queries.find(score_commands.record(patient, later, by=anna), by=anna)
    assert (view.patient_id, view.band.label) == (patient, "Mild")
    assert [one.value for one in view.answers[7:]] == [1, 0, None]
    assert view.sentences[0].startswith("Your depression score (PHQ-9) was 8 on")
    assert view.sentences[1].startswith("18 to 8: a fall of 10.")


def test_a_voided_or_incomplete_score_is_compared_with_nothing(anna, patient):
    mistaken = score_commands.record(patient, paper("222222222"), by=anna)
    score_commands.void(mistaken, "Wrong patient", by=anna)
    incomplete = score_commands.record(patient, paper("2--------"), by=anna)
    for made in (mistaken, incomplete):
        assert score_queries.find(made, by=anna).sentences is None


def test_a_total_alone_has_a_page_too(anna, patient):
    draft = AssessmentDraft(instrument="phq9", total=Decimal(21), taken_at=START)
    view = score_queries.find(score_commands.record(patient, draft, by=anna), by=anna)
    assert (view.answers, view.result, view.band.label) == ((), None, "Severe")


def a_check_in(anna, patient, *codes):
    now = clock.now()
    closes_at = now + timedelta(days=3)
    return check_in_commands.add(patient, codes, now, now + timedelta(days=1), closes_at, by=anna)


def test_answers_entered_for_a_check_in_close_it(anna, patient):
    check_in = a_check_in(anna, patient, "phq9", "gad7")
    score_commands.record(patient, paper("000000000"), check_in_id=check_in, by=anna)
    assert check_in_commands.find(check_in, by=anna).state is CheckInState.OPEN
    gad7 = AssessmentDraft(instrument="gad7", total=Decimal(4), taken_at=START)
    made = score_commands.record(patient, gad7, check_in_id=check_in, by=anna)
    assert check_in_commands.find(check_in, by=anna).state is CheckInState.DONE
    assert db.session.get(Assessment, made).check_in_id == check_in


def test_the_patient_is_not_asked_again_for_what_staff_entered(cast, anna, patient):
    check_in = a_check_in(anna, patient, "phq9", "gad7")
    ben = Actor(None, cast.clinic_id, "Ben", frozenset({Role.PATIENT}), patient)
    answering.begin(check_in, by=ben)
    score_commands.record(patient, paper("000000000"), check_in_id=check_in, by=anna)
    assert [part.instrument.code for part in answer_page.find(check_in, by=ben).open_parts] == [
        "gad7"
    ]


def test_a_check_in_is_answered_once_by_its_patient_and_by_what_it_asks(anna, patient):
    check_in = a_check_in(anna, patient, "phq9", "gad7")
    score_commands.record(patient, paper("000000000"), check_in_id=check_in, by=anna)
    with pytest.raises(InvalidError, match="answered for this check-in already"):
        score_commands.record(patient, paper("000000000"), check_in_id=check_in, by=anna)
    peg = AssessmentDraft(instrument="peg", total=Decimal(4), taken_at=START)
    with pytest.raises(InvalidError, match="does not ask for this scale"):
        score_commands.record(patient, peg, check_in_id=check_in, by=anna)
    other = a_patient(anna, "B-18")
    with pytest.raises(InvalidError, match="another patient"):
        score_commands.record(other, paper("000000000"), check_in_id=check_in, by=anna)
    check_in_commands.withdraw(check_in, "Not needed", by=anna)
    with pytest.raises(InvalidError, match="is over"):
        score_commands.record(patient, paper("000000000"), check_in_id=check_in, by=anna)


@pytest.mark.both_databases
def test_a_second_click_on_a_check_in_finds_the_score_of_the_first(anna, patient):
    check_in = a_check_in(anna, patient, "phq9")
    draft = paper("000000000")
    made = score_commands.record(patient, draft, check_in_id=check_in, by=anna, sent=SentForm("k"))
    with pytest.raises(AlreadySavedError) as caught:
        score_commands.record(patient, draft, check_in_id=check_in, by=anna, sent=SentForm("k"))
    assert caught.value.result_id == made


@pytest.mark.both_databases
def test_two_people_enter_one_paper_form_and_it_is_stored_once(app, cast, anna, patient):
    check_in = a_check_in(anna, patient, "phq9", "gad7")

    def enter(_) -> bool:
        with app.app_context():
            try:
                score_commands.record(
                    patient, paper("000000000"), check_in_id=check_in, by=cast.anna
                )
            except InvalidError:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, range(4))) == [False, False, False, True]


def test_saving_drops_the_draft_of_these_answers_only(anna, patient):
    typed = {"answer-phq9_1": ["2"]}
    for form in (f"answers-{patient}-phq9", f"answers-{patient}-gad7", f"score-{patient}"):
        drafts.keep(form, typed, by=anna)
    score_commands.record(patient, paper("213201100"), by=anna)
    assert drafts.find(f"answers-{patient}-phq9", by=anna) is None
    assert drafts.find(f"answers-{patient}-gad7", by=anna) is not None
    assert drafts.find(f"score-{patient}", by=anna) is not None


@pytest.mark.parametrize("form", ["answers-{}", "answers-{}-nothing", "score-{}-phq9"])
def test_answers_are_kept_for_known_scales_only(anna, patient, form):
    with pytest.raises(NotFoundError):
        drafts.keep(form.format(patient), {"note": ["x"]}, by=anna)


@pytest.mark.both_databases
def test_strangers_find_no_score_and_patients_may_not_see_this_page(cast, anna, patient):
    made = score_commands.record(patient, paper("213201100"), by=anna)
    ben = Actor(None, cast.clinic_id, "Ben", frozenset({Role.PATIENT}), patient)
    with pytest.raises(NotFoundError):
        score_queries.find(made, by=cast.cleo)
    with pytest.raises(ForbiddenError):
        score_queries.find(made, by=ben)


def test_ratings_of_the_moment_do_not_push_scales_out_of_the_latest(anna, patient):
    now = clock.now()
    score_commands.record(patient, paper("111111110", taken_at=now - timedelta(days=9)), by=anna)
    for hours in range(1, 1 + patient_page.SCORES_SHOWN):
        rating = AssessmentDraft(
            instrument="mood-nrs", total=Decimal(5), taken_at=now - timedelta(hours=hours)
        )
        score_commands.record(patient, rating, by=anna)
    assert [row.scale for row in patient_page.show(patient, by=anna).scores] == ["PHQ-9"]


def test_where_there_are_ratings_alone_the_latest_are_those(anna, patient):
    rating = AssessmentDraft(instrument="mood-nrs", total=Decimal(5), taken_at=clock.now())
    score_commands.record(patient, rating, by=anna)
    assert [row.scale for row in patient_page.show(patient, by=anna).scores] == ["Mood"]
