from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from tests.builders.clinics import settle
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.builders.worksheets import SPRAY, START, a_nasal_series, fill_in, recorded
from tests.stopping import stopped_at
from tracker.domain.codes import Drug, Route
from tracker.domain.problems import InvalidError, NotFoundError, StaleError
from tracker.domain.worksheets.form import Channel, WorksheetState
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.clinics import Clinic
from tracker.models.worksheets import Worksheet, WorksheetVersion
from tracker.services.sessions import amendments, voiding
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import AlreadySavedError
from tracker.services.worksheets import commands as worksheet_commands
from tracker.services.worksheets import queries as worksheet_queries
from tracker.services.worksheets.queries import WorksheetBrief

NOW = START + timedelta(hours=3)


clock = stopped_at(NOW)


@pytest.fixture
def spray(anna):
    return recorded(anna)


def find(session_id, by):
    return worksheet_queries.find(session_id, by=by)


def line(view, code):
    return next(one for one in view.lines if one.field.code == code)


def amended(session_id, by, **values):
    view = session_commands.find(session_id, by=by)
    draft = replace(view.draft, **values)
    return amendments.amend(session_id, draft, reason="Slip", version=view.version, by=by)


def submitted(session_id, by, **said):
    told = {"channel": Channel.FAX, "confirmation": "No. 17", "at": NOW} | said
    fill_in(by, session_id)
    version = find(session_id, by).version
    return worksheet_commands.submit(session_id, **told, version=version, by=by)


def actions(subject):
    wanted = select(AuditEvent.action).where(AuditEvent.subject == subject)
    return list(db.session.scalars(wanted.order_by(AuditEvent.sequence)))


class TestOpening:
    @pytest.mark.both_databases
    def test_a_recorded_nasal_session_has_a_draft_due_in_seven_days(self, anna, spray):
        view = find(spray, anna)
        assert view.state is WorksheetState.DRAFT
        assert view.due_on == date(2026, 3, 10)
        assert view.due_in_words == "due in 7 days"
        assert view.form.code == "2026"
        assert line(view, "dose").words == "56 mg"
        assert line(view, "dissociation").value == "no"
        assert [step.action for step in view.steps] == ["Opened"]
        about = actions(f"session:{spray}")
        assert about == ["session.recorded", "worksheet.opened", "worksheet.viewed"]

    @pytest.mark.both_databases
    @pytest.mark.parametrize(
        ("drug", "route"), [(Drug.KETAMINE, Route.NASAL), (Drug.ESKETAMINE, Route.IV)]
    )
    def test_no_other_session_has_one(self, anna, drug, route):
        series = a_nasal_series(anna)
        draft = replace(SPRAY, drug=drug, route=route)
        made = session_commands.record(draft, series_id=series, by=anna)
        assert worksheet_queries.brief(made, by=anna) == WorksheetBrief()
        with pytest.raises(NotFoundError):
            find(made, anna)

    def test_a_session_written_down_after_its_form_was_due_stands_among_the_late_ones(
        self, anna, clock
    ):
        clock.move_to(START + timedelta(days=9))
        late = recorded(anna)
        told = worksheet_queries.brief(late, by=anna)
        assert (told.state, told.is_late) == (WorksheetState.DRAFT, True)
        [first, *_] = worksheet_queries.listing(by=anna, show="late").lines
        assert (first.session_id, first.due_in_words) == (late, "late by 2 days")

    def test_one_written_down_on_the_last_day_is_not(self, anna, clock):
        clock.move_to(START + timedelta(days=7))
        assert worksheet_queries.brief(recorded(anna), by=anna).due_in_words == "due today"

    def test_an_older_session_is_given_one_by_hand_and_only_one(self, anna, clock):
        clock.move_to(START + timedelta(days=30))
        session_id = recorded(anna)
        for _ in range(2):
            assert worksheet_commands.begin(session_id, by=anna) == session_id
        assert find(session_id, anna).is_late
        assert db.session.scalar(select(func.count()).select_from(Worksheet)) == 1

    def test_a_session_of_ketamine_is_given_none(self, anna):
        series = a_series(anna, a_patient(anna))
        held = replace(HELD, started_at=START, discharged_at=None)
        made = session_commands.record(
            held, series_id=series, session_id=planned(series)[0], by=anna
        )
        with pytest.raises(InvalidError):
            worksheet_commands.begin(made, by=anna)

    def test_a_clinic_that_sends_no_forms_has_no_worksheets(self, anna, cast):
        clinic = db.session.get_one(Clinic, cast.clinic_id)
        clinic.settings = {**clinic.settings, "form_version": "none"}
        db.session.commit()
        session_id = recorded(anna)
        assert worksheet_queries.brief(session_id, by=anna) == WorksheetBrief()
        with pytest.raises(InvalidError):
            worksheet_commands.begin(session_id, by=anna)

    @pytest.mark.parametrize("country", ["GB", "CA", "other"])
    def test_no_worksheet_is_offered_outside_the_united_states(self, anna, cast, country):
        settle(cast.clinic_id, country, "112")
        session_id = recorded(anna)
        assert worksheet_queries.brief(session_id, by=anna) == WorksheetBrief()
        with pytest.raises(InvalidError):
            worksheet_commands.begin(session_id, by=anna)

    @pytest.mark.parametrize(("country", "more"), [("US", {}), ("GB", {"us_label": True})])
    def test_one_is_where_the_us_label_applies(self, anna, cast, country, more):
        settle(cast.clinic_id, country, **more)
        assert find(recorded(anna), anna).state is WorksheetState.DRAFT

    def test_one_that_is_there_stays_when_the_clinic_chooses_another_country(
        self, anna, cast, spray
    ):
        settle(cast.clinic_id, "IE")
        assert find(spray, anna).state is WorksheetState.DRAFT
        assert worksheet_queries.brief(spray, by=anna).state is WorksheetState.DRAFT

    def test_the_clinic_says_which_form_it_is(self, anna, cast):
        clinic = db.session.get_one(Clinic, cast.clinic_id)
        clinic.settings = {**clinic.settings, "form_version": "2026"}
        db.session.commit()
        assert find(recorded(anna), anna).form.code == "2026"


class TestAmending:
    def test_what_is_prefilled_follows_the_session(self, anna, spray):
        amended(spray, anna, dose_mg=Decimal(84), comment="Agreed.")
        assert line(find(spray, anna), "dose").words == "84 mg"

    def test_the_last_day_follows_the_day_of_the_session(self, anna, spray):
        before = START - timedelta(days=1)
        amended(spray, anna, started_at=before, discharged_at=before + timedelta(hours=2))
        assert find(spray, anna).due_on == date(2026, 3, 9)

    def test_one_that_is_no_nasal_session_any_more_says_so(self, anna, spray):
        amended(spray, anna, route=Route.IV)
        assert not find(spray, anna).is_required

    def test_a_submitted_one_shows_what_was_sent_and_what_changed_since(self, anna, spray):
        submitted(spray, anna)
        assert find(spray, anna).changed_since == ()
        amended(spray, anna, dose_mg=Decimal(84), comment="Agreed.")
        view = find(spray, anna)
        assert line(view, "dose").words == "56 mg"
        assert [(field.code, was) for field, was in view.changed_since] == [("dose", "56 mg")]

    def test_a_complete_one_follows_and_says_what_changed_since(self, anna, spray):
        fill_in(anna, spray)
        worksheet_commands.complete(spray, version=find(spray, anna).version, by=anna)
        amended(spray, anna, dose_mg=Decimal(28))
        view = find(spray, anna)
        assert line(view, "dose").words == "Other"
        assert [(field.code, was) for field, was in view.changed_since] == [
            ("dose", "56 mg"), ("dose_other", "nothing"),
        ]  # fmt: skip


class TestChanging:
    @pytest.mark.both_databases
    def test_a_typed_answer_stands_and_the_version_before_is_kept(self, anna, spray):
        worksheet_commands.change(spray, {"dose": "84"}, version=1, by=anna)
        view = find(spray, anna)
        assert (line(view, "dose").words, line(view, "dose").says_in_words) == ("84 mg", "56 mg")
        assert view.version == 2
        assert [step.action for step in view.steps] == ["Opened", "Changed: Dose given"]
        [kept] = db.session.scalars(select(WorksheetVersion))
        assert (kept.version, kept.content["answers"], kept.content["state"]) == (1, {}, "draft")

    def test_typing_what_the_session_says_takes_the_own_answer_away(self, anna, spray):
        worksheet_commands.change(spray, {"dose": "84"}, version=1, by=anna)
        worksheet_commands.change(spray, {"dose": "56"}, version=2, by=anna)
        assert not line(find(spray, anna), "dose").is_typed

    @pytest.mark.both_databases
    def test_whoever_comes_second_is_told(self, anna, spray):
        worksheet_commands.change(spray, {"dose": "84"}, version=1, by=anna)
        with pytest.raises(StaleError) as caught:
            worksheet_commands.change(spray, {"setting_city": "Bath"}, version=1, by=anna)
        assert caught.value.current_version == 2

    @pytest.mark.both_databases
    def test_a_second_click_makes_no_second_version(self, anna, spray):
        worksheet_commands.change(spray, {"dose": "84"}, version=1, by=anna, once="k" * 20)
        with pytest.raises(AlreadySavedError) as caught:
            worksheet_commands.change(spray, {"dose": "84"}, version=1, by=anna, once="k" * 20)
        assert caught.value.result_id == spray

    def test_what_cannot_be_is_refused_and_nothing_kept(self, anna, spray):
        with pytest.raises(InvalidError) as caught:
            worksheet_commands.change(spray, {"dose": "57", "bp_40": "1"}, version=1, by=anna)
        assert {problem.field for problem in caught.value.problems} == {"dose", "bp_40"}
        assert find(spray, anna).version == 1

    def test_nothing_changed_is_no_version(self, anna, spray):
        with pytest.raises(InvalidError):
            worksheet_commands.change(spray, {"dose": "56"}, version=1, by=anna)

    def test_another_version_of_the_form_asks_its_own_questions(self, anna, spray):
        worksheet_commands.change(spray, {"opioids": "no"}, version=1, by=anna)
        older = {"maois": "no"}
        worksheet_commands.change(spray, older, version=2, by=anna, form_version="2021/24")
        view = find(spray, anna)
        codes = {one.field.code for one in view.lines}
        assert "maois" in codes
        assert not {"opioids", "respiratory"} & codes
        assert (
            view.steps[-1].action == "Changed: Form 2021/24; Monoamine oxidase inhibitors (MAOIs)"
        )
        with pytest.raises(InvalidError):
            worksheet_commands.change(spray, {}, version=3, by=anna, form_version="1999")


class TestCompleting:
    def test_while_fields_are_missing_it_wants_a_reason(self, anna, spray):
        with pytest.raises(InvalidError) as caught:
            worksheet_commands.complete(spray, version=1, by=anna)
        assert [problem.field for problem in caught.value.problems] == ["reason"]
        worksheet_commands.complete(spray, reason="Nobody measured.", version=1, by=anna)
        view = find(spray, anna)
        assert (view.state, view.reason) == (WorksheetState.COMPLETE, "Nobody measured.")

    def test_a_change_makes_a_draft_of_it_again(self, anna, spray):
        worksheet_commands.complete(spray, reason="Nobody measured.", version=1, by=anna)
        worksheet_commands.change(spray, {"bp_40": "130/80"}, version=2, by=anna)
        view = find(spray, anna)
        assert (view.state, view.reason) == (WorksheetState.DRAFT, "")


class TestSubmitting:
    @pytest.mark.both_databases
    def test_it_says_who_how_and_when(self, anna, spray):
        submitted(spray, anna)
        view = find(spray, anna)
        assert view.state is WorksheetState.SUBMITTED
        assert (view.submitted_by, view.channel, view.confirmation, view.submitted_at) == (
            "Anna Clinician", Channel.FAX, "No. 17", NOW,
        )  # fmt: skip
        assert view.steps[-1].action == "Submitted by Fax: No. 17"
        assert "worksheet.submitted" in actions(f"session:{spray}")

    def test_a_draft_with_gaps_is_not_submitted(self, anna, spray):
        with pytest.raises(InvalidError) as caught:
            worksheet_commands.submit(spray, None, "", None, version=1, by=anna)
        assert [problem.field for problem in caught.value.problems] == [
            "channel", "submitted_at", "",
        ]  # fmt: skip

    def test_struck_out_with_its_session_and_standing_again_it_is_still_submitted(
        self, anna, spray
    ):
        submitted(spray, anna)
        voiding.void(spray, "Wrong person", version=1, by=anna)
        brief = worksheet_queries.brief(spray, by=anna)
        assert (brief.state, brief.submitted_at) == ("withdrawn", NOW)
        voiding.restore(spray, "It was right", version=2, by=anna)
        view = find(spray, anna)
        assert (view.state, view.confirmation, view.submitted_at) == ("submitted", "No. 17", NOW)

    def test_a_complete_one_with_gaps_is(self, anna, spray):
        worksheet_commands.complete(spray, reason="Nobody measured.", version=1, by=anna)
        worksheet_commands.submit(spray, Channel.PORTAL, "", NOW, version=2, by=anna)
        view = find(spray, anna)
        assert (view.state, view.reason) == (WorksheetState.SUBMITTED, "Nobody measured.")

    @pytest.mark.parametrize("deed", ["change", "complete", "submit"])
    def test_afterwards_nothing_is_done_to_it_but_reopening(self, anna, spray, deed):
        submitted(spray, anna)
        version = find(spray, anna).version
        told = {
            "change": ({"dose": "84"},), "complete": (), "submit": (Channel.FAX, "", NOW),
        }[deed]  # fmt: skip
        with pytest.raises(InvalidError, match="Reopen"):
            getattr(worksheet_commands, deed)(spray, *told, version=version, by=anna)

    def test_reopening_wants_a_reason_and_keeps_what_was_submitted(self, anna, spray):
        submitted(spray, anna)
        version = find(spray, anna).version
        with pytest.raises(InvalidError):
            worksheet_commands.reopen(spray, reason=" ", version=version, by=anna)
        worksheet_commands.reopen(spray, reason="Wrong lot", version=version, by=anna)
        view = find(spray, anna)
        assert (view.state, view.submitted_at, view.channel) == (WorksheetState.DRAFT, None, None)
        assert view.steps[-1].action == "Reopened: Wrong lot"
        kept = db.session.scalars(
            select(WorksheetVersion.content).order_by(WorksheetVersion.version)
        ).all()
        assert kept[-1]["confirmation"] == "No. 17"
        assert kept[-1]["settled"]["dose"] == "56"

    def test_an_open_one_is_not_reopened(self, anna, spray):
        with pytest.raises(InvalidError, match="open already"):
            worksheet_commands.reopen(spray, reason="Once more", version=1, by=anna)


def test_the_trail_names_fields_and_no_answers(anna, spray):
    worksheet_commands.change(spray, {"patient_last_name": "Quillfeather"}, version=1, by=anna)
    lines = db.session.execute(select(AuditEvent.action, AuditEvent.detail)).all()
    assert ("worksheet.changed", "patient_last_name") in [tuple(one) for one in lines]
    assert not any("Quillfeather" in (detail or "") for _, detail in lines)


def test_a_stranger_finds_no_worksheet(cast, spray):
    for deed in (
        worksheet_queries.find,
        worksheet_queries.brief,
        worksheet_queries.pdf,
        worksheet_commands.begin,
    ):
        with pytest.raises(NotFoundError):
            deed(spray, by=cast.cleo)
    with pytest.raises(NotFoundError):
        worksheet_commands.change(spray, {"dose": "84"}, version=1, by=cast.cleo)
    for deed in (worksheet_queries.find, worksheet_commands.begin):
        with pytest.raises(NotFoundError):
            deed(spray, by=cast.adam)


@pytest.mark.both_databases
def test_a_worksheet_as_pdf_leaves_its_own_line(anna, spray):
    made = worksheet_queries.pdf(spray, by=anna)
    assert made.startswith(b"%PDF-")
    assert made == worksheet_queries.pdf(spray, by=anna)
    assert actions(f"session:{spray}")[-1] == "worksheet.printed"
